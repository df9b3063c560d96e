"""Stages of graphs that are no plain inference: their texts, fed to the remaining passes, give the same final text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

import fxopt
from fxopt.lowering.cpu_target import host_target
from fxopt.lowering.emit_llvm import emit_llvm
from fxopt.lowering.emit_wrapper import emit_wrapper

from .test_backend_dynamic import DATA_DEPENDENT, data_dependent_sizes
from .test_backend_mutation import HIGHER_ORDER, dtype_views, f32, foreach_add_flipped, write_at_index, write_slice
from .test_backend_training import convolutional_net
from .test_models import replay


def training_step(x: torch.Tensor) -> None:
    convolutional_net()(x).sum().backward()


def dynamic(*sizes: int) -> torch.Tensor:
    x = f32(*sizes)
    for dim in range(x.dim()):
        torch._dynamo.mark_dynamic(x, dim)
    return x


CASES: dict[str, tuple[Callable[..., Any], Callable[[], tuple[Any, ...]]]] = {
    "write slice": (write_slice, lambda: (f32(4, 6), f32(2, 3))),
    "write at index": (write_at_index, lambda: (f32(8, 8),)),
    "foreach": (foreach_add_flipped, lambda: (f32(6),)),
    "dtype views": (dtype_views, lambda: (f32(4, 6),)),
    "nested cond": (HIGHER_ORDER["nested cond"], lambda: (f32(4, 5),)),
    "while_loop": (HIGHER_ORDER["while_loop"], lambda: (f32(4, 5),)),
    "dynamic": (lambda x: (x.softmax(-1), x.reshape(-1, x.shape[0]) @ x), lambda: (dynamic(6, 6),)),
    "nonzero": (DATA_DEPENDENT["nonzero"][0], lambda: (dynamic(4, 8),)),
    "training": (training_step, lambda: (f32(4, 3, 16, 16),)),
}

REST = {
    "aten": "aten-pipeline,loop-pipeline,rt-pipeline,gpu-pipeline,cpu-pipeline",
    "loop": "rt-pipeline,gpu-pipeline,cpu-pipeline",
    "rt": "gpu-pipeline,cpu-pipeline",
    "tt": "cpu-pipeline",
}


@pytest.mark.parametrize("name", CASES)
def test_replay(name: str) -> None:
    function, make_inputs = CASES[name]
    torch._dynamo.reset()
    with data_dependent_sizes():
        report = fxopt.explain(function, *make_inputs())
    assert report.graphs
    for graph in report.graphs:
        replay(graph.text("torch"), "")
        for stage, rest in REST.items():
            module = replay(graph.text(stage), rest)
            assert emit_wrapper(module) == graph.text("python"), (graph.name, stage)
            assert emit_llvm(module, host_target()) == graph.text("llvm"), (graph.name, stage)
