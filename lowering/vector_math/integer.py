"""Integer powers."""

from __future__ import annotations

from fxopt.lowering.llvm_text import FunctionWriter, Reg


def ipow(w: FunctionWriter, base: Reg, exponent: Reg) -> Reg:
    """`base ** exponent` by squaring, wrapping; a negative exponent gives 0, except for bases 1 and -1, as in torch."""
    type_ = base.type
    head, body, end = w.labels("pow.head", "pow.body", "pow.end")
    one, zero = w.const(1, type_), w.const(0, type_)
    negative = w.icmp("slt", exponent, 0)
    sign = w.select(w.icmp("eq", exponent & 1, 0), one, base)
    unit = w.icmp("eq", base, 1) | w.icmp("eq", base, -1)
    below = w.select(unit, w.select(w.icmp("eq", base, 1), one, sign), zero)
    count = w.select(negative, zero, exponent)
    before = w.block
    w.branch(head)
    w.start_block(head)
    result, factor, left = (Reg(w, w.fresh(), type_) for _ in range(3))
    next_result, next_factor, next_left = (w.fresh() for _ in range(3))
    w.line(f"{result} = phi {type_} [ {one}, %{before} ], [ {next_result}, %{body} ]")
    w.line(f"{factor} = phi {type_} [ {base}, %{before} ], [ {next_factor}, %{body} ]")
    w.line(f"{left} = phi {type_} [ {count}, %{before} ], [ {next_left}, %{body} ]")
    w.branch_if(w.any_lane(w.icmp("ne", left, 0)), body, end)
    w.start_block(body)
    odd = w.icmp("ne", left & 1, 0)
    product = result * factor
    w.line(f"{next_result} = select {odd.typed}, {product.typed}, {result.typed}")
    w.line(f"{next_factor} = mul {factor.typed}, {factor}")
    w.line(f"{next_left} = lshr {left.typed}, {w.const(1, type_)}")
    w.branch(head)
    w.start_block(end)
    return w.select(negative, below, result)
