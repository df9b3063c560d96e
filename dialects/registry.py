"""Every dialect by name. A thunk loads the dialect when its first op or type is parsed or printed."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from xdsl.context import Context
from xdsl.ir import Dialect

# Dialect name -> (module, attribute). A dialect's module binds an xdsl `Dialect`.
_DIALECTS = {
    "arith": ("fxopt.dialects.arith", "Arith"),
    "aten": ("fxopt.dialects.aten.dialect", "ATEN"),
    "cpu": ("fxopt.dialects.cpu.ops", "CPU"),
    "fx": ("fxopt.dialects.fx.ops", "FX"),
    "loop": ("fxopt.dialects.loop.dialect", "LOOP"),
    "rt": ("fxopt.dialects.rt.ops", "RT"),
    "torch": ("fxopt.dialects.torch.ops", "TORCH"),
    "tt": ("fxopt.dialects.tt.ops", "TT"),
}


def _lazy(module: str, attribute: str) -> Callable[[], Dialect]:
    def load() -> Dialect:
        dialect: Dialect = getattr(importlib.import_module(module), attribute)
        return dialect

    return load


def get_fxopt_dialects() -> dict[str, Callable[[], Dialect]]:
    """fxopt's own dialects by name."""
    return {name: _lazy(*where) for name, where in _DIALECTS.items()}


def get_all_dialects() -> dict[str, Callable[[], Dialect]]:
    """xDSL's dialects and fxopt's by name."""
    from xdsl.dialects import get_all_dialects as get_xdsl_dialects

    return {**get_xdsl_dialects(), **get_fxopt_dialects()}


def make_context(*, allow_unregistered: bool = False) -> Context:
    """A context in which every dialect is registered, none loaded."""
    ctx = Context(allow_unregistered=allow_unregistered)
    for name, thunk in get_all_dialects().items():
        ctx.register_dialect(name, thunk)
    return ctx
