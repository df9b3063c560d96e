"""Computation: elementwise ops beyond `arith` and `math`, reductions, scans, dot, histogram, gather."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    BoolAttr,
    IntegerAttr,
    IntegerType,
    StringAttr,
    TensorType,
    UnitAttr,
    i1,
    i32,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_op_definition,
    lazy_traits_def,
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
from xdsl.traits import HasParent, IsTerminator, Pure, ReturnLike
from xdsl.utils.exceptions import VerifyException

from fxopt.dialects.tt.attrs import (
    ANY_LIKE,
    FLOAT_LIKE,
    FLOAT_TYPES,
    INT_LIKE,
    TENSOR,
    DerivedType,
    InputPrecision,
    PowerOfTwoBlocks,
    PropagateNan,
    PtrType,
    RoundingMode,
    bit_width,
    block_type,
    element_type_of,
    enum_attr,
    mask_type,
    same_shape,
    shape_of,
    type_var,
    with_element,
)
from fxopt.dialects.tt.directives import NanPropagation, Precision, Rounding

Value = SSAValue | Operation


# Elementwise


@irdl_op_definition
class BitcastOp(IRDLOperation):
    """The same bits as another type of the same width; also between pointer types."""

    name = "tt.bitcast"

    src = operand_def(ANY_LIKE)
    result = result_def(ANY_LIKE)

    assembly_format = "$src attr-dict `:` type($src) `->` type($result)"
    traits = traits_def(Pure(), PowerOfTwoBlocks())

    def __init__(self, src: Value, element_type: Attribute) -> None:
        src = SSAValue.get(src)
        super().__init__(operands=[src], result_types=[with_element(src.type, element_type)])

    def verify_(self) -> None:
        same_shape(self, "source and result", self.src.type, self.result.type)
        source, result = element_type_of(self.src.type), element_type_of(self.result.type)
        if isinstance(source, PtrType) != isinstance(result, PtrType):
            raise VerifyException(f"tt.bitcast: {source} to {result}: use tt.ptr_to_int or tt.int_to_ptr")
        if bit_width(source) != bit_width(result):
            raise VerifyException(
                f"tt.bitcast: {source} has {bit_width(source)} bits, {result} has {bit_width(result)}"
            )


@irdl_op_definition
class FpToFpOp(IRDLOperation):
    """Float conversion with a rounding mode (when it narrows), and to and from the 8-bit formats."""

    name = "tt.fp_to_fp"

    src = operand_def(FLOAT_LIKE)
    rounding = opt_prop_def(IntegerAttr.constr(i32))
    result = result_def(FLOAT_LIKE)

    assembly_format = (
        "$src attr-dict (`,` `rounding` `=` custom<Rounding>($rounding)^)? `:` type($src) `->` type($result)"
    )
    custom_directives = (Rounding,)
    traits = traits_def(Pure(), PowerOfTwoBlocks())

    def __init__(self, src: Value, element_type: Attribute, rounding: RoundingMode | None = None) -> None:
        src = SSAValue.get(src)
        super().__init__(
            operands=[src],
            result_types=[with_element(src.type, element_type)],
            properties={"rounding": None if rounding is None else enum_attr(rounding)},
        )

    def verify_(self) -> None:
        same_shape(self, "source and result", self.src.type, self.result.type)
        narrows = bit_width(self.src.type) > bit_width(self.result.type)
        if narrows and self.rounding is None:
            raise VerifyException(f"tt.fp_to_fp: {self.src.type} to {self.result.type} needs a rounding mode")
        if not narrows and self.rounding is not None:
            raise VerifyException(f"tt.fp_to_fp: {self.src.type} to {self.result.type} does not round")


@irdl_op_definition
class ClampFOp(IRDLOperation):
    """`min(max(x, lo), hi)`, floats; `propagateNan = all` keeps a NaN `x`, `none` clamps it to `lo`."""

    name = "tt.clampf"

    x = operand_def(type_var("T", FLOAT_LIKE))
    min = operand_def(type_var("T", FLOAT_LIKE))
    max = operand_def(type_var("T", FLOAT_LIKE))
    propagate_nan = prop_def(IntegerAttr.constr(i32), prop_name="propagateNan")
    result = result_def(type_var("T", FLOAT_LIKE))

    assembly_format = (
        "$x `,` $min `,` $max `,` `propagateNan` `=` custom<NanPropagation>($propagateNan) attr-dict `:` type($result)"
    )
    custom_directives = (NanPropagation,)
    traits = traits_def(Pure(), PowerOfTwoBlocks())

    def __init__(self, x: Value, min: Value, max: Value, propagate_nan: PropagateNan = PropagateNan.NONE) -> None:
        x = SSAValue.get(x)
        super().__init__(
            operands=[x, min, max],
            result_types=[x.type],
            properties={"propagateNan": enum_attr(propagate_nan)},
        )


@irdl_op_definition
class PreciseSqrtOp(IRDLOperation):
    """`sqrt(x)`, correctly rounded, f32 (`math.sqrt` is the approximate instruction on some targets)."""

    name = "tt.precise_sqrt"

    x = operand_def(type_var("T", FLOAT_LIKE))
    result = result_def(type_var("T", FLOAT_LIKE))

    assembly_format = "$x attr-dict `:` type($x)"
    traits = traits_def(Pure(), PowerOfTwoBlocks())

    def __init__(self, x: Value) -> None:
        x = SSAValue.get(x)
        super().__init__(operands=[x], result_types=[x.type])


@irdl_op_definition
class PreciseDivFOp(IRDLOperation):
    """`x / y`, correctly rounded, f32 (`arith.divf` is within 2 ulp on NVIDIA)."""

    name = "tt.precise_divf"

    x = operand_def(type_var("T", FLOAT_LIKE))
    y = operand_def(type_var("T", FLOAT_LIKE))
    result = result_def(type_var("T", FLOAT_LIKE))

    assembly_format = "$x `,` $y attr-dict `:` type($x)"
    traits = traits_def(Pure(), PowerOfTwoBlocks())

    def __init__(self, x: Value, y: Value) -> None:
        x = SSAValue.get(x)
        super().__init__(operands=[x, y], result_types=[x.type])


@irdl_op_definition
class MulhiUIOp(IRDLOperation):
    """The upper half of the unsigned product of two integers."""

    name = "tt.mulhiui"

    x = operand_def(type_var("T", INT_LIKE))
    y = operand_def(type_var("T", INT_LIKE))
    result = result_def(type_var("T", INT_LIKE))

    assembly_format = "$x `,` $y attr-dict `:` type($x)"
    traits = traits_def(Pure(), PowerOfTwoBlocks())

    def __init__(self, x: Value, y: Value) -> None:
        x = SSAValue.get(x)
        super().__init__(operands=[x, y], result_types=[x.type])


@irdl_op_definition
class ExternElementwiseOp(IRDLOperation):
    """Elementwise call of a device-library function, such as libdevice's `__nv_erff`."""

    name = "tt.extern_elementwise"

    srcs = var_operand_def(ANY_LIKE)
    libname = prop_def(StringAttr)
    libpath = prop_def(StringAttr)
    symbol = prop_def(StringAttr)
    pure = prop_def(BoolAttr)
    result = result_def(ANY_LIKE)

    assembly_format = "$srcs attr-dict `:` functional-type($srcs, $result)"
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(Pure(), PowerOfTwoBlocks())

    def __init__(self, symbol: str, srcs: Sequence[Value], result_type: Attribute) -> None:
        """Linked from the target's own device library, so `libname` and `libpath` stay empty."""
        properties = {
            "libname": StringAttr(""),
            "libpath": StringAttr(""),
            "symbol": StringAttr(symbol),
            "pure": IntegerAttr(1, i1),
        }
        super().__init__(operands=[srcs], result_types=[result_type], properties=properties)

    def verify_(self) -> None:
        if self.srcs:
            same_shape(self, "operands and result", *self.srcs.types, self.result.type)
        if not self.symbol.data:
            raise VerifyException("tt.extern_elementwise: the symbol is empty")


@irdl_op_definition
class ElementwiseInlineAsmOp(IRDLOperation):
    """Inline assembly applied to `packed_element` elements at a time; one result for each `=` constraint."""

    name = "tt.elementwise_inline_asm"

    asm_string = prop_def(StringAttr)
    constraints = prop_def(StringAttr)
    pure = prop_def(BoolAttr)
    packed_element = prop_def(IntegerAttr.constr(i32))
    args = var_operand_def()
    result = var_result_def(ANY_LIKE)

    assembly_format = "$asm_string attr-dict ($args^ `:` type($args))? `->` type($result)"
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(Pure(), PowerOfTwoBlocks())

    def __init__(
        self,
        asm: str,
        constraints: str,
        args: Sequence[Value],
        result_types: Sequence[Attribute],
        *,
        packed_element: int = 1,
    ) -> None:
        properties = {
            "asm_string": StringAttr(asm),
            "constraints": StringAttr(constraints),
            "pure": IntegerAttr(1, i1),
            "packed_element": IntegerAttr(packed_element, i32),
        }
        super().__init__(operands=[args], result_types=[result_types], properties=properties)

    def verify_(self) -> None:
        if self.packed_element.value.data < 1:
            raise VerifyException(f"tt.elementwise_inline_asm: packed_element is {self.packed_element.value.data}")
        same_shape(self, "operands and results", *self.args.types, *self.result.types)


# Reductions and scans


@irdl_op_definition
class ReduceReturnOp(IRDLOperation):
    """The combined values of one step of `tt.reduce`."""

    name = "tt.reduce.return"

    result = var_operand_def()

    assembly_format = "$result attr-dict `:` type($result)"
    traits = lazy_traits_def(lambda: (IsTerminator(), ReturnLike(), Pure(), HasParent(ReduceOp)))

    def __init__(self, *values: Value) -> None:
        super().__init__(operands=[values])


@irdl_op_definition
class ScanReturnOp(IRDLOperation):
    """The combined values of one step of `tt.scan`."""

    name = "tt.scan.return"

    result = var_operand_def()

    assembly_format = "$result attr-dict `:` type($result)"
    traits = lazy_traits_def(lambda: (IsTerminator(), ReturnLike(), Pure(), HasParent(ScanOp)))

    def __init__(self, *values: Value) -> None:
        super().__init__(operands=[values])


class _CombineOp(IRDLOperation):
    """What `tt.reduce` and `tt.scan` share: operands of one shape, a region `(lhs..., rhs...) -> values`."""

    def verify_combine(self, srcs: Sequence[SSAValue], axis: int, block: Block, returned: type[Operation]) -> None:
        if not srcs:
            raise VerifyException(f"{self.name}: no operands")
        same_shape(self, "operands", *(s.type for s in srcs))
        rank = len(shape_of(srcs[0].type))
        if not 0 <= axis < rank:
            raise VerifyException(f"{self.name}: axis {axis} is outside of a shape of {rank} dims")
        elements = tuple(element_type_of(s.type) for s in srcs)
        if tuple(block.arg_types) != elements * 2:
            raise VerifyException(
                f"{self.name}: the region takes ({', '.join(map(str, block.arg_types))}), "
                f"expected ({', '.join(map(str, elements * 2))})"
            )
        last = block.last_op
        if not isinstance(last, returned):
            raise VerifyException(f"{self.name}: the region ends in {last and last.name}, not {returned.name}")
        got = tuple(v.type for v in last.operands)
        if got != elements:
            raise VerifyException(
                f"{self.name}: the region returns ({', '.join(map(str, got))}), "
                f"expected ({', '.join(map(str, elements))})"
            )

    def print_combine(self, printer: Printer, srcs: Sequence[SSAValue], suffix: str) -> None:
        with printer.in_parens():
            printer.print_list(srcs, printer.print_ssa_value)
        printer.print_string(f" {suffix} ")
        printer.print_region(self.regions[0])
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_function_type((s.type for s in srcs), self.result_types)


def _combine_block(types: Sequence[Attribute]) -> Block:
    elements = [element_type_of(t) for t in types]
    return Block(arg_types=[*elements, *elements])


@irdl_op_definition
class ReduceOp(_CombineOp):
    """Reduces tensors of one shape together along `axis` with the region's associative, commutative function.

    `[..., n, ...] -> [..., ...]`, scalars from 1-D operands; several operands (value and index; mean, m2 and
    count) reduce jointly.
    """

    name = "tt.reduce"

    srcs = var_operand_def(TENSOR)
    axis = prop_def(IntegerAttr.constr(i32))
    combine_op = region_def("single_block")
    res = var_result_def()

    traits = traits_def(Pure(), PowerOfTwoBlocks())

    def __init__(self, srcs: Sequence[Value], axis: int, body: Region | None = None) -> None:
        """Without `body` the region is an empty block: add the combination and a `tt.reduce.return`."""
        values = [SSAValue.get(s) for s in srcs]
        region = body if body is not None else Region(_combine_block([v.type for v in values]))
        super().__init__(
            operands=[values],
            result_types=[[_reduced(v.type, axis) for v in values]],
            properties={"axis": IntegerAttr(axis, i32)},
            regions=[region],
        )

    def verify_(self) -> None:
        axis = self.axis.value.data
        self.verify_combine(self.srcs, axis, self.combine_op.block, ReduceReturnOp)
        expected = tuple(_reduced(t, axis) for t in self.srcs.types)
        if tuple(self.res.types) != expected:
            raise VerifyException(
                f"tt.reduce: results are ({', '.join(map(str, self.res.types))}), "
                f"expected ({', '.join(map(str, expected))})"
            )

    def print(self, printer: Printer) -> None:
        self.print_combine(printer, self.srcs, f"axis = {self.axis.value.data}")

    @classmethod
    def parse(cls, parser: Parser) -> ReduceOp:
        operands, axis, _, region, attributes, results = _parse_combine(parser, has_reverse=False)
        return cls.create(
            operands=operands,
            result_types=results,
            properties={"axis": IntegerAttr(axis, i32)},
            attributes=attributes,
            regions=[region],
        )


@irdl_op_definition
class ScanOp(_CombineOp):
    """Inclusive prefix combination along `axis` with the region's associative function, shapes are kept.

    `reverse` combines from the last element to the first.
    """

    name = "tt.scan"

    srcs = var_operand_def(TENSOR)
    axis = prop_def(IntegerAttr.constr(i32))
    reverse = prop_def(BoolAttr)
    combine_op = region_def("single_block")
    res = var_result_def()

    traits = traits_def(Pure(), PowerOfTwoBlocks())

    def __init__(self, srcs: Sequence[Value], axis: int, body: Region | None = None, *, reverse: bool = False) -> None:
        values = [SSAValue.get(s) for s in srcs]
        region = body if body is not None else Region(_combine_block([v.type for v in values]))
        super().__init__(
            operands=[values],
            result_types=[[v.type for v in values]],
            properties={"axis": IntegerAttr(axis, i32), "reverse": IntegerAttr(int(reverse), i1)},
            regions=[region],
        )

    def verify_(self) -> None:
        self.verify_combine(self.srcs, self.axis.value.data, self.combine_op.block, ScanReturnOp)
        if tuple(self.res.types) != tuple(self.srcs.types):
            raise VerifyException(
                f"tt.scan: results are ({', '.join(map(str, self.res.types))}), "
                f"expected ({', '.join(map(str, self.srcs.types))})"
            )

    def print(self, printer: Printer) -> None:
        suffix = " reverse" if self.reverse.value.data else ""
        self.print_combine(printer, self.srcs, f"axis = {self.axis.value.data}{suffix}")

    @classmethod
    def parse(cls, parser: Parser) -> ScanOp:
        operands, axis, reverse, region, attributes, results = _parse_combine(parser, has_reverse=True)
        return cls.create(
            operands=operands,
            result_types=results,
            properties={"axis": IntegerAttr(axis, i32), "reverse": IntegerAttr(int(reverse), i1)},
            attributes=attributes,
            regions=[region],
        )


def _reduced(type: Attribute, axis: int) -> Attribute:
    shape = shape_of(type)
    return block_type(element_type_of(type), (*shape[:axis], *shape[axis + 1 :]))


def _parse_combine(
    parser: Parser, *, has_reverse: bool
) -> tuple[Sequence[SSAValue], int, bool, Region, dict[str, Attribute], Sequence[Attribute]]:
    unresolved = parser.parse_comma_separated_list(Parser.Delimiter.PAREN, parser.parse_unresolved_operand)
    parser.parse_keyword("axis")
    parser.parse_punctuation("=")
    axis = parser.parse_integer(allow_boolean=False, allow_negative=False)
    reverse = has_reverse and parser.parse_optional_keyword("reverse") is not None
    region = parser.parse_region()
    attributes = parser.parse_optional_attr_dict()
    parser.parse_punctuation(":")
    position = parser.pos
    signature = parser.parse_function_type()
    operands = parser.resolve_operands(unresolved, signature.inputs.data, position)
    return operands, axis, reverse, region, attributes, signature.outputs.data


# Matrix product, histogram, gather


@irdl_op_definition
class DotOp(IRDLOperation):
    """`d = a @ b + c`: [M, K] @ [K, N] + [M, N], or with one leading batch dim.

    Floats accumulate in f32 (f64 in f64), int8 in i32.
    """

    name = "tt.dot"

    a = operand_def(TENSOR)
    b = operand_def(TENSOR)
    c = operand_def(type_var("C", TENSOR))
    input_precision = opt_prop_def(IntegerAttr.constr(i32), prop_name="inputPrecision")
    max_num_imprecise_acc = opt_prop_def(IntegerAttr.constr(i32), prop_name="maxNumImpreciseAcc")
    d = result_def(type_var("C", TENSOR))

    assembly_format = (
        "$a `,` $b `,` $c (`,` `inputPrecision` `=` custom<Precision>($inputPrecision)^)? attr-dict "
        "`:` type($a) `*` type($b) `->` type($d)"
    )
    custom_directives = (Precision,)
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(Pure(), PowerOfTwoBlocks())

    def __init__(self, a: Value, b: Value, c: Value, *, input_precision: InputPrecision = InputPrecision.IEEE) -> None:
        c = SSAValue.get(c)
        super().__init__(
            operands=[a, b, c],
            result_types=[c.type],
            properties={"inputPrecision": enum_attr(input_precision)},
        )

    def verify_(self) -> None:
        a, b, c = shape_of(self.a.type), shape_of(self.b.type), shape_of(self.c.type)
        if not len(a) == len(b) == len(c) or len(a) not in (2, 3):
            raise VerifyException(f"tt.dot: ranks are {len(a)}, {len(b)} and {len(c)}, expected all 2 or all 3")
        if a[-1] != b[-2]:
            raise VerifyException(f"tt.dot: contracting sizes differ: a has {a[-1]}, b has {b[-2]}")
        if c[-2:] != (a[-2], b[-1]):
            raise VerifyException(
                f"tt.dot: {list(a)} times {list(b)} is {[*a[:-1], b[-1]]}, the accumulator is {list(c)}"
            )
        if len(a) == 3 and not a[0] == b[0] == c[0]:
            raise VerifyException(f"tt.dot: batch sizes differ: {a[0]}, {b[0]} and {c[0]}")
        a_type, b_type = element_type_of(self.a.type), element_type_of(self.b.type)
        if isinstance(a_type, FLOAT_TYPES) != isinstance(b_type, FLOAT_TYPES):
            raise VerifyException(f"tt.dot: {a_type} and {b_type} do not multiply")


@irdl_op_definition
class HistogramOp(IRDLOperation):
    """`result[b] = #{i : src[i] == b and mask[i]}`, for the bins 0 to len(result) - 1."""

    name = "tt.histogram"

    src = operand_def(type_var("S", TENSOR))
    mask = opt_operand_def(DerivedType("S", mask_type))
    result = result_def(TENSOR)

    assembly_format = "$src (`,` $mask^)? attr-dict `:` type($src) `->` type($result)"
    traits = traits_def(Pure(), PowerOfTwoBlocks())

    def __init__(self, src: Value, num_bins: int, mask: Value | None = None) -> None:
        super().__init__(operands=[src, mask], result_types=[TensorType(i32, [num_bins])])

    def verify_(self) -> None:
        if not isinstance(element_type_of(self.src.type), IntegerType) or len(shape_of(self.src.type)) != 1:
            raise VerifyException(f"tt.histogram: the source is {self.src.type}, not a 1-D tensor of integers")
        if len(shape_of(self.result.type)) != 1:
            raise VerifyException(f"tt.histogram: the result is {self.result.type}, not 1-D")


@irdl_op_definition
class GatherOp(IRDLOperation):
    """`result[.., i, ..] = src[.., indices[.., i, ..], ..]` along `axis`, in the shape of `indices`."""

    name = "tt.gather"

    src = operand_def(TENSOR)
    indices = operand_def(TENSOR)
    axis = prop_def(IntegerAttr.constr(i32))
    efficient_layout = opt_prop_def(UnitAttr)
    result = result_def(TENSOR)

    assembly_format = "$src `[` $indices `]` attr-dict `:` functional-type(operands, $result)"
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(Pure(), PowerOfTwoBlocks())

    def __init__(self, src: Value, indices: Value, axis: int) -> None:
        src, indices = SSAValue.get(src), SSAValue.get(indices)
        super().__init__(
            operands=[src, indices],
            result_types=[with_element(indices.type, element_type_of(src.type))],
            properties={"axis": IntegerAttr(axis, i32)},
        )

    def verify_(self) -> None:
        src, indices, axis = shape_of(self.src.type), shape_of(self.indices.type), self.axis.value.data
        if len(src) != len(indices) or not 0 <= axis < len(src):
            raise VerifyException(
                f"tt.gather: ranks of {list(src)} and {list(indices)} differ, or axis {axis} is outside"
            )
        for dim, (have, want) in enumerate(zip(src, indices, strict=True)):
            if dim != axis and want > have:
                raise VerifyException(f"tt.gather: dim {dim} of the indices is {want}, of the source {have}")
        if not isinstance(element_type_of(self.indices.type), IntegerType):
            raise VerifyException(f"tt.gather: indices are {self.indices.type}, not integers")
        expected = with_element(self.indices.type, element_type_of(self.src.type))
        if self.result.type != expected:
            raise VerifyException(f"tt.gather: the result is {self.result.type}, expected {expected}")
