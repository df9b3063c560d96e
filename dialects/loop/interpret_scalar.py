"""Numpy meaning of the scalar operations that bodies of nests use: `arith.*`, `math.*` and `loop.call`.

A value of type `i1` is a bool array, `iN` a signed integer array, `fN` a float array; `bf16` has no numpy dtype and is
a float32 array whose elements are rounded to bfloat16. Every function works elementwise on arrays that broadcast.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from xdsl.dialects import arith as xdsl_arith
from xdsl.dialects import math as xdsl_math
from xdsl.dialects.arith import CMPF_COMPARISON_OPERATIONS, CMPI_COMPARISON_OPERATIONS
from xdsl.dialects.builtin import BFloat16Type, DenseIntOrFPElementsAttr, FloatAttr, IndexType, IntegerAttr, IntegerType
from xdsl.ir import Attribute, Operation
from xdsl.utils.type import get_element_type_or_self

from fxopt.dialects import arith
from fxopt.ir.errors import FxOptError

Array: TypeAlias = np.ndarray[Any, Any]
ScalarRule: TypeAlias = Callable[..., Any]

_FLOATS = {"f16": np.float16, "bf16": np.float32, "f32": np.float32, "f64": np.float64}
_INTS = {1: np.bool_, 8: np.int8, 16: np.int16, 32: np.int32, 64: np.int64}


def numpy_dtype(type_: Attribute) -> np.dtype[Any]:
    """The numpy dtype in which values of a builtin type, or elements of a tensor, are computed."""
    element = get_element_type_or_self(type_)
    if isinstance(element, IntegerType):
        return np.dtype(_INTS[element.width.data])
    return np.dtype(np.int64) if isinstance(element, IndexType) else np.dtype(_FLOATS[str(element)])


def is_bf16(type_: Attribute) -> bool:
    """Whether values, or elements of a tensor, are bfloat16."""
    return isinstance(get_element_type_or_self(type_), BFloat16Type)


def round_to_bf16(values: Array) -> Array:
    """Float32 values rounded to the nearest bfloat16, ties to even, as float32."""
    return decode_bf16(encode_bf16(values))


def encode_bf16(values: Array) -> Array:
    """The bits of float32 values rounded to bfloat16, as uint16. NaN stays NaN."""
    values = np.asarray(values, np.float32)
    bits: Array = values.view(np.uint32)
    rounded = ((bits.astype(np.uint64) + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    return np.where(np.isnan(values), np.uint16(0x7FC0), rounded)


def decode_bf16(bits: Array) -> Array:
    """Float32 values of bfloat16 bit patterns."""
    return (np.asarray(bits, np.uint16).astype(np.uint32) << 16).view(np.float32)


def unsigned(values: Array) -> Array:
    """The same bits as an unsigned integer array."""
    values = np.asarray(values)
    return values.astype(np.uint8) if values.dtype == np.bool_ else values.view(f"u{values.dtype.itemsize}")


def _divsi(a: Array, b: Array) -> Array:
    quotient = np.floor_divide(a, b)
    return quotient + ((a - quotient * b != 0) & ((a < 0) != (b < 0))).astype(quotient.dtype)


def _ceildivsi(a: Array, b: Array) -> Array:
    quotient = np.floor_divide(a, b)
    return quotient + (a - quotient * b != 0).astype(quotient.dtype)


def _as_unsigned(rule: ScalarRule) -> ScalarRule:
    return lambda a, b: rule(unsigned(a), unsigned(b))


def _high_half(rule_dtype: Callable[[Array], Array]) -> ScalarRule:
    def high(a: Array, b: Array) -> tuple[Array, Array]:
        width = a.dtype.itemsize * 8
        wide = np.asarray(rule_dtype(a).astype(object) * rule_dtype(b).astype(object), dtype=object)
        upper = np.asarray(wide >> width, dtype=object) & ((1 << width) - 1)
        return a * b, upper.astype(f"u{a.dtype.itemsize}").view(a.dtype)

    return high


def _addui_extended(a: Array, b: Array) -> tuple[Array, Array]:
    total = a + b
    return total, unsigned(total) < unsigned(a)


_SIGNED = {"eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater}
_SIGNED["ge"] = np.greater_equal


def _cmpi(op: Operation, a: Array, b: Array) -> Array:
    predicate = CMPI_COMPARISON_OPERATIONS[op.properties["predicate"].value.data]  # type: ignore[attr-defined]
    if predicate in ("eq", "ne"):
        return _SIGNED[predicate](a, b)
    if predicate[0] == "u" or a.dtype == np.bool_:
        a, b = unsigned(a), unsigned(b)
        if predicate[0] == "s":  # i1: true is -1
            a, b = -a.astype(np.int8), -b.astype(np.int8)
    return _SIGNED[predicate[1:]](a, b)


def _cmpf(op: Operation, a: Array, b: Array) -> Array:
    predicate = CMPF_COMPARISON_OPERATIONS[op.properties["predicate"].value.data]  # type: ignore[attr-defined]
    unordered = np.isnan(a) | np.isnan(b)
    if predicate in ("false", "true"):
        return np.full(unordered.shape, predicate == "true")
    if predicate in ("ord", "uno"):
        return ~unordered if predicate == "ord" else unordered
    holds = _SIGNED[predicate[1:]](a, b)
    return (holds & ~unordered) if predicate[0] == "o" else (holds | unordered)


def _constant(op: Operation) -> Array:
    attr = op.properties["value"]
    dtype = numpy_dtype(op.results[0].type)
    if isinstance(attr, IntegerAttr):
        value = attr.value.data
        return np.asarray(bool(value)) if dtype == np.bool_ else _wrap(np.asarray(value, dtype=object), dtype)
    if isinstance(attr, FloatAttr):
        return np.asarray(attr.value.data, dtype)
    assert isinstance(attr, DenseIntOrFPElementsAttr)
    raise FxOptError(f"arith.constant: {attr} is no scalar")


def _wrap(values: Array, dtype: np.dtype[Any]) -> Array:
    """Python integers modulo the width of `dtype`."""
    bits = dtype.itemsize * 8
    return np.asarray(values & ((1 << bits) - 1)).astype(f"u{dtype.itemsize}").view(dtype)


def _cast(op: Operation, value: Array) -> Array:
    return np.asarray(value).astype(numpy_dtype(op.results[0].type))


def _extui(op: Operation, value: Array) -> Array:
    return unsigned(value).astype(numpy_dtype(op.results[0].type))


def _extsi(op: Operation, value: Array) -> Array:
    wide = np.asarray(value).astype(numpy_dtype(op.results[0].type))
    return -wide if np.asarray(value).dtype == np.bool_ else wide


def _trunci(op: Operation, value: Array) -> Array:
    dtype = numpy_dtype(op.results[0].type)
    return (value & 1).astype(np.bool_) if dtype == np.bool_ else np.asarray(value).astype(dtype)


def _sitofp(op: Operation, value: Array) -> Array:
    return _to_float(op, -value.astype(np.int8) if value.dtype == np.bool_ else value)


def _uitofp(op: Operation, value: Array) -> Array:
    return _to_float(op, unsigned(value))


def _to_float(op: Operation, value: Array) -> Array:
    if is_bf16(op.results[0].type):
        return value.astype(np.float64).astype(np.float32)
    return value.astype(numpy_dtype(op.results[0].type))


def _fptoui(op: Operation, value: Array) -> Array:
    dtype = numpy_dtype(op.results[0].type)
    if dtype == np.bool_:
        return value.astype(np.int64).astype(np.bool_)
    return value.astype(f"u{dtype.itemsize}").view(dtype)


def _fptosi(op: Operation, value: Array) -> Array:
    dtype = numpy_dtype(op.results[0].type)
    return value.astype(np.int64).astype(np.bool_) if dtype == np.bool_ else value.astype(dtype)


def _bitcast(op: Operation, value: Array) -> Array:
    source, target = op.operands[0].type, op.results[0].type
    bits = encode_bf16(value) if is_bf16(source) else np.asarray(value)
    if is_bf16(target):
        return decode_bf16(bits.view(np.uint16))
    return bits if source == target else bits.view(numpy_dtype(target))


def per_element(function: Callable[[float], float]) -> ScalarRule:
    """A rule from a function of one Python float, computed in double precision."""
    ufunc = np.frompyfunc(lambda x: _guarded(function, x), 1, 1)
    return lambda a: np.asarray(ufunc(np.asarray(a, np.float64))).astype(np.asarray(a).dtype)


def _guarded(function: Callable[[float], float], arg: float) -> float:
    """Python's math raises where C returns infinity or NaN."""
    try:
        return function(float(arg))
    except OverflowError:
        return math.inf
    except ValueError:
        return math.inf if function in (math.lgamma, math.gamma) and not math.isinf(arg) else math.nan


def _ctlz(value: Array) -> Array:
    width = value.dtype.itemsize * 8
    lengths = np.frompyfunc(lambda x: width - int(x).bit_length(), 1, 1)(unsigned(value))
    return np.asarray(lengths).astype(value.dtype)


def _cttz(value: Array) -> Array:
    width = value.dtype.itemsize * 8
    zeros = np.frompyfunc(lambda x: (int(x) & -int(x)).bit_length() - 1 if x else width, 1, 1)(unsigned(value))
    return np.asarray(zeros).astype(value.dtype)


def _ipowi(a: Array, b: Array) -> Array:
    """Wrapping integer power; a negative exponent gives 0, and ±1 for the bases ±1."""
    power = np.power(a, np.where(b < 0, 0, b), dtype=a.dtype)
    sign = np.where(b % 2 == 0, np.abs(a), a)
    return np.where(b < 0, np.where(np.abs(a) == 1, sign, 0), power).astype(a.dtype)


def _round_away(value: Array) -> Array:
    return np.copysign(np.floor(np.abs(value) + np.asarray(0.5, value.dtype)), value)


def _fma(a: Array, b: Array, c: Array) -> Array:
    """Exact for f32 and narrower up to double rounding of the sum."""
    wide = np.asarray(a, np.float64) * b + c
    return wide.astype(a.dtype)


# Op class -> rule of the operands alone.
RULES: dict[type[Operation], ScalarRule] = {
    xdsl_arith.AddiOp: lambda a, b: a ^ b if a.dtype == np.bool_ else a + b,
    xdsl_arith.SubiOp: lambda a, b: a ^ b if a.dtype == np.bool_ else a - b,
    xdsl_arith.MuliOp: lambda a, b: a & b if a.dtype == np.bool_ else a * b,
    xdsl_arith.DivSIOp: _divsi,
    xdsl_arith.DivUIOp: _as_unsigned(np.floor_divide),
    xdsl_arith.FloorDivSIOp: np.floor_divide,
    xdsl_arith.CeilDivSIOp: _ceildivsi,
    xdsl_arith.CeilDivUIOp: _as_unsigned(_ceildivsi),
    xdsl_arith.RemSIOp: np.fmod,
    xdsl_arith.RemUIOp: _as_unsigned(np.fmod),
    xdsl_arith.MinSIOp: np.minimum,
    xdsl_arith.MaxSIOp: np.maximum,
    xdsl_arith.MinUIOp: _as_unsigned(np.minimum),
    xdsl_arith.MaxUIOp: _as_unsigned(np.maximum),
    xdsl_arith.AndIOp: np.bitwise_and,
    xdsl_arith.OrIOp: np.bitwise_or,
    xdsl_arith.XOrIOp: np.bitwise_xor,
    xdsl_arith.ShLIOp: np.left_shift,
    xdsl_arith.ShRSIOp: np.right_shift,
    xdsl_arith.ShRUIOp: _as_unsigned(np.right_shift),
    xdsl_arith.AddUIExtendedOp: _addui_extended,
    xdsl_arith.MulUIExtendedOp: _high_half(unsigned),
    xdsl_arith.MulSIExtendedOp: _high_half(np.asarray),
    xdsl_arith.AddfOp: np.add,
    xdsl_arith.SubfOp: np.subtract,
    xdsl_arith.MulfOp: np.multiply,
    xdsl_arith.DivfOp: np.divide,
    xdsl_arith.NegfOp: np.negative,
    xdsl_arith.MinimumfOp: np.minimum,
    xdsl_arith.MaximumfOp: np.maximum,
    xdsl_arith.MinnumfOp: np.fmin,
    xdsl_arith.MaxnumfOp: np.fmax,
    arith.SelectOp: np.where,
    xdsl_math.AbsFOp: np.abs,
    xdsl_math.AbsIOp: np.abs,
    xdsl_math.AcosOp: np.arccos,
    xdsl_math.AcoshOp: np.arccosh,
    xdsl_math.AsinOp: np.arcsin,
    xdsl_math.AsinhOp: np.arcsinh,
    xdsl_math.Atan2Op: np.arctan2,
    xdsl_math.AtanOp: np.arctan,
    xdsl_math.AtanhOp: np.arctanh,
    xdsl_math.CbrtOp: np.cbrt,
    xdsl_math.CeilOp: np.ceil,
    xdsl_math.CopySignOp: np.copysign,
    xdsl_math.CosOp: np.cos,
    xdsl_math.CoshOp: np.cosh,
    xdsl_math.CountLeadingZerosOp: _ctlz,
    xdsl_math.CountTrailingZerosOp: _cttz,
    xdsl_math.CtPopOp: lambda a: np.bitwise_count(unsigned(a)).astype(a.dtype),
    xdsl_math.ErfOp: per_element(math.erf),
    xdsl_math.Exp2Op: np.exp2,
    xdsl_math.ExpM1Op: np.expm1,
    xdsl_math.ExpOp: np.exp,
    xdsl_math.FPowIOp: lambda a, b: np.power(a, b.astype(a.dtype)),
    xdsl_math.FloorOp: np.floor,
    xdsl_math.FmaOp: _fma,
    xdsl_math.IPowIOp: _ipowi,
    xdsl_math.Log10Op: np.log10,
    xdsl_math.Log1pOp: np.log1p,
    xdsl_math.Log2Op: np.log2,
    xdsl_math.LogOp: np.log,
    xdsl_math.PowFOp: np.power,
    xdsl_math.RoundEvenOp: np.rint,
    xdsl_math.RoundOp: _round_away,
    xdsl_math.RsqrtOp: lambda a: 1 / np.sqrt(a),
    xdsl_math.SinOp: np.sin,
    xdsl_math.SinhOp: np.sinh,
    xdsl_math.SqrtOp: np.sqrt,
    xdsl_math.TanOp: np.tan,
    xdsl_math.TanhOp: np.tanh,
    xdsl_math.TruncOp: np.trunc,
}

# Op class -> rule of the op and its operands: constants, comparisons, casts.
TYPED_RULES: dict[type[Operation], ScalarRule] = {
    xdsl_arith.ConstantOp: _constant,
    arith.CmpiOp: _cmpi,
    arith.CmpfOp: _cmpf,
    arith.IndexCastOp: _cast,
    arith.ExtSIOp: _extsi,
    arith.ExtUIOp: _extui,
    arith.TruncIOp: _trunci,
    arith.SIToFPOp: _sitofp,
    arith.UIToFPOp: _uitofp,
    arith.FPToSIOp: _fptosi,
    arith.FPToUIOp: _fptoui,
    xdsl_arith.ExtFOp: _cast,
    xdsl_arith.TruncFOp: _cast,
    xdsl_arith.BitcastOp: _bitcast,
}

# Name of a C function -> rule.
CALLS: dict[str, ScalarRule] = {
    "acos": np.arccos, "acosh": np.arccosh, "asin": np.arcsin, "asinh": np.arcsinh, "atan": np.arctan,
    "atan2": np.arctan2, "atanh": np.arctanh, "cbrt": np.cbrt, "ceil": np.ceil, "copysign": np.copysign,
    "cos": np.cos, "cosh": np.cosh, "erf": per_element(math.erf), "erfc": per_element(math.erfc), "exp": np.exp,
    "exp2": np.exp2, "expm1": np.expm1, "fabs": np.abs, "floor": np.floor, "fma": _fma, "fmax": np.fmax,
    "fmin": np.fmin, "fmod": np.fmod, "hypot": np.hypot, "isinf": np.isinf, "isnan": np.isnan,
    "ldexp": np.ldexp, "lgamma": per_element(math.lgamma), "log": np.log, "log10": np.log10, "log1p": np.log1p,
    "log2": np.log2, "nextafter": np.nextafter, "pow": np.power, "rint": np.rint, "nearbyint": np.rint,
    "round": _round_away, "signbit": np.signbit, "sin": np.sin, "sinh": np.sinh, "sqrt": np.sqrt, "tan": np.tan,
    "tanh": np.tanh, "tgamma": per_element(math.gamma), "trunc": np.trunc,
}  # fmt: skip


def _call(op: Operation, *args: Array) -> Array:
    name = op.properties["callee"].data  # type: ignore[attr-defined]
    rule = CALLS.get(name)
    if rule is None:
        raise FxOptError(f"loop.call: no numpy meaning of {name!r}", hint=f"known: {', '.join(sorted(CALLS))}")
    return np.asarray(rule(*args)).astype(numpy_dtype(op.results[0].type))


def evaluate_scalar(op: Operation, args: list[Array]) -> tuple[Array, ...] | None:
    """The results of a scalar op on arrays, or `None` if `op` is no scalar op that the tables know."""
    cls = type(op)
    if (rule := RULES.get(cls)) is not None:
        results = rule(*args)
    elif (rule := TYPED_RULES.get(cls)) is not None:
        results = rule(op, *args)
    elif op.name == "loop.call":
        results = _call(op, *args)
    else:
        return None
    if not isinstance(results, tuple):
        results = (results,)
    return tuple(_conform(np.asarray(value), r.type) for value, r in zip(results, op.results, strict=True))


def _conform(value: Array, type_: Attribute) -> Array:
    """Integers back to their signed view; bf16 results rounded."""
    if is_bf16(type_):
        return round_to_bf16(value)
    dtype = numpy_dtype(type_)
    if value.dtype == dtype:
        return value
    same_width = value.dtype.kind == "u" and value.dtype.itemsize == dtype.itemsize and dtype.kind == "i"
    return value.view(dtype) if same_width else value.astype(dtype)
