"""Values that depend on the vector dim alone, computed once for all rows: the index arithmetic of interpolation, causal
masks, rotary angles.

```
for d0: for d1: f(d1) + x[d0, d1]     ->     for d1: table[d1] = f(d1)
                                             for d0: for d1: table[d1] + x[d0, d1]
```
Each thread fills its own table.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from fxopt.lowering.loop_to_vector.dims import magnitude
from fxopt.lowering.loop_to_vector.model import KernelModel, Node, element_bits
from fxopt.lowering.loop_to_vector.schedule import Schedule, node_cost

TABLE_BYTES = 64 * 1024
# Instructions a vector that a table must save, and rows that must share it.
_MIN_COST = 8.0
_MIN_ROWS = 64


@dataclass
class Tables:
    """`values` are kept in tables; `nodes` compute them; `dead` are needed for nothing else."""

    values: list[Node] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    dead: frozenset[Node] = frozenset()


def plan_tables(model: KernelModel, schedule: Schedule) -> Tables:
    """The tables of an analysed model; none where threads share the vector dim or its extent is not known."""
    vec = schedule.vec
    if vec is None or schedule.tile is not None or (schedule.grain and not schedule.threaded):
        return Tables()
    extent = model.extent(vec)
    rows = math.prod(magnitude(dim.extent) for name, dim in model.dims.items() if name != vec)
    if not isinstance(extent, int) or rows < _MIN_ROWS:
        return Tables()
    only = frozenset((vec,))
    kinds = ("compute", "call", "index", "load", "scalar")
    # Phase 0: no reduction is needed to know them.
    own = [node for node in model.nodes if node.varies <= only and node.phase == 0 and node.kind in kinds]
    inside = set(own)
    used_outside = {o for node in model.nodes if node not in inside for o in node.operands if o in inside}
    values: list[Node] = []
    left = TABLE_BYTES
    for node in own:
        size = (extent + schedule.lanes) * max(element_bits(node.type), 8) // 8 if node.type is not None else left + 1
        if (
            node.varies
            and node in used_outside
            and size <= left
            and sum(map(_cost, _slice([node], inside))) >= _MIN_COST
        ):
            values.append(node)
            left -= size
    nodes = _slice(values, inside)
    return Tables(
        values, sorted(nodes, key=lambda node: node.order), frozenset(nodes - _still_needed(model, set(values)))
    )


def _cost(node: Node) -> float:
    width = element_bits(node.type) / 32 if node.type is not None else 1.0
    return node_cost(node) * max(width, 1.0) if node.varies and node.kind != "load" else 0.0


def _slice(roots: list[Node], inside: set[Node]) -> set[Node]:
    """`roots` and what they are computed from, as far as it is in `inside`."""
    found: set[Node] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node in inside and node not in found:
            found.add(node)
            stack.extend(node.operands)
    return found


def _still_needed(model: KernelModel, values: set[Node]) -> set[Node]:
    """Nodes that something else than a table needs."""
    needed: set[Node] = set()
    stack = [node for node in model.nodes if node.is_effect]
    while stack:
        node = stack.pop()
        if node not in needed and node not in values:
            needed.add(node)
            stack.extend(node.operands)
    return needed
