"""PyTorch's own operator database through `convert-aten-to-loop` and the interpreter, against eager."""

from __future__ import annotations

import warnings

import pytest
import torch
from loop_harness import check
from torch.utils._pytree import tree_flatten, tree_unflatten

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_methods_invocations import op_db

NUM_SHARDS = 16

# Operators whose results eager does not determine, or that cannot be traced; by a part of the name.
SKIPPED = {
    "undetermined": """empty randn rand_ randint normal uniform bernoulli multinomial dropout cauchy exponential
        geometric rrelu lowrank fractional_max_pool log_normal""",
    "reads values while it is traced": """equal allclose cov corrcoef one_hot tensor_split lstsq ctc_loss to_sparse
        item nonzero masked_select argwhere unique __getitem__ bincount repeat_interleave combinations gaussian_nll""",
    "needs a GPU": "jiterator",
    "complex results": "fft chalf stft complex polar conj",
    "eager's strides are not what it promises": "max_unpool",
    "reads storage outside of its argument": "as_strided",
    "mutates": "resize_",
    "draws its dropout": "scaled_dot_product_attention multi_head_attention",
}
SKIPPED_PARTS = [part for parts in SKIPPED.values() for part in parts.split()]
OPS = [op for op in op_db if not any(part in op.name for part in SKIPPED_PARTS)]


def lowered_call(op, sample):
    """The call of a sample as a function of its tensors, and these."""
    flat, spec = tree_flatten((sample.input, sample.args, sample.kwargs))
    places = [i for i, value in enumerate(flat) if isinstance(value, torch.Tensor)]

    def fn(*tensors):
        values = list(flat)
        for place, tensor in zip(places, tensors, strict=True):
            values[place] = tensor
        first, args, kwargs = tree_unflatten(values, spec)
        return tuple(x for x in tree_flatten(op.op(first, *args, **kwargs))[0] if isinstance(x, torch.Tensor))

    return fn, [flat[i] for i in places]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("shard", range(NUM_SHARDS))
def test_operators(shard):
    torch.manual_seed(shard)
    failures = []
    for op in OPS[shard::NUM_SHARDS]:
        dtype = next((d for d in (torch.float32, torch.int64) if d in op.dtypes), None)
        if dtype is None:
            continue
        samples = list(op.sample_inputs("cpu", dtype, requires_grad=False))
        fn, tensors = lowered_call(op, samples[len(samples) // 2])
        if any(tensor.layout != torch.strided for tensor in tensors):
            continue
        try:
            check(fn, *tensors, rtol=1e-4, atol=1e-4)
        except Exception as error:
            failures.append(f"{op.name} {op.variant_test_name}: {type(error).__name__}: {str(error)[:300]}")
    assert not failures, "\n".join(failures)
