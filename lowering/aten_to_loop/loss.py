"""Losses: elementwise terms, kept or reduced by `reduction` (0 none, 1 mean, 2 sum), and their gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fxopt.ir.fx_call import FxCallOp
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.elementwise import Formula, elementwise, load_operand, result_type
from fxopt.lowering.aten_to_loop.nest import NestBuilder
from fxopt.lowering.aten_to_loop.reduction_nest import Reduction
from fxopt.lowering.aten_to_loop.scalar import Number, Val, compute_dtype
from fxopt.lowering.aten_to_loop.tables import LoweringFn, Registry
from fxopt.lowering.aten_to_loop.tensor_ref import TensorRef

LOWERINGS = Registry()

MEAN = 1
SUM = 2


# ---- the terms: x prediction, t target ----------------------------------------------------------------------


def _squared(n: NestBuilder, x: Val, t: Val) -> Val:
    return (x - t) * (x - t)


def _absolute(n: NestBuilder, x: Val, t: Val) -> Val:
    return n.math("absf", x - t)


def _smooth_l1(n: NestBuilder, x: Val, t: Val, beta: Number) -> Val:
    """0.5 d^2 / beta below beta, |d| - 0.5 beta beyond."""
    distance = n.math("absf", x - t)
    return distance.lt(beta).select(distance * distance * 0.5 / beta, distance - 0.5 * beta) if beta else distance


def _huber(n: NestBuilder, x: Val, t: Val, delta: Number) -> Val:
    distance = n.math("absf", x - t)
    return distance.le(delta).select(distance * distance * 0.5, (distance - 0.5 * delta) * delta)


def _cross_entropy(n: NestBuilder, x: Val, t: Val, *weight: Val) -> Val:
    """-(t log x + (1 - t) log(1 - x)), the logarithms no less than -100."""
    log_x = n.math("log", x).maximum(-100.0)
    log_rest = n.math("log1p", -x).maximum(-100.0)
    loss = (t - 1.0) * log_rest - t * log_x
    return loss * weight[0] if weight else loss


def _cross_entropy_of_logits(n: NestBuilder, x: Val, t: Val, weight: Val | None, pos_weight: Val | None) -> Val:
    """(1 - t) x + (1 + (pos_weight - 1) t) log(1 + exp(-x)), stable for every x."""
    softplus = n.math("log1p", n.math("exp", -n.math("absf", x))) + (-x).maximum(0.0)
    if pos_weight is not None:
        softplus = softplus * ((pos_weight - 1.0) * t + 1.0)
    loss = (1.0 - t) * x + softplus
    return loss if weight is None else loss * weight


def _kl_divergence(n: NestBuilder, x: Val, t: Val, log_target: bool) -> Val:
    if log_target:
        return n.math("exp", t) * (t - x)
    return t.isnan().select(t, t.eq(0.0).select(0.0, t * n.math("log", t))) - t * x


def _soft_margin(n: NestBuilder, x: Val, t: Val) -> Val:
    return n.math("log1p", n.math("exp", -t * x))


# ---- reducing them ------------------------------------------------------------------------------------------


def _loss(low: Lowering, op: FxCallOp, tensors: Sequence[Any], formula: Formula) -> TensorRef:
    """The terms, broadcast to the first tensor, reduced as the call says."""
    reduction = op.arg("reduction")
    if reduction not in (MEAN, SUM):
        return elementwise(low, op, tensors, formula)
    out, first = result_type(op), low.operand(tensors[0])
    r = Reduction(low, first, range(first.rank), (out,))
    dtype = compute_dtype(out.dtype)
    total = r.n.reduce("sum", formula(r.n, *(r.load_like(low.operand(t), dtype) for t in tensors)))
    r.store_reduced(total / r.count_as(dtype) if reduction == MEAN else total)
    return r.n.result()


def _with_target(formula: Formula, *params: str) -> LoweringFn:
    def lower(low: Lowering, op: FxCallOp) -> TensorRef:
        values = [op.arg(name) for name in params]
        return _loss(low, op, (op.arg("self"), op.arg("target")), lambda n, x, t: formula(n, x, t, *values))

    return lower


LOWERINGS("aten.mse_loss.default")(_with_target(_squared))
LOWERINGS("aten.l1_loss.default")(_with_target(_absolute))
LOWERINGS("aten.smooth_l1_loss.default")(_with_target(_smooth_l1, "beta"))
LOWERINGS("aten.huber_loss.default")(_with_target(_huber, "delta"))
LOWERINGS("aten.soft_margin_loss.default")(_with_target(_soft_margin))


@LOWERINGS("aten.kl_div.default")
def _kl_div(low: Lowering, op: FxCallOp) -> TensorRef:
    log_target = op.arg("log_target")
    operands = (op.arg("self"), op.arg("target"))
    return _loss(low, op, operands, lambda n, x, t: _kl_divergence(n, x, t, log_target))


@LOWERINGS("aten.binary_cross_entropy.default")
def _binary_cross_entropy(low: Lowering, op: FxCallOp) -> TensorRef:
    weight = op.arg("weight")
    return _loss(low, op, [op.arg("self"), op.arg("target"), *([] if weight is None else [weight])], _cross_entropy)


@LOWERINGS("aten.binary_cross_entropy_with_logits.default")
def _binary_cross_entropy_with_logits(low: Lowering, op: FxCallOp) -> TensorRef:
    args = op.bound()
    given = [name for name in ("weight", "pos_weight") if args[name] is not None]

    def formula(n: NestBuilder, x: Val, t: Val, *rest: Val) -> Val:
        by_name = dict(zip(given, rest, strict=True))
        return _cross_entropy_of_logits(n, x, t, by_name.get("weight"), by_name.get("pos_weight"))

    return _loss(low, op, [args["self"], args["target"], *(args[name] for name in given)], formula)


# ---- gradients: g of the reduced loss, or of each term ------------------------------------------------------


def _squared_gradient(n: NestBuilder, x: Val, t: Val) -> Val:
    return (x - t) * 2.0


def _smooth_l1_gradient(n: NestBuilder, x: Val, t: Val, beta: Number) -> Val:
    d = x - t
    outside = d.gt(0.0).to(d.dtype) - d.lt(0.0).to(d.dtype)
    return n.math("absf", d).lt(beta).select(d / beta, outside) if beta else outside


def _huber_gradient(n: NestBuilder, x: Val, t: Val, delta: Number) -> Val:
    return (x - t).maximum(-delta).minimum(delta)


def _soft_margin_gradient(n: NestBuilder, x: Val, t: Val) -> Val:
    z = n.math("exp", -t * x)
    return -t * z / (z + 1.0)


def _gradient(formula: Formula, *params: str) -> LoweringFn:
    """g * formula, divided by the number of terms where the loss is their mean."""

    def lower(low: Lowering, op: FxCallOp) -> TensorRef:
        values = [op.arg(name) for name in params]
        mean = op.arg("reduction") == MEAN
        count = low.operand(op.arg("self")).numel()

        def scaled(n: NestBuilder, g: Val, x: Val, t: Val) -> Val:
            result = formula(n, x, t, *values) * g
            return result / n.index(count, x.dtype) if mean else result

        return elementwise(low, op, [op.arg(name) for name in ("grad_output", "self", "target")], scaled)

    return lower


LOWERINGS("aten.mse_loss_backward.default")(_gradient(_squared_gradient))
LOWERINGS("aten.smooth_l1_loss_backward.default")(_gradient(_smooth_l1_gradient, "beta"))
LOWERINGS("aten.huber_loss_backward.default")(_gradient(_huber_gradient, "delta"))
LOWERINGS("aten.soft_margin_loss_backward.default")(_gradient(_soft_margin_gradient))


@LOWERINGS("aten.binary_cross_entropy_backward.default")
def _binary_cross_entropy_backward(low: Lowering, op: FxCallOp) -> TensorRef:
    """g (x - t) / max(x (1 - x), 1e-12) * weight."""
    args = op.bound()
    mean, count = args["reduction"] == MEAN, low.operand(args["self"]).numel()

    def formula(n: NestBuilder, g: Val, x: Val, t: Val, *weight: Val) -> Val:
        result = g * (x - t) / ((1.0 - x) * x).maximum(1e-12)
        result = result * weight[0] if weight else result
        return result / n.index(count, x.dtype) if mean else result

    weight = [] if args["weight"] is None else [args["weight"]]
    return elementwise(low, op, [args["grad_output"], args["self"], args["target"], *weight], formula)


# ---- negative log likelihood --------------------------------------------------------------------------------


def _term(n: NestBuilder, low: Lowering, args: dict[str, Any], at: Sequence[Any], dtype: str) -> tuple[Val, Val]:
    """-log p of the target class and the class's weight; both 0 where the target is ignored.

    `at` is the index of the target: `[]` for one distribution `[C]`, else `[batch, …]` of `[batch, C, …]`.
    """
    ref, target = low.operand(args["self"]), low.operand(args["target"])
    cls = n.load(target, list(at) if target.rank else []).to("i64")
    classes = n.index(ref.sizes[1 if ref.rank > 1 else 0])
    valid = cls.ne(args["ignore_index"])
    inside = cls.ge(0) & cls.lt(classes)
    n.check(inside | ~valid, "target is out of bounds")
    safe = (valid & inside).select(cls, n.const(0, "i64"))
    weight = n.const(1.0, dtype)
    if args["weight"] is not None:
        weight = n.load(low.operand(args["weight"]), [safe]).to(dtype)
    weight = valid.select(weight, 0.0)
    index = [at[0], safe, *at[1:]] if ref.rank > 1 else [safe]
    return valid.select(-n.load(ref, index).to(dtype) * weight, 0.0), weight


@LOWERINGS("aten.nll_loss_forward.default", "aten.nll_loss2d_forward.default")
def _nll_loss_forward(low: Lowering, op: FxCallOp) -> tuple[TensorRef, ...]:
    """Sum or weighted mean of the terms with the total weight, or each term (and a total of 0)."""
    args = op.bound()
    out, total = result_type(op, 0), result_type(op, 1)
    dtype = compute_dtype(out.dtype)
    target = low.operand(args["target"])
    if args["reduction"] not in (MEAN, SUM):
        n, indices = low.nest_over(out)
        n.store(_term(n, low, args, indices, dtype)[0], indices)
        zero, _ = low.nest_over(total)
        zero.store(zero.const(0.0, total.dtype), [])
        return n.result(), zero.result()
    r = Reduction(low, target, range(target.rank), (out, total))
    term, weight = _term(r.n, low, args, r.indices, dtype)
    loss, weights = r.n.reduce("sum", term), r.n.reduce("sum", weight)
    r.n.store(loss / weights if args["reduction"] == MEAN else loss, [], 0)
    r.n.store(weights, [], 1)
    return r.n.done()


@LOWERINGS("aten.nll_loss_backward.default", "aten.nll_loss2d_backward.default")
def _nll_loss_backward(low: Lowering, op: FxCallOp) -> TensorRef:
    """-weight * g at the target class, 0 elsewhere; divided by the total weight for the mean."""
    args = op.bound()
    out = result_type(op)
    dtype = compute_dtype(out.dtype)
    n, indices = low.nest_over(out)
    class_index, at = (indices[1], [indices[0], *indices[2:]]) if out.rank > 1 else (indices[0], [])
    target = low.operand(args["target"])
    cls = n.load(target, at if target.rank else []).to("i64")
    g = low.operand(args["grad_output"])
    value = -n.load(g, at if g.rank else []).to(dtype)
    if args["weight"] is not None:
        value = value * n.load(low.operand(args["weight"]), [class_index]).to(dtype)
    if args["reduction"] == MEAN:
        value = value / load_operand(n, args["total_weight"], [], dtype)
    hit = cls.eq(n.index(class_index)) & cls.ne(args["ignore_index"])
    n.store(hit.select(value, 0.0), indices)
    return n.result()
