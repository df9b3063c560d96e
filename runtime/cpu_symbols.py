"""Where JIT-compiled code finds what it calls: torch's OpenMP runtime and torch's copy of Sleef.

Both are reached through libtorch_cpu: looking a symbol up in its handle searches the libraries that it was linked with,
so that the thread pool is torch's own, and `torch.set_num_threads` holds for our kernels as well.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys
from pathlib import Path

_OPENMP_SYMBOLS = (
    "GOMP_parallel",
    "omp_get_max_threads",
    "omp_get_num_threads",
    "omp_get_thread_num",
    "omp_in_parallel",
)
# at::get_num_threads(): as omp_get_max_threads, but right also in threads where torch has not run anything yet.
_TORCH_NUM_THREADS = "_ZN2at15get_num_threadsEv"
MAX_THREADS_SYMBOL = "fxopt_max_threads"
_NO_LIMIT = 1 << 20

# What takes OpenMP's place when torch was built without it: one thread.
SERIAL_RUNTIME = """
define void @GOMP_parallel(ptr %body, ptr %frame, i32 %threads, i32 %flags) {
  call void %body(ptr %frame)
  ret void
}
define i32 @omp_get_max_threads() {
  ret i32 1
}
define i32 @omp_get_num_threads() {
  ret i32 1
}
define i32 @omp_get_thread_num() {
  ret i32 0
}
define i32 @omp_in_parallel() {
  ret i32 0
}
"""


class CpuSymbols:
    """Addresses of external symbols by name.

    libgomp's pool does not survive `fork`: entering a parallel region in a child hangs. In children our kernels
    therefore run on the calling thread.
    """

    def __init__(self) -> None:
        self._torch = _torch_library()
        self._max_threads = ctypes.c_int32(_NO_LIMIT)
        self.has_openmp = self._torch is not None and all(hasattr(self._torch, name) for name in _OPENMP_SYMBOLS)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._run_serially)

    def _run_serially(self) -> None:
        self._max_threads.value = 1

    def address(self, name: str) -> int | None:
        """The address of a symbol that the process does not export globally; None: look in the process."""
        if name == MAX_THREADS_SYMBOL:
            return ctypes.addressof(self._max_threads)
        if name == "omp_get_max_threads" and self.has_openmp:
            return self._lookup(_TORCH_NUM_THREADS) or self._lookup(name)
        if name in _OPENMP_SYMBOLS:
            return self._lookup(name) if self.has_openmp else None
        if name.startswith("Sleef_"):
            return self._lookup(name)
        return None

    def _lookup(self, name: str) -> int | None:
        function = getattr(self._torch, name, None)
        return None if function is None else ctypes.cast(function, ctypes.c_void_p).value


def _torch_library() -> ctypes.CDLL | None:
    import torch

    suffix = {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so")
    prefix = "" if sys.platform == "win32" else "lib"
    path = Path(torch.__file__).parent / "lib" / f"{prefix}torch_cpu{suffix}"
    try:
        return ctypes.CDLL(str(path))
    except OSError:
        return None


@functools.cache
def cpu_symbols() -> CpuSymbols:
    """The symbols of this process."""
    return CpuSymbols()
