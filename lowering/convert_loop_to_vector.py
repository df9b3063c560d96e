"""`convert-loop-to-vector`: CPU kernels as threaded, vectorised functions.

```
loop.kernel @k [d0 = 4096] reduce [r0 = 1024] outputs 1 {
^bb0(%x: T, %y: U):
  %0 = loop.load %x[d0 * 1024 + r0] : f32
  %1 = loop.reduce sum %0 : f32
  loop.store %1, %y[d0]
}
```
becomes
```
func.func @k(%x: !llvm.ptr {llvm.noalias, llvm.readonly}, %y: !llvm.ptr {llvm.noalias}) {
  cpu.parallel %c0 to %c4096 grain %c38 {
  ^bb0(%begin: index, %end: index):
    scf.for %d0 = %begin to %end step %c1 {
      %row = arith.muli %d0, %c1024 : index
      %acc = scf.for %r0 = %c0 to %c1024 step %c64 iter_args(%a = %zero) -> (vector<64xf32>) {
        %at = arith.addi %row, %r0 : index
        %0 = cpu.load %x[%at] : vector<64xf32>
        ...
      }
      %1 = vector.reduction <add>, %acc : vector<64xf32> into f32
      cpu.store %1, %y[%d0] : f32
```
A kernel function takes one pointer a buffer argument (inputs, then outputs), scalars in place, then its size symbols
in the order of `KernelOp.symbols`. Kernels of other devices are left alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, ModuleOp, UnitAttr, f64, i64
from xdsl.ir import Attribute, Block, BlockArgument, Region, SSAValue
from xdsl.passes import ModulePass

from fxopt.dialects.cpu.ops import PTR
from fxopt.dialects.loop import ops as loop
from fxopt.ir.symbolic import IntExpr
from fxopt.ir.types import SymType, TensorType
from fxopt.lowering.cpu_target import CpuTarget, host_target, target_for_isa
from fxopt.lowering.loop_to_vector.body import BodyEmitter
from fxopt.lowering.loop_to_vector.builder import INDEX, Builder
from fxopt.lowering.loop_to_vector.dims import normalize_dims
from fxopt.lowering.loop_to_vector.model import KernelModel, build_model
from fxopt.lowering.loop_to_vector.nest import NestEmitter
from fxopt.lowering.loop_to_vector.schedule import choose_schedule

_NO_MASKED_LOADS = 1024


def convert_kernel(kernel: loop.KernelOp, target: CpuTarget) -> func.FuncOp:
    """The function of one CPU kernel; `kernel` is not changed. Raises `PassError` for what it cannot express."""
    model = build_model(kernel)
    normalize_dims(model)
    types = [_argument_type(arg) for arg in model.args] + [INDEX] * len(model.symbols)
    block = Block(arg_types=types)
    function = func.FuncOp(model.name, (types, []), Region(block), arg_attrs=_argument_attributes(model))
    if any(dim.extent == 0 and not dim.reduced for dim in model.dims.values()):
        block.add_op(func.ReturnOp())
        return function
    schedule = choose_schedule(model, target)
    builder = Builder(block)
    args: dict[BlockArgument, SSAValue] = dict(zip(model.args, block.args, strict=False))
    masked_bits = {"avx512": 8, "avx2": 32}.get(target.isa, _NO_MASKED_LOADS)
    body = BodyEmitter(builder, model, args, schedule.vec, schedule.lanes, masked_bits)
    nest = NestEmitter(builder, model, schedule, body)
    symbols: dict[str, IntExpr] = {}
    for name, value in zip(model.symbols, block.args[len(model.args) :], strict=True):
        symbols[name] = builder.bind(value)
    nest.symbols = symbols
    nest.emit()
    block.add_op(func.ReturnOp())
    return function


def check_messages(kernel: loop.KernelOp) -> list[str]:
    """The message of each `loop.check`: a kernel that returns status `k` failed number `k - 1`."""
    return [op.message.data for op in kernel.block.ops if isinstance(op, loop.CheckOp)]


def is_cpu_kernel(kernel: loop.KernelOp) -> bool:
    """Whether all tensors of a kernel are on the CPU."""
    return all(arg.type.device == "cpu" for arg in kernel.block.args if isinstance(arg.type, TensorType))


def _argument_type(arg: BlockArgument) -> Attribute:
    if isinstance(arg.type, SymType):
        return f64 if arg.type.kind == "float" else i64
    return PTR


def _in_place_candidates(model: KernelModel) -> set[BlockArgument]:
    """Buffers that the host program may make one: an input read only at the element that an output then takes."""
    if model.reduced:
        return set()
    stores = {node.index: node.buffer for node in model.stores() if not node.indirect and not node.has_mask}
    loads: dict[BlockArgument | None, set[IntExpr]] = {}
    for node in model.nodes:
        if node.kind == "load":
            loads.setdefault(node.buffer, set()).add(node.index)
    result: set[BlockArgument | None] = set()
    for buffer, indices in loads.items():
        (index, *others) = indices
        if not others and index in stores:
            result |= {buffer, stores[index]}
    return {buffer for buffer in result if buffer is not None}


_NOALIAS = DictionaryAttr({"llvm.noalias": UnitAttr()})
_READONLY = DictionaryAttr({"llvm.noalias": UnitAttr(), "llvm.readonly": UnitAttr()})
_NONE = DictionaryAttr({})


def _argument_attributes(model: KernelModel) -> ArrayAttr[DictionaryAttr]:
    """Buffers that share no storage with an output are `noalias`; those never written are `readonly` too."""
    stored = {node.buffer for node in model.stores()}
    shared = model.aliased | _in_place_candidates(model)
    attributes = []
    for arg in model.args:
        if not isinstance(arg.type, TensorType) or arg in shared:
            attributes.append(_NONE)
        else:
            attributes.append(_NOALIAS if arg in stored else _READONLY)
    return ArrayAttr([*attributes, *([_NONE] * len(model.symbols))])


@dataclass(frozen=True)
class ConvertLoopToVectorPass(ModulePass):
    """Makes every CPU `loop.kernel` a `func.func`; `isa` is `avx512`, `avx2`, `portable`, or empty: the host's."""

    name = "convert-loop-to-vector"

    isa: str = ""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        target = target_for_isa(self.isa) if self.isa else host_target()
        for kernel in list(op.body.block.ops):
            if isinstance(kernel, loop.KernelOp) and is_cpu_kernel(kernel):
                function = convert_kernel(kernel, target)
                op.body.block.insert_op_before(function, kernel)
                kernel.detach()
                kernel.erase()
