// RUN: fx-opt %s | fx-opt | filecheck %s
// RUN: fx-opt %s --print-op-generic | fx-opt | filecheck %s

// What Dynamo records: functions, methods, submodules, operators on tensors.
func.func @main(%x: !aten.tensor<[s0, 8], f32>, %n: !aten.sym<int, s0>, %w: !aten.tensor<[4, 8], f32> {fx.target = "L_w_"}, %k: !aten.any<"float"> {fx.default = #fx.args<(2.0)>}) {
  %0 = torch.call "torch.nn.functional.linear"(%x, %w, None) : !aten.tensor<[s0, 4], f32>
  %1 = torch.method "view"(%0, %n, -1) : !aten.tensor<[s0, 4], f32>
  %2 = torch.module "layer.0"(%1) : !aten.tensor<[s0, 4], f32>
  %3 = torch.call "operator.add"(%2, %0) : !aten.tensor<[s0, 4], f32>
  %4 = fx.call "operator.mul"(%n, 2) : !aten.sym<int, s0 * 2>
  fx.return((%3, %4))
}
// CHECK: func.func @main(%x: !aten.tensor<[s0, 8], f32>, %n: !aten.sym<int, s0>, %w: !aten.tensor<[4, 8], f32> {fx.target = "L_w_"}, %k: !aten.any<"float"> {fx.default = #fx.args<(2.0)>})
// CHECK: torch.call "torch.nn.functional.linear"(%x, %w, None) : !aten.tensor<[s0, 4], f32>
// CHECK: torch.method "view"({{%.*}}, %n, -1) : !aten.tensor<[s0, 4], f32>
// CHECK: torch.module "layer.0"({{%.*}}) : !aten.tensor<[s0, 4], f32>
// CHECK: torch.call "operator.add"({{%.*}}, {{%.*}})
// CHECK: fx.call "operator.mul"(%n, 2) : !aten.sym<int, s0 * 2>
