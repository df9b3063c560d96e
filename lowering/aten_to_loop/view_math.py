"""Arithmetic of strided views: what an ATen view does to offset, sizes and strides, with symbolic sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fxopt.ir.symbolic import (
    Expr,
    IntExpr,
    Ranges,
    bounds,
    floordiv,
    free_vars,
    maximum,
    minimum,
    mod,
    product,
    simplify,
    symbol_range,
)
from fxopt.ir.types import contiguous_strides


class Layout(NamedTuple):
    """Where elements lie: index `(i, …)` is at `offset + sum(i_k * strides[k])`."""

    offset: IntExpr
    sizes: tuple[IntExpr, ...]
    strides: tuple[IntExpr, ...]

    @property
    def rank(self) -> int:
        return len(self.sizes)

    def with_dim(self, dim: int, size: IntExpr, stride: IntExpr, offset: IntExpr) -> Layout:
        """Dimension `dim` replaced and the offset set."""
        sizes, strides = self.sizes, self.strides
        return Layout(offset, (*sizes[:dim], size, *sizes[dim + 1 :]), (*strides[:dim], stride, *strides[dim + 1 :]))


class UnknownSignError(Exception):
    """An index counts from the end if it is negative, and a symbolic one may be either."""


def symbol_ranges(*exprs: IntExpr) -> Ranges:
    """Bounds of the size symbols of `exprs`."""
    names = frozenset[str]().union(*(free_vars(expr) for expr in exprs))
    return {name: symbol_range(name) for name in names}


def wrap_index(index: IntExpr, size: IntExpr) -> IntExpr:
    """`index`, or `size + index` where it is negative; raises `UnknownSignError` where that is not known."""
    ranges = symbol_ranges(index, size)
    low, high = bounds(index, ranges)
    if low is not None and low >= 0:
        return index
    if high is not None and high < 0:
        return index + size
    raise UnknownSignError(f"index {index} of a dim of size {size} may be negative or not")


def clamp_index(index: IntExpr, size: IntExpr) -> IntExpr:
    """`index` as a slice bound: wrapped if negative, then clamped to `[0, size]`."""
    wrapped = wrap_index(index, size)
    ranges = symbol_ranges(wrapped, size)
    low, _ = bounds(wrapped, ranges)
    room, _ = bounds(size - wrapped, ranges)
    if low is None or low < 0:
        wrapped = maximum(wrapped, 0)
    return minimum(wrapped, size) if room is None or room < 0 else wrapped


def select(layout: Layout, dim: int, index: IntExpr) -> Layout:
    """Index `index` of `dim`, which goes away."""
    offset = layout.offset + wrap_index(index, layout.sizes[dim]) * layout.strides[dim]
    sizes, strides = layout.sizes, layout.strides
    return Layout(offset, sizes[:dim] + sizes[dim + 1 :], strides[:dim] + strides[dim + 1 :])


def slice_(layout: Layout, dim: int, start: IntExpr | None, size: IntExpr, step: IntExpr) -> Layout:
    """`start::step` of `dim`, `size` elements of it."""
    first = clamp_index(0 if start is None else start, layout.sizes[dim])
    stride = layout.strides[dim]
    # Nothing is read of an empty slice; keep its pointer inside the storage.
    offset = layout.offset + (0 if size == 0 else first * stride)
    return layout.with_dim(dim, size, stride * step, offset)


def slice_length(size: IntExpr, start: IntExpr | None, end: IntExpr | None, step: IntExpr) -> IntExpr:
    """Elements of `start:end:step` of a dim of `size`."""
    first = clamp_index(0 if start is None else start, size)
    huge = end is None or (isinstance(end, int) and end >= 2**62)
    last = size if huge or end is None else clamp_index(end, size)
    length = floordiv(last - first + step - 1, step)
    low, _ = bounds(length, symbol_ranges(length))
    return length if low is not None and low >= 0 else maximum(length, 0)


def permute(layout: Layout, order: Sequence[int]) -> Layout:
    """Dims reordered; `order` may hold negative dims."""
    sizes, strides = layout.sizes, layout.strides
    return Layout(layout.offset, tuple(sizes[d] for d in order), tuple(strides[d] for d in order))


def move_dims(rank: int, source: Sequence[int], destination: Sequence[int]) -> list[int]:
    """The permutation that takes the dims `source` to the positions `destination`."""
    places = {d % rank: s % rank for s, d in zip(source, destination, strict=True)}
    rest = iter([d for d in range(rank) if d not in places.values()])
    return [places[d] if d in places else next(rest) for d in range(rank)]


def diagonal(layout: Layout, offset: int, dim1: int, dim2: int) -> Layout:
    """The diagonal `offset` above the main one of two dims, as the last dim."""
    sizes, strides = layout.sizes, layout.strides
    rows, cols = (sizes[dim1], sizes[dim2] - offset) if offset >= 0 else (sizes[dim1] + offset, sizes[dim2])
    length = maximum(minimum(rows, cols), 0)
    start = offset * strides[dim2] if offset >= 0 else -offset * strides[dim1]
    kept = [d for d in range(len(sizes)) if d not in (dim1, dim2)]
    return Layout(
        layout.offset + (0 if length == 0 else start),
        (*(sizes[d] for d in kept), length),
        (*(strides[d] for d in kept), strides[dim1] + strides[dim2]),
    )


def unfold(layout: Layout, dim: int, size: int, step: int) -> Layout:
    """Windows of `size` elements every `step` along `dim`; the position in the window is a new last dim."""
    if layout.rank == 0:
        return Layout(layout.offset, (size,), (1,))
    count = floordiv(layout.sizes[dim] - size, step) + 1
    moved = layout.with_dim(dim, count, layout.strides[dim] * step, layout.offset)
    return Layout(moved.offset, (*moved.sizes, size), (*moved.strides, layout.strides[dim]))


def squeeze(layout: Layout, dims: Sequence[int]) -> Layout:
    """Without those of `dims` whose size is 1."""
    kept = [d for d in range(layout.rank) if d not in dims or layout.sizes[d] != 1]
    return permute(layout, kept)


def unsqueeze(layout: Layout, dim: int) -> Layout:
    """With a dim of size 1 at `dim`; its stride is the one that torch reports."""
    sizes, strides = layout.sizes, layout.strides
    stride = sizes[dim] * strides[dim] if dim < layout.rank else 1
    return Layout(layout.offset, (*sizes[:dim], 1, *sizes[dim:]), (*strides[:dim], stride, *strides[dim:]))


def view_strides(
    sizes: Sequence[IntExpr], strides: Sequence[IntExpr], new_sizes: Sequence[IntExpr]
) -> tuple[IntExpr, ...] | None:
    """Strides under which the same elements read in row-major order as `new_sizes`, or `None` if there are none.

    Torch's `computeStride`: split the old dims into groups that are contiguous within themselves; each group must be
    the product of consecutive new dims. With symbolic sizes `None` may also mean that it could not be shown.
    """
    if 0 in sizes:
        return tuple(strides) if tuple(sizes) == tuple(new_sizes) else contiguous_strides(new_sizes)
    if not sizes:
        return contiguous_strides(new_sizes)
    result: list[IntExpr] = []
    remaining = list(new_sizes)
    base, numel = strides[-1], 1  # type: IntExpr, IntExpr
    for dim in range(len(sizes) - 1, -1, -1):
        numel = sizes[dim] * numel
        if dim and (sizes[dim - 1] == 1 or strides[dim - 1] == numel * base):
            continue
        taken: IntExpr = 1
        while remaining and (taken != numel or remaining[-1] == 1):
            result.append(taken * base)
            taken = remaining.pop() * taken
            if isinstance(taken, int) and isinstance(numel, int) and taken > numel:
                return None
        if taken != numel:
            return None
        if dim:
            base, numel = strides[dim - 1], 1
    return None if remaining else tuple(reversed(result))


def row_major_offset(sizes: Sequence[IntExpr], indices: Sequence[IntExpr]) -> IntExpr:
    """The position of an element when all elements are counted in row-major order."""
    position: IntExpr = 0
    for size, index in zip(sizes, indices, strict=True):
        position = position * size + index
    return position


def split_position(position: IntExpr, sizes: Sequence[IntExpr], ranges: Ranges) -> list[IntExpr]:
    """The inverse of `row_major_offset`; the first dim needs no `mod`."""
    result: list[IntExpr] = []
    for dim in range(len(sizes)):
        inner = product(sizes[dim + 1 :])
        index = floordiv(position, inner) if 0 not in sizes else 0
        result.append(simplify(index if dim == 0 else mod(index, sizes[dim]), ranges))
    return result


def reshaped_indices(
    old_sizes: Sequence[IntExpr], new_sizes: Sequence[IntExpr], indices: Sequence[IntExpr], ranges: Ranges
) -> list[IntExpr]:
    """Indices into a tensor of `old_sizes` of the element at `indices` of its reshape to `new_sizes`.

    Dims are matched in groups of equal products, so that divisions stay within a group.
    """
    result: list[IntExpr] = []
    for old, new in _groups(old_sizes, new_sizes):
        sizes = [new_sizes[d] for d in new]
        position = row_major_offset(sizes, [indices[d] for d in new])
        result += split_position(position, [old_sizes[d] for d in old], ranges)
    return result


def _groups(old: Sequence[IntExpr], new: Sequence[IntExpr]) -> list[tuple[range, range]]:
    """Consecutive dims of `old` and of `new` with equal products; one group of all where they cannot be matched."""
    groups: list[tuple[range, range]] = []
    i = j = 0
    while i < len(old) or j < len(new):
        first_i, first_j = i, j
        a: IntExpr = 1
        b: IntExpr = 1
        while (i == first_i and j == first_j) or a != b:
            if i < len(old) and (j == len(new) or _take_old(a, b, i == first_i)):
                a, i = a * old[i], i + 1
            elif j < len(new):
                b, j = b * new[j], j + 1
            else:
                return [(range(len(old)), range(len(new)))]
        groups.append((range(first_i, i), range(first_j, j)))
    return groups


def _take_old(a: IntExpr, b: IntExpr, first: bool) -> bool:
    """Whether the next dim to multiply in is an old one: the smaller product grows."""
    if isinstance(a, int) and isinstance(b, int):
        return a <= b
    if isinstance(a, Expr) and isinstance(b, Expr):
        return len(free_vars(a)) <= len(free_vars(b)) if a != b else first
    return isinstance(a, int)


def same_layout(sizes: Sequence[IntExpr], strides: Sequence[IntExpr], other: Sequence[IntExpr]) -> bool:
    """Whether two lists of strides place the elements alike: strides of dims of size 1 do not count."""
    return 0 in sizes or all(a == b or n == 1 for n, a, b in zip(sizes, strides, other, strict=True))
