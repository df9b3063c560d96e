"""Kernels for GPUs against the reference interpreter of the `loop` dialect, without a GPU."""

from __future__ import annotations

import numpy as np
import pytest
from cpu_kernel_cases import reduce_cols, reduce_rows, softmax, softmax_cols
from cpu_kernels import parse_kernel
from gpu_kernel_cases import GPU_CASES, guarded_logsumexp
from gpu_kernels import assert_matches, converted


@pytest.mark.parametrize("name", GPU_CASES)
def test_kernel(name):
    text, sizes = GPU_CASES[name]
    for symbols in sizes:
        assert_matches(text, symbols)


SPECIAL = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0], np.float32)


@pytest.mark.parametrize("kind", ["max", "min", "argmax", "argmin", "sum"])
@pytest.mark.parametrize("make", [reduce_rows, reduce_cols])
def test_reductions_of_special_values(kind, make):
    """NaN wins, the first one; infinities alone give themselves and position 0."""
    rng = np.random.default_rng(3)
    for fill in (np.inf, -np.inf, np.nan, 0.0):
        assert_matches(make(kind, 21, 21), inputs=[np.full(441, fill, np.float32)])
        assert_matches(make(kind, 21, 21), inputs=[rng.choice(SPECIAL, 441).astype(np.float32)])


@pytest.mark.parametrize("make", [softmax, guarded_logsumexp])
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 90.0, -200.0])
def test_online_sums_of_special_values(make, value):
    """Blocks without a finite maximum, and maxima that come late."""
    rows, cols = 4, 36_000
    x = np.random.default_rng(0).standard_normal((rows, cols)).astype(np.float32)
    x[0] = value
    x[1, 0] = value
    x[2, -1] = value
    x[3, : cols // 2] = -np.inf
    assert_matches(make(rows, cols), inputs=[x.reshape(-1)])


def test_deviations_from_a_large_mean():
    """A sum of squares less the squared mean would lose all digits."""
    x = (np.random.default_rng(0).standard_normal(3000 * 33) + 1000).astype(np.float32)
    assert_matches(GPU_CASES["moments_cols_looped"][0], inputs=[x])


def test_pairs_share_a_loop():
    """The maximum and the sum relative to it need one loop, the quotients another."""

    def loops(text):
        return sum(op.name == "scf.for" for op in converted(parse_kernel(text)).walk())

    assert loops(GPU_CASES["logsumexp_looped"][0]) == 1
    assert loops(softmax_cols(2100, 70)) == 2
    assert loops(GPU_CASES["moments_cols_looped"][0]) == 1


def test_the_same_kernel_gives_the_same_text():
    """Nothing depends on the order of sets."""
    for name in ("softmax_looped", "transpose_add", "max_pool", "layer_norm_looped", "scatter_max_f32"):
        assert len({str(converted(parse_kernel(GPU_CASES[name][0]))) for _ in range(3)}) == 1
