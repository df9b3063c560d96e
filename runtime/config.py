"""`fxopt.config`: every setting, typed, each with an environment variable `FXOPT_<NAME>`."""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_type_hints

from fxopt.ir.errors import FxOptError
from fxopt.lowering.cpu_target import ISAS


def _default_cache_dir() -> str:
    try:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:  # a user without a home
        base = Path(tempfile.gettempdir()) / f"cache-{os.getuid()}"
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
    cache_size_mb: int = 1024
    """Size that the cache may reach; beyond it, what was not used for longest is dropped."""
    cpu_isa: str | None = None
    """Instruction set of CPU kernels: `avx512`, `avx2`, `portable`; the host's best if not set."""
    keep_rounding: bool = True
    """Round to bf16 or f16 wherever eager would, also inside of fused kernels; see docs/rounding.md."""
    fallback_random: bool = False
    """Draw random numbers with eager's kernels, so that they are eager's."""
    compile_threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    """Kernels compiled at the same time."""
    poison: bool = False
    """Fill memory with NaN before its first use and after its last, to find reads of memory that holds nothing."""

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Path):
            value = str(value)
        _check_setting(name, value)
        object.__setattr__(self, name, value)

    def with_changes(self, changes: Mapping[str, Any]) -> Config:
        """A copy with some settings changed; this one stays as it is."""
        for name in changes:
            _check_name(name)
        return dataclasses.replace(self, **changes)

    @contextlib.contextmanager
    def patch(self, **changes: Any) -> Iterator[Config]:
        """Changes settings for the length of a `with` block."""
        for name in changes:
            _check_name(name)
        before = {name: getattr(self, name) for name in changes}
        try:
            for name, value in changes.items():
                setattr(self, name, value)
            yield self
        finally:
            for name, value in before.items():
                setattr(self, name, value)


_NAMES = frozenset(f.name for f in dataclasses.fields(Config))
_TYPES = {name: type_ for name, type_ in get_type_hints(Config).items() if name in _NAMES}
_CHOICES = {"cpu_isa": (None, *ISAS)}
_MINIMA = {"compile_threads": 1, "cache_size_mb": 0}


def _check_name(name: str) -> None:
    if name not in _NAMES:
        close = difflib.get_close_matches(name, _NAMES, n=1)
        hint = f"did you mean {close[0]!r}?" if close else None
        raise FxOptError(f"fxopt.config has no setting {name!r}", expected=", ".join(sorted(_NAMES)), hint=hint)


def _check_setting(name: str, value: Any) -> None:
    _check_name(name)
    type_ = _TYPES[name]
    # A bool is an int to Python, but not to a reader.
    if not isinstance(value, type_) or (isinstance(value, bool) and type_ is int):
        expected = getattr(type_, "__name__", None) or str(type_)
        raise FxOptError(f"setting {name!r} has the wrong type", got=repr(value), expected=expected)
    if name in _CHOICES and value not in _CHOICES[name]:
        choices = ", ".join(str(choice) for choice in _CHOICES[name])
        raise FxOptError(f"setting {name!r} has no such choice", got=repr(value), expected=choices)
    if name in _MINIMA and value < _MINIMA[name]:
        raise FxOptError(f"setting {name!r} is too small", got=value, expected=f"at least {_MINIMA[name]}")


def _from_text(name: str, text: str) -> Any:
    if _TYPES[name] is bool:
        if text.lower() in ("1", "true", "yes", "on"):
            return True
        if text.lower() in ("0", "false", "no", "off"):
            return False
        raise FxOptError("not a truth value", got=repr(text), expected="0 or 1")
    if _TYPES[name] is int:
        try:
            return int(text)
        except ValueError:
            raise FxOptError("not a number", got=repr(text), expected="an integer") from None
    return text


def load_config(environment: Mapping[str, str] | None = None) -> Config:
    """The defaults with `FXOPT_*` variables applied; `FxOptError` names a variable with a bad value."""
    variables = os.environ if environment is None else environment
    config = Config()
    for name in sorted(_NAMES):
        variable = f"FXOPT_{name.upper()}"
        # As everywhere in a shell, an empty variable is one that is not set.
        if text := variables.get(variable):
            try:
                setattr(config, name, _from_text(name, text))
            except FxOptError as error:
                what = f"environment variable {variable}: {error.what}"
                raise FxOptError(what, got=error.got, expected=error.expected) from None
    return config


config = load_config()
