"""The targets of `fx-opt -t`: fxopt's emitters, loaded when used, and the passes that each one implies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.utils.target import Target


@dataclass(frozen=True)
class TtirTarget(Target):
    """The TTIR text of every GPU kernel, as Triton reads it."""

    name = "ttir"

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        from fxopt.lowering.emit_ttir import emit_ttir

        output.write(emit_ttir(module))


@dataclass(frozen=True)
class LlvmTarget(Target):
    """The LLVM IR text of the CPU kernels."""

    name = "llvm"

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        from fxopt.lowering.emit_llvm import emit_llvm

        output.write(emit_llvm(module))


@dataclass(frozen=True)
class PythonTarget(Target):
    """The Python function that runs the graph."""

    name = "python"

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        from fxopt.lowering.emit_wrapper import emit_wrapper

        output.write(emit_wrapper(module))


def get_fxopt_targets() -> dict[str, Callable[[], type[Target]]]:
    """fxopt's targets by name."""
    return {
        "llvm": lambda: LlvmTarget,
        "python": lambda: PythonTarget,
        "ttir": lambda: TtirTarget,
    }


def implied_pipeline(target: str, module: ModuleOp) -> str:
    """The pipeline that brings the module to what the target emits, for `fx-opt model.pt2 -t ttir`."""
    del target, module
    return ""
