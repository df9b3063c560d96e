"""The `torch` dialect: what a Dynamo graph calls. One op a kind of FX node; the target says what is called."""

from __future__ import annotations

from typing import ClassVar

from xdsl.ir import Dialect

from fxopt.ir.fx_call import FxCallOp


class FunctionOp(FxCallOp):
    """A call of a Python function on tensors: `%1 = torch.call "torch.nn.functional.linear"(%x, %w, None) : type`.

    The target is the function's importable name, `operator.add` for `+`, `opaque:key` for a function without a name.
    """

    name = "torch.call"
    HAS_TARGET: ClassVar[bool] = True


class MethodOp(FxCallOp):
    """A method of the first argument: `%1 = torch.method "view"(%x, 2, -1) : type`."""

    name = "torch.method"
    HAS_TARGET: ClassVar[bool] = True


class ModuleCallOp(FxCallOp):
    """A call of a submodule by its path in the graph module: `%1 = torch.module "layer.0"(%x) : type`."""

    name = "torch.module"
    HAS_TARGET: ClassVar[bool] = True


TORCH = Dialect("torch", [FunctionOp, MethodOp, ModuleCallOp], [])
