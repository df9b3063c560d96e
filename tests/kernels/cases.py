"""Hand-written `tt` kernels with inputs and expected outputs: interpreted, compiled, launched where a GPU is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Case:
    """`make()` gives the arguments (bf16 as uint16 bits) and, for each output's position, what it must hold."""

    name: str
    grid: tuple[int, ...]
    make: Callable[[], tuple[list[Any], dict[int, Array]]]
    tolerance: float = 1e-6

    @property
    def text(self) -> str:
        return (HERE / f"{self.name}.mlir").read_text()


def bf16_bits(values: Array) -> Array:
    """Values truncated to bfloat16: exact for the small integers and halves that the cases use."""
    return (np.asarray(values, np.float32).view(np.uint32) >> 16).astype(np.uint16)


def bf16_values(bits: Array) -> Array:
    return (bits.astype(np.uint32) << 16).view(np.float32)


def _vector_add() -> tuple[list[Any], dict[int, Array]]:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 1000), np.float32)
    return [x, y, np.zeros(1000, np.float32), 1000], {2: x + y}


def _softmax() -> tuple[list[Any], dict[int, Array]]:
    rng = np.random.default_rng(1)
    x = rng.integers(-8, 8, (6, 300)).astype(np.float32) / 2
    e = np.exp(x - x.max(1, keepdims=True))
    return [bf16_bits(x), np.zeros((6, 300), np.uint16), 300], {1: e / e.sum(1, keepdims=True)}


def _argmax() -> tuple[list[Any], dict[int, Array]]:
    x = np.random.default_rng(2).integers(0, 9, (8, 128)).astype(np.float32)
    return [x, np.zeros(8, np.float32), np.zeros(8, np.int64)], {1: x.max(1), 2: x.argmax(1)}


def _cumsum() -> tuple[list[Any], dict[int, Array]]:
    x = np.random.default_rng(3).standard_normal((3, 256)).astype(np.float32)
    forward = np.cumsum(x.astype(np.float64), 1).astype(np.float32)
    backward = np.cumsum(x.astype(np.float64)[:, ::-1], 1)[:, ::-1].astype(np.float32)
    return [x, np.zeros_like(x), np.zeros_like(x)], {1: forward, 2: backward}


def _atomic_add() -> tuple[list[Any], dict[int, Array]]:
    rng = np.random.default_rng(4)
    x, index = rng.integers(-4, 4, 300).astype(np.float32), rng.integers(0, 10, 300)
    return [x, index, np.zeros(10, np.float32), 300], {2: np.bincount(index, x, 10).astype(np.float32)}


def _matmul() -> tuple[list[Any], dict[int, Array]]:
    rng = np.random.default_rng(5)
    a, b = rng.standard_normal((64, 96)).astype(np.float16), rng.standard_normal((96, 32)).astype(np.float16)
    product = (a.astype(np.float64) @ b.astype(np.float64)).astype(np.float16)
    return [a, b, np.zeros((64, 32), np.float16), 32, 96], {2: product}


def _matmul_descriptor() -> tuple[list[Any], dict[int, Array]]:
    rng = np.random.default_rng(6)
    a, b = rng.standard_normal((100, 72)).astype(np.float16), rng.standard_normal((72, 80)).astype(np.float16)
    product = (a.astype(np.float64) @ b.astype(np.float64)).astype(np.float16)
    return [a, b, np.zeros((100, 80), np.float16), 100, 80, 72], {2: product}


def _layer_norm() -> tuple[list[Any], dict[int, Array]]:
    x = (np.random.default_rng(7).standard_normal((4, 300)) * 3 + 100).astype(np.float32)
    wide = x.astype(np.float64)
    mean, variance = wide.mean(1, keepdims=True), wide.var(1, keepdims=True)
    expected = ((wide - mean) / np.sqrt(variance + 1e-5)).astype(np.float32)
    return [x, np.zeros_like(x), 300, 1e-5], {1: expected}


def _collatz() -> tuple[list[Any], dict[int, Array]]:
    starts = np.arange(1, 9, dtype=np.int32)
    steps = np.array([0, 1, 7, 2, 5, 8, 16, 3], np.float32)
    expected = steps * np.array([math.erf(s) for s in starts], np.float32)
    return [starts, np.zeros(8, np.float32)], {1: expected}


CASES = (
    Case("vector_add", (4,), _vector_add),
    Case("softmax", (6,), _softmax, 5e-3),
    Case("argmax", (2,), _argmax),
    Case("cumsum", (3,), _cumsum, 1e-5),
    Case("atomic_add", (3,), _atomic_add),
    Case("matmul", (2, 1), _matmul, 2e-3),
    Case("matmul_descriptor", (2, 2), _matmul_descriptor, 2e-3),
    Case("layer_norm", (4,), _layer_norm, 2e-4),
    Case("collatz", (8,), _collatz),
)


def as_float(actual: Array, expected: Array) -> Array:
    """What an output holds, bf16 bits decoded."""
    return bf16_values(actual) if actual.dtype == np.uint16 and expected.dtype.kind == "f" else actual
