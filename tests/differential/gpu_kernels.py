"""Runs `loop.kernel` text by the interpreter of the `tt` dialect and by that of the `loop` dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from cpu_kernels import parse_kernel, random_storage
from xdsl.dialects.builtin import ModuleOp

from fxopt.dialects.loop.interpret import decode_bf16, run_nest, storage_dtype
from fxopt.dialects.loop.ops import KernelOp
from fxopt.dialects.tt.interpret import run_kernel
from fxopt.dialects.tt.ops import FuncOp
from fxopt.dialects.tt.transforms.tt_expand_math import expand_math
from fxopt.ir.symbolic import evaluate
from fxopt.ir.types import TensorType
from fxopt.lowering.convert_loop_to_tt import convert_kernel

Array = np.ndarray[Any, Any]


def converted(kernel: KernelOp) -> FuncOp:
    """The kernel's Triton function, as the pipeline leaves it, verified."""
    function = convert_kernel(kernel)
    module = ModuleOp([function])
    module.verify()
    expand_math(function)
    module.verify()
    return function


def make_inputs(kernel: KernelOp, symbols: Mapping[str, int]) -> list[Any]:
    """Random inputs of a kernel."""
    rng = np.random.default_rng(7)
    return [random_storage(arg.type, symbols, rng) for arg in kernel.input_args if isinstance(arg.type, TensorType)]


def empty_outputs(kernel: KernelOp, inputs: Sequence[Any], symbols: Mapping[str, int]) -> list[Array]:
    """Storage for the outputs: copies of the inputs that they are tied to, or a pattern."""
    outputs = []
    for arg, source in zip(kernel.output_args, kernel.inits, strict=True):
        assert isinstance(arg.type, TensorType)
        elems = evaluate(arg.type.storage_elems(), symbols)
        dtype = storage_dtype(arg.type.dtype)
        data = np.full(elems * dtype.itemsize, 0xAB, np.uint8).view(dtype)
        if source >= 0:
            data[:] = inputs[source][:elems]
        outputs.append(data)
    return outputs


def run_interpreted(kernel: KernelOp, inputs: Sequence[Any], symbols: Mapping[str, int]) -> list[Array]:
    """The outputs of the converted kernel."""
    function = converted(kernel)
    assert function.launch is not None
    outputs = empty_outputs(kernel, inputs, symbols)
    grid = [evaluate(extent, symbols) for extent in function.launch.grid]
    run_kernel(function, grid, [*inputs, *outputs, *(symbols[name] for name in kernel.symbols())])
    return outputs


def assert_close(kernel: KernelOp, outputs: Sequence[Array], expected: Sequence[Array], rtol: float = 2e-5) -> None:
    """Compares the outputs' storage, at the tolerance of their dtypes."""
    for arg, got, want in zip(kernel.output_args, outputs, expected, strict=True):
        assert isinstance(arg.type, TensorType)
        if arg.type.dtype == "bf16":
            np.testing.assert_allclose(decode_bf16(got), decode_bf16(want), rtol=8e-3, atol=1e-3)
        elif got.dtype.kind == "f":
            loose = 1e-3 if got.dtype == np.float16 else rtol
            np.testing.assert_allclose(got, want, rtol=loose, atol=max(1e-5, loose / 2))
        else:
            np.testing.assert_array_equal(got, want)


def assert_matches(text: str, symbols: Mapping[str, int] | None = None, inputs: Sequence[Any] | None = None) -> None:
    """Converts a kernel and compares all of its outputs with the reference's."""
    kernel = parse_kernel(text)
    known = dict(symbols or {})
    values = make_inputs(kernel, known) if inputs is None else inputs
    expected = run_nest(kernel, values, known)
    assert_close(kernel, run_interpreted(kernel, values, known), expected)
