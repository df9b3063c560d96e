"""What reductions and scans combine with: identities, and the combination of two partial results.

A partial result of `argmax` and `argmin` is a pair (value, position), of the other kinds one value. The functions work
on scalars (in the region of `tt.reduce`) and on tiles (accumulators of a loop) alike. Booleans are combined as i32.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from xdsl.dialects import arith as xarith
from xdsl.dialects import math as xmath
from xdsl.dialects.builtin import FixedBitwidthType, IntegerType
from xdsl.ir import Attribute, Block, Operation, SSAValue

from fxopt.dialects.tt.attrs import element_type_of
from fxopt.lowering.loop_to_tt.builder import Builder

ARG_KINDS = ("argmax", "argmin")
Values = Sequence[SSAValue]

# kind -> (op on floats, on signed integers, on unsigned integers)
_SIMPLE: Mapping[str, tuple[type[Operation], type[Operation], type[Operation]]] = {
    "sum": (xarith.AddfOp, xarith.AddiOp, xarith.AddiOp),
    "prod": (xarith.MulfOp, xarith.MuliOp, xarith.MuliOp),
    "max": (xarith.MaximumfOp, xarith.MaxSIOp, xarith.MaxUIOp),
    "min": (xarith.MinimumfOp, xarith.MinSIOp, xarith.MinUIOp),
    "any": (xarith.AddfOp, xarith.OrIOp, xarith.OrIOp),
    "all": (xarith.MulfOp, xarith.AndIOp, xarith.AndIOp),
    "xor": (xarith.AddfOp, xarith.XOrIOp, xarith.XOrIOp),
}


def identity(kind: str, element: Attribute, unsigned: bool) -> float:
    """The value that changes nothing when it is combined."""
    largest = kind in ("min", "argmin")
    if kind in ("max", "argmax", "logaddexp") or largest:
        if not isinstance(element, IntegerType):
            return math.inf if largest else -math.inf
        width = element.width.data
        if unsigned:
            return -1 if largest else 0
        return (1 << (width - 1)) - 1 if largest else -(1 << (width - 1))
    return {"prod": 1, "all": -1}.get(kind, 0)


def last_position(element: Attribute) -> int:
    """The position that loses every tie."""
    assert isinstance(element, FixedBitwidthType)
    return (1 << (element.bitwidth - 1)) - 1


def combine(b: Builder, kind: str, unsigned: bool, lhs: Values, rhs: Values) -> list[SSAValue]:
    """Two partial results of a reduction as one; of equal extrema the lowest position, NaN before all."""
    if kind in ARG_KINDS:
        return _combine_positions(b, kind, unsigned, lhs, rhs)
    return [_combine_values(b, kind, unsigned, lhs[0], rhs[0])]


def combine_scan(b: Builder, kind: str, unsigned: bool, lhs: Values, rhs: Values) -> list[SSAValue]:
    """Two neighbouring partial results of a scan as one; of equal extrema the last position, NaN before all."""
    if kind not in ARG_KINDS:
        return [_combine_values(b, kind, unsigned, lhs[0], rhs[0])]
    (x, _), (y, _) = lhs, rhs
    if isinstance(element_type_of(x.type), IntegerType):
        sign = "u" if unsigned else "s"
        takes = b.compare(f"{sign}ge" if kind == "argmax" else f"{sign}le", y, x)
    else:
        reaches = b.compare("oge" if kind == "argmax" else "ole", y, x)
        takes = b.binary(xarith.OrIOp, reaches, b.compare("uno", y, y))
    return [b.select(takes, new, old) for old, new in zip(lhs, rhs, strict=True)]


def _combine_values(b: Builder, kind: str, unsigned: bool, x: SSAValue, y: SSAValue) -> SSAValue:
    if kind == "logaddexp":
        return _logaddexp(b, x, y)
    float_op, signed_op, unsigned_op = _SIMPLE[kind]
    if not isinstance(element_type_of(x.type), IntegerType):
        return b.binary(float_op, x, y)
    return b.binary(unsigned_op if unsigned else signed_op, x, y)


def _combine_positions(b: Builder, kind: str, unsigned: bool, lhs: Values, rhs: Values) -> list[SSAValue]:
    (x, at_x), (y, at_y) = lhs, rhs
    above, below = ("gt", "lt") if kind == "argmax" else ("lt", "gt")
    if isinstance(element_type_of(x.type), IntegerType):
        sign = "u" if unsigned else "s"
        x_wins, y_wins = b.compare(sign + above, x, y), b.compare(sign + below, x, y)
    else:
        # Greater or unordered, and the other one is a number: NaN wins over every number, two NaN are a tie.
        x_wins = b.binary(xarith.AndIOp, b.compare("u" + above, x, y), b.compare("ord", y, y))
        y_wins = b.binary(xarith.AndIOp, b.compare("u" + below, x, y), b.compare("ord", x, x))
    first = b.compare("slt", at_x, at_y)
    tie_to_x = b.select(y_wins, b.constant(0, IntegerType(1)), first)
    takes_x = b.binary(xarith.OrIOp, x_wins, tie_to_x)
    return [b.select(takes_x, x, y), b.select(takes_x, at_x, at_y)]


def _logaddexp(b: Builder, x: SSAValue, y: SSAValue) -> SSAValue:
    """max + log1p(exp(-|x - y|)); equal infinities have no difference."""
    element = element_type_of(x.type)
    largest = b.binary(xarith.MaximumfOp, x, y)
    gap = b.pure(xmath.AbsFOp, (b.binary(xarith.SubfOp, x, y),), x.type, _FASTMATH)
    gap = b.select(b.compare("oeq", x, y), b.constant(0.0, element), gap)
    small = b.pure(xmath.ExpOp, (b.binary(xarith.SubfOp, b.constant(0.0, element), gap),), x.type, _FASTMATH)
    return b.binary(xarith.AddfOp, largest, b.pure(xmath.Log1pOp, (small,), x.type, _FASTMATH))


_FASTMATH: Mapping[str, Attribute] = {"fastmath": xarith.FastMathFlagsAttr("none")}


def fill_region(
    block: Block, terminator: Callable[..., Operation], step: Callable[[Builder, Values, Values], list[SSAValue]]
) -> None:
    """The body of a `tt.reduce` or `tt.scan`: `step` of the first and the second half of the arguments."""
    half = len(block.args) // 2
    inner = Builder(block)
    results = step(inner, block.args[:half], block.args[half:])
    block.add_op(terminator(*results))
