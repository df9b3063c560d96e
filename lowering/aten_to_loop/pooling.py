"""Pooling: small windows are unrolled into masked loads, large ones become reduced dims."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

from fxopt.dialects.fx.ops import GetItemOp
from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import IntExpr, bounds, ceildiv, floordiv, maximum, minimum, var
from fxopt.ir.types import DTYPES, TensorType
from fxopt.lowering.aten_to_loop.assemble import both, in_range
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.nest import NestBuilder
from fxopt.lowering.aten_to_loop.scalar import Val, compute_dtype
from fxopt.lowering.aten_to_loop.tables import Registry
from fxopt.lowering.aten_to_loop.tensor_ref import NotLowered, TensorRef
from fxopt.lowering.aten_to_loop.view_math import symbol_ranges
from fxopt.lowering.aten_to_loop.views import result_type, result_types

LOWERINGS = Registry()

MAX_UNROLLED = 27
"""Windows of more elements than this are reduced dims."""


class Window(NamedTuple):
    """The window along one spatial dim: element `k` of it is at `position * stride - padding + k * dilation`."""

    size: int
    stride: int
    padding: int
    dilation: int
    extent: IntExpr
    """Size of the input's dim."""
    positions: IntExpr
    """Size of the result's dim."""

    def start(self, position: IntExpr) -> IntExpr:
        return position * self.stride - self.padding

    def inside(self, nest: NestBuilder, position: IntExpr, k: IntExpr) -> Val | None:
        """Whether element `k` is in the tensor; `None` where it always is."""
        least, greatest = (k, k) if isinstance(k, int) else (0, self.size - 1)
        ranges = symbol_ranges(self.extent, self.positions)
        first = least * self.dilation - self.padding
        room = self.extent - 1 - ((self.positions - 1) * self.stride - self.padding + greatest * self.dilation)
        low, _ = bounds(room, ranges)
        above = low is None or low < 0
        return in_range(nest, self.start(position) + k * self.dilation, self.extent, below=first < 0, above=above)


def _spread(value: object, n: int) -> tuple[int, ...]:
    """An int list argument for `n` spatial dims: one number stands for all."""
    items = value if isinstance(value, tuple) else (value,)
    if not all(isinstance(item, int) for item in items):
        raise NotLowered("window of symbolic size")
    return tuple(items) * n if len(items) == 1 else tuple(items)  # type: ignore[arg-type]


def windows_of(op: FxCallOp, extents: Sequence[IntExpr], positions: Sequence[IntExpr], n: int) -> list[Window]:
    """The windows over the last `n` dims of a tensor of sizes `extents`, for a result of sizes `positions`."""
    args = op.bound()
    size = _spread(args["kernel_size"], n)
    stride = _spread(args["stride"], n) if args["stride"] else size
    padding, dilation = _spread(args["padding"], n), _spread(args.get("dilation", 1), n)
    spatial = zip(extents[len(extents) - n :], positions[len(positions) - n :], strict=True)
    return [
        Window(size[k], stride[k], padding[k], dilation[k], extent, count) for k, (extent, count) in enumerate(spatial)
    ]


class _Pool:
    """A pooling nest: its windows and the indices of the current element of the result."""

    def __init__(
        self, low: Lowering, ref: TensorRef, outputs: Sequence[TensorType], windows: Sequence[Window], unroll: bool
    ) -> None:
        self.ref = ref
        self.windows = windows
        self.unrolled = unroll
        out = outputs[0]
        parallel, indices = low.parallel_dims(out.sizes, out.strides)
        reduced = [] if unroll else [w.size for w in windows]
        self.nest = low.nest(parallel, reduced, outputs=outputs)
        self.indices = indices
        self.lead = indices[: out.rank - len(windows)]
        self.position = indices[out.rank - len(windows) :]

    def offsets(self) -> list[tuple[IntExpr, ...]]:
        """The elements of the window: all of them when unrolled, else the reduced dims."""
        if self.unrolled:
            return list(product(*(range(w.size) for w in self.windows)))
        return [tuple(var(f"r{k}") for k in range(len(self.windows)))]

    def element(self, offset: Sequence[IntExpr], other: int | float) -> tuple[Val, list[IntExpr]]:
        """The window's element, `other` outside of the tensor, and its position in the spatial dims."""
        mask: Val | None = None
        at: list[IntExpr] = []
        for window, position, k in zip(self.windows, self.position, offset, strict=True):
            at.append(window.start(position) + k * window.dilation)
            mask = both(mask, window.inside(self.nest, position, k))
        return self.nest.load(self.ref, [*self.lead, *at], mask, other), at


def _is_small(windows: Sequence[Window]) -> bool:
    return math.prod(w.size for w in windows) <= MAX_UNROLLED


def only_first_is_used(op: FxCallOp) -> bool:
    """Whether of the call's tuple nothing but element 0 is taken."""
    users = [use.operation for use in op.results[0].uses]
    return all(isinstance(user, GetItemOp) and user.template.args[1] == 0 for user in users)


def least(dtype: str) -> int | float:
    """The identity of `max`."""
    if DTYPES[dtype].category == "float":
        return -math.inf
    return 0 if not DTYPES[dtype].signed else -(1 << (DTYPES[dtype].size_bytes * 8 - 1))


# ---- max --------------------------------------------------------------------------------------------------


def spatial_rank(op: FxCallOp) -> int:
    """The n of `…pool<n>d…`."""
    return int(op.name.partition("pool")[2][0])


@LOWERINGS("aten.max_pool1d.default", "aten.max_pool2d.default", "aten.max_pool3d.default")
def lower_max_pool(low: Lowering, op: FxCallOp) -> TensorRef:
    """The greatest of each window; NaN if it holds one."""
    ref, out = low.operand(op.arg("self")), result_type(op)
    return _max_values(low, ref, out, windows_of(op, ref.sizes, out.sizes, spatial_rank(op)))


def _max_values(low: Lowering, ref: TensorRef, out: TensorType, windows: Sequence[Window]) -> TensorRef:
    pool = _Pool(low, ref, [out], windows, _is_small(windows))
    dtype = compute_dtype(out.dtype)
    values = [pool.element(offset, least(out.dtype))[0].to(dtype) for offset in pool.offsets()]
    result = values[0]
    for value in values[1:]:
        result = result.maximum(value)
    pool.nest.store(result if pool.unrolled else pool.nest.reduce("max", result), pool.indices)
    return pool.nest.result()


@LOWERINGS(
    "aten.max_pool1d_with_indices.default",
    "aten.max_pool2d_with_indices.default",
    "aten.max_pool3d_with_indices.default",
)
def lower_max_pool_with_indices(low: Lowering, op: FxCallOp) -> tuple[TensorRef | None, ...]:
    """The greatest of each window and its row-major position in the spatial dims."""
    ref, (out, positions) = low.operand(op.arg("self")), result_types(op)
    windows = windows_of(op, ref.sizes, out.sizes, spatial_rank(op))
    if only_first_is_used(op):
        return _max_values(low, ref, out, windows), None
    return _max_with_positions(low, ref, out, positions, windows)


def _max_with_positions(
    low: Lowering, ref: TensorRef, out: TensorType, positions: TensorType, windows: Sequence[Window]
) -> tuple[TensorRef, ...]:
    """Maxima and where they are: the first of equals, the last NaN."""
    if not _is_small(windows):
        raise NotLowered("pooling")
    pool = _Pool(low, ref, [out, positions], windows, True)
    nest, dtype = pool.nest, compute_dtype(out.dtype)
    best = nest.const(least(out.dtype), dtype)
    first = [_first_inside(window, position) for window, position in zip(windows, pool.position, strict=True)]
    where = nest.index(flat_position(first, windows))
    for offset in pool.offsets():
        value, at = pool.element(offset, least(out.dtype))
        value = value.to(dtype)
        better = value.gt(best) | value.isnan() if value.is_float else value.gt(best)
        best = better.select(value, best)
        where = better.select(nest.index(flat_position(at, windows)), where)
    nest.store(best, pool.indices)
    nest.store(where, pool.indices, k=1)
    return nest.done()


def flat_position(at: Sequence[IntExpr], windows: Sequence[Window]) -> IntExpr:
    """Row-major position in the spatial dims of the pooled tensor."""
    position: IntExpr = 0
    for index, window in zip(at, windows, strict=True):
        position = position * window.extent + index
    return position


def _first_inside(window: Window, position: IntExpr) -> IntExpr:
    """The first element of the window that is in the tensor."""
    start = window.start(position)
    if window.padding == 0:
        return start
    return start + maximum(ceildiv(-start, window.dilation), 0) * window.dilation


# ---- average ----------------------------------------------------------------------------------------------


@LOWERINGS("aten.avg_pool1d.default", "aten.avg_pool2d.default", "aten.avg_pool3d.default")
def lower_avg_pool(low: Lowering, op: FxCallOp) -> TensorRef:
    """The mean of each window, over `divisor_override`, or with or without the padding that it covers."""
    ref, out = low.operand(op.arg("self")), result_type(op)
    if DTYPES[out.dtype].category != "float":
        raise NotLowered("pooling")
    args = op.bound()
    windows = windows_of(op, ref.sizes, out.sizes, spatial_rank(op))
    pool = _Pool(low, ref, [out], windows, _is_small(windows))
    total = _window_sum(pool, compute_dtype(out.dtype))
    divisor = args.get("divisor_override")
    count: IntExpr = 1 if divisor is None else divisor
    if divisor is None:
        for window, position in zip(windows, pool.position, strict=True):
            count = covered(window, position, args["count_include_pad"]) * count
    pool.nest.store(over(pool.nest, total, count), pool.indices)
    return pool.nest.result()


def _window_sum(pool: _Pool, dtype: str) -> Val:
    values = [pool.element(offset, 0)[0].to(dtype) for offset in pool.offsets()]
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total if pool.unrolled else pool.nest.reduce("sum", total)


def over(nest: NestBuilder, total: Val, count: IntExpr) -> Val:
    """`total / count`."""
    if isinstance(count, int):
        return total if count == 1 else total / nest.const(count, total.dtype)
    return total / nest.index(count).to(total.dtype)


def covered(window: Window, position: IntExpr, with_padding: bool) -> IntExpr:
    """Elements of the window in the tensor, or in the padded tensor."""
    start = window.start(position)
    end = start + window.size
    edge = window.extent + (window.padding if with_padding else 0)
    ranges = symbol_ranges(window.extent, window.positions)
    last_end = (window.positions - 1) * window.stride - window.padding + window.size
    room, _ = bounds(edge - last_end, ranges)
    if room is None or room < 0:
        end = minimum(end, edge)
    if not with_padding and window.padding > 0:
        start = maximum(start, 0)
    return end - start


# ---- adaptive ---------------------------------------------------------------------------------------------


def _even_windows(ref: TensorRef, out: TensorType, n: int) -> list[Window] | None:
    """Windows of equal size that tile the input, or `None` where they do not."""
    result = []
    for extent, count in zip(ref.sizes[ref.rank - n :], out.sizes[out.rank - n :], strict=True):
        if not isinstance(extent, int) or not isinstance(count, int) or count == 0 or extent % count:
            return None
        result.append(Window(extent // count, extent // count, 0, 1, extent, count))
    return result


@LOWERINGS(
    "aten.adaptive_avg_pool1d.default",
    "aten.adaptive_avg_pool2d.default",
    "aten._adaptive_avg_pool2d.default",
    "aten.adaptive_avg_pool3d.default",
    "aten._adaptive_avg_pool3d.default",
)
def lower_adaptive_avg_pool(low: Lowering, op: FxCallOp) -> TensorRef:
    """The means of windows that divide the input as evenly as can be: `floor(i·n/m)` to `ceil((i+1)·n/m)`."""
    ref, out = low.operand(op.arg("self")), result_type(op)
    n = spatial_rank(op)
    dtype = compute_dtype(out.dtype)
    if DTYPES[out.dtype].category != "float":
        raise NotLowered("pooling")
    if all(size == 1 for size in out.sizes[out.rank - n :]):
        return _global_mean(low, ref, out, n, dtype)
    windows = _even_windows(ref, out, n)
    if windows is None:
        return _uneven_mean(low, ref, out, n, dtype)
    pool = _Pool(low, ref, [out], windows, _is_small(windows))
    total = _window_sum(pool, dtype)
    pool.nest.store(over(pool.nest, total, math.prod(w.size for w in windows)), pool.indices)
    return pool.nest.result()


def _global_mean(low: Lowering, ref: TensorRef, out: TensorType, n: int, dtype: str) -> TensorRef:
    parallel, indices = low.parallel_dims(out.sizes, out.strides)
    spatial = ref.sizes[ref.rank - n :]
    reduced, at = low.parallel_dims(spatial, ref.strides[ref.rank - n :], "r")
    nest = low.nest(parallel, reduced or [1], outputs=[out])
    total = nest.reduce("sum", nest.load(ref, [*indices[: out.rank - n], *at]).to(dtype))
    count: IntExpr = 1
    for size in spatial:
        count = size * count
    nest.store(over(nest, total, count), indices)
    return nest.result()


def _uneven_mean(low: Lowering, ref: TensorRef, out: TensorType, n: int, dtype: str) -> TensorRef:
    """Reduced dims as long as the longest window, the rest masked."""
    lead = out.rank - n
    extents, counts = ref.sizes[lead:], out.sizes[lead:]
    if not all(isinstance(size, int) and size > 0 for size in (*extents, *counts)):
        raise NotLowered("pooling")
    parallel, indices = low.parallel_dims(out.sizes, out.strides)
    longest = [_longest(a, b) for a, b in zip(extents, counts, strict=True)]
    nest = low.nest(parallel, longest, outputs=[out])
    mask: Val | None = None
    at: list[IntExpr] = []
    points: IntExpr = 1
    for k, (a, b) in enumerate(zip(extents, counts, strict=True)):
        position = indices[lead + k]
        start, end = floordiv(position * a, b), ceildiv((position + 1) * a, b)
        at.append(start + var(f"r{k}"))
        mask = both(mask, nest.index(at[-1] - end).lt(0))
        points = (end - start) * points
    total = nest.reduce("sum", nest.load(ref, [*indices[:lead], *at], mask, 0).to(dtype))
    nest.store(over(nest, total, points), indices)
    return nest.result()


def _longest(extent: IntExpr, count: IntExpr) -> int:
    """Elements of the longest of `count` windows over `extent`."""
    assert isinstance(extent, int) and isinstance(count, int)
    return max(-(-(i + 1) * extent // count) - i * extent // count for i in range(count))


@LOWERINGS("aten.adaptive_max_pool1d.default", "aten.adaptive_max_pool2d.default", "aten.adaptive_max_pool3d.default")
def lower_adaptive_max_pool(low: Lowering, op: FxCallOp) -> tuple[TensorRef | None, ...]:
    """Maxima of even windows, and their positions; uneven windows are left to torch."""
    ref, (out, positions) = low.operand(op.arg("self")), result_types(op)
    windows = _even_windows(ref, out, spatial_rank(op))
    if windows is None:
        raise NotLowered("pooling")
    if only_first_is_used(op):
        return _max_values(low, ref, out, windows), None
    return _max_with_positions(low, ref, out, positions, windows)
