// RUN: fx-opt %s | fx-opt | filecheck %s
// RUN: fx-opt %s --print-op-generic | fx-opt | filecheck %s

// The branches of torch.cond: graphs in regions, whose values are their own.
func.func @main(%p: !aten.tensor<[], bool>, %x: !aten.tensor<[4], f32>) {
  %t = fx.subgraph "true_graph_0"() {
  ^bb0(%a: !aten.tensor<[4], f32>):
    %0 = aten.sin.default(%a) : !aten.tensor<[4], f32>
    fx.return((%0,))
  } : !aten.any<"GraphModule">
  %f = fx.subgraph "false_graph_0"() {
  ^bb0(%a: !aten.tensor<[4], f32>):
    fx.return((%a,))
  } {fx.arguments = [{fx.target = "x"}]} : !aten.any<"GraphModule">
  %c = aten.call "higher_order.cond"(%p, %t, %f, (%x,)) : !aten.tuple<!aten.tensor<[4], f32>>
  %r = fx.getitem(%c, 0) : !aten.tensor<[4], f32>
  fx.return((%r,))
}
// CHECK:      %t = fx.subgraph "true_graph_0"() {
// CHECK-NEXT: ^bb0(%a: !aten.tensor<[4], f32>):
// CHECK-NEXT:   {{%.*}} = aten.sin.default(%a) : !aten.tensor<[4], f32>
// CHECK-NEXT:   fx.return(({{%.*}},))
// CHECK-NEXT: } : !aten.any<"GraphModule">
// CHECK:      %f = fx.subgraph "false_graph_0"() {
// CHECK:      } {fx.arguments = [{fx.target = "x"}]} : !aten.any<"GraphModule">
// CHECK:      %c = aten.call "higher_order.cond"(%p, %t, %f, (%x,))
