"""`loop-dce`: nests, outputs of nests, views and kernels that nothing uses go.

Before:
```
%a, %b = loop.nest (%x, %y) [d0 = 64] { load x[d0]; load y[d0]; store exp(x), a[d0]; store exp(y), b[d0] }
%v = loop.view %b offset [0] : …
fx.return((%a))
```
After:
```
%a = loop.nest (%x) [d0 = 64] { load x[d0]; store exp(x), a[d0] }
fx.return((%a))
```
Nests with a `loop.check` stay, without their unused outputs. Kernels may be shared, so their outputs stay.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, SymbolRefAttr
from xdsl.ir import Block, Operation
from xdsl.passes import ModulePass
from xdsl.traits import Pure

from fxopt.dialects.loop.body import drop_unused
from fxopt.dialects.loop.operands import drop_unused_inputs
from fxopt.dialects.loop.ops import CheckOp, KernelOp, NestOp, StoreOp


@dataclass(frozen=True)
class LoopDcePass(ModulePass):
    """Removes what nothing uses from functions, and kernels that nothing launches."""

    name = "loop-dce"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for inner in list(op.ops):
            if not isinstance(inner, KernelOp):
                _clean_regions(inner)
        if all(isinstance(inner, KernelOp) for inner in op.ops):
            return  # A library of kernels: its users are elsewhere.
        used = _symbols_used(op)
        for inner in list(op.ops):
            if isinstance(inner, KernelOp) and inner.sym_name.data not in used:
                inner.detach()
                inner.erase()


def _symbols_used(module: ModuleOp) -> set[str]:
    attrs = (attr for op in module.walk() for attr in op.properties.values())
    return {attr.root_reference.data for attr in attrs if isinstance(attr, SymbolRefAttr)}


def _clean_regions(op: Operation) -> None:
    for region in op.regions:
        for block in region.blocks:
            _clean_block(block)


def _clean_block(block: Block) -> None:
    """Users first: one walk from the end finds everything."""
    op = block.last_op
    while op is not None:
        previous = op.prev_op
        if isinstance(op, NestOp):
            _clean_nest(op)
        elif op.regions:
            _clean_regions(op)
        elif op.results and op.has_trait(Pure) and not any(result.first_use for result in op.results):
            block.erase_op(op)
        op = previous


def _clean_nest(nest: NestOp) -> None:
    block = nest.parent
    assert block is not None
    if any(result.first_use for result in nest.results):
        if all(result.first_use for result in nest.results):
            return
    elif not any(isinstance(op, CheckOp) for op in nest.block.ops):
        block.erase_op(nest)
        return
    _drop_unused_outputs(nest)


def _drop_unused_outputs(nest: NestOp) -> None:
    """Rebuilds the nest with the outputs that are used."""
    unused = [result.index for result in nest.results if result.first_use is None]
    args = nest.output_args
    dead = {args[k] for k in unused}
    for op in list(nest.block.ops):
        if isinstance(op, StoreOp) and op.buffer in dead:
            nest.block.erase_op(op)
    drop_unused(nest)
    kept = [k for k in range(len(nest.results)) if k not in unused]
    inits, body = nest.inits, nest.detach_region(0)
    for k in reversed(unused):
        body.block.erase_arg(body.block.args[len(nest.inputs) + k])
    new = NestOp(nest.inputs, [nest.results[k].type for k in kept], nest.domain, body, [inits[k] for k in kept])
    new.location = nest.location
    new.attributes.update(nest.attributes)
    block = nest.parent
    assert block is not None
    block.insert_op_before(new, nest)
    for k, result in zip(kept, new.results, strict=True):
        result.name_hint = nest.results[k].name_hint
        nest.results[k].replace_all_uses_with(result)
    block.erase_op(nest)
    drop_unused_inputs(new)
