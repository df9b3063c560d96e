"""Decompositions that AOTAutograd applies while it traces: only where torch's trace promises less than eager gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

_LOW_PRECISION = (torch.bfloat16, torch.float16)


def decomposition_table() -> dict[Any, Callable[..., Any]]:
    """Overload → its decomposition, which may decline with `NotImplemented`."""
    return {torch.ops.aten._native_batch_norm_legit_functional.default: batch_norm_with_precise_statistics}


def batch_norm_with_precise_statistics(input: torch.Tensor, *args: Any) -> Any:
    """Batch norm of a bf16 or f16 tensor on the CPU with f32 statistics.

    Eager's kernel saves mean and 1/σ in f32. The trace says that they have the input's type, and the backward graph
    would be made for rounded ones: gradients ten times less precise than eager's.
    """
    if input.device.type != "cpu" or input.dtype not in _LOW_PRECISION:
        return NotImplemented
    batch_norm = torch.ops.aten._native_batch_norm_legit_functional.default
    result, *statistics = batch_norm(input.float(), *args)
    return result.to(input.dtype), *statistics
