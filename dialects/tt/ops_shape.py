"""Shape: splat, broadcast, expand_dims, reshape, trans, cat, join, split, unsplat."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, TensorType, UnitAttr, i32
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.pattern_rewriter import RewritePattern
from xdsl.traits import HasCanonicalizationPatternsTrait, NoMemoryEffect, Pure
from xdsl.utils.exceptions import VerifyException

from fxopt.dialects.tt.attrs import (
    ANY_LIKE,
    TENSOR,
    DerivedType,
    PowerOfTwoBlocks,
    element_type_of,
    is_block,
    shape_of,
    type_var,
    with_element,
)

Value = SSAValue | Operation


class BroadcastCanonicalization(HasCanonicalizationPatternsTrait):
    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        from fxopt.dialects.tt.canonicalize import FoldBroadcastOfSplat, FoldSameTypeShapeOp

        return (FoldSameTypeShapeOp(), FoldBroadcastOfSplat())


class ExpandDimsCanonicalization(HasCanonicalizationPatternsTrait):
    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        from fxopt.dialects.tt.canonicalize import FoldExpandDimsOfSplat

        return (FoldExpandDimsOfSplat(),)


class ReshapeCanonicalization(HasCanonicalizationPatternsTrait):
    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        from fxopt.dialects.tt.canonicalize import FoldReshapeOfReshape, FoldSameTypeShapeOp

        return (FoldSameTypeShapeOp(), FoldReshapeOfReshape())


class TransCanonicalization(HasCanonicalizationPatternsTrait):
    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        from fxopt.dialects.tt.canonicalize import FoldIdentityTrans, FoldTransOfTrans

        return (FoldIdentityTrans(), FoldTransOfTrans())


class SplatCanonicalization(HasCanonicalizationPatternsTrait):
    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        from fxopt.dialects.tt.canonicalize import FoldSplatOfConstant

        return (FoldSplatOfConstant(),)


def _same_element(op: IRDLOperation, source: Attribute, result: Attribute) -> None:
    if element_type_of(source) != element_type_of(result):
        raise VerifyException(
            f"{op.name}: element types differ: {element_type_of(source)} and {element_type_of(result)}"
        )


@irdl_op_definition
class SplatOp(IRDLOperation):
    """A tensor of copies of a scalar: `f32 -> tensor<...xf32>`."""

    name = "tt.splat"

    src = operand_def(ANY_LIKE)
    result = result_def(TENSOR)

    assembly_format = "$src attr-dict `:` type($src) `->` type($result)"
    traits = traits_def(Pure(), PowerOfTwoBlocks(), SplatCanonicalization())

    def __init__(self, src: Value, shape: Sequence[int]) -> None:
        src = SSAValue.get(src)
        super().__init__(operands=[src], result_types=[TensorType(src.type, shape)])

    def verify_(self) -> None:
        if is_block(self.src.type):
            raise VerifyException(f"tt.splat: the source is a scalar, got {self.src.type}")
        _same_element(self, self.src.type, self.result.type)


@irdl_op_definition
class UnsplatOp(IRDLOperation):
    """The scalar in a tensor of one element."""

    name = "tt.unsplat"

    src = operand_def(type_var("S", TENSOR))
    result = result_def(DerivedType("S", element_type_of))

    assembly_format = "$src attr-dict `:` type($src)"
    traits = traits_def(Pure())

    def __init__(self, src: Value) -> None:
        src = SSAValue.get(src)
        super().__init__(operands=[src], result_types=[element_type_of(src.type)])

    def verify_(self) -> None:
        if prod(shape_of(self.src.type)) != 1:
            raise VerifyException(f"tt.unsplat: {self.src.type} has more than one element")


@irdl_op_definition
class BroadcastOp(IRDLOperation):
    """Repeats size-1 dims: `tensor<1x32x1xT> -> tensor<2x32x4xT>`."""

    name = "tt.broadcast"

    src = operand_def(TENSOR)
    result = result_def(TENSOR)

    assembly_format = "$src attr-dict `:` type($src) `->` type($result)"
    traits = traits_def(Pure(), PowerOfTwoBlocks(), BroadcastCanonicalization())

    def __init__(self, src: Value, shape: Sequence[int]) -> None:
        src = SSAValue.get(src)
        super().__init__(operands=[src], result_types=[TensorType(element_type_of(src.type), shape)])

    def verify_(self) -> None:
        _same_element(self, self.src.type, self.result.type)
        source, result = shape_of(self.src.type), shape_of(self.result.type)
        if len(source) != len(result):
            raise VerifyException(f"tt.broadcast: ranks differ: {len(source)} and {len(result)}")
        for dim, (old, new) in enumerate(zip(source, result, strict=True)):
            if old not in (1, new):
                raise VerifyException(f"tt.broadcast: dim {dim} is {old}, cannot become {new}")


@irdl_op_definition
class ExpandDimsOp(IRDLOperation):
    """Inserts a dim of size 1 at `axis`."""

    name = "tt.expand_dims"

    src = operand_def(TENSOR)
    axis = prop_def(IntegerAttr.constr(i32))
    result = result_def(TENSOR)

    assembly_format = "$src attr-dict `:` type($src) `->` type($result)"
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(Pure(), PowerOfTwoBlocks(), ExpandDimsCanonicalization())

    def __init__(self, src: Value, axis: int) -> None:
        src = SSAValue.get(src)
        shape = shape_of(src.type)
        result = TensorType(element_type_of(src.type), (*shape[:axis], 1, *shape[axis:]))
        super().__init__(operands=[src], result_types=[result], properties={"axis": IntegerAttr(axis, i32)})

    def verify_(self) -> None:
        _same_element(self, self.src.type, self.result.type)
        shape, axis = shape_of(self.src.type), self.axis.value.data
        if not 0 <= axis <= len(shape):
            raise VerifyException(f"tt.expand_dims: axis {axis} is outside of 0 to {len(shape)}")
        expected = (*shape[:axis], 1, *shape[axis:])
        if shape_of(self.result.type) != expected:
            raise VerifyException(
                f"tt.expand_dims: shape {list(shape)} at axis {axis} becomes {list(expected)}, "
                f"the result is {list(shape_of(self.result.type))}"
            )


@irdl_op_definition
class ReshapeOp(IRDLOperation):
    """The elements in row-major order under another shape; `allow_reorder` lets the compiler permute them."""

    name = "tt.reshape"

    src = operand_def(TENSOR)
    allow_reorder = opt_prop_def(UnitAttr)
    efficient_layout = opt_prop_def(UnitAttr)
    result = result_def(TENSOR)

    assembly_format = (
        "$src (`allow_reorder` $allow_reorder^)? (`efficient_layout` $efficient_layout^)? "
        "attr-dict `:` type($src) `->` type($result)"
    )
    traits = traits_def(Pure(), PowerOfTwoBlocks(), ReshapeCanonicalization())

    def __init__(self, src: Value, shape: Sequence[int], *, allow_reorder: bool = False) -> None:
        src = SSAValue.get(src)
        super().__init__(
            operands=[src],
            result_types=[TensorType(element_type_of(src.type), shape)],
            properties={"allow_reorder": UnitAttr() if allow_reorder else None},
        )

    def verify_(self) -> None:
        _same_element(self, self.src.type, self.result.type)
        old, new = prod(shape_of(self.src.type)), prod(shape_of(self.result.type))
        if old != new:
            raise VerifyException(f"tt.reshape: {old} elements cannot become {new}")


@irdl_op_definition
class TransOp(IRDLOperation):
    """Permutes dims: result dim `i` is source dim `order[i]`."""

    name = "tt.trans"

    src = operand_def(TENSOR)
    order = prop_def(DenseArrayBase.constr(i32))
    result = result_def(TENSOR)

    assembly_format = "$src attr-dict `:` type($src) `->` type($result)"
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(Pure(), PowerOfTwoBlocks(), TransCanonicalization())

    def __init__(self, src: Value, order: Sequence[int]) -> None:
        src = SSAValue.get(src)
        shape = shape_of(src.type)
        super().__init__(
            operands=[src],
            result_types=[TensorType(element_type_of(src.type), [shape[i] for i in order])],
            properties={"order": DenseArrayBase.from_list(i32, order)},
        )

    def verify_(self) -> None:
        _same_element(self, self.src.type, self.result.type)
        shape, order = shape_of(self.src.type), self.order.get_values()
        if sorted(order) != list(range(len(shape))):
            raise VerifyException(f"tt.trans: order {list(order)} is no permutation of {len(shape)} dims")
        expected = tuple(shape[int(i)] for i in order)
        if shape_of(self.result.type) != expected:
            raise VerifyException(
                f"tt.trans: shape {list(shape)} in order {list(order)} is {list(expected)}, "
                f"the result is {list(shape_of(self.result.type))}"
            )


@irdl_op_definition
class CatOp(IRDLOperation):
    """The elements of two 1-D tensors in one, in unspecified order (Triton may interleave them)."""

    name = "tt.cat"

    lhs = operand_def(type_var("T", TENSOR))
    rhs = operand_def(type_var("T", TENSOR))
    result = result_def(TENSOR)

    assembly_format = "$lhs `,` $rhs attr-dict `:` type($lhs) `->` type($result)"
    traits = traits_def(NoMemoryEffect(), PowerOfTwoBlocks())

    def __init__(self, lhs: Value, rhs: Value) -> None:
        lhs = SSAValue.get(lhs)
        (size,) = shape_of(lhs.type)
        super().__init__(operands=[lhs, rhs], result_types=[TensorType(element_type_of(lhs.type), [2 * size])])

    def verify_(self) -> None:
        _same_element(self, self.lhs.type, self.result.type)
        source, result = shape_of(self.lhs.type), shape_of(self.result.type)
        if len(source) != 1 or result != (2 * source[0],):
            raise VerifyException(f"tt.cat: two tensors of shape {list(source)} do not make {list(result)}")


def _joined(source: Attribute) -> Attribute:
    return TensorType(element_type_of(source), (*shape_of(source), 2))


def _half(source: Attribute) -> Attribute:
    return with_element(TensorType(i32, shape_of(source)[:-1]), element_type_of(source))


@irdl_op_definition
class JoinOp(IRDLOperation):
    """Stacks two tensors along a new last dim of size 2: `4x8 , 4x8 -> 4x8x2`."""

    name = "tt.join"

    lhs = operand_def(type_var("T", TENSOR))
    rhs = operand_def(type_var("T", TENSOR))
    result = result_def(DerivedType("T", _joined))

    assembly_format = "$lhs `,` $rhs attr-dict `:` type($lhs) `->` type($result)"
    traits = traits_def(Pure(), PowerOfTwoBlocks())

    def __init__(self, lhs: Value, rhs: Value) -> None:
        lhs = SSAValue.get(lhs)
        super().__init__(operands=[lhs, rhs], result_types=[_joined(lhs.type)])


@irdl_op_definition
class SplitOp(IRDLOperation):
    """`src[..., 0]` and `src[..., 1]` of a tensor whose last dim has size 2."""

    name = "tt.split"

    src = operand_def(TENSOR)
    out_lhs = result_def(type_var("H", TENSOR))
    out_rhs = result_def(type_var("H", TENSOR))

    assembly_format = "$src attr-dict `:` type($src) `->` type($out_lhs)"
    traits = traits_def(Pure(), PowerOfTwoBlocks())

    def __init__(self, src: Value) -> None:
        src = SSAValue.get(src)
        half = _half(src.type)
        super().__init__(operands=[src], result_types=[half, half])

    def verify_(self) -> None:
        shape = shape_of(self.src.type)
        if not shape or shape[-1] != 2:
            raise VerifyException(f"tt.split: the last dim of {self.src.type} is not 2")
        if self.out_lhs.type != _half(self.src.type):
            raise VerifyException(
                f"tt.split: halves of {self.src.type} are {_half(self.src.type)}, got {self.out_lhs.type}"
            )
