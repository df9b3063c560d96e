"""A failure inside torch.compile carries a reproducer, and `fx-opt` replays it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from torch._dynamo.exc import BackendCompilerFailed

from fxopt.dialects.rt.transforms.rt_plan_memory import RtPlanMemoryPass
from fxopt.lowering import emit_wrapper
from fxopt.runtime import compile as runtime_compile
from fxopt.tools.fx_opt import main


def function(x: torch.Tensor) -> torch.Tensor:
    return (x.relu() + 1).tanh()


def reproducer_of_failing_compile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    torch._dynamo.reset()
    with pytest.raises(BackendCompilerFailed) as info:
        torch.compile(function, backend="fxopt")(torch.ones(4))
    match = re.search(r"replay it with: fx-opt (\S+)", str(info.value))
    assert match is not None
    return Path(match[1])


def fail(*args: object) -> None:
    raise KeyError("no such buffer")


def test_a_failing_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(RtPlanMemoryPass, "apply", fail)
        path = reproducer_of_failing_compile(tmp_path, patched)
        text = path.read_text()
        assert text.startswith("// fx-opt: -p rt-plan-memory"), "the rest of the pipeline, the failing pass first"
        assert "// the module before the failing pass; KeyError: 'no such buffer'" in text
        assert "rt.launch" in text and "rt.free" not in text
        assert main([str(path)]) == 1
        assert "pass 'rt-plan-memory' failed: KeyError" in capsys.readouterr().err
    assert main([str(path)]) == 0, "once the pass is mended, the reproducer compiles"


def test_a_failing_emitter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(runtime_compile, "emit_wrapper", fail)
        path = reproducer_of_failing_compile(tmp_path, patched)
        assert path.read_text().startswith("// fx-opt: -p '' -t python")
        patched.setattr(emit_wrapper, "emit_wrapper", fail)
        assert main([str(path)]) == 1
        assert "target 'python' failed: KeyError" in capsys.readouterr().err
    assert main([str(path)]) == 0
    assert "def main(args):" in capsys.readouterr().out
