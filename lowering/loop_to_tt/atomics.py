"""`loop.store add` and the like: how a tile is combined atomically with memory.

Integers of 32 and 64 bits and the sum of floats have instructions. Everything else is a loop of compare-and-swap on
words: each round reads the words of the lanes that are not done yet, combines, and swaps where nothing came between.
Elements of less than 32 bits are fields of the 32-bit word that holds them.
"""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.dialects import arith as xarith
from xdsl.dialects import scf
from xdsl.dialects.builtin import IntegerType, i1, i32, i64
from xdsl.ir import Attribute, Region, SSAValue

from fxopt.dialects import arith
from fxopt.dialects.tt import ops as tt
from fxopt.dialects.tt.attrs import MemSemantic, PtrType, RMWOp, bit_width, element_type_of, shape_of, with_element
from fxopt.lowering.loop_to_tt.builder import Builder
from fxopt.lowering.loop_to_tt.combine import combine, fill_region

# mode -> (signed, unsigned)
_INTEGER_MODES: Mapping[str, tuple[RMWOp, RMWOp]] = {
    "add": (RMWOp.ADD, RMWOp.ADD),
    "max": (RMWOp.MAX, RMWOp.UMAX),
    "min": (RMWOp.MIN, RMWOp.UMIN),
}
_KINDS: Mapping[str, str] = {"add": "sum", "mul": "prod", "max": "max", "min": "min"}
# Booleans in memory are the bytes 0 and 1.
_BOOL_KINDS: Mapping[str, str] = {"add": "any", "mul": "all", "max": "any", "min": "all"}
_WORD_BYTES = 4


def atomic_update(
    b: Builder,
    mode: str,
    unsigned: bool,
    pointer: SSAValue,
    value: SSAValue,
    mask: SSAValue | None,
    is_bool: bool,
    base: SSAValue,
) -> None:
    """Combines `value` with memory at `pointer`, where `mask` holds. `base` is an address that may be read."""
    kind = _native(mode, value)
    if kind is not None:
        op = kind[unsigned]
        b.append(tt.AtomicRMWOp(op, pointer, value, mask, sem=MemSemantic.RELAXED))
        return
    field = (_Field if bit_width(value.type) < 8 * _WORD_BYTES else _Word)(b, pointer, value)
    update = (_BOOL_KINDS if is_bool else _KINDS)[mode]
    _swap_until_done(b, field, update, unsigned, value, mask, base)


def _native(mode: str, value: SSAValue) -> tuple[RMWOp, RMWOp] | None:
    """The instruction for signed and unsigned values, if there is one."""
    if isinstance(element_type_of(value.type), IntegerType):
        return _INTEGER_MODES.get(mode) if bit_width(value.type) >= 32 else None
    return (RMWOp.FADD, RMWOp.FADD) if mode == "add" else None


class _Word:
    """Elements that are words themselves."""

    def __init__(self, b: Builder, pointer: SSAValue, value: SSAValue) -> None:
        self.b = b
        self.element = element_type_of(value.type)
        self.word: IntegerType = IntegerType(bit_width(value.type))
        self.pointer = self._as(pointer, PtrType(self.word))

    def _as(self, value: SSAValue, element: Attribute) -> SSAValue:
        type_ = with_element(value.type, element)
        return value if value.type == type_ else self.b.pure(tt.BitcastOp, (value,), type_)

    def pointer_to(self, base: SSAValue) -> SSAValue:
        """The word at the start of the buffer, for lanes that do nothing."""
        return self._as(base, PtrType(self.word))

    def extract(self, word: SSAValue) -> SSAValue:
        """The element in a word."""
        return self._as(word, self.element)

    def insert(self, word: SSAValue, value: SSAValue) -> SSAValue:
        """The word with another element."""
        return self._as(value, self.word)


class _Field(_Word):
    """Elements of 8 or 16 bits: a shift and a mask of the aligned word around them."""

    def __init__(self, b: Builder, pointer: SSAValue, value: SSAValue) -> None:
        self.b = b
        self.element = element_type_of(value.type)
        self.word = i32
        self.narrow = IntegerType(bit_width(value.type))
        address = b.pure(tt.PtrToIntOp, (pointer,), with_element(pointer.type, i64))
        inside = b.binary(xarith.AndIOp, address, b.constant(_WORD_BYTES - 1, i64))
        aligned = b.binary(xarith.SubiOp, address, inside)
        self.pointer = b.pure(tt.IntToPtrOp, (aligned,), with_element(pointer.type, PtrType(i32)))
        self.shift = b.binary(xarith.MuliOp, b.cast(arith.TruncIOp, inside, i32), b.constant(8, i32))
        ones = b.constant((1 << self.narrow.width.data) - 1, i32)
        self.others = b.binary(xarith.XOrIOp, b.binary(xarith.ShLIOp, ones, self.shift), b.constant(-1, i32))

    def extract(self, word: SSAValue) -> SSAValue:
        moved = self.b.binary(xarith.ShRUIOp, word, self.shift)
        return self._as(self.b.cast(arith.TruncIOp, moved, self.narrow), self.element)

    def insert(self, word: SSAValue, value: SSAValue) -> SSAValue:
        bits = self.b.cast(arith.ExtUIOp, self._as(value, self.narrow), i32)
        kept = self.b.binary(xarith.AndIOp, word, self.others)
        return self.b.binary(xarith.OrIOp, kept, self.b.binary(xarith.ShLIOp, bits, self.shift))


def _swap_until_done(
    b: Builder, field: _Word, kind: str, unsigned: bool, value: SSAValue, mask: SSAValue | None, base: SSAValue
) -> None:
    shape = shape_of(value.type)
    pointer = field.pointer
    pending = b.constant(1, i1, shape) if mask is None else mask
    if mask is not None:
        # The swap has no mask: lanes beyond the extent meet at the start of the buffer and change nothing.
        pointer = b.select(mask, pointer, field.pointer_to(base))
    before = b.push([pending.type])
    before.add_op(scf.ConditionOp(_any(b, before.args[0]), before.args[0]))
    b.pop()
    after = b.push([pending.type])
    waiting: SSAValue = after.args[0]
    nothing = b.constant(0, field.word, shape)
    old = b.append(tt.LoadOp(pointer, waiting, nothing, is_volatile=True)).results[0]
    (result,) = combine(b, kind, unsigned, [field.extract(old)], [value])
    new = b.select(waiting, field.insert(old, result), old)
    swap = tt.AtomicCASOp(pointer, old, new, sem=MemSemantic.RELAXED)
    seen = b.append(swap).results[0]
    after.add_op(scf.YieldOp(b.binary(xarith.AndIOp, waiting, b.compare("ne", seen, old))))
    b.pop()
    b.append(scf.WhileOp([pending], [pending.type], Region(before), Region(after)))


def _any(b: Builder, condition: SSAValue) -> SSAValue:
    """Whether a condition holds anywhere in the tile."""
    value = b.cast(arith.ExtUIOp, condition, i32)
    while shape_of(value.type):
        op = tt.ReduceOp([value], 0)
        fill_region(op.combine_op.block, tt.ReduceReturnOp, lambda inner, x, y: combine(inner, "any", False, x, y))
        value = b.append(op).results[0]
    return b.compare("ne", value, b.constant(0, i32))
