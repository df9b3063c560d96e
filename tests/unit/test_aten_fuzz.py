"""Calls of every declared operator with arguments at random: what verifies, the passes must take, and leave valid."""

from __future__ import annotations

import random
from typing import Any

import pytest
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.utils.exceptions import VerifyException

from fxopt.dialects.aten.ops import OPS, AtenOp
from fxopt.dialects.fx.ops import ReturnOp
from fxopt.dialects.registry import make_context
from fxopt.ir.fx_args import CallArgs, Ref, Special
from fxopt.ir.fx_call import FxCallOp, Param
from fxopt.ir.pipeline import parse_pass_pipeline
from fxopt.ir.symbolic import var
from fxopt.ir.types import AnyType, SymSpec, SymType, TensorType, TupleType
from fxopt.lowering.pass_registry import get_all_passes
from fxopt.lowering.pipelines import NAMED_PIPELINES

SIZES = (0, 1, 2, 3, 4, var("s0"))
DTYPES = ("f32", "f32", "i64", "bool", "bf16")


class Fuzzer:
    """Random types, arguments and calls; a seed gives the same calls again."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.values: tuple[SSAValue, ...] = ()

    def tensor_type(self) -> TensorType:
        pick = self.random.choice
        usual = pick((TensorType.of((2, 3), "f32"), TensorType.of((3, 2), "f32", (1, 3)), TensorType.of((4,), "i64")))
        odd = TensorType.of([pick(SIZES) for _ in range(pick((0, 1, 2, 2, 3, 4)))], pick(DTYPES))
        return pick((usual, usual, odd))

    def argument(self, param: Param) -> Any:
        """Mostly what the schema takes, now and then something else."""
        type_, pick = param.type.removesuffix("?"), self.random.choice
        if param.type.endswith("?") and self.random.random() < 0.3:
            return None
        if type_.endswith("]") and self.random.random() < 0.9:
            item = Param("", type_.rpartition("[")[0], None, False)
            return tuple(self.argument(item) for _ in range(pick((0, 1, 2, 3))))
        *tensors, symbol, unknown, pair = self.values
        choices: dict[str, tuple[Any, ...]] = {
            "Tensor": (*tensors, *tensors, unknown, pair, 1.0),
            "int": (0, 1, 2, -1, -2, 5, 3, 0, 1, 2, symbol, None, 1.5),
            "bool": (True, False),
            "Scalar": (0, 1, 1.0, -0.0, 0.0, 2, float("inf"), float("nan"), symbol, True),
            "str": ("none",),
            "ScalarType": (Special("torch", ("float32",)), Special("torch", ("int64",))),
            "Device": (Special("device", ("cpu",)),),
            "MemoryFormat": (Special("torch", ("contiguous_format",)),),
            "Layout": (Special("torch", ("strided",)),),
        }
        choices |= {"SymInt": choices["int"], "float": choices["Scalar"]}
        base = type_.partition("(")[0].partition("[")[0].removesuffix("?")
        return pick(choices.get(base, (None,)))

    def module(self, op: type[AtenOp]) -> ModuleOp:
        """A function that returns relu of one call of `op`."""
        tensors: list[Attribute] = [self.tensor_type() for _ in range(4)]
        block = Block(
            arg_types=[*tensors, SymType(SymSpec("int", var("s0"))), AnyType("x"), TupleType((self.tensor_type(),))]
        )
        self.values = tuple(block.args)
        args = [self.argument(p) for p in op.params() if not p.kwarg_only]
        named = {p.name: self.argument(p) for p in op.params() if p.kwarg_only and self.random.random() < 0.7}
        result = self.random.choice((self.tensor_type(), TupleType((self.tensor_type(),)), *tensors))
        call = FxCallOp.call.__func__(op, args, result, **named)
        relu = OPS["aten.relu.default"].call(call.results, result)
        block.add_ops([call, relu, ReturnOp.build_call(CallArgs((Ref(0),)), relu.results, ())])
        return ModuleOp([FuncOp("main", (block.arg_types, []), Region(block))])


@pytest.mark.parametrize("seed", range(2))
def test_verified_calls_pass_through(seed: int) -> None:
    fuzzer, ctx = Fuzzer(seed), make_context()
    passes = parse_pass_pipeline("aten-pipeline", get_all_passes(), NAMED_PIPELINES)
    accepted = 0
    for op in OPS.values():
        module = fuzzer.module(op)
        text = str(module)
        try:
            module.verify()
        except VerifyException as error:
            assert op.name in str(error) or "aten.relu" in str(error), f"{error}\n{text}"
            continue
        accepted += 1
        for module_pass in passes:
            module_pass.apply(ctx, module)
            module.verify()
    assert accepted > 200, "most calls are refused: the fuzzer no longer fits the verifiers"
