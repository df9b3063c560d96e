"""What fusion is worth: memory traffic and arithmetic of nests, in bytes.

One unit of account, the time to move one byte to or from memory: an operation of weight 1 counts `BYTES_PER_OP` of it,
starting one more kernel `LAUNCH_BYTES`. A kernel is charged once for each distinct element that it reads or writes
(caches hold what is read again), so the traffic of a fused kernel is that of its parts, less what they share.

Size symbols count as `indexing.SIZE_GUESS`: the decisions do not depend on the sizes of one call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from xdsl.ir import SSAValue

from fxopt.dialects.loop.attrs import Domain
from fxopt.dialects.loop.fusion.nodes import Node, Val
from fxopt.dialects.loop.fusion.occupancy import Occupancy
from fxopt.dialects.loop.indexing import size_hint
from fxopt.dialects.loop.ops import CallOp, LoadOp, StoreOp
from fxopt.ir.symbolic import IntExpr, free_vars, product
from fxopt.ir.types import TensorType

BYTES_PER_OP = 0.1
LOAD_WEIGHT = 2.0
EXPENSIVE_WEIGHT = 8.0
"""From this weight on, a computation is not repeated through windows and gathers."""

# Weight of operations by name; 1 for all others.
_WEIGHTS = {
    "arith.constant": 0.0,
    "arith.extf": 0.5,
    "arith.truncf": 0.5,
    "arith.extsi": 0.5,
    "arith.extui": 0.5,
    "arith.trunci": 0.5,
    "arith.bitcast": 0.0,
    "arith.divf": 6.0,
    "arith.remf": 12.0,
    "arith.divsi": 16.0,
    "arith.divui": 16.0,
    "arith.floordivsi": 16.0,
    "arith.remsi": 16.0,
    "arith.remui": 16.0,
    "loop.index": 0.5,
    "loop.load": LOAD_WEIGHT,
    "math.absf": 0.5,
    "math.copysign": 1.0,
    "math.fma": 1.0,
    "math.floor": 1.0,
    "math.ceil": 1.0,
    "math.sqrt": 6.0,
    "math.rsqrt": 6.0,
}
_TRANSCENDENTAL_WEIGHT = 16.0

LAUNCH_BYTES = {"cpu": 1 << 16, "cuda": 1 << 21}
"""Bytes that could be moved in the time that one more kernel costs, by kind of device."""


@dataclass(frozen=True)
class Limits:
    """What a fused nest may hold, and how parallel it must stay."""

    max_ops: int = 256
    max_buffers: int = 32
    occupancy: Occupancy = field(default_factory=Occupancy)
    """When a long reduction is better split than fused."""


def check_at_least(option: str, value: int, least: int) -> None:
    """Raises `ValueError` for an option of a pass that is too small."""
    if value < least:
        raise ValueError(f"{option} is {value}, must be at least {least}")


def launch_bytes(device: str) -> int:
    return LAUNCH_BYTES.get(device.partition(":")[0], LAUNCH_BYTES["cpu"])


def weight_of(nodes: Iterable[Node]) -> float:
    """Arithmetic of one evaluation of the nodes, in additions."""
    return sum(_weight(node) for node in nodes)


def _weight(node: Node) -> float:
    name = node.cls.name
    known = _WEIGHTS.get(name)
    if known is not None:
        return known
    if name.startswith("math.") or node.cls is CallOp:
        return _TRANSCENDENTAL_WEIGHT
    return 1.0


def is_expensive(nodes: Iterable[Node]) -> bool:
    """Whether the nodes hold more than a few cheap operations (loads apart)."""
    return sum(_weight(node) for node in nodes if node.cls is not LoadOp) >= EXPENSIVE_WEIGHT


def points(domain: Domain, varying: bool) -> int:
    """How often a node is evaluated: at every parallel point, and every reduced one if it varies over these."""
    count = size_hint(domain.parallel_points())
    return count * size_hint(domain.reduced_points()) if varying else count


@lru_cache(maxsize=4096)
def _tensor_size(type_: TensorType) -> tuple[int, int]:
    """Elements, and bytes of one."""
    return size_hint(type_.numel()), type_.item_size_bytes


def _buffer_size(buffer: SSAValue) -> tuple[int, int]:
    return _tensor_size(buffer.type) if isinstance(buffer.type, TensorType) else (1, 8)


def elements(buffer: SSAValue) -> int:
    """Elements of a buffer."""
    return _buffer_size(buffer)[0]


@lru_cache(maxsize=4096)
def reach(index: IntExpr, domain: Domain) -> int:
    """How many points the dims that an index mentions have: so many elements a linear access touches."""
    extents = domain.dims()
    return size_hint(product(extents[name] for name in free_vars(index) if name in extents))


def read_bytes(loads: Sequence[Node], domain: Domain) -> int:
    """Bytes that accesses of one buffer touch together: different indices touch different elements, up to its size."""
    buffer = loads[0].buffer
    assert buffer is not None
    count, item_bytes = _buffer_size(buffer)
    touched: dict[tuple[IntExpr | None, tuple[Val, ...]], int] = {}
    for load in loads:
        assert load.index is not None
        indirect = load.indirect
        touched[load.index, indirect] = points(domain, True) if indirect else reach(load.index, domain)
    return min(sum(touched.values()), count) * item_bytes


def traffic_bytes(nodes: Iterable[Node], domain: Domain) -> int:
    """Bytes that a body reads and writes."""
    accesses: dict[tuple[SSAValue, bool], list[Node]] = {}
    for node in nodes:
        if node.buffer is not None and node.index is not None:
            accesses.setdefault((node.buffer, node.cls is StoreOp), []).append(node)
    return sum(read_bytes(group, domain) for group in accesses.values())
