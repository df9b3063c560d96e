"""Kernels as machine code against the reference interpreter, for each instruction set that this machine runs."""

from __future__ import annotations

import numpy as np
import pytest
from cpu_kernel_cases import CASES, reduce_cols, reduce_rows
from cpu_kernels import assert_matches, usable_targets


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
