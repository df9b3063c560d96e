"""Reads at positions that tensors hold: gather, index_select, embedding, advanced indexing, binary search.

Indices are checked with `loop.check` and then clamped, so that a kernel never touches memory out of bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from xdsl.ir import SSAValue

from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import IntExpr, product
from fxopt.ir.types import DTYPES
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.fills import filled
from fxopt.lowering.aten_to_loop.nest import Index, NestBuilder
from fxopt.lowering.aten_to_loop.scalar import Val, compute_dtype
from fxopt.lowering.aten_to_loop.tables import Registry
from fxopt.lowering.aten_to_loop.tensor_ref import NotLowered, TensorRef
from fxopt.lowering.aten_to_loop.views import dim_of, result_type

LOWERINGS = Registry()

OUT_OF_RANGE = "index out of range in self"


def out_of_bounds(dim: int, size: IntExpr) -> str:
    """Torch's message, without the index, which the compiler does not know."""
    return f"index is out of bounds for dimension {dim} with size {size}"


def checked(nest: NestBuilder, index: Val, size: IntExpr, message: str, *, wrap: bool = False) -> Val:
    """`index` as an i64 in `[0, size)`: from the end where negative if `wrap`, checked, clamped."""
    if size == 0:
        raise NotLowered("index into an empty dim")
    index, extent = index.to("i64"), nest.index(size)
    if wrap:
        index = index.lt(0).select(index + extent, index)
    nest.check(index.ge(0) & index.lt(extent), message)
    return index.maximum(0).minimum(nest.index(size - 1))


def wrapped(nest: NestBuilder, index: Val, size: IntExpr) -> Val:
    """`index` as an i64, from the end where negative; trusted to be in range."""
    index = index.to("i64")
    return index.lt(0).select(index + nest.index(size), index)


def at_least_1d(ref: TensorRef) -> TensorRef:
    """A 0-d tensor as a vector of one element."""
    return ref if ref.rank else ref.insert_dim(0)


# ---- one index a dim --------------------------------------------------------------------------------------


@LOWERINGS("aten.gather.default")
def lower_gather(low: Lowering, op: FxCallOp) -> TensorRef:
    """out[i, j, k] = self[i, index[i, j, k], k] for dim 1."""
    ref, index = (at_least_1d(low.operand(op.arg(name))) for name in ("self", "index"))
    dim, out = dim_of(op, ref.rank), result_type(op)
    if 0 in out.sizes:
        return filled(low, out, 0)  # an empty index may have any rank
    nest, indices = low.nest_over(out)
    at: list[Index] = list(indices) or [0]
    raw = nest.load(index, at)  # type: ignore[arg-type]
    at[dim] = checked(nest, raw, ref.sizes[dim], out_of_bounds(dim, ref.sizes[dim]))
    nest.store(nest.load(ref, at), indices)
    return nest.result()


@LOWERINGS("aten.index_select.default")
def lower_index_select(low: Lowering, op: FxCallOp) -> TensorRef:
    """out[i, j, k] = self[i, index[j], k] for dim 1."""
    ref, index = (at_least_1d(low.operand(op.arg(name))) for name in ("self", "index"))
    dim, out = dim_of(op, ref.rank), result_type(op)
    nest, indices = low.nest_over(out)
    at: list[Index] = list(indices) or [0]
    raw = nest.load(index, [at[dim]])
    at[dim] = checked(nest, raw, ref.sizes[dim], OUT_OF_RANGE)
    nest.store(nest.load(ref, at), indices)
    return nest.result()


@LOWERINGS("aten.embedding.default")
def lower_embedding(low: Lowering, op: FxCallOp) -> TensorRef:
    """out[…, :] = weight[indices[…], :]."""
    weight, index = low.operand(op.arg("weight")), low.operand(op.arg("indices"))
    nest, indices = low.nest_over(result_type(op))
    raw = nest.load(index, indices[: index.rank])
    row = checked(nest, raw, weight.sizes[0], OUT_OF_RANGE)
    nest.store(nest.load(weight, [row, *indices[index.rank :]]), indices)
    return nest.result()


@LOWERINGS("aten.take.default")
def lower_take(low: Lowering, op: FxCallOp) -> TensorRef:
    """Elements of the flattened tensor."""
    ref, index = low.operand(op.arg("self")), low.operand(op.arg("index"))
    nest, indices = low.nest_over(result_type(op))
    position = checked(nest, nest.load(index, indices), ref.numel(), "out of range", wrap=True)
    nest.store(nest.load(ref, unflattened(nest, position, ref.sizes)), indices)
    return nest.result()


def unflattened(nest: NestBuilder, position: Val, sizes: Sequence[IntExpr]) -> list[Index]:
    """The index of the element at a row-major `position`, which is not negative."""
    result: list[Index] = []
    for dim in range(len(sizes)):
        inner = product(sizes[dim + 1 :])
        index = position if inner == 1 else position / nest.index(inner)
        result.append(index if dim == 0 else index.rem(nest.index(sizes[dim])))
    return result


# ---- advanced indexing ------------------------------------------------------------------------------------


class AdvancedIndex(NamedTuple):
    """`self[indices]`: which dims are indexed, and where the broadcast block of index dims lies in the result."""

    tensors: dict[int, TensorRef]
    """Indexed dim of `self` -> its index tensor."""
    block: int
    """First dim of the block in the result."""
    block_sizes: tuple[IntExpr, ...]
    rank: int
    """Rank of `self`."""

    def result_sizes(self, sizes: Sequence[IntExpr]) -> tuple[IntExpr, ...]:
        """Sizes of `self[indices]` for a `self` of `sizes`."""
        rest = [sizes[d] for d in range(self.rank) if d not in self.tensors]
        return (*rest[: self.block], *self.block_sizes, *rest[self.block :])

    def source(
        self, nest: NestBuilder, indices: Sequence[IntExpr], sizes: Sequence[IntExpr], *, check: bool = True
    ) -> list[Index]:
        """The index into `self` of the element at `indices` of the result."""
        end = self.block + len(self.block_sizes)
        block, rest = indices[self.block : end], iter((*indices[: self.block], *indices[end:]))
        result: list[Index] = []
        for dim in range(self.rank):
            tensor = self.tensors.get(dim)
            if tensor is None:
                result.append(next(rest))
                continue
            raw, size = nest.load_broadcast(tensor, block), sizes[dim]
            result.append(
                checked(nest, raw, size, out_of_bounds(dim, size), wrap=True) if check else wrapped(nest, raw, size)
            )
        return result


def broadcast_sizes(shapes: Sequence[Sequence[IntExpr]]) -> tuple[IntExpr, ...]:
    """Torch's broadcast of `shapes`."""
    rank = max(map(len, shapes), default=0)
    result: list[IntExpr] = [1] * rank
    for shape in shapes:
        for k, size in enumerate(shape, rank - len(shape)):
            result[k] = size if size != 1 else result[k]
    return tuple(result)


def advanced_index(low: Lowering, given: Sequence[SSAValue | None], rank: int) -> AdvancedIndex:
    """What the `indices` argument means; masks have results of unknown size and are refused."""
    tensors = {dim: low.operand(value) for dim, value in enumerate(given) if value is not None}
    for tensor in tensors.values():
        if tensor.dtype not in ("i64", "i32"):
            raise NotLowered("mask as an index")
    dims = list(tensors)
    adjacent = dims == list(range(dims[0], dims[0] + len(dims))) if dims else True
    block_sizes = broadcast_sizes([tensor.sizes for tensor in tensors.values()])
    return AdvancedIndex(tensors, dims[0] if dims and adjacent else 0, block_sizes, rank)


@LOWERINGS("aten.index.Tensor", "aten._unsafe_index.Tensor")
def lower_index(low: Lowering, op: FxCallOp) -> TensorRef:
    """self[indices]: indexed dims become the broadcast of the index tensors, in place if adjacent, else in front."""
    ref = low.operand(op.arg("self"))
    given = advanced_index(low, op.arg("indices"), ref.rank)
    nest, indices = low.nest_over(result_type(op))
    source = given.source(nest, indices, ref.sizes, check=op.name == "aten.index.Tensor")
    nest.store(nest.load(ref, source), indices)
    return nest.result()


@LOWERINGS("aten._unsafe_masked_index.default")
def lower_masked_index(low: Lowering, op: FxCallOp) -> TensorRef:
    """self[indices] where mask, else fill; nothing is read where the mask is false."""
    ref, out = low.operand(op.arg("self")), result_type(op)
    given = advanced_index(low, op.arg("indices"), ref.rank)
    nest, indices = low.nest_over(out)
    mask = nest.load_broadcast(low.operand(op.arg("mask")), indices).to("bool")
    fill = nest.scalar(op.arg("fill"), out.dtype)
    source = given.source(nest, indices, ref.sizes, check=False)
    nest.store(fill if 0 in ref.sizes else nest.load(ref, source, mask, fill), indices)
    return nest.result()


# ---- binary search ----------------------------------------------------------------------------------------


def _search(nest: NestBuilder, boundaries: TensorRef, lead: Sequence[Index], value: Val, right: bool) -> Val:
    """How many of the ascending `boundaries` (last dim) lie below `value`, or at it if `right`; all for NaN."""
    length = boundaries.sizes[-1]
    if not isinstance(length, int):
        raise NotLowered("sort")
    found = nest.const(0, "i64")
    for bit in reversed(range(length.bit_length())):
        candidate = found + (1 << bit)
        inside = candidate.le(length)
        mid = nest.load(boundaries, [*lead, candidate - 1], inside, 0).to(value.dtype)
        beyond = mid.gt(value) if right else mid.ge(value)
        found = (inside & ~beyond).select(candidate, found)
    return found


def _search_dtype(low: Lowering, boundaries: TensorRef, dtype: str) -> str:
    if DTYPES[boundaries.dtype].category != DTYPES[dtype].category:
        raise NotLowered(f"search for {dtype} among {boundaries.dtype}")
    wider = max((boundaries.dtype, dtype), key=lambda name: DTYPES[name].size_bytes)
    return compute_dtype(wider)


@LOWERINGS("aten.bucketize.Tensor")
def lower_bucketize(low: Lowering, op: FxCallOp) -> TensorRef:
    """The bucket of each element among ascending boundaries."""
    ref, boundaries = low.operand(op.arg("self")), low.operand(op.arg("boundaries"))
    dtype = _search_dtype(low, boundaries, ref.dtype)
    nest, indices = low.nest_over(result_type(op))
    value = nest.load(ref, indices).to(dtype)
    nest.store(_search(nest, boundaries, [], value, op.arg("right")), indices)
    return nest.result()


@LOWERINGS("aten.searchsorted.Tensor")
def lower_searchsorted(low: Lowering, op: FxCallOp) -> TensorRef:
    """Insertion points in an ascending vector, or in the row of the same leading index."""
    ref, boundaries = low.operand(op.arg("self")), low.operand(op.arg("sorted_sequence"))
    if op.arg("sorter") is not None:
        raise NotLowered("sort")
    side = op.arg("side")
    right = op.arg("right") if side is None else side == "right"
    dtype = _search_dtype(low, boundaries, ref.dtype)
    nest, indices = low.nest_over(result_type(op))
    value = nest.load(ref, indices).to(dtype)
    lead = [] if boundaries.rank == 1 else indices[:-1]
    nest.store(_search(nest, boundaries, lead, value, right), indices)
    return nest.result()
