"""Builds the ops of a Triton kernel, each pure op once and in the outermost block that has its operands.

Inner blocks are filled while the loop that will hold them is not yet in its parent, so appending to the parent's block
places an op before the loop: loop-invariant code needs no pass. A value is a scalar or a tile of the schedule's rank,
with size 1 along the axes that it does not vary over; operands are broadcast to their common shape where they meet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xdsl.dialects import arith as xarith
from xdsl.dialects import scf
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, FloatAttr, IntegerAttr, IntegerType, TensorType, i1
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from fxopt.dialects import arith
from fxopt.dialects.tt import ops as tt
from fxopt.dialects.tt.attrs import block_type, element_type_of, shape_of, with_element

NO_PROPERTIES: Mapping[str, Attribute] = {}
_NO_OVERFLOW: Mapping[str, Attribute] = {"overflowFlags": xarith.IntegerOverflowAttr("none")}
_FASTMATH_NONE: Mapping[str, Attribute] = {"fastmath": xarith.FastMathFlagsAttr("none")}
_WITH_OVERFLOW = (xarith.AddiOp, xarith.SubiOp, xarith.MuliOp, xarith.ShLIOp)
_FLOAT_OPS = (
    xarith.AddfOp, xarith.SubfOp, xarith.MulfOp, xarith.DivfOp, xarith.NegfOp, xarith.MaximumfOp, xarith.MinimumfOp,
    xarith.MaxnumfOp, xarith.MinnumfOp,
)  # fmt: skip

Shape = tuple[int, ...]
LoopBody = Callable[[SSAValue, Sequence[SSAValue]], Sequence[SSAValue]]


def join_shapes(*shapes: Shape) -> Shape:
    """The common shape: a scalar joins anything, size 1 any size."""
    result: Shape = ()
    for shape in shapes:
        if not result or not shape:
            result = result or shape
        elif shape != result:
            result = tuple(max(a, b) for a, b in zip(result, shape, strict=True))
    return result


class Builder:
    """A stack of open blocks, outermost first; level `k` is `blocks[k]`."""

    def __init__(self, entry: Block) -> None:
        self.blocks = [entry]
        self.levels: dict[SSAValue, int] = dict.fromkeys(entry.args, 0)
        self.caches: list[dict[object, SSAValue]] = [{}]

    # Blocks

    @property
    def level(self) -> int:
        return len(self.blocks) - 1

    def push(self, arg_types: Sequence[Attribute]) -> Block:
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

    # Operations

    def pure(
        self,
        cls: type[Operation],
        operands: Sequence[SSAValue],
        type_: Attribute,
        properties: Mapping[str, Attribute] = NO_PROPERTIES,
    ) -> SSAValue:
        """The result of a pure op, made once, as far out as it can be."""
        level = self.level_of(operands)
        cache = self.caches[level]
        key = (cls, tuple(operands), type_, tuple(properties.values()))
        value = cache.get(key)
        if value is None:
            op = cls.create(operands=operands, result_types=(type_,), properties=properties)
            value = cache[key] = self.append(op, level).results[0]
        return value

    def pure_op(self, op: Operation) -> SSAValue:
        """Like `pure`, of an op that is already built."""
        return self.pure(type(op), op.operands, op.results[0].type, op.properties)

    def placed(self, op: Operation) -> SSAValue:
        """Adds an op with one result at the level of its operands."""
        return self.append(op, self.level_of(op.operands)).results[0]

    def binary(self, cls: type[Operation], lhs: SSAValue, rhs: SSAValue) -> SSAValue:
        """An arith op on two values of one element type, without flags."""
        lhs, rhs = self.joined(lhs, rhs)
        properties = _NO_OVERFLOW if cls in _WITH_OVERFLOW else _FASTMATH_NONE if cls in _FLOAT_OPS else NO_PROPERTIES
        return self.pure(cls, (lhs, rhs), lhs.type, properties)

    def compare(self, predicate: str, lhs: SSAValue, rhs: SSAValue) -> SSAValue:
        """`arith.cmpi` or `arith.cmpf` with a predicate by name."""
        lhs, rhs = self.joined(lhs, rhs)
        result = with_element(lhs.type, i1)
        if isinstance(element_type_of(lhs.type), IntegerType):
            number = xarith.CMPI_COMPARISON_OPERATIONS.index(predicate)
            return self.pure(arith.CmpiOp, (lhs, rhs), result, {"predicate": IntegerAttr(number, 64)})
        number = xarith.CMPF_COMPARISON_OPERATIONS.index(predicate)
        return self.pure(arith.CmpfOp, (lhs, rhs), result, {"predicate": IntegerAttr(number, 64), **_FASTMATH_NONE})

    def select(self, condition: SSAValue, lhs: SSAValue, rhs: SSAValue) -> SSAValue:
        """`condition ? lhs : rhs` in the common shape."""
        condition, lhs, rhs = self.joined(condition, lhs, rhs)
        return self.pure(arith.SelectOp, (condition, lhs, rhs), lhs.type)

    def both(self, lhs: SSAValue | None, rhs: SSAValue | None) -> SSAValue | None:
        """The conjunction of two masks, either of which may be absent."""
        if lhs is None or rhs is None:
            return rhs if lhs is None else lhs
        return self.binary(xarith.AndIOp, lhs, rhs)

    def cast(self, cls: type[Operation], value: SSAValue, element: Attribute) -> SSAValue:
        """A conversion to another element type."""
        return self.pure(cls, (value,), with_element(value.type, element))

    def loop(
        self, lower: SSAValue, upper: SSAValue, step: SSAValue, inits: Sequence[SSAValue], body: LoopBody
    ) -> Sequence[SSAValue]:
        """An `scf.for`; `body` gets the induction variable and the carried values and gives the next ones."""
        block = self.push([lower.type, *(value.type for value in inits)])
        step_results = body(block.args[0], block.args[1:])
        block.add_op(scf.YieldOp(*step_results))
        self.pop()
        return self.append(scf.ForOp(lower, upper, step, inits, Region(block))).results

    # Constants and shapes

    def constant(self, value: float, element: Attribute, shape: Shape = ()) -> SSAValue:
        """A number of an element type, as a scalar or in every element of a tile."""
        return self.pure(
            xarith.ConstantOp, (), block_type(element, shape), {"value": constant_attr(value, element, shape)}
        )

    def integer(self, value: int, element: Attribute) -> SSAValue:
        return self.constant(value, element)

    def reshaped(self, value: SSAValue, shape: Shape) -> SSAValue:
        """`value` broadcast to `shape`."""
        current = shape_of(value.type)
        if current == shape:
            return value
        op = value.owner
        if isinstance(op, xarith.ConstantOp):
            return self.pure(xarith.ConstantOp, (), with_shape(value, shape), {"value": _splat_attr(op.value, shape)})
        return self.pure(tt.BroadcastOp if current else tt.SplatOp, (value,), with_shape(value, shape))

    def joined(self, *values: SSAValue) -> list[SSAValue]:
        """The values in their common shape."""
        shape = join_shapes(*(shape_of(value.type) for value in values))
        return [self.reshaped(value, shape) for value in values]


def with_shape(value: SSAValue, shape: Shape) -> Attribute:
    """The type of `value` in another shape."""
    return block_type(element_type_of(value.type), shape)


def constant_attr(value: float, element: Attribute, shape: Shape = ()) -> Attribute:
    """The attribute of a constant; integers are wrapped to their signed view."""
    scalar: Any
    if isinstance(element, IntegerType):
        width = element.width.data
        wrapped = int(value) & ((1 << width) - 1)
        signed = wrapped - (1 << width) if width > 1 and wrapped >> (width - 1) else wrapped
        scalar = IntegerAttr(signed, element)
    else:
        scalar = FloatAttr(float(value), element)  # type: ignore[call-overload]
    return _splat_attr(scalar, shape)


def _splat_attr(attr: Attribute, shape: Shape) -> Attribute:
    """A scalar constant or a splat, in another shape."""
    if isinstance(attr, DenseIntOrFPElementsAttr):
        element: Attribute = attr.get_element_type()
        number: float = attr.get_values()[0]
    else:
        assert isinstance(attr, IntegerAttr | FloatAttr)
        if not shape:
            return attr
        element, number = attr.type, attr.value.data
    return DenseIntOrFPElementsAttr.from_list(TensorType(element, shape), [number])  # type: ignore[type-var]
