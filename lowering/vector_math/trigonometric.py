"""sin, cos, tan and their inverses on f32."""

from __future__ import annotations

from collections.abc import Callable

from fxopt.lowering.llvm_text import FunctionWriter, Reg
from fxopt.lowering.vector_math.coefficients import ASIN_TAIL, ATAN_TAIL, COS_TAIL, SIN_TAIL, TAN_TAIL
from fxopt.lowering.vector_math.common import narrow, or_libm, round_to_int, widen

# pi / 2 as the sum of three floats.
_HALF_PI = (1.5707963705062866, -4.371138828673793e-08, -1.7151245100058819e-15)
# The same as two doubles; the first has 33 bits, so that its product with n is exact.
_HALF_PI_F64 = (1.5707963267341256, 6.077100506506192e-11)
_TWO_OVER_PI = 0.6366197723675814
# Up to here three floats of pi / 2 leave an error below 2**-29 relative to the reduced argument.
_LARGEST = 131072.0


def _reduce(w: FunctionWriter, x: Reg) -> tuple[Reg, Reg]:
    """`r` and `n` with x = n pi / 2 + r and |r| <= pi / 4, for |x| <= _LARGEST."""
    n, n_int = round_to_int(w, x, _TWO_OVER_PI)
    r = x
    for part in _HALF_PI:
        r = w.fma(n, -part, r)
    return r, n_int


def _sin_poly(w: FunctionWriter, r: Reg, z: Reg) -> Reg:
    return w.mad(w.horner(z, SIN_TAIL) * z, r, r)


def _cos_poly(w: FunctionWriter, z: Reg) -> Reg:
    return w.mad(w.horner(z, COS_TAIL), z * z, w.mad(z, -0.5, 1.0))


def _circular(w: FunctionWriter, x: Reg, offset: int) -> Reg:
    r, n = _reduce(w, x)
    quadrant = n + offset if offset else n
    z = r * r
    odd = w.icmp("ne", quadrant & 1, 0)
    value = w.select(odd, _cos_poly(w, z), _sin_poly(w, r, z))
    return w.bitcast(w.bitcast(value, "i32") ^ ((quadrant & 2) << 30), "f32")


def _guarded(w: FunctionWriter, name: str, x: Reg, fast: Callable[[Reg], Reg]) -> Reg:
    """`fast`, and libm for all lanes when any is too large (or infinite) for the reduction."""
    huge = w.fcmp("ogt", w.fabs(x), _LARGEST)
    return or_libm(w, name, [x], fast(x), huge)


def sin(w: FunctionWriter, x: Reg) -> Reg:
    """Sine."""
    return _guarded(w, "sin", x, lambda x: w.select(w.fcmp("oeq", x, 0.0), x, _circular(w, x, 0)))


def cos(w: FunctionWriter, x: Reg) -> Reg:
    """Cosine."""
    return _guarded(w, "cos", x, lambda x: _circular(w, x, 1))


def tan(w: FunctionWriter, x: Reg) -> Reg:
    """Tangent: of r, or -1 / tan(r) in odd quadrants; in f64, as the division would amplify the error of f32."""

    def fast(x: Reg) -> Reg:
        n, n_int = round_to_int(w, x, _TWO_OVER_PI)
        wide = widen(w, n)
        r = w.mad(wide, -_HALF_PI_F64[1], w.mad(wide, -_HALF_PI_F64[0], widen(w, x)))
        z = r * r
        t = w.mad(w.horner(z, TAN_TAIL) * z, r, r)
        value = narrow(w, w.select(w.icmp("ne", n_int & 1, 0), -1.0 / t, t))
        return w.select(w.fcmp("oeq", x, 0.0), x, value)

    return _guarded(w, "tan", x, fast)


# Inverses --------------------------------------------------------------------------------------------------


def _atan_of_ratio(w: FunctionWriter, num: Reg, den: Reg, swapped: Reg) -> Reg:
    """atan(num / den) in [0, pi / 4], or pi / 2 less that where `swapped`; 0 <= num <= den."""
    t = num / den
    z = t * t
    angle = w.mad(w.horner(z, ATAN_TAIL) * z, t, t)
    other = _HALF_PI[0] - (angle - _HALF_PI[1])
    return w.select(swapped, other, angle)


def atan(w: FunctionWriter, x: Reg) -> Reg:
    """Arc tangent: of 1 / x above 1."""
    magnitude, one = w.fabs(x), w.const(1.0, x.type)
    large = w.fcmp("ogt", magnitude, 1.0)
    angle = _atan_of_ratio(w, w.select(large, one, magnitude), w.select(large, magnitude, one), large)
    return w.copysign(angle, x)


def atan2(w: FunctionWriter, y: Reg, x: Reg) -> Reg:
    """Angle of the point (x, y), in [-pi, pi]."""
    ay, ax = w.fabs(y), w.fabs(x)
    swapped = w.fcmp("ogt", ay, ax)
    num, den = w.select(swapped, ax, ay), w.select(swapped, ay, ax)
    one, infinity = w.const(1.0, x.type), float("inf")
    # 0 / 0 is 0 / 1 here, inf / inf is 1 / 1.
    both_infinite = w.fcmp("oeq", num, infinity) & w.fcmp("oeq", den, infinity)
    num = w.select(both_infinite, one, num)
    den = w.select(both_infinite | w.fcmp("oeq", den, 0.0), one, den)
    angle = _atan_of_ratio(w, num, den, swapped)
    negative = w.icmp("slt", w.bitcast(x, "i32"), 0)
    angle = w.select(negative, 2 * _HALF_PI[0] - (angle - 2 * _HALF_PI[1]), angle)
    return w.copysign(angle, y)


def _asin_parts(w: FunctionWriter, x: Reg) -> tuple[Reg, Reg, Reg]:
    """`large`, `s` and `tail`: asin(s) = s + tail, where s is |x| up to 1/2 and sqrt((1 - |x|) / 2) above."""
    magnitude = w.fabs(x)
    large = w.fcmp("ogt", magnitude, 0.5)
    z = w.select(large, w.mad(magnitude, -0.5, 0.5), magnitude * magnitude)
    s = w.select(large, w.sqrt(z), magnitude)
    return large, s, w.horner(z, ASIN_TAIL) * z * s


def asin(w: FunctionWriter, x: Reg) -> Reg:
    """Arc sine: pi / 2 - 2 asin(sqrt((1 - |x|) / 2)) above 1/2."""
    large, s, tail = _asin_parts(w, x)
    # Through pi / 4, which keeps the intermediate results below the final one.
    quarter = _HALF_PI[0] / 2
    above = ((quarter - (s + s)) - (tail + tail - _HALF_PI[1])) + quarter
    return w.copysign(w.select(large, above, s + tail), x)


def acos(w: FunctionWriter, x: Reg) -> Reg:
    """Arc cosine: pi / 2 - asin(x) up to 1/2, 2 asin(s) above, pi - 2 asin(s) below -1/2."""
    large, s, tail = _asin_parts(w, x)
    negative = w.icmp("slt", w.bitcast(x, "i32"), 0)
    twice, twice_tail = s + s, tail + tail
    below = (2 * _HALF_PI[0] - twice) - (twice_tail - 2 * _HALF_PI[1])
    far = w.select(negative, below, twice + twice_tail)
    signed, signed_tail = w.copysign(s, x), w.copysign(tail, x)
    middle = _HALF_PI[0] - (signed + (signed_tail - _HALF_PI[1]))
    return w.select(large, far, middle)
