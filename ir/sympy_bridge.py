"""Sympy expressions, as torch's shape environment hands them out, to `Expr`.

Functions are told by class name, so that neither torch nor sympy is imported here. A subexpression that is not
quasi-affine (`Piecewise`, true float arithmetic, …) becomes a symbol of its own, `e0 e1 …`, the same one wherever it
occurs; like an unbacked symbol it gets its value from the value that shows it.

Torch's `s0` is a size of at least 2, or else an `int` argument: `n0` if that is not negative, `z0` if it may be.
Likewise an unbacked `u0` that may be negative is `zu0`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from fxopt.ir.symbolic import IntExpr, ceildiv, floordiv, maximum, minimum, mod, product, var


class _NotQuasiAffineError(ValueError):
    """A sympy expression that `Expr` cannot represent."""


class SympyBridge:
    """Converts expressions, remembering what it has seen: a graph repeats few of them thousands of times."""

    def __init__(self) -> None:
        self.ranges: Mapping[Any, Any] = {}
        """Torch's `var_to_range`: symbol → value range, for the symbols whose sign sympy does not know."""
        self._seen: dict[Any, IntExpr] = {}
        self._strides: dict[Any, IntExpr] = {}
        self._named: list[Any] = []
        """Subexpressions that are not quasi-affine; number `i` is the symbol `e<i>`."""

    def to_expr(self, expr: Any) -> IntExpr:
        """The `Expr` equal to a sympy expression of integer value."""
        known = self._seen.get(expr)
        if known is None:
            try:
                known = self._convert(expr)
            except _NotQuasiAffineError:
                known = var(f"e{len(self._named)}")
                self._named.append(expr)
            self._seen[expr] = known
        return known

    def to_stride(self, expr: Any) -> IntExpr:
        """`to_expr`, with `max(size, 1)` taken for `size`: where the size is 0, no stride is ever used."""
        known = self._strides.get(expr)
        if known is None:
            positive = expr.replace(_is_max_with_one, lambda term: next(arg for arg in term.args if arg != 1))
            known = self._strides[expr] = self.to_expr(positive)
        return known

    def _convert(self, expr: Any) -> IntExpr:
        if expr.is_Integer:
            return int(expr)
        if expr.is_Symbol:
            return var(self._symbol_name(expr))
        kind = type(expr).__name__
        if kind == "Add":
            return self._sum(expr)
        if kind == "Mul":
            return self._product(expr)
        convert = _FUNCTIONS.get(kind)
        if convert is None:
            raise _NotQuasiAffineError(f"{kind} in {expr}")
        return convert(self, *expr.args)

    def _symbol_name(self, symbol: Any) -> str:
        name: str = symbol.name
        if not (name.isidentifier() and symbol.is_integer) or (name[0] in "dri" and name[1:].isdigit()):
            raise _NotQuasiAffineError(f"symbol {name}")
        if symbol.is_nonnegative or symbol not in self.ranges:
            return name
        is_nonnegative = bool(self.ranges[symbol].lower >= 0)
        if name.startswith("s"):
            return f"{'n' if is_nonnegative else 'z'}{name[1:]}"
        return name if is_nonnegative else f"z{name}"

    def _sum(self, expr: Any) -> IntExpr:
        # The solver writes exact divisions as rational coefficients: s0/2 + s1/2 is (s0 + s1) floordiv 2.
        denominator = math.lcm(*(_denominator(term) for term in expr.args))
        total: IntExpr = 0
        for term in expr.args:
            total = self.to_expr(term * denominator if denominator != 1 else term) + total
        return floordiv(total, denominator)

    def _product(self, expr: Any) -> IntExpr:
        denominator = _denominator(expr)
        if denominator != 1:
            return floordiv(self.to_expr(expr * denominator), denominator)
        return product(self.to_expr(factor) for factor in expr.args)

    def _power(self, base: Any, exponent: Any) -> IntExpr:
        if not exponent.is_Integer or int(exponent) < 0:
            raise _NotQuasiAffineError(f"power {base}**{exponent}")
        return product([self.to_expr(base)] * int(exponent))

    def _rounded(self, value: Any, divide: Callable[[IntExpr, IntExpr], IntExpr]) -> IntExpr:
        """`floor` or `ceil` of a quotient of integers."""
        if type(value).__name__ in ("IntTrueDiv", "FloatTrueDiv"):
            return divide(self._integral(value.args[0]), self._integral(value.args[1]))
        factors = value.args if type(value).__name__ in ("Mul", "FloatMul") else (value,)
        numerator: IntExpr = 1
        denominator = 1
        for factor in factors:
            if factor.is_Number:
                top, bottom = float(factor).as_integer_ratio()
                # 0.1 is no tenth in binary, and torch rounds the float product: only short dyadic factors are exact.
                if bottom > 4096 or abs(top) > 4096:
                    raise _NotQuasiAffineError(f"rounding of {value}")
                numerator, denominator = numerator * top, denominator * bottom
            else:
                numerator = self._integral(factor) * numerator
        return divide(numerator, denominator)

    def _truncated(self, value: Any) -> IntExpr:
        if not _is_nonnegative(value):
            raise _NotQuasiAffineError(f"truncation of {value}, which may be negative")
        return self._rounded(value, floordiv)

    def _integral(self, value: Any) -> IntExpr:
        """An integer, perhaps written as a float: `ToFloat(s0)`, `2.0`."""
        if type(value).__name__ == "ToFloat":
            return self.to_expr(value.args[0])
        if value.is_Float and float(value).is_integer():
            return int(value)
        return self.to_expr(value)


def _is_max_with_one(term: Any) -> bool:
    return type(term).__name__ == "Max" and len(term.args) == 2 and 1 in term.args


def _is_nonnegative(value: Any) -> bool:
    """Whether no part of a product or quotient is negative."""
    if type(value).__name__ in ("Mul", "FloatMul", "IntTrueDiv", "FloatTrueDiv", "ToFloat"):
        return all(map(_is_nonnegative, value.args))
    return bool(value.is_nonnegative)


def _denominator(term: Any) -> int:
    coefficient = term.as_coeff_Mul()[0]
    return int(coefficient.q) if coefficient.is_Rational else 1


_FUNCTIONS: dict[str, Callable[..., IntExpr]] = {
    "Pow": SympyBridge._power,
    "PowByNatural": SympyBridge._power,
    "FloorDiv": lambda bridge, a, b: floordiv(bridge.to_expr(a), bridge.to_expr(b)),
    "CleanDiv": lambda bridge, a, b: floordiv(bridge.to_expr(a), bridge.to_expr(b)),
    "CeilDiv": lambda bridge, a, b: ceildiv(bridge.to_expr(a), bridge.to_expr(b)),
    "Mod": lambda bridge, a, b: mod(bridge.to_expr(a), bridge.to_expr(b)),
    "PythonMod": lambda bridge, a, b: mod(bridge.to_expr(a), bridge.to_expr(b)),
    "ModularIndexing": lambda bridge, a, b, c: mod(floordiv(bridge.to_expr(a), bridge.to_expr(b)), bridge.to_expr(c)),
    "Max": lambda bridge, *args: maximum(*map(bridge.to_expr, args)),
    "Min": lambda bridge, *args: minimum(*map(bridge.to_expr, args)),
    "Identity": lambda bridge, a: bridge.to_expr(a),
    "TruncToInt": lambda bridge, a: bridge._truncated(a),
    "FloorToInt": lambda bridge, a: bridge._rounded(a, floordiv),
    "CeilToInt": lambda bridge, a: bridge._rounded(a, ceildiv),
    "floor": lambda bridge, a: bridge._rounded(a, floordiv),
    "ceiling": lambda bridge, a: bridge._rounded(a, ceildiv),
}
