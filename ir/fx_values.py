"""Python values in FX arguments and their form in call templates, both ways. See `Special` for the forms."""

from __future__ import annotations

import enum
from collections.abc import Callable
from functools import cache
from typing import Any

from fxopt.ir.errors import FxOptError
from fxopt.ir.fx_args import Ref, Special
from fxopt.ir.python_names import importable_name, lookup_name

HIGHER_ORDER = "higher_order."
"""Namespace of higher-order operators in the names of operators: `higher_order.cond`."""

_LITERALS = frozenset((int, float, bool, str, type(None)))


class OpaqueTable:
    """Objects that have no text, by a key that is the same in every run."""

    def __init__(self, objects: dict[str, Any]) -> None:
        self.objects = objects
        self._keys: dict[int, str] = {}

    def key(self, value: Any) -> str:
        """The key of `value`; the same object gets the same key."""
        found = self._keys.get(id(value))
        if found is None:
            found = f"{type(value).__name__}_{len(self.objects)}"
            self._keys[id(value)] = found
            self.objects[found] = value
        return found


class ValueImporter:
    """Turns one FX argument into its template form. `ref` maps an FX node to a `Ref`."""

    def __init__(self, opaque: OpaqueTable, ref: Callable[[Any], Ref]) -> None:
        import torch

        self.opaque = opaque
        self._by_type: dict[type, Callable[[Any], Any]] = {
            torch.fx.Node: ref,
            tuple: lambda value: Special("tuple", tuple(map(self.convert, value))),
            torch.Size: lambda value: Special("Size", tuple(map(self.convert, value))),
            list: self._list,
            torch.fx.immutable_collections.immutable_list: self._list,
            dict: self._dict,
            torch.fx.immutable_collections.immutable_dict: self._dict,
            slice: lambda value: Special("slice", tuple(map(self.convert, (value.start, value.stop, value.step)))),
            range: lambda value: Special("range", (value.start, value.stop, value.step)),
            complex: lambda value: Special("complex", (value.real, value.imag)),
            type(...): lambda value: Special("ellipsis"),
            torch.device: lambda value: Special("device", (str(value),)),
            torch.dtype: _torch_constant,
            torch.layout: _torch_constant,
            torch.memory_format: _torch_constant,
            torch.qscheme: _torch_constant,
            torch._ops.OpOverload: lambda value: Special("op", (str(value),)),
        }

    def convert(self, value: Any) -> Any:
        kind = type(value)
        if kind in _LITERALS:
            return value
        convert = self._by_type.get(kind)
        return convert(value) if convert is not None else self._other(value)

    def _list(self, value: list[Any]) -> tuple[Any, ...]:
        return tuple(map(self.convert, value))

    def _dict(self, value: dict[Any, Any]) -> Special:
        return Special("dict", tuple(self.convert(item) for pair in value.items() for item in pair))

    def _other(self, value: Any) -> Any:
        import torch

        if isinstance(value, torch._ops.HigherOrderOperator):
            return Special("op", (HIGHER_ORDER + value.name(),))
        if isinstance(value, tuple) and hasattr(value, "_fields"):  # a named tuple: its class called on its items
            kind = self._other(type(value))
            return Special("namedtuple", (kind, *map(self.convert, value)))
        if (name := _callable_name(value)) is not None:
            return Special("fn", (name,))
        return Special("opaque", (self.opaque.key(value),))


def _torch_constant(value: Any) -> Special:
    return Special("torch", (str(value).removeprefix("torch."),))


@cache
def _cached_name(value: Any) -> str | None:
    return importable_name(value)


def _callable_name(value: Any) -> str | None:
    """The importable name of a function, class, operator packet or enumeration member."""
    import torch

    if isinstance(value, torch._ops.OpOverloadPacket):
        return "torch.ops." + str(value)
    if isinstance(value, enum.Enum):
        owner = importable_name(type(value))
        return None if owner is None else f"{owner}.{value.name}"
    return _cached_name(value) if callable(value) and value.__hash__ is not None else None


def callable_target(value: Any, opaque: OpaqueTable) -> str:
    """The target text of a called Python function: its importable name, or `opaque:key`."""
    name = _callable_name(value)
    return name if name is not None else f"opaque:{opaque.key(value)}"


def lookup_operator(name: str) -> Any:
    """The overload or higher-order operator that `aten.add.Tensor` or `higher_order.cond` names.

    Raises `FxOptError` where torch knows none.
    """
    import torch

    if name.startswith(HIGHER_ORDER):
        return lookup_name(f"torch.ops.{name}")
    value: Any = torch.ops
    try:
        for part in name.split("."):
            value = getattr(value, part)
    except AttributeError:
        value = None
    if not isinstance(value, torch._ops.OpOverload):
        raise FxOptError(
            f"torch has no operator overload {name!r}", hint="import the library that defines it, or check the overload"
        )
    return value


class ValueExporter:
    """The inverse of `ValueImporter`. `node` maps a `Ref` to an FX node."""

    def __init__(self, opaque: dict[str, Any], node: Callable[[Ref], Any]) -> None:
        self.opaque = opaque
        self.node = node

    def convert(self, value: Any) -> Any:
        if type(value) in _LITERALS:
            return value
        if isinstance(value, Ref):
            return self.node(value)
        if isinstance(value, Special):
            return getattr(self, f"_{value.kind}")(*value.args)
        return list(map(self.convert, value))

    def _tuple(self, *items: Any) -> Any:
        return tuple(map(self.convert, items))

    def _Size(self, *items: Any) -> Any:  # named as the kind is
        import torch

        values = tuple(map(self.convert, items))
        return torch.Size(values) if all(type(item) is int for item in values) else values

    def _namedtuple(self, kind: Any, *items: Any) -> Any:
        return self.convert(kind)(*map(self.convert, items))

    def _dict(self, *items: Any) -> Any:
        values = list(map(self.convert, items))
        return dict(zip(values[::2], values[1::2], strict=True))

    def _slice(self, *items: Any) -> Any:
        return slice(*map(self.convert, items))

    def _range(self, *items: Any) -> Any:
        return range(*items)

    def _complex(self, *items: Any) -> Any:
        return complex(*items)

    def _ellipsis(self) -> Any:
        return ...

    def _device(self, name: str) -> Any:
        import torch

        return torch.device(name)

    def _torch(self, name: str) -> Any:
        return lookup_name(f"torch.{name}")

    def _op(self, name: str) -> Any:
        return lookup_operator(name)

    def _fn(self, name: str) -> Any:
        return lookup_name(name)

    def _graph(self, name: str) -> Any:
        raise FxOptError(f"graph({name!r}) is no value of an FX argument")

    def _opaque(self, key: str) -> Any:
        return lookup_opaque(self.opaque, key)


def lookup_opaque(objects: dict[str, Any], key: str) -> Any:
    """The object kept under `key`; `FxOptError` where only the text of the module is at hand."""
    if key not in objects:
        raise FxOptError(
            f"the object {key!r} is not in the module's text",
            expected="the `opaque` table that the import returned",
        )
    return objects[key]
