"""The small text parser behind our types, index expressions and call arguments.

xDSL's token-level parser costs about 10 µs a token; types and index expressions are most of a module's text, so
they are taken as one balanced stretch of characters (`take_balanced`) and read with one compiled regular expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal, TypeVar

from xdsl.parser import AttrParser

from fxopt.ir.symbolic import IntExpr, floordiv, maximum, minimum, mod, var

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<str>"(?:[^"\\]|\\.)*")
  | (?P<float>-?\d+\.\d*(?:[eE][-+]?\d+)?|-?\d+[eE][-+]?\d+)
  | (?P<int>\d+)
  | (?P<name>[A-Za-z_][\w.]*)
  | (?P<ref>%[\w.#]+)
  | (?P<punct>\.\.\.|->|[-+*()\[\]{}<>,:=])
  )""",
    re.VERBOSE,
)
_ESCAPES = {"\\n": "\n", "\\t": "\t", '\\"': '"', "\\\\": "\\"}


class TextError(ValueError):
    """Malformed text; `offset` counts characters from the start of the text."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


def quote(text: str) -> str:
    """`text` as a double-quoted literal that `TextReader.string` reads back."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


class TextReader:
    """A cursor over tokens `(kind, text, offset)`; kinds are `str float int name ref punct end`."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str, int]] = []
        pos, end = 0, len(text.rstrip())
        while pos < end:
            match = _TOKEN.match(text, pos)
            if match is None:
                raise TextError(f"unexpected character {text[pos:].lstrip()[:1]!r}", pos)
            kind = match.lastgroup or ""
            self.tokens.append((kind, match[kind], match.start(kind)))
            pos = match.end()
        self.tokens.append(("end", "end of text", end))
        self.index = 0

    @property
    def kind(self) -> str:
        return self.tokens[self.index][0]

    @property
    def text(self) -> str:
        return self.tokens[self.index][1]

    def next(self) -> str:
        """Consumes the current token and returns its text."""
        text = self.tokens[self.index][1]
        self.index += 1
        return text

    def fail(self, expected: str) -> TextError:
        """The error for finding the current token where `expected` should be."""
        return TextError(f"expected {expected}, got {self.text!r}", self.tokens[self.index][2])

    def accept(self, text: str) -> bool:
        """Consumes the current token if it is the punctuation or name `text`."""
        kind, token, _ = self.tokens[self.index]
        if token == text and kind in ("punct", "name"):
            self.index += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise self.fail(repr(text))

    def done(self) -> None:
        if self.kind != "end":
            raise self.fail("end")

    def string(self) -> str:
        if self.kind != "str":
            raise self.fail("a string")
        return re.sub(r'\\[nt"\\]', lambda m: _ESCAPES[m[0]], self.next()[1:-1])

    def name(self) -> str:
        if self.kind != "name":
            raise self.fail("a name")
        return self.next()

    def expr(self) -> IntExpr:
        """`term (('+'|'-') term)*`."""
        value = self._term()
        while True:
            if self.accept("+"):
                value = value + self._term()
            elif self.accept("-"):
                value = value - self._term()
            else:
                return value

    def _term(self) -> IntExpr:
        value = self._unary()
        while True:
            if self.accept("*"):
                value = value * self._unary()
            elif self.accept("floordiv"):
                value = floordiv(value, self._unary())
            elif self.accept("mod"):
                value = mod(value, self._unary())
            else:
                return value

    def _unary(self) -> IntExpr:
        if self.accept("-"):
            return -self._unary()
        if self.accept("("):
            value = self.expr()
            self.expect(")")
            return value
        if self.kind == "int":
            return int(self.next())
        name = self.name()
        if name in ("max", "min") and self.accept("("):
            args = [self.expr()]
            while self.accept(","):
                args.append(self.expr())
            self.expect(")")
            return maximum(*args) if name == "max" else minimum(*args)
        return var(name)

    def expr_list(self) -> tuple[IntExpr, ...]:
        """`[expr, expr, …]`."""
        self.expect("[")
        items: list[IntExpr] = []
        while not self.accept("]"):
            if items:
                self.expect(",")
            items.append(self.expr())
        return tuple(items)


def parse_expr(text: str) -> IntExpr:
    """Reads what `str` of an expression writes; `TextError` where it is malformed."""
    reader = TextReader(text)
    value = reader.expr()
    reader.done()
    return value


_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|->|[()\[\]{}<>]')


def take_balanced(parser: AttrParser, close: str) -> tuple[str, int]:  # noqa: RET503 (raise_error does not return)
    """Takes the source text from the current token up to the bracket `close` that ends it (not consumed).

    Returns the text and the position where it starts; brackets nest and string literals are skipped.
    """
    raw: Any = parser.lexer.input.content
    start = int(parser.pos)
    # One character a byte, so that offsets stay those of the input.
    content = raw.decode("latin-1") if isinstance(raw, bytes) else raw
    depth = 0
    for match in _BRACKETS.finditer(content, start):
        bracket = match[0]
        if bracket in ("(", "[", "{", "<"):
            depth += 1
        elif bracket in (")", "]", "}", ">"):
            if depth == 0:
                if bracket == close:
                    parser._resume_from(match.start())
                    text = raw[start : match.start()]
                    return text.decode() if isinstance(text, bytes) else text, start
                break
            depth -= 1
    parser.raise_error(f"expected a closing {close!r}", start)


def take_reader(parser: AttrParser, close: str) -> tuple[TextReader, int]:
    """A `TextReader` over the text up to `close`, and its start position; malformed characters are diagnosed."""
    text, start = take_balanced(parser, close)
    try:
        return TextReader(text), start
    except TextError as error:
        parser.raise_error(str(error), start + error.offset)


_Value = TypeVar("_Value")


def parse_enclosed(parser: AttrParser, brackets: Literal["[]", "<>"], read: Callable[[TextReader], _Value]) -> _Value:
    """Parses `[…]` or `<…>` with `read` over all of the text between the brackets."""
    opening, closing = brackets
    parser.parse_punctuation(opening)  # type: ignore[arg-type]
    reader, start = take_reader(parser, closing)
    try:
        value = read(reader)
        reader.done()
    except TextError as error:
        parser.raise_error(str(error), start + error.offset)
    parser.parse_punctuation(closing)  # type: ignore[arg-type]
    return value


def parse_bracketed_expr(parser: AttrParser) -> IntExpr:
    """Parses `[expr]`."""
    return parse_enclosed(parser, "[]", TextReader.expr)


def parse_expr_list(parser: AttrParser) -> tuple[IntExpr, ...]:
    """Parses `[expr, expr, …]`."""

    def read(reader: TextReader) -> tuple[IntExpr, ...]:
        items: list[IntExpr] = []
        while reader.kind != "end":
            if items:
                reader.expect(",")
            items.append(reader.expr())
        return tuple(items)

    return parse_enclosed(parser, "[]", read)
