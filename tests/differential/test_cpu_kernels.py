"""Kernels as machine code against the reference interpreter, for each instruction set that this machine runs."""

from __future__ import annotations

import numpy as np
import pytest
from cpu_kernel_cases import CASES, gather_rows, reduce_cols, reduce_rows
from cpu_kernel_fuzz import KernelFuzzer
from cpu_kernels import assert_matches, compile_kernel, parse_kernel, run_compiled, usable_targets

from fxopt.lowering.convert_loop_to_vector import convert_kernel
from fxopt.lowering.cpu_target import target_for_isa
from fxopt.lowering.emit_llvm import emit_llvm


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("target", usable_targets(), ids=lambda target: target.isa)
def test_kernel(target, name):
    text, sizes = CASES[name]
    for symbols in sizes:
        assert_matches(text, target, symbols)


SPECIAL = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0], np.float32)


@pytest.mark.parametrize("kind", ["max", "min", "argmax", "argmin", "sum"])
@pytest.mark.parametrize("shape", ["rows", "cols"])
def test_reductions_of_special_values(kind, shape):
    """NaN wins, the first one; infinities alone give themselves and position 0."""
    make = reduce_rows if shape == "rows" else reduce_cols
    target = usable_targets()[0]
    rng = np.random.default_rng(3)
    for fill in (np.inf, -np.inf, np.nan, 0.0):
        x = np.full((21, 21), fill, np.float32)
        assert_matches(make(kind, 21, 21), target, inputs=[x.reshape(-1)])
        x = rng.choice(SPECIAL, (21, 21)).astype(np.float32)
        assert_matches(make(kind, 21, 21), target, inputs=[x.reshape(-1)])


def test_a_failed_check_gives_its_number():
    """The status is 1 for the first check; in the loop over rows and in a vector of indices."""
    target = usable_targets()[0]
    kernel = parse_kernel(gather_rows(7, 100, 20))
    run = compile_kernel(kernel, target)
    weight, index = np.ones(700, np.float32), np.full(20, 6, np.int64)
    assert run_compiled(kernel, run, [weight, index], {})[0] == 0
    for wrong in (-1, 7):
        index[13] = wrong
        assert run_compiled(kernel, run, [weight, index], {})[0] == 1


def test_scalar_arguments_come_in_place():
    """A symbolic float is passed as a double where the block argument stands, size symbols after all of them."""
    text = """
loop.kernel @k [d0 = s0] outputs 1 {
^bb0(%x: !aten.tensor<[s0], f32>, %s: !aten.sym<float, "zf0">, %y: !aten.tensor<[s0], f32>):
  %0 = loop.load %x[d0] : f32
  %1 = loop.scalar %s : !aten.sym<float, "zf0"> -> f64
  %2 = arith.truncf %1 : f64 to f32
  %3 = arith.mulf %0, %2 : f32
  loop.store %3, %y[d0]
}
"""
    x = np.arange(37, dtype=np.float32)
    for target in usable_targets():
        assert_matches(text, target, {"s0": 37}, inputs=[x, 2.5])


def test_the_same_kernel_gives_the_same_text():
    """Nothing depends on the order of sets or on what was compiled before."""
    for name in ("softmax", "transpose_add", "max_pool", "scatter_add"):
        texts = {
            emit_llvm(convert_kernel(parse_kernel(CASES[name][0]), target_for_isa("avx2")), target_for_isa("avx2"))
            for _ in range(2)
        }
        assert len(texts) == 1


def test_long_sums_are_as_accurate_as_pairwise():
    """A million addends of one sign: a serial sum would lose four digits."""
    x = np.random.default_rng(0).random(1_000_000, dtype=np.float32)
    kernel = parse_kernel(reduce_rows("sum", 1, 1_000_000))
    for target in usable_targets():
        _, (total,) = run_compiled(kernel, compile_kernel(kernel, target), [x], {})
        np.testing.assert_allclose(total[0], x.sum(dtype=np.float64), rtol=3e-7)


@pytest.mark.parametrize("seed", [*range(60), 3080, 4051])
def test_random_kernel(seed):
    targets = usable_targets()
    fuzzer = KernelFuzzer(seed)
    text = fuzzer.build()
    assert_matches(text, targets[seed % len(targets)], fuzzer.symbols, rtol=2e-4, atol=1e-4)
