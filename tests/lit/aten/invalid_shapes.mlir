// RUN: not fx-opt %s --split-input-file 2>&1 | filecheck %s

func.func @main(%x: !aten.tensor<[4, 3], f32>, %y: !aten.tensor<[5, 2], f32>) {
  %0 = aten.cat.default([%x, %y]) : !aten.tensor<[9, 3], f32>
  fx.return(%0)
}
// CHECK: aten.cat.default: tensor 0 dim 1 is 3, tensor 1 dim 1 is 2

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>, %y: !aten.tensor<[5, 3], f32>) {
  %0 = aten.cat.default([%x, %y]) : !aten.tensor<[8, 3], f32>
  fx.return(%0)
}
// CHECK: aten.cat.default: the result must be [9, 3], its type is [8, 3]

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>, %y: !aten.tensor<[5], f32>) {
  %0 = aten.cat.default([%x, %y]) : !aten.tensor<[9, 3], f32>
  fx.return(%0)
}
// CHECK: aten.cat.default: tensor 1 must have 2 dims, got 1 [5]

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.cat.default([]) : !aten.tensor<[4, 3], f32>
  fx.return(%0)
}
// CHECK: aten.cat.default: no tensors to join

// -----

func.func @main(%w: !aten.tensor<[9, 3, 1], f32>, %i: !aten.tensor<[5], i64>) {
  %0 = aten.embedding.default(%w, %i) : !aten.tensor<[5, 3], f32>
  fx.return(%0)
}
// CHECK: aten.embedding.default: weight must have 2 dims, got 3 [9, 3, 1]

// -----

func.func @main(%w: !aten.tensor<[9, 3], f32>, %i: !aten.tensor<[5], f32>) {
  %0 = aten.embedding.default(%w, %i) : !aten.tensor<[5, 3], f32>
  fx.return(%0)
}
// CHECK: aten.embedding.default: indices must be i64 or i32, got f32

// -----

func.func @main(%x: !aten.tensor<[9, 3], f32>, %i: !aten.tensor<[5], i64>) {
  %0 = aten.index_select.default(%x, 1, %i) : !aten.tensor<[5, 3], f32>
  fx.return(%0)
}
// CHECK: aten.index_select.default: the result must be [9, 5], its type is [5, 3]

// -----

func.func @main(%x: !aten.tensor<[9, 3], f32>, %i: !aten.tensor<[5], i64>) {
  %0 = aten.gather.default(%x, 1, %i) : !aten.tensor<[5], f32>
  fx.return(%0)
}
// CHECK: aten.gather.default: index must have 2 dims, got 1 [5]

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>, %y: !aten.tensor<[4], f32>) {
  %0 = aten.add.Tensor(%x, %y) : !aten.tensor<[4, 3], f32>
  fx.return(%0)
}
// CHECK: aten.add.Tensor: operand 1 of [4] does not broadcast to [4, 3]

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>, %y: !aten.tensor<[4], f32>) {
  %0 = aten.copy_.default(%x, %y) : !aten.tensor<[4, 3], f32>
  fx.return(%0)
}
// CHECK: aten.copy_.default: src of [4] does not broadcast to [4, 3]

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.sum.dim_IntList(%x, [2]) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: aten.sum.dim_IntList: dim 2 is out of range for a tensor of 2 dims

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.mean.dim(%x, [1, -1]) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: aten.mean.dim: a dim appears twice in [1, -1]

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.amax.default(%x, [1], True) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: aten.amax.default: the result must be [4, 1], its type is [4]

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.cumsum.default(%x, 0) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: aten.cumsum.default: the result must be [4, 3], its type is [4]

// -----

func.func @main(%x: !aten.tensor<[4, 3], i64>) {
  %0 = aten._softmax.default(%x, 1, False) : !aten.tensor<[4, 3], i64>
  fx.return(%0)
}
// CHECK: aten._softmax.default: the result must be floating-point, its type is i64

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.native_layer_norm.default(%x, [4], None, None, 1e-05) : !aten.tuple<!aten.tensor<[4, 3], f32>>
  fx.return(%0)
}
// CHECK: aten.native_layer_norm.default: normalized_shape [4] does not end [4, 3]

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>, %w: !aten.tensor<[2], f32>) {
  %0 = aten.native_layer_norm.default(%x, [3], %w, None, 1e-05) : !aten.tuple<!aten.tensor<[4, 3], f32>>
  fx.return(%0)
}
// CHECK: aten.native_layer_norm.default: weight is [2], normalized_shape is [3]

// -----

func.func @main(%x: !aten.tensor<[1, 3, 8, 8], f32>, %w: !aten.tensor<[4, 2, 3, 3], f32>) {
  %0 = aten.convolution.default(%x, %w, None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1) : !aten.tensor<[1, 4, 6, 6], f32>
  fx.return(%0)
}
// CHECK: aten.convolution.default: input has 3 channels, weight [4, 2, 3, 3] in 1 groups takes 2

// -----

func.func @main(%x: !aten.tensor<[1, 3, 8], f32>, %w: !aten.tensor<[4, 3, 3, 3], f32>) {
  %0 = aten.convolution.default(%x, %w, None, [1], [0], [1], False, [0], 1) : !aten.tensor<[1, 4, 6], f32>
  fx.return(%0)
}
// CHECK: aten.convolution.default: input has 3 dims, weight has 4

// -----

func.func @main(%x: !aten.tensor<[1, 3, 8], f32>, %w: !aten.tensor<[4, 3, 3], f32>, %b: !aten.tensor<[3], f32>) {
  %0 = aten.convolution.default(%x, %w, %b, [1], [0], [1], False, [0], 1) : !aten.tensor<[1, 4, 6], f32>
  fx.return(%0)
}
// CHECK: aten.convolution.default: bias has 3 elements for 4 output channels

// -----

func.func @main(%x: !aten.tensor<[1, 3, 8], f32>, %w: !aten.tensor<[4, 3, 3], f32>) {
  %0 = aten.convolution.default(%x, %w, None, [1], [0], [1], False, [0], 1) : !aten.tensor<[1, 3, 6], f32>
  fx.return(%0)
}
// CHECK: aten.convolution.default: the result has 3 channels, weight makes 4

// -----

func.func @main() {
  %0 = aten.full.default([2, 3], 1.0) : !aten.tensor<[3, 2], f32>
  fx.return(%0)
}
// CHECK: aten.full.default: the result must be [2, 3], its type is [3, 2]
