"""Diagnostics of the command-line tools: `file:line:col: error: message`, the source line, a caret."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from xdsl.utils.exceptions import MultipleSpansParseError, ParseError
from xdsl.utils.lexer import Span

_TRIVIA = re.compile(r"\s+|//[^\n]*")
_CODE_LINE = re.compile(r"^(?!\s*//).*\S", re.MULTILINE)


@dataclass(frozen=True)
class SourceText:
    """One input, or one piece of a split input; `line_offset` lines of the file come before it."""

    name: str
    text: str
    line_offset: int = 0

    def at(self, position: int, message: str, *, length: int = 1, notes: tuple[str, ...] = ()) -> Diagnostic:
        """A diagnostic at the character position; past the end means the end of the text."""
        position = max(0, min(position, len(self.text)))
        if not _TRIVIA.sub("", self.text[position:]):
            # Show the last line of a truncated input, not the blanks and comments after it.
            position = max((m.end() for m in _CODE_LINE.finditer(self.text, 0, position)), default=position)
            length = 1
        start = self.text.rfind("\n", 0, position) + 1
        end = self.text.find("\n", position)
        source_line = self.text[start : end if end != -1 else len(self.text)].rstrip("\r")
        line = self.text.count("\n", 0, start) + 1 + self.line_offset
        length = max(1, min(length, len(source_line) - (position - start)))
        return Diagnostic(self.name, line, position - start + 1, message, source_line, length, notes)

    def at_span(self, span: Span[str] | Span[bytes], message: str) -> Diagnostic:
        """A diagnostic at a parser's span."""
        return self.at(span.start, message, length=span.end - span.start)


@dataclass(frozen=True)
class Diagnostic:
    """One error about the input, in the format that editors parse."""

    file: str
    line: int
    column: int
    message: str
    source_line: str = ""
    length: int = 1
    notes: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        lines = [f"{self.file}:{self.line}:{self.column}: error: {self.message}"]
        if self.source_line.strip():
            # Tabs keep their width, so that the caret stays below its character.
            pad = "".join("\t" if c == "\t" else " " for c in self.source_line[: self.column - 1])
            lines += [self.source_line, pad + "^" * self.length]
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join(lines)


class DiagnosticError(Exception):
    """Carries a diagnostic about the input to where it is printed."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic


class SyntaxDiagnosticError(DiagnosticError):
    """The text does not parse."""


class InvalidIRDiagnosticError(DiagnosticError):
    """The text parses, but the IR does not verify."""


def from_parse_error(error: ParseError, source: SourceText) -> Diagnostic:
    """The diagnostic of an xDSL parse error."""
    notes: tuple[str, ...] = ()
    if isinstance(error, MultipleSpansParseError):
        refs = [source.at_span(span, text or "here") for span, text in error.refs]
        notes = tuple(f"{d.file}:{d.line}:{d.column}: {d.message}" for d in refs)
    return source.at(error.span.start, error.msg, length=len(error.span), notes=notes)
