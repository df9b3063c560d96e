"""`fx-opt --check-values` finds the pass that changes what a graph computes, and only that."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from fxopt.lowering import pass_registry
from fxopt.tools.fx_opt import main

GRAPH = """\
func.func @main(%x: !aten.tensor<[s0, 6], f32>, %y: !aten.tensor<[6], bf16>, %i: !aten.tensor<[4], i64>) {
  %0 = aten.add.Tensor(%x, %y, alpha=2) : !aten.tensor<[s0, 6], f32>
  %1 = aten.index_select.default(%0, 1, %i) : !aten.tensor<[s0, 4], f32>
  %2 = aten.var_mean.correction(%1, [1], keepdim=True)
     : !aten.tuple<!aten.tensor<[s0, 1], f32>, !aten.tensor<[s0, 1], f32>>
  %3 = fx.getitem(%2, 0) : !aten.tensor<[s0, 1], f32>
  %4 = aten.sort.default(%1) : !aten.tuple<!aten.tensor<[s0, 4], f32>, !aten.tensor<[s0, 4], i64>>
  %5 = fx.getitem(%4, 0) : !aten.tensor<[s0, 4], f32>
  fx.return((%3, [%5, None]))
}
"""


@dataclass(frozen=True)
class BreakPass(ModulePass):
    """Turns additions into subtractions."""

    name: ClassVar[str] = "break"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for inner in list(op.walk()):
            if isinstance(inner, arith.AddfOp):
                Rewriter.replace_op(inner, arith.SubfOp(inner.lhs, inner.rhs))


@pytest.fixture
def graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(pass_registry.PASSES, "break", lambda: BreakPass)
    path = tmp_path / "graph.mlir"
    path.write_text(GRAPH)
    return str(path)


def test_correct_passes_are_accepted(graph: str) -> None:
    assert main([graph, "-p", "aten-pipeline,loop-pipeline,rt-pipeline", "--check-values"]) == 0


def test_the_pass_that_changes_results_is_named(graph: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repro = str(tmp_path / "repro.mlir")
    pipeline = "aten-pipeline,convert-aten-to-loop,break,loop-simplify"
    assert main([graph, "-p", pipeline, "--check-values", "--reproducer", repro]) == 1
    error = capsys.readouterr().err
    assert "error: pass 'break' failed: result 0 changed in " in error
    assert Path(repro).read_text().startswith("// fx-opt: -p break,loop-simplify --check-values\n")
    assert main([repro]) == 1
    assert "pass 'break' failed: result 0 changed in " in capsys.readouterr().err
    assert main([graph, "-p", pipeline]) == 0, "without the flag nothing is run"
