"""Reductions and scans as states: their identity, how two states combine, and how lanes become one.

A state is one value, or value and position for `argmax` and `argmin`. NaN counts as the extremum, the first position
wins in a reduction and the last in a scan, as in torch. A float `max` or `min` keeps apart whether a NaN was met:
comparing without regard to NaN is one instruction, and propagating it would be five in a dependent chain. Running sums
and products of f32 are carried in f64, as eager does: their errors would add up along the row.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from xdsl.dialects import arith as xarith
from xdsl.dialects import math as xmath
from xdsl.dialects import vector
from xdsl.dialects.arith import FastMathFlag
from xdsl.dialects.builtin import AnyFloat, IntegerType, f32, f64, i1, i32, i64
from xdsl.dialects.vector import CombiningKindAttr, CombiningKindFlag
from xdsl.ir import Attribute, Operation, SSAValue

from fxopt.dialects import arith
from fxopt.dialects.cpu import ops as cpu
from fxopt.ir.errors import PassError
from fxopt.lowering.loop_to_vector.builder import Builder, element_of, with_element
from fxopt.lowering.loop_to_vector.model import Node

State = list[SSAValue]
# Arithmetic on what is known to be no NaN, or whose result is not used if it is; the sign of zero does not matter.
_NUMBERS: Mapping[str, Attribute] = {
    "fastmath": xarith.FastMathFlagsAttr([FastMathFlag.NO_NANS, FastMathFlag.NO_SIGNED_ZEROS])
}
_FASTMATH_NONE: Mapping[str, Attribute] = {"fastmath": xarith.FastMathFlagsAttr("none")}

# kind -> (op on floats, op on signed integers, op on unsigned integers)
_COMBINE: dict[str, tuple[type[Operation], type[Operation], type[Operation]]] = {
    "sum": (xarith.AddfOp, xarith.AddiOp, xarith.AddiOp),
    "prod": (xarith.MulfOp, xarith.MuliOp, xarith.MuliOp),
    "max": (xarith.MaximumfOp, xarith.MaxSIOp, xarith.MaxUIOp),
    "min": (xarith.MinimumfOp, xarith.MinSIOp, xarith.MinUIOp),
    "any": (xarith.OrIOp, xarith.OrIOp, xarith.OrIOp),
    "all": (xarith.AndIOp, xarith.AndIOp, xarith.AndIOp),
    "xor": (xarith.XOrIOp, xarith.XOrIOp, xarith.XOrIOp),
}
# The same as kinds of vector.reduction.
_REDUCTION_KIND = {
    xarith.AddfOp: "add", xarith.AddiOp: "add", xarith.MulfOp: "mul", xarith.MuliOp: "mul",
    xarith.MaximumfOp: "maximumf", xarith.MinimumfOp: "minimumf", xarith.MaxSIOp: "maxsi", xarith.MinSIOp: "minsi",
    xarith.MaxUIOp: "maxui", xarith.MinUIOp: "minui", xarith.OrIOp: "or", xarith.AndIOp: "and", xarith.XOrIOp: "xor",
}  # fmt: skip


class Accumulator:
    """How one `reduce` or `scan` node accumulates.

    `position_type` is the integer type of positions inside loops; `ordered` says that a lane meets them in ascending
    order.
    """

    def __init__(self, node: Node, position_type: Attribute = i64, ordered: bool = True) -> None:
        operand = node.operands[0].type
        assert operand is not None
        self.node = node
        self.element: Attribute = operand
        self.tag = node.tag
        self.is_float = isinstance(operand, AnyFloat)
        self.is_scan = node.kind == "scan"
        self.position_type = position_type
        self.ordered = ordered
        if self.tag not in _COMBINE and not self.has_position and self.tag != "logaddexp":
            raise PassError(f"convert-loop-to-vector: loop.{node.kind} {self.tag} is not supported")

    @property
    def has_position(self) -> bool:
        return self.tag in ("argmax", "argmin")

    @property
    def has_nan_flag(self) -> bool:
        return self.is_float and not self.is_scan and self.tag in ("max", "min")

    @property
    def is_wide(self) -> bool:
        """Whether the state is carried in f64 beside f32 elements."""
        return self.is_scan and self.tag in ("sum", "prod") and self.element == f32

    @property
    def state_elements(self) -> list[Attribute]:
        """Element types of the state."""
        if self.has_nan_flag:
            return [self.element, i1]
        if self.is_wide:
            return [f64]
        return [self.element, self.position_type] if self.has_position else [self.element]

    @property
    def op(self) -> type[Operation]:
        """The op that combines two values, where one op does."""
        on_float, on_signed, on_unsigned = _COMBINE[self.tag]
        return on_float if self.is_float else on_unsigned if self.node.unsigned else on_signed

    @property
    def wants_blocks(self) -> bool:
        """Whether a long serial chain loses precision."""
        return self.is_float and self.tag == "sum" and not self.is_scan

    def identity(self, b: Builder, lanes: int) -> State:
        """The state of no element; position 0, so that a range of nothing but the identity gives the first."""
        values = [b.constant(self._identity_value(), self.state_elements[0])]
        values += [b.constant(0, type_) for type_ in self.state_elements[1:]]
        return [b.broadcast(value, lanes) for value in values]

    def _identity_value(self) -> float:
        kind = {"argmax": "max", "argmin": "min", "logaddexp": "max"}.get(self.tag, self.tag)
        if kind in ("sum", "any", "xor"):
            return 0
        if kind == "prod":
            return 1
        if kind == "all":
            return -1
        if self.is_float:
            return -math.inf if kind == "max" else math.inf
        assert isinstance(self.element, IntegerType)
        width = self.element.width.data
        if self.node.unsigned:
            return 0 if kind == "max" else -1
        return -(1 << (width - 1)) if kind == "max" else (1 << (width - 1)) - 1

    # Combining ---------------------------------------------------------------------------------------------

    def update(self, b: Builder, state: State, element: State) -> State:
        """Takes in one element a lane."""
        if self.has_nan_flag:
            nan = b.compare("uno", element[0], element[0])
            return [self._extremum(b, state[0], element[0]), b.binary(xarith.OrIOp, state[1], nan)]
        if not self.has_position or not self.ordered:
            return self.combine(b, state, element)
        better = self._reaches(b, element[0], state[0], or_equal=self.is_scan)
        return [b.select(better, element[0], state[0]), b.select(better, element[1], state[1])]

    def combine(self, b: Builder, earlier: State, later: State) -> State:
        """The state of two ranges; `earlier` comes first, which matters to scans."""
        if self.has_position:
            if self.is_scan:
                return self.update(b, earlier, later)
            return self._combine_positions(b, earlier, later)
        if self.has_nan_flag:
            return [self._extremum(b, earlier[0], later[0]), b.binary(xarith.OrIOp, earlier[1], later[1])]
        if self.tag == "logaddexp":
            return [self._logaddexp(b, earlier[0], later[0])]
        return [b.binary(self.op, earlier[0], later[0])]

    def _extremum(self, b: Builder, x: SSAValue, y: SSAValue) -> SSAValue:
        """The extremum of two numbers; anything where one is NaN."""
        x, y = b.same_shape(x, y)
        return b.pure(self.op, (x, y), x.type, _NUMBERS)

    def _reaches(self, b: Builder, x: SSAValue, best: SSAValue, or_equal: bool) -> SSAValue:
        """`x > best` (`>=`), where NaN is the greatest; mirrored for `argmin`."""
        greater = self.tag == "argmax"
        if not self.is_float:
            name = ("u" if self.node.unsigned else "s") + ("g" if greater else "l") + ("e" if or_equal else "t")
            return b.compare(name, x, best)
        if or_equal:
            reached = b.compare("oge" if greater else "ole", x, best)
            return b.binary(xarith.OrIOp, reached, b.compare("uno", x, x))
        # Unordered or beyond, and the best so far is a number.
        beyond = b.compare("ugt" if greater else "ult", x, best)
        return b.binary(xarith.AndIOp, beyond, b.compare("ord", best, best))

    def _combine_positions(self, b: Builder, x: State, y: State) -> State:
        """Of two extrema the better, of equal ones (two NaNs are equal) the one at the smaller position."""
        better = self._reaches(b, y[0], x[0], or_equal=False)
        before = b.compare("slt", y[1], x[1])
        if self.is_float:
            both_nan = b.binary(xarith.AndIOp, b.compare("uno", x[0], x[0]), b.compare("uno", y[0], y[0]))
            equal = b.binary(xarith.OrIOp, b.compare("oeq", x[0], y[0]), both_nan)
        else:
            equal = b.compare("eq", x[0], y[0])
        better = b.binary(xarith.OrIOp, better, b.binary(xarith.AndIOp, equal, before))
        return [b.select(better, y[0], x[0]), b.select(better, y[1], x[1])]

    @staticmethod
    def _logaddexp(b: Builder, x: SSAValue, y: SSAValue) -> SSAValue:
        """`m + log1p(exp(-|x - y|))` with the maximum `m`; `m` itself where it is infinite."""
        x, y = b.same_shape(x, y)
        type_ = x.type
        greatest = b.binary(xarith.MaximumfOp, x, y)
        distance = b.pure(xmath.AbsFOp, (b.binary(xarith.SubfOp, x, y),), type_, _FASTMATH_NONE)
        negated = b.pure(xarith.NegfOp, (distance,), type_, _FASTMATH_NONE)
        tail = b.pure(xmath.Log1pOp, (b.pure(xmath.ExpOp, (negated,), type_, _FASTMATH_NONE),), type_, _FASTMATH_NONE)
        total = b.binary(xarith.AddfOp, greatest, tail)
        magnitude = b.pure(xmath.AbsFOp, (greatest,), type_, _FASTMATH_NONE)
        infinite = b.compare("oeq", magnitude, b.constant(math.inf, element_of(type_)))
        return b.select(infinite, greatest, total)

    # Lanes -------------------------------------------------------------------------------------------------

    def widened(self, b: Builder, element: State) -> State:
        """An element, or a prefix of elements, in the type of the state."""
        if not self.is_wide:
            return element
        return [b.pure(xarith.ExtFOp, (element[0],), with_element(element[0].type, f64))]

    def masked(self, b: Builder, element: State, mask: SSAValue | None) -> State:
        """The identity in lanes that are off."""
        if mask is None:
            return element
        identity = b.constant(self._identity_value(), self.element)
        return [b.select(mask, element[0], identity), *element[1:]]

    def finish(self, b: Builder, state: State) -> SSAValue:
        """The result of the reduction, in its own type; the lanes of a vector over a reduced dim are combined."""
        return self.result(b, self._combine_lanes(b, state))

    def result(self, b: Builder, state: State) -> SSAValue:
        """The node's value of a state: the position as i64, or the value."""
        return self.value_of(b, self.narrowed(b, state))

    def value_of(self, b: Builder, state: State) -> SSAValue:
        """`result` of a state that is narrow already."""
        if self.has_nan_flag:
            return b.select(state[1], b.constant(math.nan, self.element), state[0])
        if not self.has_position:
            return state[0]
        position = state[1]
        if element_of(position.type) == i64:
            return position
        return b.pure(arith.ExtSIOp, (position,), with_element(position.type, i64))

    def narrowed(self, b: Builder, state: State) -> State:
        """A state in the type of elements."""
        if not self.is_wide:
            return state
        return [b.pure(xarith.TruncFOp, (state[0],), with_element(state[0].type, f32))]

    def _combine_lanes(self, b: Builder, state: State) -> State:
        lanes = cpu.lanes_of(state[0].type)
        if not lanes:
            return state
        if not self.has_position and self.tag != "logaddexp":
            kind = CombiningKindAttr(CombiningKindFlag(_REDUCTION_KIND[self.op]))
            flags = _NUMBERS if self.has_nan_flag else _FASTMATH_NONE
            values = [b.pure(vector.ReductionOp, (state[0],), self.element, {"kind": kind, **flags})]
            if self.has_nan_flag:
                any_lane = CombiningKindAttr(CombiningKindFlag.OR)
                values.append(b.pure(vector.ReductionOp, (state[1],), i1, {"kind": any_lane, **_FASTMATH_NONE}))
            return values
        while lanes > 1:
            lanes //= 2
            low, high = range(lanes), range(lanes, 2 * lanes)
            state = self.combine(b, [b.shuffle(v, v, low) for v in state], [b.shuffle(v, v, high) for v in state])
        return [b.extract(value, 0) for value in state]

    def scan_lanes(self, b: Builder, state: State) -> State:
        """Inclusive prefix over the lanes: each step takes in the state `shift` lanes before (Hillis and Steele)."""
        lanes = cpu.lanes_of(state[0].type)
        identity = [b.broadcast(b.constant(self._identity_value(), self.element), lanes)]
        identity += self.identity(b, lanes)[1:]
        shift = 1
        while shift < lanes:
            # Lanes of the first operand are the identity: position k - shift, or the identity below 0.
            positions = [lanes + k - shift if k >= shift else k for k in range(lanes)]
            before = [b.shuffle(i, s, positions) for i, s in zip(identity, state, strict=True)]
            state = self.combine(b, before, state)
            shift *= 2
        return state


def position_type(points: object) -> Attribute:
    """i32 where every position is known to fit."""
    return i32 if isinstance(points, int) and points < 2**31 else i64


def states_of(values: Sequence[SSAValue], accumulators: Sequence[Accumulator]) -> list[State]:
    """Splits a flat list of loop-carried values into one state an accumulator."""
    result: list[State] = []
    start = 0
    for accumulator in accumulators:
        count = len(accumulator.state_elements)
        result.append(list(values[start : start + count]))
        start += count
    return result
