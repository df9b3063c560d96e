"""The `cpu` dialect: memory by pointer and element offset, threads, index checks and library mathematics.

A CPU kernel is a `func.func` without results whose arguments are raw `!llvm.ptr`s, `index`es and scalars. Its
body is made of
`scf`, `arith`, `math` and 1-D `vector` ops, and of the ops here. Offsets count *elements* of the accessed
type from the pointer; an element of type `i1` is one byte in memory (0 or 1), as in a torch bool tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from xdsl.dialects.builtin import (
    I32,
    IndexType,
    IntegerAttr,
    StringAttr,
    UnitAttr,
    VectorType,
    i1,
    i32,
)
from xdsl.dialects.llvm import LLVMPointerType
from xdsl.ir import Attribute, Block, Dialect, Operation, Region, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
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
)
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer
from xdsl.traits import (
    HasParent,
    IsTerminator,
    MemoryReadEffect,
    MemoryWriteEffect,
    Pure,
    RecursiveMemoryEffect,
    SingleBlockImplicitTerminator,
    ensure_terminator,
)
from xdsl.utils.exceptions import VerifyException

PTR = LLVMPointerType()
INDEX = IndexType()

ATOMIC_KINDS = ("add", "mul", "min", "max", "and", "or", "xor")

# Name -> number of operands: functions that `math` lacks, by the names and with the meaning of C's <math.h>.
MATH_FUNCTIONS: dict[str, int] = {
    "erfc": 1,
    "exp10": 1,
    "fmod": 2,
    "hypot": 2,
    "lgamma": 1,
    "nextafter": 2,
    "tgamma": 1,
}


@lru_cache(maxsize=256)
def vector_type(element: Attribute, lanes: int) -> VectorType:
    """`vector<{lanes}x{element}>`, built once: xDSL takes 10 us to build one."""
    return VectorType(element, [lanes])


def lanes_of(type_: Attribute) -> int:
    """Number of lanes of a 1-D vector type, and 0 of a scalar type."""
    return type_.shape.data[0].data if isinstance(type_, VectorType) else 0


def mask_type_of(type_: Attribute) -> Attribute:
    """The type of a mask over `type_`: `vector<Nxi1>`, or `i1` for a scalar."""
    lanes = lanes_of(type_)
    return vector_type(i1, lanes) if lanes else i1


def _verify_1d(op: Operation, type_: Attribute) -> None:
    if isinstance(type_, VectorType) and type_.get_num_dims() != 1:
        raise VerifyException(f"{op.name}: vectors have one dim, got {type_}")


def _verify_access(op: Operation, type_: Attribute, index: SSAValue, mask: SSAValue | None) -> None:
    _verify_1d(op, type_)
    if mask is not None and mask.type != mask_type_of(type_):
        raise VerifyException(f"{op.name}: mask of {type_} is {mask_type_of(type_)}, got {mask.type}")
    if isinstance(index.type, VectorType) and lanes_of(index.type) != lanes_of(type_):
        raise VerifyException(f"{op.name}: {lanes_of(index.type)} indices for {lanes_of(type_)} lanes of {type_}")


def _print_address(printer: Printer, ptr: SSAValue, index: SSAValue, mask: SSAValue | None) -> None:
    printer.print_ssa_value(ptr)
    printer.print_string("[")
    printer.print_ssa_value(index)
    printer.print_string("]")
    if mask is not None:
        printer.print_string(" mask ")
        printer.print_ssa_value(mask)


def _print_types(op: Operation, printer: Printer, index: SSAValue, type_: Attribute) -> None:
    printer.print_op_attributes(op.attributes)
    printer.print_string(" : ")
    if isinstance(index.type, VectorType):
        printer.print_attribute(index.type)
        printer.print_string(", ")
    printer.print_attribute(type_)


@irdl_op_definition
class LoadOp(IRDLOperation):
    """`result[l] = mask[l] ? ptr[index + l] : passthru[l]` (zero without a passthru); a scalar type loads
    one element.

    `cpu.load %p[%i] mask %m else %z : vector<16xf32>`
    """

    name = "cpu.load"

    ptr = operand_def(PTR)
    index = operand_def(INDEX)
    mask = opt_operand_def()
    passthru = opt_operand_def()
    result = result_def()

    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(MemoryReadEffect())

    def __init__(
        self,
        ptr: SSAValue | Operation,
        index: SSAValue | Operation,
        result_type: Attribute,
        mask: SSAValue | None = None,
        passthru: SSAValue | None = None,
    ):
        super().__init__(operands=[ptr, index, mask, passthru], result_types=[result_type])

    def verify_(self) -> None:
        _verify_access(self, self.result.type, self.index, self.mask)
        _verify_passthru(self, self.mask, self.passthru, self.result.type)

    def print(self, printer: Printer) -> None:
        _print_loaded(self, self.passthru, printer)

    @classmethod
    def parse(cls, parser: Parser) -> LoadOp:
        return cls(*_parse_loaded(parser, False))


@irdl_op_definition
class GatherOp(IRDLOperation):
    """`result[l] = mask[l] ? ptr[index[l]] : passthru[l]` (zero without a passthru).

    `cpu.gather %p[%i] mask %m else %z : vector<16xindex>, vector<16xf32>`; indices are `index`, `i64` or
    `i32`, signed.
    """

    name = "cpu.gather"

    ptr = operand_def(PTR)
    index = operand_def(VectorType)
    mask = opt_operand_def()
    passthru = opt_operand_def()
    result = result_def(VectorType)

    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(MemoryReadEffect())

    def __init__(
        self,
        ptr: SSAValue | Operation,
        index: SSAValue | Operation,
        result_type: Attribute,
        mask: SSAValue | None = None,
        passthru: SSAValue | None = None,
    ):
        super().__init__(operands=[ptr, index, mask, passthru], result_types=[result_type])

    def verify_(self) -> None:
        _verify_access(self, self.result.type, self.index, self.mask)
        _verify_passthru(self, self.mask, self.passthru, self.result.type)

    def print(self, printer: Printer) -> None:
        _print_loaded(self, self.passthru, printer)

    @classmethod
    def parse(cls, parser: Parser) -> GatherOp:
        return cls(*_parse_loaded(parser, True))


@irdl_op_definition
class StoreOp(IRDLOperation):
    """`ptr[index + l] = value[l]` where `mask[l]`; a scalar value stores one element.

    `cpu.store %v, %p[%i] mask %m nontemporal : vector<16xf32>`. `nontemporal` bypasses the cache; the
    address must then be aligned to the size of the vector, and the store may not have a mask.
    """

    name = "cpu.store"

    value = operand_def()
    ptr = operand_def(PTR)
    index = operand_def(INDEX)
    mask = opt_operand_def()
    nontemporal = opt_prop_def(UnitAttr)

    traits = traits_def(MemoryWriteEffect())

    def __init__(
        self,
        value: SSAValue | Operation,
        ptr: SSAValue | Operation,
        index: SSAValue | Operation,
        mask: SSAValue | None = None,
        nontemporal: bool = False,
    ):
        super().__init__(
            operands=[value, ptr, index, mask],
            properties={"nontemporal": UnitAttr() if nontemporal else None},
        )

    def verify_(self) -> None:
        _verify_access(self, self.value.type, self.index, self.mask)
        if self.nontemporal is not None and self.mask is not None:
            raise VerifyException("cpu.store: a nontemporal store has no mask")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.value)
        printer.print_string(", ")
        _print_address(printer, self.ptr, self.index, self.mask)
        if self.nontemporal is not None:
            printer.print_string(" nontemporal")
        _print_types(self, printer, self.index, self.value.type)

    @classmethod
    def parse(cls, parser: Parser) -> StoreOp:
        value, ptr, index, mask, nontemporal = _parse_stored(parser, False)
        return cls(value, ptr, index, mask, nontemporal)


@irdl_op_definition
class ScatterOp(IRDLOperation):
    """`ptr[index[l]] = value[l]` where `mask[l]`, in lane order: the last of equal indices wins.

    `cpu.scatter %v, %p[%i] mask %m : vector<16xindex>, vector<16xf32>`
    """

    name = "cpu.scatter"

    value = operand_def(VectorType)
    ptr = operand_def(PTR)
    index = operand_def(VectorType)
    mask = opt_operand_def()

    traits = traits_def(MemoryWriteEffect())

    def __init__(
        self,
        value: SSAValue | Operation,
        ptr: SSAValue | Operation,
        index: SSAValue | Operation,
        mask: SSAValue | None = None,
    ):
        super().__init__(operands=[value, ptr, index, mask])

    def verify_(self) -> None:
        _verify_access(self, self.value.type, self.index, self.mask)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.value)
        printer.print_string(", ")
        _print_address(printer, self.ptr, self.index, self.mask)
        _print_types(self, printer, self.index, self.value.type)

    @classmethod
    def parse(cls, parser: Parser) -> ScatterOp:
        value, ptr, index, mask, _ = _parse_stored(parser, True)
        return cls(value, ptr, index, mask)


@irdl_op_definition
class AtomicRMWOp(IRDLOperation):
    """`ptr[index] = ptr[index] <kind> value`, atomically; a vector does so lane by lane, in lane order,
    where `mask`.

    `cpu.atomic_rmw add %v, %p[%i] mask %m : vector<16xindex>, vector<16xf32>` or `cpu.atomic_rmw add %v,
    %p[%i] : f32`. Kinds: add mul min max and or xor. Floats: min and max propagate NaN; `f16` and `bf16`
    round each update. Integers are signed unless `unsigned` is given.
    """

    name = "cpu.atomic_rmw"

    kind = prop_def(StringAttr)
    value = operand_def()
    ptr = operand_def(PTR)
    index = operand_def()
    mask = opt_operand_def()
    unsigned = opt_prop_def(UnitAttr)

    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    def __init__(
        self,
        kind: str,
        value: SSAValue | Operation,
        ptr: SSAValue | Operation,
        index: SSAValue | Operation,
        mask: SSAValue | None = None,
        unsigned: bool = False,
    ):
        super().__init__(
            operands=[value, ptr, index, mask],
            properties={"kind": StringAttr(kind), "unsigned": UnitAttr() if unsigned else None},
        )

    def verify_(self) -> None:
        _verify_access(self, self.value.type, self.index, self.mask)
        if self.kind.data not in ATOMIC_KINDS:
            raise VerifyException(f"cpu.atomic_rmw: kind is one of {', '.join(ATOMIC_KINDS)}, got {self.kind.data}")
        if lanes_of(self.value.type) != lanes_of(self.index.type):
            raise VerifyException(
                f"cpu.atomic_rmw: value is {self.value.type} but index is {self.index.type}: lanes differ"
            )

    def print(self, printer: Printer) -> None:
        printer.print_string(f" {self.kind.data} ")
        if self.unsigned is not None:
            printer.print_string("unsigned ")
        printer.print_ssa_value(self.value)
        printer.print_string(", ")
        _print_address(printer, self.ptr, self.index, self.mask)
        _print_types(self, printer, self.index, self.value.type)

    @classmethod
    def parse(cls, parser: Parser) -> AtomicRMWOp:
        kind = parser.parse_identifier("atomic kind")
        unsigned = parser.parse_optional_keyword("unsigned") is not None
        value, ptr, index, mask, _ = _parse_stored(parser, None)
        return cls(kind, value, ptr, index, mask, unsigned)


@irdl_op_definition
class AllocaOp(IRDLOperation):
    """Scratch memory of this call: `count` elements of `element_type`, 64-byte aligned, contents undefined.

    `%p = cpu.alloca 1024 x f32`. Made once on entry to the kernel (or to a `cpu.parallel` chunk), never
    again in a loop.
    """

    name = "cpu.alloca"

    count = prop_def(IntegerAttr)
    element_type = prop_def()
    result = result_def(PTR)

    def __init__(self, count: int, element_type: Attribute):
        super().__init__(properties={"count": IntegerAttr(count, 64), "element_type": element_type}, result_types=[PTR])

    def verify_(self) -> None:
        if self.count.value.data < 1:
            raise VerifyException(f"cpu.alloca: count is at least 1, got {self.count.value.data}")

    def print(self, printer: Printer) -> None:
        printer.print_string(f" {self.count.value.data} x ")
        printer.print_attribute(self.element_type)
        printer.print_op_attributes(self.attributes)

    @classmethod
    def parse(cls, parser: Parser) -> AllocaOp:
        count = parser.parse_integer()
        parser.parse_keyword("x")
        op = cls(count, parser.parse_type())
        op.attributes |= parser.parse_optional_attr_dict()
        return op


@irdl_op_definition
class StepOp(IRDLOperation):
    """`result[l] = l`: `cpu.step : vector<16xindex>` (any integer or float element type)."""

    name = "cpu.step"

    result = result_def(VectorType)

    traits = traits_def(Pure())
    assembly_format = "attr-dict `:` type($result)"

    def __init__(self, result_type: VectorType):
        super().__init__(result_types=[result_type])

    def verify_(self) -> None:
        _verify_1d(self, self.result.type)


@irdl_op_definition
class MathOp(IRDLOperation):
    """`result = fn(args...)`, elementwise on floats, for the functions that `math` lacks.

    `%1 = cpu.math lgamma(%0) : vector<16xf32>`. `fmod` has the sign of the dividend.
    """

    name = "cpu.math"

    fn = prop_def(StringAttr)
    args = var_operand_def()
    result = result_def()

    traits = traits_def(Pure())

    def __init__(self, fn: str, args: Sequence[SSAValue | Operation]):
        super().__init__(operands=[args], properties={"fn": StringAttr(fn)}, result_types=[SSAValue.get(args[0]).type])

    def verify_(self) -> None:
        arity = MATH_FUNCTIONS.get(self.fn.data)
        if arity is None:
            raise VerifyException(f"cpu.math: unknown function {self.fn.data}, known: {', '.join(MATH_FUNCTIONS)}")
        if len(self.args) != arity:
            raise VerifyException(f"cpu.math: {self.fn.data} takes {arity} operands, got {len(self.args)}")
        for arg in self.args:
            if arg.type != self.result.type:
                raise VerifyException(f"cpu.math: operand is {arg.type}, result is {self.result.type}")

    def print(self, printer: Printer) -> None:
        printer.print_string(f" {self.fn.data}(")
        printer.print_list(self.args, printer.print_ssa_value)
        printer.print_string(")")
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> MathOp:
        fn = parser.parse_identifier("function name")
        args = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_unresolved_operand)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type_ = parser.parse_type()
        if not args:
            parser.raise_error(f"cpu.math: {fn} needs operands")
        op = cls(fn, [parser.resolve_operand(arg, type_) for arg in args])
        op.attributes |= attributes
        return op


@irdl_op_definition
class CheckOp(IRDLOperation):
    """Leaves the kernel with status `id` (not 0) unless every lane of `ok` is true; nothing after it runs
    in this chunk.

    `cpu.check %ok, 3 : vector<16xi1>`. Guards accesses through indices that are data: one check before
    the access. Lanes beyond the end must be made true first (`arith.ori` with the negated mask).
    """

    name = "cpu.check"

    ok = operand_def()
    id = prop_def(IntegerAttr[I32])

    traits = traits_def(MemoryWriteEffect())
    assembly_format = "$ok `,` $id attr-dict `:` type($ok)"

    def __init__(self, ok: SSAValue | Operation, status: int):
        super().__init__(operands=[ok], properties={"id": IntegerAttr(status, i32)})

    def verify_(self) -> None:
        if self.ok.type != mask_type_of(self.ok.type):
            raise VerifyException(f"cpu.check: condition is i1 or a vector of i1, got {self.ok.type}")
        if self.id.value.data == 0:
            raise VerifyException("cpu.check: id 0 means success, give another")


@irdl_op_definition
class ParallelOp(IRDLOperation):
    """Runs the body on chunks `[begin, end)` that partition `[lower, upper)`, on as many threads as pay off.

    ```
    cpu.parallel %lb to %ub grain %g {
    ^bb0(%begin: index, %end: index):
      scf.for %i = %begin to %end step %c1 { ... }
    }
    ```
    A chunk has at least `grain` iterations (choose `grain` = iterations worth about 20 us), so small work
    stays on the calling thread. Chunks are static, equal up to one iteration, and begin at `lower` plus a
    multiple of `multiple_of` iterations, in order of the thread number: the partition is deterministic.
    Not nested.
    """

    name = "cpu.parallel"

    lower = operand_def(INDEX)
    upper = operand_def(INDEX)
    grain = operand_def(INDEX)
    multiple_of = opt_prop_def(IntegerAttr)
    body = region_def("single_block")

    traits = lazy_traits_def(lambda: (RecursiveMemoryEffect(), SingleBlockImplicitTerminator(YieldOp)))

    def __init__(
        self,
        lower: SSAValue | Operation,
        upper: SSAValue | Operation,
        grain: SSAValue | Operation,
        body: Region | Sequence[Block],
        multiple_of: int = 1,
    ):
        multiple = IntegerAttr(multiple_of, 64) if multiple_of != 1 else None
        super().__init__(operands=[lower, upper, grain], regions=[body], properties={"multiple_of": multiple})

    def verify_(self) -> None:
        if [arg.type for arg in self.body.block.args] != [INDEX, INDEX]:
            types = ", ".join(str(arg.type) for arg in self.body.block.args)
            raise VerifyException(f"cpu.parallel: the body takes (begin: index, end: index), got ({types})")
        if self.multiple_of is not None and self.multiple_of.value.data < 1:
            raise VerifyException(f"cpu.parallel: multiple_of is at least 1, got {self.multiple_of.value.data}")
        parent = self.parent_op()
        while parent is not None:
            if isinstance(parent, ParallelOp):
                raise VerifyException("cpu.parallel: may not be nested in another cpu.parallel")
            parent = parent.parent_op()

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.lower)
        printer.print_string(" to ")
        printer.print_ssa_value(self.upper)
        printer.print_string(" grain ")
        printer.print_ssa_value(self.grain)
        if self.multiple_of is not None:
            printer.print_string(f" multiple_of {self.multiple_of.value.data}")
        printer.print_string(" ")
        printer.print_region(self.body, print_block_terminators=False)
        printer.print_op_attributes(self.attributes)

    @classmethod
    def parse(cls, parser: Parser) -> ParallelOp:
        lower = parser.resolve_operand(parser.parse_unresolved_operand(), INDEX)
        parser.parse_keyword("to")
        upper = parser.resolve_operand(parser.parse_unresolved_operand(), INDEX)
        parser.parse_keyword("grain")
        grain = parser.resolve_operand(parser.parse_unresolved_operand(), INDEX)
        multiple_of = parser.parse_integer() if parser.parse_optional_keyword("multiple_of") else 1
        op = cls(lower, upper, grain, parser.parse_region(), multiple_of)
        op.attributes |= parser.parse_optional_attr_dict()
        for trait in op.get_traits_of_type(SingleBlockImplicitTerminator):
            ensure_terminator(op, trait)
        return op


@irdl_op_definition
class YieldOp(IRDLOperation):
    """Ends the body of a `cpu.parallel`; not printed."""

    name = "cpu.yield"

    traits = traits_def(IsTerminator(), HasParent(ParallelOp))
    assembly_format = "attr-dict"


def _verify_passthru(op: Operation, mask: SSAValue | None, passthru: SSAValue | None, type_: Attribute) -> None:
    if passthru is None:
        return
    if mask is None:
        raise VerifyException(f"{op.name}: a passthru needs a mask")
    if passthru.type != type_:
        raise VerifyException(f"{op.name}: passthru is {passthru.type}, result is {type_}")


def _print_loaded(op: LoadOp | GatherOp, passthru: SSAValue | None, printer: Printer) -> None:
    printer.print_string(" ")
    _print_address(printer, op.ptr, op.index, op.mask)
    if passthru is not None:
        printer.print_string(" else ")
        printer.print_ssa_value(passthru)
    _print_types(op, printer, op.index, op.result.type)


def _parse_loaded(
    parser: Parser, indexed: bool
) -> tuple[SSAValue, SSAValue, Attribute, SSAValue | None, SSAValue | None]:
    """`%ptr[%index] (mask %m (else %z)?)? : (index-type,)? type`"""
    ptr, index, mask = _parse_address(parser)
    passthru = parser.parse_unresolved_operand() if parser.parse_optional_keyword("else") else None
    parser.parse_punctuation(":")
    types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
    if len(types) != 1 + indexed:
        parser.raise_error(f"expected {1 + indexed} types, got {len(types)}")
    type_ = types[-1]
    return (
        parser.resolve_operand(ptr, PTR),
        parser.resolve_operand(index, types[0] if indexed else INDEX),
        type_,
        parser.resolve_operand(mask, mask_type_of(type_)) if mask is not None else None,
        parser.resolve_operand(passthru, type_) if passthru is not None else None,
    )


def _parse_stored(parser: Parser, indexed: bool | None) -> tuple[SSAValue, SSAValue, SSAValue, SSAValue | None, bool]:
    """`%value, %ptr[%index] (mask %m)? nontemporal? : (index-type,)? type`; `indexed` None: either."""
    value = parser.parse_unresolved_operand()
    parser.parse_punctuation(",")
    ptr, index, mask = _parse_address(parser)
    nontemporal = parser.parse_optional_keyword("nontemporal") is not None
    parser.parse_punctuation(":")
    types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
    if (indexed is not None and len(types) != 1 + indexed) or len(types) > 2:
        parser.raise_error(f"expected {1 + bool(indexed)} types, got {len(types)}")
    type_ = types[-1]
    return (
        parser.resolve_operand(value, type_),
        parser.resolve_operand(ptr, PTR),
        parser.resolve_operand(index, types[0] if len(types) == 2 else INDEX),
        parser.resolve_operand(mask, mask_type_of(type_)) if mask is not None else None,
        nontemporal,
    )


def _parse_address(
    parser: Parser,
) -> tuple[UnresolvedOperand, UnresolvedOperand, UnresolvedOperand | None]:
    ptr = parser.parse_unresolved_operand()
    parser.parse_punctuation("[")
    index = parser.parse_unresolved_operand()
    parser.parse_punctuation("]")
    mask = parser.parse_unresolved_operand() if parser.parse_optional_keyword("mask") else None
    return ptr, index, mask


CPU = Dialect(
    "cpu",
    [
        AllocaOp,
        AtomicRMWOp,
        CheckOp,
        GatherOp,
        LoadOp,
        MathOp,
        ParallelOp,
        ScatterOp,
        StepOp,
        StoreOp,
        YieldOp,
    ],
)
