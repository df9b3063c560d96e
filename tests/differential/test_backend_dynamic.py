"""Dynamic shapes: one compile serves many sizes, with eager's results, strides and errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import torch
import torch.nn.functional as F

import fxopt
from fxopt.runtime import backend

from .backend_check import compare

SIZES = [(4, 8), (7, 9), (16, 33), (3, 128)]


def f32(*sizes: int) -> torch.Tensor:
    return torch.randn(*sizes)


def check(function: Callable[..., Any], inputs: Sequence[Any], dynamic: bool | None, monkeypatch: Any) -> int:
    """Compares every call with eager; the number of graphs that were compiled."""
    count = 0
    compile_graph = backend.compile_graph

    def counting(*args: Any) -> Any:
        nonlocal count
        count += 1
        return compile_graph(*args)

    monkeypatch.setattr(backend, "compile_graph", counting)
    torch._dynamo.reset()
    compiled = torch.compile(function, backend="fxopt", dynamic=dynamic)
    for args in inputs:
        compare(function, compiled, args if isinstance(args, tuple) else (args,))
    return count


ONE_COMPILE: dict[str, Callable[..., Any]] = {
    "pointwise": lambda x: (x * 2).sin(),
    "softmax": lambda x: x.softmax(-1),
    "softmax over rows": lambda x: x.softmax(0),
    "reductions": lambda x: (x.sum(0), x.mean(), x.var(1)),
    "matmul": lambda x: (x @ x.t()).relu(),
    "concatenation": lambda x: torch.cat([x, x * 2, x], 0) + 1,
    "reshape": lambda x: x.reshape(-1, x.shape[0]) * 2,
    "transposed and flat": lambda x: x.t().reshape(-1) * 2,
    "sizes in arithmetic": lambda x: x * x.shape[0] + x.numel() / x.shape[1] + x.shape[0] % 3,
    "powers and roots of sizes": lambda x: x / math.sqrt(x.shape[-1]) + x.shape[0] ** 2,
    "sizes returned": lambda x: (x + 1, x.shape[0] * 2 + x.shape[1] // 2),
    "arange": lambda x: torch.arange(x.shape[1]) + x,
    "filled": lambda x: torch.full((x.shape[0], 3), x.shape[1] * 2.0),
    "slices": lambda x: (x[:, 1 : x.shape[1] - 1] * 2, x[:, : x.shape[1] // 2] + 1),
    "padding": lambda x: F.pad(x, (1, 2)),
    "expanded": lambda x: x[:, None].expand(-1, x.shape[0], -1) + 1,
    "mask": lambda x: x.masked_fill(torch.arange(x.shape[0])[:, None] < torch.arange(x.shape[1]), 0.0),
    "layer norm": lambda x: F.layer_norm(x, x.shape[-1:]),
    "scan": lambda x: x.cumsum(0),
    "in place": lambda x: x.add_(1),
    "write slice": lambda x: x[1:].mul_(x.shape[0]),
    "library": lambda x: (x.sort(-1)[0] * 2, x.topk(2)[0] + 1),
}


@pytest.mark.parametrize("name", ONE_COMPILE)
def test_one_compile_serves_all_sizes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check(ONE_COMPILE[name], [f32(*size) for size in SIZES], True, monkeypatch) == 1


def test_the_second_size_makes_it_dynamic(monkeypatch: pytest.MonkeyPatch) -> None:
    def function(x: torch.Tensor) -> torch.Tensor:
        return x.softmax(-1)

    assert check(function, [f32(*size) for size in SIZES], None, monkeypatch) == 2


def test_marked_sizes_are_dynamic_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = f32(4, 8)
    torch._dynamo.mark_dynamic(first, 0)
    torch._dynamo.reset()
    compiled = torch.compile(lambda x: x.exp().sum(0), backend="fxopt")
    compiled(first)
    with torch.compiler.set_stance("fail_on_recompile"):
        for rows in (5, 17):
            x = f32(rows, 8)
            torch.testing.assert_close(compiled(x), x.exp().sum(0))


def test_other_layouts(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = [f32(2 * rows, 2 * columns)[::2, ::2] for rows, columns in SIZES]
    assert check(lambda x: (x * 2, x.t() + 1), inputs, True, monkeypatch) == 1
    assert check(lambda x: x * 2, [f32(*size).t() for size in SIZES], True, monkeypatch) == 1


def test_numbers_as_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check(lambda x, n: x * n + n // 2, [(f32(4), n) for n in (5, 6, 2**40)], True, monkeypatch) <= 2
    assert check(lambda x, a: x * a + a, [(f32(4), a) for a in (5.5, 6.25, 1e300)], True, monkeypatch) <= 2


def test_convolution_and_attention(monkeypatch: pytest.MonkeyPatch) -> None:
    w = f32(4, 3, 3, 3)
    images = [f32(n, 3, size, size) for n, size in ((2, 8), (3, 9), (5, 16))]
    assert check(lambda x: F.max_pool2d(F.conv2d(x, w, padding=1).relu(), 2), images, True, monkeypatch) == 1
    queries = [f32(2, 2, length, 16) for length in (5, 9, 12)]
    assert check(lambda q: F.scaled_dot_product_attention(q, q, q) + 1, queries, True, monkeypatch) <= 2


@pytest.mark.parametrize("name", ["softmax", "matmul", "reshape", "padding"])
def test_gradients_at_all_sizes(name: str) -> None:
    function = ONE_COMPILE[name]
    torch._dynamo.reset()
    compiled = torch.compile(function, backend="fxopt", dynamic=True)
    for sizes in SIZES:
        x = f32(*sizes).requires_grad_()
        got, want = (torch.autograd.grad(f(x).square().sum(), x)[0] for f in (compiled, function))
        torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-4)


@contextmanager
def data_dependent_sizes() -> Iterator[None]:
    with torch._dynamo.config.patch(capture_dynamic_output_shape_ops=True, capture_scalar_outputs=True):
        yield


def narrowed(x: torch.Tensor, i: torch.Tensor) -> torch.Tensor:
    n = i.item()
    torch._check(n >= 0)
    torch._check(n <= x.shape[0])
    return x[:n] * 2


def zeros_of(i: torch.Tensor) -> torch.Tensor:
    n = i.item()
    torch._check(n >= 2)
    return torch.zeros(n) + n


def split_at(x: torch.Tensor, i: torch.Tensor) -> tuple[torch.Tensor, ...]:
    head, tail = torch.split(x, i.tolist())
    return head * 2, tail + 1


DATA_DEPENDENT: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "nonzero": (lambda x: (x > 0).nonzero() * 2, [f32(*size) for size in SIZES]),
    "masked select": (lambda x: x[x > 0].sum(), [f32(*size) for size in SIZES]),
    "item in arithmetic": (lambda x, y: x * y.amax().item(), [(f32(*size), f32(3)) for size in SIZES]),
    "item as a size": (narrowed, [(f32(*size), torch.tensor(k)) for k, size in zip((2, 4, 3, 2), SIZES, strict=True)]),
    "new tensor of that size": (zeros_of, [torch.tensor(k) for k in (3, 4, 9)]),
    "sizes of results": (lambda x: torch.ones(x.nonzero().shape[0]) * 2, [(f32(*size) > 0).int() for size in SIZES]),
    "repeats": (lambda x, n: x.repeat_interleave(n) + 1, [(f32(3), torch.tensor([1, 2, k])) for k in (3, 4)]),
    "list of items": (lambda x: x.tolist(), [torch.tensor([1, 2, k]) for k in (3, 4)]),
    "unique": (lambda x: torch.unique(x) + 1, [torch.tensor([1, 2, k, k]) for k in (3, 1)]),
    "split": (split_at, [(f32(9, 4), torch.tensor([k, 9 - k])) for k in (2, 3)]),
}


@pytest.mark.parametrize("name", DATA_DEPENDENT)
def test_sizes_that_depend_on_data(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    function, inputs = DATA_DEPENDENT[name]
    with data_dependent_sizes():
        assert check(function, inputs, True, monkeypatch) == 1


def test_runtime_assertions_are_kept() -> None:
    torch._dynamo.reset()
    with data_dependent_sizes():
        compiled = torch.compile(zeros_of, backend="fxopt", fullgraph=True)
        assert compiled(torch.tensor(3)).tolist() == [3.0] * 3
        with pytest.raises(RuntimeError):
            compiled(torch.tensor(1))


def test_bytes_are_counted_at_the_sizes_of_the_call() -> None:
    x = f32(6, 32)
    torch._dynamo.mark_dynamic(x, 0)
    report = fxopt.explain(lambda x: x.softmax(-1), x)
    assert report.bytes_accessed == 2 * 6 * 32 * 4


def test_offsets_do_not_overflow_32_bits() -> None:
    """Elements far apart in a storage that is not touched in between: 6 GiB of addresses, some pages of memory."""
    rows, stride = 3, 2**31
    storage = torch.empty(rows * stride, dtype=torch.int8)
    x = storage.as_strided((rows, 4), (stride, 1))
    x.copy_(torch.arange(12, dtype=torch.int8).view(3, 4))
    for dynamic in (False, True):
        torch._dynamo.reset()
        compiled = torch.compile(lambda x: (x + 1, x.to(torch.int32).sum(0)), backend="fxopt", dynamic=dynamic)
        y, total = compiled(x)
        assert y.flatten().tolist() == list(range(1, 13)) and total.tolist() == [12, 15, 18, 21]
