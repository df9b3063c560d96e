"""`loop.store add` and the like: how a tile is combined atomically with memory."""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.dialects.builtin import IntegerType
from xdsl.ir import SSAValue

from fxopt.dialects.tt.attrs import MemSemantic, RMWOp, bit_width, element_type_of
from fxopt.dialects.tt.ops import AtomicRMWOp
from fxopt.lowering.loop_to_tt.builder import Builder

# mode -> (signed, unsigned)
_INTEGER_MODES: Mapping[str, tuple[RMWOp, RMWOp]] = {
    "add": (RMWOp.ADD, RMWOp.ADD),
    "max": (RMWOp.MAX, RMWOp.UMAX),
    "min": (RMWOp.MIN, RMWOp.UMIN),
}


def atomic_update(
    b: Builder, mode: str, unsigned: bool, pointer: SSAValue, value: SSAValue, mask: SSAValue | None
) -> AtomicRMWOp | None:
    """The op that combines `value` with memory, or `None` where the hardware has none for the mode and type."""
    element = element_type_of(value.type)
    if isinstance(element, IntegerType):
        if mode not in _INTEGER_MODES or bit_width(element) < 32:
            return None
        kind = _INTEGER_MODES[mode][unsigned]
    elif mode == "add":
        kind = RMWOp.FADD
    else:
        return None
    return AtomicRMWOp(kind, pointer, value, mask, sem=MemSemantic.RELAXED)
