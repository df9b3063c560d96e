"""Rewrites of views: fewer of them, and one spelling. `t`, `transpose` and their kin become `permute`.

Patterns are as in `canonicalize.py`.
"""

from __future__ import annotations

from typing import Any

from fxopt.dialects.aten.canonicalize import Pattern, Replacement, make, producer, tensor_type
from fxopt.dialects.aten.ops import AtenOp

_RESHAPES = ("view.default", "_unsafe_view.default")


def drop_view(op: AtenOp) -> Replacement:
    # view(x) -> x, expand(x) -> x, slice(x) -> x, … where the type, strides included, is the same
    return op.operands[0] if op.operands else None


def compose_views(op: AtenOp) -> Replacement:
    # view(view(x, s), t) -> view(x, t); x contiguous, or else the second view might be impossible
    inner = producer(op.arg("self"), *_RESHAPES)
    if inner is None:
        return None
    source = inner.arg("self")
    type_ = tensor_type(source)
    if type_ is None:
        return None
    if type_ == op.results[0].type:
        return source
    return make("view.default", (source, op.arg("size")), op.results[0].type) if type_.is_contiguous() else None


def rename_unsafe_view(op: AtenOp) -> Replacement:
    # _unsafe_view(x, s) -> view(x, s)
    return make("view.default", (op.arg("self"), op.arg("size")), op.results[0].type)


def view_of_reshape(op: AtenOp) -> Replacement:
    # reshape(x, s) -> view(x, s) where x is contiguous: no copy is made
    type_ = tensor_type(op.arg("self"))
    if type_ is None or not type_.is_contiguous():
        return None
    return make("view.default", (op.arg("self"), op.arg("shape")), op.results[0].type)


def drop_conversion(op: AtenOp) -> Replacement:
    # to(x, dtype) -> x where nothing changes and no copy is asked for
    return op.arg("self") if op.arg("copy") is False else None


def compose_slices(op: AtenOp) -> Replacement:
    # slice(slice(x, d, a, b), d, c, e) -> slice(x, d, a + c, min(a + e, b)), bounds known and in range, steps 1
    inner = producer(op.arg("self"), "slice.Tensor")
    bounds = _slice_bounds(op)
    if inner is None or bounds is None or (source := _slice_bounds(inner)) is None:
        return None
    if bounds[0] != source[0]:
        return None
    start, end = source[1] + bounds[1], source[1] + bounds[2]
    return make("slice.Tensor", (inner.arg("self"), bounds[0], start, end), op.results[0].type)


def _slice_bounds(op: AtenOp) -> tuple[int, int, int] | None:
    """(dim, start, end) of a slice of step 1, counted from the front; None where they are not known."""
    type_, dim, start, end = tensor_type(op.arg("self")), op.arg("dim"), op.arg("start"), op.arg("end")
    if type_ is None or type_.rank == 0 or type(dim) is not int or op.arg("step") != 1:
        return None
    size = type_.sizes[dim]
    if type(size) is not int or type(start) not in (int, type(None)) or type(end) not in (int, type(None)):
        return None
    first, last, _ = slice(start, end).indices(size)
    return dim % type_.rank, first, max(first, last)


def compose_expands(op: AtenOp) -> Replacement:
    # expand(expand(x, s), t) -> expand(x, t)
    inner = producer(op.arg("self"), "expand.default")
    if inner is None:
        return None
    return make("expand.default", (inner.arg("self"), op.arg("size")), op.results[0].type)


def compose_permutes(op: AtenOp) -> Replacement:
    # permute(permute(x, p), q) -> permute(x, p[q]), and x where that is the identity
    inner = producer(op.arg("self"), "permute.default")
    outer = _order(op.arg("dims"))
    if outer is None or outer == list(range(len(outer))):
        return op.arg("self") if outer is not None else None
    first = _order(inner.arg("dims")) if inner is not None else None
    if inner is None or first is None:
        return None
    return _permuted(op, inner.arg("self"), [first[d] for d in outer])


def _order(dims: Any) -> list[int] | None:
    is_constant = isinstance(dims, tuple) and all(isinstance(d, int) for d in dims)
    return [d % len(dims) for d in dims] if is_constant else None


def _permuted(op: AtenOp, source: Any, order: list[int]) -> Replacement:
    if order == list(range(len(order))):
        return source
    return make("permute.default", (source, tuple(order)), op.results[0].type)


def permute_of_t(op: AtenOp) -> Replacement:
    # t(x) -> permute(x, [1, 0])
    return _reversed(op, 2)


def permute_of_reversal(op: AtenOp) -> Replacement:
    # numpy_T(x) -> permute(x, [n - 1, …, 0])
    return _reversed(op, None)


def _reversed(op: AtenOp, most: int | None) -> Replacement:
    source = op.arg("self")
    type_ = tensor_type(source)
    if type_ is None or (most is not None and type_.rank > most):
        return None
    return _permuted(op, source, list(range(type_.rank))[::-1])


def permute_of_transpose(op: AtenOp) -> Replacement:
    # transpose(x, a, b) -> permute(x, …)
    return _swapped(op, *_dim_arguments(op))


def permute_of_mt(op: AtenOp) -> Replacement:
    # mT(x) -> permute(x, [0, …, n - 1, n - 2])
    return _swapped(op, -2, -1)


def _dim_arguments(op: AtenOp) -> tuple[Any, Any]:
    args = op.template.args
    return (args[1], args[2]) if len(args) == 3 else (None, None)


def _swapped(op: AtenOp, first: Any, second: Any) -> Replacement:
    source = op.arg("self")
    type_ = tensor_type(source)
    if type_ is None or not isinstance(first, int) or not isinstance(second, int):
        return None
    if type_.rank == 0:
        return source
    order = list(range(type_.rank))
    order[first], order[second] = order[second], order[first]
    return _permuted(op, source, order)


def undo_unsqueeze(op: AtenOp) -> Replacement:
    # squeeze(unsqueeze(x, d), d) -> x
    inner = producer(op.arg("self"), "unsqueeze.default")
    return inner.arg("self") if inner is not None else None


VIEW_PATTERNS: dict[str, tuple[Pattern, ...]] = {
    "view.default": (drop_view, compose_views),
    "_unsafe_view.default": (drop_view, compose_views, rename_unsafe_view),
    "reshape.default": (drop_view, view_of_reshape),
    "contiguous.default": (drop_view,),
    "alias.default": (drop_view,),
    "detach.default": (drop_view,),
    "lift_fresh.default": (drop_view,),
    "expand.default": (drop_view, compose_expands),
    "slice.Tensor": (drop_view, compose_slices),
    "positive.default": (drop_view,),
    "expand_as.default": (drop_view,),
    "broadcast_to.default": (drop_view,),
    "flatten.using_ints": (drop_view,),
    "ravel.default": (drop_view,),
    "view_as.default": (drop_view,),
    "reshape_as.default": (drop_view,),
    "type_as.default": (drop_view,),
    "to.dtype": (drop_conversion,),
    "to.device": (drop_conversion,),
    "to.dtype_layout": (drop_conversion,),
    "to.other": (drop_conversion,),
    "squeeze.default": (drop_view,),
    "squeeze.dim": (drop_view, undo_unsqueeze),
    "squeeze.dims": (drop_view, undo_unsqueeze),
    "permute.default": (compose_permutes,),
    "t.default": (permute_of_t,),
    "numpy_T.default": (permute_of_reversal,),
    "transpose.int": (permute_of_transpose,),
    "swapaxes.default": (permute_of_transpose,),
    "swapdims.default": (permute_of_transpose,),
    "mT.default": (permute_of_mt,),
}
"""Overload -> patterns, tried in order."""
