"""How busy a reduction keeps a device, and whether it is better split."""

from __future__ import annotations

from dataclasses import dataclass

from fxopt.dialects.loop.attrs import Domain
from fxopt.dialects.loop.fusion.nodes import Node
from fxopt.dialects.loop.indexing import indexer_for, size_hint
from fxopt.dialects.loop.ops import LoadOp

TARGET_PARALLELISM = {"cpu": 8, "cuda": 264}
"""Parallel points that keep a device busy: threads of a CPU, two blocks for each of 132 multiprocessors."""

LONG_REDUCTION = {"cpu": 1 << 15, "cuda": 1 << 13}
"""Reduced points from which on a reduction is long."""

COLUMN_DISCOUNT = 4
"""Down columns, a reduction is long from this fraction on: a block walks several columns at once."""

FISSION_FACTOR = 8
"""How much longer than a long reduction those must be that are taken apart in several kernels."""

COLUMNS = 32
"""Neighbouring columns that one block of a GPU reduces together, so that its reads are of whole cache lines."""


@dataclass(frozen=True)
class Occupancy:
    """The demands of `loop-split-reduction`; 0 stands for the default of the device."""

    parallelism: int = 0
    min_reduced: int = 0

    def target(self, device: str) -> int:
        """Parallel points wanted."""
        return self.parallelism or _of_kind(TARGET_PARALLELISM, device)

    def is_short(self, domain: Domain) -> bool:
        """Whether the reduced dims are too short to be cut, on any device and however they are walked."""
        least = self.min_reduced or min(LONG_REDUCTION.values()) // COLUMN_DISCOUNT
        return size_hint(domain.reduced_points()) < least

    def missing_parts(self, domain: Domain, nodes: list[Node], device: str, factor: int = 1) -> int:
        """In how many parts the reduced dims should be cut; 1 where the nest is good as it is.

        `factor` multiplies the length from which on a reduction is long.
        """
        if not domain.reduced:
            return 1
        columns = column_width(domain, nodes) if device.startswith("cuda") else 1
        long = self.min_reduced or factor * _of_kind(LONG_REDUCTION, device) // (COLUMN_DISCOUNT if columns > 1 else 1)
        points = max(1, size_hint(domain.parallel_points()) // columns)
        if points >= self.target(device) or size_hint(domain.reduced_points()) < long:
            return 1
        return -(-self.target(device) // points)

    def wants_split(self, domain: Domain, nodes: list[Node], device: str) -> bool:
        """Whether few parallel points and many reduced ones leave the device idle."""
        return self.missing_parts(domain, nodes, device) > 1

    def wants_fission(self, domain: Domain, nodes: list[Node], device: str) -> bool:
        """Whether dependent reductions are so long that more kernels are better than one that leaves it idle."""
        return self.missing_parts(domain, nodes, device, FISSION_FACTOR) > 1


def _of_kind(table: dict[str, int], device: str) -> int:
    return table.get(device.partition(":")[0], table["cpu"])


def column_width(domain: Domain, nodes: list[Node]) -> int:
    """How many neighbouring parallel points are reduced together: 1 unless the loads are contiguous along one.

    The first load that varies over a reduced dim decides.
    """
    indexer = indexer_for(domain)
    for node in nodes:
        if node.cls is not LoadOp or node.index is None:
            continue
        strides = indexer.strides(node.index)
        if not strides or not any(name[0] == "r" for name in strides):
            continue
        unit = [name for name, stride in strides.items() if stride == 1]
        if unit and unit[0][0] == "d":
            return min(COLUMNS, size_hint(indexer.extents[unit[0]]))
        return 1
    return 1
