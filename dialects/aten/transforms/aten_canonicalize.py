"""`aten-canonicalize`: drops what does nothing, composes views, and gives each operation one spelling.

Before:
```
%0 = aten.t.default(%w) : !aten.tensor<[4, 8], f32, strides=[1, 4]>
%1 = aten.t.default(%0) : !aten.tensor<[8, 4], f32>
%2 = aten.view.default(%1, [32]) : !aten.tensor<[32], f32>
%3 = aten.view.default(%2, [4, 8]) : !aten.tensor<[4, 8], f32>
%4 = aten.mul.Tensor(%3, 1) : !aten.tensor<[4, 8], f32>
```
After:
```
%3 = aten.view.default(%w, [4, 8]) : !aten.tensor<[4, 8], f32>
```
Every rewrite is exact, for NaN and -0.0 too, and keeps types (strides included) and the sharing of storage that the
caller can see. The patterns are in `dialects/aten/canonicalize.py` and `canonicalize_views.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass

from fxopt.dialects.aten.canonicalize import PATTERNS, patterns_of
from fxopt.dialects.aten.canonicalize_views import VIEW_PATTERNS
from fxopt.dialects.aten.effects import StorageFacts, erase_dead_ops, graph_blocks, is_pure, storage_root
from fxopt.ir.fx_call import FxCallOp

_TABLES = (PATTERNS, VIEW_PATTERNS)


class _BlockCanonicalizer:
    """One walk over one block: operands are in canonical form when their users are met."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.facts = StorageFacts(block)

    def run(self) -> None:
        op = self.block.first_op
        while op is not None:
            following = op.next_op
            current: Operation | None = op
            while current is not None:
                current = self._rewrite(current)
            op = following

    def _rewrite(self, op: Operation) -> Operation | None:
        """Applies the first pattern that fits. The op to go on with, if one was rewritten."""
        for pattern in patterns_of(op, _TABLES):
            replacement = pattern(op)
            if isinstance(replacement, FxCallOp):
                self._replace_by_op(op, replacement)
                return replacement
            if isinstance(replacement, SSAValue) and self._may_replace(op, replacement):
                result = op.results[0]
                result.replace_all_uses_with(replacement)
                self.facts.note_replaced(result, replacement)
                return None
        return None

    def _may_replace(self, op: Operation, value: SSAValue) -> bool:
        result = op.results[0]
        if result.first_use is None or result.type != value.type or not is_pure(op):
            return False
        if storage_root(result) is storage_root(value):
            return self.facts.may_rename(result, value)
        return self.facts.may_share(result, value)

    def _replace_by_op(self, op: Operation, new: FxCallOp) -> None:
        result = op.results[0]
        new.location = op.location
        new.results[0].name_hint = result.name_hint
        self.block.insert_op_before(new, op)
        result.replace_all_uses_with(new.results[0])
        self.facts.note_replaced(result, new.results[0])
        self.block.erase_op(op)


@dataclass(frozen=True)
class AtenCanonicalizePass(ModulePass):
    """Exact simplifications of single ops and chains of views, in one walk over each graph."""

    name = "aten-canonicalize"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for block in graph_blocks(op):
            _BlockCanonicalizer(block).run()
            erase_dead_ops(block)
