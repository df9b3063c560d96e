"""Attention through `torch.compile(backend="fxopt")` on a GPU: as exact as eager, and by the kernel that is wanted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch._dynamo
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

import fxopt

has_cuda = torch.cuda.is_available() and torch.version.hip is None
pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not has_cuda, reason="needs a CUDA device")]

FLASH = "aten._scaled_dot_product_flash_attention.default"
EFFICIENT = "aten._scaled_dot_product_efficient_attention.default"
DTYPES = (torch.float32, torch.bfloat16, torch.float16)
Function = Callable[..., torch.Tensor]


@pytest.fixture(autouse=True)
def _fresh() -> None:
    torch._dynamo.reset()
    torch.manual_seed(0)


def by_hand(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    scores = torch.matmul(q, k.transpose(2, 3)) * q.shape[-1] ** -0.5
    return torch.matmul(torch.softmax(scores, -1, dtype=torch.float32).to(q.dtype), v)


def all_true(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    rows = torch.arange(q.shape[2], device=q.device)[None, None, :, None]
    return F.scaled_dot_product_attention(q, k, v, attn_mask=(rows >= 0).expand(q.shape[0], -1, -1, k.shape[2]))


def lower_triangle(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    rows, columns = (torch.arange(x.shape[2], device=q.device) for x in (q, k))
    return F.scaled_dot_product_attention(q, k, v, attn_mask=columns[None, :] <= rows[:, None])


def masked(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Every third column is left out; the mask is expanded along columns, so that torch decomposes the call."""
    keep = torch.arange(k.shape[2], device=q.device) % 3 != 0
    return F.scaled_dot_product_attention(q, k, v, attn_mask=keep.expand(q.shape[0], 1, q.shape[2], -1))


def masked_rows(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Some rows see nothing."""
    keep = torch.arange(q.shape[2], device=q.device) % 3 != 0
    mask = keep[None, None, :, None].expand(q.shape[0], 1, -1, k.shape[2])
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


def causal(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def grouped(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return F.scaled_dot_product_attention(q, k[:, ::2], v[:, ::2], is_causal=True, enable_gqa=True)


# Function, kernel in half precision.
CASES: dict[str, tuple[Function, str]] = {
    "plain": (F.scaled_dot_product_attention, FLASH),
    "by hand": (by_hand, FLASH),
    "all true": (all_true, FLASH),
    "lower triangle": (lower_triangle, FLASH),
    "causal": (causal, FLASH),
    "grouped": (grouped, FLASH),
    "masked": (masked, EFFICIENT),
    "masked rows": (masked_rows, EFFICIENT),
}


def heads(dtype: torch.dtype, rows: int) -> torch.Tensor:
    return torch.randn(2, rows, 4, 64, device="cuda").to(dtype).transpose(1, 2)


def error(actual: torch.Tensor, exact: torch.Tensor) -> float:
    return float((actual.double() - exact).abs().max() / exact.abs().max())


@pytest.mark.parametrize("rows", [128, 197])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", CASES)
def test_decomposed_attention(name: str, dtype: torch.dtype, rows: int) -> None:
    """Decomposed by torch, whatever kernel it would choose itself, so that the pass makes every call."""
    function, kernel = CASES[name]
    inputs = [heads(dtype, rows) for _ in range(3)]
    wanted = EFFICIENT if dtype == torch.float32 else kernel
    with torch.no_grad():
        exact = function(*(x.double() for x in inputs))
        eager = function(*inputs)
        with sdpa_kernel(SDPBackend.MATH):
            report = fxopt.explain(function, *inputs)
            torch._dynamo.reset()
            actual = torch.compile(function, backend="fxopt")(*inputs)
    # Torch 2.11 does not decompose grouped heads under `MATH`: the call is the one that it chose itself.
    allowed = {wanted, EFFICIENT} if name == "grouped" else {wanted}
    assert sum(report.extern_calls.get(target, 0) for target in allowed) == 1, report.extern_calls
    assert "aten.bmm.default" not in report.extern_calls
    assert actual.dtype == eager.dtype
    assert error(actual, exact) <= max(3 * error(eager, exact), 4 * torch.finfo(dtype).eps)


@pytest.mark.parametrize("name", CASES)
def test_attention_as_torch_chooses(name: str) -> None:
    function, _ = CASES[name]
    inputs = [heads(torch.bfloat16, 197) for _ in range(3)]
    with torch.no_grad():
        exact = function(*(x.double() for x in inputs))
        eager = function(*inputs)
        report = fxopt.explain(function, *inputs)
        torch._dynamo.reset()
        actual = torch.compile(function, backend="fxopt")(*inputs)
    assert "aten.bmm.default" not in report.extern_calls
    assert error(actual, exact) <= max(3 * error(eager, exact), 4 * torch.finfo(torch.bfloat16).eps)
