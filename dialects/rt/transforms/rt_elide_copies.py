"""`rt-elide-copies`: a result that is copied into an argument is computed there.

```
%b = rt.alloc : T
rt.launch @add_one(%x, %b) outputs 1 : T, T            rt.launch @add_one(%x, %x) outputs 1 : T, T
%c = rt.extern "aten.copy_.default"(%x, %b) : T
rt.return((%c,))                                       rt.return((%x,))
```
An in-place operation on an argument arrives as a computation and an `aten.copy_` at the end. The buffer in between goes
away if: both have the same layout, without overlaps; nothing reads the argument between the computation and the copy;
the computation itself reads it at most where it then writes (`may_write_over`); and the argument is written only once.
A kernel that checks indices must not overwrite what eager would not: where it only writes some elements of the argument
(its output starts as a copy), these stores are made to depend on the checks; otherwise the copy stays.
Needs `convert-loop-to-rt`; comes before `rt-plan-memory`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import arith, builtin
from xdsl.ir import Block, BlockArgument, Operation, SSAValue
from xdsl.passes import ModulePass

from fxopt.dialects.aten.facts import may_alias_operands
from fxopt.dialects.fx import ops as fx
from fxopt.dialects.loop import ops as loop
from fxopt.dialects.rt import ops as rt
from fxopt.dialects.rt.in_place import has_distinct_places, may_write_over
from fxopt.ir.fx_args import Ref
from fxopt.ir.types import TensorType


@dataclass(frozen=True)
class RtElideCopiesPass(ModulePass):
    """Computes results in the arguments that they are copied into."""

    name = "rt-elide-copies"

    def apply(self, ctx: Context, op: builtin.ModuleOp) -> None:
        kernels = {k.sym_name.data: k for k in op.body.ops if isinstance(k, loop.KernelOp)}
        for program in op.body.ops:
            if isinstance(program, rt.FuncOp):
                _Eliminator(program, kernels).run()


class _Eliminator:
    """Works on one program."""

    def __init__(self, program: rt.FuncOp, kernels: dict[str, loop.KernelOp]) -> None:
        self.block = program.body.block
        self.kernels = kernels
        self.aliases = _alias_sets(self.block)
        self.writes = Counter(arg for op in self.block.ops for arg in self._written(op))

    def run(self) -> None:
        for op in list(self.block.ops):
            if isinstance(op, rt.ExternOp) and _is_copy(op):
                self._try_to_elide(op)

    def _arguments_behind(self, values: Iterable[SSAValue]) -> frozenset[SSAValue]:
        return frozenset[SSAValue]().union(*(self.aliases.get(value, ()) for value in values))

    def _written(self, op: Operation) -> frozenset[SSAValue]:
        """The arguments that an operation may write to."""
        if isinstance(op, rt.LaunchOp):
            return self._arguments_behind(op.outputs)
        if isinstance(op, rt.CopyOp):
            return self._arguments_behind((op.destination,))
        if not isinstance(op, rt.ExternOp) or _only_reads(op):
            return frozenset()
        return self._arguments_behind(op.operands[:1] if _is_copy(op) else op.operands)

    def _try_to_elide(self, copy: rt.ExternOp) -> None:
        argument, buffer = copy.operands
        if not (
            isinstance(argument, BlockArgument)
            and isinstance(buffer.owner, rt.AllocOp)
            and isinstance(argument.type, TensorType)
            and argument.type == buffer.type
            and has_distinct_places(argument.type)
            and self.writes[argument] == 1
        ):
            return
        writer, start = self._find_writer(buffer, copy)
        if writer is None or not self._may_fill(writer, argument, buffer, start):
            return
        if any(argument in self._arguments_behind(op.operands) for op in _between(writer, copy)):
            return
        for op in (copy, start):
            if op is not None:
                for result in op.results:
                    result.replace_all_uses_with(argument)
                self.block.erase_op(op)
        alloc = buffer.owner
        buffer.replace_all_uses_with(argument)
        self.block.erase_op(alloc)

    def _find_writer(self, buffer: SSAValue, copy: rt.ExternOp) -> tuple[Operation | None, rt.CopyOp | None]:
        """The operation that fills `buffer`, and the copy that it starts from; no writer if others may write there.

        Other users must only read: the caller must not get the buffer, nor a view of it, beside the argument.
        """
        writer: Operation | None = None
        start: rt.CopyOp | None = None
        for user in {use.operation for use in buffer.uses}:
            if isinstance(user, rt.CopyOp) and user.destination is buffer and start is None:
                start = user
            elif _fills(user, buffer):
                if writer is not None:
                    return None, None
                writer = user
            elif user is not copy and not isinstance(user, rt.LaunchOp) and not _only_reads(user):
                return None, None
        return writer, start

    def _may_fill(self, writer: Operation, argument: SSAValue, buffer: SSAValue, start: rt.CopyOp | None) -> bool:
        """Whether the operation that fills `buffer` may fill `argument` instead, as far as it reads that itself."""
        operands = list(writer.operands)
        readers = [i for i, value in enumerate(operands) if argument in self.aliases.get(value, ())]
        if not isinstance(writer, rt.LaunchOp):
            return start is None and not readers
        kernel = self.kernels.get(writer.kernel.string_value())
        if kernel is None or operands.count(buffer) != 1:
            return False
        output = operands.index(buffer)
        init = kernel.inits[output - len(kernel.input_args)]
        if (start is None) != (init < 0) or (start is not None and start.source is not argument):
            return False
        if not all(operands[i] is argument and may_write_over(kernel, i, output) for i in readers):
            return False
        checks = [op for op in kernel.block.ops if isinstance(op, loop.CheckOp)]
        return not checks or (start is not None and _guard_stores(kernel, kernel.block.args[output], checks))


def _guard_stores(kernel: loop.KernelOp, output: SSAValue, checks: list[loop.CheckOp]) -> bool:
    """Makes the stores to `output` depend on all checks; false, and nothing done, where that cannot be said."""
    stores = [use.operation for use in output.uses if isinstance(use.operation, loop.StoreOp)]
    if kernel.domain.reduced or not all(check.is_before_in_block(store) for store in stores for check in checks):
        return False
    for store in stores:
        mask = store.mask
        for check in checks:
            if mask is None:
                mask = check.condition
            elif mask is not check.condition:
                both = arith.AndIOp(mask, check.condition)
                kernel.block.insert_op_before(both, store)
                mask = both.result
        guarded = loop.StoreOp(store.value, store.buffer, store.index.data, store.indirect, mask, store.mode)
        guarded.attributes.update(store.attributes)
        kernel.block.insert_op_before(guarded, store)
        kernel.block.erase_op(store)
    return True


def _alias_sets(block: Block) -> dict[SSAValue, frozenset[SSAValue]]:
    """Value → the arguments whose storage it may be."""
    aliases: dict[SSAValue, frozenset[SSAValue]] = {arg: frozenset((arg,)) for arg in block.args}
    for op in block.ops:
        shares = isinstance(op, rt.ViewOp | fx.GetItemOp) or (
            isinstance(op, rt.ExternOp) and op.target is not None and may_alias_operands(op.target.data)
        )
        if shares:
            union = frozenset[SSAValue]().union(*(aliases.get(operand, ()) for operand in op.operands))
            aliases.update((result, union) for result in op.results if union)
    return aliases


def _between(first: Operation, last: Operation) -> Iterator[Operation]:
    op = first.next_op
    while op is not None and op is not last:
        yield op
        op = op.next_op


def _is_copy(op: rt.ExternOp) -> bool:
    return (
        op.target is not None
        and op.target.data == "aten.copy_.default"
        and len(op.operands) == 2
        and op.template.args[:2] == (Ref(0), Ref(1))
    )


def _fills(op: Operation, buffer: SSAValue) -> bool:
    """Whether the operation writes `buffer` as one of its outputs."""
    if isinstance(op, rt.LaunchOp):
        return buffer in op.outputs
    return isinstance(op, rt.ExternOp) and _has_out(op) and op.operands[-1] is buffer


def _has_out(op: rt.ExternOp) -> bool:
    return not op.results and ("out", Ref(len(op.operands) - 1)) in op.template.kwargs


def _only_reads(op: Operation) -> bool:
    """Whether the call neither writes its operands, but for `out=`, nor gives out an alias of them."""
    if not isinstance(op, rt.ExternOp) or op.target is None:
        return False
    return _has_out(op) or not may_alias_operands(op.target.data)
