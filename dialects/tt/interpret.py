"""Reference interpreter of the `tt` dialect, in numpy: executes every program of a grid, one after the other.

A scalar is a 0-d array, a block an array of its shape; bf16 values are float32 arrays rounded to bfloat16 (uint16 bits
in memory), pointers are int64 addresses of `interpret_memory.Memory`, which checks bounds, alignment and races. A lane
that a load leaves undefined (mask false and no `other`) reads as NaN, or as a far-off integer, so that a result that
depends on it is found wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, IntegerType, ModuleOp
from xdsl.ir import Attribute, Block, Operation, SSAValue

from fxopt.dialects.loop.interpret_scalar import Array, evaluate_scalar, numpy_dtype, round_to_bf16, unsigned
from fxopt.dialects.tt.attrs import (
    FLOAT_TYPES,
    DescriptorReduceKind,
    PaddingOption,
    PropagateNan,
    PtrType,
    RMWOp,
    RoundingMode,
    TensorDescType,
    element_type_of,
    shape_of,
)
from fxopt.dialects.tt.interpret_extern import asm_rule, extern_rule
from fxopt.dialects.tt.interpret_memory import InterpretError, Memory, decode, encode, storage_dtype
from fxopt.dialects.tt.ops import FuncOp

Argument = Array | int | float
Value = Any
"""An array, or a descriptor."""
Env = dict[SSAValue, Value]
Handler = Callable[["_Program", Operation, list[Value]], tuple[Value, ...]]

_UNDEFINED_INT = 0x5A5A5A5A5A5A5A5A


def run_kernel(func: Operation, grid: Sequence[int], args: Sequence[Argument]) -> list[str]:
    """Executes `func` (a tt.func) for every program of the grid; arrays are changed in place.

    Pointer arguments are contiguous arrays whose bytes are the buffer (bf16 as uint16), the others numbers. Returns
    what `tt.print` wrote. Raises InterpretError.
    """
    if not isinstance(func, FuncOp):
        raise InterpretError(f"run_kernel takes a tt.func, got {func.name}")
    memory = Memory()
    values = _arguments(func, args, memory)
    sizes = (*grid, *([1] * (3 - len(grid))))
    printed: list[str] = []
    with np.errstate(all="ignore"):
        for number, (z, y, x) in enumerate(product(*(range(size) for size in reversed(sizes)))):
            memory.program = number
            _Program(memory, (x, y, z), sizes, printed).call(func, values)
    return printed


def find_kernel(module: ModuleOp, name: str | None = None) -> FuncOp:
    """The `tt.func` of that name, or the first one that is public."""
    for op in module.body.block.ops:
        if isinstance(op, FuncOp) and (op.sym_name.data == name if name else _is_public(op)):
            return op
    raise InterpretError(f"the module has no tt.func {name or ''}")


def _is_public(func: FuncOp) -> bool:
    return func.sym_visibility is None or func.sym_visibility.data == "public"


def _arguments(func: FuncOp, args: Sequence[Argument], memory: Memory) -> list[Value]:
    types = func.function_type.inputs.data
    if len(args) != len(types):
        raise InterpretError(f"@{func.sym_name.data} takes {len(types)} arguments, got {len(args)}")
    arrays: list[tuple[str, Array]] = []
    values: list[Value] = []
    for index, (arg, type_) in enumerate(zip(args, types, strict=True)):
        if isinstance(type_, PtrType):
            if not isinstance(arg, np.ndarray):
                raise InterpretError(f"argument {index} is {type_}: expected an array, got {type(arg).__name__}")
            arrays.append((str(index), arg))
            values.append(None)
        else:
            values.append(np.asarray(arg).astype(numpy_dtype(type_)))
    addresses = iter(memory.map_arrays(arrays))
    return [np.asarray(next(addresses), np.int64) if value is None else value for value in values]


class _Descriptor:
    """What tt.make_tensor_descriptor makes: a tensor in memory that is accessed by blocks."""

    def __init__(self, op: Operation, base: Array, shape: list[Array], strides: list[Array]) -> None:
        type_ = op.results[0].type
        assert isinstance(type_, TensorDescType)
        self.element = type_.block_type.element_type
        self.block = type_.block_type.get_shape()
        self.base, self.shape, self.strides = int(base), [int(s) for s in shape], [int(s) for s in strides]
        padding = op.properties.get("padding")
        self.pads_nan = padding is not None and padding.value.data == PaddingOption.NAN  # type: ignore[attr-defined]

    def addresses(self, indices: Sequence[Array]) -> tuple[Array, Array]:
        """Addresses of the block at `indices`, and which of them are inside of the tensor."""
        offset: Array = np.zeros(self.block, np.int64)
        inside: Array = np.ones(self.block, np.bool_)
        for dim, (size, start) in enumerate(zip(self.block, indices, strict=True)):
            along = [1] * len(self.block)
            along[dim] = size
            index: Array = (np.arange(size, dtype=np.int64) + int(start)).reshape(along)
            offset = offset + index * self.strides[dim]
            inside = inside & (index >= 0) & (index < self.shape[dim])
        return self.base + offset * storage_dtype(self.element).itemsize, inside


class _Program:
    """One program of the grid."""

    def __init__(self, memory: Memory, ids: tuple[int, int, int], grid: tuple[int, ...], printed: list[str]) -> None:
        self.memory = memory
        self.ids = ids
        self.grid = grid
        self.printed = printed

    def call(self, func: FuncOp, args: Sequence[Value]) -> tuple[Value, ...]:
        if len(func.body.blocks) != 1:
            raise InterpretError(f"@{func.sym_name.data} has {len(func.body.blocks)} blocks, expected one")
        return self.block(func.body.block, args, {})

    def block(self, block: Block, args: Sequence[Value], env: Env) -> tuple[Value, ...]:
        """Runs a block in `env` and gives the operands of its terminator."""
        env.update(zip(block.args, args, strict=True))
        for op in block.ops:
            operands = [env[operand] for operand in op.operands]
            if op is block.last_op:
                return tuple(operands)
            control = _CONTROL.get(op.name)
            results = control(self, op, operands, env) if control is not None else self.op(op, operands)
            env.update(zip(op.results, results, strict=True))
        return ()

    def op(self, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
        handler = _HANDLERS.get(op.name)
        if handler is not None:
            return handler(self, op, operands)
        results = evaluate_scalar(op, operands)
        if results is None:
            raise InterpretError(f"the interpreter does not know {op.name}")
        return results


# Control flow


def _for(program: _Program, op: Operation, operands: list[Value], env: Env) -> tuple[Value, ...]:
    lower, upper, step, *carried = operands
    if step <= 0:
        raise InterpretError(f"scf.for: step is {int(step)}")
    for index in range(int(lower), int(upper), int(step)):
        carried = list(program.block(op.regions[0].block, (np.asarray(index, lower.dtype), *carried), env))
    return tuple(carried)


def _if(program: _Program, op: Operation, operands: list[Value], env: Env) -> tuple[Value, ...]:
    region = op.regions[0 if operands[0] else 1]
    return program.block(region.block, (), env) if region.blocks else ()


def _while(program: _Program, op: Operation, operands: list[Value], env: Env) -> tuple[Value, ...]:
    before, after = op.regions[0].block, op.regions[1].block
    carried = tuple(operands)
    while True:
        condition, *carried_on = program.block(before, carried, env)
        if not condition:
            return tuple(carried_on)
        carried = program.block(after, carried_on, env)


def _call(program: _Program, op: Operation, operands: list[Value], env: Env) -> tuple[Value, ...]:
    name = op.properties["callee"].root_reference.data  # type: ignore[attr-defined]
    module = op
    while (parent := module.parent_op()) is not None:
        module = parent
    assert isinstance(module, ModuleOp)
    return program.call(find_kernel(module, name), operands)


_CONTROL: dict[str, Callable[[_Program, Operation, list[Value], Env], tuple[Value, ...]]] = {
    "scf.for": _for,
    "scf.if": _if,
    "scf.while": _while,
    "tt.call": _call,
}


# Memory


def _itemsize(pointers: Attribute) -> int:
    element = element_type_of(pointers)
    assert isinstance(element, PtrType)
    return 8 if isinstance(element.pointee, PtrType) else storage_dtype(element.pointee).itemsize


def _addptr(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    return (operands[0] + operands[1].astype(np.int64) * _itemsize(op.operands[0].type),)


def _undefined(shape: tuple[int, ...], element: Attribute) -> Array:
    if isinstance(element, FLOAT_TYPES):
        return np.full(shape, np.nan, numpy_dtype(element))
    dtype = numpy_dtype(element)
    return np.full(shape, _UNDEFINED_INT & np.iinfo(dtype).max if dtype != np.bool_ else 1).astype(dtype)


def _load(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    has_mask = len(operands) > 1
    element = element_type_of(op.results[0].type)
    mask = operands[1] if has_mask else None
    raw = program.memory.load(operands[0], mask, element, op.name)
    value = decode(raw, element)
    if not has_mask:
        return (value,)
    other = operands[2] if len(operands) > 2 else _undefined(value.shape, element)
    return (np.where(mask, value, other).astype(value.dtype, copy=False),)


def _store(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    element = element_type_of(op.operands[1].type)
    mask = operands[2] if len(operands) > 2 else None
    program.memory.store(operands[0], encode(operands[1], element), mask, element, op.name)
    return ()


def _combine_atomically(kind: RMWOp, old: Array, value: Array) -> Array:
    match kind:
        case RMWOp.ADD | RMWOp.FADD:
            return old + value
        case RMWOp.MAX:
            return np.maximum(old, value)
        case RMWOp.MIN:
            return np.minimum(old, value)
        case RMWOp.UMAX:
            return np.maximum(unsigned(old), unsigned(value)).view(old.dtype)
        case RMWOp.UMIN:
            return np.minimum(unsigned(old), unsigned(value)).view(old.dtype)
        case RMWOp.AND:
            return old & value
        case RMWOp.OR:
            return old | value
        case RMWOp.XOR:
            return old ^ value
        case RMWOp.EXCH:
            return value


def _atomic(
    program: _Program,
    addresses: Array,
    mask: Array | None,
    element: Attribute,
    where: str,
    update: Callable[[int, Array], Array],
) -> Array:
    """Lane after lane: `update(lane, old)` gives what is stored. Returns the old values, undefined where masked off."""
    old_values = _undefined(addresses.shape, element).reshape(-1)
    for view, lanes, index in program.memory.atomic_lanes(addresses, mask, element, where):
        for lane, place in zip(lanes, index, strict=True):
            old = decode(view[place : place + 1], element)
            old_values[lane] = old[0]
            view[place : place + 1] = encode(update(int(lane), old), element)
    return old_values.reshape(addresses.shape)


def _atomic_rmw(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    pointers, values, *mask = operands
    kind = RMWOp(op.properties["atomic_rmw_op"].value.data)  # type: ignore[attr-defined]
    flat = np.broadcast_to(values, pointers.shape).reshape(-1)
    element = element_type_of(op.operands[1].type)
    return (
        _atomic(
            program,
            pointers,
            mask[0] if mask else None,
            element,
            op.name,
            lambda lane, old: _combine_atomically(kind, old, flat[lane : lane + 1]),
        ),
    )


def _atomic_cas(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    pointers, compared, values = operands
    expected = np.broadcast_to(compared, pointers.shape).reshape(-1)
    new = np.broadcast_to(values, pointers.shape).reshape(-1)
    element = element_type_of(op.operands[1].type)

    def swap(lane: int, old: Array) -> Array:
        return new[lane : lane + 1] if old[0] == expected[lane] else old

    return (_atomic(program, pointers, None, element, op.name, swap),)


def _make_descriptor(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    rank = (len(operands) - 1) // 2
    return (_Descriptor(op, operands[0], operands[1 : 1 + rank], operands[1 + rank :]),)


def _descriptor_load(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    descriptor: _Descriptor = operands[0]
    addresses, inside = descriptor.addresses(operands[1:])
    value = decode(program.memory.load(addresses, inside, descriptor.element, op.name), descriptor.element)
    return (np.where(inside, value, np.nan).astype(value.dtype) if descriptor.pads_nan else value,)


def _descriptor_store(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    descriptor: _Descriptor = operands[0]
    addresses, inside = descriptor.addresses(operands[2:])
    raw = encode(operands[1], descriptor.element)
    program.memory.store(addresses, raw, inside, descriptor.element, op.name)
    return ()


_DESCRIPTOR_REDUCE = {
    DescriptorReduceKind.ADD: RMWOp.ADD,
    DescriptorReduceKind.MIN: RMWOp.MIN,
    DescriptorReduceKind.MAX: RMWOp.MAX,
    DescriptorReduceKind.AND: RMWOp.AND,
    DescriptorReduceKind.OR: RMWOp.OR,
    DescriptorReduceKind.XOR: RMWOp.XOR,
}


def _descriptor_reduce(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    descriptor: _Descriptor = operands[0]
    kind = _DESCRIPTOR_REDUCE.get(op.properties["kind"].value.data)  # type: ignore[attr-defined]
    if kind is None:
        raise InterpretError(f"tt.descriptor_reduce: kind {op.properties['kind']} is not known")
    addresses, inside = descriptor.addresses(operands[2:])
    flat = operands[1].reshape(-1)
    _atomic(
        program,
        addresses,
        inside,
        descriptor.element,
        op.name,
        lambda lane, old: _combine_atomically(kind, old, flat[lane : lane + 1]),
    )
    return ()


# Computation


def _constant(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    attr = op.properties["value"]
    if not isinstance(attr, DenseIntOrFPElementsAttr):
        results = evaluate_scalar(op, operands)
        assert results is not None
        return results
    shape = shape_of(op.results[0].type)
    values = np.asarray(attr.get_values(), dtype=object)
    element = element_type_of(op.results[0].type)
    if isinstance(element, IntegerType) and element.width.data > 1:
        width = element.width.data
        values = ((values + (1 << (width - 1))) % (1 << width)) - (1 << (width - 1))
    typed = values.astype(numpy_dtype(element))
    return (np.broadcast_to(typed, shape) if typed.size == 1 else typed.reshape(shape),)


def _reduce(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    """Halves the axis until one element is left."""
    axis = op.properties["axis"].value.data  # type: ignore[attr-defined]
    values = [np.moveaxis(value, axis, 0) for value in operands]
    while len(values[0]) > 1:
        half = len(values[0]) // 2
        values = _combined(program, op, [v[:half] for v in values], [v[half:] for v in values])
    return tuple(value[0] for value in values)


def _scan(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    """Doubles the reach of each element (Hillis and Steele, 1986); from the other end when reversed."""
    axis = op.properties["axis"].value.data  # type: ignore[attr-defined]
    step = -1 if op.properties["reverse"].value.data else 1  # type: ignore[attr-defined]
    values = [np.moveaxis(value, axis, 0)[::step] for value in operands]
    distance = 1
    while distance < len(values[0]):
        combined = _combined(program, op, [v[:-distance] for v in values], [v[distance:] for v in values])
        values = [np.concatenate([v[:distance], c]) for v, c in zip(values, combined, strict=True)]
        distance *= 2
    return tuple(np.moveaxis(value[::step], 0, axis) for value in values)


def _combined(program: _Program, op: Operation, lhs: list[Array], rhs: list[Array]) -> list[Array]:
    results = program.block(op.regions[0].block, (*lhs, *rhs), {})
    return [np.broadcast_to(result, value.shape) for result, value in zip(results, lhs, strict=True)]


def _dot(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    a, b, c = operands
    exact = np.int64 if a.dtype.kind in "iu" else np.float64
    total = np.matmul(a.astype(exact), b.astype(exact)) + c
    return (_as_type(total, op.results[0].type),)


def _as_type(values: Array, type_: Attribute) -> Array:
    element = element_type_of(type_)
    rounded = np.asarray(values).astype(numpy_dtype(element))
    return round_to_bf16(rounded) if str(element) == "bf16" else rounded


def _fp_to_fp(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    element = element_type_of(op.results[0].type)
    rounding = op.properties.get("rounding")
    mode = None if rounding is None else RoundingMode(rounding.value.data)  # type: ignore[attr-defined]
    if mode is not RoundingMode.RTZ:
        return (_as_type(operands[0], element),)
    if str(element) == "bf16":
        return ((operands[0].astype(np.float32).view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32),)
    nearest = _as_type(operands[0], element)
    towards_zero = np.nextafter(nearest, np.zeros_like(nearest))
    return (np.where(np.abs(nearest.astype(np.float64)) > np.abs(operands[0]), towards_zero, nearest),)


def _clampf(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    x, low, high = operands
    propagates = op.properties["propagateNan"].value.data == PropagateNan.ALL  # type: ignore[attr-defined]
    return (np.minimum(np.maximum(x, low), high) if propagates else np.fmin(np.fmax(x, low), high),)


def _mulhiui(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    x, y = (unsigned(operand) for operand in operands)
    width = x.dtype.itemsize * 8
    upper: Any = (x.astype(object) * y.astype(object)) >> width
    return (np.asarray(upper, dtype=object).astype(x.dtype).view(operands[0].dtype),)


def _extern(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    symbol = op.properties["symbol"].data  # type: ignore[attr-defined]
    rule = extern_rule(symbol)
    if rule is None:
        raise InterpretError(f"tt.extern_elementwise: no numpy meaning of {symbol}")
    return (_as_type(rule(*operands), op.results[0].type),)


def _inline_asm(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    asm = op.properties["asm_string"].data  # type: ignore[attr-defined]
    rule = asm_rule(asm)
    if rule is None or len(op.results) != 1:
        raise InterpretError(f"tt.elementwise_inline_asm: no numpy meaning of {asm!r}")
    return (_as_type(rule(*operands), op.results[0].type),)


def _histogram(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    bins = shape_of(op.results[0].type)[0]
    counted = operands[0] if len(operands) == 1 else operands[0][operands[1]]
    inside = counted[(counted >= 0) & (counted < bins)]
    return (np.bincount(inside, minlength=bins).astype(np.int32),)


def _gather(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    source, indices = operands
    axis = op.properties["axis"].value.data  # type: ignore[attr-defined]
    size = source.shape[axis]
    if ((indices < 0) | (indices >= size)).any():
        raise InterpretError(f"tt.gather: an index is outside of 0 to {size - 1}")
    source = source[tuple(slice(None) if d == axis else slice(n) for d, n in enumerate(indices.shape))]
    return (np.take_along_axis(source, indices.astype(np.int64), axis),)


def _bitcast(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    source, target = element_type_of(op.operands[0].type), element_type_of(op.results[0].type)
    if isinstance(source, PtrType):
        return (operands[0],)
    return (decode(encode(operands[0], source).view(storage_dtype(target)), target),)


def _select(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    condition, lhs, rhs = operands
    chosen: Any = np.where(condition, lhs, rhs)
    return (chosen.astype(np.asarray(lhs).dtype, copy=False),)


# Program state and shapes


def _assert(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    if not np.all(operands[0]):
        message = op.properties["message"].data  # type: ignore[attr-defined]
        raise InterpretError(f"tt.assert: {message}", where=f"program {program.ids}")
    return ()


def _print(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    prefix = op.properties["prefix"].data  # type: ignore[attr-defined]
    program.printed.append(f"pid {program.ids}{prefix}{', '.join(str(value) for value in operands)}")
    return ()


def _make_range(program: _Program, op: Operation, operands: list[Value]) -> tuple[Value, ...]:
    start, end = (op.properties[name].value.data for name in ("start", "end"))  # type: ignore[attr-defined]
    return (np.arange(start, end, dtype=np.int32),)


def _axis_value(op: Operation, values: Sequence[int]) -> tuple[Value, ...]:
    return (np.asarray(values[op.properties["axis"].value.data], np.int32),)  # type: ignore[attr-defined]


def _order(op: Operation) -> list[int]:
    return [int(dim) for dim in op.properties["order"].get_values()]  # type: ignore[attr-defined]


def _result_shape(op: Operation) -> tuple[int, ...]:
    return shape_of(op.results[0].type)


_HANDLERS: dict[str, Handler] = {
    "arith.constant": _constant,
    "arith.select": _select,
    "tt.addptr": _addptr,
    "tt.assert": _assert,
    "tt.atomic_cas": _atomic_cas,
    "tt.atomic_rmw": _atomic_rmw,
    "tt.bitcast": _bitcast,
    "tt.broadcast": lambda _, op, args: (np.broadcast_to(args[0], _result_shape(op)),),
    "tt.cat": lambda _, op, args: (np.concatenate(args),),
    "tt.clampf": _clampf,
    "tt.descriptor_load": _descriptor_load,
    "tt.descriptor_reduce": _descriptor_reduce,
    "tt.descriptor_store": _descriptor_store,
    "tt.dot": _dot,
    "tt.elementwise_inline_asm": _inline_asm,
    "tt.expand_dims": lambda _, op, args: (args[0].reshape(_result_shape(op)),),
    "tt.extern_elementwise": _extern,
    "tt.fp_to_fp": _fp_to_fp,
    "tt.gather": _gather,
    "tt.get_num_programs": lambda program, op, _: _axis_value(op, program.grid),
    "tt.get_program_id": lambda program, op, _: _axis_value(op, program.ids),
    "tt.histogram": _histogram,
    "tt.int_to_ptr": lambda _, op, args: (args[0],),
    "tt.join": lambda _, op, args: (np.stack(args, axis=-1),),
    "tt.load": _load,
    "tt.make_range": _make_range,
    "tt.make_tensor_descriptor": _make_descriptor,
    "tt.mulhiui": _mulhiui,
    "tt.precise_divf": lambda _, op, args: (np.asarray(args[0] / args[1]),),
    "tt.precise_sqrt": lambda _, op, args: (np.sqrt(args[0]),),
    "tt.print": _print,
    "tt.ptr_to_int": lambda _, op, args: (args[0],),
    "tt.reduce": _reduce,
    "tt.reshape": lambda _, op, args: (args[0].reshape(_result_shape(op)),),
    "tt.scan": _scan,
    "tt.splat": lambda _, op, args: (np.broadcast_to(args[0], _result_shape(op)),),
    "tt.split": lambda _, op, args: (args[0][..., 0], args[0][..., 1]),
    "tt.store": _store,
    "tt.trans": lambda _, op, args: (np.transpose(args[0], _order(op)),),
    "tt.unsplat": lambda _, op, args: (args[0].reshape(()),),
}
