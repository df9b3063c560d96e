"""Models on one GPU against eager and TorchInductor: `python -m benchmarks.gpu_models bert resnet50 --batch 1`.

For each model and backend: the first call, the time of a call (host and device), the time that kernels take on the
device, the error against float64, and peak memory. All backends are warmed up on another model first, so that the
first call holds no start-up of the process; all caches are empty.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
import time
from typing import Any

import torch

from benchmarks.steady_state import first_tensor, float64_result, relative_error
from benchmarks.timing import alternate, table
from benchmarks.workloads import MODELS, Workload, make


def device_ms(workload: Workload, calls: int = 10) -> float:
    """Milliseconds that kernels and copies take on the device in one call, by the profiler."""
    workload()
    torch.cuda.synchronize()
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
        for _ in range(calls):
            workload()
        torch.cuda.synchronize()
    return sum(event.self_device_time_total for event in profile.key_averages()) / 1e3 / calls


def peak_bytes(workload: Workload) -> int:
    """Bytes allocated at the peak of one call, beyond what was allocated before it."""
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    workload()
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() - before


def measure(name: str, backends: list[str], arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """One row a backend."""
    workload = make(name, "cuda", getattr(torch, arguments.dtype), arguments.batch)
    reference = float64_result(workload) if arguments.errors else None
    workload()
    rows, calls = [], {}
    for backend in backends:
        torch._dynamo.reset()
        torch.cuda.synchronize()
        call = calls[backend] = workload.compiled(backend)
        start = time.perf_counter()
        result = first_tensor(call())
        torch.cuda.synchronize()
        row: dict[str, Any] = {"model": name, "backend": backend, "first s": time.perf_counter() - start}
        if reference is not None:
            row["error"] = relative_error(result, reference)
        row["device ms"] = device_ms(call)
        row["peak MB"] = peak_bytes(call) / 1e6
        rows.append(row)
    times = alternate(calls, device="cuda", seconds=arguments.seconds, warmup=3)
    for row in rows:
        row["call ms"] = times[row["backend"]]
        row["x eager"] = times["eager"] / row["call ms"]
        row["device x eager"] = rows[0]["device ms"] / row["device ms"]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[*MODELS], metavar="NAME")
    parser.add_argument("--dtype", default="bfloat16")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--peer", default="inductor", help="'none' leaves the peer out")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--no-errors", dest="errors", action="store_false")
    parser.add_argument("--json", help="write the rows here")
    arguments = parser.parse_args()
    backends = ["eager", "fxopt", *([] if arguments.peer == "none" else [arguments.peer])]
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as empty, torch.no_grad():
        for variable in ("TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR", "FXOPT_CACHE_DIR"):
            os.environ[variable] = empty
        for backend in backends:
            make("softmax", "cuda", torch.float16).compiled(backend)()
        for name in arguments.names:
            torch.cuda.empty_cache()
            rows += measure(name, backends, arguments)
            print(table(rows[-len(backends) :]), file=sys.stderr, flush=True)
    print(table(rows))
    for backend in backends[1:]:
        for key in ("x eager", "device x eager"):
            ratios = [row[key] for row in rows if row["backend"] == backend]
            print(f"geometric mean of {backend}'s {key}: {math.prod(ratios) ** (1 / len(ratios)):.3f}")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
