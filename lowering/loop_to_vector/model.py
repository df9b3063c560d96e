"""A `loop.kernel` as a graph of nodes that the scheduler may rewrite without touching the IR.

Dead nodes are dropped, `welford` becomes two sums, and integer arithmetic with two results is widened, so that every
node has one value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from xdsl.dialects import arith as xarith
from xdsl.dialects.builtin import FixedBitwidthType, FloatAttr, IntegerAttr, IntegerType, i1, i32, i64
from xdsl.ir import Attribute, BlockArgument, Operation, SSAValue

from fxopt.dialects import arith
from fxopt.dialects.loop import ops as loop
from fxopt.ir.errors import PassError
from fxopt.ir.symbolic import IntExpr, free_vars, maximum, product, simplify, substitute, symbol_range, var
from fxopt.ir.types import TensorType

NO_DIMS: frozenset[str] = frozenset()
FASTMATH_NONE: Mapping[str, Attribute] = {"fastmath": xarith.FastMathFlagsAttr("none")}
NO_PROPERTIES: Mapping[str, Attribute] = {}


class Dim(NamedTuple):
    """One loop: its extent, and whether it is a reduced dim."""

    extent: IntExpr
    reduced: bool


class Node:
    """A value or an effect of the body.

    `kind` is `compute` (an arith or math op, in `cls` and `properties`), `load`, `store`, `index`, `scalar`, `reduce`,
    `scan`, `call` or `check`. Operands of a load are its indirect indices, then mask and other; of a store the value
    comes first. `tag` is the kind of a reduction, the mode of a store, the callee of a call, or the message of a check.
    `varies` names the dims that the value depends on; `phase` is the pass over the reduced dims in which it is known.
    """

    __slots__ = (
        "buffer",
        "cls",
        "has_mask",
        "index",
        "indirect",
        "kind",
        "operands",
        "order",
        "phase",
        "position",
        "properties",
        "tag",
        "type",
        "unsigned",
        "varies",
    )

    def __init__(self, kind: str, type_: Attribute | None, operands: Sequence[Node] = ()) -> None:
        self.kind = kind
        self.type = type_
        self.operands = tuple(operands)
        self.cls: type[Operation] = Operation
        self.properties: Mapping[str, Attribute] = NO_PROPERTIES
        self.index: IntExpr = 0
        self.position: IntExpr = 0
        self.buffer: BlockArgument | None = None
        self.indirect = 0
        self.has_mask = False
        self.tag = ""
        self.unsigned = False
        self.order = 0
        self.phase = 0
        self.varies: frozenset[str] = NO_DIMS

    @property
    def indirect_nodes(self) -> tuple[Node, ...]:
        """The values of `i0 i1 …` in `index`."""
        start = 1 if self.kind == "store" else 0
        return self.operands[start : start + self.indirect]

    @property
    def mask(self) -> Node | None:
        """The mask of a load or store."""
        if not self.has_mask:
            return None
        return self.operands[self.indirect + (1 if self.kind == "store" else 0)]

    @property
    def is_effect(self) -> bool:
        return self.kind in ("store", "check")

    @property
    def is_over_reduced(self) -> bool:
        return self.kind in ("reduce", "scan")


class KernelModel:
    """Nodes in program order, the dims by name (parallel ones first), and facts about buffers."""

    def __init__(self, name: str, args: Sequence[BlockArgument], symbols: Sequence[str]) -> None:
        self.name = name
        self.args = tuple(args)
        self.symbols = tuple(symbols)
        self.nodes: list[Node] = []
        self.dims: dict[str, Dim] = {}
        self.aliased: set[BlockArgument] = set()
        self.messages: list[str] = []
        self.leaders: dict[Node, Node] = {}
        """Reductions that are computed along with an earlier one that they depend on, in one pass over the domain."""
        self._next_dim = 0

    @property
    def parallel(self) -> list[str]:
        return [name for name, dim in self.dims.items() if not dim.reduced]

    @property
    def reduced(self) -> list[str]:
        return [name for name, dim in self.dims.items() if dim.reduced]

    def extent(self, name: str) -> IntExpr:
        return self.dims[name].extent

    def reduced_points(self) -> IntExpr:
        return product(dim.extent for dim in self.dims.values() if dim.reduced)

    def ranges(self) -> dict[str, tuple[int | None, int | None]]:
        """Inclusive bounds of dims and symbols, for `simplify`."""
        result: dict[str, tuple[int | None, int | None]] = {
            symbol: symbol_range(symbol, least_size=0) for symbol in self.symbols
        }
        for name, dim in self.dims.items():
            result[name] = (0, max(dim.extent - 1, 0) if isinstance(dim.extent, int) else None)
        return result

    def fresh_dim(self) -> str:
        """A dim name that no kernel uses."""
        self._next_dim += 1
        return f"x{self._next_dim}"

    def memory_nodes(self) -> Iterator[Node]:
        return (node for node in self.nodes if node.kind in ("load", "store"))

    def stores(self) -> Iterator[Node]:
        return (node for node in self.nodes if node.kind == "store")

    def expressions(self) -> Iterator[IntExpr]:
        """Every index expression, and the positions of arg-reductions."""
        for node in self.nodes:
            if not isinstance(node.index, int):
                yield node.index
            if not isinstance(node.position, int):
                yield node.position

    def rewrite(self, values: Mapping[str, IntExpr]) -> None:
        """Replaces dims in every expression; the dims themselves are the caller's."""
        ranges = self.ranges()
        for node in self.nodes:
            if not isinstance(node.index, int):
                node.index = simplify(substitute(node.index, values), ranges)
            if not isinstance(node.position, int):
                node.position = simplify(substitute(node.position, values), ranges)

    def analyse(self) -> None:
        """Sets `order`, `varies` and `phase` of every node."""
        reduced = frozenset(self.reduced)
        for order, node in enumerate(self.nodes):
            node.order = order
            _set_varies(node, self.dims, reduced)
            leader = self.leaders.get(node)
            available = max((_available(operand) for operand in node.operands), default=0)
            node.phase = available if leader is None else leader.phase
        last = max((node.phase for node in self.nodes), default=0)
        for node in self.nodes:
            # Earlier phases may read the input again that this output replaces.
            if node.kind == "store" and node.buffer in self.aliased and node.varies & reduced:
                node.phase = last


def _available(node: Node) -> int:
    return node.phase + 1 if node.kind == "reduce" else node.phase


def _set_varies(node: Node, dims: Mapping[str, Dim], reduced: frozenset[str]) -> None:
    varies = frozenset().union(*(operand.varies for operand in node.operands)) if node.operands else NO_DIMS
    if node.kind == "reduce":
        varies = varies - reduced
    elif node.kind == "scan":
        varies = varies | reduced
    elif not isinstance(node.index, int):
        varies = varies | (free_vars(node.index) & dims.keys())
    node.varies = varies


def build_model(kernel: loop.KernelOp) -> KernelModel:
    """The graph of a kernel's body."""
    block = kernel.block
    model = KernelModel(kernel.sym_name.data, block.args, kernel.symbols())
    domain = kernel.domain
    for i, extent in enumerate(domain.parallel):
        model.dims[f"d{i}"] = Dim(extent, False)
    for i, extent in enumerate(domain.reduced):
        model.dims[f"r{i}"] = Dim(extent, True)
    inputs, outputs = kernel.input_args, kernel.output_args
    for output, source in zip(outputs, kernel.inits, strict=True):
        if source >= 0:
            model.aliased |= {output, inputs[source]}  # type: ignore[arg-type]
    builder = _ModelBuilder(model)
    for op in block.ops:
        builder.add(op)
    _drop_dead(model)
    stored = {node.buffer for node in model.stores()}
    # An output that is read back is as delicate as one that shares storage with an input.
    read_back = (node.buffer for node in model.nodes if node.kind == "load")
    model.aliased |= {buffer for buffer in read_back if buffer is not None and buffer in stored}
    return model


def _drop_dead(model: KernelModel) -> None:
    live: set[Node] = set()
    for node in reversed(model.nodes):
        if node.is_effect or node in live:
            live.add(node)
            live.update(node.operands)
    model.nodes = [node for node in model.nodes if node in live]


def _row_major(names: Sequence[str], dims: Mapping[str, Dim]) -> IntExpr:
    position: IntExpr = 0
    for name in names:
        position = position * dims[name].extent + var(name)
    return position


class _ModelBuilder:
    """Turns ops into nodes."""

    def __init__(self, model: KernelModel) -> None:
        self.model = model
        self.values: dict[SSAValue, Node] = {}

    def add(self, op: Operation) -> None:
        handler = self._HANDLERS.get(type(op))
        if handler is not None:
            handler(self, op)
            return
        if len(op.results) != 1 or op.regions:
            raise PassError(
                f"convert-loop-to-vector: {op.name} in @{self.model.name} is no scalar op with one result",
                got=str(op),
            )
        self.values[op.results[0]] = self.compute(
            _VECTOR_CLASSES.get(op.name, type(op)), self.of(op.operands), op.results[0].type, op.properties
        )

    def of(self, values: Iterable[SSAValue]) -> list[Node]:
        return [self.values[value] for value in values]

    def node(self, node: Node) -> Node:
        self.model.nodes.append(node)
        return node

    def compute(
        self,
        cls: type[Operation],
        operands: Sequence[Node],
        type_: Attribute,
        properties: Mapping[str, Attribute] = NO_PROPERTIES,
    ) -> Node:
        node = Node("compute", type_, operands)
        node.cls, node.properties = cls, properties
        return self.node(node)

    def load(self, op: Operation) -> None:
        assert isinstance(op, loop.LoadOp)
        extra = [] if op.mask is None or op.other is None else [op.mask, op.other]
        node = Node("load", op.result.type, self.of([*op.indirect, *extra]))
        assert isinstance(op.buffer, BlockArgument)
        node.buffer, node.index, node.indirect = op.buffer, op.index.data, len(op.indirect)
        node.has_mask = bool(extra)
        self.values[op.result] = self.node(node)

    def store(self, op: Operation) -> None:
        assert isinstance(op, loop.StoreOp)
        extra = [] if op.mask is None else [op.mask]
        node = Node("store", None, self.of([op.value, *op.indirect, *extra]))
        assert isinstance(op.buffer, BlockArgument) and isinstance(op.buffer.type, TensorType)
        node.buffer, node.index, node.indirect = op.buffer, op.index.data, len(op.indirect)
        node.has_mask, node.tag = bool(extra), op.mode
        node.unsigned = op.buffer.type.dtype[0] in "ub"
        self.node(node)

    def index(self, op: Operation) -> None:
        assert isinstance(op, loop.IndexOp)
        node = Node("index", i64, self.of(op.indirect))
        node.index, node.indirect = op.index.data, len(op.indirect)
        self.values[op.result] = self.node(node)

    def scalar(self, op: Operation) -> None:
        assert isinstance(op, loop.ScalarOp)
        node = Node("scalar", op.result.type)
        assert isinstance(op.source, BlockArgument)
        node.buffer = op.source
        self.values[op.result] = self.node(node)

    def reduce(self, op: Operation) -> None:
        assert isinstance(op, loop.ReduceOp | loop.ScanOp)
        operand = self.values[op.operands[0]]
        if op.kind == "welford":
            mean, deviations = self.welford(operand)
            self.values[op.results[0]], self.values[op.results[1]] = mean, deviations
            return
        kind = "reduce" if isinstance(op, loop.ReduceOp) else "scan"
        self.values[op.results[0]] = self.over_reduced(kind, op.kind, operand, op.results[0].type, _is_unsigned(op))

    def over_reduced(self, kind: str, tag: str, operand: Node, type_: Attribute, unsigned: bool = False) -> Node:
        node = Node(kind, type_, (operand,))
        node.tag, node.unsigned = tag, unsigned
        if tag in ("argmax", "argmin"):
            node.position = _row_major(self.model.reduced, self.model.dims)
        return self.node(node)

    def welford(self, x: Node) -> tuple[Node, Node]:
        """Mean = sum(x) / n, then sum((x - mean)**2): as accurate as Welford's update, and without its division."""
        assert x.type is not None
        total = self.over_reduced("reduce", "sum", x, x.type)
        mean = self.compute(xarith.DivfOp, (total, self.count(x.type)), x.type, FASTMATH_NONE)
        centred = self.compute(xarith.SubfOp, (x, mean), x.type, FASTMATH_NONE)
        squared = self.compute(xarith.MulfOp, (centred, centred), x.type, FASTMATH_NONE)
        return mean, self.over_reduced("reduce", "sum", squared, x.type)

    def count(self, type_: Attribute) -> Node:
        """The number of reduced points as a float."""
        points = maximum(self.model.reduced_points(), 1)
        if isinstance(points, int):
            value = FloatAttr(float(points), type_)  # type: ignore[call-overload]
            return self.compute(xarith.ConstantOp, (), type_, {"value": value})
        node = Node("index", i64)
        node.index = points
        return self.compute(arith.SIToFPOp, (self.node(node),), type_)

    def call(self, op: Operation) -> None:
        assert isinstance(op, loop.CallOp)
        node = Node("call", op.result.type, self.of(op.arguments))
        node.tag = op.callee.data
        self.values[op.result] = self.node(node)

    def check(self, op: Operation) -> None:
        assert isinstance(op, loop.CheckOp)
        node = Node("check", None, self.of([op.condition]))
        node.tag = op.message.data
        node.indirect = len(self.model.messages)
        self.model.messages.append(op.message.data)
        self.node(node)

    def extended(self, op: Operation) -> None:
        """`mului_extended` and `mulsi_extended` of i32 through i64; `addui_extended` by comparing."""
        a, b = self.of(op.operands)
        low, high = op.results
        if isinstance(op, xarith.AddUIExtendedOp):
            total = self.compute(xarith.AddiOp, (a, b), low.type, _NO_OVERFLOW)
            self.values[low] = total
            self.values[high] = self.compute(arith.CmpiOp, (total, a), i1, {"predicate": _ULT})
            return
        if low.type != i32:
            raise PassError(f"convert-loop-to-vector: {op.name} on {low.type}; only i32 is supported")
        widen = arith.ExtUIOp if isinstance(op, xarith.MulUIExtendedOp) else arith.ExtSIOp
        wide = self.compute(xarith.MuliOp, [self.compute(widen, (x,), i64) for x in (a, b)], i64, _NO_OVERFLOW)
        shift = self.compute(xarith.ConstantOp, (), i64, {"value": IntegerAttr(32, 64)})
        self.values[low] = self.compute(arith.TruncIOp, (wide,), i32)
        upper = self.compute(xarith.ShRUIOp, (wide, shift), i64)
        self.values[high] = self.compute(arith.TruncIOp, (upper,), i32)

    _HANDLERS: Mapping[type[Operation], Callable[[_ModelBuilder, Operation], None]] = {
        loop.LoadOp: load,
        loop.StoreOp: store,
        loop.IndexOp: index,
        loop.ScalarOp: scalar,
        loop.ReduceOp: reduce,
        loop.ScanOp: reduce,
        loop.CallOp: call,
        loop.CheckOp: check,
        xarith.MulUIExtendedOp: extended,
        xarith.MulSIExtendedOp: extended,
        xarith.AddUIExtendedOp: extended,
    }


_NO_OVERFLOW: Mapping[str, Attribute] = {"overflowFlags": xarith.IntegerOverflowAttr("none")}
_ULT = IntegerAttr(xarith.CMPI_COMPARISON_OPERATIONS.index("ult"), 64)

# Ops that xDSL restricts to scalars, by name: the vector form is ours.
_VECTOR_CLASSES: dict[str, type[Operation]] = {op.name: op for op in arith.Arith.operations}


def _is_unsigned(op: Operation) -> bool:
    return "unsigned" in op.attributes or (
        isinstance(op.operands[0].type, IntegerType) and op.operands[0].type.width.data == 1
    )


def element_bits(type_: Attribute) -> int:
    """Bits of one element in a register; an `i1` is a byte in memory."""
    return type_.bitwidth if isinstance(type_, FixedBitwidthType) else 64
