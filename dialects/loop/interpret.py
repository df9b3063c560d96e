"""Reference interpreter of the `loop` dialect, in numpy: slow to trust nothing, and it checks what it runs.

A tensor is its storage: a flat array of elements from the data pointer on, which the type's sizes and strides read.
A nest is evaluated for its whole domain at once; a value of its body is an array that broadcasts to the parallel and
reduced extents, with size 1 along the dims that it does not vary over. What a back end would get silently wrong is an
error here: accesses out of bounds, reads of elements never written, outputs left unwritten, two points of the domain
that store different values to one address.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Attribute, Operation, SSAValue

from fxopt.dialects.fx.ops import GetItemOp, ReturnOp
from fxopt.dialects.loop.interpret_reduce import REDUCTIONS, SCANS
from fxopt.dialects.loop.interpret_scalar import (
    Array,
    decode_bf16,
    encode_bf16,
    evaluate_scalar,
    numpy_dtype,
    unsigned,
)
from fxopt.dialects.loop.ops import (
    CheckOp,
    IndexOp,
    KernelOp,
    LaunchOp,
    LoadOp,
    NestLike,
    NestOp,
    ReduceOp,
    ScalarOp,
    ScanOp,
    StoreOp,
    ViewOp,
)
from fxopt.ir.errors import FxOptError
from fxopt.ir.fx_args import Ref, Special
from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import Atom, IntExpr, evaluate, free_vars
from fxopt.ir.types import SymType, TensorType

Externs: TypeAlias = Callable[[FxCallOp, list[Any]], Any]
"""Runs a call that is no kernel: the op and its operands' values; gives the result, a tuple for a tuple type."""


class InterpretError(FxOptError):
    """The IR does something that no program may do, or that the interpreter does not know."""


class Buffer:
    """Storage of a tensor. `written` marks the elements that hold a value; `None` where all do."""

    __slots__ = ("data", "written")

    def __init__(self, data: Array, written: Array | None = None) -> None:
        self.data = data
        self.written = written

    @staticmethod
    def undefined(elems: int, dtype: str) -> Buffer:
        """Storage that nothing has been written to, filled with a pattern that shows."""
        data: Array = np.full(elems * storage_dtype(dtype).itemsize, 0xAB, np.uint8)
        return Buffer(data.view(storage_dtype(dtype)), np.zeros(elems, np.bool_))

    def copy(self) -> Buffer:
        return Buffer(self.data.copy(), None if self.written is None else self.written.copy())


_STORAGE = {"bool": "bool", "bf16": "uint16", "f16": "float16", "f32": "float32", "f64": "float64"}
_STORAGE |= {
    f"{kind}{bits}": f"{name}{bits}" for kind, name in (("i", "int"), ("u", "uint")) for bits in (8, 16, 32, 64)
}
_STORAGE |= {"c32": "uint32", "c64": "complex64", "c128": "complex128"}


def storage_dtype(dtype: str) -> np.dtype[Any]:
    """The numpy dtype that holds elements of `dtype`: bf16 as uint16 bits, float8 as uint8 bits."""
    return np.dtype(_STORAGE.get(dtype, "uint8"))


def to_storage(values: Array, type: TensorType, symbols: Mapping[str, int] | None = None) -> Array:
    """Flat storage with the type's strides that holds the n-dimensional `values`; elements in gaps are zero."""
    values = np.asarray(values)
    if type.dtype == "bf16" and values.dtype.kind == "f":
        values = encode_bf16(values)
    storage = np.zeros(evaluate(type.storage_elems(), symbols or {}), storage_dtype(type.dtype))
    from_storage(storage, type, symbols, decode=False)[...] = values
    return storage


def from_storage(
    storage: Array, type: TensorType, symbols: Mapping[str, int] | None = None, *, decode: bool = True
) -> Array:
    """The tensor in flat `storage` as an n-dimensional view; bf16 is decoded to a float32 copy."""
    known = symbols or {}
    sizes = [evaluate(size, known) for size in type.sizes]
    strides = [evaluate(stride, known) * storage.itemsize for stride in type.strides]
    view = as_strided(storage, sizes, strides)
    return decode_bf16(view) if decode and type.dtype == "bf16" else view


def run_function(
    function: func.FuncOp,
    args: Sequence[Any],
    *,
    symbols: Mapping[str, int] | None = None,
    externs: Externs | None = None,
) -> list[Any]:
    """Runs a host function of `loop.nest`, `loop.launch`, `loop.view`, `loop.extern` and `fx.*`.

    Tensors are passed and returned as flat storage (see `to_storage`), sizes as ints, which also bind the size symbols
    that they are. `externs` runs `loop.extern` and every other call. Returns the items of `fx.return`'s structure.
    """
    return _HostRun(function, dict(symbols or {}), externs).run(args)


def run_nest(nest: NestLike, inputs: Sequence[Any], symbols: Mapping[str, int] | None = None) -> list[Array]:
    """The outputs' storage of one `loop.nest` or `loop.kernel` on flat input storage and scalars."""
    values = [Buffer(np.asarray(v)) if isinstance(v, np.ndarray) else v for v in inputs]
    return [buffer.data for buffer in _run_nest(nest, values, dict(symbols or {}))]


class _HostRun:
    """One execution of a host function: SSA value → `Buffer`, int, float, tuple of these, or what an extern gave."""

    def __init__(self, function: func.FuncOp, symbols: dict[str, int], externs: Externs | None) -> None:
        self.function = function
        self.symbols = symbols
        self.externs = externs
        self.values: dict[SSAValue, Any] = {}

    def run(self, args: Sequence[Any]) -> list[Any]:
        block = self.function.body.block
        if len(args) != len(block.args):
            raise InterpretError(f"@{self.function.sym_name.data}: {len(args)} arguments for {len(block.args)}")
        for arg, value in zip(block.args, args, strict=True):
            self.bind(arg, _to_value(value))
        for op in block.ops:
            if isinstance(op, ReturnOp):
                result = op.template.args[0] if op.template.args else None
                return _as_list(self.resolve(op, result))
            for result, value in zip(op.results, self.run_op(op), strict=True):
                self.bind(result, value)
        raise InterpretError(f"@{self.function.sym_name.data}: the function has no fx.return")

    def bind(self, target: SSAValue, value: Any) -> None:
        if isinstance(target.type, TensorType) and isinstance(value, Buffer):
            self.check_storage(target.type, value)
        if isinstance(target.type, SymType) and isinstance(value, int) and not isinstance(target.type.expr, int | str):
            atom = target.type.expr.as_atom()
            if atom is not None and atom.kind == "var":
                self.symbols.setdefault(atom.name, value)
        self.values[target] = value

    def check_storage(self, type: TensorType, buffer: Buffer) -> None:
        needed = evaluate(type.storage_elems(), self.symbols)
        if buffer.data.ndim != 1 or buffer.data.size < needed or buffer.data.dtype != storage_dtype(type.dtype):
            raise InterpretError(
                f"storage of {type} does not fit",
                got=f"{buffer.data.dtype}, shape {list(buffer.data.shape)}",
                expected=f"{storage_dtype(type.dtype)}, at least [{needed}]",
            )

    def resolve(self, op: Operation, value: Any) -> Any:
        """A template with storage in place of references; lists and tuples become Python lists."""
        if isinstance(value, Ref):
            return _from_value(self.values[op.operands[value.index]])
        if isinstance(value, Special) and value.kind in ("tuple", "Size"):
            return [self.resolve(op, item) for item in value.args]
        if isinstance(value, Special) and value.kind == "dict":
            return {k: self.resolve(op, v) for k, v in zip(value.args[::2], value.args[1::2], strict=True)}
        return [self.resolve(op, item) for item in value] if isinstance(value, tuple) else value

    def run_op(self, op: Operation) -> Sequence[Any]:
        operands = [self.values[operand] for operand in op.operands]
        if isinstance(op, NestOp):
            return _run_nest(op, operands, self.symbols)
        if isinstance(op, LaunchOp):
            return _run_nest(self.kernel(op), operands, self.symbols)
        if isinstance(op, ViewOp):
            return [self.view(op, operands[0])]
        if isinstance(op, GetItemOp):
            return [operands[0][op.template.args[1]]]
        if len(op.results) == 1 and isinstance(kind := op.results[0].type, SymType) and not isinstance(kind.expr, str):
            if kind.kind == "int" and free_vars(kind.expr) <= self.symbols.keys():
                return [evaluate(kind.expr, self.symbols)]
        if isinstance(op, FxCallOp) and self.externs is not None:
            result = _to_value(self.externs(op, [_from_value(value) for value in operands]))
            return [result] if op.results else []
        raise InterpretError(f"{op.name}: no meaning without `externs`", got=str(op))

    def view(self, op: ViewOp, source: Buffer) -> Buffer:
        offset = evaluate(op.offset.data, self.symbols)
        result = op.result.type
        assert isinstance(result, TensorType)
        needed = evaluate(result.storage_elems(), self.symbols)
        if offset < 0 or (needed and offset + needed > source.data.size):
            raise InterpretError(
                f"loop.view: [{offset}, {offset + needed}) of {source.data.size} elements", got=str(op)
            )
        written = None if source.written is None else source.written[offset:]
        return Buffer(source.data[offset:].view(storage_dtype(result.dtype)), written)

    def kernel(self, op: LaunchOp) -> KernelOp:
        name = op.kernel.root_reference.data
        module = self.function.parent_op()
        for other in module.body.block.ops if isinstance(module, ModuleOp) else ():
            if isinstance(other, KernelOp) and other.sym_name.data == name:
                return other
        raise InterpretError(f"loop.launch: no loop.kernel @{name} in the module")


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _to_value(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return tuple(_to_value(item) for item in value)
    return Buffer(value) if isinstance(value, np.ndarray) else value


def _from_value(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_from_value(item) for item in value)
    return value.data if isinstance(value, Buffer) else value


def evaluate_index(expr: IntExpr, values: Mapping[str, Any]) -> Any:
    """`expr` with each variable an int or an int64 array; arrays broadcast."""
    if isinstance(expr, int):
        return np.asarray(expr, np.int64)
    total = np.asarray(expr.const, np.int64)
    for monomial, coeff in expr.terms:
        term = np.asarray(coeff, np.int64)
        for atom in monomial:
            term = term * _evaluate_atom(atom, values)
        total = total + term
    return total


_ATOMS = {"floordiv": np.floor_divide, "mod": np.mod, "max": np.maximum, "min": np.minimum}


def _evaluate_atom(atom: Atom, values: Mapping[str, Any]) -> Any:
    if atom.kind == "var":
        if atom.name not in values:
            raise InterpretError(f"size symbol {atom.name} has no value", got=f"symbols {sorted(values)}")
        return values[atom.name]
    args = [evaluate_index(arg, values) for arg in atom.args]
    if atom.kind in ("floordiv", "mod") and not np.all(args[1]):
        raise InterpretError(f"division by zero in {atom}")
    result = args[0]
    for arg in args[1:]:
        result = _ATOMS[atom.kind](result, arg)
    return result


def _run_nest(nest: NestLike, inputs: Sequence[Any], symbols: dict[str, int]) -> list[Buffer]:
    types = [arg.type for arg in nest.output_args]
    outputs = []
    for tensor, source in zip(types, nest.inits, strict=True):
        assert isinstance(tensor, TensorType)
        elems = evaluate(tensor.storage_elems(), symbols)
        if source >= 0:
            start: Buffer = inputs[source].copy()
            outputs.append(Buffer(start.data[:elems], None if start.written is None else start.written[:elems]))
        else:
            outputs.append(Buffer.undefined(elems, tensor.dtype))
    run = _NestRun(nest, symbols)
    for arg, value in zip((*nest.input_args, *nest.output_args), (*inputs, *outputs), strict=True):
        run.buffers[arg] = value
    with np.errstate(all="ignore"):
        run.run()
    for position, (tensor, output) in enumerate(zip(types, outputs, strict=True)):
        _check_written(nest, position, tensor, output, symbols)
    return outputs


def _check_written(nest: NestLike, position: int, type: Attribute, output: Buffer, symbols: dict[str, int]) -> None:
    """Every element of the tensor must hold a value; the gaps that its strides leave need not."""
    if output.written is None:
        return
    assert isinstance(type, TensorType)
    missing = ~from_storage(output.written, type, symbols, decode=False)
    if missing.any():
        where = [int(i) for i in np.argwhere(missing)[0]] if missing.ndim else []
        raise InterpretError(
            f"{nest.name}: output {position} is left unwritten at {int(missing.sum())} of {missing.size} elements",
            got=f"first at {where} of {type}",
        )


class _NestRun:
    """One evaluation of a body over its whole domain."""

    def __init__(self, nest: NestLike, symbols: dict[str, int]) -> None:
        self.nest = nest
        self.parallel = tuple(evaluate(n, symbols) for n in nest.domain.parallel)
        self.reduced = tuple(evaluate(n, symbols) for n in nest.domain.reduced)
        self.rank = len(self.parallel) + len(self.reduced)
        self.index_values: dict[str, Any] = {**symbols, **self.dim_values()}
        self.buffers: dict[SSAValue, Any] = {}
        self.values: dict[SSAValue, Array] = {}

    def dim_values(self) -> dict[str, Array]:
        """Each dim's positions, shaped to broadcast. With an empty reduced domain nothing that varies over r exists."""
        extents = (*self.parallel, *self.reduced)
        names = self.nest.domain.dims()
        result = {}
        for axis, (name, extent) in enumerate(zip(names, extents, strict=True)):
            shape = [1] * self.rank
            shape[axis] = extent
            positions: Array = np.arange(extent, dtype=np.int64).reshape(shape)
            if name[0] == "r" and 0 in self.reduced:
                positions = np.zeros([1] * len(self.parallel) + [0] * len(self.reduced), np.int64)
            result[name] = positions
        return result

    def run(self) -> None:
        if 0 in self.parallel:
            return
        for op in self.nest.block.ops:
            if isinstance(op, LoadOp):
                self.values[op.result] = self.load(op)
            elif isinstance(op, StoreOp):
                self.store(op)
            elif isinstance(op, IndexOp):
                self.values[op.result] = self.index(op.index.data, op.indirect)
            elif isinstance(op, ScalarOp):
                self.values[op.result] = np.asarray(self.buffers[op.source], numpy_dtype(op.result.type))
            elif isinstance(op, ReduceOp | ScanOp):
                self.over_reduced(op)
            elif isinstance(op, CheckOp):
                if not self.values[op.condition].all():
                    raise IndexError(op.message.data)
            else:
                self.scalar(op)

    def scalar(self, op: Operation) -> None:
        results = evaluate_scalar(op, [self.values[operand] for operand in op.operands])
        if results is None:
            raise InterpretError(f"{op.name}: not an operation of a nest's body that the interpreter knows")
        for result, value in zip(op.results, results, strict=True):
            self.values[result] = value

    def index(self, expr: IntExpr, indirect: Sequence[SSAValue]) -> Array:
        values = self.index_values
        if indirect:
            values = {**values, **{f"i{k}": self.values[value] for k, value in enumerate(indirect)}}
        result: Array = evaluate_index(expr, values)
        return result

    def full_rank(self, value: Array) -> Array:
        return value if value.ndim == self.rank else value.reshape((1,) * self.rank)

    def check_bounds(self, op: Operation, address: Array, size: int) -> None:
        if address.size and (address.min() < 0 or address.max() >= size):
            bad = address.min() if address.min() < 0 else address.max()
            raise InterpretError(f"{op.name}: address {bad} is outside of the {size} elements", got=str(op).strip())

    def load(self, op: LoadOp) -> Array:
        buffer: Buffer = self.buffers[op.buffer]
        address = self.index(op.index.data, op.indirect)
        if op.mask is None:
            self.check_readable(op, buffer, address)
            return _decode(np.asarray(buffer.data[address]), op.buffer.type)
        assert op.other is not None
        mask, address, other = np.broadcast_arrays(self.values[op.mask], address, self.values[op.other])
        active = address[mask]
        self.check_readable(op, buffer, active)
        result = other.copy()
        result[mask] = _decode(buffer.data[active], op.buffer.type)
        return result

    def check_readable(self, op: Operation, buffer: Buffer, address: Array) -> None:
        self.check_bounds(op, address, buffer.data.size)
        if buffer.written is not None and not buffer.written[address].all():
            raise InterpretError(f"{op.name}: reads elements that were never written", got=str(op).strip())

    def store(self, op: StoreOp) -> None:
        parts = [self.values[op.value], self.index(op.index.data, op.indirect)]
        if op.mask is not None:
            parts.append(self.values[op.mask])
        # Every parallel point stores; the reduced dims count only as far as something varies over them.
        parts = [self.full_rank(part) for part in parts]
        parts.append(np.empty((*self.parallel, *(1,) * len(self.reduced)), np.bool_))
        value, address, *masks = np.broadcast_arrays(*parts)
        if op.mask is not None:
            value, address = value[masks[0]], address[masks[0]]
        value, address = value.reshape(-1), address.reshape(-1)
        buffer: Buffer = self.buffers[op.buffer]
        self.check_bounds(op, address, buffer.data.size)
        if op.mode != "set":
            self.check_readable(op, buffer, address)
            value = _combined(op.mode, buffer.data, address, value, op.buffer.type)
        encoded = _encode(value, op.buffer.type)
        buffer.data[address] = encoded
        if buffer.written is not None:
            buffer.written[address] = True
        if op.mode == "set" and not op.indirect:
            self.check_race(op, buffer.data[address], encoded)

    def check_race(self, op: StoreOp, stored: Array, wanted: Array) -> None:
        """Without indirect indices two points may only store the same value to one address."""
        if stored.tobytes() != np.ascontiguousarray(wanted).tobytes():
            raise InterpretError("loop.store: points of the domain store different values to one element", got=str(op))

    def over_reduced(self, op: ReduceOp | ScanOp) -> None:
        value = self.full_rank(self.values[op.operand])
        outer = len(self.parallel)
        shape = (*value.shape[:outer], *self.reduced)
        value = np.broadcast_to(value, shape) if value.size else np.empty(shape, value.dtype)
        rules = REDUCTIONS if isinstance(op, ReduceOp) else SCANS
        flat = value.reshape((*value.shape[:outer], math.prod(self.reduced)))
        if "unsigned" in op.attributes:
            flat = unsigned(flat)
        for result, array in zip(op.results, rules[op.kind](flat), strict=True):
            if array.dtype.kind == "u":
                array = array.view(value.dtype)
            inner = self.reduced if isinstance(op, ScanOp) else (1,) * len(self.reduced)
            self.values[result] = array.reshape((*value.shape[:outer], *inner))


_COMBINE: dict[str, np.ufunc] = {"add": np.add, "mul": np.multiply, "max": np.maximum, "min": np.minimum}


def _combined(mode: str, data: Array, address: Array, value: Array, type: Attribute) -> Array:
    """What the addressed elements become when every value is combined into them, one after another."""
    ufunc = _COMBINE[mode]
    assert isinstance(type, TensorType)
    if type.dtype != "bf16":  # unsigned integers compare as such
        value = _encode(value, type)
        everything = data.copy()
    else:
        everything = decode_bf16(data)
    ufunc.at(everything, address, value)
    combined = everything[address]
    return combined.view(f"i{combined.dtype.itemsize}") if combined.dtype.kind == "u" else combined


def _decode(data: Array, type: Attribute) -> Array:
    """Stored elements as values of a body."""
    assert isinstance(type, TensorType)
    if type.dtype == "bf16":
        return decode_bf16(data)
    return data.view(f"i{data.dtype.itemsize}") if data.dtype.kind == "u" else data


def _encode(value: Array, type: Attribute) -> Array:
    """Values of a body as stored elements."""
    assert isinstance(type, TensorType)
    if type.dtype == "bf16":
        return encode_bf16(value)
    target = storage_dtype(type.dtype)
    return value.view(target) if target.kind == "u" else value
