"""The types of the values in FX graphs, from the fake values that tracing left in `node.meta`."""

from __future__ import annotations

from typing import Any

from xdsl.ir import Attribute

from fxopt.ir.symbolic import IntExpr
from fxopt.ir.sympy_bridge import SympyBridge
from fxopt.ir.types import DTYPE_OF_TORCH_NAME, AnyType, SymSpec, SymType, TensorSpec, TensorType, TupleType


class TypeImporter:
    """Makes types from values; equal tensors share one type object."""

    def __init__(self) -> None:
        import torch
        from torch.utils._python_dispatch import is_traceable_wrapper_subclass

        self._tensor_class = torch.Tensor
        self._strided = torch.strided
        self._is_wrapper = is_traceable_wrapper_subclass
        self._sym_kinds = {torch.SymInt: "int", torch.SymFloat: "float", torch.SymBool: "bool"}
        self._bridge = SympyBridge()
        self._tensors: dict[Any, TensorType] = {}
        self._any: dict[str, AnyType] = {}
        self._dtypes: dict[Any, str | None] = {}
        self._devices: dict[Any, str] = {}

    def of(self, value: Any) -> Attribute:
        """The type of `value`; anything that is no strided tensor, symbol, list or tuple of them is an `AnyType`."""
        if isinstance(value, self._tensor_class):
            return self._tensor(value)
        kind = self._sym_kinds.get(type(value))
        if kind is not None:
            return self._symbol(kind, value)
        if isinstance(value, list | tuple) and type(value).__name__ != "Size":
            return TupleType(tuple(map(self.of, value)))
        return self.any(type(value).__name__)

    def any(self, name: str) -> AnyType:
        """The type of a value that is only passed on."""
        found = self._any.get(name)
        if found is None:
            found = self._any[name] = AnyType(name)
        return found

    def _tensor(self, value: Any) -> Attribute:
        if value.layout is not self._strided or self._is_wrapper(value) or value.is_nested:
            return self.any(f"{type(value).__name__}[{value.layout}]")
        torch_dtype = value.dtype
        dtype = self._dtypes.get(torch_dtype, "")
        if dtype == "":
            name = str(torch_dtype).removeprefix("torch.")
            dtype = self._dtypes[torch_dtype] = DTYPE_OF_TORCH_NAME.get(name)
        if dtype is None:
            return self.any(f"Tensor[{torch_dtype}]")
        try:
            sizes = tuple(map(self._dim, value.shape))
            strides = tuple(map(self._stride, value.stride()))
        except NoExpressionError as error:
            return self.any(f"Tensor[{error}]")
        torch_device = value.device
        device = self._devices.get(torch_device)
        if device is None:
            device = self._devices[torch_device] = str(torch_device)
        key = (sizes, dtype, strides, device)
        found = self._tensors.get(key)
        if found is None:
            found = self._tensors[key] = TensorType(TensorSpec(*key))
        return found

    def _dim(self, size: Any) -> IntExpr:
        return size if type(size) is int else self._bridge.to_expr(self._sympy_of(size))

    def _stride(self, stride: Any) -> IntExpr:
        return stride if type(stride) is int else self._bridge.to_stride(self._sympy_of(stride))

    def _symbol(self, kind: str, value: Any) -> Attribute:
        try:
            expr = self._sympy_of(value)
        except NoExpressionError:
            return self.any(type(value).__name__)
        return SymType(SymSpec(kind, self._bridge.to_expr(expr) if kind == "int" else str(expr)))

    def _sympy_of(self, value: Any) -> Any:
        self._bridge.ranges = getattr(getattr(value.node, "shape_env", None), "var_to_range", {})
        return _sympy_of(value)


class NoExpressionError(ValueError):
    """A symbolic value without a sympy expression, such as the length of a ragged dim."""


def _sympy_of(value: Any) -> Any:
    """The sympy expression of a SymInt, SymFloat or SymBool."""
    expr = getattr(value.node, "expr", None)
    if expr is None:
        constant = value.node.maybe_as_int() if hasattr(value.node, "maybe_as_int") else None
        if constant is None:
            raise NoExpressionError(f"{value}")
        import sympy

        return sympy.Integer(constant)
    return expr
