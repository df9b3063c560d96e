"""The kernels of `tests/differential/gpu_kernel_cases.py` on a GPU against the reference interpreter."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "differential"))

from cpu_kernels import parse_kernel
from gpu_kernel_cases import GPU_CASES
from gpu_kernels import assert_close, converted, empty_outputs, make_inputs

from fxopt.dialects.loop.interpret import run_nest
from fxopt.ir.symbolic import evaluate
from fxopt.lowering.emit_ttir import emit_ttir
from fxopt.runtime.gpu_compile import GpuTarget, KernelCompiler, options_of
from fxopt.runtime.gpu_launch import load_kernel

has_cuda = torch.cuda.is_available() and torch.version.hip is None
pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not has_cuda, reason="needs a CUDA device")]

GUARD = 64
"""Bytes behind each output that must stay as they are."""


@pytest.fixture(scope="module")
def compiler():
    compiler = KernelCompiler()
    yield compiler
    compiler.close()


@pytest.fixture(scope="module")
def jobs(compiler):
    """All kernels, compiling side by side."""
    result = {}
    for name, (text, _) in GPU_CASES.items():
        function = converted(parse_kernel(text))
        job = compiler.submit(emit_ttir(function), target=GpuTarget.of_device(), options=options_of(function))
        result[name] = (function.launch, job)
    return result


def to_device(array: np.ndarray) -> torch.Tensor:
    """The bytes of an array on the device, with a guard zone behind them."""
    raw = np.concatenate([np.ascontiguousarray(array).view(np.uint8).reshape(-1), np.full(GUARD, 0xCD, np.uint8)])
    return torch.from_numpy(raw).cuda()


def to_host(tensor: torch.Tensor, like: np.ndarray) -> np.ndarray:
    raw = tensor.cpu().numpy()
    assert (raw[len(raw) - GUARD :] == 0xCD).all(), "the kernel wrote beyond the end of a buffer"
    return raw[: len(raw) - GUARD].view(like.dtype)


@pytest.mark.parametrize("name", GPU_CASES)
def test_kernel(jobs, name):
    text, sizes = GPU_CASES[name]
    launch, job = jobs[name]
    kernel = parse_kernel(text)
    loaded = load_kernel(job.result(), torch.cuda.current_device())
    for symbols in sizes:
        inputs = make_inputs(kernel, symbols)
        host = [*inputs, *empty_outputs(kernel, inputs, symbols)]
        buffers = [to_device(array) for array in host]
        grid = ([evaluate(extent, symbols) for extent in launch.grid] + [1, 1])[:3]
        numbers = [symbols[symbol] for symbol in kernel.symbols()]
        loaded.launch(*grid, torch.cuda.current_stream().cuda_stream, *buffers, *numbers)
        torch.cuda.synchronize()
        results = [to_host(buffer, array) for buffer, array in zip(buffers, host, strict=True)]
        assert_close(kernel, results[len(inputs) :], run_nest(kernel, inputs, symbols), rtol=5e-5)


def test_schedules_do_not_spill(jobs):
    """Rows that stay in registers fit there."""
    for name in ("softmax_16384", "layer_norm_4096", "transpose_large", "bf16_vector_large"):
        loaded = load_kernel(jobs[name][1].result(), torch.cuda.current_device())
        assert loaded.spill_bytes == 0, name
