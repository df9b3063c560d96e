"""`loop-outline`: every `loop.nest` becomes a `loop.kernel` of the module, and a `loop.launch` of it.

Before:
```
%1 = loop.nest (%x) [d0 = 64] attributes {origins = ["exp"]} : (T) -> (T) { … }
%2 = loop.nest (%1) [d0 = 64] attributes {origins = ["exp"]} : (T) -> (T) { … same body … }
```
After:
```
%1 = loop.launch @k0_exp(%x) : (T) -> T
%2 = loop.launch @k0_exp(%1) : (T) -> T
loop.kernel @k0_exp [d0 = 64] outputs 1 attributes {origins = ["exp"]} { … }
```
Nests that can share compiled code become one kernel (see `kernel_key`). No `loop.nest` is left.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from fxopt.dialects.loop.kernel_key import ORIGINS, KernelKey, kernel_key, kernel_name, origins_attr, origins_of
from fxopt.dialects.loop.ops import KernelOp, LaunchOp, NestOp


@dataclass
class _Outliner:
    """The kernels made so far, and the names taken."""

    taken: set[str]
    names: dict[KernelKey, str] = field(default_factory=dict)
    kernels: list[KernelOp] = field(default_factory=list)

    def outline(self, nest: NestOp) -> None:
        """Replaces `nest` by a launch of its kernel, which is made unless an equal one exists."""
        key = kernel_key(nest)
        name = self.names.get(key)
        if name is None:
            name = self.names[key] = self._make_kernel(nest)
        launch = LaunchOp(name, nest.inputs, nest.result_types)
        launch.location = nest.location
        block = nest.parent
        assert block is not None
        block.insert_op_before(launch, nest)
        for old, new in zip(nest.results, launch.results, strict=True):
            new.name_hint = old.name_hint
            old.replace_all_uses_with(new)
        block.erase_op(nest)

    def _make_kernel(self, nest: NestOp) -> str:
        origins = origins_of(nest)
        number = len(self.kernels)
        while (name := kernel_name(number, origins)) in self.taken:
            number += 1
        self.taken.add(name)
        inits = nest.inits
        kernel = KernelOp(name, nest.domain, nest.num_outputs, nest.detach_region(0), inits)
        kernel.location = nest.location
        kernel.attributes.update(nest.attributes)
        if origins:
            kernel.attributes[ORIGINS] = origins_attr(origins)
        self.kernels.append(kernel)
        return name


def _nests(op: Operation) -> list[NestOp]:
    """Every nest below `op`, in order; the bodies of nests are not entered."""
    found: list[NestOp] = []
    for region in op.regions:
        for block in region.blocks:
            for inner in block.ops:
                if isinstance(inner, NestOp):
                    found.append(inner)
                elif inner.regions and not isinstance(inner, KernelOp):
                    found.extend(_nests(inner))
    return found


@dataclass(frozen=True)
class LoopOutlinePass(ModulePass):
    """Moves nests out of functions into kernels of the module, one kernel for nests that are equal."""

    name = "loop-outline"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        outliner = _Outliner(_symbols(op))
        for nest in _nests(op):
            outliner.outline(nest)
        op.body.block.add_ops(outliner.kernels)


def _symbols(module: ModuleOp) -> set[str]:
    names = (op.get_attr_or_prop("sym_name") for op in module.ops)
    return {name.data for name in names if isinstance(name, StringAttr)}
