// RUN: not fx-opt %s -p convert-loop-to-rt --split-input-file 2>&1 | filecheck %s

func.func @main(%x: !aten.tensor<[4], f32>) {
  %y = aten.relu.default(%x) : !aten.tensor<[4], f32>
  fx.return((%y,))
}
// CHECK: convert-loop-to-rt: aten.relu.default is left in the host function
// CHECK: run convert-aten-to-loop and loop-outline before

// -----

func.func @main(%x: !aten.tensor<[4], f32>) {
  %y = loop.launch @missing(%x) : (!aten.tensor<[4], f32>) -> !aten.tensor<[4], f32>
  fx.return((%y,))
}
// CHECK: convert-loop-to-rt: no kernel @missing in the module
