"""The `rt` dialect: the host program. Buffers are values; kernels and `out=` calls write into them.

A buffer's life: `rt.alloc` (or `rt.reuse` of a dead one), writes, reads, `rt.free`. Values that the program returns
are never freed. Order matters: operations run from top to bottom.

A program with the attribute `owns_arguments` is the last to use its arguments, as a backward graph is of what the
forward graph saved: they may be freed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from xdsl.dialects.builtin import ArrayAttr, FunctionType, IntAttr, StringAttr, SymbolRefAttr
from xdsl.ir import Attribute, Dialect, Region, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import IsolatedFromAbove, IsTerminator, MemoryAllocEffect, SymbolOpInterface
from xdsl.utils.exceptions import VerifyException

from fxopt.dialects.loop.attrs import IndexAttr
from fxopt.dialects.loop.ops import ViewLike
from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import IntExpr
from fxopt.ir.text import parse_expr_list
from fxopt.ir.types import TensorType

OWNS_ARGUMENTS = "owns_arguments"
"""Unit attribute of a function whose caller hands its arguments over."""


@irdl_op_definition
class FuncOp(IRDLOperation):
    """The host program of one graph: `rt.func @main(%x: type) { … rt.return((%y,)) }`."""

    name = "rt.func"

    sym_name = prop_def(StringAttr)
    body = region_def("single_block")

    traits = traits_def(IsolatedFromAbove(), SymbolOpInterface())

    def __init__(self, name: str, body: Region) -> None:
        super().__init__(properties={"sym_name": StringAttr(name)}, regions=[body])

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_symbol_name(self.sym_name.data)
        block = self.body.block
        with printer.in_parens():
            printer.print_list(block.args, printer.print_block_argument)
        printer.print_op_attributes(self.attributes, print_keyword=True)
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        name = parser.parse_symbol_name().data
        arguments = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_argument)
        attributes = parser.parse_optional_attr_dict_with_keyword()
        op = cls(name, parser.parse_region(arguments))
        if attributes is not None:
            op.attributes.update(attributes.data)
        return op

    @property
    def function_type(self) -> FunctionType:
        """Types of the arguments and of what `rt.return` mentions."""
        last = self.body.block.last_op
        assert last is not None
        return FunctionType.from_lists(list(self.body.block.arg_types), list(last.operand_types))


@irdl_op_definition
class AllocOp(IRDLOperation):
    """A new uninitialised buffer: `%b = rt.alloc : !aten.tensor<[4], f32>`."""

    name = "rt.alloc"

    result = result_def(TensorType)

    traits = traits_def(MemoryAllocEffect())
    assembly_format = "attr-dict `:` type($result)"

    def __init__(self, result_type: Attribute) -> None:
        super().__init__(result_types=[result_type])


@irdl_op_definition
class ReuseOp(IRDLOperation):
    """The storage of a dying buffer, with what it holds, as a new buffer: `%b = rt.reuse %a : T -> U`.

    After it the operand must not be used. Dtype, device and storage size agree.
    """

    name = "rt.reuse"

    source = operand_def(TensorType)
    result = result_def(TensorType)

    assembly_format = "$source attr-dict `:` type($source) `->` type($result)"

    def __init__(self, source: SSAValue, result_type: Attribute) -> None:
        super().__init__(operands=[source], result_types=[result_type])

    def verify_(self) -> None:
        source, result = self.source.type, self.result.type
        assert isinstance(source, TensorType) and isinstance(result, TensorType)
        if (source.dtype, source.device) != (result.dtype, result.device):
            raise VerifyException(f"rt.reuse: {source} as {result}: dtype or device differ")
        if source.storage_elems() != result.storage_elems():
            raise VerifyException(
                f"rt.reuse: storage sizes differ: {source.storage_elems()} and {result.storage_elems()} elements"
            )


@irdl_op_definition
class FreeOp(IRDLOperation):
    """Drops the program's hold on a value: `rt.free %b : type`. Storage goes away with the last value that has it."""

    name = "rt.free"

    buffer = operand_def()

    assembly_format = "$buffer attr-dict `:` type($buffer)"

    def __init__(self, buffer: SSAValue) -> None:
        super().__init__(operands=[buffer])


@irdl_op_definition
class CopyOp(IRDLOperation):
    """Copies all elements between buffers of the same type: `rt.copy %from, %to : type`."""

    name = "rt.copy"

    source = operand_def(TensorType)
    destination = operand_def(TensorType)

    assembly_format = "$source `,` $destination attr-dict `:` type($source) `,` type($destination)"

    def __init__(self, source: SSAValue, destination: SSAValue) -> None:
        super().__init__(operands=[source, destination])

    def verify_(self) -> None:
        source, destination = self.source.type, self.destination.type
        assert isinstance(source, TensorType) and isinstance(destination, TensorType)
        if (source.sizes, source.dtype) != (destination.sizes, destination.dtype):
            raise VerifyException(f"rt.copy: {source} to {destination}: sizes or dtype differ")


@irdl_op_definition
class ViewOp(ViewLike):
    """A buffer's storage under another shape: `%v = rt.view %b offset [64] : T -> U`; see `loop.view`."""

    name = "rt.view"


@irdl_op_definition
class LaunchOp(IRDLOperation):
    """Runs a kernel on buffers, outputs last: `rt.launch @k(%x, %y) sizes [s0] outputs 1 : T, U`.

    `sizes` are the values of the kernel's size symbols, in the order of their sorted names.
    """

    name = "rt.launch"

    kernel = prop_def(SymbolRefAttr)
    buffers = var_operand_def()
    outputs_ = prop_def(IntAttr)
    sizes_ = opt_prop_def(ArrayAttr[IndexAttr])

    def __init__(
        self, kernel: str, buffers: Sequence[SSAValue], num_outputs: int, sizes: Sequence[IntExpr] = ()
    ) -> None:
        properties: dict[str, Attribute] = {"kernel": SymbolRefAttr(kernel), "outputs_": IntAttr(num_outputs)}
        if sizes:
            properties["sizes_"] = ArrayAttr([IndexAttr(size) for size in sizes])
        super().__init__(operands=[buffers], properties=properties)

    @property
    def num_outputs(self) -> int:
        return self.outputs_.data

    @property
    def outputs(self) -> tuple[SSAValue, ...]:
        """The buffers that the kernel writes: the last ones."""
        return tuple(self.buffers)[len(self.buffers) - self.num_outputs :]

    @property
    def sizes(self) -> tuple[IntExpr, ...]:
        """Values of the kernel's size symbols."""
        return () if self.sizes_ is None else tuple(attr.data for attr in self.sizes_.data)

    def verify_(self) -> None:
        if self.num_outputs > len(self.buffers):
            raise VerifyException(f"rt.launch: {self.num_outputs} outputs but {len(self.buffers)} buffers")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_attribute(self.kernel)
        with printer.in_parens():
            printer.print_list(self.buffers, printer.print_ssa_value)
        if self.sizes:
            printer.print_string(f" sizes [{', '.join(map(str, self.sizes))}]")
        printer.print_string(f" outputs {self.num_outputs}")
        printer.print_op_attributes(self.attributes)
        if self.buffers:
            printer.print_string(" : ")
            printer.print_list(self.operand_types, printer.print_attribute)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        kernel = parser.parse_symbol_name().data
        unresolved = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_unresolved_operand)
        sizes = parse_expr_list(parser) if parser.parse_optional_keyword("sizes") else ()
        parser.parse_keyword("outputs")
        num_outputs = parser.parse_integer()
        attributes = parser.parse_optional_attr_dict()
        position, types = parser.pos, list[Attribute]()
        if parser.parse_optional_punctuation(":"):
            types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        op = cls(kernel, parser.resolve_operands(unresolved, types, position), num_outputs, sizes)
        op.attributes.update(attributes)
        return op


class ExternOp(FxCallOp):
    """A call of an operator's own kernel, in torch's calling convention.

    With `out=%buffer` it writes there and has no result: `rt.extern "aten.mm.out"(%a, %b, out=%c)`. Without, it
    allocates: `%r = rt.extern "aten.convolution.default"(…) : type`; the result's layout is checked when it runs.
    """

    name = "rt.extern"
    HAS_TARGET: ClassVar[bool] = True


class ReturnOp(FxCallOp):
    """Ends the program; the template is the structure of its output: `rt.return((%0, None))`."""

    name = "rt.return"

    traits = traits_def(IsTerminator())


RT = Dialect("rt", [FuncOp, AllocOp, ReuseOp, FreeOp, CopyOp, ViewOp, LaunchOp, ExternOp, ReturnOp], [])
