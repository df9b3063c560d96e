// RUN: not fx-opt %s --split-input-file 2>&1 | filecheck %s

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.view.default(%x, [13]) : !aten.tensor<[13], f32>
  fx.return(%0)
}
// CHECK: aten.view.default: [4, 3] has 12 elements, [13] has 13

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.view.default(%x, [-1, -1]) : !aten.tensor<[4, 3], f32>
  fx.return(%0)
}
// CHECK: aten.view.default: sizes may hold one -1 and no other negative, got [-1, -1]

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.permute.default(%x, [0, 0]) : !aten.tensor<[4, 3], f32>
  fx.return(%0)
}
// CHECK: aten.permute.default: [0, 0] is no permutation of the 2 dims

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.permute.default(%x, [1, 0]) : !aten.tensor<[4, 3], f32>
  fx.return(%0)
}
// CHECK: aten.permute.default: the result must be [3, 4], its type is [4, 3]

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.permute.default(%x, [1, 2]) : !aten.tensor<[4, 3], f32>
  fx.return(%0)
}
// CHECK: aten.permute.default: dim 2 is out of range for a tensor of 2 dims

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.transpose.int(%x, 0, 2) : !aten.tensor<[3, 4], f32>
  fx.return(%0)
}
// CHECK: aten.transpose.int: dim1 2 is out of range for a tensor of 2 dims

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.transpose.int(%x, 0, 1) : !aten.tensor<[4, 3], f32>
  fx.return(%0)
}
// CHECK: aten.transpose.int: the result must be [3, 4], its type is [4, 3]

// -----

func.func @main(%x: !aten.tensor<[4, 3, 2], f32>) {
  %0 = aten.t.default(%x) : !aten.tensor<[2, 3, 4], f32>
  fx.return(%0)
}
// CHECK: aten.t.default: self must have 0 or 1 or 2 dims, got 3 [4, 3, 2]

// -----

func.func @main(%x: !aten.tensor<[4, 3, 2], f32>) {
  %0 = aten.numpy_T.default(%x) : !aten.tensor<[4, 3, 2], f32>
  fx.return(%0)
}
// CHECK: aten.numpy_T.default: the result must be [2, 3, 4], its type is [4, 3, 2]

// -----

func.func @main(%x: !aten.tensor<[4], f32>) {
  %0 = aten.mT.default(%x) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: aten.mT.default: self must have 2 dims or more, got 1

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.mT.default(%x) : !aten.tensor<[4, 3], f32>
  fx.return(%0)
}
// CHECK: aten.mT.default: the result must be [3, 4], its type is [4, 3]

// -----

func.func @main() {
  %0 = aten.arange.default(4) : !aten.tensor<[2, 2], i64>
  fx.return(%0)
}
// CHECK: aten.arange.default: the result must have 1 dims, got 2 [2, 2]

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.expand.default(%x, [4, 6]) : !aten.tensor<[4, 6], f32>
  fx.return(%0)
}
// CHECK: aten.expand.default: [4, 3] does not expand to [4, 6]

// -----

func.func @main(%x: !aten.tensor<[], f32>) {
  %0 = aten.select.int(%x, 0, 0) : !aten.tensor<[], f32>
  fx.return(%0)
}
// CHECK: aten.select.int: a tensor of no dims has nothing to select

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.select.int(%x, 1, 3) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: aten.select.int: index 3 is out of range for dim 1 of size 3

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.select.int(%x, 1, 2) : !aten.tensor<[3], f32>
  fx.return(%0)
}
// CHECK: aten.select.int: the result must be [4], its type is [3]

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.slice.Tensor(%x, 0, 0, 2, 0) : !aten.tensor<[2, 3], f32>
  fx.return(%0)
}
// CHECK: aten.slice.Tensor: step must be positive, got 0

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.slice.Tensor(%x, 0, 0, 1) : !aten.tensor<[3], f32>
  fx.return(%0)
}
// CHECK: aten.slice.Tensor: the result must have 2 dims, it has 1

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.unsqueeze.default(%x, 1) : !aten.tensor<[4, 3, 1], f32>
  fx.return(%0)
}
// CHECK: aten.unsqueeze.default: the result must be [4, 1, 3], its type is [4, 3, 1]

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.split_with_sizes.default(%x, [1, 2]) : !aten.tuple<!aten.tensor<[1, 3], f32>, !aten.tensor<[2, 3], f32>>
  fx.return(%0)
}
// CHECK: aten.split_with_sizes.default: pieces [1, 2] add up to 3, dim 0 is 4

// -----

func.func @main(%x: !aten.tensor<[4, 3], f32>) {
  %0 = aten.split_with_sizes.default(%x, [1, 3]) : !aten.tuple<!aten.tensor<[1, 3], f32>>
  fx.return(%0)
}
// CHECK: aten.split_with_sizes.default: 2 pieces but 1 results

// -----

// CHECK: aten.permute.default: a view of bf16 has dtype f32
func.func @dtype(%x: !aten.tensor<[2, 3], bf16>) {
  %0 = aten.permute.default(%x, [1, 0]) : !aten.tensor<[3, 2], f32, strides=[1, 3]>
  fx.return(%0)
}

// -----

// CHECK: aten.slice.Tensor: a view of a tensor on cuda:0 is on cpu
func.func @device(%x: !aten.tensor<[4], f32, device="cuda:0">) {
  %0 = aten.slice.Tensor(%x, 0, 1, 4) : !aten.tensor<[3], f32>
  fx.return(%0)
}
