"""What a mask says of the dims: `d1 - 384 < 0` bounds `d1` wherever it holds."""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.dialects.arith import CMPI_COMPARISON_OPERATIONS, AndIOp, ConstantOp
from xdsl.dialects.builtin import IntegerAttr

from fxopt.dialects import arith
from fxopt.dialects.loop.fusion.nodes import Node, Val
from fxopt.dialects.loop.ops import IndexOp
from fxopt.ir.symbolic import Bounds, Ranges, linear_coefficients, substitute

_SLACK = {"sge": (1, 0), "sgt": (1, 1), "sle": (-1, 0), "slt": (-1, 1)}
"""Predicate -> (sign, k) such that `x predicate c` is `sign * (x - c) >= k`."""


def ranges_where(mask: Val, ranges: Ranges, extents: Mapping[str, object]) -> Ranges:
    """`ranges` of the dims, narrowed to the points where `mask` is true."""
    narrowed: dict[str, Bounds] = {}
    pending = [mask.node]
    while pending:
        node = pending.pop()
        if node.cls is AndIOp:
            pending += [operand.node for operand in node.operands]
        elif (bound := _bound_of(node, extents)) is not None:
            dim, low, high = bound
            old_low, old_high = narrowed.get(dim) or ranges.get(dim, (None, None))
            narrowed[dim] = (
                low if old_low is None else old_low if low is None else max(low, old_low),
                high if old_high is None else old_high if high is None else min(high, old_high),
            )
    return {**ranges, **narrowed} if narrowed else ranges


def _bound_of(node: Node, extents: Mapping[str, object]) -> tuple[str, int | None, int | None] | None:
    """The dim, least and greatest value that a comparison `a * dim + b <predicate> c` leaves, or `None`."""
    if node.cls is not arith.CmpiOp:
        return None
    predicate = node.props["predicate"]
    assert isinstance(predicate, IntegerAttr)
    slack = _SLACK.get(CMPI_COMPARISON_OPERATIONS[predicate.value.data])
    number, limit = (operand.node for operand in node.operands)
    if slack is None or number.cls is not IndexOp or number.indirect or limit.cls is not ConstantOp:
        return None
    attr = limit.props["value"]
    if number.index is None or isinstance(number.index, int) or not isinstance(attr, IntegerAttr):
        return None
    names = number.index.free_vars()
    dim = next(iter(names))
    slopes = linear_coefficients(number.index, names)
    if len(names) != 1 or dim not in extents or slopes is None:
        return None
    rest = substitute(number.index, {dim: 0})
    sign, k = slack
    slope = slopes[dim]
    if not isinstance(slope, int) or not isinstance(rest, int) or slope == 0:
        return None
    slope, needed = sign * slope, k - sign * (rest - attr.value.data)  # slope * dim >= needed
    return (dim, -(-needed // slope), None) if slope > 0 else (dim, None, -needed // -slope)
