"""`aten-cse`: of equal pure ops, the first computes for all.

Before:
```
%0 = aten.view.default(%x, [128, 768]) : T
%1 = aten.view.default(%x, [128, 768]) : T
%2 = aten.add.Tensor(%0, %1) : T
```
After:
```
%0 = aten.view.default(%x, [128, 768]) : T
%2 = aten.add.Tensor(%0, %0) : T
```
Equal means: name, target, operands, argument text and result type. Random ops, writes and checks are never merged,
nor is anything across a write to what it reads, nor two tensors that are both returned (the caller could tell).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass

from fxopt.dialects.aten.effects import StorageFacts, graph_blocks, is_pure, storage_root, written_operands
from fxopt.dialects.aten.ops import AtenOp
from fxopt.ir.fx_call import FxCallOp


class _BlockCse:
    """One walk over one block."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.facts = StorageFacts(block)
        self.first: dict[Hashable, SSAValue] = {}
        self.writes: Counter[SSAValue] = Counter()
        """Storage root -> how often it has been written so far."""

    def run(self) -> None:
        for op in list(self.block.ops):
            if len(op.results) != 1 or not isinstance(op, FxCallOp) or op.regions or not is_pure(op):
                for value in written_operands(op):
                    self.writes[storage_root(value)] += 1
                continue
            key = self._key(op)
            known = self.first.setdefault(key, op.results[0])
            if known is not op.results[0] and self._may_merge(op, known):
                self._merge(op, known)

    def _key(self, op: FxCallOp) -> Hashable:
        operands = op.operands
        target = op.target.data if op.target is not None else None
        key = (op.name, target, tuple(map(id, operands)), str(op.template), op.results[0].type)
        if not self.facts.written or _is_view(op):
            return key
        return (*key, tuple(self.writes[storage_root(operand)] for operand in operands))

    def _may_merge(self, op: Operation, known: SSAValue) -> bool:
        result = op.results[0]
        if _is_view(op):
            return self.facts.may_rename(result, known)
        return self.facts.may_share(result, known)

    def _merge(self, op: Operation, known: SSAValue) -> None:
        op.results[0].replace_all_uses_with(known)
        self.facts.note_replaced(op.results[0], known)
        self.block.erase_op(op)


def _is_view(op: Operation) -> bool:
    """The value depends on where its operand lies, not on what is there."""
    return op.name in ("fx.getitem", "fx.get_attr") or (isinstance(op, AtenOp) and op.VIEW)


@dataclass(frozen=True)
class AtenCsePass(ModulePass):
    """Merges equal pure ops in one walk over each graph."""

    name = "aten-cse"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for block in graph_blocks(op):
            _BlockCse(block).run()
