"""Mutation, aliasing, strides and odd inputs through `torch.compile(backend="fxopt")` are eager's."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch

import fxopt

from .backend_check import assert_as_eager

Case = tuple[Callable[..., Any], tuple[Any, ...]]


def f32(*sizes: int) -> torch.Tensor:
    return torch.randn(*sizes)


def in_place_on_input(x: torch.Tensor) -> torch.Tensor:
    x.add_(1)
    return x * 2


def in_place_on_views(x: torch.Tensor) -> torch.Tensor:
    y = x[1:]
    y.mul_(3)
    x[0].add_(y[0])
    return x.sum(0)


def in_place_chain(x: torch.Tensor) -> torch.Tensor:
    return x.add_(1).mul_(2).sin_()


def write_slice(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    x[1:3, ::2] = y
    return x


def write_two_slices(x: torch.Tensor) -> None:
    x[0].zero_()
    x[2].copy_(x[1] + x[0])


def foreach_add_flipped(x: torch.Tensor) -> torch.Tensor:  # pytorch#198033
    torch._foreach_add_([x], [x.flip(0)])
    return x.sum()


def copy_then_write_source(dst: torch.Tensor, src: torch.Tensor) -> torch.Tensor:  # pytorch#198131
    dst[:] = src[:]
    src.add_(1)
    return dst + src


def index_put_then_flip(x: torch.Tensor, index: torch.Tensor, value: torch.Tensor) -> torch.Tensor:  # pytorch#198270
    x.index_put_((index,), value)
    x.add_(x.flip(0))
    return x


def dtype_views(x: torch.Tensor) -> tuple[torch.Tensor, ...]:  # pytorch#198101
    y = (x * 2).view(torch.int32)
    return x.view(torch.int32) + 1, x.view(torch.int16), x.view(torch.float64), y, (y ^ 1).view(torch.float32)


def write_through_dtype_view(x: torch.Tensor) -> torch.Tensor:
    x.view(torch.int32).add_(1)
    return x


def swap(x: torch.Tensor, y: torch.Tensor) -> None:
    old = x.clone()
    x.copy_(y)
    y.copy_(old)


def copies_in_order(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    y.copy_(x)
    x.mul_(2)
    return y + x


def reversed_in_place(x: torch.Tensor) -> torch.Tensor:
    return x.copy_(x.flip(0))


def old_value_is_needed(x: torch.Tensor) -> torch.Tensor:
    old = x.clone()
    x.exp_()
    return old.softmax(0) + x


def matmul_into(x: torch.Tensor, y: torch.Tensor) -> None:
    x.copy_(y @ y)


def matmul_onto_itself(x: torch.Tensor) -> None:
    x.copy_(x @ x)


def transposed_in_place(x: torch.Tensor) -> torch.Tensor:
    return x.copy_(x.t() + 1)


def reduce_onto_itself(x: torch.Tensor) -> torch.Tensor:
    return x.sub_(x.mean(1, keepdim=True))


def as_strided_write(x: torch.Tensor) -> torch.Tensor:
    x.as_strided((3, 2), (2, 1), 1).zero_()
    return x


def view_then_write(x: torch.Tensor) -> torch.Tensor:
    y = x * 1
    z = y[::2]
    y.add_(1)
    return z


def keyword_out(x: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    return torch.add(x, 1, out=out)


def mixed_outputs(x: torch.Tensor) -> Any:
    y = x + 1
    return y, y.t(), y[1], y, x, x.t(), x[0], None, 3, x.detach(), x.contiguous(), x.to(torch.float32)


def expanded_outputs(x: torch.Tensor) -> Any:
    return x.unsqueeze(0).expand(3, -1, -1), (x + 1).unsqueeze(0).expand(3, -1, -1), x.T, (x * 2).T


def layouts(x: torch.Tensor) -> Any:
    return x + 1, x.clone(), x.contiguous(), torch.zeros_like(x), x.relu().clone(), x.transpose(0, -1) * 2


def reductions(x: torch.Tensor) -> Any:
    return x.sum(0), x.sum(), x.softmax(-1), x.amax(0) if x.numel() else x


def pointwise(x: torch.Tensor) -> Any:
    return x + 1, x * 2 + x


def zero_a_row(x: torch.Tensor) -> None:
    x[0].zero_()


def write_at_index(x: torch.Tensor) -> None:
    x.index_copy_(0, torch.tensor([2]), torch.ones(1, 8))


MUTATION: dict[str, Case] = {
    "in place on an input": (in_place_on_input, (f32(4, 5),)),
    "in place on views": (in_place_on_views, (f32(4, 5),)),
    "in place chain": (in_place_chain, (f32(4, 5),)),
    "in place on a strided input": (in_place_chain, (f32(8, 5)[::2].t(),)),
    "in place on an unaligned input": (in_place_chain, (f32(65)[1:],)),
    "write slice": (write_slice, (f32(4, 6), f32(2, 3))),
    "write two slices": (write_two_slices, (f32(4, 6),)),
    "foreach add of the flipped (198033)": (foreach_add_flipped, (f32(6),)),
    "copy, then write the source (198131)": (copy_then_write_source, (f32(6), f32(6))),
    "index_put, then add the flipped (198270)": (index_put_then_flip, (f32(6), torch.tensor([1, 4]), f32(2))),
    "dtype views (198101)": (dtype_views, (f32(4, 6),)),
    "write through a dtype view": (write_through_dtype_view, (f32(4, 6),)),
    "swap": (swap, (f32(6), f32(6))),
    "copies in order": (copies_in_order, (f32(6), f32(6))),
    "reversed": (reversed_in_place, (f32(6),)),
    "old value needed": (old_value_is_needed, (f32(6),)),
    "matmul into": (matmul_into, (f32(4, 4), f32(4, 4))),
    "matmul onto itself": (matmul_onto_itself, (f32(4, 4),)),
    "transposed": (transposed_in_place, (f32(4, 4),)),
    "reduce onto itself": (reduce_onto_itself, (f32(4, 8),)),
    "as_strided": (as_strided_write, (f32(10),)),
    "view, then write": (view_then_write, (f32(6),)),
    "out=": (keyword_out, (f32(4), f32(4))),
}


@pytest.mark.parametrize("name", MUTATION)
def test_mutation(name: str) -> None:
    function, args = MUTATION[name]
    assert_as_eager(function, *args)


def test_inputs_that_share_storage() -> None:
    base = f32(7)
    assert_as_eager(in_place_and_read, base[:6], base[1:])
    assert_as_eager(in_place_and_read, base[:3], base[4:])


def in_place_and_read(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    x.add_(1)
    return y * 2


LAYOUTS: dict[str, tuple[Callable[..., Any], torch.Tensor]] = {
    "aliases": (mixed_outputs, f32(4, 5)),
    "expanded results": (expanded_outputs, f32(4, 5)),
    "permuted": (layouts, f32(3, 4, 5).permute(2, 0, 1)),
    "channels last": (layouts, f32(2, 3, 4, 5).to(memory_format=torch.channels_last)),
    "gaps": (layouts, f32(8, 10)[::2, ::2]),
    "0-d": (pointwise, torch.tensor(2.0)),
    "no elements": (reductions, f32(0, 5)),
    "no elements inside": (pointwise, f32(3, 0, 2)),
    "expanded": (reductions, f32(5, 1).expand(5, 5)),
    "expanded from one": (pointwise, f32(1).expand(7)),
    "overlapping": (reductions, f32(20).as_strided((5, 6), (2, 1))),
    "unaligned f32": (reductions, f32(65)[1:]),
    "unaligned bf16": (pointwise, f32(66).bfloat16()[1:]),
    "unaligned u8": (pointwise, torch.arange(64, dtype=torch.uint8)[3:]),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_and_aliases(name: str) -> None:
    function, x = LAYOUTS[name]
    assert_as_eager(function, x)


def test_convolution_in_channels_last() -> None:
    convolution = torch.nn.Conv2d(3, 6, 3).to(memory_format=torch.channels_last).requires_grad_(False)
    x = f32(2, 3, 8, 8)
    assert_as_eager(lambda x: convolution(x).relu(), x.to(memory_format=torch.channels_last))
    assert_as_eager(lambda x: convolution(x).relu(), x)


def test_batch_norm_updates_its_buffers() -> None:
    eager = torch.nn.BatchNorm2d(3)
    ours = copy.deepcopy(eager)
    compiled = torch.compile(ours, backend="fxopt")
    for _ in range(3):
        x = f32(2, 3, 4, 4)
        torch.testing.assert_close(compiled(x), eager(x))
        with torch.no_grad():
            torch.testing.assert_close(compiled(x), eager(x))
        for got, want in zip(ours.buffers(), eager.buffers(), strict=True):
            torch.testing.assert_close(got, want)


@pytest.mark.parametrize("function", [in_place_chain, zero_a_row, write_at_index])
def test_no_copy_where_the_result_can_be_computed_in_place(function: Callable[..., Any]) -> None:
    report = fxopt.explain(function, f32(8, 8))
    assert report.extern_calls == {} and report.num_kernels == 1
    assert "empty" not in report.text("python") and "copy_" not in report.text("python")


HIGHER_ORDER: dict[str, Callable[[torch.Tensor], Any]] = {
    "cond": lambda x: torch.cond(x.sum() > 0, lambda x: x.softmax(-1) + 1, lambda x: x.cos() * 2, (x,)),
    "nested cond": lambda x: torch.cond(
        x.sum() > 0,
        lambda x: torch.cond(x.max() > 1, lambda x: x + 1, lambda x: x - 1, (x,)),
        lambda x: x.cos() * 2,
        (x,),
    ),
    "while_loop": lambda x: torch._higher_order_ops.while_loop(
        lambda i, y: i < 3, lambda i, y: (i + 1, (y * 2).sin()), (torch.tensor(0), x)
    ),
    "scan": lambda x: torch._higher_order_ops.scan(lambda c, y: (c + y, c * y), x[0] * 0, x),
    "checkpoint": lambda x: torch.utils.checkpoint.checkpoint(lambda y: y.relu().sin(), x, use_reentrant=False),
    "vmap": lambda x: torch.vmap(lambda row: row.softmax(-1) + row.sum())(x),
    "grad": lambda x: torch.func.grad(lambda y: (y.sin() ** 2).sum())(x),
}


@pytest.mark.parametrize("name", HIGHER_ORDER)
def test_higher_order_operators(name: str) -> None:
    for x in (f32(4, 5) + 1, f32(4, 5) - 5):
        assert_as_eager(HIGHER_ORDER[name], x)


def test_branches_of_cond_are_compiled() -> None:
    report = fxopt.explain(HIGHER_ORDER["cond"], f32(4, 5))
    assert [graph.name for graph in report.graphs] == ["inference0", "subgraph1", "subgraph2"]
    assert [graph.num_kernels for graph in report.graphs] == [1, 1, 1]


def test_random_numbers_are_eagers() -> None:
    def function(x: torch.Tensor) -> Any:
        torch.manual_seed(3)
        return torch.nn.functional.dropout(x, 0.5), torch.rand(3), torch.randn_like(x), torch.randperm(6)

    assert_as_eager(function, f32(4, 5))
