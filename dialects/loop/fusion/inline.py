"""Recomputing a stored value where it is loaded, at any index: the load becomes the computation at that element."""

from __future__ import annotations

from typing import NamedTuple

from xdsl.dialects.arith import AndIOp
from xdsl.ir import SSAValue

from fxopt.dialects.loop.attrs import Domain
from fxopt.dialects.loop.fusion.cost import (
    BYTES_PER_OP,
    Limits,
    elements,
    is_expensive,
    points,
    reach,
    traffic_bytes,
    weight_of,
)
from fxopt.dialects.loop.fusion.group import Group
from fxopt.dialects.loop.fusion.mask_ranges import ranges_where
from fxopt.dialects.loop.fusion.merge import forwarded
from fxopt.dialects.loop.fusion.nodes import (
    Body,
    Builder,
    Node,
    Val,
    live_nodes,
    shift_indirect,
    slice_of,
    stored_type,
    with_index,
)
from fxopt.dialects.loop.indexing import Digit, digits_of, invert, match_coordinates
from fxopt.dialects.loop.ops import LoadOp, NestOp, ReduceOp, ScanOp, StoreOp
from fxopt.ir.symbolic import IntExpr, free_vars, simplify, substitute, var
from fxopt.ir.types import contiguous_strides

MAX_WINDOW_REPEATS = 4
"""How often an expensive value may be computed again for windows or gathers that read an element more than once."""

_TRAPPING = ("arith.divsi", "arith.divui", "arith.floordivsi", "arith.ceildivsi", "arith.remsi", "arith.remui")


class Recipe(NamedTuple):
    """How an output of a group is computed at one element: the nodes, and the inverse of the store's index.

    Results of reductions are not computed again but loaded; `stored` are the stores that the group needs for them.
    """

    group: Group
    output: SSAValue
    nodes: Body
    value: Val
    digits: list[Digit]
    offset: IntExpr
    stored: list[Node]

    def remaining(self) -> Body:
        """The body of the group when nothing loads the output any more."""
        kept = [node for node in self.group.nodes if node.cls is not StoreOp or node.buffer is not self.output]
        return live_nodes([*kept, *self.stored], lambda node: True)


def recipe_of(group: Group, output: SSAValue, *, with_reductions: bool = False) -> Recipe | None:
    """The recipe of an output, or `None`. Those that follow a reduction are only made `with_reductions`."""
    store = group.plain_store(output)
    if store is None or store.index is None or group.has_checks:
        return None
    value = store.operands[0]
    nodes = slice_of([value], group.nodes)
    digits = digits_of(store.index, group.indexer.extents)
    if digits is None or any(node.cls is ScanOp for node in nodes):
        return None
    stored: list[Node] = []
    if any(node.cls is ReduceOp for node in nodes):
        if not with_reductions or value.node not in group.varying:
            return None
        nodes, value, stored = _load_reductions(group, nodes, value)
    inverted = {digit.dim for digit in digits[0]}
    for node in nodes:  # A dim that the store does not mention leaves the point undetermined.
        names = free_vars(node.index) if node.index is not None else ()
        if any(name in group.indexer.extents and name not in inverted for name in names):
            return None
    return Recipe(group, output, nodes, value, *digits, stored)


def _load_reductions(group: Group, nodes: Body, value: Val) -> tuple[Body, Val, list[Node]]:
    """`nodes` with loads for what follows reductions once a parallel point, and the stores that these loads need."""
    parallel = group.domain.parallel
    row: IntExpr = sum((var(f"d{i}") * s for i, s in enumerate(contiguous_strides(parallel))), 0)
    reduced: set[Node] = set()
    for node in nodes:
        if node.cls is ReduceOp or any(operand.node in reduced for operand in node.operands):
            reduced.add(node)
    builder, values, stored = Builder(), dict[Val, Val](), list[Node]()
    for node in nodes:
        if node not in group.varying:
            if node not in reduced:
                builder.copy([node], lambda node, operands: with_index(node, operands, node.index), values)
            continue
        for operand in node.operands:
            if operand.node in reduced and operand.node not in group.varying and operand not in values:
                type_ = stored_type(operand.type, parallel, group.device)
                buffer = NestOp([], [type_], Domain(())).results[0]
                stored.append(Node(StoreOp, (operand,), (), {}, row, buffer))
                values[operand] = builder.add(Node(LoadOp, (), (operand.type,), {}, row, buffer)).result
        builder.copy([node], lambda node, operands: with_index(node, operands, node.index), values)
    return slice_of([values[value]], builder.nodes), values[value], stored


def can_inline(recipe: Recipe, consumer: Group, limits: Limits) -> bool:
    """Conditions other than cost."""
    loads = consumer.loads.get(recipe.output, ())
    if not loads or recipe.group.device != consumer.device or recipe.output in set(consumer.needs_whole()):
        return False
    if len(consumer.nodes) + len(recipe.nodes) * len(loads) > limits.max_ops:
        return False
    buffers = {node.buffer for node in recipe.nodes if node.buffer is not None}
    if len(buffers | set(consumer.loads)) + len(consumer.outputs) > limits.max_buffers:
        return False
    if consumer.inits and not buffers.isdisjoint(consumer.needs_whole()):
        return False
    # Where a load is masked, the recomputation sees zeros, which must not trap.
    return not (any(load.masked for load in loads) and any(node.cls.name in _TRAPPING for node in recipe.nodes))


def repeats_too_often(recipe: Recipe, consumer: Group) -> bool:
    """Whether an expensive value would be computed over and over for the same element.

    Dims of the consumer that a load does not mention do not count: the value is the same along them, and is hoisted.
    """
    if not is_expensive(recipe.nodes):
        return False
    reads = 0
    for load in consumer.loads[recipe.output]:
        assert load.index is not None
        if load.indirect:
            reads += points(consumer.domain, load in consumer.varying)
            continue
        reads += reach(load.index, consumer.domain)
    return reads > MAX_WINDOW_REPEATS * elements(recipe.output)


def extra_bytes(recipe: Recipe, consumer: Group) -> float:
    """Traffic and arithmetic that inlining adds to the consumer, less the reads of the output that it saves."""
    loads = consumer.loads[recipe.output]
    after = _inlined(recipe, consumer, fold_rounding=False)
    work = sum(points(consumer.domain, load in consumer.varying) for load in loads) * weight_of(recipe.nodes)
    return traffic_bytes(after, consumer.domain) - consumer.traffic + BYTES_PER_OP * work


def inline(recipe: Recipe, consumer: Group, *, fold_rounding: bool) -> None:
    """Replaces the consumer's loads of the output by its computation."""
    consumer.set_body(consumer.domain, _inlined(recipe, consumer, fold_rounding=fold_rounding))
    for buffer, values in recipe.group.shown.items():
        consumer.shown.setdefault(buffer, {}).update(values)
    consumer.sources.update(recipe.group.sources)


def _inlined(recipe: Recipe, consumer: Group, *, fold_rounding: bool) -> Body:
    builder = Builder(fold_rounding=fold_rounding)

    def image(node: Node, operands: tuple[Val, ...]) -> Val | Node:
        if node.cls is not LoadOp or node.buffer is not recipe.output:
            return with_index(node, operands, node.index)
        return _compute(recipe, consumer, builder, node, operands)

    builder.copy(consumer.nodes, image)
    return live_nodes(builder.nodes, lambda node: True)


def _compute(recipe: Recipe, consumer: Group, builder: Builder, load: Node, operands: tuple[Val, ...]) -> Val:
    """The value of `recipe` at the element that `load` reads."""
    assert load.index is not None
    point = None
    if load.indirect:
        point = match_coordinates(recipe.digits, recipe.offset, load.index, consumer.indexer.extents)
    if point is None:
        point = invert(recipe.digits, recipe.offset, load.index)
    indirect = operands[: len(load.indirect)]
    mask = operands[-2] if load.masked else None
    simplify_index = consumer.indexer.simplify
    if mask is not None:  # Whatever is computed here counts only where the mask holds.
        narrowed = ranges_where(mask, consumer.indexer.ranges, consumer.indexer.extents)
        if narrowed is not consumer.indexer.ranges:
            extents = consumer.indexer.extents
            simplify_index = lambda expr: simplify(expr, narrowed, extents)  # noqa: E731
    point = {name: simplify_index(expr) for name, expr in point.items()}

    def image(node: Node, mapped: tuple[Val, ...]) -> Node:
        index = node.index
        if index is None:
            return with_index(node, mapped, None)
        own = len(node.indirect)
        index = substitute(shift_indirect(index, own, len(indirect)), point)
        mapped = (*indirect, *mapped)
        index, mapped = _drop_unused(simplify_index(index), mapped, own + len(indirect))
        if node.cls is LoadOp and mask is not None:
            return _masked(builder, node, index, mapped, mask)
        return with_index(node, mapped, index)

    values = builder.copy(recipe.nodes, image)
    return forwarded(builder, load, operands, values[recipe.value])


def _drop_unused(index: IntExpr, operands: tuple[Val, ...], count: int) -> tuple[IntExpr, tuple[Val, ...]]:
    """Keeps of the first `count` operands, the indirect ones, those that the index mentions, and renumbers them."""
    names = free_vars(index)
    kept = [k for k in range(count) if f"i{k}" in names]
    if len(kept) == count:
        return index, operands
    renumbered = {f"i{old}": var(f"i{new}") for new, old in enumerate(kept)}
    return substitute(index, renumbered), (*(operands[k] for k in kept), *operands[count:])


def _masked(builder: Builder, load: Node, index: IntExpr, operands: tuple[Val, ...], mask: Val) -> Node:
    """`load` where `mask` holds too; zero elsewhere unless the load has an `other` of its own."""
    if load.masked:
        both = builder.add(Node(AndIOp, (operands[-2], mask), (mask.type,), {})).result
        operands = (*operands[:-2], both, operands[-1])
    else:
        operands = (*operands, mask, builder.constant(0, load.types[0]))
    return Node(load.cls, operands, load.types, load.props, index, load.buffer, True)
