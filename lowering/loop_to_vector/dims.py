"""Rewrites of a kernel's iteration domain: split at divisors, collapse, order by stride.

`(d0 floordiv 64)` and `(d0 mod 64)` are affine once `d0 = 64 * a + b` is split; two dims that every access walks as
one are one. Both make long unit-stride loops without divisions out of what views and fusion leave behind.
"""

from __future__ import annotations

from collections.abc import Iterator

from fxopt.ir.symbolic import Atom, Expr, IntExpr, evaluate, floordiv, free_vars, linear_coefficients, mod, var
from fxopt.lowering.loop_to_vector.model import Dim, KernelModel

SYMBOL_SAMPLE = 251
"""Stands for every size symbol where sizes or strides are compared."""

# Splitting off fewer iterations leaves loops shorter than a vector: gathers do better there.
_MIN_SPLIT = 8
_MAX_SPLITS = 4


def magnitude(expr: IntExpr) -> int:
    """The size of an expression, with every symbol (and whatever else it mentions) at `SYMBOL_SAMPLE`."""
    return expr if isinstance(expr, int) else evaluate(expr, dict.fromkeys(free_vars(expr), SYMBOL_SAMPLE))


def normalize_dims(model: KernelModel) -> None:
    """Drops dims of one iteration, splits, orders and collapses the rest, and analyses the nodes."""
    _drop_unit_dims(model)
    for _ in range(_MAX_SPLITS):
        if not _split_once(model):
            break
    _order_dims(model)
    _collapse(model)
    model.analyse()


def _drop_unit_dims(model: KernelModel) -> None:
    units = [name for name, dim in model.dims.items() if dim.extent == 1]
    reduced = model.reduced
    if reduced and all(name in units for name in reduced):
        units.remove(reduced[-1])  # reductions need a dim to reduce over
    if units:
        for name in units:
            del model.dims[name]
        model.rewrite(dict.fromkeys(units, 0))


def _atoms(expr: IntExpr) -> Iterator[Atom]:
    """All `floordiv` and `mod` atoms, also nested ones."""
    if isinstance(expr, int):
        return
    for monomial, _ in expr.terms:
        for atom in monomial:
            if atom.kind != "var":
                if atom.kind in ("floordiv", "mod"):
                    yield atom
                for arg in atom.args:
                    yield from _atoms(arg)


def _count_divisions(model: KernelModel) -> int:
    return sum(1 for expr in model.expressions() for _ in _atoms(expr))


def _split_candidates(model: KernelModel) -> list[tuple[str, int]]:
    """`(dim, size of the inner part)`, largest first."""
    found: set[tuple[str, int]] = set()
    for expr in model.expressions():
        for atom in _atoms(expr):
            divisor = atom.args[1]
            if not isinstance(divisor, int) or divisor <= 0:
                continue
            for name in free_vars(atom.args[0]) & model.dims.keys():
                step = (linear_coefficients(atom.args[0], [name]) or {}).get(name)
                if isinstance(step, int) and step > 0 and divisor % step == 0:
                    found.add((name, divisor // step))
    return sorted(found, key=lambda item: (-item[1], item[0]))


def _split_once(model: KernelModel) -> bool:
    if not (before := _count_divisions(model)):
        return False
    scans = any(node.kind == "scan" for node in model.nodes)
    for name, size in _split_candidates(model):
        dim = model.dims[name]
        if size < _MIN_SPLIT or mod(dim.extent, size) != 0 or (dim.reduced and scans):
            continue
        saved = [(node, node.index, node.position) for node in model.nodes]
        old_dims = model.dims
        outer, inner = model.fresh_dim(), model.fresh_dim()
        parts = {outer: Dim(floordiv(dim.extent, size), dim.reduced), inner: Dim(size, dim.reduced)}
        model.dims = {}
        for other, value in old_dims.items():
            model.dims.update(parts if other == name else {other: value})
        model.rewrite({name: var(outer) * size + var(inner)})
        if _count_divisions(model) < before:
            return True
        model.dims = old_dims
        for node, index, position in saved:
            node.index, node.position = index, position
    return False


def _strides(model: KernelModel, name: str) -> tuple[int, int]:
    """The largest stride of a dim in stores, and in loads."""
    in_stores = in_loads = 0
    for node in model.memory_nodes():
        coefficient = (linear_coefficients(node.index, [name]) or {}).get(name, 0)
        stride = abs(magnitude(coefficient))
        if node.kind == "store":
            in_stores = max(in_stores, stride)
        else:
            in_loads = max(in_loads, stride)
    return in_stores, in_loads


def _order_dims(model: KernelModel) -> None:
    """Outermost the largest stride; parallel dims by their stores first, reduced dims by their loads."""
    names = list(model.dims)
    strides = {name: _strides(model, name) for name in names}

    def key(name: str) -> tuple[bool, int, int]:
        stored, loaded = strides[name]
        if model.dims[name].reduced:
            return (True, -loaded, 0)
        return (False, -(stored or loaded), -loaded)

    model.dims = {name: model.dims[name] for name in sorted(names, key=key)}


def _collapse(model: KernelModel) -> None:
    """Merges neighbours `(a, b)` where every expression has `a` with `extent(b)` times the coefficient of `b`."""
    names = list(model.dims)
    k = 0
    while k + 1 < len(names):
        outer, inner = names[k], names[k + 1]
        if model.dims[outer].reduced != model.dims[inner].reduced or not _walk_as_one(model, outer, inner):
            k += 1
            continue
        merged = model.fresh_dim()
        extent = model.dims[outer].extent * model.dims[inner].extent
        dim = Dim(extent, model.dims[outer].reduced)
        model.dims = {
            (merged if name == inner else name): (dim if name == inner else model.dims[name])
            for name in names
            if name != outer
        }
        model.rewrite({outer: 0, inner: var(merged)})
        names = list(model.dims)
        k = max(k - 1, 0)


def _walk_as_one(model: KernelModel, outer: str, inner: str) -> bool:
    extent = model.dims[inner].extent
    for expr in model.expressions():
        if not isinstance(expr, Expr) or expr.free_vars().isdisjoint((outer, inner)):
            continue
        steps = linear_coefficients(expr, (outer, inner))
        if steps is None or steps[outer] != steps[inner] * extent:
            return False
    return True
