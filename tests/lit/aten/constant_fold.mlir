// RUN: fx-opt %s -p aten-constant-fold --split-input-file | filecheck %s
// RUN: fx-opt %s -p 'aten-constant-fold{max_elems=2}' --split-input-file | filecheck %s --check-prefix SMALL

// A mask that is true throughout.
func.func @mask() {
  %0 = aten.arange.start_step(0, 4) : !aten.tensor<[4], i64>
  %1 = aten.add.Tensor(%0, 1) : !aten.tensor<[4], i64>
  %2 = aten.gt.Tensor(%1, %0) : !aten.tensor<[4], bool>
  %3 = aten.logical_not.default(%2) : !aten.tensor<[4], bool>
  fx.return((%3,))
}
// CHECK-LABEL: @mask
// CHECK-NEXT:    %0 = aten.full.default([4], False, dtype=torch.bool, device=device("cpu"), pin_memory=False) : !aten.tensor<[4], bool>
// CHECK-NEXT:    fx.return((%0,))
// SMALL-LABEL: @mask
// SMALL:         aten.arange.start_step

// -----

// Not uniform: the chain stays, nothing is materialised.
func.func @triangle() {
  %0 = aten.arange.default(4) : !aten.tensor<[4], i64>
  %1 = aten.unsqueeze.default(%0, 1) : !aten.tensor<[4, 1], i64>
  %2 = aten.le.Tensor(%0, %1) : !aten.tensor<[4, 4], bool>
  fx.return((%2,))
}
// CHECK-LABEL: @triangle
// CHECK-NEXT:    aten.arange.default(4)
// CHECK-NEXT:    aten.unsqueeze.default
// CHECK-NEXT:    aten.le.Tensor

// -----

// Arithmetic is that of the dtype; tensors of any size cost nothing where all elements are equal.
func.func @dtypes(%x: !aten.tensor<[4], f32>) {
  %0 = aten.full.default([100000], 127, dtype=torch.int8) : !aten.tensor<[100000], i8>
  %1 = aten.add.Tensor(%0, 1) : !aten.tensor<[100000], i8>
  %2 = aten.new_ones.default(%x, [3]) : !aten.tensor<[3], f32>
  %3 = aten.div.Tensor(%2, 3.0) : !aten.tensor<[3], f32>
  %4 = aten._to_copy.default(%3, dtype=torch.float64) : !aten.tensor<[3], f64>
  fx.return((%1, %4))
}
// CHECK-LABEL: @dtypes
// CHECK-NEXT:    aten.full.default([100000], -128, dtype=torch.int8, device=device("cpu"), pin_memory=False)
// CHECK-NEXT:    aten.full.default([3], 0.3333333432674408, dtype=torch.float64, device=device("cpu"), pin_memory=False)
// CHECK-NEXT:    fx.return

// -----

// Left alone: transcendental functions, half floats, mixed dtypes, symbolic sizes, constants that are written.
func.func @unknown(%n: !aten.sym<int, s0>) {
  %0 = aten.full.default([2], 1.0) : !aten.tensor<[2], f32>
  %1 = aten.exp.default(%0) : !aten.tensor<[2], f32>
  %2 = aten.full.default([2], 1.0, dtype=torch.float16) : !aten.tensor<[2], f16>
  %3 = aten.add.Tensor(%2, 1) : !aten.tensor<[2], f16>
  %4 = aten.full.default([2], 1, dtype=torch.int64) : !aten.tensor<[2], i64>
  %5 = aten.add.Tensor(%0, %4) : !aten.tensor<[2], f32>
  %6 = aten.full.default([%n], 1.0) : !aten.tensor<[s0], f32>
  %7 = aten.neg.default(%6) : !aten.tensor<[s0], f32>
  %8 = aten.full.default([2], 0.0) : !aten.tensor<[2], f32>
  %9 = aten.add_.Tensor(%8, %0) : !aten.tensor<[2], f32>
  %10 = aten.mul.Tensor(%8, 2.0) : !aten.tensor<[2], f32>
  fx.return((%1, %3, %5, %7, %10))
}
// CHECK-LABEL: @unknown
// CHECK:         aten.exp.default
// CHECK:         aten.add.Tensor
// CHECK:         aten.add.Tensor
// CHECK:         aten.neg.default
// CHECK:         aten.add_.Tensor
// CHECK:         aten.mul.Tensor

// -----

// Positions of tokens, numbered and gathered, as masks of packed sequences are made.
func.func @packed(%i: !aten.tensor<[1], i64>) {
  %0 = aten.arange.default(4) : !aten.tensor<[4], i64>
  %1 = aten.full.default([1], -1, dtype=torch.int64) : !aten.tensor<[1], i64>
  %2 = aten.cat.default([%1, %0], 0) : !aten.tensor<[5], i64>
  %3 = aten.slice.Tensor(%2, 0, 0, 4) : !aten.tensor<[4], i64>
  %4 = aten.sub.Tensor(%0, %3) : !aten.tensor<[4], i64>
  %5 = aten.ne.Scalar(%4, 1) : !aten.tensor<[4], bool>
  %6 = aten.cumsum.default(%5, 0) : !aten.tensor<[4], i64>
  %7 = aten.index.Tensor(%6, [%0]) : !aten.tensor<[4], i64>
  %8 = aten.eq.Tensor(%7, %6) : !aten.tensor<[4], bool>
  %9 = aten.full.default([2, 2], True, dtype=torch.bool) : !aten.tensor<[2, 2], bool>
  %10 = aten.tril.default(%9, 1) : !aten.tensor<[2, 2], bool>
  %11 = aten.triu.default(%9, 1) : !aten.tensor<[2, 2], bool>
  %12 = aten.index.Tensor(%0, [%i]) : !aten.tensor<[1], i64>
  fx.return((%8, %10, %11, %12))
}
// CHECK-LABEL: @packed
// CHECK:         aten.full.default([4], True, dtype=torch.bool
// CHECK:         aten.full.default([2, 2], True, dtype=torch.bool, device
// CHECK-NEXT:    aten.triu.default
// CHECK-NEXT:    aten.index.Tensor
