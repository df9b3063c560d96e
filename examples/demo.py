"""Compiles a BERT encoder and a ResNet-50 with fxopt, and says how it went.

Configurations are the published ones, weights random: nothing is downloaded. Runs on CUDA if there is one.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch
import transformers

import fxopt
from fxopt.runtime.report import STAGES

OUT = Path(__file__).resolve().parent.parent / "out" / "demo"


def build(name: str) -> tuple[torch.nn.Module, dict[str, torch.Tensor]]:
    """The model, in evaluation mode with random weights, and an input."""
    torch.manual_seed(0)
    if name == "bert":
        inputs = {"input_ids": torch.randint(0, 30000, (1, 128))}
        return transformers.BertModel(transformers.BertConfig()).eval(), inputs
    inputs = {"pixel_values": torch.randn(1, 3, 224, 224)}
    return transformers.ResNetForImageClassification(transformers.ResNetConfig()).eval(), inputs


def first_output(result: Any) -> torch.Tensor:
    return next(iter(result.values())) if hasattr(result, "values") else result


def milliseconds(run: Callable[[], Any], device: str, repeats: int = 11) -> float:
    """Median time of a call."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append((time.perf_counter() - start) * 1e3)
    return median(times)


def demonstrate(name: str, device: str) -> None:
    model, inputs = build(name)
    reference_model = copy.deepcopy(model).double()
    reference_inputs = {k: v.double() if v.is_floating_point() else v for k, v in inputs.items()}
    reference = first_output(reference_model(**reference_inputs))
    model, inputs = model.to(device), {key: value.to(device) for key, value in inputs.items()}
    eager_error = (first_output(model(**inputs)).cpu().double() - reference).abs().max().item()
    eager_ms = milliseconds(partial(model, **inputs), device)

    compiled = torch.compile(model, backend="fxopt")
    start = time.perf_counter()
    result = first_output(compiled(**inputs))
    seconds = time.perf_counter() - start
    compiled_ms = milliseconds(partial(compiled, **inputs), device)
    error = (result.cpu().double() - reference).abs().max().item()

    report = fxopt.explain(model, **inputs)
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    for stage in STAGES:
        (folder / f"{stage}.{'py' if stage == 'python' else 'll' if stage == 'llvm' else 'mlir'}").write_text(
            report.text(stage)
        )
    print(
        f"{name}: first call {seconds:.2f} s, of it fxopt {sum(report.seconds.values()):.2f} s; "
        f"{eager_ms:.1f} ms eager, {compiled_ms:.1f} ms compiled: {eager_ms / compiled_ms:.2f}x\n"
        f"  largest error against float64 {error:.1e} (eager's {eager_error:.1e}); "
        f"{report.num_kernels} kernel launches ({report.num_distinct_kernels} distinct), "
        f"{sum(report.extern_calls.values())} library calls\n"
        f"  IR of every stage in {folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder}/"
    )


def main() -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    print(f"torch {torch.__version__} on {device}, {torch.get_num_threads()} threads")
    with torch.no_grad():
        for name in ("bert", "resnet50"):
            demonstrate(name, device)


if __name__ == "__main__":
    main()
