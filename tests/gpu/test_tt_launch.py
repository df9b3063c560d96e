"""Hand-written `tt` kernels, compiled from TTIR and launched on the GPU."""

from __future__ import annotations

import importlib.util
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from fxopt.dialects.registry import make_context
from fxopt.ir.parser import MlirParser
from fxopt.lowering.emit_ttir import emit_ttir
from fxopt.runtime.gpu_compile import GpuTarget, KernelCompiler
from fxopt.runtime.gpu_launch import GpuLaunchError, LoadedKernel, load_kernel

has_cuda = torch.cuda.is_available() and torch.version.hip is None
pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not has_cuda, reason="needs a CUDA device")]

_spec = importlib.util.spec_from_file_location("tt_cases", Path(__file__).parents[1] / "kernels" / "cases.py")
assert _spec is not None and _spec.loader is not None
cases = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = cases
_spec.loader.exec_module(cases)
BY_NAME = {case.name: case for case in cases.CASES}


@pytest.fixture(scope="module")
def compiler():
    compiler = KernelCompiler()
    yield compiler
    compiler.close()


def build(compiler: KernelCompiler, name: str) -> LoadedKernel:
    module = MlirParser(make_context(), BY_NAME[name].text).parse_module()
    return load_kernel(compiler.compile(emit_ttir(module), target=GpuTarget.of_device()), torch.cuda.current_device())


def to_device(arg):
    """numpy arrays as tensors on the device; bf16 bits as int16, which has their size."""
    if not isinstance(arg, np.ndarray):
        return arg
    return torch.from_numpy(arg.view(np.int16) if arg.dtype == np.uint16 else arg).cuda()


def stream() -> int:
    return torch.cuda.current_stream().cuda_stream


def grid3(grid: tuple[int, ...]) -> tuple[int, ...]:
    return (*grid, *([1] * (3 - len(grid))))


@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.name)
def test_result(compiler, case):
    kernel = build(compiler, case.name)
    args, outputs = case.make()
    device_args = [to_device(arg) for arg in args]
    kernel.launch(*grid3(case.grid), stream(), *device_args)
    torch.cuda.synchronize()
    for index, expected in outputs.items():
        got = device_args[index].cpu().numpy()
        actual = cases.as_float(got.view(np.uint16) if got.dtype == np.int16 else got, expected)
        np.testing.assert_allclose(actual, expected, rtol=case.tolerance, atol=case.tolerance)


def test_addresses_and_views(compiler):
    kernel = build(compiler, "vector_add")
    x, out = torch.arange(1024.0, device="cuda"), torch.zeros(1024, device="cuda")
    kernel.launch(1, 1, 1, stream(), x.data_ptr(), x[256:], out.data_ptr(), 256)
    assert torch.equal(out[:256], x[:256] + x[256:512])
    assert not out[256:].any()


def test_fixed_grid(compiler):
    loaded = build(compiler, "vector_add")
    launch = load_kernel(loaded.kernel, torch.cuda.current_device(), grid=(2, 1, 1)).launch
    x, out = torch.ones(512, device="cuda"), torch.zeros(512, device="cuda")
    launch(stream(), x, x, out, 512)
    assert (out == 2).all()


def test_empty_grid_does_nothing(compiler):
    build(compiler, "vector_add").launch(0, 1, 1, stream(), 0, 0, 0, 0)
    torch.cuda.synchronize()


def test_wrong_arguments_are_refused(compiler):
    launch = build(compiler, "vector_add").launch
    with pytest.raises(TypeError, match="launch takes 8 arguments"):
        launch(1, 1, 1, stream())
    with pytest.raises(AttributeError, match="data_ptr"):
        launch(1, 1, 1, stream(), "x", 0, 0, 0)


def test_driver_errors_name_the_kernel(compiler):
    x = torch.zeros(16, device="cuda")
    with pytest.raises(GpuLaunchError, match="vector_add"):
        build(compiler, "vector_add").launch(1, 70000, 1, stream(), x, x, x, 0)


def test_new_thread_without_context(compiler):
    kernel = build(compiler, "vector_add")
    x, out, current = torch.ones(256, device="cuda"), torch.zeros(256, device="cuda"), stream()
    torch.cuda.synchronize()
    thread = threading.Thread(target=lambda: kernel.launch(1, 1, 1, current, x, x, out, 256))
    thread.start()
    thread.join()
    torch.cuda.synchronize()
    assert (out == 2).all()


def test_captured_in_a_graph(compiler):
    kernel = build(compiler, "vector_add")
    x, out = torch.ones(256, device="cuda"), torch.zeros(256, device="cuda")
    graph = torch.cuda.CUDAGraph()
    torch.cuda.synchronize()
    with torch.cuda.graph(graph):
        kernel.launch(1, 1, 1, stream(), x, x, out, 256)
    x.fill_(3)
    graph.replay()
    torch.cuda.synchronize()
    assert (out == 6).all()


def test_host_overhead(compiler):
    """Microseconds a launch on an idle stream; printed, and bounded loosely because machines differ."""
    kernel = build(compiler, "vector_add")
    x, out, current = torch.ones(256, device="cuda"), torch.zeros(256, device="cuda"), stream()
    addresses = (x.data_ptr(), x.data_ptr(), out.data_ptr())
    best = {}
    fixed = load_kernel(kernel.kernel, torch.cuda.current_device(), grid=(1, 1, 1)).launch
    kinds = {
        "addresses": (kernel.launch, (1, 1, 1, current, *addresses, 256)),
        "tensors": (kernel.launch, (1, 1, 1, current, x, x, out, 256)),
        "fixed grid": (fixed, (current, *addresses, 256)),
    }
    for label, (launch, args) in kinds.items():
        rounds = []
        for _ in range(30):
            torch.cuda.synchronize()
            start = time.perf_counter()
            for _ in range(200):
                launch(*args)
            rounds.append((time.perf_counter() - start) / 200 * 1e6)
        best[label] = min(rounds)
    torch.cuda.synchronize()
    print(f"\nhost us a launch: {best}; registers {kernel.num_regs}, spilled bytes {kernel.spill_bytes}")
    assert best["tensors"] < 10
