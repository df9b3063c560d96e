"""Types, enumerations and type arithmetic of the `tt` dialect.

A *block type* is a scalar (`f32`, `!tt.ptr<f32>`) or a tensor of scalars (`tensor<64x!tt.ptr<f32>>`):
elementwise ops of `tt` and `arith` take either. Enumerations are stored as Triton stores them, as i32 integer
attributes, so that the generic form of an op is Triton's; the custom form spells them
(`evictionPolicy = evict_first`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, get_args

from typing_extensions import TypeVar
from xdsl.dialects.builtin import AnyFloat, IntegerAttr, IntegerType, TensorType, i1, i32
from xdsl.ir import Attribute, Operation, ParametrizedAttribute, TypeAttribute
from xdsl.irdl import (
    AnyAttr,
    AttrConstraint,
    IntConstraint,
    MessageConstraint,
    VarConstraint,
    base,
    irdl_attr_definition,
)
from xdsl.irdl.constraints import InferenceContext, VerificationContext
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.traits import OpTrait
from xdsl.utils.exceptions import VerifyException

GLOBAL_ADDRESS_SPACE = 1
MAX_BLOCK_ELEMS = 1 << 20
"""Triton's limit on the number of elements of a tensor."""


# Enumerations: the values are Triton's (TritonAttrDefs.td), the lower-case names its keywords.


class CacheModifier(IntEnum):
    NONE = 1
    CA = 2
    CG = 3
    WB = 4
    CS = 5
    WT = 6
    CV = 7


class EvictionPolicy(IntEnum):
    EVICT_NORMAL = 1
    EVICT_FIRST = 2
    EVICT_LAST = 3


class PaddingOption(IntEnum):
    ZERO = 1
    NAN = 2


class RMWOp(IntEnum):
    AND = 1
    OR = 2
    XOR = 3
    ADD = 4
    FADD = 5
    MAX = 6
    MIN = 7
    UMAX = 8
    UMIN = 9
    EXCH = 10


class DescriptorReduceKind(IntEnum):
    ADD = 1
    MIN = 2
    MAX = 3
    INC = 4
    DEC = 5
    AND = 6
    OR = 7
    XOR = 8


class MemSemantic(IntEnum):
    RELAXED = 1
    ACQUIRE = 2
    RELEASE = 3
    ACQ_REL = 4


class MemSyncScope(IntEnum):
    GPU = 1
    CTA = 2
    SYS = 3


class ProgramDim(IntEnum):
    X = 0
    Y = 1
    Z = 2


class RoundingMode(IntEnum):
    RTZ = 0
    RTNE = 1


class PropagateNan(IntEnum):
    NONE = 0
    ALL = 0xFFFF


class InputPrecision(IntEnum):
    TF32 = 0
    TF32X3 = 1
    IEEE = 2
    BF16X3 = 3
    BF16X6 = 4


FLOAT_TYPES: tuple[type[Attribute], ...] = get_args(AnyFloat)


def enum_attr(value: IntEnum) -> IntegerAttr:
    """The i32 attribute that stores an enumeration value, as in Triton."""
    return IntegerAttr(int(value), i32)


def is_member(enum: type[IntEnum], value: IntegerAttr) -> bool:
    """Whether the stored integer is one of the enumeration's values."""
    return any(value.value.data == member for member in enum)


# Types


@irdl_attr_definition
class PtrType(ParametrizedAttribute, TypeAttribute):
    """`!tt.ptr<f32>`: an address in global memory of a `pointee`; arithmetic on it counts elements."""

    name = "tt.ptr"
    pointee: Attribute
    address_space: IntegerAttr

    def __init__(self, pointee: Attribute, address_space: int | IntegerAttr = GLOBAL_ADDRESS_SPACE) -> None:
        if isinstance(address_space, int):
            address_space = IntegerAttr(address_space, i32)
        super().__init__(pointee, address_space)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            pointee = parser.parse_type()
            space = GLOBAL_ADDRESS_SPACE
            if parser.parse_optional_punctuation(","):
                space = parser.parse_integer(allow_boolean=False, allow_negative=False)
        return (pointee, IntegerAttr(space, i32))

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_attribute(self.pointee)
            if self.address_space.value.data != GLOBAL_ADDRESS_SPACE:
                printer.print_string(f", {self.address_space.value.data}")


@irdl_attr_definition
class TensorDescType(ParametrizedAttribute, TypeAttribute):
    """`!tt.tensordesc<tensor<64x32xf16>>`: a descriptor (TMA) for loads and stores of blocks of that type."""

    name = "tt.tensordesc"
    block_type: TensorType

    def __init__(self, block_type: TensorType) -> None:
        super().__init__(block_type)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            block_type = parser.parse_type()
        if not isinstance(block_type, TensorType):
            parser.raise_error(f"!tt.tensordesc holds a tensor type, got {block_type}")
        return (block_type,)

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_attribute(self.block_type)


# Type arithmetic


def is_block(type: Attribute) -> bool:
    """Whether `type` is a tensor (as opposed to a scalar)."""
    return isinstance(type, TensorType)


def shape_of(type: Attribute) -> tuple[int, ...]:
    """The shape of a block type; `()` for a scalar."""
    return type.get_shape() if isinstance(type, TensorType) else ()


def element_type_of(type: Attribute) -> Attribute:
    """The element type of a tensor; a scalar is its own element type."""
    return type.element_type if isinstance(type, TensorType) else type


def with_element(type: Attribute, element_type: Attribute) -> Attribute:
    """A block type of the shape of `type` with another element type."""
    return TensorType(element_type, type.get_shape()) if isinstance(type, TensorType) else element_type


def block_type(element_type: Attribute, shape: Sequence[int]) -> Attribute:
    """The tensor of that shape, or the scalar itself when the shape is empty."""
    return TensorType(element_type, shape) if shape else element_type


def pointee_type(type: Attribute) -> Attribute:
    """What a load through `type` gives: `tensor<8x!tt.ptr<f32>>` -> `tensor<8xf32>`."""
    element = element_type_of(type)
    if not isinstance(element, PtrType):
        raise VerifyException(f"expected a pointer or a tensor of pointers, got {type}")
    return with_element(type, element.pointee)


def mask_type(type: Attribute) -> Attribute:
    """The i1 block of the shape of `type`."""
    return with_element(type, i1)


def bit_width(type: Attribute) -> int:
    """Bits of one element: 64 for pointers."""
    element = element_type_of(type)
    if isinstance(element, PtrType):
        return 64
    if isinstance(element, IntegerType):
        return element.width.data
    if isinstance(element, FLOAT_TYPES):
        return element.bitwidth  # type: ignore[attr-defined]
    raise VerifyException(f"{element} has no bit width")


# Constraints


@dataclass(frozen=True)
class BlockOf(AttrConstraint):
    """A scalar of one of `bases`, or a tensor of them; `what` names it in messages."""

    bases: tuple[type[Attribute], ...]
    what: str

    def verify(self, attr: Attribute, constraint_context: VerificationContext) -> None:
        if not isinstance(element_type_of(attr), self.bases):
            raise VerifyException(f"expected {self.what} or a tensor of them, got {attr}")

    def mapping_type_vars(self, type_var_mapping: Mapping[TypeVar, AttrConstraint | IntConstraint]) -> BlockOf:
        return self


@dataclass(frozen=True)
class DerivedType(AttrConstraint):
    """A type computed from the one bound to constraint variable `var`, which the text need not spell."""

    var: str
    derive: Callable[[Attribute], Attribute]

    def verify(self, attr: Attribute, constraint_context: VerificationContext) -> None:
        source = constraint_context.get_variable(self.var)
        if source is None:
            return
        expected = self.derive(source)
        if attr != expected:
            raise VerifyException(f"expected {expected} beside {source}, got {attr}")

    def variables(self) -> set[str]:
        return {self.var}

    def can_infer(self, var_constraint_names: object) -> bool:
        return self.var in var_constraint_names  # type: ignore[operator]

    def infer(self, context: InferenceContext) -> Attribute:
        source = context.get_variable(self.var)
        assert isinstance(source, Attribute)
        return self.derive(source)

    def mapping_type_vars(self, type_var_mapping: Mapping[TypeVar, AttrConstraint | IntConstraint]) -> DerivedType:
        return self


FLOAT_LIKE = BlockOf(FLOAT_TYPES, "floats")
INT_LIKE = BlockOf((IntegerType,), "integers")
PTR_LIKE = BlockOf((PtrType,), "pointers")
ANY_LIKE = BlockOf((*FLOAT_TYPES, IntegerType, PtrType), "floats, integers, pointers")
TENSOR = MessageConstraint(base(TensorType), "expected a tensor")


class PowerOfTwoBlocks(OpTrait):
    """Triton's TensorSizeTrait: every tensor has a power-of-two number of elements, at most 2**20."""

    MAX: ClassVar[int] = MAX_BLOCK_ELEMS

    def verify(self, op: Operation) -> None:
        for value in (*op.operands, *op.results):
            if not isinstance(value.type, TensorType):
                continue
            count = 1
            for size in value.type.get_shape():
                count *= size
            if count <= 0 or count & (count - 1):
                raise VerifyException(f"{op.name}: {value.type} has {count} elements, not a power of two")
            if count > self.MAX:
                raise VerifyException(f"{op.name}: {value.type} has {count} elements, more than {self.MAX}")


def same_shape(op: Operation, what: str, *types: Attribute) -> None:
    """Raises unless all block types have one shape."""
    shapes = [shape_of(t) for t in types]
    if any(s != shapes[0] for s in shapes[1:]):
        raise VerifyException(f"{op.name}: {what} differ in shape: " + ", ".join(str(list(s)) for s in shapes))


def type_var(name: str, constraint: AttrConstraint | None = None) -> VarConstraint:
    """A constraint variable: all places that use `name` have one type."""
    return VarConstraint(name, constraint if constraint is not None else AnyAttr())
