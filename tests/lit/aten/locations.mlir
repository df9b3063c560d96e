// RUN: fx-opt %s --print-debuginfo | fx-opt --print-debuginfo | filecheck %s

// Locations carry the exact FX node name, which xDSL shortens in value names, and the user's source line.
func.func @main(%x: !aten.tensor<[4], f32> loc("x_1")) {
  %add_3 = aten.add.Tensor(%x, 2) : !aten.tensor<[4], f32> loc("add_3"("model.py":12:0))
  fx.return((%add_3,)) loc("output")
}
// CHECK: func.func @main(%x: !aten.tensor<[4], f32> loc("x_1"))
// CHECK: %add = aten.add.Tensor(%x, 2) : !aten.tensor<[4], f32> loc("add_3"("model.py":12:0))
// CHECK: fx.return((%add,)) loc("output")
