"""Splitting a reduction in two nests: partial results of parts of the reduced domain, then their combination.

The reduced dims are cut in an outer part, which becomes parallel in the first nest and is reduced by the second, and an
inner part. The outer part is a prefix of the dims in order, so that positions (of `argmax`) keep their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from xdsl.dialects import arith
from xdsl.dialects.builtin import StringAttr, i64
from xdsl.ir import Attribute, SSAValue

from fxopt.dialects.arith import SIToFPOp
from fxopt.dialects.loop.attrs import Domain
from fxopt.dialects.loop.fusion.group import Group, write_body
from fxopt.dialects.loop.fusion.nodes import Builder, Node, Val, live_nodes, slice_of, stored_type, with_index
from fxopt.dialects.loop.indexing import DomainIndexer, indexer_for, size_hint
from fxopt.dialects.loop.ops import IndexOp, LoadOp, NestOp, ReduceOp, StoreOp, results_of
from fxopt.ir.symbolic import IntExpr, floordiv, product, substitute, var
from fxopt.ir.types import contiguous_strides

MAX_SURPLUS = 16
"""Parts may be this many times more than asked for, where the extents divide no better."""


class Cut(NamedTuple):
    """Reduced dims in two: extents of the outer part, of the inner part, and the old dims in terms of both."""

    outer: tuple[IntExpr, ...]
    inner: tuple[IntExpr, ...]
    point: dict[str, IntExpr]
    """Each old `r` in terms of `o0 o1 …` (the outer part) and `r0 r1 …` (the inner part)."""


def choose_cut(reduced: Sequence[IntExpr], parts: int) -> Cut | None:
    """The coarsest cut into at least `parts` parts whose extents divide evenly, or `None`."""
    outer: list[IntExpr] = []
    for i, extent in enumerate(reduced):
        wanted = -(-parts // max(1, size_hint(product(outer))))
        factor = _divisor(extent, wanted)
        if factor is not None:
            return _make_cut(reduced, i, factor)
        outer.append(extent)
        if size_hint(product(outer)) > MAX_SURPLUS * parts:
            return None
        if size_hint(product(outer)) >= parts:
            return _make_cut(reduced, i, extent)
    return None


def _divisor(extent: IntExpr, wanted: int) -> IntExpr | None:
    """The least divisor of `extent` from `wanted` on, within reason; a symbolic extent divides by itself."""
    if not isinstance(extent, int):
        return extent if size_hint(extent) >= wanted else None
    limit = min(extent, wanted * MAX_SURPLUS)
    return next((n for n in range(max(wanted, 1), limit + 1) if extent % n == 0), None)


def _make_cut(reduced: Sequence[IntExpr], at: int, factor: IntExpr) -> Cut:
    """Dims before `at` are outer as a whole, dim `at` is cut in `factor` parts."""
    rest = floordiv(reduced[at], factor)
    outer = (*reduced[:at], factor)
    inner = (*(() if rest == 1 else (rest,)), *reduced[at + 1 :])
    point: dict[str, IntExpr] = {f"r{i}": var(f"o{i}") for i in range(at)}
    shift = at + 1 - (len(inner) - (len(reduced) - at - 1))
    point[f"r{at}"] = var(f"o{at}") * rest + (0 if rest == 1 else var("r0"))
    for i in range(at + 1, len(reduced)):
        point[f"r{i}"] = var(f"r{i - shift}")
    return Cut(outer, inner or (1,), point)


class _Partial(NamedTuple):
    """A reduction of the original: what the first nest stores for it."""

    reduce: Node
    kind: str
    types: tuple[Attribute, ...]


def is_divisible(group: Group) -> bool:
    """Whether the nest reduces, and no scan, no scatter and no output that is stored both inside and after the loop."""
    if group.scatters or not group.has_reduce or group.side.has_scan:
        return False
    return all(len({store in group.varying for store in stores}) == 1 for stores in group.stores.values())


def can_split(group: Group) -> bool:
    """Whether nothing that varies over the reduced dims needs the result of a reduction."""
    after: set[Node] = set()
    for node in group.nodes:
        uses = any(operand.node in after for operand in node.operands)
        if uses and (node.cls is ReduceOp or node in group.varying):
            return False
        if uses or node.cls is ReduceOp:
            after.add(node)
    return True


class ReductionSplitter:
    """Builds the two nests for one group."""

    def __init__(self, group: Group, cut: Cut) -> None:
        self.group = group
        self.cut = cut
        parallel = group.domain.parallel
        self.partials = [
            _Partial(node, kind, _partial_types(kind, node.operands[0].type))
            for node in group.nodes
            if node.cls is ReduceOp and (kind := _kind(node))
        ]
        lead = len(cut.outer)
        self.first_point = {name: substitute(value, _outer_as("d", lead)) for name, value in cut.point.items()}
        self.first_point |= {f"d{i}": var(f"d{i + lead}") for i in range(len(parallel))}
        self.first_domain = Domain((*cut.outer, *parallel), cut.inner)
        self.last_domain = Domain(parallel, cut.outer)
        sizes = (*cut.outer, *parallel)
        strides = contiguous_strides(sizes)
        self.partial_sizes = sizes
        self.outer_index = sum((var(f"r{i}") * s for i, s in enumerate(strides[:lead])), 0)
        self.parallel_index = sum((var(f"d{i}") * s for i, s in enumerate(strides[lead:])), 0)
        self.row_elems = product(parallel)

    def split(self) -> tuple[NestOp, NestOp]:
        """The nests, detached; uses of the original's results are replaced."""
        varying = [node for node in self.group.nodes if node.is_effect and node in self.group.varying]
        first = self._first(varying)
        return first, self._last(first, varying)

    # ---- the first nest -----------------------------------------------------------------------------------

    def _first(self, effects: Sequence[Node]) -> NestOp:
        indexer = indexer_for(self.first_domain)
        roots = [Val(partial.reduce, 0) for partial in self.partials]
        roots += [operand for effect in effects for operand in effect.operands]
        nodes = slice_of(roots, self.group.nodes)
        builder = Builder()
        values = builder.copy([*nodes, *effects], lambda node, ops: _moved(node, ops, self.first_point, indexer))
        stored = [value for partial in self.partials for value in self._partial_values(builder, partial, values)]
        moved = stored_buffers(effects)
        types = [stored_type(value.type, self.partial_sizes, self.group.device) for value in stored]
        nest, arguments = open_nest(builder.nodes, self.group, [*types, *(b.type for b in moved)], self.first_domain)
        for k, value in enumerate(stored):
            result = nest.results[k]
            arguments[result] = (nest.output_args[k], 0)
            builder.add(Node(StoreOp, (value,), (), {}, self._first_index(), result))
        for k, buffer in enumerate(moved):
            arguments[buffer] = (nest.output_args[len(stored) + k], 0)
            buffer.replace_all_uses_with(nest.results[len(stored) + k])
        nest.block.add_ops(write_body(live_nodes(builder.nodes, lambda node: True), arguments))
        return nest

    def _first_index(self) -> IntExpr:
        return sum((var(f"d{i}") * s for i, s in enumerate(contiguous_strides(self.partial_sizes))), 0)

    def _partial_values(self, builder: Builder, partial: _Partial, values: Mapping[Val, Val]) -> Iterator[Val]:
        """What is stored of a reduction: its results; for `argmax` the extremum and its position in the whole."""
        if partial.kind not in ("argmax", "argmin"):
            yield from (values[Val(partial.reduce, k)] for k in range(len(partial.types)))
            return
        operand = values[partial.reduce.operands[0]]
        kind = partial.kind.removeprefix("arg")
        yield builder.add(_reduce(kind, operand)).result
        inner = product(self.cut.inner)
        strides = contiguous_strides(self.cut.outer)
        start = sum((var(f"d{i}") * stride * inner for i, stride in enumerate(strides)), 0)
        local = values[Val(partial.reduce, 0)]
        yield builder.add(Node(IndexOp, (local,), (i64,), {}, start + var("i0"))).result

    # ---- the second nest ----------------------------------------------------------------------------------

    def _last(self, first: NestOp, moved: Sequence[Node]) -> NestOp:
        builder = Builder()
        known: dict[Val, Val] = {}
        position = 0
        for partial in self.partials:
            buffers = first.results[position : position + len(partial.types)]
            position += len(partial.types)
            for k, value in enumerate(self._combine(builder, partial, buffers)):
                known[Val(partial.reduce, k)] = value
        effects = [node for node in self.group.nodes if node.is_effect and node not in moved]
        rest = slice_of([operand for node in effects for operand in node.operands], self.group.nodes)
        kept = [node for node in rest if node not in self.group.varying and node.cls is not ReduceOp]
        builder.copy([*kept, *effects], lambda node, ops: with_index(node, ops, node.index), known)
        moved_buffers = {node.buffer for node in moved}
        outputs = [value for value in self.group.outputs if value not in moved_buffers]
        nodes = live_nodes(builder.nodes, lambda node: True)
        nest, arguments = open_nest(nodes, self.group, [value.type for value in outputs], self.last_domain)
        for output, arg, result in zip(outputs, nest.output_args, nest.results, strict=True):
            arguments[output] = (arg, 0)
            result.name_hint = output.name_hint
            output.replace_all_uses_with(result)
        nest.block.add_ops(write_body(nodes, arguments))
        return nest

    def _combine(self, builder: Builder, partial: _Partial, buffers: Sequence[SSAValue]) -> list[Val]:
        """The results of the whole reduction from the partial ones."""
        index = self.outer_index + self.parallel_index
        loads = [
            builder.add(Node(LoadOp, (), (t,), {}, index, b)).result
            for t, b in zip(partial.types, buffers, strict=True)
        ]
        if partial.kind == "welford":
            return self._combine_welford(builder, *loads)
        whole = builder.add(_reduce(partial.kind, loads[0])).result
        if partial.kind in ("argmax", "argmin"):
            # The part with the extremum, and the position that it has stored.
            at = var("i0") * self.row_elems + self.parallel_index
            return [builder.add(Node(LoadOp, (whole,), (i64,), {}, at, buffers[1])).result]
        return [whole]

    def _combine_welford(self, builder: Builder, mean: Val, squares: Val) -> list[Val]:
        """Parts of n elements each: M2 = sum(M2_i) + n * M2 of the means; the mean is the mean of means."""
        type_ = mean.type
        of_means = builder.add(_reduce("welford", mean))
        within = builder.add(_reduce("sum", squares)).result
        count = product(self.cut.inner)
        if isinstance(count, int):
            factor = builder.constant(float(count), type_)
        else:
            number = builder.add(Node(IndexOp, (), (i64,), {}, count)).result
            factor = builder.add(Node(SIToFPOp, (number,), (type_,), {})).result
        between = builder.add(Node(arith.MulfOp, (Val(of_means, 1), factor), (type_,), _PLAIN_FLOAT)).result
        return [
            of_means.result,
            builder.add(Node(arith.AddfOp, (within, between), (type_,), _PLAIN_FLOAT)).result,
        ]


_PLAIN_FLOAT: Mapping[str, Attribute] = {"fastmath": arith.FastMathFlagsAttr("none")}


def _outer_as(prefix: str, count: int) -> dict[str, IntExpr]:
    return {f"o{i}": var(f"{prefix}{i}") for i in range(count)}


def _kind(node: Node) -> str:
    kind = node.props["kind_"]
    assert isinstance(kind, StringAttr)
    return kind.data


def _reduce(kind: str, operand: Val) -> Node:
    return Node(ReduceOp, (operand,), tuple(results_of(kind, operand.type)), {"kind_": StringAttr(kind)})


def _partial_types(kind: str, element: Attribute) -> tuple[Attribute, ...]:
    return (element, i64) if kind in ("argmax", "argmin") else tuple(results_of(kind, element))


def stored_buffers(effects: Iterable[Node]) -> list[SSAValue]:
    """The outputs that the effects store to, each once."""
    found = {node.buffer: None for node in effects if node.cls is StoreOp}
    return [buffer for buffer in found if buffer is not None]


def _moved(node: Node, operands: tuple[Val, ...], point: Mapping[str, IntExpr], indexer: DomainIndexer) -> Node:
    index = node.index
    return with_index(node, operands, None if index is None else indexer.simplify(substitute(index, point)))


def open_nest(
    nodes: Iterable[Node], group: Group, types: Sequence[Attribute], domain: Domain
) -> tuple[NestOp, dict[SSAValue, tuple[SSAValue, IntExpr]]]:
    """A nest with an empty body over the buffers that `nodes` read, and where it has these."""
    operands: dict[SSAValue, SSAValue] = {}
    offsets: dict[SSAValue, IntExpr] = {}
    for node in nodes:
        if node.buffer is not None and node.cls is not StoreOp and node.buffer not in operands:
            operands[node.buffer], offsets[node.buffer] = group.operand_for(node.buffer)
    nest = NestOp(list(operands.values()), types, domain)
    nest.attributes.update(group.nests[0].attributes)
    nest.location = group.nests[0].location
    arguments = {buffer: (arg, offsets[buffer]) for buffer, arg in zip(operands, nest.input_args, strict=True)}
    return nest, arguments
