"""`fxopt.explain`: compile a function, run it once, and show what became of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import torch

from fxopt.runtime.backend import compile_dynamo_graph
from fxopt.runtime.compile import Session
from fxopt.runtime.config import config
from fxopt.runtime.report import Report

__all__ = ["Report", "explain"]


def explain(fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Report:
    """Compiles `fn` for the given arguments, calls it once, and returns the report with the text of every stage.

    `fn` is a function or module; compiled code that torch holds for it is not touched. Grad mode is the caller's, so
    under `torch.no_grad()` the report is of inference. Sizes are constants unless marked dynamic. If the result
    requires grad, only the forward graph appears until a backward pass runs.
    """
    session = Session(config.with_changes({}), keep_texts=True)

    def backend(graph: torch.fx.GraphModule, example_inputs: list[Any]) -> Callable[..., Any]:
        return compile_dynamo_graph(graph, example_inputs, session)

    # Each call is a compile of its own: it neither counts as a recompile nor makes the sizes of the last one dynamic.
    unlimited = {"recompile_limit": sys.maxsize, "accumulated_recompile_limit": sys.maxsize}
    with torch._dynamo.config.patch(**unlimited, automatic_dynamic_shapes=False):
        torch.compile(fn, backend=backend)(*args, **kwargs)
    return Report(session.graphs)
