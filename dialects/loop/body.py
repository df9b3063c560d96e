"""The flat body of a nest: which operations are free to move, to be shared and to be dropped; cleaning it up."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from xdsl.ir import Attribute, Operation, Region, SSAValue

from fxopt.dialects.loop.attrs import IndexAttr
from fxopt.dialects.loop.fold import fold_scalar
from fxopt.dialects.loop.ops import KernelOp, LoadOp, NestLike, NestOp, ReduceOp, ScanOp
from fxopt.ir.symbolic import IntExpr

INDEX = "index"
"""The property of loads, stores and `loop.index` that holds their index expression."""


def nests_in(op: Operation) -> Iterator[NestLike]:
    """Every nest and kernel below `op`, in order; the list is fixed before the first is given out."""
    found: list[NestLike] = []
    _collect(op.regions, found)
    return iter(found)


def _collect(regions: tuple[Region, ...], found: list[NestLike]) -> None:
    for region in regions:
        for block in region.blocks:
            for op in block.ops:
                if isinstance(op, NestOp | KernelOp):
                    found.append(op)
                elif op.regions:
                    _collect(op.regions, found)


def index_of(op: Operation) -> IntExpr | None:
    """The index expression of a load, store or `loop.index`; `None` for any other operation."""
    attr = op.properties.get(INDEX)
    return attr.data if isinstance(attr, IndexAttr) else None


def is_removable(op: Operation) -> bool:
    """Whether the operation may go when nothing uses its results: all but stores and checks."""
    return bool(op.results)


def is_order_sensitive(op: Operation) -> bool:
    """Whether the result depends on the order in which the reduced dims are walked (rounding apart)."""
    return isinstance(op, ScanOp) or (isinstance(op, ReduceOp) and op.kind in ("argmax", "argmin"))


def map_indices(nest: NestLike, image: Callable[[IntExpr], IntExpr]) -> bool:
    """Replaces every index expression of the body by its image; whether any changed."""
    changed = False
    for op in nest.block.ops:
        index = index_of(op)
        if index is not None and (new := image(index)) != index:
            op.properties[INDEX] = IndexAttr(new)
            changed = True
    return changed


def clean_body(nest: NestLike) -> None:
    """Folds constants, shares equal operations and drops unused ones, in one walk down and one up."""
    block = nest.block
    seen: dict[tuple[object, ...], Operation] = {}
    outputs = set(nest.output_args)
    for op in list(block.ops):
        if not is_removable(op) or (isinstance(op, LoadOp) and op.buffer in outputs):
            continue
        folded = fold_scalar(op)
        if isinstance(folded, Operation):
            block.insert_op_before(folded, op)
            _replace(op, list(folded.results))
            op = folded
        elif folded is not None:
            _replace(op, [folded])
            continue
        twin = seen.setdefault(_value_key(op), op)
        if twin is not op:
            _replace(op, list(twin.results))
    drop_unused(nest)


def _value_key(op: Operation) -> tuple[object, ...]:
    operands = tuple(map(id, op.operands))
    properties: tuple[tuple[str, Attribute], ...] = tuple(op.properties.items())
    if len(properties) > 1:
        properties = tuple(sorted(properties))
    return (op.name, operands, properties, tuple(op.result_types))


def _replace(op: Operation, values: list[SSAValue]) -> None:
    for old, new in zip(op.results, values, strict=True):
        old.replace_all_uses_with(new)
    block = op.parent
    assert block is not None
    block.erase_op(op)


def drop_unused(nest: NestLike) -> None:
    """Erases operations of the body whose results nothing uses."""
    block = nest.block
    op = block.last_op
    while op is not None:
        previous = op.prev_op
        if is_removable(op) and not any(result.first_use for result in op.results):
            block.erase_op(op)
        op = previous
