"""`Val`: a scalar of a nest's body with its torch dtype, and the arithmetic on it.

MLIR integers are signless, so the dtype is what picks `divsi` or `divui`, `extsi` or `extui`, and so on. Half
precision values are only loaded, cast and stored: compute in `compute_dtype`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias, Union

from xdsl.dialects import arith as xa
from xdsl.dialects.builtin import FloatAttr, IntegerAttr, IntegerType, i1
from xdsl.ir import Attribute, Operation, SSAValue

from fxopt.dialects import arith
from fxopt.ir.types import DTYPES, scalar_type

if TYPE_CHECKING:
    from fxopt.lowering.aten_to_loop.nest import NestBuilder

Number: TypeAlias = bool | int | float
Operand: TypeAlias = Union["Val", Number]

_FASTMATH: dict[str, Attribute] = {"fastmath": xa.FastMathFlagsAttr("none")}
_WRAP: dict[str, Attribute] = {"overflowFlags": xa.IntegerOverflowAttr("none")}
_NONE: dict[str, Attribute] = {}

_OpRow: TypeAlias = tuple[type[Operation], dict[str, Attribute]]


def _row(
    floats: type[Operation] | None,
    signed: type[Operation],
    unsigned: type[Operation],
    bools: type[Operation] | None,
    integer_properties: dict[str, Attribute] = _NONE,
) -> dict[str, _OpRow]:
    row: dict[str, _OpRow] = {"s": (signed, integer_properties), "u": (unsigned, integer_properties)}
    if floats is not None:
        row["f"] = (floats, _FASTMATH)
    if bools is not None:
        row["b"] = (bools, _NONE)
    return row


_BINARY: dict[str, dict[str, _OpRow]] = {
    "add": _row(xa.AddfOp, xa.AddiOp, xa.AddiOp, xa.OrIOp, _WRAP),
    "sub": _row(xa.SubfOp, xa.SubiOp, xa.SubiOp, xa.XOrIOp, _WRAP),
    "mul": _row(xa.MulfOp, xa.MuliOp, xa.MuliOp, xa.AndIOp, _WRAP),
    "div": _row(xa.DivfOp, xa.DivSIOp, xa.DivUIOp, None),
    "rem": _row(None, xa.RemSIOp, xa.RemUIOp, None),
    "and": _row(None, xa.AndIOp, xa.AndIOp, xa.AndIOp),
    "or": _row(None, xa.OrIOp, xa.OrIOp, xa.OrIOp),
    "xor": _row(None, xa.XOrIOp, xa.XOrIOp, xa.XOrIOp),
    "shl": _row(None, xa.ShLIOp, xa.ShLIOp, None, _WRAP),
    "shr": _row(None, xa.ShRSIOp, xa.ShRUIOp, None),
    "max": _row(xa.MaximumfOp, xa.MaxSIOp, xa.MaxUIOp, xa.OrIOp),
    "min": _row(xa.MinimumfOp, xa.MinSIOp, xa.MinUIOp, xa.AndIOp),
    "fmax": _row(xa.MaxnumfOp, xa.MaxSIOp, xa.MaxUIOp, xa.OrIOp),
    "fmin": _row(xa.MinnumfOp, xa.MinSIOp, xa.MinUIOp, xa.AndIOp),
}
"""The op for floats, signed and unsigned integers and bools. `max` lets NaN win, `fmax` the other operand."""

_KIND = {
    name: "b" if row.category == "bool" else "f" if row.category == "float" else "s" if row.signed else "u"
    for name, row in DTYPES.items()
}
_COMPARE = {
    "f": {"eq": "oeq", "ne": "une", "lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge"},
    "s": {"eq": "eq", "ne": "ne", "lt": "slt", "le": "sle", "gt": "sgt", "ge": "sge"},
    "u": {"eq": "eq", "ne": "ne", "lt": "ult", "le": "ule", "gt": "ugt", "ge": "uge"},
}
_COMPARE["b"] = _COMPARE["u"]
_PREDICATES_I = {name: IntegerAttr(i, 64) for i, name in enumerate(xa.CMPI_COMPARISON_OPERATIONS)}
_PREDICATES_F = {name: IntegerAttr(i, 64) for i, name in enumerate(xa.CMPF_COMPARISON_OPERATIONS)}


def compute_dtype(dtype: str) -> str:
    """The dtype that values of `dtype` are computed in: f32 for half precision, else itself."""
    return "f32" if dtype in ("f16", "bf16") else dtype


class Val:
    """One scalar. Operators take another `Val` of the same dtype, or a Python number (taken in this dtype)."""

    __slots__ = ("dtype", "nest", "ssa")

    def __init__(self, nest: NestBuilder, ssa: SSAValue, dtype: str) -> None:
        self.nest = nest
        self.ssa = ssa
        self.dtype = dtype

    @property
    def is_float(self) -> bool:
        return _KIND[self.dtype] == "f"

    def lift(self, other: Operand) -> Val:
        """`other` as a `Val` of this dtype; a number becomes a constant."""
        if isinstance(other, Val):
            assert other.dtype == self.dtype, f"operands are {self.dtype} and {other.dtype}"
            return other
        return self.nest.const(other, self.dtype)

    def _binary(self, name: str, other: Operand) -> Val:
        rhs = self.lift(other)
        cls, properties = _BINARY[name][_KIND[self.dtype]]
        ssa = self.nest.emit(cls, (self.ssa, rhs.ssa), self.ssa.type, properties)
        return Val(self.nest, ssa, self.dtype)

    def __add__(self, other: Operand) -> Val:
        return self._binary("add", other)

    def __radd__(self, other: Number) -> Val:
        return self.lift(other)._binary("add", self)

    def __sub__(self, other: Operand) -> Val:
        return self._binary("sub", other)

    def __rsub__(self, other: Number) -> Val:
        return self.lift(other)._binary("sub", self)

    def __mul__(self, other: Operand) -> Val:
        return self._binary("mul", other)

    def __rmul__(self, other: Number) -> Val:
        return self.lift(other)._binary("mul", self)

    def __truediv__(self, other: Operand) -> Val:
        """Float division; of integers, truncated division (the divisor must not be 0 nor overflow)."""
        return self._binary("div", other)

    def __rtruediv__(self, other: Number) -> Val:
        return self.lift(other)._binary("div", self)

    def rem(self, other: Operand) -> Val:
        """Remainder of truncated division; of floats C's `fmod`."""
        if self.is_float:
            return self.nest.call("fmod", self, self.lift(other))
        return self._binary("rem", other)

    def __and__(self, other: Operand) -> Val:
        return self._binary("and", other)

    def __or__(self, other: Operand) -> Val:
        return self._binary("or", other)

    def __xor__(self, other: Operand) -> Val:
        return self._binary("xor", other)

    def __lshift__(self, other: Operand) -> Val:
        return self._binary("shl", other)

    def __rshift__(self, other: Operand) -> Val:
        return self._binary("shr", other)

    def __invert__(self) -> Val:
        return self._binary("xor", True if self.dtype == "bool" else -1)

    def __neg__(self) -> Val:
        if self.is_float:
            return Val(self.nest, self.nest.emit(xa.NegfOp, (self.ssa,), self.ssa.type, _FASTMATH), self.dtype)
        return self.lift(0)._binary("sub", self)

    def maximum(self, other: Operand) -> Val:
        """The greater; NaN if either is NaN."""
        return self._binary("max", other)

    def minimum(self, other: Operand) -> Val:
        """The lesser; NaN if either is NaN."""
        return self._binary("min", other)

    def at_least(self, bound: Number) -> Val:
        """`bound` where less than it; NaN is kept and, as in torch's CPU kernels, so is a zero of the other sign."""
        return self.lt(bound).select(bound, self) if self.is_float and not math.isnan(bound) else self.maximum(bound)

    def at_most(self, bound: Number) -> Val:
        """`bound` where greater than it; else as `at_least`."""
        return self.gt(bound).select(bound, self) if self.is_float and not math.isnan(bound) else self.minimum(bound)

    def fmax(self, other: Operand) -> Val:
        """The greater; NaN only if both are NaN."""
        return self._binary("fmax", other)

    def fmin(self, other: Operand) -> Val:
        """The lesser; NaN only if both are NaN."""
        return self._binary("fmin", other)

    def compare(self, predicate: str, other: Operand) -> Val:
        """A bool: `eq ne lt le gt ge`; comparisons with NaN are false, except `ne`. `uno` tells NaN in either."""
        rhs = self.lift(other)
        kind = _KIND[self.dtype]
        name = _COMPARE[kind].get(predicate, predicate)
        if kind == "f":
            properties: dict[str, Attribute] = {"predicate": _PREDICATES_F[name], **_FASTMATH}
            ssa = self.nest.emit(arith.CmpfOp, (self.ssa, rhs.ssa), i1, properties)
        else:
            ssa = self.nest.emit(arith.CmpiOp, (self.ssa, rhs.ssa), i1, {"predicate": _PREDICATES_I[name]})
        return Val(self.nest, ssa, "bool")

    def eq(self, other: Operand) -> Val:
        return self.compare("eq", other)

    def ne(self, other: Operand) -> Val:
        return self.compare("ne", other)

    def lt(self, other: Operand) -> Val:
        return self.compare("lt", other)

    def le(self, other: Operand) -> Val:
        return self.compare("le", other)

    def gt(self, other: Operand) -> Val:
        return self.compare("gt", other)

    def ge(self, other: Operand) -> Val:
        return self.compare("ge", other)

    def isnan(self) -> Val:
        """Whether it is NaN; false for integers."""
        return self.compare("uno", self) if self.is_float else self.nest.const(False, "bool")

    def select(self, if_true: Operand, if_false: Operand) -> Val:
        """`self ? if_true : if_false`, for a bool; at least one of the two is a `Val`."""
        assert self.dtype == "bool"
        if isinstance(if_true, Val):
            if_false = if_true.lift(if_false)
        else:
            assert isinstance(if_false, Val)
            if_true = if_false.lift(if_true)
        operands = (self.ssa, if_true.ssa, if_false.ssa)
        return Val(self.nest, self.nest.emit(arith.SelectOp, operands, if_true.ssa.type, _NONE), if_true.dtype)

    def to(self, dtype: str) -> Val:
        """Converted as torch converts: floats truncate to integers, integers wrap, anything but 0 is true."""
        return self if dtype == self.dtype else _convert(self, dtype)

    def bitcast(self, dtype: str) -> Val:
        """The same bits as another dtype of the same width."""
        type_ = scalar_type(dtype)
        if type_ == self.ssa.type:
            return Val(self.nest, self.ssa, dtype)
        return Val(self.nest, self.nest.emit(xa.BitcastOp, (self.ssa,), type_, _NONE), dtype)


def _emit_cast(value: Val, cls: type[Operation], dtype: str) -> Val:
    return Val(value.nest, value.nest.emit(cls, (value.ssa,), scalar_type(dtype), _NONE), dtype)


def _convert(value: Val, dtype: str) -> Val:
    source, target = _KIND[value.dtype], _KIND[dtype]
    if target == "b":
        return value.ne(0)
    if source == "f" and target == "f":
        return _float_to_float(value, dtype)
    if target == "f":
        return _int_to_float(value, dtype)
    if source == "f":
        return _float_to_int(value, dtype)
    return _resize_int(value, dtype)


def _float_to_float(value: Val, dtype: str) -> Val:
    have, want = DTYPES[value.dtype].size_bytes, DTYPES[dtype].size_bytes
    if (have == 2 and want != 4) or (want == 2 and have != 4):
        return value.to("f32").to(dtype)  # torch's half types convert to and from float only
    return _emit_cast(value, xa.ExtFOp if want > have else xa.TruncFOp, dtype)


def _int_to_float(value: Val, dtype: str) -> Val:
    if DTYPES[dtype].size_bytes == 2:
        return value.to("f32").to(dtype)
    return _emit_cast(value, arith.SIToFPOp if DTYPES[value.dtype].signed else arith.UIToFPOp, dtype)


def _float_to_int(value: Val, dtype: str) -> Val:
    """Through a signed integer wide enough that the result wraps as torch's does."""
    value = value.to(compute_dtype(value.dtype))
    if dtype == "u64":
        return _emit_cast(value, arith.FPToUIOp, dtype)
    through = "i64" if dtype in ("i64", "u32", "u8") else "i32"
    return _emit_cast(value, arith.FPToSIOp, through).to(dtype)


def _resize_int(value: Val, dtype: str) -> Val:
    have = 1 if value.dtype == "bool" else DTYPES[value.dtype].size_bytes * 8
    want = DTYPES[dtype].size_bytes * 8
    if have == want:
        return Val(value.nest, value.ssa, dtype)
    if have > want:
        return _emit_cast(value, arith.TruncIOp, dtype)
    return _emit_cast(value, arith.ExtSIOp if DTYPES[value.dtype].signed else arith.ExtUIOp, dtype)


_F32_MAX = 3.4028235677973366e38  # from here on doubles round to infinity in float32


def constant_attr(value: Number, dtype: str) -> Attribute:
    """The attribute of a constant: integers wrap to the dtype's width, floats beyond f32 become infinite."""
    type_ = scalar_type(dtype)
    if isinstance(type_, IntegerType):
        if dtype == "bool":
            return IntegerAttr(int(bool(value)), type_)
        width = type_.width.data
        wrapped = int(value) & ((1 << width) - 1)
        return IntegerAttr(wrapped - (1 << width) if wrapped >> (width - 1) else wrapped, type_)
    number = float(value)
    if dtype != "f64" and abs(number) >= _F32_MAX:
        number = math.copysign(math.inf, number)
    return FloatAttr(number, type_)  # type: ignore[call-overload]
