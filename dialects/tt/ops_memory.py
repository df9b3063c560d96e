"""Memory: pointer arithmetic, loads and stores, atomics, tensor descriptors."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import BoolAttr, DenseArrayBase, IntegerAttr, IntegerType, TensorType, i1, i32, i64
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    ParsePropInAttrDict,
    SameVariadicOperandSize,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.pattern_rewriter import RewritePattern
from xdsl.traits import HasCanonicalizationPatternsTrait, MemoryReadEffect, MemoryWriteEffect, Pure
from xdsl.utils.exceptions import VerifyException

from fxopt.dialects.tt.attrs import (
    FLOAT_TYPES,
    INT_LIKE,
    PTR_LIKE,
    TENSOR,
    CacheModifier,
    DerivedType,
    DescriptorReduceKind,
    EvictionPolicy,
    MemSemantic,
    MemSyncScope,
    PaddingOption,
    PowerOfTwoBlocks,
    PtrType,
    RMWOp,
    TensorDescType,
    element_type_of,
    enum_attr,
    is_member,
    mask_type,
    pointee_type,
    same_shape,
    type_var,
)
from fxopt.dialects.tt.directives import Cache, DescReduceKind, Evict, Padding, Rmw, Scope, Sem

Value = SSAValue | Operation


class AddPtrCanonicalization(HasCanonicalizationPatternsTrait):
    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        from fxopt.dialects.tt.canonicalize import FoldAddPtrZero

        return (FoldAddPtrZero(),)


class LoadCanonicalization(HasCanonicalizationPatternsTrait):
    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        from fxopt.dialects.tt.canonicalize import FoldLoadConstantMask

        return (FoldLoadConstantMask(),)


class StoreCanonicalization(HasCanonicalizationPatternsTrait):
    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        from fxopt.dialects.tt.canonicalize import FoldStoreConstantMask

        return (FoldStoreConstantMask(),)


@irdl_op_definition
class AddPtrOp(IRDLOperation):
    """`ptr + offset`, counted in elements: pointer block and integer block of one shape (i32 or i64)."""

    name = "tt.addptr"

    ptr = operand_def(type_var("P", PTR_LIKE))
    offset = operand_def(INT_LIKE)
    result = result_def(type_var("P", PTR_LIKE))

    assembly_format = "$ptr `,` $offset attr-dict `:` type($result) `,` type($offset)"
    traits = traits_def(Pure(), PowerOfTwoBlocks(), AddPtrCanonicalization())

    def __init__(self, ptr: Value, offset: Value) -> None:
        ptr = SSAValue.get(ptr)
        super().__init__(operands=[ptr, offset], result_types=[ptr.type])

    def verify_(self) -> None:
        same_shape(self, "pointer and offset", self.ptr.type, self.offset.type)


@irdl_op_definition
class LoadOp(IRDLOperation):
    """`mask ? *ptr : other`, elementwise.

    Where the mask is false memory is not touched and, without `other`, the value is undefined.
    """

    name = "tt.load"

    ptr = operand_def(type_var("P", PTR_LIKE))
    mask = opt_operand_def(DerivedType("P", mask_type))
    other = opt_operand_def(DerivedType("P", pointee_type))
    cache = opt_prop_def(IntegerAttr.constr(i32))
    evict = opt_prop_def(IntegerAttr.constr(i32))
    is_volatile = opt_prop_def(BoolAttr, prop_name="isVolatile")
    boundary_check = opt_prop_def(DenseArrayBase.constr(i32), prop_name="boundaryCheck")
    result = result_def(DerivedType("P", pointee_type))

    assembly_format = (
        "$ptr (`,` $mask^)? (`,` $other^)? (`cacheModifier` `=` custom<Cache>($cache)^)? "
        "(`evictionPolicy` `=` custom<Evict>($evict)^)? attr-dict `:` type($ptr)"
    )
    custom_directives = (Cache, Evict)
    irdl_options = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())
    traits = traits_def(MemoryReadEffect(), PowerOfTwoBlocks(), LoadCanonicalization())

    def __init__(
        self,
        ptr: Value,
        mask: Value | None = None,
        other: Value | None = None,
        *,
        cache: CacheModifier | None = None,
        evict: EvictionPolicy | None = None,
        is_volatile: bool = False,
    ) -> None:
        ptr = SSAValue.get(ptr)
        properties: dict[str, Attribute | None] = {
            "cache": None if cache is None else enum_attr(cache),
            "evict": None if evict is None else enum_attr(evict),
            "isVolatile": IntegerAttr(1, i1) if is_volatile else None,
        }
        super().__init__(operands=[ptr, mask, other], result_types=[pointee_type(ptr.type)], properties=properties)

    def verify_(self) -> None:
        _verify_pointee(self.name, self.result.type)
        if self.other is not None and self.mask is None:
            raise VerifyException("tt.load: `other` without a mask")
        _verify_cache_policy(self.name, self.cache, self.evict)
        if self.boundary_check is not None and len(self.boundary_check):
            raise VerifyException("tt.load: boundaryCheck belongs to block pointers, which are not supported")


@irdl_op_definition
class StoreOp(IRDLOperation):
    """`*ptr = value` where the mask is true, elementwise."""

    name = "tt.store"

    ptr = operand_def(type_var("P", PTR_LIKE))
    value = operand_def(DerivedType("P", pointee_type))
    mask = opt_operand_def(DerivedType("P", mask_type))
    cache = opt_prop_def(IntegerAttr.constr(i32))
    evict = opt_prop_def(IntegerAttr.constr(i32))
    boundary_check = opt_prop_def(DenseArrayBase.constr(i32), prop_name="boundaryCheck")

    assembly_format = (
        "$ptr `,` $value (`,` $mask^)? (`cacheModifier` `=` custom<Cache>($cache)^)? "
        "(`evictionPolicy` `=` custom<Evict>($evict)^)? attr-dict `:` type($ptr)"
    )
    custom_directives = (Cache, Evict)
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(MemoryWriteEffect(), PowerOfTwoBlocks(), StoreCanonicalization())

    def __init__(
        self,
        ptr: Value,
        value: Value,
        mask: Value | None = None,
        *,
        cache: CacheModifier | None = None,
        evict: EvictionPolicy | None = None,
    ) -> None:
        properties: dict[str, Attribute | None] = {
            "cache": None if cache is None else enum_attr(cache),
            "evict": None if evict is None else enum_attr(evict),
        }
        super().__init__(operands=[ptr, value, mask], properties=properties)

    def verify_(self) -> None:
        _verify_pointee(self.name, self.value.type)
        _verify_cache_policy(self.name, self.cache, self.evict)
        if self.boundary_check is not None and len(self.boundary_check):
            raise VerifyException("tt.store: boundaryCheck belongs to block pointers, which are not supported")


def _verify_pointee(name: str, accessed: Attribute) -> None:
    """Triton's lowering of i1 accesses fails an assertion, which ends the process."""
    if element_type_of(accessed) == i1:
        raise VerifyException(f"{name}: memory holds no i1; a bool is an i8 there")


def _verify_cache_policy(name: str, cache: IntegerAttr | None, evict: IntegerAttr | None) -> None:
    if cache is not None and not is_member(CacheModifier, cache):
        raise VerifyException(f"{name}: cache modifier is {cache.value.data}, not 1 to {max(CacheModifier)}")
    if evict is not None and not is_member(EvictionPolicy, evict):
        raise VerifyException(f"{name}: eviction policy is {evict.value.data}, not 1 to {max(EvictionPolicy)}")


@irdl_op_definition
class AtomicRMWOp(IRDLOperation):
    """`old = *ptr; *ptr = old <rmw> val`, atomically, where the mask is true; gives `old`.

    Floats take `fadd max min exch`, integers everything but `fadd`.
    """

    name = "tt.atomic_rmw"

    atomic_rmw_op = prop_def(IntegerAttr.constr(i32))
    ptr = operand_def(type_var("P", PTR_LIKE))
    val = operand_def(DerivedType("P", pointee_type))
    mask = opt_operand_def(DerivedType("P", mask_type))
    sem = prop_def(IntegerAttr.constr(i32))
    scope = prop_def(IntegerAttr.constr(i32))
    result = result_def(DerivedType("P", pointee_type))

    assembly_format = (
        "custom<Rmw>($atomic_rmw_op) `,` custom<Sem>($sem) `,` custom<Scope>($scope) `,` $ptr `,` $val "
        "(`,` $mask^)? attr-dict `:` functional-type(operands, $result)"
    )
    custom_directives = (Rmw, Sem, Scope)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect(), PowerOfTwoBlocks())

    def __init__(
        self,
        op: RMWOp,
        ptr: Value,
        val: Value,
        mask: Value | None = None,
        *,
        sem: MemSemantic = MemSemantic.ACQ_REL,
        scope: MemSyncScope = MemSyncScope.GPU,
    ) -> None:
        val = SSAValue.get(val)
        properties = {"atomic_rmw_op": enum_attr(op), "sem": enum_attr(sem), "scope": enum_attr(scope)}
        super().__init__(operands=[ptr, val, mask], result_types=[val.type], properties=properties)

    def verify_(self) -> None:
        if not is_member(RMWOp, self.atomic_rmw_op):
            raise VerifyException(f"tt.atomic_rmw: operation is {self.atomic_rmw_op.value.data}, not 1 to {max(RMWOp)}")
        _verify_pointee(self.name, self.val.type)
        kind = RMWOp(self.atomic_rmw_op.value.data)
        is_float = isinstance(element_type_of(self.val.type), FLOAT_TYPES)
        allowed = (RMWOp.FADD, RMWOp.MAX, RMWOp.MIN, RMWOp.EXCH) if is_float else tuple(RMWOp)
        if kind not in allowed or (kind is RMWOp.FADD and not is_float):
            raise VerifyException(f"tt.atomic_rmw: {kind.name.lower()} does not apply to {self.val.type}")


@irdl_op_definition
class AtomicCASOp(IRDLOperation):
    """`old = *ptr; if old == cmp: *ptr = val`, atomically and elementwise; gives `old`."""

    name = "tt.atomic_cas"

    ptr = operand_def(type_var("P", PTR_LIKE))
    cmp = operand_def(DerivedType("P", pointee_type))
    val = operand_def(DerivedType("P", pointee_type))
    sem = prop_def(IntegerAttr.constr(i32))
    scope = prop_def(IntegerAttr.constr(i32))
    result = result_def(DerivedType("P", pointee_type))

    assembly_format = (
        "custom<Sem>($sem) `,` custom<Scope>($scope) `,` $ptr `,` $cmp `,` $val attr-dict "
        "`:` functional-type(operands, $result)"
    )
    custom_directives = (Sem, Scope)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect(), PowerOfTwoBlocks())

    def __init__(
        self,
        ptr: Value,
        cmp: Value,
        val: Value,
        *,
        sem: MemSemantic = MemSemantic.ACQ_REL,
        scope: MemSyncScope = MemSyncScope.GPU,
    ) -> None:
        val = SSAValue.get(val)
        properties = {"sem": enum_attr(sem), "scope": enum_attr(scope)}
        super().__init__(operands=[ptr, cmp, val], result_types=[val.type], properties=properties)


# Tensor descriptors


def _descriptor_block(descriptor: Attribute) -> Attribute:
    if not isinstance(descriptor, TensorDescType):
        raise VerifyException(f"expected a tensor descriptor, got {descriptor}")
    return descriptor.block_type


@irdl_op_definition
class MakeTensorDescOp(IRDLOperation):
    """Describes for TMA the tensor at `base` of `shape` (i32) and `strides` (i64, elements; the last is 1)."""

    name = "tt.make_tensor_descriptor"

    base = operand_def(PtrType)
    shape = var_operand_def(i32)
    strides = var_operand_def(i64)
    padding = opt_prop_def(IntegerAttr.constr(i32))
    result = result_def(TensorDescType)

    assembly_format = (
        "$base `,` `[` $shape `]` `,` `[` $strides `]` (`padding` `=` custom<Padding>($padding)^)? "
        "attr-dict `:` type($base) `,` type($result)"
    )
    custom_directives = (Padding,)
    irdl_options = (SameVariadicOperandSize(),)
    traits = traits_def(Pure())

    def __init__(
        self,
        base: Value,
        shape: Sequence[SSAValue],
        strides: Sequence[SSAValue],
        block_shape: Sequence[int],
        *,
        padding: PaddingOption | None = None,
    ) -> None:
        base = SSAValue.get(base)
        assert isinstance(base.type, PtrType)
        super().__init__(
            operands=[base, shape, strides],
            result_types=[TensorDescType(TensorType(base.type.pointee, block_shape))],
            properties={"padding": None if padding is None else enum_attr(padding)},
        )

    def verify_(self) -> None:
        desc, base = self.result.type, self.base.type
        assert isinstance(desc, TensorDescType) and isinstance(base, PtrType)
        rank = len(desc.block_type.get_shape())
        if len(self.shape) != rank:
            raise VerifyException(
                f"tt.make_tensor_descriptor: {len(self.shape)} sizes for a block of {rank} dimensions"
            )
        if desc.block_type.element_type != base.pointee:
            raise VerifyException(
                f"tt.make_tensor_descriptor: base points to {base.pointee}, blocks hold {desc.block_type.element_type}"
            )


@irdl_op_definition
class DescriptorLoadOp(IRDLOperation):
    """The block of `desc` at element `indices`; elements outside the tensor are the padding value (0)."""

    name = "tt.descriptor_load"

    desc = operand_def(type_var("D"))
    indices = var_operand_def(i32)
    cache = opt_prop_def(IntegerAttr.constr(i32))
    evict = opt_prop_def(IntegerAttr.constr(i32))
    result = result_def(TENSOR)

    assembly_format = (
        "$desc `[` $indices `]` (`cacheModifier` `=` custom<Cache>($cache)^)? "
        "(`evictionPolicy` `=` custom<Evict>($evict)^)? attr-dict `:` type($desc) `->` type($result)"
    )
    custom_directives = (Cache, Evict)
    traits = traits_def(MemoryReadEffect(), PowerOfTwoBlocks())

    def __init__(self, desc: Value, indices: Sequence[SSAValue]) -> None:
        desc = SSAValue.get(desc)
        super().__init__(operands=[desc, indices], result_types=[_descriptor_block(desc.type)])

    def verify_(self) -> None:
        _verify_descriptor_access(self, self.desc.type, self.indices, self.result.type)
        _verify_cache_policy(self.name, self.cache, self.evict)


@irdl_op_definition
class DescriptorStoreOp(IRDLOperation):
    """Stores `src` as the block of `desc` at element `indices`; elements outside the tensor are dropped."""

    name = "tt.descriptor_store"

    desc = operand_def(type_var("D"))
    src = operand_def(TENSOR)
    indices = var_operand_def(i32)

    assembly_format = "$desc `[` $indices `]` `,` $src attr-dict `:` type($desc) `,` type($src)"
    traits = traits_def(MemoryWriteEffect(), PowerOfTwoBlocks())

    def __init__(self, desc: Value, src: Value, indices: Sequence[SSAValue]) -> None:
        super().__init__(operands=[desc, src, indices])

    def verify_(self) -> None:
        _verify_descriptor_access(self, self.desc.type, self.indices, self.src.type)


@irdl_op_definition
class DescriptorReduceOp(IRDLOperation):
    """Combines `src` atomically into the block of `desc` at `indices`: add, min, max, and, or, xor."""

    name = "tt.descriptor_reduce"

    kind = prop_def(IntegerAttr.constr(i32))
    desc = operand_def(type_var("D"))
    src = operand_def(TENSOR)
    indices = var_operand_def(i32)

    assembly_format = (
        "custom<DescReduceKind>($kind) `,` $desc `[` $indices `]` `,` $src attr-dict `:` type($desc) `,` type($src)"
    )
    custom_directives = (DescReduceKind,)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect(), PowerOfTwoBlocks())

    def __init__(self, kind: DescriptorReduceKind, desc: Value, src: Value, indices: Sequence[SSAValue]) -> None:
        super().__init__(operands=[desc, src, indices], properties={"kind": enum_attr(kind)})

    def verify_(self) -> None:
        _verify_descriptor_access(self, self.desc.type, self.indices, self.src.type)


def _verify_descriptor_access(
    op: IRDLOperation, desc: Attribute, indices: Sequence[SSAValue], block: Attribute
) -> None:
    expected = _descriptor_block(desc)
    if block != expected:
        raise VerifyException(f"{op.name}: the descriptor has blocks of {expected}, got {block}")
    assert isinstance(block, TensorType)
    rank = len(block.get_shape())
    if len(indices) != rank:
        raise VerifyException(f"{op.name}: {len(indices)} indices for a block of {rank} dimensions")


# Pointers and integers


@irdl_op_definition
class IntToPtrOp(IRDLOperation):
    """Reinterprets an i64 block as addresses."""

    name = "tt.int_to_ptr"

    src = operand_def(INT_LIKE)
    result = result_def(PTR_LIKE)

    assembly_format = "$src attr-dict `:` type($src) `->` type($result)"
    traits = traits_def(Pure(), PowerOfTwoBlocks())

    def __init__(self, src: Value, result_type: Attribute) -> None:
        super().__init__(operands=[src], result_types=[result_type])

    def verify_(self) -> None:
        same_shape(self, "source and result", self.src.type, self.result.type)
        if element_type_of(self.src.type) != IntegerType(64):
            raise VerifyException(f"tt.int_to_ptr: addresses are i64, got {self.src.type}")


@irdl_op_definition
class PtrToIntOp(IRDLOperation):
    """The addresses of a pointer block, in bytes, as i64."""

    name = "tt.ptr_to_int"

    src = operand_def(PTR_LIKE)
    result = result_def(INT_LIKE)

    assembly_format = "$src attr-dict `:` type($src) `->` type($result)"
    traits = traits_def(Pure(), PowerOfTwoBlocks())

    def __init__(self, src: Value, result_type: Attribute) -> None:
        super().__init__(operands=[src], result_types=[result_type])

    def verify_(self) -> None:
        same_shape(self, "source and result", self.src.type, self.result.type)
        if element_type_of(self.result.type) != IntegerType(64):
            raise VerifyException(f"tt.ptr_to_int: addresses are i64, got {self.result.type}")
