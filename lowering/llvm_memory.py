"""How the memory ops of the `cpu` dialect become LLVM instructions: a table from op name to function."""

from __future__ import annotations

from collections.abc import Callable

from xdsl.ir import Operation

from fxopt.dialects.cpu.ops import AllocaOp, AtomicRMWOp, GatherOp, LoadOp, ScatterOp, StoreOp
from fxopt.ir.errors import PassError
from fxopt.lowering.llvm_arith import Emit, combine
from fxopt.lowering.llvm_convert import extend_float, truncate_float
from fxopt.lowering.llvm_scope import Scope, convert_type
from fxopt.lowering.llvm_text import HALVES, I64, FunctionWriter, LType, Reg, ltype


def storage_type(type_: LType) -> LType:
    """The type in memory: an `i1` takes a byte."""
    return type_.with_kind("i8") if type_.kind == "i1" else type_


def _align(type_: LType) -> int:
    return type_.bits // 8


def _address(w: FunctionWriter, ptr: Reg, index: Reg, element: LType) -> Reg:
    """`ptr + index` elements; a vector of addresses for a vector of indices."""
    if index.text == "0":
        return ptr
    result = ltype("ptr", index.type.lanes)
    return w.emit(f"getelementptr {ltype(element.kind)}, {ptr.typed}, {index.typed}", result)


def _from_storage(w: FunctionWriter, value: Reg, type_: LType) -> Reg:
    return w.icmp("ne", value, 0) if type_.kind == "i1" else value


def _to_storage(w: FunctionWriter, value: Reg) -> Reg:
    return w.cast("zext", value, "i8") if value.type.kind == "i1" else value


def _zero(w: FunctionWriter, type_: LType) -> Reg:
    return Reg(w, "zeroinitializer", type_)


def _load(s: Scope, op: Operation) -> None:
    assert isinstance(op, LoadOp)
    w, type_ = s.w, s.result_type(op)
    stored = storage_type(type_)
    address = _address(w, s.value(op.ptr), s.value(op.index), stored)
    if op.mask is None:
        loaded = w.emit(f"load {stored}, {address.typed}, align {_align(stored)}", stored)
    elif type_.lanes:
        other = _passthru(s, op.passthru, stored)
        loaded = _masked(w, f"llvm.masked.load.{stored.mangled}.p0", address, s.value(op.mask), other)
    else:
        loaded = _load_if(s, op, address, stored)
    s.define(op, _from_storage(w, loaded, type_))


def _passthru(s: Scope, value: object, stored: LType) -> Reg:
    if value is None:
        return _zero(s.w, stored)
    return _to_storage(s.w, s.value(value))  # type: ignore[arg-type]


def _masked(w: FunctionWriter, name: str, address: Reg, mask: Reg, other: Reg) -> Reg:
    """A masked load or gather, in the form with an alignment operand that every LLVM since 15 reads."""
    return w.call(name, other.type, address, w.const(_align(other.type), ltype("i32")), mask, other)


def _masked_store(w: FunctionWriter, name: str, value: Reg, address: Reg, mask: Reg) -> None:
    """A masked store or scatter, likewise."""
    args = [value, address, w.const(_align(value.type), ltype("i32")), mask]
    w.module.declare(name, "void", [arg.type.text for arg in args])
    w.line(f"call void @{name}({', '.join(arg.typed for arg in args)})")


def _load_if(s: Scope, op: LoadOp, address: Reg, stored: LType) -> Reg:
    """A scalar load under a condition, as a branch."""
    w = s.w
    other = _passthru(s, op.passthru, stored) if op.passthru is not None else w.const(0, stored)
    then, end = w.labels("load.then", "load.end")
    before = w.block
    w.branch_if(s.value(op.mask), then, end)  # type: ignore[arg-type]
    w.start_block(then)
    loaded = w.emit(f"load {stored}, {address.typed}, align {_align(stored)}", stored)
    w.branch(end)
    w.start_block(end)
    return w.emit(f"phi {stored} [ {loaded}, %{then} ], [ {other}, %{before} ]", stored)


def _store(s: Scope, op: Operation) -> None:
    assert isinstance(op, StoreOp)
    w = s.w
    value = _to_storage(w, s.value(op.value))
    type_ = value.type
    address = _address(w, s.value(op.ptr), s.value(op.index), type_)
    if op.nontemporal is not None:
        align = type_.bits * max(type_.lanes, 1) // 8
        w.line(f"store {value.typed}, {address.typed}, align {align}, !nontemporal !0")
    elif op.mask is None:
        w.line(f"store {value.typed}, {address.typed}, align {_align(type_)}")
    elif type_.lanes:
        _masked_store(w, f"llvm.masked.store.{type_.mangled}.p0", value, address, s.value(op.mask))
    else:
        then, end = w.labels("store.then", "store.end")
        w.branch_if(s.value(op.mask), then, end)
        w.start_block(then)
        w.line(f"store {value.typed}, {address.typed}, align {_align(type_)}")
        w.branch(end)
        w.start_block(end)


def _true_mask(w: FunctionWriter, lanes: int) -> Reg:
    return w.const(1, ltype("i1", lanes))


def _gather(s: Scope, op: Operation) -> None:
    assert isinstance(op, GatherOp)
    w, type_ = s.w, s.result_type(op)
    stored = storage_type(type_)
    index = w.cast("sext", s.value(op.index), "i64")
    mask = _true_mask(w, type_.lanes) if op.mask is None else s.value(op.mask)
    addresses = _address(w, s.value(op.ptr), index, stored)
    name = f"llvm.masked.gather.{stored.mangled}.{addresses.type.mangled}"
    loaded = _masked(w, name, addresses, mask, _passthru(s, op.passthru, stored))
    s.define(op, _from_storage(w, loaded, type_))


def _scatter(s: Scope, op: Operation) -> None:
    assert isinstance(op, ScatterOp)
    w = s.w
    value = _to_storage(w, s.value(op.value))
    index = w.cast("sext", s.value(op.index), "i64")
    mask = _true_mask(w, value.type.lanes) if op.mask is None else s.value(op.mask)
    addresses = _address(w, s.value(op.ptr), index, value.type)
    _masked_store(w, f"llvm.masked.scatter.{value.type.mangled}.{addresses.type.mangled}", value, addresses, mask)


def _alloca(s: Scope, op: Operation) -> None:
    assert isinstance(op, AllocaOp)
    element = storage_type(convert_type(op.element_type))
    s.define(op, s.w.alloca(element.text, 64, op.count.value.data))


# Atomics ---------------------------------------------------------------------------------------------------

_ATOMIC_INT = {"add": "add", "and": "and", "or": "or", "xor": "xor"}
_ATOMIC_FLOAT_REDUCTION = {"add": "add", "mul": "mul", "min": "minimumf", "max": "maximumf"}


def _atomic_rmw(s: Scope, op: Operation) -> None:
    """One lane after the other; most atomics meet in the same cache line, so lanes could not run in parallel anyway."""
    assert isinstance(op, AtomicRMWOp)
    w = s.w
    value, index = _to_storage(w, s.value(op.value)), w.cast("sext", s.value(op.index), "i64")
    ptr, kind, unsigned = s.value(op.ptr), op.kind.data, op.unsigned is not None
    mask = None if op.mask is None else s.value(op.mask)
    if value.type.lanes:
        mask = mask or w.const(1, value.type.with_kind("i1"))
        _for_each_lane(
            w, mask, [value, index], lambda v, i: _atomic_update(w, kind, v, _address(w, ptr, i, v.type), unsigned)
        )
        return
    end = ""
    if mask is not None:
        then, end = w.labels("atomic.then", "atomic.end")
        w.branch_if(mask, then, end)
        w.start_block(then)
    _atomic_update(w, kind, value, _address(w, ptr, index, value.type), unsigned)
    if end:
        w.branch(end)
        w.start_block(end)


def _for_each_lane(w: FunctionWriter, mask: Reg, vectors: list[Reg], body: Callable[..., None]) -> None:
    """Runs `body` on the elements of each lane that is set in `mask`, lowest first: a loop over the set bits."""
    bits = I64 if mask.type.lanes > 32 else ltype("i32")
    head, lane_body, end = w.labels("lanes.head", "lanes.body", "lanes.end")
    slots = [w.alloca(vector.type.text, 64) for vector in vectors]
    for vector, slot in zip(vectors, slots, strict=True):
        w.line(f"store {vector.typed}, {slot.typed}, align 64")
    packed = w.emit(f"bitcast {mask.typed} to i{mask.type.lanes}", ltype("i1"))
    if mask.type.lanes < bits.bits:
        first = w.emit(f"zext i{mask.type.lanes} {packed} to {bits}", bits)
    else:
        first = Reg(w, packed.text, bits)
    before = w.block
    w.branch(head)
    w.start_block(head)
    left, rest = Reg(w, w.fresh(), bits), Reg(w, w.fresh(), bits)
    phi_line = len(w.lines)
    w.line(f"{left} = phi {bits} [ {first}, %{before} ]")
    w.branch_if(w.icmp("ne", left, 0), lane_body, end)
    w.start_block(lane_body)
    lane = w.call(f"llvm.cttz.{bits.mangled}", bits, left, Reg(w, "true", ltype("i1")))
    lane = w.cast("zext", lane, "i64")
    elements = []
    for vector, slot in zip(vectors, slots, strict=True):
        scalar = ltype(vector.type.kind)
        address = _address(w, slot, lane, scalar)
        elements.append(w.emit(f"load {scalar}, {address.typed}, align {_align(scalar)}", scalar))
    body(*elements)
    w.line(f"{rest} = and {left.typed}, {left - 1}")
    w.lines[phi_line] += f", [ {rest}, %{w.block} ]"
    w.branch(head)
    w.start_block(end)


def _atomic_update(w: FunctionWriter, kind: str, value: Reg, address: Reg, unsigned: bool) -> None:
    type_ = value.type
    if type_.is_float and kind not in _ATOMIC_FLOAT_REDUCTION:
        raise PassError(f"cpu.atomic_rmw: {kind} is not defined on floats", got=type_)
    if type_.is_float or kind == "mul":
        _compare_exchange_loop(w, kind, value, address)
        return
    name = _ATOMIC_INT.get(kind) or ("u" * unsigned) + kind
    w.emit(f"atomicrmw {name} {address.typed}, {value.typed} monotonic, align {_align(type_)}", type_)


def _compare_exchange_loop(w: FunctionWriter, kind: str, value: Reg, address: Reg) -> None:
    """Loads, combines and tries to exchange until no other thread came between."""
    type_ = value.type
    bits = ltype(f"i{type_.bits}")
    loop, end = w.labels("atomic.loop", "atomic.done")
    first = w.emit(f"load atomic {bits}, {address.typed} monotonic, align {_align(type_)}", bits)
    before = w.block
    w.branch(loop)
    w.start_block(loop)
    seen_name, pair_name = w.fresh(), w.fresh()
    w.line(f"{seen_name} = phi {bits} [ {first}, %{before} ], [ {pair_name}.old, %{loop} ]")
    seen = Reg(w, seen_name, bits)
    old = Reg(w, w.cast("bitcast", seen, type_.kind).text, type_)
    new = w.cast("bitcast", _combined(w, kind, old, value), bits.kind)
    w.line(
        f"{pair_name} = cmpxchg weak {address.typed}, {seen.typed}, {bits} {new} monotonic monotonic, "
        f"align {_align(type_)}"
    )
    w.line(f"{pair_name}.old = extractvalue {{ {bits}, i1 }} {pair_name}, 0")
    done = w.emit(f"extractvalue {{ {bits}, i1 }} {pair_name}, 1", ltype("i1"))
    w.branch_if(done, end, loop)
    w.start_block(end)


def _combined(w: FunctionWriter, kind: str, old: Reg, value: Reg) -> Reg:
    if not value.type.is_float:
        return w.binary("mul", old, value)
    name, half = _ATOMIC_FLOAT_REDUCTION[kind], value.type.kind
    if half not in HALVES:
        return combine(w, name, old, value)
    return truncate_float(w, combine(w, name, extend_float(w, old, "f32"), extend_float(w, value, "f32")), half)


TABLE: dict[str, Emit] = {
    "cpu.alloca": _alloca,
    "cpu.atomic_rmw": _atomic_rmw,
    "cpu.gather": _gather,
    "cpu.load": _load,
    "cpu.scatter": _scatter,
    "cpu.store": _store,
}
