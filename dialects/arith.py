"""xDSL's `arith` dialect with the elementwise ops that it restricts to scalars opened to vectors and tensors,
as in MLIR.

xDSL's `cmpi cmpf select index_cast fptosi fptoui sitofp uitofp trunci extsi extui` verify scalars only (or
say that comparing two vectors gives one `i1`). The classes here replace them, under the same names and with
the same text; the others are xDSL's. Build ops with these classes, not with those of `xdsl.dialects.arith`.
"""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.dialects.arith import CMPF_COMPARISON_OPERATIONS, CMPI_COMPARISON_OPERATIONS, FastMathFlagsAttr
from xdsl.dialects.builtin import (
    AnyFloatConstr,
    IndexType,
    IntegerAttr,
    IntegerType,
    TensorType,
    VectorType,
    container_of,
    i1,
)
from xdsl.ir import Attribute, Dialect, Operation, SSAValue
from xdsl.irdl import (
    AnyAttr,
    AnyOf,
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.type import get_element_type_or_self

_INT = container_of(IntegerType)
_INT_OR_INDEX = container_of(AnyOf.get(IntegerType, IndexType))
_FLOAT = container_of(AnyFloatConstr)
_BOOL = container_of(i1)


def like(shape_of: Attribute, element: Attribute) -> Attribute:
    """`element` in the shape of the type `shape_of`: itself, a vector or a tensor of it."""
    if isinstance(shape_of, VectorType):
        return VectorType(element, shape_of.shape, shape_of.scalable_dims)
    if isinstance(shape_of, TensorType):
        return TensorType(element, shape_of.shape, shape_of.encoding)
    return element


def _verify_same_shape(op: Operation, source: Attribute, result: Attribute) -> None:
    if like(source, get_element_type_or_self(result)) != result:
        raise VerifyException(f"{op.name}: shapes differ: operand is {source}, result is {result}")


def _parse_comparison(parser: Parser, names: list[str]) -> tuple[int, SSAValue, SSAValue, FastMathFlagsAttr]:
    name = parser.parse_identifier("predicate")
    if name not in names:
        parser.raise_error(f"unknown predicate {name}, expected one of {', '.join(names)}")
    parser.parse_punctuation(",")
    lhs = parser.parse_unresolved_operand()
    parser.parse_punctuation(",")
    rhs = parser.parse_unresolved_operand()
    flags = FastMathFlagsAttr("none")
    if parser.parse_optional_keyword("fastmath"):
        flags = FastMathFlagsAttr(FastMathFlagsAttr.parse_parameter(parser))
    parser.parse_punctuation(":")
    type_ = parser.parse_type()
    return names.index(name), parser.resolve_operand(lhs, type_), parser.resolve_operand(rhs, type_), flags


def _print_comparison(op: CmpiOp | CmpfOp, names: list[str], printer: Printer) -> None:
    printer.print_string(f" {names[op.predicate.value.data]}, ")
    printer.print_operand(op.lhs)
    printer.print_string(", ")
    printer.print_operand(op.rhs)
    if isinstance(op, CmpfOp) and op.fastmath.data:
        printer.print_string(" fastmath")
        op.fastmath.print_parameter(printer)
    printer.print_string(" : ")
    printer.print_attribute(op.lhs.type)


def _predicate(arg: int | str, names: list[str]) -> IntegerAttr:
    return IntegerAttr(names.index(arg) if isinstance(arg, str) else arg, 64)


@irdl_op_definition
class CmpiOp(IRDLOperation):
    """`result = lhs <predicate> rhs`, elementwise on integers: `arith.cmpi slt, %a, %b : vector<16xi32>`."""

    name = "arith.cmpi"

    predicate = prop_def(IntegerAttr)
    lhs = operand_def(_INT_OR_INDEX)
    rhs = operand_def(_INT_OR_INDEX)
    result = result_def(_BOOL)

    traits = traits_def(Pure())

    def __init__(self, lhs: SSAValue | Operation, rhs: SSAValue | Operation, predicate: int | str):
        lhs = SSAValue.get(lhs)
        super().__init__(
            operands=[lhs, rhs],
            result_types=[like(lhs.type, i1)],
            properties={"predicate": _predicate(predicate, CMPI_COMPARISON_OPERATIONS)},
        )

    def verify_(self) -> None:
        _verify_comparison(self)

    def print(self, printer: Printer) -> None:
        _print_comparison(self, CMPI_COMPARISON_OPERATIONS, printer)

    @classmethod
    def parse(cls, parser: Parser) -> CmpiOp:
        predicate, lhs, rhs, _ = _parse_comparison(parser, CMPI_COMPARISON_OPERATIONS)
        return cls(lhs, rhs, predicate)


@irdl_op_definition
class CmpfOp(IRDLOperation):
    """`result = lhs <predicate> rhs`, elementwise on floats: `arith.cmpf olt, %a, %b : vector<16xf32>`."""

    name = "arith.cmpf"

    predicate = prop_def(IntegerAttr)
    lhs = operand_def(_FLOAT)
    rhs = operand_def(_FLOAT)
    fastmath = prop_def(FastMathFlagsAttr, default_value=FastMathFlagsAttr("none"))
    result = result_def(_BOOL)

    traits = traits_def(Pure())

    def __init__(
        self,
        lhs: SSAValue | Operation,
        rhs: SSAValue | Operation,
        predicate: int | str,
        fastmath: FastMathFlagsAttr | None = None,
    ):
        lhs = SSAValue.get(lhs)
        super().__init__(
            operands=[lhs, rhs],
            result_types=[like(lhs.type, i1)],
            properties={
                "predicate": _predicate(predicate, CMPF_COMPARISON_OPERATIONS),
                "fastmath": fastmath or FastMathFlagsAttr("none"),
            },
        )

    def verify_(self) -> None:
        _verify_comparison(self)

    def print(self, printer: Printer) -> None:
        _print_comparison(self, CMPF_COMPARISON_OPERATIONS, printer)

    @classmethod
    def parse(cls, parser: Parser) -> CmpfOp:
        predicate, lhs, rhs, fastmath = _parse_comparison(parser, CMPF_COMPARISON_OPERATIONS)
        return cls(lhs, rhs, predicate, fastmath)


def _verify_comparison(op: CmpiOp | CmpfOp) -> None:
    if op.lhs.type != op.rhs.type:
        raise VerifyException(f"{op.name}: operand types differ: {op.lhs.type} and {op.rhs.type}")
    if op.result.type != like(op.lhs.type, i1):
        raise VerifyException(f"{op.name}: comparing {op.lhs.type} gives {like(op.lhs.type, i1)}, got {op.result.type}")


@irdl_op_definition
class SelectOp(IRDLOperation):
    """`result = cond ? lhs : rhs`; the condition is one `i1`, or one an element.

    `arith.select %c, %a, %b : f32`, or with the type of the condition when it has a shape:
    `arith.select %m, %a, %b : vector<16xi1>, vector<16xf32>`.
    """

    name = "arith.select"

    cond = operand_def(_BOOL)
    lhs = operand_def(AnyAttr())
    rhs = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    traits = traits_def(Pure())

    def __init__(self, cond: SSAValue | Operation, lhs: SSAValue | Operation, rhs: SSAValue | Operation):
        super().__init__(operands=[cond, lhs, rhs], result_types=[SSAValue.get(lhs).type])

    def verify_(self) -> None:
        if not self.lhs.type == self.rhs.type == self.result.type:
            raise VerifyException(
                f"arith.select: types differ: {self.lhs.type}, {self.rhs.type} give {self.result.type}"
            )
        if self.cond.type != i1 and self.cond.type != like(self.result.type, i1):
            raise VerifyException(
                f"arith.select: condition of {self.result.type} is i1 or {like(self.result.type, i1)}, "
                f"got {self.cond.type}"
            )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        if self.cond.type != i1:
            printer.print_attribute(self.cond.type)
            printer.print_string(", ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> SelectOp:
        cond = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        lhs = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        rhs = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type_ = parser.parse_type()
        cond_type: Attribute = i1
        if parser.parse_optional_punctuation(","):
            cond_type, type_ = type_, parser.parse_type()
        op = cls(
            parser.resolve_operand(cond, cond_type),
            parser.resolve_operand(lhs, type_),
            parser.resolve_operand(rhs, type_),
        )
        op.attributes |= attributes
        return op


def _verify_width(op: Operation, source: Attribute, result: Attribute, wider: bool) -> None:
    _verify_same_shape(op, source, result)
    a, b = get_element_type_or_self(source), get_element_type_or_self(result)
    assert isinstance(a, IntegerType) and isinstance(b, IntegerType)
    if not (a.width.data < b.width.data if wider else a.width.data > b.width.data):
        raise VerifyException(f"{op.name}: the result must be {'wider' if wider else 'narrower'}: {a} to {b}")


class _CastOp(IRDLOperation):
    """What elementwise conversions share: one operand, one result of the same shape."""

    def __init__(self, operand: SSAValue | Operation, target_type: Attribute):
        super().__init__(operands=[operand], result_types=[target_type])

    def verify_(self) -> None:
        _verify_same_shape(self, self.operands[0].type, self.results[0].type)


@irdl_op_definition
class IndexCastOp(_CastOp):
    """Between `index` and an integer type, sign-extended or truncated, elementwise."""

    name = "arith.index_cast"

    input = operand_def(_INT_OR_INDEX)
    result = result_def(_INT_OR_INDEX)

    traits = traits_def(Pure())
    assembly_format = "$input attr-dict `:` type($input) `to` type($result)"

    def verify_(self) -> None:
        super().verify_()
        operand, result = (
            get_element_type_or_self(self.input.type),
            get_element_type_or_self(self.result.type),
        )
        if isinstance(operand, IndexType) == isinstance(result, IndexType):
            raise VerifyException(f"arith.index_cast: exactly one side is index: {operand} to {result}")


@irdl_op_definition
class FPToSIOp(_CastOp):
    """Float to signed integer, towards zero, elementwise."""

    name = "arith.fptosi"

    input = operand_def(_FLOAT)
    result = result_def(_INT)

    traits = traits_def(Pure())
    assembly_format = "$input attr-dict `:` type($input) `to` type($result)"


@irdl_op_definition
class FPToUIOp(_CastOp):
    """Float to unsigned integer, towards zero, elementwise."""

    name = "arith.fptoui"

    input = operand_def(_FLOAT)
    result = result_def(_INT)

    traits = traits_def(Pure())
    assembly_format = "$input attr-dict `:` type($input) `to` type($result)"


@irdl_op_definition
class SIToFPOp(_CastOp):
    """Signed integer to float, to nearest even, elementwise."""

    name = "arith.sitofp"

    input = operand_def(_INT)
    result = result_def(_FLOAT)

    traits = traits_def(Pure())
    assembly_format = "$input attr-dict `:` type($input) `to` type($result)"


@irdl_op_definition
class UIToFPOp(_CastOp):
    """Unsigned integer to float, to nearest even, elementwise."""

    name = "arith.uitofp"

    input = operand_def(_INT)
    result = result_def(_FLOAT)

    traits = traits_def(Pure())
    assembly_format = "$input attr-dict `:` type($input) `to` type($result)"


@irdl_op_definition
class TruncIOp(IRDLOperation):
    """The low bits of an integer, elementwise."""

    name = "arith.trunci"

    input = operand_def(_INT)
    result = result_def(_INT)

    traits = traits_def(Pure())
    assembly_format = "$input attr-dict `:` type($input) `to` type($result)"

    def __init__(self, operand: SSAValue | Operation, target_type: Attribute):
        super().__init__(operands=[operand], result_types=[target_type])

    def verify_(self) -> None:
        _verify_width(self, self.input.type, self.result.type, wider=False)


@irdl_op_definition
class ExtSIOp(IRDLOperation):
    """Sign extension of an integer, elementwise."""

    name = "arith.extsi"

    input = operand_def(_INT)
    result = result_def(_INT)

    traits = traits_def(Pure())
    assembly_format = "$input attr-dict `:` type($input) `to` type($result)"

    def __init__(self, operand: SSAValue | Operation, target_type: Attribute):
        super().__init__(operands=[operand], result_types=[target_type])

    def verify_(self) -> None:
        _verify_width(self, self.input.type, self.result.type, wider=True)


@irdl_op_definition
class ExtUIOp(IRDLOperation):
    """Zero extension of an integer, elementwise."""

    name = "arith.extui"

    input = operand_def(_INT)
    result = result_def(_INT)

    traits = traits_def(Pure())
    assembly_format = "$input attr-dict `:` type($input) `to` type($result)"

    def __init__(self, operand: SSAValue | Operation, target_type: Attribute):
        super().__init__(operands=[operand], result_types=[target_type])

    def verify_(self) -> None:
        _verify_width(self, self.input.type, self.result.type, wider=True)


_REPLACED: dict[str, type[Operation]] = {
    op.name: op
    for op in (
        CmpfOp,
        CmpiOp,
        ExtSIOp,
        ExtUIOp,
        FPToSIOp,
        FPToUIOp,
        IndexCastOp,
        SIToFPOp,
        SelectOp,
        TruncIOp,
        UIToFPOp,
    )
}

Arith = Dialect(
    "arith",
    [_REPLACED.get(op.name, op) for op in arith.Arith.operations],
    list(arith.Arith.attributes),
    [arith.ArithConstantMaterializationInterface()],
)
