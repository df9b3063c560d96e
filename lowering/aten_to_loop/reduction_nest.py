"""Nests that reduce over some dims of a tensor, and which results of a tuple anyone reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fxopt.dialects.fx.ops import GetItemOp
from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import IntExpr, product, var
from fxopt.ir.types import TensorType
from fxopt.lowering.aten_to_loop.builder import Lowering
from fxopt.lowering.aten_to_loop.elementwise import result_type
from fxopt.lowering.aten_to_loop.nest import NestBuilder
from fxopt.lowering.aten_to_loop.scalar import Val
from fxopt.lowering.aten_to_loop.tensor_ref import TensorRef, loop_order


def reduced_dims(
    sizes: Sequence[IntExpr], strides: Sequence[IntExpr], dims: Sequence[int], *, row_major: bool
) -> tuple[list[IntExpr], dict[int, IntExpr]]:
    """Extents of the `r` dims and the index expression of each of `dims`.

    Loops follow the strides unless `row_major` (positions are counted). Size-1 dims get no loop.
    """
    order = [d for d in dims if sizes[d] != 1]
    if not row_major:
        chosen = [sizes[d] for d in order], [strides[d] for d in order]
        order = [order[i] for i in loop_order(*chosen)]
    indices: dict[int, IntExpr] = dict.fromkeys(dims, 0)
    indices |= {d: var(f"r{position}") for position, d in enumerate(order)}
    return [sizes[d] for d in order], indices


class Reduction:
    """A nest over the dims of `ref` that are not in `dims`, reducing over those that are.

    `outputs` are the types of the results; `shaped` tells for each whether it has the shape of `ref` (and is
    written at every element) or that of the reduced tensor, with or without the reduced dims (of size 1).
    """

    def __init__(
        self,
        low: Lowering,
        ref: TensorRef,
        dims: Sequence[int],
        outputs: Sequence[TensorType],
        *,
        row_major: bool = False,
    ) -> None:
        kept = [d for d in range(ref.rank) if d not in dims]
        sizes, strides = [ref.sizes[d] for d in kept], [ref.strides[d] for d in kept]
        out = outputs[0]
        if out.rank == ref.rank:
            strides = [out.strides[d] for d in kept]
        elif out.rank == len(kept):
            strides = list(out.strides)
        parallel, kept_indices = low.parallel_dims(sizes, strides)
        by_strides = out if out.sizes == ref.sizes else ref
        reduced, inner = reduced_dims(ref.sizes, by_strides.strides, dims, row_major=row_major)
        self.ref = ref
        self.count = product(ref.sizes[d] for d in dims)
        self.kept_indices = kept_indices
        outer = dict(zip(kept, kept_indices, strict=True))
        self.indices: list[IntExpr] = [inner[d] if d in inner else outer[d] for d in range(ref.rank)]
        self.reduced_indices: list[IntExpr] = [0 if d in inner else outer[d] for d in range(ref.rank)]
        self.n: NestBuilder = low.nest(parallel, reduced, outputs=outputs)

    def load(self, dtype: str) -> Val:
        """The element of the reduced tensor."""
        return self.n.load(self.ref, self.indices).to(dtype)

    def load_like(self, ref: TensorRef, dtype: str) -> Val:
        """The element of another tensor that broadcasts to the shape of the reduced one."""
        return self.n.load_broadcast(ref, self.indices).to(dtype)

    def store_reduced(self, value: Val, k: int = 0) -> None:
        """Writes to an output that has lost the reduced dims, or has them with size 1."""
        out = self.n.outputs[k]
        keeps = out.rank == self.ref.rank
        self.n.store(value, self.reduced_indices if keeps else self.kept_indices, k)

    def store_full(self, value: Val, k: int = 0) -> None:
        """Writes to an output of the shape of the reduced tensor."""
        self.n.store(value, self.indices, k)

    def count_as(self, dtype: str) -> Val:
        """The number of reduced elements."""
        return self.n.index(self.count, dtype)


def used_results(op: FxCallOp) -> list[int]:
    """Which elements of the tuple result are read; the first if none is."""
    (result,) = op.results
    total = len(result.type.data)  # type: ignore[attr-defined]
    used: set[int] = set()
    for use in result.uses:
        if not isinstance(use.operation, GetItemOp):
            return list(range(total))
        if use.operation.results[0].uses:
            used.add(use.operation.template.args[1] % total)
    return sorted(used) or [0]


class Wanted:
    """The results of a tuple that are read: only these become outputs of the nest."""

    def __init__(self, op: FxCallOp, candidates: Sequence[int] | None = None) -> None:
        self.total = len(op.results[0].type.data)  # type: ignore[attr-defined]
        used = [k for k in used_results(op) if candidates is None or k in candidates]
        self.positions = used or [0]
        self.types = [result_type(op, k) for k in self.positions]

    def write(self, k: int, store: Callable[[int], Any]) -> None:
        """Calls `store` with the output's position in the nest if result `k` is read."""
        if k in self.positions:
            store(self.positions.index(k))

    def results(self, refs: Sequence[TensorRef]) -> tuple[TensorRef | None, ...]:
        """The tuple, with `None` for what nobody reads."""
        found = dict(zip(self.positions, refs, strict=True))
        return tuple(found.get(k) for k in range(self.total))
