"""What the errors say."""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects.arith import Arith
from xdsl.dialects.builtin import Builtin
from xdsl.parser import Parser

from fxopt.ir.errors import CompilerError, FxOptError, PassError, PipelineError


def test_parts_stand_on_lines_of_their_own() -> None:
    error = FxOptError("sizes differ", got=3, expected=4, where="model.py:7", hint="transpose it")
    assert str(error) == "sizes differ\n  got: 3\n  expected: 4\n  where: model.py:7\n  hint: transpose it"


def test_parts_left_out_are_not_printed() -> None:
    assert str(FxOptError("no kernel")) == "no kernel"
    assert str(FxOptError("count", got=0)) == "count\n  got: 0"


def test_pass_errors_find_the_users_line() -> None:
    ctx = Context()
    ctx.load_dialect(Builtin)
    ctx.load_dialect(Arith)
    text = '%a = arith.constant 1 : i32 loc("add_1"(callsite(unknown at "model.py":3:0)))'
    (op,) = Parser(ctx, text).parse_module().ops
    assert PassError("bad", op=op).where == "model.py:3"
    op.location = Parser(ctx, "loc(unknown)").parse_optional_location()
    assert PassError("bad", op=op).where is None


def test_compiler_errors_say_how_to_replay() -> None:
    error = CompilerError("pass 'x' failed", reproducer="/tmp/r.mlir", pass_name="x")
    assert "hint: replay it with: fx-opt /tmp/r.mlir" in str(error)
    assert isinstance(error, FxOptError)


def test_pipeline_errors_show_the_place() -> None:
    assert str(PipelineError("unknown pass 'b'", "a,b", 3)).splitlines()[1:] == ["  a,b", "    ^"]
