// RUN: fx-opt %s -p aten-dce --split-input-file | filecheck %s

// Unused chains go, sizes and tuples included.
func.func @dead(%x: !aten.tensor<[s0, 4], f32>, %n: !aten.sym<int, s0>) {
  %0 = fx.call "operator.mul"(%n, 2) : !aten.sym<int, s0 * 2>
  %1 = aten.max.dim(%x, 1) : !aten.tuple<!aten.tensor<[s0], f32>, !aten.tensor<[s0], i64>>
  %2 = fx.getitem(%1, 1) : !aten.tensor<[s0], i64>
  %3 = aten.exp.default(%x) : !aten.tensor<[s0, 4], f32>
  %4 = aten.empty.memory_format([4]) : !aten.tensor<[4], f32>
  fx.return(%3)
}
// CHECK-LABEL: @dead
// CHECK-NEXT:    %0 = aten.exp.default(%x)
// CHECK-NEXT:    fx.return(%0)

// -----

// Effects stay: writes, checks, random draws, Python and operators that are not known.
func.func @effects(%x: !aten.tensor<[4], f32>, %b: !aten.tensor<[], bool>) {
  %0 = aten.copy_.default(%x, %x) : !aten.tensor<[4], f32>
  %1 = aten._assert_async.msg(%b, "must hold") : !aten.any<"NoneType">
  %2 = aten.rand.default([4]) : !aten.tensor<[4], f32>
  %3 = fx.call "torch._check"(%b) : !aten.any<"NoneType">
  %4 = aten.call "lib.f.default"(%x) : !aten.tensor<[4], f32>
  %5 = fx.call "operator.setitem"(%x, 0, 1) : !aten.any<"NoneType">
  %6 = aten.native_batch_norm.default(%x, None, None, %x, %x, True, 0.1, 1e-05) : !aten.tuple<!aten.tensor<[4], f32>>
  fx.return(%x)
}
// CHECK-LABEL: @effects
// CHECK-NEXT:    aten.copy_.default
// CHECK-NEXT:    aten._assert_async.msg
// CHECK-NEXT:    aten.rand.default
// CHECK-NEXT:    fx.call "torch._check"
// CHECK-NEXT:    aten.call "lib.f.default"
// CHECK-NEXT:    fx.call "operator.setitem"
// CHECK-NEXT:    aten.native_batch_norm.default

// -----

// In subgraphs too.
func.func @nested(%x: !aten.tensor<[4], f32>) {
  %g = fx.subgraph "body_0"() {
  ^bb0(%a: !aten.tensor<[4], f32>):
    %0 = aten.sin.default(%a) : !aten.tensor<[4], f32>
    fx.return(%a)
  } : !aten.any<"GraphModule">
  %1 = aten.call "higher_order.invoke_subgraph"(%g, "body", %x) : !aten.tensor<[4], f32>
  fx.return(%1)
}
// CHECK-LABEL: @nested
// CHECK-NOT:     aten.sin
