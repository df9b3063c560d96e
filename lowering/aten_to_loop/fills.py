"""Tensors made from sizes and scalars: constants, ranges, the identity matrix."""

from __future__ import annotations

from typing import Any

from xdsl.ir import SSAValue

from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import Expr, IntExpr
from fxopt.ir.types import DTYPES, SymType, TensorType
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.nest import NestBuilder
from fxopt.lowering.aten_to_loop.scalar import Val, compute_dtype
from fxopt.lowering.aten_to_loop.tables import LoweringFn, Registry
from fxopt.lowering.aten_to_loop.tensor_ref import NotLowered, TensorRef
from fxopt.lowering.aten_to_loop.views import result_type

LOWERINGS = Registry()


def filled(low: Lowering, type_: TensorType, value: Any) -> TensorRef:
    """`value` everywhere; a number or a symbolic scalar."""
    nest, indices = low.nest_over(type_)
    nest.store(nest.scalar(value, type_.dtype), indices)
    return nest.result()


@LOWERINGS("aten.full.default", "aten.full_like.default", "aten.new_full.default")
def lower_full(low: Lowering, op: FxCallOp) -> TensorRef:
    """`fill_value` everywhere."""
    return filled(low, result_type(op), op.arg("fill_value"))


@LOWERINGS("aten.scalar_tensor.default")
def lower_scalar_tensor(low: Lowering, op: FxCallOp) -> TensorRef:
    """A scalar as a tensor of no dims."""
    return filled(low, result_type(op), op.arg("s"))


def _constant(value: int) -> LoweringFn:
    return lambda low, op: filled(low, result_type(op), value)


for _name, _value in (("zeros", 0), ("ones", 1)):
    for _form in (f"{_name}.default", f"{_name}_like.default", f"new_{_name}.default"):
        LOWERINGS[f"aten.{_form}"] = _constant(_value)


@LOWERINGS("aten.eye.default", "aten.eye.m")
def lower_eye(low: Lowering, op: FxCallOp) -> TensorRef:
    """1 where row and column agree, else 0."""
    out = result_type(op)
    nest, (row, column) = low.nest_over(out)
    one = nest.const(1, out.dtype)
    nest.store(nest.index(row - column).eq(0).select(one, nest.const(0, out.dtype)), (row, column))
    return nest.result()


# ---- ranges -----------------------------------------------------------------------------------------------


def is_integral(value: Any) -> bool:
    """Whether a scalar argument is an integer, symbolic or not."""
    if isinstance(value, SSAValue):
        return isinstance(value.type, SymType) and value.type.kind == "int"
    return isinstance(value, int | Expr)


def _as_expr(low: Lowering, value: Any) -> IntExpr | None:
    """An integer, or a float with an integral value, as an index expression."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**24:
        return int(value)
    return low.int_arg(value) if is_integral(value) else None


def range_dtype(device: str, out: str) -> str:
    """The dtype that torch computes a floating-point range in: double on the CPU, at least float on a GPU."""
    return "f64" if device == "cpu" and out != "f64" else compute_dtype(out)


@LOWERINGS(
    "aten.arange.default", "aten.arange.start", "aten.arange.start_step", "aten.range.default", "aten.range.step"
)
def lower_arange(low: Lowering, op: FxCallOp) -> TensorRef:
    """`start + i * step`; the result knows how many."""
    args, out = op.bound(), result_type(op)
    start, step = args.get("start", 0), args.get("step", 1)
    nest, (i,) = low.nest_over(out)
    exact_start, exact_step = _as_expr(low, start), _as_expr(low, step)
    if exact_start is not None and exact_step is not None:
        nest.store(nest.index(exact_start + i * exact_step), (i,))
        return nest.result()
    if DTYPES[out.dtype].category != "float":
        raise NotLowered(f"range of {out.dtype} with fractional bounds")
    dtype = range_dtype(out.device, out.dtype)
    nest.store(nest.scalar(start, dtype) + nest.index(i).to(dtype) * nest.scalar(step, dtype), (i,))
    return nest.result()


@LOWERINGS("aten.linspace.default")
def lower_linspace(low: Lowering, op: FxCallOp) -> TensorRef:
    """`steps` values from `start` to `end`, counted from the nearer end, as torch does."""
    out, steps = result_type(op), op.arg("steps")
    if DTYPES[out.dtype].category != "float" or not isinstance(steps, int):
        raise NotLowered(f"linspace of {steps} steps in {out.dtype}")
    dtype = compute_dtype(out.dtype)
    nest, (i,) = low.nest_over(out)
    start, end = nest.scalar(op.arg("start"), dtype), nest.scalar(op.arg("end"), dtype)
    nest.store(start if steps == 1 else _between(nest, start, end, i, steps), (i,))
    return nest.result()


def _between(nest: NestBuilder, start: Val, end: Val, i: IntExpr, steps: int) -> Val:
    step = (end - start) / nest.const(max(steps - 1, 1), start.dtype)
    from_start = start + step * nest.index(i).to(start.dtype)
    from_end = end - step * nest.index(steps - 1 - i).to(start.dtype)
    return nest.index(i).lt(steps // 2).select(from_start, from_end)
