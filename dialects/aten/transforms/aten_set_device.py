"""`aten-set-device`: the whole program moves to one device, so that a model exported on one compiles for another.

Before:
```
func.func @main(%x: !aten.tensor<[4], f32>) {
  %1 = aten.full.default([4], 1, device=device("cpu")) : !aten.tensor<[4], f32>
  %2 = aten.add.Tensor(%x, %1) : !aten.tensor<[4], f32>
```
After `aten-set-device{device="cuda:0"}`:
```
func.func @main(%x: !aten.tensor<[4], f32, device="cuda:0">) {
  %1 = aten.full.default([4], 1, device=device("cuda:0")) : !aten.tensor<[4], f32, device="cuda:0">
  %2 = aten.add.Tensor(%x, %1) : !aten.tensor<[4], f32, device="cuda:0">
```
Works on every stage before kernels are lowered. Tensors on `meta` stay there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xdsl.context import Context
from xdsl.dialects.builtin import FunctionType, ModuleOp
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from fxopt.ir.fx_args import CallArgs, CallArgsAttr, Special
from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.types import TensorType, TupleType


@dataclass(frozen=True)
class AtenSetDevicePass(ModulePass):
    """Moves every tensor and every device argument to one device."""

    name = "aten-set-device"

    device: str = "cuda:0"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for inner in op.walk():
            self._move_values(inner)
            if isinstance(inner, FxCallOp):
                template = inner.template
                moved = CallArgs(
                    tuple(self._argument(value) for value in template.args),
                    tuple((name, self._argument(value)) for name, value in template.kwargs),
                )
                if moved != template:
                    inner.properties["args"] = CallArgsAttr(moved)
            elif isinstance(inner, FuncOp):
                inputs, outputs = inner.function_type.inputs, inner.function_type.outputs
                inner.properties["function_type"] = FunctionType.from_lists(
                    [self._type(t) for t in inputs], [self._type(t) for t in outputs]
                )

    def _move_values(self, op: Operation) -> None:
        values: list[SSAValue] = list(op.results)
        values += [arg for region in op.regions for block in region.blocks for arg in block.args]
        for value in values:
            moved = self._type(value.type)
            if moved is not value.type:
                Rewriter.replace_value_with_new_type(value, moved)

    def _type(self, type_: Attribute) -> Attribute:
        if isinstance(type_, TensorType) and type_.device not in (self.device, "meta"):
            return TensorType(type_.data._replace(device=self.device))
        if isinstance(type_, TupleType):
            parts = tuple(self._type(part) for part in type_.data)
            return type_ if parts == type_.data else TupleType(parts)
        return type_

    def _argument(self, value: Any) -> Any:
        if isinstance(value, Special):
            if value.kind == "device":
                return value if value.args == ("meta",) else Special("device", (self.device,))
            return Special(value.kind, tuple(self._argument(item) for item in value.args))
        if type(value) is tuple:
            return tuple(self._argument(item) for item in value)
        return value
