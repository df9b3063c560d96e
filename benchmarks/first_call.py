"""Seconds of the first call, each in a fresh process on empty caches: `python -m benchmarks.first_call bert softmax`.

`added` is a backend's first call less `aot_eager`'s: what the backend itself costs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

from benchmarks.timing import table
from benchmarks.workloads import KERNELS, MODELS, make


def measure_here(name: str, backend: str, device: str, dtype: str) -> float:
    """The first call of the compiled workload in this process, after one eager call."""
    import torch

    with torch.no_grad():
        workload = make(name, device, getattr(torch, dtype))
        workload()
        compiled = workload.compiled(backend)
        start = time.perf_counter()
        compiled()
        if device != "cpu":
            torch.cuda.synchronize()
        return time.perf_counter() - start


def measure(name: str, backend: str, device: str = "cpu", dtype: str = "float32", cache: str | None = None) -> float:
    """The first call in a fresh process; on empty caches unless `cache` names a folder to use."""
    with tempfile.TemporaryDirectory() as empty:
        folder = cache or empty
        variables = {
            "TORCHINDUCTOR_CACHE_DIR": folder,
            "TRITON_CACHE_DIR": folder,
            "FXOPT_CACHE_DIR": folder,
            "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "0" if cache else "1",
        }
        command = [sys.executable, "-m", "benchmarks.first_call", "--worker", name, backend, device, dtype]
        done = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} under {backend} failed:\n{done.stderr[-2000:]}")
    return float(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[*MODELS, "softmax", "layernorm"], metavar="NAME")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--peer", default="inductor", help="'none' leaves the peer out")
    parser.add_argument("--json", help="write the rows here")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        print(json.dumps(measure_here(*arguments.names)))
        return
    rows: list[dict[str, Any]] = []
    for name in arguments.names:
        if name not in (*MODELS, *KERNELS):
            parser.error(f"no workload {name!r}; there are {', '.join((*MODELS, *KERNELS))}")
        where = (arguments.device, arguments.dtype)
        base = measure(name, "aot_eager", *where)
        ours = measure(name, "fxopt", *where)
        row = {"work": name, "aot_eager s": base, "fxopt s": ours, "fxopt added s": ours - base}
        with tempfile.TemporaryDirectory() as cache:
            measure(name, "fxopt", *where, cache=cache)
            row["fxopt added s, warm"] = measure(name, "fxopt", *where, cache=cache) - base
        if arguments.peer != "none":
            peer = measure(name, arguments.peer, *where)
            row |= {f"{arguments.peer} added s": peer - base, "ratio": (peer - base) / max(ours - base, 1e-3)}
        rows.append(row)
        print(table(rows).splitlines()[-1], file=sys.stderr, flush=True)
    print(table(rows))
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
