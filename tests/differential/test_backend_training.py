"""Training: losses, gradients and buffers after a step are eager's."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch

from .models import MODELS, build, outputs


def distance(value: torch.Tensor, reference: torch.Tensor) -> float:
    return float((value.detach().double() - reference.detach().double()).norm())


def loss_of(results: list[torch.Tensor]) -> torch.Tensor:
    return torch.stack([(result.float() ** 2).mean() for result in results]).sum()


def without_dropout(model: torch.nn.Module) -> torch.nn.Module:
    for module in model.modules():
        for name in ("p", "dropout_prob", "attention_dropout", "attention_probs_dropout_prob"):
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, 0.0)
    return model


def step(model: Any, source: torch.nn.Module, run: Callable[[Any], list[torch.Tensor]]) -> torch.Tensor:
    source.zero_grad()
    loss = loss_of(run(model))
    loss.backward()
    return loss


@pytest.mark.parametrize("name", MODELS)
def test_gradients_are_eagers(name: str) -> None:
    eager, inputs = build(name)
    without_dropout(eager.train())
    ours = copy.deepcopy(eager)
    torch._dynamo.reset()
    compiled = torch.compile(ours, backend="fxopt")

    def run(model: Any) -> list[torch.Tensor]:
        return outputs(model(**inputs))

    want, got = step(eager, eager, run), step(compiled, ours, run)
    assert distance(got, want) <= 1e-5 * want.item()
    check_gradients(ours, eager)
    for (key, one), (_, other) in zip(ours.named_buffers(), eager.named_buffers(), strict=True):
        torch.testing.assert_close(one, other, msg=lambda text, key=key: f"buffer {key}: {text}")


def check_gradients(ours: torch.nn.Module, eager: torch.nn.Module) -> None:
    parameters = list(zip(ours.named_parameters(), eager.named_parameters(), strict=True))
    largest = max(float(p.grad.norm()) for _, (_, p) in parameters if p.grad is not None)
    for (key, one), (_, other) in parameters:
        assert (one.grad is None) == (other.grad is None), key
        if one.grad is not None and other.grad is not None:
            assert one.grad.stride() == other.grad.stride(), key
            assert distance(one.grad, other.grad) <= 1e-4 * max(float(other.grad.norm()), 1e-4 * largest), key


def convolutional_net() -> torch.nn.Module:
    torch.manual_seed(0)
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, bias=False), nn.BatchNorm2d(16), nn.GELU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Dropout(0.0), nn.Linear(16, 10),
    )  # fmt: skip


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_convolutional_net_with_batch_norm(layout: torch.memory_format) -> None:
    eager = convolutional_net().to(memory_format=layout)
    ours = copy.deepcopy(eager)
    torch._dynamo.reset()
    compiled = torch.compile(ours, backend="fxopt")
    for _ in range(2):
        x = torch.randn(4, 3, 16, 16).to(memory_format=layout)
        want, got = step(eager, eager, lambda m, x=x: [m(x)]), step(compiled, ours, lambda m, x=x: [m(x)])
        assert distance(got, want) <= 1e-5 * want.item()
        check_gradients(ours, eager)
    for one, other in zip(ours.buffers(), eager.buffers(), strict=True):
        torch.testing.assert_close(one, other)


def test_autocast_is_as_accurate_as_eagers() -> None:
    """bf16 matmuls and convolutions: distance from the float64 gradients, at most a little more than eager's."""
    x = torch.randn(4, 3, 16, 16)
    eager = convolutional_net()
    ours, precise = copy.deepcopy(eager), copy.deepcopy(eager).double()
    torch._dynamo.reset()
    compiled = torch.compile(ours, backend="fxopt")

    def run(model: Any) -> list[torch.Tensor]:
        is_precise = model is precise
        with contextlib.nullcontext() if is_precise else torch.autocast("cpu", torch.bfloat16):
            return [model(x.double() if is_precise else x)]

    step(eager, eager, run)
    step(compiled, ours, run)
    step(precise, precise, run)
    errors = {"ours": 0.0, "eager": 0.0}
    for p, q, r in zip(ours.parameters(), eager.parameters(), precise.parameters(), strict=True):
        assert p.grad is not None and q.grad is not None and r.grad is not None
        assert p.grad.dtype == q.grad.dtype
        scale = float(r.grad.norm()) + 1e-12
        errors["ours"] += distance(p.grad, r.grad) / scale
        errors["eager"] += distance(q.grad, r.grad) / scale
    assert errors["ours"] <= 1.2 * errors["eager"]


def test_steps_of_an_optimizer() -> None:
    """Parameters that change in place between calls, and an optimizer that is compiled itself."""
    torch.manual_seed(0)
    eager = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
    ours = copy.deepcopy(eager)
    torch._dynamo.reset()
    compiled = torch.compile(ours, backend="fxopt")
    optimizers = [torch.optim.AdamW(model.parameters(), lr=0.01, foreach=True) for model in (eager, ours)]
    compiled_step = torch.compile(optimizers[1].step, backend="fxopt")
    x = torch.randn(32, 8)
    for _ in range(4):
        want, got = step(eager, eager, lambda m: [m(x)]), step(compiled, ours, lambda m: [m(x)])
        torch.testing.assert_close(got, want)
        optimizers[0].step()
        compiled_step()
    for one, other in zip(ours.parameters(), eager.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_second_derivatives_and_retained_graphs() -> None:
    x = torch.randn(5, requires_grad=True)
    torch._dynamo.reset()
    y = torch.compile(lambda x: (x.sin() * x).sum(), backend="fxopt")(x)
    want = torch.autograd.grad((x.sin() * x).sum(), x)[0]
    for retain in (True, False):
        torch.testing.assert_close(torch.autograd.grad(y, x, retain_graph=retain)[0], want)
