"""`convert-loop-to-tt`: GPU kernels as Triton functions over tiles.

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
tt.func public @k(%x: !tt.ptr<f32> {tt.divisibility = 16 : i32}, %y: !tt.ptr<f32> {..})
    attributes {launch = #tt.launch<grid = [1024], warps = 8, stages = 3>} {
  %pid = tt.get_program_id x : i32
  ...                                                  // positions d0: tensor<4x1xi32>, r0: tensor<1x1024xi32>
  %0 = tt.load %at : tensor<4x1024x!tt.ptr<f32>>
  %1 = "tt.reduce"(%0) <{axis = 1 : i32}> ({ arith.addf }) : (tensor<4x1024xf32>) -> tensor<4xf32>
  tt.store %to, %2 : tensor<4x1x!tt.ptr<f32>>
```
A kernel function takes one pointer a buffer argument (inputs, then outputs), scalars in place, then its size symbols as
i64 in the order of `KernelOp.symbols`. Kernels of other devices are left alone. After it any `math` op may occur
(`tt-expand-math`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp, i64
from xdsl.ir import Block, BlockArgument, Region, SSAValue
from xdsl.passes import ModulePass

from fxopt.dialects.loop import ops as loop
from fxopt.dialects.tt.launch import LaunchConfig
from fxopt.dialects.tt.ops import FuncOp, ReturnOp
from fxopt.ir.errors import FxOptError
from fxopt.ir.types import TensorType
from fxopt.lowering.buffer_alignment import ALIGNMENT_BYTES, kernel_alignments
from fxopt.lowering.loop_to_tt.body import BodyEmitter, argument_type
from fxopt.lowering.loop_to_tt.builder import Builder
from fxopt.lowering.loop_to_tt.index import IndexEmitter
from fxopt.lowering.loop_to_tt.kernel import KernelEmitter
from fxopt.lowering.loop_to_tt.schedule import choose_schedule
from fxopt.lowering.loop_to_vector.dims import normalize_dims
from fxopt.lowering.loop_to_vector.model import build_model


def convert_kernel(kernel: loop.KernelOp, alignments: Sequence[int] = ()) -> FuncOp:
    """The Triton function of one kernel; `kernel` is not changed. Raises `PassError` for what it cannot express.

    `alignments` are the bytes that each pointer is a multiple of, by default `ALIGNMENT_BYTES`.
    """
    model = build_model(kernel)
    normalize_dims(model)
    types = [argument_type(arg) for arg in model.args] + [i64] * len(model.symbols)
    block = Block(arg_types=types)
    schedule = choose_schedule(model)
    grid = schedule.programs()
    if not any(dim.extent == 0 and not dim.reduced for dim in model.dims.values()):
        builder = Builder(block)
        symbols = dict(zip(model.symbols, block.args[len(model.args) :], strict=True))
        index = IndexEmitter(builder, model, schedule, symbols)
        args: dict[BlockArgument, SSAValue] = dict(zip(model.args, block.args, strict=False))
        body = BodyEmitter(builder, model, schedule, index, args)
        KernelEmitter(builder, model, schedule, index, body).emit()
        _erase_unused_constants(block)
    block.add_op(ReturnOp())
    for old, new in zip(kernel.block.args, block.args, strict=False):
        new.name_hint = old.name_hint
    for symbol, new in zip(model.symbols, block.args[len(model.args) :], strict=True):
        new.name_hint = symbol
    known = alignments or [ALIGNMENT_BYTES] * len(model.args)
    aligned = [
        bytes_ if bytes_ > 1 and isinstance(arg.type, TensorType) else 0
        for arg, bytes_ in zip(model.args, known, strict=True)
    ]
    launch = LaunchConfig((grid,), model.symbols, schedule.num_warps, schedule.num_stages)
    return FuncOp(model.name, types, body=Region(block), divisibility=aligned, launch=launch)


def _erase_unused_constants(block: Block) -> None:
    """Scalars of which only the tile was used."""
    for op in list(block.ops):
        if isinstance(op, arith.ConstantOp) and op.result.first_use is None:
            block.erase_op(op)


def is_gpu_kernel(kernel: loop.KernelOp) -> bool:
    """Whether a kernel's tensors are on a GPU."""
    return any(arg.type.device.startswith("cuda") for arg in kernel.block.args if isinstance(arg.type, TensorType))


@dataclass(frozen=True)
class ConvertLoopToTtPass(ModulePass):
    """Makes every GPU `loop.kernel` a `tt.func`; `device="all"` converts the kernels of every device."""

    name = "convert-loop-to-tt"

    device: str = "cuda"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        if self.device not in ("cuda", "all"):
            raise FxOptError("convert-loop-to-tt: unknown device", got=self.device, expected="cuda or all")
        alignments = kernel_alignments(op)
        for kernel in list(op.body.block.ops):
            if isinstance(kernel, loop.KernelOp) and (self.device == "all" or is_gpu_kernel(kernel)):
                function = convert_kernel(kernel, alignments.get(kernel.sym_name.data, ()))
                op.body.block.insert_op_before(function, kernel)
                kernel.detach()
                kernel.erase()
