"""Importing FX graphs, Dynamo's or AOTAutograd's, and exported programs, with fxopt's own op classes."""

from __future__ import annotations

import logging
import os
import pickle
import zipfile
from collections.abc import Sequence
from typing import Any

from xdsl.dialects.builtin import ModuleOp

from fxopt.dialects.aten.ops import OPS, CallOp
from fxopt.dialects.fx import ops as fx
from fxopt.dialects.torch import ops as torch_ops
from fxopt.ir.errors import GraphImportError
from fxopt.ir.fx_import import ImportedGraph, OpResolver, import_graph

RESOLVER = OpResolver(
    overloads=OPS,
    other_overload=CallOp,
    torch_function=torch_ops.FunctionOp,
    torch_method=torch_ops.MethodOp,
    torch_module=torch_ops.ModuleCallOp,
    python_call=fx.CallPythonOp,
    getitem=fx.GetItemOp,
    get_attr=fx.GetAttrOp,
    subgraph=fx.SubgraphOp,
    returns=fx.ReturnOp,
)


def import_aten(gm: Any, *, name: str = "main", example_inputs: Sequence[Any] | None = None) -> ImportedGraph:
    """Imports a graph of operator overloads, as AOTAutograd or `make_fx` makes it."""
    return import_graph(gm, "aten", name=name, example_inputs=example_inputs, resolve=RESOLVER)


def import_torch(gm: Any, *, name: str = "main", example_inputs: Sequence[Any] | None = None) -> ImportedGraph:
    """Imports a graph of torch functions and methods, as Dynamo makes it."""
    return import_graph(gm, "torch", name=name, example_inputs=example_inputs, resolve=RESOLVER)


_HOW_TO_WRITE = "write it with torch.export.save"


def import_exported_program(program: Any) -> ModuleOp:
    """The module of an exported program, or of the `.pt2` archive at a path, functionalised.

    Operators that torch defines by others (`linear`, `softmax.int`, …) are taken apart, as AOTAutograd does for
    torch.compile. Raises `GraphImportError` where the archive cannot be read.
    """
    if isinstance(program, str | os.PathLike):
        program = _load(os.fspath(program))
    return import_aten(program.run_decompositions(_composite_operators()).graph_module).module


def _composite_operators() -> dict[Any, Any]:
    """The decompositions of the operators that have no kernel of their own."""
    import torch

    def is_composite(operator: Any) -> bool:
        has_kernel = torch._C._dispatch_has_kernel_for_dispatch_key
        return isinstance(operator, torch._ops.OpOverload) and has_kernel(operator.name(), "CompositeImplicitAutograd")

    table = torch.export.default_decompositions()
    return {operator: function for operator, function in table.items() if is_composite(operator)}


def _load(path: str) -> Any:
    if not zipfile.is_zipfile(path):  # before torch is imported, which takes seconds
        raise GraphImportError(
            f"{path} is no torch.export archive", got="a file that is not a zip archive", hint=_HOW_TO_WRITE
        )
    import torch

    logger = logging.getLogger("torch.export")
    level = logger.level
    logger.setLevel(logging.CRITICAL)  # torch logs a traceback for what it also raises
    try:
        return torch.export.load(path)
    except (OSError, RuntimeError, ValueError, KeyError, zipfile.BadZipFile, pickle.UnpicklingError) as error:
        raise GraphImportError(
            f"{path} is no torch.export archive that this torch can read",
            got=f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}",
            hint=_HOW_TO_WRITE,
        ) from error
    finally:
        logger.setLevel(level)
