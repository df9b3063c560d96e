"""The torch.compile backend: `torch.compile(model, backend="fxopt")`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch._dynamo.backends.common import aot_autograd

from fxopt.ir.errors import FxOptError
from fxopt.ir.pipeline import module_text
from fxopt.lowering.import_fx import import_torch
from fxopt.runtime.compile import HostProgram, Session, compile_graph
from fxopt.runtime.config import config

_MODES = (None, "default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs")


def fxopt_backend(
    graph: torch.fx.GraphModule,
    example_inputs: Sequence[Any],
    *,
    mode: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> Callable[..., Any]:
    """Compiles a Dynamo graph; registered as the backend `"fxopt"`.

    `options` are settings of `fxopt.config` for this compile. Raises `FxOptError` for an unknown mode or option, and
    `CompilerError` if the compiler fails.
    """
    if mode not in _MODES:
        raise FxOptError(f"unknown mode {mode!r}", expected=", ".join(repr(m) for m in _MODES))
    with config.patch(**(options or {})):
        return compile_dynamo_graph(graph, example_inputs, Session(config))


def compile_dynamo_graph(
    graph: torch.fx.GraphModule, example_inputs: Sequence[Any], session: Session
) -> Callable[..., Any]:
    """Compiles a Dynamo graph through AOTAutograd, recording in `session`."""
    if _uses_gpu(graph, example_inputs):
        from fxopt.runtime.gpu_kernels import warm_up_gpu

        warm_up_gpu(session.config)
    torch_text: str | None = None
    if session.keep_texts or session.config.dump:
        torch_text = module_text(import_torch(graph).module)

    def compiler(kind: str) -> Callable[..., HostProgram]:
        return partial(_compile_boxed, session=session, kind=kind, torch_text=torch_text)

    compile_with_aot = aot_autograd(
        fw_compiler=compiler("forward"),
        bw_compiler=compiler("backward"),
        inference_compiler=compiler("inference"),
        keep_inference_input_mutations=True,
    )
    return compile_with_aot(graph, example_inputs)  # type: ignore[no-any-return]


def _uses_gpu(graph: torch.fx.GraphModule, example_inputs: Sequence[Any]) -> bool:
    """Whether an input or a parameter is on a GPU: Triton then starts up while AOTAutograd traces."""
    tensors = itertools.chain(example_inputs, graph.parameters(), graph.buffers())
    return any(isinstance(tensor, torch.Tensor) and tensor.is_cuda for tensor in tensors)


def _compile_boxed(
    graph: torch.fx.GraphModule,
    example_inputs: Sequence[Any],
    *,
    session: Session,
    kind: str,
    torch_text: str | None,
) -> HostProgram:
    """Compiles one graph of AOTAutograd's; the result takes its arguments boxed in a list."""
    program = compile_graph(graph, example_inputs, session, kind)
    if torch_text is not None and session.keep_texts:
        session.graphs[-1].texts["torch"] = torch_text
    program._boxed_call = True  # type: ignore[attr-defined]
    return program
