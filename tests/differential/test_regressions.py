"""Bugs that were found by running PyTorch's own tests against the backend, each at its smallest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from backend_check import assert_as_eager
from torch.nn import functional as F


def assert_gradient_as_eager(function: Callable[..., torch.Tensor], x: torch.Tensor, **compile_options: Any) -> None:
    torch._dynamo.reset()
    gradients = []
    for run in (function, torch.compile(function, backend="fxopt", **compile_options)):
        leaf = x.clone().requires_grad_()
        result = run(leaf)
        weights = torch.arange(1.0, result.numel() + 1).view(result.shape)
        gradients += torch.autograd.grad(result, leaf, weights)
    torch.testing.assert_close(gradients[1], gradients[0])


@pytest.mark.parametrize(
    "function",
    [
        torch.relu,
        F.relu6,
        F.hardtanh,
        lambda x: x.clamp(min=0),
        lambda x: x.clamp(0.0, 2.0),
        lambda x: x.clamp(max=0.0),
        lambda x: x.clamp(min=float("nan")),
    ],
)
def test_bounds_keep_negative_zero_and_nan(function: Callable[..., torch.Tensor]) -> None:
    x = torch.tensor([-0.0, 0.0, float("nan"), -3.0, 3.0] * 7)
    assert_as_eager(lambda x: (function(x), torch.signbit(function(x))), x, calls=1)


def test_gradient_of_unfold_of_a_scalar() -> None:
    assert_gradient_as_eager(lambda x: x.unfold(0, 1, 1), torch.tensor(2.0))


def test_gradient_of_unfold_into_empty_windows() -> None:
    assert_gradient_as_eager(lambda x: x.unfold(0, 0, 1).sum() + x, torch.tensor(2.0))


def test_copied_buffer_is_taken_in_place_by_an_output_of_another_rank() -> None:
    # The backward's zeros fill a [1, 1] output, while another output takes their place as [1, 1, 1].
    assert_gradient_as_eager(lambda x: F.multilabel_margin_loss(x, torch.tensor(0)), torch.tensor(1.0))


@pytest.mark.parametrize("index", [-2, 0, 1, 3])
def test_symbolic_int_argument_is_no_size_and_may_be_negative(index: int) -> None:
    def function(x: torch.Tensor, i: int) -> tuple[torch.Tensor, ...]:
        views = x[i] + 1, x.select(1, i), x[:i] * 2, x[i:].sum(0), torch.select_scatter(x, x[0], 0, i)
        return *views, x * i, torch.arange(i, 5), x.roll(i), x.new_zeros(5 - i)

    assert_as_eager(function, torch.randn(6, 4), index, dynamic=True, calls=1)


@pytest.mark.parametrize("index", [-2, 2])
def test_item_is_used_only_through_its_symbol(index: int) -> None:
    with torch._dynamo.config.patch(capture_scalar_outputs=True):
        assert_as_eager(lambda x, i: (x * i.item(), x[i.item()]), torch.randn(3, 4), torch.tensor(index), calls=1)


@pytest.mark.parametrize("operator", [torch.floor_divide, torch.remainder, torch.fmod])
def test_integer_division_by_zero_raises_what_eager_raises(operator: Callable[..., torch.Tensor]) -> None:
    x, zero = torch.arange(3), torch.tensor([1, 0, 2])
    torch._dynamo.reset()
    for run in (operator, torch.compile(operator, backend="fxopt")):
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            run(x, zero)


def test_index_out_of_range_raises_what_eager_raises() -> None:
    torch._dynamo.reset()
    x, index = torch.arange(3), torch.tensor([5])
    for gather in (torch.gather, torch.compile(torch.gather, backend="fxopt")):
        with pytest.raises(RuntimeError, match="out of bounds"):
            gather(x, 0, index)
    for select in (torch.take, torch.compile(torch.take, backend="fxopt")):
        with pytest.raises(IndexError, match="out of range"):
            select(x, index)
