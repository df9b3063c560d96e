"""Emission of the nodes of a body at one point, or at `lanes` neighbouring points along the vector dim.

A value that does not vary over the vector dim stays a scalar and is computed outside of the vector loop. An access
whose offset grows by 1 along the vector dim is a contiguous load or store; one that does not vary is a scalar; any
other is a gather or scatter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from xdsl.dialects import arith as xarith
from xdsl.dialects import math as xmath
from xdsl.dialects.builtin import (
    AnyFloat,
    DenseArrayBase,
    FixedBitwidthType,
    IntegerType,
    StringAttr,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, BlockArgument, Operation, SSAValue

from fxopt.dialects import arith
from fxopt.dialects.cpu import ops as cpu
from fxopt.ir.errors import PassError
from fxopt.ir.symbolic import Atom, Expr, IntExpr, bounds, free_vars, linear_coefficients, substitute
from fxopt.ir.types import TensorType
from fxopt.lowering.loop_to_vector.builder import (
    INDEX,
    Builder,
    element_of,
    floor_mod,
    with_element,
)
from fxopt.lowering.loop_to_vector.model import KernelModel, Node, element_bits

_FASTMATH_NONE: Mapping[str, Attribute] = {"fastmath": xarith.FastMathFlagsAttr("none")}
_INT32_LIMIT = 2**31
# Strides up to this are loaded contiguously and thinned out.
_MAX_STRIDE = 4


def _segments(*sizes: int) -> Mapping[str, Attribute]:
    return {"operandSegmentSizes": DenseArrayBase.from_list(i32, sizes)}


# Operands of cpu.load and cpu.gather: pointer, index, mask, passthru.
_LOAD_SEGMENTS = {(m, p): _segments(1, 1, m, p) for m in (0, 1) for p in (0, 1)}

_MATH_CALLS: dict[str, type[Operation]] = {op.name.removeprefix("math."): op for op in xmath.Math.operations} | {
    "atan2": xmath.Atan2Op,
    "copysign": xmath.CopySignOp,
    "fabs": xmath.AbsFOp,
    "nearbyint": xmath.RoundEvenOp,
    "pow": xmath.PowFOp,
    "rint": xmath.RoundEvenOp,
}
_ARITH_CALLS: dict[str, type[Operation]] = {"fmax": xarith.MaxnumfOp, "fmin": xarith.MinnumfOp}

# mode -> (float op, signed op, unsigned op)
_STORE_OPS: dict[str, tuple[type[Operation], type[Operation], type[Operation]]] = {
    "add": (xarith.AddfOp, xarith.AddiOp, xarith.AddiOp),
    "mul": (xarith.MulfOp, xarith.MuliOp, xarith.MuliOp),
    "max": (xarith.MaximumfOp, xarith.MaxSIOp, xarith.MaxUIOp),
    "min": (xarith.MinimumfOp, xarith.MinSIOp, xarith.MinUIOp),
}
_BOOL_STORE_OPS: dict[str, type[Operation]] = {
    "add": xarith.OrIOp,
    "mul": xarith.AndIOp,
    "max": xarith.OrIOp,
    "min": xarith.AndIOp,
}


class BodyEmitter:
    """Emits nodes into a `Builder`; `env` gives each dim's position, the first lane's for the vector dim `vec`.

    Elements of at least `masked_bits` have masked loads on the target.
    """

    def __init__(
        self,
        builder: Builder,
        model: KernelModel,
        args: Mapping[BlockArgument, SSAValue],
        vec: str | None,
        lanes: int,
        masked_bits: int = 8,
    ) -> None:
        self.b = builder
        self.model = model
        self.args = args
        self.vec = vec
        self.lanes = lanes if vec is not None else 0
        self.masked_bits = masked_bits
        self.env: dict[str, IntExpr] = {}
        self.mask: SSAValue | None = None
        self.ranges = model.ranges()
        self.pinned: set[BlockArgument] = set(model.aliased)
        self._bound: dict[SSAValue, IntExpr] = {}

    # Values ------------------------------------------------------------------------------------------------

    def key(self, node: Node) -> tuple[object, ...]:
        """What a node's value depends on: where along its dims it is evaluated, and under which mask."""
        env = self.env
        mask = self.mask if self.vec in node.varies else None
        return (node, mask, *[env.get(name) for name in node.varies])

    def define(self, node: Node, value: SSAValue) -> None:
        """Makes `value` the node's value at the current position."""
        self.b.remember(self.key(node), value)

    def value(self, node: Node) -> SSAValue:
        """The emitted value of a node at the current position."""
        value = self.b.recall(self.key(node))
        assert value is not None, f"{node.kind} {node.order} of @{self.model.name} is used before it is emitted"
        return value

    def emit_all(self, nodes: Sequence[Node]) -> None:
        """Emits nodes in program order, those that are known already excepted."""
        for node in nodes:
            if node.is_effect:
                self._EFFECTS[node.kind](self, node)
            elif self.b.recall(self.key(node)) is None:
                self.define(node, self._VALUES[node.kind](self, node))

    def compute(self, node: Node) -> SSAValue:
        operands = [self.value(operand) for operand in node.operands]
        lanes = max([cpu.lanes_of(operand.type) for operand in operands], default=0)
        type_ = node.type
        assert type_ is not None
        if lanes:
            scalar_condition = node.cls is arith.SelectOp and not cpu.lanes_of(operands[0].type)
            first = 1 if scalar_condition else 0
            operands[first:] = [self.b.broadcast(operand, lanes) for operand in operands[first:]]
            type_ = cpu.vector_type(type_, lanes)
        return self.b.pure(node.cls, operands, type_, node.properties)

    def call(self, node: Node) -> SSAValue:
        operands = [self.value(operand) for operand in node.operands]
        lanes = max(cpu.lanes_of(operand.type) for operand in operands)
        operands = [self.b.broadcast(operand, lanes) for operand in operands]
        name, type_ = node.tag, operands[0].type
        if (cls := _ARITH_CALLS.get(name)) is not None:
            return self.b.pure(cls, operands, type_, _FASTMATH_NONE)
        if (cls := _MATH_CALLS.get(name)) is not None:
            return self.b.pure(cls, operands, type_, _FASTMATH_NONE)
        if name in cpu.MATH_FUNCTIONS:
            return self.b.pure(cpu.MathOp, operands, type_, {"fn": StringAttr(name)})
        if name in ("isnan", "isinf", "signbit"):
            return self.classify(name, operands[0])
        if name == "ldexp":
            power = self.b.pure(xmath.Exp2Op, (self.as_float(operands[1], type_),), type_, _FASTMATH_NONE)
            return self.b.binary(xarith.MulfOp, operands[0], power)
        raise PassError(f'convert-loop-to-vector: no CPU function for loop.call "{name}" in @{self.model.name}')

    def classify(self, name: str, value: SSAValue) -> SSAValue:
        """`isnan`, `isinf` or `signbit` as i1."""
        if name == "isnan":
            return self.b.compare("uno", value, value)
        if name == "isinf":
            magnitude = self.b.pure(xmath.AbsFOp, (value,), value.type, _FASTMATH_NONE)
            return self.b.compare("oeq", magnitude, self.b.constant(float("inf"), element_of(value.type)))
        element = element_of(value.type)
        assert isinstance(element, FixedBitwidthType)
        bits = IntegerType(element.bitwidth)
        as_int = self.b.pure(xarith.BitcastOp, (value,), with_element(value.type, bits))
        return self.b.compare("slt", as_int, self.b.constant(0, bits))

    def as_float(self, value: SSAValue, type_: Attribute) -> SSAValue:
        """An integer value as a float of `type_`; a float stays."""
        if isinstance(element_of(value.type), IntegerType):
            return self.b.pure(arith.SIToFPOp, (value,), type_)
        return value

    def scalar(self, node: Node) -> SSAValue:
        assert node.buffer is not None and node.type is not None
        value = self.args[node.buffer]
        source, target = value.type, node.type
        if source == target:
            return value
        if isinstance(source, IntegerType):
            if isinstance(target, IntegerType):
                return self.b.pure(arith.TruncIOp, (value,), target)
            return self.b.pure(arith.SIToFPOp, (value,), target)
        if isinstance(target, IntegerType):
            return self.b.pure(arith.FPToSIOp, (value,), target)
        return self.b.pure(xarith.TruncFOp, (value,), target)

    def index(self, node: Node) -> SSAValue:
        if not self.varying_names(node):
            return self.b.as_i64(self.b.index(self.scalar_index(node)))
        return self.vector_index(node, node.index, i64)

    # Index expressions -------------------------------------------------------------------------------------

    def varying_names(self, node: Node) -> frozenset[str]:
        """The variables of the node's index that differ between lanes."""
        names = free_vars(node.index)
        varying = {self.vec} & names if self.lanes else set()
        for k, indirect in enumerate(node.indirect_nodes):
            if cpu.lanes_of(self.value(indirect).type):
                varying.add(f"i{k}")
        return frozenset(name for name in varying if name is not None)

    def bindings(self, node: Node) -> dict[str, IntExpr]:
        """What the variables of the node's index stand for; vector-valued indirect operands are left out."""
        if not node.indirect:
            return self.env
        result = dict(self.env)
        for k, indirect in enumerate(node.indirect_nodes):
            value = self.value(indirect)
            if not cpu.lanes_of(value.type):
                if value not in self._bound:
                    self._bound[value] = self.b.bind(value, "i")
                result[f"i{k}"] = self._bound[value]
        return result

    def scalar_index(self, node: Node) -> IntExpr:
        """The node's index over bound variables, at the first lane."""
        return substitute(node.index, self.bindings(node))

    def lane_step(self, node: Node) -> IntExpr | None:
        """How much the node's index grows from lane to lane; 0 if not at all, `None` if irregularly."""
        varying = self.varying_names(node)
        if not varying:
            return 0
        if varying != {self.vec}:
            return None
        steps = linear_coefficients(node.index, varying)
        return None if steps is None else next(iter(steps.values()))

    def vector_index(self, node: Node, expr: IntExpr, type_: Attribute) -> SSAValue:
        """An expression with one value a lane, of element type `type_`: i64, or i32 where everything fits."""
        lanes = self.lanes or max(cpu.lanes_of(self.value(i).type) for i in node.indirect_nodes)
        return _VectorIndex(self, node, lanes, type_).evaluate(expr)

    def address_vector(self, node: Node) -> SSAValue:
        """The element offsets of a gather or scatter; 32 bits wide where the buffer and all divisions allow it."""
        assert node.buffer is not None and isinstance(node.buffer.type, TensorType)
        span = node.buffer.type.storage_elems()
        narrow = isinstance(span, int) and span < _INT32_LIMIT and self.divisions_fit(node.index)
        return self.vector_index(node, node.index, i32 if narrow else i64)

    def divisions_fit(self, expr: IntExpr) -> bool:
        """Whether the operands of every division are provably within 32 bits; sums and products may wrap."""
        if isinstance(expr, int):
            return True
        for monomial, _ in expr.terms:
            for atom in monomial:
                if atom.kind == "var":
                    continue
                for arg in atom.args:
                    low, high = bounds(arg, self.ranges)
                    if low is None or high is None or max(abs(low), abs(high)) >= _INT32_LIMIT:
                        return False
                    if not self.divisions_fit(arg):
                        return False
        return True

    def narrowed(self, value: SSAValue, type_: Attribute) -> SSAValue:
        """An i64 value as `type_`, which is i64 or i32."""
        if element_of(value.type) == type_:
            return value
        return self.b.pure(arith.TruncIOp, (value,), with_element(value.type, type_))

    # Memory ------------------------------------------------------------------------------------------------

    def load(self, node: Node) -> SSAValue:
        assert node.buffer is not None and node.type is not None
        mask = self.value(node.mask) if node.mask is not None else None
        other = self.value(node.operands[node.indirect + 1]) if node.mask is not None else None
        vector_mask = mask is not None and cpu.lanes_of(mask.type) > 0
        step = self.lane_step(node)
        pointer = self.args[node.buffer]
        if step == 0 and not vector_mask:
            operands = [pointer, self.b.index(self.scalar_index(node)), *_present(mask, other)]
            return self._load(cpu.LoadOp, node, operands, node.type)
        lanes = self.lanes or cpu.lanes_of(
            mask.type if vector_mask and mask is not None else self.address_vector(node).type
        )
        type_ = cpu.vector_type(node.type, lanes)
        whole_mask, mask = mask, self.with_tail_mask(mask, lanes)
        other = self.b.broadcast(other, lanes) if other is not None else None
        if step == 1:
            address = self.b.index(self.scalar_index(node))
            if whole_mask is not None and not vector_mask:
                # Masked accesses to unmapped pages do not fault, but each costs hundreds of cycles.
                address = self.b.select(whole_mask, address, self.b.constant(0, INDEX))
            return self._load(cpu.LoadOp, node, [pointer, address, *_present(mask, other)], type_)
        if step == -1 and mask is None:
            address = self.b.index(self.scalar_index(node) - (lanes - 1))
            loaded = self._load(cpu.LoadOp, node, [pointer, address], type_)
            return self.b.shuffle(loaded, loaded, range(lanes - 1, -1, -1))
        if isinstance(step, int) and 1 < step <= _MAX_STRIDE and element_bits(node.type) >= self.masked_bits:
            return self.strided_load(node, step, mask, other)
        address = self.b.broadcast(self.address_vector(node), lanes) if step != 0 else self.uniform_address(node, lanes)
        return self._load(cpu.GatherOp, node, [pointer, address, *_present(mask, other)], type_)

    def strided_load(self, node: Node, step: int, mask: SSAValue | None, other: SSAValue | None) -> SSAValue:
        """Every `step`-th element of a contiguous load under a mask: few instructions where a gather takes many."""
        assert node.buffer is not None and node.type is not None
        lanes, wide = self.lanes, self.lanes * step
        if mask is None:
            count = self.b.constant(wide - step + 1, INDEX)
            wide_mask = self.b.create_mask(count, wide)
        else:
            false = self.b.broadcast(self.b.constant(0, i1), lanes)
            spread = [lanes if k % step else k // step for k in range(wide)]
            wide_mask = self.b.shuffle(mask, false, spread)
        operands = [self.args[node.buffer], self.b.index(self.scalar_index(node)), wide_mask]
        loaded = self._load(cpu.LoadOp, node, operands, cpu.vector_type(node.type, wide))
        value = self.b.shuffle(loaded, loaded, range(0, wide, step))
        return value if other is None or mask is None else self.b.select(mask, value, other)

    def load_along(self, node: Node, name: str) -> SSAValue:
        """The node's elements at `lanes` neighbouring positions along another dim than the vector dim."""
        vec, self.vec = self.vec, name
        value = self.load(node)
        self.vec = vec
        return value

    def uniform_address(self, node: Node, lanes: int) -> SSAValue:
        """One address in every lane, for accesses whose mask varies and whose address does not."""
        return self.b.broadcast(self.b.index(self.scalar_index(node)), lanes)

    def _load(self, cls: type[Operation], node: Node, operands: Sequence[SSAValue], type_: Attribute) -> SSAValue:
        """A read of memory that the kernel writes stays where it is, any other leaves the loops it is invariant in."""
        properties = _LOAD_SEGMENTS[int(len(operands) > 2), int(len(operands) > 3)]
        if node.buffer in self.pinned:
            op = cls.create(operands=operands, result_types=(type_,), properties=properties)
            return self.b.append(op).results[0]
        return self.b.pure(cls, operands, type_, properties)

    def with_tail_mask(self, mask: SSAValue | None, lanes: int) -> SSAValue | None:
        """The node's own mask, and the mask of the loop's last iteration."""
        if mask is not None:
            mask = self.b.broadcast(mask, lanes)
        if self.mask is None or mask is None:
            return mask if self.mask is None else self.mask
        return self.b.binary(xarith.AndIOp, mask, self.mask)

    def store(self, node: Node) -> None:
        self.store_at(node, self.value(node.operands[0]))

    def load_back(self, node: Node) -> SSAValue:
        """What `store_at` wrote for the same store at the current position."""
        load = Node("load", node.operands[0].type)
        load.buffer, load.index, load.varies = node.buffer, node.index, node.varies
        return self.load(load)

    def store_at(self, node: Node, value: SSAValue) -> None:
        """Writes a value where the store `node` writes its own."""
        assert node.buffer is not None
        mask = self.value(node.mask) if node.mask is not None else None
        step = self.lane_step(node)
        pointer = self.args[node.buffer]
        vector_mask = mask is not None and cpu.lanes_of(mask.type) > 0
        if step == 0 and not vector_mask:
            if cpu.lanes_of(value.type):  # every lane has the value of the one element
                value = self.b.extract(value, 0)
            self._store(node, value, pointer, self.b.index(self.scalar_index(node)), mask)
            return
        value = self.b.broadcast(value, self.lanes)
        mask = self.with_tail_mask(mask, self.lanes)
        if step == 1:
            address = self.b.index(self.scalar_index(node))
        else:
            address = self.address_vector(node) if step != 0 else self.uniform_address(node, self.lanes)
        self._store(node, value, pointer, address, mask)

    def _store(self, node: Node, value: SSAValue, pointer: SSAValue, address: SSAValue, mask: SSAValue | None) -> None:
        scattered = cpu.lanes_of(address.type) > 0
        if node.tag != "set":
            # No other lane or thread touches these elements: the schedule sees to it.
            cls = cpu.GatherOp if scattered else cpu.LoadOp
            operands = [pointer, address, *_present(mask)]
            load = cls.create(
                operands=operands, result_types=(value.type,), properties=_LOAD_SEGMENTS[int(mask is not None), 0]
            )
            value = self.b.binary(store_op(node, value), self.b.append(load).results[0], value)
        store = cpu.ScatterOp if scattered else cpu.StoreOp
        self.b.append(store.create(operands=[value, pointer, address, *_present(mask)]))

    def check(self, node: Node) -> None:
        ok = self.value(node.operands[0])
        if self.mask is not None and cpu.lanes_of(ok.type):
            true = self.b.broadcast(self.b.constant(1, i1), self.lanes)
            ok = self.b.binary(xarith.OrIOp, ok, self.b.binary(xarith.XOrIOp, self.mask, true))
        key = ("check", node, ok)
        if self.b.recall(key) is None:
            self.b.append(cpu.CheckOp(ok, node.indirect + 1))
            self.b.caches[-1][key] = ok

    _VALUES: Mapping[str, Callable[[BodyEmitter, Node], SSAValue]] = {
        "compute": compute,
        "call": call,
        "load": load,
        "index": index,
        "scalar": scalar,
    }
    _EFFECTS: Mapping[str, Callable[[BodyEmitter, Node], None]] = {"store": store, "check": check}


def store_op(node: Node, value: SSAValue) -> type[Operation]:
    """The op that combines a value with the element it is stored to, by the store's mode."""
    element = element_of(value.type)
    if element == i1:
        return _BOOL_STORE_OPS[node.tag]
    on_float, on_signed, on_unsigned = _STORE_OPS[node.tag]
    if isinstance(element, AnyFloat):
        return on_float
    return on_unsigned if node.unsigned else on_signed


def _present(*values: SSAValue | None) -> list[SSAValue]:
    return [value for value in values if value is not None]


class _VectorIndex:
    """Evaluates an index expression in every lane, in integers of one type."""

    def __init__(self, emitter: BodyEmitter, node: Node, lanes: int, type_: Attribute) -> None:
        self.emitter = emitter
        self.b = emitter.b
        self.lanes = lanes
        self.type = type_
        self.node = node
        self.varying = emitter.varying_names(node) or frozenset({emitter.vec or ""})
        self.bindings = emitter.bindings(node)

    def evaluate(self, expr: IntExpr) -> SSAValue:
        """A vector; the terms that do not vary are added as scalars first."""
        uniform: IntExpr = 0
        vectors: list[SSAValue] = []
        if isinstance(expr, int):
            uniform = expr
        else:
            uniform = expr.const
            for monomial, coeff in expr.terms:
                if any(self._varies(atom) for atom in monomial):
                    vectors.append(self._product(monomial, coeff))
                else:
                    uniform = uniform + self._uniform(monomial, coeff)
        if isinstance(uniform, int) and uniform == 0 and vectors:
            total = vectors.pop(0)
        else:
            total = self._splat(substitute(uniform, self.bindings))
        for value in vectors:
            total = self.b.binary(xarith.AddiOp, total, value)
        return total

    def _varies(self, atom: Atom) -> bool:
        if atom.kind == "var":
            return atom.name in self.varying
        return any(not self.varying.isdisjoint(free_vars(arg)) for arg in atom.args)

    @staticmethod
    def _uniform(atoms: Sequence[Atom], coeff: int) -> IntExpr:
        return Expr(((tuple(atoms), coeff),), 0)

    def _product(self, monomial: Sequence[Atom], coeff: int) -> SSAValue:
        total: SSAValue | None = None
        uniform = [atom for atom in monomial if not self._varies(atom)]
        factor: IntExpr = self._uniform(uniform, coeff) if uniform else coeff
        for atom in monomial:
            if self._varies(atom):
                value = self._atom(atom)
                total = value if total is None else self.b.binary(xarith.MuliOp, total, value)
        assert total is not None
        if isinstance(factor, int) and factor == 1:
            return total
        return self.b.binary(xarith.MuliOp, total, self._splat(substitute(factor, self.bindings)))

    def _splat(self, expr: IntExpr) -> SSAValue:
        return self.b.broadcast(self.emitter.narrowed(self.b.as_i64(self.b.index(expr)), self.type), self.lanes)

    def _atom(self, atom: Atom) -> SSAValue:
        if atom.kind == "var":
            if atom.name == self.emitter.vec:
                step = self.b.pure(cpu.StepOp, (), cpu.vector_type(self.type, self.lanes))
                return self.b.binary(xarith.AddiOp, self._splat(self.emitter.env[atom.name]), step)
            indirect = self.emitter.value(self.node.indirect_nodes[int(atom.name[1:])])
            return self.emitter.narrowed(indirect, self.type)
        args = [self.evaluate(arg) for arg in atom.args]
        if atom.kind in ("max", "min"):
            cls = xarith.MaxSIOp if atom.kind == "max" else xarith.MinSIOp
            result = args[0]
            for arg in args[1:]:
                result = self.b.binary(cls, result, arg)
            return result
        low, _ = bounds(atom.args[0], self.emitter.ranges)
        if low is not None and low >= 0:
            return self.b.binary(xarith.DivUIOp if atom.kind == "floordiv" else xarith.RemUIOp, args[0], args[1])
        if atom.kind == "floordiv":
            return self.b.binary(xarith.FloorDivSIOp, args[0], args[1])
        return floor_mod(self.b, args[0], args[1])
