"""Every pointwise operator beside eager: dtypes, broadcasting, strides, empty tensors, special values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from loop_harness import Lowered, check

ATEN = torch.ops.aten

FLOATS = (torch.float32, torch.float64, torch.bfloat16, torch.float16)
INTS = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)
SPECIAL = [0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1.0, -1.0, 0.5, -0.5, 2.5, -3.0, 3.0, 20.0, 1e-3]
RTOL = {torch.float64: 1e-9, torch.float32: 2e-5, torch.bfloat16: 2e-2, torch.float16: 3e-3}


def values(dtype: torch.dtype, seed: int = 0, shape: tuple[int, ...] = (5, 7)) -> torch.Tensor:
    """Random values of a dtype; floats include special ones, in another order for each seed."""
    gen = torch.Generator().manual_seed(seed)
    if dtype == torch.bool:
        return torch.rand(shape, generator=gen) < 0.5
    if not dtype.is_floating_point:
        low = 0 if dtype == torch.uint8 else -9
        return torch.randint(low, 10, shape, generator=gen).to(dtype)
    result = (torch.randn(shape, generator=gen, dtype=torch.float64) * 2).to(dtype)
    flat = result.view(-1)
    order = torch.randperm(len(SPECIAL), generator=gen)
    count = min(len(SPECIAL), flat.numel())
    flat[:count] = torch.tensor(SPECIAL, dtype=dtype)[order][:count]
    return result


def agree(fn: Callable[..., Any], *args: Any, nests: int = 1, **options: Any) -> Lowered:
    """One nest, no extern call, the values of eager."""
    floats = [a.dtype for a in args if isinstance(a, torch.Tensor) and a.dtype.is_floating_point]
    rtol = max((RTOL[d] for d in floats), default=2e-5)
    lowered = check(fn, *args, rtol=rtol, atol=rtol, **options)
    assert lowered.externs == []
    assert lowered.num_nests == nests
    return lowered


# ---- one tensor -------------------------------------------------------------------------------------------

UNARY = """acos acosh asin asinh atan atanh cos cosh sin sinh tan tanh exp exp2 expm1 log log10 log1p log2 sqrt rsqrt
    erf sigmoid reciprocal erfc deg2rad rad2deg sinc special_entr lgamma abs neg sign sgn relu ceil floor trunc
    round frac isnan isinf isposinf isneginf signbit logical_not nan_to_num logit silu gelu mish softplus elu
    celu selu hardswish hardsigmoid hardtanh leaky_relu softshrink hardshrink clone log_sigmoid_forward
    square angle""".split()  # noqa: SIM905
NO_INTS = {
    "silu", "gelu", "mish", "softplus", "elu", "celu", "selu", "hardswish", "hardsigmoid", "leaky_relu", "softshrink",
    "hardshrink", "frac", "log_sigmoid_forward",
}  # fmt: skip
NO_BOOL = NO_INTS | {"abs", "neg", "relu", "ceil", "floor", "trunc", "round", "hardtanh", "square"}


@pytest.mark.parametrize("name", UNARY)
def test_unary_of_each_dtype(name: str) -> None:
    op = getattr(ATEN, name).default
    dtypes = [torch.float32, torch.float64, torch.bfloat16]
    if name not in NO_INTS:
        dtypes += [torch.int64, torch.uint8]
    if name not in NO_BOOL:
        dtypes.append(torch.bool)
    for dtype in dtypes:
        if (name, dtype) == ("hardtanh", torch.uint8):
            continue  # eager refuses the negative limit
        x = values(dtype)
        if name == "gelu":
            x = x.nan_to_num(posinf=9.0)  # eager's vector code gives NaN for inf
        agree(op, x)


PARAMETERS: dict[str, Callable[[torch.Tensor], Any]] = {
    "round_decimals": lambda x: ATEN.round.decimals(x, decimals=2),
    "round_hundreds": lambda x: ATEN.round.decimals(x, decimals=-2),
    "gelu_tanh": lambda x: ATEN.gelu(x, approximate="tanh"),
    "logit_eps": lambda x: ATEN.logit(x, 0.1),
    "nan_to_num": lambda x: ATEN.nan_to_num(x, 1.5, 2.5, -3.5),
    "softplus": lambda x: ATEN.softplus(x, 2.0, 1.5),
    "elu": lambda x: ATEN.elu(x, 1.5, 2.0, 0.5),
    "celu": lambda x: ATEN.celu(x, 0.7),
    "hardtanh": lambda x: ATEN.hardtanh(x, -0.3, 0.9),
    "leaky_relu": lambda x: ATEN.leaky_relu(x, 0.2),
    "threshold": lambda x: ATEN.threshold(x, 0.5, 7.0),
    "softshrink": lambda x: ATEN.softshrink(x, 0.4),
    "clamp": lambda x: ATEN.clamp(x, -0.5, 1.25),
    "clamp_min": lambda x: ATEN.clamp_min(x, 0.25),
    "clamp_max": lambda x: ATEN.clamp_max(x, 0.25),
    "clamp_one_side": lambda x: ATEN.clamp(x, None, 1.25),
    "add_scalar": lambda x: ATEN.add.Tensor(x, 3, alpha=2),
    "rsub": lambda x: ATEN.rsub.Scalar(x, 3, 2),
    "fill": lambda x: ATEN.fill.Scalar(x, 4.5),
    "pow_0": lambda x: ATEN.pow.Tensor_Scalar(x, 0),
    "pow_2": lambda x: ATEN.pow.Tensor_Scalar(x, 2),
    "pow_3": lambda x: ATEN.pow.Tensor_Scalar(x, 3),
    "pow_5": lambda x: ATEN.pow.Tensor_Scalar(x, 5),
    "pow_half": lambda x: ATEN.pow.Tensor_Scalar(x, 0.5),
    "pow_minus_half": lambda x: ATEN.pow.Tensor_Scalar(x, -0.5),
    "pow_minus_1": lambda x: ATEN.pow.Tensor_Scalar(x, -1),
    "pow_1.7": lambda x: ATEN.pow.Tensor_Scalar(x, 1.7),
    "two_to_x": lambda x: ATEN.pow.Scalar(2.0, x),
    "three_to_x": lambda x: ATEN.pow.Scalar(3.0, x),
    "remainder": lambda x: ATEN.remainder.Scalar(x, -1.5),
    "fmod": lambda x: ATEN.fmod.Scalar(x, 1.5),
    "compare": lambda x: ATEN.lt.Scalar(x, 0.1),
    "equal": lambda x: ATEN.eq.Scalar(x, 0.5),
    "masked_fill": lambda x: ATEN.masked_fill.Scalar(x, x > 0, -1.0),
}


@pytest.mark.parametrize("name", PARAMETERS)
@pytest.mark.parametrize("dtype", FLOATS[:3])
def test_parameters(name: str, dtype: torch.dtype) -> None:
    agree(PARAMETERS[name], values(dtype), nests=2 if name == "masked_fill" else 1)


SPECIAL_FUNCTIONS = (
    *("digamma", "erfinv", "i0", "special_i0e", "special_i1", "special_i1e", "special_ndtri"),
    *(f"special_bessel_{kind}{order}" for kind in "jy" for order in "01"),
    *(f"special_modified_bessel_{kind}{order}" for kind in "ik" for order in "01"),
    *("special_scaled_modified_bessel_k0", "special_scaled_modified_bessel_k1", "special_spherical_bessel_j0"),
)


@pytest.mark.parametrize("name", SPECIAL_FUNCTIONS)
def test_special_function(name: str) -> None:
    op = getattr(ATEN, name).default
    far = torch.tensor([0.0, 1.0, -1.0, 0.1, 0.9, 4.9, 5.1, 9.0, 30.0, -7.5, 1e-7, -0.3], dtype=torch.float64)
    agree(op, torch.cat([far, torch.linspace(0.01, 0.99, 20, dtype=torch.float64)]))
    agree(op, values(torch.float32).nan_to_num(posinf=8.0, neginf=-8.0))
    agree(op, torch.arange(1, 8))


def test_polygamma() -> None:
    x = torch.linspace(-3.3, 9.0, 21, dtype=torch.float64)
    agree(lambda t: ATEN.polygamma(0, t), x)
    agree(lambda t: ATEN.polygamma(1, t), x)
    assert check(lambda t: ATEN.polygamma(2, t), x).reasons == ["special function"]


# ---- two tensors ------------------------------------------------------------------------------------------

BINARY = {
    "add": ATEN.add.Tensor,
    "sub": ATEN.sub.Tensor,
    "mul": ATEN.mul.Tensor,
    "maximum": ATEN.maximum.default,
    "minimum": ATEN.minimum.default,
    "fmax": ATEN.fmax.default,
    "fmin": ATEN.fmin.default,
    **{name: getattr(ATEN, name).Tensor for name in ("eq", "ne", "lt", "le", "gt", "ge")},
    **{f"logical_{name}": getattr(ATEN, f"logical_{name}").default for name in ("and", "or", "xor")},
    "div": ATEN.div.Tensor,
    "atan2": ATEN.atan2.default,
    "copysign": ATEN.copysign.Tensor,
    "xlogy": ATEN.xlogy.Tensor,
    "special_xlog1py": ATEN.special_xlog1py.default,
    "heaviside": ATEN.heaviside.default,
}
BINARY_FLOAT = {
    "hypot": ATEN.hypot.default,
    "logaddexp": ATEN.logaddexp.default,
    "logaddexp2": ATEN.logaddexp2.default,
    "pow": ATEN.pow.Tensor_Tensor,
    "remainder": ATEN.remainder.Tensor,
    "fmod": ATEN.fmod.Tensor,
    "floor": lambda a, b: ATEN.div.Tensor_mode(a, b, rounding_mode="floor"),
    "trunc": lambda a, b: ATEN.div.Tensor_mode(a, b, rounding_mode="trunc"),
    "lerp": lambda a, b: ATEN.lerp.Scalar(a, b, 0.3),
    "lerp_far": lambda a, b: ATEN.lerp.Scalar(a, b, 0.8),
    "clamp_min": lambda a, b: ATEN.clamp.Tensor(a, b),
    "sub_alpha": lambda a, b: ATEN.sub.Tensor(a, b, alpha=0.5),
    "sigmoid_backward": ATEN.sigmoid_backward.default,
    "tanh_backward": ATEN.tanh_backward.default,
    "gelu_backward": ATEN.gelu_backward.default,
    "gelu_tanh_backward": lambda a, b: ATEN.gelu_backward.default(a, b, approximate="tanh"),
    "silu_backward": ATEN.silu_backward.default,
    "mish_backward": ATEN.mish_backward.default,
    "hardswish_backward": ATEN.hardswish_backward.default,
    "hardsigmoid_backward": ATEN.hardsigmoid_backward.default,
    "hardtanh_backward": lambda a, b: ATEN.hardtanh_backward(a, b, -1.0, 1.0),
    "threshold_backward": lambda a, b: ATEN.threshold_backward(a, b, 0.0),
    "leaky_relu_backward": lambda a, b: ATEN.leaky_relu_backward(a, b, 0.1, False),
    "elu_backward": lambda a, b: ATEN.elu_backward(a, 1.5, 2.0, 0.5, False, b),
    "elu_backward_of_result": lambda a, b: ATEN.elu_backward(a, 1.5, 2.0, 0.5, True, b),
    "softplus_backward": lambda a, b: ATEN.softplus_backward(a, b, 2.0, 1.5),
    "softshrink_backward": lambda a, b: ATEN.softshrink_backward(a, b, 0.4),
    "hardshrink_backward": lambda a, b: ATEN.hardshrink_backward(a, b, 0.4),
    "logit_backward": lambda a, b: ATEN.logit_backward(a, b, 0.1),
    "_prelu_kernel": ATEN._prelu_kernel.default,
}
# On NaN the scalar and vector loops of eager disagree.
NO_NAN = {name for name in BINARY_FLOAT if name.endswith(("_backward", "_result"))}


@pytest.mark.parametrize("name", BINARY)
def test_binary_of_each_dtype(name: str) -> None:
    dtypes: tuple[torch.dtype, ...] = (torch.float32, torch.bfloat16, torch.int64, torch.uint8, torch.bool)
    for dtype in dtypes:
        if dtype == torch.bool and name == "sub":
            continue
        agree(BINARY[name], values(dtype), values(dtype, seed=1))


@pytest.mark.parametrize("name", BINARY_FLOAT)
def test_binary_of_floats(name: str) -> None:
    for dtype in (torch.float32, torch.bfloat16):
        a, b = values(dtype), values(dtype, seed=1)
        agree(BINARY_FLOAT[name], a, b.nan_to_num(0.3) if name in NO_NAN else b)


@pytest.mark.parametrize("dtype", INTS)
def test_integer_division(dtype: torch.dtype) -> None:
    a, b = values(dtype), values(dtype, seed=1)
    b[b == 0] = 3
    agree(lambda x, y: ATEN.div.Tensor_mode(x, y, rounding_mode="floor"), a, b)
    agree(lambda x, y: ATEN.div.Tensor_mode(x, y, rounding_mode="trunc"), a, b)
    agree(lambda x: ATEN.div.Tensor_mode(x, 4, rounding_mode="floor"), a)
    agree(lambda x: ATEN.div.Tensor_mode(x, 4, rounding_mode="trunc"), a)
    agree(ATEN.remainder.Tensor, a, b)
    agree(ATEN.fmod.Tensor, a, b)
    agree(lambda x: ATEN.remainder.Scalar(x, 4), a)
    agree(lambda x: ATEN.floor_divide.default(x, 3), a)


def test_integer_division_by_zero_raises() -> None:
    with pytest.raises(Exception, match="ZeroDivisionError"):
        check(ATEN.floor_divide.default, torch.tensor([1, 2]), torch.tensor([1, 0]))


@pytest.mark.parametrize("dtype", (*INTS, torch.bool))
def test_bits(dtype: torch.dtype) -> None:
    a, b = values(dtype), values(dtype, seed=1)
    for name in ("and", "or", "xor"):
        agree(getattr(ATEN, f"bitwise_{name}").Tensor, a, b)
    agree(ATEN.bitwise_not.default, a)
    if dtype != torch.bool:
        shift = torch.arange(35).reshape(5, 7).to(dtype) * 2
        agree(ATEN.bitwise_left_shift.Tensor, a, shift)
        agree(ATEN.bitwise_right_shift.Tensor, a, shift)
        agree(lambda x: ATEN.pow.Tensor_Scalar(x, 5), a)
        agree(ATEN.pow.Tensor_Tensor, a, b)
        agree(lambda x: ATEN.pow.Scalar(3, x), a)


# ---- three tensors, selection -----------------------------------------------------------------------------


def test_ternary() -> None:
    for dtype in (torch.float32, torch.bfloat16, torch.int32):
        a, b, c = (values(dtype, seed=s) for s in range(3))
        agree(lambda x, y, z: ATEN.addcmul(x, y, z, value=3), a, b, c)
        agree(ATEN.where.self, a > b, b, c)
    agree(lambda x, y, z: ATEN.addcdiv(x, y, z, value=0.5), *(values(torch.float32, seed=s) for s in range(3)))
    agree(ATEN.lerp.Tensor, *(torch.rand(4, 3) for _ in range(3)))
    agree(ATEN.clamp.Tensor, *(values(torch.float32, seed=s) for s in range(3)))


def test_glu() -> None:
    agree(lambda x: ATEN.glu(x, 1), torch.randn(3, 8, 2))
    agree(lambda x: ATEN.glu(x, -1), torch.randn(3, 8).bfloat16())
    agree(lambda g, x: ATEN.glu_backward(g, x, 1), torch.randn(3, 4, 2), torch.randn(3, 8, 2))


def test_dropout_without_training_is_a_copy() -> None:
    agree(lambda x: ATEN.native_dropout(x, 0.5, False), torch.randn(3, 8))
    agree(lambda g, m: ATEN.native_dropout_backward(g, m, 2.0), torch.randn(3, 8), values(torch.bool, shape=(3, 8)))


def test_dropout_in_training_is_called() -> None:
    lowered = check(lambda x: ATEN.native_dropout(x, 0.5, True)[0] * 0, torch.ones(3))
    assert lowered.reasons == ["random"]


# ---- dtypes ------------------------------------------------------------------------------------------------


def _cast_to(dtype: torch.dtype) -> Callable[[torch.Tensor], torch.Tensor]:
    return lambda x: ATEN._to_copy(x, dtype=dtype)


@pytest.mark.parametrize("source", (*FLOATS, *INTS, torch.bool))
def test_cast_to_every_dtype(source: torch.dtype) -> None:
    x = torch.tensor([0.0, 1.0, 2.5, 100.0, 3.0, 0.25, 77.7], dtype=torch.float64).to(source)
    if source not in (torch.uint8, torch.bool):
        x = torch.cat([x, -x[:3]])
    for target in (*FLOATS, *INTS, torch.bool):
        if target is not source:
            agree(_cast_to(target), x.clamp(min=0) if x.is_signed() and target == torch.uint8 else x)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (torch.int32, torch.int64), (torch.int8, torch.uint8), (torch.int64, torch.float32), (torch.bool, torch.int8),
        (torch.float16, torch.bfloat16), (torch.bfloat16, torch.float32), (torch.float64, torch.int16),
    ],
)  # fmt: skip
def test_mixed_dtypes_promote(a: torch.dtype, b: torch.dtype) -> None:
    x, y = values(a), values(b, seed=1)
    for op in (ATEN.add.Tensor, ATEN.mul.Tensor, ATEN.lt.Tensor, ATEN.eq.Tensor, ATEN.maximum.default):
        agree(op, x, y)
        agree(op, x, y[0, 3])


# ---- shapes and strides -------------------------------------------------------------------------------------

SHAPES = [((), ()), ((0,), (0,)), ((1,), (1,)), ((3, 0, 2), (2,)), ((4, 1, 3), (5, 1)), ((1, 1), (6, 5)), ((), (2, 3))]


@pytest.mark.parametrize(("a", "b"), SHAPES)
def test_broadcasting(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    agree(ATEN.add.Tensor, torch.randn(a), torch.randn(b))
    agree(ATEN.mul.Tensor, torch.randn(a), torch.randn(b), dynamic=True)


def test_result_keeps_the_strides_of_eager() -> None:
    transposed = torch.randn(6, 4).t()
    agree(ATEN.exp.default, transposed)
    agree(ATEN.add.Tensor, transposed, torch.randn(4, 6))
    agree(ATEN.relu.default, torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last))
    agree(ATEN.exp.default, torch.randn(10, 8)[::2, 1::3])
    agree(ATEN.exp.default, torch.randn(5, 1).expand(5, 4))
    agree(lambda x: ATEN.clone(x, memory_format=torch.contiguous_format), transposed)
    agree(lambda x, y: ATEN.copy(x, y), transposed, torch.randn(4, 1).double())


def test_symbolic_sizes_as_scalars() -> None:
    agree(lambda x: x * x.shape[0] + x.shape[1], torch.randn(5, 7), nests=2, dynamic=True)


def test_the_text_parses_back() -> None:
    agree(ATEN.gelu.default, torch.randn(5, 7).bfloat16(), reparse=True)
    agree(lambda x: ATEN.clamp(x, -1e30, float("inf")), values(torch.float32), reparse=True)
    agree(ATEN.logical_not.default, values(torch.bool), reparse=True)


def test_complex_and_special_functions_are_called() -> None:
    assert check(ATEN.exp.default, torch.randn(3, dtype=torch.complex64)).reasons == ["dtype c64"]
    assert check(ATEN.igamma.default, torch.rand(3), torch.rand(3)).reasons == ["special function"]
