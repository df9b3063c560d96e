"""`Lowering`: the state of rewriting one function from ATen calls to loop nests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from xdsl.dialects.builtin import LocationAttr, StringAttr
from xdsl.ir import Block, Operation, SSAValue

from fxopt.dialects.loop.attrs import Domain
from fxopt.dialects.loop.kernel_key import ORIGINS, origins_attr
from fxopt.dialects.loop.ops import ExternOp, NestOp, ViewOp
from fxopt.ir.fx_args import CallArgs, Ref, Special
from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import Expr, IntExpr, var
from fxopt.ir.types import SymType, TensorType
from fxopt.lowering.aten_to_loop.nest import NestBuilder
from fxopt.lowering.aten_to_loop.tensor_ref import NotLowered, TensorRef, loop_order

Lowered: TypeAlias = TensorRef | SSAValue | tuple[Any, ...] | None
"""What a value of the source becomes: a tensor, a value passed on, or the elements of a tuple."""


class Lowering:
    """Rewrites one function: new operations go to the end of `block`, `values` maps source values to lowered ones."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.values: dict[SSAValue, Lowered] = {}
        self.location: LocationAttr | None = None
        self.origin: str | None = None
        """Name of the ATen op being lowered, which the nests made for it carry."""
        self._views: dict[tuple[SSAValue, IntExpr, TensorType], SSAValue] = {}
        self._copies: dict[tuple[SSAValue, str], TensorRef] = {}

    # ---- operands -----------------------------------------------------------------------------------------

    def operand(self, value: SSAValue) -> TensorRef:
        """The lowered form of a tensor of the source."""
        lowered = self.values.get(value, value)
        if isinstance(lowered, TensorRef):
            return lowered
        if isinstance(lowered, SSAValue) and isinstance(lowered.type, TensorType):
            return TensorRef.of(lowered)
        raise NotLowered(f"operand of type {value.type} where a tensor is expected")

    def value(self, value: SSAValue) -> SSAValue:
        """A source value as one SSA value; a tensor gets exactly the sizes and strides of its source type."""
        lowered = self.values.get(value, value)
        if isinstance(lowered, TensorRef):
            assert isinstance(value.type, TensorType)
            return self.materialize(lowered, value.type)
        if isinstance(lowered, SSAValue):
            return lowered
        raise NotLowered(f"tuple of type {value.type} used whole")

    def int_arg(self, value: Any) -> IntExpr:
        """An integer argument as an index expression: a number, or a symbolic int's expression."""
        if isinstance(value, int | Expr):
            return value
        if isinstance(value, SSAValue) and isinstance(value.type, SymType):
            if value.type.kind == "int" and not isinstance(value.type.expr, str):
                return value.type.expr
            raise NotLowered(f"size {value.type.expr} is not quasi-affine")
        raise NotLowered(f"integer argument {value!r}")

    def int_args(self, values: Sequence[Any] | Any) -> tuple[IntExpr, ...]:
        """A list of integer arguments (one integer stands for a list of one)."""
        return tuple(self.int_arg(v) for v in (values if isinstance(values, tuple | list) else (values,)))

    # ---- views --------------------------------------------------------------------------------------------

    def view(
        self, ref: TensorRef, sizes: Sequence[IntExpr], strides: Sequence[IntExpr], offset: IntExpr = 0
    ) -> TensorRef:
        """A view of `ref`, `offset` elements beyond its first; emits nothing."""
        return TensorRef(ref.base, ref.offset + offset, tuple(sizes), tuple(strides))

    def materialize(self, ref: TensorRef, type_: TensorType | None = None) -> SSAValue:
        """`ref` as a value of exactly `type_` (its own sizes and strides by default): a `loop.view` where needed."""
        type_ = ref.view_type() if type_ is None else type_
        if ref.offset == 0 and ref.type == type_:
            return ref.base
        key = (ref.base, ref.offset, type_)
        cached = self._views.get(key)
        if cached is None:
            op = ViewOp(ref.base, type_, ref.offset)
            self.add(op)
            cached = self._views[key] = op.result
        return cached

    def retype(self, ref: TensorRef, type_: TensorType) -> TensorRef:
        """The storage of `ref` under another type of the same item size (`aten.view.dtype`)."""
        return TensorRef.of(self.materialize(ref, type_))

    # ---- operations ---------------------------------------------------------------------------------------

    def add(self, op: Operation) -> None:
        """Appends an operation to the function, with the location of the source op."""
        if self.location is not None:
            op.location = self.location
        if self.origin is not None and isinstance(op, NestOp):
            op.attributes[ORIGINS] = origins_attr([self.origin])
        self.block.add_op(op)

    def nest(
        self,
        parallel: Sequence[IntExpr],
        reduced: Sequence[IntExpr] = (),
        *,
        outputs: Sequence[TensorType],
        inits: Sequence[SSAValue | None] | None = None,
    ) -> NestBuilder:
        """A new nest over dims `d0 … ` of extents `parallel` and `r0 …` of extents `reduced`.

        `inits`: for each output the lowered value (of exactly its type) that it starts as a copy of, or `None`.
        """
        return NestBuilder(self, Domain(tuple(parallel), tuple(reduced)), outputs, inits)

    def nest_over(
        self, *outputs: TensorType, inits: Sequence[SSAValue | None] | None = None
    ) -> tuple[NestBuilder, list[IntExpr]]:
        """A nest over the elements of the first output, and the index of the current element, one expression a dim.

        Loops are ordered by the output's strides, the innermost being the unit-stride one; dims of size 1 get no loop.
        """
        parallel, indices = self.parallel_dims(outputs[0].sizes, outputs[0].strides)
        return self.nest(parallel, outputs=outputs, inits=inits), indices

    @staticmethod
    def parallel_dims(
        sizes: Sequence[IntExpr], strides: Sequence[IntExpr], prefix: str = "d"
    ) -> tuple[list[IntExpr], list[IntExpr]]:
        """Loop extents for `sizes` in the order of `strides`, and for each dim its index expression."""
        order = loop_order(sizes, strides)
        indices: list[IntExpr] = [0] * len(sizes)
        for position, dim in enumerate(order):
            indices[dim] = var(f"{prefix}{position}")
        return [sizes[dim] for dim in order], indices

    def scalar_to_device(self, ref: TensorRef, device: str) -> TensorRef:
        """A 0-d tensor of another device, copied to `device`: eager lets CPU scalars into GPU kernels."""
        if any(size != 1 for size in ref.sizes):
            raise NotLowered(f"operand on {ref.device}, result on {device}")
        source = self.materialize(ref)
        copied = self._copies.get((source, device))
        if copied is None:
            type_ = TensorType.of(ref.sizes, ref.dtype, None, device)
            args = CallArgs((Ref(0),), (("device", Special("device", (device,))),))
            copied = self._copies[source, device] = TensorRef.of(
                self._add_extern("aten._to_copy.default", args, [source], type_, "copy between devices")
            )
        return copied

    def extern(self, op: FxCallOp, reason: str) -> Lowered:
        """`op` as a call of the operator's own kernel."""
        operands: list[SSAValue] = []
        template = op.template.map_refs(lambda ref: self._template_of(op.operands[ref.index], operands))
        target = op.target.data if op.target is not None else op.name
        call = ExternOp.build_call(
            template,
            operands,
            [result.type for result in op.results],
            target=target,
            regions=[op.detach_region(region) for region in list(op.regions)],
        )
        call.attributes["reason"] = StringAttr(reason)
        self.add(call)
        return call.results[0] if call.results else None

    def _add_extern(
        self, target: str, args: CallArgs, operands: Sequence[SSAValue], type_: TensorType, reason: str
    ) -> SSAValue:
        call = ExternOp.build_call(args, operands, [type_], target=target)
        call.attributes["reason"] = StringAttr(reason)
        self.add(call)
        return call.results[0]

    def forward(self, op: FxCallOp) -> None:
        """Moves `op` itself to the result, with its operands replaced."""
        operands: list[SSAValue] = []
        template = op.template.map_refs(lambda ref: self._template_of(op.operands[ref.index], operands))
        op.operands = operands
        op.properties["args"] = type(op.properties["args"])(template)  # type: ignore[call-arg]
        self.block.add_op(op)

    def _template_of(self, value: SSAValue, operands: list[SSAValue]) -> Any:
        """A reference to the lowered `value`, appended to `operands`; a tuple of lowered values as a Python tuple."""
        lowered = self.values.get(value, value)
        if isinstance(lowered, tuple) and not isinstance(lowered, TensorRef):
            return Special("tuple", tuple(self._ref_to(item, operands) for item in lowered))
        return self._ref_to(self.value(value), operands)

    def _ref_to(self, lowered: Lowered, operands: list[SSAValue]) -> Any:
        if lowered is None:
            return None
        if isinstance(lowered, TensorRef):
            lowered = self.materialize(lowered)
        assert isinstance(lowered, SSAValue)
        operands.append(lowered)
        return Ref(len(operands) - 1)
