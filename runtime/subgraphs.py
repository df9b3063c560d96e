"""The graphs that higher-order operators call, as callables of the host program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from xdsl.dialects.builtin import ModuleOp

from fxopt.dialects.fx import ops as fx
from fxopt.dialects.rt import ops as rt
from fxopt.runtime.host_program import conform

# Operators that call their graphs on plain tensors; others (flex_attention, associative_scan) may batch them first.
_CALL_ON_PLAIN_TENSORS = frozenset(f"higher_order.{name}" for name in ("cond", "invoke_subgraph", "while_loop"))

CompileSubgraph = Callable[[torch.fx.GraphModule, Sequence[Any]], Callable[[list[Any]], Any]]


def subgraph_callables(
    graph: torch.fx.GraphModule, module: ModuleOp, compile_: CompileSubgraph
) -> dict[str, Callable[..., Any]]:
    """Name → callable of each `fx.subgraph` of the `rt` module: compiled where that is safe, else torch's own graph."""
    result: dict[str, Callable[..., Any]] = {}
    for name, callers in _callers(module).items():
        subgraph = graph.get_submodule(name)
        assert isinstance(subgraph, torch.fx.GraphModule)
        examples = [node.meta.get("val") for node in subgraph.graph.find_nodes(op="placeholder")]
        if callers <= _CALL_ON_PLAIN_TENSORS and all(map(_is_static, examples)):
            result[name] = _unboxed(compile_(subgraph, examples), examples)
        else:
            result[name] = subgraph
    return result


def _callers(module: ModuleOp) -> Mapping[str, set[str]]:
    """Name of each subgraph → the operators that take it."""
    callers: dict[str, set[str]] = {}
    for program in module.body.ops:
        if isinstance(program, rt.FuncOp):
            for op in program.body.block.ops:
                if isinstance(op, fx.SubgraphOp) and op.target is not None:
                    users = {use.operation for use in op.results[0].uses}
                    targets = {user.target.data for user in users if isinstance(user, rt.ExternOp) and user.target}
                    callers.setdefault(op.target.data, set()).update(targets)
    return callers


def _is_static(example: Any) -> bool:
    return isinstance(example, torch.Tensor) and all(isinstance(n, int) for n in (*example.shape, *example.stride()))


def _unboxed(program: Callable[[list[Any]], Any], examples: Sequence[torch.Tensor]) -> Callable[..., Any]:
    """`program` as a function of tensors, which get the layouts that it was compiled for."""
    layouts = [(tuple(example.shape), example.stride()) for example in examples]

    def call(*args: torch.Tensor) -> Any:
        return program([conform(arg, *layout) for arg, layout in zip(args, layouts, strict=True)])

    return call
