"""The `loop` dialect object."""

from xdsl.ir import Dialect

from fxopt.dialects.loop import ops
from fxopt.dialects.loop.attrs import DomainAttr, IndexAttr

LOOP = Dialect(
    "loop",
    [
        ops.NestOp,
        ops.KernelOp,
        ops.LaunchOp,
        ops.ExternOp,
        ops.ViewOp,
        ops.LoadOp,
        ops.StoreOp,
        ops.IndexOp,
        ops.ScalarOp,
        ops.ReduceOp,
        ops.ScanOp,
        ops.CallOp,
        ops.CheckOp,
    ],
    [IndexAttr, DomainAttr],
)
