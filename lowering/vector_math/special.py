"""erf, erfc, pow, cbrt, hypot, fmod, nextafter and the inverse hyperbolic functions on f32."""

from __future__ import annotations

from fxopt.lowering.llvm_text import FunctionWriter, Reg
from fxopt.lowering.vector_math.coefficients import ERF_TAIL, ERFC_TAIL_F64, EXP2_HEAD, LOG2_ERFC
from fxopt.lowering.vector_math.common import INFINITY, LOG2_E, NAN, exp2_f64, log_f64, narrow, or_libm, widen


def erf(w: FunctionWriter, x: Reg) -> Reg:
    """A polynomial below 0.925, else 1 - 2**log2(erfc|x|), which is 1 from 4 on."""
    magnitude = w.fabs(x)
    z = x * x
    small = w.mad(w.horner(z, ERF_TAIL), x, x)
    t = w.select(w.fcmp("ogt", magnitude, 4.0), 4.0, magnitude)
    large = w.copysign(1.0 - _exp2_normal(w, w.horner(t, LOG2_ERFC)), x)
    return w.select(w.fcmp("ult", magnitude, 0.925), small, large)


def _exp2_normal(w: FunctionWriter, x: Reg) -> Reg:
    """2**x for results that are normal; NaN does not stay NaN."""
    shifted = x + 12582912.0
    r = x - (shifted - 12582912.0)
    p = w.mad(w.horner(r, EXP2_HEAD), r, 1.0)
    # The integer is in the low bits; the others are shifted out.
    return w.bitcast(w.bitcast(p, "i32") + (w.bitcast(shifted, "i32") << 23), "f32")


def erfc(w: FunctionWriter, x: Reg) -> Reg:
    """e**(-x^2) poly(t) / (1 + 2|x|) with t = (|x| - 4) / (|x| + 4), in f64; 2 less that for negative x."""
    a = w.fabs(x)
    a = widen(w, w.select(w.fcmp("ogt", a, 10.4), 10.4, a))
    t = (a - 4.0) / (a + 4.0)
    scaled = w.mad(a, 2.0, 1.0)
    value = exp2_f64(w, a * a * -LOG2_E) * (w.horner(t, ERFC_TAIL_F64) + 1.0) / scaled
    negative = w.fcmp("olt", x, 0.0)
    return narrow(w, w.select(negative, 2.0 - value, value))


def power(w: FunctionWriter, x: Reg, y: Reg) -> Reg:
    """2**(y log2|x|) in f64, then C's rules for signs, zeros, infinities and NaN."""
    magnitude, exponent = widen(w, w.fabs(x)), widen(w, y)
    log = log_f64(w, magnitude, base_2=True)
    log = w.select(w.fcmp("oeq", magnitude, 0.0), -INFINITY, log)
    log = w.select(w.fcmp("ult", magnitude, INFINITY), w.select(w.fcmp("uno", x, x), NAN, log), INFINITY)
    value = narrow(w, exp2_f64(w, exponent * log))
    value = w.select(w.fcmp("oeq", w.fabs(x), 1.0) & w.fcmp("ord", y, y), 1.0, value)
    half = y * 0.5
    odd = w.fcmp("one", w.intrinsic("trunc", half), half) & w.fcmp("oeq", w.intrinsic("trunc", y), y)
    negative = w.icmp("slt", w.bitcast(x, "i32"), 0)
    value = w.select(negative & odd, -value, value)
    fraction = w.fcmp("one", w.intrinsic("trunc", y), y)
    finite_negative = w.fcmp("olt", x, 0.0) & w.fcmp("ogt", x, -INFINITY)
    value = w.select(finite_negative & fraction, NAN, value)
    return w.select(w.fcmp("oeq", y, 0.0) | w.fcmp("oeq", x, 1.0), 1.0, value)


def cbrt(w: FunctionWriter, x: Reg) -> Reg:
    """A third of the exponent's bits as first guess, then Halley's steps in f64."""
    magnitude = w.fabs(x)
    tiny = w.fcmp("olt", magnitude, 2.0**-126)
    scaled = w.select(tiny, magnitude * 2.0**24, magnitude)
    bits = w.bitcast(scaled, "i32")
    # Division by 3 through the high half of a product.
    third = w.cast("trunc", (w.cast("zext", bits, "i64") * 0x55555556).lshr(32), "i32")
    t, a = widen(w, w.bitcast(third + 0x2A514067, "f32")), widen(w, scaled)
    for _ in range(2):
        cube = t * t * t
        t = t * (cube + a + a) / (cube + cube + a)
    root = narrow(w, t)
    root = w.copysign(w.select(tiny, root * 2.0**-8, root), x)
    ordinary = w.fcmp("ogt", magnitude, 0.0) & w.fcmp("olt", magnitude, INFINITY)
    return w.select(ordinary, root, x)


def asinh(w: FunctionWriter, x: Reg) -> Reg:
    """log(|x| + sqrt(x^2 + 1)) in f64; x itself where the next term of the series vanishes."""
    a = widen(w, w.fabs(x))
    value = narrow(w, log_f64(w, a + w.sqrt(a * a + 1.0)))
    result = w.copysign(value, x)
    ordinary = w.fcmp("ogt", w.fabs(x), 2.0**-13) & w.fcmp("olt", w.fabs(x), INFINITY)
    return w.select(ordinary, result, x)


def acosh(w: FunctionWriter, x: Reg) -> Reg:
    """log(x + sqrt(x^2 - 1)) in f64; NaN below 1."""
    a = widen(w, x)
    value = narrow(w, log_f64(w, a + w.sqrt(a * a - 1.0)))
    value = w.select(w.fcmp("olt", x, 1.0), NAN, value)
    return w.select(w.fcmp("ult", x, INFINITY) & w.fcmp("ord", x, x), value, x)


def atanh(w: FunctionWriter, x: Reg) -> Reg:
    """log((1 + x) / (1 - x)) / 2 in f64."""
    a = widen(w, w.fabs(x))
    value = narrow(w, log_f64(w, (a + 1.0) / (1.0 - a)) * 0.5)
    value = w.select(w.fcmp("oeq", w.fabs(x), 1.0), INFINITY, w.select(w.fcmp("ogt", w.fabs(x), 1.0), NAN, value))
    ordinary = w.fcmp("ogt", w.fabs(x), 2.0**-13)
    return w.select(ordinary, w.copysign(value, x), x)


def hypot(w: FunctionWriter, x: Reg, y: Reg) -> Reg:
    """sqrt(x^2 + y^2) in f64; infinite when either is, even beside NaN."""
    a, b = widen(w, x), widen(w, y)
    value = narrow(w, w.sqrt(a * a + b * b))
    infinite = w.fcmp("oeq", w.fabs(x), INFINITY) | w.fcmp("oeq", w.fabs(y), INFINITY)
    return w.select(infinite, INFINITY, value)


def nextafter(w: FunctionWriter, x: Reg, y: Reg) -> Reg:
    """The neighbour of x towards y: one less or one more in the bits; from 0 the smallest denormal."""
    bits = w.bitcast(x, "i32")
    away = w.fcmp("olt", x, y) ^ w.icmp("slt", bits, 0)
    stepped = w.select(away, bits + 1, bits - 1)
    smallest = (w.bitcast(y, "i32") & -0x80000000) | 1
    moved = w.bitcast(w.select(w.fcmp("oeq", x, 0.0), smallest, stepped), "f32")
    result = w.select(w.fcmp("oeq", x, y), y, moved)
    return w.select(w.fcmp("uno", x, y), x + y, result)


def fmod(w: FunctionWriter, x: Reg, y: Reg) -> Reg:
    """x - trunc(x / y) y, exactly, with the sign of x; libm when the quotient is too large to be exact."""
    quotient = w.intrinsic("trunc", x / y)
    r = w.fma(-quotient, y, x)
    # The rounded quotient may be one too large: then r has the other sign.
    overshot = w.icmp("slt", w.bitcast(r, "i32") ^ w.bitcast(x, "i32"), 0) & w.fcmp("one", r, 0.0)
    r = w.select(overshot, r + w.copysign(y, x), r)
    r = w.select(w.fcmp("oeq", w.fabs(y), INFINITY) & w.fcmp("olt", w.fabs(x), INFINITY), x, w.copysign(r, x))
    finite = w.fcmp("olt", w.fabs(x), INFINITY) & w.fcmp("one", y, 0.0)
    return or_libm(w, "fmod", [x, y], r, w.fcmp("oge", w.fabs(quotient), 2.0**22) & finite)
