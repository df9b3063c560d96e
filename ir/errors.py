"""Errors for people: what went wrong, what was got and expected, where, and a hint."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fxopt.ir.locations import source_line

if TYPE_CHECKING:
    from xdsl.ir import Operation


class FxOptError(Exception):
    """Root of every error that fxopt raises on purpose.

    `where` is the user's source line or the op; the parts that are given print one a line.
    """

    def __init__(
        self,
        what: str,
        *,
        got: object | None = None,
        expected: object | None = None,
        where: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.what = what
        self.got = got
        self.expected = expected
        self.where = where
        self.hint = hint
        super().__init__(what)

    def __str__(self) -> str:
        parts = {"got": self.got, "expected": self.expected, "where": self.where, "hint": self.hint}
        lines = [f"  {label}: {value}" for label, value in parts.items() if value is not None]
        return "\n".join([self.what, *lines])


class PassError(FxOptError):
    """A pass was given IR that it cannot handle. Give the `op`, and `where` is the user's line it came from."""

    def __init__(
        self,
        what: str,
        *,
        op: Operation | None = None,
        got: object | None = None,
        expected: object | None = None,
        where: str | None = None,
        hint: str | None = None,
    ) -> None:
        if where is None and op is not None:
            where = source_line(op.location)
        super().__init__(what, got=got, expected=expected, where=where, hint=hint)
        self.op = op


class PipelineError(FxOptError):
    """A pipeline string is wrong: an unknown pass or option, or bad syntax.

    `column` is the 1-based position in `text` of the part at fault.
    """

    def __init__(self, what: str, text: str, column: int, *, length: int = 1, hint: str | None = None) -> None:
        super().__init__(what, hint=hint)
        self.text = text
        self.column = column
        self.length = length

    def __str__(self) -> str:
        caret = " " * (self.column - 1) + "^" * self.length
        return f"{super().__str__()}\n  {self.text}\n  {caret}"


class GraphImportError(FxOptError):
    """A graph or an archive could not be read into IR."""


class GraphExportError(FxOptError):
    """A module could not be turned into an FX graph."""


class CompilerError(FxOptError):
    """A failure inside the compiler, with the path of a reproducer that `fx-opt` replays."""

    def __init__(
        self,
        what: str,
        *,
        reproducer: str | os.PathLike[str] | None = None,
        pass_name: str | None = None,
        where: str | None = None,
        hint: str | None = None,
    ) -> None:
        if hint is None and reproducer is not None:
            hint = f"replay it with: fx-opt {os.fspath(reproducer)}"
        super().__init__(what, where=where, hint=hint)
        self.reproducer = None if reproducer is None else os.fspath(reproducer)
        self.pass_name = pass_name
