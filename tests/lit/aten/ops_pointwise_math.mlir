// RUN: fx-opt %s | fx-opt | filecheck %s
// RUN: fx-opt %s --print-op-generic | fx-opt | filecheck %s

// Transcendental and special functions, activations.

func.func @exp_default(%a: !aten.tensor<[5], i64>) {
  %0 = aten.exp.default(%a) : !aten.tensor<[5], f32>
  fx.return(%0)
}
// CHECK: aten.exp.default(%a) : !aten.tensor<[5], f32>

func.func @log1p_default(%a: !aten.tensor<[20, 20], i64>) {
  %0 = aten.log1p.default(%a) : !aten.tensor<[20, 20], f32>
  fx.return(%0)
}
// CHECK: aten.log1p.default(%a) : !aten.tensor<[20, 20], f32>

func.func @logaddexp_default(%a: !aten.tensor<[5], f32>, %b: !aten.tensor<[], f32>) {
  %0 = aten.logaddexp.default(%a, %b) : !aten.tensor<[5], f32>
  fx.return(%0)
}
// CHECK: aten.logaddexp.default(%a, %b) : !aten.tensor<[5], f32>

func.func @logit_default(%a: !aten.tensor<[5, 5, 5], i64>) {
  %0 = aten.logit.default(%a) : !aten.tensor<[5, 5, 5], f32>
  fx.return(%0)
}
// CHECK: aten.logit.default(%a) : !aten.tensor<[5, 5, 5], f32>

func.func @atan2_default(%a: !aten.tensor<[5], i64>, %b: !aten.tensor<[], i64>) {
  %0 = aten.atan2.default(%a, %b) : !aten.tensor<[5], f32>
  fx.return(%0)
}
// CHECK: aten.atan2.default(%a, %b) : !aten.tensor<[5], f32>

func.func @erfinv_default(%a: !aten.tensor<[20, 20], i64>) {
  %0 = aten.erfinv.default(%a) : !aten.tensor<[20, 20], f32>
  fx.return(%0)
}
// CHECK: aten.erfinv.default(%a) : !aten.tensor<[20, 20], f32>

func.func @polygamma_default(%a: !aten.tensor<[5, 5], i64>) {
  %0 = aten.polygamma.default(1, %a) : !aten.tensor<[5, 5], f32>
  fx.return(%0)
}
// CHECK: aten.polygamma.default(1, %a) : !aten.tensor<[5, 5], f32>

func.func @special_zeta_default(%a: !aten.tensor<[5], i64>, %b: !aten.tensor<[], i64>) {
  %0 = aten.special_zeta.default(%a, %b) : !aten.tensor<[5], f32>
  fx.return(%0)
}
// CHECK: aten.special_zeta.default(%a, %b) : !aten.tensor<[5], f32>

func.func @xlogy_Tensor(%a: !aten.tensor<[5], i64>, %b: !aten.tensor<[], i64>) {
  %0 = aten.xlogy.Tensor(%a, %b) : !aten.tensor<[5], f32>
  fx.return(%0)
}
// CHECK: aten.xlogy.Tensor(%a, %b) : !aten.tensor<[5], f32>

func.func @special_chebyshev_polynomial_t_default(%a: !aten.tensor<[5], i64>, %b: !aten.tensor<[], i64>) {
  %0 = aten.special_chebyshev_polynomial_t.default(%a, %b) : !aten.tensor<[5], f32>
  fx.return(%0)
}
// CHECK: aten.special_chebyshev_polynomial_t.default(%a, %b) : !aten.tensor<[5], f32>

func.func @gelu_default(%a: !aten.tensor<[10, 10], f32>) {
  %0 = aten.gelu.default(%a) : !aten.tensor<[10, 10], f32>
  fx.return(%0)
}
// CHECK: aten.gelu.default(%a) : !aten.tensor<[10, 10], f32>

func.func @elu_default(%a: !aten.tensor<[20], f32>) {
  %0 = aten.elu.default(%a, 1.6732632423543772, 1.0507009873554805) : !aten.tensor<[20], f32>
  fx.return(%0)
}
// CHECK: aten.elu.default(%a, 1.6732632423543772, 1.0507009873554805) : !aten.tensor<[20], f32>

func.func @softplus_default(%a: !aten.tensor<[20], f32>) {
  %0 = aten.softplus.default(%a, 3, 0.2) : !aten.tensor<[20], f32>
  fx.return(%0)
}
// CHECK: aten.softplus.default(%a, 3, 0.2) : !aten.tensor<[20], f32>

func.func @hardtanh_default(%a: !aten.tensor<[5, 5], f32>) {
  %0 = aten.hardtanh.default(%a, -0.5, 0.5) : !aten.tensor<[5, 5], f32>
  fx.return(%0)
}
// CHECK: aten.hardtanh.default(%a, -0.5, 0.5) : !aten.tensor<[5, 5], f32>

func.func @leaky_relu_default(%a: !aten.tensor<[10, 10], f32>) {
  %0 = aten.leaky_relu.default(%a) : !aten.tensor<[10, 10], f32>
  fx.return(%0)
}
// CHECK: aten.leaky_relu.default(%a) : !aten.tensor<[10, 10], f32>

func.func @log_sigmoid_forward_default(%a: !aten.tensor<[5], f32>) {
  %0 = aten.log_sigmoid_forward.default(%a) : !aten.tuple<!aten.tensor<[5], f32>, !aten.tensor<[5], f32>>
  fx.return(%0)
}
// CHECK: aten.log_sigmoid_forward.default(%a) : !aten.tuple<!aten.tensor<[5], f32>, !aten.tensor<[5], f32>>

func.func @threshold_default(%a: !aten.tensor<[], f32>) {
  %0 = aten.threshold.default(%a, -1.765825867652893, -4.3228044509887695) : !aten.tensor<[], f32>
  fx.return(%0)
}
// CHECK: aten.threshold.default(%a, -1.765825867652893, -4.3228044509887695) : !aten.tensor<[], f32>

func.func @_prelu_kernel_default(%a: !aten.tensor<[20], f32>, %b: !aten.tensor<[1], f32>) {
  %0 = aten._prelu_kernel.default(%a, %b) : !aten.tensor<[20], f32>
  fx.return(%0)
}
// CHECK: aten._prelu_kernel.default(%a, %b) : !aten.tensor<[20], f32>
