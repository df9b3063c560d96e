"""Splits a body with reductions into passes over the reduced dims.

Softmax has three: the maximum; the exponentials and their sum; the quotient. What a later pass needs again of an
earlier one is computed again where that is cheap, and kept in a scratch row where it is not.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fxopt.ir.symbolic import IntExpr, linear_coefficients
from fxopt.lowering.loop_to_vector.model import KernelModel, Node, element_bits
from fxopt.lowering.loop_to_vector.schedule import EXPENSIVE, Schedule, node_cost
from fxopt.lowering.loop_to_vector.tables import Tables

SCRATCH_BYTES = 128 * 1024
"""Scratch rows of one thread altogether: they should stay in the L2 cache."""


@dataclass
class Pass:
    """One pass over the reduced dims: the nodes to evaluate at each point, those to keep, the reductions computed."""

    nodes: list[Node] = field(default_factory=list)
    reduces: list[Node] = field(default_factory=list)
    scans: list[Node] = field(default_factory=list)
    saves: list[Node] = field(default_factory=list)
    restores: list[Node] = field(default_factory=list)
    tables: list[Node] = field(default_factory=list)
    """What to keep at each point; what an earlier pass kept, in scratch or in `Phases.in_output`; what tables hold."""


@dataclass
class Phases:
    """`before[k]` are the nodes outside of the reduced dims that are known before pass `k`; the last follows all."""

    passes: list[Pass]
    before: list[list[Node]]
    in_output: dict[Node, Node]
    """Kept node -> the store whose element holds it until the store itself: rows of any length have room there."""


def plan_phases(model: KernelModel, schedule: Schedule, tables: Tables) -> Phases:
    """The passes of an analysed model; what `tables` hold is known everywhere."""
    reduced = frozenset(model.reduced)
    last = max((node.phase + (node.kind == "reduce") for node in model.nodes), default=0)
    before: list[list[Node]] = [[] for _ in range(last + 2)]
    roots: list[list[Node]] = [[] for _ in range(last + 1)]
    for node in model.nodes:
        inside = bool(node.varies & reduced)
        if node.kind == "reduce" or (inside and node.is_effect):
            roots[node.phase].append(node)
        elif not inside and node not in tables.dead:
            before[node.phase].append(node)
    keeper = _Keeper(model, schedule)
    passes: list[Pass] = []
    computed: dict[Node, int] = {}
    for k, targets in enumerate(roots):
        passes.append(_plan_pass(k, targets, reduced, computed, passes, keeper, tables))
    return Phases(passes, before, keeper.in_output)


class _Keeper:
    """Finds room for values that a later pass needs: scratch rows until `SCRATCH_BYTES` are used, then output rows."""

    def __init__(self, model: KernelModel, schedule: Schedule) -> None:
        self.model = model
        self.row = row_elements(model, schedule)
        self.left = SCRATCH_BYTES
        self.kept: set[Node] = set()
        self.in_output: dict[Node, Node] = {}

    def keep(self, node: Node, first: int) -> bool:
        """Whether the node, computed in pass `first`, is kept."""
        if node in self.kept:
            return True
        if not self._in_scratch(node) and not self._in_output(node, first):
            return False
        self.kept.add(node)
        return True

    def _in_scratch(self, node: Node) -> bool:
        if not isinstance(self.row, int) or node.type is None:
            return False
        size = self.row * max(element_bits(node.type), 8) // 8
        if size > self.left:
            return False
        self.left -= size
        return True

    def _in_output(self, node: Node, first: int) -> bool:
        taken = self.in_output.values()
        for store in self.model.stores():
            buffer = store.buffer
            plain = store.tag == "set" and not store.indirect and not store.has_mask and store not in taken
            if not plain or store.phase <= first or store.operands[0].type != node.type or buffer in self.model.aliased:
                continue
            alone = sum(other.buffer is buffer for other in self.model.memory_nodes()) == 1
            if alone and set(self.model.dims) <= store.varies and linear_coefficients(store.index, self.model.dims):
                self.in_output[node] = store
                return True
        return False


def row_elements(model: KernelModel, schedule: Schedule) -> IntExpr:
    """Elements of a scratch row: one a reduced point, times the lanes where those are parallel points."""
    points = model.reduced_points()
    lanes_are_points = schedule.vec is not None and not model.dims[schedule.vec].reduced
    if not lanes_are_points and isinstance(points, int):
        return points + schedule.lanes
    return points * schedule.lanes if lanes_are_points else points


def _plan_pass(
    k: int,
    targets: list[Node],
    reduced: frozenset[str],
    computed: dict[Node, int],
    earlier: list[Pass],
    keeper: _Keeper,
    tables: Tables,
) -> Pass:
    plan = Pass()
    needed: set[Node] = set()
    restored: set[Node] = set()
    stack = list(targets)
    while stack:
        node = stack.pop()
        if node in needed or node in restored:
            continue
        inside = bool(node.varies & reduced)
        if node.kind == "reduce" and node not in targets:
            continue
        if not inside and node.kind != "reduce":
            continue
        if inside and node in tables.values:
            plan.tables.append(node)
            restored.add(node)
            continue
        first = computed.get(node, k)
        if first < k and inside and _worth_keeping(node, reduced) and keeper.keep(node, first):
            if node not in earlier[first].saves:
                earlier[first].saves.append(node)
            restored.add(node)
            continue
        needed.add(node)
        stack.extend(node.operands)
    for node in sorted(needed, key=lambda n: n.order):
        computed.setdefault(node, k)
        if node.kind == "reduce":
            plan.reduces.append(node)
        else:
            plan.nodes.append(node)
            if node.kind == "scan":
                plan.scans.append(node)
    plan.restores = sorted(restored - set(plan.tables), key=lambda n: n.order)
    return plan


def _worth_keeping(node: Node, reduced: frozenset[str]) -> bool:
    """Whether computing the node again costs more than a store and a load."""
    cost = 0.0
    seen: set[Node] = set()
    stack = [node]
    while stack and cost < EXPENSIVE:
        current = stack.pop()
        if current in seen or not current.varies & reduced:
            continue
        seen.add(current)
        if current.kind == "scan" or (current.kind == "load" and current.indirect):
            return True
        if current.kind == "reduce":
            continue
        cost += 0.5 if current.kind == "load" else node_cost(current) * 0.5
        stack.extend(current.operands)
    return cost >= EXPENSIVE
