"""Activation functions and their gradients, in the result's compute dtype. `g` is the gradient of the result."""

from __future__ import annotations

import math

from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import mod
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.elementwise import elementwise, load_operand, result_type, with_params
from fxopt.lowering.aten_to_loop.nest import NestBuilder
from fxopt.lowering.aten_to_loop.scalar import Number, Val
from fxopt.lowering.aten_to_loop.tables import Registry
from fxopt.lowering.aten_to_loop.tensor_ref import NotLowered, TensorRef
from fxopt.lowering.aten_to_loop.unary import sigmoid

LOWERINGS = Registry()


# ---- gelu, silu, mish, softplus ---------------------------------------------------------------------------

_KAPPA = 0.044715
_BETA = math.sqrt(2.0 / math.pi)


def gelu(n: NestBuilder, x: Val, approximate: str) -> Val:
    """x * Phi(x), by erf or by its tanh approximation."""
    if approximate == "tanh":
        inner = (x + x * x * x * _KAPPA) * _BETA
        return x * 0.5 * (n.math("tanh", inner) + 1.0)
    return x * 0.5 * (n.math("erf", x * math.sqrt(0.5)) + 1.0)


def _gelu_backward(n: NestBuilder, g: Val, x: Val, approximate: str) -> Val:
    if approximate == "tanh":
        tanh = n.math("tanh", (x + x * x * x * _KAPPA) * _BETA)
        inner = (x * x * (3.0 * _KAPPA) + 1.0) * _BETA
        return g * ((tanh + 1.0) * 0.5 + x * 0.5 * (1.0 - tanh * tanh) * inner)
    cdf = (n.math("erf", x * math.sqrt(0.5)) + 1.0) * 0.5
    pdf = n.math("exp", x * x * -0.5) * (1.0 / math.sqrt(2.0 * math.pi))
    return g * (cdf + x * pdf)


def silu(n: NestBuilder, x: Val) -> Val:
    """x * sigmoid(x)."""
    return x / (n.math("exp", -x) + 1.0)


def _silu_backward(n: NestBuilder, g: Val, x: Val) -> Val:
    s = sigmoid(n, x)
    return g * s * (x * (1.0 - s) + 1.0)


def _mish(n: NestBuilder, x: Val) -> Val:
    """x * tanh(log(1 + exp(x)))."""
    return x * n.math("tanh", n.math("log1p", n.math("exp", x)))


def _mish_backward(n: NestBuilder, g: Val, x: Val) -> Val:
    s = sigmoid(n, x)
    t = n.math("tanh", n.math("log1p", n.math("exp", x)))
    return g * (t + x * s * (1.0 - t * t))


def _softplus(n: NestBuilder, x: Val, beta: Number, threshold: Number) -> Val:
    scaled = x * beta
    return scaled.gt(threshold).select(x, n.math("log1p", n.math("exp", scaled)) / beta)


def _softplus_backward(n: NestBuilder, g: Val, x: Val, beta: Number, threshold: Number) -> Val:
    scaled = x * beta
    z = n.math("exp", scaled)
    return scaled.gt(threshold).select(g, g * z / (z + 1.0))


# ---- piecewise --------------------------------------------------------------------------------------------


def _elu(n: NestBuilder, x: Val, alpha: Number, scale: Number, input_scale: Number) -> Val:
    negative = n.math("expm1", x * input_scale) * (alpha * scale)
    return x.le(0.0).select(negative, x * scale)


def _elu_backward(
    n: NestBuilder, g: Val, x: Val, alpha: Number, scale: Number, input_scale: Number, is_result: bool
) -> Val:
    coefficient = alpha * scale
    if is_result:
        negative = g * input_scale * (x + coefficient)
    else:
        negative = g * (input_scale * coefficient) * n.math("exp", x * input_scale)
    return x.le(0.0).select(negative, g * scale)


def _relu6(n: NestBuilder, x: Val) -> Val:
    return (x + 3.0).maximum(0.0).minimum(6.0)


def _hardswish_backward(n: NestBuilder, g: Val, x: Val) -> Val:
    inside = x.ge(3.0).select(g, g * (x / 3.0 + 0.5))
    return x.le(-3.0).select(0.0, inside)


def _hardtanh_backward(n: NestBuilder, g: Val, x: Val, low: Number, high: Number) -> Val:
    return (x.le(low) | x.ge(high)).select(0, g)


def _softshrink(n: NestBuilder, x: Val, lambd: Number) -> Val:
    return (x.ge(-lambd) & x.le(lambd)).select(0.0, x.gt(0.0).select(x - lambd, x + lambd))


def _inside_is_zero(n: NestBuilder, value: Val, x: Val, lambd: Number) -> Val:
    return (x.ge(-lambd) & x.le(lambd)).select(0, value)


def _leaky(x: Val, value: Val, slope: Number) -> Val:
    return x.gt(0.0).select(value, value * slope)


def _log_sigmoid(n: NestBuilder, x: Val) -> Val:
    return x.minimum(0.0) - n.math("log1p", n.math("exp", -n.math("absf", x)))


def _log_sigmoid_backward(n: NestBuilder, g: Val, x: Val) -> Val:
    z = n.math("exp", -n.math("absf", x))
    ratio = z / (z + 1.0)
    return g * x.lt(0.0).select(1.0 - ratio, ratio)


def _logit_backward(n: NestBuilder, g: Val, x: Val, eps: float | None) -> Val:
    inside = g / (x * (1.0 - x))
    if eps is None:
        return (x.lt(0.0) | x.gt(1.0)).select(math.nan, inside)
    return (x.lt(eps) | x.gt(1.0 - eps)).select(0.0, inside)


_SELU = (1.6732632423543772, 1.0507009873554805, 1.0)

# Operator -> formula, its tensor arguments, its Python arguments.
for _name, _formula, _tensors, _params in (
    ("gelu", gelu, "self", "approximate"),
    ("gelu_backward", _gelu_backward, "grad_output self", "approximate"),
    ("silu", silu, "self", ""),
    ("silu_backward", _silu_backward, "grad_output self", ""),
    ("mish", _mish, "self", ""),
    ("mish_backward", _mish_backward, "grad_output self", ""),
    ("softplus", _softplus, "self", "beta threshold"),
    ("softplus_backward", _softplus_backward, "grad_output self", "beta threshold"),
    ("elu", _elu, "self", "alpha scale input_scale"),
    ("elu_backward", _elu_backward, "grad_output self_or_result", "alpha scale input_scale is_result"),
    ("celu", lambda n, x, alpha: _elu(n, x, alpha, 1.0, 1.0 / alpha), "self", "alpha"),
    ("selu", lambda n, x: _elu(n, x, *_SELU), "self", ""),
    ("relu6", lambda n, x: x.at_least(0).at_most(6), "self", ""),
    ("hardswish", lambda n, x: x * _relu6(n, x) / 6.0, "self", ""),
    ("hardswish_backward", _hardswish_backward, "grad_output self", ""),
    ("hardsigmoid", lambda n, x: _relu6(n, x) / 6.0, "self", ""),
    ("hardsigmoid_backward", lambda n, g, x: (x.gt(-3.0) & x.lt(3.0)).select(g / 6.0, 0.0), "grad_output self", ""),
    ("hardtanh", lambda n, x, low, high: x.at_least(low).at_most(high), "self", "min_val max_val"),
    ("hardtanh_backward", _hardtanh_backward, "grad_output self", "min_val max_val"),
    ("leaky_relu", lambda n, x, slope: _leaky(x, x, slope), "self", "negative_slope"),
    ("leaky_relu_backward", lambda n, g, x, slope: _leaky(x, g, slope), "grad_output self", "negative_slope"),
    ("threshold", lambda n, x, limit, value: x.le(limit).select(value, x), "self", "threshold value"),
    ("threshold_backward", lambda n, g, x, limit: x.le(limit).select(0, g), "grad_output self", "threshold"),
    ("softshrink", _softshrink, "self", "lambd"),
    ("softshrink_backward", _inside_is_zero, "grad_output self", "lambd"),
    ("hardshrink", lambda n, x, lambd: _inside_is_zero(n, x, x, lambd), "self", "lambd"),
    ("log_sigmoid", _log_sigmoid, "self", ""),
    ("hardshrink_backward", _inside_is_zero, "grad_out self", "lambd"),
    ("log_sigmoid_backward", _log_sigmoid_backward, "grad_output self", ""),
    ("logit_backward", _logit_backward, "grad_output self", "eps"),
    ("sigmoid_backward", lambda n, g, y: g * (1.0 - y) * y, "grad_output output", ""),
    ("tanh_backward", lambda n, g, y: g * (1.0 - y * y), "grad_output output", ""),
    ("_prelu_kernel", lambda n, x, w: x.gt(0.0).select(x, x * w), "self weight", ""),
):  # fmt: skip
    LOWERINGS(f"aten.{_name}.default")(with_params(_formula, _tensors.split(), _params.split()))  # type: ignore[arg-type]


@LOWERINGS("aten.log_sigmoid_forward.default")
def _log_sigmoid_forward(low: Lowering, op: FxCallOp) -> tuple[TensorRef, ...]:
    """min(x, 0) - log1p(exp(-|x|)), and the buffer exp(-|x|), which on GPUs is empty."""
    out, buffer = result_type(op, 0), result_type(op, 1)
    has_buffer = buffer.sizes == out.sizes
    n, indices = low.nest_over(out, *((buffer,) if has_buffer else ()))
    x = load_operand(n, op.operands[0], indices, "f64" if out.dtype == "f64" else "f32")
    n.store(_log_sigmoid(n, x), indices)
    if has_buffer:
        n.store(n.math("exp", -n.math("absf", x)), indices, 1)
        return n.done()
    empty, _ = low.nest_over(buffer)
    return n.result(), empty.result()


@LOWERINGS("aten._prelu_kernel_backward.default")
def _prelu_backward(low: Lowering, op: FxCallOp) -> tuple[TensorRef, ...]:
    """Gradients of the input and, before its reduction, of the weight."""
    outputs = result_type(op, 0), result_type(op, 1)
    n, indices = low.nest_over(*outputs)
    dtype = "f64" if outputs[0].dtype == "f64" else "f32"
    g, x, w = (load_operand(n, op.arg(name), indices, dtype) for name in ("grad_output", "self", "weight"))
    n.store(x.gt(0.0).select(g, g * w), indices)
    n.store(x.gt(0.0).select(0.0, g * x), indices, 1)
    return n.done()


def _halves(low: Lowering, op: FxCallOp) -> tuple[TensorRef, TensorRef]:
    """The operand of `glu`, cut in two along `dim`."""
    ref = low.operand(op.arg("self"))
    dim = op.arg("dim") % ref.rank
    half = ref.sizes[dim] // 2
    sizes = (*ref.sizes[:dim], half, *ref.sizes[dim + 1 :])
    return low.view(ref, sizes, ref.strides), low.view(ref, sizes, ref.strides, half * ref.strides[dim])


@LOWERINGS("aten.glu.default")
def _glu(low: Lowering, op: FxCallOp) -> TensorRef:
    """a * sigmoid(b) with a and b the halves of the operand."""
    out = result_type(op)
    a, b = _halves(low, op)
    n, indices = low.nest_over(out)
    dtype = "f64" if out.dtype == "f64" else "f32"
    n.store(n.load(a, indices).to(dtype) * sigmoid(n, n.load(b, indices).to(dtype)), indices)
    return n.result()


@LOWERINGS("aten.glu_backward.default")
def _glu_backward(low: Lowering, op: FxCallOp) -> TensorRef:
    """For the first half g * s, for the second g * s * (1 - s) * a, with s = sigmoid(b)."""
    out = result_type(op)
    dim = op.arg("dim") % out.rank
    a, b = _halves(low, op)
    grad = low.operand(op.arg("grad_output"))
    half = a.sizes[dim]
    n, indices = low.nest_over(out)
    dtype = "f64" if out.dtype == "f64" else "f32"
    at = [mod(i, half) if d == dim else i for d, i in enumerate(indices)]
    s = sigmoid(n, n.load(b, at).to(dtype))
    first = n.load(grad, at).to(dtype) * s
    second = (1.0 - s) * first * n.load(a, at).to(dtype)
    n.store(n.index(indices[dim]).lt(n.index(half)).select(first, second), indices)
    return n.result()


@LOWERINGS("aten.native_dropout.default")
def _native_dropout(low: Lowering, op: FxCallOp) -> tuple[TensorRef, ...]:
    """Without training (or p = 0) the operand and a mask of true."""
    args = op.bound()
    if args["train"] is not False and args["p"] != 0:
        raise NotLowered("random")
    out, mask = result_type(op, 0), result_type(op, 1)
    n, indices = low.nest_over(out, mask)
    n.store(load_operand(n, args["input"], indices, out.dtype), indices)
    n.store(n.const(True, "bool"), indices, 1)
    return n.done()


@LOWERINGS("aten.native_dropout_backward.default")
def _native_dropout_backward(low: Lowering, op: FxCallOp) -> TensorRef:
    """g * mask * scale."""
    args = op.bound()
    operands = (args["grad_output"], args["mask"])
    return elementwise(low, op, operands, lambda n, g, mask: g * mask * n.scalar(args["scale"], g.dtype))
