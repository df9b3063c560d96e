"""A folder of compiled things: entries by kind and key, written atomically, checked when read, bounded in size.

```
<cache folder>/cpu/3f9a…     object code of CPU kernels
<cache folder>/gpu/…         binaries of GPU kernels, written by `runtime/gpu_compile.py`
<cache folder>/host/…        bytecode of host programs
```
Processes and threads may share a folder: an entry appears whole or not at all, and one that goes away while it is
wanted is only compiled anew. Nothing here fails for a full, read-only or damaged disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MAGIC = b"fxopt-cache-3\n"
_DIGEST_BYTES = 32
_TRIM_MARKER = "trimmed"
# Entries that were used lately are not marked as used again: a write a day is enough for their order.
_USE_RESOLUTION_S = 24 * 3600.0
_TRIM_INTERVAL_S = 60.0
# Trimming goes below the limit, so that it is not needed again at once.
_TRIM_TARGET = 0.8


class DiskCache:
    """Entries of one kind in a cache folder."""

    def __init__(self, directory: str | os.PathLike[str], kind: str) -> None:
        self.directory = Path(directory) / kind

    def load(self, key: str) -> bytes | None:
        """The entry, or `None` where there is none or it is damaged."""
        path = self.directory / key
        try:
            data = path.read_bytes()
        except OSError:
            return None
        start = len(_MAGIC) + _DIGEST_BYTES
        payload = data[start:]
        if data[:start] != _MAGIC + hashlib.sha256(payload).digest():
            return None
        _mark_used(path)
        return payload

    def store(self, key: str, payload: bytes) -> None:
        """Writes the entry; where that fails, the next start has a colder cache."""
        with contextlib.suppress(OSError):
            self.directory.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.directory, prefix=".")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_MAGIC + hashlib.sha256(payload).digest() + payload)
                os.replace(name, self.directory / key)
            except OSError:
                os.unlink(name)


def _mark_used(path: Path) -> None:
    with contextlib.suppress(OSError):
        if time.time() - path.stat().st_mtime > _USE_RESOLUTION_S:
            os.utime(path)


@dataclass(frozen=True)
class CacheStats:
    """Entries of one kind."""

    kind: str
    num_files: int
    size_bytes: int


def cache_stats(directory: str | os.PathLike[str]) -> list[CacheStats]:
    """One row a kind, sorted by name; empty where there is no cache."""
    count: dict[str, tuple[int, int]] = {}
    for kind, _, status in _files(directory):
        files, size = count.get(kind, (0, 0))
        count[kind] = (files + 1, size + status.st_size)
    return [CacheStats(kind, *count[kind]) for kind in sorted(count)]


def clear_cache(directory: str | os.PathLike[str]) -> int:
    """Removes all entries, and nothing else that the folder may hold; the bytes that were freed."""
    return _remove_oldest(list(_files(directory)), 0)


def trim_cache(directory: str | os.PathLike[str], limit_bytes: int) -> int:
    """Removes what was not used for longest if the cache is larger than `limit_bytes`; the bytes that were freed."""
    files = list(_files(directory))
    size = sum(status.st_size for _, _, status in files)
    return _remove_oldest(files, int(limit_bytes * _TRIM_TARGET)) if size > limit_bytes else 0


def trim_cache_sometimes(directory: str | os.PathLike[str], limit_bytes: int) -> None:
    """`trim_cache`, unless some process did it a moment ago: looking at every entry takes a while."""
    marker = Path(directory) / _TRIM_MARKER
    with contextlib.suppress(OSError):
        if marker.exists() and time.time() - marker.stat().st_mtime < _TRIM_INTERVAL_S:
            return
        marker.touch()
        trim_cache(directory, limit_bytes)


_KINDS = ("cpu", "gpu", "host")


def _files(directory: str | os.PathLike[str]) -> Iterator[tuple[str, Path, os.stat_result]]:
    """Kind, path and status of every file of the cache."""
    for kind in _KINDS:
        for folder, _, names in os.walk(Path(directory) / kind):
            for name in names:
                path = Path(folder) / name
                with contextlib.suppress(OSError):
                    yield kind, path, path.stat()


def _remove_oldest(files: list[tuple[str, Path, os.stat_result]], target_bytes: int) -> int:
    size = sum(status.st_size for _, _, status in files)
    freed = 0
    for _, path, status in sorted(files, key=lambda item: (item[2].st_mtime, str(item[1]))):
        if size - freed <= target_bytes and target_bytes > 0:
            break
        with contextlib.suppress(OSError):
            path.unlink()
            freed += status.st_size
    return freed
