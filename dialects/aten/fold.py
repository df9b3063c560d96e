"""Evaluation of `aten` ops on known tensors, in numpy, with torch's dtype rules. What is not exact is not evaluated.

A known tensor is an array of its shape, or an array of no dims where all elements are the same (a *splat*): those cost
nothing whatever their shape. The dtypes are those of `_NUMPY`; half floats are not computed with.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from xdsl.ir import SSAValue

from fxopt.dialects.aten.ops import AtenOp
from fxopt.ir.types import DTYPES, TensorType

Known = np.ndarray[Any, np.dtype[Any]]

_NUMPY: dict[str, Any] = {
    "bool": np.bool_,
    "u8": np.uint8,
    "i8": np.int8,
    "i16": np.int16,
    "i32": np.int32,
    "i64": np.int64,
    "f32": np.float32,
    "f64": np.float64,
}


class Evaluator:
    """Evaluates ops in order; `known` grows as it goes. Tensors of more than `max_elems` elements must be splats."""

    def __init__(self, max_elems: int) -> None:
        self.max_elems = max_elems
        self.known: dict[SSAValue, Known] = {}

    def evaluate(self, op: AtenOp) -> Known | None:
        """The value of the op's result, if it is known; remembered for the ops to come."""
        function = _FUNCTIONS.get(op.OVERLOAD)
        result = op.results[0].type
        if function is None or not isinstance(result, TensorType) or result.dtype not in _NUMPY:
            return None
        if not all(isinstance(size, int) for size in result.sizes):
            return None
        try:
            with np.errstate(all="ignore"):
                value = function(self, op, result)
        except _UnknownError:
            return None
        shape = tuple(result.sizes)
        if value.ndim and value.size != math.prod(shape):
            return None
        if value.ndim or math.prod(shape) == 1:
            value = value.reshape(shape)
        elif shape and 0 in shape:
            value = np.zeros(shape, value.dtype)
        assert value.dtype == _NUMPY[result.dtype], f"{op.name} evaluates to {value.dtype}, its type is {result.dtype}"
        self.known[op.results[0]] = value
        return value

    def tensor(self, value: Any) -> Known:
        """The known value of an argument, a tensor; raises `_UnknownError`."""
        found = self.known.get(value) if isinstance(value, SSAValue) else None
        if found is None:
            raise _UnknownError
        return found

    def full(self, value: Any) -> Known:
        """As `tensor`, with every element written out."""
        return self.broadcast(self.tensor(value), value.type)

    def broadcast(self, array: Known, type_: TensorType) -> Known:
        """The array in the shape of the type, which is static."""
        shape = [size for size in type_.sizes if isinstance(size, int)]
        if math.prod(shape) > self.max_elems:
            raise _UnknownError
        return np.broadcast_to(array, shape)


class _UnknownError(Exception):
    """The result of an op is not known."""


Function = Callable[[Evaluator, AtenOp, TensorType], Known]


def splat_value(value: Known) -> bool | int | float | None:
    """The number that all elements are; None if they differ or there are none. Zeros of either sign differ."""
    if value.size == 0:
        return None
    first = value.reshape(-1)[0]
    if value.ndim and value.tobytes() != np.full(value.shape, first, value.dtype).tobytes():
        return None
    number: bool | int | float = first.item()
    return number


def _number(value: Any) -> bool | int | float:
    if type(value) not in (bool, int, float):
        raise _UnknownError
    return value


# ---- factories ----------------------------------------------------------------------------------------------


def _fill(name: str) -> Function:
    """Every element is the argument `name`."""
    return lambda evaluator, op, result: _cast(_number(op.arg(name)), result.dtype)


def _constant(number: int) -> Function:
    return lambda evaluator, op, result: _cast(number, result.dtype)


def _cast(number: bool | int | float, dtype: str) -> Known:
    """A number as a tensor of `dtype`; what does not fit is not evaluated."""
    kind = DTYPES[dtype].category
    if kind == "int":
        limits = np.iinfo(_NUMPY[dtype])
        if not math.isfinite(number) or not limits.min <= number <= limits.max:
            raise _UnknownError
        number = int(number)
    return np.asarray(number).astype(_NUMPY[dtype])


def _arange(evaluator: Evaluator, op: AtenOp, result: TensorType) -> Known:
    """start + i * step; integers only, since torch rounds float steps in its own way."""
    names = {param.name for param in op.params()}
    start = _number(op.arg("start")) if "start" in names else 0
    step = _number(op.arg("step")) if "step" in names else 1
    if result.rank != 1 or not math.isfinite(start) or not math.isfinite(step):
        raise _UnknownError
    count = result.sizes[0]
    if int(start) != start or int(step) != step or not isinstance(count, int) or count > evaluator.max_elems:
        raise _UnknownError
    if abs(start) + abs(step) * count >= 2**24:  # f32 holds integers up to here
        raise _UnknownError
    return (int(start) + np.arange(count) * int(step)).astype(_NUMPY[result.dtype])


# ---- layout -------------------------------------------------------------------------------------------------


def _reshaped(evaluator: Evaluator, op: AtenOp, result: TensorType) -> Known:
    """The same elements in the same order."""
    return evaluator.tensor(op.arg("self"))


def _expanded(evaluator: Evaluator, op: AtenOp, result: TensorType) -> Known:
    array = evaluator.tensor(op.arg("self"))
    if array.size == 1:
        return array.reshape(())
    return evaluator.broadcast(array, result)


def _permuted(evaluator: Evaluator, op: AtenOp, result: TensorType) -> Known:
    array = evaluator.tensor(op.arg("self"))
    return array.transpose(op.arg("dims")) if array.ndim else array


def _selected(evaluator: Evaluator, op: AtenOp, result: TensorType) -> Known:
    array, index = evaluator.tensor(op.arg("self")), op.arg("index")
    if type(index) is not int:
        raise _UnknownError
    return np.take(array, index, axis=op.arg("dim")) if array.ndim else array


def _sliced(evaluator: Evaluator, op: AtenOp, result: TensorType) -> Known:
    array = evaluator.tensor(op.arg("self"))
    bounds = [op.arg(name) for name in ("start", "end", "step")]
    if any(type(bound) not in (int, type(None)) for bound in bounds):
        raise _UnknownError
    if not array.ndim:
        return array
    index: list[Any] = [slice(None)] * array.ndim
    index[op.arg("dim")] = slice(*bounds)
    return array[tuple(index)]


def _converted(evaluator: Evaluator, op: AtenOp, result: TensorType) -> Known:
    """Another dtype; floats out of an integer's range are left alone."""
    array = evaluator.tensor(op.arg("self"))
    if array.dtype.kind == "f" and DTYPES[result.dtype].category == "int":
        limits = np.iinfo(_NUMPY[result.dtype])
        if not (np.isfinite(array).all() and (array >= limits.min).all() and (array <= limits.max // 2).all()):
            raise _UnknownError
    return array.astype(_NUMPY[result.dtype])


def _concatenated(evaluator: Evaluator, op: AtenOp, result: TensorType) -> Known:
    tensors, dim = op.arg("tensors"), op.arg("dim")
    if type(tensors) is not tuple or type(dim) is not int:
        raise _UnknownError
    arrays = [evaluator.full(tensor) for tensor in tensors if isinstance(tensor, SSAValue)]
    if len(arrays) != len(tensors) or any(array.ndim != result.rank for array in arrays):
        raise _UnknownError
    if any(array.dtype != _NUMPY[result.dtype] for array in arrays):
        raise _UnknownError
    return np.concatenate(arrays, axis=dim)


def _indexed(evaluator: Evaluator, op: AtenOp, result: TensorType) -> Known:
    """x[i, j, …] with integer tensors; numpy puts the indexed dims where torch does."""
    indices = op.arg("indices")
    index = tuple(slice(None) if i is None else evaluator.full(i) for i in indices)
    if any(array.dtype.kind != "i" for array in index if not isinstance(array, slice)):
        raise _UnknownError
    evaluator.broadcast(np.zeros((), np.bool_), result)  # not larger than is allowed
    try:
        return np.asarray(evaluator.full(op.arg("self"))[index])
    except IndexError:
        raise _UnknownError from None


def _running_sum(evaluator: Evaluator, op: AtenOp, result: TensorType) -> Known:
    """`cumsum` of integers and bools, in i64; the order of float additions is not ours to choose."""
    array, dim = evaluator.full(op.arg("self")), op.arg("dim")
    if type(dim) is not int or array.dtype.kind == "f" or result.dtype != "i64" or result.rank == 0:
        raise _UnknownError
    return np.asarray(np.cumsum(array, axis=dim, dtype=np.int64))


def _triangle(function: Callable[..., Known]) -> Function:
    """`tril` and `triu`: zeros on the other side of a diagonal."""

    def evaluate(evaluator: Evaluator, op: AtenOp, result: TensorType) -> Known:
        diagonal = op.arg("diagonal")
        if type(diagonal) is not int or result.rank < 2:
            raise _UnknownError
        return np.asarray(function(evaluator.full(op.arg("self")), diagonal))

    return evaluate


# ---- arithmetic ---------------------------------------------------------------------------------------------


def _binary(evaluator: Evaluator, op: AtenOp) -> tuple[Known, Known]:
    """Both arguments in their common dtype, with compatible shapes. Mixed dtypes only where the rule is simple."""
    values = [op.arg("self"), op.arg("other")]
    arrays = [evaluator.known.get(value) if isinstance(value, SSAValue) else None for value in values]
    dtype = next((array.dtype for array in arrays if array is not None), None)
    if dtype is None:
        raise _UnknownError
    for number, (value, array) in enumerate(zip(values, arrays, strict=True)):
        if array is None:
            arrays[number] = _scalar_like(_number(value), dtype)
        elif array.dtype != dtype:
            raise _UnknownError
    left, right = arrays
    assert left is not None and right is not None
    if left.ndim or right.ndim:
        for number, value in enumerate(values):
            if isinstance(value, SSAValue):
                arrays[number] = evaluator.full(value)
    return arrays[0], arrays[1]  # type: ignore[return-value]


def _scalar_like(number: bool | int | float, dtype: np.dtype[Any]) -> Known:
    """A Python number beside a tensor takes the tensor's dtype, unless it is of a higher category."""
    if dtype.kind == "f":
        return np.asarray(number).astype(dtype)
    allowed = bool if dtype.kind == "b" else (bool, int)
    if not isinstance(number, allowed) or (dtype.kind != "b" and not _fits(int(number), dtype)):
        raise _UnknownError
    return np.asarray(number).astype(dtype)


def _fits(number: int, dtype: np.dtype[Any]) -> bool:
    limits = np.iinfo(dtype)
    return bool(limits.min <= number <= limits.max)


def _arithmetic(function: Callable[[Known, Known], Known]) -> Function:
    """An operation whose result has the dtype of its arguments."""

    def evaluate(evaluator: Evaluator, op: AtenOp, result: TensorType) -> Known:
        if any(param.name == "alpha" for param in op.params()) and op.arg("alpha") != 1:
            raise _UnknownError
        left, right = _binary(evaluator, op)
        if left.dtype != _NUMPY[result.dtype] or left.dtype == np.bool_:
            raise _UnknownError
        return np.asarray(function(left, right))

    return evaluate


def _comparison(function: Callable[[Known, Known], Known]) -> Function:
    return lambda evaluator, op, result: np.asarray(function(*_binary(evaluator, op)))


def _logical(function: Callable[..., Known]) -> Function:
    return lambda evaluator, op, result: np.asarray(function(*(a != 0 for a in _binary(evaluator, op))))


def _bitwise(function: Callable[[Known, Known], Known]) -> Function:
    def evaluate(evaluator: Evaluator, op: AtenOp, result: TensorType) -> Known:
        left, right = _binary(evaluator, op)
        if left.dtype.kind == "f" or left.dtype != _NUMPY[result.dtype]:
            raise _UnknownError
        return np.asarray(function(left, right))

    return evaluate


def _divided(left: Known, right: Known) -> Known:
    if left.dtype.kind != "f":
        raise _UnknownError
    return np.asarray(left / right)


def _negated(evaluator: Evaluator, op: AtenOp, result: TensorType) -> Known:
    return np.asarray(-evaluator.tensor(op.arg("self")))


def _inverted(evaluator: Evaluator, op: AtenOp, result: TensorType) -> Known:
    array = evaluator.tensor(op.arg("self"))
    return np.asarray(array == 0 if op.OVERLOAD == "logical_not.default" else ~array)


def _chosen(evaluator: Evaluator, op: AtenOp, result: TensorType) -> Known:
    values = [op.arg(name) for name in ("condition", "self", "other")]
    arrays = [evaluator.tensor(value) for value in values]
    if arrays[1].dtype != arrays[2].dtype:
        raise _UnknownError
    if any(array.ndim for array in arrays):
        arrays = [evaluator.full(value) for value in values]
    return np.asarray(np.where(*arrays))


def _reduced(function: Callable[..., Known]) -> Function:
    """`any` and `all` over all dims."""
    return lambda evaluator, op, result: np.asarray(function(evaluator.tensor(op.arg("self")) != 0))


_COMPARISONS: Mapping[str, Callable[[Known, Known], Known]] = {
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
}  # fmt: skip

_FUNCTIONS: dict[str, Function] = {
    **{f"{name}.{kind}": _comparison(f) for name, f in _COMPARISONS.items() for kind in ("Tensor", "Scalar")},
    **{f"add.{kind}": _arithmetic(np.add) for kind in ("Tensor", "Scalar")},
    **{f"sub.{kind}": _arithmetic(np.subtract) for kind in ("Tensor", "Scalar")},
    **{f"mul.{kind}": _arithmetic(np.multiply) for kind in ("Tensor", "Scalar")},
    **{f"div.{kind}": _arithmetic(_divided) for kind in ("Tensor", "Scalar")},
    **{f"bitwise_and.{kind}": _bitwise(np.bitwise_and) for kind in ("Tensor", "Scalar")},
    **{f"bitwise_or.{kind}": _bitwise(np.bitwise_or) for kind in ("Tensor", "Scalar")},
    **{f"bitwise_xor.{kind}": _bitwise(np.bitwise_xor) for kind in ("Tensor", "Scalar")},
    "logical_and.default": _logical(np.logical_and),
    "logical_or.default": _logical(np.logical_or),
    "logical_xor.default": _logical(np.logical_xor),
    "logical_not.default": _inverted,
    "bitwise_not.default": _inverted,
    "neg.default": _negated,
    "where.self": _chosen,
    "any.default": _reduced(np.any),
    "all.default": _reduced(np.all),
    "full.default": _fill("fill_value"),
    "full_like.default": _fill("fill_value"),
    "new_full.default": _fill("fill_value"),
    "scalar_tensor.default": _fill("s"),
    **{f"{name}.default": _constant(0) for name in ("zeros", "zeros_like", "new_zeros")},
    **{f"{name}.default": _constant(1) for name in ("ones", "ones_like", "new_ones")},
    **{f"arange.{kind}": _arange for kind in ("default", "start", "start_step")},
    **dict.fromkeys(
        ("view.default", "_unsafe_view.default", "reshape.default", "unsqueeze.default", "squeeze.default",
         "squeeze.dim", "squeeze.dims", "alias.default", "detach.default", "clone.default",
         "lift_fresh_copy.default", "lift_fresh.default"),
        _reshaped,
    ),
    "expand.default": _expanded,
    "permute.default": _permuted,
    "t.default": lambda evaluator, op, result: evaluator.tensor(op.arg("self")).T,
    "select.int": _selected,
    "slice.Tensor": _sliced,
    "cat.default": _concatenated,
    "index.Tensor": _indexed,
    "cumsum.default": _running_sum,
    "tril.default": _triangle(np.tril),
    "triu.default": _triangle(np.triu),
    "_to_copy.default": _converted,
}  # fmt: skip
