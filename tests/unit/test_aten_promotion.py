"""`promote` beside `torch.result_type`."""

from __future__ import annotations

import itertools

import pytest
import torch
from xdsl.ir import Block

from fxopt.ir.types import DTYPES, TensorType
from fxopt.lowering.aten_to_loop.promote import promote
from fxopt.lowering.aten_to_loop.tensor_ref import NotLowered

NAMES = ("bool", "u8", "i8", "i16", "i32", "i64", "f16", "bf16", "f32", "f64")


def _short(dtype: torch.dtype) -> str:
    return next(row.name for row in DTYPES.values() if row.torch_name == str(dtype).removeprefix("torch."))


def _operand(name: str, rank: int) -> tuple[object, torch.Tensor]:
    value = Block(arg_types=[TensorType.of((2,) * rank, name)]).args[0]
    return value, torch.ones((2,) * rank, dtype=getattr(torch, DTYPES[name].torch_name))


@pytest.mark.parametrize(("a", "b"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_two_tensors(a: int, b: int) -> None:
    for first, second in itertools.product(NAMES, repeat=2):
        (x, tx), (y, ty) = _operand(first, a), _operand(second, b)
        assert promote((x, y)) == _short(torch.result_type(tx, ty)), (first, second)


@pytest.mark.parametrize("scalar", [True, 3, 2.5])
def test_tensor_and_scalar(scalar: bool | int | float) -> None:
    for name in NAMES:
        for rank in (0, 1):
            x, tx = _operand(name, rank)
            assert promote((x, scalar)) == _short(torch.result_type(tx, scalar)), name


def test_uint64_with_a_signed_integer_is_refused() -> None:
    with pytest.raises(NotLowered, match="uint64"):
        promote((_operand("u64", 1)[0], _operand("i8", 1)[0]))
