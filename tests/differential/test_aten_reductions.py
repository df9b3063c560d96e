"""Reductions, scans, softmax, normalisations and losses beside eager."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from loop_harness import Lowered, check, run
from xdsl.parser import Parser

from fxopt.dialects.registry import make_context
from fxopt.lowering.convert_aten_to_loop import ConvertAtenToLoopPass

ATEN = torch.ops.aten

RTOL = {torch.float64: 1e-10, torch.float32: 2e-5, torch.bfloat16: 2e-2, torch.float16: 4e-3}


def agree(fn: Callable[..., Any], *args: Any, nests: int = 1, **options: Any) -> Lowered:
    """One nest, no extern call, the values of eager."""
    floats = [a.dtype for a in args if isinstance(a, torch.Tensor) and a.dtype.is_floating_point]
    rtol = max((RTOL[d] for d in floats), default=2e-5)
    lowered = check(fn, *args, rtol=rtol, atol=rtol, **options)
    assert lowered.externs == []
    assert lowered.num_nests == nests
    return lowered


def sample(dtype: torch.dtype, *shape: int) -> torch.Tensor:
    """Values of a dtype, small enough that products stay exact; the first half of a float tensor is distinct."""
    gen = torch.Generator().manual_seed(sum(shape))
    if dtype == torch.bool:
        return torch.rand(shape, generator=gen) < 0.5
    if not dtype.is_floating_point:
        return torch.randint(0 if dtype == torch.uint8 else -3, 4, shape, generator=gen).to(dtype)
    return torch.randn(shape, generator=gen, dtype=torch.float64).to(dtype)


# ---- over one, several and all dims -------------------------------------------------------------------------

OVER_DIMS = {
    "sum": ATEN.sum.dim_IntList,
    "mean": ATEN.mean.dim,
    "amax": ATEN.amax.default,
    "amin": ATEN.amin.default,
    "var": ATEN.var.correction,
    "std": ATEN.std.correction,
    "var_mean": ATEN.var_mean.correction,
    "std_mean": ATEN.std_mean.correction,
    "logsumexp": ATEN.logsumexp.default,
    "nansum": ATEN.nansum.default,
    "any": ATEN.any.dims,
    "all": ATEN.all.dims,
    "norm_2": lambda x, dim, keepdim=False: ATEN.linalg_vector_norm(x, 2, dim, keepdim),
    "norm_1": lambda x, dim, keepdim=False: ATEN.linalg_vector_norm(x, 1, dim, keepdim),
    "norm_0": lambda x, dim, keepdim=False: ATEN.linalg_vector_norm(x, 0, dim, keepdim),
    "norm_3": lambda x, dim, keepdim=False: ATEN.linalg_vector_norm(x, 3.0, dim, keepdim),
    "norm_inf": lambda x, dim, keepdim=False: ATEN.linalg_vector_norm(x, float("inf"), dim, keepdim),
    "norm_minus_inf": lambda x, dim, keepdim=False: ATEN.linalg_vector_norm(x, -float("inf"), dim, keepdim),
}
DIMS = ([0], [-1], [1, 2], [0, 2], [2, 0, 1])


def _over(name: str, dim: list[int], keepdim: bool) -> Callable[[torch.Tensor], Any]:
    return lambda x: OVER_DIMS[name](x, dim, keepdim=keepdim)


@pytest.mark.parametrize("name", OVER_DIMS)
def test_reduction_over_dims(name: str) -> None:
    x = sample(torch.float32, 4, 3, 5)
    for dim in DIMS:
        agree(_over(name, dim, False), x)
    agree(_over(name, [1], True), x)
    agree(_over(name, [0, 2], True), sample(torch.bfloat16, 4, 3, 5))
    agree(_over(name, [1], False), x.permute(2, 0, 1))
    agree(_over(name, [0], False), sample(torch.float64, 7))
    agree(_over(name, [-1], False), x, dynamic=True)


@pytest.mark.parametrize("name", ["sum", "mean", "amax", "amin", "logsumexp", "any", "all", "norm_2"])
def test_reduction_of_a_scalar_and_of_size_one(name: str) -> None:
    agree(_over(name, [0], False), torch.tensor(1.5))
    agree(_over(name, [1], False), torch.randn(3, 1))
    agree(_over(name, [1], True), torch.randn(3, 1))


@pytest.mark.parametrize("name", ["sum", "mean", "any", "all", "nansum", "var_mean"])
def test_reduction_of_nothing(name: str) -> None:
    agree(_over(name, [1], False), torch.ones(3, 0))
    agree(_over(name, [1], False), torch.ones(0, 3))
    agree(_over(name, [0, 1], False), torch.ones(0, 3))


WHOLE = {
    name: getattr(ATEN, name).default
    for name in (
        *("sum", "prod", "mean", "any", "all", "max", "min", "amax", "amin", "argmax", "argmin"),
        *("count_nonzero", "nansum", "aminmax", "std", "var"),
    )
}


@pytest.mark.parametrize("name", WHOLE)
def test_reduction_of_the_whole_tensor(name: str) -> None:
    dtypes = [torch.float32, torch.bfloat16]
    if name not in ("mean", "std", "var"):
        dtypes += [torch.int32, torch.uint8]
    if name not in ("mean", "std", "var", "argmax", "argmin"):
        dtypes.append(torch.bool)
    for dtype in dtypes:
        agree(WHOLE[name], sample(dtype, 3, 4))
    agree(WHOLE[name], sample(torch.float32, 5, 4).t(), dynamic=name != "aminmax")


def test_extrema_with_positions() -> None:
    for dtype in (torch.float32, torch.int64, torch.uint8, torch.bool, torch.float16):
        x = sample(dtype, 4, 6)
        agree(lambda t: ATEN.max.dim(t, 1), x)
        agree(lambda t: ATEN.min.dim(t, 0, True), x)
        agree(lambda t: ATEN.max.dim(t, -1)[1], x)
    x = torch.randn(3, 4, 5)
    agree(lambda t: ATEN.argmax(t, 1, True), x.permute(1, 2, 0))
    agree(lambda t: ATEN.argmin(t, -1), x)
    agree(lambda t: ATEN.argmax(t, None, True), x.transpose(0, 2))


def test_unread_results_are_not_computed() -> None:
    lowered = agree(lambda t: ATEN.max.dim(t, 1)[0], torch.randn(4, 6))
    assert "argmax" not in str(lowered.module)


def test_nan_wins_in_extrema() -> None:
    x = torch.tensor([[1.0, float("nan"), 3.0], [2.0, 0.0, float("inf")]])
    for op in (ATEN.amax, ATEN.amin, ATEN.argmax, ATEN.argmin):
        agree(lambda t: op(t, 1), x)  # noqa: B023
    agree(lambda t: ATEN.max.dim(t, 1), x)


def test_integers_and_bools() -> None:
    for dtype in (torch.int32, torch.uint8, torch.bool, torch.int64):
        x = sample(dtype, 4, 6)
        agree(lambda t: ATEN.sum.dim_IntList(t, [1]), x)
        agree(lambda t: ATEN.prod.dim_int(t, 1), x)
        agree(lambda t: ATEN.any.dim(t, 1), x)
        agree(lambda t: ATEN.all.dim(t, 1), x)
        agree(lambda t: ATEN.count_nonzero.dim_IntList(t, [0]), x)
        agree(lambda t: ATEN.amax(t, [1]), x)
        agree(lambda t: ATEN.sum.dim_IntList(t, [1], dtype=torch.float32), x)


def test_dtype_argument() -> None:
    x = sample(torch.float32, 4, 6)
    agree(lambda t: ATEN.sum.dim_IntList(t, [1], dtype=torch.float64), x)
    agree(lambda t: ATEN.mean.dim(t, [0], dtype=torch.bfloat16), x.bfloat16())
    agree(lambda t: ATEN.sum.default(t, dtype=torch.int32), sample(torch.int64, 4, 6))
    agree(lambda t: ATEN.cumsum(t, 0, dtype=torch.float64), x)


@pytest.mark.parametrize("correction", [0, 1, 2, 0.5, 7])
def test_correction(correction: float) -> None:
    agree(lambda t: ATEN.var.correction(t, [1], correction=correction), torch.randn(3, 7, dtype=torch.float64))
    agree(lambda t: ATEN.var.correction(t, [1], correction=correction), torch.randn(3, 8), dynamic=True)


def test_sum_of_an_expanded_tensor() -> None:
    agree(lambda t: ATEN.sum.dim_IntList(t, [1]), torch.randn(3, 1).expand(3, 5))
    agree(lambda t: ATEN.sum.default(t), torch.randn(1).expand(5))


def test_distance_and_trace() -> None:
    for order in (0.0, 1.0, 2.0, 3.0, float("inf")):
        agree(lambda a, b: ATEN.dist(a, b, order), torch.randn(4, 1, 5), torch.randn(3, 1))  # noqa: B023
    for dtype in (torch.float32, torch.int32):
        agree(ATEN.trace.default, sample(dtype, 4, 6))
    agree(ATEN.linalg_cross.default, torch.randn(4, 3), torch.randn(1, 3))
    agree(lambda a, b: ATEN.linalg_cross(a, b, dim=0), torch.randn(3, 4), torch.randn(3, 4))


# ---- scans --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cumsum", "cumprod", "logcumsumexp", "cummax", "cummin"])
def test_scan(name: str) -> None:
    op = getattr(ATEN, name).default
    for dtype in (torch.float32, torch.bfloat16, torch.int64, torch.uint8, torch.bool):
        if name == "logcumsumexp" and not dtype.is_floating_point:
            continue
        for dim in (0, 1, -1):
            agree(lambda t: op(t, dim), sample(dtype, 4, 6))  # noqa: B023
    agree(lambda t: op(t, 0), torch.tensor(2.0))
    agree(lambda t: op(t, 1), torch.randn(3, 1))
    agree(lambda t: op(t, 1), torch.randn(3, 0))
    agree(lambda t: op(t, 1), torch.randn(5, 4).t(), dynamic=True)


# ---- softmax ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_softmax(dim: int) -> None:
    for dtype in (torch.float32, torch.bfloat16, torch.float64):
        x = sample(dtype, 3, 4, 6)
        y = torch.softmax(x, dim)
        agree(lambda t: ATEN._softmax(t, dim, False), x)
        agree(lambda t: ATEN._log_softmax(t, dim, False), x)
        agree(lambda g, t: ATEN._softmax_backward_data(g, t, dim, g.dtype), x, y)
        agree(lambda g, t: ATEN._log_softmax_backward_data(g, t, dim, g.dtype), x, y.log())
    agree(lambda t: ATEN._softmax(t, dim, False), torch.randn(4, 3, 5).permute(2, 0, 1), dynamic=True)


def test_softmax_edges() -> None:
    agree(lambda t: ATEN._softmax(t, 0, False), torch.tensor(2.0))
    agree(lambda t: ATEN._softmax(t, 1, False), torch.randn(3, 1))
    agree(lambda t: ATEN._softmax(t, 1, False), torch.randn(0, 3))
    agree(lambda t: ATEN._softmax(t, 1, False), torch.tensor([[-float("inf")] * 3, [1.0, -float("inf"), 2.0]]))
    agree(lambda t: ATEN._safe_softmax(t, 1), torch.tensor([[-float("inf")] * 3, [1.0, -float("inf"), 2.0]]))


# ---- normalisations -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_layer_norm(dtype: torch.dtype) -> None:
    x, w, b = sample(dtype, 4, 3, 8), sample(dtype, 8), sample(dtype, 8)
    agree(lambda t, u, v: ATEN.native_layer_norm(t, [8], u, v, 1e-5), x, w, b)
    agree(lambda t: ATEN.native_layer_norm(t, [3, 8], None, None, 1e-5), x)
    agree(lambda t, u: ATEN.native_layer_norm(t, [8], u, None, 1e-5)[0], x, w, dynamic=True)


RMS_NORM = """
func.func @main(%x: !aten.tensor<[4, 3, 8], f32>, %w: !aten.tensor<[8], f32>) {
  %0 = aten._fused_rms_norm.default(%x, [8], %w, EPS)
    : !aten.tuple<!aten.tensor<[4, 3, 8], f32>, !aten.tensor<[4, 3, 1], f32>>
  %1 = fx.getitem(%0, 0) : !aten.tensor<[4, 3, 8], f32>
  %2 = fx.getitem(%0, 1) : !aten.tensor<[4, 3, 1], f32>
  fx.return((%1, %2))
}
"""


@pytest.mark.parametrize("eps", [None, 1e-3])
def test_rms_norm(eps: float | None) -> None:
    """From text: on the CPU torch traces the operator's decomposition."""
    module = Parser(make_context(), RMS_NORM.replace("EPS", str(eps))).parse_module()
    ConvertAtenToLoopPass().apply(make_context(), module)
    module.verify()
    lowered = Lowered(module)
    assert (lowered.num_nests, lowered.externs) == (1, [])
    x, w = torch.randn(4, 3, 8), torch.randn(8)
    out, rstd = run(lowered, (x, w))
    want = torch.nn.functional.rms_norm(x, (8,), w, eps)
    torch.testing.assert_close(torch.from_numpy(out).view(4, 3, 8), want, rtol=2e-5, atol=2e-5)
    root = (x.square().mean(-1) + (torch.finfo(torch.float32).eps if eps is None else eps)).rsqrt()
    torch.testing.assert_close(torch.from_numpy(rstd).view(4, 3), root, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("dim", [0, 2])
def test_weight_norm(dim: int) -> None:
    shape = [1, 1, 1]
    shape[dim] = (4, 3, 5)[dim]
    v, g, norm = torch.randn(4, 3, 5), torch.randn(shape), torch.rand(shape) + 0.5
    agree(lambda v, g: ATEN._weight_norm_interface(v, g, dim), v, g)
    backward = ATEN._weight_norm_interface_backward
    agree(lambda d, v, g, n: backward(d, v, g, n, dim), torch.randn(4, 3, 5), v, g, norm)


@pytest.mark.parametrize("groups", [1, 2, 6])
def test_group_norm(groups: int) -> None:
    x, w, b = torch.randn(2, 6, 4, 5), torch.randn(6), torch.randn(6)
    agree(lambda t, u, v: ATEN.native_group_norm(t, u, v, 2, 6, 20, groups, 1e-5), x, w, b)
    agree(lambda t: ATEN.native_group_norm(t, None, None, 2, 6, 20, groups, 1e-5)[0], x)
    agree(lambda t: ATEN.native_group_norm(t, None, None, 2, 6, 1, groups, 1e-5)[0], torch.randn(2, 6))


def test_batch_norm_in_inference() -> None:
    stats = [torch.randn(6), torch.rand(6) + 0.5, torch.randn(6), torch.randn(6)]
    op = ATEN._native_batch_norm_legit_no_training
    for x in (
        torch.randn(2, 6, 4, 5),
        torch.randn(2, 6),
        torch.randn(2, 6, 4, 5).to(memory_format=torch.channels_last),
    ):
        agree(lambda t, m, v, w, b: op(t, w, b, m, v, 0.1, 1e-5)[0], x, *stats)
    agree(lambda t, m, v: op(t, None, None, m, v, 0.1, 1e-5)[0], torch.randn(2, 6, 3), *stats[:2])
    agree(lambda t, m, v: op(t, None, None, m, v, 0.1, 1e-5), torch.randn(2, 6, 3), *stats[:2], nests=3)


def test_batch_norm_in_training() -> None:
    x, m, v, w, b = torch.randn(4, 6, 3, 5), torch.randn(6), torch.rand(6), torch.randn(6), torch.randn(6)
    op = ATEN._native_batch_norm_legit_functional
    agree(lambda t, m, v, w, b: op(t, w, b, m, v, True, 0.1, 1e-5), x, m, v, w, b)
    agree(lambda t, w, b: ATEN._native_batch_norm_legit.no_stats(t, w, b, True, 0.1, 1e-5), x, w, b)
    agree(lambda t, m, v, w, b: op(t, w, b, m, v, False, 0.1, 1e-5)[0], x, m, v, w, b)


def test_gradients_of_normalisations() -> None:
    x, g, w, b = torch.randn(4, 6, 8), torch.randn(4, 6, 8), torch.randn(8), torch.randn(8)
    mean, rstd = torch.randn(4, 6, 1), torch.rand(4, 6, 1)
    mask = [True, True, True]
    backward = ATEN.native_layer_norm_backward
    agree(lambda g, x, m, r, w, b: backward(g, x, [8], m, r, w, b, mask), g, x, mean, rstd, w, b, nests=2)
    agree(lambda g, x, m, r: backward(g, x, [8], m, r, None, None, [True, False, False])[0], g, x, mean, rstd)
    x, g, w = torch.randn(2, 6, 4, 5), torch.randn(2, 6, 4, 5), torch.randn(6)
    mean, rstd = torch.randn(2, 3), torch.rand(2, 3)
    grouped = ATEN.native_group_norm_backward
    agree(lambda g, x, m, r, w: grouped(g, x, m, r, w, 2, 6, 20, 3, mask), g, x, mean, rstd, w, nests=2)
    stats = [torch.randn(6), torch.rand(6) + 0.5]
    batch = ATEN.native_batch_norm_backward
    agree(lambda g, x, w, m, v: batch(g, x, w, None, None, m, v, True, 1e-5, mask), g, x, w, *stats)
    agree(lambda g, x, w, m, v: batch(g, x, w, m, v, None, None, False, 1e-5, mask), g, x, w, *stats)


# ---- losses -------------------------------------------------------------------------------------------------

LOSSES: dict[str, Callable[..., Any]] = {
    "mse_loss": ATEN.mse_loss,
    "smooth_l1_loss": ATEN.smooth_l1_loss,
    "huber_loss": ATEN.huber_loss,
    "soft_margin_loss": ATEN.soft_margin_loss,
    "binary_cross_entropy": lambda x, t, r: ATEN.binary_cross_entropy(x.sigmoid(), t.sigmoid(), None, r),
}
GRADIENTS: dict[str, Callable[..., Any]] = {
    "mse_loss_backward": ATEN.mse_loss_backward,
    "smooth_l1_loss_backward": lambda g, x, t, r: ATEN.smooth_l1_loss_backward(g, x, t, r, 0.5),
    "huber_loss_backward": lambda g, x, t, r: ATEN.huber_loss_backward(g, x, t, r, 0.5),
    "soft_margin_loss_backward": ATEN.soft_margin_loss_backward,
}


@pytest.mark.parametrize("reduction", [0, 1, 2])
def test_losses(reduction: int) -> None:
    x, t = torch.randn(4, 6), torch.randn(4, 6)
    for name, loss in LOSSES.items():
        agree(lambda a, b: loss(a, b, reduction), x, t, nests=3 if name.startswith("binary") else 1)  # noqa: B023
    for gradient in GRADIENTS.values():
        g = torch.randn(4, 6) if reduction == 0 else torch.randn(())
        agree(lambda a, b, c: gradient(a, b, c, reduction), g, x, t)  # noqa: B023


@pytest.mark.parametrize("reduction", [0, 1, 2])
def test_negative_log_likelihood(reduction: int) -> None:
    x, t, w = torch.randn(5, 7), torch.tensor([0, 6, -100, 3, 3]), torch.rand(7)
    nests = 2 if reduction == 0 else 1
    agree(lambda a, b, c: ATEN.nll_loss_forward(a, b, c, reduction, -100)[0], x, t, w, nests=nests)
    agree(lambda a, b: ATEN.nll_loss_forward(a, b, None, reduction, -100), x, t, nests=nests)
    agree(lambda a, b: ATEN.nll_loss_forward(a, b, None, reduction, -100)[0], x[0], t[1], nests=nests)
    g = torch.randn(5) if reduction == 0 else torch.randn(())
    total = torch.tensor(3.5)
    agree(lambda g, a, b, c, s: ATEN.nll_loss_backward(g, a, b, c, reduction, -100, s), g, x, t, w, total)
    image, labels = torch.randn(2, 7, 3, 4), torch.randint(0, 7, (2, 3, 4))
    agree(lambda a, b: ATEN.nll_loss2d_forward(a, b, None, reduction, -100)[0], image, labels, nests=nests)


def test_target_out_of_bounds_raises() -> None:
    with pytest.raises(Exception, match="out of bounds"):
        check(lambda a, b: ATEN.nll_loss_forward(a, b, None, 1, -100)[0], torch.randn(2, 3), torch.tensor([0, 5]))
