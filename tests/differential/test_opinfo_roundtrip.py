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

PASSES = "aten-canonicalize,aten-constant-fold,aten-cse,aten-dce"
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


@pytest.mark.parametrize("shard", range(SHARDS))
def test_graphs_survive_the_round_trip(shard: int) -> None:
    ctx, count = make_context(), 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for op in op_db[shard::SHARDS]:
            for gm, inputs in graphs(op, torch.float32, 1):
                result = round_trip(gm, ctx=ctx)
                if op.name not in UNINITIALISED:
                    assert_equal_results(gm, result, inputs)
                count += 1
    assert count * SHARDS > 600  # of 677 operators that take f32, a dozen cannot be traced


def check_passes(op: Any, dtype: torch.dtype, count: int) -> int:
    """Runs the aten passes on the samples of an operator; the number of graphs."""
    ctx = make_context()
    passes = parse_pass_pipeline(PASSES, get_all_passes())
    checked = 0
    for gm, inputs in graphs(op, dtype, count):
        imported = import_aten(gm)
        for module_pass in passes:
            module_pass.apply(ctx, imported.module)
        imported.module.verify()
        assert_equal_results(gm, export(imported, root=gm), inputs)
        checked += 1
    return checked


@pytest.mark.parametrize("shard", range(SHARDS))
def test_passes_keep_every_bit(shard: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = [op for op in op_db[shard::SHARDS] if op.name not in UNINITIALISED | SPARSE]
        assert sum(check_passes(op, torch.float32, 1) for op in wanted) * SHARDS > 500


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [torch.float32, torch.int64, torch.bfloat16, torch.bool, torch.complex64], ids=str)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_passes_keep_every_bit_of_every_dtype(shard: int, dtype: torch.dtype) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for op in op_db[shard::SHARDS]:
            if op.name not in UNINITIALISED | SPARSE:
                check_passes(op, dtype, 8)
