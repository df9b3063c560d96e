"""Sympy expressions of torch's shape environment as index expressions."""

from __future__ import annotations

import pytest
import sympy
from torch.utils._sympy import functions as ts

from fxopt.ir.symbolic import evaluate, free_vars
from fxopt.ir.sympy_bridge import SympyBridge

s0, s1 = sympy.symbols("s0 s1", integer=True, positive=True)
u0 = sympy.Symbol("u0", integer=True)


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (sympy.Integer(7), "7"),
        (s0, "s0"),
        (2 * s0 * s1 + 3 - s1, "-s1 + s0 * s1 * 2 + 3"),
        (s0**2, "s0 * s0"),
        (ts.PowByNatural(s0, 3), "s0 * s0 * s0"),
        (ts.FloorDiv(s0 + 1, 2), "((s0 + 1) floordiv 2)"),
        (ts.CleanDiv(s0, 4), "(s0 floordiv 4)"),
        (ts.CeilDiv(s0, 4), "((s0 + 3) floordiv 4)"),
        (ts.Mod(s0, 8), "(s0 mod 8)"),
        (ts.PythonMod(u0, 8), "(u0 mod 8)"),
        (sympy.Max(2, s0), "max(s0, 2)"),
        (ts.Max(1, u0), "max(u0, 1)"),
        (ts.Min(s0, s1), "min(s0, s1)"),
        (s0 / 2 + s1 / 2, "((s0 + s1) floordiv 2)"),
        (ts.TruncToInt(2.5 * ts.ToFloat(s0)), "((s0 * 5) floordiv 2)"),
        (ts.FloorToInt(ts.IntTrueDiv(s0, 3)), "(s0 floordiv 3)"),
        (ts.CeilToInt(ts.IntTrueDiv(s0, 2)), "-((-s0) floordiv 2)"),
        (ts.Identity(s0 + 1), "s0 + 1"),
    ],
    ids=str,
)
def test_quasi_affine(expr: sympy.Expr, text: str) -> None:
    found = SympyBridge().to_expr(expr)
    assert str(found) == text


@pytest.mark.parametrize(
    "expr",
    [
        s0 * s1 - 4 * s1 + 7,
        ts.FloorDiv(3 * s0 + 5, 4) * s1,
        ts.Mod(s0 * 6 + 2, 4),
        ts.CeilToInt(ts.IntTrueDiv(s0 * 3, 4)),
        ts.FloorToInt(0.25 * ts.ToFloat(s0 + 1)),
        sympy.Max(s0, s1, 9) - sympy.Min(s0, 4),
    ],
    ids=str,
)
def test_values_are_sympys(expr: sympy.Expr) -> None:
    found = SympyBridge().to_expr(expr)
    for a in range(1, 12):
        for b in (1, 3, 8):
            values = {"s0": a, "s1": b}
            assert evaluate(found, {k: values[k] for k in free_vars(found)}) == int(expr.subs({s0: a, s1: b}))


def test_what_is_not_affine_is_one_symbol_wherever_it_occurs() -> None:
    bridge = SympyBridge()
    rounded = ts.TruncToInt(1.3 * ts.ToFloat(s0))
    assert str(bridge.to_expr(rounded)) == "e0"
    assert str(bridge.to_expr(2 * rounded + s1)) == "e0 * 2 + s1"
    assert str(bridge.to_expr(ts.TruncToInt(1.7 * ts.ToFloat(s0)))) == "e1"
    assert str(bridge.to_expr(ts.TruncToInt(ts.IntTrueDiv(u0, 2)))) == "e2", "u0 may be negative"
    assert str(bridge.to_expr(sympy.Symbol("d0", integer=True))) == "e3", "d0 names a loop dim"


def test_strides_take_sizes_for_positive() -> None:
    bridge = SympyBridge()
    assert str(bridge.to_stride(ts.Max(1, u0) * s0)) == "s0 * u0"
    assert str(bridge.to_expr(ts.Max(1, u0) * s0)) == "s0 * max(u0, 1)"
