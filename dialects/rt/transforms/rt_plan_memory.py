"""`rt-plan-memory`: frees buffers after their last use and lets new ones take dead ones' storage.

```
%a = rt.alloc : T                                 %a = rt.alloc : T
rt.launch @k0(%x, %a) outputs 1 : T, T            rt.launch @k0(%x, %a) outputs 1 : T, T
%b = rt.alloc : T                                 %b = rt.reuse %a : T -> T
rt.launch @k1(%a, %b) outputs 1 : T, T            rt.launch @k1(%a, %b) outputs 1 : T, T
rt.extern "aten.mm.out"(%b, %w, out=%c)           rt.extern "aten.mm.out"(%b, %w, out=%c)
                                                  rt.free %b : T
rt.return((%c,))                                  rt.return((%c,))
```
A value is freed after its last use: `rt.free` drops the program's hold on it, and storage goes away with the last value
that has it. A buffer's storage may be reused once nothing uses it, a view of it, or an operator result that may alias
it; what the program returns lives on. Reuse in place (`@k1` above) needs a pointwise kernel that reads the dying input
at just the element that it then writes, or an output that starts as a copy of the dying input: the copy goes away.
Other reuse takes a buffer that died before, if keeping it until then does not raise the peak. Arguments are freed only
in a program that owns them (attribute `owns_arguments`, as a backward graph has): others' are the caller's.
Needs `convert-loop-to-rt`; after it every value that is not returned is freed or reused exactly once.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate

from xdsl.context import Context
from xdsl.dialects import builtin
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass

from fxopt.dialects.aten.facts import may_alias_operands
from fxopt.dialects.fx import ops as fx
from fxopt.dialects.loop import ops as loop
from fxopt.dialects.rt import ops as rt
from fxopt.dialects.rt.in_place import may_write_over
from fxopt.ir.symbolic import Expr, IntExpr, evaluate, free_vars
from fxopt.ir.types import DTYPES, TensorType

_Key = tuple[str, str, IntExpr]
_MAKES_TENSORS = (rt.AllocOp, rt.ViewOp, rt.ExternOp, fx.GetItemOp)
_NOMINAL_SIZE = 64


@dataclass(frozen=True)
class RtPlanMemoryPass(ModulePass):
    """Frees buffers after their last use; reuses dead storage, in place where a kernel allows it."""

    name = "rt-plan-memory"

    reuse: bool = True
    """Give dead storage to new buffers of the same dtype, device and size."""
    in_place: bool = True
    """Let a pointwise kernel write over an input that dies in it."""

    def apply(self, ctx: Context, op: builtin.ModuleOp) -> None:
        kernels = {k.sym_name.data: k for k in op.body.ops if isinstance(k, loop.KernelOp)}
        for program in op.body.ops:
            if isinstance(program, rt.FuncOp):
                _Planner(program, kernels, self).run()


class _Planner:
    """Plans one program; positions are indices into the list of its operations."""

    def __init__(self, program: rt.FuncOp, kernels: dict[str, loop.KernelOp], options: RtPlanMemoryPass) -> None:
        self.block = program.body.block
        self.owns_arguments = rt.OWNS_ARGUMENTS in program.attributes
        self.kernels = kernels
        self.options = options
        self.ops = list(self.block.ops)
        self.owners: dict[SSAValue, frozenset[SSAValue]] = {}
        """Value → the buffers whose storage it may be."""
        self.last_use: dict[SSAValue, int] = {}
        """Value → position of the last operation that takes it, -1 for an argument that none takes."""
        self.death: dict[SSAValue, int] = {}
        """Buffer → position of the last use of its storage; absent for storage that the program returns."""
        self.live_bytes: list[int] = []

    def run(self) -> None:
        self._find_lifetimes()
        self._measure()
        source_of = self._choose_sources()
        self._insert_frees(frozenset(source_of.values()))
        self._insert_reuses(source_of)

    # ---- lifetimes

    def _find_lifetimes(self) -> None:
        if self.owns_arguments:
            self.last_use.update((arg, -1) for arg in self.block.args if isinstance(arg.type, TensorType))
        for position, op in enumerate(self.ops):
            for operand in op.operands:
                if operand in self.last_use:
                    self.last_use[operand] = position
                for buffer in self.owners.get(operand, ()):
                    self.death[buffer] = position
            for result in op.results:
                self.owners[result] = self._owners_of_result(op, result)
                if isinstance(op, _MAKES_TENSORS) and result.first_use is not None:
                    self.last_use[result] = position
                self.death.setdefault(result, position)
        last = self.ops[-1]
        for value in last.operands:
            for buffer in self.owners.get(value, ()):
                self.death.pop(buffer, None)

    def _owners_of_result(self, op: Operation, result: SSAValue) -> frozenset[SSAValue]:
        if isinstance(op, rt.ViewOp | fx.GetItemOp):
            return self.owners.get(op.operands[0], frozenset())
        if _is_ours(result):
            return frozenset((result,))
        if isinstance(op, rt.ExternOp) and op.target is not None and may_alias_operands(op.target.data):
            return frozenset[SSAValue]().union(*(self.owners.get(operand, ()) for operand in op.operands))
        return frozenset()

    def _measure(self) -> None:
        """Bytes alive at each position when everything is freed at its last use."""
        change = [0] * (len(self.ops) + 2)
        for position, op in enumerate(self.ops):
            for buffer in filter(_is_ours, op.results):
                size = _size_bytes(buffer)
                change[position] += size
                change[self.death.get(buffer, len(self.ops)) + 1] -= size
        self.live_bytes = list(accumulate(change))

    # ---- choosing

    def _choose_sources(self) -> dict[SSAValue, SSAValue]:
        """New buffer → dead buffer whose storage it takes."""
        source_of: dict[SSAValue, SSAValue] = {}
        if not self.options.reuse:
            return source_of
        dying: dict[int, list[SSAValue]] = defaultdict(list)
        for buffer, position in self.death.items():
            if _is_ours(buffer):
                dying[position].append(buffer)
        dead: dict[_Key, list[SSAValue]] = defaultdict(list)
        taken: set[SSAValue] = set()
        peak = max(self.live_bytes)
        for position, op in enumerate(self.ops):
            if isinstance(op, rt.AllocOp):
                source = self._dying_input(position, taken) if self.options.in_place else None
                if source is None:
                    source = self._take_dead(dead[_key(op.result)], position, peak)
                if source is not None:
                    source_of[op.result] = source
                    taken.add(source)
            for buffer in dying.get(position, ()):
                if buffer not in taken:
                    dead[_key(buffer)].append(buffer)
        return source_of

    def _take_dead(self, waiting: list[SSAValue], position: int, peak: int) -> SSAValue | None:
        """The most recently dead buffer, if keeping it alive until `position` leaves the peak where it is."""
        if not waiting:
            return None
        buffer = waiting[-1]
        size = _size_bytes(buffer)
        gap = range(self.death[buffer] + 1, position)
        if any(self.live_bytes[i] + size > peak for i in gap):
            return None
        for i in gap:
            self.live_bytes[i] += size
        return waiting.pop()

    def _dying_input(self, position: int, taken: set[SSAValue]) -> SSAValue | None:
        """An input of the launch that fills the buffer, which dies there and may be written over."""
        buffer = self.ops[position].results[0]
        launch_position = position + 1
        while isinstance(self.ops[launch_position], rt.AllocOp | rt.CopyOp):
            launch_position += 1
        launch = self.ops[launch_position]
        if not isinstance(launch, rt.LaunchOp):
            return None
        kernel = self.kernels[launch.kernel.string_value()]
        operands = list(launch.operands)
        num_inputs = len(operands) - launch.num_outputs
        if buffer not in operands[num_inputs:]:
            return None
        output = operands.index(buffer, num_inputs)
        for index, operand in enumerate(operands[:num_inputs]):
            if (
                _is_ours(operand)
                and self.death.get(operand) == launch_position
                and operand not in taken
                and operands.count(operand) == 1
                and _key(operand) == _key(buffer)
                and not self._viewed_at(operand, launch)
                and not self._copied_as_other_type(operand, buffer, position, launch_position)
                and may_write_over(kernel, index, output)
            ):
                return operand
        return None

    def _viewed_at(self, buffer: SSAValue, launch: rt.LaunchOp) -> bool:
        """Whether the launch also takes another value that may share the buffer's storage."""
        return any(value is not buffer and buffer in self.owners.get(value, ()) for value in launch.operands)

    def _copied_as_other_type(self, source: SSAValue, new: SSAValue, start: int, end: int) -> bool:
        """Whether a copy in between reads `source`, in whose place it would find `new`, of other sizes."""
        return source.type != new.type and any(
            isinstance(op, rt.CopyOp) and op.source is source for op in self.ops[start:end]
        )

    # ---- rewriting

    def _insert_frees(self, reused: frozenset[SSAValue]) -> None:
        dying: dict[int, list[SSAValue]] = defaultdict(list)
        for value, position in self.last_use.items():
            if value not in reused and position != len(self.ops) - 1:
                dying[position].append(value)
        for position, values in dying.items():
            frees = [rt.FreeOp(value) for value in values]
            if position < 0:
                self.block.insert_ops_before(frees, self.ops[0])
            else:
                self.block.insert_ops_after(frees, self.ops[position])

    def _insert_reuses(self, source_of: dict[SSAValue, SSAValue]) -> None:
        order = {op: index for index, op in enumerate(self.ops)}
        taker = {source: new for new, source in source_of.items()}
        for new in list(source_of):
            alloc, source = new.owner, source_of[new]
            assert isinstance(alloc, rt.AllocOp)
            reuse = rt.ReuseOp(source, new.type)
            reuse.location = alloc.location
            reuse.result._name = new._name
            # The launch that writes over its input reads the same buffer.
            for use in tuple(source.uses):
                if order.get(use.operation, -1) > order[alloc]:
                    use.operation.operands[use.index] = reuse.result
            self.block.insert_op_before(reuse, alloc)
            new.replace_all_uses_with(reuse.result)
            self.block.erase_op(alloc)
            self._erase_copy_to_itself(reuse.result)
            # A buffer that is taken in turn is known by its new value.
            if new in taker:
                source_of[taker[new]] = reuse.result

    def _erase_copy_to_itself(self, buffer: SSAValue) -> None:
        """Drops the copy that filled a buffer which has taken its source's place."""
        copies = {use.operation for use in buffer.uses if isinstance(use.operation, rt.CopyOp)}
        for copy in copies:
            if copy.operands[0] is copy.operands[1]:
                self.block.erase_op(copy)


def _is_ours(buffer: SSAValue) -> bool:
    """Whether nothing outside the program can hold the buffer's storage: it was allocated here, or by an operator."""
    owner = buffer.owner
    if isinstance(owner, rt.ExternOp):
        fresh = owner.target is not None and not may_alias_operands(owner.target.data)
        return fresh and isinstance(buffer.type, TensorType)
    return isinstance(owner, rt.AllocOp)


def _key(buffer: SSAValue) -> _Key:
    type_ = buffer.type
    assert isinstance(type_, TensorType)
    return (type_.dtype, type_.device, type_.storage_elems())


def _size_bytes(buffer: SSAValue) -> int:
    """Storage bytes of a buffer; symbols count as `_NOMINAL_SIZE`, so that buffers can be compared."""
    dtype, _, elems = _key(buffer)
    if isinstance(elems, Expr):
        elems = evaluate(elems, dict.fromkeys(free_vars(elems), _NOMINAL_SIZE))
    return elems * DTYPES[dtype].size_bytes
