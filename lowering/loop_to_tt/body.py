"""Emission of the nodes of a kernel's body for one tile.

Each node is computed at the smallest shape that it varies over. Memory holds no `i1`: a bool is an `i8` there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xdsl.dialects import arith as xarith
from xdsl.dialects import math as xmath
from xdsl.dialects.builtin import (
    BFloat16Type,
    Float16Type,
    Float32Type,
    Float64Type,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    f32,
    i1,
    i8,
    i32,
    i64,
)
from xdsl.ir import Attribute, BlockArgument, Operation, SSAValue

from fxopt.dialects import arith
from fxopt.dialects.tt import ops as tt
from fxopt.dialects.tt.attrs import EvictionPolicy, PtrType, block_type, element_type_of, shape_of, with_element
from fxopt.ir.errors import PassError
from fxopt.ir.symbolic import IntExpr
from fxopt.ir.types import SymType, TensorType
from fxopt.lowering.loop_to_tt.atomics import atomic_update
from fxopt.lowering.loop_to_tt.axes import Axis, Schedule
from fxopt.lowering.loop_to_tt.builder import Builder, Shape, join_shapes
from fxopt.lowering.loop_to_tt.index import IndexEmitter
from fxopt.lowering.loop_to_vector.model import KernelModel, Node

_SMALL_BUFFER = 1 << 30
"""Offsets into buffers below this many elements are computed in i32."""

# C functions with a libdevice function of the same name and the same argument types.
_LIBDEVICE = frozenset((
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "copysign", "cos", "cosh", "erf",
    "erfc", "exp", "exp2", "expm1", "fabs", "floor", "fma", "fmax", "fmin", "fmod", "hypot", "lgamma", "log", "log10",
    "log1p", "log2", "nextafter", "pow", "rint", "nearbyint", "round", "sin", "sinh", "sqrt", "tan", "tanh",
    "tgamma", "trunc",
))  # fmt: skip


class BodyEmitter:
    """Emits nodes into a `Builder` and remembers their values."""

    def __init__(
        self,
        builder: Builder,
        model: KernelModel,
        schedule: Schedule,
        index: IndexEmitter,
        args: Mapping[BlockArgument, SSAValue],
    ) -> None:
        self.b = builder
        self.model = model
        self.schedule = schedule
        self.index = index
        self.args = args
        self.values: dict[Node, SSAValue] = {}
        self.shapes = self._plan_shapes()
        self.eviction: dict[Node, EvictionPolicy] = {}

    def _plan_shapes(self) -> dict[Node, Shape]:
        """The shape of every node's value, before anything is emitted."""
        schedule = self.schedule
        shapes: dict[Node, Shape] = {}
        kept = schedule.shape_over(schedule.parallel)
        reduced = schedule.shape_over([schedule.reduced]) if schedule.reduced else ()
        for node in self.model.nodes:
            shape = join_shapes(*(shapes[operand] for operand in node.operands))
            if node.kind == "reduce":
                shape = kept
            elif node.kind == "scan":
                shape = join_shapes(shape, reduced)
            else:
                shape = join_shapes(shape, schedule.shape_over(schedule.axes_of(_mentioned(node.index))))
            shapes[node] = shape
        return shapes

    # Values

    def value(self, node: Node) -> SSAValue:
        """The value of a node that has been emitted."""
        return self.values[node]

    def shaped(self, node: Node, shape: Shape) -> SSAValue:
        """The value of a node, broadcast."""
        return self.b.reshaped(self.values[node], shape)

    def emit(self, node: Node) -> None:
        """Emits a node that is no reduction or scan."""
        handler = self._HANDLERS.get(node.kind)
        if handler is None:
            raise self.unsupported(f"loop.{node.kind} {node.tag}")
        handler(self, node)

    def unsupported(self, what: str) -> PassError:
        return PassError(f"convert-loop-to-tt: @{self.model.name}: {what} is not supported on GPUs")

    def _constant(self, node: Node) -> None:
        attr = node.properties["value"]
        assert isinstance(attr, IntegerAttr | FloatAttr) and node.type is not None
        self.values[node] = self.b.pure(xarith.ConstantOp, (), node.type, {"value": attr})

    def _compute(self, node: Node) -> None:
        if issubclass(node.cls, xarith.ConstantOp):
            self._constant(node)
            return
        assert node.type is not None
        operands = self.b.joined(*(self.values[operand] for operand in node.operands))
        shape = shape_of(operands[0].type) if operands else ()
        if node.cls in _UNSUPPORTED:
            raise self.unsupported(node.cls.name)
        special = _SPECIAL.get(node.cls)
        if special is not None:
            self.values[node] = special(self.b, node, operands)
            return
        self.values[node] = self.b.pure(node.cls, operands, block_type(node.type, shape), node.properties)

    def _call(self, node: Node) -> None:
        assert node.type is not None
        operands = self.b.joined(*(self.values[operand] for operand in node.operands))
        shape = shape_of(operands[0].type)
        element = element_type_of(operands[0].type)
        name = node.tag
        if name == "isnan" and node.type == i1:
            self.values[node] = self.b.compare("uno", operands[0], operands[0])
            return
        same = all(element_type_of(v.type) == element for v in operands) and node.type == element
        if name not in _LIBDEVICE or not same or isinstance(element, IntegerType):
            raise self.unsupported(f'loop.call "{name}" of {node.type}')
        if isinstance(element, Float16Type | BFloat16Type):
            operands = [self.b.cast(xarith.ExtFOp, v, f32) for v in operands]
        wide = element_type_of(operands[0].type)
        symbol = f"__nv_{name}f" if isinstance(wide, Float32Type) else f"__nv_{name}"
        result = self.b.placed(tt.ExternElementwiseOp(symbol, operands, block_type(wide, shape)))
        self.values[node] = result if wide == element else self.b.cast(xarith.TruncFOp, result, element)

    def _index(self, node: Node) -> None:
        indirect = {f"i{k}": self.values[operand] for k, operand in enumerate(node.indirect_nodes)}
        type_ = i64 if indirect or not self.index.fits(node.index) else i32
        self.values[node] = self.index.converted(self.index.value(node.index, type_, indirect), i64)

    def _scalar(self, node: Node) -> None:
        assert node.buffer is not None
        value = self.args[node.buffer]
        if value.type != node.type:
            raise self.unsupported(f"loop.scalar of {value.type} as {node.type}")
        self.values[node] = value

    # Memory

    def mask_over(self, axes: list[Axis]) -> SSAValue | None:
        """Which points of the tile are inside of the extents of `axes`."""
        mask: SSAValue | None = None
        for axis in axes:
            mask = self.b.both(mask, self.index.inside(axis))
        return mask

    def _mask(self, node: Node, axes: list[Axis]) -> SSAValue | None:
        mask = self.mask_over(axes)
        return mask if node.mask is None else self.b.both(mask, self.values[node.mask])

    def _pointers(self, node: Node) -> SSAValue:
        """The addresses of an access, at the smallest shape."""
        buffer = node.buffer
        assert buffer is not None and isinstance(buffer.type, TensorType)
        indirect = {f"i{k}": self.values[operand] for k, operand in enumerate(node.indirect_nodes)}
        type_ = i32 if self._fits_i32(node, buffer.type) else i64
        scalar, tile = self.index.parts(node.index, type_, indirect)
        pointer = self.args[buffer]
        if scalar is not None:
            pointer = self.b.pure(tt.AddPtrOp, (pointer, scalar), pointer.type)
        if tile is not None:
            pointer = self.b.reshaped(pointer, shape_of(tile.type))
            pointer = self.b.pure(tt.AddPtrOp, (pointer, tile), pointer.type)
        return pointer

    def _fits_i32(self, node: Node, buffer: TensorType) -> bool:
        """Whether the offset fits. Launches may differ in the sizes of buffers, unless accesses are indirect."""
        if not node.indirect:
            return self.index.fits(node.index)
        elems = buffer.storage_elems()
        return isinstance(elems, int) and elems < _SMALL_BUFFER

    def _load(self, node: Node) -> None:
        assert node.type is not None
        pointer = self._pointers(node)
        mask = self._mask(node, self.schedule.axes_of(node.varies))
        other: SSAValue | None = None
        if mask is not None:
            pointer, mask = self.b.joined(pointer, mask)
            if node.has_mask:
                other = self.values[node.operands[node.indirect + 1]]
                if node.type == i1:
                    other = self.b.cast(arith.ExtUIOp, other, i8)
                pointer, mask, other = self.b.joined(pointer, mask, other)
        value = self.b.placed(tt.LoadOp(pointer, mask, other, evict=self.eviction.get(node)))
        if node.type == i1:
            value = self.b.compare("ne", value, self.b.constant(0, i8))
        self.values[node] = value

    def _store(self, node: Node) -> None:
        value = self.values[node.operands[0]]
        if element_type_of(value.type) == i1:
            value = self.b.cast(arith.ExtUIOp, value, i8)
        pointer = self._pointers(node)
        if node.tag != "set":
            self._atomic(node, pointer, value)
            return
        mask = self._mask(node, self.schedule.axes_of(node.varies))
        if mask is None:
            pointer, value = self.b.joined(pointer, value)
        else:
            pointer, value, mask = self.b.joined(pointer, value, mask)
        self.b.append(tt.StoreOp(pointer, value, mask))

    def _atomic(self, node: Node, pointer: SSAValue, value: SSAValue) -> None:
        """Every point combines its own value, also points that share a value and an address."""
        axes = list(self.schedule.parallel)
        if self.schedule.reduced is not None and node.varies & set(self.schedule.reduced.dims):
            axes.append(self.schedule.reduced)
        shape = self.schedule.shape_over(axes)
        mask = self._mask(node, axes)
        if mask is not None:
            mask = self.b.reshaped(mask, shape)
        assert node.buffer is not None
        atomic_update(
            self.b,
            node.tag,
            node.unsigned,
            self.b.reshaped(pointer, shape),
            self.b.reshaped(value, shape),
            mask,
            node.operands[0].type == i1,
            self.args[node.buffer],
        )

    def _check(self, node: Node) -> None:
        condition = self.values[node.operands[0]]
        mask = self.mask_over(self.schedule.axes_of(node.varies))
        if mask is not None:
            outside = self.b.binary(xarith.XOrIOp, mask, self.b.constant(1, i1))
            condition = self.b.binary(xarith.OrIOp, condition, outside)
        self.b.append(tt.AssertOp(condition, node.tag))

    _HANDLERS: Mapping[str, Callable[[BodyEmitter, Node], None]] = {
        "compute": _compute,
        "call": _call,
        "index": _index,
        "scalar": _scalar,
        "load": _load,
        "store": _store,
        "check": _check,
    }


def _mentioned(index: IntExpr) -> frozenset[str]:
    return frozenset() if isinstance(index, int) else index.free_vars()


# Ops that Triton lowers for some types only


def _via_f32(b: Builder, node: Node, operands: list[SSAValue]) -> SSAValue:
    """Conversions between f64 or integers and the 16-bit floats go through f32, as torch's do."""
    (value,) = operands
    assert node.type is not None
    source, target = element_type_of(value.type), node.type
    narrow = (Float16Type, BFloat16Type)
    if isinstance(source, narrow) and not isinstance(target, Float32Type):
        value = b.cast(xarith.ExtFOp, value, f32)
    elif isinstance(target, narrow) and not isinstance(source, Float32Type):
        middle = xarith.TruncFOp if isinstance(source, Float64Type) else node.cls
        value = b.pure(middle, (value,), with_element(value.type, f32), node.properties)
        return b.cast(xarith.TruncFOp, value, target)
    if element_type_of(value.type) == f32 and isinstance(target, narrow):
        return b.cast(xarith.TruncFOp, value, target)
    return b.pure(node.cls, (value,), with_element(value.type, target), node.properties)


def _bitcast(b: Builder, node: Node, operands: list[SSAValue]) -> SSAValue:
    assert node.type is not None
    return b.pure(tt.BitcastOp, operands, with_element(operands[0].type, node.type))


def _floor_divide(b: Builder, node: Node, operands: list[SSAValue]) -> SSAValue:
    """floordivsi: the quotient towards zero, less one where there is a remainder of the other sign."""
    x, y = operands
    assert node.type is not None
    rest = b.binary(xarith.RemSIOp, x, y)
    zero = b.constant(0, node.type)
    signs_differ = b.compare("slt", b.binary(xarith.XOrIOp, rest, y), zero)
    wrong = b.binary(xarith.AndIOp, signs_differ, b.compare("ne", rest, zero))
    quotient = b.binary(xarith.DivSIOp, x, y)
    return b.select(wrong, b.binary(xarith.SubiOp, quotient, b.constant(1, node.type)), quotient)


def _divide(b: Builder, node: Node, operands: list[SSAValue]) -> SSAValue:
    """A quotient of 16-bit floats is that of their f32 values, rounded."""
    assert node.type is not None
    if not isinstance(node.type, Float16Type | BFloat16Type):
        return b.pure(node.cls, operands, operands[0].type, node.properties)
    wide = [b.cast(xarith.ExtFOp, operand, f32) for operand in operands]
    return b.cast(xarith.TruncFOp, b.pure(node.cls, wide, wide[0].type, node.properties), node.type)


_SPECIAL: Mapping[type[Operation], Callable[[Builder, Node, list[SSAValue]], SSAValue]] = {
    arith.FPToSIOp: _via_f32,
    arith.FPToUIOp: _via_f32,
    arith.SIToFPOp: _via_f32,
    arith.UIToFPOp: _via_f32,
    xarith.BitcastOp: _bitcast,
    xarith.DivfOp: _divide,
    xarith.ExtFOp: _via_f32,
    xarith.FloorDivSIOp: _floor_divide,
    xarith.TruncFOp: _via_f32,
}


_UNSUPPORTED: frozenset[type[Operation]] = frozenset(
    (xmath.CountLeadingZerosOp, xmath.CountTrailingZerosOp, xmath.CtPopOp)
)


def argument_type(arg: BlockArgument) -> Attribute:
    """The type of a kernel argument: a pointer to the memory type for a tensor, a number for a scalar."""
    if isinstance(arg.type, SymType):
        return Float64Type() if arg.type.kind == "float" else i64
    assert isinstance(arg.type, TensorType)
    return PtrType(i8 if arg.type.scalar == i1 else arg.type.scalar)
