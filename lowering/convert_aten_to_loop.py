"""convert-aten-to-loop: every ATen call becomes a loop nest, a view, or a call of the operator's own kernel.

```
%1 = aten.relu.default(%0) : !aten.tensor<[8, 4], f32>
%2 = aten.permute.default(%1, [1, 0]) : !aten.tensor<[4, 8], f32, strides=[1, 4]>
%3 = aten.mm.default(%2, %1) : !aten.tensor<[4, 4], f32>
```
becomes
```
%1 = loop.nest (%0) [d0 = 8, d1 = 4] : (…) -> (…) { … }
%2 = loop.view %1 offset [0] : !aten.tensor<[8, 4], f32> -> !aten.tensor<[4, 8], f32, strides=[1, 4]>
%3 = loop.extern "aten.mm.default"(%2, %1) {reason = "gemm"} : !aten.tensor<[4, 4], f32>
```
Needs a functionalised `aten` graph: only `aten.copy_` may mutate. After it no `aten` op is left outside the regions
of `fx.subgraph`. Views become address arithmetic of the loads that read them; a `loop.view` is made only where a
tensor is passed on whole. Functions that a call names as its subgraph are left alone: their kernel runs them.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, UnknownLoc
from xdsl.dialects.func import FuncOp
from xdsl.ir import Block, Operation, OpResult, SSAValue
from xdsl.passes import ModulePass

from fxopt.dialects.fx.ops import CallPythonOp, GetAttrOp, GetItemOp, ReturnOp, SubgraphOp
from fxopt.dialects.loop.ops import ExternOp, ViewOp
from fxopt.ir.errors import PassError
from fxopt.ir.fx_args import Special
from fxopt.ir.fx_call import FxCallOp
from fxopt.lowering.aten_to_loop.builder import Lowered, Lowering
from fxopt.lowering.aten_to_loop.externs import extern_reason
from fxopt.lowering.aten_to_loop.tables import LoweringFn, all_lowerings
from fxopt.lowering.aten_to_loop.tensor_ref import NotLowered, TensorRef

_FORWARDED = (CallPythonOp, GetAttrOp, SubgraphOp, ReturnOp)


def lower_function(func: FuncOp, table: dict[str, LoweringFn]) -> None:
    """Rewrites the body of `func` in place."""
    block = func.body.block
    source = list(block.ops)
    for op in source:
        op.detach()
    low = Lowering(block)
    replaced: list[Operation] = []
    for op in source:
        low.location = None if isinstance(op.location, UnknownLoc) else op.location
        if not isinstance(op, FxCallOp) or isinstance(op, ExternOp):
            _forward_other(low, op)
        elif isinstance(op, GetItemOp):
            if _lower_getitem(low, op):
                replaced.append(op)
        elif isinstance(op, _FORWARDED):
            low.forward(op)
        else:
            _lower_call(low, op, table)
            replaced.append(op)
    for op in reversed(replaced):
        op.erase()
    _erase_unused(block)


def _lower_call(low: Lowering, op: FxCallOp, table: dict[str, LoweringFn]) -> None:
    name = op.target.data if op.target is not None else op.name
    low.origin = name
    function = table.get(name)
    if function is None:
        lowered = low.extern(op, extern_reason(name))
    else:
        try:
            lowered = function(low, op)
        except NotLowered as refusal:
            lowered = low.extern(op, str(refusal))
        except PassError:
            raise
        except Exception as error:  # say which op, whatever went wrong: most often its types contradict one another
            raise PassError(f"{name}: {type(error).__name__}: {error}", op=op) from error
    if op.results:
        low.values[op.results[0]] = lowered
        _keep_name(op.results[0], lowered)


def _keep_name(source: SSAValue, lowered: Lowered) -> None:
    """A value that a lowering made keeps the name of the one it replaces."""
    value = lowered.base if isinstance(lowered, TensorRef) else lowered
    if isinstance(value, OpResult) and value.name_hint is None:
        value.name_hint = source.name_hint


def _lower_getitem(low: Lowering, op: GetItemOp) -> bool:
    """Takes an element of a lowered tuple; false if the tuple is one value, and `op` was moved instead."""
    source = low.values.get(op.operands[0], op.operands[0])
    if isinstance(source, tuple) and not isinstance(source, TensorRef):
        low.values[op.results[0]] = source[op.template.args[1]]
        return True
    low.forward(op)
    return False


def _forward_other(low: Lowering, op: Operation) -> None:
    op.operands = [low.value(operand) for operand in op.operands]
    low.block.add_op(op)


def _erase_unused(block: Block) -> None:
    """Drops views that a refused lowering left, and sizes that only kernels read."""
    for op in reversed(list(block.ops)):
        if isinstance(op, ViewOp) or (isinstance(op, ExternOp) and _is_size(op)):
            if not any(result.uses for result in op.results):
                op.detach()
                op.erase()


def _is_size(op: ExternOp) -> bool:
    return op.target is not None and extern_reason(op.target.data) == "size"


def _subgraph_names(module: ModuleOp) -> set[str]:
    """Functions that some call takes as `graph("name")`."""
    names: set[str] = set()

    def visit(value: object) -> None:
        if isinstance(value, Special):
            if value.kind == "graph":
                names.add(str(value.args[0]))
            for item in value.args:
                visit(item)
        elif isinstance(value, tuple):
            for item in value:
                visit(item)

    for op in module.walk():
        if isinstance(op, FxCallOp):
            template = op.template
            visit((*template.args, *(value for _, value in template.kwargs)))
    return names


def _check_nothing_left(func: FuncOp) -> None:
    left = sorted({op.name for op in func.body.block.ops if op.name.startswith("aten.")})
    if left:
        raise PassError(f"convert-aten-to-loop: left behind in @{func.sym_name.data}: {', '.join(left)}")


@dataclass(frozen=True)
class ConvertAtenToLoopPass(ModulePass):
    """Lowers ATen calls to loop nests, views and extern calls."""

    name = "convert-aten-to-loop"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        table = all_lowerings()
        subgraphs = _subgraph_names(op)
        for func in op.body.block.ops:
            if isinstance(func, FuncOp) and not func.is_declaration and func.sym_name.data not in subgraphs:
                lower_function(func, table)
                _check_nothing_left(func)
