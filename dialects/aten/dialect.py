"""The `aten` dialect object."""

from xdsl.ir import Dialect

from fxopt.dialects.aten.ops import OPS, CallOp
from fxopt.ir.types import AnyType, SymType, TensorType, TupleType

ATEN = Dialect("aten", [*OPS.values(), CallOp], [TensorType, SymType, TupleType, AnyType])
