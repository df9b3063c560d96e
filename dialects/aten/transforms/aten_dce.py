"""`aten-dce`: ops whose results are not used, and that have no effect, go.

Before:
```
%0 = aten.exp.default(%x) : T
%1 = aten.copy_.default(%x, %y) : T
%2 = aten.rand.default([4]) : T
fx.return(%y)
```
After:
```
%1 = aten.copy_.default(%x, %y) : T
%2 = aten.rand.default([4]) : T
fx.return(%y)
```
Kept: writes, checks, random draws (the next draw depends on them), and calls of operators that are not declared.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from fxopt.dialects.aten.effects import erase_dead_ops, graph_blocks


@dataclass(frozen=True)
class AtenDcePass(ModulePass):
    """Erases unused ops without effects."""

    name = "aten-dce"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for block in graph_blocks(op):
            erase_dead_ops(block)
