"""LLVM IR as text: typed registers, and writers of functions and modules.

The emitter and the vector math library write instructions through `FunctionWriter`, whose helpers take and give `Reg`s.
`bf16` and `f16` values live in `i16` registers; only their conversions know what they are.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from fxopt.lowering.cpu_target import CpuTarget

_SCALAR_TEXT = {
    "i1": "i1",
    "i8": "i8",
    "i16": "i16",
    "i32": "i32",
    "i64": "i64",
    "i128": "i128",
    "bf16": "i16",
    "f16": "i16",
    "f32": "float",
    "f64": "double",
    "half": "half",
    "ptr": "ptr",
}
_BITS = {
    "i1": 1,
    "i8": 8,
    "i16": 16,
    "i32": 32,
    "i64": 64,
    "i128": 128,
    "bf16": 16,
    "f16": 16,
    "half": 16,
    "f32": 32,
    "f64": 64,
}
_MANGLED = {"ptr": "p0", "bf16": "i16", "f16": "i16", "half": "f16"}
FLOATS = ("f32", "f64", "bf16", "f16")
HALVES = ("bf16", "f16")


@dataclass(frozen=True)
class LType:
    """A first-class LLVM type: `kind` of the element, and the number of lanes (0: a scalar)."""

    kind: str
    lanes: int = 0
    text: str = field(init=False, compare=False)
    mangled: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        scalar, name = _SCALAR_TEXT[self.kind], _MANGLED.get(self.kind, self.kind)
        object.__setattr__(self, "text", f"<{self.lanes} x {scalar}>" if self.lanes else scalar)
        object.__setattr__(self, "mangled", f"v{self.lanes}{name}" if self.lanes else name)

    def __str__(self) -> str:
        return self.text

    @property
    def bits(self) -> int:
        """Bits of one element."""
        return _BITS[self.kind]

    @property
    def is_float(self) -> bool:
        return self.kind in FLOATS

    def with_kind(self, kind: str) -> LType:
        """Another element in the same shape."""
        return ltype(kind, self.lanes)


@lru_cache(maxsize=1024)
def ltype(kind: str, lanes: int = 0) -> LType:
    """The interned `LType`."""
    return LType(kind, lanes)


I1, I8, I16, I32, I64 = (ltype(kind) for kind in ("i1", "i8", "i16", "i32", "i64"))
F32, F64, PTR = ltype("f32"), ltype("f64"), ltype("ptr")


def float_literal(value: float, kind: str) -> str:
    """`value` rounded to `kind`, as the exact hexadecimal text LLVM wants (an integer for `bf16` and `f16`)."""
    if kind == "f64":
        return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"
    if kind == "f32":
        return f"0x{struct.unpack('<Q', struct.pack('<d', _round_f32(value)))[0]:016X}"
    if kind == "f16":
        return str(struct.unpack("<H", struct.pack("<e", _clamp_f16(value)))[0])
    bits = struct.unpack("<I", struct.pack("<f", _round_f32(value)))[0]
    if bits & 0x7FFFFFFF > 0x7F800000:
        return str((bits >> 16) | 64)
    return str((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16)


def _round_f32(value: float) -> float:
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _clamp_f16(value: float) -> float:
    try:
        struct.pack("<e", value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
    return value


class Reg:
    """A value in a function being written: its text (a register or a literal), its type, and the writer.

    `+ - *` write the float or integer instruction; floats get no flags, as the error terms of the math library must
    stay.
    """

    __slots__ = ("text", "type", "writer")

    def __init__(self, writer: FunctionWriter, text: str, type_: LType) -> None:
        self.writer, self.text, self.type = writer, text, type_

    def __str__(self) -> str:
        return self.text

    @property
    def typed(self) -> str:
        """`type text`, as an operand of a call."""
        return f"{self.type.text} {self.text}"

    def __add__(self, other: Reg | float) -> Reg:
        return self._binary("fadd" if self.type.is_float else "add", other)

    def __sub__(self, other: Reg | float) -> Reg:
        return self._binary("fsub" if self.type.is_float else "sub", other)

    def __rsub__(self, other: float) -> Reg:
        return self.writer.const(other, self.type) - self

    def __mul__(self, other: Reg | float) -> Reg:
        return self._binary("fmul" if self.type.is_float else "mul", other)

    def __truediv__(self, other: Reg | float) -> Reg:
        return self._binary("fdiv", other)

    def __rtruediv__(self, other: float) -> Reg:
        return self.writer.const(other, self.type) / self

    def __neg__(self) -> Reg:
        if self.type.is_float:
            return self.writer.emit(f"fneg {self.typed}", self.type)
        return self.writer.const(0, self.type) - self

    def __and__(self, other: Reg | int) -> Reg:
        return self._binary("and", other)

    def __or__(self, other: Reg | int) -> Reg:
        return self._binary("or", other)

    def __xor__(self, other: Reg | int) -> Reg:
        return self._binary("xor", other)

    def __lshift__(self, other: Reg | int) -> Reg:
        return self._binary("shl", other)

    def __invert__(self) -> Reg:
        return self._binary("xor", -1)

    def lshr(self, other: Reg | int) -> Reg:
        """Logical shift right."""
        return self._binary("lshr", other)

    def ashr(self, other: Reg | int) -> Reg:
        """Arithmetic shift right."""
        return self._binary("ashr", other)

    def _binary(self, opcode: str, other: Reg | float) -> Reg:
        return self.writer.binary(opcode, self, other)


class FunctionWriter:
    """Writes one function: instructions in order, fresh names, and typed helpers.

    `target` decides what a fused multiply-add is; `module` takes the declarations of what is called.
    """

    def __init__(self, module: ModuleWriter, header: str) -> None:
        self.module = module
        self.target: CpuTarget = module.target
        self.header = header
        self.lines: list[str] = []
        self.allocas: list[str] = []
        self.tail: list[str] = []
        self.block = "entry"
        self._count = 0
        self._labels = 0

    # Structure -------------------------------------------------------------------------------------------

    def fresh(self) -> str:
        """A register name not used before in this function."""
        self._count += 1
        return f"%v{self._count}"

    def labels(self, *hints: str) -> list[str]:
        """Fresh labels, one a hint, that share a number."""
        self._labels += 1
        return [f"{hint}{self._labels}" for hint in hints]

    def line(self, text: str) -> None:
        """Writes an instruction without a result."""
        self.lines.append("  " + text)

    def emit(self, text: str, type_: LType) -> Reg:
        """Writes an instruction and returns its result."""
        name = self.fresh()
        self.lines.append(f"  {name} = {text}")
        return Reg(self, name, type_)

    def start_block(self, label: str) -> None:
        """Begins the block `label`; the block before it must have ended."""
        self.lines.append(f"{label}:")
        self.block = label

    def branch(self, label: str) -> None:
        """Ends the block."""
        self.line(f"br label %{label}")

    def branch_if(self, cond: Reg, then: str, otherwise: str, weights: str = "") -> None:
        """Ends the block; `weights` is the number of a branch-weight node, with its comma."""
        self.line(f"br i1 {cond}, label %{then}, label %{otherwise}{weights}")

    def alloca(self, type_text: str, align: int, count: int = 1) -> Reg:
        """Stack memory made on entry to the function."""
        name = self.fresh().replace("%v", "%slot")
        times = f", i64 {count}" if count != 1 else ""
        self.allocas.append(f"  {name} = alloca {type_text}{times}, align {align}")
        return Reg(self, name, PTR)

    def finish(self) -> str:
        """The text of the function."""
        return "\n".join([self.header + " {", "entry:", *self.allocas, *self.lines, *self.tail, "}"])

    # Values ----------------------------------------------------------------------------------------------

    def const(self, value: float, type_: LType) -> Reg:
        """A literal, splat over the lanes."""
        if type_.is_float:
            text = float_literal(float(value), type_.kind)
        elif type_.kind == "i1":
            text = "true" if int(value) & 1 else "false"
        else:
            text = str(_wrap(int(value), type_.bits))
        if type_.lanes:
            text = f"splat ({_SCALAR_TEXT[type_.kind]} {text})"
        return Reg(self, text, type_)

    def as_reg(self, value: Reg | float, type_: LType) -> Reg:
        """`value` itself, or the literal of that type."""
        return value if isinstance(value, Reg) else self.const(value, type_)

    def binary(self, opcode: str, lhs: Reg, rhs: Reg | float) -> Reg:
        """`opcode` may carry flags: `fadd contract`."""
        return self.emit(f"{opcode} {lhs.typed}, {self.as_reg(rhs, lhs.type)}", lhs.type)

    def call(self, name: str, result: LType, *args: Reg, flags: str = "") -> Reg:
        """Calls a declared or defined function; an intrinsic is declared here."""
        self.module.declare(name, result.text, [arg.type.text for arg in args])
        operands = ", ".join(arg.typed for arg in args)
        return self.emit(f"call {flags}{result} @{name}({operands})", result)

    def intrinsic(self, name: str, *args: Reg, flags: str = "") -> Reg:
        """`llvm.<name>` overloaded on the type of its first operand, which is the type of the result as well."""
        type_ = args[0].type
        return self.call(f"llvm.{name}.{type_.mangled}", type_, *args, flags=flags)

    def cast(self, opcode: str, value: Reg, kind: str) -> Reg:
        """A conversion to elements of `kind`; none when it is the kind already."""
        result = value.type.with_kind(kind)
        if value.type.text == result.text:
            return Reg(self, value.text, result)
        return self.emit(f"{opcode} {value.typed} to {result}", result)

    def bitcast(self, value: Reg, kind: str) -> Reg:
        """The same bits as elements of `kind`."""
        return self.cast("bitcast", value, kind)

    # Comparisons and choice ------------------------------------------------------------------------------

    def fcmp(self, predicate: str, lhs: Reg, rhs: Reg | float) -> Reg:
        """A float comparison."""
        return self.emit(f"fcmp {predicate} {lhs.typed}, {self.as_reg(rhs, lhs.type)}", lhs.type.with_kind("i1"))

    def icmp(self, predicate: str, lhs: Reg, rhs: Reg | int) -> Reg:
        """An integer comparison."""
        return self.emit(f"icmp {predicate} {lhs.typed}, {self.as_reg(rhs, lhs.type)}", lhs.type.with_kind("i1"))

    def select(self, cond: Reg, then: Reg | float, otherwise: Reg | float) -> Reg:
        """`cond ? then : otherwise`; at least one of the two is a `Reg`."""
        type_ = then.type if isinstance(then, Reg) else otherwise.type  # type: ignore[union-attr]
        then, otherwise = self.as_reg(then, type_), self.as_reg(otherwise, type_)
        return self.emit(f"select {cond.typed}, {then.typed}, {otherwise.typed}", type_)

    def any_lane(self, mask: Reg) -> Reg:
        """One `i1`: whether any lane of the mask is set."""
        if not mask.type.lanes:
            return mask
        return self.call(f"llvm.vector.reduce.or.{mask.type.mangled}", I1, mask)

    def all_lanes(self, mask: Reg) -> Reg:
        """One `i1`: whether every lane of the mask is set."""
        if not mask.type.lanes:
            return mask
        return self.call(f"llvm.vector.reduce.and.{mask.type.mangled}", I1, mask)

    # Float arithmetic ------------------------------------------------------------------------------------

    def mad(self, a: Reg, b: Reg | float, c: Reg | float) -> Reg:
        """`a * b + c`, in one rounding where the target does that in one instruction, else in two."""
        b, c = self.as_reg(b, a.type), self.as_reg(c, a.type)
        if self.target.fma:
            return self.intrinsic("fma", a, b, c)
        return a * b + c

    def fma(self, a: Reg, b: Reg | float, c: Reg | float) -> Reg:
        """`a * b + c` in one rounding on every target (through f64 for f32 without the instruction)."""
        b, c = self.as_reg(b, a.type), self.as_reg(c, a.type)
        if self.target.fma or a.type.kind != "f32":
            return self.intrinsic("fma", a, b, c)
        wide = [self.cast("fpext", x, "f64") for x in (a, b, c)]
        return self.cast("fptrunc", wide[0] * wide[1] + wide[2], "f32")

    def fabs(self, x: Reg) -> Reg:
        """`|x|`."""
        return self.intrinsic("fabs", x)

    def sqrt(self, x: Reg) -> Reg:
        """Square root, correctly rounded."""
        return self.intrinsic("sqrt", x)

    def copysign(self, magnitude: Reg, sign: Reg) -> Reg:
        """`magnitude` with the sign of `sign`."""
        return self.intrinsic("copysign", magnitude, sign)

    def horner(self, x: Reg, coefficients: Sequence[float]) -> Reg:
        """`sum(c[k] * x**k)`, lowest degree first."""
        result: Reg = self.const(coefficients[-1], x.type)
        for c in reversed(coefficients[:-1]):
            result = self.mad(result, x, c)
        return result


# Nontemporal stores; branches that are nearly always, and nearly never, taken.
_METADATA = """\
!0 = !{i32 1}
!1 = !{!"branch_weights", i32 1048576, i32 1}
!2 = !{!"branch_weights", i32 1, i32 1048576}"""


def _wrap(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) and bits > 1 else value


class ModuleWriter:
    """Collects the functions of a module in order of first use, so that the text is deterministic."""

    def __init__(self, target: CpuTarget) -> None:
        self.target = target
        self.functions: dict[str, str] = {}
        self._declarations: dict[str, str] = {}
        self._globals: dict[str, str] = {}

    def declare(self, name: str, result: str, args: Sequence[str], attributes: str = "") -> None:
        """Declares an external function, unless the module has or gets a definition of that name."""
        if name not in self._declarations:
            self._declarations[name] = f"declare {result} @{name}({', '.join(args)}){attributes}"

    def declare_global(self, name: str, text: str) -> None:
        """Declares a global variable: `external global i32`."""
        self._globals[name] = f"@{name} = {text}"

    def define(self, name: str, write: Callable[[], str]) -> None:
        """Adds the function that `write` writes, once."""
        if name not in self.functions:
            self.functions[name] = ""
            self.functions[name] = write()

    def finish(self) -> str:
        """The text of the module."""
        target = self.target
        features = f' "target-features"="{target.features}"' if target.features else ""
        declarations = [text for name, text in self._declarations.items() if name not in self.functions]
        parts = [
            f'target triple = "{target.triple}"',
            "\n".join(self._globals.values()),
            "\n\n".join(self.functions.values()),
            "\n".join(declarations),
            f'attributes #0 = {{ nounwind "target-cpu"="{target.cpu}"{features} }}\n{_METADATA}',
        ]
        return "\n\n".join(part for part in parts if part) + "\n"
