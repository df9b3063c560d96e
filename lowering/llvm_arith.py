"""How each op of `arith`, `math` and `vector` (without memory) becomes LLVM instructions: a table by op name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from xdsl.dialects.arith import CMPF_COMPARISON_OPERATIONS, CMPI_COMPARISON_OPERATIONS
from xdsl.dialects.builtin import DYNAMIC_INDEX, DenseIntOrFPElementsAttr
from xdsl.ir import Operation

from fxopt.ir.errors import PassError
from fxopt.lowering.llvm_convert import convert_float, extend_float, float_to_int, int_to_float, truncate_float
from fxopt.lowering.llvm_scope import Scope
from fxopt.lowering.llvm_text import HALVES, FunctionWriter, LType, Reg, float_literal, ltype
from fxopt.lowering.vector_math.library import call_math

Emit = Callable[[Scope, Operation], None]


def _in_f32(w: FunctionWriter, args: list[Reg], compute: Callable[[list[Reg]], Reg]) -> Reg:
    """Computes on f32 what is given in a 16-bit float, and rounds the result back."""
    kind = args[0].type.kind
    if kind not in HALVES:
        return compute(args)
    return truncate_float(w, compute([extend_float(w, arg, "f32") for arg in args]), kind)


# Floats ----------------------------------------------------------------------------------------------------


def _flags(op: Operation) -> str:
    """`contract`, unless the op carries its own fast-math flags."""
    fastmath = op.properties.get("fastmath") or op.attributes.get("fastmath")
    names = [flag.value for flag in fastmath.data] if fastmath is not None else []  # type: ignore[attr-defined]
    if len(names) == 7:
        return "fast "
    return " ".join(names or ["contract"]) + " "


def _float_binary(opcode: str) -> Emit:
    def emit(s: Scope, op: Operation) -> None:
        flags = _flags(op).rstrip()
        s.define(op, _in_f32(s.w, s.args(op), lambda a: s.w.binary(f"{opcode} {flags}", a[0], a[1])))

    return emit


def _own_flags(op: Operation) -> str:
    """The op's own fast-math flags; none where it has none."""
    fastmath = op.properties.get("fastmath")
    return _flags(op) if fastmath is not None and fastmath.data else ""  # type: ignore[attr-defined]


def _float_intrinsic(name: str) -> Emit:
    def emit(s: Scope, op: Operation) -> None:
        flags = _own_flags(op)
        s.define(op, _in_f32(s.w, s.args(op), lambda a: s.w.intrinsic(name, *a, flags=flags)))

    return emit


def _negf(s: Scope, op: Operation) -> None:
    x = s.arg(op, 0)
    if x.type.kind in HALVES:
        s.define(op, x.writer.binary("xor", x, Reg(s.w, s.w.const(-0x8000, x.type.with_kind("i16")).text, x.type)))
    else:
        s.define(op, -x)


def _absf(s: Scope, op: Operation) -> None:
    x = s.arg(op, 0)
    if x.type.kind in HALVES:
        s.define(op, x.writer.binary("and", x, Reg(s.w, s.w.const(0x7FFF, x.type.with_kind("i16")).text, x.type)))
    else:
        s.define(op, s.w.fabs(x))


def _cmpf(s: Scope, op: Operation) -> None:
    predicate = CMPF_COMPARISON_OPERATIONS[op.properties["predicate"].value.data]  # type: ignore[attr-defined]
    a, b = s.args(op)
    if a.type.kind in HALVES:
        a, b = extend_float(s.w, a, "f32"), extend_float(s.w, b, "f32")
    s.define(op, s.w.fcmp(predicate, a, b))


def _extf(s: Scope, op: Operation) -> None:
    s.define(op, convert_float(s.w, s.arg(op, 0), s.result_type(op).kind))


def _fma(fused: bool) -> Emit:
    def emit(s: Scope, op: Operation) -> None:
        compute = s.w.fma if fused else s.w.mad
        s.define(op, _in_f32(s.w, s.args(op), lambda a: compute(*a)))

    return emit


def _library(name: str) -> Emit:
    def emit(s: Scope, op: Operation) -> None:
        s.define(op, _in_f32(s.w, s.args(op), lambda a: call_math(s.w, name, a)))

    return emit


def _cpu_math(s: Scope, op: Operation) -> None:
    name = op.properties["fn"].data  # type: ignore[attr-defined]
    s.define(op, _in_f32(s.w, s.args(op), lambda a: call_math(s.w, name, a)))


def _powi(s: Scope, op: Operation) -> None:
    base, exponent = s.args(op)
    if base.type.is_float:
        power = int_to_float(s.w, exponent, "f32" if base.type.kind in HALVES else base.type.kind, signed=True)
        s.define(op, _in_f32(s.w, [base], lambda a: call_math(s.w, "pow", [a[0], power])))
    else:
        s.define(op, call_math(s.w, "ipow", [base, exponent]))


# Integers --------------------------------------------------------------------------------------------------


def _int_binary(opcode: str) -> Emit:
    def emit(s: Scope, op: Operation) -> None:
        a, b = s.args(op)
        s.define(op, s.w.binary(opcode, a, b))

    return emit


def _int_intrinsic(name: str) -> Emit:
    def emit(s: Scope, op: Operation) -> None:
        s.define(op, s.w.intrinsic(name, *s.args(op)))

    return emit


def _int_intrinsic_flag(name: str) -> Emit:
    """Intrinsics whose last operand says that zero (or INT_MIN) is poison: never."""

    def emit(s: Scope, op: Operation) -> None:
        s.define(op, s.w.intrinsic(name, s.arg(op, 0), Reg(s.w, "false", ltype("i1"))))

    return emit


def _cmpi(s: Scope, op: Operation) -> None:
    predicate = CMPI_COMPARISON_OPERATIONS[op.properties["predicate"].value.data]  # type: ignore[attr-defined]
    a, b = s.args(op)
    s.define(op, s.w.icmp(predicate, a, b))


def _divide(w: FunctionWriter, a: Reg, b: Reg, opcode: str) -> Reg:
    """`a <opcode> b`, total: a divisor of 0 counts as 1, and INT_MIN / -1 wraps; lanes behind a mask must not trap."""
    if _is_safe_divisor(b):
        return w.binary(opcode, a, b)
    safe = _nonzero(w, b)
    if opcode in ("sdiv", "srem"):
        minus_one = w.icmp("eq", safe, -1)
        safe = w.select(minus_one, 1, safe)
    if a.type.lanes and a.type.bits <= 32:
        result = _divide_through_f64(w, a, safe, opcode)
    else:
        result = w.binary(opcode, a, safe)
    if opcode == "sdiv":
        return w.select(minus_one, -a, result)
    return result


def _nonzero(w: FunctionWriter, b: Reg) -> Reg:
    """The divisor, with 1 in place of 0."""
    return b if _is_safe_divisor(b) else w.select(w.icmp("eq", b, 0), 1, b)


def _is_safe_divisor(b: Reg) -> bool:
    text = b.text.rstrip(")").rsplit(" ", 1)[-1]
    return not b.text.startswith("%") and text.lstrip("-").isdigit() and int(text) not in (0, -1)


def _divide_through_f64(w: FunctionWriter, a: Reg, b: Reg, opcode: str) -> Reg:
    """Vector division of at most 32 bits: f64 holds both exactly, and the truncated quotient is exact."""
    kind, signed = a.type.kind, opcode[0] == "s"
    cast, back = ("sitofp", "fptosi") if signed else ("uitofp", "fptoui")
    quotient = w.cast(back, w.cast(cast, a, "f64") / w.cast(cast, b, "f64"), kind)
    return quotient if opcode.endswith("div") else a - quotient * b


def _division(opcode: str) -> Emit:
    def emit(s: Scope, op: Operation) -> None:
        a, b = s.args(op)
        s.define(op, _divide(s.w, a, b, opcode))

    return emit


def _floor_division(step: int) -> Emit:
    """Rounds towards -inf (`step` -1) or +inf (`step` 1) from the quotient towards 0."""

    def emit(s: Scope, op: Operation) -> None:
        w, a, b = s.w, s.arg(op, 0), _nonzero(s.w, s.arg(op, 1))
        quotient = _divide(w, a, b, "sdiv")
        inexact = w.icmp("ne", quotient * b, a)
        opposite = w.icmp("slt", a ^ b, 0)
        adjust = inexact & (opposite if step < 0 else ~opposite)
        s.define(op, w.select(adjust, quotient + step, quotient))

    return emit


def _ceildivui(s: Scope, op: Operation) -> None:
    w, a, b = s.w, s.arg(op, 0), _nonzero(s.w, s.arg(op, 1))
    quotient = _divide(w, a, b, "udiv")
    s.define(op, quotient + w.cast("zext", w.icmp("ne", quotient * b, a), a.type.kind))


def _extended(opcode: str, extend: str) -> Emit:
    """`addui_extended`, `mului_extended`, `mulsi_extended`: in twice the width."""

    def emit(s: Scope, op: Operation) -> None:
        w, (a, b) = s.w, s.args(op)
        wide = f"i{a.type.bits * 2}"
        result = w.binary(opcode, w.cast(extend, a, wide), w.cast(extend, b, wide))
        s.values[op.results[0]] = w.cast("trunc", result, a.type.kind)
        high = result.lshr(a.type.bits)
        s.values[op.results[1]] = w.cast("trunc", high, "i1" if opcode == "add" else a.type.kind)

    return emit


# Conversions and constants ---------------------------------------------------------------------------------


def _constant(s: Scope, op: Operation) -> None:
    value, type_ = op.properties["value"], s.result_type(op)
    if not isinstance(value, DenseIntOrFPElementsAttr):
        s.define(op, s.w.const(value.value.data, type_))  # type: ignore[attr-defined]
        return
    elements = cast(Iterable[float], value.iter_values())
    values = [float(v) if type_.is_float else int(v) for v in elements]
    if len(set(values)) == 1 and not (type_.is_float and values[0] == 0):
        s.define(op, s.w.const(values[0], type_))
        return
    scalar = ltype(type_.kind)
    if type_.is_float:
        texts = [f"{scalar} {float_literal(v, type_.kind)}" for v in values]
    else:
        texts = [s.w.const(v, scalar).typed for v in values]
    s.define(op, Reg(s.w, f"<{', '.join(texts)}>", type_))


def _int_cast(opcode: str) -> Emit:
    def emit(s: Scope, op: Operation) -> None:
        s.define(op, s.w.cast(opcode, s.arg(op, 0), s.result_type(op).kind))

    return emit


def _index_cast(signed: bool) -> Emit:
    def emit(s: Scope, op: Operation) -> None:
        x, kind = s.arg(op, 0), s.result_type(op).kind
        bits = ltype(kind).bits
        opcode = "trunc" if bits < x.type.bits else "sext" if signed else "zext"
        s.define(op, s.w.cast(opcode, x, kind))

    return emit


def _float_to_int(signed: bool) -> Emit:
    def emit(s: Scope, op: Operation) -> None:
        s.define(op, float_to_int(s.w, s.arg(op, 0), s.result_type(op).kind, signed))

    return emit


def _int_to_float(signed: bool) -> Emit:
    def emit(s: Scope, op: Operation) -> None:
        s.define(op, int_to_float(s.w, s.arg(op, 0), s.result_type(op).kind, signed))

    return emit


def _bitcast(s: Scope, op: Operation) -> None:
    x, type_ = s.arg(op, 0), s.result_type(op)
    if x.type.text == type_.text:
        s.define(op, Reg(s.w, x.text, type_))
    else:
        s.define(op, s.w.emit(f"bitcast {x.typed} to {type_}", type_))


def _select(s: Scope, op: Operation) -> None:
    cond, then, otherwise = s.args(op)
    s.define(op, s.w.select(cond, then, otherwise))


# Vectors ---------------------------------------------------------------------------------------------------


def splat(w: FunctionWriter, x: Reg, type_: LType) -> Reg:
    """The scalar `x` in every lane; itself when `type_` is a scalar or `x` has its lanes already."""
    if not type_.lanes or x.type.lanes == type_.lanes:
        return x
    if x.type.lanes == 1:
        x = w.emit(f"extractelement {x.typed}, i64 0", ltype(x.type.kind))
    if not x.text.startswith("%"):
        return Reg(w, f"splat ({x.typed})", type_)
    first = w.emit(f"insertelement {type_} poison, {x.typed}, i64 0", type_)
    return w.emit(f"shufflevector {first.typed}, {type_} poison, <{type_.lanes} x i32> zeroinitializer", type_)


def step(w: FunctionWriter, type_: LType) -> Reg:
    """`0, 1, 2, …` as a literal."""
    scalar = ltype(type_.kind)
    texts = ", ".join(w.const(lane, scalar).typed for lane in range(type_.lanes))
    return Reg(w, f"<{texts}>", type_)


def _broadcast(s: Scope, op: Operation) -> None:
    s.define(op, splat(s.w, s.arg(op, 0), s.result_type(op)))


def _step(s: Scope, op: Operation) -> None:
    s.define(op, step(s.w, s.result_type(op)))


def _create_mask(s: Scope, op: Operation) -> None:
    """Lanes below `n`; compared in 32 bits after clamping, as 64-bit comparisons take twice the registers."""
    w, n, type_ = s.w, s.arg(op, 0), s.result_type(op)
    zero, lanes = w.const(0, n.type), w.const(type_.lanes, n.type)
    clamped = w.intrinsic("smin", w.intrinsic("smax", n, zero), lanes)
    kind = type_.with_kind("i32")
    s.define(op, w.icmp("slt", step(w, kind), splat(w, w.cast("trunc", clamped, "i32"), kind)))


def _position(s: Scope, op: Operation, first_dynamic: int) -> Reg:
    positions = op.properties["static_position"].get_values()  # type: ignore[attr-defined]
    if len(positions) != 1:
        raise PassError(f"{op.name}: vectors have one dim, got position {list(positions)}")
    if positions[0] == DYNAMIC_INDEX:
        return s.arg(op, first_dynamic)
    return s.w.const(positions[0], ltype("i64"))


def _extract(s: Scope, op: Operation) -> None:
    position = _position(s, op, 1)
    s.define(op, s.w.emit(f"extractelement {s.arg(op, 0).typed}, {position.typed}", s.result_type(op)))


def _insert(s: Scope, op: Operation) -> None:
    position, (source, dest) = _position(s, op, 2), (s.arg(op, 0), s.arg(op, 1))
    s.define(op, s.w.emit(f"insertelement {dest.typed}, {source.typed}, {position.typed}", dest.type))


def shuffle(w: FunctionWriter, a: Reg, b: Reg, mask: list[int]) -> Reg:
    """Lanes of `a` then `b` picked by `mask`; -1 is any value."""
    texts = ", ".join("i32 poison" if m < 0 else f"i32 {m}" for m in mask)
    type_ = ltype(a.type.kind, len(mask))
    return w.emit(f"shufflevector {a.typed}, {b.typed}, <{len(mask)} x i32> <{texts}>", type_)


def _shuffle(s: Scope, op: Operation) -> None:
    a, b = s.args(op)
    lanes = max(a.type.lanes, b.type.lanes)
    mask = [m + lanes - a.type.lanes if m >= a.type.lanes else m for m in op.properties["mask"].get_values()]  # type: ignore[attr-defined]
    pad = [*range(min(a.type.lanes, b.type.lanes)), *[-1] * (lanes - min(a.type.lanes, b.type.lanes))]
    a = shuffle(s.w, a, a, pad) if a.type.lanes < lanes else a
    b = shuffle(s.w, b, b, pad) if b.type.lanes < lanes else b
    s.define(op, shuffle(s.w, a, b, mask))


_COMBINE: dict[str, tuple[str, str]] = {  # kind -> (float form, integer form); a space marks an instruction
    "add": ("fadd ", "add "),
    "mul": ("fmul ", "mul "),
    "minsi": ("", "smin"),
    "maxsi": ("", "smax"),
    "minui": ("", "umin"),
    "maxui": ("", "umax"),
    "minnumf": ("minnum", ""),
    "maxnumf": ("maxnum", ""),
    "minimumf": ("minimum", ""),
    "maximumf": ("maximum", ""),
    "and": ("", "and "),
    "or": ("", "or "),
    "xor": ("", "xor "),
}


def combine(w: FunctionWriter, kind: str, a: Reg, b: Reg, flags: str = "") -> Reg:
    """`a <kind> b` for a kind of `vector.reduction`; `flags` are fast-math flags of intrinsics on floats."""
    form = _COMBINE[kind][0 if a.type.is_float else 1]
    if not form:
        raise PassError(f"vector.reduction: {kind} is not defined on {a.type}")
    return w.binary(form.strip(), a, b) if form.endswith(" ") else w.intrinsic(form, a, b, flags=flags)


_INT_REDUCTIONS = {"minsi": "smin", "maxsi": "smax", "minui": "umin", "maxui": "umax"}


def _reduction(s: Scope, op: Operation) -> None:
    kind = op.properties["kind"].data.value  # type: ignore[attr-defined]
    w, args = s.w, s.args(op)
    if args[0].type.is_float:
        s.define(op, _in_f32(w, args, lambda a: _reduce_tree(w, kind, a, _own_flags(op))))
        return
    x = args[0]
    name = f"llvm.vector.reduce.{_INT_REDUCTIONS.get(kind, kind)}.{x.type.mangled}"
    result = w.call(name, ltype(x.type.kind), x)
    s.define(op, combine(w, kind, result, args[1]) if len(args) > 1 else result)


def _reduce_tree(w: FunctionWriter, kind: str, args: list[Reg], flags: str) -> Reg:
    """Lane `l` with lane `l + n/2`, and so on down; odd lanes and the accumulator are combined last."""
    x, *rest = args
    scalar = ltype(x.type.kind)
    while x.type.lanes > 1:
        half, odd = divmod(x.type.lanes, 2)
        if odd:
            rest.append(w.emit(f"extractelement {x.typed}, i64 {x.type.lanes - 1}", scalar))
        low = shuffle(w, x, x, list(range(half)))
        high = shuffle(w, x, x, list(range(half, 2 * half)))
        x = combine(w, kind, low, high, flags)
    result = w.emit(f"extractelement {x.typed}, i64 0", scalar)
    for other in rest:
        result = combine(w, kind, result, other, flags)
    return result


_MATH_LIBRARY = (
    "acos acosh asin asinh atan atan2 atanh cbrt cos cosh erf exp exp2 expm1 "
    "log log10 log1p log2 rsqrt sin sinh tan tanh"
)

TABLE: dict[str, Emit] = {
    "arith.addf": _float_binary("fadd"),
    "arith.addi": _int_binary("add"),
    "arith.addui_extended": _extended("add", "zext"),
    "arith.andi": _int_binary("and"),
    "arith.bitcast": _bitcast,
    "arith.ceildivsi": _floor_division(1),
    "arith.ceildivui": _ceildivui,
    "arith.cmpf": _cmpf,
    "arith.cmpi": _cmpi,
    "arith.constant": _constant,
    "arith.divf": _float_binary("fdiv"),
    "arith.divsi": _division("sdiv"),
    "arith.divui": _division("udiv"),
    "arith.extf": _extf,
    "arith.extsi": _int_cast("sext"),
    "arith.extui": _int_cast("zext"),
    "arith.floordivsi": _floor_division(-1),
    "arith.fptosi": _float_to_int(True),
    "arith.fptoui": _float_to_int(False),
    "arith.index_cast": _index_cast(True),
    "arith.index_castui": _index_cast(False),
    "arith.maximumf": _float_intrinsic("maximum"),
    "arith.maxnumf": _float_intrinsic("maxnum"),
    "arith.maxsi": _int_intrinsic("smax"),
    "arith.maxui": _int_intrinsic("umax"),
    "arith.minimumf": _float_intrinsic("minimum"),
    "arith.minnumf": _float_intrinsic("minnum"),
    "arith.minsi": _int_intrinsic("smin"),
    "arith.minui": _int_intrinsic("umin"),
    "arith.mulf": _float_binary("fmul"),
    "arith.muli": _int_binary("mul"),
    "arith.mulsi_extended": _extended("mul", "sext"),
    "arith.mului_extended": _extended("mul", "zext"),
    "arith.negf": _negf,
    "arith.ori": _int_binary("or"),
    "arith.remsi": _division("srem"),
    "arith.remui": _division("urem"),
    "arith.select": _select,
    "arith.shli": _int_binary("shl"),
    "arith.shrsi": _int_binary("ashr"),
    "arith.shrui": _int_binary("lshr"),
    "arith.sitofp": _int_to_float(True),
    "arith.subf": _float_binary("fsub"),
    "arith.subi": _int_binary("sub"),
    "arith.truncf": _extf,
    "arith.trunci": _int_cast("trunc"),
    "arith.uitofp": _int_to_float(False),
    "arith.xori": _int_binary("xor"),
    "cpu.math": _cpu_math,
    "cpu.step": _step,
    "math.absf": _absf,
    "math.absi": _int_intrinsic_flag("abs"),
    "math.ceil": _float_intrinsic("ceil"),
    "math.copysign": _float_intrinsic("copysign"),
    "math.ctlz": _int_intrinsic_flag("ctlz"),
    "math.ctpop": _int_intrinsic("ctpop"),
    "math.cttz": _int_intrinsic_flag("cttz"),
    "math.floor": _float_intrinsic("floor"),
    "math.fma": _fma(True),
    "math.fpowi": _powi,
    "math.ipowi": _powi,
    "math.powf": _library("pow"),
    "math.round": _float_intrinsic("round"),
    "math.roundeven": _float_intrinsic("roundeven"),
    "math.sqrt": _float_intrinsic("sqrt"),
    "math.trunc": _float_intrinsic("trunc"),
    "vector.bitcast": _bitcast,
    "vector.broadcast": _broadcast,
    "vector.create_mask": _create_mask,
    "vector.extract": _extract,
    "vector.fma": _fma(False),
    "vector.insert": _insert,
    "vector.reduction": _reduction,
    "vector.shuffle": _shuffle,
    **{f"math.{name}": _library(name) for name in _MATH_LIBRARY.split()},
}
