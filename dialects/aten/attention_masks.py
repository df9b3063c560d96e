"""What is known of the mask of an attention: nothing masked, the future masked (*causal*), or only its values.

A mask is added to the scores as a bias, `where(condition, 0, -inf)`. Where the condition is computed from constants
alone (`arange`, `ones`, `tril`, comparisons) it is evaluated, as `aten-constant-fold` does, and compared.
"""

from __future__ import annotations

import math
from collections.abc import Set
from typing import Any

import numpy as np
from xdsl.ir import OpResult, SSAValue

from fxopt.dialects.aten.canonicalize import number_of, producer, tensor_type
from fxopt.dialects.aten.effects import storage_root
from fxopt.dialects.aten.fold import Evaluator, Known
from fxopt.dialects.aten.ops import AtenOp
from fxopt.ir.symbolic import IntExpr
from fxopt.ir.types import DTYPES

NOTHING, CAUSAL, BIAS = "nothing", "causal", "bias"

# A score this low has a probability of zero beside any other: f16's least number; the other dtypes' are lower.
_MASKED = -65504.0
_MAX_SLICE = 256
"""Ops that one condition may be computed by."""


class MaskFacts:
    """Classifies biases; each is looked at once. Conditions of more than `max_elems` elements are not evaluated."""

    def __init__(self, max_elems: int, written: Set[SSAValue] = frozenset()) -> None:
        self.max_elems = max_elems
        self.written = written
        """Roots of storage that is written to: their elements are not known."""
        self.known: dict[SSAValue, Known | None] = {}

    def classify(self, bias: SSAValue | None, scores: tuple[IntExpr, ...]) -> str:
        """`NOTHING`, `CAUSAL` (row i sees the columns up to i) or `BIAS`, for scores of these sizes."""
        if bias is None or number_of(source := _converted(bias)) == 0:
            return NOTHING
        choice = producer(source, "where.self")
        if choice is None or not all(isinstance(size, int) for size in scores):
            return BIAS
        kept, masked = number_of(choice.arg("self")), number_of(choice.arg("other"))
        is_inverted = masked == 0 and kept is not None
        if is_inverted:
            kept, masked = masked, kept
        if kept != 0 or masked is None or masked > _MASKED:
            return BIAS
        condition = self._evaluate(choice.arg("condition"))
        if condition is None:
            return BIAS
        return _shape_of(~condition if is_inverted else condition, scores)

    def _evaluate(self, value: Any) -> Known | None:
        if not isinstance(value, SSAValue):
            return None
        if value not in self.known:
            self.known[value] = evaluate(value, self.max_elems, self.written)
        return self.known[value]


def _converted(value: SSAValue) -> Any:
    """What `value` is before conversions of its dtype."""
    while (op := producer(value, "_to_copy.default")) is not None:
        value = op.arg("self")
    return value


def _shape_of(condition: Known, scores: tuple[Any, ...]) -> str:
    if condition.dtype != np.bool_:
        return BIAS
    if condition.all():
        return NOTHING
    rows, columns = scores[-2:]
    if condition.shape[-2:] != (rows, columns):
        return BIAS
    triangle: Known = np.tri(rows, columns, dtype=np.bool_)
    return CAUSAL if (condition == triangle).all() else BIAS


def evaluate(value: SSAValue, max_elems: int, written: Set[SSAValue] = frozenset()) -> Known | None:
    """The elements of a bool tensor that is computed from constants alone, or None."""
    type_ = tensor_type(value)
    if type_ is None or type_.dtype != "bool":
        return None
    evaluator = Evaluator(max_elems)
    stack, count = [value], 0
    while stack:
        op = stack[-1].op if isinstance(stack[-1], OpResult) else None
        if not isinstance(op, AtenOp) or not op.PURE or storage_root(stack[-1]) in written or count > _MAX_SLICE:
            return None
        count += 1
        # A factory takes only the shape and the dtype of its operand.
        needed = [] if op.FACTORY else [operand for operand in op.operands if operand not in evaluator.known]
        if needed:
            stack += needed
        elif stack.pop() not in evaluator.known and evaluator.evaluate(op) is None:
            return None
    return evaluator.known[value]


def is_finite(bias: SSAValue) -> bool:
    """Whether no element of the bias is infinite, as far as can be told: it chooses between finite numbers."""
    choice = producer(_converted(bias), "where.self")
    numbers = [number_of(choice.arg(name)) for name in ("self", "other")] if choice is not None else []
    return bool(numbers) and all(number is not None and math.isfinite(number) for number in numbers)


def converts_exactly(bias: SSAValue, dtype: str) -> bool:
    """Whether every element of the bias is a number of the float dtype `dtype`."""
    type_ = tensor_type(bias)
    if type_ is None or DTYPES[type_.dtype].category != "float":
        return False
    if type_.dtype == dtype or (dtype == "f32" and type_.dtype in ("f16", "bf16")):
        return True
    source = _converted(bias)
    if (inner := tensor_type(source)) is not None and inner.dtype == dtype:
        return all(_widens(op) for op in _conversions(bias))
    choice = producer(source, "where.self")
    if choice is None:
        return False
    return all(number_of(choice.arg(name)) in (0, -math.inf) for name in ("self", "other"))


def _conversions(value: SSAValue) -> list[AtenOp]:
    ops = []
    while (op := producer(value, "_to_copy.default")) is not None:
        ops.append(op)
        value = op.arg("self")
    return ops


def _widens(op: AtenOp) -> bool:
    source, result = tensor_type(op.arg("self")), tensor_type(op.results[0])
    return (
        source is not None
        and result is not None
        and (source.dtype == result.dtype or result.dtype == "f64" or (result.dtype == "f32" and source.dtype != "f64"))
    )
