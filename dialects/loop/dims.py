"""The dims of a nest: dropping those of size 1, ordering them by stride, merging neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects.builtin import i64
from xdsl.ir import Attribute, Operation, SSAValue

from fxopt.dialects.loop.attrs import Domain, DomainAttr, IndexAttr
from fxopt.dialects.loop.body import INDEX, index_of, is_order_sensitive
from fxopt.dialects.loop.fold import make_constant
from fxopt.dialects.loop.indexing import indexer_for, size_hint
from fxopt.dialects.loop.ops import LoadOp, NestLike, ReduceOp, ScanOp, StoreOp
from fxopt.ir.symbolic import IntExpr, free_vars, linear_coefficients, substitute, var


def simplify_dims(nest: NestLike, *, merge: bool = True, sort: bool = True) -> None:
    """Rewrites the domain and every index expression; see the pass `loop-simplify`. Dims of size 1 always go."""
    domain = nest.domain
    ops = [op for op in nest.block.ops if index_of(op) is not None]
    indices = [index_of(op) for op in ops]
    sensitive = bool(domain.reduced) and any(is_order_sensitive(op) for op in nest.block.ops)
    rewriter = _DimRewriter(domain, [index for index in indices if index is not None])
    rewriter.drop_unit_dims()
    if sort:
        rewriter.sort(_priority(ops), sort_reduced=not sensitive)
    if merge:
        rewriter.merge_neighbours(scan=any(isinstance(op, ScanOp) for op in nest.block.ops))
    new_domain = rewriter.finish()
    if domain.reduced and not new_domain.reduced:
        _drop_reductions(nest)
    if new_domain != domain:
        nest.properties["domain_"] = DomainAttr(new_domain)
    for op, old, new in zip(ops, indices, rewriter.indices, strict=True):
        if new != old:
            op.properties[INDEX] = IndexAttr(new)


def _priority(ops: Sequence[Operation]) -> list[int]:
    """Positions of the accesses in the order in which their strides decide: stores, then loads."""
    stores = [i for i, op in enumerate(ops) if isinstance(op, StoreOp)]
    return stores + [i for i, op in enumerate(ops) if isinstance(op, LoadOp)]


class _DimRewriter:
    """The live dims in loop order under their old names, and the index expressions over them."""

    def __init__(self, domain: Domain, indices: list[IntExpr]) -> None:
        self.indexer = indexer_for(domain)
        self.extents = dict(self.indexer.extents)
        self.parallel = [name for name in self.extents if name[0] == "d"]
        self.reduced = [name for name in self.extents if name[0] == "r"]
        self.indices = [self.indexer.simplify(index) for index in indices]

    def drop_unit_dims(self) -> None:
        """A dim of size 1 is always 0."""
        gone = {name: 0 for name, extent in self.extents.items() if extent == 1}
        if gone:
            self.parallel = [name for name in self.parallel if name not in gone]
            self.reduced = [name for name in self.reduced if name not in gone]
            self._rewrite(gone)

    def _rewrite(self, values: Mapping[str, IntExpr]) -> None:
        self.indices = [substitute(index, values) for index in self.indices]

    def sort(self, priority: Sequence[int], *, sort_reduced: bool) -> None:
        """Orders dims by falling stride in the first access that tells two of them apart."""
        if len(self.parallel) < 2 and (len(self.reduced) < 2 or not sort_reduced):
            return
        strides = [self._strides(self.indices[i]) for i in priority]
        self.parallel = _sorted_dims(self.parallel, strides)
        if sort_reduced:
            self.reduced = _sorted_dims(self.reduced, strides)

    def _strides(self, index: IntExpr) -> dict[str, int]:
        slopes = linear_coefficients(index, free_vars(index) & self.extents.keys())
        return {name: abs(size_hint(slope)) for name, slope in (slopes or {}).items()}

    def merge_neighbours(self, *, scan: bool) -> None:
        """Merges each dim into the one inside it where all indices allow it; a scanned dim stays alone."""
        self.parallel = self._merge(self.parallel)
        if not scan:
            self.reduced = self._merge(self.reduced)

    def _merge(self, dims: list[str]) -> list[str]:
        merged = dims[-1:]
        for outer in reversed(dims[:-1]):
            inner = merged[0]
            if not self._try_merge(outer, inner):
                merged.insert(0, outer)
        return merged

    def _try_merge(self, outer: str, inner: str) -> bool:
        """f(outer, inner) == g(outer * n + inner) where inner -> inner - outer * n leaves no `outer` in f."""
        size = self.extents[inner]
        values = {inner: var(inner) - var(outer) * size}
        merged: list[IntExpr] = []
        for index in self.indices:
            names = free_vars(index)
            if outer in names:
                if inner not in names:
                    return False
                index = substitute(index, values)
                if outer in free_vars(index):
                    return False
            elif inner in names:
                return False
            merged.append(index)
        self.indices = merged
        self.extents[inner] = self.extents[outer] * size
        return True

    def finish(self) -> Domain:
        """The new domain, after renaming its dims to `d0 d1 …` and `r0 r1 …`."""
        names = {old: f"d{i}" for i, old in enumerate(self.parallel)}
        names |= {old: f"r{i}" for i, old in enumerate(self.reduced)}
        domain = Domain(
            tuple(self.extents[name] for name in self.parallel), tuple(self.extents[name] for name in self.reduced)
        )
        renamed = {old: var(new) for old, new in names.items() if old != new}
        if renamed:
            self._rewrite(renamed)
        if domain != self.indexer.domain:
            self.indexer = indexer_for(domain)
            self.indices = [self.indexer.simplify(index) for index in self.indices]
        return domain


def _sorted_dims(dims: list[str], strides: Sequence[Mapping[str, int]]) -> list[str]:
    """`dims` by falling stride in the first access that mentions them; dims that none mentions come first."""

    def key(name: str) -> tuple[int, ...]:
        return tuple(-access.get(name, 0) for access in strides if access.get(name))[:1] or (-(1 << 62),)

    return sorted(dims, key=key)


def _drop_reductions(nest: NestLike) -> None:
    """A reduction or scan of a single element is the element; its position is 0."""
    block = nest.block
    for op in list(block.ops):
        if not isinstance(op, ReduceOp | ScanOp):
            continue
        values: list[SSAValue] = [op.operands[0]]
        zero_type: Attribute | None = i64 if op.kind in ("argmax", "argmin") else None
        if op.kind == "welford":
            zero_type = op.operands[0].type
        if zero_type is not None:
            zero = make_constant(0, zero_type)
            block.insert_op_before(zero, op)
            values = [zero.result] if zero_type == i64 else [*values, zero.result]
        for old, new in zip(op.results, values, strict=True):
            old.replace_all_uses_with(new)
        block.erase_op(op)
