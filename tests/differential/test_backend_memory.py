"""Memory: never more at once than eager, nothing read after its last use or before its first.

Peaks are sums over the allocator's own records, which torch's profiler gives: buffers of ours, of eager's operators and
those inside of library calls count alike.
"""

from __future__ import annotations

import gc
import linecache
import weakref
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import torch
from torch._C._profiler import _EventType
from torch.profiler import ProfilerActivity, profile

import fxopt

from .models import MODELS, build, outputs


def peak_bytes(function: Callable[[], Any]) -> int:
    """The most bytes that were allocated at once during a call, beyond those before it."""
    gc.collect()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        result = function()
    results = profiler.profiler.kineto_results  # type: ignore[union-attr]
    records: list[tuple[int, int]] = []

    def visit(events: Iterable[Any]) -> None:
        for event in events:
            if event.tag == _EventType.Allocation:
                records.append((event.start_time_ns, event.extra_fields.alloc_size))
            visit(event.children)

    visit(results.experimental_event_tree())
    live = peak = 0
    for _, size in sorted(records, key=lambda record: record[0]):
        live += size
        peak = max(peak, live)
    del result
    return peak


def test_the_measure_sees_what_is_alive_at_once() -> None:
    def function() -> torch.Tensor:
        x = torch.empty(1000)
        y = torch.empty(2000)
        del x
        return torch.empty(500) + y[:500]

    assert peak_bytes(function) == 4 * (2000 + 1000)


@pytest.mark.parametrize("name", MODELS)
def test_peak_is_no_higher_than_eagers_and_no_lifetime_is_wrong(name: str) -> None:
    """Buffers hold NaN before their first use and after their last: a wrong lifetime shows in the result."""
    model, inputs = build(name)
    torch._dynamo.reset()
    with torch.no_grad():
        compiled = torch.compile(model, backend="fxopt", options={"poison": True})
        for got, want in zip(outputs(compiled(**inputs)), outputs(model(**inputs)), strict=True):
            torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-5)
        assert peak_bytes(lambda: compiled(**inputs)) <= peak_bytes(lambda: model(**inputs))


def test_views_and_tuples_do_not_hold_their_storage() -> None:
    def function(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        for _ in range(6):
            x = torch.linalg.qr((x @ w).t() + 1)[0].t()
        return x

    x, w = torch.randn(64, 64), torch.randn(64, 64)
    compiled = torch.compile(function, backend="fxopt")
    torch.testing.assert_close(compiled(x, w), function(x, w), rtol=1e-3, atol=1e-3)
    assert peak_bytes(lambda: compiled(x, w)) <= peak_bytes(lambda: function(x, w))


def test_the_backward_graph_frees_what_was_saved() -> None:
    def function(x: torch.Tensor, weights: list[torch.Tensor]) -> torch.Tensor:
        for w in weights:
            x = (x @ w).sin()
        return x.sum()

    weights = [torch.randn(64, 64, requires_grad=True) for _ in range(8)]
    x = torch.randn(512, 64)
    compiled = torch.compile(function, backend="fxopt")

    def step(run: Callable[..., torch.Tensor]) -> None:
        for w in weights:
            w.grad = None
        run(x, weights).backward()

    step(compiled)
    step(function)
    assert peak_bytes(lambda: step(compiled)) <= peak_bytes(lambda: step(function))


def host_programs() -> set[str]:
    return {name for name in linecache.cache if name.startswith("<fxopt")}


def test_nothing_outlives_the_compiled_function() -> None:
    sources = host_programs()
    model = torch.nn.Linear(8, 8)
    weight, x = weakref.ref(model.weight), torch.randn(2, 8)
    compiled = torch.compile(model, backend="fxopt")
    y = compiled(x)
    results = [weakref.ref(x), weakref.ref(y)]
    del x, y
    gc.collect()
    assert [ref() for ref in results] == [None, None]
    del model, compiled
    torch._dynamo.reset()
    gc.collect()
    assert weight() is None
    assert host_programs() <= sources


def test_poison_fills_fresh_and_freed_buffers() -> None:
    with fxopt.config.patch(poison=True):
        source = fxopt.explain(lambda x: (x @ x).sin() @ x, torch.randn(4, 4)).text("python")
    lines = source.splitlines()
    fills = [index for index, line in enumerate(lines) if "float('nan')" in line]
    fresh = [index for index, line in enumerate(lines) if "= empty_cpu(" in line]
    freed = max(index for index, line in enumerate(lines) if "del buf" in line)
    assert fills == [fresh[0] + 1, fresh[1] + 1, freed - 1]
