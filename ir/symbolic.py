"""Quasi-affine integer expressions: sizes, strides, and the index expressions of memory accesses.

An `Expr` is immutable and canonical: a sum of integer multiples of monomials over *atoms*, where an atom is a
variable or one of `floordiv`, `mod`, `max`, `min`. Two expressions that are equal as polynomials compare equal.
A constant is always a plain `int`, so static shapes never meet a symbolic class.

Division is floor division and `mod` takes the sign of the divisor, as in Python, MLIR's `affine_map` and sympy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TypeAlias, Union

__all__ = [
    "Atom", "Bounds", "Expr", "IntExpr", "Ranges", "bounds", "ceildiv", "evaluate", "floordiv", "free_vars",
    "linear_coefficients", "maximum", "minimum", "mod", "product", "simplify", "substitute", "to_python", "var",
]  # fmt: skip

IntExpr: TypeAlias = Union[int, "Expr"]
Bounds: TypeAlias = tuple[int | None, int | None]
"""Inclusive lower and upper bound; `None` is unbounded."""
Ranges: TypeAlias = Mapping[str, Bounds]


class Atom:
    """A variable (`kind == "var"`), or `floordiv`, `mod`, `max`, `min` of expressions."""

    __slots__ = ("args", "key", "kind", "name")

    def __init__(self, kind: str, name: str = "", args: tuple[IntExpr, ...] = ()) -> None:
        self.kind = kind
        self.name = name
        self.args = args
        # Variables sort by name with numbers in order (d2 before d10), before compound atoms.
        self.key: tuple[object, ...] = (0, *_natural(name)) if kind == "var" else (1, str(self))

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Atom) and self.key == other.key)

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        if self.kind == "var":
            return self.name
        if self.kind in ("floordiv", "mod"):
            return f"({_factor(self.args[0])} {self.kind} {_factor(self.args[1])})"
        return f"{self.kind}({', '.join(map(str, self.args))})"


Monomial: TypeAlias = tuple[Atom, ...]


def _natural(name: str) -> tuple[str, int, str]:
    head = name.rstrip("0123456789")
    digits = name[len(head) :]
    return (head, int(digits) if digits else -1, digits)


def _factor(expr: IntExpr) -> str:
    text = str(expr)
    return text if (isinstance(expr, int) and expr >= 0) or text.isidentifier() or _is_atom(expr) else f"({text})"


def _is_atom(expr: IntExpr) -> bool:
    return isinstance(expr, Expr) and expr.as_atom() is not None


def _monomial_key(monomial: Monomial) -> tuple[object, ...]:
    return (len(monomial), *(atom.key for atom in monomial))


class Expr:
    """A non-constant canonical integer expression. Build with `var`, operators, `floordiv`, `mod`, …"""

    __slots__ = ("_hash", "_vars", "const", "terms")

    def __init__(self, terms: tuple[tuple[Monomial, int], ...], const: int) -> None:
        self.terms = terms
        self.const = const
        self._hash = hash((terms, const))
        self._vars: frozenset[str] | None = None

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Expr)
            and self._hash == other._hash
            and self.const == other.const
            and self.terms == other.terms
        )

    def __add__(self, other: IntExpr) -> IntExpr:
        if isinstance(other, int):
            return self if other == 0 else Expr(self.terms, self.const + other)
        acc = dict(self.terms)
        for monomial, coeff in other.terms:
            acc[monomial] = acc.get(monomial, 0) + coeff
        return _build(acc, self.const + other.const)

    __radd__ = __add__

    def __neg__(self) -> IntExpr:
        return self * -1

    def __sub__(self, other: IntExpr) -> IntExpr:
        return self + (-other)

    def __rsub__(self, other: IntExpr) -> IntExpr:
        return (-self) + other

    def __mul__(self, other: IntExpr) -> IntExpr:
        if isinstance(other, int):
            if other == 0:
                return 0
            if other == 1:
                return self
            return Expr(tuple((m, c * other) for m, c in self.terms), self.const * other)
        acc: dict[Monomial, int] = {}
        for m1, c1 in (*self.terms, ((), self.const)):
            for m2, c2 in (*other.terms, ((), other.const)):
                if c1 and c2:
                    monomial = tuple(sorted(m1 + m2, key=lambda atom: atom.key))
                    acc[monomial] = acc.get(monomial, 0) + c1 * c2
        return _build(acc, acc.pop((), 0))

    __rmul__ = __mul__

    def __floordiv__(self, other: IntExpr) -> IntExpr:
        return floordiv(self, other)

    def __rfloordiv__(self, other: int) -> IntExpr:
        return floordiv(other, self)

    def __mod__(self, other: IntExpr) -> IntExpr:
        return mod(self, other)

    def __rmod__(self, other: int) -> IntExpr:
        return mod(other, self)

    def __bool__(self) -> bool:
        raise TypeError(f"truth of the symbolic expression {self} is unknown")

    def __str__(self) -> str:
        parts = []
        for monomial, coeff in self.terms:
            text = " * ".join(map(str, monomial))
            parts.append(text if coeff == 1 else f"-{text}" if coeff == -1 else f"{text} * {coeff}")
        if self.const:
            parts.append(str(self.const))
        return " + ".join(parts).replace("+ -", "- ")

    __repr__ = __str__

    def as_atom(self) -> Atom | None:
        """The atom that this expression is, if it is nothing more than one."""
        if self.const == 0 and len(self.terms) == 1:
            monomial, coeff = self.terms[0]
            if coeff == 1 and len(monomial) == 1:
                return monomial[0]
        return None

    def free_vars(self) -> frozenset[str]:
        """Names of all variables that occur, also inside `floordiv` and the like."""
        if self._vars is None:
            names: set[str] = set()
            for monomial, _ in self.terms:
                for atom in monomial:
                    if atom.kind == "var":
                        names.add(atom.name)
                    else:
                        for arg in atom.args:
                            names |= free_vars(arg)
            self._vars = frozenset(names)
        return self._vars


def _build(acc: dict[Monomial, int], const: int) -> IntExpr:
    terms = [(m, c) for m, c in acc.items() if c]
    if not terms:
        return const
    if len(terms) > 1:
        terms.sort(key=lambda term: _monomial_key(term[0]))
    return Expr(tuple(terms), const)


def _of_atom(atom: Atom) -> Expr:
    return Expr((((atom,), 1),), 0)


@lru_cache(maxsize=4096)
def var(name: str) -> Expr:
    """The variable `name`."""
    return _of_atom(Atom("var", name))


def free_vars(expr: IntExpr) -> frozenset[str]:
    """Names of the variables in `expr`; empty for an int."""
    return frozenset() if isinstance(expr, int) else expr.free_vars()


def product(factors: Iterable[IntExpr]) -> IntExpr:
    """The product of `factors`; 1 for none."""
    result: IntExpr = 1
    for factor in factors:
        result = factor * result
    return result


def _split_divisible(expr: Expr, divisor: IntExpr) -> tuple[IntExpr, IntExpr]:
    """`(q, rest)` with `expr == q * divisor + rest`, `q` as large as the terms show."""
    if isinstance(divisor, int):
        quotient: dict[Monomial, int] = {}
        rest: dict[Monomial, int] = {}
        for monomial, coeff in expr.terms:
            (quotient if coeff % divisor == 0 else rest)[monomial] = coeff
        q = _build({m: c // divisor for m, c in quotient.items()}, expr.const // divisor)
        return q, _build(rest, expr.const % divisor)
    if len(divisor.terms) != 1 or divisor.const:
        return (1, 0) if expr == divisor else (0, expr)
    (dm, dc) = divisor.terms[0]
    quotient, rest = {}, {}
    for monomial, coeff in expr.terms:
        remaining = list(monomial)
        if coeff % dc == 0 and all(_remove(remaining, atom) for atom in dm):
            quotient[tuple(remaining)] = quotient.get(tuple(remaining), 0) + coeff // dc
        else:
            rest[monomial] = coeff
    const = quotient.pop((), 0)
    return _build(quotient, const), _build(rest, expr.const)


def _remove(atoms: list[Atom], atom: Atom) -> bool:
    if atom in atoms:
        atoms.remove(atom)
        return True
    return False


def floordiv(lhs: IntExpr, rhs: IntExpr) -> IntExpr:
    """Floor division; multiples of `rhs` are split off: `(64*a + b) // 64 == a + b // 64`."""
    if isinstance(lhs, int) and isinstance(rhs, int):
        return lhs // rhs
    if isinstance(rhs, int) and rhs == 1:
        return lhs
    if isinstance(lhs, int):
        return 0 if lhs == 0 else _of_atom(Atom("floordiv", args=(lhs, rhs)))
    quotient, rest = _split_divisible(lhs, rhs)
    if isinstance(rest, int) and (rest == 0 or isinstance(rhs, int)):
        return quotient + (0 if rest == 0 else rest // rhs)
    atom = rest.as_atom() if isinstance(rest, Expr) else None
    if atom is not None and atom.kind == "floordiv" and isinstance(rhs, int):
        inner = atom.args[1]  # (x // a) // b == x // (a*b)
        if isinstance(inner, int) and inner > 0 and rhs > 0:
            return quotient + floordiv(atom.args[0], inner * rhs)
    if isinstance(rest, Expr) and isinstance(rhs, int) and rhs > 0:
        rest, rhs = _cancel_common(rest, rhs)
        if rhs == 1:
            return quotient + rest
    return quotient + _of_atom(Atom("floordiv", args=(rest, rhs)))


def _cancel_common(expr: Expr, divisor: int) -> tuple[IntExpr, int]:
    """(g*x + c) // (g*k) == (x + c//g) // k for 0 <= c, since g*x + c%g stays below the next multiple."""
    common = math.gcd(divisor, *(coeff for _, coeff in expr.terms))
    if common == 1:
        return expr, divisor
    return _build({m: c // common for m, c in expr.terms}, expr.const // common), divisor // common


def mod(lhs: IntExpr, rhs: IntExpr) -> IntExpr:
    """Remainder of floor division; multiples of `rhs` vanish."""
    if isinstance(lhs, int) and isinstance(rhs, int):
        return lhs % rhs
    if isinstance(rhs, int) and rhs == 1:
        return 0
    if isinstance(lhs, int):
        return 0 if lhs == 0 else _of_atom(Atom("mod", args=(lhs, rhs)))
    _, rest = _split_divisible(lhs, rhs)
    if isinstance(rest, int):
        return mod(rest, rhs)
    atom = rest.as_atom()
    if atom is not None and atom.kind == "mod" and isinstance(rhs, int):
        inner = atom.args[1]  # (x mod a*b) mod b == x mod b
        if isinstance(inner, int) and inner % rhs == 0:
            return mod(atom.args[0], rhs)
    if isinstance(rhs, int) and rhs > 0:
        common = math.gcd(rhs, rest.const, *(coeff for _, coeff in rest.terms))
        if common > 1:  # (g*x) mod (g*k) == g * (x mod k)
            reduced = _build({m: c // common for m, c in rest.terms}, rest.const // common)
            return mod(reduced, rhs // common) * common
    return _of_atom(Atom("mod", args=(rest, rhs)))


def ceildiv(lhs: IntExpr, rhs: IntExpr) -> IntExpr:
    """The least integer not below `lhs / rhs`."""
    return -floordiv(-lhs, rhs)


def _extremum(kind: str, pick: Callable[[Iterable[int]], int], args: Iterable[IntExpr]) -> IntExpr:
    constants = []
    symbolic: dict[str, IntExpr] = {}
    for arg in args:
        if isinstance(arg, int):
            constants.append(arg)
        else:
            symbolic[str(arg)] = arg
    parts = [symbolic[text] for text in sorted(symbolic)]
    if constants:
        parts.append(pick(constants))
    return parts[0] if len(parts) == 1 else _of_atom(Atom(kind, args=tuple(parts)))


def maximum(*args: IntExpr) -> IntExpr:
    """The greatest of `args`."""
    return _extremum("max", max, args)


def minimum(*args: IntExpr) -> IntExpr:
    """The least of `args`."""
    return _extremum("min", min, args)


_REBUILD: dict[str, Callable[..., IntExpr]] = {
    "floordiv": floordiv,
    "mod": mod,
    "max": maximum,
    "min": minimum,
}


def _map_atoms(expr: Expr, image: Callable[[Atom], IntExpr]) -> IntExpr:
    result: IntExpr = expr.const
    for monomial, coeff in expr.terms:
        term: IntExpr = coeff
        for atom in monomial:
            term = image(atom) * term
        result = term + result
    return result


def substitute(expr: IntExpr, values: Mapping[str, IntExpr]) -> IntExpr:
    """`expr` with variables replaced, all at once."""
    if isinstance(expr, int) or values.keys().isdisjoint(expr.free_vars()):
        return expr

    def image(atom: Atom) -> IntExpr:
        if atom.kind == "var":
            value = values.get(atom.name)
            return _of_atom(atom) if value is None else value
        return _REBUILD[atom.kind](*(substitute(arg, values) for arg in atom.args))

    return _map_atoms(expr, image)


def evaluate(expr: IntExpr, values: Mapping[str, int]) -> int:
    """The value of `expr`; `KeyError` names a variable that has none."""
    if isinstance(expr, int):
        return expr
    missing = expr.free_vars() - values.keys()
    if missing:
        raise KeyError(f"no value for {', '.join(sorted(missing))} in {expr}")
    result = substitute(expr, values)
    assert isinstance(result, int)
    return result


def linear_coefficients(expr: IntExpr, names: Iterable[str]) -> dict[str, IntExpr] | None:
    """The coefficient of each of `names`, or `None` where `expr` is not linear in them jointly."""
    wanted = set(names)
    result: dict[str, IntExpr] = dict.fromkeys(wanted, 0)
    if isinstance(expr, int):
        return result
    for monomial, coeff in expr.terms:
        hits = [atom for atom in monomial if not wanted.isdisjoint(_atom_vars(atom))]
        if not hits:
            continue
        if len(hits) > 1 or hits[0].kind != "var":
            return None
        others = tuple(atom for atom in monomial if atom is not hits[0])
        name = hits[0].name
        result[name] = result[name] + (coeff if not others else Expr(((others, coeff),), 0))
    return result


def _atom_vars(atom: Atom) -> frozenset[str]:
    if atom.kind == "var":
        return frozenset((atom.name,))
    return frozenset().union(*(free_vars(arg) for arg in atom.args))


def _mul_bounds(a: Bounds, b: Bounds) -> Bounds:
    if None in a or None in b:
        if a[0] is not None and b[0] is not None and a[0] >= 0 and b[0] >= 0:
            return (a[0] * b[0], None)
        return (None, None)
    corners = [x * y for x in a for y in b]  # type: ignore[operator]
    return (min(corners), max(corners))


def _atom_bounds(atom: Atom, ranges: Ranges) -> Bounds:
    if atom.kind == "var":
        return ranges.get(atom.name, (None, None))
    args = [bounds(arg, ranges) for arg in atom.args]
    if atom.kind == "floordiv":
        (lo, hi), (dlo, dhi) = args
        if dlo is None or dlo <= 0:
            return (None, None)
        low = None if lo is None else (lo // dlo if lo < 0 else 0 if dhi is None else lo // dhi)
        high = None if hi is None else (hi // dlo if hi >= 0 else -1 if dhi is None else hi // dhi)
        return (low, high)
    if atom.kind == "mod":
        (lo, hi), (dlo, dhi) = args
        if dlo is None or dlo <= 0:
            return (None, None)
        upper = None if dhi is None else dhi - 1
        if lo is not None and lo >= 0 and hi is not None:
            upper = hi if upper is None else min(upper, hi)
        return (0, upper)
    lows = [lo for lo, _ in args]
    highs = [hi for _, hi in args]
    known_lows = [lo for lo in lows if lo is not None]
    known_highs = [hi for hi in highs if hi is not None]
    if atom.kind == "max":
        return (max(known_lows, default=None), max(known_highs) if len(known_highs) == len(highs) else None)
    return (min(known_lows) if len(known_lows) == len(lows) else None, min(known_highs, default=None))


def bounds(expr: IntExpr, ranges: Ranges) -> Bounds:
    """Inclusive bounds of `expr` where each variable lies in its range; by interval arithmetic, so maybe wide."""
    if isinstance(expr, int):
        return (expr, expr)
    low: int | None = expr.const
    high: int | None = expr.const
    for monomial, coeff in expr.terms:
        span: Bounds = (coeff, coeff)
        for atom in monomial:
            span = _mul_bounds(_atom_bounds(atom, ranges), span)
            if coeff < 0 and None in span:
                span = _negative_span(monomial, coeff, ranges)
                break
        low = None if low is None or span[0] is None else low + span[0]
        high = None if high is None or span[1] is None else high + span[1]
    return (low, high)


def _negative_span(monomial: Monomial, coeff: int, ranges: Ranges) -> Bounds:
    low, high = bounds(Expr(((monomial, -coeff),), 0), ranges)
    return (None if high is None else -high, None if low is None else -low)


def symbol_range(name: str, least_size: int = 2) -> Bounds:
    """Bounds of a symbol by its name, which `SympyBridge` chose: `z*` may be negative, others are not.

    Sizes, `s*`, are at least `least_size`: torch specialises 0 and 1.
    """
    return (None, None) if name.startswith("z") else (least_size if name.startswith("s") else 0, None)


def simplify(expr: IntExpr, ranges: Ranges, extents: Mapping[str, IntExpr] | None = None) -> IntExpr:
    """Drops `floordiv` and `mod` that the ranges decide: `(64*a + b) // 64 -> a` for `0 <= b < 64`.

    `extents` gives symbolic exclusive upper bounds of variables that are at least 0, for `(s*a + b) // s -> a`.
    """
    if isinstance(expr, int) or all(a.kind == "var" for m, _ in expr.terms for a in m):
        return expr

    def image(atom: Atom) -> IntExpr:
        if atom.kind == "var":
            return _of_atom(atom)
        args = [simplify(arg, ranges, extents) for arg in atom.args]
        if atom.kind in ("floordiv", "mod"):
            return _simplify_division(atom.kind, args[0], args[1], ranges, extents or {})
        return _simplify_extremum(atom.kind, args, ranges)

    return _recombine(_map_atoms(expr, image))


def _simplify_division(
    kind: str, num: IntExpr, den: IntExpr, ranges: Ranges, extents: Mapping[str, IntExpr]
) -> IntExpr:
    if isinstance(num, Expr):
        quotient, rest = _split_divisible(num, den)
        low, high = bounds(rest, ranges)
        if low is not None and high is not None and isinstance(den, int) and den > 0 and low // den == high // den:
            base = low // den
            return quotient + base if kind == "floordiv" else rest - base * den
        if low is not None and low >= 0 and _below(rest, den, ranges, extents):
            return quotient if kind == "floordiv" else rest
    return _REBUILD[kind](num, den)


def _below(expr: IntExpr, limit: IntExpr, ranges: Ranges, extents: Mapping[str, IntExpr]) -> bool:
    """Whether `expr < limit` is provable."""
    low, _ = bounds(limit - expr, ranges)
    if low is None and extents:
        low, _ = bounds(limit - _greatest(expr, ranges, extents), ranges)
    return low is not None and low > 0


def _greatest(expr: IntExpr, ranges: Ranges, extents: Mapping[str, IntExpr]) -> IntExpr:
    """An upper bound of `expr` in the sizes alone, as far as it is monotone in its variables."""
    for name in sorted(free_vars(expr) & extents.keys()):
        slopes = linear_coefficients(expr, (name,))
        low, high = (None, None) if slopes is None else bounds(slopes[name], ranges)
        if low is not None and low >= 0:
            expr = substitute(expr, {name: extents[name] - 1})
        elif high is not None and high <= 0:
            expr = substitute(expr, {name: 0})
    return expr


def _simplify_extremum(kind: str, args: list[IntExpr], ranges: Ranges) -> IntExpr:
    kept: list[IntExpr] = []
    for arg in args:
        sign = 1 if kind == "max" else -1
        gaps = (bounds((other - arg) * sign, ranges)[0] for other in args if other is not arg and other != arg)
        dominated = any(gap is not None and gap > 0 for gap in gaps)
        if not dominated:
            kept.append(arg)
    return _REBUILD[kind](*(kept or args))


def _recombine(expr: IntExpr) -> IntExpr:
    """`k*c*(x floordiv c) + k*(x mod c) -> k*x`."""
    if isinstance(expr, int):
        return expr
    terms = dict(expr.terms)
    for monomial, coeff in expr.terms:
        if len(monomial) != 1 or monomial[0].kind != "mod" or monomial not in terms:
            continue
        num, den = monomial[0].args
        partner = floordiv(num, den)
        if not isinstance(partner, Expr) or not isinstance(den, int) or len(partner.terms) != 1 or partner.const:
            continue
        partner_monomial, partner_coeff = partner.terms[0]
        if partner_coeff == 1 and terms.get(partner_monomial) == coeff * den:
            del terms[partner_monomial], terms[monomial]
            return _recombine(_build(terms, expr.const) + num * coeff)
    return expr


def to_python(expr: IntExpr, rename: Callable[[str], str] = lambda name: name) -> str:
    """`expr` as Python source: `//`, `%`, `max`, `min`."""
    if isinstance(expr, int):
        return str(expr)
    parts = []
    for monomial, coeff in expr.terms:
        factors = [_atom_python(atom, rename) for atom in monomial]
        parts.append(" * ".join(factors if coeff == 1 else [*factors, str(coeff)]))
    if expr.const:
        parts.append(str(expr.const))
    return parts[0] if len(parts) == 1 else f"({' + '.join(parts)})"


def _atom_python(atom: Atom, rename: Callable[[str], str]) -> str:
    if atom.kind == "var":
        return rename(atom.name)
    args = [to_python(arg, rename) for arg in atom.args]
    if atom.kind in ("max", "min"):
        return f"{atom.kind}({', '.join(args)})"
    symbol = "//" if atom.kind == "floordiv" else "%"
    return f"(({args[0]}) {symbol} ({args[1]}))"
