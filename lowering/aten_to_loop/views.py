"""Views: another layout of the same storage, composed lazily; a copy nest only where strides cannot express it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xdsl.ir import BlockArgument, SSAValue

from fxopt.dialects.loop.ops import ViewOp
from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import IntExpr
from fxopt.ir.types import DTYPES, TensorType, TupleType, contiguous_strides
from fxopt.lowering.aten_to_loop import view_math
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.tables import Registry
from fxopt.lowering.aten_to_loop.tensor_ref import NotLowered, TensorRef, normalize_dim
from fxopt.lowering.aten_to_loop.view_math import Layout, UnknownSignError

LOWERINGS = Registry()

Rule = Callable[[Lowering, FxCallOp, Layout], Layout]


def layout_of(ref: TensorRef) -> Layout:
    """The layout of `ref` relative to its base."""
    return Layout(ref.offset, ref.sizes, ref.strides)


def result_type(op: FxCallOp) -> TensorType:
    """The type of the call's only result."""
    type_ = op.results[0].type
    if not isinstance(type_, TensorType):
        raise NotLowered(f"result of type {type_}")
    return type_


def result_types(op: FxCallOp) -> list[TensorType]:
    """The types of the elements of the call's tuple."""
    type_ = op.results[0].type
    types = type_.data if isinstance(type_, TupleType) else (type_,)
    tensors = [item for item in types if isinstance(item, TensorType)]
    if len(tensors) != len(types):
        raise NotLowered(f"result of type {type_}")
    return tensors


def copy_to(low: Lowering, ref: TensorRef, type_: TensorType) -> TensorRef:
    """The elements of `ref` (of the same sizes) in fresh storage of `type_`, converted to its dtype."""
    nest, indices = low.nest_over(type_)
    nest.store(nest.load(ref, indices), indices)
    return nest.result()


def reshape_copy(low: Lowering, ref: TensorRef, type_: TensorType) -> TensorRef:
    """The elements of `ref` in row-major order as `type_`, in fresh storage."""
    if type_.strides == contiguous_strides(type_.sizes):  # copied in its own shape: no division in any index
        copied = copy_to(low, ref, TensorType.of(ref.sizes, ref.dtype, None, ref.device))
        return low.view(copied, type_.sizes, type_.strides)
    nest, indices = low.nest_over(type_)
    source = view_math.reshaped_indices(ref.sizes, type_.sizes, indices, nest.domain.ranges())
    nest.store(nest.load(ref, source), indices)
    return nest.result()


def conform(low: Lowering, ref: TensorRef, type_: TensorType) -> TensorRef:
    """`ref` if it has the dtype and strides of `type_`, else a copy that has."""
    if ref.dtype == type_.dtype and view_math.same_layout(type_.sizes, ref.strides, type_.strides):
        return ref._replace(sizes=type_.sizes, strides=type_.strides)
    return copy_to(low, ref, type_)


def reshaped(low: Lowering, ref: TensorRef, type_: TensorType) -> TensorRef | None:
    """`ref` viewed in the shape of `type_`, or `None` where no strides express it."""
    strides = view_math.view_strides(ref.sizes, ref.strides, type_.sizes)
    if strides is None:
        return None
    # Torch's own strides, where they differ at dims of size 1 only.
    if view_math.same_layout(type_.sizes, strides, type_.strides):
        strides = type_.strides
    return low.view(ref, type_.sizes, strides)


# ---- reshapes ---------------------------------------------------------------------------------------------


@LOWERINGS(
    "aten.view.default",
    "aten._unsafe_view.default",
    "aten.reshape.default",
    "aten.reshape_as.default",
    "aten.view_as.default",
    "aten.flatten.using_ints",
    "aten.unflatten.int",
    "aten.ravel.default",
    "aten._reshape_alias.default",
)
def lower_reshape(low: Lowering, op: FxCallOp) -> TensorRef:
    """A view where strides allow it, else a copy in the result's layout."""
    ref, type_ = low.operand(op.arg("self")), result_type(op)
    view = reshaped(low, ref, type_)
    if view is not None and view_math.same_layout(type_.sizes, view.strides, type_.strides):
        return view
    source = op.arg("self").type
    if view is None and op.name in ("aten.view.default", "aten._unsafe_view.default") and ref.strides == source.strides:
        return low.view(ref, type_.sizes, type_.strides)  # torch showed what symbolic strides did not
    return reshape_copy(low, ref, type_)


@LOWERINGS("aten.view_copy.default", "aten._reshape_copy.default")
def lower_reshape_copy(low: Lowering, op: FxCallOp) -> TensorRef:
    """The reshaped elements in fresh storage."""
    ref, type_ = low.operand(op.operands[0]), result_type(op)
    view = reshaped(low, ref, type_)
    return copy_to(low, view, type_) if view is not None else reshape_copy(low, ref, type_)


@LOWERINGS("aten.view.dtype", "aten.view_copy.dtype")
def lower_view_dtype(low: Lowering, op: FxCallOp) -> TensorRef:
    """The same bytes as another dtype of the same width."""
    ref, type_ = low.operand(op.arg("self")), result_type(op)
    if DTYPES[ref.dtype].size_bytes != DTYPES[type_.dtype].size_bytes:
        raise NotLowered(f"view of {ref.dtype} as {type_.dtype}, of another width")
    view = low.retype(ref, TensorType.of(ref.sizes, type_.dtype, ref.strides, ref.device))
    return view if op.name == "aten.view.dtype" else copy_to(low, view, type_)


# ---- views that change the layout -------------------------------------------------------------------------


def dim_of(op: FxCallOp, rank: int, name: str = "dim") -> int:
    """A dim argument, in `[0, rank)`."""
    return normalize_dim(op.arg(name), rank)


def _dims_of(value: Any, rank: int) -> list[int]:
    dims = value if isinstance(value, tuple) else (value,)
    return [normalize_dim(dim, rank) for dim in dims]


def _permute(low: Lowering, op: FxCallOp, x: Layout) -> Layout:
    return view_math.permute(x, op.arg("dims"))


def _transpose(low: Lowering, op: FxCallOp, x: Layout) -> Layout:
    params = op.params()
    a, b = (normalize_dim(op.arg(params[k].name), x.rank) for k in (1, 2))
    if x.rank == 0:
        return x
    order = list(range(x.rank))
    order[a], order[b] = order[b], order[a]
    return view_math.permute(x, order)


def _t(low: Lowering, op: FxCallOp, x: Layout) -> Layout:
    return view_math.permute(x, range(x.rank)[::-1])


def _swap_last(low: Lowering, op: FxCallOp, x: Layout) -> Layout:
    return view_math.permute(x, [*range(x.rank - 2), x.rank - 1, x.rank - 2])


def _movedim(low: Lowering, op: FxCallOp, x: Layout) -> Layout:
    source, destination = (v if isinstance(v, tuple) else (v,) for v in (op.arg("source"), op.arg("destination")))
    return view_math.permute(x, view_math.move_dims(x.rank, source, destination)) if x.rank else x


def _expand(low: Lowering, op: FxCallOp, x: Layout) -> Layout:
    """Sizes come from the result; an expanded dim has stride 0, as have new dims."""
    sizes = result_type(op).sizes
    new = len(sizes) - x.rank
    strides = [0 if have == 1 != want else s for have, want, s in zip(x.sizes, sizes[new:], x.strides, strict=True)]
    return Layout(x.offset, sizes, (*(0,) * new, *strides))


def _squeeze(low: Lowering, op: FxCallOp, x: Layout) -> Layout:
    dims = range(x.rank) if len(op.params()) == 1 else _dims_of(op.arg("dim"), x.rank)
    return view_math.squeeze(x, dims)


def _unsqueeze(low: Lowering, op: FxCallOp, x: Layout) -> Layout:
    return view_math.unsqueeze(x, op.arg("dim") % (x.rank + 1))


def _select(low: Lowering, op: FxCallOp, x: Layout) -> Layout:
    return view_math.select(x, dim_of(op, x.rank), low.int_arg(op.arg("index")))


def _optional(low: Lowering, value: Any) -> IntExpr | None:
    return None if value is None else low.int_arg(value)


def _slice(low: Lowering, op: FxCallOp, x: Layout) -> Layout:
    dim = dim_of(op, x.rank)
    start, step = _optional(low, op.arg("start")), low.int_arg(op.arg("step"))
    return view_math.slice_(x, dim, start, result_type(op).sizes[dim], step)


def _narrow(low: Lowering, op: FxCallOp, x: Layout) -> Layout:
    start = low.int_arg(op.arg("start"))
    return view_math.slice_(x, dim_of(op, x.rank), start, low.int_arg(op.arg("length")), 1)


def _diagonal(low: Lowering, op: FxCallOp, x: Layout) -> Layout:
    return view_math.diagonal(x, op.arg("offset"), dim_of(op, x.rank, "dim1"), dim_of(op, x.rank, "dim2"))


def _unfold(low: Lowering, op: FxCallOp, x: Layout) -> Layout:
    return view_math.unfold(x, dim_of(op, x.rank, "dimension"), op.arg("size"), op.arg("step"))


def _identity(low: Lowering, op: FxCallOp, x: Layout) -> Layout:
    return x


# Operator without namespace and overload -> (overloads, rule).
_RULES: dict[str, tuple[str, Rule]] = {
    "permute": ("default", _permute),
    "transpose": ("int", _transpose),
    "swapaxes": ("default", _transpose),
    "swapdims": ("default", _transpose),
    "t": ("default", _t),
    "numpy_T": ("default", _t),
    "mT": ("default", _swap_last),
    "movedim": ("int intlist", _movedim),
    "moveaxis": ("int intlist", _movedim),
    "expand": ("default", _expand),
    "expand_as": ("default", _expand),
    "broadcast_to": ("default", _expand),
    "squeeze": ("default dim dims", _squeeze),
    "unsqueeze": ("default", _unsqueeze),
    "select": ("int", _select),
    "slice": ("Tensor", _slice),
    "narrow": ("default", _narrow),
    "diagonal": ("default", _diagonal),
    "unfold": ("default", _unfold),
    "alias": ("default", _identity),
    "detach": ("default", _identity),
    "lift_fresh": ("default", _identity),
}
_COPIES = frozenset(("permute", "transpose", "t", "expand", "squeeze", "unsqueeze", "select", "slice",
    "diagonal", "unfold", "detach"))  # fmt: skip


def _laid_out(low: Lowering, op: FxCallOp, rule: Rule) -> TensorRef:
    ref = low.operand(op.arg(op.params()[0].name))
    try:
        return TensorRef(ref.base, *rule(low, op, layout_of(ref)))
    except UnknownSignError as error:
        raise NotLowered(str(error)) from None


def _view_lowering(rule: Rule) -> Callable[[Lowering, FxCallOp], TensorRef]:
    return lambda low, op: _laid_out(low, op, rule)


def _copy_lowering(rule: Rule) -> Callable[[Lowering, FxCallOp], TensorRef]:
    return lambda low, op: copy_to(low, _laid_out(low, op, rule), result_type(op))


for _name, (_overloads, _rule) in _RULES.items():
    for _overload in _overloads.split():
        LOWERINGS[f"aten.{_name}.{_overload}"] = _view_lowering(_rule)
        if _name in _COPIES:
            LOWERINGS[f"aten.{_name}_copy.{_overload}"] = _copy_lowering(_rule)


# ---- as_strided -------------------------------------------------------------------------------------------


def storage_start(ref: TensorRef) -> tuple[TensorRef, IntExpr]:
    """The fresh tensor at the root of `ref`, and the position in its storage of `ref`'s base.

    The storage offset of a function argument is not known to the IR.
    """
    value, offset = ref.base, 0  # type: Any, IntExpr
    while isinstance(value.owner, ViewOp):
        offset = offset + value.owner.offset.data
        value = value.owner.source
    if isinstance(value, BlockArgument):
        raise NotLowered("as_strided with a storage offset on an argument")
    return TensorRef.of(ref.base), offset


def strided_layout(low: Lowering, op: FxCallOp, ref: TensorRef) -> TensorRef:
    """`as_strided` of `ref` with the op's `size`, `stride` and `storage_offset`."""
    sizes, strides = low.int_args(op.arg("size")), low.int_args(op.arg("stride"))
    absolute = op.arg("storage_offset")
    if absolute is None:
        return TensorRef(ref.base, ref.offset, sizes, strides)
    root, start = storage_start(ref)
    return TensorRef(root.base, low.int_arg(absolute) - start, sizes, strides)


@LOWERINGS("aten.as_strided.default", "aten.as_strided_copy.default")
def lower_as_strided(low: Lowering, op: FxCallOp) -> TensorRef:
    """Arbitrary sizes and strides; the offset counts from the start of the storage."""
    view = strided_layout(low, op, low.operand(op.arg("self")))
    return view if op.name == "aten.as_strided.default" else copy_to(low, view, result_type(op))


# ---- several views ----------------------------------------------------------------------------------------


def _pieces(ref: TensorRef, dim: int, types: Sequence[TensorType]) -> tuple[TensorRef, ...]:
    """Consecutive slices along `dim` of the sizes that the result types have."""
    layout, start = layout_of(ref), 0  # type: Layout, IntExpr
    pieces = []
    for type_ in types:
        size = type_.sizes[dim]
        offset = layout.offset + start * layout.strides[dim]
        pieces.append(TensorRef(ref.base, *layout.with_dim(dim, size, layout.strides[dim], offset)))
        start = start + size
    return tuple(pieces)


@LOWERINGS(
    "aten.split.Tensor",
    "aten.split.sizes",
    "aten.split_with_sizes.default",
    "aten.chunk.default",
    "aten.tensor_split.sections",
)
def lower_split(low: Lowering, op: FxCallOp) -> tuple[TensorRef, ...]:
    """Slices along `dim`; the result types know their sizes."""
    ref = low.operand(op.arg("self"))
    return _pieces(ref, dim_of(op, ref.rank), result_types(op))


@LOWERINGS(
    "aten.unsafe_split.Tensor",
    "aten.unsafe_split_with_sizes.default",
    "aten.unsafe_chunk.default",
    "aten.split_copy.Tensor",
    "aten.split_with_sizes_copy.default",
)
def lower_split_copy(low: Lowering, op: FxCallOp) -> tuple[TensorRef, ...]:
    """Slices along `dim` in fresh storage where the result's strides say so."""
    ref, types = low.operand(op.arg("self")), result_types(op)
    pieces = _pieces(ref, dim_of(op, ref.rank), types)
    if "unsafe" in op.name:  # nobody writes through them: views will do
        return pieces
    return tuple(copy_to(low, piece, type_) for piece, type_ in zip(pieces, types, strict=True))


@LOWERINGS("aten.unbind.int", "aten.unbind_copy.int")
def lower_unbind(low: Lowering, op: FxCallOp) -> tuple[TensorRef, ...]:
    """Every index of `dim`."""
    ref, types = low.operand(op.arg("self")), result_types(op)
    dim = dim_of(op, ref.rank)
    pieces = [TensorRef(ref.base, *view_math.select(layout_of(ref), dim, k)) for k in range(len(types))]
    if op.name == "aten.unbind.int":
        return tuple(pieces)
    return tuple(copy_to(low, piece, type_) for piece, type_ in zip(pieces, types, strict=True))


def start_from(low: Lowering, ref: TensorRef, type_: TensorType) -> SSAValue:
    """`ref` as a value of exactly `type_`, for an output that starts as a copy of it; copied where layouts differ."""
    return low.materialize(conform(low, ref, type_), type_)
