"""Capturing FX graphs, and comparing them node by node."""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.fx import GraphModule, Node
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils import _pytree as pytree
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser

from fxopt.dialects.registry import make_context
from fxopt.ir.fx_export import export_graph
from fxopt.ir.fx_import import ImportedGraph
from fxopt.ir.pipeline import module_text
from fxopt.lowering.import_fx import import_aten, import_torch


def capture(
    function: Callable[..., Any], inputs: Any, *, grad: bool = False, dynamic: bool = False
) -> tuple[list[GraphModule], list[GraphModule]]:
    """The graphs of Dynamo and those of AOTAutograd, forward and (with `grad`) backward."""
    from torch._dynamo.backends.common import aot_autograd
    from torch._functorch.aot_autograd import make_boxed_func

    dynamo_graphs: list[GraphModule] = []
    aten_graphs: list[GraphModule] = []

    def compile_aten(gm: GraphModule, example_inputs: Any) -> Any:
        aten_graphs.append(gm)
        return make_boxed_func(gm.forward)

    aot = aot_autograd(fw_compiler=compile_aten, inference_compiler=compile_aten)

    def compile_torch(gm: GraphModule, example_inputs: Any) -> Any:
        dynamo_graphs.append(GraphModule(gm, copy.deepcopy(gm.graph)))  # Dynamo clears its own afterwards
        return aot(gm, example_inputs)

    torch._dynamo.reset()
    compiled = torch.compile(function, backend=compile_torch, dynamic=dynamic)
    with torch.set_grad_enabled(grad):
        result = compiled(**inputs) if isinstance(inputs, dict) else compiled(*inputs)
        if grad:
            leaves = [x for x in pytree.tree_leaves(result) if isinstance(x, torch.Tensor) and x.requires_grad]
            sum(x.sum() for x in leaves).backward()
    torch._dynamo.reset()
    return dynamo_graphs, aten_graphs


def trace(function: Callable[..., Any], *inputs: Any) -> GraphModule:
    """The ATen graph of a function of tensors."""
    return make_fx(function)(*inputs)


def trace_sample(op: Any, sample: Any) -> tuple[GraphModule, list[torch.Tensor]]:
    """The ATen graph of an OpInfo sample, and the tensors to run it on."""
    leaves, spec = pytree.tree_flatten((sample.input, sample.args, sample.kwargs))
    places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, torch.Tensor)]

    def call(*tensors: torch.Tensor) -> Any:
        values = list(leaves)
        for place, tensor in zip(places, tensors, strict=True):
            values[place] = tensor
        first, rest, named = pytree.tree_unflatten(values, spec)
        return op(first, *rest, **named)

    inputs = [leaves[i].detach().clone() for i in places]
    return trace(call, *inputs), inputs


def assert_same_value(a: Any, b: Any, where: Node | None) -> None:
    """Two FX arguments are the same: types, nesting, constants, and nodes by name."""
    if isinstance(a, list | dict):  # FX makes its own immutable ones of them
        assert isinstance(b, list if isinstance(a, list) else dict), (where, a, b)
    else:
        assert type(a) is type(b), (where, a, b)
    if isinstance(a, Node):
        assert a.name == b.name, (where, a, b)
    elif isinstance(a, list | tuple):
        assert len(a) == len(b), (where, a, b)
        for x, y in zip(a, b, strict=True):
            assert_same_value(x, y, where)
    elif isinstance(a, dict):
        assert list(a) == list(b), (where, a, b)
        for key in a:
            assert_same_value(a[key], b[key], where)
    elif isinstance(a, slice):
        assert_same_value((a.start, a.stop, a.step), (b.start, b.stop, b.step), where)
    elif isinstance(a, float | complex):
        assert repr(a) == repr(b), (where, a, b)
    else:
        assert a is b or a == b, (where, a, b)


def _placeholders_first(gm: GraphModule) -> list[Node]:
    """Functions have their arguments first; graphs of torch.export may not."""
    return sorted(gm.graph.nodes, key=lambda node: node.op != "placeholder")


def assert_same_graph(a: GraphModule, b: GraphModule, *, meta: bool = True) -> None:
    """Same nodes: opcodes, names, targets, arguments, `meta`; same attributes, subgraphs compared in turn."""
    left, right = _placeholders_first(a), _placeholders_first(b)
    assert len(left) == len(right)
    for x, y in zip(left, right, strict=True):
        assert (x.op, x.name) == (y.op, y.name)
        assert x.target is y.target or x.target == y.target, (x, x.target, y.target)
        assert_same_value(x.args, y.args, x)
        assert_same_value(dict(x.kwargs), dict(y.kwargs), x)
        if meta:
            assert x.meta.keys() == y.meta.keys(), x
            assert all(x.meta[key] is y.meta[key] for key in x.meta), x
        if x.op == "get_attr":
            owned, other = operator.attrgetter(x.target)(a), operator.attrgetter(y.target)(b)
            if isinstance(owned, GraphModule):
                assert_same_graph(owned, other, meta=meta)
            else:
                assert owned is other, x


def export(imported: ImportedGraph, module: ModuleOp | None = None, root: Any = None) -> GraphModule:
    """The graph of the import's module, or of another module that came from it."""
    return export_graph(
        imported.module if module is None else module,
        attributes=imported.attributes,
        opaque=imported.opaque,
        meta=imported.meta,
        root=root,
    )


def round_trip(gm: GraphModule, level: str = "aten", ctx: Context | None = None) -> GraphModule:
    """FX -> IR -> text -> IR -> FX; every step is compared. The graph that comes out of the text."""
    imported = import_aten(gm) if level == "aten" else import_torch(gm)
    imported.module.verify()
    assert_same_graph(gm, export(imported, root=gm))
    text = module_text(imported.module, debuginfo=True)
    parsed = Parser(ctx or make_context(), text).parse_module()
    parsed.verify()
    assert module_text(parsed, debuginfo=True) == text
    result = export(imported, parsed, root=gm)
    assert_same_graph(gm, result)
    return result


def assert_equal_results(a: GraphModule, b: GraphModule, inputs: Sequence[Any]) -> None:
    """Both graphs give the same bits, and write the same bits to their inputs."""
    left, right = ([x.clone() if isinstance(x, torch.Tensor) else x for x in inputs] for _ in range(2))
    torch.manual_seed(0)
    expected = a(*left)
    torch.manual_seed(0)
    torch.testing.assert_close(b(*right), expected, rtol=0, atol=0, equal_nan=True)
    torch.testing.assert_close(right, left, rtol=0, atol=0, equal_nan=True)
