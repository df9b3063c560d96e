"""Pointwise kernels that read across the rows they write: square tiles, transposed in registers.

```
out[d0, d1] = x[d1, d0] + y[d0, d1]      for a tile of T x T points (d0 = w, d1 = v):
                                           load T rows of x, each contiguous along w
                                           log2(T) rounds of two-vector shuffles: T columns, each a vector along v
                                           for each w of the tile: the body, with x's value known
```
Tiles are walked in blocks, so that every page that a block touches is used for several cache lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xdsl.ir import SSAValue

from fxopt.dialects.cpu import ops as cpu
from fxopt.ir.symbolic import IntExpr, ceildiv, floordiv, linear_coefficients, minimum, mod, product
from fxopt.lowering.loop_to_vector.builder import Builder

if TYPE_CHECKING:
    from fxopt.lowering.loop_to_vector.model import KernelModel, Node
    from fxopt.lowering.loop_to_vector.nest import NestEmitter

MAX_TILE = 16
# A longer body is a loop over the columns of the tile, which are put into scratch, not one copy a column.
_MAX_UNROLLED_BODY = 8
TILES_A_BLOCK = 4


def transposed_loads(model: KernelModel, vec: str, across: str) -> list[Node]:
    """Plain loads that are strided along `vec` and contiguous along `across`."""
    result = []
    for node in model.nodes:
        if node.kind != "load" or node.has_mask or node.indirect or node.buffer in model.aliased:
            continue
        steps = linear_coefficients(node.index, (vec, across))
        if steps is not None and steps[across] == 1 and steps[vec] not in (0, 1):
            result.append(node)
    return result


def choose_tile(model: KernelModel, vec: str) -> str | None:
    """The dim across which the most loads are contiguous, if any."""
    if model.reduced or any(node.kind == "check" or node.tag != "set" for node in model.nodes if node.is_effect):
        return None
    counts = {name: len(transposed_loads(model, vec, name)) for name in model.parallel if name != vec}
    best = max(counts, key=lambda name: counts[name], default=None)
    return best if best is not None and counts[best] and _is_long(model.extent(best)) else None


def _is_long(extent: IntExpr) -> bool:
    return not isinstance(extent, int) or extent >= MAX_TILE


def transpose(b: Builder, rows: Sequence[SSAValue]) -> list[SSAValue]:
    """The columns of a square matrix of rows: blocks off the diagonal swap places, at every power of two (Eklundh)."""
    result = list(rows)
    size = len(result)
    span = size // 2
    while span:
        first = [lane if not lane & span else size + (lane ^ span) for lane in range(size)]
        second = [lane | span if not lane & span else size + lane for lane in range(size)]
        for i in range(size):
            if not i & span:
                x, y = result[i], result[i | span]
                result[i], result[i | span] = b.shuffle(x, y, first), b.shuffle(x, y, second)
        span //= 2
    return result


class TiledEmitter:
    """Emits a pointwise kernel in tiles of `vec` by `across`, blocks of whole rows of tiles shared by threads."""

    def __init__(self, nest: NestEmitter, across: str) -> None:
        assert nest.vec is not None
        self.nest = nest
        self.b = nest.b
        self.body = nest.body
        self.vec = nest.vec
        self.across = across
        self.size = nest.schedule.lanes
        self.loads = transposed_loads(nest.model, nest.vec, across)
        self.block = self.size * TILES_A_BLOCK
        self.unrolled = len(nest.model.nodes) - len(self.loads) <= _MAX_UNROLLED_BODY
        self.scratch: dict[Node, SSAValue] = {}

    def emit(self) -> None:
        """The whole kernel."""
        nest = self.nest
        names = [name for name in nest.schedule.parallel if name != self.across]
        rows = nest.extent(self.across)
        blocks = ceildiv(rows, self.block)
        count = nest.or_zero(product([*(nest.extent(name) for name in names), blocks]), [self.vec])

        def unit(position: IntExpr, carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
            left = floordiv(position, blocks)
            for name in reversed(names[1:]):
                self.body.env[name] = mod(left, nest.extent(name))
                left = floordiv(left, nest.extent(name))
            if names:
                self.body.env[names[0]] = left
            lower = mod(position, blocks) * self.block
            self._rows(lower, self._end(lower, rows))
            return carried

        def chunk(begin: IntExpr, end: IntExpr) -> None:
            for node in self.loads if not self.unrolled else ():
                assert node.type is not None
                self.scratch[node] = self.b.append(cpu.AllocaOp(self.size * self.size, node.type)).results[0]
            self.b.for_loop(begin, end, 1, (), unit)

        if nest.schedule.grain:
            nest.threads(count, 1, chunk)
        else:
            chunk(0, count)

    def _end(self, lower: IntExpr, upper: IntExpr) -> IntExpr:
        if isinstance(upper, int) and upper % self.block == 0:
            return lower + self.block
        return self.b.bind(self.b.index(minimum(lower + self.block, upper)))

    def _is_exact(self, name: str) -> bool:
        return mod(self.nest.model.extent(name), self.size) == 0

    def _rows(self, lower: IntExpr, upper: IntExpr) -> None:
        """One block of rows: across blocks of columns."""
        columns = self.nest.extent(self.vec)

        def block(first: IntExpr, carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
            end = self._end(first, columns)
            exact = self._is_exact(self.across)
            middle = upper if exact else lower + floordiv(upper - lower, self.size) * self.size
            self.b.for_loop(lower, middle, self.size, (), lambda row, c: self._tiles(row, first, end, c))
            if not exact:
                self.b.for_loop(middle, upper, 1, (), lambda row, c: self._plain_row(row, first, end, c))
            return carried

        self.b.for_loop(0, columns, self.block, (), block)

    def _tiles(self, row: IntExpr, first: IntExpr, end: IntExpr, carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
        exact = self._is_exact(self.vec)
        middle = end if exact else first + floordiv(end - first, self.size) * self.size
        self.b.for_loop(first, middle, self.size, (), lambda column, c: self._tile(row, column, c))
        if not exact:

            def rest(at: IntExpr, inner: Sequence[SSAValue]) -> Sequence[SSAValue]:
                return self._plain_row(at, middle, end, inner)

            self.b.for_loop(row, row + self.size, 1, (), rest)
        return carried

    def _plain_row(self, row: IntExpr, first: IntExpr, end: IntExpr, carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
        self.body.env[self.across] = row
        self.nest.vector_points(first, end)
        return carried

    def _tile(self, row: IntExpr, column: IntExpr, carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
        env = self.body.env
        env[self.across] = row
        columns: dict[Node, list[SSAValue]] = {}
        for node in self.loads:
            rows = []
            for k in range(self.size):
                env[self.vec] = column + k
                rows.append(self.body.load_along(node, self.across))
            columns[node] = transpose(self.b, rows)
        env[self.vec] = column
        if not self.unrolled:
            return self._column_loop(row, columns, carried)
        for k in range(self.size):
            env[self.across] = row + k
            for node in self.loads:
                self.body.define(node, columns[node][k])
            self.nest.point()
        return carried

    def _column_loop(
        self, row: IntExpr, columns: dict[Node, list[SSAValue]], carried: Sequence[SSAValue]
    ) -> Sequence[SSAValue]:
        """The body in a loop over the columns of a tile."""
        for node in self.loads:
            for k, value in enumerate(columns[node]):
                self.b.append(cpu.StoreOp(value, self.scratch[node], self.b.index(k * self.size)))

        def point(k: IntExpr, inner: Sequence[SSAValue]) -> Sequence[SSAValue]:
            self.body.env[self.across] = row + k
            for node in self.loads:
                type_ = columns[node][0].type
                load = cpu.LoadOp(self.scratch[node], self.b.index(k * self.size), type_)
                self.body.define(node, self.b.append(load).results[0])
            self.nest.point()
            return inner

        return self.b.for_loop(0, self.size, 1, carried, point)
