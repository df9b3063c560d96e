"""Views against eager: no kernel, and the right elements."""

import pytest
import torch
from loop_harness import check

A = torch.ops.aten
X = torch.arange(24.0).reshape(2, 3, 4)
PERMUTED = torch.arange(24.0).reshape(4, 3, 2).permute(2, 1, 0)
SLICED = torch.arange(96.0).reshape(4, 6, 4)[1:3, ::2]

VIEWS = {
    "view": lambda x: A.view(x, [6, 4]),
    "view_split": lambda x: A.view(x, [2, 3, 2, 2]),
    "view_infer": lambda x: A.view(x, [-1]),
    "view_ones": lambda x: A.view(x, [1, 2, 1, 12]),
    "permute": lambda x: A.permute(x, [2, 0, -2]),
    "transpose": lambda x: A.transpose(x, 0, -1),
    "t": lambda x: A.t(A.select(x, 0, 1)),
    "select": lambda x: A.select(x, 1, -1),
    "slice": lambda x: A.slice(x, 1, 1, 3),
    "slice_step": lambda x: A.slice(x, 2, 1, 9223372036854775807, 2),
    "slice_negative": lambda x: A.slice(x, 2, -3, -1),
    "slice_beyond": lambda x: A.slice(x, 2, -30, 30),
    "slice_empty": lambda x: A.slice(x, 2, 3, 2),
    "slice_past": lambda x: A.slice(x, 2, 30, 40),
    "squeeze": lambda x: A.squeeze(A.unsqueeze(A.unsqueeze(x, 0), -1)),
    "squeeze_dim": lambda x: A.squeeze.dim(A.unsqueeze(x, 1), 1),
    "squeeze_dim_other": lambda x: A.squeeze.dim(x, 1),
    "squeeze_dims": lambda x: A.squeeze.dims(A.unsqueeze(A.unsqueeze(x, 1), 0), [0, 2]),
    "expand": lambda x: A.expand(A.unsqueeze(x, 1), [5, 2, 4, 3, -1]),
    "unbind": lambda x: tuple(A.unbind(x, 1)),
    "split": lambda x: tuple(A.split(x, 3, 2)),
    "split_sizes": lambda x: tuple(A.split_with_sizes(x, [1, 0, 3], 2)),
    "diagonal": lambda x: A.diagonal(x, 0, 1, 2),
    "diagonal_above": lambda x: A.diagonal(x, 2, 1, 2),
    "diagonal_below": lambda x: A.diagonal(x, -1, -1, 0),
    "diagonal_none": lambda x: A.diagonal(x, 7, 1, 2),
    "unfold": lambda x: A.unfold(x, 2, 3, 1),
    "unfold_step": lambda x: A.unfold(x, -1, 2, 2),
    "alias": lambda x: A.alias(A.detach(x)),
    "chain": lambda x: A.select(A.permute(A.slice(x, 1, 1), [2, 1, 0]), 0, 2),
    "as_strided": lambda x: A.as_strided(x, [2, 2], [1, 3]),
    "view_as_int": lambda x: A.view.dtype(A.slice(x, 0, 1), torch.int32),
}
NEEDS_CONTIGUOUS = {"view", "view_split", "view_infer", "view_ones", "as_strided"}


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("layout", ["contiguous", "permuted", "sliced"])
def test_views_are_no_kernels(name, layout):
    if layout != "contiguous" and name in NEEDS_CONTIGUOUS:
        return
    x = {"contiguous": X, "permuted": PERMUTED, "sliced": SLICED}[layout]
    lowered = check(VIEWS[name], x)
    assert lowered.num_nests == 0 and lowered.externs == []


@pytest.mark.parametrize("name", VIEWS)
def test_views_fold_into_the_loads_of_their_users(name):
    def fn(x):
        y = VIEWS[name](A.neg(x))
        return A.neg(y[0] if isinstance(y, tuple) else y)

    lowered = check(fn, X)
    assert lowered.num_nests == 2 and lowered.externs == []
    ops = {op.name for op in lowered.function.body.block.ops}
    assert ops == {"loop.nest", "fx.return"} | ({"loop.view"} if name == "view_as_int" else set())


@pytest.mark.parametrize("sizes", [[24], [6, 4], [2, 12], [3, 8], [1, 4, 6], [2, 3, 2, 2]])
@pytest.mark.parametrize("layout", ["permuted", "sliced"])
def test_reshape_copies_where_strides_cannot(sizes, layout):
    x = {"permuted": PERMUTED, "sliced": SLICED}[layout]
    can_view = True
    try:
        x.view(sizes)
    except RuntimeError:
        can_view = False
    lowered = check(lambda x: A._reshape_copy(x, sizes), x)
    assert lowered.num_nests == 1
    lowered = check(
        lambda x: A.view(x, sizes) if can_view else A.view(A.clone(x, memory_format=torch.contiguous_format), sizes), x
    )
    assert lowered.num_nests == (0 if can_view else 1)


COPIES = {
    "view_copy": lambda x: A.view_copy(x, [6, 4]),
    "permute_copy": lambda x: A.permute_copy(x, [2, 0, 1]),
    "slice_copy": lambda x: A.slice_copy(x, 2, 1, 3),
    "select_copy": lambda x: A.select_copy(x, 0, 1),
    "expand_copy": lambda x: A.expand_copy(x, [2, 2, 3, 4]),
    "squeeze_copy": lambda x: A.squeeze_copy(x),
    "unsqueeze_copy": lambda x: A.unsqueeze_copy(x, 1),
    "transpose_copy": lambda x: A.transpose_copy(x, 1, 2),
    "diagonal_copy": lambda x: A.diagonal_copy(x, 1, 1, 2),
    "as_strided_copy": lambda x: A.as_strided_copy(x, [2, 2], [3, 1]),
    "detach_copy": lambda x: A.detach_copy(x),
    "unfold_copy": lambda x: A.unfold_copy(x, 2, 2, 1),
}


@pytest.mark.parametrize("name", COPIES)
def test_copies_of_views(name):
    lowered = check(COPIES[name], X)
    assert lowered.num_nests == 1 and lowered.externs == []


def test_copies_of_several_views():
    assert check(lambda x: tuple(A.split_with_sizes_copy(x, [1, 3], 2)), X).num_nests == 2
    assert check(lambda x: tuple(A.unbind_copy(x, 1)), X).num_nests == 3


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int64, torch.bfloat16, torch.float16, torch.float64])
def test_view_and_copy_of_every_width(dtype):
    x = (torch.arange(12) % 2).to(dtype).reshape(3, 4)
    assert check(lambda x: A.permute_copy(A.slice(x, 1, 1), [1, 0]), x).externs == []


def test_empty_and_scalar():
    assert check(lambda x: A.view(x, [0, 3, 5]), torch.zeros(0, 5)).num_nests == 0
    assert check(lambda x: A.view(x, [1, 1]), torch.tensor(3.0)).num_nests == 0
    assert check(lambda x: A.transpose(A.alias(x), 0, 0), torch.tensor(3.0)).num_nests == 0
    check(lambda x: A._reshape_copy(A.permute(x, [1, 0]), [0]), torch.zeros(0, 5))


SYMBOLIC = {
    "split_heads": lambda x: A.permute(A.view(x, [x.shape[0], 2, 4]), [1, 0, 2]),
    "merge": lambda x: A.view(x, [-1]),
    "unsqueeze": lambda x: A.expand(A.unsqueeze(x, 0), [3, x.shape[0], 8]),
    "slice_half": lambda x: A.slice(x, 0, x.shape[0] // 2, x.shape[0]),
    "slice_negative": lambda x: A.slice(x, 0, -1),
    "select_last": lambda x: A.select(x, 0, -1),
    "reshape_copy": lambda x: A._reshape_copy(A.permute(x, [1, 0]), [-1]),
    "reshape_groups": lambda x: A._reshape_copy(A.permute(A.view(x, [x.shape[0], 2, 4]), [0, 2, 1]), [x.shape[0], 8]),
}


@pytest.mark.parametrize("name", SYMBOLIC)
@pytest.mark.parametrize("size", [4, 7])
def test_symbolic_sizes(name, size):
    lowered = check(SYMBOLIC[name], torch.arange(8.0 * size).reshape(size, 8), dynamic=True, reparse=True)
    assert lowered.externs == [] or set(lowered.externs) == {"aten.sym_size.int"}
    assert lowered.num_nests == (1 if "reshape" in name else 0)


def test_view_of_another_width_calls_eager():
    assert check(lambda x: A.view.dtype(x, torch.int16), X).externs == ["aten.view.dtype"]


def test_as_strided_with_an_offset():
    assert check(lambda x: A.as_strided(A.neg(x), [2, 2], [1, 3], 4), X).num_nests == 1
    assert check(lambda x: A.as_strided(A.slice(A.neg(x), 0, 1), [2, 2], [1, 3], 4), X).num_nests == 1
    lowered = check(lambda x: A.as_strided(x, [2, 2], [1, 3], 4), X)
    assert lowered.reasons == ["as_strided with a storage offset on an argument"]
