"""What the pointwise families share: one nest over the result, operands loaded with broadcasting and cast."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from xdsl.ir import SSAValue

from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import IntExpr
from fxopt.ir.types import TensorType
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.nest import NestBuilder
from fxopt.lowering.aten_to_loop.scalar import Number, Val, compute_dtype
from fxopt.lowering.aten_to_loop.tables import LoweringFn
from fxopt.lowering.aten_to_loop.tensor_ref import TensorRef

Formula: TypeAlias = Callable[..., Val]
"""`(n, *operands) -> value`: emits the body's arithmetic; operands are `Val`s in the compute dtype."""


def result_type(op: FxCallOp, k: int | None = None) -> TensorType:
    """The tensor type of the result, or of element `k` of a tuple result."""
    type_ = op.results[0].type
    if k is not None:
        type_ = type_.data[k]  # type: ignore[attr-defined]
    assert isinstance(type_, TensorType), f"{op.name} gives {type_}"
    return type_


def is_tensor(value: Any) -> bool:
    return isinstance(value, SSAValue) and isinstance(value.type, TensorType)


def round_to_half(value: Number, dtype: str) -> float:
    """The nearest `f16` or `bf16`, ties to even."""
    if not math.isfinite(value):
        return float(value)
    if dtype == "f16":
        try:
            rounded: float = struct.unpack("e", struct.pack("e", value))[0]
        except OverflowError:
            return math.copysign(math.inf, value)
        return rounded
    bits = struct.unpack("I", struct.pack("f", value))[0]
    bits = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000
    return float(struct.unpack("f", struct.pack("I", bits))[0])


def load_operand(
    n: NestBuilder,
    value: Any,
    indices: Sequence[IntExpr],
    dtype: str,
    common: str | None = None,
    *,
    rounds_scalars: bool = True,
) -> Val:
    """A tensor's element (broadcast) or a scalar argument, in `dtype`.

    Eager first converts operands to the `common` dtype, which shows where that is of half precision. Its GPU
    kernels keep scalars and 0-d tensors in f32, as do some of its CPU kernels.
    """
    if common not in ("f16", "bf16"):
        common = None
    rounds_scalars = rounds_scalars and n.device == "cpu"
    if is_tensor(value):
        ref = n.low.operand(value)
        element = n.load_broadcast(ref, indices)
        if common is not None and (ref.rank or rounds_scalars):
            element = element.to(common)
        return element.to(dtype)
    if common is None or not rounds_scalars:
        return n.scalar(value, dtype)
    if isinstance(value, int | float) and abs(value) < 3e38:
        return n.scalar(round_to_half(value, common), dtype)
    return n.scalar(value, common).to(dtype)


def elementwise(
    low: Lowering,
    op: FxCallOp,
    operands: Sequence[Any],
    formula: Formula,
    dtype: str | None = None,
    *,
    rounds_scalars: bool = True,
) -> TensorRef:
    """One nest over the result. Operands are cast to `dtype`, by default that in which the result is computed."""
    out = result_type(op)
    common = out.dtype if dtype is None else None
    dtype = compute_dtype(out.dtype) if dtype is None else dtype
    n, indices = low.nest_over(out)
    values = [load_operand(n, v, indices, dtype, common, rounds_scalars=rounds_scalars) for v in operands]
    n.store(formula(n, *values), indices)
    return n.result()


def unary(formula: Formula) -> LoweringFn:
    """Of the first argument alone, in the result's compute dtype."""
    return lambda low, op: elementwise(low, op, (op.resolve(op.template.args[0]),), formula)


def of_args(formula: Formula, *names: str) -> LoweringFn:
    """Of the named arguments, each a tensor or a scalar, in the result's compute dtype."""
    return lambda low, op: elementwise(low, op, [op.arg(name) for name in names], formula)


def with_params(formula: Formula, tensors: Sequence[str], params: Sequence[str]) -> LoweringFn:
    """As `of_args`; the arguments `params` are handed to the formula as Python values, symbolic ones as `Val`s."""

    def lower(low: Lowering, op: FxCallOp) -> TensorRef:
        values = [op.arg(name) for name in params]

        def call(n: NestBuilder, *operands: Val) -> Val:
            dtype = operands[0].dtype
            return formula(n, *operands, *(n.scalar(v, dtype) if isinstance(v, SSAValue) else v for v in values))

        return elementwise(low, op, [op.arg(name) for name in tensors], call)

    return lower
