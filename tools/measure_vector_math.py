"""Measures the error and the speed of the vector math library and writes docs/vector-math.md.

Run by developers: `python -m fxopt.tools.measure_vector_math`. The tests use the same functions on fewer samples.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from xdsl.parser import Parser

from fxopt.dialects.registry import make_context
from fxopt.lowering.cpu_target import ISAS, CpuTarget, target_for_isa
from fxopt.lowering.emit_llvm import emit_llvm
from fxopt.runtime.cpu_jit import compile_llvm

# Function -> the op that computes it on f32 vectors.
UNARY = {
    name: f"math.{name}"
    for name in [
        *("acos", "acosh", "asin", "asinh", "atan", "atanh", "cbrt", "cos", "cosh", "erf", "exp", "exp2", "expm1"),
        *("log", "log10", "log1p", "log2", "rsqrt", "sin", "sinh", "tan", "tanh"),
    ]
} | {name: f"cpu.math {name}" for name in ("erfc", "exp10", "lgamma")}
BINARY = {"atan2": "math.atan2", "pow": "math.powf"} | {
    name: f"cpu.math {name}" for name in ("fmod", "hypot", "nextafter")
}

_KERNEL = """
func.func @k({params}%out: !llvm.ptr, %n: index) {{
  %zero = arith.constant 0 : index
  %step = arith.constant {lanes} : index
  scf.for %i = %zero to %n step %step {{
{loads}
    %y = {call}
    cpu.store %y, %out[%i] : vector<{lanes}xf32>
  }}
  func.return
}}
"""


def kernel_text(name: str, lanes: int) -> str:
    """A loop that applies `name` to whole vectors."""
    op, arity = (UNARY[name], 1) if name in UNARY else (BINARY[name], 2)
    operands = ", ".join(f"%x{i}" for i in range(arity))
    call = f"{op}({operands})" if op.startswith("cpu.math") else f"{op} {operands}"
    return _KERNEL.format(
        params="".join(f"%p{i}: !llvm.ptr, " for i in range(arity)),
        loads="\n".join(f"    %x{i} = cpu.load %p{i}[%i] : vector<{lanes}xf32>" for i in range(arity)),
        call=f"{call} : vector<{lanes}xf32>",
        lanes=lanes,
    )


def compile_function(name: str, target: CpuTarget) -> Callable[..., np.ndarray]:
    """`name` as a function from f32 arrays (a multiple of 16 long) to an f32 array, one thread."""
    lanes = target.lanes(32)
    module = Parser(make_context(), kernel_text(name, lanes)).parse_module()
    kernel = compile_llvm(emit_llvm(module, target), ["k"], target)["k"]

    def run(*arrays: np.ndarray) -> np.ndarray:
        out = np.empty_like(arrays[0])
        kernel(*(array.ctypes.data for array in arrays), out.ctypes.data, out.size)
        return out

    return run


def error_ulps(got: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Distance of each f32 result from the f64 `exact` in units in the last place of f32.

    Infinite when special values, or the signs of zeros, differ.
    """
    with np.errstate(all="ignore"):
        rounded: np.ndarray = exact.astype(np.float32)
        magnitude = np.abs(exact)
        exponent = np.clip(np.floor(np.log2(np.where(magnitude == 0, 1, magnitude))), -126, 127)
        error = np.abs(got.astype(np.float64) - exact) / np.exp2(exponent - 23)
    same = (np.isnan(got) & np.isnan(exact)) | (got == rounded)
    error = np.where(np.isfinite(exact) & np.isfinite(got), error, np.where(same, 0, np.inf))
    return np.where((exact == 0) & (got == 0) & (np.signbit(exact) != np.signbit(got)), np.inf, error)


_SPECIAL = [0.0, np.inf, np.nan, 1, 0.5, 2, 3, 2.5, 1e-45, 1.1754944e-38, 3.4028235e38, 88.72, 88.73, 87.3, 103.9]
_SPECIAL += [104, 89.4, 10.05, 9.2, 131072, 1e10, 0.6, 0.925, 4, 3.9999, 16777217, 8388609]


def _joined(*parts: np.ndarray) -> np.ndarray:
    """The parts as f32, repeated up to a multiple of 16 elements."""
    with np.errstate(all="ignore"):
        values = np.concatenate([part.astype(np.float32) for part in parts])
    return np.resize(values, (values.size + 15) // 16 * 16)


def unary_samples(count: int) -> np.ndarray:
    """Every part of the f32 range: evenly spaced bit patterns, moderate numbers, numbers near 1, and special values."""
    rng = np.random.default_rng(0)
    everywhere = np.linspace(0, 2**32 - 1, count).astype(np.uint32).view(np.float32)
    near_one = 1 + rng.uniform(-0.5, 0.5, count // 4) * 2.0 ** -rng.integers(0, 20, count // 4)
    moderate = [rng.uniform(-r, r, count // 4) for r in (1, 10, 100)]
    special = np.array([*_SPECIAL, *(-v for v in _SPECIAL)])
    return _joined(everywhere, *moderate, near_one, special)


def binary_samples(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs: all of the special values, moderate ones, small integers, and arbitrary bit patterns."""
    rng = np.random.default_rng(1)
    special = np.array([*_SPECIAL, *(-v for v in _SPECIAL)])
    n = count // 4
    bits = rng.integers(0, 2**32, (2, n), dtype=np.uint32).view(np.float32)
    x = [
        np.repeat(special, special.size),
        np.exp(rng.uniform(-88, 88, n)),
        rng.uniform(0.5, 2, n),
        rng.integers(-20, 20, n),
        bits[0],
    ]
    y = [
        np.tile(special, special.size),
        rng.uniform(-20, 20, n),
        rng.uniform(-120, 120, n),
        rng.integers(-10, 10, n),
        bits[1],
    ]
    return _joined(*x), _joined(*y)


def reference(name: str, *arrays: np.ndarray) -> np.ndarray:
    """The function in f64 (`pow` in extended precision)."""
    import torch

    with np.errstate(all="ignore"):
        wide: list[np.ndarray] = [array.astype(np.float64) for array in arrays]
        if name == "pow":
            return np.power(*(array.astype(np.longdouble) for array in arrays)).astype(np.float64)
        if name == "nextafter":
            return np.nextafter(*arrays).astype(np.float64)
        if name == "exp10":
            return np.power(10.0, wide[0])
        if name == "atan2":
            return np.arctan2(*wide)
        if name in ("cbrt", "fmod", "hypot"):
            return getattr(np, name)(*wide)
        return np.asarray(getattr(torch, name)(torch.from_numpy(wide[0])).numpy())


def largest_error(name: str, target: CpuTarget, samples: Sequence[np.ndarray]) -> tuple[float, str]:
    """The largest error in ulps over the samples, and where."""
    got = compile_function(name, target)(*samples)
    error = error_ulps(got, exact := reference(name, *samples))
    worst = int(np.argmax(error))
    point = ", ".join(repr(float(s[worst])) for s in samples)
    return float(error[worst]), f"{name}({point}) = {got[worst]!r}, exact {exact[worst]!r}"


def nanoseconds_per_element(name: str, target: CpuTarget, count: int = 1 << 22) -> float:
    """Time of one thread over an array that does not fit the cache, the best of 5."""
    rng = np.random.default_rng(2)
    x = rng.uniform(0.05, 0.95, count).astype(np.float32) + np.float32(name == "acosh")
    arrays = [x] if name in UNARY else [x, x[::-1].copy()]
    run, best = compile_function(name, target), float("inf")
    for _ in range(5):
        start = time.perf_counter()
        run(*arrays)
        best = min(best, time.perf_counter() - start)
    return best * 1e9 / count


_HEADER = """\
# Vector math

How the CPU back end computes mathematical functions of float32: polynomials inlined in vector registers
(`lowering/vector_math`), for AVX-512, AVX2 and plain 128-bit vectors. `lgamma` and `tgamma` call Sleef, or libm lane by
lane without AVX2. float64 calls Sleef or libm. float16 and bfloat16 are computed in float32.

Largest error in ulps over {count:,} arguments that cover the whole range (denormals, infinities, NaN, both zeros and
huge arguments included) against float64, and time per element of one thread on an array of 16 MB, output allocation
included (`python -m fxopt.tools.measure_vector_math`, on {cpu}). `inf` means that a result is not finite where it
should be: Sleef's `lgamma` overflows from 4e36 on.

| function | {columns} |
|---|{rules}|
"""


def main() -> None:
    """Writes the table."""
    import llvmlite.binding as llvm

    warnings.simplefilter("ignore")
    unary, binary = unary_samples(1 << 21), binary_samples(1 << 21)
    targets = [target_for_isa(isa) for isa in ISAS]
    columns = " | ".join(f"{isa} ulp | ns" for isa in ISAS)
    lines = []
    for name in sorted([*UNARY, *BINARY]):
        cells: list[Any] = []
        for target in targets:
            samples = [unary] if name in UNARY else list(binary)
            error, _ = largest_error(name, target, samples)
            cells.append(f"{error:.2f} | {nanoseconds_per_element(name, target):.2f}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
        sys.stdout.write(lines[-1] + "\n")
    header = _HEADER.format(count=unary.size, cpu=llvm.get_host_cpu_name(), columns=columns, rules="---|" * 5 + "---")
    path = Path(__file__).resolve().parent.parent / "docs" / "vector-math.md"
    path.write_text(header + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
