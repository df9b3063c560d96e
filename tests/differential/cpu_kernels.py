"""Runs `loop.kernel` text as machine code and by the reference interpreter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser

from fxopt.dialects.loop.interpret import decode_bf16, encode_bf16, run_nest, storage_dtype
from fxopt.dialects.loop.ops import KernelOp
from fxopt.dialects.registry import make_context
from fxopt.ir.symbolic import evaluate
from fxopt.ir.types import TensorType
from fxopt.lowering.convert_loop_to_vector import convert_kernel
from fxopt.lowering.cpu_target import CpuTarget, host_target, target_for_isa
from fxopt.lowering.emit_llvm import emit_llvm
from fxopt.runtime.cpu_jit import compile_llvm

ISAS = ("avx512", "avx2", "portable")


def usable_targets() -> list[CpuTarget]:
    """The targets whose code this machine runs."""
    host = host_target()
    if not host.is_x86:
        return [host]
    return [target for isa in ISAS if (target := target_for_isa(isa)).vector_bits <= host.vector_bits]


def parse_kernel(text: str) -> KernelOp:
    """The only kernel of a module's text."""
    module = Parser(make_context(), text).parse_module()
    (kernel,) = (op for op in module.body.block.ops if isinstance(op, KernelOp))
    kernel.detach()
    return kernel


def random_storage(tensor: TensorType, symbols: Mapping[str, int], rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Flat storage of a tensor type: normal floats, small integers."""
    elems = evaluate(tensor.storage_elems(), symbols)
    dtype = storage_dtype(tensor.dtype)
    if tensor.dtype == "bf16":
        return encode_bf16(rng.standard_normal(elems).astype(np.float32))
    if dtype.kind == "f":
        return rng.standard_normal(elems).astype(dtype)
    if dtype.kind == "b":
        return rng.random(elems) < 0.5
    return rng.integers(0, 7, elems).astype(dtype)


def compile_kernel(kernel: KernelOp, target: CpuTarget) -> Any:
    """The callable of a kernel: pointers, then size symbols; gives the status."""
    function = convert_kernel(kernel, target)
    module = ModuleOp([function])
    module.verify()
    name = kernel.sym_name.data
    return compile_llvm(emit_llvm(module, target), [name], target)[name]


def run_compiled(
    kernel: KernelOp, run: Any, inputs: Sequence[Any], symbols: Mapping[str, int]
) -> tuple[int, list[np.ndarray[Any, Any]]]:
    """The status, and the outputs' storage, with a guard zone behind each that must stay as it is."""
    outputs, guarded = [], []
    for arg, source in zip(kernel.output_args, kernel.inits, strict=True):
        assert isinstance(arg.type, TensorType)
        elems = evaluate(arg.type.storage_elems(), symbols)
        block = np.full((elems + 64) * storage_dtype(arg.type.dtype).itemsize, 0xAB, np.uint8)
        data = block.view(storage_dtype(arg.type.dtype))[:elems]
        if source >= 0:
            data[:] = inputs[source][:elems]
        outputs.append(data)
        guarded.append(block[elems * data.itemsize :])
    args = [a.ctypes.data if isinstance(a, np.ndarray) else a for a in (*inputs, *outputs)]
    status = run(*args, *(symbols[name] for name in kernel.symbols()))
    assert all((zone == 0xAB).all() for zone in guarded), "the kernel wrote beyond the end of an output"
    return status, outputs


def assert_matches(
    text: str,
    target: CpuTarget,
    symbols: Mapping[str, int] | None = None,
    inputs: Sequence[Any] | None = None,
    rtol: float = 2e-5,
    atol: float = 1e-5,
) -> None:
    """Compiles a kernel and compares all of its outputs with the interpreter's."""
    kernel = parse_kernel(text)
    known = dict(symbols or {})
    rng = np.random.default_rng(7)
    if inputs is None:
        inputs = [random_storage(arg.type, known, rng) for arg in kernel.input_args if isinstance(arg.type, TensorType)]
    expected = run_nest(kernel, inputs, known)
    status, outputs = run_compiled(kernel, compile_kernel(kernel, target), inputs, known)
    assert status == 0
    for arg, got, want in zip(kernel.output_args, outputs, expected, strict=True):
        assert isinstance(arg.type, TensorType)
        if arg.type.dtype == "bf16":
            got, want = decode_bf16(got), decode_bf16(want)
            np.testing.assert_allclose(got, want, rtol=8e-3, atol=1e-3)
        elif got.dtype.kind == "f":
            loose = 1e-3 if got.dtype == np.float16 else rtol
            np.testing.assert_allclose(got, want, rtol=loose, atol=max(atol, loose / 2))
        else:
            np.testing.assert_array_equal(got, want)
