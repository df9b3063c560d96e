"""Pointwise operators of two tensors or scalars: arithmetic, comparison, bits, logic."""

from __future__ import annotations

import math
from typing import Any

from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import mod
from fxopt.ir.types import DTYPES
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.elementwise import Formula, elementwise, load_operand, result_type, round_to_half
from fxopt.lowering.aten_to_loop.nest import NestBuilder
from fxopt.lowering.aten_to_loop.promote import promote
from fxopt.lowering.aten_to_loop.scalar import Val, compute_dtype
from fxopt.lowering.aten_to_loop.tables import LoweringFn, Registry
from fxopt.lowering.aten_to_loop.tensor_ref import NotLowered, TensorRef

LOWERINGS = Registry()


def both(op: FxCallOp) -> tuple[Any, Any]:
    """The first two arguments: tensors or scalars."""
    first, second = op.template.args[:2]
    return op.resolve(first), op.resolve(second)


def binary(formula: Formula, *, rounds_scalars: bool = True) -> LoweringFn:
    """Of the first two arguments, in the result's compute dtype; see `load_operand` for `rounds_scalars`."""
    return lambda low, op: elementwise(low, op, both(op), formula, rounds_scalars=rounds_scalars)


def _rounded(value: Any, op: FxCallOp) -> Any:
    """A scalar argument as eager's CPU kernels take it: in the result's dtype."""
    out = result_type(op)
    if out.dtype in ("f16", "bf16") and out.device == "cpu" and isinstance(value, int | float) and abs(value) < 3e38:
        return round_to_half(value, out.dtype)
    return value


# ---- + - with alpha ---------------------------------------------------------------------------------------


def _scaled(low: Lowering, op: FxCallOp, formula: Formula) -> TensorRef:
    alpha = _rounded(op.arg("alpha"), op)

    def scaled(n: NestBuilder, a: Val, b: Val) -> Val:
        if not (isinstance(alpha, int | float) and alpha == 1):
            b = b * n.scalar(alpha, b.dtype)
        return formula(n, a, b)

    return elementwise(low, op, both(op), scaled)


@LOWERINGS("aten.add.Tensor", "aten.add.Scalar")
def _add(low: Lowering, op: FxCallOp) -> TensorRef:
    return _scaled(low, op, lambda n, a, b: a + b)


@LOWERINGS("aten.sub.Tensor", "aten.sub.Scalar")
def _sub(low: Lowering, op: FxCallOp) -> TensorRef:
    return _scaled(low, op, lambda n, a, b: a - b)


@LOWERINGS("aten.rsub.Tensor", "aten.rsub.Scalar")
def _rsub(low: Lowering, op: FxCallOp) -> TensorRef:
    """other - alpha * self: here `alpha` scales the first argument."""
    alpha = _rounded(op.arg("alpha"), op)
    return elementwise(low, op, both(op), lambda n, a, b: b - (a if alpha == 1 else a * n.scalar(alpha, a.dtype)))


LOWERINGS("aten.mul.Tensor", "aten.mul.Scalar")(binary(lambda n, a, b: a * b, rounds_scalars=False))
LOWERINGS("aten.maximum.default", "aten.max.other")(binary(lambda n, a, b: a.maximum(b)))
LOWERINGS("aten.minimum.default", "aten.min.other")(binary(lambda n, a, b: a.minimum(b)))
LOWERINGS("aten.fmax.default")(binary(lambda n, a, b: a.fmax(b)))
LOWERINGS("aten.fmin.default")(binary(lambda n, a, b: a.fmin(b)))


# ---- division ---------------------------------------------------------------------------------------------


class _Divisor:
    """An integer divisor made safe: the hardware traps on 0 and on the least integer divided by -1."""

    def __init__(self, n: NestBuilder, b: Val, constant: object) -> None:
        self.is_safe = isinstance(constant, int) and constant not in (0, -1)
        self.value, self.is_minus_one = b, None
        if self.is_safe:
            return
        is_zero = b.eq(0)
        if n.device == "cpu":
            n.check(~is_zero, "ZeroDivisionError")
        unsafe = is_zero
        if DTYPES[b.dtype].signed:
            self.is_minus_one = b.eq(-1)
            unsafe = is_zero | self.is_minus_one
        self.value = unsafe.select(1, b)

    def quotient(self, a: Val) -> Val:
        """a / b, truncated; -a (wrapping) for b == -1."""
        result = a / self.value
        return result if self.is_minus_one is None else self.is_minus_one.select(-a, result)

    def remainder(self, a: Val) -> Val:
        """The remainder of truncated division; 0 for b == -1."""
        return a.rem(self.value)


def _signs_differ(rest: Val, b: Val) -> Val:
    return rest.ne(0) & (rest.lt(0) ^ b.lt(0))


def _floor_divide_int(n: NestBuilder, a: Val, b: Val, constant: object) -> Val:
    divisor = _Divisor(n, b, constant)
    quotient = divisor.quotient(a)
    if not DTYPES[a.dtype].signed:
        return quotient
    return _signs_differ(divisor.remainder(a), b).select(quotient - 1, quotient)


def _floor_divide_float(n: NestBuilder, a: Val, b: Val) -> Val:
    """As Python's `//` on floats, which torch follows; a / b where b is 0."""
    rest = n.call("fmod", a, b)
    quotient = (a - rest) / b
    quotient = _signs_differ(rest, b).select(quotient - 1.0, quotient)
    floored = n.math("floor", quotient)
    floored = (quotient - floored).gt(0.5).select(floored + 1.0, floored)
    ratio = a / b
    result = quotient.ne(0.0).select(floored, n.math("copysign", n.const(0.0, a.dtype), ratio))
    return b.eq(0.0).select(ratio, result)


def _floor_divide(n: NestBuilder, a: Val, b: Val, constant: object) -> Val:
    return _floor_divide_float(n, a, b) if a.is_float else _floor_divide_int(n, a, b, constant)


def _trunc_divide(n: NestBuilder, a: Val, b: Val, constant: object) -> Val:
    return n.math("trunc", a / b) if a.is_float else _Divisor(n, b, constant).quotient(a)


def _remainder(n: NestBuilder, a: Val, b: Val, constant: object) -> Val:
    """With the sign of the divisor, as Python's %."""
    rest = n.call("fmod", a, b) if a.is_float else _Divisor(n, b, constant).remainder(a)
    return rest if not DTYPES[a.dtype].signed else _signs_differ(rest, b).select(rest + b, rest)


def _fmod(n: NestBuilder, a: Val, b: Val, constant: object) -> Val:
    """With the sign of the dividend, as C's fmod."""
    return n.call("fmod", a, b) if a.is_float else _Divisor(n, b, constant).remainder(a)


def _by_divisor(formula: Formula) -> LoweringFn:
    """Hands the divisor's constant, if it is one, to the formula."""

    def lower(low: Lowering, op: FxCallOp) -> TensorRef:
        a, b = both(op)
        return elementwise(low, op, (a, b), lambda n, x, y: formula(n, x, y, b))

    return lower


LOWERINGS("aten.div.Tensor", "aten.div.Scalar", "aten.true_divide.Tensor", "aten.true_divide.Scalar")(
    binary(lambda n, a, b: a / b, rounds_scalars=False)
)
LOWERINGS("aten.floor_divide.default", "aten.floor_divide.Scalar")(_by_divisor(_floor_divide))
LOWERINGS("aten.remainder.Tensor", "aten.remainder.Scalar", "aten.remainder.Scalar_Tensor")(_by_divisor(_remainder))
LOWERINGS("aten.fmod.Tensor", "aten.fmod.Scalar")(_by_divisor(_fmod))


@LOWERINGS("aten.div.Tensor_mode", "aten.div.Scalar_mode")
def _div_mode(low: Lowering, op: FxCallOp) -> TensorRef:
    mode = op.arg("rounding_mode")
    if mode is None:
        return elementwise(low, op, both(op), lambda n, a, b: a / b, rounds_scalars=False)
    a, b = both(op)
    formula = {"floor": _floor_divide, "trunc": _trunc_divide}[mode]
    return elementwise(low, op, (a, b), lambda n, x, y: formula(n, x, y, b))


# ---- powers -----------------------------------------------------------------------------------------------


def _integer_power(x: Val, exponent: int) -> Val:
    """x^exponent by squaring, exponent > 0."""
    result: Val | None = None
    while True:
        if exponent & 1:
            result = x if result is None else result * x
        exponent >>= 1
        if exponent == 0:
            assert result is not None
            return result
        x = x * x


def power(n: NestBuilder, x: Val, exponent: float) -> Val:
    """x^exponent for a constant exponent, with the special cases that eager computes without pow."""
    if exponent == 0:
        return n.const(1, x.dtype)
    if not x.is_float:
        return _integer_power(x, int(exponent))
    if exponent == 0.5:
        return n.math("sqrt", x)
    if exponent == -0.5:
        return n.math("rsqrt", x)
    if exponent in (1, 2, 3):
        return _integer_power(x, int(exponent))
    if exponent in (-1, -2):
        return 1.0 / _integer_power(x, -int(exponent))
    return n.math("powf", x, exponent)


@LOWERINGS("aten.pow.Tensor_Scalar")
def _pow_tensor_scalar(low: Lowering, op: FxCallOp) -> TensorRef:
    base, exponent = both(op)
    if not isinstance(exponent, int | float):
        return elementwise(low, op, (base, exponent), _pow_general)
    if DTYPES[result_type(op).dtype].category != "float" and exponent < 0:
        raise NotLowered("integer to a negative power")
    exponent = _rounded(exponent, op)
    return elementwise(low, op, (base,), lambda n, x: power(n, x, exponent))


def _pow_general(n: NestBuilder, x: Val, y: Val) -> Val:
    return n.math("powf", x, y) if x.is_float else _pow_int(n, x, y)


def _pow_int(n: NestBuilder, x: Val, y: Val) -> Val:
    """Wrapping. To a negative power 1 stays 1, -1 alternates, everything else is 0."""
    if not DTYPES[x.dtype].signed:
        if x.dtype == "u64":
            raise NotLowered("power of uint64")
        return n.math("ipowi", x.to("i64"), y.to("i64")).to(x.dtype)
    positive = n.math("ipowi", x, y.maximum(0))
    alternating = (y & 1).eq(0).select(1, n.const(-1, x.dtype))
    negative = x.eq(1).select(1, x.eq(-1).select(alternating, 0))
    return y.lt(0).select(negative, positive)


@LOWERINGS("aten.pow.Scalar")
def _pow_scalar(low: Lowering, op: FxCallOp) -> TensorRef:
    base, exponent = both(op)
    if base == 2 and DTYPES[result_type(op).dtype].category == "float":
        return elementwise(low, op, (exponent,), lambda n, y: n.math("exp2", y))
    return elementwise(low, op, (base, exponent), _pow_general)


LOWERINGS("aten.pow.Tensor_Tensor")(binary(_pow_general))


# ---- float functions of two -------------------------------------------------------------------------------


def _logaddexp(n: NestBuilder, a: Val, b: Val) -> Val:
    """log(exp(a) + exp(b)); equal infinities give themselves."""
    greater = a.maximum(b)
    result = greater + n.math("log1p", n.math("exp", -n.math("absf", a - b)))
    return (n.math("absf", a).eq(math.inf) & a.eq(b)).select(a, result)


def _logaddexp2(n: NestBuilder, a: Val, b: Val) -> Val:
    greater = a.maximum(b)
    result = greater + n.math("log1p", n.math("exp2", -n.math("absf", a - b))) * (1.0 / math.log(2.0))
    return (n.math("absf", a).eq(math.inf) & a.eq(b)).select(a, result)


def _times_log(log: str) -> Formula:
    """x * log(y), 0 where x is 0 unless y is NaN."""

    def formula(n: NestBuilder, x: Val, y: Val) -> Val:
        return y.isnan().select(y, x.eq(0.0).select(0.0, x * n.math(log, y)))

    return formula


def _nextafter(n: NestBuilder, a: Val, b: Val) -> Val:
    return n.call("nextafter", a, b)


LOWERINGS("aten.atan2.default")(binary(lambda n, a, b: n.math("atan2", a, b)))
LOWERINGS("aten.hypot.default")(binary(lambda n, a, b: n.call("hypot", a, b)))
LOWERINGS("aten.copysign.Tensor", "aten.copysign.Scalar")(binary(lambda n, a, b: n.math("copysign", a, b)))
LOWERINGS("aten.logaddexp.default")(binary(_logaddexp))
LOWERINGS("aten.logaddexp2.default")(binary(_logaddexp2))
LOWERINGS("aten.xlogy.Tensor", "aten.xlogy.Scalar_Self", "aten.xlogy.Scalar_Other")(binary(_times_log("log")))
LOWERINGS("aten.special_xlog1py.default", "aten.special_xlog1py.self_scalar", "aten.special_xlog1py.other_scalar")(
    binary(_times_log("log1p"))
)
LOWERINGS("aten.ldexp.Tensor")(binary(lambda n, x, exponent: x * n.math("exp2", exponent)))
LOWERINGS("aten.heaviside.default")(binary(lambda n, x, at_zero: x.eq(0).select(at_zero, x.gt(0).to(x.dtype))))


@LOWERINGS("aten.nextafter.default")
def _lower_nextafter(low: Lowering, op: FxCallOp) -> TensorRef:
    if result_type(op).item_size_bytes == 2:
        raise NotLowered("nextafter of half precision")
    return elementwise(low, op, both(op), _nextafter)


@LOWERINGS("aten.linalg_cross.default")
def _cross(low: Lowering, op: FxCallOp) -> TensorRef:
    """a[i+1] * b[i+2] - a[i+2] * b[i+1], the positions along `dim` modulo 3."""
    out = result_type(op)
    dim, dtype = op.arg("dim") % out.rank, compute_dtype(out.dtype)
    n, indices = low.nest_over(out)

    def at(value: Any, shift: int) -> Val:
        moved = [mod(i + shift, 3) if d == dim else i for d, i in enumerate(indices)]
        return load_operand(n, value, moved, dtype)

    a, b = both(op)
    n.store(at(a, 1) * at(b, 2) - at(a, 2) * at(b, 1), indices)
    return n.result()


# ---- comparisons: in the promoted dtype -------------------------------------------------------------------


def _comparison(predicate: str) -> LoweringFn:
    def lower(low: Lowering, op: FxCallOp) -> TensorRef:
        args = both(op)
        common = promote(args)
        wide = compute_dtype(common)
        # On the CPU eager rounds a scalar to half precision before it compares, on a GPU it does not.
        dtype = wide if low.operand(op.operands[0]).device != "cpu" else common
        return elementwise(low, op, args, lambda n, a, b: a.to(wide).compare(predicate, b.to(wide)), dtype)

    return lower


for _predicate in ("eq", "ne", "lt", "le", "gt", "ge"):
    LOWERINGS(f"aten.{_predicate}.Tensor", f"aten.{_predicate}.Scalar")(_comparison(_predicate))


# ---- bits and logic ---------------------------------------------------------------------------------------


def _shift_left(n: NestBuilder, a: Val, b: Val) -> Val:
    """0 where the shift is negative or at least the width."""
    width = DTYPES[a.dtype].size_bytes * 8
    bad = b.lt(0) | b.ge(width) if DTYPES[b.dtype].signed else b.ge(width)
    return bad.select(0, a << bad.select(0, b))


def _shift_right(n: NestBuilder, a: Val, b: Val) -> Val:
    """Only the sign remains where the shift is negative or at least the width."""
    signed = DTYPES[a.dtype].signed
    last = DTYPES[a.dtype].size_bytes * 8 - 1
    if not signed:
        bad = b.gt(last)
        return bad.select(0, a >> bad.select(0, b))
    bad = b.lt(0) | b.gt(last)
    return a >> bad.select(last, b)


_BITS: dict[str, tuple[Formula, tuple[str, ...]]] = {
    "and": (lambda n, a, b: a & b, ("bitwise_and", "__and__")),
    "or": (lambda n, a, b: a | b, ("bitwise_or", "__or__")),
    "xor": (lambda n, a, b: a ^ b, ("bitwise_xor", "__xor__")),
    "shl": (_shift_left, ("bitwise_left_shift", "__lshift__")),
    "shr": (_shift_right, ("bitwise_right_shift", "__rshift__")),
}
for _formula, _names in _BITS.values():
    for _name in _names:
        LOWERINGS(f"aten.{_name}.Tensor", f"aten.{_name}.Scalar")(binary(_formula))
    for _overload in ("Tensor_Scalar", "Scalar_Tensor"):
        LOWERINGS(f"aten.{_names[0]}.{_overload}")(binary(_formula))


def _logical(formula: Formula) -> LoweringFn:
    return lambda low, op: elementwise(low, op, both(op), formula, "bool")


LOWERINGS("aten.logical_and.default")(_logical(lambda n, a, b: a & b))
LOWERINGS("aten.logical_or.default")(_logical(lambda n, a, b: a | b))
LOWERINGS("aten.logical_xor.default")(_logical(lambda n, a, b: a ^ b))
