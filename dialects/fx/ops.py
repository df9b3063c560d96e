"""The `fx` dialect: the parts of an FX graph that belong to no operator set."""

from __future__ import annotations

from typing import ClassVar

from xdsl.ir import Dialect
from xdsl.irdl import traits_def
from xdsl.traits import IsTerminator, Pure
from xdsl.utils.exceptions import VerifyException

from fxopt.ir.fx_args import CallArgsAttr
from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.types import AnyType, SymType, TensorType, TupleType


class GetItemOp(FxCallOp):
    """One value of a tuple: `%0 = fx.getitem(%t, 0) : type`."""

    name = "fx.getitem"
    SCHEMA: ClassVar[str | None] = "(Any tuple, int index) -> Any"

    traits = traits_def(Pure())

    def verify_(self) -> None:
        super().verify_()
        tuple_type, index = self.operands[0].type, self.template.args[1]
        if isinstance(tuple_type, TupleType) and isinstance(index, int):
            if not -len(tuple_type.data) <= index < len(tuple_type.data):
                raise VerifyException(f"fx.getitem: index {index} of a tuple of {len(tuple_type.data)}")
            if tuple_type.data[index] != self.results[0].type:
                raise VerifyException(
                    f"fx.getitem: element {index} is {tuple_type.data[index]}, the result {self.results[0].type}"
                )


class CallPythonOp(FxCallOp):
    """A call of an importable Python function, mostly arithmetic on sizes: `fx.call "operator.mul"(%s0, 2)`."""

    name = "fx.call"
    HAS_TARGET: ClassVar[bool] = True


class GetAttrOp(FxCallOp):
    """A tensor or object that the graph module owns: `%w = fx.get_attr "weight"() : type`."""

    name = "fx.get_attr"
    HAS_TARGET: ClassVar[bool] = True

    traits = traits_def(Pure())


class SubgraphOp(FxCallOp):
    """A graph that a higher-order operator takes: `%g = fx.subgraph "true_graph_0"() { ^bb0(%x: type): … }`."""

    name = "fx.subgraph"
    HAS_TARGET: ClassVar[bool] = True

    traits = traits_def(Pure())


class ReturnOp(FxCallOp):
    """Ends a graph; the template is the structure of its output: `fx.return((%0, [%1, None]))`."""

    name = "fx.return"

    traits = traits_def(IsTerminator())


FX = Dialect(
    "fx",
    [GetItemOp, CallPythonOp, GetAttrOp, SubgraphOp, ReturnOp],
    [CallArgsAttr],
)

VALUE_TYPES = (TensorType, SymType, TupleType, AnyType)
"""The types of values in a graph; they print under the `aten` dialect's name."""
