"""Facts about operators by name, for passes that meet names rather than ops (`loop.extern`, `rt.extern`)."""

from __future__ import annotations

from fxopt.dialects.aten.ops import OPS


def may_alias_operands(name: str) -> bool:
    """Whether a result of the operator `aten.add.Tensor` may share storage with an argument.

    True for an operator that is not declared.
    """
    op = OPS.get(name)
    return op is None or op.VIEW or op.MAYBE_VIEW or op.INPLACE
