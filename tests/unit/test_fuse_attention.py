"""`aten-fuse-attention` on torch's own decompositions: the calls that come out, their values, types and layouts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch.fx.experimental.proxy_tensor import make_fx
from torch.nn.attention import SDPBackend, sdpa_kernel
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.func import FuncOp

from fxopt.dialects.registry import make_context
from fxopt.ir.fx_args import Ref, Special
from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.pipeline import PassManager, parse_pass_pipeline
from fxopt.ir.python_names import lookup_name
from fxopt.ir.types import DTYPES, TensorType, TupleType
from fxopt.lowering.import_fx import import_aten
from fxopt.lowering.pass_registry import get_all_passes
from fxopt.lowering.pipelines import NAMED_PIPELINES

FLASH = "aten._scaled_dot_product_flash_attention.default"
EFFICIENT = "aten._scaled_dot_product_efficient_attention.default"
FUSED = (FLASH, EFFICIENT)


def fused(function: Callable[..., Any], *inputs: torch.Tensor, device: str = "cuda:0") -> ModuleOp:
    """The module of torch's decomposition after the default passes, compiled for a device."""
    with sdpa_kernel(SDPBackend.MATH), torch.no_grad():
        module = import_aten(make_fx(function)(*inputs)).module
    run(module, f'aten-set-device{{device="{device}"}},aten-pipeline')
    module.verify()
    return module


def run(module: ModuleOp, pipeline: str) -> None:
    PassManager(parse_pass_pipeline(pipeline, get_all_passes(), NAMED_PIPELINES)).run(make_context(), module)


def calls(module: ModuleOp) -> list[FxCallOp]:
    return [op for op in module.walk() if isinstance(op, FxCallOp) and op.name in FUSED]


def names(module: ModuleOp) -> list[str]:
    return [op.name for op in module.walk() if isinstance(op, FxCallOp)]


def reference(op: FxCallOp, operands: list[Any]) -> tuple[torch.Tensor]:
    """What the fused kernel computes, by torch on the CPU in f64; its result has the declared layout."""
    query, key, value, bias = (*operands, None)[:4]
    expanded = bias.double() if bias is not None else None
    result = F.scaled_dot_product_attention(
        query.double(),
        key.double(),
        value.double(),
        attn_mask=expanded,
        is_causal=op.arg("is_causal"),
        scale=op.arg("scale"),
    )
    assert isinstance(op.results[0].type, TupleType)
    type_: Any = op.results[0].type.data[0]
    out = torch.empty_strided(type_.sizes, type_.strides, dtype=query.dtype)
    return (out.copy_(result),)


def interpret(module: ModuleOp, *inputs: torch.Tensor) -> torch.Tensor:
    """Runs the graph on the CPU; every tensor must have the sizes and strides that its type says."""
    func = module.body.block.first_op
    assert isinstance(func, FuncOp)
    block = func.body.block
    values: dict[Any, Any] = dict(zip(block.args, inputs, strict=True))

    def argument(value: Any, operands: list[Any]) -> Any:
        if isinstance(value, Ref):
            return operands[value.index]
        if isinstance(value, Special):
            return torch.device("cpu") if value.kind == "device" else getattr(torch, value.args[0])
        return [argument(item, operands) for item in value] if isinstance(value, tuple) else value

    for op in block.ops:
        assert isinstance(op, FxCallOp)
        operands = [values[operand] for operand in op.operands]
        if op.name == "fx.return":
            return operands[0]
        if op.name == "fx.getitem":
            values[op.results[0]] = operands[0][op.template.args[1]]
        elif op.name in FUSED:
            values[op.results[0]] = reference(op, operands)
        else:
            args = [argument(value, operands) for value in op.template.args]
            keywords = {key: argument(value, operands) for key, value in op.template.kwargs}
            values[op.results[0]] = lookup_name(f"torch.ops.{op.name}")(*args, **keywords)
        type_ = op.results[0].type
        if isinstance(type_, TensorType):
            result = values[op.results[0]]
            assert (tuple(result.shape), result.stride()) == (type_.sizes, type_.strides), op.name
            assert result.dtype == getattr(torch, DTYPES[type_.dtype].torch_name)
    raise AssertionError("no fx.return")


def heads(batch: int, count: int, rows: int, width: int, dtype: torch.dtype) -> torch.Tensor:
    return torch.randn(batch, rows, count, width).to(dtype).transpose(1, 2)


def all_true(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    positions = torch.arange(q.shape[2])
    mask = (positions[None, None, :, None] >= 0).expand(q.shape[0], -1, -1, k.shape[2])
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


def from_positions(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    rows, columns = torch.arange(q.shape[2]), torch.arange(k.shape[2])
    mask = (columns[None, :] <= rows[:, None]) & torch.ones((), dtype=torch.bool)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask.expand(q.shape[0], 1, -1, -1))


def merged(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    out = F.scaled_dot_product_attention(q, k, v)
    return out.transpose(1, 2).reshape(q.shape[0], q.shape[2], -1)


def by_hand(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    scores = torch.matmul(q, k.transpose(2, 3)) * (1 / math.sqrt(q.shape[-1]))
    return torch.matmul(torch.softmax(scores, -1, dtype=torch.float32).to(q.dtype), v)


def grouped(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    def repeat(x: torch.Tensor) -> torch.Tensor:
        half = x[:, ::2]
        batch, count, rows, width = half.shape
        return half[:, :, None].expand(batch, count, 2, rows, width).reshape(batch, 2 * count, rows, width)

    return F.scaled_dot_product_attention(q, repeat(k), repeat(v))


SDPA = F.scaled_dot_product_attention
CASES = {
    "plain": (SDPA, False),
    "scaled": (lambda q, k, v: SDPA(q, k, v, scale=0.3), False),
    "causal": (lambda q, k, v: SDPA(q, k, v, is_causal=True), True),
    "all true": (all_true, False),
    "from positions": (from_positions, True),
    "merged": (merged, False),
    "by hand": (by_hand, False),
    "grouped": (grouped, False),
}


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32], ids=str)
@pytest.mark.parametrize("name", CASES)
def test_without_a_bias(name: str, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    function, is_causal = CASES[name]
    inputs = [heads(2, 4, 24, 16, dtype) for _ in range(3)]
    module = fused(function, *inputs)
    (call,) = calls(module)
    assert call.name == (EFFICIENT if dtype == torch.float32 else FLASH)
    assert call.arg("is_causal") is is_causal
    assert not {"aten.bmm.default", "aten.add.Tensor", "aten._to_copy.default"}.intersection(names(module))
    exact = function(*(x.double() for x in inputs))
    torch.testing.assert_close(interpret(module, *inputs).double(), exact, **tolerance(dtype))


@pytest.mark.parametrize(("count", "rows"), [(4, 1), (1, 24), (1, 1)])
def test_heads_are_merged_without_a_copy(count: int, rows: int) -> None:
    q = heads(2, count, rows, 16, torch.bfloat16)
    k = heads(2, count, 24, 16, torch.bfloat16)
    module = fused(merged, q, k, k)
    assert len(calls(module)) == 1
    assert "aten.clone.default" not in names(module)
    torch.testing.assert_close(interpret(module, q, k, k), merged(q, k, k), **tolerance(torch.bfloat16))


def tolerance(dtype: torch.dtype) -> dict[str, float]:
    eps = torch.finfo(dtype).eps
    return {"rtol": 4 * eps, "atol": 4 * eps}


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32], ids=str)
@pytest.mark.parametrize("columns", [32, 21])
@pytest.mark.parametrize("shape", ["full", "rows", "matrix", "bool"])
def test_with_a_bias(shape: str, columns: int, dtype: torch.dtype) -> None:
    """Rows of a bias are padded to 16 elements; a bool mask with a row of False gives zeros."""
    torch.manual_seed(0)
    q, k, v = heads(2, 4, 24, 16, dtype), heads(2, 4, columns, 16, dtype), heads(2, 4, columns, 16, dtype)
    sizes = {"full": (2, 4, 24, columns), "rows": (2, 1, 1, columns), "matrix": (24, columns)}.get(shape)
    bias = torch.randn(sizes).to(dtype) if sizes else torch.rand(2, 1, 24, columns) < 0.7
    if not sizes:
        bias[0, 0, 3] = False
    module = fused(SDPA, q, k, v, bias)
    (call,) = calls(module)
    assert call.name == EFFICIENT
    assert "aten.bmm.default" not in names(module)
    assert ("aten.constant_pad_nd.default" in names(module)) == (columns == 21)
    mask = bias.double() if sizes else bias
    exact = SDPA(q.double(), k.double(), v.double(), attn_mask=mask)
    torch.testing.assert_close(interpret(module, q, k, v, bias).double(), exact, **tolerance(dtype))


def test_a_bias_is_prepared_once() -> None:
    mask = torch.rand(2, 1, 24, 21) < 0.7

    def layers(q: torch.Tensor, k: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return SDPA(SDPA(q, k, k, attn_mask=mask), k, k, attn_mask=mask)

    q, k = heads(2, 4, 24, 16, torch.bfloat16), heads(2, 4, 21, 16, torch.bfloat16)
    module = fused(layers, q, k, mask)
    assert len(calls(module)) == 2
    assert [names(module).count(f"aten.{op}") for op in ("where.self", "constant_pad_nd.default")] == [1, 1]


def probabilities_too(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    weights = torch.softmax(q @ k.mT * 0.25, -1)
    return weights @ v, weights


def dropped(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return F.dropout(torch.softmax(q @ k.mT * 0.25, -1), 0.5) @ v


LEFT_ALONE = {
    "probabilities are returned": (probabilities_too, 16),
    "dropout": (dropped, 16),
    "odd width": (SDPA, 12),
    "factor below zero": (lambda q, k, v: torch.softmax(q @ k.mT * -0.25, -1) @ v, 16),
    "scale of scores and bias": (lambda q, k, v: torch.softmax((q @ k.mT + q.sum()) * 0.5, -1) @ v, 16),
    "softmax over rows": (lambda q, k, v: torch.softmax(q @ k.mT * 0.25, -2) @ v, 16),
}


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_left_alone(name: str) -> None:
    function, width = LEFT_ALONE[name]
    inputs = [heads(2, 4, 24, width, torch.bfloat16) for _ in range(3)]
    assert not calls(fused(function, *inputs))


def test_left_alone_on_the_cpu() -> None:
    assert not calls(fused(SDPA, *(heads(2, 4, 24, 16, torch.bfloat16) for _ in range(3)), device="cpu"))


def test_a_row_of_minus_infinity_stays_nan() -> None:
    """Fused kernels give zeros for it, as `_safe_softmax` does; a plain softmax gives NaN."""

    def plain(q: torch.Tensor, k: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return torch.softmax((q @ k.mT).masked_fill(mask, -math.inf), -1) @ k

    def added(q: torch.Tensor, k: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        return torch.softmax(q @ k.mT + bias, -1) @ k

    x = heads(2, 4, 24, 16, torch.bfloat16)
    assert not calls(fused(plain, x, x, torch.rand(24, 24) < 0.5))
    assert not calls(fused(added, x, x, torch.zeros(24, 24, dtype=torch.bfloat16)))


@pytest.mark.parametrize("width", [64, 256, 264])
def test_flash_attention_has_a_greatest_width(width: int) -> None:
    (call,) = calls(fused(SDPA, *(heads(1, 1, 2, width, torch.float16) for _ in range(3))))
    assert call.name == (FLASH if width <= 256 else EFFICIENT)


@pytest.mark.parametrize("layout", ["heads", "contiguous", "packed", "one row"])
def test_types_are_those_of_torch(layout: str) -> None:
    """The types of the calls are what torch's meta functions give for the same arguments."""
    if layout == "packed":
        q, k, v = (x.unflatten(2, (4, 16)).transpose(1, 2) for x in torch.randn(2, 24, 192).half().split(64, 2))
    else:
        q, k, v = (heads(2, 4, 1 if layout == "one row" else 24, 16, torch.float16) for _ in range(3))
        if layout == "contiguous":
            q = q.contiguous()
    for capability in (90, 75):
        with sdpa_kernel(SDPBackend.MATH):
            module = import_aten(make_fx(SDPA)(q, k, v)).module
        run(module, "aten-set-device,aten-canonicalize")
        run(module, f"aten-fuse-attention{{capability={capability}}}")
        (call,) = calls(module)
        assert call.name == (FLASH if capability == 90 else EFFICIENT)
        expected = traced_call(call.name, q, k, v)
        run(module, 'aten-set-device{device="meta"}')
        assert str(call.results[0].type) == str(expected.results[0].type)


def traced_call(name: str, *inputs: torch.Tensor) -> FxCallOp:
    """The call as the importer makes it from a trace on torch's meta device."""
    extra = (0.0, False, False) if name == FLASH else (None, False, 0.0, False)
    function = lookup_name(f"torch.ops.{name}")
    on_meta = [torch.empty_strided(x.shape, x.stride(), dtype=x.dtype, device="meta") for x in inputs]
    traced = import_aten(make_fx(lambda q, k, v: function(q, k, v, *extra, scale=0.25)[0])(*on_meta)).module
    (call,) = calls(traced)
    return call
