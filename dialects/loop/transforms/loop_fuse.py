"""`loop-fuse`: nests become fewer nests that move fewer bytes.

Before:
```
%m = loop.nest (%x) [d0 = 64] reduce [r0 = 512] { load x[d0 * 512 + r0], reduce max, store m[d0] }
%e = loop.nest (%x, %m) [d0 = 64, d1 = 512] { load x[d0 * 512 + d1], load m[d0], subf, store e[d0 * 512 + d1] }
```
After:
```
%e = loop.nest (%x) [d0 = 64] reduce [r0 = 512] { load x[d0 * 512 + r0], reduce max, subf, store e[d0 * 512 + r0] }
```
Constants are computed where they are used. Then four rules, in this order:

1. *Vertical*: a nest joins the nest that makes its operand where one domain fits both (`fusion/align.py`). The
   operand's elements become SSA values; it is still stored if something else reads it.
2. *Siblings*: nests that read the same elements at the same points join.
3. *Recompute*: where no common domain exists, or several nests read a value, the value is computed again where it is
   read, if that moves fewer bytes (`fusion/cost.py`). Reductions are never recomputed: what follows one is, from its
   stored result.
4. *Small*: independent pointwise nests of equally many points join if they cost less than one more launch.

Dependences are kept: through views, operators of libraries, and operators that write to their arguments
(`fusion/graph.py`). Nests that scatter take producers in but are never producers themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation
from xdsl.passes import ModulePass

from fxopt.dialects.loop.fusion.cost import Limits, check_at_least
from fxopt.dialects.loop.fusion.fuser import BlockFuser
from fxopt.dialects.loop.fusion.occupancy import Occupancy
from fxopt.dialects.loop.ops import KernelOp, NestOp


@dataclass(frozen=True)
class LoopFusePass(ModulePass):
    """Fuses nests vertically, as siblings, and by recomputation."""

    name = "loop-fuse"

    max_ops: int = 256
    """Operations that the body of a fused nest may hold."""
    max_buffers: int = 32
    """Tensors that a fused nest may read and write."""
    parallelism: int = 0
    """Parallel points that keep the device busy; 0 takes the default of the device."""
    keep_rounding: bool = False
    """Whether values of low precision that are no longer stored are still rounded, as eager rounds them."""

    def __post_init__(self) -> None:
        check_at_least("max-ops", self.max_ops, 1)
        check_at_least("max-buffers", self.max_buffers, 1)
        check_at_least("parallelism", self.parallelism, 0)

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        limits = Limits(self.max_ops, self.max_buffers, Occupancy(self.parallelism))
        for block in _blocks_with_nests(op):
            BlockFuser(block, limits, fold_rounding=not self.keep_rounding).run()


def _blocks_with_nests(op: Operation) -> list[Block]:
    """Blocks that hold nests, at any depth; the bodies of nests and kernels are not entered."""
    found: list[Block] = []
    for region in op.regions:
        for block in region.blocks:
            ops = list(block.ops)
            if any(isinstance(inner, NestOp) for inner in ops):
                found.append(block)
            for inner in ops:
                if inner.regions and not isinstance(inner, NestOp | KernelOp):
                    found.extend(_blocks_with_nests(inner))
    return found
