"""`NestBuilder`: builds one `loop.nest`, its body value by value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from xdsl.dialects import arith as xa
from xdsl.dialects import math as xm
from xdsl.dialects.arith import FastMathFlagsAttr
from xdsl.dialects.builtin import DenseArrayBase, StringAttr, i32, i64
from xdsl.ir import Attribute, Block, BlockArgument, Operation, Region, SSAValue

from fxopt.dialects.loop.attrs import Domain, IndexAttr
from fxopt.dialects.loop.ops import (
    CallOp,
    CheckOp,
    IndexOp,
    LoadOp,
    NestOp,
    ReduceOp,
    ScalarOp,
    ScanOp,
    StoreOp,
    results_of,
)
from fxopt.ir.symbolic import Expr, IntExpr, var
from fxopt.ir.types import DTYPES, SymType, TensorType, scalar_type
from fxopt.lowering.aten_to_loop.scalar import Number, Operand, Val, constant_attr
from fxopt.lowering.aten_to_loop.tensor_ref import COMPUTABLE, NotLowered, TensorRef

if TYPE_CHECKING:
    from fxopt.lowering.aten_to_loop.builder import Lowering

_MATH: dict[str, type[Operation]] = {op.name.removeprefix("math."): op for op in xm.Math.operations}
_FASTMATH: dict[str, Attribute] = {"fastmath": FastMathFlagsAttr("none")}
_NONE: dict[str, Attribute] = {}
_STRINGS = {
    name: StringAttr(name)
    for name in ("sum", "prod", "max", "min", "any", "all", "xor", "argmax", "argmin", "welford", "logaddexp")
}

_TOP_BIT = 1 << 63

Index: TypeAlias = IntExpr | Val
"""One index into a tensor: an expression over `d*` and `r*`, or an i64 value of the body."""


@lru_cache(maxsize=64)
def _segments(sizes: tuple[int, ...]) -> Attribute:
    return DenseArrayBase.from_list(i32, sizes)


def require_computable(dtype: str) -> None:
    """Raises `NotLowered` for dtypes that kernels do not handle."""
    if dtype not in COMPUTABLE:
        raise NotLowered(f"dtype {dtype}")


@lru_cache(maxsize=64)
def _math_properties(name: str) -> dict[str, Attribute]:
    names = _MATH[name].get_irdl_definition().properties  # type: ignore[attr-defined]
    return _FASTMATH if "fastmath" in names else _NONE


class NestBuilder:
    """One `loop.nest` under construction; `done()` puts it into the function and gives its results.

    Nothing is added to the function before `done()`, so a lowering may raise `NotLowered` at any time.
    """

    def __init__(
        self,
        low: Lowering,
        domain: Domain,
        outputs: Sequence[TensorType],
        inits: Sequence[SSAValue | None] | None = None,
    ) -> None:
        for type_ in outputs:
            require_computable(type_.dtype)
        self.low = low
        self.domain = domain
        self.outputs = tuple(outputs)
        self.device = outputs[0].device
        self.block = Block(arg_types=self.outputs)
        self._inputs: dict[SSAValue, BlockArgument] = {}
        self._constants: dict[tuple[str, str, str], Val] = {}
        self._loads: dict[tuple[SSAValue, IntExpr], Val] = {}
        self._inits = [-1 if value is None else self._init(value) for value in inits or ()]

    # ---- buffers ------------------------------------------------------------------------------------------

    def _init(self, value: SSAValue) -> int:
        self.argument(value)
        return list(self._inputs).index(value)

    def argument(self, value: SSAValue) -> BlockArgument:
        """The block argument for an operand of the nest, which is added on first use."""
        arg = self._inputs.get(value)
        if arg is None:
            arg = self.block.insert_arg(value.type, len(self._inputs))
            self._inputs[value] = arg
        return arg

    def output(self, k: int = 0) -> BlockArgument:
        """The block argument of output `k`: the buffer that is written."""
        return self.block.args[len(self._inputs) + k]

    def emit(
        self, cls: type[Operation], operands: Sequence[SSAValue], result: Attribute, properties: Mapping[str, Attribute]
    ) -> SSAValue:
        """Appends an op with one result to the body; no conversions, no checks."""
        op = cls.create(operands=operands, result_types=(result,), properties=properties)
        self.block.add_op(op)
        return op.results[0]

    def address(
        self, strides: Sequence[IntExpr], indices: Sequence[Index], offset: IntExpr = 0
    ) -> tuple[IntExpr, list[SSAValue]]:
        """`offset + sum(index * stride)`, and the i64 values that it mentions as `i0 i1 …`."""
        indirect: list[SSAValue] = []
        result = offset
        for stride, index in zip(strides, indices, strict=True):
            if isinstance(index, Val):
                assert index.dtype == "i64", f"an index is {index.dtype}"
                indirect.append(index.ssa)
                index = var(f"i{len(indirect) - 1}")
            result = result + index * stride
        return result, indirect

    def load(
        self, ref: TensorRef, indices: Sequence[Index], mask: Val | None = None, other: Operand | None = None
    ) -> Val:
        """The element of `ref` at one index a dim, in the dtype of `ref`; `other` where `mask` is false."""
        require_computable(ref.dtype)
        if ref.device != self.device:
            ref = self.low.scalar_to_device(ref, self.device)
        index, indirect = self.address(ref.strides, indices, ref.offset)
        buffer = self.argument(ref.base)
        if mask is None and not indirect:
            cached = self._loads.get((buffer, index))
            if cached is None:
                cached = self._loads[buffer, index] = Val(self, self._load(buffer, index, ref.dtype), ref.dtype)
            return cached
        if mask is None:
            return Val(self, self._load(buffer, index, ref.dtype, indirect), ref.dtype)
        other_value = other if isinstance(other, Val) else self.const(0 if other is None else other, ref.dtype)
        op = LoadOp(buffer, index, indirect, mask.ssa, other_value.ssa)
        self.block.add_op(op)
        return Val(self, op.result, ref.dtype)

    def _load(self, buffer: SSAValue, index: IntExpr, dtype: str, indirect: Sequence[SSAValue] = ()) -> SSAValue:
        properties: dict[str, Attribute] = {
            "index": IndexAttr(index),
            "operandSegmentSizes": _segments((1, len(indirect), 0, 0)),
        }
        return self.emit(LoadOp, (buffer, *indirect), scalar_type(dtype), properties)

    def load_broadcast(self, ref: TensorRef, indices: Sequence[IntExpr]) -> Val:
        """`load` with torch's broadcasting against a tensor of `len(indices)` dims."""
        trailing = indices[len(indices) - ref.rank :]
        return self.load(ref, [0 if size == 1 else i for size, i in zip(ref.sizes, trailing, strict=True)])

    def store(
        self, value: Val, indices: Sequence[Index], k: int = 0, mask: Val | None = None, mode: str = "set"
    ) -> None:
        """Writes `value`, converted to the dtype of output `k`, at one index a dim."""
        out = self.outputs[k]
        index, indirect = self.address(out.strides, indices)
        self.store_at(value.to(out.dtype), index, indirect, k, mask, mode)

    def store_at(
        self,
        value: Val,
        index: IntExpr,
        indirect: Sequence[SSAValue] = (),
        k: int = 0,
        mask: Val | None = None,
        mode: str = "set",
    ) -> None:
        """Writes at an element offset."""
        masks = () if mask is None else (mask.ssa,)
        properties: dict[str, Attribute] = {
            "index": IndexAttr(index),
            "operandSegmentSizes": _segments((1, 1, len(indirect), len(masks))),
        }
        if mode != "set":
            properties["mode_"] = StringAttr(mode)
        op = StoreOp.create(operands=(value.ssa, self.output(k), *indirect, *masks), properties=properties)
        self.block.add_op(op)

    # ---- values -------------------------------------------------------------------------------------------

    def const(self, value: Number, dtype: str) -> Val:
        """A constant; equal ones are shared."""
        key = (type(value).__name__, repr(value), dtype)
        cached = self._constants.get(key)
        if cached is None:
            properties = {"value": constant_attr(value, dtype)}
            cached = Val(self, self.emit(xa.ConstantOp, (), scalar_type(dtype), properties), dtype)
            self._constants[key] = cached
        return cached

    def index(self, expr: IntExpr, dtype: str = "i64") -> Val:
        """The value of an index expression."""
        if isinstance(expr, int):
            return self.const(expr, dtype)
        return Val(self, self.emit(IndexOp, (), i64, {"index": IndexAttr(expr)}), "i64").to(dtype)

    def scalar(self, value: Number | Expr | SSAValue, dtype: str) -> Val:
        """A scalar argument of a call: a number, a symbolic size, or a symbolic value of the host program."""
        if isinstance(value, Expr):
            return self.index(value).to(dtype)
        if not isinstance(value, SSAValue):
            return self.const(value, dtype)
        type_ = value.type
        if isinstance(type_, SymType) and type_.kind == "int" and not isinstance(type_.expr, str):
            return self.index(type_.expr).to(dtype)
        if isinstance(type_, SymType) and type_.kind == "float":
            arg = self.argument(self.low.value(value))
            return Val(self, self.emit(ScalarOp, (arg,), scalar_type("f64"), _NONE), "f64").to(dtype)
        raise NotLowered(f"scalar argument of type {type_}")

    def math(self, name: str, *args: Operand) -> Val:
        """A float function of the `math` dialect, e.g. `exp`, `atan2`; all in the dtype of the first `Val`."""
        first = next(arg for arg in args if isinstance(arg, Val))
        operands = [first.lift(arg).ssa for arg in args]
        return Val(self, self.emit(_MATH[name], operands, first.ssa.type, _math_properties(name)), first.dtype)

    def call(self, name: str, *args: Operand) -> Val:
        """A C function (`loop.call`); all in the dtype of the first `Val`."""
        first = next(arg for arg in args if isinstance(arg, Val))
        operands = [first.lift(arg).ssa for arg in args]
        return Val(self, self.emit(CallOp, operands, first.ssa.type, {"callee": StringAttr(name)}), first.dtype)

    def reduce(self, kind: str, value: Val) -> Val:
        """`value` reduced over all `r` dims; itself where the domain has none."""
        if not self.domain.reduced:
            return self.const(0, "i64") if kind.startswith("arg") else value
        return self._extremum_safe(ReduceOp, kind, value)

    def welford(self, value: Val) -> tuple[Val, Val]:
        """Mean and sum of squared deviations over all `r` dims."""
        if not self.domain.reduced:
            return value, value - value  # NaN and infinity have no deviation of 0
        mean, m2 = self._over_reduced(ReduceOp, "welford", value)
        return mean, m2

    def scan(self, kind: str, value: Val) -> Val:
        """Inclusive scan of `value` along `r0`; itself where the domain has none."""
        if not self.domain.reduced:
            return self.const(0, "i64") if kind.startswith("arg") else value
        return self._extremum_safe(ScanOp, kind, value)

    def _extremum_safe(self, cls: type[Operation], kind: str, value: Val) -> Val:
        """Reduces or scans; extrema of unsigned integers and bools go through a signed type."""
        if kind not in ("max", "min", "argmax", "argmin") or value.is_float or DTYPES[value.dtype].signed:
            return self._over_reduced(cls, kind, value)[0]
        # The integers of MLIR are signless and extrema compare signed: compare in a wider type, or biased.
        if value.dtype == "u64":
            found = self._over_reduced(cls, kind, (value ^ _TOP_BIT).bitcast("i64"))[0]
            return found if kind.startswith("arg") else found.bitcast("u64") ^ _TOP_BIT
        found = self._over_reduced(cls, kind, value.to("i64" if value.dtype == "u32" else "i32"))[0]
        return found if kind.startswith("arg") else found.to(value.dtype)

    def _over_reduced(self, cls: type[Operation], kind: str, value: Val) -> list[Val]:
        types = results_of(kind, value.ssa.type)
        op = cls.create(operands=(value.ssa,), result_types=types, properties={"kind_": _STRINGS[kind]})
        self.block.add_op(op)
        dtype = "i64" if kind in ("argmax", "argmin") else value.dtype
        return [Val(self, result, dtype) for result in op.results]

    def check(self, condition: Val, message: str) -> None:
        """Makes the program raise `IndexError(message)` unless the condition holds."""
        op = CheckOp.create(operands=(condition.ssa,), properties={"message": StringAttr(message)})
        self.block.add_op(op)

    # ---- the end ------------------------------------------------------------------------------------------

    def done(self) -> tuple[TensorRef, ...]:
        """Adds the nest to the function; its results, one an output."""
        op = NestOp(
            tuple(self._inputs),
            self.outputs,
            self.domain,
            Region(self.block),
            self._inits if any(i >= 0 for i in self._inits) else None,
        )
        self.low.add(op)
        return tuple(TensorRef.of(result) for result in op.results)

    def result(self) -> TensorRef:
        """`done()` for a nest with one output."""
        (ref,) = self.done()
        return ref
