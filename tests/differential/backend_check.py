"""Runs a function compiled with the backend beside eager on equal inputs, and compares all that a caller can see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch


def clone_inputs(value: Any, storages: dict[int, torch.UntypedStorage] | None = None) -> Any:
    """A deep copy in which tensors share storage as in the original, with the same offsets and strides."""
    storages = {} if storages is None else storages
    if isinstance(value, torch.Tensor):
        storage = value.untyped_storage()
        if storage._cdata not in storages:
            storages[storage._cdata] = storage.clone()
        copy = torch.empty(0, dtype=value.dtype)
        copy.set_(storages[storage._cdata], value.storage_offset(), value.shape, value.stride())
        return copy.requires_grad_(value.requires_grad)
    if isinstance(value, list | tuple):
        return type(value)(clone_inputs(item, storages) for item in value)
    if isinstance(value, dict):
        return {key: clone_inputs(item, storages) for key, item in value.items()}
    return value


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, dict):
        yield from leaves(list(value.values()))
    else:
        yield value


def assert_as_eager(function: Callable[..., Any], *args: Any, calls: int = 2, **compile_options: Any) -> None:
    """Results, dtypes, strides, what was written to the inputs, and which tensors share storage or are the same."""
    torch._dynamo.reset()
    compiled = torch.compile(function, backend="fxopt", **compile_options)
    for _ in range(calls):
        compare(function, compiled, args)


def compare(function: Callable[..., Any], compiled: Callable[..., Any], args: Any) -> None:
    """One call of both."""
    eager_args, compiled_args = clone_inputs(args), clone_inputs(args)
    want = [*leaves(function(*eager_args)), *leaves(eager_args)]
    got = [*leaves(compiled(*compiled_args)), *leaves(compiled_args)]
    assert len(got) == len(want)
    for index, (one, other) in enumerate(zip(got, want, strict=True)):
        if isinstance(other, torch.Tensor):
            assert one.stride() == other.stride(), f"strides of {index}: {one.stride()}, eager has {other.stride()}"
            assert one.requires_grad == other.requires_grad, f"requires_grad of {index}"
            torch.testing.assert_close(one, other, equal_nan=True)
        else:
            assert one == other and type(one) is type(other), f"{index}: {one!r}, eager has {other!r}"
    assert _sharing(got) == _sharing(want)


def _sharing(values: list[Any]) -> list[tuple[int, int, bool]]:
    """Pairs of tensors that share storage, and whether they are the same object."""
    tensors = [value for value in values if isinstance(value, torch.Tensor) and value.numel()]
    return [
        (i, j, a is b)
        for i, a in enumerate(tensors)
        for j, b in enumerate(tensors[:i])
        if a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()
    ]
