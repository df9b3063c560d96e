"""What machine a CPU kernel is compiled for: vector width, LLVM features, and which instructions may be counted on."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

from fxopt.ir.errors import FxOptError

# isa -> (vector bits, LLVM cpu): the psABI levels, so that the text and the code are the same on every host.
_X86_ISAS: dict[str, tuple[int, str]] = {
    "avx512": (512, "x86-64-v4"),
    "avx2": (256, "x86-64-v3"),
    "portable": (128, "x86-64-v2"),
}
_AVX512_FEATURES = ("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl", "fma", "f16c", "avx2")
_AVX2_FEATURES = ("avx2", "fma", "f16c")

ISAS = tuple(_X86_ISAS)


@dataclass(frozen=True)
class CpuTarget:
    """A CPU to emit code for.

    `isa` is `avx512`, `avx2` or `portable` (128-bit vectors); `cpu` and `features` are LLVM's names; `fma` and `f16c`
    say whether fused multiply-add and f16 conversions are single instructions.
    """

    isa: str
    vector_bits: int
    triple: str
    cpu: str
    features: str
    fma: bool
    f16c: bool

    def lanes(self, element_bits: int) -> int:
        """Number of elements of `element_bits` bits in one vector register."""
        return self.vector_bits // element_bits

    @property
    def is_x86(self) -> bool:
        return self.triple.startswith("x86_64")


def target_for_isa(isa: str, triple: str = "x86_64-unknown-linux-gnu") -> CpuTarget:
    """The target of a named ISA on x86-64, the same text on every host."""
    if isa not in _X86_ISAS:
        raise FxOptError("unknown CPU instruction set", got=isa, expected=", ".join(ISAS))
    bits, cpu = _X86_ISAS[isa]
    wide = isa != "portable"
    return CpuTarget(isa, bits, triple, cpu, "", fma=wide, f16c=wide)


def host_target(isa: str | None = None) -> CpuTarget:
    """The best target that this machine runs; `isa`, or else `FXOPT_CPU_ISA`, chooses a narrower one."""
    forced = isa or os.environ.get("FXOPT_CPU_ISA") or None
    best = _detect()
    if forced is None or not best.is_x86:
        return best
    target = target_for_isa(forced, best.triple)
    if target.vector_bits > best.vector_bits:
        raise FxOptError(
            "the instruction set asked for is more than this CPU has", got=forced, expected=f"at most {best.isa}"
        )
    return target


def _detect() -> CpuTarget:
    import llvmlite.binding as llvm

    triple = llvm.get_process_triple()
    if platform.machine().lower() not in ("x86_64", "amd64"):
        # NEON and its like have fused multiply-add and half-precision conversions.
        features = llvm.get_host_cpu_features().flatten()
        return CpuTarget("portable", 128, triple, llvm.get_host_cpu_name(), features, fma=True, f16c=True)
    present = llvm.get_host_cpu_features()
    if all(present.get(name) for name in _AVX512_FEATURES):
        return target_for_isa("avx512", triple)
    if all(present.get(name) for name in _AVX2_FEATURES):
        return target_for_isa("avx2", triple)
    return target_for_isa("portable", triple)
