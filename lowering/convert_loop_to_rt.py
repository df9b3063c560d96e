"""`convert-loop-to-rt`: from tensor values to buffers.

```
func.func @main(%x: T) {                          rt.func @main(%x: T) {
  %y = loop.launch @k(%x) : (T) -> (T)              %y = rt.alloc : T
                                                    rt.launch @k(%x, %y) outputs 1 : T, T
  %z = loop.extern "aten.mm.default"(%y, %w) : U    %z = rt.alloc : U
                                                    rt.extern "aten.mm.out"(%y, %w, out=%z)
  fx.return((%z,))                                  rt.return((%z,))
}                                                 }
```
Needs: kernels outlined (`loop-outline`). After it the host function holds `rt` and `fx` ops only; buffers are not
freed or reused yet (`rt-plan-memory`). Operators with an `out=` variant that computes in place write into a buffer of
ours; the others allocate their result themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import builtin, func
from xdsl.dialects.builtin import UnitAttr
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass

from fxopt.dialects.fx import ops as fx
from fxopt.dialects.loop import ops as loop
from fxopt.dialects.rt import ops as rt
from fxopt.ir.errors import PassError
from fxopt.ir.fx_args import CallArgs, Ref
from fxopt.ir.symbolic import var
from fxopt.ir.types import TensorType

# Operators that make tensors with any contents.
ALLOCATIONS = frozenset(
    f"aten.{name}"
    for name in (
        "empty.memory_format",
        "empty_like.default",
        "empty_strided.default",
        "empty_permuted.default",
        "new_empty.default",
        "new_empty_strided.default",
    )
)

# Functional overload -> `out=` overload whose kernel writes straight into `out`, without a copy inside torch.
OUT_VARIANTS = {
    "aten.mm.default": "aten.mm.out",
    "aten.addmm.default": "aten.addmm.out",
    "aten.bmm.default": "aten.bmm.out",
    "aten.baddbmm.default": "aten.baddbmm.out",
    "aten.addmv.default": "aten.addmv.out",
    "aten.mv.default": "aten.mv.out",
    "aten._int_mm.default": "aten._int_mm.out",
}


@dataclass(frozen=True)
class ConvertLoopToRtPass(ModulePass):
    """Turns the host function's tensor values into buffers that kernels and library calls write to."""

    name = "convert-loop-to-rt"

    def apply(self, ctx: Context, op: builtin.ModuleOp) -> None:
        kernels = {k.sym_name.data: k for k in op.body.ops if isinstance(k, loop.KernelOp)}
        for function in list(op.body.ops):
            if isinstance(function, func.FuncOp):
                _FunctionConverter(function, kernels).run()


class _FunctionConverter:
    """Rebuilds one `func.func` as an `rt.func`."""

    def __init__(self, function: func.FuncOp, kernels: dict[str, loop.KernelOp]) -> None:
        self.function = function
        self.kernels = kernels
        self.block = Block(arg_types=function.body.block.arg_types)
        self.values: dict[SSAValue, SSAValue] = {}

    def run(self) -> None:
        old = self.function.body.block
        for old_arg, new_arg in zip(old.args, self.block.args, strict=True):
            self._bind(old_arg, new_arg)
            new_arg.location = old_arg.location
        for op in old.ops:
            self._convert(op)
        program = rt.FuncOp(self.function.sym_name.data, Region(self.block))
        if rt.OWNS_ARGUMENTS in self.function.attributes:
            program.attributes[rt.OWNS_ARGUMENTS] = UnitAttr()
        parent = self.function.parent_block()
        assert parent is not None
        parent.insert_op_before(program, self.function)
        parent.erase_op(self.function, safe_erase=False)

    def _bind(self, old: SSAValue, new: SSAValue) -> None:
        self.values[old] = new
        new._name = old._name

    def _add(self, op: Operation, source: Operation) -> Operation:
        op.location = source.location
        self.block.add_op(op)
        return op

    def _alloc(self, result: SSAValue, source: Operation) -> SSAValue:
        buffer = self._add(rt.AllocOp(result.type), source).results[0]
        self._bind(result, buffer)
        return buffer

    def _convert(self, op: Operation) -> None:
        if isinstance(op, loop.LaunchOp):
            self._convert_launch(op)
        elif isinstance(op, loop.ViewOp):
            view = rt.ViewOp(self.values[op.source], op.result.type, op.offset.data)
            self._bind(op.result, self._add(view, op).results[0])
        elif isinstance(op, loop.ExternOp):
            self._convert_extern(op)
        elif isinstance(op, fx.ReturnOp):
            self._copy_call(rt.ReturnOp, op)
        elif isinstance(op, fx.GetItemOp | fx.GetAttrOp | fx.CallPythonOp | fx.SubgraphOp):
            self._copy_call(type(op), op)
        else:
            raise PassError(
                f"convert-loop-to-rt: {op.name} is left in the host function",
                where=str(op.location),
                hint="run convert-aten-to-loop and loop-outline before",
            )

    def _convert_launch(self, op: loop.LaunchOp) -> None:
        name = op.kernel.string_value()
        kernel = self.kernels.get(name)
        if kernel is None:
            raise PassError(f"convert-loop-to-rt: no kernel @{name} in the module", expected=sorted(self.kernels))
        inputs = [self.values[value] for value in op.inputs]
        outputs = []
        for result, source in zip(op.results, kernel.inits, strict=True):
            buffer = self._alloc(result, op)
            if source >= 0:
                self._add(rt.CopyOp(inputs[source], buffer), op)
            outputs.append(buffer)
        sizes = tuple(var(symbol) for symbol in kernel.symbols())
        launch = rt.LaunchOp(name, [*inputs, *outputs], len(outputs), sizes)
        launch.attributes.update(op.attributes)
        self._add(launch, op)

    def _convert_extern(self, op: loop.ExternOp) -> None:
        assert op.target is not None
        variant = OUT_VARIANTS.get(op.target.data)
        result_type = op.results[0].type if op.results else None
        if op.target.data in ALLOCATIONS and isinstance(result_type, TensorType):
            if ("pin_memory", True) not in op.template.kwargs:
                self._alloc(op.results[0], op)
                return
        if variant is None or not isinstance(result_type, TensorType):
            self._copy_call(rt.ExternOp, op)
            return
        operands = [self.values[value] for value in op.operands]
        out = self._alloc(op.results[0], op)
        template = op.template
        args = CallArgs(template.args, (*template.kwargs, ("out", Ref(len(operands)))))
        call = rt.ExternOp.build_call(args, [*operands, out], (), target=variant, location=op.location)
        call.attributes.update(op.attributes)
        self.block.add_op(call)

    def _copy_call(self, cls: type[fx.FxCallOp], op: fx.FxCallOp) -> None:
        """The same call on buffers; regions (subgraphs) are moved."""
        operands = [self.values[value] for value in op.operands]
        regions = [op.detach_region(0) for _ in range(len(op.regions))]
        copy = cls.build_call(
            op.template,
            operands,
            op.result_types,
            target=None if op.target is None else op.target.data,
            location=op.location,
            regions=regions,
        )
        copy.attributes.update(op.attributes)
        self.block.add_op(copy)
        for old, new in zip(op.results, copy.results, strict=True):
            self._bind(old, new)
