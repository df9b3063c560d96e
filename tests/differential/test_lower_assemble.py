"""Joins, paddings, repeats, triangles and fills against eager."""

import pytest
import torch
from loop_harness import check

A = torch.ops.aten
X = torch.arange(1.0, 25.0).reshape(2, 3, 4)
EMPTY = torch.zeros(2, 0, 4)
IMAGE = torch.randn(2, 8, 6, 4)

ONE_NEST = {
    "cat": lambda x: A.cat([x, x * 2], 1),
    "cat_three": lambda x: A.cat([x, A.slice(x, 2, 0, 1), A.permute(A.view(x, [2, 4, 3]), [0, 2, 1])], -1),
    "cat_one": lambda x: A.cat([x], 0),
    "cat_empty": lambda x: A.cat([A.slice(x, 1, 0, 0), x, A.view(A.slice(x, 1, 0, 0), [0])], 1),
    "cat_nothing": lambda x: A.cat([A.slice(x, 1, 0, 0), A.slice(x, 1, 0, 0)], 1),
    "cat_promotes": lambda x: A.cat([x, A.view.dtype(x, torch.int32)], 1),
    "stack": lambda x: A.stack([x, A.neg(x)], 1),
    "stack_last": lambda x: A.stack([x, x, x], -1),
    "pad": lambda x: A.constant_pad_nd(x, [1, 2, 0, 3], 1.5),
    "pad_crop": lambda x: A.constant_pad_nd(x, [-1, 2, 1, -2]),
    "pad_none": lambda x: A.constant_pad_nd(x, [0, 0]),
    "pad_empty": lambda x: A.constant_pad_nd(A.slice(x, 1, 0, 0), [0, 0, 1, 1], 2),
    "pad_int_value": lambda x: A.constant_pad_nd(x, [1, 1], 3),
    "reflect1": lambda x: A.reflection_pad1d(x, [3, 2]),
    "reflect2": lambda x: A.reflection_pad2d(x, [3, 0, 1, 2]),
    "reflect3": lambda x: A.reflection_pad3d(A.unsqueeze(x, 0), [1, 1, 2, 0, 1, 1]),
    "replicate1": lambda x: A.replication_pad1d(x, [3, 7]),
    "replicate2": lambda x: A.replication_pad2d(x, [5, 0, 1, 2]),
    "replicate3": lambda x: A.replication_pad3d(A.unsqueeze(x, 0), [1, 1, 2, 0, 1, 4]),
    "replicate_crop": lambda x: A.replication_pad1d(x, [-1, 2]),
    "repeat": lambda x: A.repeat(x, [2, 1, 3]),
    "repeat_new_dims": lambda x: A.repeat(x, [2, 1, 1, 3, 2]),
    "repeat_zero": lambda x: A.repeat(x, [2, 0, 1]),
    "flip": lambda x: A.flip(x, [0, -1]),
    "flip_none": lambda x: A.flip(x, []),
    "rot90": lambda x: A.rot90(x, 1, [0, 1]),
    "rot90_back": lambda x: A.rot90(x, -1, [2, 0]),
    "rot90_twice": lambda x: A.rot90(x, 2, [1, 2]),
    "rot90_full": lambda x: A.rot90(x, 4, [1, 2]),
    "roll": lambda x: A.roll(x, [1, -2], [0, 2]),
    "roll_twice": lambda x: A.roll(x, [1, 5], [1, 1]),
    "roll_vector": lambda x: A.roll(A.view(x, [24]), [7]),
    "tril": lambda x: A.tril(x),
    "tril_below": lambda x: A.tril(x, -1),
    "triu": lambda x: A.triu(x, 1),
    "triu_nan": lambda x: A.triu(A.div(x, 0.0)),
    "diag_embed": lambda x: A.diag_embed(x),
    "diag_embed_offset": lambda x: A.diag_embed(x, 1, 0, 2),
    "diag_embed_below": lambda x: A.diag_embed(x, -2),
    "full_like": lambda x: A.full_like(x, 2.5),
    "zeros_like": lambda x: A.zeros_like(A.permute(x, [2, 0, 1])),
    "ones_like_int": lambda x: A.ones_like(x, dtype=torch.int64),
    "new_zeros": lambda x: A.new_zeros(x, [3, 2]),
    "new_full": lambda x: A.new_full(x, [2], 7),
    "new_ones": lambda x: A.new_ones(x, [0, 2]),
}
PRODUCERS = {"cat": 1, "stack": 1, "triu_nan": 1}


@pytest.mark.parametrize("name", ONE_NEST)
def test_one_nest(name):
    lowered = check(ONE_NEST[name], X)
    assert lowered.externs == [] and lowered.num_nests == 1 + PRODUCERS.get(name, 0)


@pytest.mark.parametrize("layout", ["permuted", "channels_last"])
@pytest.mark.parametrize(
    "fn",
    [
        lambda x: A.cat([x, x], 1),
        lambda x: A.constant_pad_nd(x, [1, 1, 1, 1], -float("inf")),
        lambda x: A.reflection_pad2d(x, [1, 1, 2, 2]),
        lambda x: A.flip(x, [1]),
        lambda x: A.stack([x, x], 0),
        lambda x: A.tril(x),
    ],
)
def test_layouts(fn, layout):
    x = IMAGE.contiguous(memory_format=torch.channels_last) if layout == "channels_last" else IMAGE.transpose(0, 3)
    assert check(fn, x).externs == []


def test_channels_last_cat_stays_channels_last():
    x = IMAGE.contiguous(memory_format=torch.channels_last)
    lowered = check(lambda x: A.cat([x, x], 1), x)
    (nest,) = [op for op in lowered.function.walk() if op.name == "loop.nest"]
    assert nest.result_types[0].strides[1] == 1


def test_many_tensors_are_joined_in_linear_work():
    parts = [torch.randn(3, k) for k in range(9)]
    lowered = check(lambda *xs: A.cat(list(xs), 1), *parts)
    assert lowered.externs == ["aten.empty_strided.default"] and lowered.num_nests == 8
    assert check(lambda *xs: A.stack(list(xs), 1), *[torch.randn(3, 2) for _ in range(7)]).num_nests == 7


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int64, torch.bfloat16, torch.float16])
def test_dtypes(dtype):
    x = (torch.arange(12) % 3).to(dtype).reshape(3, 4)
    assert check(lambda x: A.cat([x, A.flip(x, [0])], 0), x).externs == []
    assert check(lambda x: A.constant_pad_nd(x, [1, 1], 1), x).externs == []
    assert check(lambda x: A.tril(x), x).externs == []


CHANNELS = {
    "shuffle": lambda x: A.pixel_shuffle(x, 2),
    "unshuffle": lambda x: A.pixel_unshuffle(x, 2),
    "channels": lambda x: A.channel_shuffle(x, 4),
    "native_channels": lambda x: A.native_channel_shuffle(x, 2),
}


@pytest.mark.parametrize("name", CHANNELS)
def test_regrouped_channels(name):
    assert check(CHANNELS[name], IMAGE).externs == []


FILLS = {
    "full": lambda: A.full([2, 3], 7, dtype=torch.float32),
    "full_bool": lambda: A.full([2], True),
    "zeros": lambda: A.zeros([3], dtype=torch.bfloat16),
    "ones": lambda: A.ones([2, 0]),
    "eye": lambda: A.eye(3),
    "eye_m": lambda: A.eye.m(2, 4, dtype=torch.int64),
    "arange": lambda: A.arange(5),
    "arange_start": lambda: A.arange.start(3, 11),
    "arange_step": lambda: A.arange.start_step(10, -3, -4),
    "arange_float": lambda: A.arange.start_step(0.5, 7.25, 0.3),
    "arange_dtype": lambda: A.arange(7, dtype=torch.float32),
    "arange_double": lambda: A.arange.start_step(0.1, 1.0, 0.1, dtype=torch.float64),
    "arange_half": lambda: A.arange.start_step(0.1, 1.0, 0.1, dtype=torch.bfloat16),
    "arange_integral_floats": lambda: A.arange.start_step(0.0, 9.0, 2.0),
    "arange_empty": lambda: A.arange.start(3, 3),
    "linspace": lambda: A.linspace(-1.0, 2.0, 7),
    "linspace_one": lambda: A.linspace(-1.0, 2.0, 1),
    "linspace_none": lambda: A.linspace(-1.0, 2.0, 0),
    "linspace_double": lambda: A.linspace(0, 1, 11, dtype=torch.float64),
    "scalar_tensor": lambda: A.scalar_tensor(2.5, dtype=torch.float64),
}


@pytest.mark.parametrize("name", FILLS)
def test_fills(name):
    lowered = check(FILLS[name])
    assert lowered.externs == [] and lowered.num_nests == 1


@pytest.mark.parametrize("size", [3, 6])
def test_symbolic_sizes(size):
    x = torch.randn(size, 4)
    fns = [
        lambda x: A.cat([x, A.slice(x, 0, 1), x], 0),
        lambda x: A.cat([x] * 6, 0),
        lambda x: A.constant_pad_nd(x, [0, 0, 1, x.shape[0]], 2.0),
        lambda x: A.roll(x, [1], [0]),
        lambda x: A.flip(x, [0]),
        lambda x: A.repeat(x, [2, x.shape[0]]),
        lambda x: A.triu(A.expand(A.slice(x, 1, 0, 1), [x.shape[0], x.shape[0]]), 1),
        lambda x: A.add(A.arange(x.shape[0]), A.full([x.shape[0]], x.shape[0])),
        lambda x: A.eye(x.shape[0]),
        lambda x: A.replication_pad1d(A.permute(x, [1, 0]), [2, 2]),
    ]
    for fn in fns:
        lowered = check(fn, x, dynamic=True, reparse=True)
        assert set(lowered.externs) <= {"aten.sym_size.int"}


def test_allocations_are_no_fallback():
    from fxopt.lowering.aten_to_loop.externs import LIBRARY_REASONS, extern_reason

    assert extern_reason("aten.empty_like.default") in LIBRARY_REASONS
