"""What a compile did: the IR text of each stage, kernels, library calls, fallbacks, seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

from xdsl.dialects.builtin import ModuleOp, StringAttr

from fxopt.dialects.loop import ops as loop
from fxopt.dialects.loop.attrs import Domain
from fxopt.dialects.rt import ops as rt
from fxopt.ir.errors import FxOptError
from fxopt.ir.symbolic import Expr, IntExpr, evaluate, free_vars, product
from fxopt.ir.types import TensorType
from fxopt.lowering.aten_to_loop.externs import LIBRARY_REASONS

STAGES = ("torch", "aten", "loop", "tt", "llvm", "rt", "python")


@dataclass
class GraphReport:
    """One compiled graph (a forward, a backward, or a part between graph breaks)."""

    name: str
    texts: dict[str, str] = field(default_factory=dict)
    num_kernels: int = 0
    """Kernel launches in one call."""
    num_distinct_kernels: int = 0
    """Kernels compiled; identical layers share them."""
    bytes_accessed: int = 0
    """Bytes that our kernels read and write in one call, each kernel's distinct accesses, at hint sizes."""
    extern_calls: dict[str, int] = field(default_factory=dict)
    """Operator → calls of its library kernel."""
    fallbacks: dict[str, str] = field(default_factory=dict)
    """Operator without a lowering of ours → reason; GEMM, convolution, attention … are `extern_calls` only."""
    seconds: dict[str, float] = field(default_factory=dict)
    cache_hit: bool = False
    """Whether all that was compiled, kernels and host program, came from the cache."""

    def text(self, stage: str) -> str:
        """The text of one of `STAGES`; `FxOptError` for other names and for texts that were not kept."""
        if stage not in STAGES:
            raise FxOptError(f"no stage {stage!r}", expected=", ".join(STAGES))
        if stage not in self.texts:
            raise FxOptError(f"the text of stage {stage!r} was not kept", hint="use fxopt.explain")
        return self.texts[stage]

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Adds the wall time of a `with` block to `seconds[stage]`."""
        start = perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + perf_counter() - start

    def record_program(self, module: ModuleOp, hints: dict[str, int]) -> None:
        """Counts kernels, bytes and library calls of the `rt` module."""
        kernels = {op.sym_name.data: op for op in module.body.ops if isinstance(op, loop.KernelOp)}
        self.num_distinct_kernels = len(kernels)
        externs: Counter[str] = Counter()
        for program in module.body.ops:
            if not isinstance(program, rt.FuncOp):
                continue
            for op in program.body.block.ops:
                if isinstance(op, rt.LaunchOp):
                    self.num_kernels += 1
                    self.bytes_accessed += launch_bytes(op, kernels[op.kernel.string_value()], hints)
                elif isinstance(op, rt.ExternOp) and op.target is not None:
                    self._record_extern(op, op.target.data, externs)
        self.extern_calls = dict(externs)

    def _record_extern(self, op: rt.ExternOp, target: str, externs: Counter[str]) -> None:
        reason_attr = op.attributes.get("reason")
        reason = reason_attr.data if isinstance(reason_attr, StringAttr) else "no lowering"
        externs[target] += 1
        if reason not in LIBRARY_REASONS:
            self.fallbacks[target] = reason


def launch_bytes(launch: rt.LaunchOp, kernel: loop.KernelOp, hints: dict[str, int]) -> int:
    """Bytes that a launch reads and writes: of each buffer, the elements that its distinct index expressions reach."""
    total = 0
    for arg, operand in zip(kernel.block.args, launch.buffers, strict=True):
        type_ = operand.type
        if isinstance(type_, TensorType):
            indices = {
                use.operation.properties["index"].data  # type: ignore[attr-defined]
                for use in arg.uses
                if isinstance(use.operation, loop.LoadOp | loop.StoreOp)
            }
            reached = sum(_points(index, kernel.domain, hints) for index in indices)
            total += min(reached, _value(type_.storage_elems(), hints)) * type_.item_size_bytes
    return total


def _points(index: IntExpr, domain: Domain, hints: dict[str, int]) -> int:
    """How many elements an index expression reaches; an indirect one as many as the domain has points."""
    names = free_vars(index)
    dims = domain.dims()
    if any(name[0] == "i" and name[1:].isdigit() for name in names):
        return _value(product(dims.values()), hints)
    return _value(product(extent for name, extent in dims.items() if name in names), hints)


def _value(expr: IntExpr, hints: dict[str, int]) -> int:
    return evaluate(expr, {**dict.fromkeys(free_vars(expr), 1), **hints}) if isinstance(expr, Expr) else expr


@dataclass
class Report:
    """What `fxopt.explain` returns: the graphs, and their sums."""

    graphs: list[GraphReport] = field(default_factory=list)

    def text(self, stage: str) -> str:
        """The text of a stage for all graphs, each under a comment with its name when there are several."""
        mark = "#" if stage == "python" else ";" if stage == "llvm" else "//"
        if len(self.graphs) == 1:
            return self.graphs[0].text(stage)
        return "\n".join(f"{mark} {graph.name}\n{graph.text(stage)}" for graph in self.graphs)

    @property
    def num_kernels(self) -> int:
        return sum(graph.num_kernels for graph in self.graphs)

    @property
    def num_distinct_kernels(self) -> int:
        return sum(graph.num_distinct_kernels for graph in self.graphs)

    @property
    def bytes_accessed(self) -> int:
        return sum(graph.bytes_accessed for graph in self.graphs)

    @property
    def extern_calls(self) -> dict[str, int]:
        total: Counter[str] = Counter()
        for graph in self.graphs:
            total.update(graph.extern_calls)
        return dict(total)

    @property
    def fallbacks(self) -> dict[str, str]:
        return {name: reason for graph in self.graphs for name, reason in graph.fallbacks.items()}

    @property
    def seconds(self) -> dict[str, float]:
        total: dict[str, float] = {}
        for graph in self.graphs:
            for stage, seconds in graph.seconds.items():
                total[stage] = total.get(stage, 0.0) + seconds
        return total

    @property
    def cache_hit(self) -> bool:
        return bool(self.graphs) and all(graph.cache_hit for graph in self.graphs)

    def __str__(self) -> str:
        if not self.graphs:
            return "no graph was compiled: torch found no tensor operations"
        header = ["graph", "kernels", "distinct", "MB accessed", "extern", "fallbacks", "seconds", "cache"]
        rows = [header, *(_row(graph.name, graph) for graph in self.graphs)]
        if len(self.graphs) > 1:
            rows.append(_row("total", self))
        widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        for name, count in sorted(self.extern_calls.items()):
            lines.append(_clip(f"extern    {count:4d} x {name}"))
        for name, reason in sorted(self.fallbacks.items()):
            lines.append(_clip(f"fallback  {name}: {reason}"))
        for stage, seconds in self.seconds.items():
            lines.append(f"{seconds * 1e3:9.1f} ms  {stage}")
        return "\n".join(lines)


def _row(name: str, item: GraphReport | Report) -> list[str]:
    return [
        name,
        str(item.num_kernels),
        str(item.num_distinct_kernels),
        f"{item.bytes_accessed / 1e6:.2f}",
        str(sum(item.extern_calls.values())),
        str(len(item.fallbacks)),
        f"{sum(item.seconds.values()):.3f}",
        "hit" if item.cache_hit else "miss",
    ]


def _clip(line: str, width: int = 80) -> str:
    return line if len(line) <= width else line[: width - 1] + "…"
