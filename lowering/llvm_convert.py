"""Conversions between element types: bf16, and f16 where the target lacks instructions, by integer arithmetic."""

from __future__ import annotations

from fxopt.lowering.llvm_text import HALVES, FunctionWriter, Reg


def extend_float(w: FunctionWriter, x: Reg, kind: str) -> Reg:
    """`x` in the wider float `kind`, exactly."""
    if x.type.kind in HALVES:
        wide = _bf16_to_f32(w, x) if x.type.kind == "bf16" else _f16_to_f32(w, x)
        return extend_float(w, wide, kind)
    return x if x.type.kind == kind else w.cast("fpext", x, kind)


def truncate_float(w: FunctionWriter, x: Reg, kind: str) -> Reg:
    """`x` rounded to nearest even in `kind`. From f64 to a 16-bit float through f32, as C++ conversions of torch do."""
    if x.type.kind == kind:
        return x
    if x.type.kind == "f64":
        return truncate_float(w, w.cast("fptrunc", x, "f32"), kind)
    return _f32_to_bf16(w, x) if kind == "bf16" else _f32_to_f16(w, x)


def convert_float(w: FunctionWriter, x: Reg, kind: str) -> Reg:
    """`x` as another float type, whichever is wider."""
    if x.type.kind in HALVES and kind in HALVES and x.type.kind != kind:
        return truncate_float(w, extend_float(w, x, "f32"), kind)
    return extend_float(w, x, kind) if w.module and _width(kind) > x.type.bits else truncate_float(w, x, kind)


def _width(kind: str) -> int:
    return {"bf16": 16, "f16": 16, "f32": 32, "f64": 64}[kind]


def _bf16_to_f32(w: FunctionWriter, x: Reg) -> Reg:
    return w.bitcast(w.cast("zext", x, "i32") << 16, "f32")


def _f32_to_bf16(w: FunctionWriter, x: Reg) -> Reg:
    """Adds half an ulp (and the parity of the last kept bit) to the bits and drops them; NaNs become the quiet NaN.

    The AVX512_BF16 instruction is not used: it flushes denormals.
    """
    bits = w.bitcast(x, "i32")
    odd = bits.lshr(16) & 1
    rounded = (bits + odd + 0x7FFF).lshr(16)
    kept = w.select(w.fcmp("uno", x, x), 0x7FC0, rounded)
    return Reg(w, w.cast("trunc", kept, "i16").text, x.type.with_kind("bf16"))


def _f16_to_f32(w: FunctionWriter, x: Reg) -> Reg:
    if w.target.f16c:
        return w.cast("fpext", w.bitcast(x, "half"), "f32")
    # Shift exponent and mantissa into place and rebias by a multiplication, which normalises denormals as well.
    bits = w.cast("zext", x, "i32")
    magnitude = (bits & 0x7FFF) << 13
    scaled = w.bitcast(w.bitcast(magnitude, "f32") * 2.0**112, "i32")
    special = w.icmp("uge", magnitude, 0x7C00 << 13)
    result = w.select(special, magnitude | 0x7F800000, scaled)
    return w.bitcast(result | ((bits & 0x8000) << 16), "f32")


def _f32_to_f16(w: FunctionWriter, x: Reg) -> Reg:
    f16 = x.type.with_kind("f16")
    if w.target.f16c:
        return Reg(w, w.bitcast(w.cast("fptrunc", x, "half"), "i16").text, f16)
    bits = w.bitcast(x, "i32")
    sign = bits & -0x80000000
    magnitude = bits ^ sign
    # Normal results: rebias, add half an ulp less the parity, shift. What overflows carries into infinity.
    odd = magnitude.lshr(13) & 1
    normal = (magnitude + ((15 - 127) << 23) + 0xFFF + odd).lshr(13)
    # Denormal results: adding 0.5 lines the bits up and rounds them.
    aligned = w.bitcast(w.bitcast(magnitude, "f32") + 0.5, "i32") - 0x3F000000
    result = w.select(w.icmp("ult", magnitude, 113 << 23), aligned, normal)
    result = w.select(w.icmp("uge", magnitude, 0x47800000), 0x7C00, result)
    result = w.select(w.fcmp("uno", x, x), 0x7E00, result) | sign.lshr(16)
    return Reg(w, w.cast("trunc", result, "i16").text, f16)


def float_to_int(w: FunctionWriter, x: Reg, kind: str, signed: bool) -> Reg:
    """`x` towards zero. Narrow integers go through i32 and keep the low bits, as C++ on x86; never poison."""
    if x.type.kind in HALVES:
        x = extend_float(w, x, "f32")
    width = w.const(0, x.type.with_kind(kind)).type.bits
    opcode = "fptosi" if signed or width < 32 else "fptoui"
    wide = w.cast(opcode, x, kind if width >= 32 else "i32")
    frozen = w.emit(f"freeze {wide.typed}", wide.type)
    return frozen if width >= 32 else w.cast("trunc", frozen, kind)


def int_to_float(w: FunctionWriter, x: Reg, kind: str, signed: bool) -> Reg:
    """`x` rounded to nearest even; to a 16-bit float through f32."""
    result = w.cast("sitofp" if signed else "uitofp", x, "f32" if kind in HALVES else kind)
    return truncate_float(w, result, kind)
