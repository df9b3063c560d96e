"""Gradients of pooling, resampling and padding.

Where a bounded number of results touches each element, the gradient gathers from them: parallel, and the same sum each
time. Otherwise it is added atomically.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import IntExpr, floordiv
from fxopt.ir.types import DTYPES, TensorType
from fxopt.lowering.aten_to_loop.assemble import both, clamped, in_range, pads_of, reflected
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.fills import filled
from fxopt.lowering.aten_to_loop.nest import Index, NestBuilder
from fxopt.lowering.aten_to_loop.pooling import Window, covered, flat_position, over, spatial_rank, windows_of
from fxopt.lowering.aten_to_loop.resampling import Axis, axes_of, coordinate_dtype, cubic_taps, linear_taps, nearest_tap
from fxopt.lowering.aten_to_loop.scalar import Val, compute_dtype
from fxopt.lowering.aten_to_loop.scatter import scattered
from fxopt.lowering.aten_to_loop.tables import Registry
from fxopt.lowering.aten_to_loop.tensor_ref import NotLowered, TensorRef
from fxopt.lowering.aten_to_loop.views import result_type

LOWERINGS = Registry()

MAX_GATHERED = 16
"""Gradients of elements that more results touch are left to torch's kernels, or added atomically."""


def zeros(low: Lowering, out: TensorType) -> TensorRef:
    """Zeros to add to, in the dtype that sums are kept in."""
    return filled(low, TensorType.of(out.sizes, compute_dtype(out.dtype), out.strides, out.device), 0)


# ---- pooling ----------------------------------------------------------------------------------------------


class _Touching:
    """The results whose windows touch the current element of the input: at most `ceil(window / stride)` a dim."""

    def __init__(self, nest: NestBuilder, windows: Sequence[Window], at: Sequence[IntExpr]) -> None:
        self.nest = nest
        self.windows = windows
        self.at = at

    @staticmethod
    def count(windows: Sequence[Window]) -> int:
        return math.prod(_touching(window) for window in windows)

    def results(self) -> list[tuple[list[IntExpr], Val | None]]:
        """Position of each result, and whether it exists and its window reaches the element."""
        return [self._result(steps) for steps in product(*(range(_touching(window)) for window in self.windows))]

    def _result(self, steps: Sequence[int]) -> tuple[list[IntExpr], Val | None]:
        positions: list[IntExpr] = []
        mask: Val | None = None
        for window, index, back in zip(self.windows, self.at, steps, strict=True):
            position = floordiv(index + window.padding, window.stride) - back
            positions.append(position)
            mask = both(mask, in_range(self.nest, position, window.positions))
            distance = index + window.padding - position * window.stride
            mask = both(mask, self.nest.index(distance - _reach(window)).lt(0))
        return positions, mask


def _reach(window: Window) -> int:
    """Elements from the window's first to its last."""
    return (window.size - 1) * window.dilation + 1


def _touching(window: Window) -> int:
    return -(-_reach(window) // window.stride)


@LOWERINGS("aten.max_pool2d_with_indices_backward.default", "aten.max_pool3d_with_indices_backward.default")
def lower_max_pool_backward(low: Lowering, op: FxCallOp) -> TensorRef:
    """Each element gets the gradients of the maxima that it was."""
    grad, chosen, out = low.operand(op.arg("grad_output")), low.operand(op.arg("indices")), result_type(op)
    n = spatial_rank(op)
    windows = windows_of(op, out.sizes, grad.sizes, n)
    if _Touching.count(windows) > MAX_GATHERED:
        raise NotLowered("pooling")
    nest, indices = low.nest_over(out)
    lead, at = indices[: out.rank - n], indices[out.rank - n :]
    here = nest.index(flat_position(at, windows))
    dtype = compute_dtype(out.dtype)
    total: Val = nest.const(0, dtype)
    for position, mask in _Touching(nest, windows, at).results():
        winner = nest.load(chosen, [*lead, *position], mask, -1).to("i64")
        value = nest.load(grad, [*lead, *position], mask, 0).to(dtype)
        total = total + winner.eq(here).select(value, 0)
    nest.store(total, indices)
    return nest.result()


@LOWERINGS("aten.avg_pool2d_backward.default", "aten.avg_pool3d_backward.default")
def lower_avg_pool_backward(low: Lowering, op: FxCallOp) -> TensorRef:
    """Each element gets its share of the gradients of the means that it went into."""
    grad, out, args = low.operand(op.arg("grad_output")), result_type(op), op.bound()
    n = spatial_rank(op)
    windows = windows_of(op, out.sizes, grad.sizes, n)
    if _Touching.count(windows) > MAX_GATHERED or DTYPES[out.dtype].category != "float":
        raise NotLowered("pooling")
    nest, indices = low.nest_over(out)
    lead, at = indices[: out.rank - n], indices[out.rank - n :]
    dtype = compute_dtype(out.dtype)
    total: Val = nest.const(0, dtype)
    for position, mask in _Touching(nest, windows, at).results():
        count: IntExpr = 1 if args["divisor_override"] is None else args["divisor_override"]
        if args["divisor_override"] is None:
            for window, index in zip(windows, position, strict=True):
                count = covered(window, index, args["count_include_pad"]) * count
        value = nest.load(grad, [*lead, *position], mask, 0).to(dtype)
        share = over(nest, value, count)
        total = total + (share if isinstance(count, int) or mask is None else mask.select(share, 0))
    nest.store(total, indices)
    return nest.result()


@LOWERINGS("aten._adaptive_avg_pool2d_backward.default", "aten._adaptive_avg_pool3d_backward.default")
def lower_adaptive_avg_pool_backward(low: Lowering, op: FxCallOp) -> TensorRef:
    """Each element gets its share of its window's gradient, where windows tile the input."""
    grad, out = low.operand(op.arg("grad_output")), result_type(op)
    n = spatial_rank(op)
    lead = out.rank - n
    nest, indices = low.nest_over(out)
    at: list[IntExpr] = []
    count: IntExpr = 1
    for extent, positions, index in zip(out.sizes[lead:], grad.sizes[lead:], indices[lead:], strict=True):
        if positions == 1:
            at.append(0)
            count = extent * count
        elif isinstance(extent, int) and isinstance(positions, int) and positions and extent % positions == 0:
            at.append(floordiv(index, extent // positions))
            count = extent // positions * count
        else:
            raise NotLowered("pooling")
    value = nest.load(grad, [*indices[:lead], *at]).to(compute_dtype(out.dtype))
    nest.store(over(nest, value, count), indices)
    return nest.result()


# ---- resampling -------------------------------------------------------------------------------------------


def _nearest_names() -> list[str]:
    kinds = ("upsample_nearest", "_upsample_nearest_exact")
    return [f"aten.{kind}{n}d_backward.default" for kind in kinds for n in (1, 2, 3)]


@LOWERINGS(*_nearest_names())
def lower_nearest_backward(low: Lowering, op: FxCallOp) -> TensorRef:
    """Each pixel gets the gradients of its copies."""
    grad, out = low.operand(op.arg("grad_output")), result_type(op)
    factors = _whole_factors(op, grad, out)
    if factors is None:
        return _spread(low, op, "nearest")
    nest, indices = low.nest_over(out)
    dtype = compute_dtype(out.dtype)
    total: Val | None = None
    for offset in product(*map(range, factors)):
        at = [index * f + k for index, f, k in zip(indices[2:], factors, offset, strict=True)]
        value = nest.load(grad, [*indices[:2], *at]).to(dtype)
        total = value if total is None else total + value
    assert total is not None
    nest.store(total, indices)
    return nest.result()


def _whole_factors(op: FxCallOp, grad: TensorRef, out: TensorType) -> list[int] | None:
    """By how much each dim was enlarged, if by small integers."""
    factors = []
    for axis in axes_of(op, out.sizes, [0] * out.rank, grad.sizes):
        if not isinstance(axis.source, int) or not isinstance(axis.target, int) or axis.source == 0:
            return None
        factor, rest = divmod(axis.target, axis.source)
        if rest or factor == 0 or axis.scale not in (None, float(factor)):
            return None
        factors.append(factor)
    return factors if math.prod(factors) <= MAX_GATHERED else None


@LOWERINGS(
    "aten.upsample_linear1d_backward.default",
    "aten.upsample_bilinear2d_backward.default",
    "aten.upsample_trilinear3d_backward.default",
)
def lower_linear_backward(low: Lowering, op: FxCallOp) -> TensorRef:
    """Each gradient is shared among the pixels that it was interpolated from."""
    return _spread(low, op, "linear")


@LOWERINGS("aten.upsample_bicubic2d_backward.default")
def lower_bicubic_backward(low: Lowering, op: FxCallOp) -> TensorRef:
    """Each gradient is shared among the sixteen pixels around it."""
    return _spread(low, op, "cubic")


def _taps(op: FxCallOp, nest: NestBuilder, axis: Axis, kind: str, dtype: str) -> list[tuple[Index, Val | None]]:
    if kind == "nearest":
        return [(nearest_tap(nest, axis, dtype, "exact" in op.name), None)]
    taps = linear_taps if kind == "linear" else cubic_taps
    return [*taps(nest, axis, dtype, op.arg("align_corners"))]


def _spread(low: Lowering, op: FxCallOp, kind: str) -> TensorRef:
    """Zeros with every gradient added, by weight, to the pixels that its result was made of."""
    grad, out = low.operand(op.arg("grad_output")), result_type(op)

    def emit(nest: NestBuilder, indices: list[IntExpr]) -> None:
        dtype = nest.outputs[0].dtype
        axes = axes_of(op, out.sizes, indices, grad.sizes)
        value = nest.load(grad, indices).to(dtype)
        taps = [_taps(op, nest, axis, kind, coordinate_dtype(out.dtype)) for axis in axes]
        for combination in product(*taps):
            share = value
            for _, weight in combination:
                share = share if weight is None else share * weight
            nest.store(share, [*indices[:2], *(index for index, _ in combination)], mode="add")

    return scattered(low, zeros(low, out), out, grad.sizes, emit, "add")


# ---- padding ----------------------------------------------------------------------------------------------


@LOWERINGS(
    *(f"aten.{kind}_pad{n}d_backward.default" for kind in ("reflection", "replication") for n in (1, 2, 3)),
)
def lower_edge_pad_backward(low: Lowering, op: FxCallOp) -> TensorRef:
    """Every gradient is added to the element that was repeated there."""
    grad, out = low.operand(op.arg("grad_output")), result_type(op)
    inside = reflected if "reflection" in op.name else clamped
    pads = pads_of(low, op, "padding", out.rank)

    def emit(nest: NestBuilder, indices: list[IntExpr]) -> None:
        at = [
            inside(index - before, size) if (before, after) != (0, 0) else index
            for index, (before, after), size in zip(indices, pads, out.sizes, strict=True)
        ]
        nest.store(nest.load(grad, indices).to(nest.outputs[0].dtype), at, mode="add")

    return scattered(low, zeros(low, out), out, grad.sizes, emit, "add")


# ---- windows as columns -----------------------------------------------------------------------------------


def _column_windows(op: FxCallOp, sizes: Sequence[IntExpr]) -> list[Window]:
    """The two windows of `im2col` and `col2im` over an image of `sizes`."""
    args = op.bound()
    result = []
    for k in range(2):
        size, stride, padding, dilation = (
            args[name][k if len(args[name]) > 1 else 0] for name in ("kernel_size", "stride", "padding", "dilation")
        )
        reach = (size - 1) * dilation + 1
        positions = floordiv(sizes[len(sizes) - 2 + k] + 2 * padding - reach, stride) + 1
        result.append(Window(size, stride, padding, dilation, sizes[len(sizes) - 2 + k], positions))
    return result


def _element(
    nest: NestBuilder, windows: Sequence[Window], row: IntExpr, column: IntExpr
) -> tuple[list[IntExpr], Val | None]:
    """The pixel in row `row` (channel, then window offset) and column `column` (window) of `im2col`, and its mask."""
    high, wide = windows
    offsets = (floordiv(row, wide.size) % high.size, row % wide.size)
    places = (floordiv(column, wide.positions), column % wide.positions)
    at: list[IntExpr] = [floordiv(row, high.size * wide.size)]
    mask: Val | None = None
    for window, place, offset in zip(windows, places, offsets, strict=True):
        pixel = place * window.stride - window.padding + offset * window.dilation
        at.append(pixel)
        if window.padding:
            mask = both(mask, in_range(nest, pixel, window.extent))
    return at, mask


@LOWERINGS("aten.im2col.default")
def lower_im2col(low: Lowering, op: FxCallOp) -> TensorRef:
    """Every window of the image as a column."""
    ref, out = low.operand(op.arg("self")), result_type(op)
    windows = _column_windows(op, ref.sizes)
    nest, indices = low.nest_over(out)
    at, mask = _element(nest, windows, indices[-2], indices[-1])
    nest.store(nest.load(ref, [*indices[:-2], *at], mask, 0), indices)
    return nest.result()


@LOWERINGS("aten.col2im.default")
def lower_col2im(low: Lowering, op: FxCallOp) -> TensorRef:
    """Columns added back to the windows that they came from."""
    ref, out = low.operand(op.arg("self")), result_type(op)
    windows = _column_windows(op, out.sizes)

    def emit(nest: NestBuilder, indices: list[IntExpr]) -> None:
        at, mask = _element(nest, windows, indices[-2], indices[-1])
        value = nest.load(ref, indices).to(nest.outputs[0].dtype)
        nest.store(value, [*indices[:-2], *at], mask=mask, mode="add")

    return scattered(low, zeros(low, out), out, ref.sizes, emit, "add")
