"""PyTorch's operator database through the IR: the same graph comes out, and computes the same bits."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import pytest
import torch
from fx_graphs import assert_equal_results, export, round_trip, trace_sample
from torch.testing._internal.common_methods_invocations import op_db

from fxopt.dialects.registry import make_context
from fxopt.ir.pipeline import parse_pass_pipeline
from fxopt.lowering.import_fx import import_aten
from fxopt.lowering.pass_registry import get_all_passes
from fxopt.lowering.pipelines import NAMED_PIPELINES

SHARDS = 6
# Their results are whatever lies in memory.
UNINITIALISED = {"empty", "empty_like", "empty_permuted", "empty_strided", "new_empty", "new_empty_strided", "resize_"}
# Sparse results have no strides to compare.
SPARSE = {"to_sparse", "sparse.mm", "sparse.sampled_addmm"}


def samples(op: Any, dtype: torch.dtype, count: int) -> list[Any]:
    """The first samples of an operator; none where it does not take the dtype."""
    if dtype not in op.supported_dtypes("cpu"):
        return []
    return list(itertools.islice(op.sample_inputs("cpu", dtype), count))


def graphs(op: Any, dtype: torch.dtype, count: int) -> list[Any]:
    """Traced samples; those that make_fx cannot trace (data-dependent control flow) are left out."""
    found = []
    for sample in samples(op, dtype, count):
        try:
            found.append(trace_sample(op, sample))
        except (RuntimeError, AssertionError):  # includes torch's data-dependent and unsupported errors
            continue
    return found


def check_passes(gm: torch.fx.GraphModule, inputs: list[torch.Tensor]) -> None:
    """The aten passes keep every bit of the results, and of what is written to the inputs."""
    imported = import_aten(gm)
    for module_pass in parse_pass_pipeline("aten-pipeline", get_all_passes(), NAMED_PIPELINES):
        module_pass.apply(make_context(), imported.module)
    imported.module.verify()
    assert_equal_results(gm, export(imported, root=gm), inputs)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_graphs_survive_the_round_trip_and_the_passes(shard: int) -> None:
    ctx, count = make_context(), 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for op in op_db[shard::SHARDS]:
            for gm, inputs in graphs(op, torch.float32, 1):
                result = round_trip(gm, ctx=ctx)
                if op.name not in UNINITIALISED:
                    assert_equal_results(gm, result, inputs)
                if op.name not in UNINITIALISED | SPARSE:
                    check_passes(gm, inputs)
                count += 1
    assert count * SHARDS > 600  # of 677 operators that take f32, a dozen cannot be traced


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [torch.float32, torch.int64, torch.bfloat16, torch.bool, torch.complex64], ids=str)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_passes_keep_every_bit_of_every_dtype(shard: int, dtype: torch.dtype) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for op in op_db[shard::SHARDS]:
            if op.name not in UNINITIALISED | SPARSE:
                for gm, inputs in graphs(op, dtype, 8):
                    check_passes(gm, inputs)
