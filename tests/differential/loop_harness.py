"""Runs ATen functions through `convert-aten-to-loop` and the numpy interpreter, and compares with eager.

`check(fn, *tensors)` traces `fn`, lowers the graph, runs it with every safety check of the interpreter, and compares
values, dtypes, sizes and strides of the results. It returns the targets of the extern calls that are left.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch.fx.experimental.proxy_tensor import make_fx
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.func import FuncOp
from xdsl.parser import Parser

from fxopt.dialects.loop.interpret import from_storage, run_function, storage_dtype
from fxopt.dialects.loop.ops import ExternOp, NestOp
from fxopt.dialects.registry import make_context
from fxopt.ir.fx_args import Ref, Special
from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import Expr, evaluate
from fxopt.ir.types import DTYPES, SymType, TensorType, TupleType
from fxopt.lowering.convert_aten_to_loop import ConvertAtenToLoopPass
from fxopt.lowering.import_fx import import_aten


class Lowered:
    """A lowered graph: its module, function, and extern calls."""

    def __init__(self, module: ModuleOp, attributes: Mapping[str, Any] | None = None) -> None:
        self.module = module
        self.attributes = attributes or {}
        self.function = next(op for op in module.ops if isinstance(op, FuncOp))

    @property
    def externs(self) -> list[str]:
        return [op.target.data for op in self.function.walk() if isinstance(op, ExternOp) and op.target is not None]

    @property
    def num_nests(self) -> int:
        return sum(isinstance(op, NestOp) for op in self.function.walk())

    @property
    def reasons(self) -> list[str]:
        return [op.attributes["reason"].data for op in self.function.walk() if isinstance(op, ExternOp)]


def lower(fn: Any, *args: Any, dynamic: bool = False) -> Lowered:
    """`fn` traced to ATen operators (no decompositions) and lowered; the module is verified."""
    graph = make_fx(fn, tracing_mode="symbolic" if dynamic else "fake")(*args)
    graph.graph.eliminate_dead_code()
    imported = import_aten(graph)
    ConvertAtenToLoopPass().apply(make_context(), imported.module)
    imported.module.verify()
    return Lowered(imported.module, imported.attributes)


def check(
    fn: Any, *args: Any, dynamic: bool = False, rtol: float = 1e-5, atol: float = 1e-6, reparse: bool = False
) -> Lowered:
    """Lowers and runs `fn`, compares with eager; `reparse` also sends the module through its text."""
    lowered = lower(fn, *args, dynamic=dynamic)
    if reparse:
        text = str(lowered.module)
        module = Parser(make_context(), text).parse_module()
        assert str(module) == text
        lowered = Lowered(module, lowered.attributes)
    expected = fn(*args)
    got = run(lowered, args)
    want = list(expected) if isinstance(expected, tuple | list) else [expected]
    returned = next(op for op in lowered.function.body.block.ops if op.name == "fx.return")
    types = [operand.type for operand in returned.operands]
    assert len(got) == len(want)
    for value, tensor, type_ in zip(got, want, types, strict=True):
        compare(value, tensor, type_, symbols_of(lowered.function, args), rtol, atol)
    return lowered


def compare(storage: Any, want: torch.Tensor, type_: Any, symbols: dict[str, int], rtol: float, atol: float) -> None:
    """Values, dtype, sizes and strides of one result."""
    assert isinstance(type_, TensorType)
    sizes = [evaluate(size, symbols) for size in type_.sizes]
    assert sizes == list(want.shape), f"sizes {sizes}, eager {list(want.shape)}"
    strides = [evaluate(stride, symbols) for stride in type_.strides]
    differ = [(a, b) for n, a, b in zip(sizes, strides, want.stride(), strict=True) if n != 1 and a != b]
    assert not differ or 0 in sizes, f"strides {strides}, eager {list(want.stride())}"
    assert DTYPES[type_.dtype].torch_name == str(want.dtype).removeprefix("torch.")
    got = to_torch(storage, type_, symbols)
    torch.testing.assert_close(got, want.detach(), rtol=rtol, atol=atol, equal_nan=True, check_stride=False)


def run(lowered: Lowered, args: Any) -> list[Any]:
    """The results' flat storage."""
    symbols = symbols_of(lowered.function, args)
    values = [to_flat(arg) if isinstance(arg, torch.Tensor) else arg for arg in args]

    def externs(op: FxCallOp, operands: list[Any]) -> Any:
        if op.name == "fx.get_attr" and op.target is not None:
            return _flat_result(lowered.attributes[op.target.data], op.results[0].type, symbols)
        return call_eager(op, operands, symbols)

    return run_function(lowered.function, values, symbols=symbols, externs=externs)


def symbols_of(function: FuncOp, args: Any) -> dict[str, int]:
    """Size symbols, from arguments' sizes that are symbols."""
    symbols: dict[str, int] = {}
    for arg, value in zip(function.body.block.args, args, strict=True):
        if isinstance(arg.type, TensorType):
            layout = (
                *zip(arg.type.sizes, value.shape, strict=True),
                *zip(arg.type.strides, value.stride(), strict=True),
            )
            for size, number in layout:
                if isinstance(size, Expr) and size.as_atom() is not None:
                    symbols[str(size)] = number
        elif isinstance(arg.type, SymType) and isinstance(value, int):
            symbols[str(arg.type.expr)] = value
    return symbols


def to_flat(tensor: torch.Tensor) -> np.ndarray[Any, Any]:
    """Storage from the data pointer of `tensor` to its last element, shared."""
    tensor = tensor.detach()
    span = (
        0 if tensor.numel() == 0 else 1 + sum((n - 1) * s for n, s in zip(tensor.shape, tensor.stride(), strict=True))
    )
    flat = torch.as_strided(tensor, (span,), (1,))
    name = next(short for short, row in DTYPES.items() if row.torch_name == str(tensor.dtype).removeprefix("torch."))
    if name == "bf16":
        flat = flat.view(torch.int16)
    return flat.numpy().view(storage_dtype(name)) if name[0] in "bu" or name[:2] == "bf" else flat.numpy()


def to_torch(storage: np.ndarray[Any, Any], type_: TensorType, symbols: dict[str, int]) -> torch.Tensor:
    """A tensor over flat storage with the type's sizes and strides."""
    dtype = getattr(torch, DTYPES[type_.dtype].torch_name)
    if type_.dtype == "bf16":
        flat = torch.from_numpy(storage.view(np.int16)).view(dtype)
    else:
        flat = torch.from_numpy(np.ascontiguousarray(storage))
    sizes = [evaluate(size, symbols) for size in type_.sizes]
    strides = [evaluate(stride, symbols) for stride in type_.strides]
    return torch.as_strided(flat, sizes, strides)


def call_eager(op: FxCallOp, values: list[Any], symbols: dict[str, int]) -> Any:
    """Runs an extern call with torch's own kernel."""
    tensors = [
        to_torch(value, operand.type, symbols) if isinstance(operand.type, TensorType) else value
        for value, operand in zip(values, op.operands, strict=True)
    ]
    assert op.target is not None
    root, *path = op.target.data.split(".")
    function: Any = getattr(torch.ops, root) if isinstance(op, ExternOp) else importlib.import_module(root)
    for part in path:
        function = getattr(function, part)
    template = op.template
    result = function(
        *(_argument(value, tensors) for value in template.args),
        **{key: _argument(value, tensors) for key, value in template.kwargs},
    )
    return _flat_result(result, op.results[0].type, symbols)


def _argument(value: Any, tensors: list[Any]) -> Any:
    if isinstance(value, Ref):
        return tensors[value.index]
    if isinstance(value, Special):
        return getattr(torch, value.args[0]) if value.kind == "torch" else torch.device(value.args[0])
    return [_argument(item, tensors) for item in value] if isinstance(value, tuple) else value


def _flat_result(result: Any, type_: Any, symbols: dict[str, int]) -> Any:
    if isinstance(type_, TupleType):
        return tuple(_flat_result(item, t, symbols) for item, t in zip(result, type_.data, strict=True))
    if not isinstance(result, torch.Tensor):
        return result
    flat = to_flat(result)
    strides = tuple(evaluate(stride, symbols) for stride in type_.strides)
    wrong = [1 for n, a, b in zip(result.shape, result.stride(), strides, strict=True) if n > 1 and a != b]
    assert not wrong or 0 in result.shape, f"eager gives strides {result.stride()}, the graph says {strides}"
    return flat


__all__ = ["Lowered", "call_eager", "check", "compare", "from_storage", "lower", "run", "to_flat", "to_torch"]
