"""Facts about operators by name, for passes that see calls (`rt.extern`) instead of `aten` ops."""

from __future__ import annotations

from fxopt.dialects.aten.dialect import op_class


def may_alias_operands(target: str) -> bool:
    """Whether the result of calling `target` (`aten.view.default`) may share storage with an operand.

    Torch forbids custom operators to return a view that their schema does not declare. What the dialect does not know,
    higher-order operators among it, counts as a view.
    """
    namespace = target.partition(".")[0]
    cls = op_class(target)
    if cls is not None and cls.SCHEMA is not None:
        return "(a" in cls.SCHEMA.rpartition("->")[2]
    return namespace in ("aten", "higher_order", "prims")
