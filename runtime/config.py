"""`fxopt.config`: every setting, typed, each with an environment variable `FXOPT_<NAME>`."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fxopt.ir.errors import FxOptError


def _default_cache_dir() -> str:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return str(Path(base) / "fxopt")


@dataclass
class Config:
    """Settings of the compiler; assign to `fxopt.config.<name>`, or use `fxopt.config.patch(name=value)`."""

    dump: str | None = None
    """Folder for one file a pass and graph, and the emitted code."""
    verify_each: bool = False
    """Verify the IR after each pass."""
    cache: bool = True
    """Keep compiled kernels on disk."""
    cache_dir: str = field(default_factory=_default_cache_dir)
    """Where compiled kernels are kept."""
    cpu_isa: str | None = None
    """Instruction set of CPU kernels: `avx512`, `avx2`, `portable`; the host's best if not set."""
    keep_rounding: bool = False
    """Round to the stored type wherever eager would, also between operations fused into one kernel."""
    fallback_random: bool = False
    """Draw random numbers with eager's kernels, so that they are eager's."""
    compile_threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    """Kernels compiled at the same time."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in _NAMES:
            raise FxOptError(f"fxopt.config has no setting {name!r}", expected=", ".join(sorted(_NAMES)))
        object.__setattr__(self, name, value)

    @contextlib.contextmanager
    def patch(self, **changes: Any) -> Iterator[Config]:
        """Changes settings for the length of a `with` block."""
        before = {name: getattr(self, name, None) for name in changes}
        for name, value in changes.items():
            setattr(self, name, value)
        try:
            yield self
        finally:
            for name, value in before.items():
                setattr(self, name, value)


_NAMES = frozenset(f.name for f in dataclasses.fields(Config))


def _from_text(name: str, text: str, default: Any) -> Any:
    if isinstance(default, bool):
        if text.lower() in ("1", "true", "yes", "on"):
            return True
        if text.lower() in ("0", "false", "no", "off", ""):
            return False
        raise FxOptError(f"environment variable FXOPT_{name.upper()}", got=text, expected="0 or 1")
    if isinstance(default, int):
        if not text.lstrip("-").isdigit():
            raise FxOptError(f"environment variable FXOPT_{name.upper()}", got=text, expected="an integer")
        return int(text)
    return text


def load_config(environment: dict[str, str] | None = None) -> Config:
    """The defaults with `FXOPT_*` variables applied; `FxOptError` names a variable with a bad value."""
    variables = dict(os.environ) if environment is None else environment
    config = Config()
    for name in _NAMES:
        text = variables.get(f"FXOPT_{name.upper()}")
        if text is not None:
            setattr(config, name, _from_text(name, text, getattr(config, name)))
    return config


config = load_config()
