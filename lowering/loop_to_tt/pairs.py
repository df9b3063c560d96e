"""Emission of the reductions that `online` pairs: what a loop carries for them, a step, and the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import arith as xarith
from xdsl.ir import Attribute, SSAValue

from fxopt.dialects import arith
from fxopt.lowering.loop_to_tt.axes import Axis
from fxopt.lowering.loop_to_tt.online import OnlinePairs, ScaledSum
from fxopt.lowering.loop_to_vector.model import Node

if TYPE_CHECKING:
    from fxopt.lowering.loop_to_tt.kernel import KernelEmitter

State = Mapping[Node, Sequence[SSAValue]]


class PairEmitter:
    """Emits pairs in the loops of a kernel."""

    def __init__(self, kernel: KernelEmitter, pairs: OnlinePairs, axis: Axis) -> None:
        self.kernel = kernel
        self.b = kernel.b
        self.axis = axis
        self.pairs = pairs
        self._maxima = {pair.leader for pair in pairs.scaled.values()}
        self._moments = {pair.leader: pair for pair in pairs.deviations.values()}
        self._steps: dict[Node, tuple[SSAValue, SSAValue, SSAValue]] = {}
        """Running maximum -> the operand, the maximum before the block and after it."""

    def __contains__(self, node: Node) -> bool:
        return (
            node in self._maxima or node in self._moments or node in self.pairs.scaled or node in self.pairs.deviations
        )

    def initial(self, node: Node) -> list[SSAValue]:
        """The running maximum of each row; lanes of the scaled sum; mean, sum of squares and count of each lane."""
        element = element_of(node)
        schedule = self.kernel.schedule
        if node in self._maxima:
            return [self.b.constant(float("-inf"), element, schedule.shape_over(schedule.parallel))]
        zero = self.b.constant(0.0, element, schedule.tile)
        if node in self.pairs.scaled:
            return [zero]
        return [zero, zero, self.b.constant(0.0, element)] if node in self._moments else []

    def step(self, node: Node, state: State) -> list[SSAValue]:
        """What to carry on after a block."""
        if node in self._maxima:
            return [self._maximum(node, state[node][0])]
        if node in self.pairs.scaled:
            return [self._scaled_sum(self.pairs.scaled[node], state[node][0])]
        return self._advance_moments(node, state[node]) if node in self._moments else []

    def finish(self, node: Node, values: Sequence[SSAValue]) -> SSAValue | None:
        """The result after the loop; `None` for one that its leader's `finish` has given."""
        if node in self._maxima:
            return values[0]
        if node in self.pairs.scaled:
            return self.kernel.finish(node, values)
        return self._combine_moments(node, values) if node in self._moments else None

    # Maximum and sum of exponentials

    def _maximum(self, node: Node, before: SSAValue) -> SSAValue:
        (operand,) = self.kernel.contribution(node)
        of_block = self.kernel.finish(node, [operand])
        after = self.b.binary(xarith.MaximumfOp, before, of_block)
        self._steps[node] = (operand, before, after)
        return after

    def _scaled_sum(self, pair: ScaledSum, total: SSAValue) -> SSAValue:
        operand, before, after = self._steps[pair.leader]
        element = element_of(pair.total)
        zero = self.b.constant(0.0, element)
        old, new = self._reference(pair, before), self._reference(pair, after)
        terms = self._power(pair, self.b.binary(xarith.SubfOp, operand, new))
        mask = self.kernel.index.inside(self.axis)
        if mask is not None:
            terms = self.b.select(mask, terms, zero)
        scale = self._power(pair, self.b.binary(xarith.SubfOp, old, new))
        # Before the first number, there is nothing to scale: and -inf less -inf would be NaN.
        nothing = self.b.compare("oeq", before, self.b.constant(float("-inf"), element))
        kept = self.b.select(nothing, zero, self.b.binary(xarith.MulfOp, total, scale))
        return self.b.reshaped(self.b.binary(xarith.AddfOp, kept, terms), self.kernel.schedule.tile)

    def _power(self, pair: ScaledSum, value: SSAValue) -> SSAValue:
        return self.b.pure(pair.power.cls, (value,), value.type, pair.power.properties)

    def _reference(self, pair: ScaledSum, maximum: SSAValue) -> SSAValue:
        """What the sum is relative to, for a maximum that is not the final one."""
        body = self.kernel.body
        body.values[pair.leader] = maximum
        for node in pair.chain:
            body.emit(node)
        result = body.value(pair.reference)
        for node in (pair.leader, *pair.chain):
            body.values.pop(node, None)
        return result

    # Mean and squared deviations

    def _advance_moments(self, node: Node, state: Sequence[SSAValue]) -> list[SSAValue]:
        mean, squares, count = state
        element = element_of(node)
        operand = self.b.reshaped(self.kernel.body.value(node.operands[0]), self.kernel.schedule.tile)
        count = self.b.binary(xarith.AddfOp, count, self.b.constant(1.0, element))
        part = self.b.binary(xarith.DivfOp, self.b.constant(1.0, element), count)
        delta = self.b.binary(xarith.SubfOp, operand, mean)
        new_mean = self.b.binary(xarith.AddfOp, mean, self.b.binary(xarith.MulfOp, delta, part))
        rest = self.b.binary(xarith.SubfOp, operand, new_mean)
        new_squares = self.b.binary(xarith.AddfOp, squares, self.b.binary(xarith.MulfOp, delta, rest))
        mask = self.kernel.index.inside(self.axis)
        if mask is not None:
            new_mean = self.b.select(mask, new_mean, mean)
            new_squares = self.b.select(mask, new_squares, squares)
        return [new_mean, new_squares, count]

    def _combine_moments(self, node: Node, values: Sequence[SSAValue]) -> SSAValue:
        """The sum, and the squared deviations: those within the lanes, and those of the lanes' means from the mean."""
        mean, squares, _ = values
        pair = self._moments[node]
        tile = self.kernel.schedule.tile
        counts = self._lane_counts(element_of(node))
        total = self.kernel.finish(node, [self.b.reshaped(self.b.binary(xarith.MulfOp, mean, counts), tile)])
        count = self.kernel.body.value(pair.count)
        centre = self.b.binary(xarith.DivfOp, total, count)
        gap = self.b.binary(xarith.SubfOp, mean, centre)
        between = self.b.binary(xarith.MulfOp, self.b.binary(xarith.MulfOp, gap, gap), counts)
        deviations = self.b.binary(xarith.AddfOp, squares, between)
        self.kernel.body.values[pair.squares] = self.kernel.finish(pair.squares, [self.b.reshaped(deviations, tile)])
        return total

    def _lane_counts(self, element: Attribute) -> SSAValue:
        """How many points each lane has seen."""
        index = self.kernel.index
        type_ = index.axis_type(self.axis)
        last = index.value(self.axis.extent + (self.axis.block - 1), type_)
        left = self.b.binary(xarith.SubiOp, last, index.converted(index.steps(self.axis), type_))
        blocks = self.b.binary(xarith.DivSIOp, left, self.b.integer(self.axis.block, type_))
        return self.b.cast(arith.SIToFPOp, blocks, element)


def element_of(node: Node) -> Attribute:
    """The type that a reduction of floats works in."""
    element = node.operands[0].type
    assert element is not None
    return element
