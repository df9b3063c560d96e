"""The `fx-opt` command: diagnostics, reproducers, dumps, pass lists, start-up."""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from fxopt.lowering.pass_registry import PASSES
from fxopt.lowering.pipelines import NAMED_PIPELINES
from fxopt.tools.fx_opt import main

FUNCTION = """\
func.func @f(%a: i32) -> i32 {
  %b = arith.addi %a, %a : i32
  %c = arith.addi %a, %a : i32
  %d = arith.muli %b, %c : i32
  func.return %d : i32
}
"""


class Result(NamedTuple):
    status: int
    out: str
    err: str


FxOpt = Callable[..., Result]


@pytest.fixture
def fx_opt(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FxOpt:
    """Runs fx-opt in process, in an empty folder; a first argument with a newline is the file in.mlir."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def run(*args: str) -> Result:
        if args and "\n" in args[0]:
            Path("in.mlir").write_text(args[0])
            args = ("in.mlir", *args[1:])
        status = main(args)
        captured = capsys.readouterr()
        return Result(status, captured.out, captured.err)

    return run


BAD_INPUT = {
    "empty": (b"", "in.mlir:1:1: error: the input is empty"),
    "only comments": (b"// nothing\n\n", "in.mlir:1:1: error: the input is empty"),
    "truncated": (FUNCTION[:50].encode(), "in.mlir:2:"),
    "truncated string": (b'"func.func', "in.mlir:1:"),
    # xDSL's own lexer takes exponential time here.
    "string without an end": (b'"builtin.module"() {a = "' + b"abc " * 40 + b"\n} : () -> ()", "in.mlir:1:25: error: "),
    "unknown op": (b"func.func @f() {\n  no.op\n}", "in.mlir:2:3: error: Operation no.op is not registered"),
    "misspelt op": (b"func.fun @f() {\n}", "note: did you mean 'func.func'?"),
    "unknown type": (b"func.func @f(%a: !no.type) {\n}", "in.mlir:1:"),
    "wrong type": (FUNCTION.replace("-> i32", "-> i64").encode(), "in.mlir:5:3: error: "),
    "operand type": (FUNCTION.replace("%a, %a", "%a, %z").encode(), "in.mlir:2:23: error: value %z is used"),
    "binary": (bytes(range(256)), "binary file?"),
    "executable": (b"\x7fELF\x02\x01\x01\x00" + b"\x00" * 64, "in.mlir:1:8: error: NUL byte"),
    "nested too deeply": (b"(" * 20000, "in.mlir:1:"),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_gets_a_diagnostic(name: str, fx_opt: FxOpt) -> None:
    content, expected = BAD_INPUT[name]
    Path("in.mlir").write_bytes(content)
    result = fx_opt("in.mlir")
    assert result.status == 1
    assert expected in result.err
    assert result.err.startswith("in.mlir:") and ": error: " in result.err.split("\n")[0]
    assert "Traceback" not in result.err and result.out == ""


# `func.func @f(%a: i32) -> i32` alone is a declaration, so not between its end and the brace.
@pytest.mark.parametrize("cut", [*range(0, 20, 3), *range(31, len(FUNCTION) - 3, 5)])
def test_a_file_cut_anywhere_gets_a_diagnostic(cut: int, fx_opt: FxOpt) -> None:
    Path("in.mlir").write_text(FUNCTION[:cut])
    result = fx_opt("in.mlir")
    assert result.status == 1 and result.err.startswith("in.mlir:") and ": error: " in result.err


def test_the_caret_stands_below_the_fault(fx_opt: FxOpt) -> None:
    result = fx_opt(FUNCTION.replace("%b, %c", "%b, %q"))
    first, source, caret = result.err.splitlines()[:3]
    assert first == "in.mlir:4:23: error: value %q is used but not defined"
    assert source[caret.index("^") : caret.rindex("^") + 1] == "%q"


@pytest.mark.parametrize(
    ("path", "expected"),
    [("missing.mlir", "No such file"), (".", "Is a directory"), ("missing.pt2", "No such file")],
)
def test_unreadable_input(path: str, expected: str, fx_opt: FxOpt) -> None:
    result = fx_opt(path)
    assert result.status == 1
    assert result.err.startswith(f"{path}:1:1: error: cannot read the input: {expected}")


def zip_with_one_file() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("model/data", "nothing")
    return stream.getvalue()


@pytest.mark.parametrize("content", [b"", b"hello\n", b"PK\x03\x04", zip_with_one_file()])
def test_bad_archives(content: bytes, fx_opt: FxOpt) -> None:
    Path("in.pt2").write_bytes(content)
    result = fx_opt("in.pt2")
    assert result.status == 1
    assert result.err.startswith("in.pt2:1:1: error: in.pt2 is no torch.export archive")
    assert "note: hint: write it with torch.export.save" in result.err
    assert "Traceback" not in result.err


BAD_PIPELINES = {
    "cse,dse": "<pipeline>:1:5: error: unknown pass 'dse'\ncse,dse\n    ^^^\nnote: did you mean '",
    "cse{level=2}": "<pipeline>:1:5: error: pass 'cse' has no option 'level'",
    "cse{": "<pipeline>:1:5: error: bad pipeline",
    "cse cse": "<pipeline>:1:4: error: bad pipeline",
    "test-linalg-tiling,apply-pdl{pdl-file=1}": "<pipeline>:1:20: error: pass 'apply-pdl': Incompat",
    "x86-set-arch": 'requires argument "arch"',
    "!": "<pipeline>:1:1: error: bad pipeline",
}


@pytest.mark.parametrize("pipeline", BAD_PIPELINES)
def test_bad_pipelines_point_into_the_pipeline(pipeline: str, fx_opt: FxOpt) -> None:
    result = fx_opt(FUNCTION, "-p", pipeline)
    assert result.status == 1
    assert BAD_PIPELINES[pipeline] in result.err and "Traceback" not in result.err


@pytest.mark.parametrize(
    "args",
    [("--frobnicate",), ("-t", "no-target"), ("-p",), ("-t", "mlir{"), ("-t", "ttir{karnel=f}"), ("-f", "no-frontend")],
)
def test_bad_arguments(args: tuple[str, ...], fx_opt: FxOpt) -> None:
    result = fx_opt(FUNCTION, *args)
    assert result.status == 1
    assert ": error: " in result.err and "Traceback" not in result.err and result.out == ""


def test_passes_run_in_order_and_the_result_parses_back(fx_opt: FxOpt) -> None:
    result = fx_opt(FUNCTION, "-p", "cse,canonicalize")
    assert result.status == 0 and result.out.count("arith.addi") == 1
    assert fx_opt(result.out).out == result.out


def test_dump_dir_holds_one_file_a_pass(fx_opt: FxOpt, tmp_path: Path) -> None:
    fx_opt(FUNCTION, "-p", "cse,canonicalize", "--dump-dir", "out")
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == ["in.00.input.mlir", "in.01.cse.mlir", "in.02.canonicalize.mlir"]
    assert (tmp_path / "out" / names[0]).read_text().count("addi") == 2
    assert (tmp_path / "out" / names[1]).read_text().count("addi") == 1


def test_print_ir_after_change_skips_passes_without_effect(fx_opt: FxOpt) -> None:
    result = fx_opt(FUNCTION, "-p", "cse,cse,canonicalize", "--print-ir-after-change")
    assert [line for line in result.err.splitlines() if "----" in line] == ["// ---- IR after cse ----"]


def test_a_failing_pass_leaves_a_reproducer_that_replays(fx_opt: FxOpt) -> None:
    # func-to-pdl-rewrite wants a pattern in the function, and says so.
    failed = fx_opt(FUNCTION, "-p", "cse,func-to-pdl-rewrite,canonicalize", "--reproducer", "repro.mlir")
    assert failed.status == 1 and "pass 'func-to-pdl-rewrite' failed: " in failed.err
    assert "replay this failure with: fx-opt repro.mlir" in failed.err
    header, *rest = Path("repro.mlir").read_text().split("\n")
    assert header == "// fx-opt: -p func-to-pdl-rewrite,canonicalize"
    assert "\n".join(rest).count("arith.addi") == 1, "cse had run before the failure"
    replayed = fx_opt("repro.mlir")
    assert replayed.status == 1
    assert replayed.err.split("error: ")[1].split("\n")[0] == failed.err.split("error: ")[1].split("\n")[0]
    assert fx_opt("repro.mlir", "-p", "canonicalize").status == 0, "an explicit -p wins over the header"


def test_a_crash_in_a_pass_is_reported_without_a_traceback(fx_opt: FxOpt) -> None:
    result = fx_opt(FUNCTION, "-p", "apply-pdl-interp")
    assert result.status == 1
    assert "in.mlir:1:1: error: pass 'apply-pdl-interp' failed: AssertionError" in result.err
    assert "replay this failure with: fx-opt " in result.err and "Traceback" not in result.err
    assert "Traceback" in fx_opt(FUNCTION, "-p", "apply-pdl-interp", "--show-traceback").err


def test_a_pass_failure_points_at_the_op(fx_opt: FxOpt) -> None:
    # The result type contradicts the operator, which no verifier of shapes sees.
    graph = """\
func.func @main(%x: !aten.tensor<[6], i64>) {
  %0 = aten.neg.default(%x) : !aten.tensor<[6], i64>
  %1 = aten.pow.Tensor_Scalar(%0, 0.75) : !aten.tensor<[6], i64>
  fx.return(%1)
}
"""
    result = fx_opt(graph, "-p", "convert-aten-to-loop")
    assert result.status == 1
    assert result.err.startswith("in.mlir:3:3: error: pass 'convert-aten-to-loop' failed: aten.pow.Tensor_Scalar: ")


def test_unwritable_outputs(fx_opt: FxOpt) -> None:
    Path("file").touch()
    for args in (("-o", "no/such/folder/x"), ("--dump-dir", "file/x", "-p", "cse"), ("-o", ".")):
        result = fx_opt(FUNCTION, *args)
        assert result.status == 1 and "error: " in result.err and "Traceback" not in result.err


def test_split_input_reports_every_piece(fx_opt: FxOpt) -> None:
    bad = FUNCTION.replace("%a, %a", "%a, %z", 1)
    result = fx_opt(f"{bad}// -----\n{FUNCTION}// -----\n{bad}", "--split-input-file")
    assert result.status == 1
    assert result.out.count("func.func @f") == 1
    assert [line for line in result.err.splitlines() if "error" in line] == [
        "in.mlir:2:23: error: value %z is used but not defined",
        "in.mlir:16:23: error: value %z is used but not defined",
    ]


def test_list_passes_names_passes_options_and_pipelines(fx_opt: FxOpt) -> None:
    text = fx_opt("--list-passes").out
    lines = text.splitlines()
    for name in (*PASSES, *NAMED_PIPELINES, "canonicalize"):
        assert f"  {name}" in lines
    own = text.split("xDSL passes:")[0]
    assert "no description" not in own, "every pass of ours has a docstring"


def test_every_named_pipeline_resolves(fx_opt: FxOpt) -> None:
    from fxopt.ir.pipeline import parse_pass_pipeline
    from fxopt.tools.fx_opt import FxOptMain

    available = FxOptMain([]).available_passes
    for name, text in NAMED_PIPELINES.items():
        passes = parse_pass_pipeline(text, available, NAMED_PIPELINES)
        assert passes or not text, name


def test_start_up_is_fast_and_leaves_torch_alone(tmp_path: Path) -> None:
    (tmp_path / "in.mlir").write_text(FUNCTION)
    code = "import sys; from fxopt.tools.fx_opt import main; main(sys.argv[1:]); sys.exit('torch' in sys.modules)"
    command = [sys.executable, "-c", code, str(tmp_path / "in.mlir"), "-p", "cse"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # CPU time: wall time is the same on an idle machine, and the tests share theirs.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.7


def test_reads_standard_input() -> None:
    command = [sys.executable, "-m", "fxopt.tools.fx_opt", "-p", "cse"]
    done = subprocess.run(command, input=FUNCTION, capture_output=True, text=True, check=True)
    assert done.stdout.count("arith.addi") == 1
    broken = subprocess.run(command, input="nonsense", capture_output=True, text=True)
    assert broken.returncode == 1 and broken.stderr.startswith("<stdin>:1:1: error: ")
