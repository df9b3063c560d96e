"""Special functions of one variable, by the approximations of the Cephes library that eager uses.

Every branch is evaluated and the right one selected: bodies have no control flow. Functions that need loops whose
length depends on the value (`igamma`, `zeta`, `gcd`, the orthogonal polynomials) are called instead.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from fxopt.ir.fx_call import FxCallOp
from fxopt.lowering.aten_to_loop import special_tables as tables
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.elementwise import Formula, elementwise, unary
from fxopt.lowering.aten_to_loop.nest import NestBuilder
from fxopt.lowering.aten_to_loop.scalar import Val
from fxopt.lowering.aten_to_loop.tables import Registry
from fxopt.lowering.aten_to_loop.tensor_ref import NotLowered, TensorRef

LOWERINGS = Registry()


def _polynomial(n: NestBuilder, x: Val, coefficients: Sequence[float]) -> Val:
    """By Horner's rule, highest power first."""
    result = n.const(coefficients[0], x.dtype)
    for coefficient in coefficients[1:]:
        result = result * x + coefficient
    return result


def _ratio(n: NestBuilder, x: Val, numerator: Sequence[float], denominator: Sequence[float]) -> Val:
    return _polynomial(n, x, numerator) / _polynomial(n, x, denominator)


def _chebyshev(n: NestBuilder, x: Val, coefficients: Sequence[float]) -> Val:
    """Clenshaw's recurrence for a series in T_k(x / 2)."""
    b0, b1, b2 = n.const(coefficients[0], x.dtype), n.const(0.0, x.dtype), n.const(0.0, x.dtype)
    for coefficient in coefficients[1:]:
        b0, b1, b2 = x * b0 - b1 + coefficient, b0, b1
    return (b0 - b2) * 0.5


# ---- gamma family -----------------------------------------------------------------------------------------

_DIGAMMA = (
    8.33333333333333333333e-2,
    -2.10927960927960927961e-2,
    7.57575757575757575758e-3,
    -4.16666666666666666667e-3,
    3.96825396825396825397e-3,
    -8.33333333333333333333e-3,
    8.33333333333333333333e-2,
)


def _digamma(n: NestBuilder, x: Val) -> Val:
    """Reflected to the positive axis, moved beyond 10 by its recurrence, there an asymptotic series."""
    below = x.lt(0.0)
    z = below.select(1.0 - x, x)
    shift = n.const(0.0, x.dtype)
    for _ in range(10):
        small = z.lt(10.0)
        shift = small.select(shift - 1.0 / z, shift)
        z = small.select(z + 1.0, z)
    inverse = 1.0 / (z * z)
    value = shift + n.math("log", z) - 0.5 / z - inverse * _polynomial(n, inverse, _DIGAMMA)
    # Exact, and at most 1/2, so that its product with pi is accurate beside the poles; the tangent has period pi.
    fraction = x - n.math("roundeven", x)
    reflected = value - math.pi / n.math("tan", fraction * math.pi)
    value = below.select(fraction.eq(0.0).select(math.nan, reflected), value)
    return x.eq(0.0).select(n.math("copysign", n.const(math.inf, x.dtype), -x), value)


def _trigamma(n: NestBuilder, x: Val) -> Val:
    below = x.lt(0.5)
    sine = n.math("sin", (x - n.math("roundeven", x)) * math.pi)
    result = below.select((math.pi * math.pi) / (sine * sine) * -1.0, n.const(0.0, x.dtype))
    z = below.select(1.0 - x, x)
    for _ in range(6):
        result = result + 1.0 / (z * z)
        z = z + 1.0
    inverse = 1.0 / (z * z)
    tail = inverse * (1.0 / 6.0 - inverse * (1.0 / 30.0 - inverse * (1.0 / 42.0)))
    result = result + (0.5 / z + 1.0 + tail) / z
    return below.select(-result, result)


@LOWERINGS("aten.polygamma.default")
def _polygamma(low: Lowering, op: FxCallOp) -> TensorRef:
    order = op.arg("n")
    if order not in (0, 1):
        raise NotLowered("special function")
    return elementwise(low, op, (op.arg("self"),), _trigamma if order else _digamma)


# ---- error function family ----------------------------------------------------------------------------------

_ERFINV_A = (-0.140543331, 0.914624893, -1.645349621, 0.886226899)
_ERFINV_B = (0.012229801, -0.329097515, 1.442710462, -2.118377725, 1.0)
_ERFINV_C = (1.641345311, 3.429567803, -1.624906493, -1.970840454)
_ERFINV_D = (1.637067800, 3.543889200, 1.0)


def _erfinv(n: NestBuilder, y: Val) -> Val:
    """Rational approximations (G. Pavlis, 1996), then two steps of Newton's method."""
    size = n.math("absf", y)
    square = y * y
    central = y * _ratio(n, square, _ERFINV_A, _ERFINV_B)
    root = n.math("sqrt", -n.math("log", (1.0 - size) * 0.5))
    outer = n.math("copysign", _polynomial(n, root, _ERFINV_C), y) / _polynomial(n, root, _ERFINV_D)
    x = size.le(0.7).select(central, outer)
    for _ in range(2):
        x = x - (n.math("erf", x) - y) / (n.math("exp", -(x * x)) * (2.0 / math.sqrt(math.pi)))
    at_one = n.math("copysign", n.const(math.inf, y.dtype), y)
    return size.eq(1.0).select(at_one, size.gt(1.0).select(math.nan, x))


_EXP_MINUS_2 = 0.13533528323661269189


def _ndtri(n: NestBuilder, p: Val) -> Val:
    """The quantile of the normal distribution: one approximation around 1/2, two for the tails."""
    upper = p.gt(1.0 - _EXP_MINUS_2)
    y = upper.select(1.0 - p, p)
    centred = y - 0.5
    square = centred * centred
    middle = centred + centred * (square * _ratio(n, square, tables.NDTRI_P0, tables.NDTRI_Q0))
    x = n.math("sqrt", n.math("log", y) * -2.0)
    z = 1.0 / x
    near = z * _ratio(n, z, tables.NDTRI_P1, tables.NDTRI_Q1)
    far = z * _ratio(n, z, tables.NDTRI_P2, tables.NDTRI_Q2)
    tail = x - n.math("log", x) / x - x.lt(8.0).select(near, far)
    result = y.gt(_EXP_MINUS_2).select(middle * math.sqrt(2.0 * math.pi), upper.select(tail, -tail))
    result = p.eq(0.0).select(-math.inf, p.eq(1.0).select(math.inf, result))
    return (p.lt(0.0) | p.gt(1.0)).select(math.nan, result)


# ---- Bessel functions -----------------------------------------------------------------------------------------

_Table = Sequence[float]


def _modified_first(n: NestBuilder, x: Val, near: _Table, far: _Table, *, odd: bool, scaled: bool) -> Val:
    """I0 and I1, times exp(-|x|) if scaled: one series up to 8, one in 1/x beyond."""
    size = n.math("absf", x)
    low = _chebyshev(n, size * 0.5 - 2.0, near)
    low = low * size if odd else low
    high = _chebyshev(n, 32.0 / size - 2.0, far) / n.math("sqrt", size)
    value = size.le(8.0).select(low, high)
    value = value if scaled else n.math("exp", size) * value
    return x.lt(0.0).select(-value, value) if odd else value


def _i0(n: NestBuilder, x: Val, *, scaled: bool = False) -> Val:
    return _modified_first(n, x, tables.I0_A, tables.I0_B, odd=False, scaled=scaled)


def _i1(n: NestBuilder, x: Val, *, scaled: bool = False) -> Val:
    return _modified_first(n, x, tables.I1_A, tables.I1_B, odd=True, scaled=scaled)


def _modified_second(n: NestBuilder, x: Val, *, order: int, scaled: bool) -> Val:
    """K0 and K1, times exp(x) if scaled: a series and a logarithm up to 2, a series in 1/x beyond."""
    near, far = (tables.K1_A, tables.K1_B) if order else (tables.K0_A, tables.K0_B)
    series = _chebyshev(n, x * x - 2.0, near)
    logarithm = n.math("log", x * 0.5)
    low = logarithm * _i1(n, x) + series / x if order else series - logarithm * _i0(n, x)
    high = _chebyshev(n, 8.0 / x - 2.0, far) / n.math("sqrt", x)
    if scaled:
        low = low * n.math("exp", x)
    else:
        high = high * n.math("exp", -x)
    value = x.le(2.0).select(low, high)
    return x.eq(0.0).select(math.inf, x.lt(0.0).select(math.nan, value))


def _far(n: NestBuilder, x: Val, order: int) -> tuple[Val, Val, Val]:
    """Amplitudes of the two waves beyond 5, and the phase."""
    names = ("PP", "PQ", "QP", "QQ")
    pp, pq, qp, qq = (getattr(tables, f"J{order}_{name}") for name in names)
    inverse = 5.0 / x
    square = inverse * inverse
    root = n.math("sqrt", x)
    scale = math.sqrt(2.0 / math.pi) / root
    phase = x - (math.pi * 0.75 if order else math.pi * 0.25)
    return _ratio(n, square, pp, pq) * scale, inverse * _ratio(n, square, qp, qq) * scale, phase


_J0_ZEROS = (5.78318596294678452118, 30.4712623436620863991)
_J1_ZEROS = (14.6819706421238932572, 49.2184563216946036703)


def _j(n: NestBuilder, x: Val, order: int) -> Val:
    """J0 and J1: the squares of the first two zeros are factored out up to 5, waves beyond."""
    size = n.math("absf", x)
    square = size * size
    first, second = _J1_ZEROS if order else _J0_ZEROS
    rational = (tables.J1_RP, tables.J1_RQ) if order else (tables.J0_RP, tables.J0_RQ)
    near = (square - first) * (square - second) * _ratio(n, square, *rational)
    near = near * size if order else size.lt(1e-5).select(1.0 - square * 0.25, near)
    p, q, phase = _far(n, size, order)
    value = size.le(5.0).select(near, p * n.math("cos", phase) - q * n.math("sin", phase))
    return x.lt(0.0).select(-value, value) if order else value


def _y(n: NestBuilder, x: Val, order: int) -> Val:
    """Y0 and Y1."""
    square = x * x
    logarithm = n.math("log", x)
    if order:
        near = x * _ratio(n, square, tables.Y1_YP, tables.Y1_YQ)
        near = near + (_j(n, x, 1) * logarithm - 1.0 / x) * (2.0 / math.pi)
    else:
        near = _ratio(n, square, tables.Y0_YP, tables.Y0_YQ) + logarithm * _j(n, x, 0) * (2.0 / math.pi)
    p, q, phase = _far(n, x, order)
    value = x.le(5.0).select(near, p * n.math("sin", phase) + q * n.math("cos", phase))
    return x.eq(0.0).select(-math.inf, x.lt(0.0).select(math.nan, value))


_SINC_SERIES = (
    1.0 / 6227020800.0,
    -1.0 / 39916800.0,
    1.0 / 362880.0,
    -1.0 / 5040.0,
    1.0 / 120.0,
    -1.0 / 6.0,
    1.0,
)


def _spherical_j0(n: NestBuilder, x: Val) -> Val:
    size = n.math("absf", x)
    value = size.lt(0.5).select(_polynomial(n, x * x, _SINC_SERIES), n.math("sin", x) / x)
    return size.eq(math.inf).select(0.0, value)


_FUNCTIONS: dict[str, Formula] = {
    "digamma": _digamma,
    "erfinv": _erfinv,
    "special_ndtri": _ndtri,
    "i0": _i0,
    "special_i0e": lambda n, x: _i0(n, x, scaled=True),
    "special_i1": _i1,
    "special_i1e": lambda n, x: _i1(n, x, scaled=True),
    "special_modified_bessel_i0": _i0,
    "special_modified_bessel_i1": _i1,
    "special_modified_bessel_k0": lambda n, x: _modified_second(n, x, order=0, scaled=False),
    "special_modified_bessel_k1": lambda n, x: _modified_second(n, x, order=1, scaled=False),
    "special_scaled_modified_bessel_k0": lambda n, x: _modified_second(n, x, order=0, scaled=True),
    "special_scaled_modified_bessel_k1": lambda n, x: _modified_second(n, x, order=1, scaled=True),
    "special_bessel_j0": lambda n, x: _j(n, x, 0),
    "special_bessel_j1": lambda n, x: _j(n, x, 1),
    "special_bessel_y0": lambda n, x: _y(n, x, 0),
    "special_bessel_y1": lambda n, x: _y(n, x, 1),
    "special_spherical_bessel_j0": _spherical_j0,
}
for _name, _formula in _FUNCTIONS.items():
    LOWERINGS(f"aten.{_name}.default")(unary(_formula))
