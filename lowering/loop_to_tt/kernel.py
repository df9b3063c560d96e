"""One kernel: the body over the tile, with a loop over the reduced dims for each phase where they are looped."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import IntegerType, i1, i32, i64
from xdsl.ir import Attribute, SSAValue

from fxopt.dialects import arith
from fxopt.dialects.tt import ops as tt
from fxopt.dialects.tt.attrs import EvictionPolicy, element_type_of
from fxopt.lowering.loop_to_tt.axes import Axis, Schedule
from fxopt.lowering.loop_to_tt.body import BodyEmitter
from fxopt.lowering.loop_to_tt.builder import Builder
from fxopt.lowering.loop_to_tt.combine import (
    ARG_KINDS,
    combine,
    combine_scan,
    fill_region,
    identity,
    last_position,
)
from fxopt.lowering.loop_to_tt.index import IndexEmitter
from fxopt.lowering.loop_to_tt.online import find_pairs
from fxopt.lowering.loop_to_tt.pairs import PairEmitter
from fxopt.lowering.loop_to_vector.model import KernelModel, Node


class KernelEmitter:
    """Emits all nodes of an analysed model under a schedule."""

    def __init__(
        self, builder: Builder, model: KernelModel, schedule: Schedule, index: IndexEmitter, body: BodyEmitter
    ) -> None:
        self.b = builder
        self.model = model
        self.schedule = schedule
        self.index = index
        self.body = body
        self.reduced = frozenset(model.reduced)
        self.pairs: PairEmitter | None = None
        if schedule.reduced is not None and schedule.reduced.looped:
            pairs = find_pairs(model)
            model.leaders = pairs.leaders()
            model.analyse()
            self.pairs = PairEmitter(self, pairs, schedule.reduced)
        self._last = max((node.phase for node in model.nodes), default=0)

    def emit(self) -> None:
        """The whole kernel."""
        axis = self.schedule.reduced
        if axis is None or not axis.looped:
            for node in self.model.nodes:
                self._emit_in_tile(node)
            return
        deferred: list[Node] = []
        for phase in range(self._last + 1):
            for node in self.model.nodes:
                if node.phase == phase and node.kind != "reduce" and not node.varies & self.reduced:
                    if node.is_effect:
                        deferred.append(node)
                    else:
                        self.body.emit(node)
            self._emit_loop(axis, phase)
        for node in deferred:
            self.body.emit(node)

    def _emit_in_tile(self, node: Node) -> None:
        if node.kind == "reduce":
            self.body.values[node] = self.finish(node, self.contribution(node))
        elif node.kind == "scan":
            self.body.values[node] = self._scan(node)[-1]
        else:
            self.body.emit(node)

    # Loops

    def _needed(self, phase: int) -> list[Node]:
        """What the loop of a phase evaluates, in order: its reductions and effects, and their operands."""
        stack = [
            node
            for node in self.model.nodes
            if node.phase == phase and (node.kind == "reduce" or (node.is_effect and node.varies & self.reduced))
        ]
        needed: set[Node] = set(stack)
        while stack:
            node = stack.pop()
            # What a pair's second reduction sums is computed from the first one's operand.
            for operand in self.model.leaders[node].operands if node in self.model.leaders else node.operands:
                if operand not in needed and operand.kind != "reduce" and operand.varies & self.reduced:
                    needed.add(operand)
                    stack.append(operand)
        return sorted(needed, key=lambda node: node.order)

    def _emit_loop(self, axis: Axis, phase: int) -> None:
        nodes = self._needed(phase)
        if not nodes:
            return
        self._set_eviction(nodes, phase)
        type_ = self.index.axis_type(axis)
        carriers = [node for node in nodes if node.is_over_reduced]
        inits = {node: self._initial(node) for node in carriers}
        upper = self.index.value(axis.extent, type_)
        flat = [value for node in carriers for value in inits[node]]

        def body(position: SSAValue, carried: Sequence[SSAValue]) -> list[SSAValue]:
            self.index.looped = position
            state = _unflatten(carriers, inits, carried)
            results: list[SSAValue] = []
            for node in nodes:
                if self.pairs is not None and node in self.pairs:
                    results += self.pairs.step(node, state)
                elif node.kind == "reduce":
                    results += combine(self.b, node.tag, node.unsigned, state[node], self.contribution(node))
                elif node.kind == "scan":
                    results += self._scan_step(node, state[node])
                else:
                    self.body.emit(node)
            return results

        lower, step = self.b.integer(0, type_), self.b.integer(axis.block, type_)
        results = self.b.loop(lower, upper, step, flat, body)
        self.index.looped = None
        for node in nodes:
            self.body.values.pop(node, None)
        for node, values in _unflatten(carriers, inits, results).items():
            if self.pairs is not None and node in self.pairs:
                result = self.pairs.finish(node, values)
                if result is not None:
                    self.body.values[node] = result
            elif node.kind == "reduce":
                self.body.values[node] = self.finish(node, values)

    def _set_eviction(self, nodes: list[Node], phase: int) -> None:
        """What a later phase reads again stays in the cache; what is read for the last time makes room."""
        again = {node for later in range(phase + 1, self._last + 1) for node in self._needed(later)}
        for node in nodes:
            if node.kind == "load":
                policy = EvictionPolicy.EVICT_LAST if node in again else EvictionPolicy.EVICT_FIRST
                self.body.eviction[node] = policy

    def _initial(self, node: Node) -> list[SSAValue]:
        """Accumulators of a reduction (a tile), or what a scan carries (one value a parallel point)."""
        if self.pairs is not None and node in self.pairs:
            return self.pairs.initial(node)
        element = self._element(node)
        shape = self.schedule.tile
        if node.kind == "scan":
            shape = self.schedule.shape_over(self.schedule.parallel)
        values = [self.b.constant(identity(node.tag, element, node.unsigned), element, shape)]
        if node.tag in ARG_KINDS:
            type_ = self._position_type(node)
            at = last_position(type_) if node.kind == "reduce" else 0
            values.append(self.b.constant(at, type_, shape))
        return values

    # Reductions

    def _element(self, node: Node) -> Attribute:
        """The type that a reduction works in: i32 for booleans."""
        element = node.operands[0].type
        assert element is not None
        return i32 if element == i1 else element

    def _position_type(self, node: Node) -> IntegerType:
        return i32 if self.index.fits(node.position) else i64

    def contribution(self, node: Node) -> list[SSAValue]:
        """The operand over the whole tile, with the identity outside of the extents; and its position."""
        operand = self.body.value(node.operands[0])
        element = self._element(node)
        if element_type_of(operand.type) != element:
            operand = self.b.cast(arith.ExtUIOp, operand, element)
        values = [operand]
        if node.tag in ARG_KINDS:
            values.append(self.index.value(node.position, self._position_type(node)))
        axis = self.schedule.reduced
        assert axis is not None
        mask = self.index.inside(axis)
        if mask is not None:
            outside = [self.b.constant(identity(node.tag, element, node.unsigned), element)]
            if node.tag in ARG_KINDS:
                outside.append(self.b.constant(last_position(self._position_type(node)), self._position_type(node)))
            values = [self.b.select(mask, value, other) for value, other in zip(values, outside, strict=True)]
        tile = self.schedule.tile
        return [self.b.reshaped(value, tile) for value in values]

    def finish(self, node: Node, values: Sequence[SSAValue]) -> SSAValue:
        """One value a parallel point from the partial results in a tile."""
        axis = self.schedule.reduced
        assert axis is not None and axis.position is not None
        op = tt.ReduceOp(values, axis.position)
        fill_region(op.combine_op.block, tt.ReduceReturnOp, lambda b, x, y: combine(b, node.tag, node.unsigned, x, y))
        level = self.b.level_of(op.operands)
        result: SSAValue = self.b.append(op, level).results[-1]
        if self.schedule.rank > 1:
            result = self.b.pure_op(tt.ExpandDimsOp(result, axis.position))
        return self._as_result(node, result)

    def _as_result(self, node: Node, value: SSAValue) -> SSAValue:
        assert node.type is not None
        if node.type == i1:
            return self.b.compare("ne", value, self.b.constant(0, i32))
        if node.tag in ARG_KINDS:
            return self.index.converted(value, i64)
        return value

    # Scans

    def _scan(self, node: Node) -> Sequence[SSAValue]:
        """The scan of the tile: the running value, and for arg-scans its position (the last result)."""
        axis = self.schedule.reduced
        assert axis is not None and axis.position is not None
        op = tt.ScanOp(self.contribution(node), axis.position)
        fill_region(
            op.combine_op.block, tt.ScanReturnOp, lambda b, x, y: combine_scan(b, node.tag, node.unsigned, x, y)
        )
        results: list[SSAValue] = list(self.b.append(op, self.b.level_of(op.operands)).results)
        results[-1] = self._as_result(node, results[-1])
        return results

    def _scan_step(self, node: Node, carried: Sequence[SSAValue]) -> list[SSAValue]:
        """Scans one block, continues what was carried, and gives what to carry on: the values at its last position."""
        axis = self.schedule.reduced
        assert axis is not None and axis.position is not None
        results = list(self._scan(node))
        if node.tag in ARG_KINDS:
            results[-1] = self.index.converted(results[-1], self._position_type(node))
        tile = self.schedule.tile
        before = [self.b.reshaped(value, tile) for value in carried]
        joined = combine_scan(self.b, node.tag, node.unsigned, before, results)
        self.body.values[node] = self._as_result(node, joined[-1])
        at_end = self.b.compare("eq", self.index.steps(axis), self.b.constant(axis.block - 1, i32))
        return [self._picked(at_end, value) for value in joined]

    def _picked(self, where: SSAValue, value: SSAValue) -> SSAValue:
        """The element of each row for which `where` holds: the sum of it and zeros."""
        axis = self.schedule.reduced
        assert axis is not None and axis.position is not None
        element = element_type_of(value.type)
        only = self.b.select(where, value, self.b.constant(0, element))
        op = tt.ReduceOp([self.b.reshaped(only, self.schedule.tile)], axis.position)
        fill_region(op.combine_op.block, tt.ReduceReturnOp, lambda b, x, y: combine(b, "sum", False, x, y))
        result: SSAValue = self.b.append(op).results[0]
        if self.schedule.rank > 1:
            result = self.b.pure_op(tt.ExpandDimsOp(result, axis.position))
        return result


def _unflatten(
    nodes: Sequence[Node], like: dict[Node, list[SSAValue]], values: Sequence[SSAValue]
) -> dict[Node, Sequence[SSAValue]]:
    result: dict[Node, Sequence[SSAValue]] = {}
    at = 0
    for node in nodes:
        result[node] = values[at : at + len(like[node])]
        at += len(like[node])
    return result
