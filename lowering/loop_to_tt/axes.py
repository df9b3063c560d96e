"""The tile of a kernel: which dims it steps through, in blocks of which size, and how a program finds its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fxopt.ir.symbolic import IntExpr, floordiv, product
from fxopt.lowering.loop_to_tt.builder import Shape
from fxopt.lowering.loop_to_vector.model import Dim


@dataclass(frozen=True)
class Axis:
    """Dims walked as one, row-major, in blocks.

    `position` is the dim of the tile that holds the block; without one the block is a single point and values are
    scalars. Blocks of a parallel axis are spread over the grid, of a `looped` one over the iterations of a loop; a
    reduced axis that is not looped is one block.
    """

    name: str
    dims: tuple[str, ...]
    extents: tuple[IntExpr, ...]
    block: int = 1
    position: int | None = None
    reduced: bool = False
    looped: bool = False

    @property
    def extent(self) -> IntExpr:
        return product(self.extents)

    @property
    def blocks(self) -> IntExpr:
        """The number of blocks."""
        return self.extent if self.block == 1 else floordiv(self.extent + (self.block - 1), self.block)

    @property
    def is_masked(self) -> bool:
        """Whether the last block may reach beyond the extent."""
        if self.position is None:
            return False
        return not isinstance(self.extent, int) or self.extent % self.block != 0 or self.extent == 0


@dataclass(frozen=True)
class Schedule:
    """The axes, outermost first, and the launch parameters. Every dim of the kernel is in one axis."""

    axes: tuple[Axis, ...]
    num_warps: int = 4
    num_stages: int = 3

    @property
    def rank(self) -> int:
        """Dims of the tile."""
        return sum(axis.position is not None for axis in self.axes)

    @property
    def parallel(self) -> tuple[Axis, ...]:
        return tuple(axis for axis in self.axes if not axis.reduced)

    @property
    def reduced(self) -> Axis | None:
        return next((axis for axis in self.axes if axis.reduced), None)

    @property
    def tile(self) -> Shape:
        """The shape of a value that varies over everything."""
        return self.shape_over(self.axes)

    def shape_over(self, axes: Iterable[Axis]) -> Shape:
        """The shape of a value that varies over `axes`: size 1 along the others, a scalar if none is in the tile."""
        blocks = {axis.position: axis.block for axis in axes if axis.position is not None}
        return tuple(blocks.get(k, 1) for k in range(self.rank)) if blocks else ()

    def axes_of(self, dims: Iterable[str]) -> list[Axis]:
        """The axes that hold `dims`."""
        wanted = set(dims)
        return [axis for axis in self.axes if not wanted.isdisjoint(axis.dims)]

    def programs(self) -> IntExpr:
        """The number of programs."""
        return product(axis.blocks for axis in self.parallel)


def make_axis(name: str, names: Iterable[str], dims: Mapping[str, Dim], block: int, position: int | None) -> Axis:
    """A parallel axis of the dims in `names`."""
    listed = tuple(names)
    return Axis(name, listed, tuple(dims[dim].extent for dim in listed), block, position)
