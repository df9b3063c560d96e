"""Shape and dtype checks of `aten` ops, beyond the schema. Symbolic sizes are checked as far as they are decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from xdsl.ir import SSAValue
from xdsl.utils.exceptions import VerifyException

from fxopt.ir.symbolic import IntExpr
from fxopt.ir.types import DTYPES, TensorType, TupleType

if TYPE_CHECKING:
    from fxopt.dialects.aten.ops import AtenOp


# ---- helpers ------------------------------------------------------------------------------------------------


def _type(value: Any) -> TensorType | None:
    """The tensor type of an argument, if it has one."""
    return value.type if isinstance(value, SSAValue) and isinstance(value.type, TensorType) else None


def _tensors(op: AtenOp, *names: str) -> list[TensorType] | None:
    """The tensor types of the named arguments; None if one of them is no plain tensor."""
    types = [_type(op.arg(name)) for name in names]
    return None if None in types else [t for t in types if t is not None]


def _result(op: AtenOp) -> TensorType | None:
    return op.results[0].type if op.results and isinstance(op.results[0].type, TensorType) else None


def _differ(a: IntExpr, b: IntExpr) -> bool:
    """Whether two sizes are known to differ."""
    gap = a - b
    return isinstance(gap, int) and gap != 0


def _are_ints(value: Any) -> bool:
    """Whether an argument is a list of constants."""
    return isinstance(value, tuple) and all(isinstance(item, int) for item in value)


def _sizes(sizes: Sequence[IntExpr]) -> str:
    return f"[{', '.join(map(str, sizes))}]"


def _expect_rank(op: AtenOp, what: str, type_: TensorType, *ranks: int) -> None:
    if type_.rank not in ranks:
        expected = " or ".join(map(str, ranks))
        raise VerifyException(f"{op.name}: {what} must have {expected} dims, got {type_.rank} {_sizes(type_.sizes)}")


def _wrap(op: AtenOp, dim: Any, rank: int, what: str = "dim") -> int | None:
    """A dim as a non-negative number; None where it is no constant. A scalar counts as a vector of one."""
    if not isinstance(dim, int):
        return None
    limit = max(rank, 1)
    if not -limit <= dim < limit:
        raise VerifyException(f"{op.name}: {what} {dim} is out of range for a tensor of {rank} dims")
    return dim % limit


def _expect_sizes(op: AtenOp, expected: Sequence[IntExpr]) -> None:
    result = _result(op)
    if result is None:
        return
    if len(expected) != result.rank or any(map(_differ, expected, result.sizes)):
        raise VerifyException(f"{op.name}: the result must be {_sizes(expected)}, its type is {_sizes(result.sizes)}")


def _expect_same_dtype(op: AtenOp, names: Sequence[str], types: Sequence[TensorType]) -> None:
    for name, type_ in zip(names[1:], types[1:], strict=True):
        if type_.dtype != types[0].dtype:
            raise VerifyException(f"{op.name}: {names[0]} is {types[0].dtype}, {name} is {type_.dtype}")


# ---- matrix products ----------------------------------------------------------------------------------------


def _verify_product(op: AtenOp, lhs: str, rhs: str, rank: int) -> None:
    """`[…, M, K] x […, K, N] -> […, M, N]`, same batch size where there is one."""
    types = _tensors(op, lhs, rhs)
    if types is None:
        return
    left, right = types
    _expect_rank(op, lhs, left, rank)
    _expect_rank(op, rhs, right, rank)
    if _differ(left.sizes[-1], right.sizes[-2]):
        raise VerifyException(
            f"{op.name}: contracting sizes differ: "
            f"{lhs} dim {rank - 1} is {left.sizes[-1]}, {rhs} dim {rank - 2} is {right.sizes[-2]}"
        )
    if rank == 3 and _differ(left.sizes[0], right.sizes[0]):
        raise VerifyException(
            f"{op.name}: batch sizes differ: {lhs} dim 0 is {left.sizes[0]}, {rhs} dim 0 is {right.sizes[0]}"
        )
    _expect_sizes(op, (*left.sizes[:-1], right.sizes[-1]))
    if op.OVERLOAD.endswith(".default"):
        _expect_same_dtype(op, (lhs, rhs), types)


def _verify_vector_product(op: AtenOp, lhs: str, rhs: str) -> None:
    """`[…, K] x [K]`."""
    types = _tensors(op, lhs, rhs)
    if types is None:
        return
    left, right = types
    _expect_rank(op, rhs, right, 1)
    if _differ(left.sizes[-1], right.sizes[0]):
        raise VerifyException(
            f"{op.name}: contracting sizes differ: "
            f"{lhs} dim {left.rank - 1} is {left.sizes[-1]}, {rhs} dim 0 is {right.sizes[0]}"
        )
    _expect_sizes(op, left.sizes[:-1])


# ---- views --------------------------------------------------------------------------------------------------


def _verify_view(op: AtenOp) -> None:
    """The same number of elements; at most one size of -1."""
    types, result = _tensors(op, "self"), _result(op)
    sizes = op.arg("shape" if op.OVERLOAD == "reshape.default" else "size")
    if types is None or not isinstance(sizes, tuple):
        return
    unknown = [size for size in sizes if type(size) is int and size < 0]
    if len(unknown) > 1 or any(size != -1 for size in unknown):
        raise VerifyException(f"{op.name}: sizes may hold one -1 and no other negative, got {list(sizes)}")
    if result is not None and _differ(types[0].numel(), result.numel()):
        raise VerifyException(
            f"{op.name}: {_sizes(types[0].sizes)} has {types[0].numel()} elements, "
            f"{_sizes(result.sizes)} has {result.numel()}"
        )


def _verify_permute(op: AtenOp) -> None:
    """Each dim once; the sizes reordered."""
    types, dims = _tensors(op, "self"), op.arg("dims")
    if types is None or not _are_ints(dims):
        return
    order = [_wrap(op, dim, types[0].rank) for dim in dims]
    if sorted(d for d in order if d is not None) != list(range(types[0].rank)):
        raise VerifyException(f"{op.name}: {list(dims)} is no permutation of the {types[0].rank} dims")
    _expect_sizes(op, [types[0].sizes[d] for d in order if d is not None])


def _verify_transpose(op: AtenOp, *names: str) -> None:
    types = _tensors(op, "self")
    if types is None:
        return
    first, second = (_wrap(op, op.arg(name), types[0].rank, name) for name in names or ("dim0", "dim1"))
    if first is None or second is None or types[0].rank == 0:
        return
    sizes = list(types[0].sizes)
    sizes[first], sizes[second] = sizes[second], sizes[first]
    _expect_sizes(op, sizes)


def _verify_t(op: AtenOp) -> None:
    types = _tensors(op, "self")
    if types is not None:
        _expect_rank(op, "self", types[0], 0, 1, 2)
        _expect_sizes(op, types[0].sizes[::-1])


def _verify_reversal(op: AtenOp) -> None:
    types = _tensors(op, "self")
    if types is not None:
        _expect_sizes(op, types[0].sizes[::-1])


def _verify_mt(op: AtenOp) -> None:
    types = _tensors(op, "self")
    if types is None:
        return
    if types[0].rank < 2:
        raise VerifyException(f"{op.name}: self must have 2 dims or more, got {types[0].rank}")
    *batch, rows, columns = types[0].sizes
    _expect_sizes(op, (*batch, columns, rows))


def _verify_arange(op: AtenOp) -> None:
    result = _result(op)
    if result is not None:
        _expect_rank(op, "the result", result, 1)


def _verify_expand(op: AtenOp) -> None:
    """Leading dims are new, dims of size 1 grow, others stay."""
    types, result = _tensors(op, "self"), _result(op)
    if types is None or result is None:
        return
    if not _broadcasts(types[0].sizes, result.sizes):
        raise VerifyException(f"{op.name}: {_sizes(types[0].sizes)} does not expand to {_sizes(result.sizes)}")


def _verify_select(op: AtenOp) -> None:
    types, index = _tensors(op, "self"), op.arg("index")
    if types is None:
        return
    if types[0].rank == 0:
        raise VerifyException(f"{op.name}: a tensor of no dims has nothing to select")
    dim = _wrap(op, op.arg("dim"), types[0].rank)
    if dim is None:
        return
    size = types[0].sizes[dim]
    if isinstance(index, int) and isinstance(size, int) and not -size <= index < size:
        raise VerifyException(f"{op.name}: index {index} is out of range for dim {dim} of size {size}")
    _expect_sizes(op, (*types[0].sizes[:dim], *types[0].sizes[dim + 1 :]))


def _verify_slice(op: AtenOp) -> None:
    types, step = _tensors(op, "self"), op.arg("step")
    if types is None:
        return
    _wrap(op, op.arg("dim"), types[0].rank)
    if isinstance(step, int) and step <= 0:
        raise VerifyException(f"{op.name}: step must be positive, got {step}")
    result = _result(op)
    if result is not None and result.rank != types[0].rank:
        raise VerifyException(f"{op.name}: the result must have {types[0].rank} dims, it has {result.rank}")


def _verify_unsqueeze(op: AtenOp) -> None:
    types = _tensors(op, "self")
    if types is None:
        return
    dim = _wrap(op, op.arg("dim"), types[0].rank + 1)
    if dim is not None:
        _expect_sizes(op, (*types[0].sizes[:dim], 1, *types[0].sizes[dim:]))


def _verify_split_with_sizes(op: AtenOp) -> None:
    types, pieces = _tensors(op, "self"), op.arg("split_sizes")
    if types is None:
        return
    dim = _wrap(op, op.arg("dim"), types[0].rank)
    if dim is None or not _are_ints(pieces):
        return
    if _differ(sum(pieces), types[0].sizes[dim]):
        raise VerifyException(
            f"{op.name}: pieces {list(pieces)} add up to {sum(pieces)}, dim {dim} is {types[0].sizes[dim]}"
        )
    result = op.results[0].type
    if isinstance(result, TupleType) and len(result.data) != len(pieces):
        raise VerifyException(f"{op.name}: {len(pieces)} pieces but {len(result.data)} results")


# ---- joining and indexing -----------------------------------------------------------------------------------


def _verify_cat(op: AtenOp) -> None:
    """Sizes agree except along dim, where they add up. An empty vector joins anything, as in torch."""
    tensors = op.arg("tensors")
    if tensors == ():
        raise VerifyException(f"{op.name}: no tensors to join")
    types = [_type(value) for value in tensors] if isinstance(tensors, tuple) else [None]
    if None in types:
        return
    known = [t for t in types if t is not None and t.sizes != (0,)]
    if not known:
        return
    dim = _wrap(op, op.arg("dim"), known[0].rank)
    if dim is None:
        return
    total: IntExpr = 0
    for number, type_ in enumerate(known):
        _expect_rank(op, f"tensor {number}", type_, known[0].rank)
        for axis, (a, b) in enumerate(zip(known[0].sizes, type_.sizes, strict=True)):
            if axis != dim and _differ(a, b):
                raise VerifyException(f"{op.name}: tensor 0 dim {axis} is {a}, tensor {number} dim {axis} is {b}")
        total = type_.sizes[dim] + total
    _expect_sizes(op, (*known[0].sizes[:dim], total, *known[0].sizes[dim + 1 :]))


def _verify_index_dtype(op: AtenOp, name: str, dtypes: Sequence[str] = ("i64", "i32")) -> None:
    type_ = _type(op.arg(name))
    if type_ is not None and type_.dtype not in dtypes:
        raise VerifyException(f"{op.name}: {name} must be {' or '.join(dtypes)}, got {type_.dtype}")


def _verify_embedding(op: AtenOp) -> None:
    types = _tensors(op, "weight", "indices")
    if types is None:
        return
    _expect_rank(op, "weight", types[0], 2)
    _verify_index_dtype(op, "indices")
    _expect_sizes(op, (*types[1].sizes, types[0].sizes[1]))


def _verify_index_select(op: AtenOp) -> None:
    types = _tensors(op, "self", "index")
    if types is None:
        return
    _expect_rank(op, "index", types[1], 0, 1)
    _verify_index_dtype(op, "index")
    dim = _wrap(op, op.arg("dim"), types[0].rank)
    if dim is not None and types[0].rank:
        _expect_sizes(op, (*types[0].sizes[:dim], types[1].numel(), *types[0].sizes[dim + 1 :]))


def _verify_gather(op: AtenOp) -> None:
    types = _tensors(op, "self", "index")
    if types is None:
        return
    _verify_index_dtype(op, "index", ("i64", "i32", "u8"))
    _wrap(op, op.arg("dim"), types[0].rank)
    if types[0].rank and types[1].rank and 0 not in types[1].sizes:
        _expect_rank(op, "index", types[1], types[0].rank)
    _expect_sizes(op, types[1].sizes)


# ---- elementwise --------------------------------------------------------------------------------------------


def _broadcasts(sizes: Sequence[IntExpr], target: Sequence[IntExpr]) -> bool:
    """Whether a tensor of `sizes` may broadcast to `target`."""
    if len(sizes) > len(target):
        return False
    pairs = zip(reversed(sizes), reversed(target), strict=False)
    return not any(_differ(size, 1) and _differ(size, wanted) for size, wanted in pairs)


# Their tensor arguments do not broadcast together: a weight by channel, a buffer that may be empty.
_NOT_BROADCAST = frozenset(("prelu.default", "log_sigmoid_backward.default"))


def verify_pointwise(op: AtenOp) -> None:
    """Every tensor argument broadcasts to the result."""
    result = _result(op)
    if result is None or op.OVERLOAD in _NOT_BROADCAST:
        return
    for number, operand in enumerate(op.operands):
        type_ = _type(operand)
        if type_ is not None and not _broadcasts(type_.sizes, result.sizes):
            raise VerifyException(
                f"{op.name}: operand {number} of {_sizes(type_.sizes)} does not broadcast to {_sizes(result.sizes)}"
            )


def _verify_copy(op: AtenOp) -> None:
    types = _tensors(op, "self", "src")
    if types is not None and not _broadcasts(types[1].sizes, types[0].sizes):
        raise VerifyException(
            f"{op.name}: src of {_sizes(types[1].sizes)} does not broadcast to {_sizes(types[0].sizes)}"
        )


_VIEWS_IN_ANOTHER_DTYPE = frozenset(
    ("view.dtype", "view_as_complex.default", "view_as_real.default", "real.default", "imag.default")
)


def verify_view_dtype(op: AtenOp) -> None:
    """A view has the dtype and the device of what it views."""
    source = _type(op.operands[0]) if op.operands else None
    if source is None or not op.results or op.OVERLOAD in _VIEWS_IN_ANOTHER_DTYPE:
        return
    type_ = op.results[0].type
    for result in type_.data if isinstance(type_, TupleType) else (type_,):
        if isinstance(result, TensorType) and result.dtype != source.dtype:
            raise VerifyException(f"{op.name}: a view of {source.dtype} has dtype {result.dtype}")
        if isinstance(result, TensorType) and result.device != source.device:
            raise VerifyException(f"{op.name}: a view of a tensor on {source.device} is on {result.device}")


# ---- reductions, normalisation, convolution -----------------------------------------------------------------


def verify_reduction(op: AtenOp) -> None:
    """Each reduced dim is in range and named once; the result has the dims that stay."""
    names = {param.name for param in op.params()}
    types = _tensors(op, "self") if "self" in names else None
    if types is None or "dim" not in names:
        return
    dims = op.arg("dim")
    listed = dims if isinstance(dims, tuple) else (dims,) if dims is not None else ()
    wrapped = [_wrap(op, dim, types[0].rank) for dim in listed]
    if None in wrapped:
        return
    if len(set(wrapped)) != len(wrapped):
        raise VerifyException(f"{op.name}: a dim appears twice in {list(listed)}")
    if "keepdim" not in names or types[0].rank == 0:
        return
    # No dims mean all dims; so does the empty list, but not for those that reduce the dims of a list one by one.
    if not wrapped and op.OVERLOAD in ("any.dims", "all.dims") and dims is not None:
        return
    kept = [d for d in range(types[0].rank) if wrapped and d not in wrapped]
    if op.arg("keepdim"):
        _expect_sizes(op, [types[0].sizes[d] if d in kept else 1 for d in range(types[0].rank)])
    else:
        _expect_sizes(op, [types[0].sizes[d] for d in kept])


def _verify_dim_of_self(op: AtenOp) -> None:
    """An operation along one dim that keeps the shape."""
    types = _tensors(op, "self")
    if types is not None:
        _wrap(op, op.arg("dim"), types[0].rank)
        _expect_sizes(op, types[0].sizes)


def _verify_layer_norm(op: AtenOp) -> None:
    """normalized_shape is the shape's end; weight and bias have that shape."""
    types, shape = _tensors(op, "input"), op.arg("normalized_shape")
    if types is None or not _are_ints(shape):
        return
    tail = types[0].sizes[types[0].rank - len(shape) :]
    if len(shape) > types[0].rank or any(map(_differ, shape, tail)):
        raise VerifyException(f"{op.name}: normalized_shape {_sizes(shape)} does not end {_sizes(types[0].sizes)}")
    for name in ("weight", "bias"):
        type_ = _type(op.arg(name))
        if type_ is not None and any(map(_differ, shape, type_.sizes)):
            raise VerifyException(f"{op.name}: {name} is {_sizes(type_.sizes)}, normalized_shape is {_sizes(shape)}")


def _verify_convolution(op: AtenOp) -> None:
    """`input [N, C, …]`, `weight [O, C / groups, …]` (`[C, O / groups, …]` transposed), `bias [O]`."""
    types, groups = _tensors(op, "input", "weight"), op.arg("groups")
    if types is None or not isinstance(groups, int):
        return
    input_, weight = types
    if input_.rank != weight.rank:
        raise VerifyException(f"{op.name}: input has {input_.rank} dims, weight has {weight.rank}")
    transposed = op.arg("transposed") is True
    channels = weight.sizes[0] if transposed else weight.sizes[1] * groups
    if _differ(input_.sizes[1], channels):
        raise VerifyException(
            f"{op.name}: input has {input_.sizes[1]} channels, weight {_sizes(weight.sizes)} in {groups} groups takes "
            f"{channels}"
        )
    outputs = weight.sizes[1] * groups if transposed else weight.sizes[0]
    bias = _type(op.arg("bias"))
    if bias is not None and _differ(bias.numel(), outputs):
        raise VerifyException(f"{op.name}: bias has {bias.numel()} elements for {outputs} output channels")
    result = _result(op)
    if result is not None and result.rank == input_.rank and _differ(result.sizes[1], outputs):
        raise VerifyException(f"{op.name}: the result has {result.sizes[1]} channels, weight makes {outputs}")


def _verify_full(op: AtenOp) -> None:
    sizes = op.arg("size")
    if _are_ints(sizes):
        _expect_sizes(op, sizes)


def _verify_float(op: AtenOp) -> None:
    result = _result(op)
    if result is not None and DTYPES[result.dtype].category not in ("float", "complex"):
        raise VerifyException(f"{op.name}: the result must be floating-point, its type is {result.dtype}")


def _verify_softmax(op: AtenOp) -> None:
    _verify_dim_of_self(op)
    _verify_float(op)


VERIFIERS: dict[str, Callable[[Any], None]] = {
    "mm.default": lambda op: _verify_product(op, "self", "mat2", 2),
    "bmm.default": lambda op: _verify_product(op, "self", "mat2", 3),
    "addmm.default": lambda op: _verify_product(op, "mat1", "mat2", 2),
    "baddbmm.default": lambda op: _verify_product(op, "batch1", "batch2", 3),
    "_int_mm.default": lambda op: _verify_product(op, "self", "mat2", 2),
    "mv.default": lambda op: _verify_vector_product(op, "self", "vec"),
    "addmv.default": lambda op: _verify_vector_product(op, "mat", "vec"),
    "dot.default": lambda op: _verify_vector_product(op, "self", "tensor"),
    "view.default": _verify_view,
    "_unsafe_view.default": _verify_view,
    "reshape.default": _verify_view,
    "permute.default": _verify_permute,
    "transpose.int": _verify_transpose,
    "t.default": _verify_t,
    "numpy_T.default": _verify_reversal,
    "mT.default": _verify_mt,
    "swapaxes.default": lambda op: _verify_transpose(op, "axis0", "axis1"),
    "swapdims.default": _verify_transpose,
    "arange.default": _verify_arange,
    "arange.start": _verify_arange,
    "arange.start_step": _verify_arange,
    "expand.default": _verify_expand,
    "select.int": _verify_select,
    "slice.Tensor": _verify_slice,
    "unsqueeze.default": _verify_unsqueeze,
    "split_with_sizes.default": _verify_split_with_sizes,
    "cat.default": _verify_cat,
    "embedding.default": _verify_embedding,
    "index_select.default": _verify_index_select,
    "gather.default": _verify_gather,
    "copy_.default": _verify_copy,
    "cumsum.default": _verify_dim_of_self,
    "cumprod.default": _verify_dim_of_self,
    "_softmax.default": _verify_softmax,
    "_log_softmax.default": _verify_softmax,
    "native_layer_norm.default": _verify_layer_norm,
    "convolution.default": _verify_convolution,
    "full.default": _verify_full,
    "zeros.default": _verify_full,
    "ones.default": _verify_full,
    "empty.memory_format": _verify_full,
}
"""Overload -> its checks."""
