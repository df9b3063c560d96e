"""Accuracy of the vector math library over the whole range of f32, on every instruction set that this machine has."""

from __future__ import annotations

import math

import numpy as np
import pytest
from jit_kernels import AVAILABLE, elementwise

from fxopt.lowering.cpu_target import host_target, target_for_isa
from fxopt.tools.measure_vector_math import (
    BINARY,
    UNARY,
    binary_samples,
    compile_function,
    error_ulps,
    largest_error,
    reference,
    unary_samples,
)


@pytest.fixture(scope="module")
def unary() -> np.ndarray:
    return unary_samples(1 << 16)


@pytest.fixture(scope="module")
def binary() -> tuple[np.ndarray, np.ndarray]:
    return binary_samples(1 << 16)


@pytest.mark.parametrize("isa", AVAILABLE)
@pytest.mark.parametrize("name", sorted(UNARY))
def test_unary_error_is_at_most_2_ulp(name: str, isa: str, unary: np.ndarray) -> None:
    limit = 2.0
    if name == "lgamma":  # Sleef's and libm's: infinite from 4e36 on, inaccurate near its negative zeros
        limit = 4.0
        unary = np.where(np.abs(unary) < 1e36, np.abs(unary), np.float32(1))
    error, where = largest_error(name, target_for_isa(isa), [unary])
    assert error <= limit, f"{error} ulp: {where}"


@pytest.mark.parametrize("isa", AVAILABLE)
@pytest.mark.parametrize("name", sorted(BINARY))
def test_binary_error_is_at_most_2_ulp(name: str, isa: str, binary: tuple[np.ndarray, np.ndarray]) -> None:
    error, where = largest_error(name, target_for_isa(isa), binary)
    assert error <= (0.0 if name in ("fmod", "nextafter") else 2.0), f"{error} ulp: {where}"


def test_the_measure_sees_an_error_of_one_ulp() -> None:
    exact = np.array([1.0, 0.0, np.inf, 3.0])
    got = np.array([np.nextafter(np.float32(1), np.float32(2)), -0.0, np.float32(3e38), np.nan], np.float32)
    assert error_ulps(got, exact).tolist() == [1.0, np.inf, np.inf, np.inf]


def test_one_huge_argument_does_not_change_its_neighbours() -> None:
    sine = compile_function("sin", host_target())
    x = np.linspace(-3, 3, 16).astype(np.float32)
    mixed = x.copy()
    mixed[5] = 1e30
    keep = np.arange(16) != 5
    np.testing.assert_allclose(sine(mixed)[keep], sine(x)[keep], rtol=3e-7)
    np.testing.assert_allclose(sine(mixed)[5], np.sin(np.float64(np.float32(1e30))), rtol=3e-7)


@pytest.mark.parametrize("isa", AVAILABLE)
@pytest.mark.parametrize("name", sorted([*UNARY, *BINARY, "tgamma"]))
def test_f64_functions(name: str, isa: str) -> None:
    """Sleef or libm: whole registers, and the arguments in order."""
    op = {**UNARY, **BINARY}.get(name, f"cpu.math {name}")
    arity = 2 if name in BINARY else 1
    operands = ", ".join(f"%x{i}" for i in range(arity))
    call = f"{op}({operands})" if op.startswith("cpu.math") else f"{op} {operands}"
    run = elementwise(f"%y = {call} : vector<16xf64>", " ".join(["f64"] * arity), "f64", 16, isa)
    x = np.linspace(0.05, 0.95, 67) + (name in ("acosh", "tgamma"))
    arrays = [x, x[::-1] * 3][:arity]
    if name == "tgamma":
        expected = np.array([math.gamma(v) for v in x])
    elif name == "nextafter":
        expected = np.nextafter(*arrays)
    else:
        expected = getattr(np, name)(*arrays) if arity == 2 and name != "pow" else reference(name, *arrays)
    np.testing.assert_allclose(run(*arrays, out=np.float64), expected, rtol=2e-14)
