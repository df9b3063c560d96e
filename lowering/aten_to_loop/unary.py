"""Pointwise operators of one tensor. Formulas take the nest and the operand in the result's compute dtype."""

from __future__ import annotations

import math

from fxopt.ir.fx_call import FxCallOp
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.elementwise import Formula, elementwise, result_type, unary
from fxopt.lowering.aten_to_loop.nest import NestBuilder
from fxopt.lowering.aten_to_loop.scalar import Val, compute_dtype
from fxopt.lowering.aten_to_loop.tables import Registry
from fxopt.lowering.aten_to_loop.tensor_ref import TensorRef

LOWERINGS = Registry()


def _math(name: str) -> Formula:
    return lambda n, x: n.math(name, x)


def sigmoid(n: NestBuilder, x: Val) -> Val:
    """1 / (1 + exp(-x))."""
    return 1.0 / (n.math("exp", -x) + 1.0)


def absolute(n: NestBuilder, x: Val) -> Val:
    """|x|; the least integer stays itself."""
    if x.is_float:
        return n.math("absf", x)
    return x if x.dtype == "bool" or x.dtype.startswith("u") else x.lt(0).select(-x, x)


def sign(n: NestBuilder, x: Val) -> Val:
    """(x > 0) - (x < 0); 0 for NaN."""
    return x if x.dtype == "bool" else x.gt(0).to(x.dtype) - x.lt(0).to(x.dtype)


def relu(n: NestBuilder, x: Val) -> Val:
    """max(x, 0), NaN kept."""
    return x.at_least(0)


def _sinc(n: NestBuilder, x: Val) -> Val:
    scaled = x * math.pi
    return x.eq(0.0).select(1.0, n.math("sin", scaled) / scaled)


def _entr(n: NestBuilder, x: Val) -> Val:
    """-x log x; 0 at 0, -inf below."""
    inside = x.eq(0.0).select(0.0, -x * n.math("log", x))
    return x.lt(0.0).select(-math.inf, x.isnan().select(x, inside))


_MATH_NAMES = (
    *("acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "sin", "sinh", "tan", "tanh"),
    *("exp", "exp2", "expm1", "log", "log10", "log1p", "log2", "sqrt", "rsqrt", "erf"),
)

# Integer and bool operands are converted to the result's float dtype.
_FLOAT: dict[str, Formula] = {
    **{name: _math(name) for name in _MATH_NAMES},
    "sigmoid": sigmoid,
    "reciprocal": lambda n, x: 1.0 / x,
    "erfc": lambda n, x: n.call("erfc", x),
    "lgamma": lambda n, x: n.call("lgamma", x),
    "deg2rad": lambda n, x: x * (math.pi / 180.0),
    "rad2deg": lambda n, x: x * (180.0 / math.pi),
    "sinc": _sinc,
    "special_entr": _entr,
}

# In the operand's dtype.
_SAME: dict[str, Formula] = {
    "abs": absolute,
    "neg": lambda n, x: -x,
    "positive": lambda n, x: x,
    "sign": sign,
    "sgn": sign,
    "relu": relu,
    "square": lambda n, x: x * x,
    "bitwise_not": lambda n, x: ~x,
}

_ROUNDING = {"ceil": "ceil", "floor": "floor", "trunc": "trunc", "round": "roundeven"}


def _rounding(name: str) -> Formula:
    """Integers are whole already."""
    return lambda n, x: n.math(name, x) if x.is_float else x


for _name, _formula in (_FLOAT | _SAME).items():
    LOWERINGS(f"aten.{_name}.default")(unary(_formula))
for _name, _op in _ROUNDING.items():
    LOWERINGS(f"aten.{_name}.default")(unary(_rounding(_op)))
LOWERINGS("aten.frac.default")(unary(lambda n, x: x - n.math("trunc", x)))


@LOWERINGS("aten.round.decimals")
def _round_decimals(low: Lowering, op: FxCallOp) -> TensorRef:
    """round(x * 10^d) / 10^d."""
    decimals = op.arg("decimals")
    scale = 10.0 ** abs(decimals)

    def formula(n: NestBuilder, x: Val) -> Val:
        if not x.is_float or decimals == 0:
            return n.math("roundeven", x) if x.is_float else x
        if decimals > 0:
            return n.math("roundeven", x * scale) / scale
        return n.math("roundeven", x / scale) * scale

    return elementwise(low, op, (op.arg("self"),), formula)


# ---- tests: the operand in its own dtype, the result bool -------------------------------------------------


def _isinf(n: NestBuilder, x: Val) -> Val:
    return n.math("absf", x).eq(math.inf) if x.is_float else n.const(False, "bool")


def _isfinite(n: NestBuilder, x: Val) -> Val:
    return n.math("absf", x).lt(math.inf) if x.is_float else n.const(True, "bool")


def _signbit(n: NestBuilder, x: Val) -> Val:
    if x.is_float:
        return x.bitcast("i32" if x.dtype == "f32" else "i64").lt(0)
    return n.const(False, "bool") if x.dtype == "bool" else x.lt(0)


_TESTS: dict[str, Formula] = {
    "isnan": lambda n, x: x.isnan(),
    "isinf": _isinf,
    "isfinite": _isfinite,
    "isposinf": lambda n, x: x.eq(math.inf) if x.is_float else n.const(False, "bool"),
    "isneginf": lambda n, x: x.eq(-math.inf) if x.is_float else n.const(False, "bool"),
    "signbit": _signbit,
    "logical_not": lambda n, x: x.eq(0) if x.dtype != "bool" else ~x,
}


def _test(formula: Formula) -> object:
    def lower(low: Lowering, op: FxCallOp) -> TensorRef:
        dtype = compute_dtype(low.operand(op.operands[0]).dtype)
        return elementwise(low, op, (op.operands[0],), formula, dtype)

    return lower


for _name, _formula in _TESTS.items():
    LOWERINGS(f"aten.{_name}.default")(_test(_formula))  # type: ignore[arg-type]


# ---- the rest ---------------------------------------------------------------------------------------------

FLOAT_MAX = {"f16": 65504.0, "bf16": 3.3895313892515355e38, "f32": 3.4028234663852886e38, "f64": 1.7976931348623157e308}


@LOWERINGS("aten.nan_to_num.default")
def _nan_to_num(low: Lowering, op: FxCallOp) -> TensorRef:
    """NaN, +inf and -inf replaced; by default with 0 and the dtype's greatest and least."""
    args = op.bound()
    largest = FLOAT_MAX.get(result_type(op).dtype, 0.0)
    nan = 0.0 if args["nan"] is None else args["nan"]
    posinf = largest if args["posinf"] is None else args["posinf"]
    neginf = -largest if args["neginf"] is None else args["neginf"]

    def formula(n: NestBuilder, x: Val) -> Val:
        if not x.is_float:
            return x
        finite = x.eq(math.inf).select(n.scalar(posinf, x.dtype), x.eq(-math.inf).select(n.scalar(neginf, x.dtype), x))
        return x.isnan().select(n.scalar(nan, x.dtype), finite)

    return elementwise(low, op, (args["self"],), formula)


@LOWERINGS("aten.logit.default")
def _logit(low: Lowering, op: FxCallOp) -> TensorRef:
    """log(x / (1 - x)), x clamped to [eps, 1 - eps] if eps is given."""
    eps = op.arg("eps")

    def formula(n: NestBuilder, x: Val) -> Val:
        if eps is not None:
            x = x.maximum(eps).minimum(1.0 - eps)
        return n.math("log", x / (1.0 - x))

    return elementwise(low, op, (op.arg("self"),), formula)


@LOWERINGS("aten.angle.default")
def _angle(low: Lowering, op: FxCallOp) -> TensorRef:
    """0 for x >= 0, pi below, NaN for NaN."""

    def formula(n: NestBuilder, x: Val) -> Val:
        return x.isnan().select(x, x.lt(0.0).select(math.pi, n.const(0.0, x.dtype)))

    return elementwise(low, op, (op.arg("self"),), formula)
