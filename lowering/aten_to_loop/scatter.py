"""Writes at positions that tensors hold, and into slices: nests whose output starts as a copy of the tensor.

Where several points may meet at one element, stores combine atomically. Half precision accumulates in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xdsl.ir import BlockArgument, SSAValue

from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import IntExpr
from fxopt.ir.types import DTYPES, TensorType
from fxopt.lowering.aten_to_loop import view_math
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.fills import filled
from fxopt.lowering.aten_to_loop.indexing import (
    advanced_index,
    at_least_1d,
    checked,
    out_of_bounds,
)
from fxopt.lowering.aten_to_loop.nest import Index, NestBuilder
from fxopt.lowering.aten_to_loop.scalar import Val, compute_dtype
from fxopt.lowering.aten_to_loop.tables import Registry
from fxopt.lowering.aten_to_loop.tensor_ref import NotLowered, TensorRef
from fxopt.lowering.aten_to_loop.view_math import Layout, UnknownSignError
from fxopt.lowering.aten_to_loop.views import copy_to, dim_of, layout_of, result_type, start_from

LOWERINGS = Registry()

Emit = Callable[[NestBuilder, list[IntExpr]], None]
"""Emits the body of a scattering nest at the given index of its domain."""

_MODES = {"sum": "add", "add": "add", "prod": "mul", "multiply": "mul", "amax": "max", "amin": "min", "mean": "add"}


def scattered(
    low: Lowering, ref: TensorRef, out: TensorType, sizes: Sequence[IntExpr], emit: Emit, mode: str = "set"
) -> TensorRef:
    """`ref` as `out`, written by `emit` over a domain of `sizes`; `mode` other than `set` combines."""
    half = out.dtype in ("f16", "bf16") and mode != "set"
    buffer = TensorType.of(out.sizes, "f32", out.strides, out.device) if half else out
    parallel, indices = low.parallel_dims(sizes, view_math.contiguous_strides(sizes))
    nest = low.nest(parallel, outputs=[buffer], inits=[start_from(low, ref, buffer)])
    emit(nest, indices)
    result = nest.result()
    return copy_to(low, result, out) if half else result


def _value_at(low: Lowering, nest: NestBuilder, value: Any, indices: Sequence[IntExpr], dtype: str) -> Val:
    """A tensor's element (broadcast) or a scalar, as the nest's output holds it."""
    if isinstance(value, SSAValue) and isinstance(value.type, TensorType):
        return nest.load_broadcast(low.operand(value), indices).to(dtype)
    return nest.scalar(value, dtype)


# ---- scatter along a dim ----------------------------------------------------------------------------------


def _scatter(
    low: Lowering, op: FxCallOp, ref: TensorRef, value: Any, mode: str, out: TensorType | None = None
) -> TensorRef:
    """self[i, index[i, j, k], k] <mode>= value[i, j, k] for dim 1."""
    out = result_type(op) if out is None else out
    index = at_least_1d(low.operand(op.arg("index")))
    rank = max(ref.rank, 1)
    dim = dim_of(op, rank)
    sizes = out.sizes or (1,)
    source = None
    if isinstance(value, SSAValue) and isinstance(value.type, TensorType):
        source = at_least_1d(low.operand(value))

    def emit(nest: NestBuilder, indices: list[IntExpr]) -> None:
        dtype = nest.outputs[0].dtype
        at: list[Index] = list(indices)
        at[dim] = checked(nest, nest.load(index, indices), sizes[dim], out_of_bounds(dim, sizes[dim]))
        stored = nest.scalar(value, dtype) if source is None else nest.load(source, indices).to(dtype)
        nest.store(stored, at if out.rank else [], mode=mode)

    if 0 in index.sizes:
        return copy_to(low, ref, out)
    return scattered(low, ref, out, index.sizes, emit, mode)


@LOWERINGS("aten.scatter.src", "aten.scatter.value")
def lower_scatter(low: Lowering, op: FxCallOp) -> TensorRef:
    """self with src (or a value) at index along dim; of equal indices any may win."""
    value = op.arg("src" if op.name == "aten.scatter.src" else "value")
    return _scatter(low, op, low.operand(op.arg("self")), value, "set")


@LOWERINGS("aten.scatter.reduce", "aten.scatter.value_reduce")
def lower_scatter_with_reduce(low: Lowering, op: FxCallOp) -> TensorRef:
    """self with src (or a value) added or multiplied into index along dim."""
    value = op.arg("src" if op.name == "aten.scatter.reduce" else "value")
    return _scatter(low, op, low.operand(op.arg("self")), value, _MODES[op.arg("reduce")])


@LOWERINGS("aten.scatter_add.default")
def lower_scatter_add(low: Lowering, op: FxCallOp) -> TensorRef:
    """self with src added at index along dim."""
    return _scatter(low, op, low.operand(op.arg("self")), op.arg("src"), "add")


@LOWERINGS("aten.scatter_reduce.two")
def lower_scatter_reduce(low: Lowering, op: FxCallOp) -> TensorRef:
    """self with src reduced into index along dim."""
    return _reduced_into(low, op, op.arg("src"), _scatter)


def _reduced_into(low: Lowering, op: FxCallOp, value: Any, place: Callable[..., TensorRef]) -> TensorRef:
    """self with `value` reduced into it where `place` puts it; without `include_self` what is touched starts anew."""
    start, mode = low.operand(op.arg("self")), _MODES[op.arg("reduce")]
    if not op.arg("include_self"):
        start = place(low, op, start, _identity(mode, start.dtype), "set")
    total = place(low, op, start, value, mode)
    if op.arg("reduce") != "mean":
        return total
    counts = TensorType.of(result_type(op).sizes, "i64", None, result_type(op).device)
    ones = filled(low, counts, 1 if op.arg("include_self") else 0)
    return _mean_of(low, total, place(low, op, ones, 1, "add", counts), result_type(op))


def _mean_of(low: Lowering, total: TensorRef, count: TensorRef, out: TensorType) -> TensorRef:
    """Sums over how many values went into each; integers round down."""
    nest, indices = low.nest_over(out)
    dtype = compute_dtype(out.dtype)
    value, divisor = nest.load(total, indices).to(dtype), nest.load(count, indices).maximum(1).to(dtype)
    quotient = value / divisor
    if not quotient.is_float:
        inexact = value.ne(quotient * divisor) & value.lt(0)
        quotient = quotient - inexact.to(dtype)
    nest.store(quotient, indices)
    return nest.result()


def _identity(mode: str, dtype: str) -> int | float:
    """The value that `mode` combines away."""
    if mode in ("add", "mul"):
        return 0 if mode == "add" else 1
    row = DTYPES[dtype]
    if row.category == "float":
        return float("-inf") if mode == "max" else float("inf")
    bits = 1 if row.category == "bool" else row.size_bytes * 8 - row.signed
    if mode == "min":
        return (1 << bits) - 1
    return -(1 << bits) if row.signed else 0


# ---- index_* along a dim ----------------------------------------------------------------------------------


def _at_rows(
    low: Lowering,
    op: FxCallOp,
    ref: TensorRef,
    value: Any,
    mode: str,
    out: TensorType | None = None,
    *,
    wrap: bool = False,
    alpha: Any = 1,
) -> TensorRef:
    """self[i, index[j], k] <mode>= alpha * value[i, j, k] for dim 1."""
    out = result_type(op) if out is None else out
    index = at_least_1d(low.operand(op.arg("index")))
    dim = dim_of(op, max(ref.rank, 1))
    sizes = out.sizes or (1,)
    domain = (*sizes[:dim], index.sizes[0], *sizes[dim + 1 :])
    source = low.operand(value) if isinstance(value, SSAValue) and isinstance(value.type, TensorType) else None
    if source is not None and source.rank == 0:
        source = source.expand_to([1] * len(domain))

    def emit(nest: NestBuilder, indices: list[IntExpr]) -> None:
        dtype = nest.outputs[0].dtype
        at: list[Index] = list(indices)
        row = nest.load(index, [indices[dim]])
        at[dim] = checked(nest, row, sizes[dim], out_of_bounds(dim, sizes[dim]), wrap=wrap)
        stored = nest.scalar(value, dtype) if source is None else nest.load_broadcast(source, indices).to(dtype)
        if not (isinstance(alpha, int | float) and alpha == 1):
            stored = stored * nest.scalar(alpha, dtype)
        nest.store(stored, at if out.rank else [], mode=mode)

    if 0 in domain:
        return copy_to(low, ref, out)
    return scattered(low, ref, out, domain, emit, mode)


@LOWERINGS("aten.index_add.default")
def lower_index_add(low: Lowering, op: FxCallOp) -> TensorRef:
    """self with alpha * source added at index of dim."""
    return _at_rows(low, op, low.operand(op.arg("self")), op.arg("source"), "add", alpha=op.arg("alpha"))


@LOWERINGS("aten.index_reduce.default")
def lower_index_reduce(low: Lowering, op: FxCallOp) -> TensorRef:
    """self with source reduced into index of dim."""
    return _reduced_into(low, op, op.arg("source"), _at_rows)


@LOWERINGS("aten.index_copy.default")
def lower_index_copy(low: Lowering, op: FxCallOp) -> TensorRef:
    """self with source at index of dim."""
    return _at_rows(low, op, low.operand(op.arg("self")), op.arg("source"), "set")


@LOWERINGS("aten.index_fill.int_Scalar", "aten.index_fill.int_Tensor")
def lower_index_fill(low: Lowering, op: FxCallOp) -> TensorRef:
    """self with value at index of dim."""
    return _at_rows(low, op, low.operand(op.arg("self")), op.arg("value"), "set", wrap=True)


@LOWERINGS("aten.embedding_dense_backward.default")
def lower_embedding_backward(low: Lowering, op: FxCallOp) -> TensorRef:
    """Zeros with the gradient of each token added to its row; rows of `padding_idx` get none."""
    if op.arg("scale_grad_by_freq"):
        raise NotLowered("embedding gradient scaled by frequency")
    grad, index, out = low.operand(op.arg("grad_output")), low.operand(op.arg("indices")), result_type(op)
    padding = low.int_arg(op.arg("padding_idx"))

    def emit(nest: NestBuilder, indices: list[IntExpr]) -> None:
        row = nest.load(index, indices[:-1]).to("i64")
        mask = None if isinstance(padding, int) and padding < 0 else row.ne(nest.index(padding))
        value = nest.load(grad, indices).to(nest.outputs[0].dtype)
        at = checked(nest, row, out.sizes[0], "index out of range in self")
        nest.store(value, [at, indices[-1]], mask=mask, mode="add")

    zeros = filled(low, TensorType.of(out.sizes, _accumulator(out.dtype), out.strides, out.device), 0)
    return scattered(low, zeros, out, grad.sizes, emit, "add")


def _accumulator(dtype: str) -> str:
    return "f32" if dtype in ("f16", "bf16") else dtype


# ---- advanced indexing ------------------------------------------------------------------------------------


@LOWERINGS("aten.index_put.default", "aten._unsafe_index_put.default")
def lower_index_put(low: Lowering, op: FxCallOp) -> TensorRef:
    """self with self[indices] = values, or += where `accumulate`."""
    ref, out, values = low.operand(op.arg("self")), result_type(op), op.arg("values")
    masked = _masked_put(low, op, ref, out)
    if masked is not None:
        return masked
    given = advanced_index(low, op.arg("indices"), ref.rank)
    mode = "add" if op.arg("accumulate") else "set"
    sizes = given.result_sizes(out.sizes)
    check = op.name == "aten.index_put.default"

    def emit(nest: NestBuilder, indices: list[IntExpr]) -> None:
        value = _value_at(low, nest, values, indices, nest.outputs[0].dtype)
        nest.store(value, given.source(nest, indices, out.sizes, check=check), mode=mode)

    if 0 in sizes:
        return copy_to(low, ref, out)
    return scattered(low, ref, out, sizes, emit, mode)


def _masked_put(low: Lowering, op: FxCallOp, ref: TensorRef, out: TensorType) -> TensorRef | None:
    """self[mask] = value with one value for all chosen positions: a selection, element by element."""
    given = op.arg("indices")
    mask = given[0] if given else None
    if mask is None or any(other is not None for other in given[1:]) or op.arg("accumulate"):
        return None
    chosen, values = low.operand(mask), low.operand(op.arg("values"))
    if chosen.dtype != "bool":
        return None
    rest = ref.rank - chosen.rank
    if values.rank > rest + 1 or (values.rank == rest + 1 and values.sizes[0] != 1):
        return None  # one value for each true element: their number is not known
    if values.rank == rest + 1:
        values = values.drop_dim(0)
    nest, indices = low.nest_over(out)
    value = nest.load_broadcast(values, indices[chosen.rank :]).to(out.dtype)
    nest.store(nest.load(chosen, indices[: chosen.rank]).select(value, nest.load(ref, indices)), indices)
    return nest.result()


@LOWERINGS("aten._unsafe_masked_index_put_accumulate.default")
def lower_masked_index_put(low: Lowering, op: FxCallOp) -> TensorRef:
    """self with values added at indices where mask."""
    ref, out = low.operand(op.arg("self")), result_type(op)
    given = advanced_index(low, op.arg("indices"), ref.rank)
    mask = low.operand(op.arg("mask"))

    def emit(nest: NestBuilder, indices: list[IntExpr]) -> None:
        value = _value_at(low, nest, op.arg("values"), indices, nest.outputs[0].dtype)
        at = given.source(nest, indices, out.sizes, check=False)
        nest.store(value, at, mask=nest.load_broadcast(mask, indices).to("bool"), mode="add")

    return scattered(low, ref, out, given.result_sizes(out.sizes), emit, "add")


@LOWERINGS("aten.put.default")
def lower_put(low: Lowering, op: FxCallOp) -> TensorRef:
    """self with source at positions of the flattened tensor."""
    ref, out = low.operand(op.arg("self")), result_type(op)
    index, source = low.operand(op.arg("index")), low.operand(op.arg("source"))
    if index.sizes != source.sizes or not out.is_contiguous():
        raise NotLowered("put of another shape")
    mode = "add" if op.arg("accumulate") else "set"

    def emit(nest: NestBuilder, indices: list[IntExpr]) -> None:
        position = checked(nest, nest.load(index, indices), out.numel(), "out of range", wrap=True)
        value = nest.load(source, indices).to(nest.outputs[0].dtype)
        address, indirect = nest.address([1], [position])
        nest.store_at(value, address, indirect, mode=mode)

    return scattered(low, ref, out, index.sizes, emit, mode)


# ---- writes into views ------------------------------------------------------------------------------------


def _through(low: Lowering, op: FxCallOp, start: TensorRef, layout: Layout, value: Any) -> TensorRef:
    """`start` as the result, with `value` in the part of it that `layout` describes."""
    out = result_type(op)
    parallel, indices = low.parallel_dims(layout.sizes, layout.strides)
    if 0 in layout.sizes:
        return copy_to(low, start, out)
    nest = low.nest(parallel, outputs=[out], inits=[start_from(low, start, out)])
    address, _ = nest.address(layout.strides, indices, layout.offset)
    nest.store_at(_value_at(low, nest, value, indices, out.dtype), address)
    return nest.result()


def _whole(out: TensorType) -> Layout:
    return Layout(0, out.sizes, out.strides)


@LOWERINGS("aten.slice_scatter.default")
def lower_slice_scatter(low: Lowering, op: FxCallOp) -> TensorRef:
    """self with src at start:end:step of dim."""
    out = result_type(op)
    dim, step = dim_of(op, out.rank), low.int_arg(op.arg("step"))
    start, end = (None if op.arg(n) is None else low.int_arg(op.arg(n)) for n in ("start", "end"))
    try:
        size = view_math.slice_length(out.sizes[dim], start, end, step)
        layout = view_math.slice_(_whole(out), dim, start, size, step)
    except UnknownSignError as error:
        raise NotLowered(str(error)) from None
    # The source knows the length in torch's own terms.
    source = low.operand(op.arg("src"))
    if source.rank == out.rank:
        layout = layout._replace(sizes=source.sizes)
    return _through(low, op, low.operand(op.arg("self")), layout, op.arg("src"))


@LOWERINGS("aten.select_scatter.default")
def lower_select_scatter(low: Lowering, op: FxCallOp) -> TensorRef:
    """self with src at one index of dim."""
    out = result_type(op)
    try:
        layout = view_math.select(_whole(out), dim_of(op, out.rank), low.int_arg(op.arg("index")))
    except UnknownSignError as error:
        raise NotLowered(str(error)) from None
    return _through(low, op, low.operand(op.arg("self")), layout, op.arg("src"))


def _diagonal(op: FxCallOp, out: TensorType) -> Layout:
    return view_math.diagonal(_whole(out), op.arg("offset"), dim_of(op, out.rank, "dim1"), dim_of(op, out.rank, "dim2"))


@LOWERINGS("aten.diagonal_scatter.default")
def lower_diagonal_scatter(low: Lowering, op: FxCallOp) -> TensorRef:
    """self with src on a diagonal."""
    return _through(low, op, low.operand(op.arg("self")), _diagonal(op, result_type(op)), op.arg("src"))


@LOWERINGS("aten.as_strided_scatter.default")
def lower_as_strided_scatter(low: Lowering, op: FxCallOp) -> TensorRef:
    """self with src at a strided view of it."""
    ref, out = low.operand(op.arg("self")), result_type(op)
    offset = op.arg("storage_offset")
    if offset is not None and (isinstance(ref.base, BlockArgument) or layout_of(ref) != _whole(out)):
        raise NotLowered("as_strided_scatter with a storage offset into an argument or a view")
    first = 0 if offset is None else low.int_arg(offset)
    sizes, strides = low.int_args(op.arg("size")), low.int_args(op.arg("stride"))
    return _through(low, op, ref, Layout(first, sizes, strides), op.arg("src"))


@LOWERINGS("aten.diagonal_backward.default")
def lower_diagonal_backward(low: Lowering, op: FxCallOp) -> TensorRef:
    """Zeros with the gradient on a diagonal."""
    out = result_type(op)
    return _through(low, op, filled(low, out, 0), _diagonal(op, out), op.arg("grad_output"))


@LOWERINGS("aten.select_backward.default")
def lower_select_backward(low: Lowering, op: FxCallOp) -> TensorRef:
    """The gradient at one index of dim, else 0; one nest."""
    grad, out = low.operand(op.arg("grad_output")), result_type(op)
    dim = dim_of(op, out.rank)
    try:
        chosen = view_math.wrap_index(low.int_arg(op.arg("index")), out.sizes[dim])
    except UnknownSignError as error:
        raise NotLowered(str(error)) from None
    nest, indices = low.nest_over(out)
    hit = nest.index(indices[dim] - chosen).eq(0)
    nest.store(nest.load(grad, [*indices[:dim], *indices[dim + 1 :]], hit, 0), indices)
    return nest.result()


@LOWERINGS("aten.slice_backward.default")
def lower_slice_backward(low: Lowering, op: FxCallOp) -> TensorRef:
    """The gradient at start:end:step of dim, else 0; one nest."""
    grad, out = low.operand(op.arg("grad_output")), result_type(op)
    dim, step = dim_of(op, out.rank), low.int_arg(op.arg("step"))
    if 0 in grad.sizes:
        return filled(low, out, 0)
    try:
        start = view_math.clamp_index(low.int_arg(op.arg("start")), out.sizes[dim])
    except UnknownSignError as error:
        raise NotLowered(str(error)) from None
    nest, indices = low.nest_over(out)
    distance = indices[dim] - start
    hit = nest.index(distance).ge(0) & nest.index(distance - grad.sizes[dim] * step).lt(0)
    if step != 1:
        hit = hit & nest.index(distance % step).eq(0)
    source = [*indices[:dim], distance // step, *indices[dim + 1 :]]
    nest.store(nest.load(grad, source, hit, 0), indices)
    return nest.result()


@LOWERINGS("aten.unfold_backward.default")
def lower_unfold_backward(low: Lowering, op: FxCallOp) -> TensorRef:
    """Zeros with the gradient of each window added to where it was read."""
    grad, out = low.operand(op.arg("grad_in")), result_type(op)
    dim, size, step = dim_of(op, out.rank), op.arg("size"), op.arg("step")
    if 0 in grad.sizes:
        return filled(low, out, 0)

    def emit(nest: NestBuilder, indices: list[IntExpr]) -> None:
        *outer, k = indices
        # A scalar is unfolded into windows of at most one element.
        at = [*outer[:dim], outer[dim] * step + k, *outer[dim + 1 :]] if outer else []
        nest.store(nest.load(grad, indices).to(nest.outputs[0].dtype), at, mode="add" if size > step else "set")

    zeros = filled(low, out, 0)
    return scattered(low, zeros, out, grad.sizes, emit, "add" if size > step else "set")
