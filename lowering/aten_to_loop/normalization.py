"""Layer, group, RMS and batch normalisation: statistics, scaling and shifting in one nest."""

from __future__ import annotations

from typing import Any

from xdsl.ir import SSAValue

from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import IntExpr, floordiv
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.elementwise import result_type
from fxopt.lowering.aten_to_loop.nest import NestBuilder
from fxopt.lowering.aten_to_loop.reduction_nest import Reduction, Wanted, used_results
from fxopt.lowering.aten_to_loop.scalar import Val, compute_dtype
from fxopt.lowering.aten_to_loop.tables import Registry
from fxopt.lowering.aten_to_loop.tensor_ref import NotLowered, TensorRef

LOWERINGS = Registry()

Results = tuple[TensorRef | None, ...]

_EPSILON = {"f16": 0.0009765625, "bf16": 0.0078125, "f32": 1.1920928955078125e-07, "f64": 2.220446049250313e-16}


def optional(low: Lowering, value: Any) -> TensorRef | None:
    return low.operand(value) if isinstance(value, SSAValue) else None


def _reciprocal_deviation(r: Reduction, m2: Val, eps: Any) -> Val:
    """1 / sqrt(m2 / count + eps)."""
    return r.n.math("rsqrt", m2 / r.count_as(m2.dtype) + r.n.scalar(eps, m2.dtype))


def _scale_and_shift(value: Val, weight: Val | None, bias: Val | None) -> Val:
    if weight is not None:
        value = value * weight
    return value if bias is None else value + bias


# ---- over the last dims -----------------------------------------------------------------------------------


def last_dims(ref: TensorRef, normalized_shape: Any) -> tuple[int, ...]:
    return tuple(range(ref.rank - len(normalized_shape), ref.rank))


def _layer_norm(low: Lowering, op: FxCallOp, wanted: Wanted | None) -> Any:
    args = op.bound()
    ref = low.operand(args["input"])
    types = [result_type(op)] if wanted is None else wanted.types
    r = Reduction(low, ref, last_dims(ref, args["normalized_shape"]), types)
    dtype = compute_dtype(ref.dtype)
    x = r.load(dtype)
    mean, m2 = r.n.welford(x)
    rstd = _reciprocal_deviation(r, m2, args["eps"])

    def store(at: int) -> None:
        affine = [optional(low, args[name]) for name in ("weight", "bias")]
        weight, bias = (None if a is None else r.load_like(a, dtype) for a in affine)
        r.store_full(_scale_and_shift((x - mean) * rstd, weight, bias), at)

    if wanted is None:
        store(0)
        return r.n.result()
    wanted.write(0, store)
    wanted.write(1, lambda at: r.store_reduced(mean, at))
    wanted.write(2, lambda at: r.store_reduced(rstd, at))
    return wanted.results(r.n.done())


@LOWERINGS("aten.native_layer_norm.default")
def _native_layer_norm(low: Lowering, op: FxCallOp) -> Results:
    """(x - mean) * rstd * weight + bias, with mean and rstd."""
    return _layer_norm(low, op, Wanted(op))


@LOWERINGS("aten.layer_norm.default")
def _composite_layer_norm(low: Lowering, op: FxCallOp) -> TensorRef:
    return _layer_norm(low, op, None)


def _rms_norm(low: Lowering, op: FxCallOp, wanted: Wanted | None) -> Any:
    args = op.bound()
    ref = low.operand(args["input"])
    types = [result_type(op)] if wanted is None else wanted.types
    r = Reduction(low, ref, last_dims(ref, args["normalized_shape"]), types)
    dtype = compute_dtype(ref.dtype)
    x = r.load(dtype)
    eps = _EPSILON[ref.dtype] if args["eps"] is None else args["eps"]
    rstd = _reciprocal_deviation(r, r.n.reduce("sum", x * x), eps)

    def store(at: int) -> None:
        weight = optional(low, args["weight"])
        r.store_full(_scale_and_shift(x * rstd, None if weight is None else r.load_like(weight, dtype), None), at)

    if wanted is None:
        store(0)
        return r.n.result()
    wanted.write(0, store)
    wanted.write(1, lambda at: r.store_reduced(rstd, at))
    return wanted.results(r.n.done())


@LOWERINGS("aten._fused_rms_norm.default")
def _fused_rms_norm(low: Lowering, op: FxCallOp) -> Results:
    """x / sqrt(mean(x^2) + eps) * weight, with the reciprocal root; eps defaults to the dtype's epsilon."""
    return _rms_norm(low, op, Wanted(op))


@LOWERINGS("aten.rms_norm.default")
def _composite_rms_norm(low: Lowering, op: FxCallOp) -> TensorRef:
    return _rms_norm(low, op, None)


@LOWERINGS("aten._weight_norm_interface.default")
def _weight_norm(low: Lowering, op: FxCallOp) -> Results:
    """v * (g / |v|) and |v|, the norm over all dims but `dim`."""
    args, wanted = op.bound(), Wanted(op)
    ref, scale = low.operand(args["v"]), low.operand(args["g"])
    kept = args["dim"] % ref.rank
    r = Reduction(low, ref, [d for d in range(ref.rank) if d != kept], wanted.types)
    dtype = compute_dtype(ref.dtype)
    v = r.load(dtype)
    norm = r.n.math("sqrt", r.n.reduce("sum", v * v))
    wanted.write(0, lambda at: r.store_full(v * (r.load_like(scale, dtype) / norm), at))
    wanted.write(1, lambda at: r.store_reduced(norm, at))
    return wanted.results(r.n.done())


# ---- groups of channels -----------------------------------------------------------------------------------


@LOWERINGS("aten.native_group_norm.default")
def _native_group_norm(low: Lowering, op: FxCallOp) -> Results:
    """Layer norm over each group of channels: mean and rstd are `[N, groups]`, weight and bias by channel."""
    args, wanted = op.bound(), Wanted(op)
    ref, groups = low.operand(args["input"]), args["group"]
    per_group = floordiv(ref.sizes[1], groups)
    r = Reduction(low, split_channels(ref, groups, per_group), range(2, ref.rank + 1), wanted.types)
    dtype = compute_dtype(ref.dtype)
    x = r.load(dtype)
    mean, m2 = r.n.welford(x)
    rstd = _reciprocal_deviation(r, m2, args["eps"])
    batch, group, within, *spatial = r.indices
    channel = group * per_group + within

    def store(at: int) -> None:
        weight, bias = by_channel(low, r.n, args, channel, dtype)
        r.n.store(_scale_and_shift((x - mean) * rstd, weight, bias), [batch, channel, *spatial], at)

    wanted.write(0, store)
    wanted.write(1, lambda at: r.store_reduced(mean, at))
    wanted.write(2, lambda at: r.store_reduced(rstd, at))
    return wanted.results(r.n.done())


def split_channels(ref: TensorRef, groups: IntExpr, per_group: IntExpr) -> TensorRef:
    """`[N, C, …]` as `[N, groups, C / groups, …]`."""
    (batch, _, *spatial), (batch_stride, stride, *rest) = ref.sizes, ref.strides
    return ref._replace(
        sizes=(batch, groups, per_group, *spatial), strides=(batch_stride, stride * per_group, stride, *rest)
    )


def by_channel(
    low: Lowering, n: NestBuilder, args: dict[str, Any], channel: IntExpr, dtype: str
) -> tuple[Val | None, Val | None]:
    """Weight and bias of a channel, where given."""
    refs = [optional(low, args[name]) for name in ("weight", "bias")]
    weight, bias = (None if ref is None else n.load(ref, [channel]).to(dtype) for ref in refs)
    return weight, bias


# ---- batch normalisation ----------------------------------------------------------------------------------


def _normalize_with_stats(low: Lowering, op: FxCallOp) -> Results:
    """x * alpha + beta with alpha = weight / sqrt(running_var + eps), beta = bias - running_mean * alpha."""
    args, wanted = op.bound(), Wanted(op, candidates=(0,))
    rest = [k for k in used_results(op) if k]
    if any(result_type(op, k).numel() != 0 for k in rest):
        raise NotLowered("saved statistics of a batch norm in inference")
    ref = low.operand(args["input"])
    n, indices = low.nest_over(wanted.types[0])
    dtype = compute_dtype(ref.dtype)
    channel = indices[1]
    mean, var = (n.load(low.operand(args[name]), [channel]).to(dtype) for name in ("running_mean", "running_var"))
    alpha = n.math("rsqrt", var + n.scalar(args["eps"], dtype))
    weight, bias = by_channel(low, n, args, channel, dtype)
    alpha = alpha if weight is None else alpha * weight
    beta = -mean * alpha if bias is None else bias - mean * alpha
    n.store(n.load(ref, indices).to(dtype) * alpha + beta, indices)
    results = list(wanted.results(n.done()))
    for k in rest:
        results[k] = low.nest_over(result_type(op, k))[0].result()
    return tuple(results)


class _BatchStatistics:
    """Where each result of a training batch norm is in the operator's tuple."""

    def __init__(self, mean: int = 1, rstd: int = 2, running_mean: int = -1, running_var: int = -1) -> None:
        self.mean = mean
        self.rstd = rstd
        self.running_mean = running_mean
        self.running_var = running_var


def _normalize_batch(low: Lowering, op: FxCallOp, where: _BatchStatistics) -> Results:
    """Normalises by the statistics of the batch; running statistics move towards them by `momentum`."""
    args, wanted = op.bound(), Wanted(op)
    ref = low.operand(args["input"])
    dims = [d for d in range(ref.rank) if d != 1]
    r = Reduction(low, ref, dims, wanted.types)
    n, dtype = r.n, compute_dtype(ref.dtype)
    x = r.load(dtype)
    mean, m2 = n.welford(x)
    rstd = _reciprocal_deviation(r, m2, args["eps"])
    channel = r.indices[1]

    def store(at: int) -> None:
        weight, bias = by_channel(low, n, args, channel, dtype)
        r.store_full(_scale_and_shift((x - mean) * rstd, weight, bias), at)

    def moved(name: str, value: Val) -> Val:
        old = n.load(low.operand(args[name]), [channel]).to(dtype)
        momentum = n.scalar(args["momentum"], dtype)
        return old * (1.0 - momentum) + value * momentum

    wanted.write(0, store)
    wanted.write(where.mean, lambda at: r.store_reduced(mean, at))
    wanted.write(where.rstd, lambda at: r.store_reduced(rstd, at))
    wanted.write(where.running_mean, lambda at: r.store_reduced(moved("running_mean", mean), at))
    wanted.write(
        where.running_var,
        lambda at: r.store_reduced(moved("running_var", m2 / (r.count_as(dtype) - 1.0)), at),
    )
    return wanted.results(n.done())


LOWERINGS("aten._native_batch_norm_legit_no_training.default", "aten._batch_norm_no_update.default")(
    _normalize_with_stats
)


@LOWERINGS("aten.native_batch_norm.default", "aten._native_batch_norm_legit.default")
def _native_batch_norm(low: Lowering, op: FxCallOp) -> Results:
    """In training the running statistics, if there are any, would be written in place."""
    args = op.bound()
    if not args["training"]:
        return _normalize_with_stats(low, op)
    if args["running_mean"] is not None:
        raise NotLowered("mutation")
    return _normalize_batch(low, op, _BatchStatistics())


@LOWERINGS("aten._native_batch_norm_legit.no_stats")
def _no_stats(low: Lowering, op: FxCallOp) -> Results:
    return _normalize_batch(low, op, _BatchStatistics())


@LOWERINGS("aten._native_batch_norm_legit_functional.default")
def _functional(low: Lowering, op: FxCallOp) -> Results:
    if not op.arg("training"):
        return _normalize_with_stats(low, op)
    return _normalize_batch(low, op, _BatchStatistics(running_mean=3, running_var=4))


@LOWERINGS("aten._batch_norm_with_update_functional.default")
def _with_update(low: Lowering, op: FxCallOp) -> Results:
    if set(Wanted(op).positions) & {3}:
        raise NotLowered("reserve of a batch norm")
    return _normalize_batch(low, op, _BatchStatistics(running_mean=4, running_var=5))
