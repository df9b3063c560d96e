"""The torch.compile backend: `torch.compile(model, backend="fxopt")`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch._dynamo.backends.common import aot_autograd
from torch._dynamo.exc import BackendCompilerFailed
from torch._functorch.partitioners import min_cut_rematerialization_partition
from torch._guards import CompileContext

from fxopt.ir.errors import CompilerError, FxOptError
from fxopt.ir.pipeline import module_text
from fxopt.lowering.import_fx import import_torch
from fxopt.runtime.compile import HostProgram, Session, compile_graph
from fxopt.runtime.config import config
from fxopt.runtime.decompositions import decomposition_table

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
    with _errors_of_ours():
        if mode not in _MODES:
            raise FxOptError(f"unknown mode {mode!r}", expected=", ".join(repr(m) for m in _MODES))
        session = Session(config.with_changes(options or {}), graph_number=_compile_number())
    return compile_dynamo_graph(graph, example_inputs, session)


def _compile_number() -> str | None:
    """Torch's number of this compile, `frame_recompile`, so that dumps of different graphs get different names."""
    compile_id = CompileContext.current_compile_id()
    return None if compile_id is None else str(compile_id).replace("/", "_")


def compile_dynamo_graph(
    graph: torch.fx.GraphModule, example_inputs: Sequence[Any], session: Session
) -> Callable[..., Any]:
    """Compiles a Dynamo graph through AOTAutograd, recording in `session`."""
    if _uses_gpu(graph, example_inputs):
        from fxopt.runtime.gpu_kernels import warm_up_gpu

        warm_up_gpu(session.config)
    torch_text: str | None = None
    if session.keep_texts or session.config.dump:
        with _errors_of_ours():
            torch_text = module_text(import_torch(graph).module)

    def compiler(kind: str) -> Callable[..., HostProgram]:
        return partial(_compile_boxed, session=session, kind=kind, torch_text=torch_text)

    compile_with_aot = aot_autograd(
        fw_compiler=compiler("forward"),
        bw_compiler=compiler("backward"),
        inference_compiler=compiler("inference"),
        decompositions=decomposition_table(),
        partition_fn=min_cut_rematerialization_partition,
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
    with _errors_of_ours():
        program = compile_graph(graph, example_inputs, session, kind, torch_text)
    program._boxed_call = True  # type: ignore[attr-defined]
    return program


# Dynamo wraps what a backend raises in a BackendCompilerFailed of its own, unless it is one already.


class BackendError(FxOptError, BackendCompilerFailed):
    """A mistake in the use of the backend."""


class BackendCompilerError(CompilerError, BackendCompilerFailed):
    """A failure of the compiler in the backend."""


@contextmanager
def _errors_of_ours() -> Iterator[None]:
    """Lets errors of ours pass through Dynamo as they are, to be caught as `FxOptError` or `CompilerError`."""
    try:
        yield
    except BackendCompilerFailed:
        raise
    except FxOptError as error:
        kind = BackendCompilerError if isinstance(error, CompilerError) else BackendError
        wrapped = kind.__new__(kind)
        BackendCompilerFailed.__init__(wrapped, fxopt_backend, error, None)
        wrapped.__dict__.update(error.__dict__)
        wrapped.args = error.args
        raise wrapped from error
