// RUN: fx-opt %s | fx-opt | filecheck %s
// RUN: fx-opt %s --print-op-generic | fx-opt | filecheck %s

// Pointwise arithmetic, comparison, logic and rounding.

func.func @add_Tensor(%a: !aten.tensor<[1, 5], f32>, %b: !aten.tensor<[1, 5], i64>) {
  %0 = aten.add.Tensor(%a, %b) : !aten.tensor<[1, 5], f32>
  fx.return(%0)
}
// CHECK: aten.add.Tensor(%a, %b) : !aten.tensor<[1, 5], f32>

func.func @sub_Tensor(%a: !aten.tensor<[1, 5], f32>, %b: !aten.tensor<[1, 5], i64>) {
  %0 = aten.sub.Tensor(%a, %b) : !aten.tensor<[1, 5], f32>
  fx.return(%0)
}
// CHECK: aten.sub.Tensor(%a, %b) : !aten.tensor<[1, 5], f32>

func.func @rsub_Scalar(%a: !aten.tensor<[5], f32>) {
  %0 = aten.rsub.Scalar(%a, 1) : !aten.tensor<[5], f32>
  fx.return(%0)
}
// CHECK: aten.rsub.Scalar(%a, 1) : !aten.tensor<[5], f32>

func.func @mul_Scalar(%a: !aten.tensor<[4, 8, 6], f32, strides=[48, 1, 8]>) {
  %0 = aten.mul.Scalar(%a, 0.5946035575013605) : !aten.tensor<[4, 8, 6], f32, strides=[48, 1, 8]>
  fx.return(%0)
}
// CHECK: aten.mul.Scalar(%a, 0.5946035575013605) : !aten.tensor<[4, 8, 6], f32, strides=[48, 1, 8]>

func.func @div_Tensor_mode(%a: !aten.tensor<[5], f32>, %b: !aten.tensor<[], f32>) {
  %0 = aten.div.Tensor_mode(%a, %b, rounding_mode="trunc") : !aten.tensor<[5], f32>
  fx.return(%0)
}
// CHECK: aten.div.Tensor_mode(%a, %b, rounding_mode="trunc") : !aten.tensor<[5], f32>

func.func @remainder_Scalar(%a: !aten.tensor<[5, 2], i64, strides=[0, 1]>) {
  %0 = aten.remainder.Scalar(%a, 5) : !aten.tensor<[5, 2], i64>
  fx.return(%0)
}
// CHECK: aten.remainder.Scalar(%a, 5) : !aten.tensor<[5, 2], i64>

func.func @pow_Tensor_Scalar(%a: !aten.tensor<[1, 6, 3], f32>) {
  %0 = aten.pow.Tensor_Scalar(%a, 0.75) : !aten.tensor<[1, 6, 3], f32>
  fx.return(%0)
}
// CHECK: aten.pow.Tensor_Scalar(%a, 0.75) : !aten.tensor<[1, 6, 3], f32>

func.func @sqrt_default(%a: !aten.tensor<[20, 20], i64>) {
  %0 = aten.sqrt.default(%a) : !aten.tensor<[20, 20], f32>
  fx.return(%0)
}
// CHECK: aten.sqrt.default(%a) : !aten.tensor<[20, 20], f32>

func.func @round_decimals(%a: !aten.tensor<[20], f32>) {
  %0 = aten.round.decimals(%a, decimals=0) : !aten.tensor<[20], f32>
  fx.return(%0)
}
// CHECK: aten.round.decimals(%a, decimals=0) : !aten.tensor<[20], f32>

func.func @maximum_default(%a: !aten.tensor<[5], f32>, %b: !aten.tensor<[], f32>) {
  %0 = aten.maximum.default(%a, %b) : !aten.tensor<[5], f32>
  fx.return(%0)
}
// CHECK: aten.maximum.default(%a, %b) : !aten.tensor<[5], f32>

func.func @clamp_min_default(%a: !aten.tensor<[2, 1, 4, 5], f32>) {
  %0 = aten.clamp_min.default(%a, 1e-12) : !aten.tensor<[2, 1, 4, 5], f32>
  fx.return(%0)
}
// CHECK: aten.clamp_min.default(%a, 1e-12) : !aten.tensor<[2, 1, 4, 5], f32>

func.func @clamp_Tensor(%a: !aten.tensor<[5, 10, 5], i64>, %b: !aten.tensor<[5, 10, 5], i64>, %c: !aten.tensor<[5, 10, 5], i64>) {
  %0 = aten.clamp.Tensor(%a, %b, %c) : !aten.tensor<[5, 10, 5], i64>
  fx.return(%0)
}
// CHECK: aten.clamp.Tensor(%a, %b, %c) : !aten.tensor<[5, 10, 5], i64>

func.func @eq_Tensor(%a: !aten.tensor<[5], f32>, %b: !aten.tensor<[], f32>) {
  %0 = aten.eq.Tensor(%a, %b) : !aten.tensor<[5], bool>
  fx.return(%0)
}
// CHECK: aten.eq.Tensor(%a, %b) : !aten.tensor<[5], bool>

func.func @lt_Scalar(%a: !aten.tensor<[1], f32>) {
  %0 = aten.lt.Scalar(%a, 0) : !aten.tensor<[1], bool>
  fx.return(%0)
}
// CHECK: aten.lt.Scalar(%a, 0) : !aten.tensor<[1], bool>

func.func @logical_and_default(%a: !aten.tensor<[5], f32>, %b: !aten.tensor<[], f32>) {
  %0 = aten.logical_and.default(%a, %b) : !aten.tensor<[5], bool>
  fx.return(%0)
}
// CHECK: aten.logical_and.default(%a, %b) : !aten.tensor<[5], bool>

func.func @bitwise_left_shift_Tensor(%a: !aten.tensor<[5], i64>, %b: !aten.tensor<[], i64>) {
  %0 = aten.bitwise_left_shift.Tensor(%a, %b) : !aten.tensor<[5], i64>
  fx.return(%0)
}
// CHECK: aten.bitwise_left_shift.Tensor(%a, %b) : !aten.tensor<[5], i64>

func.func @where_self(%a: !aten.tensor<[5, 5, 5], bool, strides=[5, 1, 0]>, %b: !aten.tensor<[5, 5, 5], i64>, %c: !aten.tensor<[], i64>) {
  %0 = aten.where.self(%a, %b, %c) : !aten.tensor<[5, 5, 5], i64>
  fx.return(%0)
}
// CHECK: aten.where.self(%a, %b, %c) : !aten.tensor<[5, 5, 5], i64>

func.func @masked_fill_Scalar(%a: !aten.tensor<[5, 5], f32>, %b: !aten.tensor<[5, 5], bool>) {
  %0 = aten.masked_fill.Scalar(%a, %b, 10) : !aten.tensor<[5, 5], f32>
  fx.return(%0)
}
// CHECK: aten.masked_fill.Scalar(%a, %b, 10) : !aten.tensor<[5, 5], f32>

func.func @lerp_Scalar(%a: !aten.tensor<[5, 5], f32>, %b: !aten.tensor<[5, 5], f32>) {
  %0 = aten.lerp.Scalar(%a, %b, 0.4) : !aten.tensor<[5, 5], f32>
  fx.return(%0)
}
// CHECK: aten.lerp.Scalar(%a, %b, 0.4) : !aten.tensor<[5, 5], f32>

func.func @addcmul_default(%a: !aten.tensor<[5, 5], i64>, %b: !aten.tensor<[5, 5], i64>, %c: !aten.tensor<[5, 5], i64>) {
  %0 = aten.addcmul.default(%a, %b, %c, value=3) : !aten.tensor<[5, 5], i64>
  fx.return(%0)
}
// CHECK: aten.addcmul.default(%a, %b, %c, value=3) : !aten.tensor<[5, 5], i64>

func.func @nan_to_num_default(%a: !aten.tensor<[20], i64>) {
  %0 = aten.nan_to_num.default(%a) : !aten.tensor<[20], i64>
  fx.return(%0)
}
// CHECK: aten.nan_to_num.default(%a) : !aten.tensor<[20], i64>

func.func @clone_default(%a: !aten.tensor<[5, 3, 6], c64, strides=[18, 1, 3]>) {
  %0 = aten.clone.default(%a) : !aten.tensor<[5, 3, 6], c64, strides=[18, 1, 3]>
  fx.return(%0)
}
// CHECK: aten.clone.default(%a) : !aten.tensor<[5, 3, 6], c64, strides=[18, 1, 3]>

func.func @_to_copy_default(%a: !aten.tensor<[5, 6, 7], i64>) {
  %0 = aten._to_copy.default(%a, dtype=torch.float32) : !aten.tensor<[5, 6, 7], f32>
  fx.return(%0)
}
// CHECK: aten._to_copy.default(%a, dtype=torch.float32) : !aten.tensor<[5, 6, 7], f32>

func.func @frexp_Tensor(%a: !aten.tensor<[20], f32>) {
  %0 = aten.frexp.Tensor(%a) : !aten.tuple<!aten.tensor<[20], f32>, !aten.tensor<[20], i32>>
  fx.return(%0)
}
// CHECK: aten.frexp.Tensor(%a) : !aten.tuple<!aten.tensor<[20], f32>, !aten.tensor<[20], i32>>
