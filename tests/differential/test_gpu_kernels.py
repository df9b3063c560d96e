"""Kernels for GPUs against the reference interpreter of the `loop` dialect, without a GPU."""

from __future__ import annotations

import pytest
from gpu_kernel_cases import GPU_CASES
from gpu_kernels import assert_matches


@pytest.mark.parametrize("name", GPU_CASES)
def test_kernel(name):
    text, sizes = GPU_CASES[name]
    for symbols in sizes:
        assert_matches(text, symbols)
