// RUN: not fx-opt %s --split-input-file 2>&1 | filecheck %s

func.func @main(%a: !aten.tensor<[4, 64], f32>, %b: !aten.tensor<[32, 8], f32>) {
  %0 = aten.mm.default(%a, %b) : !aten.tensor<[4, 8], f32>
  fx.return(%0)
}
// CHECK: aten.mm.default: contracting sizes differ: self dim 1 is 64, mat2 dim 0 is 32

// -----

func.func @main(%a: !aten.tensor<[4, 8, 2], f32>, %b: !aten.tensor<[2, 8], f32>) {
  %0 = aten.mm.default(%a, %b) : !aten.tensor<[4, 8], f32>
  fx.return(%0)
}
// CHECK: aten.mm.default: self must have 2 dims, got 3 [4, 8, 2]

// -----

func.func @main(%a: !aten.tensor<[4, 2], f32>, %b: !aten.tensor<[2, 8], f32>) {
  %0 = aten.mm.default(%a, %b) : !aten.tensor<[8, 4], f32>
  fx.return(%0)
}
// CHECK: aten.mm.default: the result must be [4, 8], its type is [8, 4]

// -----

func.func @main(%a: !aten.tensor<[4, 2], f32>, %b: !aten.tensor<[2, 8], f16>) {
  %0 = aten.mm.default(%a, %b) : !aten.tensor<[4, 8], f32>
  fx.return(%0)
}
// CHECK: aten.mm.default: self is f32, mat2 is f16

// -----

func.func @main(%a: !aten.tensor<[4, s0], f32>, %b: !aten.tensor<[s0 + 1, 8], f32>) {
  %0 = aten.mm.default(%a, %b) : !aten.tensor<[4, 8], f32>
  fx.return(%0)
}
// CHECK: aten.mm.default: contracting sizes differ: self dim 1 is s0, mat2 dim 0 is s0 + 1

// -----

func.func @main(%a: !aten.tensor<[3, 4, 2], f32>, %b: !aten.tensor<[5, 2, 8], f32>) {
  %0 = aten.bmm.default(%a, %b) : !aten.tensor<[3, 4, 8], f32>
  fx.return(%0)
}
// CHECK: aten.bmm.default: batch sizes differ: self dim 0 is 3, mat2 dim 0 is 5

// -----

func.func @main(%c: !aten.tensor<[8], f32>, %a: !aten.tensor<[4, 3], f32>, %b: !aten.tensor<[2, 8], f32>) {
  %0 = aten.addmm.default(%c, %a, %b) : !aten.tensor<[4, 8], f32>
  fx.return(%0)
}
// CHECK: aten.addmm.default: contracting sizes differ: mat1 dim 1 is 3, mat2 dim 0 is 2

// -----

func.func @main(%a: !aten.tensor<[4, 3], f32>, %b: !aten.tensor<[2], f32>) {
  %0 = aten.mv.default(%a, %b) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: aten.mv.default: contracting sizes differ: self dim 1 is 3, vec dim 0 is 2

// -----

func.func @main(%a: !aten.tensor<[3], f32>, %b: !aten.tensor<[3, 1], f32>) {
  %0 = aten.dot.default(%a, %b) : !aten.tensor<[], f32>
  fx.return(%0)
}
// CHECK: aten.dot.default: tensor must have 1 dims, got 2 [3, 1]
