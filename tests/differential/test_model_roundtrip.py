"""The six models, small, through the import, the aten passes and the export."""

from __future__ import annotations

import pytest
import torch
from fx_graphs import assert_equal_results, capture, export, round_trip
from xdsl.dialects.builtin import ModuleOp

from fxopt.dialects.registry import make_context
from fxopt.ir.pipeline import PassManager, parse_pass_pipeline
from fxopt.lowering.import_fx import import_aten
from fxopt.lowering.pass_registry import get_all_passes
from fxopt.lowering.pipelines import NAMED_PIPELINES

from .models import MODELS, build


def run_aten_pipeline(module: ModuleOp) -> None:
    passes = parse_pass_pipeline("aten-pipeline", get_all_passes(), NAMED_PIPELINES)
    PassManager(passes).run(make_context(), module)
    module.verify()


def inputs_of(gm: torch.fx.GraphModule) -> list[torch.Tensor]:
    """Arguments of the right types: small integers, or values below one."""
    torch.manual_seed(0)
    found = []
    for node in gm.graph.find_nodes(op="placeholder"):
        fake = node.meta["val"]
        tensor = torch.empty_strided(fake.shape, fake.stride(), dtype=fake.dtype)
        if fake.dtype.is_floating_point:
            found.append(tensor.copy_(torch.rand(fake.shape)))
        else:
            found.append(tensor.copy_(torch.randint(0, 2, fake.shape)))
    return found


@pytest.mark.parametrize("name", MODELS)
def test_graphs_of_models(name: str) -> None:
    model, inputs = build(name)
    dynamo_graphs, aten_graphs = capture(model, inputs)
    assert dynamo_graphs and aten_graphs
    ctx = make_context()
    for gm in dynamo_graphs:
        round_trip(gm, "torch", ctx)
    for gm in aten_graphs:
        arguments = inputs_of(gm)
        with torch.no_grad():
            assert_equal_results(gm, round_trip(gm, ctx=ctx), arguments)
            imported = import_aten(gm)
            before = len(list(imported.module.walk()))
            PassManager(parse_pass_pipeline("aten-pipeline", get_all_passes(), NAMED_PIPELINES)).run(
                ctx, imported.module
            )
            imported.module.verify()
            assert len(list(imported.module.walk())) <= before
            assert_equal_results(gm, export(imported, root=gm), arguments)


@pytest.mark.parametrize("name", ["bert", "resnet50"])
def test_training_graphs_of_models(name: str) -> None:
    model, inputs = build(name)
    _, aten_graphs = capture(model.train(), inputs, grad=True)
    assert len(aten_graphs) == 2
    for gm in aten_graphs:
        round_trip(gm)


def test_dynamic_graph_of_a_model() -> None:
    model, inputs = build("bert")
    torch._dynamo.mark_dynamic(inputs["input_ids"], 1)
    dynamo_graphs, aten_graphs = capture(model, inputs, dynamic=True)
    for gm in dynamo_graphs:
        round_trip(gm, "torch")
    for gm in aten_graphs:
        round_trip(gm)
        imported = import_aten(gm)
        PassManager(parse_pass_pipeline("aten-pipeline", get_all_passes(), NAMED_PIPELINES)).run(
            make_context(), imported.module
        )
        imported.module.verify()
        assert "!aten.sym<int, s" in str(imported.module)
