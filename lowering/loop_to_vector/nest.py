"""Emits the loops of a scheduled kernel: threads, parallel dims, the vector loop, passes over the reduced dims."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from xdsl.ir import Region, SSAValue

from fxopt.dialects.cpu import ops as cpu
from fxopt.ir.symbolic import Expr, IntExpr, floordiv, linear_coefficients, minimum, mod, product, substitute
from fxopt.lowering.loop_to_vector.accumulate import Accumulator, State, position_type, states_of
from fxopt.lowering.loop_to_vector.body import BodyEmitter
from fxopt.lowering.loop_to_vector.builder import INDEX, Builder
from fxopt.lowering.loop_to_vector.model import KernelModel, Node
from fxopt.lowering.loop_to_vector.phases import Pass, plan_phases, row_elements
from fxopt.lowering.loop_to_vector.schedule import Schedule
from fxopt.lowering.loop_to_vector.tables import plan_tables
from fxopt.lowering.loop_to_vector.tile import TiledEmitter

# Serial additions to one accumulator before it is added to another: bounds the rounding error of long sums.
_BLOCK = 128


class NestEmitter:
    """Emits one kernel's loops into a builder."""

    def __init__(self, b: Builder, model: KernelModel, schedule: Schedule, body: BodyEmitter) -> None:
        self.b = b
        self.model = model
        self.schedule = schedule
        self.body = body
        self.tables = plan_tables(model, schedule)
        self.phases = plan_phases(model, schedule, self.tables)
        self.symbols: dict[str, IntExpr] = {}
        self.vec = schedule.vec
        self.vec_reduced = self.vec is not None and model.dims[self.vec].reduced
        self.position_type = position_type(model.reduced_points())
        self.scratch: dict[Node, SSAValue] = {}
        # What is kept in an output is read back after it is written: those loads may not move.
        body.pinned |= {store.buffer for store in self.phases.in_output.values() if store.buffer is not None}

    def extent(self, name: str) -> IntExpr:
        """The extent of a dim over bound variables."""
        return self.bound(self.model.extent(name))

    def bound(self, expr: IntExpr) -> IntExpr:
        return substitute(expr, self.symbols)

    # Parallel dims -----------------------------------------------------------------------------------------

    def emit(self) -> None:
        """The whole kernel."""
        self.body.env.update(self.symbols)
        schedule = self.schedule
        if schedule.tile is not None:
            TiledEmitter(self, schedule.tile).emit()
        elif schedule.grain == 0:
            self._make_scratch()
            self._parallel_dims(list(schedule.parallel))
        elif schedule.threaded:
            names = schedule.parallel[: schedule.threaded]
            rest = schedule.parallel[schedule.threaded :]
            count = self.or_zero(product(self.extent(name) for name in names), rest)
            self.threads(count, 1, lambda begin, end: self._collapsed(names, rest, begin, end))
        else:
            assert self.vec is not None
            count = self.or_zero(self.extent(self.vec), schedule.parallel)
            self.threads(count, schedule.lanes, self._shared_vector_dim)

    def or_zero(self, count: IntExpr, others: Sequence[str]) -> IntExpr:
        """`count`, or 0 where another parallel dim is empty: then nothing may be loaded."""
        symbolic = [extent for name in others if not isinstance(extent := self.extent(name), int)]
        for extent in symbolic:
            count = count * minimum(extent, 1)
        return count

    def threads(self, count: IntExpr, multiple: int, body: Callable[[IntExpr, IntExpr], None]) -> None:
        """Shares `[0, count)` between threads; `body` emits a range."""
        lower, upper, grain = self.b.index(0), self.b.index(count), self.b.index(self.schedule.grain)
        block = self.b.push((INDEX, INDEX))
        self.b.floor = self.b.level
        self._make_scratch()
        body(self.b.bind(block.args[0]), self.b.bind(block.args[1]))
        self.b.append(cpu.YieldOp.create())
        self.b.pop()
        self.b.floor = 0
        self.b.append(cpu.ParallelOp(lower, upper, grain, Region(block), multiple))

    def _collapsed(self, names: Sequence[str], rest: Sequence[str], begin: IntExpr, end: IntExpr) -> None:
        """One loop over the points of several dims."""

        def point(position: IntExpr, carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
            left = position
            for name in reversed(names[1:]):
                extent = self.extent(name)
                self.body.env[name] = mod(left, extent)
                left = floordiv(left, extent)
            self.body.env[names[0]] = left
            self._parallel_dims(list(rest))
            return carried

        self.b.for_loop(begin, end, 1, (), point)

    def _shared_vector_dim(self, begin: IntExpr, end: IntExpr) -> None:
        assert self.vec is not None
        exact = mod(self.model.extent(self.vec), self.schedule.lanes) == 0
        self._parallel_dims(list(self.schedule.parallel), begin, end, exact)

    def _parallel_dims(
        self, names: list[str], begin: IntExpr = 0, end: IntExpr | None = None, exact: bool | None = None
    ) -> None:
        """Loops over the remaining parallel dims, then the vector dim if it is parallel, then one point."""
        if names:

            def inner(position: IntExpr, carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
                self.body.env[names[0]] = position
                self._parallel_dims(names[1:], begin, end, exact)
                return carried

            self.b.for_loop(0, self.extent(names[0]), 1, (), inner)
            return
        if self.vec is None or self.vec_reduced:
            self.point()
            return
        self.vector_points(begin, self.extent(self.vec) if end is None else end, exact)

    def vector_points(self, begin: IntExpr, end: IntExpr, exact: bool | None = None) -> None:
        """The points of a range of the vector dim."""

        def points(carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
            self.point()
            return carried

        self._vector_loop(begin, end, (), points, exact)

    def _vector_loop(
        self,
        lower: IntExpr,
        upper: IntExpr,
        inits: Sequence[SSAValue],
        body: Callable[[Sequence[SSAValue]], Sequence[SSAValue]],
        exact: bool | None = None,
    ) -> Sequence[SSAValue]:
        """Steps through the vector dim: whole vectors, then the rest under a mask."""
        assert self.vec is not None
        lanes = self.schedule.lanes
        span = upper - lower
        if isinstance(span, Expr) and not isinstance(lower, int):
            span = self.b.bind(self.b.index(span))  # a variable: known not to be negative
        whole = floordiv(span, lanes) * lanes
        if exact is None:
            exact = whole == span
        if exact:
            whole = span

        def step(position: IntExpr, carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
            assert self.vec is not None
            self.body.env[self.vec] = position
            return body(carried)

        def masked(position: IntExpr, carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
            self.body.mask = self.b.create_mask(self.b.index(upper - position), lanes)
            results = step(position, carried)
            self.body.mask = None
            return results

        middle = upper if exact else lower + whole
        carried = self.b.for_loop(lower, middle, lanes, inits, step)
        return carried if exact else self.b.for_loop(middle, upper, lanes, carried, masked)

    # Reduced dims ------------------------------------------------------------------------------------------

    def _make_scratch(self) -> None:
        count = row_elements(self.model, self.schedule)
        for plan in self.phases.passes:
            for node in plan.saves:
                if node in self.phases.in_output:
                    continue
                assert isinstance(count, int) and node.type is not None
                self.scratch[node] = self.b.append(cpu.AllocaOp(max(count, 1), node.type)).results[0]
        if self.tables.values:
            self._fill_tables()

    def _fill_tables(self) -> None:
        """Computes the tables of this thread, over the whole of the vector dim."""
        assert self.vec is not None
        extent = self.model.extent(self.vec)
        assert isinstance(extent, int)
        for node in self.tables.values:
            assert node.type is not None
            self.scratch[node] = self.b.append(cpu.AllocaOp(extent + self.schedule.lanes, node.type)).results[0]

        def fill(carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
            assert self.vec is not None
            self.body.emit_all(self.tables.nodes)
            at = self.b.index(self.body.env[self.vec])
            for node in self.tables.values:
                self.b.append(cpu.StoreOp(self.body.value(node), self.scratch[node], at))
            return carried

        self._vector_loop(0, extent, (), fill)

    def _read_tables(self, nodes: Sequence[Node]) -> None:
        assert self.vec is not None
        for node in nodes:
            assert node.type is not None
            type_ = cpu.vector_type(node.type, self.schedule.lanes)
            load = cpu.LoadOp(self.scratch[node], self.b.index(self.body.env[self.vec]), type_)
            self.body.define(node, self.b.append(load).results[0])

    def point(self) -> None:
        """Everything at one parallel point, or at `lanes` of them."""
        if not self.vec_reduced and self.tables.values:
            self._read_tables(self.tables.values)
        self.body.emit_all(self.phases.before[0])
        for k, plan in enumerate(self.phases.passes):
            if plan.nodes or plan.reduces or plan.restores:
                self._pass(plan)
            self.body.emit_all(self.phases.before[k + 1])

    def _pass(self, plan: Pass) -> None:
        reduces = [Accumulator(node, self.position_type, self._is_ordered(node)) for node in plan.reduces]
        scans = [Accumulator(node, self.position_type) for node in plan.scans]
        accumulators = [*reduces, *scans]
        inits: list[SSAValue] = []
        for accumulator in accumulators:
            # A scan over lanes carries one state for all of them.
            lanes = 0 if accumulator.is_scan and self.vec_reduced else self._state_lanes(accumulator.node)
            inits += accumulator.identity(self.b, lanes)

        def point(carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
            return self._reduced_point(plan, accumulators, states_of(carried, accumulators))

        names = list(self.schedule.reduced)
        results = self._reduced_dims(names, accumulators, inits, point)
        for accumulator, state in zip(accumulators, states_of(results, accumulators), strict=True):
            if accumulator.is_scan:
                continue
            value = accumulator.finish(self.b, state) if self.vec_reduced else accumulator.result(self.b, state)
            self.body.define(accumulator.node, value)

    def _is_ordered(self, node: Node) -> bool:
        """Whether the loops over the reduced dims meet the positions of an arg-reduction in ascending order."""
        names = [*self.schedule.reduced, *([self.vec] if self.vec_reduced and self.vec is not None else [])]
        steps = linear_coefficients(node.position, names)
        if steps is None:
            return False
        extent = self.model.extent
        return all(steps[outer] == steps[inner] * extent(inner) for outer, inner in pairwise(names))

    def _state_lanes(self, node: Node) -> int:
        """Lanes of an accumulator: all where it differs between them, or where lanes are reduced points."""
        if self.vec is None:
            return 0
        return self.schedule.lanes if self.vec_reduced or self.vec in node.varies else 0

    def _reduced_dims(
        self,
        names: list[str],
        accumulators: Sequence[Accumulator],
        carried: Sequence[SSAValue],
        point: Callable[[Sequence[SSAValue]], Sequence[SSAValue]],
    ) -> Sequence[SSAValue]:
        if not names:
            if not self.vec_reduced:
                return point(carried)
            assert self.vec is not None
            upper, step = self.extent(self.vec), self.schedule.lanes

            def vectors(
                lower: IntExpr, end: IntExpr, values: Sequence[SSAValue], exact: bool | None
            ) -> Sequence[SSAValue]:
                return self._vector_loop(lower, end, values, point, exact)

            return self._blocked(upper, step, accumulators, carried, vectors)

        def run(lower: IntExpr, end: IntExpr, values: Sequence[SSAValue], _: bool | None) -> Sequence[SSAValue]:
            return self.b.for_loop(lower, end, 1, values, inner)

        def inner(position: IntExpr, values: Sequence[SSAValue]) -> Sequence[SSAValue]:
            self.body.env[names[0]] = position
            return self._reduced_dims(names[1:], accumulators, values, point)

        return self._blocked(self.extent(names[0]), 1, accumulators, carried, run)

    def _blocked(
        self,
        upper: IntExpr,
        step: int,
        accumulators: Sequence[Accumulator],
        carried: Sequence[SSAValue],
        run: Callable[[IntExpr, IntExpr, Sequence[SSAValue], bool | None], Sequence[SSAValue]],
    ) -> Sequence[SSAValue]:
        """Runs a loop in blocks, each with fresh sums that are added up at its end; other states go through."""
        size = _BLOCK * step
        short = isinstance(upper, int) and upper <= 2 * size
        if short or not any(accumulator.wants_blocks for accumulator in accumulators):
            return run(0, upper, carried, None)

        def block(lower: IntExpr, values: Sequence[SSAValue]) -> Sequence[SSAValue]:
            outer = states_of(values, accumulators)
            starts: list[SSAValue] = []
            for accumulator, state in zip(accumulators, outer, strict=True):
                lanes = cpu.lanes_of(state[0].type)
                starts += accumulator.identity(self.b, lanes) if accumulator.wants_blocks else state
            end = self._block_end(lower, size, upper)
            exact = True if isinstance(upper, int) and upper % step == 0 else None
            inner = states_of(run(lower, end, starts, exact), accumulators)
            results: list[SSAValue] = []
            for accumulator, state, partial in zip(accumulators, outer, inner, strict=True):
                results += accumulator.combine(self.b, state, partial) if accumulator.wants_blocks else partial
            return results

        return self.b.for_loop(0, upper, size, carried, block)

    def _block_end(self, lower: IntExpr, size: int, upper: IntExpr) -> IntExpr:
        if isinstance(upper, int) and upper % size == 0:
            return lower + size
        return self.b.bind(self.b.index(minimum(lower + size, upper)))

    def _reduced_point(
        self, plan: Pass, accumulators: Sequence[Accumulator], states: Sequence[State]
    ) -> list[SSAValue]:
        """One step of a pass: evaluates its nodes and takes them into the states."""
        if plan.tables:
            self._read_tables(plan.tables)
        for node in plan.restores:
            self._restore(node)
        new_states = dict(zip([a.node for a in accumulators], states, strict=True))
        by_node = {accumulator.node: accumulator for accumulator in accumulators}
        for node in plan.nodes:
            if node.kind == "scan":
                new_states[node] = self._scan(by_node[node], new_states[node])
            else:
                self.body.emit_all([node])
        for node in plan.saves:
            self._save(node)
        for accumulator in accumulators:
            if not accumulator.is_scan:
                node = accumulator.node
                element = self._element(accumulator, cpu.lanes_of(new_states[node][0].type))
                new_states[node] = accumulator.update(self.b, new_states[node], element)
        return [value for accumulator in accumulators for value in new_states[accumulator.node]]

    def _save(self, node: Node) -> None:
        """Keeps a value for a later pass."""
        if (store := self.phases.in_output.get(node)) is not None:
            self.body.store_at(store, self.body.value(node))
            return
        self.b.append(cpu.StoreOp(self.body.value(node), self.scratch[node], self.b.index(self._row_position())))

    def _restore(self, node: Node) -> None:
        """Takes back a value that an earlier pass kept."""
        assert node.type is not None
        if (store := self.phases.in_output.get(node)) is not None:
            self.body.define(node, self.body.load_back(store))
            return
        type_ = cpu.vector_type(node.type, self.schedule.lanes) if self._is_vector(node) else node.type
        load = cpu.LoadOp(self.scratch[node], self.b.index(self._row_position()), type_)
        self.body.define(node, self.b.append(load).results[0])

    def _is_vector(self, node: Node) -> bool:
        return self.vec is not None and self.vec in node.varies

    def _element(self, accumulator: Accumulator, lanes: int) -> State:
        """The state of the current element alone; the identity in lanes beyond the end of a reduced vector dim."""
        node = accumulator.node
        element = [self.b.broadcast(self.body.value(node.operands[0]), lanes)]
        if accumulator.has_position:
            element.append(self._position(node, lanes))
        mask = self.body.mask if self.vec_reduced else None
        return accumulator.masked(self.b, element, mask)

    def _position(self, node: Node, lanes: int) -> SSAValue:
        probe = Node("index", self.position_type)
        probe.index = node.position
        if self.vec_reduced:
            return self.b.broadcast(self.body.vector_index(probe, probe.index, self.position_type), lanes)
        value = self.b.as_i64(self.b.index(self.body.scalar_index(probe)))
        return self.b.broadcast(self.body.narrowed(value, self.position_type), lanes)

    def _scan(self, accumulator: Accumulator, state: State) -> State:
        """Emits a scan node at the current position; returns the carried state."""
        node = accumulator.node
        if not self.vec_reduced:
            element = self._element(accumulator, cpu.lanes_of(state[0].type))
            state = accumulator.update(self.b, state, accumulator.widened(self.b, element))
            self.body.define(node, accumulator.result(self.b, state))
            return state
        lanes = self.schedule.lanes
        prefix = accumulator.scan_lanes(self.b, self._element(accumulator, lanes))
        before = [self.b.broadcast(value, lanes) for value in accumulator.narrowed(self.b, state)]
        self.body.define(node, accumulator.value_of(self.b, accumulator.combine(self.b, before, prefix)))
        # From the prefix, not from the sum above: the dependent chain is one scalar operation.
        last = accumulator.widened(self.b, [self.b.extract(value, lanes - 1) for value in prefix])
        return accumulator.combine(self.b, state, last)

    def _row_position(self) -> IntExpr:
        """The position in a scratch row: row-major over the reduced dims, times the lanes where those are points."""
        names = [*self.schedule.reduced, *([self.vec] if self.vec_reduced and self.vec is not None else [])]
        position: IntExpr = 0
        for name in names:
            position = position * self.extent(name) + self.body.env[name]
        lanes_are_points = self.vec is not None and not self.vec_reduced
        return position * self.schedule.lanes if lanes_are_points else position
