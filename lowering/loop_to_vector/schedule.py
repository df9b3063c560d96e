"""Chooses the vector dim, the number of lanes, the loop order and the threads of a kernel, by estimated time.

The unit of cost is about one simple instruction. Each candidate dim is priced: an access that is contiguous along it
costs one instruction a vector, a uniform one is paid outside of its loop, any other costs one a lane.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from xdsl.ir import Attribute

from fxopt.ir.symbolic import Expr, linear_coefficients, mod
from fxopt.ir.types import TensorType
from fxopt.lowering.cpu_target import CpuTarget
from fxopt.lowering.loop_to_vector.dims import magnitude
from fxopt.lowering.loop_to_vector.model import KernelModel, Node, element_bits
from fxopt.lowering.loop_to_vector.tile import MAX_TILE, TILES_A_BLOCK, choose_tile

# Cost of the ops that take more than one instruction.
_OP_COST: dict[str, float] = {
    "arith.divf": 4, "math.sqrt": 6, "math.rsqrt": 6, "math.exp": 12, "math.exp2": 10, "math.expm1": 16,
    "math.log": 14, "math.log2": 14, "math.log10": 14, "math.log1p": 16, "math.tanh": 18, "math.erf": 20,
    "math.sin": 18, "math.cos": 18, "math.tan": 24, "math.powf": 40, "math.atan": 18, "math.atan2": 24,
    "math.sinh": 24, "math.cosh": 20, "math.asin": 20, "math.acos": 20, "math.asinh": 24, "math.acosh": 24,
    "math.atanh": 20, "math.cbrt": 24, "math.ipowi": 20, "arith.divsi": 16, "arith.divui": 16, "arith.remsi":
    18, "arith.remui": 18, "arith.floordivsi": 18, "arith.maximumf": 3, "arith.minimumf": 3,
}  # fmt: skip
CALL_COST = 40.0
EXPENSIVE = 4.0
"""From this cost on, a value is worth keeping rather than computing again in a later phase."""

# Combining the lanes of one accumulator, a parallel point.
_FINISH_COST = 10.0
_GATHER_LANE_COST = 1.5
_SCATTER_LANE_COST = 2.5
# Work (in the unit of cost) below which a kernel stays on the calling thread, about 10 us.
SERIAL_WORK = 20_000.0
# A parallel loop of fewer iterations than this takes in the next dim as well.
_ENOUGH_CHUNKS = 64


@dataclass
class Schedule:
    """`vec` is stepped through by `lanes`; `parallel` and `reduced` list the other dims, outermost first.

    The first `threaded` dims of `parallel` form one loop that threads share; where there are none, but `vec` is
    parallel, threads share `vec` itself. `grain` is how many iterations a thread should get at least; 0 keeps
    everything on one thread. `tile` is a parallel dim along which loads are transposed in registers: the kernel runs
    in tiles of it and `vec`.
    """

    vec: str | None
    lanes: int
    parallel: list[str]
    reduced: list[str]
    threaded: int = 0
    grain: int = 0
    conflicts: frozenset[str] = field(default_factory=frozenset)
    tile: str | None = None


def node_cost(node: Node) -> float:
    """Instructions of one evaluation of a compute-like node."""
    if node.kind == "call":
        return CALL_COST
    return _OP_COST.get(node.cls.name, 1.0) if node.kind == "compute" else 1.0


def choose_schedule(model: KernelModel, target: CpuTarget) -> Schedule:
    """The cheapest schedule of an analysed model."""
    conflicts = conflicting_dims(model)
    sizes = {name: max(magnitude(dim.extent), 1) for name, dim in model.dims.items()}
    candidates: list[str | None] = [name for name in model.dims if name not in conflicts]
    if any(node.tag != "set" for node in model.stores()) and conflicts & set(model.parallel):
        # Elements are combined one after another: lanes must not meet in one element.
        candidates = [name for name in candidates if name is not None and not model.dims[name].reduced]
    best: str | None = None
    lanes = 0
    best_cost = _cost(model, sizes, None, 1)
    for name in candidates:
        assert name is not None
        count = _lanes(model, target, name, sizes)
        if count > 1 and (cost := _cost(model, sizes, name, count)) < best_cost:
            best, best_cost, lanes = name, cost, count
    schedule = Schedule(best, lanes, [], [], conflicts=conflicts)
    # Dims whose points may meet in one element stay inside of those that threads share.
    parallel = [name for name in model.parallel if name != best]
    schedule.parallel = sorted(parallel, key=lambda name: name in conflicts)
    schedule.reduced = [name for name in model.reduced if name != best]
    if best is not None and (tile := choose_tile(model, best)) is not None:
        schedule.tile = tile
        schedule.lanes = min(MAX_TILE, target.lanes(_compute_bits(model)))
    _choose_threads(model, schedule, sizes, best_cost)
    return schedule


def conflicting_dims(model: KernelModel) -> frozenset[str]:
    """Parallel dims along which two points may combine into the same element."""
    result: set[str] = set()
    for node in model.stores():
        if node.tag != "set":
            result |= {name for name in model.parallel if not _is_injective(model, node, name)}
    return frozenset(result)


def _is_injective(model: KernelModel, node: Node, name: str) -> bool:
    """Whether stores at different positions along `name` cannot meet: all other terms step over its whole span."""
    steps = linear_coefficients(node.index, [name])
    step = steps[name] if steps else 0
    if not isinstance(step, int) or step == 0 or isinstance(node.index, int):
        return False
    extent = model.extent(name)
    below = 0
    for monomial, coeff in node.index.terms:
        term = Expr(((monomial, coeff),), 0)
        names = term.free_vars()
        if name in names or mod(term, extent * step) == 0:
            continue
        span = _span(model, names, coeff)
        if span is None:
            return False
        below += span
    return below < abs(step)


def _span(model: KernelModel, names: frozenset[str], coeff: int) -> int | None:
    """How far a term `coeff * dim` reaches; `None` where that is not known."""
    if len(names) != 1:
        return None
    (name,) = names
    extent = model.dims[name].extent if name in model.dims else None
    return abs(coeff) * (extent - 1) if isinstance(extent, int) else None


# Cost ----------------------------------------------------------------------------------------------------------


def _cost(model: KernelModel, sizes: dict[str, int], vec: str | None, lanes: int) -> float:
    """Estimated work of the whole kernel, vectorised along `vec`."""
    total = 0.0
    steps = -(-sizes[vec] // lanes) if vec is not None else 1
    for node in model.nodes:
        points = 1.0
        for name in node.varies:
            points *= steps if name == vec else sizes[name]
        if node.kind in ("load", "store"):
            total += points * _access_cost(node, vec, lanes)
        elif node.kind == "reduce":
            total += _reduce_cost(model, node, sizes, vec, lanes, steps)
        elif node.kind == "scan":
            total += points * (lanes if vec is not None and model.dims[vec].reduced else 2)
        else:
            width = element_bits(node.type) // 32 if node.type is not None else 1
            total += points * node_cost(node) * max(width, 1)
    return total


def _access_cost(node: Node, vec: str | None, lanes: int) -> float:
    if vec is None or vec not in node.varies:
        return 1.0
    if any(vec in indirect.varies for indirect in node.indirect_nodes):
        return _GATHER_LANE_COST * lanes
    steps = linear_coefficients(node.index, [vec])
    if steps is None:
        return _GATHER_LANE_COST * lanes + 8
    if steps[vec] == 1:
        return max(1.0, lanes / 16)
    if steps[vec] == 0:
        return 1.0
    step = steps[vec]
    if node.kind == "load" and isinstance(step, int) and 2 <= step <= 4:
        return 2.0 * step * max(1.0, lanes / 16)
    return (_GATHER_LANE_COST if node.kind == "load" else _SCATTER_LANE_COST) * lanes


def _reduce_cost(
    model: KernelModel, node: Node, sizes: dict[str, int], vec: str | None, lanes: int, steps: int
) -> float:
    outer = 1.0
    for name in node.varies:
        outer *= steps if name == vec else sizes[name]
    inner = 1.0
    for name in model.reduced:
        inner *= steps if name == vec else sizes[name]
    finish = _FINISH_COST if vec is not None and model.dims[vec].reduced else 0.0
    return outer * (inner * 2 + finish)


# Lanes ---------------------------------------------------------------------------------------------------------


def _lanes(model: KernelModel, target: CpuTarget, vec: str, sizes: dict[str, int]) -> int:
    """Lanes along `vec`: one register of the widest float (or the memory type), times an unroll factor."""
    native = target.lanes(_compute_bits(model))
    extent = model.extent(vec)
    lanes = native * _unroll(model, vec)
    if isinstance(extent, int):
        while lanes > native and extent % lanes and extent < 4 * lanes:
            lanes //= 2
        while lanes > 1 and lanes // 2 >= extent:
            lanes //= 2
    return lanes


def _compute_bits(model: KernelModel) -> int:
    """Bits of what most of the kernel computes in."""
    floats = [element_bits(n.type) for n in model.nodes if n.type is not None and _is_float(n.type)]
    if floats:
        return max(32, min(64, max(floats)))
    buffers = [node.buffer for node in model.memory_nodes()]
    sizes = [b.type.item_size_bytes * 8 for b in buffers if b is not None and isinstance(b.type, TensorType)]
    return max(sizes, default=32)


def _is_float(type_: Attribute) -> bool:
    return str(type_) in ("f16", "bf16", "f32", "f64")


def _unroll(model: KernelModel, vec: str) -> int:
    """Registers a value: more for short bodies, whose latency nothing else hides; one where an access is irregular."""
    if any(_access_cost(node, vec, 16) > 1.0 for node in model.memory_nodes()):
        return 1
    work = sum(node_cost(node) for node in model.nodes if vec in node.varies and node.kind not in ("load", "store"))
    has_scan = any(node.kind == "scan" for node in model.nodes)
    accumulates = has_scan or any(node.kind == "reduce" for node in model.nodes)
    if model.dims[vec].reduced:
        return 1 if has_scan else 4 if work <= 12 else 2 if work <= 60 else 1
    if accumulates:
        # Longer pieces of each row: fewer pages at a time.
        return 8 if work <= 12 else 4 if work <= 60 else 2
    return 2 if work <= 60 else 1


# Threads -------------------------------------------------------------------------------------------------------


def _choose_threads(model: KernelModel, schedule: Schedule, sizes: dict[str, int], work: float) -> None:
    if work < SERIAL_WORK and all(isinstance(dim.extent, int) for dim in model.dims.values()):
        return
    if schedule.tile is not None:
        rows = -(-sizes[schedule.tile] // (schedule.lanes * TILES_A_BLOCK))
        others = (size for name, size in sizes.items() if name not in (schedule.tile, schedule.vec))
        schedule.grain = _grain(rows * math.prod(others), work)
        return
    free = [name for name in schedule.parallel if name not in schedule.conflicts]
    chunks = 1
    for name in free:
        if schedule.threaded and chunks >= _ENOUGH_CHUNKS and isinstance(model.extent(name), int):
            break
        schedule.threaded += 1
        chunks *= sizes[name]
    vec = schedule.vec
    if vec is not None and not model.dims[vec].reduced and chunks < 8 and sizes[vec] > chunks:
        schedule.threaded = 0
        schedule.grain = _grain(sizes[vec], work)
    elif schedule.threaded:
        schedule.grain = _grain(chunks, work)


def _grain(iterations: int, work: float) -> int:
    """Iterations worth `SERIAL_WORK`."""
    return max(1, round(SERIAL_WORK * iterations / max(work, 1.0)))
