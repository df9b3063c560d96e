"""What users see when something fails inside `torch.compile(backend="fxopt")`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch._dynamo.exc import BackendCompilerFailed
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

import fxopt
from fxopt.runtime import compile as runtime_compile
from fxopt.tools.fx_opt import main as fx_opt


@pytest.fixture(autouse=True)
def _no_compiled_code() -> None:
    torch._dynamo.reset()


@dataclass(frozen=True)
class _FailingPass(ModulePass):
    name = "loop-simplify"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        raise ZeroDivisionError("the pass fails")


def _with_failing_pass(monkeypatch: pytest.MonkeyPatch, pipeline: str) -> None:
    parsed = runtime_compile._parsed_pipeline

    def patched(name: str, *settings: bool) -> tuple[ModulePass, ...]:
        passes = parsed(name, *settings)
        return (*passes[:1], _FailingPass(), *passes[1:]) if name == pipeline else passes

    monkeypatch.setattr(runtime_compile, "_parsed_pipeline", patched)


def test_a_failing_pass_raises_with_a_reproducer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _with_failing_pass(monkeypatch, "loop-pipeline")
    with pytest.raises(fxopt.CompilerError) as error:
        torch.compile(torch.sin, backend="fxopt")(torch.ones(4))
    assert isinstance(error.value, BackendCompilerFailed)  # what others raise here
    assert error.value.pass_name == "loop-simplify"
    text = str(error.value)
    assert "ZeroDivisionError: the pass fails" in text and "fx-opt" in text
    assert error.value.reproducer is not None
    module = Path(error.value.reproducer).read_text()
    assert "loop.nest" in module  # the state before the failing pass, not the imported one
    # Without the fault, the reproducer runs to the end.
    assert fx_opt([error.value.reproducer]) == 0
    assert "rt.func" in capsys.readouterr().out


def test_a_failure_in_the_backward_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.ones(4, requires_grad=True)
    y = torch.compile(lambda x: x.sin().sum(), backend="fxopt")(x)
    _with_failing_pass(monkeypatch, "aten-pipeline")
    with pytest.raises(fxopt.CompilerError, match="the pass fails"):
        y.backward()


def test_a_failure_outside_of_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> None:
        raise KeyError("lost")

    monkeypatch.setattr(runtime_compile, "import_aten", fail)
    with pytest.raises(fxopt.CompilerError, match=r"compiling inference.* failed: KeyError"):
        torch.compile(torch.sin, backend="fxopt")(torch.ones(4))


def test_suppressed_errors_fall_back_to_eager(monkeypatch: pytest.MonkeyPatch) -> None:
    _with_failing_pass(monkeypatch, "aten-pipeline")
    with torch._dynamo.config.patch(suppress_errors=True):
        result = torch.compile(lambda x: x.sin() + 1, backend="fxopt")(torch.zeros(3))
    assert result.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mode": "fastest"}, "unknown mode 'fastest'"),
        ({"options": {"tile": 3}}, "no setting 'tile'"),
        ({"options": {"verify_each": "yes"}}, "verify_each.* wrong type"),
    ],
)
def test_unknown_modes_and_options(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(fxopt.FxOptError, match=message):
        torch.compile(torch.cos, backend="fxopt", **arguments)(torch.ones(3))


def test_options_hold_for_this_compile_and_its_backward(tmp_path: Path) -> None:
    x = torch.ones(3, requires_grad=True)
    before = fxopt.config.dump
    torch.compile(lambda x: x.sin().sum(), backend="fxopt", options={"dump": str(tmp_path)})(x).backward()
    assert fxopt.config.dump == before
    names = [path.name for path in tmp_path.iterdir()]
    assert any(name.startswith("forward") for name in names) and any(name.startswith("backward") for name in names)


def test_dumps_of_several_graphs_have_different_names(tmp_path: Path) -> None:
    def function(x: torch.Tensor) -> torch.Tensor:
        y = x + 1
        torch._dynamo.graph_break()
        return y * 2

    torch.compile(function, backend="fxopt", options={"dump": str(tmp_path)})(torch.ones(3))
    sources = {path.read_text() for path in tmp_path.glob("*.host.py")}
    assert len(sources) == 2
    assert len(list(tmp_path.glob("*.torch.mlir"))) == 2 and len(list(tmp_path.glob("*.aten.mlir"))) == 2


def test_an_index_out_of_range_is_eagers_error_and_leaves_tensors_alone() -> None:
    def embed(weight: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.embedding(index, weight) * 2

    def gather_into(out: torch.Tensor, x: torch.Tensor, index: torch.Tensor) -> None:
        out.copy_(x[index])

    compiled = torch.compile(embed, backend="fxopt")
    weight = torch.arange(6.0).reshape(3, 2)
    good, bad = torch.tensor([0, 2]), torch.tensor([0, 3])
    torch.testing.assert_close(compiled(weight, good), embed(weight, good))
    with pytest.raises(IndexError):
        embed(weight, bad)
    for _ in range(3):
        with pytest.raises(IndexError, match="index"):
            compiled(weight, bad)
    torch.testing.assert_close(compiled(weight, good), embed(weight, good))

    x = torch.zeros(4)
    write = torch.compile(lambda x, i: x.index_put_((i,), torch.tensor(1.0)), backend="fxopt")
    with pytest.raises(IndexError):
        write(x, torch.tensor([-5]))
    assert x.tolist() == [0.0] * 4
    write(x, torch.tensor([-4, 2]))
    assert x.tolist() == [1.0, 0.0, 1.0, 0.0]

    out = torch.full((2, 2), 7.0)
    with pytest.raises(IndexError):
        torch.compile(gather_into, backend="fxopt")(out, weight, bad)
    assert out.tolist() == [[7.0, 7.0], [7.0, 7.0]]


def test_errors_show_the_generated_line() -> None:
    import traceback

    compiled = torch.compile(lambda w, i: torch.nn.functional.embedding(i, w), backend="fxopt")
    try:
        compiled(torch.ones(3, 2), torch.tensor([5]))
    except IndexError:
        text = traceback.format_exc()
    assert "<fxopt host program" in text and "data_ptr()" in text
