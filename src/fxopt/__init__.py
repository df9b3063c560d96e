"""fxopt: an MLIR-style compiler for PyTorch FX graphs.

`torch.compile(model, backend="fxopt")` needs no import of this package. What is named here is loaded on
first use, so that `import fxopt` (and with it `fx-opt`) does not import torch.
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "CompilerError",
    "FxOptError",
    "Report",
    "__version__",
    "backend",
    "config",
    "explain",
]

# Public name -> (module, attribute).
_EXPORTS = {
    "CompilerError": ("fxopt.ir.errors", "CompilerError"),
    "FxOptError": ("fxopt.ir.errors", "FxOptError"),
    "Report": ("fxopt.runtime.explain", "Report"),
    "backend": ("fxopt.runtime.backend", "fxopt_backend"),
    "config": ("fxopt.runtime.config", "config"),
    "explain": ("fxopt.runtime.explain", "explain"),
}

if TYPE_CHECKING:
    from fxopt.ir.errors import CompilerError, FxOptError
    from fxopt.runtime.backend import fxopt_backend as backend
    from fxopt.runtime.config import config
    from fxopt.runtime.explain import Report, explain


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module 'fxopt' has no attribute {name!r}")
    module, attribute = _EXPORTS[name]
    return getattr(importlib.import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
