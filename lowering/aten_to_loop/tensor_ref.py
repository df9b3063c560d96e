"""`TensorRef`: a lowered tensor whose views have not become operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from xdsl.ir import SSAValue

from fxopt.ir.symbolic import IntExpr, evaluate, free_vars, product
from fxopt.ir.types import TensorType

COMPUTABLE = frozenset(("bool", "u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "f16", "bf16", "f32", "f64"))
"""The dtypes that kernels load, compute with and store."""


class NotLowered(Exception):  # noqa: N818 - control flow, not a failure
    """This call becomes a `loop.extern`; the message is its reason."""


class TensorRef(NamedTuple):
    """Elements of `base` at `offset + sum(i_k * strides[k])`, counted from the data pointer of `base`."""

    base: SSAValue
    offset: IntExpr
    sizes: tuple[IntExpr, ...]
    strides: tuple[IntExpr, ...]

    @staticmethod
    def of(value: SSAValue) -> TensorRef:
        """The whole of a tensor value."""
        type_ = value.type
        assert isinstance(type_, TensorType), f"{type_} is no tensor"
        return TensorRef(value, 0, type_.sizes, type_.strides)

    @property
    def type(self) -> TensorType:
        """The type of `base`."""
        type_ = self.base.type
        assert isinstance(type_, TensorType)
        return type_

    @property
    def dtype(self) -> str:
        return self.type.dtype

    @property
    def device(self) -> str:
        return self.type.device

    @property
    def rank(self) -> int:
        return len(self.sizes)

    def numel(self) -> IntExpr:
        return product(self.sizes)

    def view_type(self) -> TensorType:
        """The type of this view as a value of its own."""
        return TensorType.of(self.sizes, self.dtype, self.strides, self.device)

    def drop_dim(self, dim: int) -> TensorRef:
        """Without dimension `dim`, at index 0 of it."""
        sizes, strides = self.sizes, self.strides
        return self._replace(sizes=sizes[:dim] + sizes[dim + 1 :], strides=strides[:dim] + strides[dim + 1 :])

    def insert_dim(self, dim: int, size: IntExpr = 1, stride: IntExpr = 0) -> TensorRef:
        """With a new dimension at `dim`."""
        sizes, strides = self.sizes, self.strides
        return self._replace(sizes=(*sizes[:dim], size, *sizes[dim:]), strides=(*strides[:dim], stride, *strides[dim:]))

    def expand_to(self, sizes: Sequence[IntExpr]) -> TensorRef:
        """Broadcast to `sizes` by torch's rules: aligned at the right, dims of size 1 get stride 0."""
        missing = len(sizes) - self.rank
        strides = [0 if have == 1 and want != 1 else s for have, want, s in
                   zip(self.sizes, sizes[missing:], self.strides, strict=True)]  # fmt: skip
        return self._replace(sizes=tuple(sizes), strides=(*(0,) * missing, *strides))


_SAMPLE = 4093
"""Stands for every size symbol when strides are compared: a prime, larger than most static sizes."""


def _magnitude(expr: IntExpr) -> int:
    return expr if isinstance(expr, int) else evaluate(expr, dict.fromkeys(free_vars(expr), _SAMPLE))


def loop_order(sizes: Sequence[IntExpr], strides: Sequence[IntExpr]) -> list[int]:
    """The dims whose size is not 1, outermost (largest stride) first, so that the innermost is the unit-stride one."""
    dims = [dim for dim, size in enumerate(sizes) if size != 1]
    return sorted(dims, key=lambda dim: -_magnitude(strides[dim]))


def broadcast_sizes(first: Sequence[IntExpr], second: Sequence[IntExpr]) -> tuple[IntExpr, ...]:
    """The sizes of an operation on two tensors that broadcast against each other."""
    rank = max(len(first), len(second))
    a, b = (1,) * (rank - len(first)) + tuple(first), (1,) * (rank - len(second)) + tuple(second)
    return tuple(y if x == 1 else x for x, y in zip(a, b, strict=True))


def normalize_dim(dim: int, rank: int) -> int:
    """A dim in `[0, rank)` from one that may be negative; a 0-d tensor counts as 1-d."""
    return dim % max(rank, 1)


def normalize_dims(dims: Sequence[int] | int | None, rank: int) -> tuple[int, ...]:
    """Sorted distinct dims; `None` and `()` mean all of them."""
    if dims is None or dims == ():
        return tuple(range(rank))
    given = (dims,) if isinstance(dims, int) else dims
    return tuple(sorted({normalize_dim(dim, rank) for dim in given})) if rank else ()
