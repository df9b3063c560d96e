"""`loop-simplify`: fewer dims, simpler index expressions, smaller bodies; the same kernels.

Before:
```
loop.nest (%x) [d0 = 12, d1 = 1, d2 = 64] : … {
  %0 = loop.load %in[d0 * 64 + (d1 floordiv 2) + d2] : f32
  %1 = loop.load %in[d0 * 64 + d2] : f32
  %2 = arith.addf %0, %1 : f32
  loop.store %2, %out[d0 * 64 + d1 * 64 + d2]
```
After:
```
loop.nest (%x) [d0 = 768] : … {
  %0 = loop.load %in[d0] : f32
  %1 = arith.addf %0, %0 : f32
  loop.store %1, %out[d0]
```
Dims of size 1 go, dims are ordered from the largest stride to the smallest (of the stores, then of the loads), and
neighbours merge where every index is a function of the merged dim. Works on `loop.nest` and `loop.kernel`.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from fxopt.dialects.loop.body import clean_body, nests_in
from fxopt.dialects.loop.dims import simplify_dims
from fxopt.dialects.loop.operands import drop_unused_inputs, share_inputs
from fxopt.dialects.loop.ops import NestLike, NestOp


@dataclass(frozen=True)
class LoopSimplifyPass(ModulePass):
    """Simplifies the domain, the index expressions and the body of each nest and kernel."""

    name = "loop-simplify"

    merge_dims: bool = True
    """Whether neighbouring dims are merged. Off keeps dims apart for passes that match them by position."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for nest in nests_in(op):
            self._simplify(nest)

    def _simplify(self, nest: NestLike) -> None:
        if isinstance(nest, NestOp):
            share_inputs(nest)
        if not nest.domain.is_empty():  # `r0 floordiv 4 -> 0` would let a load happen that no point asks for.
            simplify_dims(nest, merge=self.merge_dims)
        clean_body(nest)
        if isinstance(nest, NestOp):
            drop_unused_inputs(nest)
