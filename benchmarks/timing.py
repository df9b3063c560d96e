"""Timing several callables alternately, so that drift of the machine hits all alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import torch


def alternate(
    calls: Mapping[str, Callable[[], Any]], *, device: str = "cpu", seconds: float = 3.0, warmup: int = 2
) -> dict[str, float]:
    """Median milliseconds of each call, the calls taking turns for about `seconds` in all (three rounds at least)."""
    for call in calls.values():
        for _ in range(warmup):
            call()
    samples: dict[str, list[float]] = {name: [] for name in calls}
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline or len(next(iter(samples.values()))) < 3:
        for name, call in calls.items():
            samples[name].append(_once(call, device))
    return {name: median(values) for name, values in samples.items()}


def _once(call: Callable[[], Any], device: str) -> float:
    if device == "cpu":
        start = time.perf_counter()
        call()
        return (time.perf_counter() - start) * 1e3
    torch.cuda.synchronize()
    start = time.perf_counter()
    call()
    torch.cuda.synchronize()
    return (time.perf_counter() - start) * 1e3


def table(rows: list[dict[str, Any]]) -> str:
    """Rows of equal keys as aligned text; floats with three digits."""
    if not rows:
        return ""
    header = list(rows[0])
    cells = [header, *([_cell(row.get(key)) for key in header] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    return "\n".join("  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)) for row in cells)


def _cell(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else "-" if value is None else str(value)
