"""Tensors put together from others: joining, padding, repeating, reversing, triangles.

A join of few tensors is one nest that reads each under a mask, so that producers and consumers fuse with it. A join of
many is one nest a tensor, each of which writes its slice of one allocation: the work stays linear in the output.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fxopt.ir.fx_args import CallArgs, Special
from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import IntExpr, maximum, minimum, mod
from fxopt.ir.types import DTYPES, TensorType
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.nest import NestBuilder
from fxopt.lowering.aten_to_loop.scalar import Val
from fxopt.lowering.aten_to_loop.tables import Registry
from fxopt.lowering.aten_to_loop.tensor_ref import NotLowered, TensorRef, normalize_dim
from fxopt.lowering.aten_to_loop.views import copy_to, dim_of, result_type

LOWERINGS = Registry()

MAX_MASKED = 4
"""Joins of more tensors than this write slices: every element pays for each masked load."""


def both(a: Val | None, b: Val | None) -> Val | None:
    """The conjunction of two masks; `None` is always true."""
    if a is None or b is None:
        return a if b is None else b
    return a & b


def in_range(nest: NestBuilder, index: IntExpr, size: IntExpr, *, below: bool = True, above: bool = True) -> Val | None:
    """Whether `0 <= index < size`; `below` and `above` say which side can fail."""
    low = nest.index(index).ge(0) if below else None
    high = nest.index(index - size).lt(0) if above else None
    return both(low, high)


# ---- joins ------------------------------------------------------------------------------------------------


def join(low: Lowering, parts: Sequence[TensorRef], dim: int, out: TensorType) -> TensorRef:
    """`parts` one after another along `dim`."""
    parts = [part for part in parts if 0 not in part.sizes]
    if len(parts) == 1 and parts[0].dtype == out.dtype:
        return copy_to(low, parts[0], out)
    if len(parts) <= MAX_MASKED:
        return _join_masked(low, parts, dim, out)
    return _join_slices(low, parts, dim, out)


def _join_masked(low: Lowering, parts: Sequence[TensorRef], dim: int, out: TensorType) -> TensorRef:
    nest, indices = low.nest_over(out)
    starts: list[IntExpr] = [0]
    for part in parts:
        starts.append(starts[-1] + part.sizes[dim])
    value = nest.const(0, out.dtype)
    last = len(parts) - 1
    for k in range(last, -1, -1):
        position = indices[dim] - starts[k]
        mask = in_range(nest, position, parts[k].sizes[dim], below=k > 0, above=k < last)
        at = [*indices[:dim], position, *indices[dim + 1 :]]
        if mask is None:
            value = nest.load(parts[k], at).to(out.dtype)
        elif parts[k].dtype == out.dtype:
            value = nest.load(parts[k], at, mask, value)
        else:
            value = mask.select(nest.load(parts[k], at, mask).to(out.dtype), value)
    nest.store(value, indices)
    return nest.result()


def allocate(low: Lowering, type_: TensorType) -> TensorRef:
    """Fresh storage of `type_` with any contents."""
    sizes, strides = tuple(type_.sizes), tuple(type_.strides)
    if not all(isinstance(n, int) for n in (*sizes, *strides)):
        nest, indices = low.nest_over(type_)
        nest.store(nest.const(0, type_.dtype), indices)
        return nest.result()
    options = (
        ("dtype", Special("torch", (DTYPES[type_.dtype].torch_name,))),
        ("device", Special("device", (type_.device,))),
    )
    args = CallArgs((sizes, strides), options)
    return TensorRef.of(low._add_extern("aten.empty_strided.default", args, [], type_, "allocation"))


def _join_slices(low: Lowering, parts: Sequence[TensorRef], dim: int, out: TensorType) -> TensorRef:
    result, start = allocate(low, out), 0  # type: TensorRef, IntExpr
    for part in parts:
        order, indices = low.parallel_dims(part.sizes, out.strides)
        nest = low.nest(order, outputs=[out], inits=[result.base])
        at = [*indices[:dim], indices[dim] + start, *indices[dim + 1 :]]
        nest.store(nest.load(part, indices).to(out.dtype), at)
        result = nest.result()
        start = start + part.sizes[dim]
    return result


@LOWERINGS("aten.cat.default", "aten.concatenate.default")
def lower_cat(low: Lowering, op: FxCallOp) -> TensorRef:
    """The tensors one after another along `dim`. One-dimensional empty tensors are skipped, as torch does."""
    out = result_type(op)
    parts = [low.operand(tensor) for tensor in op.arg("tensors")]
    return join(low, [part for part in parts if part.rank == out.rank], dim_of(op, out.rank), out)


@LOWERINGS("aten.stack.default", "aten._stack.default")
def lower_stack(low: Lowering, op: FxCallOp) -> TensorRef:
    """The tensors along a new dim."""
    out = result_type(op)
    dim = dim_of(op, out.rank)
    return join(low, [low.operand(tensor).insert_dim(dim) for tensor in op.arg("tensors")], dim, out)


# ---- padding ----------------------------------------------------------------------------------------------


def pads_of(low: Lowering, op: FxCallOp, name: str, rank: int) -> list[tuple[IntExpr, IntExpr]]:
    """(before, after) of each dim; the argument lists them from the last dim on."""
    flat = low.int_args(op.arg(name))
    pairs: list[tuple[IntExpr, IntExpr]] = [(0, 0)] * rank
    for k in range(len(flat) // 2):
        pairs[rank - 1 - k] = (flat[2 * k], flat[2 * k + 1])
    return pairs


def may_exceed(amount: IntExpr) -> bool:
    """Whether a padding may be positive."""
    return not isinstance(amount, int) or amount > 0


@LOWERINGS("aten.constant_pad_nd.default")
def lower_constant_pad(low: Lowering, op: FxCallOp) -> TensorRef:
    """`value` around the tensor; negative paddings crop."""
    ref, out = low.operand(op.arg("self")), result_type(op)
    nest, indices = low.nest_over(out)
    mask: Val | None = None
    source: list[IntExpr] = []
    for index, (before, after), size in zip(indices, pads_of(low, op, "pad", ref.rank), ref.sizes, strict=True):
        source.append(index - before)
        if may_exceed(before) or may_exceed(after):
            inside = in_range(nest, source[-1], size, below=may_exceed(before), above=may_exceed(after))
            mask = both(mask, inside)
    value = nest.scalar(op.arg("value"), out.dtype)
    empty = 0 in ref.sizes
    nest.store(value if empty else nest.load(ref, source, mask, value), indices)
    return nest.result()


def reflected(index: IntExpr, size: IntExpr) -> IntExpr:
    """`index` mirrored at 0 and at `size - 1`."""
    inside = maximum(index, -index)
    return minimum(inside, (size - 1) * 2 - inside)


def clamped(index: IntExpr, size: IntExpr) -> IntExpr:
    """`index` in `[0, size)`, the nearest."""
    return minimum(maximum(index, 0), size - 1)


@LOWERINGS(
    "aten.reflection_pad1d.default",
    "aten.reflection_pad2d.default",
    "aten.reflection_pad3d.default",
    "aten.replication_pad1d.default",
    "aten.replication_pad2d.default",
    "aten.replication_pad3d.default",
)
def lower_edge_pad(low: Lowering, op: FxCallOp) -> TensorRef:
    """Reflected or repeated edges: every index is mapped into the tensor."""
    ref, out = low.operand(op.arg("self")), result_type(op)
    nest, indices = low.nest_over(out)
    inside = reflected if "reflection" in op.name else clamped
    pads = pads_of(low, op, "padding", ref.rank)
    source = [
        inside(index - before, size) if (before, after) != (0, 0) else index
        for index, (before, after), size in zip(indices, pads, ref.sizes, strict=True)
    ]
    nest.store(nest.load(ref, source), indices)
    return nest.result()


# ---- repeating and reversing ------------------------------------------------------------------------------


@LOWERINGS("aten.repeat.default", "aten.tile.default")
def lower_repeat(low: Lowering, op: FxCallOp) -> TensorRef:
    """Tiled along each dim: index modulo size."""
    ref, out = low.operand(op.arg("self")), result_type(op)
    ref = ref._replace(
        sizes=(*(1,) * (out.rank - ref.rank), *ref.sizes), strides=(*(0,) * (out.rank - ref.rank), *ref.strides)
    )
    nest, indices = low.nest_over(out)
    source = [
        index if have == want else mod(index, maximum(have, 1))
        for index, have, want in zip(indices, ref.sizes, out.sizes, strict=True)
    ]
    nest.store(nest.load(ref, source), indices)
    return nest.result()


@LOWERINGS("aten.flip.default")
def lower_flip(low: Lowering, op: FxCallOp) -> TensorRef:
    """Reversed along `dims`: index `size - 1 - i`."""
    ref, out = low.operand(op.arg("self")), result_type(op)
    dims = {normalize_dim(dim, ref.rank) for dim in op.arg("dims")} if ref.rank else set()
    nest, indices = low.nest_over(out)
    source = [ref.sizes[k] - 1 - index if k in dims else index for k, index in enumerate(indices)]
    nest.store(nest.load(ref, source), indices)
    return nest.result()


@LOWERINGS("aten.rot90.default")
def lower_rot90(low: Lowering, op: FxCallOp) -> TensorRef:
    """`k` quarter turns from the first of `dims` towards the second: dims swapped and reversed."""
    ref, out = low.operand(op.arg("self")), result_type(op)
    a, b = (normalize_dim(dim, ref.rank) for dim in op.arg("dims"))
    turns = op.arg("k") % 4
    nest, indices = low.nest_over(out)
    source = list(indices)
    if turns % 2:
        source[a], source[b] = source[b], source[a]
    for dim in {0: (), 1: (b,), 2: (a, b), 3: (a,)}[turns]:
        source[dim] = ref.sizes[dim] - 1 - source[dim]
    nest.store(nest.load(ref, source), indices)
    return nest.result()


@LOWERINGS("aten.roll.default")
def lower_roll(low: Lowering, op: FxCallOp) -> TensorRef:
    """Rotated along `dims`; without dims along the flattened tensor."""
    ref, out = low.operand(op.arg("self")), result_type(op)
    shifts, dims = low.int_args(op.arg("shifts")), op.arg("dims")
    dims = (dims,) if isinstance(dims, int) else dims
    if not dims and ref.rank != 1:
        raise NotLowered("roll of a flattened tensor")
    nest, indices = low.nest_over(out)
    source = list(indices)
    for shift, dim in zip(shifts, dims or (0,), strict=True):
        dim = normalize_dim(dim, ref.rank)
        if ref.sizes[dim] != 1:
            source[dim] = mod(source[dim] - shift, maximum(ref.sizes[dim], 1))
    nest.store(nest.load(ref, source), indices)
    return nest.result()


# ---- triangles and diagonals ------------------------------------------------------------------------------


@LOWERINGS("aten.tril.default", "aten.triu.default")
def lower_triangle(low: Lowering, op: FxCallOp) -> TensorRef:
    """The elements on and below (above) a diagonal, else 0."""
    ref, out = low.operand(op.arg("self")), result_type(op)
    nest, indices = low.nest_over(out)
    above = nest.index(indices[-1] - indices[-2] - low.int_arg(op.arg("diagonal")))
    kept = above.le(0) if op.name == "aten.tril.default" else above.ge(0)
    nest.store(kept.select(nest.load(ref, indices), 0), indices)
    return nest.result()


@LOWERINGS("aten.diag_embed.default")
def lower_diag_embed(low: Lowering, op: FxCallOp) -> TensorRef:
    """The last dim as a diagonal of two new dims."""
    ref, out = low.operand(op.arg("self")), result_type(op)
    offset = op.arg("offset")
    dim1, dim2 = dim_of(op, out.rank, "dim1"), dim_of(op, out.rank, "dim2")
    nest, indices = low.nest_over(out)
    rest = [indices[d] for d in range(out.rank) if d not in (dim1, dim2)]
    along = indices[dim1] if offset >= 0 else indices[dim2]
    # `along` runs past the diagonal's end where the matrix is larger than it: those rows are off the diagonal.
    on_diagonal = nest.index(indices[dim2] - indices[dim1] - offset).eq(0)
    nest.store(nest.load(ref, [*rest, along], on_diagonal, 0), indices)
    return nest.result()


# ---- regrouped channels -----------------------------------------------------------------------------------


def _regrouped(low: Lowering, ref: TensorRef, out: TensorType, indices_of: Any) -> TensorRef:
    nest, indices = low.nest_over(out)
    nest.store(nest.load(ref, indices_of(indices)), indices)
    return nest.result()


@LOWERINGS("aten.pixel_shuffle.default")
def lower_pixel_shuffle(low: Lowering, op: FxCallOp) -> TensorRef:
    """[…, C·r², H, W] -> […, C, H·r, W·r]: channel `c·r² + (h mod r)·r + w mod r` at `(h / r, w / r)`."""
    ref, r = low.operand(op.arg("self")), op.arg("upscale_factor")

    def source(i: list[IntExpr]) -> list[IntExpr]:
        *batch, c, h, w = i
        return [*batch, c * (r * r) + h % r * r + w % r, h // r, w // r]

    return _regrouped(low, ref, result_type(op), source)


@LOWERINGS("aten.pixel_unshuffle.default")
def lower_pixel_unshuffle(low: Lowering, op: FxCallOp) -> TensorRef:
    """[…, C, H·r, W·r] -> […, C·r², H, W], the inverse of `pixel_shuffle`."""
    ref, r = low.operand(op.arg("self")), op.arg("downscale_factor")

    def source(i: list[IntExpr]) -> list[IntExpr]:
        *batch, c, h, w = i
        return [*batch, c // (r * r), h * r + c // r % r, w * r + c % r]

    return _regrouped(low, ref, result_type(op), source)


@LOWERINGS("aten.channel_shuffle.default", "aten.native_channel_shuffle.default")
def lower_channel_shuffle(low: Lowering, op: FxCallOp) -> TensorRef:
    """Channels as [groups, C / groups] transposed."""
    ref, groups = low.operand(op.arg("self")), low.int_arg(op.arg("groups"))
    per_group = ref.sizes[1] // groups
    return _regrouped(low, ref, result_type(op), lambda i: [i[0], i[1] % groups * per_group + i[1] // groups, *i[2:]])
