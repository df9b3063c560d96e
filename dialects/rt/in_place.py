"""When a kernel may be given one buffer as an input and as an output."""

from __future__ import annotations

from fxopt.dialects.loop import ops as loop
from fxopt.ir.symbolic import free_vars
from fxopt.ir.types import TensorType


def may_write_over(kernel: loop.KernelOp, input_index: int, output_index: int) -> bool:
    """Whether the kernel may be given one buffer as input and output: each point reads at most the element it writes.

    Reductions and scans read a row again after parts of it were written, so they never qualify. An output that starts
    as a copy of an input may only take that one's place, and only if the kernel does not read it besides.
    """
    args = kernel.block.args
    source, target = args[input_index], args[output_index]
    start = kernel.inits[output_index - len(kernel.input_args)]
    if start >= 0:
        return start == input_index and source.first_use is None
    if kernel.domain.reduced:
        return False
    stores = [use.operation for use in target.uses]
    if len(stores) != 1 or not isinstance(stores[0], loop.StoreOp) or stores[0].indirect or stores[0].mask is not None:
        return False
    store = stores[0]
    if any(extent != 1 and name not in free_vars(store.index.data) for name, extent in kernel.domain.dims().items()):
        return False  # an element is written by several points: the later ones would read it again
    for use in source.uses:
        load = use.operation
        if not isinstance(load, loop.LoadOp) or load.index != store.index or load.indirect:
            return False
        if not load.is_before_in_block(store):
            return False
    return True


def has_distinct_places(type_: TensorType) -> bool:
    """Whether no two elements share a place: a contiguous tensor, or one whose strides step over all smaller dims."""
    if type_.is_contiguous():
        return True
    dims: list[tuple[int, int]] = []
    for stride, size in zip(type_.strides, type_.sizes, strict=True):
        if not isinstance(stride, int) or not isinstance(size, int):
            return False
        if size != 1:
            dims.append((stride, size))
    reach = 1
    for stride, size in sorted(dims):
        if stride < reach:
            return False
        reach = stride * size
    return True
