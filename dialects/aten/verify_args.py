"""Checks of arguments against the types of an operator's schema."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from xdsl.ir import SSAValue
from xdsl.utils.exceptions import VerifyException

from fxopt.ir.fx_args import Special, format_value
from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.types import AnyType, SymType, TensorType, TupleType


class _Kind(NamedTuple):
    """A parameter type taken apart: `SymInt[1]?` is an optional list, sized, of `SymInt`."""

    base: str
    is_list: bool
    is_sized: bool
    is_optional: bool
    item_is_optional: bool


@cache
def _kind(text: str) -> _Kind:
    is_optional = text.endswith("?")
    text = text.removesuffix("?")
    is_list = text.endswith("]")
    inner, _, size = text.removesuffix("]").rpartition("[") if is_list else (text, "", "")
    base = inner.partition("(")[0]
    return _Kind(base.removesuffix("?"), is_list, bool(size), is_optional, is_list and inner.endswith("?"))


# Schema type -> what a constant of it may be.
_CONSTANTS: dict[str, tuple[type, ...]] = {
    "Tensor": (bool, int, float),  # torch wraps numbers given for tensors
    "int": (bool, int),
    "SymInt": (bool, int),
    "bool": (bool, int),
    "SymBool": (bool,),
    "float": (bool, int, float),
    "SymFloat": (bool, int, float),
    "Scalar": (bool, int, float),
    "str": (str,),
}
_SPECIALS: dict[str, tuple[str, ...]] = {
    "Tensor": ("complex",),
    "Scalar": ("complex",),
    "ScalarType": ("torch",),
    "Layout": ("torch",),
    "MemoryFormat": ("torch",),
    "Device": ("device",),
}
_NAMES = {"SymInt": "int", "SymBool": "bool", "SymFloat": "float", "Scalar": "number", "ScalarType": "dtype"}


def verify_arguments(op: FxCallOp) -> None:
    """Raises `VerifyException` naming the first argument that the schema does not take."""
    template, params = op.template, op.params()
    by_name = {param.name: param for param in params}
    pairs = [*zip(params, template.args, strict=False), *((by_name[name], value) for name, value in template.kwargs)]
    for param, value in pairs:
        kind = _kind(param.type)
        if not _accepts(kind, op.resolve(value)):
            raise VerifyException(f"{op.name}: {param.name} must be {_describe(kind)}, got {_show(op, value)}")


def _accepts(kind: _Kind, value: Any) -> bool:
    if value is None:
        return kind.is_optional
    if not kind.is_list:
        return _accepts_item(kind.base, value)
    if isinstance(value, SSAValue) and isinstance(value.type, TupleType | AnyType):
        return True
    items = value.args if isinstance(value, Special) and value.kind in ("tuple", "Size") else value
    if isinstance(items, tuple) and not isinstance(items, Special):
        return all((item is None and kind.item_is_optional) or _accepts_item(kind.base, item) for item in items)
    return kind.is_sized and _accepts_item(kind.base, value)


def _accepts_item(base: str, value: Any) -> bool:
    if isinstance(value, SSAValue):
        if base == "Tensor":
            return isinstance(value.type, TensorType | AnyType | SymType)
        # A number may be given as a tensor of no dims: torch takes its item.
        return isinstance(value.type, SymType | AnyType | TensorType)
    if isinstance(value, Special):
        is_checked = base in _CONSTANTS or base in _SPECIALS
        return value.kind == "opaque" or not is_checked or value.kind in _SPECIALS.get(base, ())
    if base in _CONSTANTS:
        return type(value) in _CONSTANTS[base]
    # Dtypes and the like may be given by number; generators and classes are not looked at.
    return base not in _SPECIALS or type(value) is int


def _describe(kind: _Kind) -> str:
    name = _NAMES.get(kind.base, kind.base)
    if kind.is_list:
        return f"a list of {name}s" + (" or None" if kind.is_optional else "")
    article = "an" if name[0] in "aeiou" else "a"
    return f"{article} {name}" + (" or None" if kind.is_optional else "")


def _show(op: FxCallOp, value: Any) -> str:
    resolved = op.resolve(value)
    if isinstance(resolved, SSAValue):
        return f"a value of type {resolved.type}"
    return format_value(value, lambda ref: f"operand {ref.index}")
