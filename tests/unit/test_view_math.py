"""Strides of views: against torch for static sizes, by cases for symbolic ones."""

import itertools

import pytest
import torch

from fxopt.ir.symbolic import maximum, minimum, var
from fxopt.lowering.aten_to_loop import view_math
from fxopt.lowering.aten_to_loop.view_math import Layout, UnknownSignError

S = var("s0")
U = var("u0")

LAYOUTS = [
    ((4, 6), (6, 1)),
    ((4, 6), (1, 4)),
    ((4, 6), (12, 2)),
    ((2, 1, 6), (6, 77, 1)),
    ((2, 3, 4), (24, 4, 1)),
    ((2, 3, 4), (0, 4, 1)),
    ((1, 24), (5, 1)),
    ((24,), (3,)),
    ((), ()),
    ((0, 3), (3, 1)),
]


@pytest.mark.parametrize(("sizes", "strides"), LAYOUTS)
def test_view_strides_are_torchs(sizes, strides):
    x = torch.zeros(200).as_strided(sizes, strides)
    for rank in range(4):
        for new in itertools.product([0, 1, 2, 3, 4, 6, 12, 24], repeat=rank):
            if torch.Size(new).numel() != x.numel():
                continue
            try:
                want = x.view(new).stride()
            except RuntimeError:
                want = None
            got = view_math.view_strides(sizes, strides, new)
            assert (got is None) == (want is None), (new, got, want)
            if want is not None and 0 not in new:
                assert all(a == b for n, a, b in zip(new, got, want, strict=True) if n != 1), (new, got, want)


@pytest.mark.parametrize(
    ("sizes", "strides", "new", "want"),
    [
        ((S, 768), (768, 1), (S, 12, 64), (768, 64, 1)),
        ((S, 12, 64), (768, 64, 1), (S, 768), (768, 1)),
        ((2, S, 8), (S * 8, 8, 1), (S * 2, 8), (8, 1)),
        ((2, S, 8), (S * 8, 8, 1), (S * 16,), (1,)),
        ((S, 8), (1, S), (S * 8,), None),
        ((S, 8), (1, S), (S, 2, 4), (1, S * 4, S)),
        ((1, S, 8), (S * 8, 8, 1), (S, 1, 8), (8, 8, 1)),
    ],
)
def test_view_strides_of_symbolic_sizes(sizes, strides, new, want):
    got = view_math.view_strides(sizes, strides, new)
    assert (got is None) == (want is None)
    assert want is None or all(a == b for n, a, b in zip(new, got, want, strict=True) if n != 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [((4, 6), (24,)), ((24,), (2, 3, 4)), ((2, 3, 4), (6, 4)), ((6, 1, 4), (2, 12)), ((3, 4), (4, 3)), ((1,), ())],
)
def test_reshaped_indices_find_the_same_element(old, new):
    numel = torch.Size(new).numel()
    for position in range(numel):
        index = []
        for size in reversed(new):
            index.insert(0, position % size)
            position //= size
        source = view_math.reshaped_indices(old, new, index, {})
        assert view_math.row_major_offset(old, source) == view_math.row_major_offset(new, index)


def test_reshaped_indices_stay_within_groups():
    d = [var("d0"), var("d1")]
    ranges = {"d0": (0, None), "d1": (0, 767)}
    assert view_math.reshaped_indices((S, 12, 64), (S, 768), d, ranges) == [d[0], d[1] // 64, d[1] % 64]


def test_slice_bounds():
    assert view_math.clamp_index(-2, 5) == 3
    assert view_math.clamp_index(-9, 5) == 0
    assert view_math.clamp_index(9, 5) == 5
    assert view_math.clamp_index(-1, S) == S - 1
    assert view_math.clamp_index(-5, S) == maximum(S - 5, 0)
    assert view_math.clamp_index(1, S) == 1
    assert view_math.clamp_index(3, S) == minimum(S, 3)
    assert view_math.clamp_index(1, U) == minimum(U, 1)
    with pytest.raises(UnknownSignError, match="index s0 - u0 of a dim of size 7 may be negative or not"):
        view_math.clamp_index(S - U, 7)


def test_slice_length():
    assert view_math.slice_length(10, 1, 8, 3) == 3
    assert view_math.slice_length(10, 8, 1, 1) == 0
    assert view_math.slice_length(S, 1, None, 1) == S - 1
    assert view_math.slice_length(S, None, 2**63 - 1, 1) == S


def test_empty_slices_point_into_the_storage():
    assert view_math.slice_(Layout(0, (4,), (1,)), 0, 4, 0, 1) == Layout(0, (0,), (1,))


def test_move_dims():
    for source, destination in [((0,), (2,)), ((0, 1), (1, -1)), ((-1, 0), (0, 1))]:
        x = torch.zeros(2, 3, 4)
        order = view_math.move_dims(3, source, destination)
        assert x.permute(order).shape == torch.movedim(x, source, destination).shape
