"""`cpu.parallel` as an outlined function and a call of `GOMP_parallel`.

```
cpu.parallel %lb to %ub grain %g { ^bb0(%begin, %end): ... }

  %threads = call i32 @fxopt.num_threads(i64 %iterations, i64 %g)   ; 1 if the work is small, or inside a region
  br i1 (%threads <= 1), label %serial, label %threaded
serial:   call void @k.chunk1(i64 %lb, i64 %ub, captured values)
threaded: store captured values into %frame
          call void @GOMP_parallel(ptr @k.thread1, ptr %frame, i32 %threads, i32 0)

define internal void @k.thread1(ptr %frame)   ; one call a thread: loads the frame, takes its share, calls @k.chunk1
define internal void @k.chunk1(i64 %begin, i64 %end, captured values)   ; the body
```
The process supplies `GOMP_parallel`, `omp_get_max_threads`, `omp_get_num_threads`, `omp_get_thread_num`,
`omp_in_parallel` and the variable `fxopt_max_threads` (an upper bound of ours, 1 in forked children).
"""

from __future__ import annotations

from xdsl.ir import Attribute, Block, Operation, SSAValue

from fxopt.dialects.cpu.ops import CheckOp, ParallelOp
from fxopt.lowering.llvm_control import emit_block
from fxopt.lowering.llvm_scope import Scope
from fxopt.lowering.llvm_text import I32, I64, PTR, FunctionWriter, ModuleWriter, Reg

_POINTER_ATTRIBUTES = {"llvm.noalias": "noalias", "llvm.readonly": "readonly", "llvm.writeonly": "writeonly"}

NUM_THREADS = "fxopt.num_threads"


def emit_parallel(s: Scope, op: Operation, kernel: str, attributes: dict[SSAValue, str]) -> None:
    """Outlines the body of a `cpu.parallel` of the function `kernel`, whose arguments have the LLVM `attributes`."""
    assert isinstance(op, ParallelOp)
    w = s.w
    (number,) = w.labels("")
    captured = _captured_values(s, op.body.block)
    checks = any(isinstance(inner, CheckOp) for inner in op.walk())
    status = w.alloca("i32", 4) if checks else None
    if status is not None:
        w.line(f"store i32 0, {status.typed}, align 4")
    _write_chunk(s, op, f"{kernel}.chunk{number}", captured, attributes)
    _write_thread(w.module, op, f"{kernel}.thread{number}", f"{kernel}.chunk{number}", s, captured)
    _write_num_threads(w.module)
    _write_dispatch(s, op, f"{kernel}.thread{number}", f"{kernel}.chunk{number}", captured, status)
    if status is not None:
        _return_failure(s, status)


def _captured_values(s: Scope, block: Block) -> list[SSAValue]:
    """The values from outside that the body uses and that live in registers, in order of first use."""
    captured: dict[SSAValue, None] = {}
    for op in block.walk():
        for operand in op.operands:
            if operand in s.values and s.values[operand].text.startswith("%"):
                captured[operand] = None
    return list(captured)


def _write_chunk(
    s: Scope, op: ParallelOp, name: str, captured: list[SSAValue], attributes: dict[SSAValue, str]
) -> None:
    params = ["i64 %begin", "i64 %end"]
    params += [
        f"{s.values[value].type} {attributes.get(value, '')}%c{i}".replace("  ", " ")
        for i, value in enumerate(captured)
    ]
    header = f"define internal void @{name}({', '.join([*params, 'ptr noalias %status'])}) noinline #0"
    w = FunctionWriter(s.w.module, header)
    inner = Scope(w, parent=s)
    inner.status = Reg(w, "%status", PTR)
    for i, value in enumerate(captured):
        inner.values[value] = Reg(w, f"%c{i}", s.values[value].type)
    for arg, text in zip(op.body.block.args, ("%begin", "%end"), strict=True):
        inner.values[arg] = Reg(w, text, I64)
    emit_block(inner, op.body.block)
    w.line("ret void")
    s.w.module.define(name, w.finish)


def _frame_type(s: Scope, captured: list[SSAValue]) -> str:
    """Lower bound, upper bound, status, captured values."""
    return f"{{ {', '.join(['i64', 'i64', 'ptr', *(s.values[value].type.text for value in captured)])} }}"


def _field(w: FunctionWriter, frame_type: str, frame: Reg, index: int) -> Reg:
    return w.emit(f"getelementptr inbounds {frame_type}, {frame.typed}, i32 0, i32 {index}", PTR)


def _write_dispatch(
    s: Scope, op: ParallelOp, thread: str, chunk: str, captured: list[SSAValue], status: Reg | None
) -> None:
    w = s.w
    lower, upper, grain = s.args(op)
    iterations = w.intrinsic("smax", upper - lower, w.const(0, I64))
    threads = w.emit(f"call i32 @{NUM_THREADS}({iterations.typed}, {grain.typed})", I32)
    serial, threaded, end = w.labels("par.serial", "par.threads", "par.end")
    w.branch_if(w.icmp("sle", threads, 1), serial, threaded)
    status = status or Reg(w, "null", PTR)
    args = [lower, upper, *(s.values[value] for value in captured), status]
    w.start_block(serial)
    w.line(f"call void @{chunk}({', '.join(arg.typed for arg in args)})")
    w.branch(end)
    w.start_block(threaded)
    frame_type = _frame_type(s, captured)
    frame = w.alloca(frame_type, 64)
    for index, value in enumerate([lower, upper, status, *args[2:-1]]):
        w.line(f"store {value.typed}, {_field(w, frame_type, frame, index).typed}")
    w.module.declare("GOMP_parallel", "void", ["ptr", "ptr", "i32", "i32"])
    w.line(f"call void @GOMP_parallel(ptr @{thread}, {frame.typed}, {threads.typed}, i32 0)")
    w.branch(end)
    w.start_block(end)


def _write_thread(
    module: ModuleWriter, op: ParallelOp, name: str, chunk: str, s: Scope, captured: list[SSAValue]
) -> None:
    """The share of thread `t` of `n`: units of `multiple_of` iterations, the first `units % n` take one more."""
    w = FunctionWriter(module, f"define internal void @{name}(ptr %frame) #0")
    frame_type, frame = _frame_type(s, captured), Reg(w, "%frame", PTR)
    types = [I64, I64, PTR, *(s.values[value].type for value in captured)]
    fields = [w.emit(f"load {type_}, {_field(w, frame_type, frame, i).typed}", type_) for i, type_ in enumerate(types)]
    lower, upper, status, *values = fields
    thread = w.cast("zext", w.call("omp_get_thread_num", I32), "i64")
    count = w.cast("zext", w.call("omp_get_num_threads", I32), "i64")
    unit = op.multiple_of.value.data if op.multiple_of is not None else 1
    units = w.binary("udiv", upper - lower + (unit - 1), unit)
    share, extra = w.binary("udiv", units, count), w.binary("urem", units, count)
    first = thread * share + w.intrinsic("umin", thread, extra)
    taken = share + w.cast("zext", w.icmp("ult", thread, extra), "i64")
    begin = lower + first * unit
    end = w.intrinsic("smin", begin + taken * unit, upper)
    run, done = w.labels("run", "done")
    w.branch_if(w.icmp("slt", begin, end), run, done)
    w.start_block(run)
    args = [begin, end, *values, status]
    w.line(f"call void @{chunk}({', '.join(arg.typed for arg in args)})")
    w.branch(done)
    w.start_block(done)
    w.line("ret void")
    module.define(name, w.finish)


def _write_num_threads(module: ModuleWriter) -> None:
    """`min(iterations / grain, omp_get_max_threads(), fxopt_max_threads)`, and 1 inside a parallel region."""
    module.define(NUM_THREADS, lambda: _num_threads_text(module))


def _num_threads_text(module: ModuleWriter) -> str:
    header = f"define internal i32 @{NUM_THREADS}(i64 %iterations, i64 %grain) #0"
    w = FunctionWriter(module, header)
    module.declare_global("fxopt_max_threads", "external global i32")
    chunks = w.binary("udiv", Reg(w, "%iterations", I64), w.intrinsic("smax", Reg(w, "%grain", I64), w.const(1, I64)))
    ask, nested, alone = w.labels("ask", "nested", "alone")
    w.branch_if(w.icmp("ugt", chunks, 1), ask, alone)
    w.start_block(alone)
    w.line("ret i32 1")
    w.start_block(ask)
    inside = w.call("omp_in_parallel", I32)
    w.branch_if(w.icmp("eq", inside, 0), nested, alone)
    w.start_block(nested)
    limit = w.emit("load i32, ptr @fxopt_max_threads, align 4", I32)
    limit = w.intrinsic("smin", limit, w.call("omp_get_max_threads", I32))
    threads = w.intrinsic("umin", chunks, w.cast("zext", w.intrinsic("smax", limit, w.const(1, I32)), "i64"))
    w.line(f"ret i32 {w.cast('trunc', threads, 'i32')}")
    return w.finish()


def _return_failure(s: Scope, status: Reg) -> None:
    w = s.w
    failure = w.emit(f"load atomic i32, {status.typed} monotonic, align 4", I32)
    passed, failed = w.labels("par.ok", "par.fail")
    w.branch_if(w.icmp("eq", failure, 0), passed, failed, ", !prof !1")
    w.tail += [f"{failed}:", f"  ret i32 {failure}"]
    w.start_block(passed)


def argument_attributes(names: dict[str, Attribute]) -> str:
    """The LLVM text of a pointer argument's attributes, each followed by a space."""
    texts = [text for name, text in _POINTER_ATTRIBUTES.items() if name in names]
    align = names.get("llvm.align")
    if align is not None:
        texts.append(f"align {align.value.data}")  # type: ignore[attr-defined]
    return "".join(f"{text} " for text in texts)
