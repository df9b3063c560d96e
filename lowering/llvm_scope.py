"""The values of one function while it is emitted: from SSA values to `Reg`s, and from xDSL types to `LType`s."""

from __future__ import annotations

from functools import lru_cache

from xdsl.dialects.builtin import (
    BFloat16Type,
    Float16Type,
    Float32Type,
    Float64Type,
    IndexType,
    IntegerType,
    VectorType,
)
from xdsl.dialects.llvm import LLVMPointerType
from xdsl.ir import Attribute, Operation, SSAValue

from fxopt.ir.errors import PassError
from fxopt.lowering.llvm_text import FunctionWriter, LType, Reg, ltype

_FLOAT_KINDS: dict[type[Attribute], str] = {
    BFloat16Type: "bf16",
    Float16Type: "f16",
    Float32Type: "f32",
    Float64Type: "f64",
}
_INT_WIDTHS = (1, 8, 16, 32, 64)


@lru_cache(maxsize=512)
def convert_type(type_: Attribute) -> LType:
    """The LLVM form of a scalar, pointer or 1-D vector type; raises `PassError` on any other."""
    if isinstance(type_, VectorType):
        shape = type_.get_shape()
        if len(shape) != 1 or type_.get_num_scalable_dims():
            raise PassError("emit-llvm: vectors have one fixed dim", got=type_)
        return ltype(_kind(type_.element_type), shape[0])
    return ltype(_kind(type_))


def _kind(type_: Attribute) -> str:
    if isinstance(type_, IntegerType) and type_.width.data in _INT_WIDTHS:
        return f"i{type_.width.data}"
    if isinstance(type_, IndexType):
        return "i64"
    if isinstance(type_, LLVMPointerType):
        return "ptr"
    kind = _FLOAT_KINDS.get(type(type_))
    if kind is None:
        raise PassError(
            "emit-llvm: type has no LLVM form",
            got=type_,
            expected="i1 i8 i16 i32 i64 index bf16 f16 f32 f64, vectors of them, or !llvm.ptr",
        )
    return kind


class Scope:
    """A function being emitted: its writer `w` and its values.

    `is_kernel` says that the function returns a status; `status` is the pointer to the kernel's error word inside
    the body of a `cpu.parallel`.
    """

    def __init__(self, w: FunctionWriter, parent: Scope | None = None, is_kernel: bool = True) -> None:
        self.w = w
        self.is_kernel = is_kernel
        self.parent = parent
        self.values: dict[SSAValue, Reg] = {}
        self.status: Reg | None = None

    def value(self, ssa: SSAValue) -> Reg:
        """The register of a value; a constant of the enclosing function is written again here."""
        reg = self.values.get(ssa)
        if reg is None:
            assert self.parent is not None, f"value {ssa} is used before it is emitted"
            outer = self.parent.values[ssa]
            assert not outer.text.startswith("%"), f"value {ssa} was not captured"
            reg = self.values[ssa] = Reg(self.w, outer.text, outer.type)
        return reg

    def arg(self, op: Operation, index: int) -> Reg:
        """The register of an operand."""
        return self.value(op.operands[index])

    def args(self, op: Operation) -> list[Reg]:
        """The registers of all operands."""
        return [self.value(operand) for operand in op.operands]

    def result_type(self, op: Operation) -> LType:
        """The LLVM type of the only result."""
        return convert_type(op.results[0].type)

    def define(self, op: Operation, reg: Reg) -> None:
        """Binds the only result of `op`; the type's kind comes from the op, as `i16` may be a `bf16`."""
        type_ = convert_type(op.results[0].type)
        self.values[op.results[0]] = reg if reg.type == type_ else Reg(self.w, reg.text, type_)
