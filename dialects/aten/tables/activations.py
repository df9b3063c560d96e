"""Activation functions and their gradients, one element at a time."""

FACTS = "POINTWISE"

ROWS = """
relu.default(Tensor self) -> Tensor  # max(self, 0)
relu6.default(Tensor self) -> Tensor  # min(max(self, 0), 6)
sigmoid.default(Tensor self) -> Tensor  # 1 / (1 + e**-self)
silu.default(Tensor self) -> Tensor  # self * sigmoid(self)
gelu.default(Tensor self, *, str approximate="none") -> Tensor  # self * Phi(self), Phi the normal distribution function or its tanh approximation
elu.default(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor  # scale * x above 0, scale * alpha * (e**(input_scale * x) - 1) below
celu.default(Tensor self, Scalar alpha=1.) -> Tensor  # max(0, x) + min(0, alpha * (e**(x / alpha) - 1))
selu.default(Tensor self) -> Tensor  # elu with the self-normalising constants
mish.default(Tensor self) -> Tensor  # self * tanh(softplus(self))
softplus.default(Tensor self, Scalar beta=1, Scalar threshold=20) -> Tensor  # log(1 + e**(beta x)) / beta; x where beta x > threshold
softshrink.default(Tensor self, Scalar lambd=0.5) -> Tensor  # self shrunk by lambd towards 0
hardshrink.default(Tensor self, Scalar lambd=0.5) -> Tensor  # self where |self| > lambd, else 0
hardsigmoid.default(Tensor self) -> Tensor  # min(max(x + 3, 0), 6) / 6
hardswish.default(Tensor self) -> Tensor  # x * hardsigmoid(x)
hardtanh.default(Tensor self, Scalar min_val=-1, Scalar max_val=1) -> Tensor  # self clamped to [min_val, max_val]
leaky_relu.default(Tensor self, Scalar negative_slope=0.01) -> Tensor  # x above 0, negative_slope * x below
threshold.default(Tensor self, Scalar threshold, Scalar value) -> Tensor  # self where self > threshold, else value
log_sigmoid_forward.default(Tensor self) -> (Tensor output, Tensor buffer)  # (log(sigmoid(self)), buffer)
log_sigmoid.default(Tensor self) -> Tensor  # log(sigmoid(self))
prelu.default(Tensor self, Tensor weight) -> Tensor  # x above 0, weight * x below
_prelu_kernel.default(Tensor self, Tensor weight) -> Tensor  # x above 0, weight * x below, weight broadcast
sigmoid_backward.default(Tensor grad_output, Tensor output) -> Tensor  # grad_output * output * (1 - output)
tanh_backward.default(Tensor grad_output, Tensor output) -> Tensor  # grad_output * (1 - output**2)
silu_backward.default(Tensor grad_output, Tensor self) -> Tensor  # gradient of silu
gelu_backward.default(Tensor grad_output, Tensor self, *, str approximate="none") -> Tensor  # gradient of gelu
elu_backward.default(Tensor grad_output, Scalar alpha, Scalar scale, Scalar input_scale, bool is_result, Tensor self_or_result) -> Tensor  # gradient of elu, from its result or its input
mish_backward.default(Tensor grad_output, Tensor self) -> Tensor  # gradient of mish
softplus_backward.default(Tensor grad_output, Tensor self, Scalar beta, Scalar threshold) -> Tensor  # gradient of softplus
softshrink_backward.default(Tensor grad_output, Tensor self, Scalar lambd) -> Tensor  # grad_output where |self| > lambd, else 0
hardshrink_backward.default(Tensor grad_out, Tensor self, Scalar lambd) -> Tensor  # grad_out where |self| > lambd, else 0
hardsigmoid_backward.default(Tensor grad_output, Tensor self) -> Tensor  # grad_output / 6 inside (-3, 3), else 0
hardswish_backward.default(Tensor grad_output, Tensor self) -> Tensor  # gradient of hardswish
hardtanh_backward.default(Tensor grad_output, Tensor self, Scalar min_val, Scalar max_val) -> Tensor  # grad_output inside (min_val, max_val), else 0
leaky_relu_backward.default(Tensor grad_output, Tensor self, Scalar negative_slope, bool self_is_result) -> Tensor  # gradient of leaky_relu
threshold_backward.default(Tensor grad_output, Tensor self, Scalar threshold) -> Tensor  # grad_output where self > threshold, else 0
log_sigmoid_backward.default(Tensor grad_output, Tensor self, Tensor buffer) -> Tensor  # gradient of log_sigmoid
_prelu_kernel_backward.default(Tensor grad_output, Tensor self, Tensor weight) -> (Tensor, Tensor)  # gradients of _prelu_kernel
native_dropout_backward.default(Tensor grad_output, Tensor mask, float scale) -> Tensor  # grad_output * mask * scale
rrelu_with_noise_backward.default(Tensor grad_output, Tensor self, Tensor noise, Scalar lower, Scalar upper, bool training, bool self_is_result) -> Tensor  # gradient of rrelu_with_noise
"""
