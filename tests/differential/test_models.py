"""The six models, small, on the CPU: against eager and float64, and stage by stage through text."""

from __future__ import annotations

import copy

import pytest
import torch
from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser

import fxopt
from fxopt.dialects.registry import make_context
from fxopt.ir.pipeline import PassManager, parse_pass_pipeline
from fxopt.lowering.cpu_target import host_target
from fxopt.lowering.emit_llvm import emit_llvm
from fxopt.lowering.emit_wrapper import emit_wrapper
from fxopt.lowering.pass_registry import get_all_passes
from fxopt.lowering.pipelines import NAMED_PIPELINES

from .models import MODELS, build, outputs

LIBRARY = ("mm", "convolution", "attention", "pool")


def relative(result: torch.Tensor, reference: torch.Tensor) -> float:
    return float((result.double() - reference.double()).norm() / reference.double().norm())


@pytest.mark.parametrize("name", MODELS)
@torch.no_grad()
def test_results_and_strides_are_eagers(name: str) -> None:
    model, inputs = build(name)
    expected = outputs(model(**inputs))
    precise = copy.deepcopy(model).double()
    reference = outputs(precise(**{k: v.double() if v.is_floating_point() else v for k, v in inputs.items()}))
    compiled = torch.compile(model, backend="fxopt")
    for attempt in range(2):
        result = outputs(compiled(**inputs))
        assert len(result) == len(expected)
        for got, want, exact in zip(result, expected, reference, strict=True):
            assert got.dtype == want.dtype and got.stride() == want.stride(), attempt
            assert relative(got, want) <= 1e-5
            assert relative(got, exact) <= 1.5 * relative(want, exact) + 1e-8


@pytest.mark.parametrize("name", MODELS)
@torch.no_grad()
def test_every_stage_replays_to_the_same_text(name: str) -> None:
    model, inputs = build(name)
    report = fxopt.explain(model, **inputs)
    for target, reason in report.fallbacks.items():
        raise AssertionError(f"{target} fell back: {reason}")
    assert all(any(word in target for word in LIBRARY) for target in report.extern_calls)
    for graph in report.graphs:
        for stage, rest in (
            ("aten", "aten-pipeline,loop-pipeline,rt-pipeline,gpu-pipeline,cpu-pipeline"),
            ("loop", "rt-pipeline,gpu-pipeline,cpu-pipeline"),
            ("rt", "gpu-pipeline,cpu-pipeline"),
            ("tt", "cpu-pipeline"),
        ):
            module = replay(graph.text(stage), rest)
            assert emit_wrapper(module) == graph.text("python"), stage
            assert emit_llvm(module, host_target()) == graph.text("llvm"), stage


def replay(text: str, pipeline: str) -> ModuleOp:
    """The module that `pipeline` makes of a stage's text, verified before and after."""
    ctx = make_context()
    module = Parser(ctx, text).parse_module()
    module.verify()
    PassManager(parse_pass_pipeline(pipeline, get_all_passes(), NAMED_PIPELINES)).run(ctx, module)
    module.verify()
    return module
