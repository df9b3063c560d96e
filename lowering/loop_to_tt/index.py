"""Index arithmetic of a tile: positions along the axes, dims recovered from them, and index expressions.

Everything is computed at the smallest shape that it varies over, in i32 where the result provably fits. A run of dims
that an expression walks row-major is one term of the axis's linear position, so contiguous accesses stay contiguous.
"""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.dialects import arith as xarith
from xdsl.dialects.builtin import IntegerType, i32, i64
from xdsl.ir import Attribute, SSAValue

from fxopt.dialects import arith
from fxopt.dialects.tt import ops as tt
from fxopt.dialects.tt.attrs import element_type_of, shape_of
from fxopt.ir.symbolic import Atom, Expr, IntExpr, bounds, linear_coefficients, product, substitute, var
from fxopt.lowering.loop_to_tt.axes import Axis, Schedule
from fxopt.lowering.loop_to_tt.builder import Builder, Shape
from fxopt.lowering.loop_to_vector.model import KernelModel

_SAFE = 1 << 30
"""Linear positions below this leave room for a block beyond the extent in i32."""


class IndexEmitter:
    """Emits index arithmetic. `looped` is the induction variable of the open loop over the reduced axis."""

    def __init__(
        self, builder: Builder, model: KernelModel, schedule: Schedule, symbols: Mapping[str, SSAValue]
    ) -> None:
        self.b = builder
        self.schedule = schedule
        self.symbols = symbols
        self.ranges = model.ranges()
        self.extents = {name: dim.extent for name, dim in model.dims.items()}
        self.axis_of = {dim: axis for axis in schedule.axes for dim in axis.dims}
        self.looped: SSAValue | None = None
        self._runs: dict[str, tuple[Axis, int, int]] = {}
        self._block_ids: dict[str, SSAValue] = {}
        self._indirect: Mapping[str, SSAValue] = {}

    # Positions along axes

    def axis_type(self, axis: Axis) -> IntegerType:
        """i32 where every position along the axis fits, masked ones included."""
        return i32 if isinstance(axis.extent, int) and axis.extent < _SAFE else i64

    def _block_id(self, axis: Axis) -> SSAValue:
        """Which block of a parallel axis this program computes: the innermost axis changes fastest."""
        if not self._block_ids:
            self._emit_block_ids()
        return self._block_ids[axis.name]

    def _emit_block_ids(self) -> None:
        parallel = self.schedule.parallel
        small = all(self.axis_type(axis) == i32 for axis in parallel)
        rest: SSAValue = self.b.placed(tt.GetProgramIdOp(0))
        if not small:
            rest = self.b.cast(arith.ExtSIOp, rest, i64)
        for k, axis in reversed(list(enumerate(parallel))):
            outer = product(other.blocks for other in parallel[:k])
            if outer == 1:
                self._block_ids[axis.name] = rest
                zero = self.b.integer(0, rest.type)
                self._block_ids |= {other.name: zero for other in parallel[:k]}
                return
            count = self.value(axis.blocks, rest.type)
            self._block_ids[axis.name] = self.b.binary(xarith.RemUIOp, rest, count)
            rest = self.b.binary(xarith.DivUIOp, rest, count)

    def linear(self, axis: Axis) -> SSAValue:
        """Positions of the block along the axis, in `axis_type`."""
        type_ = self.axis_type(axis)
        start: SSAValue | None
        if axis.reduced:
            start = self.looped if axis.looped else None
        else:
            start = self.converted(self._block_id(axis), type_)
            if axis.block != 1:
                start = self.b.binary(xarith.MuliOp, start, self.b.integer(axis.block, type_))
        if axis.position is None:
            assert start is not None
            return start
        steps = self.converted(self.steps(axis), type_)
        return steps if start is None else self.b.binary(xarith.AddiOp, start, steps)

    def steps(self, axis: Axis) -> SSAValue:
        """`0 … block - 1` along the axis's dim of the tile."""
        if axis.block == 1:
            return self.b.constant(0, i32, (1,) * self.schedule.rank)
        cache = self.b.caches[0]
        key = ("steps", axis.name)
        if key not in cache:
            value = self.b.append(tt.MakeRangeOp(0, axis.block), 0).results[0]
            for k in range(self.schedule.rank):
                if k != axis.position:
                    value = self.b.append(tt.ExpandDimsOp(value, k), 0).results[0]
            cache[key] = value
        return cache[key]

    def inside(self, axis: Axis) -> SSAValue | None:
        """Which positions along the axis are below its extent; `None` where all are."""
        if not axis.is_masked:
            return None
        positions = self.linear(axis)
        return self.b.compare("slt", positions, self.value(axis.extent, element_type_of(positions.type)))

    # Dims

    def _run(self, axis: Axis, first: int, last: int) -> IntExpr:
        """A variable for the dims `first … last` of an axis as one."""
        name = f"{axis.name}.{first}.{last}"
        self._runs[name] = (axis, first, last)
        if name not in self.ranges:
            extent = product(axis.extents[first : last + 1])
            self.ranges[name] = (0, max(extent - 1, 0) if isinstance(extent, int) else None)
        return var(name)

    def _run_value(self, name: str) -> SSAValue:
        axis, first, last = self._runs[name]
        value = self.linear(axis)
        type_ = element_type_of(value.type)
        inner = product(axis.extents[last + 1 :])
        if inner != 1:
            value = self.b.binary(xarith.DivUIOp, value, self.value(inner, type_))
        if first > 0:
            value = self.b.binary(xarith.RemUIOp, value, self.value(product(axis.extents[first : last + 1]), type_))
        return value

    def _by_runs(self, expr: IntExpr) -> IntExpr:
        """`expr` with dims replaced by runs of their axes."""
        for axis in self.schedule.axes:
            if isinstance(expr, int):
                return expr
            used = expr.free_vars()
            if used.isdisjoint(axis.dims):
                continue
            steps = linear_coefficients(expr, axis.dims)
            k = len(axis.dims) - 1
            values: dict[str, IntExpr] = {}
            while k >= 0:
                first = k
                if steps is not None:
                    step = steps[axis.dims[k]]
                    while (
                        first > 0
                        and step != 0
                        and steps[axis.dims[first - 1]] == step * product(axis.extents[first : k + 1])
                    ):
                        first -= 1
                if not used.isdisjoint(axis.dims[first : k + 1]):
                    values |= dict.fromkeys(axis.dims[first:k], 0)
                    values[axis.dims[k]] = self._run(axis, first, k)
                k = first - 1
            expr = substitute(expr, values)
        return expr

    # Expressions

    def value(self, expr: IntExpr, type_: Attribute, indirect: Mapping[str, SSAValue] | None = None) -> SSAValue:
        """An expression over dims, symbols and indirect values, in integers of `type_`."""
        outer, self._indirect = self._indirect, indirect or {}
        result = self._plain(self._by_runs(expr), type_)
        self._indirect = outer
        return result

    def parts(
        self, expr: IntExpr, type_: Attribute, indirect: Mapping[str, SSAValue] | None = None
    ) -> tuple[SSAValue | None, SSAValue | None]:
        """The sum of the terms that are the same for the whole tile, and the sum of the others.

        In `type_`, or in i32 where `type_` is wider and a sum provably fits.
        """
        outer, self._indirect = self._indirect, indirect or {}
        same, varying = self._split(self._by_runs(expr))
        scalar = None if same == 0 else self._plain(same, self._narrowed(same, type_))
        tile = None if varying == 0 else self._plain(varying, self._narrowed(varying, type_))
        self._indirect = outer
        return scalar, tile

    def _narrowed(self, expr: IntExpr, type_: Attribute) -> Attribute:
        return i32 if self.fits(expr) else type_

    def _split(self, expr: IntExpr) -> tuple[IntExpr, IntExpr]:
        """The terms that do not vary over the tile, and those that do."""
        if isinstance(expr, int):
            return expr, 0
        same: IntExpr = expr.const
        varying: IntExpr = 0
        for monomial, coeff in expr.terms:
            term = Expr(((monomial, coeff),), 0)
            if any(self._is_in_tile(name) for name in term.free_vars()):
                varying = varying + term
            else:
                same = same + term
        return same, varying

    def _is_in_tile(self, name: str) -> bool:
        if name in self._indirect:
            return bool(shape_of(self._indirect[name].type))
        axis = self._runs[name][0] if name in self._runs else self.axis_of.get(name)
        return axis is not None and axis.position is not None

    def _sums(self, expr: IntExpr, type_: Attribute) -> dict[Shape, SSAValue]:
        """The terms, summed by shape."""
        if isinstance(expr, int):
            return {(): self.b.integer(expr, type_)} if expr else {}
        sums: dict[Shape, SSAValue] = {}
        for monomial, coeff in expr.terms:
            factors = sorted((self._atom(atom, type_) for atom in monomial), key=lambda v: len(shape_of(v.type)))
            if coeff != 1:
                factors.insert(0, self.b.integer(coeff, type_))
            term = factors[0]
            for factor in factors[1:]:
                term = self.b.binary(xarith.MuliOp, term, factor)
            shape = shape_of(term.type)
            sums[shape] = self.b.binary(xarith.AddiOp, sums[shape], term) if shape in sums else term
        if expr.const:
            constant = self.b.integer(expr.const, type_)
            sums[()] = self.b.binary(xarith.AddiOp, sums[()], constant) if () in sums else constant
        return sums

    def _plain(self, expr: IntExpr, type_: Attribute) -> SSAValue:
        total: SSAValue | None = None
        sums = self._sums(expr, type_)
        for shape in sorted(sums):
            total = sums[shape] if total is None else self.b.binary(xarith.AddiOp, total, sums[shape])
        return self.b.integer(0, type_) if total is None else total

    def _atom(self, atom: Atom, type_: Attribute) -> SSAValue:
        if atom.kind == "var":
            return self.converted(self._variable(atom.name), type_)
        if atom.kind in ("max", "min"):
            op = xarith.MaxSIOp if atom.kind == "max" else xarith.MinSIOp
            wide = self._type_for(type_, *atom.args)
            total = self._plain(atom.args[0], wide)
            for arg in atom.args[1:]:
                total = self.b.binary(op, total, self._plain(arg, wide))
            return self.converted(total, type_)
        return self.converted(self._division(atom, self._type_for(type_, *atom.args)), type_)

    def _division(self, atom: Atom, type_: Attribute) -> SSAValue:
        num, den = atom.args
        x, y = self._plain(num, type_), self._plain(den, type_)
        low_x, low_y = bounds(num, self.ranges)[0], bounds(den, self.ranges)[0]
        if low_x is not None and low_x >= 0 and low_y is not None and low_y >= 0:
            return self.b.binary(xarith.DivUIOp if atom.kind == "floordiv" else xarith.RemUIOp, x, y)
        rest = self.b.binary(xarith.RemSIOp, x, y)
        # The remainder of floor division has the sign of the divisor.
        zero = self.b.integer(0, type_)
        signs_differ = self.b.compare("slt", self.b.binary(xarith.XOrIOp, rest, y), zero)
        wrong = self.b.binary(xarith.AndIOp, signs_differ, self.b.compare("ne", rest, zero))
        rest = self.b.select(wrong, self.b.binary(xarith.AddiOp, rest, y), rest)
        if atom.kind == "mod":
            return rest
        return self.b.binary(xarith.DivSIOp, self.b.binary(xarith.SubiOp, x, rest), y)

    def _type_for(self, type_: Attribute, *args: IntExpr) -> Attribute:
        """`type_`, or i64 where an argument may not fit in i32: division does not commute with wrapping."""
        return type_ if type_ == i64 or all(self.fits(arg) for arg in args) else i64

    def fits(self, expr: IntExpr) -> bool:
        """Whether the value and each of its terms provably stay below `_SAFE` in size."""
        if isinstance(expr, int):
            return abs(expr) < _SAFE
        terms = [Expr(((monomial, coeff),), 0) for monomial, coeff in expr.terms]
        total = abs(expr.const)
        for term in terms:
            low, high = bounds(term, self.ranges)
            if low is None or high is None:
                return False
            total += max(abs(low), abs(high))
        return total < _SAFE

    def _variable(self, name: str) -> SSAValue:
        if name in self._indirect:
            return self._indirect[name]
        if name in self._runs:
            return self._run_value(name)
        if name in self.axis_of:
            axis = self.axis_of[name]
            k = axis.dims.index(name)
            self._run(axis, k, k)
            return self._run_value(f"{axis.name}.{k}.{k}")
        return self.symbols[name]

    def converted(self, value: SSAValue, type_: Attribute) -> SSAValue:
        """An integer in another width; the high bits of a narrowed one are known not to matter."""
        current = element_type_of(value.type)
        if current == type_:
            return value
        assert isinstance(current, IntegerType) and isinstance(type_, IntegerType)
        widens = current.width.data < type_.width.data
        return self.b.cast(arith.ExtSIOp if widens else arith.TruncIOp, value, type_)
