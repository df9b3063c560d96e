"""A group: one or more nests on their way to becoming one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Operation, SSAValue

from fxopt.dialects.loop.attrs import Domain
from fxopt.dialects.loop.dims import simplify_dims
from fxopt.dialects.loop.fusion.align import Side
from fxopt.dialects.loop.fusion.cost import traffic_bytes
from fxopt.dialects.loop.fusion.graph import look_through, roots_of
from fxopt.dialects.loop.fusion.nodes import Body, Node, Val, live_nodes, read_body, varying_nodes, write_node
from fxopt.dialects.loop.indexing import DomainIndexer, digits_of, indexer_for
from fxopt.dialects.loop.kernel_key import ORIGINS, origins_attr, origins_of
from fxopt.dialects.loop.ops import CheckOp, LoadOp, NestOp, ReduceOp, ScanOp, StoreOp
from fxopt.ir.symbolic import IntExpr
from fxopt.ir.types import TensorType


class Group:
    """The merged body of nests. Buffers are values outside, with views looked through.

    `outputs` are results of the original nests that something outside still needs; `nests` are the originals.
    """

    def __init__(self, nest: NestOp, number: int) -> None:
        _drop_unit_dims(nest)
        self.nests: list[NestOp] = [nest]
        self.sources: dict[int, NestOp] = {number: nest}
        """All nests that contribute code, by number: `nests`, and those recomputed here."""
        self.domain: Domain = nest.domain
        buffers: dict[SSAValue, tuple[SSAValue, IntExpr]] = {}
        for value, arg in zip(nest.inputs, nest.input_args, strict=True):
            buffers[arg] = look_through(value)
        for result, arg in zip(nest.results, nest.output_args, strict=True):
            buffers[arg] = (result, 0)
        self.nodes: Body = read_body(nest.block.ops, buffers)
        self.outputs: list[SSAValue] = list(nest.results)
        self.inits: dict[SSAValue, SSAValue] = {
            result: nest.inputs[source] for result, source in zip(nest.results, nest.inits, strict=True) if source >= 0
        }
        self.shown: dict[SSAValue, dict[SSAValue, None]] = {}
        """For each buffer the operands of the originals through which it is seen."""
        for value in nest.inputs:
            self.shown.setdefault(look_through(value)[0], {})[value] = None
        self.is_changed = False

    @property
    def device(self) -> str:
        type_ = self.outputs[0].type if self.outputs else None
        return type_.device if isinstance(type_, TensorType) else ""

    @property
    def indexer(self) -> DomainIndexer:
        return indexer_for(self.domain)

    def set_body(self, domain: Domain, nodes: Body) -> None:
        """Replaces domain and body; what was derived from them is forgotten."""
        self.domain = domain
        self.nodes = nodes
        for name in ("side", "varying", "loads", "has_reduce", "has_checks", "stores", "traffic"):
            self.__dict__.pop(name, None)
        self.is_changed = True

    @cached_property
    def side(self) -> Side:
        scan = any(node.cls is ScanOp for node in self.nodes)
        position = any(node.cls is ReduceOp and node.props["kind_"] in _POSITIONS for node in self.nodes)
        return Side(self.domain, scan or position, scan)

    @cached_property
    def varying(self) -> set[Node]:
        return varying_nodes(self.nodes)

    @cached_property
    def has_reduce(self) -> bool:
        return any(node.cls is ReduceOp for node in self.nodes)

    @cached_property
    def has_checks(self) -> bool:
        return any(node.cls is CheckOp for node in self.nodes)

    @cached_property
    def loads(self) -> dict[SSAValue, list[Node]]:
        """The loads of each buffer."""
        found: dict[SSAValue, list[Node]] = {}
        for node in self.nodes:
            if node.cls is LoadOp and node.buffer is not None:
                found.setdefault(node.buffer, []).append(node)
        return found

    @cached_property
    def stores(self) -> dict[SSAValue, list[Node]]:
        """The stores into each output."""
        found: dict[SSAValue, list[Node]] = {}
        for node in self.nodes:
            if node.cls is StoreOp and node.buffer is not None:
                found.setdefault(node.buffer, []).append(node)
        return found

    @cached_property
    def traffic(self) -> int:
        """Bytes that the body reads and writes."""
        return traffic_bytes(self.nodes, self.domain)

    @property
    def scatters(self) -> bool:
        """Whether an output starts as a copy or is combined with what is there."""
        return bool(self.inits) or any("mode_" in node.props for nodes in self.stores.values() for node in nodes)

    def plain_store(self, output: SSAValue) -> Node | None:
        """The only store into `output` if it writes each element once, at a point that its index determines."""
        stores = self.stores.get(output, [])
        if len(stores) != 1 or output in self.inits:
            return None
        store = stores[0]
        if store.masked or store.indirect or "mode_" in store.props or store.index is None:
            return None
        return store if digits_of(store.index, self.indexer.extents) is not None else None

    def needs_whole(self) -> Iterator[SSAValue]:
        """Values that must be complete in memory: inits, and what is seen through views of another dtype."""
        for value in self.inits.values():
            yield from roots_of(value)
        for buffer in self.loads:
            roots = iter(roots_of(buffer))
            next(roots)
            yield from roots

    def reads(self) -> Iterator[SSAValue]:
        """All values outside that the group uses."""
        for buffer in {node.buffer: None for node in self.nodes if node.cls is not StoreOp}:
            if buffer is not None:
                yield from roots_of(buffer)
        for value in self.inits.values():
            yield from roots_of(value)

    def absorb(self, other: Group) -> None:
        """Takes over outputs, originals and operands of `other`, whose body has been merged in."""
        self.nests.extend(other.nests)
        self.sources.update(other.sources)
        self.outputs.extend(other.outputs)
        self.inits.update(other.inits)
        for buffer, values in other.shown.items():
            self.shown.setdefault(buffer, {}).update(values)

    def drop_output(self, output: SSAValue) -> None:
        """Forgets an output that nothing needs, and what only it needed."""
        self.outputs.remove(output)
        self.set_body(
            self.domain,
            live_nodes(self.nodes, lambda node: node.cls is not StoreOp or node.buffer is not output),
        )

    def write(self, replaced: dict[SSAValue, SSAValue]) -> NestOp:
        """The merged nest. Uses of the originals' results become uses of its results; `replaced` records them."""
        operands, buffers = self._operands()
        types = [output.type for output in self.outputs]
        inits = [operands.index(self.inits[output]) if output in self.inits else -1 for output in self.outputs]
        nest = NestOp([replaced.get(value, value) for value in operands], types, self.domain, None, inits)
        args = nest.block.args
        arguments = {value: (args[operands.index(shown)], offset) for value, (shown, offset) in buffers.items()}
        for output, arg in zip(self.outputs, args[len(operands) :], strict=True):
            arguments[output] = (arg, 0)
        nest.block.add_ops(write_body(self.nodes, arguments))
        self._describe(nest)
        for output, result in zip(self.outputs, nest.results, strict=True):
            result.name_hint = output.name_hint
            output.replace_all_uses_with(result)
            replaced[output] = result
        return nest

    def _operands(self) -> tuple[list[SSAValue], dict[SSAValue, tuple[SSAValue, IntExpr]]]:
        """The operands, and for each buffer the operand that shows it with the offset of this view.

        A buffer seen through one view only stays so: layers that read different slices of one tensor stay equal.
        """
        operands: dict[SSAValue, None] = {}
        buffers: dict[SSAValue, tuple[SSAValue, IntExpr]] = {}
        for node in self.nodes:
            value = node.buffer
            if value is None or node.cls is StoreOp or value in buffers:
                continue
            buffers[value] = self.operand_for(value)
            operands[buffers[value][0]] = None
        operands.update(dict.fromkeys(self.inits[output] for output in self.outputs if output in self.inits))
        return list(operands), buffers

    def operand_for(self, buffer: SSAValue) -> tuple[SSAValue, IntExpr]:
        """The operand that shows a buffer: the only view through which the originals see it, or itself."""
        shown = self.shown.get(buffer, {})
        operand = next(iter(shown)) if len(shown) == 1 else buffer
        return operand, look_through(operand)[1]

    def _describe(self, nest: NestOp) -> None:
        """Location, origins and other attributes of the originals."""
        nest.location = self.nests[-1].location
        names: list[str] = []
        for _, original in sorted(self.sources.items()):
            names.extend(origins_of(original))
            nest.attributes.update({k: v for k, v in original.attributes.items() if k != ORIGINS})
        if names:
            nest.attributes[ORIGINS] = origins_attr(names)


def is_regular(nest: NestOp) -> bool:
    """Whether a nest may become part of a group: not if it reads what it writes, nor if it has no points.

    Simplification takes an index for granted that no point of an empty domain has.
    """
    outputs = set(nest.output_args)
    return not nest.domain.is_empty() and not any(
        isinstance(op, LoadOp) and op.buffer in outputs for op in nest.block.ops
    )


_POSITIONS = (StringAttr("argmax"), StringAttr("argmin"))


def _drop_unit_dims(nest: NestOp) -> None:
    if 1 in nest.domain.parallel or 1 in nest.domain.reduced:
        simplify_dims(nest, merge=False, sort=False)


def write_body(nodes: Sequence[Node], buffers: Mapping[SSAValue, tuple[SSAValue, IntExpr]]) -> Iterable[Operation]:
    """The operations that nodes stand for; `buffers` gives block arguments and the offsets of what they show."""
    values: dict[Val, SSAValue] = {}
    for node in nodes:
        op = write_node(node, values, buffers)
        for number, result in enumerate(op.results):
            values[Val(node, number)] = result
        yield op
