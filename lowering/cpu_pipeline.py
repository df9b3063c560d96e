"""From CPU kernels to the text of an LLVM module: `convert-loop-to-vector`, then the emitter."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import ModuleOp

from fxopt.dialects.loop.ops import KernelOp
from fxopt.lowering.convert_loop_to_vector import convert_kernel
from fxopt.lowering.cpu_target import CpuTarget
from fxopt.lowering.emit_llvm import emit_llvm


def kernel_to_llvm(kernels: KernelOp | Sequence[KernelOp], target: CpuTarget) -> str:
    """LLVM IR of one or several CPU kernels, one exported function each, named as the kernel."""
    items = [kernels] if isinstance(kernels, KernelOp) else list(kernels)
    return emit_llvm(ModuleOp([convert_kernel(kernel, target) for kernel in items]), target)
