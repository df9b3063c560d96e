"""`fxopt.explain`: counts against what one works out by hand, texts of every stage, and all kinds of functions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F

import fxopt
from fxopt.runtime.report import STAGES


@pytest.fixture(autouse=True)
def _no_compiled_code() -> None:
    torch._dynamo.reset()


def f32(*sizes: int) -> torch.Tensor:
    return torch.randn(*sizes)


def indices(limit: int, *sizes: int) -> torch.Tensor:
    return torch.randint(0, limit, sizes)


# Function, inputs, bytes: what is read once and written once, in elements times item size.
BYTES: dict[str, tuple[Callable[..., Any], tuple[Any, ...], int]] = {
    "pointwise": (lambda x: (x * 2).sin() + 1, (f32(64, 128),), 2 * 64 * 128 * 4),
    "two inputs": (lambda x, y: x + y, (f32(64, 128), f32(64, 128)), 3 * 64 * 128 * 4),
    "bf16": (lambda x: x + 1, (f32(64, 128).bfloat16(),), 2 * 64 * 128 * 2),
    "broadcast row": (lambda x, y: x + y, (f32(64, 128), f32(128)), (2 * 64 * 128 + 128) * 4),
    "broadcast column": (lambda x, y: x + y, (f32(64, 128), f32(64, 1)), (2 * 64 * 128 + 64) * 4),
    "expanded": (lambda x: x + 1, (f32(64, 1).expand(64, 128),), (64 + 64 * 128) * 4),
    "softmax": (lambda x: x.softmax(-1), (f32(64, 128),), 2 * 64 * 128 * 4),
    "layer norm": (
        lambda x, w, b: F.layer_norm(x, (128,), w, b),
        (f32(64, 128), f32(128), f32(128)),
        (2 * 64 * 128 + 2 * 128) * 4,
    ),
    "sum": (lambda x: x.sum(), (f32(64, 128),), (64 * 128 + 1) * 4),
    "sum of columns": (lambda x: x.sum(0), (f32(64, 128),), (64 * 128 + 128) * 4),
    "slice": (lambda x: x[:32, ::2] + 1, (f32(64, 128),), 2 * 32 * 64 * 4),
    "shifted": (lambda x: x[1:] + x[:-1], (f32(64, 128),), (64 + 63) * 128 * 4),
    "gather": (lambda x, i: x[i], (f32(64, 128), indices(64, 10)), 10 * 8 + 2 * 10 * 128 * 4),
    "gather with repeats": (lambda x, i: x[i], (f32(4, 8), indices(4, 100)), 100 * 8 + 4 * 8 * 4 + 100 * 8 * 4),
    "embedding": (lambda w, i: F.embedding(i, w), (f32(99, 128), indices(99, 4, 5)), 20 * 8 + 2 * 20 * 128 * 4),
    "concatenation": (lambda x, y: torch.cat([x, y]), (f32(64, 128), f32(64, 128)), 4 * 64 * 128 * 4),
    "in place": (lambda x: x.add_(1), (f32(64, 128),), 2 * 64 * 128 * 4),
    "no inputs": (lambda: torch.arange(100) * 2, (), 800),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_are_those_counted_by_hand(name: str) -> None:
    function, inputs, expected = BYTES[name]
    report = fxopt.explain(function, *inputs)
    assert report.bytes_accessed == expected
    assert report.num_kernels == 1 and report.fallbacks == {} and report.extern_calls == {}


def test_every_stage_has_a_text() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(8, 4), torch.nn.GELU())
    report = fxopt.explain(model, f32(3, 8))
    marks = {
        "torch": "linear",
        "aten": "aten.addmm.default",
        "loop": "loop.kernel",
        "tt": "rt.launch",
        "llvm": "define",
        "rt": "rt.extern",
        "python": "def main(args):",
    }
    assert set(marks) == set(STAGES)
    for stage, mark in marks.items():
        assert mark in report.text(stage) and report.text(stage) == report.graphs[0].text(stage)
    assert report.extern_calls == {"aten.addmm.out": 1} and report.fallbacks == {}
    assert set(report.seconds) >= {"import", "loop-fuse", "compile-cpu"}
    assert all(seconds >= 0 for seconds in report.seconds.values())
    with pytest.raises(fxopt.FxOptError, match="no stage 'ptx'"):
        report.text("ptx")


def test_second_time_comes_from_the_cache(tmp_path: Path) -> None:
    def with_kernel(x: torch.Tensor) -> torch.Tensor:
        return x.softmax(-1)

    def library_only(x: torch.Tensor) -> torch.Tensor:
        return x @ x

    def in_two_parts(x: torch.Tensor) -> torch.Tensor:
        y = x @ x
        torch._dynamo.graph_break()
        return y.exp()

    with fxopt.config.patch(cache_dir=str(tmp_path)):
        for function in (with_kernel, library_only, in_two_parts):
            assert not fxopt.explain(function, f32(4, 4)).cache_hit
            assert fxopt.explain(function, f32(4, 4)).cache_hit
            with fxopt.config.patch(cache=False):
                assert not fxopt.explain(function, f32(4, 4)).cache_hit


def test_it_may_be_asked_any_number_of_times() -> None:
    texts = {fxopt.explain(lambda_, f32(4)).text("python") for _ in range(12)}
    assert len(texts) == 1  # neither eager after torch's limit on recompiles, nor another graph


def lambda_(x: torch.Tensor) -> torch.Tensor:
    return x.sin() + 1


def test_sizes_are_constants_unless_marked() -> None:
    for size in (4, 6, 8):
        assert f"({size},)" in fxopt.explain(lambda_, f32(size)).text("python")
    x = f32(6)
    torch._dynamo.mark_dynamic(x, 0)
    report = fxopt.explain(lambda_, x)
    assert "arg1.size(0)" in report.text("python") or "= arg0" in report.text("python")
    assert report.bytes_accessed == 2 * 6 * 4


def test_graph_breaks_make_several_graphs() -> None:
    def function(x: torch.Tensor) -> torch.Tensor:
        y = x + 1
        torch._dynamo.graph_break()
        return y * 2

    report = fxopt.explain(function, f32(8, 8))
    assert [graph.name for graph in report.graphs] == ["inference0", "inference1"]
    assert report.num_kernels == 2 and report.bytes_accessed == 4 * 8 * 8 * 4
    assert report.text("python").count("def main(args):") == 2 and "# inference1" in report.text("python")
    assert "// inference0" in report.text("loop") and "; inference1" in report.text("llvm")


def test_a_backward_pass_is_reported_too() -> None:
    def function(x: torch.Tensor) -> torch.Tensor | None:
        x.sin().sum().backward()
        return x.grad

    report = fxopt.explain(function, f32(8).requires_grad_())
    assert [graph.name for graph in report.graphs] == ["forward0", "backward1"]
    assert "owns_arguments" in report.graphs[1].text("aten")


@torch.library.custom_op("fxopt_test_explain::twice", mutates_args=())
def twice(x: torch.Tensor) -> torch.Tensor:
    return x * 2


@twice.register_fake
def _(x: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(x)


@torch.library.custom_op("fxopt_test_explain::increment", mutates_args=("x",))
def increment(x: torch.Tensor) -> None:
    x.add_(1)


def test_custom_operators_fall_back_with_a_reason() -> None:
    def function(x: torch.Tensor) -> torch.Tensor:
        y = twice(x + 1)
        increment(y)
        return y * 3

    x = f32(4, 5)
    report = fxopt.explain(function, x)
    assert report.fallbacks["fxopt_test_explain.twice.default"] == "custom operator"
    assert any("auto_functionalized" in name for name in report.fallbacks)
    torch._dynamo.reset()
    torch.testing.assert_close(torch.compile(function, backend="fxopt")(x), function(x))


# Functions with little or nothing to compile, or with odd results: number of graphs.
ODD: dict[str, tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any], int]] = {
    "no tensors": (lambda n: n + 1, (3,), {}, 0),
    "its argument": (lambda x: x, (f32(3),), {}, 0),
    "nothing": (lambda x: None, (f32(3),), {}, 0),
    "a view": (lambda x: x.t(), (f32(3, 4),), {}, 1),
    "numbers": (lambda x: (x + 1, None, 3, 2.5, "s"), (f32(3),), {}, 1),
    "nested": (lambda x: {"a": [x + 1, (x * 2, {"b": x})]}, (f32(3),), {}, 1),
    "keywords": (lambda x, *, k=1, d=None: {"r": x * k, "q": [d["z"] + 1]}, (f32(3),), {"k": 3, "d": {"z": f32(3)}}, 1),
    "empty": (lambda x: (x + 1, x.sum()), (f32(0, 3),), {}, 1),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_functions(name: str) -> None:
    function, args, kwargs, graphs = ODD[name]
    report = fxopt.explain(function, *args, **kwargs)
    assert len(report.graphs) == graphs
    for graph in report.graphs:
        assert all(isinstance(graph.text(stage), str) for stage in STAGES)
    assert str(report)


def test_the_table_fits_a_terminal() -> None:
    def function(x: torch.Tensor) -> torch.Tensor:
        return twice(torch.linalg.svd(x @ x)[1]).sin()

    text = str(fxopt.explain(function, f32(4, 4)))
    lines = text.splitlines()
    assert all(len(line) <= 80 for line in lines) and len(lines) <= 30
    assert lines[0].split() == [
        "graph",
        "kernels",
        "distinct",
        "MB",
        "accessed",
        "extern",
        "fallbacks",
        "seconds",
        "cache",
    ]
    assert "aten.mm.out" in text and "fxopt_test_explain.twice.default: custom operator" in text
