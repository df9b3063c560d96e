"""Builds the ops of a kernel function, each pure op in the outermost block that has its operands.

Loop-invariant code motion and common subexpressions thus cost no pass: inner blocks are filled while the loop that
will hold them is not yet in its parent, so appending to the parent's block places an op before the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

from xdsl.dialects import arith as xarith
from xdsl.dialects import scf, vector
from xdsl.dialects.builtin import DenseArrayBase, FloatAttr, IndexType, IntegerAttr, IntegerType, VectorType, i1, i64
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from fxopt.dialects import arith
from fxopt.dialects.cpu import ops as cpu
from fxopt.ir.symbolic import Atom, Expr, IntExpr, free_vars, var

INDEX = IndexType()
NO_PROPERTIES: Mapping[str, Attribute] = {}
_NO_OVERFLOW: Mapping[str, Attribute] = {"overflowFlags": xarith.IntegerOverflowAttr("none")}
_FASTMATH_NONE: Mapping[str, Attribute] = {"fastmath": xarith.FastMathFlagsAttr("none")}
_WITH_OVERFLOW = (xarith.AddiOp, xarith.SubiOp, xarith.MuliOp)

LoopBody = Callable[[IntExpr, Sequence[SSAValue]], Sequence[SSAValue]]


class Builder:
    """A stack of open blocks, outermost first; level `k` is `blocks[k]`."""

    def __init__(self, entry: Block) -> None:
        self.blocks = [entry]
        self.levels: dict[SSAValue, int] = dict.fromkeys(entry.args, 0)
        self.caches: list[dict[Hashable, SSAValue]] = [{}]
        self.variables: dict[str, SSAValue] = {}
        self.floor = 0
        """The outermost level that pure ops are moved to: values of a thread's own block need not be passed to it."""
        self._count = 0

    # Blocks ------------------------------------------------------------------------------------------------

    @property
    def level(self) -> int:
        return len(self.blocks) - 1

    def push(self, arg_types: Sequence[Attribute] = ()) -> Block:
        """Opens a nested block."""
        block = Block(arg_types=arg_types)
        self.blocks.append(block)
        self.caches.append({})
        self.levels.update(dict.fromkeys(block.args, self.level))
        return block

    def pop(self) -> None:
        """Closes the innermost block; what was cached in it is forgotten."""
        self.blocks.pop()
        self.caches.pop()

    def bind(self, value: SSAValue, hint: str = "v") -> Expr:
        """A fresh variable of index expressions that stands for an `index` or `i64` value."""
        self._count += 1
        name = f"{hint}.{self._count}"
        self.variables[name] = value
        return var(name)

    def recall(self, key: Hashable) -> SSAValue | None:
        """The value remembered under `key` in the innermost open block that has one."""
        for cache in reversed(self.caches):
            value = cache.get(key)
            if value is not None:
                return value
        return None

    def remember(self, key: Hashable, value: SSAValue) -> SSAValue:
        """Remembers a value for as long as the block that defines it is open."""
        self.caches[self.levels[value]][key] = value
        return value

    # Operations --------------------------------------------------------------------------------------------

    def append(self, op: Operation, level: int | None = None) -> Operation:
        """Adds an op at the end of the block at `level` (default: the innermost)."""
        at = self.level if level is None else level
        self.blocks[at].add_op(op)
        for result in op.results:
            self.levels[result] = at
        return op

    def level_of(self, values: Sequence[SSAValue]) -> int:
        """The outermost level at which all values are defined."""
        levels = self.levels
        return max([levels[value] for value in values], default=0)

    def pure(
        self,
        cls: type[Operation],
        operands: Sequence[SSAValue],
        type_: Attribute,
        properties: Mapping[str, Attribute] = NO_PROPERTIES,
    ) -> SSAValue:
        """The result of a pure op, made once, as far out as it can be."""
        level = max(self.level_of(operands), self.floor)
        cache = self.caches[level]
        key = (cls, tuple(operands), type_, tuple(properties.values()))
        value = cache.get(key)
        if value is None:
            op = cls.create(operands=operands, result_types=(type_,), properties=properties)
            value = cache[key] = self.append(op, level).results[0]
        return value

    def binary(self, cls: type[Operation], lhs: SSAValue, rhs: SSAValue) -> SSAValue:
        """An arith op on two values of one type (a scalar is broadcast), without flags."""
        lhs, rhs = self.same_shape(lhs, rhs)
        properties = _NO_OVERFLOW if cls in _WITH_OVERFLOW else _FASTMATH_NONE if cls in _FLOAT_OPS else NO_PROPERTIES
        return self.pure(cls, (lhs, rhs), lhs.type, properties)

    def compare(self, predicate: str, lhs: SSAValue, rhs: SSAValue) -> SSAValue:
        """`arith.cmpi` or `arith.cmpf` with a predicate by name."""
        lhs, rhs = self.same_shape(lhs, rhs)
        if isinstance(element_of(lhs.type), IntegerType | IndexType):
            return self.pure(
                arith.CmpiOp, (lhs, rhs), cpu.mask_type_of(lhs.type), {"predicate": _INT_PREDICATES[predicate]}
            )
        properties = {"predicate": _FLOAT_PREDICATES[predicate], **_FASTMATH_NONE}
        return self.pure(arith.CmpfOp, (lhs, rhs), cpu.mask_type_of(lhs.type), properties)

    def select(self, cond: SSAValue, then: SSAValue, otherwise: SSAValue) -> SSAValue:
        """`cond ? then : otherwise`, lane by lane where the condition is a vector."""
        then, otherwise = self.same_shape(then, otherwise)
        if lanes := cpu.lanes_of(cond.type):
            then, otherwise = self.broadcast(then, lanes), self.broadcast(otherwise, lanes)
        return self.pure(arith.SelectOp, (cond, then, otherwise), then.type)

    def same_shape(self, lhs: SSAValue, rhs: SSAValue) -> tuple[SSAValue, SSAValue]:
        """Broadcasts the scalar one of two values where the other is a vector."""
        lanes = max(cpu.lanes_of(lhs.type), cpu.lanes_of(rhs.type))
        return (self.broadcast(lhs, lanes), self.broadcast(rhs, lanes)) if lanes else (lhs, rhs)

    def broadcast(self, value: SSAValue, lanes: int) -> SSAValue:
        """`value` as a vector of `lanes`; 0 leaves it."""
        if not lanes or isinstance(value.type, VectorType):
            return value
        return self.pure(vector.BroadcastOp, (value,), cpu.vector_type(value.type, lanes))

    def constant(self, value: float, type_: Attribute) -> SSAValue:
        """A scalar constant."""
        is_int = isinstance(type_, IntegerType | IndexType)
        key = ("constant", int(value) if is_int else repr(value), type_)
        known = self.caches[self.floor].get(key)
        if known is None:
            attr = IntegerAttr(int(value), type_) if is_int else FloatAttr(value, type_)  # type: ignore[call-overload]
            op = xarith.ConstantOp.create(result_types=(type_,), properties={"value": attr})
            known = self.caches[self.floor][key] = self.append(op, self.floor).results[0]
        return known

    def shuffle(self, lhs: SSAValue, rhs: SSAValue, positions: Sequence[int]) -> SSAValue:
        """`vector.shuffle`: lanes of `lhs` are numbered first, those of `rhs` after them."""
        type_ = cpu.vector_type(element_of(lhs.type), len(positions))
        return self.pure(vector.ShuffleOp, (lhs, rhs), type_, {"mask": DenseArrayBase.from_list(i64, list(positions))})

    def extract(self, value: SSAValue, lane: int) -> SSAValue:
        """One lane of a vector."""
        properties = {"static_position": DenseArrayBase.from_list(i64, [lane])}
        return self.pure(vector.ExtractOp, (value,), element_of(value.type), properties)

    def create_mask(self, count: SSAValue, lanes: int) -> SSAValue:
        """The mask of the first `count` lanes."""
        return self.pure(vector.CreateMaskOp, (count,), cpu.vector_type(i1, lanes))

    # Control -----------------------------------------------------------------------------------------------

    def for_loop(
        self, lower: IntExpr, upper: IntExpr, step: int, inits: Sequence[SSAValue], body: LoopBody
    ) -> Sequence[SSAValue]:
        """`scf.for`; a loop of one iteration is its body alone, of none is nothing."""
        span = upper - lower
        if isinstance(span, int):
            if span <= 0:
                return inits
            if span <= step:
                return body(lower, inits)
        bounds = [self.index(lower), self.index(upper), self.index(step)]
        types = [value.type for value in inits]
        block = self.push((INDEX, *types))
        results = body(self.bind(block.args[0]), block.args[1:])
        self.append(scf.YieldOp.create(operands=results))
        self.pop()
        op = scf.ForOp.create(operands=[*bounds, *inits], result_types=types, regions=[Region(block)])
        return self.append(op).results

    # Index expressions ---------------------------------------------------------------------------------------

    def index(self, expr: IntExpr) -> SSAValue:
        """The value of an expression over bound variables, as `index`; terms known further out are added there."""
        if isinstance(expr, int):
            return self.constant(expr, INDEX)
        known = self.recall(expr)
        return known if known is not None else self.remember(expr, self._sum(expr))

    def _sum(self, expr: Expr) -> SSAValue:
        parts = [(self._term(monomial, coeff), coeff == -1) for monomial, coeff in expr.terms]
        # Outermost first, so that their sum is hoisted; a subtraction cannot be first.
        parts.sort(key=lambda part: self.levels[part[0]])
        total, negated = parts.pop(next((k for k, part in enumerate(parts) if not part[1]), 0))
        if negated:
            total = self.binary(xarith.SubiOp, self.constant(expr.const, INDEX), total)
        for value, negative in parts:
            total = self.binary(xarith.SubiOp if negative else xarith.AddiOp, total, value)
        if expr.const and not negated:
            total = self.binary(xarith.AddiOp, total, self.constant(expr.const, INDEX))
        return total

    def _term(self, monomial: Sequence[Atom], coeff: int) -> SSAValue:
        """The product of atoms and coefficient, without the sign where that is -1; factors of outer levels first."""
        value: SSAValue | None = None
        for factor in sorted([self._atom(atom) for atom in monomial], key=lambda f: self.levels[f]):
            value = factor if value is None else self.binary(xarith.MuliOp, value, factor)
        assert value is not None
        if abs(coeff) != 1:
            value = self.binary(xarith.MuliOp, value, self.constant(coeff, INDEX))
        return value

    def _atom(self, atom: Atom) -> SSAValue:
        if atom.kind == "var":
            return self.as_index(self.variables[atom.name])
        args = [self.index(arg) for arg in atom.args]
        if atom.kind == "floordiv":
            cls = xarith.FloorDivSIOp if self._may_be_negative(atom) else xarith.DivUIOp
            return self.binary(cls, args[0], args[1])
        if atom.kind == "mod":
            return self._mod(args[0], args[1], self._may_be_negative(atom))
        result = args[0]
        for arg in args[1:]:
            result = self.binary(xarith.MaxSIOp if atom.kind == "max" else xarith.MinSIOp, result, arg)
        return result

    def _mod(self, lhs: SSAValue, rhs: SSAValue, signed: bool) -> SSAValue:
        return floor_mod(self, lhs, rhs) if signed else self.binary(xarith.RemUIOp, lhs, rhs)

    def _may_be_negative(self, atom: Atom) -> bool:
        """Whether the dividend has a negative term or an indirect value; loop variables and sizes are not negative."""
        num = atom.args[0]
        if isinstance(num, int):
            return num < 0
        signs = num.const < 0 or any(coeff < 0 for _, coeff in num.terms)
        return signs or any(name.startswith("i.") for name in free_vars(num))

    def as_index(self, value: SSAValue) -> SSAValue:
        """An integer as `index`."""
        if element_of(value.type) == INDEX:
            return value
        return self.pure(arith.IndexCastOp, (value,), with_element(value.type, INDEX))

    def as_i64(self, value: SSAValue) -> SSAValue:
        """An `index` as i64."""
        if element_of(value.type) == i64:
            return value
        return self.pure(arith.IndexCastOp, (value,), with_element(value.type, i64))


def floor_mod(builder: Builder, lhs: SSAValue, rhs: SSAValue) -> SSAValue:
    """`lhs - floordiv(lhs, rhs) * rhs`."""
    quotient = builder.binary(xarith.FloorDivSIOp, lhs, rhs)
    return builder.binary(xarith.SubiOp, lhs, builder.binary(xarith.MuliOp, quotient, rhs))


def element_of(type_: Attribute) -> Attribute:
    """The element type of a vector, or the type itself."""
    return type_.element_type if isinstance(type_, VectorType) else type_


def with_element(shape_of: Attribute, element: Attribute) -> Attribute:
    """`element` in as many lanes as `shape_of` has."""
    lanes = cpu.lanes_of(shape_of)
    return cpu.vector_type(element, lanes) if lanes else element


_FLOAT_OPS = frozenset(
    (
        xarith.AddfOp,
        xarith.SubfOp,
        xarith.MulfOp,
        xarith.DivfOp,
        xarith.MaximumfOp,
        xarith.MinimumfOp,
        xarith.MaxnumfOp,
        xarith.MinnumfOp,
    )
)
_INT_PREDICATES = {name: IntegerAttr(k, 64) for k, name in enumerate(xarith.CMPI_COMPARISON_OPERATIONS)}
_FLOAT_PREDICATES = {name: IntegerAttr(k, 64) for k, name in enumerate(xarith.CMPF_COMPARISON_OPERATIONS)}
