"""Merging two groups in one domain: both bodies take place there, loads of what the first stores become its values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from xdsl.ir import SSAValue

from fxopt.dialects import arith
from fxopt.dialects.loop.fusion.align import Alignment, Place, align, compose
from fxopt.dialects.loop.fusion.cost import Limits
from fxopt.dialects.loop.fusion.group import Group
from fxopt.dialects.loop.fusion.nodes import Builder, Node, Val, with_index
from fxopt.ir.symbolic import IntExpr, free_vars


class Plan(NamedTuple):
    """How two groups merge: the alignment and, for each load that is forwarded, the store whose value it gets."""

    alignment: Alignment
    forwards: dict[Node, Node]


def plan_vertical(producer: Group, consumer: Group, limits: Limits) -> Plan | None:
    """A plan under which every load of the producer's outputs is forwarded, or `None`."""
    shared = [output for output in producer.outputs if output in consumer.loads]
    if not shared or not may_join(producer, consumer, limits):
        return None
    if any(value in producer.outputs for value in consumer.needs_whole()):
        return None
    stores = {output: producer.plain_store(output) for output in shared}
    if any(store is None for store in stores.values()):
        return None
    for store, load in _pivots(consumer, stores):
        assert store.index is not None and load.index is not None
        alignment = align(producer.side, store.index, consumer.side, load.index)
        if alignment is not None:
            plan = _forward_all(producer, consumer, stores, alignment)
            if plan is not None and not _starves(producer, plan, limits):
                return plan
    return None


def plan_horizontal(first: Group, second: Group, limits: Limits) -> Plan | None:
    """A plan for groups that read the same elements at the same points, or `None`."""
    if not may_join(first, second, limits):
        return None
    for buffer, loads in second.loads.items():
        for other in first.loads.get(buffer, ()):
            load = loads[0]
            if load.index is None or other.index is None or load.indirect or other.indirect:
                continue
            alignment = align(first.side, other.index, second.side, load.index, complete=True)
            if alignment is not None:
                return Plan(alignment, {})
    return None


def plan_unrelated(first: Group, second: Group, limits: Limits) -> Plan | None:
    """A plan for groups of equally many points, walked in the same order; `None` if the extents do not factor alike."""
    if not may_join(first, second, limits):
        return None
    positions = [compose([f"d{i}" for i in range(len(g.domain.parallel))], g.domain.dims()) for g in (first, second)]
    alignment = align(first.side, positions[0], second.side, positions[1], complete=True)
    return None if alignment is None else Plan(alignment, {})


def may_join(first: Group, second: Group, limits: Limits) -> bool:
    """Conditions that do not depend on how the domains correspond."""
    if first.device != second.device or first.scatters:
        return False
    if len(first.nodes) + len(second.nodes) > limits.max_ops:
        return False
    buffers = {*first.loads, *second.loads, *first.outputs, *second.outputs}
    if len(buffers) > limits.max_buffers:
        return False
    if (first.side.has_scan and (second.has_reduce or second.side.has_scan)) or (
        second.side.has_scan and first.has_reduce
    ):
        return False
    # An output that starts as a copy may reuse the storage of its init: nothing else may read it in the same kernel.
    inits = set(second.needs_whole()) if second.inits else set()
    return inits.isdisjoint(first.loads)


def _pivots(consumer: Group, stores: Mapping[SSAValue, Node | None]) -> Iterator[tuple[Node, Node]]:
    """Pairs of a store and a load of the same output; stores that mention reduced dims say most and come first."""
    pairs: list[tuple[bool, Node, Node]] = []
    for output, store in stores.items():
        assert store is not None and store.index is not None
        reduced = any(name[0] == "r" and name[1:].isdigit() for name in free_vars(store.index))
        tried: set[IntExpr] = set()
        for load in consumer.loads[output]:
            if load.index is not None and load.index not in tried and not load.indirect:
                tried.add(load.index)
                pairs.append((not reduced, store, load))
    pairs.sort(key=lambda pair: pair[0])
    return ((store, load) for _, store, load in pairs[:4])


def _forward_all(
    producer: Group, consumer: Group, stores: Mapping[SSAValue, Node | None], alignment: Alignment
) -> Plan | None:
    forwards: dict[Node, Node] = {}
    for output, store in stores.items():
        assert store is not None and store.index is not None
        place = alignment.producer.image(store.index)
        for load in consumer.loads[output]:
            if load.index is None or load.indirect:
                return None
            if alignment.consumer.image(load.index) != place:
                return None
            forwards[load] = store
    return Plan(alignment, forwards)


def _starves(producer: Group, plan: Plan, limits: Limits) -> bool:
    """Whether a very long reduction over few points would keep its result for uses that vary over the reduced dims.

    `loop-split-reduction` would take such a nest apart again.
    """
    if not producer.has_reduce:
        return False
    if not limits.occupancy.wants_fission(producer.domain, producer.nodes, producer.device):
        return False
    depends = any(store.operands[0].node not in producer.varying for store in plan.forwards.values())
    return depends and plan.alignment.consumer.varies()


def merge(first: Group, second: Group, plan: Plan, *, fold_rounding: bool) -> None:
    """Puts the body of `second` behind that of `first`, in the domain of the plan; `first` is the merged group."""
    alignment = plan.alignment
    values: dict[Val, Val] = {}
    if alignment.producer.is_identity() and alignment.domain == first.domain:
        builder = Builder(first.nodes, fold_rounding=fold_rounding)
        values.update((value, value) for store in plan.forwards.values() for value in (store.operands[0],))
    else:
        builder = Builder(fold_rounding=fold_rounding)
        builder.copy(first.nodes, lambda node, operands: _moved(node, operands, alignment.producer), values)

    def image(node: Node, operands: tuple[Val, ...]) -> Val | Node:
        store = plan.forwards.get(node)
        if store is None:
            return _moved(node, operands, alignment.consumer)
        return forwarded(builder, node, operands, values[store.operands[0]])

    builder.copy(second.nodes, image, values)
    first.absorb(second)
    first.set_body(alignment.domain, builder.nodes)


def forwarded(builder: Builder, load: Node, operands: tuple[Val, ...], value: Val) -> Val:
    """What a load gives whose element is `value`: where the load is masked, `other` elsewhere."""
    if not load.masked:
        return value
    mask, other = operands[-2], operands[-1]
    return builder.add(Node(arith.SelectOp, (mask, value, other), load.types, {})).result


def _moved(node: Node, operands: tuple[Val, ...], place: Place) -> Node:
    return with_index(node, operands, None if node.index is None else place.image(node.index))
