"""The dependence graph of one block: its operations as units in a valid order, and moves that keep the order valid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from xdsl.ir import Block, Operation, SSAValue
from xdsl.traits import IsolatedFromAbove, IsTerminator, Pure

from fxopt.dialects.aten.ops import OPS
from fxopt.dialects.fx.ops import CallPythonOp, GetItemOp
from fxopt.dialects.loop.ops import ExternOp, ViewOp
from fxopt.ir.symbolic import IntExpr
from fxopt.ir.types import SymType, TensorType

MAX_SPAN = 4000
"""Units further apart than this are not brought together: it bounds the work of one move."""


class Unit:
    """An operation of the block, or several nests that are one now.

    `reads` are the values it uses, with views looked through; `before` are units that must come earlier for their
    effects, not their results.
    """

    def __init__(self, op: Operation, position: int) -> None:
        self.op = op
        self.position = position
        self.reads: dict[SSAValue, None] = {}
        self.before: dict[Unit, None] = {}
        self.merged_into: Unit | None = None


def resolve(unit: Unit) -> Unit:
    """The unit that `unit` is part of now."""
    while unit.merged_into is not None:
        unit = unit.merged_into
    return unit


def is_floating(op: Operation) -> bool:
    """Views and tuple elements cost nothing: they go wherever their users are."""
    return isinstance(op, ViewOp | GetItemOp)


def look_through(value: SSAValue) -> tuple[SSAValue, IntExpr]:
    """The value whose elements `value` shows, and the offset in elements; views to another dtype are not entered."""
    offset: IntExpr = 0
    while isinstance(view := value.owner, ViewOp):
        source, shown = view.source.type, view.result.type
        if not isinstance(source, TensorType) or not isinstance(shown, TensorType) or source.dtype != shown.dtype:
            break
        offset = offset + view.offset.data
        value = view.source
    return value, offset


def roots_of(value: SSAValue) -> Iterator[SSAValue]:
    """What `look_through` gives, and beyond views to another dtype again."""
    while True:
        value = look_through(value)[0]
        yield value
        if not isinstance(view := value.owner, ViewOp):
            return
        value = view.source


def storage_of(value: SSAValue) -> SSAValue:
    """The value that owns the storage of `value`, through every view."""
    while isinstance(view := value.owner, ViewOp):
        value = view.source
    return value


class Effect(Enum):
    """What an operation does besides computing its results."""

    NONE = "none"
    ORDER = "order"
    """It must keep its place among others with effects: it draws random numbers."""
    WRITE = "write"
    """It may write to its operands, and keeps its place."""


def effect_of(op: Operation) -> Effect:
    """The effect of an operation of a graph; of operators that nothing is known of, the worst."""
    if op.has_trait(Pure) or op.has_trait(IsTerminator):
        return Effect.NONE
    if isinstance(op, CallPythonOp):
        sizes_only = all(isinstance(value.type, SymType) for value in (*op.operands, *op.results))
        return Effect.NONE if sizes_only else Effect.WRITE
    if not isinstance(op, ExternOp) or op.target is None:
        return Effect.WRITE
    known = OPS.get(op.target.data)
    if known is not None:
        if known.RANDOM and not known.INPLACE:
            return Effect.ORDER
        return Effect.NONE if known.PURE else Effect.WRITE
    # ATen names operators that write to their arguments with an underscore at the end, or an `out` overload.
    namespace, _, name = op.target.data.partition(".")
    base, _, overload = name.partition(".")
    pure = namespace in ("aten", "prims") and bool(base) and not base.endswith("_") and "out" not in overload
    return Effect.NONE if pure else Effect.WRITE


@dataclass
class _Touched:
    """Who used the storage of a value since it was last written, and who wrote it."""

    readers: dict[Unit, None] = field(default_factory=dict)
    writer: Unit | None = None


class DependenceGraph:
    """Units of a block in an order that respects all dependences."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.order: list[Unit] = []
        self.producer: dict[SSAValue, Unit] = {}
        self.consumers: dict[SSAValue, dict[Unit, None]] = {}
        self.mutated: set[SSAValue] = set()
        self._floating: list[Operation] = []
        for op in block.ops:
            if is_floating(op):
                self._floating.append(op)
                continue
            unit = Unit(op, len(self.order))
            self.order.append(unit)
            for result in op.results:
                self.producer[result] = unit
        self._read_all()
        self._order_effects()

    def _read_all(self) -> None:
        for unit in self.order:
            for value in _used_values(unit.op):
                for root in roots_of(value):
                    unit.reads[root] = None
                    self.consumers.setdefault(root, {})[unit] = None

    def _order_effects(self) -> None:
        """Operations with effects keep their order, among themselves and with all that use what they may write."""
        touched: dict[SSAValue, _Touched] = {}
        last_effect: Unit | None = None
        for unit in self.order:
            effect = effect_of(unit.op)
            for storage in {alias: None for value in unit.reads for alias in _aliases(value)}:
                state = touched.setdefault(storage, _Touched())
                if state.writer is not None:
                    unit.before[state.writer] = None
                if effect is not Effect.WRITE:
                    state.readers[unit] = None
                else:
                    unit.before.update(state.readers)
                    touched[storage] = _Touched(writer=unit)
                    self.mutated.add(storage)
            if effect is not Effect.NONE:
                if last_effect is not None:
                    unit.before[last_effect] = None
                last_effect = unit

    def producer_of(self, value: SSAValue) -> Unit | None:
        """The unit that makes `value`, through views and tuples; `None` for what comes from outside the block."""
        while isinstance(owner := value.owner, ViewOp | GetItemOp):
            value = owner.operands[0]
        unit = self.producer.get(value)
        return None if unit is None else resolve(unit)

    def users(self, value: SSAValue) -> Iterator[Unit]:
        """The units that use `value` directly or through views of its dtype, each once."""
        return iter({resolve(unit): None for unit in self.consumers.get(value, ())})

    def predecessors(self, unit: Unit) -> Iterator[Unit]:
        """Units that must come before `unit`; repetitions are possible."""
        for value in unit.reads:
            producer = self.producer_of(value)
            if producer is not None:
                yield producer
        for earlier in unit.before:
            yield resolve(earlier)

    def between(self, first: Unit, last: Unit) -> set[Unit] | None:
        """The units after `first` that `last` depends on; `None` if one of them depends on `first`."""
        found: set[Unit] = set()
        stack = [last]
        while stack:
            unit = stack.pop()
            for earlier in self.predecessors(unit):
                if earlier is first:
                    if unit is not last:
                        return None
                elif earlier.position > first.position and earlier not in found:
                    found.add(earlier)
                    stack.append(earlier)
        return found

    def can_join(self, first: Unit, last: Unit) -> bool:
        """Whether `first` and `last` can take place at once: nothing depends on `first` and feeds `last`."""
        return last.position - first.position <= MAX_SPAN and self.between(first, last) is not None

    def join(self, first: Unit, last: Unit) -> None:
        """Makes `last` a part of `first`, and moves what `last` depends on before both."""
        needed = self.between(first, last)
        assert needed is not None, "join of units that cannot be joined"
        start, end = first.position, last.position
        region = self.order[start : end + 1]
        moved = [unit for unit in region if unit in needed]
        kept = [unit for unit in region if unit not in needed and unit is not first and unit is not last]
        # `last` stays as a tombstone, so that nothing behind it has to move up.
        self.order[start : end + 1] = [*moved, first, *kept, last]
        for position in range(start, end + 1):
            self.order[position].position = position
        last.merged_into = first
        first.before.update(last.before)
        first.before.pop(first, None)

    def replace_reads(self, unit: Unit, reads: Iterable[SSAValue]) -> None:
        """Declares what `unit` reads now."""
        new = dict.fromkeys(reads)
        for value in unit.reads:
            if value not in new:
                self.consumers[value].pop(unit, None)
        for value in new:
            self.consumers.setdefault(value, {})[unit] = None
        unit.reads = new

    def place(self, order: Iterable[Operation]) -> None:
        """Puts the operations into the block in this order, each view and tuple element before its first user."""
        block = self.block
        for op in list(block.ops):
            op.detach()
        placed: set[Operation] = set()
        for op in order:
            for value in _used_values(op):
                self._place_floating(value.owner, placed)
            block.add_op(op)
        for op in reversed(self._floating):
            if op not in placed:
                # What has users has them in the block, so it is placed: this one has none.
                op.erase()

    def _place_floating(self, op: object, placed: set[Operation]) -> None:
        if not isinstance(op, Operation) or not is_floating(op) or op in placed or op.parent is not None:
            return
        placed.add(op)
        for operand in op.operands:
            self._place_floating(operand.owner, placed)
        self.block.add_op(op)


def _used_values(op: Operation) -> Iterator[SSAValue]:
    """Operands of `op` and of what its regions hold, as far as these capture values from outside."""
    yield from op.operands
    if op.has_trait(IsolatedFromAbove):
        return
    for region in op.regions:
        for block in region.blocks:
            for inner in block.ops:
                for value in _used_values(inner):
                    if _is_outside(value, op):
                        yield value


def _is_outside(value: SSAValue, op: Operation) -> bool:
    owner = value.owner
    block = owner.parent if isinstance(owner, Operation) else owner
    while block is not None:
        parent = block.parent_op()
        if parent is op:
            return False
        block = parent.parent if parent is not None else None
    return True


def _aliases(value: SSAValue) -> Iterator[SSAValue]:
    """Values whose storage `value` may share: its own owner's, and what the operator that made it was given."""
    stack, seen = [value], set[SSAValue]()
    while stack:
        storage = storage_of(stack.pop())
        if storage in seen:
            continue
        seen.add(storage)
        yield storage
        owner = storage.owner
        if isinstance(owner, GetItemOp):
            stack.append(owner.operands[0])
        elif isinstance(owner, ExternOp) and not _makes_fresh(owner):
            stack.extend(owner.operands)


def _makes_fresh(op: ExternOp) -> bool:
    """Whether the results certainly own their storage: true of ATen's functional kernels that `reason` names."""
    return "reason" in op.attributes and effect_of(op) is Effect.NONE
