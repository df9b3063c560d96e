"""The order in which fusions are tried over one block."""

from __future__ import annotations

from dataclasses import dataclass, field

from xdsl.ir import Block, Operation, SSAValue

from fxopt.dialects.loop.fusion.cost import BYTES_PER_OP, Limits, launch_bytes, points, traffic_bytes, weight_of
from fxopt.dialects.loop.fusion.graph import DependenceGraph, Unit, resolve, storage_of
from fxopt.dialects.loop.fusion.group import Group, is_regular
from fxopt.dialects.loop.fusion.inline import (
    Recipe,
    can_inline,
    extra_bytes,
    inline,
    recipe_of,
    repeats_too_often,
)
from fxopt.dialects.loop.fusion.merge import Plan, merge, plan_horizontal, plan_unrelated, plan_vertical
from fxopt.dialects.loop.ops import NestOp

MAX_SIBLINGS = 8
"""With how many other readers of a value a reader is compared."""

MAX_SIBLING_SPAN = 128
"""Siblings further apart in program order stay apart: fused, their operands and results would live long."""


@dataclass
class BlockFuser:
    """Fuses the nests of one block: see the pass `loop-fuse`."""

    block: Block
    limits: Limits
    fold_rounding: bool
    groups: dict[Unit, Group] = field(default_factory=dict)

    def run(self) -> bool:
        """Fuses; whether anything changed."""
        self.graph = DependenceGraph(self.block)
        for unit in self.graph.order:
            if isinstance(unit.op, NestOp) and is_regular(unit.op):
                self.groups[unit] = Group(unit.op, unit.position)
        if not self.groups:
            return False
        self._inline_constants()
        self._fuse_vertically()
        self._fuse_siblings()
        self._recompute()
        self._fuse_small()
        return self._write()

    # ---- phases -------------------------------------------------------------------------------------------

    def _inline_constants(self) -> None:
        """Values that read no memory are computed where they are used."""
        for unit in self._live_units():
            group = self.groups[unit]
            if group.loads:
                continue
            for output in list(group.outputs):
                recipe = recipe_of(group, output)
                if recipe is not None:
                    self._inline_everywhere(unit, recipe)

    def _inline_everywhere(self, unit: Unit, recipe: Recipe) -> None:
        for user in list(self.graph.users(recipe.output)):
            consumer = self.groups.get(user)
            if consumer is not None and user is not unit and can_inline(recipe, consumer, self.limits):
                if not repeats_too_often(recipe, consumer):
                    self._inline(recipe, user)
        self._drop_dead_outputs(unit)

    def _fuse_vertically(self) -> None:
        """Each nest, in order, joins the nests that it reads from, nearest first."""
        for unit in list(self.graph.order):
            if unit in self.groups and unit.merged_into is None:
                self._fuse_into_producers(unit)

    def _fuse_into_producers(self, unit: Unit) -> None:
        # What the producers read was tried with them: only what this nest itself reads is looked at.
        producers = {producer for value in unit.reads if (producer := self.graph.producer_of(value)) in self.groups}
        for producer in sorted(producers, key=lambda p: -p.position if p else 0):
            first, last = resolve(producer), resolve(unit)
            if first is not last and first in self.groups:
                self._fuse_pair(first, last)

    def _fuse_pair(self, first: Unit, last: Unit) -> None:
        producer, consumer = self.groups[first], self.groups[last]
        plan = plan_vertical(producer, consumer, self.limits)
        if plan is not None and self.graph.can_join(first, last):
            self._merge(first, last, plan)
            return
        for output in [value for value in producer.outputs if value in consumer.loads]:
            if self._only_user(output, last):
                recipe = recipe_of(producer, output)
                if recipe is not None and self._pays_alone(recipe, first, last):
                    self._inline(recipe, last)
                    self._drop_dead_outputs(first)

    def _fuse_siblings(self) -> None:
        """Nests that read the same elements at the same points share the reads."""
        for value in list(self.graph.consumers):
            readers = sorted((u for u in self.graph.users(value) if u in self.groups), key=lambda u: u.position)
            for i, reader in enumerate(readers):
                for other in readers[i + 1 : i + 1 + MAX_SIBLINGS]:
                    first, last = sorted((resolve(reader), resolve(other)), key=lambda u: u.position)
                    if first is not last and last.position - first.position <= MAX_SIBLING_SPAN:
                        self._fuse_siblings_pair(first, last)

    def _fuse_siblings_pair(self, first: Unit, last: Unit) -> None:
        if self._reads_from(last, first):
            plan = plan_vertical(self.groups[first], self.groups[last], self.limits)
        else:
            plan = plan_horizontal(self.groups[first], self.groups[last], self.limits)
        if plan is not None and self.graph.can_join(first, last):
            self._merge(first, last, plan)

    def _reads_from(self, last: Unit, first: Unit) -> bool:
        return any(output in last.reads for output in self.groups[first].outputs)

    def _recompute(self) -> None:
        """An output that only nests read vanishes where recomputing it in all of them moves fewer bytes."""
        for unit in self._live_units():
            for output in list(self.groups[unit].outputs) if unit in self.groups else ():
                if unit not in self.groups:
                    break
                users = [user for user in self.graph.users(output) if user is not unit]
                if not any(user in self.groups for user in users):
                    continue
                recipe = recipe_of(self.groups[unit], output, with_reductions=True)
                if recipe is not None:
                    self._recompute_output(unit, recipe, users)

    def _recompute_output(self, unit: Unit, recipe: Recipe, users: list[Unit]) -> None:
        able = [user for user in users if user in self.groups and self._may_inline(recipe, self.groups[user])]
        extra = {user: extra_bytes(recipe, self.groups[user]) for user in able}
        if not able:
            return
        if len(able) == len(users) and sum(extra.values()) <= self._vanishing_bytes(unit, recipe):
            chosen = users
            self._store_reductions(unit, recipe)
        elif recipe.stored:
            return
        else:
            chosen = [user for user in able if extra[user] < 0]
        for user in chosen:
            self._inline(recipe, user)
        self._drop_dead_outputs(unit)
        for user in chosen if recipe.stored else ():
            self._fuse_siblings_pair(resolve(unit), resolve(user))

    def _store_reductions(self, unit: Unit, recipe: Recipe) -> None:
        group = self.groups[unit]
        for store in recipe.stored:
            assert store.buffer is not None
            group.outputs.append(store.buffer)
            self.graph.producer[store.buffer] = unit
        group.set_body(group.domain, [*group.nodes, *recipe.stored])

    def _fuse_small(self) -> None:
        """Independent pointwise nests of equally many points share a kernel where starting it costs more than running.

        Each is tried with the one before it only.
        """
        open_units: dict[tuple[int, str], Unit] = {}
        for unit in self._live_units():
            group = self.groups[unit]
            if group.domain.reduced or group.scatters or group.traffic > launch_bytes(group.device):
                continue
            key = (points(group.domain, True), group.device)
            first = open_units.setdefault(key, unit)
            if first is unit:
                continue
            plan = None if self._reads_from(unit, first) else plan_unrelated(self.groups[first], group, self.limits)
            if plan is not None and self.graph.can_join(first, unit):
                self._merge(first, unit, plan)
            else:
                open_units[key] = unit

    # ---- decisions ----------------------------------------------------------------------------------------

    def _pays_alone(self, recipe: Recipe, first: Unit, last: Unit) -> bool:
        """Whether the only consumer of an output recomputes it for less than it costs to store it."""
        consumer = self.groups[last]
        if not self._may_inline(recipe, consumer):
            return False
        return extra_bytes(recipe, consumer) <= self._vanishing_bytes(first, recipe)

    def _may_inline(self, recipe: Recipe, consumer: Group) -> bool:
        """Conditions other than cost."""
        if not can_inline(recipe, consumer, self.limits) or repeats_too_often(recipe, consumer):
            return False
        return not self._reads_mutated(recipe)

    def _vanishing_bytes(self, unit: Unit, recipe: Recipe) -> float:
        """What it saves that nothing stores the output any more."""
        group = self.groups[unit]
        if len(group.outputs) > 1 or recipe.stored:
            return group.traffic - traffic_bytes(recipe.remaining(), group.domain)
        work = points(group.domain, True) * weight_of(group.nodes) * BYTES_PER_OP
        return group.traffic + work + launch_bytes(group.device)

    def _reads_mutated(self, recipe: Recipe) -> bool:
        """Whether the recipe reads what some operation writes to: later reads may see other values."""
        return any(storage_of(n.buffer) in self.graph.mutated for n in recipe.nodes if n.buffer is not None)

    def _only_user(self, output: SSAValue, unit: Unit) -> bool:
        return all(user is unit for user in self.graph.users(output))

    # ---- changes ------------------------------------------------------------------------------------------

    def _merge(self, first: Unit, last: Unit, plan: Plan) -> None:
        merge(self.groups[first], self.groups[last], plan, fold_rounding=self.fold_rounding)
        self.graph.join(first, last)
        self.graph.replace_reads(last, ())
        del self.groups[last]
        self._refresh(first)
        self._drop_dead_outputs(first)

    def _inline(self, recipe: Recipe, user: Unit) -> None:
        inline(recipe, self.groups[user], fold_rounding=self.fold_rounding)
        self._refresh(user)

    def _refresh(self, unit: Unit) -> None:
        self.graph.replace_reads(unit, self.groups[unit].reads())

    def _drop_dead_outputs(self, unit: Unit) -> None:
        group = self.groups[unit]
        for output in list(group.outputs):
            if all(user is unit for user in self.graph.users(output)):
                group.drop_output(output)
        if not group.outputs and not group.has_checks:
            group.set_body(group.domain, [])
        self._refresh(unit)

    def _live_units(self) -> list[Unit]:
        return [unit for unit in self.graph.order if unit.merged_into is None and unit in self.groups]

    def _write(self) -> bool:
        """Writes changed groups back and puts the block in the new order."""
        if not any(group.is_changed for group in self.groups.values()):
            return False
        replaced: dict[SSAValue, SSAValue] = {}
        order: list[Operation] = []
        originals: list[NestOp] = []
        for unit in self.graph.order:
            if unit.merged_into is not None:
                continue
            group = self.groups.get(unit)
            if group is None or not group.is_changed:
                order.append(unit.op)
                continue
            originals.extend(group.nests)
            if group.nodes:
                order.append(group.write(replaced))
        for original in originals:
            original.detach()
            original.drop_all_references()
        self.graph.place(order)
        for original in originals:
            original.erase(drop_references=False)
        return True
