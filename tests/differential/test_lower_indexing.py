"""Gathers, scatters and writes into slices against eager."""

import pytest
import torch
from loop_harness import check, lower, run

A = torch.ops.aten
X = torch.randn(4, 5, 6)
ROWS = torch.tensor([3, 0, 0, 2])
I45 = torch.randint(0, 4, (3, 5, 2))
SIGNED = torch.tensor([[-1, 2], [0, -4]])

READS = {
    "gather": (lambda x, i: A.gather(x, 0, i), (X, I45)),
    "gather_last": (lambda x, i: A.gather(x, -1, i), (X, I45)),
    "gather_scalar": (lambda x, i: A.gather(x, 0, i), (torch.tensor(2.0), torch.tensor(0))),
    "gather_vector_scalar": (lambda x, i: A.gather(x, 0, i), (torch.arange(3.0), torch.tensor(2))),
    "gather_empty": (lambda x, i: A.gather(x, 0, i), (X, torch.zeros(0, 2, 3, dtype=torch.int64))),
    "gather_permuted": (lambda x, i: A.gather(A.permute(x, [2, 1, 0]), 0, i), (X, I45)),
    "index_select": (lambda x, i: A.index_select(x, 0, i), (X, ROWS)),
    "index_select_mid": (lambda x, i: A.index_select(x, 1, i), (X, ROWS)),
    "index_select_int": (lambda x, i: A.index_select(x, -1, i), (X, ROWS.int())),
    "index_select_0d": (lambda x, i: A.index_select(x, 0, i), (X, torch.tensor(1))),
    "embedding": (lambda w, i: A.embedding(w, i), (torch.randn(7, 3), torch.randint(0, 7, (2, 4)))),
    "embedding_padding": (lambda w, i: A.embedding(w, i, 1), (torch.randn(7, 3), torch.randint(0, 7, (2, 4)))),
    "embedding_int32": (lambda w, i: A.embedding(w, i), (torch.randn(7, 3), torch.randint(0, 7, (4,)).int())),
    "take": (lambda x, i: A.take(x, i), (X, torch.tensor([[0, 119, -1], [7, -120, 64]]))),
    "take_permuted": (lambda x, i: A.take(A.permute(x, [1, 0, 2]), i), (X, torch.tensor([0, 119, -1, 33]))),
    "index_one": (lambda x, i: A.index(x, [i]), (X, SIGNED)),
    "index_second": (lambda x, i: A.index(x, [None, i]), (X, SIGNED)),
    "index_two": (lambda x, i, j: A.index(x, [i, j]), (X, SIGNED, torch.tensor([1, 4]))),
    "index_adjacent": (lambda x, i, j: A.index(x, [None, i, j]), (X, SIGNED, torch.tensor([[3], [2]]))),
    "index_apart": (lambda x, i, j: A.index(x, [i, None, j]), (X, SIGNED, torch.tensor([1, 5]))),
    "index_int32": (lambda x, i: A.index(x, [None, None, i]), (X, SIGNED.int())),
    "index_0d": (lambda x, i: A.index(x, [i]), (X, torch.tensor(-2))),
    "index_empty": (lambda x, i: A.index(x, [i]), (X, torch.zeros(0, dtype=torch.int64))),
    "unsafe_index": (lambda x, i, j: A._unsafe_index(x, [None, i, j]), (X, SIGNED, torch.tensor([[3], [2]]))),
    "masked_index": (
        lambda x, m, i: A._unsafe_masked_index(x, m, [i], 7.0),
        (torch.randn(5), torch.tensor([True, False, True]), torch.tensor([1, 4, -2])),
    ),
}


@pytest.mark.parametrize("name", READS)
def test_reads(name):
    fn, args = READS[name]
    lowered = check(fn, *args)
    assert lowered.externs == [] and lowered.num_nests == 1


SRC = torch.randn(3, 5, 6)
WRITES = {
    "scatter": (lambda x, i, s: A.scatter.src(x, 0, i, s), (X, torch.tensor([[[3], [1], [0]]]).expand(1, 3, 1), SRC)),
    "scatter_value": (lambda x, i: A.scatter.value(x, 1, i, 9.0), (X, I45)),
    "scatter_add": (lambda x, i, s: A.scatter_add(x, 0, i, s), (X, I45, SRC)),
    "scatter_add_int": (lambda x, i, s: A.scatter_add(x, 0, i, s), (X.long(), I45, SRC.long())),
    "scatter_add_bf16": (
        lambda x, i, s: A.scatter_add(x, 0, i, s),
        (X.bfloat16(), torch.tensor([[[3], [1], [0]]]), SRC.bfloat16()),
    ),
    "scatter_add_0d": (
        lambda x, i, s: A.scatter_add(x, 0, i, s),
        (torch.tensor(2.0), torch.tensor(0), torch.tensor(3.0)),
    ),
    "scatter_reduce_add": (lambda x, i, s: A.scatter.reduce(x, 0, i, s, reduce="add"), (X, I45, SRC)),
    "scatter_reduce_mul": (lambda x, i, s: A.scatter.reduce(x, 0, i, s, reduce="multiply"), (X, I45, SRC)),
    "scatter_value_reduce": (lambda x, i: A.scatter.value_reduce(x, 0, i, 2.0, reduce="add"), (X, I45)),
    "scatter_empty": (lambda x, i, s: A.scatter_add(x, 0, i, s), (X, torch.zeros(0, 5, 6, dtype=torch.int64), SRC)),
    "index_add": (lambda x, i, s: A.index_add(x, 1, i, s), (X, ROWS, torch.randn(4, 4, 6))),
    "index_add_alpha": (lambda x, i, s: A.index_add(x, 0, i, s, alpha=2.5), (X, ROWS, torch.randn(4, 5, 6))),
    "index_add_half": (lambda x, i, s: A.index_add(x, 0, i, s), (X.half(), ROWS, torch.randn(4, 5, 6).half())),
    "index_copy": (lambda x, i, s: A.index_copy(x, 1, i, s), (X, torch.tensor([4, 1]), torch.randn(4, 2, 6))),
    "index_fill": (lambda x, i: A.index_fill.int_Scalar(x, 1, i, 3.0), (X, torch.tensor([4, -1, 0]))),
    "index_fill_tensor": (
        lambda x, i, v: A.index_fill.int_Tensor(x, 0, i, v),
        (X, torch.tensor([1, 2]), torch.tensor(5.0)),
    ),
    "index_put": (
        lambda x, i, v: A.index_put(x, [i], v),
        (X, torch.tensor([[1], [-1]]), torch.randn(2, 1, 5, 6)),
    ),
    "index_put_broadcast": (
        lambda x, i, j, v: A.index_put(x, [i, None, j], v),
        (X, torch.tensor([[0], [2]]), torch.tensor([3, 1, 4]), torch.randn(3, 1)),
    ),
    "index_put_scalar": (lambda x, i, v: A.index_put(x, [None, i], v), (X, ROWS, torch.tensor(4.0))),
    "index_put_add": (
        lambda x, i, j, v: A.index_put(x, [i, j], v, True),
        (X, SIGNED, torch.tensor([1, 4]), torch.randn(2, 2, 6)),
    ),
    "index_put_add_half": (
        lambda x, i, v: A.index_put(x, [i], v, True),
        (X.bfloat16(), torch.tensor([1, 2]), torch.randn(2, 5, 6).bfloat16()),
    ),
    "index_put_empty": (
        lambda x, i, v: A.index_put(x, [i], v),
        (X, torch.zeros(0, dtype=torch.int64), torch.zeros(0, 5, 6)),
    ),
    "unsafe_index_put": (
        lambda x, i, v: A._unsafe_index_put(x, [None, i], v, True),
        (X, ROWS, torch.randn(4, 4, 6)),
    ),
    "masked_put": (lambda x, m, v: A.index_put(x, [m], v), (X, X > 0, torch.tensor(4.0))),
    "masked_put_rows": (
        lambda x, m, v: A.index_put(x, [m], v),
        (X, X[:, :, 0] > 0, torch.randn(1, 6)),
    ),
    "put": (lambda x, i, v: A.put(x, i, v), (X, torch.tensor([[3, -1]]), torch.tensor([[1.0, 2.0]]))),
    "put_add": (lambda x, i, v: A.put(x, i, v, True), (X, torch.tensor([3, 3]), torch.tensor([1.0, 2.0]))),
    "embedding_backward": (
        lambda g, i: A.embedding_dense_backward(g, i, 7, -1, False),
        (torch.randn(2, 4, 3), torch.randint(0, 7, (2, 4))),
    ),
    "embedding_backward_padding": (
        lambda g, i: A.embedding_dense_backward(g, i, 7, 2, False),
        (torch.randn(2, 4, 3), torch.randint(0, 7, (2, 4))),
    ),
    "embedding_backward_half": (
        lambda g, i: A.embedding_dense_backward(g, i, 7, 2, False),
        (torch.randn(4, 3).bfloat16(), torch.tensor([1, 2, 6, 0])),
    ),
    "slice_scatter": (lambda x, s: A.slice_scatter(x, s, 1, 1, 4), (X, torch.randn(4, 3, 6))),
    "slice_scatter_step": (lambda x, s: A.slice_scatter(x, s, 2, 1, 100, 2), (X, torch.randn(4, 5, 3))),
    "slice_scatter_negative": (lambda x, s: A.slice_scatter(x, s, 0, -2), (X, torch.randn(2, 5, 6))),
    "slice_scatter_empty": (lambda x, s: A.slice_scatter(x, s, 0, 3, 1), (X, torch.randn(0, 5, 6))),
    "slice_scatter_overlap": (lambda x: A.slice_scatter(x, A.slice(x, 0, 0, 2), 0, 1, 3), (X,)),
    "slice_scatter_permuted": (
        lambda x, s: A.slice_scatter(A.permute(x, [2, 0, 1]), s, 0, 2, 4),
        (X, torch.randn(2, 4, 5)),
    ),
    "select_scatter": (lambda x, s: A.select_scatter(x, s, 1, -2), (X, torch.randn(4, 6))),
    "diagonal_scatter": (lambda x, s: A.diagonal_scatter(x, s, 1, 0, 2), (X, torch.randn(5, 4))),
    "as_strided_scatter": (lambda x, s: A.as_strided_scatter(x, s, [2, 3], [7, 2]), (X, torch.randn(2, 3))),
    "slice_backward": (lambda g: A.slice_backward(g, [4, 9], 1, 1, 9, 3), (torch.randn(4, 3),)),
    "select_backward": (lambda g: A.select_backward(g, [4, 5, 3], 1, -2), (torch.randn(4, 3),)),
    "diagonal_backward": (lambda g: A.diagonal_backward(g, [4, 5], 1, 0, 1), (torch.randn(4),)),
    "unfold_backward": (lambda g: A.unfold_backward(g, [4, 9], 1, 3, 2), (torch.randn(4, 4, 3),)),
    "unfold_backward_apart": (lambda g: A.unfold_backward(g, [4, 9], 1, 2, 3), (torch.randn(4, 3, 2),)),
}


def reducing(op, reduce, own):
    return lambda x, i, s: op(x, 0, i, s, reduce, include_self=own)


for name, op, index, sizes in (
    ("scatter_reduce", A.scatter_reduce.two, I45, (3, 5, 6)),
    ("index_reduce", A.index_reduce, ROWS, (4, 5, 6)),
):
    for reduce in ("sum", "prod", "amax", "amin", "mean"):
        for own in (True, False):
            if (name, reduce) == ("index_reduce", "sum"):
                continue
            for dtype in (torch.float32, torch.int64, torch.uint8, torch.int16):
                if reduce == "prod" and dtype != torch.float32:
                    continue
                scale = 1 if dtype == torch.float32 else 10
                sign = 1 if dtype == torch.uint8 else -1
                args = (sign * (X * scale).abs().to(dtype), index, sign * (torch.randn(sizes) * scale).abs().to(dtype))
                WRITES[f"{name}_{reduce}_{own}_{dtype}"] = (reducing(op, reduce, own), args)
for dtype in (torch.bool, torch.uint8, torch.int16):
    WRITES[f"scatter_add_{dtype}"] = (
        lambda x, i, s: A.scatter_add(x, 0, i, s),
        ((X > 0).to(dtype), I45, (SRC > 0).to(dtype)),
    )


@pytest.mark.parametrize("name", WRITES)
def test_writes(name):
    fn, args = WRITES[name]
    half = any(a.dtype in (torch.bfloat16, torch.float16) for a in args)
    lowered = check(fn, *args, **({"rtol": 1e-2, "atol": 1e-2} if half else {}))
    assert lowered.externs == []


SORTED = torch.tensor([-1.0, 0.0, 0.0, 2.0, 5.0])
SOUGHT = torch.tensor([[-3.0, -1.0, 0.0], [1.0, 5.0, 9.0], [2.0, float("nan"), float("inf")]])


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("int32", [True, False])
def test_binary_search(right, int32):
    def bucketize(x, b):
        return A.bucketize.Tensor(x, b, out_int32=int32, right=right)

    assert check(bucketize, SOUGHT, SORTED).externs == []
    assert check(bucketize, SOUGHT, SORTED[:0]).externs == []
    assert check(bucketize, torch.tensor([3, -1]), torch.arange(4)).externs == []
    rows = torch.randn(3, 9).sort().values
    fn = lambda s, x: A.searchsorted.Tensor(s, x, right=right)  # noqa: E731
    assert check(fn, rows, SOUGHT).externs == []
    assert check(fn, SORTED, SOUGHT).externs == []


def raises(fn, *args):
    lowered = lower(fn, *args)
    assert lowered.externs == []
    with pytest.raises(IndexError):
        run(lowered, args)


def test_out_of_bounds_indices_raise():
    raises(lambda x, i: A.gather(x, 0, i), X, torch.full((1, 1, 1), 4))
    raises(lambda x, i: A.gather(x, 0, i), X, torch.full((1, 1, 1), -1))
    raises(lambda x, i: A.index_select(x, 1, i), X, torch.tensor([5]))
    raises(lambda x, i: A.embedding(x, i), X[0], torch.tensor([5]))
    raises(lambda x, i: A.index(x, [i]), X, torch.tensor([-5]))
    raises(lambda x, i: A.take(x, i), X, torch.tensor([120]))
    raises(lambda x, i, s: A.scatter_add(x, 0, i, s), X, torch.full((1, 1, 1), 4), X)
    raises(lambda x, i, v: A.index_put(x, [i], v), X, torch.tensor([4]), torch.tensor(1.0))
    raises(lambda x, i, v: A.index_add(x, 0, i, v), X, torch.tensor([4]), X[:1])


def test_what_calls_eager():
    assert lower(lambda x, i: A.index(x, [None, i]), X[:, :0], torch.zeros(0, dtype=torch.int64)).externs
    masked = lower(lambda x, m, v: A.index_put(x, [m], v), X, X > 0, torch.ones(int((X > 0).sum())))
    assert masked.reasons == ["mask as an index"]


SYMBOLIC = {
    "embedding": lambda x, i: A.embedding(x, i),
    "index": lambda x, i: A.index(x, [i, i]),
    "index_add": lambda x, i: A.index_add(x, 0, i, A.expand(A.slice(x, 0, 0, 1), [i.shape[0], 5])),
    "index_put": lambda x, i: A.index_put(x, [i], A.full([i.shape[0], 5], 2.0)),
    "slice_scatter": lambda x, i: A.slice_scatter(x, A.neg(A.slice(x, 0, 1)), 0, 1),
    "slice_scatter_tail": lambda x, i: A.slice_scatter(x, A.neg(A.slice(x, 0, -1)), 0, -1),
    "select_scatter": lambda x, i: A.select_scatter(x, A.select(x, 0, 0), 0, -1),
}


@pytest.mark.parametrize("name", SYMBOLIC)
def test_symbolic_sizes(name):
    args = (torch.randn(6, 5), torch.tensor([0, 3, 2, 2]))
    lowered = check(SYMBOLIC[name], *args, dynamic=True, reparse=True)
    assert set(lowered.externs) <= {"aten.sym_size.int"}
