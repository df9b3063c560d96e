"""Numpy meaning of device-library functions (`__nv_erff`, `__ocml_erf_f32`) and of one-instruction inline assembly."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np

from fxopt.dialects.loop.interpret_scalar import CALLS, Array, per_element

Rule = Callable[..., Array]

_INTEGRATION_POINTS = 4096


def erfinv(x: float) -> float:
    """Inverse error function: Giles' approximation (2010) and two Newton steps."""
    if not -1.0 < x < 1.0:
        return math.copysign(math.inf, x) if abs(x) == 1.0 else math.nan
    w = -math.log((1.0 - x) * (1.0 + x))
    if w < 5.0:
        w -= 2.5
        terms: tuple[float, ...] = (
            2.81022636e-08,
            3.43273939e-07,
            -3.5233877e-06,
            -4.39150654e-06,
            0.00021858087,
            -0.00125372503,
        )
        terms += (-0.00417768164, 0.246640727, 1.50140941)
    else:
        w = math.sqrt(w) - 3.0
        terms = (-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613)
        terms += (0.00943887047, 1.00167406, 2.83297682)
    value = 0.0
    for term in terms:
        value = value * w + term
    value *= x
    for _ in range(2):
        slope = 2.0 / math.sqrt(math.pi) * math.exp(-value * value)
        error = math.erfc(abs(value)) - (1.0 - abs(x))
        value += math.copysign(1.0, value) * error / slope if slope else 0.0
    return value


def _angles() -> Array:
    return (np.arange(_INTEGRATION_POINTS) + 0.5) * (math.pi / _INTEGRATION_POINTS)


def bessel_j(order: int) -> Callable[[float], float]:
    """J_n(x) = 1/pi * integral of cos(n t - x sin t) over 0..pi; the midpoint rule is exact for small |x|."""
    return lambda x: float(np.cos(order * _angles() - x * np.sin(_angles())).mean()) if math.isfinite(x) else 0.0


def bessel_i(order: int) -> Callable[[float], float]:
    """I_n(x) = 1/pi * integral of exp(x cos t) cos(n t) over 0..pi, scaled against overflow."""
    return lambda x: float((np.exp(x * np.cos(_angles()) - abs(x)) * np.cos(order * _angles())).mean() * np.exp(abs(x)))


def _normcdf(x: float) -> float:
    return 0.5 * math.erfc(-x * math.sqrt(0.5))


def _erfcx(x: float) -> float:
    return math.exp(x * x) * math.erfc(x) if x < 25 else 1.0 / (x * math.sqrt(math.pi))


# Name without prefix and type suffix -> rule; those of C's math library are in CALLS.
_FUNCTIONS: dict[str, Rule] = {
    **CALLS,
    "rsqrt": lambda a: 1 / np.sqrt(a),
    "exp10": lambda a: np.power(np.asarray(10, a.dtype), a),
    "erfinv": per_element(erfinv),
    "erfcinv": per_element(lambda x: erfinv(1.0 - x)),
    "erfcx": per_element(_erfcx),
    "normcdf": per_element(_normcdf),
    "ncdf": per_element(_normcdf),
    "normcdfinv": per_element(lambda p: math.sqrt(2.0) * erfinv(2.0 * p - 1.0)),
    "ncdfinv": per_element(lambda p: math.sqrt(2.0) * erfinv(2.0 * p - 1.0)),
    "j0": per_element(bessel_j(0)),
    "j1": per_element(bessel_j(1)),
    "cyl_bessel_i0": per_element(bessel_i(0)),
    "cyl_bessel_i1": per_element(bessel_i(1)),
    "i0": per_element(bessel_i(0)),
    "i1": per_element(bessel_i(1)),
    "sinpi": lambda a: np.sin(np.asarray(a, np.float64) * math.pi).astype(a.dtype),
    "cospi": lambda a: np.cos(np.asarray(a, np.float64) * math.pi).astype(a.dtype),
    "fdim": lambda a, b: np.where(a > b, a - b, np.where(a <= b, 0, np.nan)).astype(a.dtype),
    "powi": lambda a, b: np.power(a, b.astype(a.dtype)),
    "pown": lambda a, b: np.power(a, b.astype(a.dtype)),
    "remainder": lambda a, b: (a - b * np.rint(a / b)).astype(a.dtype),
    "ilogb": lambda a: (np.frexp(a)[1] - 1).astype(np.int32),
    "logb": lambda a: np.floor(np.log2(np.abs(a))),
    "finite": np.isfinite,
    "isfinited": np.isfinite,
    "isfinite": np.isfinite,
    "signbitd": np.signbit,
    "isnand": np.isnan,
    "isinfd": np.isinf,
    "fast_exp": np.exp,
    "fast_log": np.log,
    "fast_log2": np.log2,
    "fast_sin": np.sin,
    "fast_cos": np.cos,
    "fast_tanh": np.tanh,
    "fast_pow": np.power,
    "fast_fdivide": np.divide,
    "fsqrt_rn": np.sqrt,
    "dsqrt_rn": np.sqrt,
    "fdiv_rn": np.divide,
    "ddiv_rn": np.divide,
    "frcp_rn": lambda a: 1 / a,
    "frsqrt_rn": lambda a: 1 / np.sqrt(a),
}

# PTX instruction (without `.ftz`) -> rule.
_INSTRUCTIONS: dict[str, Rule] = {
    "ex2.approx.f32": np.exp2,
    "lg2.approx.f32": np.log2,
    "tanh.approx.f32": np.tanh,
    "sin.approx.f32": np.sin,
    "cos.approx.f32": np.cos,
    "rcp.approx.f32": lambda a: 1 / a,
    "rsqrt.approx.f32": lambda a: 1 / np.sqrt(a),
    "sqrt.approx.f32": np.sqrt,
    "div.approx.f32": np.divide,
    "div.full.f32": np.divide,
}


def extern_rule(symbol: str) -> Rule | None:
    """The rule of a libdevice or ocml function, None when it is not known."""
    if symbol.startswith("__ocml_"):
        return _FUNCTIONS.get(re.sub(r"_f(16|32|64)$", "", symbol.removeprefix("__ocml_")))
    name = symbol.removeprefix("__nv_")
    # f32 functions end in `f`, as in C; some names do so by themselves.
    return _FUNCTIONS.get(name) or _FUNCTIONS.get(name.removesuffix("f"))


def asm_rule(asm: str) -> Rule | None:
    """The rule of one instruction `op $0, $1[, $2];`, None when it is not known or there are several."""
    match = re.fullmatch(r"\s*([\w.]+)\s+\$0((?:\s*,\s*\$\d+)+)\s*;\s*", asm)
    if match is None:
        return None
    order = [int(number) - 1 for number in re.findall(r"\$(\d+)", match.group(2))]
    rule = _INSTRUCTIONS.get(match.group(1).replace(".ftz", ""))
    return None if rule is None else lambda *args: rule(*[args[i] for i in order])
