"""`fx-opt model.pt2`: torch.export archives, with every target and with the value check."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import torch

from fxopt.tools.fx_opt import main


class Model(torch.nn.Module):
    """An in-place update of a buffer, a composite operator, a library call, a reduction over a dynamic dim."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(8, 16)
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        self.calls.add_(1)
        y = torch.softmax(self.linear(x).relu(), -1)
        return y * self.calls, y.mean(0)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("export") / "model.pt2"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        batch = torch.export.Dim("batch", min=2, max=1024)
        program = torch.export.export(Model(), (torch.randn(4, 8),), dynamic_shapes={"x": {0: batch}})
        torch.export.save(program, path)
    return str(path)


def run(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    status = main(args)
    captured = capsys.readouterr()
    assert status == 0, captured.err
    return captured.out


def test_the_graph_is_functional_aten(archive: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = run(capsys, archive)
    assert "aten.addmm.default" in text and "aten._softmax.default" in text
    assert "aten.linear" not in text, "composite operators are taken apart"
    assert "aten.add_" not in text, "updates are results"
    (tmp_path / "model.mlir").write_text(text)
    assert run(capsys, str(tmp_path / "model.mlir")) == text


def test_passes_keep_its_values(archive: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "rt.func @main" in run(capsys, archive, "-p", "default", "--check-values")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("python", "def main(args):"),
        ("llvm", "define i32 @k0"),
        ("asm", ".globl\tk0"),
        ("ttir", '"tt.func"() <{sym_name = "k0'),
        ("ptx", ".visible .entry k0"),
    ],
)
def test_targets(target: str, expected: str, archive: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert expected in run(capsys, archive, "-t", target)
