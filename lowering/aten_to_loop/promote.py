"""Torch's type promotion, on dtype names. Source: https://docs.pytorch.org/docs/stable/tensor_attributes.html."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from xdsl.ir import SSAValue

from fxopt.ir.types import DTYPES, SymType, TensorType
from fxopt.lowering.aten_to_loop.tensor_ref import NotLowered

_RANK = {"bool": 0, "int": 1, "float": 2, "complex": 3}
_SCALAR_DTYPE = {"bool": "bool", "int": "i64", "float": "f32"}


def promote_pair(a: str, b: str) -> str:
    """The dtype of an operation on tensors of dtypes `a` and `b`."""
    if a == b:
        return a
    row_a, row_b = DTYPES[a], DTYPES[b]
    rank_a, rank_b = _RANK[row_a.category], _RANK[row_b.category]
    if rank_a != rank_b:
        return a if rank_a > rank_b else b
    if row_a.size_bytes == row_b.size_bytes and row_a.category == "float":
        return "f32"  # f16 with bf16
    wide, narrow = (row_a, row_b) if row_a.size_bytes >= row_b.size_bytes else (row_b, row_a)
    if row_a.category == "int" and row_a.signed != row_b.signed:
        return _promote_signs(wide.name, wide.signed and wide.size_bytes > narrow.size_bytes, wide.size_bytes)
    return wide.name


def _promote_signs(wide: str, wide_is_enough: bool, size_bytes: int) -> str:
    if wide_is_enough:
        return wide
    if size_bytes == 8:
        raise NotLowered("promotion of uint64 with a signed integer")
    return f"i{size_bytes * 16}"


def promote(args: Iterable[Any]) -> str:
    """The common dtype of tensors and scalars: 0-d tensors and Python scalars count only where they are of a
    higher category (bool < int < float < complex)."""
    groups: tuple[list[str], list[str], list[str]] = ([], [], [])
    for arg in args:
        if isinstance(arg, SSAValue) and isinstance(arg.type, TensorType):
            groups[0 if arg.type.rank else 1].append(arg.type.dtype)
        elif isinstance(arg, SSAValue):
            groups[2].append(_SCALAR_DTYPE[arg.type.kind if isinstance(arg.type, SymType) else "float"])
        elif arg is not None:
            groups[2].append("bool" if isinstance(arg, bool) else "i64" if isinstance(arg, int) else "f32")
    return _combine([_reduce(group) for group in groups if group])


def _reduce(dtypes: Sequence[str]) -> str:
    result = dtypes[0]
    for dtype in dtypes[1:]:
        result = promote_pair(result, dtype)
    return result


def _combine(by_priority: Sequence[str]) -> str:
    """The first decides unless a later one is of a higher category."""
    result = by_priority[0]
    for dtype in by_priority[1:]:
        if _RANK[DTYPES[dtype].category] > _RANK[DTYPES[result].category]:
            result = dtype
    return result
