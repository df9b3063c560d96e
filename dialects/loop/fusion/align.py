"""Aligning two nests: one iteration domain in which both take place, found from one pair of matching accesses.

A producer stores element `p(d, r)` of a tensor, a consumer loads element `c(d', r')` of it. Where `p` is a mixed-radix
number over the producer's dims (what a store into a strided tensor is), its digits at `c` give the producer's dims as
functions of the consumer's. If these are mixed-radix numbers over the consumer's dims again, after splitting some of
these, the dims of both are products of common dims:

    producer [d0 = 128] reduce [r0 = 768], stores at d0
    consumer [d0 = 128, d1 = 12, d2 = 64], loads at d0
    fused    [d0 = 128] reduce [r0 = 12, r1 = 64]; producer: r0 -> r0 * 64 + r1; consumer: d1 -> r0, d2 -> r1

Dims of the consumer that the access does not mention correspond to reduced dims of the producer, in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from fxopt.dialects.loop.attrs import Domain
from fxopt.dialects.loop.indexing import DomainIndexer, digits_of, indexer_for, invert
from fxopt.ir.symbolic import (
    Atom,
    Expr,
    IntExpr,
    bounds,
    floordiv,
    free_vars,
    mod,
    simplify,
    substitute,
    var,
)

MAX_SPLITS = 3
TEMPORARY = "_t"
"""Prefix of the names of dims whose place in the common domain is not known yet; no size symbol starts so."""


class Side(NamedTuple):
    """What `align` needs of one nest."""

    domain: Domain
    keeps_order: bool
    """Whether it has a scan or an argmax: its reduced dims must be walked in their order."""
    has_scan: bool


class Alignment:
    """The common domain, and what the dims of each nest are in it."""

    def __init__(self, domain: Domain, producer: dict[str, IntExpr], consumer: dict[str, IntExpr]) -> None:
        self.domain = domain
        self.producer = Place(domain, producer)
        self.consumer = Place(domain, consumer)


class Place:
    """Where the points of one nest are in the common domain: `point` gives each of its dims."""

    def __init__(self, domain: Domain, point: dict[str, IntExpr]) -> None:
        self.point = point
        self._indexer = indexer_for(domain)
        self._images: dict[IntExpr, IntExpr] = {}

    def image(self, index: IntExpr) -> IntExpr:
        """An index expression of the nest in the common domain."""
        if isinstance(index, int):
            return index
        found = self._images.get(index)
        if found is None:
            found = self._images[index] = self._indexer.simplify(substitute(index, self.point))
        return found

    def is_identity(self) -> bool:
        """Whether every dim is where it was."""
        return all(value == var(name) for name, value in self.point.items())

    def varies(self) -> bool:
        """Whether the nest takes place at every reduced point, not once for each parallel one."""
        names = (name for value in self.point.values() for name in free_vars(value))
        return any(name[0] == "r" and name[1:].isdigit() for name in names)


@lru_cache(maxsize=4096)
def align(producer: Side, store: IntExpr, consumer: Side, load: IntExpr, *, complete: bool = False) -> Alignment | None:
    """The common domain of two nests whose accesses `store` and `load` meet, or `None`.

    With `complete`, all dims of both must take part in the accesses.
    """
    digits = digits_of(store, producer.domain.dims())
    if digits is None or not _covers_parallel(producer.domain, [d.dim for d in digits[0]]):
        return None
    split = _SplitDims(indexer_for(consumer.domain))
    for _ in range(MAX_SPLITS):
        point = invert(digits[0], digits[1], substitute(load, split.values))
        point = {name: split.simplify(expr) for name, expr in point.items()}
        factors = _match_digits(point, producer.domain.dims(), split)
        if factors is not None:
            return _Joiner(producer, consumer, split, factors).join(complete=complete)
        if not split.refine(point.values()):
            return None
    return None


def _covers_parallel(domain: Domain, used: Sequence[str]) -> bool:
    """Whether an access mentions every parallel dim, and either no reduced dim or all of them."""
    names = set(used)
    if any(f"d{i}" not in names for i, extent in enumerate(domain.parallel) if extent != 1):
        return False
    reduced = [f"r{i}" in names for i, extent in enumerate(domain.reduced) if extent != 1]
    return all(reduced) or not any(reduced)


class _SplitDims:
    """The consumer's dims, some of them split into several; temporary names `_t0 _t1 …`, outermost first."""

    def __init__(self, indexer: DomainIndexer) -> None:
        self.origin: list[tuple[str, list[IntExpr]]] = [(name, [extent]) for name, extent in indexer.extents.items()]
        self.symbols = {name: span for name, span in indexer.ranges.items() if name not in indexer.extents}
        self._rename()

    def _rename(self) -> None:
        self.extents: dict[str, IntExpr] = {}
        self.parts: dict[str, list[str]] = {}
        for name, sizes in self.origin:
            self.parts[name] = []
            for size in sizes:
                part = f"{TEMPORARY}{len(self.extents)}"
                self.extents[part] = size
                self.parts[name].append(part)
        self.values = {name: compose(parts, self.extents) for name, parts in self.parts.items()}
        self.ranges = dict(self.symbols)
        for part, size in self.extents.items():
            upper = bounds(size, self.symbols)[1]
            self.ranges[part] = (0, None if upper is None else max(upper - 1, 0))

    def simplify(self, expr: IntExpr) -> IntExpr:
        return simplify(expr, self.ranges, self.extents)

    def refine(self, exprs: Iterable[IntExpr]) -> bool:
        """Splits dims where `floordiv` and `mod` in `exprs` cut them; whether any was split."""
        cuts: dict[str, set[int]] = {}
        for expr in exprs:
            _collect_cuts(expr, self.extents, cuts)
        before = len(self.extents)
        origin: list[tuple[str, list[IntExpr]]] = []
        for name, parts in self.parts.items():
            pieces = [_cut(self.extents[part], sorted(cuts.get(part, ()))) for part in parts]
            origin.append((name, [size for piece in pieces for size in piece]))
        self.origin = origin
        self._rename()
        return len(self.extents) > before

    def kind(self, part: str) -> str:
        """`d` or `r`: the kind of the dim that `part` is a part of."""
        return next(name[0] for name, parts in self.parts.items() if part in parts)


def compose(parts: Sequence[str], extents: Mapping[str, IntExpr]) -> IntExpr:
    """The mixed-radix number whose digits are `parts`, outermost first."""
    value: IntExpr = 0
    for part in parts:
        value = value * extents[part] + var(part)
    return value


def _collect_cuts(expr: IntExpr, extents: Mapping[str, IntExpr], cuts: dict[str, set[int]]) -> None:
    """For every dim under a division by `m` with coefficient `a`: a cut at `m / a` (it crosses a multiple there)."""
    if isinstance(expr, int):
        return
    for monomial, _ in expr.terms:
        for atom in monomial:
            if atom.kind == "var":
                continue
            for arg in atom.args:
                _collect_cuts(arg, extents, cuts)
            if atom.kind in ("floordiv", "mod"):
                _cut_division(atom, extents, cuts)


def _cut_division(atom: Atom, extents: Mapping[str, IntExpr], cuts: dict[str, set[int]]) -> None:
    number, divisor = atom.args
    scale = 1
    inner = number.as_atom() if isinstance(number, Expr) else None
    while inner is not None and inner.kind in ("floordiv", "mod"):  # (x floordiv a) mod b cuts x at a * b.
        number, by = inner.args
        if inner.kind == "floordiv" and isinstance(by, int):
            scale *= by
        inner = number.as_atom() if isinstance(number, Expr) else None
    if not isinstance(divisor, int) or not isinstance(number, Expr):
        return
    limit = divisor * scale
    for monomial, coeff in number.terms:
        if len(monomial) == 1 and monomial[0].name in extents and coeff > 0 and limit % coeff == 0:
            cuts.setdefault(monomial[0].name, set()).add(limit // coeff)


def _cut(extent: IntExpr, places: Sequence[int]) -> list[IntExpr]:
    """`extent` as a product with factors that end at `places` (rising), as far as these divide each other."""
    sizes: list[IntExpr] = []
    inner = 1
    for place in places:
        if place > inner and place % inner == 0 and extent != place and mod(extent, place) == 0:
            sizes.insert(0, place // inner)
            inner = place
    sizes.insert(0, floordiv(extent, inner))
    return sizes


def _match_digits(
    point: Mapping[str, IntExpr], extents: Mapping[str, IntExpr], split: _SplitDims
) -> dict[str, list[str]] | None:
    """For each producer dim the consumer dims whose mixed-radix number it is; `None` unless all are, disjointly."""
    factors: dict[str, list[str]] = {}
    used: set[str] = set()
    for name, expr in point.items():
        digits = digits_of(expr, split.extents)
        if digits is None or digits[1] != 0:
            return None
        span: IntExpr = 1
        for digit in reversed(digits[0]):
            if digit.stride != span or digit.dim in used:
                return None
            used.add(digit.dim)
            span = span * digit.extent
        if span != extents[name]:
            return None
        factors[name] = [digit.dim for digit in digits[0]]
    return factors


class _Pair(NamedTuple):
    """Dims that correspond in order, refined to common factors: of each factor its extent and where it belongs."""

    extents: list[IntExpr]
    left: list[int]
    right: list[int]


def refine_pair(left: Sequence[IntExpr], right: Sequence[IntExpr]) -> _Pair | None:
    """The coarsest common factorisation of two lists of extents, `None` where there is none.

    >>> refine_pair([768], [12, 64])
    _Pair(extents=[12, 64], left=[0, 0], right=[0, 1])
    """
    if 0 in left or 0 in right:
        return None
    pair = _Pair([], [], [])
    a, b = list(left), list(right)
    while a and b:
        if a[-1] == b[-1]:
            factor = a[-1]
        elif _divides(b[-1], a[-1]):
            factor = b[-1]
        elif _divides(a[-1], b[-1]):
            factor = a[-1]
        else:
            return None
        for items, places in ((a, pair.left), (b, pair.right)):
            places.insert(0, len(items) - 1)
            rest = floordiv(items[-1], factor)
            items[-1:] = [] if rest == 1 else [rest]
        pair.extents.insert(0, factor)
    return None if a or b else pair


def _divides(unit: IntExpr, value: IntExpr) -> bool:
    return unit != 0 and unit != 1 and mod(value, unit) == 0


class _Joiner:
    """Builds the common domain from the digits that match.

    `rest` are dims of the consumer that no dim of the producer corresponds to yet; `missing` the producer's reduced
    dims where the access mentions none of them.
    """

    def __init__(self, producer: Side, consumer: Side, split: _SplitDims, factors: dict[str, list[str]]) -> None:
        self.producer = producer
        self.consumer = consumer
        self.split = split
        self.factors = factors
        self.image: dict[str, IntExpr] = {}
        """What dims of the consumer are in temporary dims of the result, where not themselves."""
        self.extents = dict(split.extents)
        self.producer_reduces = bool(producer.domain.reduced)
        self.consumer_reduces = bool(consumer.domain.reduced)

    def join(self, *, complete: bool) -> Alignment | None:
        matched = {part for parts in self.factors.values() for part in parts}
        rest = [part for part in self.split.extents if part not in matched]
        missing = [name for name in self.producer.domain.dims() if name not in self.factors]
        if complete and (rest or missing):
            return None
        if self.consumer_reduces and (rest or missing) and self._consumer_reduced() != rest:
            return None
        if missing and rest:
            reduced = self._join_rest(missing, rest)
        elif missing:
            reduced = self._keep_missing(missing)
        elif rest:
            # The producer takes place once a parallel point, inside the consumer's reduction.
            reduced = rest if self.consumer_reduces and not self.producer_reduces else None
        else:
            reduced = self._matched_reduced()
        return None if reduced is None else self._finish(reduced)

    def _consumer_reduced(self) -> list[str]:
        return [part for part in self.split.extents if self.split.kind(part) == "r"]

    def _join_rest(self, missing: list[str], rest: list[str]) -> list[str] | None:
        """The producer's reduced dims are the consumer's remaining dims, in order."""
        extents = self.producer.domain.dims()
        pair = refine_pair([extents[name] for name in missing], [self.split.extents[part] for part in rest])
        if pair is None:
            return None
        new = [self._fresh(extent) for extent in pair.extents]
        for i, name in enumerate(missing):
            self.factors[name] = [dim for dim, place in zip(new, pair.left, strict=True) if place == i]
        for i, part in enumerate(rest):
            self.image[part] = compose([dim for dim, at in zip(new, pair.right, strict=True) if at == i], self.extents)
        return new

    def _keep_missing(self, missing: list[str]) -> list[str]:
        """The consumer takes place once a parallel point, after the producer's reduction."""
        for name in missing:
            self.factors[name] = [self._fresh(self.producer.domain.dims()[name])]
        return [self.factors[name][0] for name in missing]

    def _fresh(self, extent: IntExpr) -> str:
        name = f"{TEMPORARY}{len(self.extents)}"
        self.extents[name] = extent
        return name

    def _matched_reduced(self) -> list[str] | None:
        """All dims correspond: those reduced in either nest, in the order in which they are walked."""
        of_consumer = self._consumer_reduced()
        if not self.producer_reduces:
            return of_consumer
        names = [name for name in self.producer.domain.dims() if name[0] == "r"]
        of_producer = [part for name in names for part in self.factors[name]]
        if not self.consumer_reduces:
            return of_producer
        if set(of_producer) != set(of_consumer):
            return None
        if of_producer == of_consumer or not self.consumer.keeps_order:
            return of_producer
        return None if self.producer.keeps_order else of_consumer

    def _finish(self, reduced: list[str]) -> Alignment | None:
        if (self.producer.has_scan or self.consumer.has_scan) and len(reduced) != 1:
            return None
        parallel = [part for part in self.split.extents if part not in reduced and part not in self.image]
        names = {part: var(f"d{i}") for i, part in enumerate(parallel)}
        names |= {part: var(f"r{i}") for i, part in enumerate(reduced)}
        domain = Domain(tuple(self.extents[part] for part in parallel), tuple(self.extents[part] for part in reduced))
        consumer = {name: substitute(substitute(value, self.image), names) for name, value in self.split.values.items()}
        producer = {name: substitute(compose(parts, self.extents), names) for name, parts in self.factors.items()}
        return Alignment(domain, producer, consumer)
