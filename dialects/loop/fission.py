"""Taking a nest of dependent reductions apart: one nest a level, then a pointwise nest for what varies over r.

The *level* of a value is the number of reductions that it went through. A nest computes the reductions of one level and
what follows from them once a parallel point; what later nests need of it is stored. Everything that varies over the
reduced dims is computed again from the inputs and these results, as the loops of one kernel would.

    m = max(x), e = exp(x - m), s = sum(e), y = e / s      levels: x 0, m 1, e 1, s 2, y 2
    -> nest: m = max(x); nest: s = sum(exp(x - m)); pointwise nest: y = exp(x - m) / s
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xdsl.ir import SSAValue

from fxopt.dialects.loop.attrs import Domain
from fxopt.dialects.loop.fusion.group import Group, write_body
from fxopt.dialects.loop.fusion.nodes import Body, Builder, Node, Val, stored_type, with_index
from fxopt.dialects.loop.indexing import indexer_for
from fxopt.dialects.loop.ops import LoadOp, NestOp, ReduceOp, StoreOp
from fxopt.dialects.loop.split import open_nest, stored_buffers
from fxopt.ir.symbolic import IntExpr, substitute, var
from fxopt.ir.types import contiguous_strides


class Fission:
    """Builds the nests, in order, for one group without scans and scatters."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.level: dict[Node, int] = {}
        for node in group.nodes:
            level = max((self.level[operand.node] for operand in node.operands), default=0)
            self.level[node] = level + 1 if node.cls is ReduceOp else level
        self.crossing = self._crossing_values()
        """Values that a nest stores for later ones, in order."""
        self.available: dict[Val, SSAValue] = {}
        strides = contiguous_strides(group.domain.parallel)
        self.row: IntExpr = sum((var(f"d{i}") * stride for i, stride in enumerate(strides)), 0)

    def _crossing_values(self) -> list[Val]:
        """Results of reductions and what follows from them, as far as another level or the inside of a loop uses it."""
        varying, found = self.group.varying, dict[Val, None]()
        for node in self.group.nodes:
            for value in node.operands:
                if value.node in varying or not self.level[value.node]:
                    continue
                if node in varying or self.level[node] > self.level[value.node]:
                    found[value] = None
        return list(found)

    def run(self) -> list[NestOp]:
        """The nests, detached, reductions first; uses of the original's results are replaced."""
        effects = [node for node in self.group.nodes if node.is_effect]
        inside = [node for node in effects if node in self.group.varying]
        nests = [self._reducing_nest(level, effects) for level in range(1, max(self.level.values()) + 1)]
        if inside:
            nests.append(self._pointwise_nest(inside))
        return nests

    def _reducing_nest(self, level: int, effects: Sequence[Node]) -> NestOp:
        """Reductions of one level, what follows from them, and the stores that need no more."""
        mine = [e for e in effects if e not in self.group.varying and max(1, self.level[e]) == level]
        stored = [value for value in self.crossing if self.level[value.node] == level]
        roots = [*stored, *(operand for effect in mine for operand in effect.operands)]
        nodes, known, builder = self._prepare(roots)
        builder.copy([*nodes, *mine], lambda node, operands: with_index(node, operands, node.index), known)
        buffers = stored_buffers(mine)
        types = [stored_type(value.type, self.group.domain.parallel, self.group.device) for value in stored]
        nest, arguments = open_nest(
            builder.nodes, self.group, [*types, *(buffer.type for buffer in buffers)], self.group.domain
        )
        for value, result, arg in zip(stored, nest.results, nest.output_args, strict=False):
            arguments[result] = (arg, 0)
            builder.add(Node(StoreOp, (known[value],), (), {}, self.row, result))
            self.available[value] = result
        self._take_outputs(nest, buffers, len(stored), arguments)
        nest.block.add_ops(write_body(builder.nodes, arguments))
        return nest

    def _pointwise_nest(self, effects: Sequence[Node]) -> NestOp:
        """Stores of values that vary over the reduced dims, with all dims parallel."""
        domain = self.group.domain
        parallel = Domain((*domain.parallel, *domain.reduced))
        point = {f"r{i}": var(f"d{i + len(domain.parallel)}") for i in range(len(domain.reduced))}
        indexer = indexer_for(parallel)

        def moved(node: Node, operands: tuple[Val, ...]) -> Node:
            index = node.index
            return with_index(node, operands, None if index is None else indexer.simplify(substitute(index, point)))

        nodes, known, builder = self._prepare([operand for effect in effects for operand in effect.operands])
        builder.copy([*nodes, *effects], moved, known)
        buffers = stored_buffers(effects)
        nest, arguments = open_nest(builder.nodes, self.group, [buffer.type for buffer in buffers], parallel)
        self._take_outputs(nest, buffers, 0, arguments)
        nest.block.add_ops(write_body(builder.nodes, arguments))
        return nest

    def _prepare(self, roots: Iterable[Val]) -> tuple[Body, dict[Val, Val], Builder]:
        """The nodes that `roots` need beyond what earlier nests have stored, and loads of the latter."""
        needed: set[Node] = set()
        loaded: dict[Val, None] = {}
        stack = list(roots)
        while stack:
            value = stack.pop()
            if value in self.available:
                loaded[value] = None
            elif value.node not in needed:
                needed.add(value.node)
                stack.extend(value.node.operands)
        builder, known = Builder(), dict[Val, Val]()
        for value in self.available:
            if value in loaded:
                load = Node(LoadOp, (), (value.type,), {}, self.row, self.available[value])
                known[value] = builder.add(load).result
        return [node for node in self.group.nodes if node in needed], known, builder

    @staticmethod
    def _take_outputs(
        nest: NestOp,
        buffers: Sequence[SSAValue],
        first: int,
        arguments: dict[SSAValue, tuple[SSAValue, IntExpr]],
    ) -> None:
        """Outputs of the nest from `first` on are the original's outputs `buffers`."""
        for k, buffer in enumerate(buffers, first):
            arguments[buffer] = (nest.output_args[k], 0)
            nest.results[k].name_hint = buffer.name_hint
            buffer.replace_all_uses_with(nest.results[k])
