"""Pipeline strings, the pass manager and its reproducers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import ClassVar

import pytest
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.passes import ModulePass

from fxopt.ir.errors import CompilerError, PassError, PipelineError
from fxopt.ir.pipeline import (
    PassManager,
    PassOptions,
    parse_pass_pipeline,
    pipeline_text,
    read_reproducer_arguments,
)


@dataclass(frozen=True)
class TagPass(ModulePass):
    """Sets an attribute of the module."""

    name: ClassVar[str] = "tag"
    value: str = "x"
    times: int = 1

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        op.attributes["tag"] = StringAttr(self.value * self.times)


@dataclass(frozen=True)
class FailPass(ModulePass):
    """Changes the module, then fails."""

    name: ClassVar[str] = "fail"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        op.attributes["half"] = StringAttr("done")
        raise PassError("fail: no kernels here", got=3, expected=4)


PASSES: dict[str, Callable[[], type[ModulePass]]] = {"tag": lambda: TagPass, "fail": lambda: FailPass}
NAMED = {"twice": "tag{value=a},tag{value=b}", "nested": "twice,tag"}


def module() -> ModuleOp:
    return ModuleOp([])


def run(pipeline: str, options: PassOptions | None = None) -> ModuleOp:
    m = module()
    passes = parse_pass_pipeline(pipeline, PASSES, NAMED)
    PassManager(passes, options or PassOptions()).run(Context(), m, rebuild=module)
    return m


def test_named_pipelines_expand_where_they_stand() -> None:
    assert pipeline_text(parse_pass_pipeline("tag,nested", PASSES, NAMED)) == 'tag,tag{value="a"},tag{value="b"},tag'


@pytest.mark.parametrize("text", ["", "tag", 'tag{value="a b"}', 'tag{value="a" times=3},tag'])
def test_pipeline_text_is_the_inverse_of_parsing(text: str) -> None:
    assert pipeline_text(parse_pass_pipeline(text, PASSES)) == text


@pytest.mark.parametrize(
    ("text", "column", "what"),
    [
        ("tag,tga", 5, "unknown pass 'tga'"),
        ("tag{value=a},tag{size=1}", 18, "no option 'size'"),
        ("twice{value=1}", 1, "takes no options"),
        ("tag{times=a}", 1, "Incompatible types"),
        ("tag{value=a},tag{times=1.5}", 14, "Incompatible types"),
    ],
)
def test_pipeline_errors_carry_the_column(text: str, column: int, what: str) -> None:
    with pytest.raises(PipelineError, match=what) as info:
        parse_pass_pipeline(text, PASSES, NAMED)
    assert info.value.column == column


def test_timings_are_per_pass() -> None:
    manager = PassManager(parse_pass_pipeline("tag,tag", PASSES))
    manager.run(Context(), module())
    assert [t.name for t in manager.timings] == ["tag", "tag"]
    assert all(t.seconds >= 0 for t in manager.timings)


def test_reproducer_holds_the_module_before_the_failing_pass(tmp_path: Path) -> None:
    path = str(tmp_path / "r.mlir")
    with pytest.raises(CompilerError, match="pass 'fail' failed: fail: no kernels here") as info:
        run("tag{value=q},fail,tag{value=z}", PassOptions(reproducer_path=path))
    assert info.value.reproducer == path and info.value.pass_name == "fail"
    assert isinstance(info.value.__cause__, PassError)
    text = Path(path).read_text()
    assert read_reproducer_arguments(text) == ["-p", 'fail,tag{value="z"}']
    assert 'tag = "q"' in text and "half" not in text


def test_without_a_rebuilder_the_reproducer_says_what_it_holds(tmp_path: Path) -> None:
    path = str(tmp_path / "r.mlir")
    with pytest.raises(CompilerError):
        PassManager(parse_pass_pipeline("fail", PASSES), PassOptions(reproducer_path=path)).run(Context(), module())
    assert "// the module as the failing pass left it" in Path(path).read_text()


def test_reproducers_of_the_same_failure_are_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for _ in range(2):
        with pytest.raises(CompilerError):
            run("fail")
    assert len(list(tmp_path.rglob("*.mlir"))) == 1


def test_print_between_leaves_out_the_last_pass() -> None:
    stream = StringIO()
    run("tag,tag", PassOptions(print_between=stream))
    assert stream.getvalue().count("IR after tag:") == 1


@dataclass(frozen=True)
class InvalidPass(ModulePass):
    """Makes IR that does not verify."""

    name: ClassVar[str] = "invalid"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        op.body.block.add_op(func.ReturnOp())


def test_verify_each_blames_the_pass_that_left_invalid_ir() -> None:
    passes = [TagPass(), InvalidPass(), TagPass()]
    with pytest.raises(CompilerError, match="pass 'invalid' failed: it left invalid IR: "):
        PassManager(passes, PassOptions(verify_each=True)).run(Context(), module())
    PassManager(passes).run(Context(), module())
