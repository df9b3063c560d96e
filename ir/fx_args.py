"""The arguments of an FX call as an attribute: a Python-like template in which `Ref(i)` is operand `i`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from xdsl.ir import Data
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer

from fxopt.ir.text import TextError, TextReader, quote, take_reader


class Ref(NamedTuple):
    """Stands for operand `index` of the call."""

    index: int  # type: ignore[assignment]


class Special(NamedTuple):
    """A Python value that is no literal.

    | kind | args | printed |
    |---|---|---|
    | `torch` | `("float32",)` | `torch.float32` (dtypes, layouts, memory formats) |
    | `device` | `("cuda:0",)` | `device("cuda:0")` |
    | `op` | `("aten.add.Tensor",)` | `op("aten.add.Tensor")` (an overload of `torch.ops`) |
    | `fn` | `("operator.mul",)` | `fn("operator.mul")` (an importable Python callable) |
    | `slice`, `range`, `complex`, `Size` | values | `slice(None, 3, None)` |
    | `namedtuple` | class, values | `namedtuple(fn("m.Pair"), 1, %0)` |
    | `tuple` | values | `(1, 2)`; a bare Python tuple in a template is an FX *list* |
    | `dict` | key, value, key, value … | `{"a": 1}` |
    | `ellipsis` | | `...` |
    | `graph` | `("cond_true_0",)` | `graph("cond_true_0")` (a subgraph: a region or a function by name) |
    | `opaque` | `("key",)` | `opaque("key")` (kept beside the module, in-process only) |
    """

    kind: str
    args: tuple[Any, ...] = ()


class CallArgs:
    """Positional and keyword arguments, immutable; equal when the printed text is: `1`, `1.0` and `True` differ."""

    __slots__ = ("_text", "args", "kwargs")

    def __init__(self, args: tuple[Any, ...], kwargs: tuple[tuple[str, Any], ...] = ()) -> None:
        self.args = args
        self.kwargs = kwargs
        self._text: str | None = None

    def __str__(self) -> str:
        if self._text is None:
            self._text = format_call(self, lambda ref: f"%{ref.index}")
        return self._text

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, CallArgs) and str(self) == str(other))

    def __hash__(self) -> int:
        return hash(str(self))

    def refs(self) -> Iterator[Ref]:
        """Every operand reference, in printed order."""
        for value in (*self.args, *(value for _, value in self.kwargs)):
            yield from iter_refs(value)

    def map_refs(self, image: Callable[[Ref], Any]) -> CallArgs:
        """The same template with each reference replaced by `image(ref)`."""
        return CallArgs(
            tuple(map_refs(value, image) for value in self.args),
            tuple((name, map_refs(value, image)) for name, value in self.kwargs),
        )


def iter_refs(value: Any) -> Iterator[Ref]:
    """Every operand reference inside one argument."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Special):
        for item in value.args:
            yield from iter_refs(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from iter_refs(item)


def map_refs(value: Any, image: Callable[[Ref], Any]) -> Any:
    """`value` with each reference replaced by `image(ref)`."""
    if isinstance(value, Ref):
        return image(value)
    if isinstance(value, Special):
        return Special(value.kind, tuple(map_refs(item, image) for item in value.args))
    if isinstance(value, tuple):
        return tuple(map_refs(item, image) for item in value)
    return value


def format_call(call: CallArgs, show_ref: Callable[[Ref], str]) -> str:
    """`(a, b, key=value)`."""
    parts = [format_value(value, show_ref) for value in call.args]
    parts += [f"{name}={format_value(value, show_ref)}" for name, value in call.kwargs]
    return f"({', '.join(parts)})"


def format_value(value: Any, show_ref: Callable[[Ref], str]) -> str:
    """One argument as text; `TypeError` for a Python value that templates do not hold."""
    if isinstance(value, Ref):
        return show_ref(value)
    if isinstance(value, Special):
        return _format_special(value, show_ref)
    if isinstance(value, tuple):
        return f"[{', '.join(format_value(item, show_ref) for item in value)}]"
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f"float({quote(repr(value))})"
    if value is None or isinstance(value, bool | int):
        return repr(value)
    raise TypeError(f"{type(value).__name__} {value!r} cannot be an argument in IR")


def _format_special(value: Special, show_ref: Callable[[Ref], str]) -> str:
    items = [format_value(item, show_ref) for item in value.args]
    if value.kind == "torch":
        return f"torch.{value.args[0]}"
    if value.kind == "ellipsis":
        return "..."
    if value.kind == "tuple":
        return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    if value.kind == "dict":
        return "{" + ", ".join(f"{k}: {v}" for k, v in zip(items[::2], items[1::2], strict=True)) + "}"
    return f"{value.kind}({', '.join(items)})"


_LITERALS = {"None": None, "True": True, "False": False}
_CONSTRUCTORS = ("device", "op", "fn", "slice", "range", "complex", "Size", "namedtuple", "graph", "opaque")


class CallReader:
    """Reads what `format_call` writes; `read_ref` turns the text of a `%x` or `%0` into a `Ref`."""

    def __init__(self, reader: TextReader, read_ref: Callable[[str, int], Ref]) -> None:
        self.reader = reader
        self.read_ref = read_ref

    def call(self) -> CallArgs:
        """Everything up to the end of the text: the inside of the parentheses."""
        reader = self.reader
        args: list[Any] = []
        kwargs: list[tuple[str, Any]] = []
        while reader.kind != "end":
            if args or kwargs:
                reader.expect(",")
            if reader.kind == "name" and reader.tokens[reader.index + 1][1] == "=":
                name = reader.next()
                reader.next()
                kwargs.append((name, self.value()))
            elif kwargs:
                raise reader.fail("a keyword argument")
            else:
                args.append(self.value())
        return CallArgs(tuple(args), tuple(kwargs))

    def value(self) -> Any:
        reader = self.reader
        kind, text, offset = reader.tokens[reader.index]
        if kind == "ref":
            return self.read_ref(reader.next(), offset)
        if kind == "str":
            return reader.string()
        if kind == "float":
            return float(reader.next())
        if kind == "int":
            return int(reader.next())
        if kind == "name":
            return self._named()
        if text == "-":
            reader.next()
            return -self._number()
        if text == "...":
            reader.next()
            return Special("ellipsis")
        if text in _CLOSING:
            return self._bracketed(text)
        raise reader.fail("an argument")

    def _number(self) -> int:
        if self.reader.kind != "int":
            raise self.reader.fail("a number")
        return int(self.reader.next())

    def _items(self, close: str) -> list[Any]:
        items: list[Any] = []
        while not self.reader.accept(close):
            if items:
                self.reader.expect(",")
                if close == ")" and self.reader.accept(close):
                    break
            items.append(self.value())
        return items

    def _bracketed(self, opening: str) -> Any:
        self.reader.next()
        if opening == "[":
            return tuple(self._items("]"))
        if opening == "(":
            return Special("tuple", tuple(self._items(")")))
        items: list[Any] = []
        while not self.reader.accept("}"):
            if items:
                self.reader.expect(",")
            items.append(self.value())
            self.reader.expect(":")
            items.append(self.value())
        return Special("dict", tuple(items))

    def _named(self) -> Any:
        reader = self.reader
        offset = reader.tokens[reader.index][2]
        name = reader.next()
        if name in _LITERALS:
            return _LITERALS[name]
        if name.startswith("torch."):
            return Special("torch", (name.removeprefix("torch."),))
        if name == "float" or name in _CONSTRUCTORS:
            reader.expect("(")
            items = self._items(")")
            return float(items[0]) if name == "float" else Special(name, tuple(items))
        raise TextError(f"expected an argument, got {name!r}", offset)


_CLOSING = {"[": "]", "(": ")", "{": "}"}


def _read_numbered(text: str, offset: int) -> Ref:
    if not (text.startswith("%") and text[1:].isdigit()):
        raise TextError(f"expected an operand number such as %0, got {text!r}", offset)
    return Ref(int(text[1:]))


@irdl_attr_definition
class CallArgsAttr(Data[CallArgs]):
    """The arguments of a call: `#fx.args<(%0, [2, %1], alpha=2)>`; `%i` is operand `i`."""

    name = "fx.args"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> CallArgs:
        parser.parse_punctuation("<")
        parser.parse_punctuation("(")
        call = parse_call(parser, _read_numbered)
        parser.parse_punctuation(")")
        parser.parse_punctuation(">")
        return call

    def print_parameter(self, printer: Printer) -> None:
        printer.print_string(f"<{self.data}>")


def parse_call(parser: AttrParser, read_ref: Callable[[str, int], Ref]) -> CallArgs:
    """Parses arguments up to the closing parenthesis, which is left to the caller."""
    reader, start = take_reader(parser, ")")
    try:
        return CallReader(reader, read_ref).call()
    except TextError as error:
        parser.raise_error(str(error), start + error.offset)
