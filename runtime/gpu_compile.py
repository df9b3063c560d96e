"""TTIR text to machine code, by driving Triton's own compiler stages.

`triton.compile` is not used: it hashes the whole Triton installation on first use (0.7 s) and writes every stage to
disk. The stages themselves (`ttir -> ttgir -> llir -> ptx -> cubin`, or `-> amdgcn -> hsaco`) are what the backend
object offers in every version from 3.6 on. They need no GPU, and release the GIL while LLVM and ptxas work: threads
overlap.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import re
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from xdsl.ir import Operation

from fxopt.dialects.tt.launch import launch_config
from fxopt.ir.errors import FxOptError

_WARM_UP_TTIR = """\
"builtin.module"() ({
 "tt.func"() <{sym_name = "warm_up", function_type = () -> (), sym_visibility = "public"}> ({
  "tt.return"() : () -> ()
 }) {noinline = false} : () -> ()
}) : () -> ()
"""


class GpuCompileError(FxOptError):
    """Triton did not accept a kernel, or it needs more than the device has."""


@dataclass(frozen=True)
class GpuTarget:
    """What to compile for: `("cuda", 90, 32)` is an H200, `("hip", "gfx942", 64)` an MI300."""

    backend: str
    arch: int | str
    warp_size: int

    @classmethod
    def parse(cls, text: str) -> GpuTarget:
        """`sm_90`, `cuda:90`, `gfx942` or `hip:gfx942`."""
        name = text.rpartition(":")[2].removeprefix("sm_")
        if name.isdigit() and not text.startswith("hip"):
            return cls("cuda", int(name), 32)
        if name.startswith("gfx"):
            # CDNA (gfx9) has waves of 64 threads, RDNA of 32.
            return cls("hip", name, 64 if name.startswith("gfx9") else 32)
        raise GpuCompileError("unknown GPU target", got=text, expected="sm_90, sm_100, gfx942, …")

    @classmethod
    def of_device(cls, index: int | None = None) -> GpuTarget:
        """The target of a CUDA device (default: the current one)."""
        import torch

        if torch.version.hip is not None:
            properties = torch.cuda.get_device_properties(index if index is not None else torch.cuda.current_device())
            return cls.parse(properties.gcnArchName.split(":")[0])
        major, minor = torch.cuda.get_device_capability(index)
        return cls("cuda", major * 10 + minor, 32)

    def __str__(self) -> str:
        return f"sm_{self.arch}" if self.backend == "cuda" else str(self.arch)


@dataclass(frozen=True)
class CompileOptions:
    """What a schedule chooses beside the IR; `extra` holds further options of the Triton backend, sorted by name."""

    num_warps: int = 4
    num_stages: int = 3
    enable_fp_fusion: bool = True
    maxnreg: int | None = None
    extra: tuple[tuple[str, int | str | bool], ...] = ()

    def for_triton(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "num_warps": self.num_warps,
            "num_stages": self.num_stages,
            "enable_fp_fusion": self.enable_fp_fusion,
            **dict(self.extra),
        }
        if self.maxnreg is not None:
            options["maxnreg"] = self.maxnreg
        return options


def options_of(kernel: Operation) -> CompileOptions:
    """The options that a `tt.func`'s `launch` attribute asks for; the defaults if it has none."""
    launch = launch_config(kernel.attributes)
    if launch is None:
        return CompileOptions()
    return CompileOptions(num_warps=launch.num_warps, num_stages=launch.num_stages)


@dataclass(frozen=True)
class CompiledKernel:
    """Machine code of one kernel and what a launch needs to know."""

    name: str
    target: GpuTarget
    binary: bytes
    """A cubin or an hsaco."""
    assembly: str
    """PTX or AMDGCN text."""
    param_types: tuple[str, ...]
    """One a kernel argument, in Triton's spelling: `*fp32`, `i32`, …"""
    num_params: int
    """Parameters of the machine code: the arguments, and scratch pointers that Triton appends."""
    num_warps: int
    shared_bytes: int
    scratch_bytes_per_program: int
    """Global memory for each program (tensor descriptors made in the kernel live there)."""
    scratch_align: int
    stages: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Text of the intermediate stages that were asked for (`ttgir`, `llir`)."""


def compile_ttir(
    text: str, *, target: GpuTarget, options: CompileOptions | None = None, keep: tuple[str, ...] = ()
) -> CompiledKernel:
    """Compiles the one public function of a TTIR module. Works without a GPU; safe to call from several threads.

    `keep` names intermediate stages (`ttir`, `ttgir`, `llir`) whose text is kept. Raises GpuCompileError.
    """
    options = options or CompileOptions()
    try:
        return _run_stages(text, target, options, keep)
    except FxOptError:
        raise
    except Exception as error:
        raise GpuCompileError(
            f"Triton failed: {type(error).__name__}: {_first_reasons(str(error))}",
            where=str(_save_for_report(text)),
            hint=f"the kernel's TTIR is in that file; options were {options.for_triton()}, target {target}",
        ) from error


# Threads that import Triton at the same time see its modules half made: its packages import each other.
_TRITON_IMPORT = threading.Lock()


def _run_stages(text: str, target: GpuTarget, options: CompileOptions, keep: tuple[str, ...]) -> CompiledKernel:
    with _TRITON_IMPORT:
        from triton._C.libtriton import ir
        from triton.backends.compiler import GPUTarget, Language
        from triton.compiler.compiler import make_backend

    backend = make_backend(GPUTarget(target.backend, target.arch, target.warp_size))
    context = ir.context()
    ir.load_dialects(context)
    backend.load_dialects(context)
    module = _parse(ir, text, context)
    entry = module.get_entry_func_name()
    param_types = tuple(module.get_function_signature(module.get_function(entry)))
    triton_options = backend.parse_options(options.for_triton())
    stages: dict[str, Any] = {}
    backend.add_stages(stages, triton_options, Language.TRITON)
    metadata: dict[str, Any] = {"hash": "", "target": backend.target, **triton_options.__dict__}
    kept: dict[str, str] = {}
    results: dict[str, Any] = {}
    current: Any = module
    for name, run in stages.items():
        current = run(current, metadata)
        if name in keep:
            kept[name] = str(current)
        results[name] = current
    assembly = str(results["ptx" if target.backend == "cuda" else "amdgcn"])
    return CompiledKernel(
        name=metadata["name"],
        target=target,
        binary=bytes(current),
        assembly=assembly,
        param_types=param_types,
        num_params=_count_params(assembly, metadata["name"], len(param_types)),
        num_warps=metadata["num_warps"],
        shared_bytes=metadata["shared"],
        scratch_bytes_per_program=metadata.get("global_scratch_size") or 0,
        scratch_align=metadata.get("global_scratch_align") or 1,
        stages=kept,
    )


def _parse(ir: Any, text: str, context: Any) -> Any:
    # Triton parses files only.
    handle, path = tempfile.mkstemp(suffix=".ttir")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        module = ir.parse_mlir_module(path, context)
    finally:
        os.unlink(path)
    module.context = context
    return module


def _count_params(assembly: str, name: str, num_args: int) -> int:
    """Parameters of the PTX entry; for other assemblies the arguments alone."""
    entry = re.search(rf"\.entry\s+{re.escape(name)}\(([^)]*)\)", assembly)
    return entry.group(1).count(".param") if entry else num_args


def _first_reasons(message: str) -> str:
    """The lines that say what is wrong (those of ptxas carry `error`), or the first line."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    reasons = [line for line in lines if re.search(r"\berror\s*:", line)][:3]
    return "; ".join(reasons or lines[:1])


def _save_for_report(text: str) -> Path:
    path = Path(tempfile.gettempdir()) / f"fxopt-{hashlib.sha256(text.encode()).hexdigest()[:16]}.ttir"
    path.write_text(text)
    return path


@cache
def _triton_version() -> str:
    return importlib.metadata.version("triton")


class KernelCache:
    """Compiled kernels on disk, keyed by TTIR text, target, options and Triton version. Safe among processes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @staticmethod
    def key(text: str, target: GpuTarget, options: CompileOptions) -> str:
        parts = json.dumps([_triton_version(), asdict(target), asdict(options)], sort_keys=True)
        return hashlib.sha256(f"{parts}\n{text}".encode()).hexdigest()

    def load(self, key: str) -> CompiledKernel | None:
        """The kernel, or None when it is absent or unreadable (a damaged entry is compiled anew)."""
        base = self._directory / key[:2] / key
        try:
            fields = json.loads(base.with_suffix(".json").read_text())
            binary = base.with_suffix(".bin").read_bytes()
            if hashlib.sha256(binary).hexdigest() != fields.pop("binary_sha256"):
                return None
            fields["target"] = GpuTarget(**fields["target"])
            fields["param_types"] = tuple(fields["param_types"])
            return CompiledKernel(binary=binary, **fields)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def store(self, key: str, kernel: CompiledKernel) -> None:
        """Writes both files under temporary names and renames them, the binary first; a full disk is not an error."""
        base = self._directory / key[:2] / key
        fields = asdict(kernel)
        del fields["binary"], fields["stages"]
        fields["binary_sha256"] = hashlib.sha256(kernel.binary).hexdigest()
        with contextlib.suppress(OSError):
            base.parent.mkdir(parents=True, exist_ok=True)
            for suffix, data in ((".bin", kernel.binary), (".json", json.dumps(fields).encode())):
                temporary = base.with_suffix(f"{suffix}.{os.getpid()}.{threading.get_ident()}")
                temporary.write_bytes(data)
                temporary.replace(base.with_suffix(suffix))


class KernelCompiler:
    """Compiles kernels side by side. Equal requests are compiled once; results are kept for the compiler's life.

    `cache_directory` None keeps nothing on disk.
    """

    def __init__(self, *, cache_directory: Path | None = None, max_workers: int | None = None) -> None:
        workers = max_workers or min(16, len(os.sched_getaffinity(0)))
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="fxopt-triton")
        self._cache = KernelCache(cache_directory) if cache_directory is not None else None
        self._futures: dict[str, Future[CompiledKernel]] = {}
        self._lock = threading.Lock()
        self.num_compiled = 0
        self.num_cache_hits = 0

    def warm_up(self, target: GpuTarget) -> None:
        """Loads Triton and its LLVM target in the background: the first kernel then does not wait for it (0.3 s)."""
        self._pool.submit(compile_ttir, _WARM_UP_TTIR, target=target, options=CompileOptions(num_warps=1))

    def submit(self, text: str, *, target: GpuTarget, options: CompileOptions | None = None) -> Future[CompiledKernel]:
        """Starts compiling; the future raises GpuCompileError."""
        options = options or CompileOptions()
        key = KernelCache.key(text, target, options)
        with self._lock:
            future = self._futures.get(key)
            if future is None:
                future = self._futures[key] = self._pool.submit(self._load_or_compile, key, text, target, options)
        return future

    def compile(self, text: str, *, target: GpuTarget, options: CompileOptions | None = None) -> CompiledKernel:
        """Compiles and waits."""
        return self.submit(text, target=target, options=options).result()

    def close(self) -> None:
        """Stops the threads after the work under way."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _load_or_compile(self, key: str, text: str, target: GpuTarget, options: CompileOptions) -> CompiledKernel:
        cached = self._cache.load(key) if self._cache is not None else None
        if cached is not None:
            with self._lock:
                self.num_cache_hits += 1
            return cached
        kernel = compile_ttir(text, target=target, options=options)
        with self._lock:
            self.num_compiled += 1
        if self._cache is not None:
            self._cache.store(key, kernel)
        return kernel
