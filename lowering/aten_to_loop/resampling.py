"""Upsampling: nearest neighbour, linear in one to three dims, bicubic.

Source coordinates are computed as torch computes them, in float32 (float64 for doubles), so that no pixel is off.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import IntExpr
from fxopt.ir.types import DTYPES
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.nest import Index, NestBuilder
from fxopt.lowering.aten_to_loop.scalar import Val, compute_dtype
from fxopt.lowering.aten_to_loop.tables import Registry
from fxopt.lowering.aten_to_loop.tensor_ref import NotLowered, TensorRef
from fxopt.lowering.aten_to_loop.views import result_type

LOWERINGS = Registry()

CUBIC = -0.75
"""The free coefficient of the cubic convolution kernel."""


class Axis(NamedTuple):
    """One resampled dim: the sizes before and after, the scale that the user gave, the index in the result."""

    source: IntExpr
    target: IntExpr
    scale: float | None
    position: IntExpr


def axes_of(
    op: FxCallOp, source: Sequence[IntExpr], indices: Sequence[IntExpr], target: Sequence[IntExpr]
) -> list[Axis]:
    """The resampled dims, all but batch and channel, of a tensor of sizes `source` that becomes one of `target`."""
    given = _scales(op, len(source) - 2)
    return [Axis(source[d], target[d], given[d - 2], indices[d]) for d in range(2, len(source))]


def _scales(op: FxCallOp, n: int) -> list[float | None]:
    args = op.bound()
    if "scale_factors" in args:
        values: Any = args["scale_factors"]
    else:
        values = tuple(args.get(name) for name in ("scales_d", "scales_h", "scales_w")[3 - n :])
        values = (args.get("scales"),) if n == 1 else values
    if values is None:
        return [None] * n
    if not all(value is None or isinstance(value, int | float) for value in values):
        raise NotLowered("symbolic scale factor")
    return [None if value is None or value <= 0 else float(value) for value in values]


def _ratio(nest: NestBuilder, axis: Axis, dtype: str, align_corners: bool) -> Val:
    """Source pixels a target pixel."""
    if align_corners:
        if axis.target == 1:
            return nest.const(0.0, dtype)
        return _divided(nest, axis.source - 1, axis.target - 1, dtype)
    if axis.scale is not None:
        return nest.const(1.0 / axis.scale, dtype)
    return _divided(nest, axis.source, axis.target, dtype)


def _divided(nest: NestBuilder, a: IntExpr, b: IntExpr, dtype: str) -> Val:
    """a / b rounded once to `dtype`, at compile time where sizes are known."""
    if isinstance(a, int) and isinstance(b, int):
        kind = np.float64 if dtype == "f64" else np.float32
        return nest.const(float(kind(a) / kind(b)), dtype)
    return nest.index(a).to(dtype) / nest.index(b).to(dtype)


def coordinate_dtype(dtype: str) -> str:
    """The dtype of source coordinates."""
    return "f64" if dtype == "f64" else "f32"


def _clamped(nest: NestBuilder, index: Val, size: IntExpr) -> Val:
    return index.maximum(0).minimum(nest.index(size - 1))


# ---- nearest ----------------------------------------------------------------------------------------------


def nearest_tap(nest: NestBuilder, axis: Axis, dtype: str, exact: bool) -> Index:
    """floor(i · ratio), or floor((i + ½) · ratio) where pixel centres count."""
    if isinstance(axis.source, int) and isinstance(axis.target, int):
        factor, rest = divmod(axis.target, max(axis.source, 1))
        if rest == 0 and factor and axis.scale in (None, float(factor)):
            return axis.position // factor  # either formula gives just this
    position = nest.index(axis.position).to(dtype)
    if exact:
        position = position + 0.5
    source = nest.math("floor", position * _ratio(nest, axis, dtype, False)).to("i64")
    return _clamped(nest, source, axis.source)


def _nearest_names() -> list[str]:
    return [
        f"aten.{kind}{n}d.{overload}"
        for kind in ("upsample_nearest", "_upsample_nearest_exact")
        for n in (1, 2, 3)
        for overload in ("default", "vec")
    ]


@LOWERINGS(*_nearest_names())
def lower_nearest(low: Lowering, op: FxCallOp) -> TensorRef:
    """Each pixel is the nearest one of the source."""
    ref, out = low.operand(op.operands[0]), result_type(op)
    nest, indices = low.nest_over(out)
    dtype = coordinate_dtype(out.dtype)
    axes = axes_of(op, ref.sizes, indices, out.sizes)
    at = [nearest_tap(nest, axis, dtype, "exact" in op.name) for axis in axes]
    nest.store(nest.load(ref, [*indices[:2], *at]), indices)
    return nest.result()


# ---- linear -----------------------------------------------------------------------------------------------


def _coordinate(nest: NestBuilder, axis: Axis, dtype: str, align_corners: bool) -> Val:
    """Where the pixel lies in the source."""
    ratio = _ratio(nest, axis, dtype, align_corners)
    position = nest.index(axis.position).to(dtype)
    return ratio * position if align_corners else ratio * (position + 0.5) - 0.5


def linear_taps(nest: NestBuilder, axis: Axis, dtype: str, align_corners: bool) -> list[tuple[Index, Val]]:
    """The two neighbours along an axis and their weights."""
    coordinate = _coordinate(nest, axis, dtype, align_corners).maximum(0.0)
    first = coordinate.to("i64").minimum(nest.index(axis.source - 1))
    second = (first + 1).minimum(nest.index(axis.source - 1))
    weight = (coordinate - first.to(dtype)).maximum(0.0).minimum(1.0)
    return [(first, 1.0 - weight), (second, weight)]


@LOWERINGS(
    "aten.upsample_linear1d.default",
    "aten.upsample_linear1d.vec",
    "aten.upsample_bilinear2d.default",
    "aten.upsample_bilinear2d.vec",
    "aten.upsample_trilinear3d.default",
    "aten.upsample_trilinear3d.vec",
)
def lower_linear(low: Lowering, op: FxCallOp) -> TensorRef:
    """Weighted mean of the nearest two pixels along each axis."""
    return _separable(low, op, linear_taps)


# ---- cubic ------------------------------------------------------------------------------------------------


def _near(x: Val) -> Val:
    """The cubic convolution kernel for 0 <= x <= 1."""
    return ((x * (CUBIC + 2) - (CUBIC + 3)) * x) * x + 1.0


def _far(x: Val) -> Val:
    """The cubic convolution kernel for 1 <= x <= 2."""
    return ((x * CUBIC - 5 * CUBIC) * x + 8 * CUBIC) * x - 4 * CUBIC


def cubic_taps(nest: NestBuilder, axis: Axis, dtype: str, align_corners: bool) -> list[tuple[Index, Val]]:
    """The four neighbours along an axis and their weights."""
    coordinate = _coordinate(nest, axis, dtype, align_corners)
    floor = nest.math("floor", coordinate)
    base = floor.to("i64")
    t = (coordinate - floor).maximum(0.0).minimum(1.0)
    weights = (_far(t + 1.0), _near(t), _near(1.0 - t), _far(2.0 - t))
    return [(_clamped(nest, base + (k - 1), axis.source), weight) for k, weight in enumerate(weights)]


@LOWERINGS("aten.upsample_bicubic2d.default", "aten.upsample_bicubic2d.vec")
def lower_bicubic(low: Lowering, op: FxCallOp) -> TensorRef:
    """Cubic convolution over four pixels along each axis."""
    return _separable(low, op, cubic_taps)


def _separable(low: Lowering, op: FxCallOp, taps_of: Any) -> TensorRef:
    """The weighted sum over the product of every axis's taps, the last axis summed first."""
    ref, out = low.operand(op.operands[0]), result_type(op)
    if DTYPES[out.dtype].category != "float":
        raise NotLowered("resampling of integers")
    nest, indices = low.nest_over(out)
    dtype = compute_dtype(out.dtype)
    align_corners = op.arg("align_corners")
    axes = axes_of(op, ref.sizes, indices, out.sizes)
    taps = [taps_of(nest, axis, coordinate_dtype(out.dtype), align_corners) for axis in axes]

    def weighted(depth: int, at: list[Index]) -> Val:
        if depth == len(taps):
            return nest.load(ref, [*indices[:2], *at]).to(dtype)
        parts = [weighted(depth + 1, [*at, index]) * weight for index, weight in taps[depth]]
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total

    nest.store(weighted(0, []), indices)
    return nest.result()


# ---- sampling at a grid -----------------------------------------------------------------------------------


def _grid_pixel(nest: NestBuilder, value: Val, size: IntExpr, align_corners: bool) -> Val:
    """A grid coordinate in [-1, 1] in pixels."""
    extent = nest.const(size, value.dtype) if isinstance(size, int) else nest.index(size).to(value.dtype)
    return (value + 1.0) * 0.5 * (extent - 1.0) if align_corners else ((value + 1.0) * extent - 1.0) * 0.5


@LOWERINGS("aten.grid_sampler_2d.default")
def lower_grid_sampler(low: Lowering, op: FxCallOp) -> TensorRef:
    """Bilinear or nearest samples of `input` at `grid[n, h, w] = (x, y)`; zeros or the border outside."""
    ref, grid, out = low.operand(op.arg("input")), low.operand(op.arg("grid")), result_type(op)
    mode, padding, align_corners = op.arg("interpolation_mode"), op.arg("padding_mode"), op.arg("align_corners")
    if mode not in (0, 1) or padding not in (0, 1) or 0 in ref.sizes:
        raise NotLowered(f"grid_sampler_2d with interpolation {mode}, padding {padding}")
    nest, indices = low.nest_over(out)
    n, c, h, w = indices
    dtype = compute_dtype(out.dtype)
    taps = []
    for k, size in ((1, ref.sizes[2]), (0, ref.sizes[3])):
        pixel = _grid_pixel(nest, nest.load(grid, [n, h, w, k]).to(dtype), size, align_corners)
        if padding == 1:
            pixel = pixel.maximum(0.0).minimum(nest.index(size - 1).to(dtype))
        taps.append(_grid_taps(nest, pixel, size, nearest=mode == 1))
    total: Val | None = None
    for (y, y_inside, y_weight), (x, x_inside, x_weight) in product(*taps):
        value = nest.load(ref, [n, c, y, x], y_inside & x_inside, 0).to(dtype)
        if y_weight is not None:
            value = value * (y_weight * x_weight)
        total = value if total is None else total + value
    assert total is not None
    nest.store(total, indices)
    return nest.result()


def _grid_taps(nest: NestBuilder, pixel: Val, size: IntExpr, nearest: bool) -> list[tuple[Val, Val, Any]]:
    """(index, whether it is in the tensor, weight) of the pixels that a sample takes part in."""
    floors: list[tuple[Val, Val | None]]
    if nearest:
        floors = [(nest.math("roundeven", pixel), None)]
    else:
        floor = nest.math("floor", pixel)
        floors = [(floor, floor + 1.0 - pixel), (floor + 1.0, pixel - floor)]
    result = []
    for position, weight in floors:
        inside = position.ge(0.0) & position.lt(nest.index(size).to(pixel.dtype))
        result.append((_clamped(nest, position.to("i64"), size), inside, weight))
    return result
