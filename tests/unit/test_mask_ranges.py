"""What masks say of the dims."""

import pytest
from xdsl.dialects.arith import AndIOp, ConstantOp, OrIOp
from xdsl.dialects.builtin import IntegerAttr, i1, i64

from fxopt.dialects import arith
from fxopt.dialects.loop.fusion.mask_ranges import ranges_where
from fxopt.dialects.loop.fusion.nodes import Node
from fxopt.dialects.loop.ops import IndexOp
from fxopt.ir.symbolic import evaluate, var

EXTENTS = {"d0": 10, "d1": 100}
RANGES = {"d0": (0, 9), "d1": (0, 99)}
D0, D1, S = var("d0"), var("d1"), var("s0")
PREDICATES = {"eq": 0, "slt": 2, "sle": 3, "sgt": 4, "sge": 5}


def compare(index, predicate, limit):
    number = Node(IndexOp, (), (i64,), {}, index)
    constant = Node(ConstantOp, (), (i64,), {"value": IntegerAttr(limit, 64)})
    properties = {"predicate": IntegerAttr(PREDICATES[predicate], 64)}
    return Node(arith.CmpiOp, (number.result, constant.result), (i1,), properties).result


@pytest.mark.parametrize(
    ("index", "predicate", "limit", "want"),
    [
        (D1 - 40, "slt", 0, (0, 39)),
        (D1 - 40, "sle", 0, (0, 40)),
        (D1 - 40, "sge", 0, (40, 99)),
        (D1, "sgt", 7, (8, 99)),
        (D1 * 3 - 1, "sge", 0, (1, 99)),
        (D1 * 3 - 10, "slt", 0, (0, 3)),
        (-D1 + 20, "sge", 0, (0, 20)),
        (D1 * -2 + 9, "sgt", 0, (0, 4)),
        (D1 + 5, "sge", 0, (0, 99)),
        (D1 + D0, "slt", 3, (0, 99)),
        (D1 - S, "slt", 0, (0, 99)),
        (D1 // 2, "slt", 3, (0, 99)),
        (D1, "eq", 3, (0, 99)),
    ],
)
def test_comparisons(index, predicate, limit, want):
    ranges = ranges_where(compare(index, predicate, limit), RANGES, EXTENTS)
    assert ranges["d1"] == want and ranges["d0"] == (0, 9)
    for d1 in range(100):
        for d0 in (0, 9):
            if isinstance(index, type(D1)) and index.free_vars() <= {"d0", "d1"} and not want[0] <= d1 <= want[1]:
                value = evaluate(index, {"d0": d0, "d1": d1})
                holds = {"slt": value < limit, "sle": value <= limit, "sgt": value > limit, "sge": value >= limit}
                assert not holds[predicate]


def test_conjunctions_narrow_and_disjunctions_do_not():
    low, high = compare(D1 - 40, "sge", 0), compare(D1 - 60, "slt", 0)
    assert ranges_where(Node(AndIOp, (low, high), (i1,), {}).result, RANGES, EXTENTS)["d1"] == (40, 59)
    assert ranges_where(Node(OrIOp, (low, high), (i1,), {}).result, RANGES, EXTENTS) == RANGES


def test_unbounded_ranges_get_bounds():
    ranges = ranges_where(compare(D1 - 40, "slt", 0), {"d1": (0, None)}, {"d1": S})
    assert ranges["d1"] == (0, 39)
