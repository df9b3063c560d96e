"""Finds `softmax(q @ k.T * scale + bias) @ v` in a graph, as torch decomposes attention or people write it.

The match starts at the second product and walks up. The batch dims of the operands may be flattened by views on the
way; conversions between float dtypes and products with numbers are followed, and the numbers gathered into `scale`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from xdsl.ir import Operation, SSAValue

from fxopt.dialects.aten.canonicalize import number_of, producer, tensor_type
from fxopt.dialects.aten.ops import AtenOp
from fxopt.ir.symbolic import IntExpr
from fxopt.ir.types import DTYPES, TensorType, contiguous_strides

_RESHAPES = ("view.default", "_unsafe_view.default", "reshape.default", "expand.default")
_COPIES = ("clone.default", "alias.default", "detach.default")
_PRODUCTS = ("mul.Scalar", "mul.Tensor", "div.Scalar", "div.Tensor")
_SOFTMAX = ("_softmax.default", "_safe_softmax.default")


@dataclass(frozen=True)
class Operand:
    """One of q, k, v: `value`, or its transpose (of the last two dims), as a tensor [batch, heads, rows, width]."""

    value: SSAValue
    is_transposed: bool
    type: TensorType


@dataclass(frozen=True)
class Attention:
    """One attention of the graph, and all that a call needs."""

    query: Operand
    key: Operand
    value: Operand
    bias: SSAValue | None
    scale: float
    dtype: str
    """Of q, k, v and the result."""
    scores: tuple[IntExpr, ...]
    """[batch, heads, rows, columns]."""
    is_safe: bool
    """A row of -inf gives zeros, not NaN."""
    result: SSAValue


def only_user(value: SSAValue) -> Operation | None:
    """The one op that uses `value`, once."""
    uses = list(value.uses)
    return uses[0].operation if len(uses) == 1 else None


def match_attention(product: AtenOp) -> Attention | None:
    """The attention whose second product is `product`, a `bmm`; intermediate results must have no other users."""
    softmax = _find_softmax(product.arg("self"))
    if softmax is None:
        return None
    found = _find_scores(softmax.arg("self"))
    if found is None:
        return None
    first, bias, scale = found
    shape = tensor_type(softmax.results[0])
    if shape is None or shape.rank not in (3, 4):
        return None
    scores = (1,) * (4 - shape.rank) + shape.sizes
    batch = scores[:2]
    for result in _results(product):
        type_ = tensor_type(result)
        if type_ is None:
            continue
        dtype = type_.dtype
        query = _operand(first.arg("self"), dtype, batch)
        key = _operand(first.arg("mat2"), dtype, batch, is_transposed=True)
        value = _operand(product.arg("mat2"), dtype, batch, takes_factor=False)
        if query is None or key is None or value is None:
            continue
        factor = scale * query[1] * key[1]
        if not math.isfinite(factor) or factor <= 0:
            return None
        is_safe = softmax.OVERLOAD == "_safe_softmax.default"
        return Attention(query[0], key[0], value[0], bias, factor, dtype, scores, is_safe, result)
    return None


def _find_softmax(value: Any) -> AtenOp | None:
    """The softmax over the last dim that makes the probabilities `value`."""
    while isinstance(value, SSAValue) and only_user(value) is not None:
        op = producer(value, *_SOFTMAX)
        if op is not None:
            type_ = tensor_type(value)
            return op if type_ is not None and op.arg("dim") in (-1, type_.rank - 1) else None
        op = producer(value, *_RESHAPES, *_COPIES, "_to_copy.default")
        if op is None or not _keeps_matrices(op):
            return None
        value = op.arg("self")
    return None


def _find_scores(value: Any) -> tuple[AtenOp, SSAValue | None, float] | None:
    """The first product, the bias and the scale of the scores `value`."""
    scale, bias = 1.0, None
    while isinstance(value, SSAValue) and only_user(value) is not None:
        if (first := producer(value, "bmm.default")) is not None:
            return first, bias, scale
        if (factor := _factor(value)) is not None:
            value, number = factor
            scale *= number
        elif (op := producer(value, *_RESHAPES, *_COPIES, "_to_copy.default")) is not None and _keeps_matrices(op):
            value = op.arg("self")
        elif (total := producer(value, "add.Tensor")) is not None:
            if bias is not None or scale != 1 or total.arg("alpha") != 1:
                return None  # a factor here scales the bias too
            sides = (total.arg("self"), total.arg("other"))
            value, bias = sides if _leads_to_product(sides[0]) else sides[::-1]
            if not isinstance(bias, SSAValue):
                return None
        else:
            return None
    return None


def _leads_to_product(value: Any) -> bool:
    """Whether `value` is a product of matrices, reshaped, converted and scaled."""
    while isinstance(value, SSAValue):
        if producer(value, "bmm.default") is not None:
            return True
        factor = _factor(value)
        if factor is not None:
            value = factor[0]
            continue
        op = producer(value, *_RESHAPES, *_COPIES, "_to_copy.default")
        if op is None:
            return False
        value = op.arg("self")
    return False


def _factor(value: SSAValue) -> tuple[Any, float] | None:
    """(x, c) where `value` is x * c or x / c."""
    op = producer(value, *_PRODUCTS)
    if op is None:
        return None
    source, number = op.arg("self"), number_of(op.arg("other"))
    type_ = tensor_type(source)
    if number is None or number == 0 or type_ is None or type_.sizes != tensor_type(value).sizes:  # type: ignore[union-attr]
        return None
    if DTYPES[type_.dtype].category != "float" or dict(op.template.kwargs).get("rounding_mode") is not None:
        return None
    return source, (1 / number if op.OVERLOAD.startswith("div") else float(number))


def _keeps_matrices(op: AtenOp) -> bool:
    """Whether the result is the same list of matrices (last two dims), the batch dims reshaped at most."""
    source, result = tensor_type(op.arg("self")), tensor_type(op.results[0])
    if source is None or result is None or source.rank < 2 or source.device != result.device:
        return False
    if op.OVERLOAD == "expand.default":
        return source.sizes == result.sizes
    is_float = DTYPES[source.dtype].category == DTYPES[result.dtype].category == "float"
    return is_float and source.sizes[-2:] == result.sizes[-2:]


def _operand(
    value: Any, dtype: str, batch: tuple[IntExpr, ...], *, is_transposed: bool = False, takes_factor: bool = True
) -> tuple[Operand, float] | None:
    """The first tensor in `dtype` that `value` is made from and a kernel can read, and what it is multiplied by."""
    factor = 1.0
    best: tuple[Operand, float] | None = None
    while (type_ := tensor_type(value)) is not None:
        if type_.dtype == dtype and (layout := heads_type(type_, batch, is_transposed)) is not None:
            best = Operand(value, is_transposed, layout), factor
        # A conversion to `dtype` rounds: what is before it is another tensor.
        followed = (*_RESHAPES, *_COPIES, *(("_to_copy.default",) if type_.dtype != dtype else ()))
        scaled = _factor(value) if takes_factor else None
        if scaled is not None:
            value, number = scaled
            factor *= number
        elif (op := producer(value, *followed)) is not None and _keeps_matrices(op):
            value = op.arg("self")
        elif (op := producer(value, "permute.default", "transpose.int")) is not None and _swaps_last_dims(op, type_):
            value, is_transposed = op.arg("self"), not is_transposed
        else:
            break
    return best


def heads_type(type_: TensorType, batch: tuple[IntExpr, ...], is_transposed: bool) -> TensorType | None:
    """The type as [batch, heads, rows, width] without a copy, elements of a row side by side; None if impossible."""
    sizes, strides = (*batch, *type_.sizes[-2:]), type_.strides
    if type_.sizes != sizes:
        if not all(isinstance(size, int) for size in (*sizes, *type_.sizes)):
            return None
        if math.prod(sizes) != type_.numel():
            return None
        if type_.rank == 3:
            strides = (batch[1] * strides[0], *strides)
        elif type_.is_contiguous():
            strides = contiguous_strides(sizes)
        else:
            return None
    if is_transposed:
        sizes, strides = (*batch, sizes[3], sizes[2]), (*strides[:2], strides[3], strides[2])
    return TensorType.of(sizes, type_.dtype, strides, type_.device) if strides[3] == 1 else None


def _swaps_last_dims(op: AtenOp, type_: TensorType) -> bool:
    rank = type_.rank
    if op.OVERLOAD == "transpose.int":
        dims = (op.arg("dim0"), op.arg("dim1"))
        return all(isinstance(d, int) for d in dims) and {d % rank for d in dims} == {rank - 2, rank - 1}
    order = op.arg("dims")
    return all(isinstance(d, int) for d in order) and [d % rank for d in order] == [
        *range(rank - 2),
        rank - 1,
        rank - 2,
    ]


def _results(product: AtenOp) -> list[SSAValue]:
    """The values that may stand for the result: after the last conversion, and before it."""
    value: SSAValue = product.results[0]
    found = [value]
    user = only_user(value)
    while isinstance(user, AtenOp) and user.OVERLOAD in (*_RESHAPES, "_to_copy.default") and _keeps_matrices(user):
        value = user.results[0]
        if user.OVERLOAD == "_to_copy.default":
            return [value, found[-1]]
        found.append(value)
        user = only_user(value)
    return [found[-1]]
