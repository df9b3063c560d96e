"""Folding of scalar operations: constants, and identities that hold for every value including NaN and -0."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable

from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    BFloat16Type,
    Float16Type,
    Float32Type,
    Float64Type,
    FloatAttr,
    IntegerAttr,
    IntegerType,
)
from xdsl.ir import Attribute, Operation, SSAValue

Folded = Operation | SSAValue | None
"""A new operation (a constant), an existing value, or nothing."""

_FLOAT_OPS: dict[str, Callable[[float, float], float]] = {
    "arith.addf": lambda a, b: a + b,
    "arith.subf": lambda a, b: a - b,
    "arith.mulf": lambda a, b: a * b,
}

_INT_OPS: dict[str, Callable[[int, int], int]] = {
    "arith.addi": lambda a, b: a + b,
    "arith.subi": lambda a, b: a - b,
    "arith.muli": lambda a, b: a * b,
    "arith.andi": lambda a, b: a & b,
    "arith.ori": lambda a, b: a | b,
    "arith.xori": lambda a, b: a ^ b,
}

# op -> the right operand that leaves the left one as it is. x + 0.0 is not among them: -0.0 + 0.0 is 0.0.
_RIGHT_IDENTITY: dict[str, float] = {
    "arith.mulf": 1.0,
    "arith.divf": 1.0,
    "arith.subf": 0.0,
    "arith.addi": 0,
    "arith.subi": 0,
    "arith.muli": 1,
    "arith.ori": 0,
    "arith.xori": 0,
    "arith.andi": -1,
    "arith.divsi": 1,
    "arith.divui": 1,
}
_COMMUTES = ("arith.mulf", "arith.addi", "arith.muli", "arith.ori", "arith.xori", "arith.andi")


def constant_value(value: SSAValue) -> float | int | None:
    """The number that an `arith.constant` gives; integers signed. `None` for any other value."""
    op = value.owner
    if not isinstance(op, arith.ConstantOp):
        return None
    attr = op.value
    if isinstance(attr, FloatAttr):
        return float(attr.value.data)
    if isinstance(attr, IntegerAttr) and isinstance(attr.type, IntegerType):
        return wrap_int(attr.value.data, attr.type.width.data)
    return None


def wrap_int(value: int, width: int) -> int:
    """`value` modulo `2**width`, as a signed number; an `i1` is 0 or -1."""
    value &= (1 << width) - 1
    return value - (1 << width) if value >> (width - 1) else value


def make_constant(value: float, type_: Attribute) -> arith.ConstantOp:
    """An `arith.constant` of a scalar float or integer type."""
    if isinstance(type_, IntegerType):
        width = type_.width.data
        number = int(value) & 1 if width == 1 else wrap_int(int(value), width)
        return arith.ConstantOp(IntegerAttr(number, type_))
    assert isinstance(type_, BFloat16Type | Float16Type | Float32Type | Float64Type)
    return arith.ConstantOp(FloatAttr(value, type_))


def round_float(value: float, type_: Attribute) -> float | None:
    """`value` rounded to nearest even in a float type; `None` where it overflows or the type is unknown."""
    if isinstance(type_, Float64Type) or not math.isfinite(value):
        return value
    try:
        if isinstance(type_, Float32Type):
            return float(struct.unpack("f", struct.pack("f", value))[0])
        if isinstance(type_, Float16Type):
            return float(struct.unpack("e", struct.pack("e", value))[0])
        if isinstance(type_, BFloat16Type):
            return _round_bf16(value)
    except OverflowError:
        return None
    return None


def _round_bf16(value: float) -> float | None:
    single = struct.unpack("f", struct.pack("f", value))[0]
    if single != value:
        return None  # Rounding twice may differ from rounding once.
    bits = struct.unpack("I", struct.pack("f", value))[0]
    bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000
    return float(struct.unpack("f", struct.pack("I", bits))[0])


def fold_scalar(op: Operation) -> Folded:
    """What a scalar operation folds to."""
    if isinstance(op, arith.ConstantOp) or len(op.results) != 1:
        return None
    if op.name == "arith.select":
        return _fold_select(op)
    if op.name in _CASTS:
        return _fold_cast(op)
    if len(op.operands) == 2 and (op.name in _RIGHT_IDENTITY or op.name in _INT_OPS):
        return _fold_binary(op)
    return None


def _fold_binary(op: Operation) -> Folded:
    left, right = op.operands
    type_ = op.results[0].type
    a, b = constant_value(left), constant_value(right)
    if a is not None and b is not None:
        return _fold_constants(op.name, a, b, type_)
    identity = _RIGHT_IDENTITY.get(op.name)
    if identity is None:
        return None
    if _is_number(b, identity, type_):
        return left
    if op.name in _COMMUTES and _is_number(a, identity, type_):
        return right
    return None


def _is_number(value: float | int | None, wanted: float, type_: Attribute) -> bool:
    if value is None or value != wanted:
        # In i1, where muli is `and`, one is -1.
        return wanted == 1 and value == -1 and isinstance(type_, IntegerType) and type_.width.data == 1
    # x - 0.0 is x, x - (-0.0) is not (for x = -0.0).
    return wanted != 0 or math.copysign(1.0, value) > 0


def _fold_constants(name: str, a: float, b: float, type_: Attribute) -> Folded:
    if isinstance(type_, IntegerType):
        fold_int = _INT_OPS.get(name)
        return None if fold_int is None else make_constant(fold_int(int(a), int(b)), type_)
    fold_float = _FLOAT_OPS.get(name)
    # Only f32 and f64: doubles hold the exact sum or product of floats closely enough to round it once.
    if fold_float is None or not isinstance(type_, Float32Type | Float64Type):
        return None
    result = round_float(fold_float(a, b), type_)
    return None if result is None or math.isnan(result) else make_constant(result, type_)


def _fold_select(op: Operation) -> Folded:
    cond, left, right = op.operands
    if left is right:
        return left
    value = constant_value(cond)
    return None if value is None else (left if value else right)


_CASTS = (
    "arith.extf",
    "arith.truncf",
    "arith.extsi",
    "arith.extui",
    "arith.trunci",
    "arith.sitofp",
    "arith.uitofp",
    "arith.fptosi",
)


def _fold_cast(op: Operation) -> Folded:
    source, type_ = op.operands[0], op.results[0].type
    value = constant_value(source)
    if value is None:
        return None
    if op.name in ("arith.extui", "arith.uitofp"):
        assert isinstance(source.type, IntegerType)
        value = int(value) & ((1 << source.type.width.data) - 1)
    if isinstance(type_, IntegerType):
        if op.name == "arith.fptosi" and not abs(value) < 2.0 ** (type_.width.data - 1):
            return None
        return make_constant(int(value), type_)
    rounded = round_float(float(value), type_)
    return None if rounded is None else make_constant(rounded, type_)
