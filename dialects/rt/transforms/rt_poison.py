"""`rt-poison`: memory holds NaN before its first use and after its last, so that wrong plans give wrong results.

```
%a = rt.alloc : T                                 %a = rt.alloc : T
                                                  rt.extern "aten.fill_.Scalar"(%a, float("nan"))
rt.launch @k(%x, %a) outputs 1 : T, T             rt.launch @k(%x, %a) outputs 1 : T, T
                                                  rt.extern "aten.fill_.Scalar"(%a, float("nan"))
rt.free %a : T                                    rt.free %a : T
```
For debugging, and for tests of `rt-plan-memory`, after which it runs. Integers get their least value, bools true. What
is freed as a view, as an operator's result or as an argument may have other owners, and is left as it is; so is a
buffer that is reused in place.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import builtin
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass

from fxopt.dialects.aten.facts import may_alias_operands
from fxopt.dialects.rt import ops as rt
from fxopt.ir.fx_args import CallArgs, Ref
from fxopt.ir.types import DTYPES, TensorType


@dataclass(frozen=True)
class RtPoisonPass(ModulePass):
    """Fills buffers with NaN before their first use and after their last; for debugging."""

    name = "rt-poison"

    def apply(self, ctx: Context, op: builtin.ModuleOp) -> None:
        for program in op.body.ops:
            if isinstance(program, rt.FuncOp):
                _poison(program)


def _poison(program: rt.FuncOp) -> None:
    block = program.body.block
    shared = {operand for op in block.ops if _may_share(op) for operand in op.operands}
    for op in list(block.ops):
        if isinstance(op, rt.AllocOp) or (isinstance(op, rt.ReuseOp) and not _is_read_first(op.result)):
            block.insert_op_after(_fill(op.result), op)
        elif isinstance(op, rt.FreeOp) and isinstance(op.buffer.owner, rt.AllocOp | rt.ReuseOp):
            if op.buffer not in shared:
                block.insert_op_before(_fill(op.buffer), op)


def _may_share(op: Operation) -> bool:
    """Whether a result of the operation may have the storage of an operand."""
    if isinstance(op, rt.ExternOp):
        return bool(op.results) and op.target is not None and may_alias_operands(op.target.data)
    return isinstance(op, rt.ViewOp)


def _is_read_first(buffer: SSAValue) -> bool:
    """Whether the first operation that uses the buffer reads what its storage held before: reuse in place."""
    users = {use.operation for use in buffer.uses}
    op = buffer.owner.next_op if isinstance(buffer.owner, rt.ReuseOp) else None
    while op is not None and op not in users:
        op = op.next_op
    return isinstance(op, rt.LaunchOp) and list(op.buffers).count(buffer) > 1


def _fill(buffer: SSAValue) -> rt.ExternOp:
    assert isinstance(buffer.type, TensorType)
    dtype = DTYPES[buffer.type.dtype]
    value: float | int | bool = float("nan")
    if dtype.category == "bool":
        value = True
    elif dtype.category == "int":
        value = -(2 ** (8 * dtype.size_bytes - 1)) if dtype.signed else 2 ** (8 * dtype.size_bytes - 1)
    return rt.ExternOp.build_call(CallArgs((Ref(0), value)), [buffer], (), target="aten.fill_.Scalar")
