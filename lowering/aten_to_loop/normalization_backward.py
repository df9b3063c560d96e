"""Gradients of the normalisations: one nest for the input's, one for those of weight and bias.

With `xhat = (x - mean) * rstd` and `h = g * weight`, over the normalised elements:
`dx = rstd * (h - avg(h) - xhat * avg(h * xhat))`, `dweight = sum(g * xhat)`, `dbias = sum(g)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import floordiv
from fxopt.ir.types import TensorType
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.elementwise import result_type
from fxopt.lowering.aten_to_loop.normalization import Results, last_dims, optional, split_channels
from fxopt.lowering.aten_to_loop.reduction_nest import Reduction, Wanted, used_results
from fxopt.lowering.aten_to_loop.scalar import Val, compute_dtype
from fxopt.lowering.aten_to_loop.tables import Registry
from fxopt.lowering.aten_to_loop.tensor_ref import TensorRef

LOWERINGS = Registry()


def _input_gradient(r: Reduction, h: Val, xhat: Val, rstd: Val, *, centred: bool = True) -> Val:
    """`dx`; without the average of `h` where the forward pass did not subtract the mean."""
    n, count = r.n, r.count_as(h.dtype)
    projected = h - xhat * (n.reduce("sum", h * xhat) / count)
    return rstd * (projected - n.reduce("sum", h) / count if centred else projected)


def _gradients(
    op: FxCallOp, input_gradient: Callable[[TensorType], TensorRef], affine: Callable[[Wanted], Results], total: int
) -> Results:
    """The tuple of gradients: the input's from one nest, the parameters' from another, each only if read."""
    used = [k for k in used_results(op) if isinstance(op.results[0].type.data[k], TensorType)]  # type: ignore[attr-defined]
    results: list[TensorRef | None] = [None] * total
    if any(k > 0 for k in used):
        results[1:] = affine(Wanted(op, candidates=range(1, total)))[1:]
    if 0 in used:
        results[0] = input_gradient(result_type(op, 0))
    return tuple(results)


# ---- over the last dims -------------------------------------------------------------------------------------


def _over_last_dims(low: Lowering, op: FxCallOp, *, centred: bool) -> Results:
    args = op.bound()
    ref, grad = low.operand(args["input"]), low.operand(args["grad_out"])
    weight, rstd = optional(low, args["weight"]), low.operand(args["rstd"])
    mean = low.operand(args["mean"]) if centred else None
    dims, dtype = last_dims(ref, args["normalized_shape"]), compute_dtype(ref.dtype)

    def normalized(r: Reduction) -> tuple[Val, Val, Val]:
        """The gradient, the normalised input, and rstd."""
        x, scale = r.load_like(ref, dtype), r.load_like(rstd, dtype)
        centred_x = x if mean is None else x - r.load_like(mean, dtype)
        return r.load_like(grad, dtype), centred_x * scale, scale

    def input_gradient(type_: TensorType) -> TensorRef:
        r = Reduction(low, ref, dims, (type_,))
        g, xhat, scale = normalized(r)
        h = g if weight is None else g * r.load_like(weight, dtype)
        r.store_full(_input_gradient(r, h, xhat, scale, centred=centred))
        return r.n.result()

    def affine(wanted: Wanted) -> Results:
        r = Reduction(low, ref, [d for d in range(ref.rank) if d not in dims], wanted.types)
        return _store_affine(r, wanted, normalized(r)[:2])

    return _gradients(op, input_gradient, affine, 3 if centred else 2)


def _store_affine(r: Reduction, wanted: Wanted, values: Sequence[Val]) -> Results:
    """`dweight` as result 1, `dbias` as result 2."""
    g, xhat = values
    wanted.write(1, lambda at: r.store_reduced(r.n.reduce("sum", g * xhat), at))
    wanted.write(2, lambda at: r.store_reduced(r.n.reduce("sum", g), at))
    return wanted.results(r.n.done())


@LOWERINGS("aten.native_layer_norm_backward.default")
def _native_layer_norm_backward(low: Lowering, op: FxCallOp) -> Results:
    return _over_last_dims(low, op, centred=True)


@LOWERINGS("aten._fused_rms_norm_backward.default")
def _fused_rms_norm_backward(low: Lowering, op: FxCallOp) -> Results:
    return _over_last_dims(low, op, centred=False)


# ---- groups of channels -------------------------------------------------------------------------------------


@LOWERINGS("aten.native_group_norm_backward.default")
def _native_group_norm_backward(low: Lowering, op: FxCallOp) -> Results:
    args = op.bound()
    ref, grad = low.operand(args["input"]), low.operand(args["grad_out"])
    mean, rstd = low.operand(args["mean"]), low.operand(args["rstd"])
    weight, groups = optional(low, args["weight"]), args["group"]
    per_group = floordiv(ref.sizes[1], groups)
    dtype = compute_dtype(ref.dtype)

    def input_gradient(type_: TensorType) -> TensorRef:
        r = Reduction(low, split_channels(ref, groups, per_group), range(2, ref.rank + 1), (type_,))
        batch, group, within, *spatial = r.indices
        channel = group * per_group + within
        scale = r.n.load(rstd, [batch, group]).to(dtype)
        xhat = (r.load(dtype) - r.n.load(mean, [batch, group]).to(dtype)) * scale
        h = r.n.load(grad, [batch, channel, *spatial]).to(dtype)
        if weight is not None:
            h = h * r.n.load(weight, [channel]).to(dtype)
        r.n.store(_input_gradient(r, h, xhat, scale), [batch, channel, *spatial])
        return r.n.result()

    def affine(wanted: Wanted) -> Results:
        r = Reduction(low, ref, [d for d in range(ref.rank) if d != 1], wanted.types)
        at = [r.indices[0], floordiv(r.indices[1], per_group)]
        xhat = (r.load(dtype) - r.n.load(mean, at).to(dtype)) * r.n.load(rstd, at).to(dtype)
        return _store_affine(r, wanted, (r.load_like(grad, dtype), xhat))

    return _gradients(op, input_gradient, affine, 3)


@LOWERINGS("aten._weight_norm_interface_backward.default")
def _weight_norm_backward(low: Lowering, op: FxCallOp) -> Results:
    """dv = g / |v| * (dw - v * s / |v|^2) and dg = s / |v|, with s = sum(dw * v)."""
    args, wanted = op.bound(), Wanted(op)
    grad, ref, scale, norms = (low.operand(args[k]) for k in ("grad_w", "saved_v", "saved_g", "saved_norms"))
    kept = args["dim"] % ref.rank
    r = Reduction(low, ref, [d for d in range(ref.rank) if d != kept], wanted.types)
    dtype = compute_dtype(ref.dtype)
    v, dw, norm = r.load(dtype), r.load_like(grad, dtype), r.load_like(norms, dtype)
    total = r.n.reduce("sum", dw * v)
    wanted.write(0, lambda at: r.store_full(r.load_like(scale, dtype) / norm * (dw - v * (total / (norm * norm))), at))
    wanted.write(1, lambda at: r.store_reduced(total / norm, at))
    return wanted.results(r.n.done())


# ---- batches --------------------------------------------------------------------------------------------------


@LOWERINGS("aten.native_batch_norm_backward.default")
def _native_batch_norm_backward(low: Lowering, op: FxCallOp) -> Results:
    """All three gradients in one nest; in inference the statistics are constants."""
    args = op.bound()
    training, wanted = args["train"], Wanted(op)
    ref = low.operand(args["input"])
    r = Reduction(low, ref, [d for d in range(ref.rank) if d != 1], wanted.types)
    n, dtype, channel = r.n, compute_dtype(ref.dtype), [r.indices[1]]
    x, g = r.load(dtype), r.load_like(low.operand(args["grad_out"]), dtype)
    if training:
        mean, rstd = (n.load(low.operand(args[k]), channel).to(dtype) for k in ("save_mean", "save_invstd"))
    else:
        mean, var = (n.load(low.operand(args[k]), channel).to(dtype) for k in ("running_mean", "running_var"))
        rstd = n.math("rsqrt", var + n.scalar(args["eps"], dtype))
    xhat = (x - mean) * rstd
    weight = optional(low, args["weight"])

    def store(at: int) -> None:
        h = g if weight is None else g * n.load(weight, channel).to(dtype)
        r.store_full(_input_gradient(r, h, xhat, rstd) if training else h * rstd, at)

    wanted.write(0, store)
    wanted.write(1, lambda at: r.store_reduced(n.reduce("sum", g * xhat), at))
    wanted.write(2, lambda at: r.store_reduced(n.reduce("sum", g), at))
    return wanted.results(n.done())
