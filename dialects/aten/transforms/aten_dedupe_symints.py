"""`aten-dedupe-symints`: one value for each symbolic size, and plain integers where a size is static.

Before:
```
func.func @main(%n: !aten.sym<int, s0>, %x: !aten.tensor<[s0, 4], f32>) {
  %0 = aten.sym_size.int(%x, 0) : !aten.sym<int, s0>
  %1 = aten.sym_size.int(%x, 1) : !aten.sym<int, 4>
  %2 = aten.full.default([%0, %1], 1.0) : !aten.tensor<[s0, 4], f32>
```
After:
```
func.func @main(%n: !aten.sym<int, s0>, %x: !aten.tensor<[s0, 4], f32>) {
  %2 = aten.full.default([%n, 4], 1.0) : !aten.tensor<[s0, 4], f32>
```
A type `!aten.sym<int, e>` says what the value is: values of equal types are equal. A data-dependent size has a symbol
of its own, and the op that brings it about stays: it defines the symbol.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Attribute, Block, SSAValue
from xdsl.passes import ModulePass

from fxopt.dialects.aten.effects import erase_dead_ops, graph_blocks, is_pure
from fxopt.ir.fx_args import CallArgsAttr, Ref
from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.symbolic import Expr
from fxopt.ir.types import SymType


def dedupe_block(block: Block) -> None:
    """Replaces each size by the first value of its type, in one walk."""
    first: dict[Attribute, SSAValue] = {}
    for arg in block.args:
        if _has_expression(arg.type):
            first.setdefault(arg.type, arg)
    for op in block.ops:
        if isinstance(op, FxCallOp):
            _use_integers(op)
        if len(op.results) != 1 or not is_pure(op) or not _has_expression(op.results[0].type):
            continue
        result = op.results[0]
        known = first.setdefault(result.type, result)
        result.replace_all_uses_with(known)


def _has_expression(type_: Attribute) -> bool:
    return isinstance(type_, SymType) and type_.kind == "int" and isinstance(type_.expr, Expr)


def _use_integers(op: FxCallOp) -> None:
    """Writes the operands that are known integers into the arguments."""
    numbers = {
        index: operand.type.expr
        for index, operand in enumerate(op.operands)
        if isinstance(operand.type, SymType) and operand.type.kind == "int" and isinstance(operand.type.expr, int)
    }
    if not numbers:
        return
    kept = [index for index in range(len(op.operands)) if index not in numbers]
    place = {index: Ref(position) for position, index in enumerate(kept)}
    template = op.template.map_refs(lambda ref: numbers.get(ref.index, place.get(ref.index)))
    op.operands = [op.operands[index] for index in kept]
    op.properties["args"] = CallArgsAttr(template)


@dataclass(frozen=True)
class AtenDedupeSymintsPass(ModulePass):
    """Merges symbolic sizes of equal types, and writes static sizes as integers."""

    name = "aten-dedupe-symints"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for block in graph_blocks(op):
            dedupe_block(block)
            erase_dead_ops(block)
