"""`loop-split-reduction`: long reductions over few parallel points become two nests with more parallelism.

Before:
```
%s = loop.nest (%x) [] reduce [r0 = 1048576] { load x[r0]; reduce sum; store s[0] }
```
After (for 264 parallel points):
```
%p = loop.nest (%x) [d0 = 512] reduce [r0 = 2048] { load x[d0 * 2048 + r0]; reduce sum; store p[d0] }
%s = loop.nest (%p) [] reduce [r0 = 512] { load p[r0]; reduce sum; store s[0] }
```
Stores of values that vary over the reduced dims go to the first nest, what follows the reductions to the second. Where
something that varies over the reduced dims needs a reduction's result (batch norm: statistics, then normalisation),
and the reduction is very long, the nest is taken apart first (`fission.py`). Nests that scan or scatter, and extents
without a suitable divisor, stay whole. `argmax` carries the extremum and its position through; `welford` combines
(mean, M2) of equal parts by Chan's formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from fxopt.dialects.loop.body import nests_in
from fxopt.dialects.loop.fission import Fission
from fxopt.dialects.loop.fusion.cost import check_at_least
from fxopt.dialects.loop.fusion.group import Group, is_regular
from fxopt.dialects.loop.fusion.occupancy import Occupancy
from fxopt.dialects.loop.ops import NestOp
from fxopt.dialects.loop.split import ReductionSplitter, can_split, choose_cut, is_divisible


@dataclass(frozen=True)
class LoopSplitReductionPass(ModulePass):
    """Splits reductions that would leave the device idle in partial and final reductions."""

    name = "loop-split-reduction"

    parallelism: int = 0
    """Parallel points that keep the device busy; 0 takes the default of the device."""
    min_reduced: int = 0
    """Reduced points from which on a reduction is long; 0 takes the default of the device."""

    def __post_init__(self) -> None:
        check_at_least("parallelism", self.parallelism, 0)
        check_at_least("min-reduced", self.min_reduced, 0)

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for nest in nests_in(op):
            if isinstance(nest, NestOp) and nest.domain.reduced:
                self._split(nest)

    def _split(self, nest: NestOp) -> None:
        occupancy = Occupancy(self.parallelism, self.min_reduced)
        if occupancy.is_short(nest.domain) or not is_regular(nest):
            return
        group = Group(nest, 0)
        if not is_divisible(group):
            return
        parts = occupancy.missing_parts(group.domain, group.nodes, group.device)
        cut = choose_cut(group.domain.reduced, parts) if parts > 1 else None
        if cut is None:
            return
        if can_split(group):
            _replace(nest, ReductionSplitter(group, cut).split())
        elif occupancy.wants_fission(group.domain, group.nodes, group.device):
            stages = Fission(group).run()
            _replace(nest, stages)
            for part in stages:
                if part.domain.reduced:
                    _replace(part, ReductionSplitter(Group(part, 0), cut).split())


def _replace(nest: NestOp, parts: Sequence[NestOp]) -> None:
    block = nest.parent
    assert block is not None
    block.insert_ops_before(parts, nest)
    block.erase_op(nest)
