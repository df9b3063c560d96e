"""Pointwise operators of three, clamping, casts, copies and fills."""

from __future__ import annotations

from typing import Any

from xdsl.ir import SSAValue

from fxopt.ir.fx_call import FxCallOp
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.elementwise import (
    elementwise,
    load_operand,
    of_args,
    result_type,
    with_params,
)
from fxopt.lowering.aten_to_loop.nest import NestBuilder
from fxopt.lowering.aten_to_loop.scalar import Number, Val
from fxopt.lowering.aten_to_loop.tables import Registry
from fxopt.lowering.aten_to_loop.tensor_ref import NotLowered, TensorRef

LOWERINGS = Registry()


# ---- selection --------------------------------------------------------------------------------------------


@LOWERINGS("aten.where.self", "aten.where.ScalarSelf", "aten.where.ScalarOther", "aten.where.Scalar")
def _where(low: Lowering, op: FxCallOp) -> TensorRef:
    """condition ? self : other; moved without arithmetic, so in the result's own dtype."""
    condition, first, second = (op.resolve(arg) for arg in op.template.args)
    return _select(low, op, condition, first, second)


def _select(low: Lowering, op: FxCallOp, condition: Any, first: Any, second: Any) -> TensorRef:
    out = result_type(op)
    n, indices = low.nest_over(out)
    chosen = load_operand(n, condition, indices, "bool")
    n.store(
        chosen.select(load_operand(n, first, indices, out.dtype), load_operand(n, second, indices, out.dtype)), indices
    )
    return n.result()


@LOWERINGS("aten.masked_fill.Scalar", "aten.masked_fill.Tensor")
def _masked_fill(low: Lowering, op: FxCallOp) -> TensorRef:
    args = op.bound()
    return _select(low, op, args["mask"], args["value"], args["self"])


# ---- clamping: NaN wins ------------------------------------------------------------------------------------


def _bounded(low: Lowering, op: FxCallOp, least: Any, greatest: Any) -> TensorRef:
    def formula(n: NestBuilder, x: Val, *bounds: Val) -> Val:
        rest = list(bounds)
        if least is not None:
            x = x.at_least(least) if isinstance(least, int | float) else x.maximum(rest.pop(0))
        if greatest is None:
            return x
        return x.at_most(greatest) if isinstance(greatest, int | float) else x.minimum(rest.pop(0))

    bounds = [bound for bound in (least, greatest) if bound is not None and not isinstance(bound, int | float)]
    return elementwise(low, op, [op.resolve(op.template.args[0]), *bounds], formula)


@LOWERINGS("aten.clamp.default", "aten.clamp.Tensor", "aten.clip.default", "aten.clip.Tensor")
def _clamp(low: Lowering, op: FxCallOp) -> TensorRef:
    return _bounded(low, op, op.arg("min"), op.arg("max"))


@LOWERINGS("aten.clamp_min.default", "aten.clamp_min.Tensor")
def _clamp_min(low: Lowering, op: FxCallOp) -> TensorRef:
    return _bounded(low, op, op.arg("min"), None)


@LOWERINGS("aten.clamp_max.default", "aten.clamp_max.Tensor")
def _clamp_max(low: Lowering, op: FxCallOp) -> TensorRef:
    return _bounded(low, op, None, op.arg("max"))


# ---- a + b*c ----------------------------------------------------------------------------------------------


def _times_value(value: Any, n: NestBuilder, product: Val) -> Val:
    is_one = isinstance(value, int | float) and value == 1
    return product if is_one else product * n.scalar(value, product.dtype)


def _addcmul(n: NestBuilder, x: Val, a: Val, b: Val, value: Number | SSAValue) -> Val:
    return x + _times_value(value, n, a) * b


def _addcdiv(n: NestBuilder, x: Val, a: Val, b: Val, value: Number | SSAValue) -> Val:
    return x + _times_value(value, n, a) / b


def lerp(n: NestBuilder, a: Val, b: Val, weight: Val) -> Val:
    """a + weight * (b - a), from the nearer end."""
    span = b - a
    near_a = a + weight * span
    near_b = b - span * (1.0 - weight)
    return n.math("absf", weight).lt(0.5).select(near_a, near_b)


LOWERINGS("aten.addcmul.default")(with_params(_addcmul, ("self", "tensor1", "tensor2"), ("value",)))
LOWERINGS("aten.addcdiv.default")(with_params(_addcdiv, ("self", "tensor1", "tensor2"), ("value",)))
LOWERINGS("aten.lerp.Tensor", "aten.lerp.Scalar")(of_args(lerp, "self", "end", "weight"))


# ---- copies and casts ---------------------------------------------------------------------------------------


def _copied(low: Lowering, op: FxCallOp, source: Any) -> TensorRef:
    """`source` broadcast, cast and laid out as the result says."""
    return elementwise(low, op, (source,), lambda n, x: x, result_type(op).dtype)


@LOWERINGS("aten.clone.default", "aten.contiguous.default", "aten.lift_fresh_copy.default", "aten.alias_copy.default")
def _clone(low: Lowering, op: FxCallOp) -> TensorRef:
    return _copied(low, op, op.operands[0])


@LOWERINGS("aten._to_copy.default", "prims.convert_element_type.default")
def _to_copy(low: Lowering, op: FxCallOp) -> TensorRef:
    ref = low.operand(op.operands[0])
    if ref.device != result_type(op).device:
        raise NotLowered("copy between devices")
    return _copied(low, op, op.operands[0])


@LOWERINGS("aten.copy.default")
def _copy(low: Lowering, op: FxCallOp) -> TensorRef:
    """`src` in the shape, dtype and layout of `self`."""
    source = op.arg("src")
    if low.operand(source).device != result_type(op).device and low.operand(source).rank:
        raise NotLowered("copy between devices")
    return _copied(low, op, source)


@LOWERINGS("aten.fill.Scalar", "aten.fill.Tensor")
def _fill(low: Lowering, op: FxCallOp) -> TensorRef:
    return _copied(low, op, op.arg("value"))


@LOWERINGS("aten.zero.default")
def _zero(low: Lowering, op: FxCallOp) -> TensorRef:
    return _copied(low, op, 0)
