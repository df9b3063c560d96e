"""Numpy meaning of `loop.reduce` and `loop.scan`: from `[..., R]` to `[...]` (reductions) or `[..., R]` (scans)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Rule = Callable[[Array], tuple[Array, ...]]


def _identity(dtype: np.dtype[Any], largest: bool) -> Any:
    """The greatest or the least value of a dtype."""
    if dtype.kind == "f":
        return np.inf if largest else -np.inf
    if dtype.kind == "b":
        return largest
    return np.iinfo(dtype).max if largest else np.iinfo(dtype).min


def _extremum(ufunc: np.ufunc, largest: bool) -> Rule:
    """`np.maximum` and `np.minimum` propagate NaN, as torch does; an empty range gives the identity."""
    return lambda v: (ufunc.reduce(v, axis=-1, initial=_identity(v.dtype, not largest)),)


def _boolean(logical: np.ufunc, bitwise: np.ufunc) -> Rule:
    return lambda v: ((logical if v.dtype == np.bool_ else bitwise).reduce(v, axis=-1),)


def _position(argument: Callable[..., Array]) -> Rule:
    """The first position of the extremum; the first NaN where there is one, which is what numpy gives."""
    return lambda v: (np.asarray(argument(v, axis=-1), np.int64),)


def _welford(values: Array) -> tuple[Array, ...]:
    """Mean and sum of squared deviations; 0 and 0 of nothing."""
    if values.shape[-1] == 0:
        zero = np.zeros(values.shape[:-1], values.dtype)
        return zero, zero
    mean = values.mean(axis=-1, dtype=np.float64)
    deviations = values - mean[..., None]
    return mean.astype(values.dtype), np.square(deviations).sum(axis=-1).astype(values.dtype)


def _wrapping(ufunc: np.ufunc) -> Rule:
    """Integers wrap at their own width, which numpy would widen."""
    return lambda v: (np.asarray(ufunc.reduce(v, axis=-1, dtype=v.dtype)),)


REDUCTIONS: dict[str, Rule] = {
    "sum": _wrapping(np.add),
    "prod": _wrapping(np.multiply),
    "max": _extremum(np.maximum, True),
    "min": _extremum(np.minimum, False),
    "any": _boolean(np.logical_or, np.bitwise_or),
    "all": _boolean(np.logical_and, np.bitwise_and),
    "xor": lambda v: (np.bitwise_xor.reduce(v, axis=-1),),
    "argmax": _position(np.argmax),
    "argmin": _position(np.argmin),
    "welford": _welford,
}


def _accumulate(ufunc: np.ufunc) -> Rule:
    return lambda v: (np.asarray(ufunc.accumulate(v, axis=-1, dtype=v.dtype)),)


def _running_position(ufunc: np.ufunc, reaches: np.ufunc) -> Rule:
    """The last position at which the running extremum was reached; from the first NaN on, the last NaN."""

    def rule(values: Array) -> tuple[Array, ...]:
        running = ufunc.accumulate(values, axis=-1)
        reached = reaches(values, running)
        if values.dtype.kind == "f":
            reached |= np.isnan(values)
        positions = np.where(reached, np.arange(values.shape[-1], dtype=np.int64), 0)
        return (np.maximum.accumulate(positions, axis=-1),)

    return rule


SCANS: dict[str, Rule] = {
    "sum": _accumulate(np.add),
    "prod": _accumulate(np.multiply),
    "max": _accumulate(np.maximum),
    "min": _accumulate(np.minimum),
    "argmax": _running_position(np.maximum, np.greater_equal),
    "argmin": _running_position(np.minimum, np.less_equal),
    "logaddexp": _accumulate(np.logaddexp),
}
