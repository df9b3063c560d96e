"""exp, exp2, exp10, expm1, sinh, cosh, tanh on f32: `2**n * poly(r)` after Cody-Waite reduction."""

from __future__ import annotations

from fxopt.lowering.llvm_text import FunctionWriter, Reg
from fxopt.lowering.vector_math.coefficients import (
    EXP2_HEAD,
    EXP10_HEAD,
    EXP_TAIL,
    EXPM1_TAIL,
    SINH_TAIL,
    TANH_TAIL,
)
from fxopt.lowering.vector_math.common import clamp, exp_reduced, power_of_two, round_to_int, scale

LOG2_10 = 3.321928094887362
# log10(2) in two floats; the first has 11 significant bits.
LOG10_2_HIGH, LOG10_2_LOW = 0.301025390625, 4.605038981195214e-06


def _exp_core(w: FunctionWriter, x: Reg) -> tuple[Reg, Reg]:
    """`p` and `n` with e**x = p * 2**n, for x that is clamped already."""
    r, n = exp_reduced(w, x)
    q = w.horner(r, EXP_TAIL)
    return w.mad(w.mad(q, r, 1.0), r, 1.0), n


def exp(w: FunctionWriter, x: Reg) -> Reg:
    """e**x."""
    return scale(w, *_exp_core(w, clamp(w, x, -104.5, 89.0)))


def exp2(w: FunctionWriter, x: Reg) -> Reg:
    """2**x."""
    x = clamp(w, x, -151.0, 129.0)
    n, n_int = round_to_int(w, x, 1.0)
    r = x - n
    return scale(w, w.mad(w.horner(r, EXP2_HEAD), r, 1.0), n_int)


def exp10(w: FunctionWriter, x: Reg) -> Reg:
    """10**x."""
    x = clamp(w, x, -45.5, 38.7)
    n, n_int = round_to_int(w, x, LOG2_10)
    r = w.mad(n, -LOG10_2_LOW, w.mad(n, -LOG10_2_HIGH, x))
    return scale(w, w.mad(w.horner(r, EXP10_HEAD), r, 1.0), n_int)


def _expm1_parts(w: FunctionWriter, x: Reg) -> tuple[Reg, Reg]:
    """e**r - 1 and n."""
    r, n = exp_reduced(w, x)
    return w.mad(w.horner(r, EXPM1_TAIL) * r, r, r), n


def expm1(w: FunctionWriter, x: Reg) -> Reg:
    """e**x - 1 = 2 (s q + (s - 1/2)) with q = e**r - 1; s = 2**(n - 1) does not overflow before the result does."""
    q, n = _expm1_parts(w, clamp(w, x, -18.0, 89.0))
    s = power_of_two(w, n - 1)
    result = w.mad(q, s, s - 0.5)
    tiny = w.fcmp("olt", w.fabs(x), 2.0**-26)
    return w.select(tiny, x, result + result)


def _half_exp(w: FunctionWriter, x: Reg) -> Reg:
    """e**x / 2, which is finite up to x = 89.4, for x >= 0."""
    p, n = _exp_core(w, w.select(w.fcmp("ogt", x, 90.0), 90.0, x))
    return scale(w, p, n - 1)


def sinh(w: FunctionWriter, x: Reg) -> Reg:
    """A polynomial below 1, else e**|x| / 2 - e**-|x| / 2."""
    magnitude = w.fabs(x)
    half = _half_exp(w, magnitude)
    large = w.copysign(half - 0.25 / half, x)
    z = x * x
    small = w.mad(w.horner(z, SINH_TAIL) * z, x, x)
    return w.select(w.fcmp("olt", magnitude, 1.0), small, large)


def cosh(w: FunctionWriter, x: Reg) -> Reg:
    """e**|x| / 2 + e**-|x| / 2."""
    half = _half_exp(w, w.fabs(x))
    return half + 0.25 / half


def tanh(w: FunctionWriter, x: Reg) -> Reg:
    """A polynomial below 0.6, else 1 - 2 / (e**(2|x|) + 1)."""
    magnitude = w.fabs(x)
    clamped = w.select(w.fcmp("ogt", magnitude, 9.1), 9.1, magnitude)
    p, n = _exp_core(w, clamped + clamped)
    denominator = w.mad(p, power_of_two(w, n), 1.0)
    z = magnitude * magnitude
    small = w.mad(w.horner(z, TANH_TAIL) * z, magnitude, magnitude)
    return w.copysign(w.select(w.fcmp("olt", magnitude, 0.6), small, 1.0 - 2.0 / denominator), x)
