"""From a `func.func` of scf, arith, math, vector and cpu ops straight to the text of an LLVM module.

```
func.func @scale(%x: !llvm.ptr, %y: !llvm.ptr {llvm.noalias}, %n: index) {
                                                         define i32 @scale(ptr %v0, ptr noalias %v1, i64 %v2)
  %c0 = arith.constant 0 : index
  %g = arith.constant 4096 : index
  %c16 = arith.constant 16 : index
  cpu.parallel %c0 to %n grain %g multiple_of 16 {           call void @GOMP_parallel(ptr @scale.omp0, ...)
  ^bb0(%b: index, %e: index):
    scf.for %i = %b to %e step %c16 {                        br i1 ..., label %for.body, label %for.end
      %rem = arith.subi %e, %i : index
      %m = vector.create_mask %rem : vector<16xi1>           icmp ult <16 x i32> <i32 0, i32 1, ...>, ...
      %v = cpu.load %x[%i] mask %m : vector<16xbf16>         call <16 x i16> @llvm.masked.load...
      %f = arith.extf %v : vector<16xbf16> to vector<16xf32> shl <16 x i32> ..., splat (i32 16)
      %g = math.exp %f : vector<16xf32>                      call contract <16 x float> @fxopt.exp.v16f32(...)
      ...
```

What is accepted (the contract with `convert-loop-to-vector`):

Functions
: `func.func` without results: a kernel; it becomes `i32 @name(args)` that returns 0, or the id of a failed
  `cpu.check`. With one result: a device function, private to the module. Several functions a module.
  `func.call` to functions of the module. Argument attributes `llvm.noalias`, `llvm.readonly`, `llvm.align`
  are kept, also inside `cpu.parallel`.
Types
: `i1 i8 i16 i32 i64 index bf16 f16 f32 f64`, `!llvm.ptr`, and 1-D `vector<NxT>` of the non-pointers, any N
  (choose a multiple of `CpuTarget.lanes(bits)`; LLVM splits what is wider than a register). `index` is i64.
  `i1` in memory is a byte.
Memory
: `cpu.load cpu.store cpu.gather cpu.scatter cpu.atomic_rmw cpu.alloca`, at element offsets, with optional
  masks (see `dialects/cpu`).
Control
: `scf.for` with iter_args (signed bounds, positive step), `scf.if` with results, `scf.while`, `scf.yield`,
  `scf.condition`,
  `cpu.parallel` (top level of a kernel only; its body may use every value of the kernel), `cpu.check`,
  `func.return`.
arith (vector `cmpi`, `cmpf`, `select` and casts: `fxopt.dialects.arith`, which replaces xDSL's scalar-only classes)
: all of `constant addi subi muli divsi divui remsi remui floordivsi ceildivsi ceildivui minsi maxsi minui
  maxui andi ori xori shli shrui shrsi cmpi cmpf select addf subf mulf divf negf maximumf minimumf maxnumf
  minnumf bitcast index_cast fptosi fptoui sitofp uitofp extf truncf trunci extsi extui`. `constant` takes
  scalars and dense vectors. Integer division is total, so that lanes behind a mask cannot trap: x / 0 = x, x
  % 0 = 0, INT_MIN / -1 wraps. Float to integer is total (unspecified value when out of range, then truncated
  for narrow integers, as C++ does on x86). `select` takes an `i1` with vectors as well.
math
: every op of `math`, and `cpu.math` for the functions that `math` lacks.
vector
: `broadcast` (scalar to 1-D), `fma`, `create_mask`, `extract insert` (static or dynamic position), `shuffle`,
  `reduction` (every kind, a fixed tree of halves; build it with `ReductionOp.build`, xDSL's `__init__` has
  the wrong result type), `bitcast`; `cpu.step`.
Precision
: arith, math and vector ops on `bf16` and `f16` compute in f32 and round once each; better to extend after
  the load and truncate before the store. Flags: `contract` only, unless an op carries its own `fastmath`.
"""

from __future__ import annotations

from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue

from fxopt.dialects.cpu.ops import ParallelOp
from fxopt.ir.errors import PassError
from fxopt.lowering.cpu_target import CpuTarget
from fxopt.lowering.llvm_control import emit_op
from fxopt.lowering.llvm_parallel import argument_attributes, emit_parallel
from fxopt.lowering.llvm_scope import Scope, convert_type
from fxopt.lowering.llvm_text import FunctionWriter, ModuleWriter, Reg


def emit_llvm(root: ModuleOp | func.FuncOp, target: CpuTarget) -> str:
    """The LLVM module of every function in `root`, as text; the same input gives the same text.

    Raises `PassError` for an op or a type without an LLVM form.
    """
    module = ModuleWriter(target)
    functions = [root] if isinstance(root, func.FuncOp) else _functions(root)
    for function in functions:
        _emit_function(module, function)
    return module.finish()


def kernel_names(root: ModuleOp | func.FuncOp) -> list[str]:
    """Names of the kernels in `root`, which are the entry points of its LLVM module."""
    functions = [root] if isinstance(root, func.FuncOp) else _functions(root)
    return [f.sym_name.data for f in functions if not f.function_type.outputs.data]


def _functions(module: ModuleOp) -> list[func.FuncOp]:
    """The CPU kernels; the host program and GPU kernels may stand beside them."""
    return [op for op in module.body.block.ops if isinstance(op, func.FuncOp)]


def _emit_function(module: ModuleWriter, function: func.FuncOp) -> None:
    name = function.sym_name.data
    outputs = function.function_type.outputs.data
    if not function.body.blocks:
        raise PassError(f"emit-llvm: @{name} has no body")
    if len(function.body.blocks) > 1:
        raise PassError(f"emit-llvm: @{name} has {len(function.body.blocks)} blocks, one is needed")
    if len(outputs) > 1:
        raise PassError(f"emit-llvm: @{name} has {len(outputs)} results, at most one is possible")
    block = function.body.block
    attributes = _attributes_of_arguments(function, block)
    params = [f"{convert_type(arg.type)} {attributes.get(arg, '')}%a{i}" for i, arg in enumerate(block.args)]
    linkage, result = ("internal ", convert_type(outputs[0]).text) if outputs else ("", "i32")
    w = FunctionWriter(module, f"define {linkage}{result} @{name}({', '.join(params)}) #0")
    scope = Scope(w, is_kernel=not outputs)
    for i, arg in enumerate(block.args):
        scope.values[arg] = Reg(w, f"%a{i}", convert_type(arg.type))
    _emit_body(scope, block, name, attributes)
    module.define(name, w.finish)


def _attributes_of_arguments(function: func.FuncOp, block: Block) -> dict[SSAValue, str]:
    if function.arg_attrs is None:
        return {}
    return {
        arg: argument_attributes(dict(names.data))
        for arg, names in zip(block.args, function.arg_attrs.data, strict=True)
    }


def _emit_body(scope: Scope, block: Block, name: str, attributes: dict[SSAValue, str]) -> None:
    terminator: Operation | None = block.last_op
    if not isinstance(terminator, func.ReturnOp):
        raise PassError(f"emit-llvm: @{name} must end in func.return")
    for op in block.ops:
        if op is terminator:
            break
        if isinstance(op, ParallelOp) and scope.is_kernel:
            emit_parallel(scope, op, name, attributes)
        else:
            emit_op(scope, op)
    results = scope.args(terminator)
    scope.w.line(f"ret {results[0].typed}" if results else "ret i32 0")
