"""When two nests are the same kernel: a key of the body that no SSA name, size or origin takes part in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from xdsl.dialects.builtin import ArrayAttr, StringAttr
from xdsl.ir import Attribute, Operation, SSAValue

from fxopt.dialects.loop.ops import LoadOp, NestLike, StoreOp
from fxopt.ir.types import TensorType

ORIGINS = "origins"
"""Attribute of a nest or kernel: the operators of the graph that it computes, in order, as strings."""

MAX_KERNEL_NAME = 60

KernelKey: TypeAlias = tuple[object, ...]


def kernel_key(nest: NestLike) -> KernelKey:
    """Equal for nests that the same compiled kernel can run.

    Accesses are offsets from data pointers, so of a buffer only dtype and device matter. Its sizes matter where the
    body does not bound the accesses (indirect ones), and where an output starts as a copy of an input.
    """
    numbers: dict[SSAValue, int] = {value: i for i, value in enumerate(nest.block.args)}
    body = tuple(_op_key(op, numbers) for op in nest.block.ops)
    inits = nest.inits
    whole = _indirect_buffers(nest)
    whole.update(value for value, source in zip(nest.output_args, inits, strict=True) if source >= 0)
    buffers = tuple(_buffer_key(value, value in whole) for value in nest.block.args)
    rest = tuple((name, value) for name, value in sorted(nest.attributes.items()) if name != ORIGINS)
    return (nest.domain, inits, nest.num_outputs, buffers, body, rest)


def _op_key(op: Operation, numbers: dict[SSAValue, int]) -> KernelKey:
    operands = tuple(numbers[value] for value in op.operands)
    for result in op.results:
        numbers[result] = len(numbers)
    properties = tuple(sorted(op.properties.items())) if len(op.properties) > 1 else tuple(op.properties.items())
    # The result types tell casts apart; the other types follow from the operands.
    return (op.name, operands, properties, tuple(op.attributes.items()), tuple(op.result_types))


def _indirect_buffers(nest: NestLike) -> set[SSAValue]:
    return {op.buffer for op in nest.block.ops if isinstance(op, LoadOp | StoreOp) and op.indirect}


def _buffer_key(value: SSAValue, whole: bool) -> object:
    type_ = value.type
    return (type_.dtype, type_.device) if isinstance(type_, TensorType) and not whole else type_


def origins_of(op: Operation) -> tuple[str, ...]:
    """The `origins` attribute as strings; empty where there is none."""
    attr: Attribute | None = op.attributes.get(ORIGINS)
    if isinstance(attr, StringAttr):
        return (attr.data,)
    if isinstance(attr, ArrayAttr):
        return tuple(item.data for item in attr.data if isinstance(item, StringAttr))
    return ()


def origins_attr(origins: Iterable[str]) -> ArrayAttr[StringAttr]:
    """The attribute of `origins`, each once, in order of first appearance."""
    return ArrayAttr([StringAttr(name) for name in dict.fromkeys(origins)])


def kernel_name(number: int, origins: Sequence[str]) -> str:
    """`k3_add_native_layer_norm`: at most `MAX_KERNEL_NAME` characters, whole words as far as they fit."""
    name = f"k{number}"
    words = dict.fromkeys(_word(origin) for origin in origins)
    for word in filter(None, words):
        if len(name) + 1 + len(word) > MAX_KERNEL_NAME:
            break
        name = f"{name}_{word}"
    return name


def _word(origin: str) -> str:
    """`aten.add.Tensor` and `add_1` -> `add`; anything else with the characters of an identifier."""
    parts = origin.split(".")
    base = parts[1] if len(parts) > 1 else parts[0]
    return re.sub(r"_\d+$", "", re.sub(r"\W+", "_", base)).strip("_")
