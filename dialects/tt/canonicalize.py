"""Canonicalisation patterns of `tt`. All are exact: no float identity is used."""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IntegerAttr,
    TensorType,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from fxopt.dialects.tt.attrs import shape_of
from fxopt.dialects.tt.ops_memory import AddPtrOp, LoadOp, StoreOp
from fxopt.dialects.tt.ops_shape import BroadcastOp, ExpandDimsOp, ReshapeOp, SplatOp, TransOp


def constant_value(value: SSAValue) -> int | float | None:
    """The number that every element of `value` has, when it is a constant or a splat of one."""
    owner = value.owner
    if isinstance(owner, SplatOp):
        return constant_value(owner.src)
    if not isinstance(owner, arith.ConstantOp):
        return None
    attr: Attribute = owner.value
    if isinstance(attr, IntegerAttr | FloatAttr):
        return attr.value.data
    if isinstance(attr, DenseIntOrFPElementsAttr) and attr.is_splat():
        return attr.get_values()[0]
    return None


class FoldAddPtrZero(RewritePattern):
    # p + 0 -> p
    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: AddPtrOp, rewriter: PatternRewriter) -> None:
        if constant_value(op.offset) == 0:
            rewriter.replace_op(op, [], [op.ptr])


class FoldLoadConstantMask(RewritePattern):
    # load(p, true, o) -> load(p);  load(p, false, o) -> o
    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: LoadOp, rewriter: PatternRewriter) -> None:
        if op.mask is None or (mask := constant_value(op.mask)) is None:
            return
        if mask:
            properties = {k: v for k, v in op.properties.items() if k != "operandSegmentSizes"}
            load = LoadOp(op.ptr)
            load.properties |= properties
            rewriter.replace_op(op, load)
        elif op.other is not None and op.is_volatile is None:
            rewriter.replace_op(op, [], [op.other])


class FoldStoreConstantMask(RewritePattern):
    # store(p, v, true) -> store(p, v);  store(p, v, false) -> nothing
    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: StoreOp, rewriter: PatternRewriter) -> None:
        if op.mask is None or (mask := constant_value(op.mask)) is None:
            return
        if not mask:
            rewriter.erase_op(op)
            return
        store = StoreOp(op.ptr, op.value)
        store.properties |= op.properties
        rewriter.replace_op(op, store, [])


class FoldSameTypeShapeOp(RewritePattern):
    # broadcast and reshape to the shape that the source has -> the source
    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: BroadcastOp | ReshapeOp, rewriter: PatternRewriter) -> None:
        if op.src.type == op.result.type and not (isinstance(op, ReshapeOp) and op.allow_reorder):
            rewriter.replace_op(op, [], [op.src])


class FoldBroadcastOfSplat(RewritePattern):
    # broadcast(splat x) -> splat x
    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: BroadcastOp, rewriter: PatternRewriter) -> None:
        if isinstance(splat := op.src.owner, SplatOp):
            rewriter.replace_op(op, SplatOp(splat.src, shape_of(op.result.type)))


class FoldExpandDimsOfSplat(RewritePattern):
    # expand_dims(splat x) -> splat x
    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ExpandDimsOp, rewriter: PatternRewriter) -> None:
        if isinstance(splat := op.src.owner, SplatOp):
            rewriter.replace_op(op, SplatOp(splat.src, shape_of(op.result.type)))


class FoldReshapeOfReshape(RewritePattern):
    # reshape(reshape x) -> reshape x, where neither may reorder
    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ReshapeOp, rewriter: PatternRewriter) -> None:
        inner = op.src.owner
        if not isinstance(inner, ReshapeOp) or inner.allow_reorder or op.allow_reorder:
            return
        rewriter.replace_op(op, ReshapeOp(inner.src, shape_of(op.result.type)))


class FoldIdentityTrans(RewritePattern):
    # trans x in order [0, 1, ...] -> x
    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: TransOp, rewriter: PatternRewriter) -> None:
        order = op.order.get_values()
        if list(order) == list(range(len(order))):
            rewriter.replace_op(op, [], [op.src])


class FoldTransOfTrans(RewritePattern):
    # trans(trans x, p), q -> trans x, [p[i] for i in q]
    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: TransOp, rewriter: PatternRewriter) -> None:
        inner = op.src.owner
        if not isinstance(inner, TransOp):
            return
        first = inner.order.get_values()
        trans = TransOp(inner.src, [int(first[int(i)]) for i in op.order.get_values()])
        rewriter.replace_op(op, trans)


class FoldSplatOfConstant(RewritePattern):
    # splat(constant c) -> constant dense<c>
    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: SplatOp, rewriter: PatternRewriter) -> None:
        constant = op.src.owner
        if not isinstance(constant, arith.ConstantOp):
            return
        value = constant.value
        if not isinstance(value, IntegerAttr | FloatAttr):
            return
        assert isinstance(op.result.type, TensorType)
        dense = DenseIntOrFPElementsAttr.from_list(op.result.type, [value.value.data])
        rewriter.replace_op(op, arith.ConstantOp(dense))
