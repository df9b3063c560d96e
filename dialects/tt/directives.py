"""Assembly-format directives that spell the integer-coded enumerations of `tt` by name."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

from xdsl.dialects.builtin import IntegerAttr
from xdsl.irdl import IRDLOperation
from xdsl.irdl.declarative_assembly_format import (
    AttributeVariable,
    CustomDirective,
    ParsingState,
    PrintingState,
    irdl_custom_directive,
)
from xdsl.parser import Parser
from xdsl.printer import Printer

from fxopt.dialects.tt.attrs import (
    CacheModifier,
    DescriptorReduceKind,
    EvictionPolicy,
    InputPrecision,
    MemSemantic,
    MemSyncScope,
    PaddingOption,
    ProgramDim,
    PropagateNan,
    RMWOp,
    RoundingMode,
    enum_attr,
)


class EnumDirective(CustomDirective):
    """`custom<...>($attr)`: the lower-case name of an enumeration value."""

    ENUM: ClassVar[type[IntEnum]]
    attr: AttributeVariable

    def parse(self, parser: Parser, state: ParsingState) -> None:
        position = parser.pos
        keyword = parser.parse_identifier(f"one of {self.keywords()}")
        member = self.ENUM.__members__.get(keyword.upper())
        if member is None:
            parser.raise_error(f"unknown {self.ENUM.__name__} {keyword!r}: one of {self.keywords()}", position)
        self.attr.set(state, enum_attr(member))

    def print(self, printer: Printer, state: PrintingState, op: IRDLOperation) -> None:
        value = self.attr.get(op)
        assert isinstance(value, IntegerAttr)
        state.print_whitespace(printer)
        printer.print_string(self.ENUM(value.value.data).name.lower())

    @classmethod
    def keywords(cls) -> str:
        return ", ".join(name.lower() for name in cls.ENUM.__members__)

    def is_present(self, op: IRDLOperation) -> bool:
        return self.attr.is_present(op)

    def is_anchorable(self) -> bool:
        return self.attr.is_anchorable()


@irdl_custom_directive
class Cache(EnumDirective):
    ENUM = CacheModifier
    attr: AttributeVariable


@irdl_custom_directive
class Evict(EnumDirective):
    ENUM = EvictionPolicy
    attr: AttributeVariable


@irdl_custom_directive
class Padding(EnumDirective):
    ENUM = PaddingOption
    attr: AttributeVariable


@irdl_custom_directive
class Rmw(EnumDirective):
    ENUM = RMWOp
    attr: AttributeVariable


@irdl_custom_directive
class DescReduceKind(EnumDirective):
    ENUM = DescriptorReduceKind
    attr: AttributeVariable


@irdl_custom_directive
class Sem(EnumDirective):
    ENUM = MemSemantic
    attr: AttributeVariable


@irdl_custom_directive
class Scope(EnumDirective):
    ENUM = MemSyncScope
    attr: AttributeVariable


@irdl_custom_directive
class Dim(EnumDirective):
    ENUM = ProgramDim
    attr: AttributeVariable


@irdl_custom_directive
class Rounding(EnumDirective):
    ENUM = RoundingMode
    attr: AttributeVariable


@irdl_custom_directive
class NanPropagation(EnumDirective):
    ENUM = PropagateNan
    attr: AttributeVariable


@irdl_custom_directive
class Precision(EnumDirective):
    ENUM = InputPrecision
    attr: AttributeVariable
