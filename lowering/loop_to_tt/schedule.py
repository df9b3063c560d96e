"""Chooses the tile, the loop and the warps of a GPU kernel from its sizes and strides.

Pointwise kernels: blocks of about 1024 neighbouring points, 8 a thread, so that a thread's accesses are 16 bytes; where
accesses disagree on the dim that they walk with stride 1 (transposes), two-dimensional tiles of 32 or 64 by the same,
which are transposed in shared memory.

Outer dims are spread over the grid instead where that makes loads scalars (a scale by channel), and where extents are
unknown.

Reductions along contiguous dims keep whole rows in registers as long as a row has at most `MAX_ROW` points: each input
is then read once, whatever the number of passes over it. Short rows share a program, `TILE` points together. Longer
rows, and those of unknown length, are walked by a loop for each phase. Reductions across contiguous dims take a tile of
neighbouring columns and several rows.

Where that would leave fewer programs than the device has multiprocessors, blocks shrink.
"""

from __future__ import annotations

from dataclasses import replace

from fxopt.ir.symbolic import linear_coefficients, product
from fxopt.ir.types import TensorType
from fxopt.lowering.loop_to_tt.axes import Axis, Schedule, make_axis
from fxopt.lowering.loop_to_tt.online import find_pairs
from fxopt.lowering.loop_to_vector.dims import magnitude
from fxopt.lowering.loop_to_vector.model import KernelModel, Node

MAX_ROW = 32768
"""Rows up to this many points stay in registers, 32 a thread, if they would be read more than once otherwise."""
MAX_ROW_ONCE = 8192
"""The same for rows that are walked once."""
TILE = 4096
"""Points of a tile of a reduction."""
_MIN_PROGRAMS = 264
"""Two for each of the 132 multiprocessors of an H100 or H200."""
_POINTS = 1024
_ROW = 128
"""Inner dims of unknown kernels are walked together up to this many points."""
_LOOP_BLOCK = 4096
_UNKNOWN_LOOP_BLOCK = 1024


def choose_schedule(model: KernelModel) -> Schedule:
    """The schedule of an analysed model."""
    if model.reduced:
        return _outer_reduction(model) if _walks_columns(model) else _inner_reduction(model)
    return _transposing(model) or _linear(model)


def power_of_two_from(size: int) -> int:
    """The least power of two that is not below `size`."""
    return 1 << max(size - 1, 0).bit_length()


def _points(model: KernelModel, names: list[str]) -> int:
    return max(1, magnitude(product(model.extent(name) for name in names)))


def _warps(points: int, points_a_thread: int, most: int) -> int:
    return max(1, min(most, points // (32 * points_a_thread)))


# Pointwise


def _linear(model: KernelModel) -> Schedule:
    if not model.parallel:
        return Schedule((), 1)
    known = _is_known(model, model.parallel)
    split = _row_split(model) if known else _unknown_split(model)
    if split:
        return _by_rows(model, split)
    total = _points(model, model.parallel)
    block = min(_POINTS, power_of_two_from(total))
    while block > 128 and total // block < _MIN_PROGRAMS:
        block //= 2
    warps = _warps(block, 8, 4) if block >= _POINTS else _warps(block, 4, 4)
    return Schedule((make_axis("x", model.parallel, model.dims, block, 0),), warps)


def _unknown_split(model: KernelModel) -> int:
    """Dims of unknown extent belong in the grid: one division a program to find them, instead of one a point."""
    split = len(model.parallel) - 1
    while split > 0 and _points(model, model.parallel[split:]) < _ROW:
        split -= 1
    return split


def _row_split(model: KernelModel) -> int:
    """How many outer dims make loads scalars if they are in the grid, where the inner ones fill aligned blocks."""
    for split in range(len(model.parallel) - 1, 0, -1):
        inner = model.parallel[split:]
        points = _points(model, inner)
        if points < 2 * _ROW or points % 16 or _fitting_block(points) is None:
            continue
        if any(node.kind == "load" and node.varies and node.varies.isdisjoint(inner) for node in model.nodes):
            return split
    return 0


def _fitting_block(points: int) -> int | None:
    """The largest block that leaves at most an eighth of its lanes idle."""
    return next((size for size in (1024, 512, 256, 128) if -(-points // size) * size <= points * 9 // 8), None)


def _by_rows(model: KernelModel, split: int) -> Schedule:
    """The first `split` dims one point a program, blocks of the others."""
    inner = model.parallel[split:]
    points = _points(model, inner)
    block = _fitting_block(points) or min(_POINTS, power_of_two_from(points))
    outer = make_axis("g", model.parallel[:split], model.dims, 1, None)
    return Schedule((outer, make_axis("x", inner, model.dims, block, 0)), _warps(block, 8, 4))


def _unit_dim(model: KernelModel, node: Node) -> str | None:
    """The dim along which an access is contiguous."""
    for name in model.dims:
        steps = linear_coefficients(node.index, [name])
        if steps is not None and steps[name] in (1, -1) and magnitude(model.extent(name)) > 1:
            return name
    return None


def _bytes_by_unit_dim(model: KernelModel) -> dict[str, int]:
    """Dim -> bytes of accesses that are contiguous along it and vary over it."""
    result: dict[str, int] = {}
    for node in model.memory_nodes():
        name = _unit_dim(model, node)
        assert node.buffer is not None and isinstance(node.buffer.type, TensorType)
        if name is not None:
            size = node.buffer.type.item_size_bytes * _points(model, [d for d in model.dims if d in node.varies])
            result[name] = result.get(name, 0) + size
    return result


_MIN_TRANSPOSED = 16


def _transposing(model: KernelModel) -> Schedule | None:
    """A tile over two dims where accesses are contiguous along different ones."""
    sizes = _bytes_by_unit_dim(model)
    inner = next((name for node in model.stores() if (name := _unit_dim(model, node)) is not None), None)
    if inner is None or magnitude(model.extent(inner)) < _MIN_TRANSPOSED:
        return None
    total = sum(sizes.values())
    others = [
        d for d in sizes if d != inner and sizes[d] * 8 >= total and magnitude(model.extent(d)) >= _MIN_TRANSPOSED
    ]
    if not others:
        return None
    outer = max(others, key=lambda name: sizes[name])
    points = _points(model, model.parallel)
    side = 64 if points >= 64 * 64 * _MIN_PROGRAMS else 32
    rows = min(side, power_of_two_from(magnitude(model.extent(outer))))
    cols = min(side, power_of_two_from(magnitude(model.extent(inner))))
    rest = [name for name in model.parallel if name not in (outer, inner)]
    axes = [make_axis("g", rest, model.dims, 1, None)] if rest else []
    axes += [make_axis("y", [outer], model.dims, rows, 0), make_axis("x", [inner], model.dims, cols, 1)]
    return Schedule(tuple(axes), _warps(rows * cols, 8, 8))


# Reductions


def _walks_columns(model: KernelModel) -> bool:
    """Whether most of what is read or written at every point is contiguous along a parallel dim."""
    reduced = set(model.reduced)
    along = {True: 0, False: 0}
    for node in model.memory_nodes():
        name = _unit_dim(model, node)
        if name is not None and node.varies & reduced:
            assert node.buffer is not None and isinstance(node.buffer.type, TensorType)
            size = node.buffer.type.item_size_bytes * _points(model, [d for d in model.dims if d in node.varies])
            along[name in reduced] += size
    return along[False] > along[True]


def _is_known(model: KernelModel, names: list[str]) -> bool:
    return all(isinstance(model.extent(name), int) for name in names)


def _axes(model: KernelModel, x_block: int, r_block: int, looped: bool) -> tuple[Axis, ...]:
    """`x` (a scalar position when its block is 1) and `r`."""
    axes: list[Axis] = []
    wide = x_block > 1
    if model.parallel:
        axes.append(make_axis("x", model.parallel, model.dims, x_block, 0 if wide else None))
    reduced = make_axis("r", model.reduced, model.dims, r_block, 1 if wide else 0)
    return (*axes, replace(reduced, reduced=True, looped=looped))


def _inner_reduction(model: KernelModel) -> Schedule:
    rows = _points(model, model.parallel)
    length = _points(model, model.reduced)
    padded = power_of_two_from(length)
    if not _is_known(model, model.reduced):
        return Schedule(_axes(model, 1, _UNKNOWN_LOOP_BLOCK, True), 4)
    if padded > (MAX_ROW if _passes(model) > 1 else MAX_ROW_ONCE):
        if find_pairs(model).scaled:  # each block ends in a reduction over the program
            return Schedule(_axes(model, 1, 2 * _LOOP_BLOCK, True), 16)
        return Schedule(_axes(model, 1, _LOOP_BLOCK, True), 16 if rows < _MIN_PROGRAMS else 8)
    block = _shrunk(min(max(1, TILE // padded), power_of_two_from(rows)), rows)
    return Schedule(_axes(model, block, padded, False), _row_warps(block * padded))


def _passes(model: KernelModel) -> int:
    """How many times a loop would have to walk the reduced dims."""
    reduced = set(model.reduced)
    inside = {node.phase for node in model.nodes if node.kind == "reduce" or (node.is_effect and node.varies & reduced)}
    return len(inside)


def _row_warps(points: int) -> int:
    """16 points a thread; 8 where tiles are small, 32 where more than 16 warps would be needed."""
    if points > MAX_ROW // 2:
        return 32
    return _warps(points, 16 if points >= TILE else 8, 16)


def _shrunk(block: int, points: int, least: int = 1) -> int:
    """A block of parallel points that leaves enough programs."""
    while block > least and -(-points // block) < _MIN_PROGRAMS:
        block //= 2
    return block


def _outer_reduction(model: KernelModel) -> Schedule:
    cols = _points(model, model.parallel)
    length = _points(model, model.reduced)
    padded = power_of_two_from(length)
    widest = 128 if _narrowest_bytes(model) <= 2 else 64
    block = _shrunk(min(widest, power_of_two_from(cols)), cols, min(16, power_of_two_from(cols)))
    block = max(block, 2)
    known = _is_known(model, model.reduced)
    if known and block * padded <= 2 * TILE:
        return Schedule(_axes(model, block, padded, False), _row_warps(block * padded))
    rows = min(padded, TILE // block) if known else TILE // block
    return Schedule(_axes(model, block, rows, True), 8)


def _narrowest_bytes(model: KernelModel) -> int:
    sizes = [
        node.buffer.type.item_size_bytes
        for node in model.memory_nodes()
        if node.buffer is not None and isinstance(node.buffer.type, TensorType) and node.varies & set(model.reduced)
    ]
    return min(sizes, default=4)
