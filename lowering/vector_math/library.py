"""Which code computes each mathematical function: an inlined polynomial, a vector routine of Sleef, or scalar libm.

f32 in any width is computed by the polynomials of this package (at most 2 ulp, see docs/vector-math.md). f64, and f32
functions that are rare, call `Sleef_*` on whole registers where the target has them (AVX2, AVX-512), else libm lane by
lane. Sleef is found by the JIT in libtorch_cpu.so.
"""

from __future__ import annotations

from collections.abc import Callable

from fxopt.lowering.llvm_text import FunctionWriter, LType, Reg, ltype
from fxopt.lowering.vector_math import exponential, integer, logarithm, special, trigonometric

# Sleef's name of the accuracy it promises, in tenths of an ulp.
_SLEEF_ACCURACY = {
    "acos": "u10",
    "acosh": "u10",
    "asin": "u10",
    "asinh": "u10",
    "atan": "u10",
    "atan2": "u10",
    "atanh": "u10",
    "cbrt": "u10",
    "cos": "u10",
    "cosh": "u10",
    "erf": "u10",
    "erfc": "u15",
    "exp": "u10",
    "exp10": "u10",
    "exp2": "u10",
    "expm1": "u10",
    "hypot": "u05",
    "lgamma": "u10",
    "log": "u10",
    "log10": "u10",
    "log1p": "u10",
    "log2": "u10",
    "nextafter": "",
    "pow": "u10",
    "sin": "u10",
    "sinh": "u10",
    "tan": "u10",
    "tanh": "u10",
    "tgamma": "u10",
}
_SLEEF_SUFFIX = {"avx512": "avx512f", "avx2": "avx2"}

Write = Callable[..., Reg]

POLYNOMIALS: dict[str, Write] = {
    "acos": trigonometric.acos,
    "acosh": special.acosh,
    "asin": trigonometric.asin,
    "asinh": special.asinh,
    "atan": trigonometric.atan,
    "atan2": trigonometric.atan2,
    "atanh": special.atanh,
    "cbrt": special.cbrt,
    "cos": trigonometric.cos,
    "cosh": exponential.cosh,
    "erf": special.erf,
    "erfc": special.erfc,
    "exp": exponential.exp,
    "exp10": exponential.exp10,
    "exp2": exponential.exp2,
    "expm1": exponential.expm1,
    "fmod": special.fmod,
    "hypot": special.hypot,
    "log": logarithm.log,
    "log10": logarithm.log10,
    "log1p": logarithm.log1p,
    "log2": logarithm.log2,
    "nextafter": special.nextafter,
    "pow": special.power,
    "sin": trigonometric.sin,
    "sinh": exponential.sinh,
    "tan": trigonometric.tan,
    "tanh": exponential.tanh,
}


def call_math(w: FunctionWriter, name: str, args: list[Reg]) -> Reg:
    """`name(args...)` in the type of the arguments: f32, f64, or integers for `ipow`; a scalar or a vector."""
    type_ = args[0].type
    if name == "rsqrt":
        return 1.0 / w.sqrt(args[0])
    if name == "ipow":
        return _call_inlined(w, name, integer.ipow, args)
    if type_.kind == "f32" and name in POLYNOMIALS:
        return _call_inlined(w, name, POLYNOMIALS[name], args)
    return call_external(w, name, args)


def _call_inlined(w: FunctionWriter, name: str, write: Write, args: list[Reg]) -> Reg:
    """Calls `@fxopt.<name>.<type>`, which the module gets on first use and which is always inlined."""
    type_ = args[0].type
    symbol = f"fxopt.{name}.{type_.mangled}"
    w.module.define(symbol, lambda: _write_function(w, symbol, write, type_, len(args)))
    operands = ", ".join(arg.typed for arg in args)
    return w.emit(f"call {type_} @{symbol}({operands})", type_)


def _write_function(w: FunctionWriter, symbol: str, write: Write, type_: LType, arity: int) -> str:
    params = [Reg(w, f"%x{i}", type_) for i in range(arity)]
    header = f"define internal {type_} @{symbol}({', '.join(p.typed for p in params)}) alwaysinline #0"
    inner = FunctionWriter(w.module, header)
    result = write(inner, *(Reg(inner, p.text, type_) for p in params))
    inner.line(f"ret {result.typed}")
    return inner.finish()


def call_external(w: FunctionWriter, name: str, args: list[Reg]) -> Reg:
    """Sleef on whole registers, or libm on scalars."""
    type_ = args[0].type
    register = _sleef_lanes(w, name, type_)
    if not type_.lanes:
        return w.call(_libm_name(name, type_.kind), type_, *args)
    if register and type_.lanes >= register and type_.lanes % register == 0:
        symbol = _sleef_name(w, name, type_.kind, register)
        return _in_pieces(w, args, register, lambda piece: w.call(symbol, piece[0].type, *piece))
    return _lane_by_lane(w, args, lambda lanes: w.call(_libm_name(name, type_.kind), lanes[0].type, *lanes))


def _libm_name(name: str, kind: str) -> str:
    return name + ("f" if kind == "f32" else "")


def _sleef_lanes(w: FunctionWriter, name: str, type_: LType) -> int:
    if name not in _SLEEF_ACCURACY or not w.target.is_x86 or w.target.isa not in _SLEEF_SUFFIX:
        return 0
    return w.target.lanes(type_.bits)


def _sleef_name(w: FunctionWriter, name: str, kind: str, lanes: int) -> str:
    suffix = _SLEEF_ACCURACY[name] + _SLEEF_SUFFIX[w.target.isa]
    return f"Sleef_{name}{'f' if kind == 'f32' else 'd'}{lanes}_{suffix}"


def _in_pieces(w: FunctionWriter, args: list[Reg], lanes: int, compute: Callable[[list[Reg]], Reg]) -> Reg:
    """Splits the arguments into registers of `lanes`, computes each and joins the results."""
    total = args[0].type.lanes
    if total == lanes:
        return compute(args)
    pieces = [compute([_lanes(w, a, range(start, start + lanes)) for a in args]) for start in range(0, total, lanes)]
    while len(pieces) > 1:
        pairs = zip(pieces[::2], pieces[1::2], strict=False)
        joined = [_lanes(w, a, range(2 * a.type.lanes), b) for a, b in pairs]
        pieces = joined
    return pieces[0]


def _lanes(w: FunctionWriter, a: Reg, lanes: range, b: Reg | None = None) -> Reg:
    mask = ", ".join(f"i32 {lane}" for lane in lanes)
    second = b.typed if b is not None else f"{a.type} poison"
    result = ltype(a.type.kind, len(lanes))
    return w.emit(f"shufflevector {a.typed}, {second}, <{len(lanes)} x i32> <{mask}>", result)


def _lane_by_lane(w: FunctionWriter, args: list[Reg], compute: Callable[[list[Reg]], Reg]) -> Reg:
    type_ = args[0].type
    scalar = ltype(type_.kind)
    result = Reg(w, "poison", type_)
    for lane in range(type_.lanes):
        value = compute([w.emit(f"extractelement {a.typed}, i64 {lane}", scalar) for a in args])
        result = w.emit(f"insertelement {result.typed}, {value.typed}, i64 {lane}", type_)
    return result
