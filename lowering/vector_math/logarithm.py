"""log, log2, log10, log1p on f32: `e ln 2 + log(1 + f)`, with f = m - 1 and m in [sqrt(1/2), sqrt(2))."""

from __future__ import annotations

from fxopt.lowering.llvm_text import FunctionWriter, Reg
from fxopt.lowering.vector_math.coefficients import LOG_TAIL
from fxopt.lowering.vector_math.common import INFINITY, LN_2_HIGH, LN_2_LOW, NAN
from fxopt.lowering.vector_math.exponential import LOG10_2_HIGH, LOG10_2_LOW

_SQRT_HALF_BITS = 0x3F3504F3
# The first parts have few bits, so that rounding their products with f costs nothing that matters.
_LOG2_E_HIGH, _LOG2_E_LOW = 1.4375, 0.0051950408889634074
_LOG10_E_HIGH, _LOG10_E_LOW = 0.4375, -0.003205518096748172


def _split(w: FunctionWriter, x: Reg) -> tuple[Reg, Reg]:
    """Exponent (as f32) and mantissa in [sqrt(1/2), sqrt(2)) of a positive normal x."""
    offset = w.bitcast(x, "i32") - _SQRT_HALF_BITS
    exponent = w.cast("sitofp", offset.ashr(23), "f32")
    return exponent, w.bitcast((offset & 0x7FFFFF) + _SQRT_HALF_BITS, "f32")


def _normalised(w: FunctionWriter, x: Reg) -> tuple[Reg, Reg]:
    """`_split` of a positive x that may be denormal."""
    denormal = w.fcmp("olt", x, 2.0**-126)
    exponent, mantissa = _split(w, w.select(denormal, x * 2.0**23, x))
    return w.select(denormal, exponent - 23.0, exponent), mantissa


def _log1p_tail(w: FunctionWriter, f: Reg) -> Reg:
    """log(1 + f) - f."""
    z = f * f
    return w.mad(w.horner(f, LOG_TAIL) * z, f, z * -0.5)


def _with_special_values(w: FunctionWriter, x: Reg, result: Reg) -> Reg:
    """-inf at 0, NaN below, inf and NaN kept."""
    special = w.select(w.fcmp("oeq", x, 0.0), -INFINITY, w.select(w.fcmp("olt", x, 0.0), NAN, x))
    ordinary = w.fcmp("ogt", x, 0.0) & w.fcmp("olt", x, INFINITY)
    return w.select(ordinary, result, special)


def log(w: FunctionWriter, x: Reg) -> Reg:
    """Natural logarithm."""
    e, m = _normalised(w, x)
    f = m - 1.0
    tail = w.mad(e, LN_2_LOW, _log1p_tail(w, f))
    return _with_special_values(w, x, w.mad(e, LN_2_HIGH, f + tail))


def log2(w: FunctionWriter, x: Reg) -> Reg:
    """Binary logarithm."""
    e, m = _normalised(w, x)
    f = m - 1.0
    tail = w.mad(f, _LOG2_E_LOW, _log1p_tail(w, f) * (_LOG2_E_HIGH + _LOG2_E_LOW))
    return _with_special_values(w, x, e + w.fma(f, _LOG2_E_HIGH, tail))


def log10(w: FunctionWriter, x: Reg) -> Reg:
    """Decimal logarithm."""
    e, m = _normalised(w, x)
    f = m - 1.0
    tail = w.mad(f, _LOG10_E_LOW, _log1p_tail(w, f) * (_LOG10_E_HIGH + _LOG10_E_LOW))
    tail = w.mad(e, LOG10_2_LOW, tail)
    return _with_special_values(w, x, w.mad(e, LOG10_2_HIGH, w.fma(f, _LOG10_E_HIGH, tail)))


def log1p(w: FunctionWriter, x: Reg) -> Reg:
    """log(u) with u = 1 + x, corrected by what the sum lost; near 0 f is x itself."""
    u = x + 1.0
    e, m = _split(w, u)
    lost = w.select(w.fcmp("ogt", x, 1.0), 1.0 - (u - x), x - (u - 1.0)) / u
    near = w.fcmp("oeq", e, 0.0)
    f = w.select(near, x, m - 1.0)
    correction = w.select(near, -0.0, lost)
    tail = w.mad(e, LN_2_LOW, _log1p_tail(w, f) + correction)
    result = f + tail
    return w.select(near, result, _with_special_values(w, u, w.mad(e, LN_2_HIGH, result)))
