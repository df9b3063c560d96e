"""Graphs compiled for a GPU and executed without one: the host program on the CPU, its kernels by the interpreter."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from xdsl.dialects.builtin import ModuleOp

from fxopt.dialects.aten.transforms.aten_set_device import AtenSetDevicePass
from fxopt.dialects.loop.interpret import storage_dtype
from fxopt.dialects.loop.ops import KernelOp
from fxopt.dialects.registry import make_context
from fxopt.dialects.tt.interpret import run_kernel
from fxopt.dialects.tt.ops import FuncOp
from fxopt.ir.pipeline import PassManager, parse_pass_pipeline
from fxopt.ir.symbolic import evaluate
from fxopt.ir.types import TensorType
from fxopt.lowering.emit_wrapper import emit_wrapper
from fxopt.lowering.import_fx import import_aten
from fxopt.lowering.pass_registry import get_all_passes
from fxopt.lowering.pipelines import NAMED_PIPELINES
from fxopt.runtime.host_program import load_host_program

Buffers = list[tuple[str, Any]]


def run_pipeline(module: ModuleOp, text: str) -> None:
    """Runs a named pipeline or a list of passes."""
    PassManager(parse_pass_pipeline(text, get_all_passes(), NAMED_PIPELINES)).run(make_context(), module)


def compile_for_gpu(graph: torch.fx.GraphModule) -> tuple[ModuleOp, str, dict[str, list[TensorType | None]], Any]:
    """The lowered module, the host program, the argument types of each kernel, the attributes."""
    imported = import_aten(graph)
    module = imported.module
    AtenSetDevicePass(device="cuda:0").apply(make_context(), module)
    for text in ("aten-pipeline", "loop-pipeline", "rt-pipeline"):
        run_pipeline(module, text)
    source = emit_wrapper(module)
    types = {
        kernel.sym_name.data: [arg.type if isinstance(arg.type, TensorType) else None for arg in kernel.block.args]
        for kernel in module.body.block.ops
        if isinstance(kernel, KernelOp)
    }
    run_pipeline(module, "gpu-pipeline")
    module.verify()
    return module, source, types, {**imported.attributes, **imported.opaque}


def interpreted_program(graph: torch.fx.GraphModule) -> Callable[[list[Any]], Any]:
    """The graph's host program, on CPU tensors, with interpreted kernels."""
    module, source, types, attributes = compile_for_gpu(graph)
    replaced: dict[str, Any] = {
        function.sym_name.data: _interpreted(function, types[function.sym_name.data])
        for function in module.body.block.ops
        if isinstance(function, FuncOp)
    }
    replaced["empty_cuda"] = lambda sizes, strides, dtype: torch.empty_strided(sizes, strides, dtype=dtype)
    replaced["current_stream"] = lambda index: 0
    return load_host_program(source, replaced, attributes)


def _interpreted(function: FuncOp, types: Sequence[TensorType | None]) -> Callable[..., None]:
    assert function.launch is not None
    launch = function.launch

    def run(stream: int, *args: Any) -> None:
        symbols = dict(zip(launch.sizes, args[len(types) :], strict=True))
        values = [
            address if tensor is None else _array(address, tensor, symbols)
            for address, tensor in zip(args, types, strict=False)
        ]
        run_kernel(function, [evaluate(n, symbols) for n in launch.grid], [*values, *symbols.values()])

    return run


def _array(address: int, tensor: TensorType, symbols: dict[str, int]) -> np.ndarray[Any, Any]:
    dtype = storage_dtype(tensor.dtype)
    elems = evaluate(tensor.storage_elems(), symbols)
    if not elems or not address:
        return np.zeros(0, dtype)
    raw = (ctypes.c_uint8 * (elems * dtype.itemsize)).from_address(address)
    return np.frombuffer(raw, dtype)
