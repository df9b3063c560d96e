"""`fx-opt --check-values`: runs the graph on made-up inputs before and after each pass; names the pass that changed it.

ATen calls run with torch's eager kernels, loop nests with the numpy interpreter. The check ends where the graph
becomes a host program (`rt`): from there on, look at the kernels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute

from fxopt.dialects.loop.interpret import from_storage, run_function, storage_dtype
from fxopt.ir.errors import FxOptError
from fxopt.ir.fx_args import Ref, Special
from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import Expr, evaluate, free_vars
from fxopt.ir.types import DTYPES, SymType, TensorType, TupleType

# Results may differ by this factor of the largest value: reassociation and rounding, but no wrong element.
_TOLERANCE = {"f64": 1e-9, "f16": 1e-2, "bf16": 4e-2}
_DEFAULT_TOLERANCE = 1e-4


class ValuesChangedError(FxOptError):
    """A pass changed what the graph computes."""


@dataclass
class ValueCheck:
    """Called with the module before the first pass and after each one; raises `ValuesChangedError`."""

    seed: int = 0
    symbols: dict[str, int] = field(default_factory=dict)
    expected: list[tuple[TensorType | None, Any]] | None = None

    def __call__(self, module: ModuleOp) -> None:
        function = next((op for op in module.ops if isinstance(op, FuncOp) and op.sym_name.data == "main"), None)
        if function is None:
            return
        results = list(self._run(function))
        if self.expected is None:
            self.expected = results
        for index, (got, want) in enumerate(zip(results, self.expected, strict=True)):
            _compare(index, got, want)

    def _run(self, function: FuncOp) -> Iterator[tuple[TensorType | None, Any]]:
        types = list(function.body.block.arg_types)
        self._choose_sizes(types)
        inputs = [self._make_input(index, type_) for index, type_ in enumerate(types)]
        caller = _EagerCaller(self.symbols, self.seed)
        results = run_function(function, inputs, symbols=self.symbols, externs=caller)
        last = function.body.block.last_op
        assert isinstance(last, FxCallOp)
        returned = _leaves(last.template.args)
        for value, leaf in zip(_flat(results), returned, strict=True):
            type_ = last.operands[leaf.index].type if isinstance(leaf, Ref) else None
            yield self._result(value, type_)
        # What the graph does to its inputs is a result too.
        yield from (self._result(value, type_) for value, type_ in zip(inputs, types, strict=True))

    def _result(self, value: Any, type_: Attribute | None) -> tuple[TensorType | None, Any]:
        if isinstance(type_, TensorType) and isinstance(value, np.ndarray):
            return type_, from_storage(value, type_, self.symbols).copy()
        return None, value

    def _choose_sizes(self, types: Sequence[Attribute]) -> None:
        """Each size symbol gets a multiple of 8: guards about divisibility hold."""
        for type_ in types:
            exprs = (*type_.sizes, *type_.strides) if isinstance(type_, TensorType) else (getattr(type_, "expr", 0),)
            for expr in exprs:
                for name in sorted(free_vars(expr)) if isinstance(expr, Expr) else ():
                    self.symbols.setdefault(name, 8 * (len(self.symbols) + 1))

    def _make_input(self, index: int, type_: Attribute) -> Any:
        rng = np.random.default_rng((self.seed, index))
        if isinstance(type_, SymType) and not isinstance(type_.expr, str):
            return evaluate(type_.expr, self.symbols)
        if not isinstance(type_, TensorType):
            raise FxOptError("--check-values has no input for this argument", got=f"argument {index}: {type_}")
        elems, dtype = evaluate(type_.storage_elems(), self.symbols), storage_dtype(type_.dtype)
        category = DTYPES[type_.dtype].category
        if category in ("int", "bool"):
            return rng.integers(0, 2, elems).astype(dtype)  # also valid as indices
        values = rng.standard_normal(elems).astype(np.float32)
        if type_.dtype == "bf16":
            return (values.view(np.uint32) >> 16).astype(np.uint16)
        return values.astype(dtype)


def _leaves(value: Any) -> Iterator[Any]:
    """The items of an `fx.return` template, in order."""
    if isinstance(value, tuple) and not isinstance(value, Ref | Special):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, Special) and value.kind in ("tuple", "Size"):
        yield from _leaves(value.args)
    else:
        yield value


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _flat(item)
    else:
        yield value


def _compare(index: int, got: tuple[TensorType | None, Any], want: tuple[TensorType | None, Any]) -> None:
    type_, value = got
    if type_ is None or not isinstance(want[1], np.ndarray):
        if got[1] != want[1]:
            raise ValuesChangedError(f"result {index} changed", got=got[1], expected=want[1])
        return
    if value.shape != want[1].shape:
        raise ValuesChangedError(f"result {index} has another shape", got=value.shape, expected=want[1].shape)
    wide = np.complex128 if np.iscomplexobj(value) else np.float64
    a: np.ndarray[Any, Any] = value.astype(wide)
    b: np.ndarray[Any, Any] = want[1].astype(wide)
    scale = float(np.max(np.abs(b[np.isfinite(b)]), initial=1.0))
    tolerance = scale * _TOLERANCE.get(type_.dtype, _DEFAULT_TOLERANCE)
    wrong = ~np.isclose(a, b, rtol=0, atol=tolerance, equal_nan=True)
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValuesChangedError(
            f"result {index} changed in {int(wrong.sum())} of {wrong.size} elements, first at {where}",
            got=value[where],
            expected=want[1][where],
        )


class _EagerCaller:
    """Runs a call that is no kernel with torch, on the CPU. One generator seed for each run."""

    def __init__(self, symbols: dict[str, int], seed: int) -> None:
        import torch

        torch.manual_seed(seed)
        self.torch = torch
        self.symbols = symbols

    def __call__(self, op: FxCallOp, values: list[Any]) -> Any:
        from fxopt.ir.python_names import lookup_name

        operands = [self._tensor(value, o.type) for value, o in zip(values, op.operands, strict=True)]
        name = op.target.data if op.target is not None else op.name
        if op.name == "fx.get_attr":
            raise FxOptError("--check-values: the graph has constants that are not in its text", got=name)
        function = lookup_name(name if op.name == "fx.call" else f"torch.ops.{name}")
        arguments = [self._argument(value, operands) for value in op.template.args]
        keywords = {key: self._argument(value, operands) for key, value in op.template.kwargs}
        result = function(*arguments, **keywords)
        if ".empty" in name or ".new_empty" in name:
            result.zero_()  # what was in memory is no result
        return self._storage(result, op.results[0].type) if op.results else None

    def _tensor(self, value: Any, type_: Attribute) -> Any:
        if not isinstance(type_, TensorType) or not isinstance(value, np.ndarray):
            return value
        dtype = getattr(self.torch, DTYPES[type_.dtype].torch_name)
        flat = value.view(np.int16) if type_.dtype == "bf16" else np.ascontiguousarray(value)
        sizes = [evaluate(size, self.symbols) for size in type_.sizes]
        strides = [evaluate(stride, self.symbols) for stride in type_.strides]
        return self.torch.as_strided(self.torch.from_numpy(flat).view(dtype), sizes, strides)

    def _argument(self, value: Any, operands: list[Any]) -> Any:
        if isinstance(value, Ref):
            return operands[value.index]
        if isinstance(value, Special):
            items = [self._argument(item, operands) for item in value.args]
            if value.kind == "torch":
                return getattr(self.torch, items[0])
            if value.kind == "device":
                return self.torch.device("cpu")
            return slice(*items) if value.kind == "slice" else tuple(items)
        return [self._argument(item, operands) for item in value] if isinstance(value, tuple) else value

    def _storage(self, result: Any, type_: Attribute) -> Any:
        if isinstance(type_, TupleType):
            return tuple(self._storage(item, t) for item, t in zip(result, type_.data, strict=True))
        if not isinstance(result, self.torch.Tensor) or not isinstance(type_, TensorType):
            return result
        strides = [evaluate(stride, self.symbols) for stride in type_.strides]
        span = evaluate(type_.storage_elems(), self.symbols)
        flat = self.torch.empty(span, dtype=result.dtype)
        for dim, stride in enumerate(strides):
            if stride == 0 and result.shape[dim] > 1:
                result = result.narrow(dim, 0, 1)  # an expanded dim is stored once
        self.torch.as_strided(flat, result.shape, strides).copy_(result)
        return flat.view(self.torch.int16).numpy().view(np.uint16) if type_.dtype == "bf16" else flat.numpy()
