"""Importable names of Python objects: `operator.mul`, `torch.nn.functional.gelu`, and back."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from fxopt.ir.errors import FxOptError

# Where the functions that torch's C++ bindings define are looked for: they know no module of their own.
_TORCH_NAMESPACES = (
    "torch",
    "torch.nn.functional",
    "torch.special",
    "torch.linalg",
    "torch.fft",
    "torch._C._nn",
    "torch._C._special",
    "torch._C._linalg",
    "torch._C._fft",
    "torch._C._sparse",
    "torch._C._nested",
    "torch._C._functorch",
    "torch._C",
    "torch.autograd",
)


def lookup_name(name: str) -> Any:
    """The object that a dotted name stands for, modules imported as needed.

    Raises `FxOptError` where there is none.
    """
    parts = name.split(".")
    for split in range(len(parts), 0, -1):
        module_name = ".".join(parts[:split])
        try:
            value: Any = sys.modules.get(module_name) or importlib.import_module(module_name)
        except ImportError:
            continue
        try:
            for part in parts[split:]:
                value = getattr(value, part)
        except AttributeError:
            continue
        return value
    raise FxOptError(f"no Python object is named {name!r}", hint="a custom operator's library must be imported first")


def importable_name(value: Any) -> str | None:
    """The dotted name under which `lookup_name` finds this very object; `None` where there is none."""
    name = getattr(value, "__name__", None)
    if not isinstance(name, str):
        return None
    module = getattr(value, "__module__", None)
    qualified = getattr(value, "__qualname__", name)
    candidates = [f"operator.{name}"] if module == "_operator" else []
    own = [f"{module}.{qualified}", f"{module}.{name}"] if isinstance(module, str) else []
    public = [f"{namespace}.{name}" for namespace in _TORCH_NAMESPACES]
    # `torch._C._nn.gelu` is better known as `torch.nn.functional.gelu`.
    candidates += [*public, *own] if not own or own[0].startswith("torch._C") else [*own, *public]
    candidates.append(f"torch.Tensor.{name}")
    return next((text for text in candidates if "<" not in text and _names(text, value)), None)


def _names(text: str, value: Any) -> bool:
    """Whether `text` is the name of `value`, without importing anything that is not loaded yet."""
    parts = text.split(".")
    for split in range(len(parts), 0, -1):
        found = sys.modules.get(".".join(parts[:split]))
        if found is None:
            continue
        for part in parts[split:]:
            found = getattr(found, part, None)
            if found is None:
                break
        # Bound methods and slots of C types are made anew on each access: equal, not identical.
        return found is not None and (found is value or (type(found) is type(value) and found == value))
    return False
