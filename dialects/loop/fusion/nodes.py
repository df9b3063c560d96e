"""Bodies of nests as light nodes that are shared by value, so that merging two bodies is cheap.

Building an xDSL operation costs some 10 µs, a node about 1 µs: a nest is read into nodes once, takes part in any number
of merges, and is written back once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseArrayBase, i32
from xdsl.ir import Attribute, Operation, SSAValue

from fxopt.dialects.loop.attrs import IndexAttr
from fxopt.dialects.loop.body import INDEX, index_of
from fxopt.dialects.loop.fold import make_constant
from fxopt.dialects.loop.ops import LoadOp, ReduceOp, ScalarOp, ScanOp, StoreOp
from fxopt.ir.symbolic import IntExpr, free_vars, substitute, var
from fxopt.ir.types import TensorType, scalar_type

SEGMENTS = "operandSegmentSizes"


class Val(NamedTuple):
    """Result `number` of `node`."""

    node: Node
    number: int

    @property
    def type(self) -> Attribute:
        return self.node.types[self.number]


class Node:
    """One operation of a body.

    `buffer` is the tensor (or scalar argument) outside the nest that is accessed, with views looked through; `index`
    counts elements from its data pointer. `operands` are, for a load: indirect indices, then mask and other if
    `masked`; for a store: the value, indirect indices, then the mask if `masked`. A `pinned` rounding is one that the
    program asked for: it is never folded away.
    """

    __slots__ = ("buffer", "cls", "index", "masked", "operands", "pinned", "props", "types")

    def __init__(
        self,
        cls: type[Operation],
        operands: tuple[Val, ...],
        types: tuple[Attribute, ...],
        props: Mapping[str, Attribute],
        index: IntExpr | None = None,
        buffer: SSAValue | None = None,
        masked: bool = False,
        pinned: bool = False,
    ) -> None:
        self.cls = cls
        self.operands = operands
        self.types = types
        self.props = props
        self.index = index
        self.buffer = buffer
        self.masked = masked
        self.pinned = pinned

    @property
    def indirect(self) -> tuple[Val, ...]:
        """The values of `i0 i1 …` in the index of a load, store or `loop.index`."""
        if self.cls is LoadOp:
            return self.operands[: len(self.operands) - 2] if self.masked else self.operands
        if self.cls is StoreOp:
            return self.operands[1 : len(self.operands) - 1] if self.masked else self.operands[1:]
        return self.operands

    @property
    def result(self) -> Val:
        return Val(self, 0)

    @property
    def is_effect(self) -> bool:
        """Stores and checks: what a body is there for."""
        return not self.types

    def key(self) -> tuple[object, ...]:
        """Equal for nodes that compute the same."""
        flags = (self.masked, self.pinned)
        return (self.cls, self.operands, self.index, self.buffer, flags, self.types, tuple(self.props.values()))


Body = list[Node]
"""Nodes in an order in which definitions precede uses."""


class Builder:
    """Appends nodes to a body; a node equal to an earlier one is that one."""

    def __init__(self, nodes: Iterable[Node] = (), *, fold_rounding: bool = False) -> None:
        self.nodes: Body = list(nodes)
        self.fold_rounding = fold_rounding
        self._seen: dict[tuple[object, ...], Node] = {node.key(): node for node in self.nodes}

    def add(self, node: Node) -> Node:
        """`node`, or the equal node that is there already."""
        if node.is_effect:
            self.nodes.append(node)
            return node
        twin = self._seen.setdefault(node.key(), node)
        if twin is node:
            self.nodes.append(node)
        return twin

    def constant(self, value: float, type_: Attribute) -> Val:
        """A constant of a scalar type."""
        op = make_constant(value, type_)
        return self.add(Node(arith.ConstantOp, (), (type_,), op.properties)).result

    def copy(
        self,
        nodes: Iterable[Node],
        image: Callable[[Node, tuple[Val, ...]], Val | Node],
        known: dict[Val, Val] | None = None,
    ) -> dict[Val, Val]:
        """Adds copies of `nodes`; `image` makes each from the node and its mapped operands, or gives a value for it.

        Returns where each result went.
        """
        mapped: dict[Val, Val] = {} if known is None else known
        for node in nodes:
            new = image(node, tuple(mapped[operand] for operand in node.operands))
            if isinstance(new, Val):
                mapped[Val(node, 0)] = new
                continue
            folded = self._fold(new)
            if folded is not None:
                mapped[Val(node, 0)] = folded
                continue
            new = self.add(new)
            for number in range(len(node.types)):
                mapped[Val(node, number)] = Val(new, number)
        return mapped

    def _fold(self, node: Node) -> Val | None:
        """extf(truncf x) -> x: keeps the precision that a store in between would have rounded away."""
        if not self.fold_rounding or node.cls is not arith.ExtFOp:
            return None
        inner = node.operands[0].node
        if inner.cls is arith.TruncFOp and inner.operands[0].type == node.types[0] and not inner.pinned:
            return inner.operands[0]
        return None


def with_index(node: Node, operands: tuple[Val, ...], index: IntExpr | None) -> Node:
    """`node` with other operands and another index; the same object where nothing differs."""
    if index == node.index and operands == node.operands:
        return node
    return Node(node.cls, operands, node.types, node.props, index, node.buffer, node.masked, node.pinned)


def shift_indirect(index: IntExpr, count: int, by: int) -> IntExpr:
    """`index` with its indirect variables `i0 … i(count-1)` renamed to start at `by`."""
    if not by or not count:
        return index
    return substitute(index, {f"i{k}": var(f"i{k + by}") for k in range(count)})


def read_body(ops: Iterable[Operation], buffers: Mapping[SSAValue, tuple[SSAValue, IntExpr]]) -> Body:
    """The nodes of a nest's body. `buffers` maps block arguments to values outside, with the offset of a view."""
    values: dict[SSAValue, Val] = {}
    nodes: Body = []
    for op in ops:
        node = _read_op(op, values, buffers)
        nodes.append(node)
        for number, result in enumerate(op.results):
            values[result] = Val(node, number)
    return nodes


def _read_op(
    op: Operation, values: Mapping[SSAValue, Val], buffers: Mapping[SSAValue, tuple[SSAValue, IntExpr]]
) -> Node:
    types = tuple(result.type for result in op.results)
    index = index_of(op)
    if not isinstance(op, LoadOp | StoreOp | ScalarOp):
        props = {k: v for k, v in op.properties.items() if k != INDEX} if index is not None else op.properties
        operands = tuple(values[v] for v in op.operands)
        pinned = type(op) is arith.TruncFOp and operands[0].node.cls is LoadOp
        return Node(type(op), operands, types, props, index, pinned=pinned)
    argument = op.source if isinstance(op, ScalarOp) else op.buffer
    buffer, offset = buffers[argument]
    operands = tuple(values[v] for v in op.operands if v is not argument)
    props = {k: v for k, v in op.properties.items() if k not in (INDEX, SEGMENTS)}
    masked = isinstance(op, LoadOp | StoreOp) and op.mask is not None
    return Node(type(op), operands, types, props, None if index is None else index + offset, buffer, masked)


def write_node(
    node: Node, values: Mapping[Val, SSAValue], buffers: Mapping[SSAValue, tuple[SSAValue, IntExpr]]
) -> Operation:
    """The operation that `node` stands for; `buffers` maps values outside to block arguments and their offsets."""
    operands = [values[operand] for operand in node.operands]
    props = dict(node.props)
    index = node.index
    if node.buffer is not None:
        argument, offset = buffers[node.buffer]
        operands.insert(1 if node.cls is StoreOp else 0, argument)
        if index is not None:
            index = index - offset
            props[SEGMENTS] = _segments(node.cls, len(node.indirect), int(node.masked))
    if index is not None:
        props[INDEX] = IndexAttr(index)
    return node.cls.create(operands=operands, result_types=node.types, properties=props)


@cache
def _segments(cls: type[Operation], indirect: int, masks: int) -> Attribute:
    sizes = [1, indirect, masks, masks] if cls is LoadOp else [1, 1, indirect, masks]
    return DenseArrayBase.from_list(i32, sizes)


def slice_of(roots: Iterable[Val], nodes: Sequence[Node]) -> Body:
    """The nodes that the values `roots` need, in order."""
    needed: set[Node] = {value.node for value in roots}
    kept: Body = []
    for node in reversed(nodes):
        if node in needed:
            kept.append(node)
            needed.update(operand.node for operand in node.operands)
    kept.reverse()
    return kept


def live_nodes(nodes: Sequence[Node], is_live_effect: Callable[[Node], bool]) -> Body:
    """The nodes that the live stores and checks need, in order, those included."""
    needed: set[Node] = set()
    kept: Body = []
    for node in reversed(nodes):
        if node in needed or (node.is_effect and is_live_effect(node)):
            kept.append(node)
            needed.update(operand.node for operand in node.operands)
    kept.reverse()
    return kept


def varying_nodes(nodes: Iterable[Node]) -> set[Node]:
    """The nodes that vary over the reduced dims; see docs/architecture.md."""
    varying: set[Node] = set()
    for node in nodes:
        if node.cls is ReduceOp:
            continue
        if node.cls is ScanOp or _mentions_reduced(node) or any(operand.node in varying for operand in node.operands):
            varying.add(node)
    return varying


def _mentions_reduced(node: Node) -> bool:
    return node.index is not None and any(name[0] == "r" and name[1:].isdigit() for name in free_vars(node.index))


_DTYPES = ("bool", "i8", "i16", "i32", "i64", "f16", "bf16", "f32", "f64")


def _dtype_name(type_: Attribute) -> str:
    """The dtype whose elements are of the scalar type; integers count as signed."""
    return next(name for name in _DTYPES if scalar_type(name) == type_)


def stored_type(element: Attribute, sizes: Sequence[IntExpr], device: str) -> TensorType:
    """The contiguous tensor type for scalars of type `element`."""
    return TensorType.of(sizes, _dtype_name(element), device=device)
