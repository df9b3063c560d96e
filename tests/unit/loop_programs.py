"""Random programs of loop nests, views and library calls, and running them through the reference interpreter."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from xdsl.dialects import arith, func, math
from xdsl.dialects.builtin import FloatAttr, IntegerAttr, ModuleOp, StringAttr, bf16, f32, i64
from xdsl.ir import Block, Region, SSAValue

from fxopt.dialects.arith import CmpiOp, SelectOp, SIToFPOp
from fxopt.dialects.fx.ops import ReturnOp
from fxopt.dialects.loop.attrs import Domain
from fxopt.dialects.loop.interpret import from_storage, run_function, to_storage
from fxopt.dialects.loop.kernel_key import origins_attr
from fxopt.dialects.loop.ops import CheckOp, ExternOp, IndexOp, LoadOp, NestOp, ReduceOp, ScanOp, StoreOp, ViewOp
from fxopt.ir.fx_args import CallArgs, Ref, Special
from fxopt.ir.symbolic import IntExpr, evaluate, product, var
from fxopt.ir.types import TensorType, contiguous_strides

SYMBOLS = {"s0": 5}
FACTORS: tuple[tuple[IntExpr, ...], ...] = (
    (4, 6),
    (2, 3, 4),
    (24,),
    (3, 8),
    (var("s0"), 4),
    (2, var("s0")),
    (1, 6, 1),
    (0, 4),
    (3, 0),
)

Emit = Callable[["Nest"], None]


@dataclass
class Tensor:
    """An SSA value with its sizes and strides at hand."""

    value: SSAValue

    @property
    def type(self) -> TensorType:
        assert isinstance(self.value.type, TensorType)
        return self.value.type

    @property
    def sizes(self) -> tuple[IntExpr, ...]:
        return self.type.sizes

    def at(self, point: Sequence[IntExpr]) -> IntExpr:
        """Offset of the element at `point`, broadcasting dims of size 1 and missing leading ones."""
        sizes, strides = self.sizes, self.type.strides
        point = point[len(point) - len(sizes) :]
        return sum((p * s for p, n, s in zip(point, sizes, strides, strict=True) if n != 1), 0)


class Nest:
    """Builds the body of one nest."""

    def __init__(self, op: NestOp) -> None:
        self.op = op

    def add(self, op: Any) -> SSAValue:
        self.op.block.add_op(op)
        return op.results[0] if op.results else None

    def load(self, i: int, index: IntExpr, *args: Any) -> SSAValue:
        value = self.add(LoadOp(self.op.block.args[i], index, *args))
        return self.add(arith.ExtFOp(value, f32)) if value.type == bf16 else value

    def store(self, value: SSAValue, k: int, index: IntExpr, *args: Any, **options: Any) -> None:
        target = self.op.output_args[k]
        if target.type.dtype == "bf16":
            value = self.add(arith.TruncFOp(value, bf16))
        self.add(StoreOp(value, target, index, *args, **options))

    def constant(self, value: float) -> SSAValue:
        return self.add(arith.ConstantOp(FloatAttr(value, f32)))


def dims(sizes: Sequence[IntExpr], prefix: str = "d") -> list[IntExpr]:
    return [var(f"{prefix}{i}") for i in range(len(sizes))]


class ProgramBuilder:
    """Grows a function one random operation at a time; equal seeds give equal programs."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.sizes = self.random.choice(FACTORS)
        self.block = Block()
        self.pool: list[Tensor] = []
        self.arguments: list[Tensor] = []
        for _ in range(2):
            self.argument(self.sizes)

    def argument(self, sizes: Sequence[IntExpr], dtype: str = "f32") -> Tensor:
        tensor = Tensor(self.block.insert_arg(TensorType.of(sizes, dtype), len(self.block.args)))
        self.arguments.append(tensor)
        if dtype == "f32":
            self.pool.append(tensor)
        return tensor

    def pick(self) -> Tensor:
        """A value, a recent one more likely."""
        return self.pool[-1] if self.random.random() < 0.5 else self.random.choice(self.pool)

    def nest(
        self,
        inputs: Sequence[Tensor],
        outputs: Sequence[TensorType],
        domain: Domain,
        emit: Emit,
        name: str,
        **options: Any,
    ) -> list[Tensor]:
        op = NestOp([t.value for t in inputs], outputs, domain, **options)
        op.attributes["origins"] = origins_attr([name])
        emit(Nest(op))
        self.block.add_op(op)
        results = [Tensor(result) for result in op.results]
        self.pool.extend(results)
        return results

    def layout(self, sizes: Sequence[IntExpr], dtype: str = "f32") -> TensorType:
        """Contiguous, or with the strides of a permutation."""
        order = list(range(len(sizes)))
        if self.random.random() < 0.2:
            self.random.shuffle(order)
        strides: list[IntExpr] = [0] * len(sizes)
        for i, stride in zip(order, contiguous_strides([sizes[i] for i in order]), strict=True):
            strides[i] = stride
        return TensorType.of(sizes, dtype, strides)

    # ---- operations ---------------------------------------------------------------------------------------

    def unary(self) -> None:
        x = self.pick()
        kind = self.random.randrange(4)
        out = self.layout(x.sizes, self.random.choice(["f32", "f32", "f32", "bf16"]))

        def emit(nest: Nest) -> None:
            point = dims(x.sizes)
            v = nest.load(0, x.at(point))
            if kind == 0:
                v = nest.add(math.TanhOp(v))
            elif kind == 1:
                v = nest.add(arith.MulfOp(v, nest.constant(0.5)))
            elif kind == 2:
                v = nest.add(math.ExpOp(nest.add(arith.NegfOp(nest.add(math.AbsFOp(v))))))
            nest.store(v, 0, Tensor(nest.op.results[0]).at(point))

        self.nest([x], [out], Domain(x.sizes), emit, "unary")

    def binary(self) -> None:
        x = self.pick()
        others = [t for t in self.pool if broadcasts(t.sizes, x.sizes)]
        y = self.random.choice(others)
        cls = self.random.choice([arith.AddfOp, arith.MulfOp, arith.SubfOp, arith.MaximumfOp])
        out = self.layout(x.sizes)

        def emit(nest: Nest) -> None:
            point = dims(x.sizes)
            v = nest.add(cls(nest.load(0, x.at(point)), nest.load(1, y.at(point))))
            nest.store(v, 0, Tensor(nest.op.results[0]).at(point))

        self.nest([x, y], [out], Domain(x.sizes), emit, "binary")

    def reduction(self) -> None:
        x = self.pick()
        if not x.sizes:
            return self.unary()
        reduced = [i for i in range(len(x.sizes)) if self.random.random() < 0.5] or [len(x.sizes) - 1]
        kept = [i for i in range(len(x.sizes)) if i not in reduced]
        kind = self.random.choice(["sum", "max", "min", "welford", "argmax", "prod"])
        kind = "sum" if 0 in x.sizes else kind
        keepdim = self.random.random() < 0.6
        sizes = [1 if i in reduced else n for i, n in enumerate(x.sizes)] if keepdim else [x.sizes[i] for i in kept]
        point: list[IntExpr] = [0] * len(x.sizes)
        for k, i in enumerate(kept):
            point[i] = var(f"d{k}")
        for k, i in enumerate(reduced):
            point[i] = var(f"r{k}")
        outputs = [TensorType.of(sizes, "f32")] * (2 if kind == "welford" else 1)

        def emit(nest: Nest) -> None:
            op = ReduceOp(kind, nest.load(0, x.at(point)))
            nest.add(op)
            where = Tensor(nest.op.results[0]).at(point if keepdim else [point[i] for i in kept])
            for k, result in enumerate(op.results):
                value = nest.add(SIToFPOp(result, f32)) if kind == "argmax" else result
                nest.store(value, k, where)

        domain = Domain(tuple(x.sizes[i] for i in kept), tuple(x.sizes[i] for i in reduced))
        return void(self.nest([x], outputs, domain, emit, kind))

    def softmax(self) -> None:
        x = self.pick()
        if not x.sizes:
            return
        out = self.layout(x.sizes)

        def emit(nest: Nest) -> None:
            point = [*dims(x.sizes[:-1]), var("r0")]
            v = nest.load(0, x.at(point))
            top = nest.add(ReduceOp("max", v))
            e = nest.add(math.ExpOp(nest.add(arith.SubfOp(v, top))))
            v = nest.add(arith.DivfOp(e, nest.add(ReduceOp("sum", e))))
            nest.store(v, 0, Tensor(nest.op.results[0]).at(point))

        self.nest([x], [out], Domain(tuple(x.sizes[:-1]), tuple(x.sizes[-1:])), emit, "softmax")

    def scan(self) -> None:
        x = self.pick()
        if not x.sizes:
            return

        def emit(nest: Nest) -> None:
            point = [*dims(x.sizes[:-1]), var("r0")]
            v = nest.add(ScanOp("sum", nest.load(0, x.at(point))))
            nest.store(v, 0, Tensor(nest.op.results[0]).at(point))

        domain = Domain(tuple(x.sizes[:-1]), tuple(x.sizes[-1:]))
        self.nest([x], [TensorType.of(x.sizes, "f32")], domain, emit, "cumsum")

    def window(self) -> None:
        """Sums of three neighbours along the last dim."""
        x = self.pick()
        if not x.sizes or not isinstance(x.sizes[-1], int) or x.sizes[-1] < 3:
            return
        sizes = (*x.sizes[:-1], x.sizes[-1] - 2)

        def emit(nest: Nest) -> None:
            point = dims(sizes)
            v = nest.load(0, x.at([*point[:-1], point[-1] + var("r0")]))
            nest.store(nest.add(ReduceOp("sum", v)), 0, Tensor(nest.op.results[0]).at(point))

        self.nest([x], [TensorType.of(sizes, "f32")], Domain(sizes, (3,)), emit, "window")

    def pad(self) -> None:
        """One element of 0.25 on both sides of the last dim."""
        x = self.pick()
        if not x.sizes:
            return
        sizes = (*x.sizes[:-1], x.sizes[-1] + 2)

        def emit(nest: Nest) -> None:
            point = dims(sizes)
            at = nest.add(IndexOp(point[-1]))
            low = nest.add(CmpiOp(at, nest.add(IndexOp(1)), "sge"))
            high = nest.add(CmpiOp(at, nest.add(IndexOp(x.sizes[-1])), "sle"))
            mask = nest.add(arith.AndIOp(low, high))
            other = nest.add(arith.ConstantOp(FloatAttr(0.25, nest.op.block.args[0].type.scalar)))
            v = nest.load(0, x.at([*point[:-1], point[-1] - 1]), (), mask, other)
            nest.store(v, 0, Tensor(nest.op.results[0]).at(point))

        self.nest([x], [TensorType.of(sizes, "f32")], Domain(sizes), emit, "pad")

    def gather(self) -> None:
        """Rows picked by an index tensor with values 0 and 1."""
        x = self.pick()
        if not x.sizes or not isinstance(x.sizes[0], int) or x.sizes[0] < 2:
            return
        rows = self.argument([3], "i64")
        sizes = (3, *x.sizes[1:])

        def emit(nest: Nest) -> None:
            point = dims(sizes)
            row = nest.add(LoadOp(nest.op.block.args[1], point[0]))
            limit = nest.add(arith.ConstantOp(IntegerAttr(2, i64)))
            nest.add(CheckOp(nest.add(CmpiOp(row, limit, "slt")), "index out of range"))
            v = nest.load(0, x.at([var("i0"), *point[1:]]), [row])
            nest.store(v, 0, Tensor(nest.op.results[0]).at(point))

        self.nest([x, rows], [TensorType.of(sizes, "f32")], Domain(sizes), emit, "gather")

    def pick_column(self) -> None:
        """One element of each row, by an index tensor with values 0 and 1: what a loss does."""
        x = self.pick()
        if len(x.sizes) < 2 or not isinstance(x.sizes[-1], int) or x.sizes[-1] < 2:
            return
        sizes = x.sizes[:-1]
        column = self.argument(sizes, "i64")

        def emit(nest: Nest) -> None:
            point = dims(sizes)
            at = nest.add(LoadOp(nest.op.block.args[1], column.at(point)))
            v = nest.load(0, x.at([*point, var("i0")]), [at])
            nest.store(v, 0, Tensor(nest.op.results[0]).at(point))

        self.nest([x, column], [TensorType.of(sizes, "f32")], Domain(sizes), emit, "pick")

    def scatter(self) -> None:
        """Adds rows to rows 0 and 1 of a copy."""
        x = self.pick()
        base = [t for t in self.pool if t.sizes == x.sizes and t.type.dtype == "f32"]
        if not base or not x.sizes or not isinstance(x.sizes[0], int) or x.sizes[0] < 2:
            return
        start = self.random.choice(base)
        rows = self.argument([x.sizes[0]], "i64")

        def emit(nest: Nest) -> None:
            point = dims(x.sizes)
            row = nest.add(LoadOp(nest.op.block.args[2], point[0]))
            out = Tensor(nest.op.results[0])
            nest.store(nest.load(1, x.at(point)), 0, out.at([var("i0"), *point[1:]]), [row], mode="add")

        self.nest([start, x, rows], [start.type], Domain(x.sizes), emit, "scatter", inits=[0])

    def concatenate(self) -> None:
        x, sizes = self.pick(), None
        y = self.random.choice([t for t in self.pool if t.sizes == x.sizes])
        if not x.sizes:
            return
        sizes = (x.sizes[0] * 2, *x.sizes[1:])

        def emit(nest: Nest) -> None:
            point = dims(sizes)
            first = nest.add(CmpiOp(nest.add(IndexOp(point[0])), nest.add(IndexOp(x.sizes[0])), "slt"))
            yes = nest.add(arith.ConstantOp(IntegerAttr(1, first.type)))
            second = nest.add(arith.XOrIOp(first, yes))
            zero = [nest.add(arith.ConstantOp(FloatAttr(0.0, t.type.scalar))) for t in (x, y)]
            a = nest.load(0, x.at(point), (), first, zero[0])
            b = nest.load(1, y.at([point[0] - x.sizes[0], *point[1:]]), (), second, zero[1])
            nest.store(nest.add(SelectOp(first, a, b)), 0, Tensor(nest.op.results[0]).at(point))

        self.nest([x, y], [TensorType.of(sizes, "f32")], Domain(sizes), emit, "cat")

    def stack_by_stores(self) -> None:
        """Two masked stores into one output."""
        x = self.pick()
        if not x.sizes:
            return
        sizes = (2, *x.sizes)

        def emit(nest: Nest) -> None:
            point = dims(sizes)
            first = nest.add(CmpiOp(nest.add(IndexOp(point[0])), nest.add(IndexOp(0)), "eq"))
            second = nest.add(CmpiOp(nest.add(IndexOp(point[0])), nest.add(IndexOp(1)), "eq"))
            v = nest.load(0, x.at(point[1:]))
            at = Tensor(nest.op.results[0]).at(point)
            nest.store(v, 0, at, (), first)
            nest.store(nest.add(arith.NegfOp(v)), 0, at, (), second)

        self.nest([x], [TensorType.of(sizes, "f32")], Domain(sizes), emit, "stack")

    def update_row(self) -> None:
        """A copy with row 1 replaced by row 0 of another tensor."""
        x = self.pick()
        base = [t for t in self.pool if t.sizes == x.sizes and t.type.dtype == "f32"]
        if not base or not x.sizes or not isinstance(x.sizes[0], int) or x.sizes[0] < 2:
            return
        start = self.random.choice(base)

        def emit(nest: Nest) -> None:
            point = dims(x.sizes[1:])
            v = nest.load(1, x.at([0, *point]))
            nest.store(v, 0, Tensor(nest.op.results[0]).at([1, *point]))

        self.nest([start, x], [start.type], Domain(x.sizes[1:]), emit, "update", inits=[0])

    def constant(self) -> None:
        iota = self.random.random() < 0.5

        def emit(nest: Nest) -> None:
            point = dims(self.sizes)
            out = Tensor(nest.op.results[0]).at(point)
            v = nest.add(SIToFPOp(nest.add(IndexOp(out)), f32)) if iota else nest.constant(0.75)
            nest.store(v, 0, out)

        self.nest([], [TensorType.of(self.sizes, "f32")], Domain(self.sizes), emit, "full")

    def view(self) -> None:
        x = self.pick()
        kind = self.random.choice(["permute", "reshape", "slice", "flatten", "expand"])
        sizes, strides, offset = list(x.sizes), list(x.type.strides), 0
        if kind == "permute":
            order = list(range(len(sizes)))
            self.random.shuffle(order)
            sizes, strides = [sizes[i] for i in order], [strides[i] for i in order]
        elif kind == "reshape" and sizes and isinstance(sizes[-1], int) and sizes[-1] % 2 == 0:
            sizes[-1:], strides[-1:] = [sizes[-1] // 2, 2], [strides[-1] * 2, strides[-1]]
        elif kind == "flatten" and x.type.is_contiguous():
            sizes, strides = [product(sizes)], [1]
        elif kind == "slice" and sizes and isinstance(sizes[0], int) and sizes[0] > 2:
            sizes[0], offset = sizes[0] - 1, strides[0]
        elif kind == "expand":
            sizes, strides = [2, *sizes], [0, *strides]
        op = ViewOp(x.value, TensorType.of(sizes, x.type.dtype, strides), offset)
        self.block.add_op(op)
        self.pool.append(Tensor(op.result))

    def bits(self) -> None:
        """The bits of a float tensor as integers, through a view of another dtype."""
        x = self.pick()
        if x.type.dtype != "f32":
            return
        view = ViewOp(x.value, TensorType.of(x.sizes, "i32", x.type.strides))
        self.block.add_op(view)

        def emit(nest: Nest) -> None:
            point = dims(x.sizes)
            v = nest.add(SIToFPOp(nest.load(0, x.at(point)), f32))
            v = nest.add(arith.MulfOp(v, nest.constant(2.0**-32)))
            nest.store(v, 0, Tensor(nest.op.results[0]).at(point))

        self.nest([Tensor(view.result)], [TensorType.of(x.sizes, "f32")], Domain(x.sizes), emit, "bits")

    def extern(self) -> None:
        x = self.pick()
        if x.type.dtype == "f32":
            op = ExternOp.build_call(
                call_args(1), [x.value], [TensorType.of(x.sizes, "f32")], target="aten.relu.default"
            )
            self.block.add_op(op)
            self.pool.append(Tensor(op.results[0]))

    def mutate(self) -> None:
        """Overwrites an argument."""
        target = self.arguments[0]
        others = [t for t in self.pool if t.sizes == target.sizes and t.type.dtype == "f32"]
        source = self.random.choice(others)
        self.block.add_op(
            ExternOp.build_call(call_args(2), [target.value, source.value], [], target="aten.copy_.default")
        )

    # ---- the function -------------------------------------------------------------------------------------

    def build(self, length: int) -> ModuleOp:
        """A module of one function `main` with `length` operations that returns some of the values."""
        actions = [self.unary, self.binary, self.binary, self.reduction, self.softmax, self.view, self.window, self.pad]
        actions += [self.gather, self.constant, self.extern, self.concatenate, self.binary, self.scan, self.scatter]
        actions += [self.pick_column, self.softmax, self.bits, self.stack_by_stores, self.update_row]
        for _ in range(length):
            self.random.choice(actions)()
            if self.random.random() < 0.04:
                self.mutate()
        returned = [self.pool[-1], *(t for t in self.pool[3:-1] if self.random.random() < 0.2)]
        template = ReturnOp.call([Special("tuple", tuple(t.value for t in returned))], f32)
        op = ReturnOp.build_call(template.template, list(template.operands), [])
        template.drop_all_references()
        self.block.add_op(op)
        types = [t.type for t in self.arguments]
        function = func.FuncOp("main", (types, [t.type for t in returned]), Region(self.block))
        return ModuleOp([function])


def void(_: object) -> None:
    """Drops a value."""


def call_args(count: int) -> CallArgs:
    return CallArgs(tuple(Ref(i) for i in range(count)))


def broadcasts(sizes: Sequence[IntExpr], to: Sequence[IntExpr]) -> bool:
    """Whether a tensor of `sizes` broadcasts to `to`."""
    if len(sizes) > len(to):
        return False
    return all(a in (1, b) for a, b in zip(reversed(sizes), reversed(to), strict=False))


def random_module(seed: int, length: int | None = None) -> ModuleOp:
    """The random program of a seed."""
    return ProgramBuilder(seed).build(length or 4 + seed % 9)


def run_module(module: ModuleOp, seed: int = 0) -> list[np.ndarray[Any, Any]]:
    """The results of `main`, and its arguments afterwards, on random arguments."""
    function = next(op for op in module.ops if isinstance(op, func.FuncOp))
    source = np.random.default_rng(seed)
    arguments = []
    for arg in function.body.block.args:
        assert isinstance(arg.type, TensorType)
        sizes = [evaluate(n, SYMBOLS) for n in arg.type.sizes]
        values = source.integers(0, 2, sizes) if arg.type.dtype == "i64" else source.standard_normal(sizes)
        arguments.append(
            to_storage(values.astype(np.int64 if arg.type.dtype == "i64" else np.float32), arg.type, SYMBOLS)
        )
    results = run_function(function, arguments, symbols=SYMBOLS, externs=_extern)
    types = function.function_type.outputs.data
    tensors = [from_storage(r, t, SYMBOLS) for r, t in zip(results, types, strict=True)]
    return [np.asarray(t, np.float64) for t in (*tensors, *arguments)]


def _extern(op: Any, values: list[Any]) -> Any:
    target: StringAttr = op.target
    if target.data == "aten.relu.default":
        x = from_storage(values[0], op.operands[0].type, SYMBOLS)
        return to_storage(np.maximum(x, 0), op.results[0].type, SYMBOLS)
    assert target.data == "aten.copy_.default"
    from_storage(values[0], op.operands[0].type, SYMBOLS)[...] = from_storage(values[1], op.operands[1].type, SYMBOLS)
    return None
