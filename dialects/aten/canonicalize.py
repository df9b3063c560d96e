"""Rewrites of single `aten` ops that make them simpler, exactly: same values (-0.0 and NaN too), same layout.

A pattern takes an op and gives the value to use in its stead, a new op that computes it, or None where it does not
apply. The driver (`transforms/aten_canonicalize.py`) checks that the types are the same, and that no two tensors become
one whose difference the caller could see, so patterns need not. Views are in `canonicalize_views.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from xdsl.ir import Attribute, OpResult, SSAValue

from fxopt.dialects.aten.ops import OPS, AtenOp
from fxopt.ir.fx_args import Special
from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.types import DTYPE_OF_TORCH_NAME, DTYPES, TensorType

Replacement = SSAValue | FxCallOp | None
Pattern = Callable[[Any], Replacement]


# ---- helpers, shared with canonicalize_views ----------------------------------------------------------------


def producer(value: Any, *overloads: str) -> AtenOp | None:
    """The op that makes `value`, if it is one of the overloads."""
    if isinstance(value, OpResult) and isinstance(value.op, AtenOp) and value.op.OVERLOAD in overloads:
        return value.op
    return None


def tensor_type(value: Any) -> TensorType | None:
    """The tensor type of an argument, if it has one."""
    return value.type if isinstance(value, SSAValue) and isinstance(value.type, TensorType) else None


def make(overload: str, args: tuple[Any, ...], type_: Attribute, **kwargs: Any) -> FxCallOp:
    """A new op, not yet in a block."""
    return OPS[f"aten.{overload}"].call(args, type_, **kwargs)


def dtype_category(value: Any) -> str | None:
    """`bool`, `int`, `float` or `complex`; None for what is no tensor."""
    type_ = tensor_type(value)
    return None if type_ is None else DTYPES[type_.dtype].category


def _is_number(value: Any, wanted: float) -> bool:
    """Whether `value` is the constant `wanted`, the sign of zero included."""
    return type(value) in (int, float) and value == wanted and str(float(value)) == str(float(wanted))


def number_of(value: Any) -> bool | int | float | None:
    """The number that an argument is, or that every element of a tensor is known to be."""
    while (view := producer(value, *_RESHAPES)) is not None:
        value = view.arg("self")
    if (op := producer(value, "full.default")) is not None:
        value = op.arg("fill_value")
    elif (op := producer(value, "scalar_tensor.default")) is not None:
        value = op.arg("s")
    elif (op := producer(value, "ones.default", "zeros.default")) is not None:
        value = int(op.OVERLOAD == "ones.default")
    return value if isinstance(value, bool | int | float) else None


_RESHAPES = ("expand.default", "view.default", "permute.default", "unsqueeze.default")


# ---- arithmetic ---------------------------------------------------------------------------------------------


def drop_add_zero(op: AtenOp) -> Replacement:
    # x + 0 -> x for integers; x + -0.0 -> x for floats, where x + 0.0 would turn -0.0 into 0.0
    self, other = op.arg("self"), number_of(op.arg("other"))
    if dtype_category(self) == "int":
        return self if _is_number(other, 0) else None
    return self if _is_number(other, -0.0) and _is_number(op.arg("alpha"), 1) else None


def drop_sub_zero(op: AtenOp) -> Replacement:
    # x - 0 -> x, for floats too: -0.0 - 0.0 is -0.0
    return op.arg("self") if _is_number(number_of(op.arg("other")), 0) and _is_number(op.arg("alpha"), 1) else None


def drop_multiply_by_one(op: AtenOp) -> Replacement:
    # x * 1 -> x, x / 1 -> x, x ** 1 -> x
    other = op.arg("exponent" if op.OVERLOAD.startswith("pow") else "other")
    return op.arg("self") if _is_number(number_of(other), 1) else None


def drop_double_negation(op: AtenOp) -> Replacement:
    # -(-x) -> x, ~(~x) -> x; not (not x) -> x for bool, which the types tell
    inner = producer(op.arg("self"), op.OVERLOAD)
    return inner.arg("self") if inner is not None else None


def drop_repeated(op: AtenOp) -> Replacement:
    # f(f(x)) -> f(x) for relu, abs, floor, ceil, trunc, round, sign
    inner = producer(op.arg("self"), op.OVERLOAD)
    return inner.results[0] if inner is not None else None


def drop_round_of_integer(op: AtenOp) -> Replacement:
    # floor(n) -> n for integers
    return op.arg("self") if dtype_category(op.arg("self")) == "int" else drop_repeated(op)


def select_constant_condition(op: AtenOp) -> Replacement:
    # where(true, x, y) -> x; where(c, x, x) -> x
    condition, self, other = op.arg("condition"), op.arg("self"), op.arg("other")
    if self is other:
        return self
    known = number_of(condition)
    chosen = self if known else other
    return None if known is None else _broadcast_number(chosen, op.results[0].type) or chosen


def _broadcast_number(value: Any, result: Attribute) -> FxCallOp | None:
    """full(sizes, n) for a tensor of n alone that is broadcast to a contiguous result of its dtype."""
    number, source = number_of(value), tensor_type(value)
    if number is None or source is None or not isinstance(result, TensorType) or source == result:
        return None
    if source.dtype != result.dtype or not result.is_contiguous():
        return None
    if not all(isinstance(size, int) for size in result.sizes):
        return None
    dtype = Special("torch", (DTYPES[result.dtype].torch_name,))
    device = Special("device", (result.device,))
    return make("full.default", (result.sizes, number), result, dtype=dtype, device=device, pin_memory=False)


# ---- copies and conversions ---------------------------------------------------------------------------------


def drop_copy(op: AtenOp) -> Replacement:
    # clone(x) -> x, _to_copy(x) -> x, repeat(x, [1, 1]) -> x: the types tell
    return op.arg("self") if dict(op.template.kwargs).get("pin_memory") is not True else None


def drop_pad_of_nothing(op: AtenOp) -> Replacement:
    # constant_pad_nd(x, [0, 0]) -> x
    pad = op.arg("pad")
    return op.arg("self") if isinstance(pad, tuple) and all(type(size) is int and size == 0 for size in pad) else None


def drop_cat_of_one(op: AtenOp) -> Replacement:
    # cat([x]) -> x
    tensors = op.arg("tensors")
    return tensors[0] if isinstance(tensors, tuple) and len(tensors) == 1 else None


def merge_conversions(op: AtenOp) -> Replacement:
    # to(to(x, wider), d) -> to(x, d): the wider dtype holds every value of x
    inner = producer(op.arg("self"), "_to_copy.default")
    if inner is None or not _only_dtype(op) or not _only_dtype(inner):
        return None
    categories = [dtype_category(value) for value in (inner.arg("self"), op.arg("self"), op.results[0])]
    source, middle = tensor_type(inner.arg("self")), tensor_type(op.arg("self"))
    if source is None or middle is None or not _holds(middle.dtype, source.dtype):
        return None
    if categories[2] == "int" and not {"bool", "int"}.issuperset(categories):
        return None  # floats out of the integer's range convert as the hardware likes
    return make("_to_copy.default", (inner.arg("self"),), op.results[0].type, dtype=op.arg("dtype"))


def _only_dtype(op: AtenOp) -> bool:
    return len(op.template.args) == 1 and [name for name, _ in op.template.kwargs] == ["dtype"]


# dtype -> those that hold all its values; every dtype holds its own.
_WIDER: dict[str, frozenset[str]] = {
    "f16": frozenset(("f32", "f64")),
    "bf16": frozenset(("f32", "f64")),
    "f32": frozenset(("f64",)),
    "u8": frozenset(("i16", "i32", "i64", "f16", "f32", "f64")),
    "i8": frozenset(("i16", "i32", "i64", "f16", "f32", "f64")),
    "i16": frozenset(("i32", "i64", "f32", "f64")),
    "i32": frozenset(("i64", "f64")),
    "bool": frozenset(DTYPES) - {"bool"},
}


def _holds(wide: str, narrow: str) -> bool:
    return wide == narrow or wide in _WIDER.get(narrow, ())


def convert_prim_conversion(op: FxCallOp) -> Replacement:
    # prims.convert_element_type(x, d) -> _to_copy(x, dtype=d)
    self, dtype = op.resolve(op.template.args[0]), op.template.args[1]
    type_, result = tensor_type(self), op.results[0].type
    if type_ is None or not isinstance(dtype, Special) or not isinstance(result, TensorType):
        return None
    if DTYPE_OF_TORCH_NAME.get(dtype.args[0]) != result.dtype:
        return None
    return make("_to_copy.default", (self,), result, dtype=dtype)


def normalise_name(overload: str) -> Pattern:
    """The same operator under its common name: true_divide -> div."""

    def rename(op: AtenOp) -> Replacement:
        template = op.template
        return OPS[f"aten.{overload}"].build_call(template, op.operands, op.result_types)

    return rename


def drop_dropout(op: AtenOp) -> Replacement:
    # dropout(x, p, train=False) -> x
    return op.arg("input") if op.arg("train") is False else None


def drop_full_scatter(op: AtenOp) -> Replacement:
    # slice_scatter(x, src) -> src where the slice is all of x
    source, target = tensor_type(op.arg("src")), tensor_type(op.arg("self"))
    return op.arg("src") if source is not None and target is not None and source.sizes == target.sizes else None


PATTERNS: dict[str, tuple[Pattern, ...]] = {
    "add.Tensor": (drop_add_zero,),
    "add.Scalar": (drop_add_zero,),
    "sub.Tensor": (drop_sub_zero,),
    "sub.Scalar": (drop_sub_zero,),
    "mul.Tensor": (drop_multiply_by_one,),
    "mul.Scalar": (drop_multiply_by_one,),
    "div.Tensor": (drop_multiply_by_one,),
    "div.Scalar": (drop_multiply_by_one,),
    "pow.Tensor_Scalar": (drop_multiply_by_one,),
    "neg.default": (drop_double_negation,),
    "bitwise_not.default": (drop_double_negation,),
    "logical_not.default": (drop_double_negation,),
    "relu.default": (drop_repeated,),
    "abs.default": (drop_repeated,),
    "sign.default": (drop_repeated,),
    "floor.default": (drop_round_of_integer,),
    "ceil.default": (drop_round_of_integer,),
    "trunc.default": (drop_round_of_integer,),
    "round.default": (drop_round_of_integer,),
    "where.self": (select_constant_condition,),
    "clone.default": (drop_copy,),
    "_to_copy.default": (merge_conversions, drop_copy),
    "repeat.default": (drop_copy,),
    "constant_pad_nd.default": (drop_pad_of_nothing,),
    "lift_fresh_copy.default": (drop_copy,),
    "cat.default": (drop_cat_of_one,),
    "dropout.default": (drop_dropout,),
    "slice_scatter.default": (drop_full_scatter,),
    "true_divide.Tensor": (normalise_name("div.Tensor"),),
    "clip.default": (normalise_name("clamp.default"),),
    "clip.Tensor": (normalise_name("clamp.Tensor"),),
    "max.other": (normalise_name("maximum.default"),),
    "min.other": (normalise_name("minimum.default"),),
}
"""Overload -> patterns, tried in order."""

CALL_PATTERNS: dict[str, tuple[Pattern, ...]] = {
    "prims.convert_element_type.default": (convert_prim_conversion,),
}
"""Target of `aten.call` -> patterns."""


def patterns_of(op: Any, tables: tuple[dict[str, tuple[Pattern, ...]], ...]) -> Iterator[Pattern]:
    """The patterns that may apply to `op`."""
    if isinstance(op, AtenOp):
        for table in tables:
            yield from table.get(op.OVERLOAD, ())
    elif isinstance(op, FxCallOp) and op.name == "aten.call" and op.target is not None:
        yield from CALL_PATTERNS.get(op.target.data, ())
