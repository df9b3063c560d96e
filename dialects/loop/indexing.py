"""Index expressions within an iteration domain: simplification, strides, and the inverse of a linear access."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from fxopt.dialects.loop.attrs import Domain
from fxopt.ir.symbolic import (
    IntExpr,
    evaluate,
    floordiv,
    free_vars,
    linear_coefficients,
    mod,
    simplify,
    substitute,
    var,
)

SIZE_GUESS = 4096
"""What a size symbol counts as where only an order of magnitude matters."""


class DomainIndexer:
    """Simplifies index expressions of one domain; remembers what it has simplified."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.extents = domain.dims()
        self.ranges = domain.ranges()
        self._cache: dict[IntExpr, IntExpr] = {}

    def simplify(self, expr: IntExpr) -> IntExpr:
        if isinstance(expr, int):
            return expr
        result = self._cache.get(expr)
        if result is None:
            result = self._cache[expr] = simplify(expr, self.ranges, self.extents)
        return result

    def strides(self, expr: IntExpr) -> dict[str, IntExpr] | None:
        """The stride of each dim in `expr`, or `None` where it is not linear in the dims that it mentions."""
        return linear_coefficients(expr, free_vars(expr) & self.extents.keys())


def match_coordinates(
    digits: Sequence[Digit], offset: IntExpr, index: IntExpr, extents: Mapping[str, IntExpr]
) -> dict[str, IntExpr] | None:
    """The point of an indirect access that addresses each dim of a tensor by a variable of its own, or `None`.

    `d0 * 64 + i0` on a tensor stored at `d0 * 64 + d1` is the point (d0, i0): an indirect index is the coordinate of
    the dim whose stride it has, so it stays within this dim, where `invert` would have to allow for more.
    """
    names = sorted(free_vars(index))
    used = [name for name in names if name in extents or (name[0] == "i" and name[1:].isdigit())]
    slopes = linear_coefficients(index, used)
    if slopes is None:
        return None
    rest = substitute(index, dict.fromkeys(used, 0)) - offset
    point: dict[str, IntExpr] = {}
    for digit in digits:
        fitting = [name for name in used if slopes[name] == digit.stride]
        if len(fitting) != 1 or not _within(extents.get(fitting[0], digit.extent), digit.extent):
            return None
        used.remove(fitting[0])
        if not isinstance(rest, int) or not isinstance(digit.stride, int):
            if rest != 0:
                return None
            point[digit.dim] = var(fitting[0])
        else:
            point[digit.dim] = var(fitting[0]) + rest // digit.stride
            rest %= digit.stride
    return point if not used and rest == 0 else None


def _within(part: IntExpr, whole: IntExpr) -> bool:
    return part <= whole if isinstance(part, int) and isinstance(whole, int) else part == whole


@lru_cache(maxsize=1024)
def indexer_for(domain: Domain) -> DomainIndexer:
    """The indexer of a domain: the layers of a network share it, and what it remembers."""
    return DomainIndexer(domain)


def size_hint(expr: IntExpr) -> int:
    """`expr` with every size symbol guessed."""
    return expr if isinstance(expr, int) else evaluate(expr, dict.fromkeys(expr.free_vars(), SIZE_GUESS))


class Digit(NamedTuple):
    """One dim of a mixed-radix number: `dim` runs over `extent` values, `stride` apart."""

    dim: str
    extent: IntExpr
    stride: IntExpr


def digits_of(expr: IntExpr, extents: Mapping[str, IntExpr]) -> tuple[list[Digit], IntExpr] | None:
    """The dims of a linear access from the outermost in memory to the innermost, and the constant offset.

    `None` unless the access is linear and gives every point of its dims an element of its own: each stride is a
    multiple of the span of the dims inside it.
    """
    used = sorted(name for name in free_vars(expr) if name in extents)
    slopes = linear_coefficients(expr, used)
    if slopes is None:
        return None
    offset = substitute(expr, dict.fromkeys(used, 0))
    digits = sorted((Digit(name, extents[name], slopes[name]) for name in used if extents[name] != 1), key=_by_stride)
    span: IntExpr = 1
    for digit in reversed(digits):
        if not _is_multiple(digit.stride, span):
            return None
        span = digit.stride * digit.extent
    return digits, offset


def _by_stride(digit: Digit) -> tuple[int, str]:
    return (-size_hint(digit.stride), digit.dim)


def _is_multiple(value: IntExpr, unit: IntExpr) -> bool:
    """Whether `value` is provably a positive multiple of `unit`, as far as terms show."""
    if isinstance(value, int):
        return isinstance(unit, int) and 0 < unit <= value and value % unit == 0
    return mod(value, unit) == 0 and size_hint(value) > 0


def invert(digits: Sequence[Digit], offset: IntExpr, value: IntExpr) -> dict[str, IntExpr]:
    """The point at which the access `digits`, `offset` touches element `value`: one expression a dim.

    `value` must be an element that the access touches, so the outermost dim needs no `mod`.
    """
    position = value - offset
    point: dict[str, IntExpr] = {}
    for i, (dim, _, stride) in enumerate(digits):
        quotient = floordiv(position, stride)
        point[dim] = quotient if i == 0 else mod(quotient, floordiv(digits[i - 1].stride, stride))
    return point
