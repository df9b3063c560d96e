"""Kernels for GPUs against the reference interpreter of the `loop` dialect, without a GPU."""

from __future__ import annotations

import pytest
from cpu_kernel_cases import CASES
from gpu_kernels import assert_matches


@pytest.mark.parametrize("name", CASES)
def test_kernel(name):
    text, sizes = CASES[name]
    for symbols in sizes:
        assert_matches(text, symbols)
