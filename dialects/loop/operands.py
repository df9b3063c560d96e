"""The inputs of a nest: each value once, none unused."""

from __future__ import annotations

from xdsl.dialects.builtin import ArrayAttr, IntAttr
from xdsl.ir import SSAValue

from fxopt.dialects.loop.ops import NestOp


def share_inputs(nest: NestOp) -> None:
    """Lets the body use one block argument for inputs that are the same value."""
    first: dict[SSAValue, SSAValue] = {}
    for value, arg in zip(nest.inputs, nest.input_args, strict=True):
        twin = first.setdefault(value, arg)
        if twin is not arg:
            arg.replace_all_uses_with(twin)


def drop_unused_inputs(nest: NestOp) -> None:
    """Removes inputs that the body does not use and that no output starts as a copy of."""
    args, inits = list(nest.input_args), nest.inits
    keep = [i for i, arg in enumerate(args) if arg.first_use is not None or i in inits]
    if len(keep) == len(args):
        return
    position = {old: new for new, old in enumerate(keep)}
    nest.operands = [nest.inputs[i] for i in keep]
    for i in reversed(range(len(args))):
        if i not in position:
            nest.block.erase_arg(nest.block.args[i])
    if "inits_" in nest.properties:
        nest.properties["inits_"] = ArrayAttr([IntAttr(position[i] if i >= 0 else -1) for i in inits])
