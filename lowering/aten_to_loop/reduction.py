"""Reductions. Half precision accumulates in f32, integers in the result's dtype (i64 unless asked otherwise)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import minimum
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.elementwise import result_type
from fxopt.lowering.aten_to_loop.nest import NestBuilder
from fxopt.lowering.aten_to_loop.reduction_nest import Reduction, Wanted
from fxopt.lowering.aten_to_loop.scalar import Val, compute_dtype
from fxopt.lowering.aten_to_loop.tables import LoweringFn, Registry
from fxopt.lowering.aten_to_loop.tensor_ref import NotLowered, TensorRef, broadcast_sizes, normalize_dim, normalize_dims
from fxopt.lowering.aten_to_loop.unary import absolute

LOWERINGS = Registry()

Body = Callable[[Reduction, Val], Val]
"""From the element, in the compute dtype, to the reduced value."""


def reduce_to(low: Lowering, op: FxCallOp, dims: tuple[int, ...], body: Body, dtype: str | None = None) -> TensorRef:
    """One nest that reduces the first argument over `dims`, computing in `dtype` (by default the result's)."""
    out = result_type(op)
    reduction = Reduction(low, low.operand(op.operands[0]), dims, (out,))
    value = reduction.load(compute_dtype(out.dtype) if dtype is None else dtype)
    reduction.store_reduced(body(reduction, value))
    return reduction.n.result()


def _dims_of(low: Lowering, op: FxCallOp, bound: dict[str, Any], name: str = "dim") -> tuple[int, ...]:
    """The dims to reduce: all of them where the overload has no such argument, or it is `None` or `[]`."""
    return normalize_dims(bound.get(name), low.operand(op.operands[0]).rank)


def _simple(body: Body, *, dtype_of_input: bool = False) -> LoweringFn:
    """A reduction over `dim` (one, several or all), in the result's dtype, or the input's."""

    def lower(low: Lowering, op: FxCallOp) -> TensorRef:
        dims = _dims_of(low, op, op.bound())
        dtype = compute_dtype(low.operand(op.operands[0]).dtype) if dtype_of_input else None
        return reduce_to(low, op, dims, body, dtype)

    return lower


# ---- sums and products ------------------------------------------------------------------------------------


def _sum(r: Reduction, x: Val) -> Val:
    return r.n.reduce("any" if x.dtype == "bool" else "sum", x)


def _prod(r: Reduction, x: Val) -> Val:
    return r.n.reduce("all" if x.dtype == "bool" else "prod", x)


def _mean(r: Reduction, x: Val) -> Val:
    return r.n.reduce("sum", x) / r.count_as(x.dtype)


def _nansum(r: Reduction, x: Val) -> Val:
    return _sum(r, x.isnan().select(0, x) if x.is_float else x)


LOWERINGS("aten.sum.default", "aten.sum.dim_IntList")(_simple(_sum))
LOWERINGS("aten.prod.default", "aten.prod.dim_int")(_simple(_prod))
LOWERINGS("aten.mean.default", "aten.mean.dim")(_simple(_mean))
LOWERINGS("aten.nansum.default")(_simple(_nansum))
LOWERINGS("aten.count_nonzero.default", "aten.count_nonzero.dim_IntList")(
    _simple(lambda r, x: r.n.reduce("sum", x.to("bool").to("i64")), dtype_of_input=True)
)


# ---- any and all ------------------------------------------------------------------------------------------


def _boolean(kind: str) -> LoweringFn:
    def lower(low: Lowering, op: FxCallOp) -> TensorRef:
        bound = op.bound()
        if bound.get("dim") == ():
            raise NotLowered("an empty list of dims")
        return reduce_to(low, op, _dims_of(low, op, bound), lambda r, x: r.n.reduce(kind, x), "bool")

    return lower


LOWERINGS("aten.any.default", "aten.any.dim", "aten.any.dims", "aten._is_any_true.default")(_boolean("any"))
LOWERINGS("aten.all.default", "aten.all.dim", "aten.all.dims", "aten._is_all_true.default")(_boolean("all"))


# ---- extrema and their positions --------------------------------------------------------------------------


def _extremum(kind: str) -> LoweringFn:
    return _simple(lambda r, x: r.n.reduce(kind, x), dtype_of_input=True)


LOWERINGS("aten.amax.default", "aten.max.default")(_extremum("max"))
LOWERINGS("aten.amin.default", "aten.min.default")(_extremum("min"))


@LOWERINGS("aten.aminmax.default", "aten._aminmax.default", "aten._aminmax.dim")
def _aminmax(low: Lowering, op: FxCallOp) -> tuple[TensorRef | None, ...]:
    wanted = Wanted(op)
    ref = low.operand(op.operands[0])
    reduction = Reduction(low, ref, _dims_of(low, op, op.bound()), wanted.types)
    x = reduction.load(compute_dtype(ref.dtype))
    for k, kind in enumerate(("min", "max")):
        wanted.write(k, lambda at, kind=kind: reduction.store_reduced(reduction.n.reduce(kind, x), at))  # type: ignore[misc]
    return wanted.results(reduction.n.done())


def _with_position(kind: str) -> LoweringFn:
    """`max.dim`, `min.dim`: values and the first position of each."""

    def lower(low: Lowering, op: FxCallOp) -> tuple[TensorRef | None, ...]:
        wanted = Wanted(op)
        ref = low.operand(op.operands[0])
        dims = normalize_dims(op.arg("dim"), ref.rank)
        reduction = Reduction(low, ref, dims, wanted.types, row_major=True)
        x = reduction.load(compute_dtype(ref.dtype))
        wanted.write(0, lambda at: reduction.store_reduced(reduction.n.reduce(kind, x), at))
        wanted.write(1, lambda at: reduction.store_reduced(reduction.n.reduce(f"arg{kind}", x), at))
        return wanted.results(reduction.n.done())

    return lower


LOWERINGS("aten.max.dim")(_with_position("max"))
LOWERINGS("aten.min.dim")(_with_position("min"))


def _position(kind: str) -> LoweringFn:
    """`argmax`, `argmin`: along `dim`, or counted row-major over the whole tensor."""

    def lower(low: Lowering, op: FxCallOp) -> TensorRef:
        ref = low.operand(op.operands[0])
        dims = normalize_dims(op.arg("dim"), ref.rank)
        reduction = Reduction(low, ref, dims, (result_type(op),), row_major=True)
        x = reduction.load(compute_dtype(ref.dtype))
        reduction.store_reduced(reduction.n.reduce(kind, x))
        return reduction.n.result()

    return lower


LOWERINGS("aten.argmax.default")(_position("argmax"))
LOWERINGS("aten.argmin.default")(_position("argmin"))


# ---- variance ---------------------------------------------------------------------------------------------


def _correction(bound: dict[str, Any]) -> float:
    if "unbiased" in bound:
        return 1.0 if bound["unbiased"] else 0.0
    correction = bound.get("correction")
    if correction is None:
        return 1.0
    if not isinstance(correction, int | float):
        raise NotLowered("symbolic correction")
    return float(correction)


def variance(r: Reduction, m2: Val, correction: float) -> Val:
    """m2 / max(count - correction, 0)."""
    if isinstance(r.count, int):
        return m2 / max(r.count - correction, 0.0)
    return m2 / (r.count_as(m2.dtype) - correction).maximum(0.0)


def _spread(*, root: bool) -> LoweringFn:
    """`var`, `std`."""

    def lower(low: Lowering, op: FxCallOp) -> TensorRef:
        bound = op.bound()

        def body(r: Reduction, x: Val) -> Val:
            result = variance(r, r.n.welford(x)[1], _correction(bound))
            return r.n.math("sqrt", result) if root else result

        return reduce_to(low, op, _dims_of(low, op, bound), body)

    return lower


LOWERINGS("aten.var.default", "aten.var.dim", "aten.var.correction")(_spread(root=False))
LOWERINGS("aten.std.default", "aten.std.dim", "aten.std.correction")(_spread(root=True))


def _nan_of_nothing(r: Reduction, mean: Val) -> Val:
    """The mean of no elements is NaN; `welford` gives 0."""
    if isinstance(r.count, int):
        return mean if r.count else r.n.const(math.nan, mean.dtype)
    return r.n.index(r.count).eq(0).select(math.nan, mean)


def _spread_and_mean(*, root: bool) -> LoweringFn:
    """`var_mean`, `std_mean`."""

    def lower(low: Lowering, op: FxCallOp) -> tuple[TensorRef | None, ...]:
        bound, wanted = op.bound(), Wanted(op)
        ref = low.operand(op.operands[0])
        reduction = Reduction(low, ref, _dims_of(low, op, bound), wanted.types)
        mean, m2 = reduction.n.welford(reduction.load(compute_dtype(wanted.types[0].dtype)))
        mean = _nan_of_nothing(reduction, mean)
        spread = variance(reduction, m2, _correction(bound))
        spread = reduction.n.math("sqrt", spread) if root else spread
        wanted.write(0, lambda at: reduction.store_reduced(spread, at))
        wanted.write(1, lambda at: reduction.store_reduced(mean, at))
        return wanted.results(reduction.n.done())

    return lower


LOWERINGS("aten.var_mean.default", "aten.var_mean.dim", "aten.var_mean.correction")(_spread_and_mean(root=False))
LOWERINGS("aten.std_mean.default", "aten.std_mean.dim", "aten.std_mean.correction")(_spread_and_mean(root=True))


# ---- norms and logsumexp ----------------------------------------------------------------------------------


def _norm(order: float) -> Body:
    """(sum |x|^p)^(1/p), with the limits at 0, inf and -inf."""

    def body(r: Reduction, x: Val) -> Val:
        n = r.n
        if order == 2:
            return n.math("sqrt", n.reduce("sum", x * x))
        if order == 0:
            return n.reduce("sum", x.ne(0.0).to(x.dtype))
        size = absolute(n, x)
        if order == 1:
            return n.reduce("sum", size)
        if math.isinf(order):
            return n.reduce("max" if order > 0 else "min", size)
        return n.math("powf", n.reduce("sum", n.math("powf", size, order)), 1.0 / order)

    return body


@LOWERINGS(
    "aten.linalg_vector_norm.default",
    "aten.norm.Scalar",
    "aten.norm.ScalarOpt_dim",
    "aten.norm.ScalarOpt_dim_dtype",
    "aten.norm.ScalarOpt_dtype",
)
def _vector_norm(low: Lowering, op: FxCallOp) -> TensorRef:
    bound = op.bound()
    order = bound.get("ord", bound.get("p"))
    order = 2 if order is None else order
    if not isinstance(order, int | float):
        raise NotLowered("symbolic order of a norm")
    return reduce_to(low, op, _dims_of(low, op, bound), _norm(float(order)))


@LOWERINGS("aten.dist.default")
def _dist(low: Lowering, op: FxCallOp) -> TensorRef:
    """The norm of the difference."""
    first, second = low.operand(op.arg("self")), low.operand(op.arg("other"))
    out, order = result_type(op), op.arg("p")
    if not isinstance(order, int | float):
        raise NotLowered("symbolic order of a norm")
    sizes = broadcast_sizes(first.sizes, second.sizes)
    r = Reduction(low, first.expand_to(sizes), range(len(sizes)), (out,))
    dtype = compute_dtype(out.dtype)
    r.store_reduced(_norm(float(order))(r, r.load(dtype) - r.load_like(second, dtype)))
    return r.n.result()


@LOWERINGS("aten.trace.default")
def _trace(low: Lowering, op: FxCallOp) -> TensorRef:
    """The sum of the diagonal."""
    ref, out = low.operand(op.operands[0]), result_type(op)
    diagonal = low.view(ref, (minimum(*ref.sizes),), (ref.strides[0] + ref.strides[1],))
    r = Reduction(low, diagonal, (0,), (out,))
    r.store_reduced(_sum(r, r.load(compute_dtype(out.dtype))))
    return r.n.result()


def log_sum_exp(n: NestBuilder, x: Val) -> Val:
    """log(sum(exp(x))), shifted by the greatest, unless that is infinite."""
    greatest = n.reduce("max", x)
    shift = n.math("absf", greatest).eq(math.inf).select(0.0, greatest)
    return n.math("log", n.reduce("sum", n.math("exp", x - shift))) + shift


LOWERINGS("aten.logsumexp.default")(_simple(lambda r, x: log_sum_exp(r.n, x)))


# ---- scans ------------------------------------------------------------------------------------------------


def _scan(low: Lowering, op: FxCallOp, kinds: tuple[str, ...]) -> Any:
    """Inclusive scans along `dim`, one a result; a 0-d tensor is its own scan."""
    ref = low.operand(op.operands[0])
    is_tuple = len(kinds) > 1
    outputs = [result_type(op, k) for k in range(len(kinds))] if is_tuple else [result_type(op)]
    dims = (normalize_dim(op.arg("dim"), ref.rank),) if ref.rank else ()
    reduction = Reduction(low, ref, dims, outputs)
    x = reduction.load(compute_dtype(outputs[0].dtype))
    for k, kind in enumerate(kinds):
        reduction.store_full(reduction.n.scan(kind, x), k)
    refs = reduction.n.done()
    return refs if is_tuple else refs[0]


for _name, _kinds in {
    "cumsum": ("sum",),
    "cumprod": ("prod",),
    "logcumsumexp": ("logaddexp",),
    "_logcumsumexp": ("logaddexp",),
    "cummax": ("max", "argmax"),
    "cummin": ("min", "argmin"),
}.items():
    LOWERINGS(f"aten.{_name}.default")(lambda low, op, kinds=_kinds: _scan(low, op, kinds))  # type: ignore[misc]
