"""`aten-constant-fold`: what is computed from constants alone, and has one value throughout, becomes `aten.full`.

Before:
```
%0 = aten.arange.default(4) : !aten.tensor<[4], i64>
%1 = aten.ge.Scalar(%0, 0) : !aten.tensor<[4], bool>
%2 = aten.new_ones.default(%x, [2]) : !aten.tensor<[2], f32>
%3 = aten.mul.Tensor(%2, 3.0) : !aten.tensor<[2], f32>
```
After:
```
%1 = aten.full.default([4], True, dtype=torch.bool, device=device("cpu"), pin_memory=False) : !aten.tensor<[4], bool>
%3 = aten.full.default([2], 3.0, dtype=torch.float32, device=device("cpu"), pin_memory=False) : !aten.tensor<[2], f32>
```
Chains are followed through tensors of at most `max_elems` elements. A kernel computes an `aten.full` in place, so it is
cheaper than a stored constant. Only exact arithmetic is folded: no transcendental functions, no half floats.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block
from xdsl.passes import ModulePass

from fxopt.dialects.aten.effects import StorageFacts, erase_dead_ops, graph_blocks, storage_root
from fxopt.dialects.aten.fold import Evaluator, Known, splat_value
from fxopt.dialects.aten.ops import OPS, AtenOp
from fxopt.ir.fx_args import Special
from fxopt.ir.types import DTYPES, TensorType

# Constants already; `full_like` and its kin are folded, to be rid of their tensor argument.
_CONSTANTS = frozenset(("full.default", "zeros.default", "ones.default", "scalar_tensor.default"))


def fold_block(block: Block, max_elems: int) -> None:
    """Folds in one walk; operands of an op are known before the op is met."""
    evaluator = Evaluator(max_elems)
    facts = StorageFacts(block)
    op = block.first_op
    while op is not None:
        following = op.next_op
        if isinstance(op, AtenOp) and len(op.results) == 1 and storage_root(op.results[0]) not in facts.written:
            value = evaluator.evaluate(op)
            if value is not None and op.OVERLOAD not in _CONSTANTS:
                _replace(block, op, value, evaluator, facts)
        op = following


def _replace(block: Block, op: AtenOp, value: Known, evaluator: Evaluator, facts: StorageFacts) -> None:
    result = op.results[0]
    number, type_ = splat_value(value), result.type
    if number is None or not isinstance(type_, TensorType) or not type_.is_contiguous():
        return
    # A view that is returned shares storage with its base, which may be returned too.
    if op.VIEW and storage_root(result) in facts.escaping:
        return
    full = OPS["aten.full.default"].call(
        (type_.sizes, number),
        TensorType.of(type_.sizes, type_.dtype, device=type_.device),
        dtype=Special("torch", (DTYPES[type_.dtype].torch_name,)),
        device=Special("device", (type_.device,)),
        pin_memory=False,
    )
    if full.results[0].type != type_:
        return
    full.location = op.location
    full.results[0].name_hint = result.name_hint
    block.insert_op_before(full, op)
    result.replace_all_uses_with(full.results[0])
    facts.note_replaced(result, full.results[0])
    evaluator.known[full.results[0]] = value
    block.erase_op(op)


@dataclass(frozen=True)
class AtenConstantFoldPass(ModulePass):
    """Folds uniform constants; follows tensors of up to `max_elems` elements."""

    name = "aten-constant-fold"

    max_elems: int = 4096

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for block in graph_blocks(op):
            fold_block(block, self.max_elems)
            erase_dead_ops(block)
