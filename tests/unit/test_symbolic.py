"""Index expressions: canonical form, arithmetic against Python's integers, ranges, text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxopt.ir.symbolic import (
    IntExpr,
    bounds,
    ceildiv,
    evaluate,
    floordiv,
    linear_coefficients,
    maximum,
    minimum,
    mod,
    simplify,
    substitute,
    to_python,
    var,
)
from fxopt.ir.text import TextError, parse_expr

NAMES = ("d0", "d1", "r0", "s0")
RANGES = {"d0": (0, 5), "d1": (0, 7), "r0": (0, 11), "s0": (1, 9)}

leaves = st.one_of(st.integers(-20, 20), st.sampled_from(NAMES).map(var))


def _combine(children: st.SearchStrategy[IntExpr]) -> st.SearchStrategy[IntExpr]:
    divisors = st.integers(1, 13)
    return st.one_of(
        st.tuples(children, children).map(lambda p: p[0] + p[1]),
        st.tuples(children, children).map(lambda p: p[0] - p[1]),
        st.tuples(children, st.integers(-6, 12)).map(lambda p: p[0] * p[1]),
        st.tuples(children, st.sampled_from(NAMES).map(var)).map(lambda p: p[0] * p[1]),
        st.tuples(children, divisors).map(lambda p: floordiv(p[0], p[1])),
        st.tuples(children, divisors).map(lambda p: mod(p[0], p[1])),
        st.tuples(children, st.just(var("s0"))).map(lambda p: floordiv(p[0], p[1])),
        st.tuples(children, children).map(lambda p: maximum(*p)),
        st.tuples(children, children).map(lambda p: minimum(*p)),
    )


expressions = st.recursive(leaves, _combine, max_leaves=8)
points = st.fixed_dictionaries({name: st.integers(*bound) for name, bound in RANGES.items()})


def _python_value(expr: IntExpr, point: dict[str, int]) -> int:
    return int(eval(to_python(expr), {}, dict(point)))


@settings(max_examples=400, deadline=None)
@given(expressions, points)
def test_simplify_and_bounds_keep_the_value(expr: IntExpr, point: dict[str, int]) -> None:
    value = _python_value(expr, point)
    assert evaluate(expr, point) == value
    assert evaluate(simplify(expr, RANGES), point) == value
    low, high = bounds(expr, RANGES)
    assert low is None or low <= value
    assert high is None or value <= high


@settings(max_examples=200, deadline=None)
@given(expressions)
def test_text_round_trips(expr: IntExpr) -> None:
    assert parse_expr(str(expr)) == expr


@settings(max_examples=200, deadline=None)
@given(expressions, expressions, points)
def test_substitution_commutes_with_evaluation(expr: IntExpr, image: IntExpr, point: dict[str, int]) -> None:
    inner = evaluate(image, point)
    assert evaluate(substitute(expr, {"d0": image}), point) == evaluate(expr, {**point, "d0": inner})


def test_contiguous_address_splits_into_its_dims() -> None:
    d0, d1, d2 = (var(name) for name in ("d0", "d1", "d2"))
    ranges = {"d0": (0, 127), "d1": (0, 11), "d2": (0, 63)}
    address = d0 * 768 + d1 * 64 + d2
    assert simplify(address // 768, ranges) == d0
    assert simplify((address // 64) % 12, ranges) == d1
    assert simplify(address % 64, ranges) == d2


def test_quotient_and_remainder_recombine() -> None:
    r = var("r0")
    assert simplify((r // 64) * 64 + r % 64, {"r0": (0, 767)}) == r


def test_symbolic_divisor_splits_off_multiples() -> None:
    s, d, r = var("s0"), var("d0"), var("r0")
    assert floordiv(s * d, s) == d
    assert mod(s * d, s) == 0
    assert ceildiv(7, 2) == 4
    assert str(floordiv(s * d + r, s)) == "d0 + (r0 floordiv s0)"


def test_linear_coefficients_of_what_is_linear() -> None:
    d, r, s = var("d0"), var("r0"), var("s0")
    assert linear_coefficients(d * s + r * 4 + 3, ["d0", "r0"]) == {"d0": s, "r0": 4}
    assert linear_coefficients(d * r, ["d0", "r0"]) is None
    assert linear_coefficients(floordiv(d, 2), ["d0"]) is None


def test_truth_of_a_symbol_is_an_error() -> None:
    with pytest.raises(TypeError, match="s0"):
        bool(var("s0"))


def test_evaluation_names_what_is_missing() -> None:
    with pytest.raises(KeyError, match="r0"):
        evaluate(var("d0") + var("r0"), {"d0": 1})


@pytest.mark.parametrize(("text", "offset"), [("d0 +", 4), ("d0 $ 1", 2), ("(d0", 3), ("d0 d1", 3)])
def test_malformed_text_is_located(text: str, offset: int) -> None:
    with pytest.raises(TextError) as error:
        parse_expr(text)
    assert error.value.offset == offset
