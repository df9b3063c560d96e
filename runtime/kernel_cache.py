"""Compiled CPU kernels and host programs on disk, content-addressed."""

from __future__ import annotations

import hashlib
import importlib.util
import marshal
import os
import pickle
from types import CodeType

import llvmlite
import llvmlite.binding as llvm

from fxopt.lowering.cpu_target import CpuTarget
from fxopt.runtime.cpu_jit import CpuImage
from fxopt.runtime.disk_cache import DiskCache


class CpuKernelCache:
    """Object code by the hash of the LLVM text, the target, and the versions of what compiles it."""

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self._cache = DiskCache(directory, "cpu")

    @staticmethod
    def key(text: str, target: CpuTarget) -> str:
        """Hexadecimal digest that names the entry."""
        versions = f"{llvmlite.__version__} {llvm.llvm_version_info} {target!r}"
        return hashlib.sha256(f"{versions}\0{text}".encode()).hexdigest()

    def load(self, key: str) -> CpuImage | None:
        """The entry, or `None` where there is none or it is damaged."""
        payload = self._cache.load(key)
        if payload is None:
            return None
        try:
            return CpuImage.from_bytes(payload)
        except (pickle.UnpicklingError, TypeError, EOFError, AttributeError):  # another version's
            return None

    def store(self, key: str, image: CpuImage) -> None:
        """Writes the entry."""
        self._cache.store(key, image.to_bytes())


class HostProgramCache:
    """Bytecode of host programs by the hash of their source and file name, and this Python's bytecode version."""

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self._cache = DiskCache(directory, "host")

    def compile(self, source: str, filename: str) -> tuple[CodeType, bool]:
        """The code, and whether it came from the cache."""
        version = importlib.util.MAGIC_NUMBER.hex()
        key = hashlib.sha256(f"{version}\0{filename}\0{source}".encode()).hexdigest()
        payload = self._cache.load(key)
        if payload is not None:
            try:
                return marshal.loads(payload), True
            except (ValueError, TypeError, EOFError):
                pass
        code = compile(source, filename, "exec")
        self._cache.store(key, marshal.dumps(code))
        return code, False
