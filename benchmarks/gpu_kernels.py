"""Device time of memory-bound kernels on a GPU: `python -m benchmarks.gpu_kernels [NAME …] [--json FILE]`.

Each function under eager, Inductor and fxopt, bfloat16, the median of `triton.testing.do_bench` (which flushes the L2
cache between runs), beside a device-to-device copy: bytes that a kernel must move, over its time, over the copy's rate.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

import torch

from benchmarks.timing import table
from benchmarks.workloads import KERNELS, Workload, make

BACKENDS = ("eager", "inductor", "fxopt")


def _bfloat16(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, device="cuda", dtype=torch.bfloat16)


def _extra() -> dict[str, Callable[[], Workload]]:
    """Kernels beyond those of `workloads`."""
    return {
        "logsumexp": lambda: Workload(
            "logsumexp", lambda x: torch.logsumexp(x.float(), -1), {"x": _bfloat16(1024, 65_536)}
        ),
        "softmax_short": lambda: Workload(
            "softmax_short", lambda x: torch.softmax(x, -1), {"x": _bfloat16(262_144, 256)}
        ),
        "variance_columns": lambda: Workload("variance_columns", lambda x: x.var(0), {"x": _bfloat16(16_384, 4096)}),
        "transpose": lambda: Workload("transpose", lambda x: (x * 2).t().contiguous(), {"x": _bfloat16(8192, 8192)}),
        "bias_gelu": lambda: Workload(
            "bias_gelu",
            lambda x, b: torch.nn.functional.gelu(x + b),
            {"x": _bfloat16(4096, 3072), "b": _bfloat16(3072)},
        ),
        "small_layernorm": lambda: Workload(
            "small_layernorm",
            lambda x, w: torch.nn.functional.layer_norm(x, (768,), w, w),
            {"x": _bfloat16(128, 768), "w": _bfloat16(768)},
        ),
    }


def moved_bytes(workload: Workload, result: torch.Tensor) -> int:
    """Bytes of the inputs and of the result: what any kernel must move."""
    return sum(t.numel() * t.element_size() for t in (*workload.inputs.values(), result))


def milliseconds(call: Callable[[], Any]) -> float:
    """Median device time with a cold L2 cache."""
    from triton.testing import do_bench

    return float(do_bench(call, warmup=25, rep=100, return_mode="median"))


def copy_rate() -> float:
    """Bytes a millisecond, read plus written, of a copy of 256 MiB."""
    source = torch.empty(1 << 28, device="cuda", dtype=torch.uint8)
    target = torch.empty_like(source)
    return 2 * source.numel() / milliseconds(lambda: target.copy_(source))


def measure(name: str, rate: float, backends: list[str]) -> dict[str, Any]:
    """One row: times, and the share of the copy's rate."""
    torch._dynamo.reset()
    workload = _extra()[name]() if name in _extra() else make(name, "cuda", torch.bfloat16)
    row: dict[str, Any] = {"kernel": name}
    reference = workload()
    size = moved_bytes(workload, reference)
    for backend in backends:
        call = workload.compiled(backend)
        difference = (call().double() - reference.double()).norm() / reference.double().norm().clamp_min(1e-30)
        row[f"{backend} us"] = milliseconds(call) * 1e3
        row[f"{backend} % of copy"] = 100 * size / (row[f"{backend} us"] / 1e3) / rate
        if backend == "fxopt":
            row["difference from eager"] = float(difference)
    for peer in backends:
        if peer != "fxopt" and "fxopt" in backends:
            row[f"x {peer}"] = row[f"{peer} us"] / row["fxopt us"]
    return row


def main() -> None:
    """Measures the named kernels, or all."""
    known = [*KERNELS, *_extra()]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=known, metavar="NAME", help=f"of {', '.join(known)}")
    parser.add_argument("--backends", default=",".join(BACKENDS), help="comma-separated; fxopt among them for ratios")
    parser.add_argument("--json", help="write the rows to this file")
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("benchmarks.gpu_kernels: no CUDA device")
    rate = copy_rate()
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}: a copy moves {rate / 1e9:.2f} TB/s")
    rows = []
    for name in arguments.names:
        try:
            rows.append(measure(name, rate, arguments.backends.split(",")))
        except Exception as error:
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
            continue
        print(table(rows[-1:]), flush=True)
    print(table(rows))
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"copy_bytes_per_ms": rate, "rows": rows}, file, indent=1)


if __name__ == "__main__":
    main()
