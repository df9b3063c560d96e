"""`aten-fuse-attention`: attention that is written out, on a GPU, becomes one call of torch's fused kernels.

Before (device and layouts left out):
```
%0 = aten._to_copy.default(%q, dtype=torch.float32) : !aten.tensor<[2, 4, 16, 8], f32>
%1 = aten.mul.Scalar(%0, 0.5) : !aten.tensor<[2, 4, 16, 8], f32>
...
%5 = aten.bmm.default(%3, %4) : !aten.tensor<[8, 16, 16], f32>
%6 = aten.view.default(%5, [2, 4, 16, 16]) : !aten.tensor<[2, 4, 16, 16], f32>
%7 = aten.add.Tensor(%6, %bias) : !aten.tensor<[2, 4, 16, 16], f32>
%8 = aten._safe_softmax.default(%7, -1) : !aten.tensor<[2, 4, 16, 16], f32>
...
%12 = aten._to_copy.default(%11, dtype=torch.bfloat16) : !aten.tensor<[2, 4, 16, 8], bf16>
```
After:
```
%7 = aten.expand.default(%bias, [2, 4, 16, 16]) : !aten.tensor<[2, 4, 16, 16], bf16>
%8 = aten._scaled_dot_product_efficient_attention.default(%q, %k, %v, %7, False, 0.0, False, scale=0.25) : ...
%12 = fx.getitem(%8, 0) : !aten.tensor<[2, 4, 16, 8], bf16>
```
torch decomposes `scaled_dot_product_attention` when a kernel does not take the mask as it is, for one that is expanded.
FlashAttention is called where nothing or the future is masked, memory-efficient attention otherwise and for f32. Both
compute scores and softmax in f32. Left alone: what torch's own checks would refuse (`sdp_utils.cpp`), intermediate
results that are used elsewhere (training saves the probabilities), and the CPU, where loops are fused instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, OpResult, SSAValue
from xdsl.passes import ModulePass

from fxopt.dialects.aten.attention_masks import BIAS, CAUSAL, MaskFacts, converts_exactly, is_finite
from fxopt.dialects.aten.attention_match import Attention, Operand, match_attention, only_user
from fxopt.dialects.aten.canonicalize import make, tensor_type
from fxopt.dialects.aten.effects import StorageFacts, erase_dead_ops, graph_blocks, storage_root
from fxopt.dialects.aten.ops import AtenOp
from fxopt.dialects.fx.ops import GetItemOp
from fxopt.ir.fx_args import Special
from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import IntExpr
from fxopt.ir.types import DTYPES, AnyType, TensorType, TupleType, contiguous_strides

_FLASH, _EFFICIENT = "_scaled_dot_product_flash_attention.default", "_scaled_dot_product_efficient_attention.default"
_FLASH_DTYPES, _EFFICIENT_DTYPES = ("f16", "bf16"), ("f16", "bf16", "f32")
_FLASH_MAX_WIDTH = 256
_FLASH_MIN_CAPABILITY = 80
_CONTIGUOUS = Special("torch", ("contiguous_format",))
_BIAS_ALIGNMENT = 16
"""Elements; rows of the bias begin at multiples of it, as torch makes them."""


def _is_multiple(number: IntExpr, of: int) -> bool:
    return number % of == 0


def _types_fit(match: Attention) -> bool:
    """What both kernels need: one GPU, one batch, rows that are aligned, no empty dim."""
    query, key, value = (operand.type for operand in (match.query, match.key, match.value))
    if not query.device.startswith("cuda") or any(type_.device != query.device for type_ in (key, value)):
        return False
    batch, heads, rows, columns = match.scores
    if query.sizes[:3] != (batch, heads, rows) or key.sizes != (batch, heads, columns, query.sizes[3]):
        return False
    if value.sizes[:3] != (batch, heads, columns) or match.dtype not in _EFFICIENT_DTYPES:
        return False
    alignment = 16 // DTYPES[match.dtype].size_bytes
    for type_ in (query, key, value):
        if 0 in type_.sizes or not _is_multiple(type_.sizes[3], alignment):
            return False
        pairs = zip(type_.sizes[:3], type_.strides[:3], strict=True)
        if not all(size == 1 or _is_multiple(stride, alignment) for size, stride in pairs):
            return False
    return True


def _dense_like(type_: TensorType) -> tuple[IntExpr, ...] | None:
    """The strides of `torch.empty_like`: those of a dense tensor, else dense ones in the same order of dims."""
    _, heads, rows, width = type_.sizes
    usual = ((rows * heads * width, width, heads * width, 1), contiguous_strides(type_.sizes))
    if type_.is_contiguous():
        return usual[1]
    if type_.strides == usual[0]:
        return type_.strides
    sizes, strides = ([n for n in numbers if isinstance(n, int)] for numbers in (type_.sizes, type_.strides))
    if len(sizes) < 4 or len(strides) < 4:
        return None
    order = sorted((d for d in range(4) if sizes[d] > 1), key=lambda d: strides[d])
    if len({strides[d] for d in order} - {0}) < len(order):
        return None  # elements that overlap
    dense, step = dict.fromkeys(range(4), 1), 1
    for d in order:
        dense[d], step = step, step * sizes[d]
    if all(strides[d] == dense[d] for d in order):
        return type_.strides
    for candidate in usual:
        if all(candidate[d] == dense[d] for d in order):
            return candidate
    return tuple(dense[d] for d in range(4))


class _Fuser:
    """Rewrites the attentions of one block."""

    def __init__(self, block: Block, options: AtenFuseAttentionPass) -> None:
        self.block = block
        self.options = options
        self.facts = StorageFacts(block)
        self.masks = MaskFacts(options.max_mask_elems, self.facts.written)
        self.biases: dict[Any, SSAValue] = {}

    def run(self) -> bool:
        products = [op for op in self.block.ops if isinstance(op, AtenOp) and op.OVERLOAD == "bmm.default"]
        count = 0
        for product in products:
            match = match_attention(product)
            if match is not None and _types_fit(match) and not self._is_written(match):
                count += self._fuse(match)
        return count > 0

    def _is_written(self, match: Attention) -> bool:
        values = [match.query.value, match.key.value, match.value.value, match.result]
        if match.bias is not None:
            values.append(match.bias)
        return any(storage_root(value) in self.facts.written for value in values)

    def _fuse(self, match: Attention) -> bool:
        old = tensor_type(match.result)
        if old is None or not old.is_contiguous():
            return False
        mask = self.masks.classify(match.bias, match.scores)
        if mask == BIAS:
            assert match.bias is not None
            if not (match.is_safe or is_finite(match.bias)) or not self._takes_bias(match, match.bias):
                return False
        flash = self._flash_strides(match, mask)
        before = match.result.owner
        assert isinstance(before, Operation)
        bias = self._bias(match, match.bias) if mask == BIAS and match.bias is not None else None
        operands = [self._operand(operand, before) for operand in (match.query, match.key, match.value)]
        if flash is not None:
            call = self._flash(match, operands, flash, mask == CAUSAL)
        else:
            call = self._efficient(match, operands, bias, mask == CAUSAL)
        self._insert(call, before)
        result = call.results[0].type
        assert isinstance(result, TupleType)
        self._replace(match.result, GetItemOp.call((call.results[0], 0), result.data[0]), old, before)
        return True

    def _insert(self, op: FxCallOp, before: Operation) -> SSAValue:
        op.location = before.location
        self.block.insert_op_before(op, before)
        return op.results[0]

    def _operand(self, operand: Operand, before: Operation) -> SSAValue:
        """The operand as [batch, heads, rows, width]: a view of what is there."""
        value, type_ = operand.value, operand.type
        if operand.is_transposed:
            sizes, strides = type_.sizes, type_.strides
            type_ = TensorType.of(
                (*sizes[:2], sizes[3], sizes[2]), type_.dtype, (*strides[:2], strides[3], strides[2]), type_.device
            )
        source = tensor_type(value)
        if source is not None and source.sizes != type_.sizes:
            value = self._insert(make("view.default", (value, type_.sizes), type_), before)
        if operand.is_transposed:
            value = self._insert(make("permute.default", (value, (0, 1, 3, 2)), operand.type), before)
        return value

    # ---- the calls ----

    def _flash_strides(self, match: Attention, mask: str) -> tuple[IntExpr, ...] | None:
        """The strides of FlashAttention's result, if it takes the operands."""
        width, (_, _, rows, columns) = match.query.type.sizes[3], match.scores
        if mask == BIAS or match.dtype not in _FLASH_DTYPES or self.options.capability < _FLASH_MIN_CAPABILITY:
            return None
        if not isinstance(width, int) or width > _FLASH_MAX_WIDTH or match.value.type.sizes[3] != width:
            return None
        # Where rows and columns differ, it aligns the triangle to the last column.
        return None if mask == CAUSAL and rows != columns else _dense_like(match.query.type)

    def _flash(
        self, match: Attention, operands: list[SSAValue], strides: tuple[IntExpr, ...], is_causal: bool
    ) -> FxCallOp:
        query, device = match.query.type, match.query.type.device
        count = AnyType("int")
        type_ = TupleType(
            (
                TensorType.of(query.sizes, match.dtype, strides, device),
                TensorType.of(query.sizes[:3], "f32", device=device),
                AnyType("NoneType"),
                AnyType("NoneType"),
                count,
                count,
                TensorType.of((2,), "u64", device="meta"),
                TensorType.of((), "u64", device="meta"),
                TensorType.of((0,), match.dtype, device=device),
            )
        )
        return make(_FLASH, (*operands, 0.0, is_causal, False), type_, scale=match.scale)

    def _efficient(
        self, match: Attention, operands: list[SSAValue], bias: SSAValue | None, is_causal: bool
    ) -> FxCallOp:
        (batch, heads, rows, _), device = match.scores, match.query.type.device
        width = match.value.type.sizes[3]
        strides = (rows * heads * width, width, heads * width, 1)
        number = TensorType.of((), "i64", device="meta")
        type_ = TupleType(
            (
                TensorType.of((batch, heads, rows, width), match.dtype, strides, device),
                TensorType.of((batch, heads, 0), "f32", device=device),
                number,
                number,
            )
        )
        return make(_EFFICIENT, (*operands, bias, False, 0.0, is_causal), type_, scale=match.scale)

    # ---- the bias ----

    def _takes_bias(self, match: Attention, bias: SSAValue) -> bool:
        type_ = tensor_type(bias)
        if type_ is None or not 0 < type_.rank <= 4 or type_.device != match.query.type.device:
            return False
        if not all(isinstance(size, int) for size in (*type_.sizes, *match.scores)):
            return False
        expected = match.scores[4 - type_.rank :]
        if type_.sizes[-1] != expected[-1] or not converts_exactly(bias, match.dtype):
            return False
        return all(size in (1, wanted) for size, wanted in zip(type_.sizes, expected, strict=True))

    def _bias(self, match: Attention, bias: SSAValue) -> SSAValue:
        """The bias in the kernel's dtype, its rows aligned, of the scores' shape; made once for all that share it."""
        key = (bias, match.dtype, match.scores)
        if key not in self.biases:
            self.biases[key] = self._make_bias(match, bias)
        return self.biases[key]

    def _make_bias(self, match: Attention, bias: SSAValue) -> SSAValue:
        position = bias.op.next_op if isinstance(bias, OpResult) else self.block.first_op
        assert position is not None
        value, type_ = bias, tensor_type(bias)
        assert type_ is not None
        device = type_.device
        if type_.dtype != match.dtype:
            type_ = TensorType.of(type_.sizes, match.dtype, device=device)
            dtype = Special("torch", (DTYPES[match.dtype].torch_name,))
            value = self._insert(
                make("_to_copy.default", (value,), type_, dtype=dtype, memory_format=_CONTIGUOUS), position
            )
        columns = type_.sizes[-1]
        assert isinstance(columns, int)
        if missing := -columns % _BIAS_ALIGNMENT:
            padded = TensorType.of((*type_.sizes[:-1], columns + missing), match.dtype, device=device)
            value = self._insert(make("constant_pad_nd.default", (value, (0, missing), 0.0), padded), position)
            type_ = TensorType.of(type_.sizes, match.dtype, padded.strides, device)
            value = self._insert(make("slice.Tensor", (value, type_.rank - 1, 0, columns), type_), position)
        elif type_.strides[-1] != 1 or not all(_is_multiple(stride, _BIAS_ALIGNMENT) for stride in type_.strides[:-1]):
            type_ = TensorType.of(type_.sizes, match.dtype, device=device)
            value = self._insert(make("clone.default", (value,), type_, memory_format=_CONTIGUOUS), position)
        if type_.sizes == match.scores:
            return value
        return self._insert(make("expand.default", (value, match.scores), _expanded(type_, match.scores)), position)

    # ---- the result ----

    def _replace(self, result: SSAValue, new: FxCallOp, old: TensorType, before: Operation) -> None:
        """Uses the new result, whose heads lie side by side, for the old one, which is contiguous."""
        type_ = new.results[0].type
        assert isinstance(type_, TensorType)
        value = self._insert(new, before)
        value.name_hint = result.name_hint
        if type_ == old:
            result.replace_all_uses_with(value)
            return
        copy, merged = _copy_of_merged_heads(result, type_)
        if copy is not None:
            if copy.results[0].type == merged:
                merge = make("permute.default", (value, (0, 2, 1, 3)), merged)
            else:  # one row or one head: the strides of dims of one element differ
                merge = make("view.default", (value, merged.sizes), copy.results[0].type)
            copy.results[0].replace_all_uses_with(self._insert(merge, before))
            return
        contiguous = TensorType.of(type_.sizes, type_.dtype, device=type_.device)
        value = self._insert(make("clone.default", (value,), contiguous, memory_format=_CONTIGUOUS), before)
        if old.sizes != contiguous.sizes:
            value = self._insert(make("view.default", (value, old.sizes), old), before)
        result.replace_all_uses_with(value)


def _expanded(type_: TensorType, sizes: tuple[IntExpr, ...]) -> TensorType:
    """The type of `expand`: dims that are repeated, or put in front, have a stride of 0 unless their size is 1."""
    strides: list[IntExpr] = []
    for d in reversed(range(len(sizes))):
        own = d - len(sizes) + type_.rank
        size, stride = (type_.sizes[own], type_.strides[own]) if own >= 0 else (1, sizes[d + 1] * strides[0])
        strides.insert(0, stride if size == sizes[d] else 0)
    return TensorType.of(sizes, type_.dtype, strides, type_.device)


def _is_same(copy: AtenOp, merged: TensorType, type_: TensorType) -> bool:
    """Whether the copy lies as `merged` does already."""
    if copy.results[0].type == merged:
        return True
    copied = tensor_type(copy.results[0])
    if copied is None or not all(isinstance(size, int) for size in merged.sizes):
        return False
    return copied.is_contiguous() and merged.is_contiguous() and type_.is_contiguous()


def _copy_of_merged_heads(result: SSAValue, type_: TensorType) -> tuple[AtenOp | None, TensorType]:
    """clone(permute(result, [0, 2, 1, 3])), if that is the only use, and `type_` makes the copy needless."""
    order = (0, 2, 1, 3)
    sizes, strides = ([part[d] for d in order] for part in (type_.sizes, type_.strides))
    merged = TensorType.of(sizes, type_.dtype, strides, type_.device)
    permute = only_user(result)
    if not isinstance(permute, AtenOp) or permute.OVERLOAD not in ("permute.default", "transpose.int"):
        return None, merged
    if permute.OVERLOAD == "permute.default":
        is_merge = permute.arg("dims") == order
    else:
        is_merge = {permute.arg("dim0"), permute.arg("dim1")} in ({1, 2}, {-3, -2}, {1, -2}, {-3, 2})
    copy = only_user(permute.results[0])
    is_copy = isinstance(copy, AtenOp) and copy.OVERLOAD == "clone.default" and _is_same(copy, merged, type_)
    return (copy if is_merge and is_copy and isinstance(copy, AtenOp) else None), merged


@dataclass(frozen=True)
class AtenFuseAttentionPass(ModulePass):
    """Calls a fused kernel for attention that is written out, on a GPU."""

    name = "aten-fuse-attention"

    capability: int = 90
    """Compute capability of the GPU: below 80 there is no FlashAttention."""
    max_mask_elems: int = 1 << 22
    """Masks that are constant are recognised up to this size."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for block in graph_blocks(op):
            if _Fuser(block, self).run():
                erase_dead_ops(block)
