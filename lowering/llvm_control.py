"""How `scf` ops, `cpu.check`, calls and returns become basic blocks: a table from op name to function."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.dialects import func, scf
from xdsl.ir import Block, Operation, SSAValue

from fxopt.dialects.cpu.ops import CheckOp
from fxopt.ir.errors import PassError
from fxopt.lowering.llvm_arith import TABLE as ARITH_TABLE
from fxopt.lowering.llvm_memory import TABLE as MEMORY_TABLE
from fxopt.lowering.llvm_scope import Scope, convert_type
from fxopt.lowering.llvm_text import Reg


def emit_block(s: Scope, block: Block) -> Operation:
    """Emits the ops of a block up to its terminator, which is returned."""
    op = block.first_op
    assert op is not None
    while op.next_op is not None:
        emit_op(s, op)
        op = op.next_op
    return op


def emit_op(s: Scope, op: Operation) -> None:
    """Emits one op that is not a terminator."""
    emit = TABLE.get(op.name)
    if emit is None:
        raise PassError(f"emit-llvm: no LLVM form for {op.name}", where=_where(op))
    emit(s, op)


def _where(op: Operation) -> str:
    parent = op.parent_op()
    while parent is not None and not isinstance(parent, func.FuncOp):
        parent = parent.parent_op()
    return f"@{parent.sym_name.data}" if parent is not None else str(op)


class _Phis:
    """Phis at the head of the current block, whose back edge is filled in once the loop's body is written."""

    def __init__(self, s: Scope, targets: Sequence[SSAValue], initial: Sequence[Reg], before: str) -> None:
        self.w = s.w
        self.first_line = len(s.w.lines)
        self.regs: list[Reg] = []
        for target, start in zip(targets, initial, strict=True):
            reg = Reg(s.w, s.w.fresh(), convert_type(target.type))
            s.w.line(f"{reg} = phi {reg.type} [ {start}, %{before} ]")
            s.values[target] = reg
            self.regs.append(reg)

    def close(self, values: Sequence[Reg], latch: str) -> None:
        """Adds the values that come from the block `latch`."""
        for offset, value in enumerate(values):
            self.w.lines[self.first_line + offset] += f", [ {value}, %{latch} ]"


def _for(s: Scope, op: Operation) -> None:
    assert isinstance(op, scf.ForOp)
    w, body = s.w, op.body.block
    head, loop, end = w.labels("for.head", "for.body", "for.end")
    upper, step = s.value(op.ub), s.value(op.step)
    initial = [s.value(op.lb), *(s.value(arg) for arg in op.iter_args)]
    before = w.block
    w.branch(head)
    w.start_block(head)
    phis = _Phis(s, body.args, initial, before)
    induction = phis.regs[0]
    w.branch_if(w.icmp("slt", induction, upper), loop, end)
    w.start_block(loop)
    yielded = s.args(emit_block(s, body))
    following = w.binary("add nsw", induction, step)
    phis.close([following, *yielded], w.block)
    w.branch(head)
    w.start_block(end)
    for result, reg in zip(op.res, phis.regs[1:], strict=True):
        s.values[result] = reg


def _while(s: Scope, op: Operation) -> None:
    assert isinstance(op, scf.WhileOp)
    w = s.w
    head, loop, end = w.labels("while.head", "while.body", "while.end")
    before = w.block
    initial = [s.value(arg) for arg in op.arguments]
    w.branch(head)
    w.start_block(head)
    phis = _Phis(s, op.before_region.block.args, initial, before)
    condition, *forwarded = s.args(emit_block(s, op.before_region.block))
    w.branch_if(condition, loop, end)
    w.start_block(loop)
    for target, reg in zip(op.after_region.block.args, forwarded, strict=True):
        s.values[target] = reg
    phis.close(s.args(emit_block(s, op.after_region.block)), w.block)
    w.branch(head)
    w.start_block(end)
    for result, reg in zip(op.res, forwarded, strict=True):
        s.values[result] = reg


def _if(s: Scope, op: Operation) -> None:
    assert isinstance(op, scf.IfOp)
    w = s.w
    then, otherwise, end = w.labels("if.then", "if.else", "if.end")
    has_else = bool(op.false_region.blocks)
    before = w.block
    w.branch_if(s.value(op.cond), then, otherwise if has_else else end)
    edges = [_branch_of_if(s, op.true_region.block, then, end)]
    if has_else:
        edges.append(_branch_of_if(s, op.false_region.block, otherwise, end))
    elif op.results:
        raise PassError("emit-llvm: scf.if with results has no else region", where=_where(op))
    else:
        edges.append(([], before))
    w.start_block(end)
    for index, result in enumerate(op.results):
        type_ = convert_type(result.type)
        incoming = ", ".join(f"[ {values[index]}, %{block} ]" for values, block in edges)
        s.values[result] = w.emit(f"phi {type_} {incoming}", type_)


def _branch_of_if(s: Scope, block: Block, label: str, end: str) -> tuple[list[Reg], str]:
    s.w.start_block(label)
    yielded = s.args(emit_block(s, block)) if block.first_op is not None else []
    last = s.w.block
    s.w.branch(end)
    return yielded, last


def _check(s: Scope, op: Operation) -> None:
    """Branches to a cold block at the end of the function that reports the id and leaves."""
    assert isinstance(op, CheckOp)
    w = s.w
    if not s.is_kernel:
        raise PassError("emit-llvm: cpu.check needs a kernel, a function without results", where=_where(op))
    passed, failed = w.labels("check.ok", "check.fail")
    w.branch_if(w.all_lanes(s.value(op.ok)), passed, failed, ", !prof !1")
    status = op.id.value.data
    if s.status is None:
        w.tail += [f"{failed}:", f"  ret i32 {status}"]
    else:
        w.tail += [
            f"{failed}:",
            f"  store atomic i32 {status}, ptr {s.status} monotonic, align 4",
            "  ret void",
        ]
    w.start_block(passed)


def _call(s: Scope, op: Operation) -> None:
    assert isinstance(op, func.CallOp)
    if len(op.results) != 1:
        raise PassError("emit-llvm: func.call calls functions with one result", where=_where(op))
    result = s.result_type(op)
    args = ", ".join(arg.typed for arg in s.args(op))
    s.define(op, s.w.emit(f"call {result} @{op.callee.string_value()}({args})", result))


TABLE: dict[str, Callable[[Scope, Operation], None]] = {
    **ARITH_TABLE,
    **MEMORY_TABLE,
    "cpu.check": _check,
    "func.call": _call,
    "scf.for": _for,
    "scf.if": _if,
    "scf.while": _while,
}
