"""The targets of `fx-opt -t`: fxopt's emitters, loaded when used, and the passes that each one implies."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.utils.target import Target

from fxopt.ir.errors import FxOptError
from fxopt.ir.types import TensorType

if TYPE_CHECKING:
    from fxopt.lowering.cpu_target import CpuTarget


@dataclass(frozen=True)
class TtirTarget(Target):
    """TTIR as Triton reads it, one module a GPU kernel with `// -----` between them; `backend` is `cuda` or `hip`."""

    name = "ttir"
    kernel: str | None = None
    backend: str = "cuda"

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        from fxopt.lowering.emit_ttir import emit_ttir

        kernels = _gpu_kernels(module, self.kernel)
        _write_pieces((emit_ttir(kernel, backend=self.backend) for kernel in kernels), output)


@dataclass(frozen=True)
class PtxTarget(Target):
    """Assembly of the GPU kernels: PTX (`arch="sm_90"`), or AMDGCN for `gfx` architectures."""

    name = "ptx"
    kernel: str | None = None
    arch: str = "sm_90"

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        from fxopt.lowering.emit_ttir import emit_ttir
        from fxopt.runtime.gpu_compile import GpuTarget, compile_ttir, options_of

        target = GpuTarget.parse(self.arch)
        texts = ((emit_ttir(k, backend=target.backend), options_of(k)) for k in _gpu_kernels(module, self.kernel))
        _write_pieces((compile_ttir(t, target=target, options=o).assembly for t, o in texts), output)


@dataclass(frozen=True)
class LlvmTarget(Target):
    """LLVM IR of the CPU kernels, for `isa` (`avx512`, `avx2`, `portable`; default: this machine's)."""

    name = "llvm"
    isa: str | None = None

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        from fxopt.lowering.emit_llvm import emit_llvm

        output.write(emit_llvm(_check_cpu_kernels(module), _cpu_target(self.isa)))


@dataclass(frozen=True)
class AsmTarget(Target):
    """Optimised machine code of the CPU kernels, as assembly text; `isa` as for `llvm`."""

    name = "asm"
    isa: str | None = None

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        from fxopt.lowering.emit_llvm import emit_llvm
        from fxopt.runtime.cpu_jit import emit_assembly

        target = _cpu_target(self.isa)
        output.write(emit_assembly(emit_llvm(_check_cpu_kernels(module), target), target))


@dataclass(frozen=True)
class PythonTarget(Target):
    """The Python function that runs the graph."""

    name = "python"

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        from fxopt.lowering.emit_wrapper import emit_wrapper

        output.write(emit_wrapper(module))


def get_fxopt_targets() -> dict[str, Callable[[], type[Target]]]:
    """fxopt's targets by name."""
    return {
        "asm": lambda: AsmTarget,
        "llvm": lambda: LlvmTarget,
        "ptx": lambda: PtxTarget,
        "python": lambda: PythonTarget,
        "ttir": lambda: TtirTarget,
    }


def _gpu_kernels(module: ModuleOp, name: str | None) -> list[Operation]:
    """The module's public `tt.func`s, or the one that was asked for."""
    from fxopt.dialects.tt.ops_func import FuncOp

    functions = [op for op in module.ops if isinstance(op, FuncOp)]
    kernels = {f.sym_name.data: f for f in functions if f.sym_visibility is None or f.sym_visibility.data == "public"}
    if not kernels:
        raise FxOptError("the module has no GPU kernel", expected="a tt.func at module level")
    if name is None:
        return list(kernels.values())
    if name not in kernels:
        raise FxOptError("no such kernel", got=name, expected=", ".join(kernels))
    return [kernels[name]]


def _check_cpu_kernels(module: ModuleOp) -> ModuleOp:
    """The module itself, which must have CPU kernels; `emit_llvm` leaves out what stands beside them."""
    if not any(op.name == "func.func" for op in module.ops):
        raise FxOptError("the module has no CPU kernel", expected="a func.func at module level")
    return module


def _cpu_target(isa: str | None) -> CpuTarget:
    from fxopt.lowering.cpu_target import host_target, target_for_isa

    return host_target() if isa is None else target_for_isa(isa)


def _write_pieces(pieces: Iterable[str], output: IO[str]) -> None:
    output.write("// -----\n".join(pieces))


# What still has to run before a module that holds ops of a dialect can be emitted; the earliest stage decides.
_TO_HOST_PROGRAM = {
    "aten": "aten-pipeline,loop-pipeline,rt-pipeline",
    "loop.nest": "loop-pipeline,rt-pipeline",
    "loop.launch": "rt-pipeline",
    "loop.kernel": "",
}
_KERNEL_PIPELINE = {
    "asm": "cpu-pipeline",
    "llvm": "cpu-pipeline",
    "ptx": "gpu-pipeline",
    "python": "",
    "ttir": "gpu-pipeline",
}


def implied_pipeline(target: str, module: ModuleOp) -> str:
    """The pipeline that brings the module to what the target emits, for `fx-opt model.pt2 -t ttir`.

    A target for GPU kernels moves a CPU model to a GPU first, and the other way round.
    """
    if target not in _KERNEL_PIPELINE:
        return ""
    names = {op.name for op in module.walk()}
    names |= {name.partition(".")[0] for name in names}
    stage = next((name for name in _TO_HOST_PROGRAM if name in names), None)
    if stage is None:
        return ""
    steps = [_move_to_device(target, module), _TO_HOST_PROGRAM[stage], _KERNEL_PIPELINE[target]]
    return ",".join(step for step in steps if step)


def for_isa(passes: Sequence[ModulePass], isa: str | None) -> tuple[ModulePass, ...]:
    """The passes with their option `isa`, where they have one, set to the target's."""
    change: dict[str, Any] = {} if isa is None else {"isa": isa}
    return tuple(dataclasses.replace(p, **change) if hasattr(p, "isa") else p for p in passes)


def _move_to_device(target: str, module: ModuleOp) -> str:
    types = (value.type for op in module.walk() for value in (*op.operands, *op.results))
    devices = {type_.device for type_ in types if isinstance(type_, TensorType)}
    has_gpu = any(device.startswith(("cuda", "hip")) for device in devices)
    if target in ("ptx", "ttir") and not has_gpu:
        return 'aten-set-device{device="cuda:0"}'
    if target in ("asm", "llvm") and has_gpu:
        return 'aten-set-device{device="cpu"}'
    return ""
