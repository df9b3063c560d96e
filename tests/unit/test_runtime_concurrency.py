"""Compiling and running in many threads, and after a fork."""

from __future__ import annotations

import os
import signal
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from torch._dynamo.backends.registry import lookup_backend

import fxopt

# Torch registers a backend on first use, and not in several threads at once.
lookup_backend("fxopt")


def scaled_softmax(scale: float) -> Callable[[torch.Tensor], torch.Tensor]:
    def function(x: torch.Tensor) -> torch.Tensor:
        return (x * scale).sin().softmax(-1) + scale

    return function


def test_threads_compile_and_run_the_same_and_different_functions(tmp_path: Path) -> None:
    torch._dynamo.reset()
    shared = torch.compile(scaled_softmax(0.5), backend="fxopt")

    def work(index: int) -> None:
        own = torch.compile(scaled_softmax(float(index % 4)), backend="fxopt")
        x = torch.randn(3 + index, 16, requires_grad=index % 2 == 0)
        for compiled, scale in ((shared, 0.5), (own, float(index % 4))):
            for _ in range(2):
                result = compiled(x)
                torch.testing.assert_close(result, scaled_softmax(scale)(x))
                if x.requires_grad:
                    result.sum().backward()

    with fxopt.config.patch(cache_dir=str(tmp_path)), ThreadPoolExecutor(8) as pool:
        for job in [pool.submit(work, index) for index in range(8)]:
            job.result(timeout=120)


def test_threads_run_one_compiled_function_at_once() -> None:
    torch._dynamo.reset()

    def function(x: torch.Tensor) -> torch.Tensor:
        return (x @ x).softmax(-1) * x.sum()

    compiled = torch.compile(function, backend="fxopt")
    inputs = [torch.randn(64, 64) for _ in range(8)]
    expected = [function(x) for x in inputs]
    with torch.no_grad(), ThreadPoolExecutor(8) as pool:
        compiled(inputs[0])
        for _ in range(5):
            for got, want in zip(pool.map(compiled, inputs), expected, strict=True):
                torch.testing.assert_close(got, want)


def test_a_forked_child_runs_and_compiles() -> None:
    """With one thread: after a fork, OpenMP's threads are gone, for eager as for us."""
    torch._dynamo.reset()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        compiled = torch.compile(lambda x: x.sin() + 1, backend="fxopt")
        x = torch.randn(100)
        compiled(x)
        assert _exit_status_of_child(lambda: _works_in_child(compiled, x)) == 0
    finally:
        torch.set_num_threads(threads)


def _works_in_child(compiled: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> bool:
    other = torch.compile(lambda x: (x * 3).cos() - x, backend="fxopt", options={"cache": False})
    results = [(compiled(x), x.sin() + 1), (other(x), (x * 3).cos() - x)]
    return all(torch.allclose(got, want, atol=1e-5) for got, want in results)


def _exit_status_of_child(works: Callable[[], bool]) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of a fork beside threads
        child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if works() else 2
        finally:
            os._exit(status)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1
