"""Helper of the CPU tests: MLIR text to a Python function."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser

from fxopt.dialects.registry import make_context
from fxopt.lowering.cpu_target import ISAS, host_target, target_for_isa
from fxopt.lowering.emit_llvm import emit_llvm, kernel_names
from fxopt.runtime.cpu_jit import compile_llvm

# The instruction sets that this machine has, widest first.
AVAILABLE = ISAS[ISAS.index(host_target().isa) :]


def parse(text: str) -> ModuleOp:
    """A verified module."""
    module = Parser(make_context(), text).parse_module()
    module.verify()
    return module


@cache
def compile_kernel(text: str, isa: str | None = None) -> Callable[..., int]:
    """The first kernel of the module; arrays are passed as their addresses. Returns the status."""
    target = host_target() if isa is None else target_for_isa(isa)
    module = parse(text)
    names = kernel_names(module)
    kernel = compile_llvm(emit_llvm(module, target), names, target)[names[0]]

    def call(*args: Any) -> int:
        return kernel(*(a.ctypes.data if isinstance(a, np.ndarray) else a for a in args))

    return call


def elementwise(body: str, inputs: str, result: str, lanes: int, isa: str | None = None) -> Callable[..., np.ndarray]:
    """A kernel over whole vectors: `%x0 %x1 ...` of the given element types to `%y` of type `result`."""
    types = inputs.split()
    text = f"""
func.func @k({"".join(f"%p{i}: !llvm.ptr, " for i in range(len(types)))}%out: !llvm.ptr, %n: index) {{
  %zero = arith.constant 0 : index
  %step = arith.constant {lanes} : index
  scf.for %i = %zero to %n step %step {{
    {" ".join(f"%x{i} = cpu.load %p{i}[%i] : vector<{lanes}x{t}>" for i, t in enumerate(types))}
    {body}
    cpu.store %y, %out[%i] : vector<{lanes}x{result}>
  }}
  func.return
}}
"""
    kernel = compile_kernel(text, isa)

    def run(*arrays: np.ndarray, out: np.dtype | type) -> np.ndarray:
        padded = [np.resize(a, (a.size + lanes - 1) // lanes * lanes) for a in arrays]
        y = np.empty(padded[0].size, out)
        assert kernel(*padded, y, y.size) == 0
        return y[: arrays[0].size]

    return run
