"""From an ATen FX graph to a callable: import, pipelines, kernels, host program."""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

import torch
from xdsl.dialects.builtin import ModuleOp, UnitAttr
from xdsl.dialects.func import FuncOp
from xdsl.passes import ModulePass

from fxopt.dialects.loop import ops as loop
from fxopt.dialects.loop.transforms.loop_fuse import LoopFusePass
from fxopt.dialects.registry import make_context
from fxopt.dialects.rt import ops as rt
from fxopt.ir.errors import CompilerError, FxOptError
from fxopt.ir.fx_import import ImportedGraph
from fxopt.ir.pipeline import PassManager, PassOptions, emitting, error_summary, module_text, parse_pass_pipeline
from fxopt.ir.symbolic import Expr
from fxopt.ir.types import SymType, TensorType
from fxopt.lowering.convert_loop_to_vector import check_messages
from fxopt.lowering.cpu_target import CpuTarget, host_target
from fxopt.lowering.emit_llvm import emit_llvm
from fxopt.lowering.emit_wrapper import emit_wrapper
from fxopt.lowering.import_fx import import_aten
from fxopt.lowering.pass_registry import get_all_passes
from fxopt.lowering.pipelines import NAMED_PIPELINES
from fxopt.runtime.config import Config
from fxopt.runtime.cpu_jit import CompiledCpuModule, compile_image, load_image
from fxopt.runtime.disk_cache import trim_cache_sometimes
from fxopt.runtime.host_program import host_filename, load_host_program
from fxopt.runtime.kernel_cache import CpuKernelCache, HostProgramCache
from fxopt.runtime.report import GraphReport
from fxopt.runtime.subgraphs import subgraph_callables

HostProgram = Callable[[list[Any]], Any]

# In order; texts are kept and kernels compiled between them.
_PIPELINES = ("aten-pipeline", "loop-pipeline", "rt-pipeline", "gpu-pipeline", "cpu-pipeline")


@dataclass
class Session:
    """One use of the backend: its settings, and what is recorded for `explain`."""

    config: Config
    keep_texts: bool = False
    graphs: list[GraphReport] = field(default_factory=list)
    graph_number: str | None = None
    """Number in the names of graphs; they are counted if there is none."""
    counter: itertools.count[int] = field(default_factory=itertools.count)

    def new_graph(self, kind: str) -> GraphReport:
        """A report for the next graph, named `forward0`, `backward1`, …"""
        number = next(self.counter) if self.graph_number is None else self.graph_number
        report = GraphReport(f"{kind}{number}")
        self.graphs.append(report)
        return report


def compile_graph(
    graph: torch.fx.GraphModule,
    example_inputs: Sequence[Any],
    session: Session,
    kind: str,
    torch_text: str | None = None,
) -> HostProgram:
    """Compiles a functionalised ATen graph; the result takes a list of arguments, which it clears.

    `torch_text` is the graph as Dynamo saw it, for the report. Raises `CompilerError`, with the path of a reproducer,
    if the compiler itself fails.
    """
    report = session.new_graph(kind)
    if torch_text is not None:
        report.texts["torch"] = torch_text
    try:
        with _no_garbage_collection():
            return _GraphCompiler(session, report, kind).compile(graph, example_inputs)
    except FxOptError:
        raise
    except Exception as error:  # not in a pass or an emitter: these report with a reproducer
        raise CompilerError(
            f"compiling {report.name} failed: {error_summary(error)}",
            hint="TORCH_LOGS=aot_graphs prints the graph",
        ) from error


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A compile makes many objects and few cycles; each full collection would walk all of torch's (0.1 s)."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _GraphCompiler:
    def __init__(self, session: Session, report: GraphReport, kind: str) -> None:
        self.kind = kind
        self.session = session
        self.config = session.config
        self.report = report
        self.ctx = make_context()
        self.hits: list[bool] = []
        """Of everything that the cache may hold, whether it did."""

    def compile(self, graph: torch.fx.GraphModule, example_inputs: Sequence[Any]) -> HostProgram:
        report = self.report
        with report.timed("import"):
            imported = self._import(graph)
        module = imported.module
        self._import_again = lambda: self._import(graph).module
        self._keep("aten", module)
        input_text = module_text(module) if self.config.dump else None
        self._run("aten-pipeline", module)
        self._run("loop-pipeline", module)
        self._keep("loop", module)
        self._run("rt-pipeline", module)
        self._keep("rt", module)
        report.record_program(module, _symbol_hints(module, example_inputs))
        with report.timed("emit-python"), emitting(module, "python"):
            source = emit_wrapper(module)
        if self.session.keep_texts:
            report.texts["python"] = source
        kernels = self._compile_kernels(module)
        attributes = {**imported.attributes, **imported.opaque}
        subgraphs = subgraph_callables(graph, module, self._compile_subgraph)
        with report.timed("load"):
            program = load_host_program(
                source, kernels, attributes, subgraphs=subgraphs, code=self._compile_host(source)
            )
        report.cache_hit = all(self.hits)
        if self.config.cache and not report.cache_hit:
            limit_bytes = self.config.cache_size_mb * 10**6
            _pool(self.config.compile_threads).submit(trim_cache_sometimes, self.config.cache_dir, limit_bytes)
        if input_text is not None:
            self._dump({"torch.mlir": report.texts.get("torch", ""), "aten.mlir": input_text, "host.py": source})
        return program

    def _import(self, graph: torch.fx.GraphModule) -> ImportedGraph:
        imported = import_aten(graph)
        if self.kind == "backward":
            # What the forward graph saved is needed for the last time here.
            main = next(op for op in imported.module.body.ops if isinstance(op, FuncOp))
            main.attributes[rt.OWNS_ARGUMENTS] = UnitAttr()
        return imported

    # ---- passes and texts

    def _run(self, pipeline: str, module: ModuleOp) -> None:
        passes = self._passes(pipeline)
        options = PassOptions(verify_each=self.config.verify_each, dump_dir=self.config.dump)
        position = _PIPELINES.index(pipeline)
        later = [p for name in _PIPELINES[position + 1 :] for p in self._passes(name)]
        manager = PassManager(passes, options, graph_name=f"{self.report.name}.{pipeline}", later=later)
        manager.run(self.ctx, module, rebuild=lambda: self._rebuild(_PIPELINES[:position]))
        for timing in manager.timings:
            self.report.seconds[timing.name] = self.report.seconds.get(timing.name, 0.0) + timing.seconds

    def _rebuild(self, pipelines: Sequence[str]) -> ModuleOp:
        """The module as `pipelines` leave it, for the reproducer of a failure after them."""
        module = self._import_again()
        for name in pipelines:
            PassManager(self._passes(name)).run(self.ctx, module)
        return module

    def _passes(self, pipeline: str) -> tuple[ModulePass, ...]:
        return _parsed_pipeline(pipeline, self.config.keep_rounding, self.config.poison)

    def _keep(self, stage: str, module: ModuleOp) -> None:
        if self.session.keep_texts:
            self.report.texts[stage] = module_text(module)

    def _dump(self, files: dict[str, str]) -> None:
        folder = Path(self.config.dump or ".")
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, text in files.items():
            (folder / f"{self.report.name}.{suffix}").write_text(text)

    # ---- kernels

    def _compile_kernels(self, module: ModuleOp) -> dict[str, Callable[..., Any]]:
        devices = _kernel_devices(module)
        callables: dict[str, Callable[..., Any]] = {}
        self._run("gpu-pipeline", module)
        self._keep("tt", module)
        if any(device != "cpu" for device in devices.values()):
            with self.report.timed("compile-gpu"), emitting(module, "ptx"):
                callables |= self._compile_gpu(module, devices)
        messages = {op.sym_name.data: check_messages(op) for op in module.body.ops if isinstance(op, loop.KernelOp)}
        self._run("cpu-pipeline", module)
        functions = [op for op in module.body.ops if isinstance(op, FuncOp)]
        target = host_target(self.config.cpu_isa)
        if self.session.keep_texts:
            with emitting(module, "llvm"):
                self.report.texts["llvm"] = emit_llvm(module, target)
        with self.report.timed("compile-cpu"), emitting(module, "asm"):
            callables |= self._compile_cpu(functions, target, messages)
        return callables

    def _compile_gpu(self, module: ModuleOp, devices: dict[str, str]) -> dict[str, Callable[..., Any]]:
        from fxopt.runtime.gpu_kernels import compile_gpu_kernels, kernel_compiler

        compiler = kernel_compiler(self.config.cache_dir if self.config.cache else None, self.config.compile_threads)
        before = compiler.num_compiled
        callables = compile_gpu_kernels(module, devices, self.config)
        self.hits.append(compiler.num_compiled == before)
        return dict(callables)

    def _compile_cpu(
        self, functions: Sequence[FuncOp], target: CpuTarget, messages: dict[str, list[str]]
    ) -> dict[str, Callable[..., Any]]:
        """Compiles CPU kernels side by side; LLVM releases the GIL."""
        cache_ = CpuKernelCache(self.config.cache_dir) if self.config.cache else None
        jobs: dict[str, Future[tuple[CompiledCpuModule, bool]]] = {}
        for function in functions:
            name = function.sym_name.data
            jobs[name] = _pool(self.config.compile_threads).submit(
                _compile_cpu_kernel, emit_llvm(function, target), name, target, cache_
            )
        kernels: dict[str, Callable[..., Any]] = {}
        for name, job in jobs.items():
            compiled, hit = job.result()
            self.hits.append(hit)
            kernels[name] = _with_checks(compiled[name], messages.get(name, []))
        return kernels

    def _compile_subgraph(self, graph: torch.fx.GraphModule, example_inputs: Sequence[Any]) -> HostProgram:
        return compile_graph(graph, example_inputs, self.session, "subgraph", self.report.texts.get("torch"))

    def _compile_host(self, source: str) -> CodeType:
        filename = host_filename(source)
        if not self.config.cache:
            self.hits.append(False)
            return compile(source, filename, "exec")
        code, hit = HostProgramCache(self.config.cache_dir).compile(source, filename)
        self.hits.append(hit)
        return code


def _compile_cpu_kernel(
    text: str, name: str, target: CpuTarget, cache_: CpuKernelCache | None
) -> tuple[CompiledCpuModule, bool]:
    """The loaded kernel, and whether it came from the cache."""
    if cache_ is None:
        return load_image(compile_image(text, [name], target)), False
    key = cache_.key(text, target)
    image = cache_.load(key)
    if image is not None:
        return load_image(image), True
    image = compile_image(text, [name], target)
    cache_.store(key, image)
    return load_image(image), False


class KernelCheckError(IndexError, RuntimeError):
    """What a kernel checks does not hold. Torch's kernels raise one or the other, depending on the operator."""


def _with_checks(function: Callable[..., int], messages: Sequence[str]) -> Callable[..., Any]:
    """`function`, raising a `KernelCheckError` for a nonzero status if the kernel has checks."""
    if not messages:
        return function

    def checked(*args: Any) -> None:
        status = function(*args)
        if status:
            raise KernelCheckError(messages[status - 1])

    return checked


def _kernel_devices(module: ModuleOp) -> dict[str, str]:
    """Kernel → the device that its launches run on."""
    devices: dict[str, str] = {}
    for program in module.body.ops:
        if isinstance(program, rt.FuncOp):
            for op in program.body.block.ops:
                if isinstance(op, rt.LaunchOp):
                    types = [t for t in op.operand_types if isinstance(t, TensorType)]
                    devices[op.kernel.string_value()] = next((t.device for t in types if t.device != "cpu"), "cpu")
    return devices


def _symbol_hints(module: ModuleOp, example_inputs: Sequence[Any]) -> dict[str, int]:
    """Size symbol → its value in the example inputs."""
    hints: dict[str, int] = {}

    def learn(expr: object, value: object) -> None:
        atom = expr.as_atom() if isinstance(expr, Expr) else None
        hint = getattr(getattr(value, "node", None), "hint", value)
        if atom is not None and atom.kind == "var" and isinstance(hint, int):
            hints.setdefault(atom.name, hint)

    program = next(op for op in module.body.ops if isinstance(op, rt.FuncOp))
    for arg, example in zip(program.body.block.args, example_inputs, strict=False):
        if isinstance(arg.type, SymType):
            learn(arg.type.expr, example)
        elif isinstance(arg.type, TensorType) and isinstance(example, torch.Tensor):
            for expr, value in zip(arg.type.sizes, example.shape, strict=True):
                learn(expr, value)
    return hints


@cache
def _parsed_pipeline(name: str, keep_rounding: bool, poison: bool) -> tuple[ModulePass, ...]:
    """The passes of a named pipeline, with the options and additions that settings ask for."""
    text = f"{name},rt-poison" if poison and name == "rt-pipeline" else name
    passes = parse_pass_pipeline(text, get_all_passes(), NAMED_PIPELINES)
    return tuple(replace(p, keep_rounding=keep_rounding) if isinstance(p, LoopFusePass) else p for p in passes)


@cache
def _pool(workers: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(workers, thread_name_prefix="fxopt-compile")


# A forked child has the pool's object but none of its threads.
os.register_at_fork(after_in_child=_pool.cache_clear)
