"""Attributes of the `loop` dialect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from xdsl.ir import Data
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer

from fxopt.ir.symbolic import Bounds, IntExpr, bounds, free_vars, product, symbol_range
from fxopt.ir.text import TextReader, parse_enclosed


@irdl_attr_definition
class IndexAttr(Data[IntExpr]):
    """An index expression: `#loop.index<d0 * 768 + r0>`.

    Variables `d*` and `r*` are the dims of the domain, `i*` the indirect operands of the op, others size symbols.
    """

    name = "loop.index_expr"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> IntExpr:
        return parse_enclosed(parser, "<>", TextReader.expr)

    def print_parameter(self, printer: Printer) -> None:
        printer.print_string(f"<{self.data}>")


class Domain(NamedTuple):
    """Extents of the parallel dims `d0 d1 …` and of the reduced dims `r0 r1 …`."""

    parallel: tuple[IntExpr, ...]
    reduced: tuple[IntExpr, ...] = ()

    def __str__(self) -> str:
        text = f"[{_extents('d', self.parallel)}]"
        return f"{text} reduce [{_extents('r', self.reduced)}]" if self.reduced else text

    def parallel_points(self) -> IntExpr:
        return product(self.parallel)

    def reduced_points(self) -> IntExpr:
        return product(self.reduced)

    def is_empty(self) -> bool:
        """Whether some extent is 0: nothing that varies over that dim is ever evaluated."""
        return 0 in self.parallel or 0 in self.reduced

    def dims(self) -> dict[str, IntExpr]:
        """Name → extent of every dim, parallel first."""
        return {f"d{i}": n for i, n in enumerate(self.parallel)} | {f"r{i}": n for i, n in enumerate(self.reduced)}

    def ranges(self) -> dict[str, Bounds]:
        """Inclusive bounds of every dim and size symbol, for `simplify`. Sizes may be 0."""
        result: dict[str, Bounds] = {}
        for extent in (*self.parallel, *self.reduced):
            for symbol in free_vars(extent):
                result[symbol] = symbol_range(symbol, least_size=0)
        for name, extent in self.dims().items():
            upper = bounds(extent, result)[1]
            result[name] = (0, None if upper is None else max(upper - 1, 0))
        return result


def _extents(prefix: str, sizes: Sequence[IntExpr]) -> str:
    return ", ".join(f"{prefix}{i} = {size}" for i, size in enumerate(sizes))


def _parse_extents(parser: AttrParser, prefix: str) -> tuple[IntExpr, ...]:
    """Parses `[d0 = 4, d1 = 8]`."""

    def read(reader: TextReader) -> tuple[IntExpr, ...]:
        sizes: list[IntExpr] = []
        while reader.kind != "end":
            if sizes:
                reader.expect(",")
            reader.expect(f"{prefix}{len(sizes)}")
            reader.expect("=")
            sizes.append(reader.expr())
        return tuple(sizes)

    return parse_enclosed(parser, "[]", read)


def parse_domain(parser: AttrParser) -> Domain:
    """Parses `[d0 = 4] reduce [r0 = 8]`; `reduce` may be absent."""
    parallel = _parse_extents(parser, "d")
    return Domain(parallel, _parse_extents(parser, "r") if parser.parse_optional_keyword("reduce") else ())


@irdl_attr_definition
class DomainAttr(Data[Domain]):
    """An iteration domain: `#loop.domain<[d0 = 128] reduce [r0 = 768]>`."""

    name = "loop.domain"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> Domain:
        parser.parse_punctuation("<")
        domain = parse_domain(parser)
        parser.parse_punctuation(">")
        return domain

    def print_parameter(self, printer: Printer) -> None:
        printer.print_string(f"<{self.data}>")
