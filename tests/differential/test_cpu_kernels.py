"""Kernels as machine code against the reference interpreter, for each instruction set that this machine runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from cpu_kernel_cases import CASES
from cpu_kernels import assert_matches, usable_targets


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("target", usable_targets(), ids=lambda target: target.isa)
def test_kernel(target, name):
    text, sizes = CASES[name]
    for symbols in sizes:
        assert_matches(text, target, symbols)
