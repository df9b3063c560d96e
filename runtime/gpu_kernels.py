"""The GPU kernels of a module as callables of the emitted host program: `k(stream, *addresses, *sizes)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import torch
from xdsl.dialects.builtin import ModuleOp

from fxopt.dialects.tt.launch import LaunchConfig
from fxopt.dialects.tt.ops import FuncOp
from fxopt.ir.errors import CompilerError
from fxopt.ir.symbolic import to_python
from fxopt.lowering.emit_ttir import emit_ttir
from fxopt.runtime.config import Config
from fxopt.runtime.gpu_compile import CompiledKernel, GpuTarget, KernelCompiler, options_of
from fxopt.runtime.gpu_launch import load_kernel


def compile_gpu_kernels(module: ModuleOp, devices: Mapping[str, str], config: Config) -> dict[str, Callable[..., None]]:
    """Compiles the module's `tt.func`s side by side and loads each on its device (`devices`: kernel -> `cuda:0`).

    Raises GpuCompileError or GpuLaunchError.
    """
    compiler = kernel_compiler(config.cache_dir if config.cache else None, config.compile_threads)
    jobs = []
    for function in module.body.block.ops:
        if not isinstance(function, FuncOp) or function.launch is None:
            continue
        name = function.sym_name.data
        index = torch.device(devices[name]).index or 0
        target = GpuTarget.of_device(index)
        text = emit_ttir(function, backend=target.backend)
        job = compiler.submit(text, target=target, options=options_of(function))
        jobs.append((name, index, function.launch, job))
    return {name: load_launcher(job.result(), index, launch) for name, index, launch, job in jobs}


@cache
def kernel_compiler(cache_dir: str | None, max_workers: int) -> KernelCompiler:
    """The process's compiler with these settings: its threads and finished kernels are shared by all graphs."""
    return KernelCompiler(
        cache_directory=None if cache_dir is None else Path(cache_dir) / "gpu", max_workers=max_workers
    )


def warm_up_gpu(config: Config) -> None:
    """Starts loading Triton in the background; call it as soon as a CUDA tensor is seen."""
    target = GpuTarget.of_device()
    kernel_compiler(config.cache_dir if config.cache else None, config.compile_threads).warm_up(target)


def load_launcher(kernel: CompiledKernel, device_index: int, launch: LaunchConfig) -> Callable[..., None]:
    """The launcher of a compiled kernel with the grid of `launch`; no Python runs in it if the grid is constant."""
    constant = [extent for extent in launch.grid if isinstance(extent, int)]
    if len(constant) == len(launch.grid):
        x, y, z = ([*constant, 1, 1])[:3]
        return load_kernel(kernel, device_index, grid=(x, y, z)).launch
    loaded = load_kernel(kernel, device_index)
    return grid_launcher(loaded.launch, launch, len(kernel.param_types))


def grid_launcher(launch: Callable[..., None], config: LaunchConfig, num_args: int) -> Callable[..., None]:
    """`f(stream, *args)` that computes the grid from the sizes, the last arguments."""
    buffers = [f"a{i}" for i in range(num_args - len(config.sizes))]
    if set(buffers) & set(config.sizes):
        raise CompilerError(f"kernel sizes {config.sizes} are named like its buffers")
    args = ", ".join(["stream", *buffers, *config.sizes])
    grid = ", ".join([*(to_python(extent) for extent in config.grid), *["1"] * (3 - len(config.grid))])
    function: Callable[..., None] = eval(f"lambda {args}: launch({grid}, {args})", {"launch": launch})
    return function
