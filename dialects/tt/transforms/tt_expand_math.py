"""`tt-expand-math`: `math` and `arith` ops that Triton does not lower, or lowers too coarsely, become ops that it does.

```
%1 = math.tanh %0 : tensor<8xf32>      %1 = tt.extern_elementwise %0 {symbol = "__nv_tanhf", ...} : ...
%2 = math.exp %1 : tensor<8xf32>       %2 = tt.extern_elementwise %1 {symbol = "__nv_expf", ...} : ...
%3 = arith.divf %1, %2 : ...           %3 = tt.precise_divf %1, %2 : tensor<8xf32>
%4 = arith.negf %3 : ...               %cst = arith.constant dense<-0.0>;  %4 = arith.subf %cst, %3 : ...
```
Triton lowers of `math` only absf absi ceil cos erf exp exp2 floor fma log log2 rsqrt sin sqrt. Of these `exp exp2 sqrt
rsqrt` and `arith.divf` are the approximate instructions in f32: relative error 2^-22 and, for exp, |x| / 2^24.
That is far below half an ulp of a bf16 or f16 result, but more than eager's error of an f32 result. So, by default,
what an f32 or f64 that is stored or accumulated in memory depends on gets the accurate forms, the rest keeps the fast
ones; for NVIDIA GPUs `exp exp2 tanh erf` and logistic functions have shorter ones (`fast_math`). f64 is always
accurate.

After it, the ops that are left are Triton's. Names are those of libdevice; `emit_ttir(backend="hip")` writes ocml's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import arith, math, scf
from xdsl.dialects.builtin import (
    BFloat16Type,
    DenseIntOrFPElementsAttr,
    Float16Type,
    Float32Type,
    Float64Type,
    IntegerAttr,
    IntegerType,
    ModuleOp,
    TensorType,
    i32,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter
from xdsl.utils.type import get_element_type_or_self

from fxopt.dialects import arith as fx_arith
from fxopt.dialects.tt.attrs import element_type_of, with_element
from fxopt.dialects.tt.fast_math import (
    divides_by_one_plus_exp,
    fast_erf,
    fast_exp,
    fast_exp2,
    fast_quotient,
    fast_tanh,
    float_constant,
)
from fxopt.dialects.tt.ops import (
    AtomicRMWOp,
    DescriptorReduceOp,
    DescriptorStoreOp,
    ExternElementwiseOp,
    FuncOp,
    PreciseDivFOp,
    PreciseSqrtOp,
    StoreOp,
)
from fxopt.ir.errors import FxOptError

PRECISIONS = ("auto", "fast", "accurate")

# Triton has no lowering of these: name of the libdevice function, for f64; that for f32 ends in `f`.
_UNLOWERED: dict[type[Operation], str] = {
    math.AcosOp: "acos",
    math.AcoshOp: "acosh",
    math.AsinOp: "asin",
    math.AsinhOp: "asinh",
    math.AtanOp: "atan",
    math.Atan2Op: "atan2",
    math.AtanhOp: "atanh",
    math.CbrtOp: "cbrt",
    math.CopySignOp: "copysign",
    math.CoshOp: "cosh",
    math.ExpM1Op: "expm1",
    math.FPowIOp: "powi",
    math.Log10Op: "log10",
    math.Log1pOp: "log1p",
    math.PowFOp: "pow",
    math.RoundEvenOp: "rint",
    math.RoundOp: "round",
    math.SinhOp: "sinh",
    math.TanOp: "tan",
    math.TanhOp: "tanh",
    math.TruncOp: "trunc",
}

# Triton lowers these to approximate instructions (the last one in f64, too).
_APPROXIMATE: dict[type[Operation], str] = {
    math.ExpOp: "exp",
    math.Exp2Op: "exp2",
    math.RsqrtOp: "rsqrt",
}

_Expansion = Callable[[Operation], list[Operation]]

_SHORT_FORMS: dict[type[Operation], _Expansion] = {
    math.ErfOp: fast_erf,
    math.Exp2Op: fast_exp2,
    math.ExpOp: fast_exp,
    math.TanhOp: fast_tanh,
}


@dataclass(frozen=True)
class TtExpandMathPass(ModulePass):
    """Turns math ops that Triton does not lower well into libdevice calls and precise ops."""

    name = "tt-expand-math"

    precision: str = "auto"
    """`accurate`: f32 results as eager's; `fast`: approximate instructions; `auto`: accurate where f32 is stored."""
    ptx: bool = True
    """Fast forms may use instructions of PTX: not for AMD GPUs."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        if self.precision not in PRECISIONS:
            raise FxOptError("tt-expand-math: unknown precision", got=self.precision, expected=", ".join(PRECISIONS))
        for function in op.body.block.ops:
            if isinstance(function, FuncOp):
                expand_math(function, precision=self.precision, ptx=self.ptx)


def expand_math(function: FuncOp, *, precision: str = "auto", ptx: bool = True) -> None:
    """Expands the ops of one function, in one walk; with instructions of PTX if `ptx`."""
    ops = list(function.walk())
    wide = _before_wide_stores(ops) if precision == "auto" else set()
    for op in ops:
        expansion = _expansion_of(op, precision == "accurate" or op in wide, ptx)
        if expansion is not None:
            Rewriter.replace_op(op, expansion(op))


_STORES = (AtomicRMWOp, DescriptorReduceOp, DescriptorStoreOp, StoreOp)


def _before_wide_stores(ops: list[Operation]) -> set[Operation]:
    """The ops that floats of more than 16 bits in memory depend on, in which the error of an approximation shows.

    Of an op with regions (a loop, a reduction) everything is taken to depend on everything.
    """
    result: set[Operation] = set()
    stored = [op.operands[1] for op in ops if isinstance(op, _STORES)]
    stack = [value for value in stored if isinstance(element_type_of(value.type), Float32Type | Float64Type)]
    while stack:
        owner = stack.pop().owner
        source = owner.parent_op() if isinstance(owner, Block) else owner
        if source is None or source in result or isinstance(source, FuncOp):
            continue
        for inner in source.walk():
            result.add(inner)
            stack.extend(inner.operands)
    return result


def _expansion_of(op: Operation, accurate: bool, short: bool) -> _Expansion | None:
    cls = type(op)
    if not accurate and short and (form := _short_form(op)) is not None:
        return form
    if cls in _UNLOWERED:
        return _call_libdevice
    if cls is arith.NegfOp:
        return _negate
    if cls is math.IPowIOp:
        return _power_by_squaring
    if not op.results:
        return None
    element = get_element_type_or_self(op.results[0].type)
    if isinstance(element, Float64Type):
        return _call_libdevice if cls is math.RsqrtOp else None
    if not accurate or not isinstance(element, Float32Type):
        return None
    if cls in _APPROXIMATE:
        return _call_libdevice
    if cls is arith.DivfOp:
        return lambda op: [PreciseDivFOp(op.operands[0], op.operands[1])]
    if cls is math.SqrtOp:
        return lambda op: [PreciseSqrtOp(op.operands[0])]
    return None


def _short_form(op: Operation) -> _Expansion | None:
    if not op.results or not isinstance(get_element_type_or_self(op.results[0].type), Float32Type):
        return None
    if type(op) is arith.DivfOp:
        return fast_quotient if divides_by_one_plus_exp(op) else None
    return _SHORT_FORMS.get(type(op))


def _call_libdevice(op: Operation) -> list[Operation]:
    """A call; f16 and bf16 are computed in f32 and rounded once."""
    cls = type(op)
    name = _UNLOWERED.get(cls) or _APPROXIMATE[cls]
    type_ = op.results[0].type
    element = get_element_type_or_self(type_)
    if isinstance(element, Float64Type):
        return [ExternElementwiseOp(f"__nv_{name}", op.operands, type_)]
    if isinstance(element, Float32Type):
        return [ExternElementwiseOp(f"__nv_{name}f", op.operands, type_)]
    if not isinstance(element, Float16Type | BFloat16Type):
        raise FxOptError(f"tt-expand-math: {op.name} of {element}", expected="f16, bf16, f32 or f64")
    wide = with_element(type_, Float32Type())
    new: list[Operation] = []
    args: list[SSAValue] = []
    for operand in op.operands:
        if isinstance(get_element_type_or_self(operand.type), IntegerType):
            args.append(operand)
            continue
        extended = arith.ExtFOp(operand, wide)
        new.append(extended)
        args.append(extended.result)
    call = ExternElementwiseOp(f"__nv_{name}f", args, wide)
    return [*new, call, arith.TruncFOp(call.result, type_)]


def _constant(type_: Attribute, value: int) -> arith.ConstantOp:
    if isinstance(type_, TensorType):
        return arith.ConstantOp(DenseIntOrFPElementsAttr.from_list(type_, [value]))
    assert isinstance(type_, IntegerType)
    return arith.ConstantOp(IntegerAttr(value, type_))


def _negate(op: Operation) -> list[Operation]:
    # -x -> -0.0 - x, exact for every x but the sign of NaN
    type_ = op.operands[0].type
    zero = float_constant(type_, -0.0)
    return [zero, arith.SubfOp(zero.result, op.operands[0])]


def _power_by_squaring(op: Operation) -> list[Operation]:
    """`base ** exponent` modulo 2**N; a negative exponent gives 0, and +-1 for the bases +-1.

    One loop over the bits of the exponent. A negative exponent is taken as its absolute value first: for the bases 1
    and -1 that is the result, for the others the select at the end gives 0.
    """
    base, exponent = op.operands
    type_ = base.type
    element = get_element_type_or_self(type_)
    assert isinstance(element, IntegerType)
    zero, one = _constant(type_, 0), _constant(type_, 1)
    bounds = [_constant(i32, value) for value in (0, element.width.data, 1)]
    magnitude = math.AbsIOp(exponent)
    body = Block(arg_types=[i32, type_, type_, type_])
    _, power, square, rest = body.args
    low_bit = arith.AndIOp(rest, one.result)
    is_set = fx_arith.CmpiOp(low_bit.result, one.result, "eq")
    multiplied = arith.MuliOp(power, square)
    chosen = fx_arith.SelectOp(is_set, multiplied, power)
    squared = arith.MuliOp(square, square)
    shifted = arith.ShRUIOp(rest, one.result)
    step = scf.YieldOp(chosen.result, squared.result, shifted.result)
    body.add_ops([low_bit, is_set, multiplied, chosen, squared, shifted, step])
    loop = scf.ForOp(bounds[0], bounds[1], bounds[2], [one.result, base, magnitude.result], Region(body))
    is_negative = fx_arith.CmpiOp(exponent, zero.result, "slt")
    base_size = math.AbsIOp(base)
    is_unit = fx_arith.CmpiOp(base_size.result, one.result, "eq")
    inverse = fx_arith.SelectOp(is_unit, loop.results[0], zero)
    result = fx_arith.SelectOp(is_negative, inverse, loop.results[0])
    return [zero, one, *bounds, magnitude, loop, is_negative, base_size, is_unit, inverse, result]
