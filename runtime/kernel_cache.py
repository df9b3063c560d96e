"""Compiled CPU kernels on disk: content-addressed, written atomically, checked when read."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm

from fxopt.lowering.cpu_target import CpuTarget
from fxopt.runtime.cpu_jit import CpuImage

_FORMAT = b"fxopt-cpu-2\n"


class CpuKernelCache:
    """Object code by the hash of the LLVM text, the target, and the versions of what compiles it."""

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = Path(directory) / "cpu"

    @staticmethod
    def key(text: str, target: CpuTarget) -> str:
        """Hexadecimal digest that names the entry."""
        versions = f"{llvmlite.__version__} {llvm.llvm_version_info} {target!r}"
        return hashlib.sha256(f"{versions}\0{text}".encode()).hexdigest()

    def load(self, key: str) -> CpuImage | None:
        """The entry, or `None` where there is none or it was altered."""
        try:
            data = (self.directory / key).read_bytes()
        except OSError:
            return None
        head, digest, payload = data[: len(_FORMAT)], data[len(_FORMAT) : len(_FORMAT) + 32], data[len(_FORMAT) + 32 :]
        if head != _FORMAT or hashlib.sha256(payload).digest() != digest:
            return None
        return CpuImage.from_bytes(payload)

    def store(self, key: str, image: CpuImage) -> None:
        """Writes the entry; a full or read-only disk costs only the next start its warm cache."""
        payload = image.to_bytes()
        with contextlib.suppress(OSError):
            self.directory.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.directory)
            with os.fdopen(handle, "wb") as file:
                file.write(_FORMAT + hashlib.sha256(payload).digest() + payload)
            os.replace(name, self.directory / key)
