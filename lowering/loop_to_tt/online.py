"""Pairs of reductions that one loop computes although the second depends on the first.

`sum(exp(x - max(x)))`: a running maximum, and a sum relative to it that is scaled when the maximum grows (Milakov and
Gimelshein, 2018; here once a block, so that an element costs one exponential). `sum((x - mean(x))**2)`: Welford's
update (1962) in every lane of the tile, and Chan's combination of the lanes after the loop. Rows that are too long to
stay in registers are so read once less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects import arith as xarith
from xdsl.dialects import math as xmath
from xdsl.dialects.builtin import FloatAttr
from xdsl.ir import Operation

from fxopt.dialects import arith
from fxopt.ir.symbolic import maximum
from fxopt.lowering.loop_to_vector.model import KernelModel, Node

_EXPONENTIALS: tuple[type[Operation], ...] = (xmath.ExpOp, xmath.Exp2Op)


@dataclass(frozen=True)
class ScaledSum:
    """`total = sum(power(operand of leader - reference))`; `chain` computes the reference from the leader's result."""

    leader: Node
    total: Node
    power: Node
    reference: Node
    chain: tuple[Node, ...]


@dataclass(frozen=True)
class Deviations:
    """`squares = sum((x - sum(x) / count)**2)`, where `leader` is the sum of x over `count` points."""

    leader: Node
    squares: Node
    count: Node


@dataclass(frozen=True)
class OnlinePairs:
    """What a kernel has of both kinds, by the second reduction."""

    scaled: dict[Node, ScaledSum]
    deviations: dict[Node, Deviations]

    def leaders(self) -> dict[Node, Node]:
        """Second reduction -> first."""
        return {node: pair.leader for node, pair in self.scaled.items()} | {
            node: pair.leader for node, pair in self.deviations.items()
        }


def find_pairs(model: KernelModel) -> OnlinePairs:
    """The pairs of an analysed model."""
    scaled: dict[Node, ScaledSum] = {}
    deviations: dict[Node, Deviations] = {}
    for node in model.nodes:
        if node.kind != "reduce" or node.tag != "sum":
            continue
        if (pair := _scaled_sum(model, node)) is not None:
            scaled[node] = pair
        elif (moments := _deviations(model, node)) is not None:
            deviations[node] = moments
    # A reduction leads pairs of one kind only: it accumulates otherwise.
    plain = {pair.leader for pair in scaled.values()}
    return OnlinePairs(scaled, {node: pair for node, pair in deviations.items() if pair.leader not in plain})


def _scaled_sum(model: KernelModel, total: Node) -> ScaledSum | None:
    power = total.operands[0]
    if power.kind != "compute" or power.cls not in _EXPONENTIALS:
        return None
    difference = power.operands[0]
    if difference.kind != "compute" or difference.cls is not xarith.SubfOp:
        return None
    x, reference = difference.operands
    reduced = set(model.reduced)
    if reference.varies & reduced or total.phase == 0 or x.phase >= total.phase:
        return None
    leader, chain = _one_leader(reference, total.phase - 1)
    if leader is None or leader.tag != "max" or leader.operands[0] is not x:
        return None
    return ScaledSum(leader, total, power, reference, tuple(chain))


def _one_leader(reference: Node, phase: int) -> tuple[Node | None, list[Node]]:
    """The one reduction of `phase` that a value depends on, and the ops in between, in order."""
    leaders: set[Node] = set()
    chain: set[Node] = set()
    stack = [reference]
    while stack:
        node = stack.pop()
        if node.kind == "reduce" and node.phase == phase:
            leaders.add(node)
        elif node.phase > phase and node not in chain:
            if node.kind != "compute":
                return None, []
            chain.add(node)
            stack.extend(node.operands)
    leader = leaders.pop() if len(leaders) == 1 else None
    return leader, sorted(chain, key=lambda node: node.order)


def _deviations(model: KernelModel, squares: Node) -> Deviations | None:
    product = squares.operands[0]
    if product.cls is not xarith.MulfOp or product.operands[0] is not product.operands[1]:
        return None
    centred = product.operands[0]
    if centred.cls is not xarith.SubfOp:
        return None
    x, mean = centred.operands
    if mean.cls is not xarith.DivfOp:
        return None
    leader, count = mean.operands
    sums_x = leader.kind == "reduce" and leader.tag == "sum" and leader.operands[0] is x
    if not sums_x or leader.phase != squares.phase - 1 or not _counts_points(model, count):
        return None
    return Deviations(leader, squares, count)


def _counts_points(model: KernelModel, node: Node) -> bool:
    """Whether a float is the number of reduced points."""
    points = maximum(model.reduced_points(), 1)
    if node.cls is xarith.ConstantOp:
        value = node.properties["value"]
        return isinstance(points, int) and isinstance(value, FloatAttr) and value.value.data == float(points)
    source: Sequence[Node] = node.operands
    return node.cls is arith.SIToFPOp and source[0].kind == "index" and source[0].index == points
