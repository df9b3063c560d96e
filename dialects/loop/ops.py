"""The `loop` dialect: loop nests over strided tensors, with explicit memory accesses.

See docs/architecture.md for the meaning of a nest's flat body and of *varying over r*.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from xdsl.dialects.builtin import ArrayAttr, IntAttr, IntegerType, StringAttr, SymbolRefAttr, i64
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import IsolatedFromAbove, MemoryReadEffect, NoTerminator, Pure, SymbolOpInterface
from xdsl.utils.exceptions import VerifyException

from fxopt.dialects.loop.attrs import Domain, DomainAttr, IndexAttr, parse_domain
from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import IntExpr, free_vars
from fxopt.ir.text import parse_bracketed_expr
from fxopt.ir.types import TensorType

REDUCE_KINDS = ("sum", "prod", "max", "min", "any", "all", "xor", "argmax", "argmin", "welford")
SCAN_KINDS = ("sum", "prod", "max", "min", "argmax", "argmin", "logaddexp")
STORE_MODES = ("set", "add", "mul", "max", "min")


def _print_inits(inits: tuple[int, ...]) -> str:
    return f"inits [{', '.join('_' if i < 0 else str(i) for i in inits)}]"


class NestLike(IRDLOperation):
    """What `loop.nest` and `loop.kernel` share: a domain and a flat body of scalar operations."""

    @property
    def domain(self) -> Domain:
        attr = self.properties["domain_"]
        assert isinstance(attr, DomainAttr)
        return attr.data

    @property
    def inits(self) -> tuple[int, ...]:
        """For each output the index of the input it starts as a copy of, or -1."""
        attr = self.properties.get("inits_")
        if attr is None:
            return (-1,) * self.num_outputs
        assert isinstance(attr, ArrayAttr)
        return tuple(item.data for item in attr.data)

    @property
    def num_outputs(self) -> int:
        raise NotImplementedError

    @property
    def block(self) -> Block:
        """The body's only block: arguments are the inputs, then the outputs."""
        return self.regions[0].block

    @property
    def input_args(self) -> Sequence[SSAValue]:
        args = self.block.args
        return args[: len(args) - self.num_outputs]

    @property
    def output_args(self) -> Sequence[SSAValue]:
        args = self.block.args
        return args[len(args) - self.num_outputs :]

    def symbols(self) -> tuple[str, ...]:
        """Size symbols that the body or the domain mentions, sorted: the kernel's scalar parameters."""
        names: set[str] = set()
        for extent in (*self.domain.parallel, *self.domain.reduced):
            names |= free_vars(extent)
        for op in self.block.ops:
            index = op.properties.get("index")
            if isinstance(index, IndexAttr):
                names |= {name for name in free_vars(index.data) if not is_dim_or_indirect(name)}
        return tuple(sorted(names))

    def verify_body(self, what: str) -> None:
        """Index expressions mention only dims of the domain, indirect operands of the op, and size symbols."""
        dims = self.domain.dims()
        for op in self.block.ops:
            index = op.properties.get("index")
            if not isinstance(index, IndexAttr):
                continue
            indirect = len(op.indirect) if isinstance(op, LoadOp | StoreOp | IndexOp) else 0
            for name in sorted(free_vars(index.data)):
                if name[0] == "i" and name[1:].isdigit():
                    if int(name[1:]) >= indirect:
                        raise VerifyException(f"{op.name}: index uses {name} but has {indirect} indirect operands")
                elif is_dim_or_indirect(name) and name not in dims:
                    raise VerifyException(f"{op.name}: index uses {name}, which is no dim of {what} {self.domain}")

    def verify_inits(self, what: str, inputs: Sequence[Attribute], outputs: Sequence[Attribute]) -> None:
        if len(self.inits) != len(outputs):
            raise VerifyException(f"{what}: {len(self.inits)} inits for {len(outputs)} outputs")
        for k, source in enumerate(self.inits):
            if source >= len(inputs):
                raise VerifyException(f"{what}: output {k} is tied to input {source} of {len(inputs)}")
            if source >= 0 and inputs[source] != outputs[k]:
                raise VerifyException(f"{what}: output {k} is {outputs[k]}, its init {source} is {inputs[source]}")


def is_dim_or_indirect(name: str) -> bool:
    """Whether a variable of an index expression is `d*`, `r*` or `i*` rather than a size symbol."""
    return name[0] in "dri" and name[1:].isdigit()


def _inits_attr(inits: Sequence[int]) -> ArrayAttr[IntAttr]:
    return ArrayAttr([IntAttr(i) for i in inits])


def _parse_domain_and_inits(parser: Parser) -> tuple[Domain, tuple[int, ...] | None]:
    """Parses `[d0 = 4] reduce [r0 = 8] inits [0, _]`; the latter two may be absent."""
    domain = parse_domain(parser)
    inits: tuple[int, ...] | None = None
    if parser.parse_optional_keyword("inits"):
        inits = tuple(
            parser.parse_comma_separated_list(
                parser.Delimiter.SQUARE,
                lambda: -1 if parser.parse_optional_keyword("_") else parser.parse_integer(),
            )
        )
    return domain, inits


@irdl_op_definition
class NestOp(NestLike):
    """A loop nest over tensors: for every point of the domain, the flat body.

    Inputs are the operands, outputs the results; block arguments are the inputs, then the outputs. An output tied
    to an input by `inits` starts as a copy of it; all others start undefined and are fully written.
    Asm: `%r = loop.nest (%a, %b) [d0 = 4] reduce [r0 = 8] inits [_] : (types) -> (types) { body }`.
    """

    name = "loop.nest"

    inputs = var_operand_def()
    outputs = var_result_def()
    domain_ = prop_def(DomainAttr)
    inits_ = opt_prop_def(ArrayAttr[IntAttr])
    body = region_def("single_block")

    traits = traits_def(IsolatedFromAbove(), NoTerminator(), Pure())

    def __init__(
        self,
        inputs: Sequence[SSAValue],
        result_types: Sequence[Attribute],
        domain: Domain,
        body: Region | None = None,
        inits: Sequence[int] | None = None,
    ) -> None:
        """A nest; without `body` an empty one with the right block arguments is made."""
        if body is None:
            body = Region(Block(arg_types=[*(v.type for v in inputs), *result_types]))
        properties: dict[str, Attribute] = {"domain_": DomainAttr(domain)}
        if inits is not None and any(i >= 0 for i in inits):
            properties["inits_"] = _inits_attr(inits)
        super().__init__(operands=[inputs], result_types=[result_types], properties=properties, regions=[body])

    @property
    def num_outputs(self) -> int:
        return len(self.results)

    def verify_(self) -> None:
        expected = [*self.operand_types, *self.result_types]
        actual = list(self.block.arg_types)
        if expected != actual:
            raise VerifyException(
                f"loop.nest: block arguments are ({_types(actual)}), operands and results need ({_types(expected)})"
            )
        self.verify_body("loop.nest")
        self.verify_inits("loop.nest", self.operand_types, self.result_types)

    def print(self, printer: Printer) -> None:
        printer.print_string(" (")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_string(f") {self.domain}")
        if "inits_" in self.properties:
            printer.print_string(f" {_print_inits(self.inits)}")
        printer.print_op_attributes(self.attributes, print_keyword=True)
        printer.print_string(" : ")
        printer.print_function_type(self.operand_types, self.result_types)
        printer.print_string(" ")
        printer.print_region(self.body)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        unresolved = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_unresolved_operand)
        domain, inits = _parse_domain_and_inits(parser)
        attributes = parser.parse_optional_attr_dict_with_keyword()
        parser.parse_punctuation(":")
        position = parser.pos
        function_type = parser.parse_function_type()
        operands = parser.resolve_operands(unresolved, function_type.inputs.data, position)
        op = cls(operands, function_type.outputs.data, domain, parser.parse_region(), inits)
        if attributes is not None:
            op.attributes.update(attributes.data)
        return op


def _types(types: Sequence[Attribute]) -> str:
    return ", ".join(map(str, types))


@irdl_op_definition
class KernelOp(NestLike):
    """A nest outlined into a symbol of the module: one device kernel.

    Block arguments are the inputs, then the outputs (`num_outputs` of them); all are buffers.
    Asm: `loop.kernel @k [d0 = 4] outputs 1 { ^bb0(%in: type, %out: type): body }`.
    """

    name = "loop.kernel"

    sym_name = prop_def(StringAttr)
    domain_ = prop_def(DomainAttr)
    outputs_ = prop_def(IntAttr)
    inits_ = opt_prop_def(ArrayAttr[IntAttr])
    body = region_def("single_block")

    traits = traits_def(IsolatedFromAbove(), NoTerminator(), SymbolOpInterface())

    def __init__(
        self, name: str, domain: Domain, num_outputs: int, body: Region, inits: Sequence[int] | None = None
    ) -> None:
        properties: dict[str, Attribute] = {
            "sym_name": StringAttr(name),
            "domain_": DomainAttr(domain),
            "outputs_": IntAttr(num_outputs),
        }
        if inits is not None and any(i >= 0 for i in inits):
            properties["inits_"] = _inits_attr(inits)
        super().__init__(properties=properties, regions=[body])

    @property
    def num_outputs(self) -> int:
        return self.outputs_.data

    def verify_(self) -> None:
        types = list(self.block.arg_types)
        if self.num_outputs > len(types):
            raise VerifyException(f"loop.kernel: {self.num_outputs} outputs but {len(types)} arguments")
        self.verify_body("loop.kernel")
        split = len(types) - self.num_outputs
        self.verify_inits("loop.kernel", types[:split], types[split:])

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_symbol_name(self.sym_name.data)
        printer.print_string(f" {self.domain}")
        if "inits_" in self.properties:
            printer.print_string(f" {_print_inits(self.inits)}")
        printer.print_string(f" outputs {self.num_outputs}")
        printer.print_op_attributes(self.attributes, print_keyword=True)
        printer.print_string(" ")
        printer.print_region(self.body)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        name = parser.parse_symbol_name().data
        domain, inits = _parse_domain_and_inits(parser)
        parser.parse_keyword("outputs")
        num_outputs = parser.parse_integer()
        attributes = parser.parse_optional_attr_dict_with_keyword()
        op = cls(name, domain, num_outputs, parser.parse_region(), inits)
        if attributes is not None:
            op.attributes.update(attributes.data)
        return op


@irdl_op_definition
class LaunchOp(IRDLOperation):
    """Calls a `loop.kernel` on tensors and yields fresh tensors: `%r = loop.launch @k(%a) : (types) -> (types)`."""

    name = "loop.launch"

    kernel = prop_def(SymbolRefAttr)
    inputs = var_operand_def()
    outputs = var_result_def()

    traits = traits_def(Pure())
    assembly_format = "$kernel `(` $inputs `)` attr-dict `:` functional-type($inputs, $outputs)"

    def __init__(self, kernel: str, inputs: Sequence[SSAValue], result_types: Sequence[Attribute]) -> None:
        super().__init__(operands=[inputs], result_types=[result_types], properties={"kernel": SymbolRefAttr(kernel)})


class ExternOp(FxCallOp):
    """A call of an ATen (or custom) operator's own kernel: `loop.extern "aten.mm.default"(%a, %b) {reason = "gemm"}`.

    `reason` says why it is not a kernel of ours: `gemm`, `convolution`, `attention`, `sort`, or a sentence.
    """

    name = "loop.extern"
    HAS_TARGET: ClassVar[bool] = True


class ViewLike(IRDLOperation):
    """What `loop.view` and `rt.view` share: `%v = op %x offset [64] : T -> U`."""

    source = operand_def()
    offset = prop_def(IndexAttr)
    result = result_def()

    def __init__(self, source: SSAValue, result_type: Attribute, offset: IntExpr = 0) -> None:
        super().__init__(operands=[source], result_types=[result_type], properties={"offset": IndexAttr(offset)})

    def verify_(self) -> None:
        source, result = self.source.type, self.result.type
        if not isinstance(source, TensorType) or not isinstance(result, TensorType):
            raise VerifyException(f"{self.name}: takes and gives tensors, got {source} -> {result}")
        if source.item_size_bytes != result.item_size_bytes:
            raise VerifyException(
                f"{self.name}: item sizes differ: {source.dtype} has {source.item_size_bytes} bytes, "
                f"{result.dtype} has {result.item_size_bytes}"
            )
        if source.device != result.device:
            raise VerifyException(f"{self.name}: device changes from {source.device} to {result.device}")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.source)
        printer.print_string(f" offset [{self.offset.data}]")
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.source.type)
        printer.print_string(" -> ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        unresolved = parser.parse_unresolved_operand()
        parser.parse_keyword("offset")
        offset = parse_bracketed_expr(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        source = parser.resolve_operand(unresolved, parser.parse_type())
        parser.parse_punctuation("->")
        op = cls(source, parser.parse_type(), offset)
        op.attributes.update(attributes)
        return op


@irdl_op_definition
class ViewOp(ViewLike):
    """The operand's storage under other sizes, strides and dtype of the same width; never a kernel.

    `offset` counts elements from the operand's data pointer. Asm: `%v = loop.view %x offset [64] : T -> U`.
    """

    name = "loop.view"

    traits = traits_def(Pure())


class _BodyOp(IRDLOperation):
    """An operation of a nest's body."""

    def verify_(self) -> None:
        parent = self.parent_op()
        if parent is not None and not isinstance(parent, NestOp | KernelOp):
            raise VerifyException(f"{self.name}: must be directly in a loop.nest or loop.kernel, not in {parent.name}")


def _print_index(printer: Printer, index: IndexAttr, indirect: Sequence[SSAValue]) -> None:
    printer.print_string(f"[{index.data}]")
    if indirect:
        printer.print_string(" (")
        printer.print_list(indirect, printer.print_ssa_value)
        printer.print_string(")")


def _parse_indirect(parser: Parser) -> list[SSAValue]:
    names = parser.parse_optional_comma_separated_list(parser.Delimiter.PAREN, parser.parse_unresolved_operand)
    return [parser.resolve_operand(name, i64) for name in names or ()]


def _check_buffer(op: Operation, buffer: SSAValue, element: Attribute) -> None:
    if not isinstance(buffer.type, TensorType):
        raise VerifyException(f"{op.name}: the buffer is {buffer.type}, not a tensor")
    if buffer.type.scalar != element:
        raise VerifyException(f"{op.name}: an element of {buffer.type} is {buffer.type.scalar}, got {element}")


@irdl_op_definition
class LoadOp(_BodyOp):
    """One element: `%v = loop.load %in[d0 * 64 + i0] (%row) if %mask else %other : f32`.

    The index counts elements from the data pointer. Where `mask` is false nothing is read and the result is `other`.
    """

    name = "loop.load"

    buffer = operand_def()
    indirect = var_operand_def(i64)
    mask = opt_operand_def(IntegerType(1))
    other = opt_operand_def()
    index = prop_def(IndexAttr)
    result = result_def()

    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(MemoryReadEffect())

    def __init__(
        self,
        buffer: SSAValue,
        index: IntExpr,
        indirect: Sequence[SSAValue] = (),
        mask: SSAValue | None = None,
        other: SSAValue | None = None,
    ) -> None:
        assert isinstance(buffer.type, TensorType)
        super().__init__(
            operands=[buffer, indirect, mask, other],
            result_types=[buffer.type.scalar],
            properties={"index": IndexAttr(index)},
        )

    def verify_(self) -> None:
        super().verify_()
        _check_buffer(self, self.buffer, self.result.type)
        if (self.mask is None) != (self.other is None):
            raise VerifyException("loop.load: mask and other come together")
        if self.other is not None and self.other.type != self.result.type:
            raise VerifyException(f"loop.load: other is {self.other.type}, the result {self.result.type}")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.buffer)
        _print_index(printer, self.index, self.indirect)
        if self.mask is not None and self.other is not None:
            printer.print_string(" if ")
            printer.print_ssa_value(self.mask)
            printer.print_string(" else ")
            printer.print_ssa_value(self.other)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        buffer = _parse_defined(parser)
        if not isinstance(buffer.type, TensorType):
            parser.raise_error(f"loop.load: the buffer is {buffer.type}, not a tensor")
        index = parse_bracketed_expr(parser)
        indirect = _parse_indirect(parser)
        mask = other = None
        if parser.parse_optional_keyword("if"):
            mask = _parse_defined(parser)
            parser.parse_keyword("else")
            other = _parse_defined(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        element = parser.parse_type()
        op = cls(buffer, index, indirect, mask, other)
        if op.result.type != element:
            parser.raise_error(f"loop.load: an element of {buffer.type} is {op.result.type}, got {element}")
        op.attributes.update(attributes)
        return op


def _parse_defined(parser: Parser) -> SSAValue:
    """An operand that is already defined, so that its type need not be written."""
    start = parser.pos
    unresolved = parser.parse_unresolved_operand()
    name = unresolved.span.text[1:].partition("#")[0]
    values = parser.ssa_values.get(name)
    if values is None:
        parser.raise_error(f"use of undefined value %{name}", start)
    return parser.resolve_operand(unresolved, values[unresolved.index or 0].type)


@irdl_op_definition
class StoreOp(_BodyOp):
    """Writes one element: `loop.store %v, %out[d0 * 64] (%row) if %mask`.

    `mode` other than `set` combines atomically with what is there: `loop.store add %v, %out[i0] (%row)`.
    """

    name = "loop.store"

    value = operand_def()
    buffer = operand_def()
    indirect = var_operand_def(i64)
    mask = opt_operand_def(IntegerType(1))
    index = prop_def(IndexAttr)
    mode_ = opt_prop_def(StringAttr)

    irdl_options = (AttrSizedOperandSegments(as_property=True),)

    def __init__(
        self,
        value: SSAValue,
        buffer: SSAValue,
        index: IntExpr,
        indirect: Sequence[SSAValue] = (),
        mask: SSAValue | None = None,
        mode: str = "set",
    ) -> None:
        properties: dict[str, Attribute] = {"index": IndexAttr(index)}
        if mode != "set":
            properties["mode_"] = StringAttr(mode)
        super().__init__(operands=[value, buffer, indirect, mask], properties=properties)

    @property
    def mode(self) -> str:
        """`set`, or how the value is combined atomically with the element: `add mul max min`."""
        return "set" if self.mode_ is None else self.mode_.data

    def verify_(self) -> None:
        super().verify_()
        _check_buffer(self, self.buffer, self.value.type)
        if self.mode not in STORE_MODES:
            raise VerifyException(f"loop.store: mode {self.mode!r} is none of {', '.join(STORE_MODES)}")

    def print(self, printer: Printer) -> None:
        printer.print_string(" " if self.mode == "set" else f" {self.mode} ")
        printer.print_ssa_value(self.value)
        printer.print_string(", ")
        printer.print_ssa_value(self.buffer)
        _print_index(printer, self.index, self.indirect)
        if self.mask is not None:
            printer.print_string(" if ")
            printer.print_ssa_value(self.mask)
        printer.print_op_attributes(self.attributes)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        mode = parser.parse_optional_identifier() or "set"
        value = _parse_defined(parser)
        parser.parse_punctuation(",")
        buffer = _parse_defined(parser)
        index = parse_bracketed_expr(parser)
        indirect = _parse_indirect(parser)
        mask = _parse_defined(parser) if parser.parse_optional_keyword("if") else None
        op = cls(value, buffer, index, indirect, mask, mode)
        op.attributes.update(parser.parse_optional_attr_dict())
        return op


@irdl_op_definition
class IndexOp(_BodyOp):
    """An index expression as a value: `%i = loop.index [d0 * 2 + 1] : i64`."""

    name = "loop.index"

    indirect = var_operand_def(i64)
    index = prop_def(IndexAttr)
    result = result_def(i64)

    traits = traits_def(Pure())

    def __init__(self, index: IntExpr, indirect: Sequence[SSAValue] = ()) -> None:
        super().__init__(operands=[indirect], result_types=[i64], properties={"index": IndexAttr(index)})

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        _print_index(printer, self.index, self.indirect)
        printer.print_string(" : i64")

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        index = parse_bracketed_expr(parser)
        indirect = _parse_indirect(parser)
        parser.parse_punctuation(":")
        if (element := parser.parse_type()) != i64:
            parser.raise_error(f"loop.index: gives i64, got {element}")
        return cls(index, indirect)


@irdl_op_definition
class ScalarOp(_BodyOp):
    """The value of a scalar argument (a symbolic float of the host program): `%s = loop.scalar %arg : f64`."""

    name = "loop.scalar"

    source = operand_def()
    result = result_def()

    traits = traits_def(Pure())
    assembly_format = "$source attr-dict `:` type($source) `->` type($result)"

    def __init__(self, source: SSAValue, result_type: Attribute) -> None:
        super().__init__(operands=[source], result_types=[result_type])


class _OverReduced(_BodyOp):
    """Shared form of `loop.reduce` and `loop.scan`: `op kind %v : T`, or `op kind %v : T -> U, V`."""

    KINDS: ClassVar[tuple[str, ...]]

    operand = operand_def()
    kind_ = prop_def(StringAttr)
    results_ = var_result_def()

    traits = traits_def(Pure())

    def __init__(self, kind: str, operand: SSAValue) -> None:
        super().__init__(
            operands=[operand],
            result_types=[results_of(kind, operand.type)],
            properties={"kind_": StringAttr(kind)},
        )

    @property
    def kind(self) -> str:
        attr = self.properties["kind_"]
        assert isinstance(attr, StringAttr)
        return attr.data

    def verify_(self) -> None:
        super().verify_()
        if self.kind not in self.KINDS:
            raise VerifyException(f"{self.name}: kind {self.kind!r} is none of {', '.join(self.KINDS)}")
        expected = results_of(self.kind, self.operands[0].type)
        if list(self.result_types) != expected:
            raise VerifyException(
                f"{self.name} {self.kind}: results are ({_types(self.result_types)}), expected ({_types(expected)})"
            )
        parent = self.parent_op()
        if isinstance(parent, NestOp | KernelOp) and not parent.domain.reduced:
            raise VerifyException(f"{self.name}: the domain {parent.domain} has no reduced dim")

    def print(self, printer: Printer) -> None:
        printer.print_string(f" {self.kind} ")
        printer.print_ssa_value(self.operands[0])
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.operands[0].type)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        start = parser.pos
        kind = parser.parse_identifier()
        if kind not in cls.KINDS:
            parser.raise_error(f"{cls.name}: kind {kind!r} is none of {', '.join(cls.KINDS)}", start)
        value = _parse_defined(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        start = parser.pos
        if (element := parser.parse_type()) != value.type:
            parser.raise_error(f"{cls.name}: the operand is {value.type}, got {element}", start)
        op = cls(kind, value)
        op.attributes.update(attributes)
        return op


def results_of(kind: str, element: Attribute) -> list[Attribute]:
    """The result types of a reduction or scan of `kind` over values of type `element`."""
    if kind in ("argmax", "argmin"):
        return [i64]
    return [element, element] if kind == "welford" else [element]


@irdl_op_definition
class ReduceOp(_OverReduced):
    """Reduces a value over all `r` dims; the result no longer varies over them: `%s = loop.reduce sum %v : f32`.

    `max`/`min` and `argmax`/`argmin` propagate NaN as torch does; `argmax` gives the first position, counted row-major
    over the `r` dims, as i64. `welford` gives the mean and the sum of squared deviations. Integers wrap.
    """

    name = "loop.reduce"
    KINDS: ClassVar[tuple[str, ...]] = REDUCE_KINDS


@irdl_op_definition
class ScanOp(_OverReduced):
    """Inclusive scan along the only `r` dim: `%c = loop.scan sum %v : f32`.

    The result varies over `r`. `argmax`/`argmin` give the position of the running extremum (the last among equals),
    as `cummax` does.
    """

    name = "loop.scan"
    KINDS: ClassVar[tuple[str, ...]] = SCAN_KINDS

    def verify_(self) -> None:
        super().verify_()
        parent = self.parent_op()
        if isinstance(parent, NestOp | KernelOp) and len(parent.domain.reduced) != 1:
            raise VerifyException(f"loop.scan: needs exactly one reduced dim, the domain is {parent.domain}")


@irdl_op_definition
class CallOp(_BodyOp):
    """A scalar function without an arith or math op: `%y = loop.call "lgamma"(%x) : (f32) -> f32`.

    Names and meaning are C's (`lgamma`, `fmod`, `nextafter`, …); a back end that lacks one refuses the kernel.
    """

    name = "loop.call"

    callee = prop_def(StringAttr)
    arguments = var_operand_def()
    result = result_def()

    traits = traits_def(Pure())
    assembly_format = "$callee `(` $arguments `)` attr-dict `:` functional-type($arguments, $result)"

    def __init__(self, callee: str, arguments: Sequence[SSAValue], result_type: Attribute) -> None:
        super().__init__(operands=[arguments], result_types=[result_type], properties={"callee": StringAttr(callee)})


@irdl_op_definition
class CheckOp(_BodyOp):
    """Makes the program raise `IndexError(message)` unless the condition holds: `loop.check %ok, "index out of range"`.

    The kernel must not touch memory out of bounds either way: indices are clamped after the check.
    """

    name = "loop.check"

    condition = operand_def(IntegerType(1))
    message = prop_def(StringAttr)

    assembly_format = "$condition `,` $message attr-dict"

    def __init__(self, condition: SSAValue, message: str) -> None:
        super().__init__(operands=[condition], properties={"message": StringAttr(message)})
