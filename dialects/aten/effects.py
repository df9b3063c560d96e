"""What passes must know of effects: which calls are pure, which tensors are written, and which leave the graph."""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.ir import Block, BlockArgument, Operation, OpResult, SSAValue
from xdsl.traits import Pure

from fxopt.dialects.aten.ops import AtenOp
from fxopt.ir.fx_call import FxCallOp, parse_schema
from fxopt.ir.types import SymType, TensorType, TupleType

# Python functions on sizes; all others may have effects.
_PURE_MODULES = frozenset(("math", "operator"))
_PURE_FUNCTIONS = frozenset(
    f"torch.{name}"
    for name in ("sym_float", "sym_int", "sym_ite", "sym_max", "sym_min", "sym_not", "sym_sqrt", "sym_sum")
)
# In-place functions of `operator`: setitem, delitem, iadd, …
_WRITES = frozenset(
    f"i{name}"
    for name in (
        "add", "and", "concat", "floordiv", "lshift", "matmul", "mod", "mul", "or", "pow", "rshift", "sub", "truediv",
        "xor",
    )
) | {"setitem", "delitem"}  # fmt: skip
# Overloads outside `aten` that compute and nothing else; they come from decompositions of the front end.
PURE_CALLS = frozenset(
    f"prims.{name}.default"
    for name in (
        "add", "bitwise_and", "clone", "convert_element_type", "device_put", "div", "eq", "ge", "gt", "iota", "le",
        "lt", "mul", "ne", "neg", "prod", "rsqrt", "sqrt", "sub", "sum", "where",
    )
)  # fmt: skip


def is_pure(op: Operation) -> bool:
    """Whether `op` is a function of its operands without effects: it may be merged with its equal, and dropped."""
    if isinstance(op, AtenOp):
        return op.is_pure()
    if not isinstance(op, FxCallOp):
        return op.has_trait(Pure)
    target = op.target.data if op.target is not None else ""
    if op.name == "fx.call":
        module, _, name = target.rpartition(".")
        return (module in _PURE_MODULES and name not in _WRITES) or target in _PURE_FUNCTIONS
    return op.name in ("fx.getitem", "fx.get_attr", "fx.subgraph") or target in PURE_CALLS


def written_operands(op: Operation) -> Iterator[SSAValue]:
    """The operands that `op` may write to."""
    if is_pure(op) or (isinstance(op, FxCallOp) and op.name == "fx.return"):
        return
    if not isinstance(op, AtenOp):
        yield from op.operands
        return
    if op.SCHEMA is not None and op.FAMILY != "nn":
        names = [param.name for param in parse_schema(op.SCHEMA).params if "!" in param.type]
        for name in names:
            yield from _values(op.arg(name))
    else:  # batch_norm and its kin write running statistics that their schemas do not mark
        yield from op.operands


def _values(value: object) -> Iterator[SSAValue]:
    if isinstance(value, SSAValue):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _values(item)


def storage_root(value: SSAValue) -> SSAValue:
    """The value whose storage `value` may share: itself, or what it is a view of."""
    while isinstance(value, OpResult):
        op = value.op
        if op.name == "fx.getitem" or (isinstance(op, AtenOp) and (op.VIEW or op.MAYBE_VIEW or op.INPLACE)):
            if not op.operands:
                return value
            value = op.operands[0]
        else:
            return value
    return value


def holds_tensor(value: SSAValue) -> bool:
    """Whether storage matters for the value: no for sizes."""
    type_ = value.type
    return isinstance(type_, TensorType | TupleType) or not isinstance(type_, SymType)


class StorageFacts:
    """Which storage of a block is written, and which leaves it. Computed once; `note_replaced` keeps it up to date."""

    def __init__(self, block: Block) -> None:
        self.written: set[SSAValue] = set()
        """Roots of storage that some op of the block writes to."""
        self.returned: set[SSAValue] = set()
        """Values returned as they are."""
        self.escaping: set[SSAValue] = set()
        """Roots of storage that is returned."""
        for op in block.ops:
            for value in written_operands(op):
                self.written.add(storage_root(value))
        last = block.last_op
        if last is not None:
            self.returned.update(last.operands)
            self.escaping.update(map(storage_root, last.operands))

    def may_share(self, fresh: SSAValue, other: SSAValue) -> bool:
        """Whether `fresh`, a tensor with storage of its own, may become the same tensor as `other`.

        Not if either is written, and not if that made an output of the graph share storage with its input, or with
        another output: the caller could tell.
        """
        if not holds_tensor(fresh):
            return True
        root = storage_root(other)
        if fresh in self.written or root in self.written:
            return False
        return fresh not in self.escaping or not (root in self.escaping or is_external(root))

    def may_rename(self, value: SSAValue, other: SSAValue) -> bool:
        """Whether `value`, which shares the storage of `other` already, may become the very same tensor object."""
        return value not in self.returned or not (other in self.returned or is_external(other))

    def note_replaced(self, old: SSAValue, new: SSAValue) -> None:
        """`old` has been replaced by `new` everywhere."""
        root = storage_root(new)
        if old in self.returned:
            self.returned.add(new)
        if old in self.escaping or old in self.returned:
            self.escaping.add(root)
        if old in self.written:
            self.written.add(root)


def is_external(value: SSAValue) -> bool:
    """Whether the storage of the root `value` is the caller's: an argument's or an attribute's."""
    return isinstance(value, BlockArgument) or (isinstance(value, OpResult) and value.op.name == "fx.get_attr")


def graph_blocks(module: Operation) -> Iterator[Block]:
    """The blocks of FX graphs in the module, subgraphs before the graphs that hold them."""
    for region in module.regions:
        for block in region.blocks:
            for op in block.ops:
                yield from graph_blocks(op)
            if isinstance(block.last_op, FxCallOp) and block.last_op.name == "fx.return":
                yield block


def erase_dead_ops(block: Block) -> int:
    """Erases pure ops without uses, and what only they used; the number of ops erased."""
    count = 0
    op = block.last_op
    while op is not None:
        previous = op.prev_op
        if op.results and all(result.first_use is None for result in op.results) and is_pure(op):
            block.erase_op(op, safe_erase=False)
            count += 1
        op = previous
    return count
