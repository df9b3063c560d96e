"""All ops and types of the `tt` dialect, and the dialect itself.

The dialect mirrors Triton's (TritonOps.td): same names, operands, properties and verifiers, so that the
generic form of a module is text that Triton parses. Scalars are `f32 i32 !tt.ptr<f32>`, blocks are builtin
tensors of them; the rest of a kernel is `arith`, `math` and `scf`.

Where Triton's versions differ the dialect is that of 3.6 (`cacheModifier` and `evictionPolicy` on loads and
stores, `!tt.tensordesc<tensor<..>>`); `lowering/emit_ttir.py` writes what a newer Triton wants instead.
"""

from __future__ import annotations

from xdsl.ir import Dialect

from fxopt.dialects.tt.attrs import PtrType, TensorDescType
from fxopt.dialects.tt.launch import LaunchAttr
from fxopt.dialects.tt.ops_compute import (
    BitcastOp,
    ClampFOp,
    DotOp,
    ElementwiseInlineAsmOp,
    ExternElementwiseOp,
    FpToFpOp,
    GatherOp,
    HistogramOp,
    MulhiUIOp,
    PreciseDivFOp,
    PreciseSqrtOp,
    ReduceOp,
    ReduceReturnOp,
    ScanOp,
    ScanReturnOp,
)
from fxopt.dialects.tt.ops_func import (
    AssertOp,
    CallOp,
    FuncOp,
    GetNumProgramsOp,
    GetProgramIdOp,
    MakeRangeOp,
    PrintOp,
    ReturnOp,
)
from fxopt.dialects.tt.ops_memory import (
    AddPtrOp,
    AtomicCASOp,
    AtomicRMWOp,
    DescriptorLoadOp,
    DescriptorReduceOp,
    DescriptorStoreOp,
    IntToPtrOp,
    LoadOp,
    MakeTensorDescOp,
    PtrToIntOp,
    StoreOp,
)
from fxopt.dialects.tt.ops_shape import (
    BroadcastOp,
    CatOp,
    ExpandDimsOp,
    JoinOp,
    ReshapeOp,
    SplatOp,
    SplitOp,
    TransOp,
    UnsplatOp,
)

TT = Dialect(
    "tt",
    [
        AddPtrOp,
        AssertOp,
        AtomicCASOp,
        AtomicRMWOp,
        BitcastOp,
        BroadcastOp,
        CallOp,
        CatOp,
        ClampFOp,
        DescriptorLoadOp,
        DescriptorReduceOp,
        DescriptorStoreOp,
        DotOp,
        ElementwiseInlineAsmOp,
        ExpandDimsOp,
        ExternElementwiseOp,
        FpToFpOp,
        FuncOp,
        GatherOp,
        GetNumProgramsOp,
        GetProgramIdOp,
        HistogramOp,
        IntToPtrOp,
        JoinOp,
        LoadOp,
        MakeRangeOp,
        MakeTensorDescOp,
        MulhiUIOp,
        PreciseDivFOp,
        PreciseSqrtOp,
        PrintOp,
        PtrToIntOp,
        ReduceOp,
        ReduceReturnOp,
        ReshapeOp,
        ReturnOp,
        ScanOp,
        ScanReturnOp,
        SplatOp,
        SplitOp,
        StoreOp,
        TransOp,
        UnsplatOp,
    ],
    [LaunchAttr, PtrType, TensorDescType],
)
