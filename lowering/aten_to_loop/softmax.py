"""Softmax and its relatives: one nest each. `g` is the gradient of the result, `y` the result."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from fxopt.ir.fx_call import FxCallOp
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.elementwise import result_type
from fxopt.lowering.aten_to_loop.nest import NestBuilder
from fxopt.lowering.aten_to_loop.reduction_nest import Reduction
from fxopt.lowering.aten_to_loop.scalar import Val, compute_dtype
from fxopt.lowering.aten_to_loop.tables import LoweringFn, Registry
from fxopt.lowering.aten_to_loop.tensor_ref import TensorRef, normalize_dims

LOWERINGS = Registry()


def softmax(n: NestBuilder, x: Val) -> Val:
    """exp(x - max) / sum(exp(x - max))."""
    exponential = n.math("exp", x - n.reduce("max", x))
    return exponential / n.reduce("sum", exponential)


def log_softmax(n: NestBuilder, x: Val) -> Val:
    """(x - max) - log(sum(exp(x - max)))."""
    shifted = x - n.reduce("max", x)
    return shifted - n.math("log", n.reduce("sum", n.math("exp", shifted)))


def _safe_softmax(n: NestBuilder, x: Val) -> Val:
    """As softmax, but 0 in rows that are -inf throughout."""
    nothing = n.reduce("max", x).eq(-math.inf)
    return nothing.select(0.0, softmax(n, x))


def _softmax_backward(n: NestBuilder, g: Val, y: Val) -> Val:
    weighted = g * y
    return weighted - y * n.reduce("sum", weighted)


def _log_softmax_backward(n: NestBuilder, g: Val, y: Val) -> Val:
    return g - n.math("exp", y) * n.reduce("sum", g)


def _along_dim(formula: Callable[..., Val], *tensors: str) -> LoweringFn:
    """A nest that reduces along `dim` and writes every element; `tensors` all have the result's shape."""

    def lower(low: Lowering, op: FxCallOp) -> TensorRef:
        out = result_type(op)
        refs = [low.operand(op.arg(name)) for name in tensors]
        reduction = Reduction(low, refs[0], normalize_dims(op.arg("dim"), refs[0].rank), (out,))
        dtype = compute_dtype(out.dtype)
        values: list[Any] = [reduction.load_like(ref, dtype) for ref in refs]
        reduction.store_full(formula(reduction.n, *values))
        return reduction.n.result()

    return lower


LOWERINGS("aten._softmax.default", "aten.softmax.int")(_along_dim(softmax, "self"))
LOWERINGS("aten._log_softmax.default", "aten.log_softmax.int")(_along_dim(log_softmax, "self"))
LOWERINGS("aten._safe_softmax.default")(_along_dim(_safe_softmax, "self"))
LOWERINGS("aten._softmax_backward_data.default")(_along_dim(_softmax_backward, "grad_output", "output"))
LOWERINGS("aten._log_softmax_backward_data.default")(_along_dim(_log_softmax_backward, "grad_output", "output"))
