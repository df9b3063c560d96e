"""Gradients of pooling, resampling and padding against eager."""

import pytest
import torch
from loop_harness import check, lower

A = torch.ops.aten
IMAGE = torch.randn(2, 3, 9, 7)
VOLUME = torch.randn(1, 2, 5, 6, 4)

WINDOWS = [
    ([2, 2], [2, 2], [0, 0], [1, 1], False),
    ([3, 3], [2, 2], [1, 1], [1, 1], False),
    ([3, 2], [1, 2], [1, 0], [2, 1], False),
    ([2, 3], [2, 2], [0, 1], [1, 1], True),
    ([2, 2], [3, 3], [0, 0], [1, 1], False),
]


@pytest.mark.parametrize("window", range(len(WINDOWS)))
@pytest.mark.parametrize("layout", ["contiguous", "channels_last", "half"])
def test_max_pool(window, layout):
    x = {
        "contiguous": IMAGE,
        "channels_last": IMAGE.contiguous(memory_format=torch.channels_last),
        "half": IMAGE.bfloat16(),
    }[layout]
    y, indices = A.max_pool2d_with_indices(x, *WINDOWS[window])
    lowered = check(
        lambda g, x, i: A.max_pool2d_with_indices_backward(g, x, *WINDOWS[window], i),
        torch.randn_like(y), x, indices, rtol=2e-2, atol=2e-2 if layout == "half" else 1e-6,
    )  # fmt: skip
    assert lowered.externs == [] and lowered.num_nests == 1


def test_max_pool_of_a_volume():
    window = ([2, 2, 2], [1, 2, 1], [1, 0, 1], [1, 1, 1], False)
    y, indices = A.max_pool3d_with_indices(VOLUME, *window)
    grad = torch.randn_like(y)
    fn = lambda g, x, i: A.max_pool3d_with_indices_backward(g, x, *window, i)  # noqa: E731
    assert check(fn, grad, VOLUME, indices).externs == []


def test_many_overlapping_windows_are_left_to_torch():
    window = ([9, 7], [1, 1], [4, 3], [1, 1], False)
    y, indices = A.max_pool2d_with_indices(IMAGE, *window)
    assert lower(
        lambda g, x, i: A.max_pool2d_with_indices_backward(g, x, *window, i), y, IMAGE, indices
    ).reasons == ["pooling"]  # fmt: skip


AVERAGES = [
    ([2, 2], [2, 2], [0, 0], False, True, None),
    ([3, 3], [2, 2], [1, 1], False, True, None),
    ([3, 3], [2, 2], [1, 1], False, False, None),
    ([2, 3], [2, 2], [1, 1], True, False, None),
    ([3, 2], [1, 1], [1, 1], False, True, 5),
]


@pytest.mark.parametrize("window", range(len(AVERAGES)))
def test_avg_pool(window):
    grad = torch.randn_like(A.avg_pool2d(IMAGE, *AVERAGES[window]))
    assert check(lambda g, x: A.avg_pool2d_backward(g, x, *AVERAGES[window]), grad, IMAGE).externs == []


def test_adaptive_avg_pool():
    for size, reasons in (([1, 1], []), ([3, 7], []), ([3, 1], []), ([4, 3], ["pooling"])):
        grad = torch.randn(2, 3, *size)
        assert check(lambda g, x: A._adaptive_avg_pool2d_backward(g, x), grad, IMAGE).reasons == reasons
    assert check(lambda g, x: A._adaptive_avg_pool3d_backward(g, x), torch.randn(1, 2, 5, 3, 1), VOLUME).externs == []


RESAMPLED = {
    "nearest1": lambda g: A.upsample_nearest1d_backward(g[:, :, 0], [7], [2, 3, 5]),
    "nearest2": lambda g: A.upsample_nearest2d_backward(A.expand(g, [2, 3, 9, 7]), [9, 7], [2, 3, 3, 7]),
    "nearest2_uneven": lambda g: A.upsample_nearest2d_backward(g, [9, 7], [2, 3, 4, 5]),
    "nearest2_down": lambda g: A.upsample_nearest2d_backward(g, [9, 7], [2, 3, 12, 9]),
    "exact2": lambda g: A._upsample_nearest_exact2d_backward(g, [9, 7], [2, 3, 4, 5]),
    "linear1": lambda g: A.upsample_linear1d_backward(g[:, :, 0], [7], [2, 3, 5], False),
    "bilinear": lambda g: A.upsample_bilinear2d_backward(g, [9, 7], [2, 3, 4, 5], False),
    "bilinear_corners": lambda g: A.upsample_bilinear2d_backward(g, [9, 7], [2, 3, 4, 5], True),
    "bicubic": lambda g: A.upsample_bicubic2d_backward(g, [9, 7], [2, 3, 4, 5], False),
}


@pytest.mark.parametrize("name", RESAMPLED)
def test_resampling(name):
    assert check(RESAMPLED[name], IMAGE, atol=1e-5).externs == []


def test_volumes():
    assert check(lambda g: A.upsample_nearest3d_backward(g, [5, 6, 4], [1, 2, 5, 3, 2]), VOLUME).externs == []
    fn = lambda g: A.upsample_trilinear3d_backward(g, [5, 6, 4], [1, 2, 3, 3, 2], False)  # noqa: E731
    assert check(fn, VOLUME, atol=1e-5).externs == []


PADDED = {
    "reflect1": (A.reflection_pad1d_backward, (2, 5), [3, 2]),
    "reflect2": (A.reflection_pad2d_backward, (2, 3, 5, 4), [3, 0, 1, 2]),
    "reflect3": (A.reflection_pad3d_backward, (1, 2, 3, 4, 5), [1, 1, 2, 0, 1, 1]),
    "replicate1": (A.replication_pad1d_backward, (2, 5), [3, 7]),
    "replicate2": (A.replication_pad2d_backward, (2, 3, 5, 4), [5, 0, 1, 2]),
    "replicate3": (A.replication_pad3d_backward, (1, 2, 3, 4, 5), [1, 1, 2, 0, 1, 4]),
}


@pytest.mark.parametrize("name", PADDED)
def test_padding(name):
    op, sizes, pads = PADDED[name]
    x = torch.randn(sizes)
    grown = [n + pads[2 * k] + pads[2 * k + 1] for k, n in enumerate(reversed(sizes[len(sizes) - len(pads) // 2 :]))]
    grad = torch.randn(*sizes[: len(sizes) - len(grown)], *reversed(grown))
    assert check(lambda g, x: op(g, x, pads), grad, x, atol=1e-5).externs == []


COLUMNS = [([3, 2], [1, 1], [0, 0], [1, 1]), ([3, 3], [2, 1], [2, 1], [2, 1]), ([2, 2], [1, 1], [1, 0], [2, 3])]


@pytest.mark.parametrize("window", range(len(COLUMNS)))
def test_columns(window):
    kernel, dilation, padding, stride = COLUMNS[window]
    assert check(lambda x: A.im2col(x, kernel, dilation, padding, stride), IMAGE).externs == []
    assert check(lambda x: A.im2col(x, kernel, dilation, padding, stride), IMAGE[0]).externs == []
    columns = A.im2col(IMAGE, kernel, dilation, padding, stride)
    assert check(lambda c: A.col2im(c, [9, 7], kernel, dilation, padding, stride), columns, atol=1e-5).externs == []
