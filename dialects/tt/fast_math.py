"""Short forms of transcendental functions in f32, for results that are rounded to 16 bits.

Errors, relative to the function: `exp` 2^-21 for arguments of usual size, `tanh` 2^-18, `erf` 2^-17, quotients by
`1 + exp(x)` 2^-21; half an ulp of f16 is 2^-12. They are built on two approximate instructions of PTX, `ex2` and `rcp`
(2 ulp, subnormal numbers are taken as 0), each in place of five instructions of what Triton makes of `math.exp` and
`arith.divf`.
"""

from __future__ import annotations

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, FloatAttr, TensorType
from xdsl.ir import Attribute, Operation, SSAValue

from fxopt.dialects import arith as fx_arith
from fxopt.dialects.tt.ops import ElementwiseInlineAsmOp, ExternElementwiseOp

_EX2 = "ex2.approx.ftz.f32 $0, $1;"
_RCP = "rcp.approx.ftz.f32 $0, $1;"
_LOG2_E = 1.4426950408889634
_SMALL = 0.0625
"""Below this the general forms of odd functions lose relative precision, and a few terms of the series do."""


def float_constant(type_: Attribute, value: float) -> arith.ConstantOp:
    """A number, in every element of a tensor type."""
    if isinstance(type_, TensorType):
        return arith.ConstantOp(DenseIntOrFPElementsAttr.from_list(type_, [value]))  # type: ignore[type-var]
    return arith.ConstantOp(FloatAttr(value, type_))  # type: ignore[call-overload]


class _Expression:
    """Collects the ops of an expression on values of one type; the last one is the result."""

    def __init__(self, type_: Attribute) -> None:
        self.type = type_
        self.ops: list[Operation] = []

    def add(self, op: Operation) -> SSAValue:
        self.ops.append(op)
        return op.results[0]

    def number(self, value: float) -> SSAValue:
        return self.add(float_constant(self.type, value))

    def mul(self, x: SSAValue, y: SSAValue) -> SSAValue:
        return self.add(arith.MulfOp(x, y))

    def fma(self, x: SSAValue, y: SSAValue, z: SSAValue) -> SSAValue:
        return self.add(math.FmaOp(x, y, z))

    def polynomial(self, x: SSAValue, *coefficients: float) -> SSAValue:
        """By Horner's rule, the highest coefficient first."""
        total = self.number(coefficients[0])
        for coefficient in coefficients[1:]:
            total = self.fma(total, x, self.number(coefficient))
        return total

    def instruction(self, text: str, x: SSAValue) -> SSAValue:
        return self.add(ElementwiseInlineAsmOp(text, "=f,f", [x], [self.type]))

    def near_or(self, x: SSAValue, near: SSAValue, far: SSAValue) -> list[Operation]:
        """`near` for small `x`."""
        size = self.add(math.AbsFOp(x))
        is_near = self.add(fx_arith.CmpfOp(size, self.number(_SMALL), "olt"))
        self.add(fx_arith.SelectOp(is_near, near, far))
        return self.ops


def fast_exp(op: Operation) -> list[Operation]:
    """exp(x) = 2**(x * log2(e))."""
    (x,) = op.operands
    e = _Expression(x.type)
    e.instruction(_EX2, e.mul(x, e.number(_LOG2_E)))
    return e.ops


def fast_exp2(op: Operation) -> list[Operation]:
    """The instruction itself."""
    e = _Expression(op.operands[0].type)
    e.instruction(_EX2, op.operands[0])
    return e.ops


def fast_tanh(op: Operation) -> list[Operation]:
    """tanh(x) = 1 - 2 / (exp(2 x) + 1); x - x**3 / 3 near 0."""
    (x,) = op.operands
    e = _Expression(x.type)
    one = e.number(1.0)
    power = e.instruction(_EX2, e.mul(x, e.number(2.0 * _LOG2_E)))
    part = e.instruction(_RCP, e.add(arith.AddfOp(power, one)))
    far = e.fma(part, e.number(-2.0), one)
    near = e.mul(e.fma(e.mul(x, x), e.number(-1.0 / 3.0), one), x)
    return e.near_or(x, near, far)


def fast_erf(op: Operation) -> list[Operation]:
    """erf(|x|) = 1 - P(1 / (1 + p |x|)) exp(-x**2) (Abramowitz and Stegun 7.1.26); the series near 0."""
    (x,) = op.operands
    e = _Expression(x.type)
    one, square = e.number(1.0), e.mul(x, x)
    size = e.add(math.AbsFOp(x))
    t = e.instruction(_RCP, e.fma(size, e.number(0.3275911), one))
    tail = e.polynomial(t, -1.061405429, 1.453152027, -1.421413741, 0.284496736, -0.254829592)
    power = e.instruction(_EX2, e.mul(square, e.number(-_LOG2_E)))
    far = e.fma(e.mul(tail, t), power, one)
    signed = e.add(ExternElementwiseOp("__nv_copysignf", [far, x], x.type))
    near = e.mul(e.polynomial(square, 0.11283791671, -0.37612638903, 1.12837916710), x)
    return e.near_or(x, near, signed)


def fast_quotient(op: Operation) -> list[Operation]:
    """x / y = x * (1 / y), where y cannot be large and finite."""
    x, y = op.operands
    e = _Expression(x.type)
    e.mul(x, e.instruction(_RCP, y))
    return e.ops


def divides_by_one_plus_exp(op: Operation) -> bool:
    """Whether the divisor of a quotient is the sum of an exponential and a constant, as in a logistic function.

    Of a divisor above 2**126 the reciprocal is taken as 0, which only shows if the dividend is as large.
    """
    divisor = op.operands[1].owner
    if not isinstance(divisor, arith.AddfOp):
        return False
    owners = [operand.owner for operand in divisor.operands]
    powers = [owner for owner in owners if isinstance(owner, ElementwiseInlineAsmOp) and owner.asm_string.data == _EX2]
    return len(powers) == 1 and any(isinstance(owner, arith.ConstantOp) for owner in owners)
