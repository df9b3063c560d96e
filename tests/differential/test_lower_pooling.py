"""Pooling and resampling against eager."""

import pytest
import torch
from loop_harness import check

A = torch.ops.aten
IMAGE = torch.randn(2, 3, 9, 7)
LINE = torch.randn(2, 3, 11)
VOLUME = torch.randn(1, 2, 5, 6, 4)
NAN = IMAGE.clone()
NAN[0, 0, 3, 3] = float("nan")
NAN[1] = -float("inf")

WINDOWS = [
    {"kernel_size": [2, 2]},
    {"kernel_size": [3, 3], "stride": [2, 2], "padding": [1, 1]},
    {"kernel_size": [3, 2], "stride": [1, 2], "padding": [1, 0], "dilation": [2, 1]},
    {"kernel_size": [2, 3], "stride": [2, 2], "padding": [0, 1], "ceil_mode": True},
    {"kernel_size": [9, 7], "padding": [2, 3]},
    {"kernel_size": [3], "stride": [2]},
]


@pytest.mark.parametrize("window", range(len(WINDOWS)))
@pytest.mark.parametrize("image", ["plain", "nan", "channels_last", "unbatched", "half", "double"])
def test_max_pool(window, image):
    kwargs = WINDOWS[window]
    x = {
        "plain": IMAGE,
        "nan": NAN,
        "channels_last": IMAGE.contiguous(memory_format=torch.channels_last),
        "unbatched": IMAGE[0],
        "half": IMAGE.bfloat16(),
        "double": IMAGE.double(),
    }[image]
    large = window == 4
    lowered = check(lambda x: tuple(A.max_pool2d_with_indices(x, **kwargs)), x)
    assert lowered.externs == (["aten.max_pool2d_with_indices.default"] if large else [])
    lowered = check(lambda x: A.max_pool2d_with_indices(x, **kwargs)[0], x)
    assert lowered.externs == [] and lowered.num_nests == 1


def test_max_pool_of_other_ranks():
    assert check(lambda x: tuple(A.max_pool3d_with_indices(x, [2, 2, 2], [1, 2, 1], [1, 0, 1])), VOLUME).externs == []


def test_max_pool_of_integers():
    x = torch.randint(-50, 50, (1, 2, 6, 6))
    assert check(lambda x: tuple(A.max_pool2d_with_indices(x, [3, 3], [2, 2], [1, 1])), x).externs == []


AVERAGES = [
    {"kernel_size": [2, 2]},
    {"kernel_size": [3, 3], "stride": [2, 2], "padding": [1, 1]},
    {"kernel_size": [3, 3], "stride": [2, 2], "padding": [1, 1], "count_include_pad": False},
    {"kernel_size": [2, 3], "stride": [2, 2], "padding": [0, 1], "ceil_mode": True},
    {"kernel_size": [2, 3], "stride": [2, 2], "padding": [1, 1], "ceil_mode": True, "count_include_pad": False},
    {"kernel_size": [3, 2], "stride": [1, 1], "padding": [1, 1], "divisor_override": 5},
    {"kernel_size": [9, 6], "padding": [3, 3], "count_include_pad": False},
]


@pytest.mark.parametrize("window", range(len(AVERAGES)))
@pytest.mark.parametrize("image", ["plain", "channels_last", "unbatched", "half"])
def test_avg_pool(window, image):
    x = {
        "plain": IMAGE,
        "channels_last": IMAGE.contiguous(memory_format=torch.channels_last),
        "unbatched": IMAGE[0],
        "half": IMAGE.half(),
    }[image]
    tolerance = {"rtol": 2e-3, "atol": 1e-3} if image == "half" else {}
    assert check(lambda x: A.avg_pool2d(x, **AVERAGES[window]), x, **tolerance).externs == []


def test_avg_pool_of_other_ranks():
    assert check(lambda x: A.avg_pool3d(x, [2, 3, 2], [1, 2, 1], [1, 0, 1]), VOLUME).externs == []
    assert check(lambda x: A.avg_pool2d(x, [3, 3]), torch.randint(9, (1, 2, 6, 6))).reasons == ["pooling"]


@pytest.mark.parametrize("size", [[1, 1], [3, 7], [4, 3], [9, 1], [12, 10]])
def test_adaptive_avg_pool(size):
    assert check(lambda x: A._adaptive_avg_pool2d(x, size), IMAGE).externs == []
    assert check(lambda x: A._adaptive_avg_pool2d(x, size), IMAGE[0]).externs == []


def test_adaptive_pools():
    assert check(lambda x: A._adaptive_avg_pool3d(x, [1, 1, 1]), VOLUME).externs == []
    assert check(lambda x: A._adaptive_avg_pool3d(x, [2, 3, 4]), VOLUME).externs == []
    assert check(lambda x: A.adaptive_max_pool2d(x, [3, 7])[0], IMAGE).externs == []
    assert check(lambda x: tuple(A.adaptive_max_pool2d(x, [3, 1])), NAN).externs == []
    assert check(lambda x: tuple(A.adaptive_max_pool2d(x, [4, 3])), IMAGE).reasons == ["pooling"]


RESAMPLED = {
    "nearest1": (lambda x: A.upsample_nearest1d(x, [22]), LINE),
    "nearest1_odd": (lambda x: A.upsample_nearest1d(x, [17]), LINE),
    "nearest1_down": (lambda x: A.upsample_nearest1d(x, [4]), LINE),
    "nearest2": (lambda x: A.upsample_nearest2d(x, [18, 21]), IMAGE),
    "nearest2_scales": (lambda x: A.upsample_nearest2d(x, [13, 10], 1.5, 1.5), IMAGE),
    "nearest2_double": (lambda x: A.upsample_nearest2d(x.double(), [13, 5]), IMAGE),
    "nearest3": (lambda x: A.upsample_nearest3d(x, [5, 13, 8]), VOLUME),
    "nearest_int": (lambda x: A.upsample_nearest2d((x * 20).to(torch.uint8), [13, 14]), IMAGE),
    "exact1": (lambda x: A._upsample_nearest_exact1d(x, [17]), LINE),
    "exact2": (lambda x: A._upsample_nearest_exact2d(x, [18, 10]), IMAGE),
    "exact3": (lambda x: A._upsample_nearest_exact3d(x, [3, 13, 8]), VOLUME),
    "linear1": (lambda x: A.upsample_linear1d(x, [17], False), LINE),
    "linear1_corners": (lambda x: A.upsample_linear1d(x, [17], True), LINE),
    "bilinear": (lambda x: A.upsample_bilinear2d(x, [18, 14], False), IMAGE),
    "bilinear_odd": (lambda x: A.upsample_bilinear2d(x, [13, 5], False), IMAGE),
    "bilinear_corners": (lambda x: A.upsample_bilinear2d(x, [13, 20], True), IMAGE),
    "bilinear_one": (lambda x: A.upsample_bilinear2d(x, [1, 1], True), IMAGE),
    "bilinear_scales": (lambda x: A.upsample_bilinear2d(x, [13, 10], False, 1.5, 1.5), IMAGE),
    "bilinear_permuted": (lambda x: A.upsample_bilinear2d(A.permute(x, [0, 1, 3, 2]), [13, 10], False), IMAGE),
    "bilinear_double": (lambda x: A.upsample_bilinear2d(x.double(), [13, 10], False), IMAGE),
    "trilinear": (lambda x: A.upsample_trilinear3d(x, [7, 6, 9], False), VOLUME),
    "bicubic": (lambda x: A.upsample_bicubic2d(x, [18, 14], False), IMAGE),
    "bicubic_odd": (lambda x: A.upsample_bicubic2d(x, [5, 17], False), IMAGE),
    "bicubic_corners": (lambda x: A.upsample_bicubic2d(x, [13, 20], True), IMAGE),
}
RESAMPLED |= {
    "nearest_vec": (lambda x: A.upsample_nearest2d.vec(x, None, [2.0, 1.5]), IMAGE),
    "bilinear_vec": (lambda x: A.upsample_bilinear2d.vec(x, [10, 11], False, None), IMAGE),
}


@pytest.mark.parametrize("name", RESAMPLED)
def test_resampling(name):
    fn, x = RESAMPLED[name]
    assert check(fn, x, rtol=1e-5, atol=2e-5).externs == []


@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("align_corners", [True, False])
def test_grid_sampler(mode, padding, align_corners):
    grid = torch.rand(2, 5, 6, 2) * 2.6 - 1.3
    lowered = check(lambda x, g: A.grid_sampler_2d(x, g, mode, padding, align_corners), IMAGE, grid, atol=1e-5)
    assert lowered.externs == []


def test_grid_sampler_by_reflection_calls_eager():
    grid = torch.rand(2, 5, 6, 2)
    assert len(check(lambda x, g: A.grid_sampler_2d(x, g, 0, 2, False), IMAGE, grid).externs) == 1


def test_symbolic_sizes():
    x = torch.randn(2, 3, 9, 7)
    fns = [
        lambda x: tuple(A.max_pool2d_with_indices(x, [3, 3], [2, 2], [1, 1])),
        lambda x: A.avg_pool2d(x, [2, 2]),
        lambda x: A._adaptive_avg_pool2d(x, [1, 1]),
        lambda x: A.upsample_nearest2d(x, [x.shape[2] * 2, x.shape[3] * 2]),
        lambda x: A.upsample_bilinear2d(x, [x.shape[2] * 2, x.shape[3] * 2], False),
    ]
    for fn in fns:
        lowered = check(fn, x, dynamic=True, reparse=True, atol=1e-5)
        assert set(lowered.externs) <= {"aten.sym_size.int"}
