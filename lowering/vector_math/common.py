"""Steps that the functions share: clamping, rounding to integers, scaling by powers of two, and logarithms in f64."""

from __future__ import annotations

from fxopt.lowering.llvm_text import F32, I64, PTR, FunctionWriter, Reg
from fxopt.lowering.vector_math.coefficients import ATANH_HEAD_F64, EXP2_HEAD_F64

LOG2_E = 1.4426950408889634
LN_2 = 0.6931471805599453
# ln 2 in two floats; the first has 10 significant bits, so that its product with an exponent is exact without an FMA.
LN_2_HIGH, LN_2_LOW = 0.693359375, -2.12194440054690581e-4
INFINITY = float("inf")
NAN = float("nan")


def clamp(w: FunctionWriter, x: Reg, low: float, high: float) -> Reg:
    """`x` in [low, high]; NaN stays."""
    x = w.select(w.fcmp("ogt", x, high), high, x)
    return w.select(w.fcmp("olt", x, low), low, x)


def round_to_int(w: FunctionWriter, x: Reg, factor: float) -> tuple[Reg, Reg]:
    """`x * factor` rounded to the nearest integer, as f32 and as i32; |x * factor| < 2**22.

    Adding 1.5 * 2**23 leaves the integer in the low mantissa bits.
    """
    magic = 12582912.0
    shifted = w.mad(x, factor, magic)
    return shifted - magic, w.bitcast(shifted, "i32") - 0x4B400000


def power_of_two(w: FunctionWriter, n: Reg) -> Reg:
    """2**n as f32, for -126 <= n <= 127."""
    return w.bitcast((n + 127) << 23, "f32")


def scale(w: FunctionWriter, x: Reg, n: Reg) -> Reg:
    """`x * 2**n` with one rounding, for |n| <= 252: overflow and denormals included."""
    if w.target.isa == "avx512":
        name = f"llvm.ldexp.{x.type.mangled}.{n.type.mangled}"
        return w.call(name, x.type, x, n)
    half = n.ashr(1)
    return x * power_of_two(w, half) * power_of_two(w, n - half)


def exp_reduced(w: FunctionWriter, x: Reg) -> tuple[Reg, Reg]:
    """`r` and `n` with e**x = e**r * 2**n and |r| <= ln(2) / 2."""
    n, n_int = round_to_int(w, x, LOG2_E)
    r = w.mad(n, -LN_2_HIGH, x)
    return w.mad(n, -LN_2_LOW, r), n_int


def widen(w: FunctionWriter, x: Reg) -> Reg:
    """f32 to f64."""
    return w.cast("fpext", x, "f64")


def narrow(w: FunctionWriter, x: Reg) -> Reg:
    """f64 to f32, in one rounding."""
    return w.cast("fptrunc", x, "f32")


def log_f64(w: FunctionWriter, x: Reg, base_2: bool = False) -> Reg:
    """Natural (or binary) logarithm of a positive normal f64, to about 2**-44 relative.

    `e ln 2 + 2 atanh((m - 1) / (m + 1))` with the mantissa m in [sqrt(1/2), sqrt(2)).
    """
    sqrt_half = 0x3FE6A09E667F3BCD
    offset = w.bitcast(x, "i64") - sqrt_half
    exponent = offset.ashr(52)
    mantissa = w.bitcast((offset & 0xFFFFFFFFFFFFF) + sqrt_half, "f64")
    s = (mantissa - 1.0) / (mantissa + 1.0)
    double_atanh = (s + s) * w.horner(s * s, ATANH_HEAD_F64)
    # The exponent fits 32 bits, and conversions from i32 are everywhere fast.
    e = w.cast("sitofp", w.cast("trunc", exponent, "i32"), "f64")
    if base_2:
        return w.mad(double_atanh, LOG2_E, e)
    return w.mad(e, LN_2, double_atanh)


def exp2_f64(w: FunctionWriter, x: Reg) -> Reg:
    """2**x to about 2**-45 relative, for x clamped to [-1000, 1000]; NaN stays."""
    x = clamp(w, x, -1000.0, 1000.0)
    magic = 6755399441055744.0
    shifted = x + magic
    r = x - (shifted - magic)
    exponent = w.bitcast(shifted, "i64") << 52
    p = w.mad(r, w.horner(r, EXP2_HEAD_F64), 1.0)
    return w.bitcast(w.bitcast(p, "i64") + exponent, "f64")


def or_libm(w: FunctionWriter, name: str, args: list[Reg], fast: Reg, unfit: Reg) -> Reg:
    """`fast`, or libm's `name` for all lanes when any lane is `unfit` for the fast path."""
    slow_block, end = w.labels("slow", "end")
    before = w.block
    w.branch_if(w.any_lane(unfit), slow_block, end, ", !prof !2")
    w.start_block(slow_block)
    type_ = fast.type
    symbol = f"fxopt.{name}.slow.{type_.mangled}"
    w.module.define(symbol, lambda: _lane_by_lane(w, symbol, name, args))
    slow = w.emit(f"call {type_} @{symbol}({', '.join(arg.typed for arg in args)})", type_)
    w.branch(end)
    w.start_block(end)
    return w.emit(f"phi {type_} [ {fast}, %{before} ], [ {slow}, %{slow_block} ]", type_)


def _lane_by_lane(w: FunctionWriter, symbol: str, name: str, args: list[Reg]) -> str:
    """A loop over the lanes, in a function of its own: the calls do not take registers from the fast path."""
    type_ = args[0].type
    params = [Reg(w, f"%x{i}", type_) for i in range(len(args))]
    header = f"define internal {type_} @{symbol}({', '.join(p.typed for p in params)}) noinline cold #0"
    inner = FunctionWriter(w.module, header)
    if not type_.lanes:
        inner.line(f"ret {inner.call(name + 'f', F32, *params).typed}")
        return inner.finish()
    slots = [inner.alloca(type_.text, 64) for _ in range(len(args) + 1)]
    for param, slot in zip(params, slots, strict=False):
        inner.line(f"store {param.typed}, {slot.typed}, align 64")
    loop, end = inner.labels("lane", "end")
    inner.branch(loop)
    inner.start_block(loop)
    lane = Reg(inner, "%lane", I64)
    inner.line(f"{lane} = phi i64 [ 0, %entry ], [ %next, %{loop} ]")
    places = [inner.emit(f"getelementptr float, {slot.typed}, {lane.typed}", PTR) for slot in slots]
    elements = [inner.emit(f"load float, {place.typed}, align 4", F32) for place in places[:-1]]
    inner.line(f"store {inner.call(name + 'f', F32, *elements).typed}, {places[-1].typed}, align 4")
    inner.line(f"%next = add {lane.typed}, 1")
    inner.branch_if(inner.icmp("eq", Reg(inner, "%next", I64), type_.lanes), end, loop)
    inner.start_block(end)
    inner.line(f"ret {inner.emit(f'load {type_}, {slots[-1].typed}, align 64', type_).typed}")
    return inner.finish()
