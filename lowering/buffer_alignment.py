"""How pointers into buffers are aligned: what GPU kernels may assume, and what the host program sees to.

Memory that is allocated is aligned to more than `ALIGNMENT_BYTES`. Arguments of the program come from the caller and
may start anywhere: the host program copies those that do not start at a multiple of it (`realigned_arguments`), which
does not happen to arguments that the program writes to. Views start somewhere inside of their buffer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import BlockArgument, OpResult, SSAValue

from fxopt.dialects.aten.facts import may_alias_operands
from fxopt.dialects.aten.ops import OPS
from fxopt.dialects.fx import ops as fx
from fxopt.dialects.rt import ops as rt
from fxopt.ir.fx_args import Ref
from fxopt.ir.symbolic import IntExpr
from fxopt.ir.types import TensorType

ALIGNMENT_BYTES = 16


def gpu_launches(program: rt.FuncOp) -> Iterator[rt.LaunchOp]:
    """The launches of kernels on GPUs."""
    for op in program.body.block.ops:
        if isinstance(op, rt.LaunchOp) and any(_on_gpu(buffer) for buffer in op.buffers):
            yield op


def _on_gpu(value: SSAValue) -> bool:
    return isinstance(value.type, TensorType) and value.type.device.startswith("cuda")


def realigned_arguments(program: rt.FuncOp) -> list[SSAValue]:
    """The arguments that GPU kernels read directly and nothing writes, in order."""
    used = {buffer for launch in gpu_launches(program) for buffer in launch.buffers}
    written = _written(program)
    return [arg for arg in program.body.block.args if arg in used and arg not in written and _on_gpu(arg)]


def _written(program: rt.FuncOp) -> set[SSAValue]:
    """Roots of what kernels, copies, keywords (`out=`), operators in place and unknown operators may write to."""
    result: set[SSAValue] = set()
    for op in program.body.block.ops:
        if isinstance(op, rt.ExternOp) and op.target is not None:
            if op.target.data not in OPS and not op.target.data.endswith(".out"):
                result |= {_root(operand) for operand in op.operands}
            elif op.operands and op.target.data.rpartition(".")[0].endswith("_"):
                result.add(_root(op.operands[0]))
            result |= {_root(op.operands[ref.index]) for _, ref in op.template.kwargs if isinstance(ref, Ref)}
        elif isinstance(op, rt.LaunchOp):
            result |= {_root(buffer) for buffer in op.outputs}
        elif isinstance(op, rt.CopyOp):
            result.add(_root(op.destination))
    return result


def _root(value: SSAValue) -> SSAValue:
    while isinstance(value, OpResult) and isinstance(value.op, rt.ViewOp):
        value = value.op.source
    return value


def kernel_alignments(module: ModuleOp) -> dict[str, list[int]]:
    """Kernel -> for each argument the bytes that its pointer is a multiple of in every launch."""
    result: dict[str, list[int]] = {}
    for program in module.body.block.ops:
        if not isinstance(program, rt.FuncOp):
            continue
        realigned = set(realigned_arguments(program))
        for launch in gpu_launches(program):
            name = launch.kernel.string_value()
            found = [_alignment(buffer, realigned) for buffer in launch.buffers]
            known = result.get(name, found)
            result[name] = [math.gcd(a, b) for a, b in zip(known, found, strict=True)]
    return result


def _alignment(value: SSAValue, realigned: set[SSAValue]) -> int:
    if isinstance(value, BlockArgument):
        return ALIGNMENT_BYTES if value in realigned else 1
    assert isinstance(value, OpResult)
    op = value.op
    if isinstance(op, rt.AllocOp | fx.GetAttrOp):
        return ALIGNMENT_BYTES
    if isinstance(op, rt.ReuseOp):
        # The storage itself: where the host program copied an argument, it is not the copy's.
        return 1 if isinstance(op.source, BlockArgument) else _alignment(op.source, realigned)
    if isinstance(op, rt.ViewOp) and isinstance(value.type, TensorType):
        # The host program passes the address of a view of the original, also where it copied the argument.
        inside = 1 if isinstance(op.source, BlockArgument) else _alignment(op.source, realigned)
        return math.gcd(inside, _divisor(op.offset.data) * value.type.item_size_bytes)
    if isinstance(op, rt.ExternOp) and op.target is not None and not may_alias_operands(op.target.data):
        return ALIGNMENT_BYTES
    if isinstance(op, fx.GetItemOp):
        return _alignment(op.operands[0], realigned)
    return 1


def _divisor(expr: IntExpr) -> int:
    """A number that divides the expression; 0 for zero."""
    if isinstance(expr, int):
        return expr
    return math.gcd(expr.const, *(coeff for _, coeff in expr.terms))
