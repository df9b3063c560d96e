"""Generates lowering/vector_math/coefficients.py: minimax polynomials whose coefficients are representable floats.

Run by developers: `python -m fxopt.tools.generate_minimax`. The coefficients are rounded one by one, lowest degree
first, and the others fitted anew to make up for each rounding.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import mpmath as mp
import numpy as np

mp.mp.dps = 50
_GRID = 800
_ITERATIONS = 120


Function = Callable[[mp.mpf], mp.mpf]


@dataclass(frozen=True)
class Fit:
    """Approximate `target` on [low, high] by `sum(c[k] x**k)`, minimising `|weight * (poly - target)|`."""

    name: str
    target: Function
    low: float
    high: float
    degree: int
    weight: Function
    single: bool = True
    note: str = ""


def _series(f: Function, taylor: Sequence[mp.mpf], radius: float) -> Function:
    """`f`, replaced by its Taylor polynomial near 0 where its formula is 0/0."""
    return lambda x: mp.polyval(list(reversed(taylor)), x) if abs(x) < radius else f(x)


def _odd_head(f: Function, constant: float) -> Function:
    """`f(x) / x - constant` as a function of z = x^2, for an odd `f`."""
    taylor = mp.taylor(f, 0, 29)[1::2]
    return _series(lambda z: f(mp.sqrt(z)) / mp.sqrt(z) - constant, [taylor[0] - constant, *taylor[1:]], 1e-3)


def _odd_tail(f: Function) -> Function:
    """`(f(x) / x - 1) / z` as a function of z = x^2, for an odd `f` with slope 1."""
    return _series(lambda z: (f(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, mp.taylor(f, 0, 29)[3::2], 1e-3)


def _power_head(base: float) -> Function:
    """`(base^r - 1) / r`."""
    log = mp.log(base)
    taylor = [log ** (k + 1) / mp.factorial(k + 1) for k in range(14)]
    return _series(lambda r: (mp.power(base, r) - 1) / r, taylor, 1e-3)


def _erfc_scaled(t: mp.mpf) -> mp.mpf:
    """erfc(x) exp(x^2) (1 + 2x) at the x with t = (x - 4) / (x + 4)."""
    x = 4 * (1 + t) / (1 - t)
    return mp.erfc(x) * mp.exp(x * x) * (1 + 2 * x)


def _sample(fit: Fit) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points (dense near the ends), target and weight there."""
    points = [fit.low + (fit.high - fit.low) * (1 - mp.cos(mp.pi * i / (_GRID - 1))) / 2 for i in range(_GRID)]
    return (
        np.array([float(x) for x in points]),
        np.array([float(fit.target(x)) for x in points]),
        np.array([float(fit.weight(x)) for x in points]),
    )


def minimax(xs: np.ndarray, target: np.ndarray, weight: np.ndarray, powers: range) -> tuple[np.ndarray, float]:
    """Coefficients of `x**k` for `k` in `powers`, and the largest weighted error.

    Lawson's algorithm: least squares, reweighted by the error until that is level. Unlike Remez exchange it does not
    need a Haar system, which `x, x^2, ...` is not on an interval around 0.
    """
    scale = np.abs(xs).max()
    basis = np.stack([(xs / scale) ** k for k in powers], axis=1) * weight[:, None]
    lawson = np.full(len(xs), 1.0 / len(xs))
    best, best_error = np.zeros(len(powers)), np.inf
    for _ in range(_ITERATIONS):
        root = np.sqrt(lawson)
        solution = np.linalg.lstsq(basis * root[:, None], weight * target * root, rcond=None)[0]
        error = np.abs(basis @ solution - weight * target)
        if error.max() < best_error:
            best, best_error = solution, float(error.max())
        lawson = lawson * error
        lawson /= lawson.sum()
    return best / scale ** np.array(powers), best_error


def fit_rounded(fit: Fit) -> tuple[list[float], float]:
    """Representable coefficients, and the largest weighted error that they leave."""
    xs, target, weight = _sample(fit)
    fixed: list[float] = []
    for first in range(fit.degree + 1):
        free, _ = minimax(xs, target, weight, range(first, fit.degree + 1))
        c = float(np.float32(free[0])) if fit.single else float(free[0])
        fixed.append(c)
        target = target - c * xs**first
    return fixed, float(np.abs(weight * target).max())


def _exponential_fits() -> list[Fit]:
    tail = _series(lambda r: (mp.expm1(r) - r) / r**2, [1 / mp.factorial(k + 2) for k in range(14)], 1e-3)
    exp2, exp10, limit = _power_head(2), _power_head(10), float(mp.log(2) / 2) * 1.01

    def near_one(r: mp.mpf) -> mp.mpf:
        return abs(r) + mp.mpf(1) / 1000

    def relative_to_expm1(r: mp.mpf) -> mp.mpf:
        return abs(r) / (1 + abs(r))

    return [
        Fit("EXP_TAIL", tail, -limit, limit, 4, lambda r: r * r / mp.exp(r), note="(e^r - 1 - r) / r^2"),
        Fit("EXPM1_TAIL", tail, -limit, limit, 5, relative_to_expm1, note="the same, relative to e^r - 1"),
        Fit("EXP2_HEAD", exp2, -0.5, 0.5, 5, near_one, note="(2^r - 1) / r"),
        Fit("EXP10_HEAD", exp10, -0.151, 0.151, 6, near_one, note="(10^r - 1) / r"),
        Fit("EXP2_HEAD_F64", exp2, -0.5, 0.5, 8, near_one, single=False, note="(2^r - 1) / r"),
        Fit("SINH_TAIL", _odd_tail(mp.sinh), 0.0, 1.0, 3, lambda z: z, note="(sinh(x) / x - 1) / z, z = x^2"),
        Fit("TANH_TAIL", _odd_tail(mp.tanh), 0.0, 0.37, 4, lambda z: z, note="(tanh(x) / x - 1) / z, z = x^2"),
    ]


def _logarithm_fits() -> list[Fit]:
    taylor = [(-1) ** k / mp.mpf(k + 3) for k in range(20)]
    tail = _series(lambda f: (mp.log1p(f) - f + f * f / 2) / f**3, taylor, 1e-3)

    def relative(f: mp.mpf) -> mp.mpf:
        return abs(f) ** 3 / abs(mp.log1p(f)) if abs(f) > 1e-6 else f * f

    low, high = float(mp.sqrt(0.5)) - 1, float(mp.sqrt(2)) - 1
    atanh, one = _odd_head(mp.atanh, 0), lambda z: mp.mpf(1)
    return [
        Fit("LOG_TAIL", tail, low, high, 7, relative, note="(log(1 + f) - f + f^2 / 2) / f^3"),
        Fit("ATANH_HEAD_F64", atanh, 0.0, 0.0295, 5, one, single=False, note="atanh(s) / s, z = s^2"),
    ]


def _trigonometric_fits() -> list[Fit]:
    taylor = [(-1) ** k / mp.factorial(2 * k + 4) for k in range(12)]
    cos_tail = _series(lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2, taylor, 1e-2)
    limit = (float(mp.pi / 4) * 1.001) ** 2
    return [
        Fit("SIN_TAIL", _odd_tail(mp.sin), 0.0, limit, 3, lambda z: z, note="(sin(r) / r - 1) / z, z = r^2"),
        Fit("COS_TAIL", cos_tail, 0.0, limit, 2, lambda z: z * z, note="(cos(r) - 1 + z / 2) / z^2, z = r^2"),
        Fit("TAN_TAIL", _odd_tail(mp.tan), 0.0, limit, 6, lambda z: z, note="(tan(r) / r - 1) / z, z = r^2"),
        Fit("ASIN_TAIL", _odd_tail(mp.asin), 0.0, 0.25, 5, lambda z: z, note="(asin(s) / s - 1) / z, z = s^2"),
        Fit("ATAN_TAIL", _odd_tail(mp.atan), 0.0, 1.0, 9, lambda z: z, note="(atan(t) / t - 1) / z, z = t^2"),
    ]


def _error_function_fits() -> list[Fit]:
    return [
        Fit("ERF_TAIL", _odd_head(mp.erf, 1), 0.0, 0.86, 7, lambda z: mp.mpf(1), note="erf(x) / x - 1, z = x^2"),
        Fit("LOG2_ERFC", lambda t: mp.log(mp.erfc(t), 2), 0.92, 4.0, 5, mp.erfc, note="so that erf(t) = 1 - 2^poly"),
        Fit(
            "ERFC_TAIL_F64",
            lambda t: _erfc_scaled(t) - 1,
            -1.0,
            0.445,
            11,
            lambda t: 1 / _erfc_scaled(t),
            single=False,
            note="erfc(x) exp(x^2) (1 + 2x) - 1, t = (x - 4) / (x + 4)",
        ),
    ]


def fits() -> list[Fit]:
    """Every polynomial of the library."""
    return [*_exponential_fits(), *_logarithm_fits(), *_trigonometric_fits(), *_error_function_fits()]


def main() -> None:
    """Writes the module of coefficients and reports the error of each fit, as a power of two."""
    path = Path(__file__).resolve().parent.parent / "lowering" / "vector_math" / "coefficients.py"
    lines = [
        '"""Minimax polynomials, lowest degree first. Generated by tools/generate_minimax.py; do not edit."""',
        "",
    ]
    for fit in fits():
        coefficients, error = fit_rounded(fit)
        bits = float(mp.log(error, 2))
        sys.stdout.write(f"{fit.name:16} degree {fit.degree}  error 2^{bits:.1f}\n")
        lines += [f"# {fit.note}", f"{fit.name} = ("]
        lines += [f"    {c!r}," for c in coefficients]
        lines += [")", ""]
    path.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
