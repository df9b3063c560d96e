"""Time of a call after warm-up, backends taking turns: `python -m benchmarks.steady_state bert softmax`.

Prints milliseconds, the speed-up over eager, errors against float64, and peak memory where CUDA tells it.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import sys
from typing import Any

import torch

from benchmarks.timing import alternate, table
from benchmarks.workloads import KERNELS, MODELS, Workload, make


def first_tensor(result: Any) -> torch.Tensor:
    """The main output of a model or function."""
    return result if isinstance(result, torch.Tensor) else next(iter(result.values()))


def relative_error(result: torch.Tensor, reference: torch.Tensor) -> float:
    """`|result - reference| / |reference|` in the Euclidean norm, in float64."""
    reference = reference.double().cpu()
    return float((result.double().cpu() - reference).norm() / reference.norm())


def float64_result(workload: Workload) -> torch.Tensor:
    """The main output computed in float64 on the CPU, from the same weights and inputs."""
    inputs = {k: v.cpu().double() if v.is_floating_point() else v.cpu() for k, v in workload.inputs.items()}
    function = workload.function
    if isinstance(function, torch.nn.Module):
        function = copy.deepcopy(function).cpu().double()
    return first_tensor(function(**inputs))


def measure(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """One row: times, speed-ups and errors of a workload under each backend."""
    torch._dynamo.reset()
    workload = make(name, arguments.device, getattr(torch, arguments.dtype), arguments.batch)
    backends = ["eager", "fxopt", *([] if arguments.peer == "none" else [arguments.peer])]
    calls = {backend: workload.compiled(backend) for backend in backends}
    row: dict[str, Any] = {"work": name}
    if arguments.errors:
        reference = float64_result(workload)
        for backend in backends:
            row[f"{backend} error"] = relative_error(first_tensor(calls[backend]()), reference)
    times = alternate(calls, device=arguments.device, seconds=arguments.seconds)
    row |= {f"{backend} ms": time for backend, time in times.items()}
    row |= {f"{backend} x": times["eager"] / time for backend, time in times.items() if backend != "eager"}
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[*MODELS, *KERNELS], metavar="NAME")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--peer", default="inductor", help="'none' leaves the peer out")
    parser.add_argument("--seconds", type=float, default=4.0, help="time spent on each row")
    parser.add_argument("--errors", action="store_true", help="also compare with float64")
    parser.add_argument("--json", help="write the rows here")
    arguments = parser.parse_args()
    rows = []
    with torch.no_grad():
        for name in arguments.names:
            rows.append(measure(name, arguments))
            print(table([rows[-1]]), file=sys.stderr, flush=True)
    print(table(rows))
    for key in rows[0]:
        if key.endswith(" x"):
            ratios = [row[key] for row in rows]
            print(f"geometric mean of {key[:-2]}'s speed-up over eager: {math.prod(ratios) ** (1 / len(ratios)):.3f}")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
