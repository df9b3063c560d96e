// RUN: fx-opt %s | fx-opt | filecheck %s
// RUN: fx-opt %s --print-op-generic | fx-opt | filecheck %s

// Convolution, pooling, normalisation, resampling, losses, attention, in-place ops, host values.

func.func @convolution_default(%a: !aten.tensor<[2, 2, 4, 4, 4], f32>, %b: !aten.tensor<[2, 2, 4, 5, 6], f32>, %c: !aten.tensor<[4], f32>) {
  %0 = aten.convolution.default(%a, %b, %c, [3, 2, 1], [1, 2, 3], [4, 4, 4], True, [2, 3, 1], 2) : !aten.tensor<[2, 4, 22, 22, 19], f32>
  fx.return(%0)
}
// CHECK: aten.convolution.default(%a, %b, %c, [3, 2, 1], [1, 2, 3], [4, 4, 4], True, [2, 3, 1], 2) : !aten.tensor<[2, 4, 22, 22, 19], f32>

func.func @avg_pool2d_default(%a: !aten.tensor<[1, 3, 9, 9], i64>) {
  %0 = aten.avg_pool2d.default(%a, [4, 4], [2, 3], [1, 1], True, False, 2) : !aten.tensor<[1, 3, 5, 4], i64>
  fx.return(%0)
}
// CHECK: aten.avg_pool2d.default(%a, [4, 4], [2, 3], [1, 1], True, False, 2) : !aten.tensor<[1, 3, 5, 4], i64>

func.func @max_pool2d_with_indices_default(%a: !aten.tensor<[1, 2, 1, 3], f32>) {
  %0 = aten.max_pool2d_with_indices.default(%a, [1, 3], [1, 2], [0, 0], [1, 1], True) : !aten.tuple<!aten.tensor<[1, 2, 1, 1], f32>, !aten.tensor<[1, 2, 1, 1], i64>>
  fx.return(%0)
}
// CHECK: aten.max_pool2d_with_indices.default(%a, [1, 3], [1, 2], [0, 0], [1, 1], True) : !aten.tuple<!aten.tensor<[1, 2, 1, 1], f32>, !aten.tensor<[1, 2, 1, 1], i64>>

func.func @_adaptive_avg_pool2d_default(%a: !aten.tensor<[1, 8, 8, 8], f32>) {
  %0 = aten._adaptive_avg_pool2d.default(%a, [5, 7]) : !aten.tensor<[1, 8, 5, 7], f32>
  fx.return(%0)
}
// CHECK: aten._adaptive_avg_pool2d.default(%a, [5, 7]) : !aten.tensor<[1, 8, 5, 7], f32>

func.func @adaptive_max_pool2d_default(%a: !aten.tensor<[3, 4, 1, 4], f32>) {
  %0 = aten.adaptive_max_pool2d.default(%a, [1, 3]) : !aten.tuple<!aten.tensor<[3, 4, 1, 3], f32>, !aten.tensor<[3, 4, 1, 3], i64>>
  fx.return(%0)
}
// CHECK: aten.adaptive_max_pool2d.default(%a, [1, 3]) : !aten.tuple<!aten.tensor<[3, 4, 1, 3], f32>, !aten.tensor<[3, 4, 1, 3], i64>>

func.func @native_layer_norm_default(%a: !aten.tensor<[1, 2, 3], f32>, %b: !aten.tensor<[1, 2, 3], f32>, %c: !aten.tensor<[1, 2, 3], f32>) {
  %0 = aten.native_layer_norm.default(%a, [1, 2, 3], %b, %c, 0.5) : !aten.tuple<!aten.tensor<[1, 2, 3], f32>, !aten.tensor<[1, 1, 1], f32>, !aten.tensor<[1, 1, 1], f32>>
  fx.return(%0)
}
// CHECK: aten.native_layer_norm.default(%a, [1, 2, 3], %b, %c, 0.5) : !aten.tuple<!aten.tensor<[1, 2, 3], f32>, !aten.tensor<[1, 1, 1], f32>, !aten.tensor<[1, 1, 1], f32>>

func.func @native_group_norm_default(%a: !aten.tensor<[1, 6, 3], f32>, %b: !aten.tensor<[6], f32>, %c: !aten.tensor<[6], f32>) {
  %0 = aten.native_group_norm.default(%a, %b, %c, 1, 6, 3, 2, 0.5) : !aten.tuple<!aten.tensor<[1, 6, 3], f32>, !aten.tensor<[1, 2], f32>, !aten.tensor<[1, 2], f32>>
  fx.return(%0)
}
// CHECK: aten.native_group_norm.default(%a, %b, %c, 1, 6, 3, 2, 0.5) : !aten.tuple<!aten.tensor<[1, 6, 3], f32>, !aten.tensor<[1, 2], f32>, !aten.tensor<[1, 2], f32>>

func.func @native_batch_norm_default(%a: !aten.tensor<[5, 5, 5], f32>, %b: !aten.tensor<[5], f32>, %c: !aten.tensor<[5], f32>, %d: !aten.tensor<[5], f32>, %e: !aten.tensor<[5], f32>) {
  %0 = aten.native_batch_norm.default(%a, %b, %c, %d, %e, True, 0.5, 0.6) : !aten.tuple<!aten.tensor<[5, 5, 5], f32>, !aten.tensor<[5], f32>, !aten.tensor<[5], f32>>
  fx.return(%0)
}
// CHECK: aten.native_batch_norm.default(%a, %b, %c, %d, %e, True, 0.5, 0.6) : !aten.tuple<!aten.tensor<[5, 5, 5], f32>, !aten.tensor<[5], f32>, !aten.tensor<[5], f32>>

func.func @_native_batch_norm_legit_default(%a: !aten.tensor<[5, 5, 5], f32>, %b: !aten.tensor<[5], f32>, %c: !aten.tensor<[5], f32>, %d: !aten.tensor<[5], f32>, %e: !aten.tensor<[5], f32>) {
  %0 = aten._native_batch_norm_legit.default(%a, %b, %c, %d, %e, True, 0.5, 0.6) : !aten.tuple<!aten.tensor<[5, 5, 5], f32>, !aten.tensor<[5], f32>, !aten.tensor<[5], f32>>
  fx.return(%0)
}
// CHECK: aten._native_batch_norm_legit.default(%a, %b, %c, %d, %e, True, 0.5, 0.6) : !aten.tuple<!aten.tensor<[5, 5, 5], f32>, !aten.tensor<[5], f32>, !aten.tensor<[5], f32>>

func.func @grid_sampler_2d_default(%a: !aten.tensor<[2, 3, 5, 5], f32>, %b: !aten.tensor<[2, 5, 5, 2], f32>) {
  %0 = aten.grid_sampler_2d.default(%a, %b, 0, 0, False) : !aten.tensor<[2, 3, 5, 5], f32>
  fx.return(%0)
}
// CHECK: aten.grid_sampler_2d.default(%a, %b, 0, 0, False) : !aten.tensor<[2, 3, 5, 5], f32>

func.func @nll_loss_forward_default(%a: !aten.tensor<[8, 4], f32>, %b: !aten.tensor<[8], i64>) {
  %0 = aten.nll_loss_forward.default(%a, %b, None, 1, -100) : !aten.tuple<!aten.tensor<[], f32>, !aten.tensor<[], f32>>
  fx.return(%0)
}
// CHECK: aten.nll_loss_forward.default(%a, %b, None, 1, -100) : !aten.tuple<!aten.tensor<[], f32>, !aten.tensor<[], f32>>

func.func @mse_loss_default(%a: !aten.tensor<[5], f32>, %b: !aten.tensor<[5], f32>) {
  %0 = aten.mse_loss.default(%a, %b) : !aten.tensor<[], f32>
  fx.return(%0)
}
// CHECK: aten.mse_loss.default(%a, %b) : !aten.tensor<[], f32>

func.func @huber_loss_default(%a: !aten.tensor<[5], f32>, %b: !aten.tensor<[5], f32>) {
  %0 = aten.huber_loss.default(%a, %b, 0, 8.698115367693557) : !aten.tensor<[5], f32>
  fx.return(%0)
}
// CHECK: aten.huber_loss.default(%a, %b, 0, 8.698115367693557) : !aten.tensor<[5], f32>

func.func @copy__default(%a: !aten.tensor<[0, 3, 2], i64, strides=[18, 6, 1]>, %b: !aten.tensor<[0, 3, 2], i64, strides=[18, 6, 1]>) {
  %0 = aten.copy_.default(%a, %b) : !aten.tensor<[0, 3, 2], i64, strides=[18, 6, 1]>
  fx.return(%0)
}
// CHECK: aten.copy_.default(%a, %b) : !aten.tensor<[0, 3, 2], i64, strides=[18, 6, 1]>

func.func @fill__Scalar(%a: !aten.tensor<[5], f32>) {
  %0 = aten.fill_.Scalar(%a, 8.396163642458497) : !aten.tensor<[5], f32>
  fx.return(%0)
}
// CHECK: aten.fill_.Scalar(%a, 8.396163642458497) : !aten.tensor<[5], f32>

func.func @masked_fill__Scalar(%a: !aten.tensor<[1], f32>, %b: !aten.tensor<[1], bool>) {
  %0 = aten.masked_fill_.Scalar(%a, %b, 0) : !aten.tensor<[1], f32>
  fx.return(%0)
}
// CHECK: aten.masked_fill_.Scalar(%a, %b, 0) : !aten.tensor<[1], f32>

func.func @add__Tensor(%a: !aten.tensor<[5, 5], f32>, %b: !aten.tensor<[5, 5], f32>) {
  %0 = aten.add_.Tensor(%a, %b) : !aten.tensor<[5, 5], f32>
  fx.return(%0)
}
// CHECK: aten.add_.Tensor(%a, %b) : !aten.tensor<[5, 5], f32>

func.func @_linalg_check_errors_default(%a: !aten.tensor<[], i32>) {
  %0 = aten._linalg_check_errors.default(%a, "linalg.cholesky", is_matrix=True) : !aten.any<"unknown">
  fx.return(%0)
}
// CHECK: aten._linalg_check_errors.default(%a, "linalg.cholesky", is_matrix=True) : !aten.any<"unknown">
