"""All lowerings by operator name, merged from the family modules."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, TypeAlias

from fxopt.ir.fx_call import FxCallOp
from fxopt.lowering.aten_to_loop.builder import Lowering

LoweringFn: TypeAlias = Callable[[Lowering, FxCallOp], Any]
"""Gives a `TensorRef`, an `SSAValue`, a tuple of these, or raises `NotLowered(reason)`."""

# Each binds `LOWERINGS: dict[str, LoweringFn]`, operator name (`aten.add.Tensor`) -> function.
FAMILIES: tuple[str, ...] = (
    "activation",
    "assemble",
    "binary",
    "fills",
    "gradients",
    "indexing",
    "loss",
    "normalization",
    "normalization_backward",
    "pooling",
    "reduction",
    "resampling",
    "scatter",
    "select_copy",
    "softmax",
    "special",
    "unary",
    "views",
)


@cache
def all_lowerings() -> dict[str, LoweringFn]:
    """Operator name -> lowering. No operator is in two families."""
    table: dict[str, LoweringFn] = {}
    for family in FAMILIES:
        module = import_module(f"fxopt.lowering.aten_to_loop.{family}")
        twice = table.keys() & module.LOWERINGS.keys()
        assert not twice, f"{family} lowers again: {', '.join(sorted(twice))}"
        table.update(module.LOWERINGS)
    return table


class Registry(dict[str, LoweringFn]):
    """A family's table under construction: `@lowers("aten.add.Tensor", …)` adds a function under several names."""

    def __call__(self, *names: str) -> Callable[[LoweringFn], LoweringFn]:
        def register(function: LoweringFn) -> LoweringFn:
            for name in names:
                assert name not in self, f"{name} has two lowerings"
                self[name] = function
            return function

        return register
