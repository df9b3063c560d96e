"""Makes the emitted Python host program (`lowering/emit_wrapper.py`) callable: binds the names that it uses."""

from __future__ import annotations

import functools
import hashlib
import importlib
import linecache
import weakref
from collections.abc import Callable, Mapping, Sequence
from types import CodeType
from typing import Any

import torch

from fxopt.ir.errors import CompilerError
from fxopt.lowering.buffer_alignment import ALIGNMENT_BYTES

# Python bindings parse arguments faster than the dispatcher's boxed entry; both run the same kernel.
_PYTHON_BINDINGS = {f"aten.{name}.out": name for name in ("mm", "addmm", "bmm", "baddbmm", "mv", "addmv")}


def resolve_operator(target: str) -> Callable[..., Any]:
    """The callable behind `aten.mm.out`, `mylib.foo.default` or `higher_order.cond`."""
    binding = _PYTHON_BINDINGS.get(target)
    if binding is not None:
        return getattr(torch, binding)  # type: ignore[no-any-return]
    value = resolve_overload(target)
    # The overload's own C++ entry, without the Python layer around it.
    return value._op if isinstance(value, torch._ops.OpOverload) else value  # type: ignore[no-any-return]


def resolve_overload(target: str) -> Any:
    """The operator overload, or higher-order operator, of that name: what a higher-order operator takes as argument."""
    value: Any = torch.ops
    for part in target.split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            raise CompilerError(
                f"operator {target} is not registered in this process", hint="import the library that defines it"
            ) from None
    return value


def resolve_python(name: str) -> Callable[..., Any]:
    """The function behind `operator.mul` or `torch.sym_max`."""
    module_name, _, attribute = name.rpartition(".")
    while module_name:
        try:
            value: Any = importlib.import_module(module_name)
        except ImportError:
            module_name, _, head = module_name.rpartition(".")
            attribute = f"{head}.{attribute}"
            continue
        return functools.reduce(getattr, attribute.split("."), value)
    raise CompilerError(f"no Python function {name}")


def conform(tensor: torch.Tensor, sizes: Sequence[int], strides: Sequence[int]) -> torch.Tensor:
    """`tensor`, copied if its layout is not the one that the graph's metadata promised.

    Kernels were compiled for the promised strides; an operator may choose others at run time.
    """
    if tensor.stride() == strides:
        return tensor
    if tuple(tensor.shape) == sizes and all(
        size <= 1 or have == want for size, have, want in zip(sizes, tensor.stride(), strides, strict=True)
    ):
        return tensor
    result = torch.empty_strided(tuple(tensor.shape), strides, dtype=tensor.dtype, device=tensor.device)
    return result.copy_(tensor)


def realigned(*tensors: torch.Tensor) -> tuple[list[torch.Tensor], list[int]]:
    """The tensors, copied if their address is not aligned, and their addresses."""
    copies = [_flat_copy(t) if t.data_ptr() % ALIGNMENT_BYTES else t for t in tensors]
    return copies, [copy.data_ptr() for copy in copies]


def _flat_copy(tensor: torch.Tensor) -> torch.Tensor:
    """The elements from the first to the last in memory, gaps included: kernels know the strides."""
    span = 1 + sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))
    return torch.as_strided(tensor, (span if tensor.numel() else 0,), (1,)).clone()


def _empty_other(sizes: Sequence[int], strides: Sequence[int], dtype: torch.dtype, device: str) -> torch.Tensor:
    return torch.empty_strided(sizes, strides, dtype=dtype, device=device)


def _empty_fallback(device: str) -> Callable[..., torch.Tensor]:
    return lambda sizes, strides, dtype: torch.empty_strided(sizes, strides, dtype=dtype, device=device)


def _reinterpret_fallback(
    tensor: torch.Tensor, sizes: Sequence[int], strides: Sequence[int], offset: int
) -> torch.Tensor:
    return torch.as_strided(tensor, sizes, strides, tensor.storage_offset() + offset)


def _current_stream(index: int) -> int:
    return torch._C._cuda_getCurrentRawStream(index)  # type: ignore[no-any-return]


def _base_namespace() -> dict[str, Any]:
    guards = torch._C._dynamo.guards
    return {
        "torch": torch,
        "empty_cpu": getattr(guards, "_empty_strided_cpu", _empty_fallback("cpu")),
        "empty_cuda": getattr(guards, "_empty_strided_cuda", _empty_fallback("cuda")),
        "empty_other": _empty_other,
        "realigned": realigned,
        "reinterpret": getattr(guards, "_reinterpret_tensor", _reinterpret_fallback),
        "conform": conform,
        "extern": resolve_operator,
        "overload": resolve_overload,
        "python_fn": resolve_python,
        "current_stream": _current_stream,
    }


def host_filename(source: str) -> str:
    """The name of the source in tracebacks; equal for equal sources."""
    return f"<fxopt host program {hashlib.sha256(source.encode()).hexdigest()[:12]}>"


def load_host_program(
    source: str,
    kernels: Mapping[str, Callable[..., Any]],
    attributes: Mapping[str, Any],
    *,
    name: str = "main",
    subgraphs: Mapping[str, Callable[..., Any]] | None = None,
    code: CodeType | None = None,
) -> Callable[[list[Any]], Any]:
    """Executes `source` and returns its function `name`, which takes a list of arguments that it clears.

    `kernels` maps kernel names to callables over addresses and sizes, `attributes` the graph module's own tensors,
    `subgraphs` the graphs that higher-order operators take. `code` is the source compiled before under `host_filename`.
    """
    namespace = _base_namespace()
    namespace.update(kernels)
    namespace["attribute"] = attributes.__getitem__
    namespace["subgraph"] = (subgraphs or {}).__getitem__
    # So that a traceback shows the generated line.
    filename = host_filename(source)
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec") if code is None else code, namespace)
    function: Callable[[list[Any]], Any] = namespace[name]
    weakref.finalize(function, linecache.cache.pop, filename, None).atexit = False
    return function
