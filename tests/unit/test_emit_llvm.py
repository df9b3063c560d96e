"""Ops of arith, vector, math and scf as machine code, against numpy, on every instruction set that this machine has."""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np
import pytest
from jit_kernels import AVAILABLE, compile_kernel, elementwise, parse
from xdsl.dialects.arith import CMPF_COMPARISON_OPERATIONS

from fxopt.ir.errors import PassError
from fxopt.lowering.cpu_target import host_target, target_for_isa
from fxopt.lowering.emit_llvm import emit_llvm

every_isa = pytest.mark.parametrize("isa", AVAILABLE)


def integers(dtype: type, count: int = 512) -> tuple[np.ndarray, np.ndarray]:
    info, rng = np.iinfo(dtype), np.random.default_rng(0)
    special = np.array([0, 1, -1 if info.min else 1, info.min, info.max, 7], dtype)
    a, b = (grid.ravel() for grid in np.meshgrid(special, special))
    more = rng.integers(info.min, info.max, (2, count), dtype=dtype, endpoint=True)
    return np.concatenate([a, more[0]]), np.concatenate([b, more[1] >> rng.integers(0, info.bits - 1, count, dtype)])


def trunc_div(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    quotient = [int(abs(x) // abs(y)) * (-1 if (x < 0) != (y < 0) else 1) for x, y in _totalised(a, b)]
    return np.array([q % 2 ** (8 * a.itemsize) for q in quotient], np.uint64).astype(a.dtype)


def trunc_rem(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.array([int(abs(x) % abs(y)) * (-1 if x < 0 else 1) for x, y in _totalised(a, b)]).astype(a.dtype)


def floor_div(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.array([(x // y) % 2 ** (8 * a.itemsize) for x, y in _totalised(a, b)], np.uint64).astype(a.dtype)


def ceil_div(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.array([(-(-x // y)) % 2 ** (8 * a.itemsize) for x, y in _totalised(a, b)], np.uint64).astype(a.dtype)


def _totalised(a: np.ndarray, b: np.ndarray) -> list[tuple[int, int]]:
    """Division by 0 counts as division by 1."""
    return [(int(x), int(y) or 1) for x, y in zip(a, b, strict=True)]


SIGNED: dict[str, Callable[..., np.ndarray]] = {
    "addi": operator.add,
    "subi": operator.sub,
    "muli": operator.mul,
    "andi": operator.and_,
    "ori": operator.or_,
    "xori": operator.xor,
    "minsi": np.minimum,
    "maxsi": np.maximum,
    "divsi": trunc_div,
    "remsi": trunc_rem,
    "floordivsi": floor_div,
    "ceildivsi": ceil_div,
}
UNSIGNED: dict[str, Callable[..., np.ndarray]] = {
    "minui": np.minimum,
    "maxui": np.maximum,
    "divui": trunc_div,
    "remui": trunc_rem,
    "ceildivui": ceil_div,
}


@every_isa
@pytest.mark.parametrize("bits", [8, 32, 64])
@pytest.mark.parametrize("name", [*SIGNED, *UNSIGNED])
def test_integer_arithmetic_is_total(name: str, bits: int, isa: str) -> None:
    dtype = getattr(np, f"{'u' if name in UNSIGNED else ''}int{bits}")
    a, b = integers(dtype, 64)
    run = elementwise(f"%y = arith.{name} %x0, %x1 : vector<8xi{bits}>", f"i{bits} i{bits}", f"i{bits}", 8, isa)
    with np.errstate(over="ignore"):
        expected = (SIGNED | UNSIGNED)[name](a, b)
    np.testing.assert_array_equal(run(a, b, out=dtype), expected)


@every_isa
@pytest.mark.parametrize(
    "name, function", [("shli", np.left_shift), ("shrsi", np.right_shift), ("shrui", np.right_shift)]
)
def test_shifts(name: str, function: Callable[..., np.ndarray], isa: str) -> None:
    a = integers(np.int32)[0]
    b = (np.arange(a.size) % 32).astype(np.int32)
    run = elementwise(f"%y = arith.{name} %x0, %x1 : vector<16xi32>", "i32 i32", "i32", 16, isa)
    dtype = np.uint32 if name == "shrui" else np.int32
    np.testing.assert_array_equal(run(a, b, out=dtype), function(a.view(dtype), b.view(dtype)))


FLOATS = np.array([0.0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 1e-45, 3.4e38, 0.5, 1.5, 2.5, -2.5, -0.4, 8388609.5])
FLOAT_OPS: dict[str, Callable[..., np.ndarray]] = {
    "arith.addf": operator.add,
    "arith.subf": operator.sub,
    "arith.mulf": operator.mul,
    "arith.divf": operator.truediv,
    "arith.maximumf": np.maximum,
    "arith.minimumf": np.minimum,
    "arith.maxnumf": np.fmax,
    "arith.minnumf": np.fmin,
    "math.copysign": np.copysign,
}
UNARY_OPS: dict[str, Callable[..., np.ndarray]] = {
    "arith.negf": operator.neg,
    "math.absf": np.abs,
    "math.ceil": np.ceil,
    "math.floor": np.floor,
    "math.trunc": np.trunc,
    "math.roundeven": np.rint,
    "math.sqrt": np.sqrt,
    "math.round": lambda x: np.copysign(np.floor(np.abs(x) + 0.5), x),
}


@every_isa
@pytest.mark.parametrize("kind, dtype", [("f32", np.float32), ("f64", np.float64), ("f16", np.float16)])
@pytest.mark.parametrize("name", FLOAT_OPS)
def test_float_arithmetic(name: str, kind: str, dtype: type, isa: str) -> None:
    with np.errstate(all="ignore"):
        a, b = (grid.ravel().astype(dtype) for grid in np.meshgrid(FLOATS, FLOATS))
        run = elementwise(f"%y = {name} %x0, %x1 : vector<8x{kind}>", f"{kind} {kind}", kind, 8, isa)
        np.testing.assert_array_equal(run(a, b, out=dtype), FLOAT_OPS[name](a, b).astype(dtype))


@every_isa
@pytest.mark.parametrize("kind, dtype", [("f32", np.float32), ("f64", np.float64), ("f16", np.float16)])
@pytest.mark.parametrize("name", UNARY_OPS)
def test_float_rounding(name: str, kind: str, dtype: type, isa: str) -> None:
    with np.errstate(all="ignore"):
        a = FLOATS.astype(dtype)
        run = elementwise(f"%y = {name} %x0 : vector<4x{kind}>", kind, kind, 4, isa)
        got, expected = run(a, out=dtype), UNARY_OPS[name](a).astype(dtype)
        np.testing.assert_array_equal(got, expected)
        np.testing.assert_array_equal(np.signbit(got[a == a]), np.signbit(expected[a == a]))


@every_isa
@pytest.mark.parametrize("predicate", CMPF_COMPARISON_OPERATIONS)
def test_float_comparison(predicate: str, isa: str) -> None:
    a, b = (grid.ravel().astype(np.float32) for grid in np.meshgrid(FLOATS[:8], FLOATS[:8]))
    run = elementwise(f"%y = arith.cmpf {predicate}, %x0, %x1 : vector<8xf32>", "f32 f32", "i1", 8, isa)
    unordered = np.isnan(a) | np.isnan(b)
    relation = {"eq": a == b, "gt": a > b, "ge": a >= b, "lt": a < b, "le": a <= b, "ne": (a != b) & ~unordered}
    named = {"false": unordered & ~unordered, "true": unordered | ~unordered, "ord": ~unordered, "uno": unordered}
    expected = named[predicate] if predicate in named else relation[predicate[1:]] | (predicate[0] == "u") & unordered
    np.testing.assert_array_equal(run(a, b, out=np.bool_), expected)


@every_isa
def test_integer_comparison_and_select(isa: str) -> None:
    a, b = integers(np.int32)
    body = """%m = arith.cmpi slt, %x0, %x1 : vector<16xi32>
              %u = arith.cmpi ugt, %x0, %x1 : vector<16xi32>
              %t = arith.select %m, %x0, %x1 : vector<16xi1>, vector<16xi32>
              %c = arith.constant true
              %z = arith.select %c, %t, %x1 : vector<16xi32>
              %w = arith.constant dense<5> : vector<16xi32>
              %y = arith.select %u, %w, %z : vector<16xi1>, vector<16xi32>"""
    expected = np.where(a.view(np.uint32) > b.view(np.uint32), 5, np.where(a < b, a, b))
    np.testing.assert_array_equal(elementwise(body, "i32 i32", "i32", 16, isa)(a, b, out=np.int32), expected)


# Conversions -----------------------------------------------------------------------------------------------


@every_isa
@pytest.mark.parametrize("kind", ["f16", "bf16"])
def test_extending_16_bit_floats_is_exact_for_every_value(kind: str, isa: str) -> None:
    bits = np.arange(65536, dtype=np.uint16)
    run = elementwise(f"%y = arith.extf %x0 : vector<16x{kind}> to vector<16xf32>", kind, "f32", 16, isa)
    expected = bits.view(np.float16).astype(np.float32) if kind == "f16" else (bits.astype(np.uint32) << 16).view("f4")
    got = run(bits, out=np.float32)
    np.testing.assert_array_equal(got, expected)
    np.testing.assert_array_equal(np.signbit(got), np.signbit(expected))


@every_isa
@pytest.mark.parametrize("source", ["f32", "f64"])
@pytest.mark.parametrize("kind", ["f16", "bf16"])
def test_truncation_rounds_to_nearest_even(kind: str, source: str, isa: str) -> None:
    import torch

    bits = np.concatenate([np.linspace(0, 2**32 - 1, 1 << 16), np.arange(0x33000000, 0x33800000, 0x1000)])
    ties = (np.arange(1 << 16, dtype=np.uint32) << 16) | 0x8000
    values = np.concatenate([bits.astype(np.uint32), ties]).view(np.float32)
    values = np.concatenate([values, np.float32([65504, 65519.99, 65520, 6e-8, 2.98e-8, 2.99e-8, np.inf])])
    with np.errstate(all="ignore"):
        x = values.astype(np.float64) if source == "f64" else values
    dtype = torch.float16 if kind == "f16" else torch.bfloat16
    expected = torch.from_numpy(values).to(dtype).view(torch.uint16).numpy()
    run = elementwise(f"%y = arith.truncf %x0 : vector<16x{source}> to vector<16x{kind}>", source, kind, 16, isa)
    got = run(x, out=np.uint16)
    nan = np.isnan(values)
    np.testing.assert_array_equal(got[~nan], expected[~nan])
    exponent = 0x7C00 if kind == "f16" else 0x7F80
    assert np.all((got[nan] & 0x7FFF) > exponent)


@every_isa
@pytest.mark.parametrize("kind, dtype", [("i8", np.int8), ("i16", np.int16), ("i32", np.int32), ("i64", np.int64)])
def test_float_to_int_truncates(kind: str, dtype: type, isa: str) -> None:
    x = np.concatenate([np.linspace(-127.9, 127.9, 333), [0.0, -0.0, 0.99, -0.99]]).astype(np.float32)
    run = elementwise(f"%y = arith.fptosi %x0 : vector<8xf32> to vector<8x{kind}>", "f32", kind, 8, isa)
    np.testing.assert_array_equal(run(x, out=dtype), x.astype(dtype))
    run = elementwise(f"%y = arith.sitofp %x0 : vector<8x{kind}> to vector<8xf32>", kind, "f32", 8, isa)
    values = integers(dtype)[0]
    np.testing.assert_array_equal(run(values, out=np.float32), values.astype(np.float32))


@every_isa
def test_unsigned_conversions(isa: str) -> None:
    x = np.array([0, 1.5, 255, 200.7], np.float32)
    run = elementwise("%y = arith.fptoui %x0 : vector<4xf32> to vector<4xi8>", "f32", "i8", 4, isa)
    np.testing.assert_array_equal(run(x, out=np.uint8), [0, 1, 255, 200])
    values = integers(np.uint32)[0]
    run = elementwise("%y = arith.uitofp %x0 : vector<8xi32> to vector<8xf32>", "i32", "f32", 8, isa)
    np.testing.assert_array_equal(run(values, out=np.float32), values.astype(np.float32))
    wide = "%s = arith.extsi %x0 : vector<8xi8> to vector<8xi32> %y = arith.extui %s : vector<8xi32> to vector<8xi64>"
    small = integers(np.int8)[0]
    got = elementwise(wide, "i8", "i64", 8, isa)(small, out=np.int64)
    np.testing.assert_array_equal(got, small.astype(np.int32).view(np.uint32).astype(np.int64))


@every_isa
def test_16_bit_floats_round_after_each_op(isa: str) -> None:
    import torch

    a, b = torch.randn(2, 4096).to(torch.bfloat16)
    run = elementwise(
        "%s = arith.mulf %x0, %x1 : vector<16xbf16> %y = arith.addf %s, %x0 : vector<16xbf16>",
        "bf16 bf16",
        "bf16",
        16,
        isa,
    )
    got = run(a.view(torch.uint16).numpy(), b.view(torch.uint16).numpy(), out=np.uint16)
    np.testing.assert_array_equal(got, (a * b + a).view(torch.uint16).numpy())


def test_bitcast_and_constants() -> None:
    body = """%b = arith.bitcast %x0 : vector<4xf32> to vector<4xi32>
              %c = arith.constant dense<[1, -2, 3, 2147483647]> : vector<4xi32>
              %s = arith.xori %b, %c : vector<4xi32>
              %t = vector.bitcast %s : vector<4xi32> to vector<8xi16>
              %u = vector.bitcast %t : vector<8xi16> to vector<4xi32>
              %f = arith.constant dense<[0.5, -0.0, 1.0e38, 1.0e-40]> : vector<4xf32>
              %g = arith.bitcast %f : vector<4xf32> to vector<4xi32>
              %y = arith.addi %u, %g : vector<4xi32>"""
    x = np.float32([1, 2, -3, 4])
    f = np.float32([0.5, -0.0, 1e38, 1e-40]).view(np.int32)
    with np.errstate(over="ignore"):
        expected = (x.view(np.int32) ^ np.int32([1, -2, 3, 2147483647])) + f
    np.testing.assert_array_equal(elementwise(body, "f32", "i32", 4)(x, out=np.int32), expected)


# Vectors ---------------------------------------------------------------------------------------------------

REDUCTIONS = {
    "add": ("f32", lambda x: x.sum()),
    "mul": ("f32", lambda x: x.prod()),
    "maximumf": ("f32", np.max),
    "minimumf": ("f32", np.min),
    "maxnumf": ("f32", np.max),
    "minsi": ("i32", np.min),
    "maxsi": ("i32", np.max),
    "minui": ("i32", lambda x: x.view(np.uint32).min().view(np.int32)),
    "and": ("i32", np.bitwise_and.reduce),
    "or": ("i32", np.bitwise_or.reduce),
    "xor": ("i32", np.bitwise_xor.reduce),
}


@every_isa
@pytest.mark.parametrize("lanes", [4, 7, 16])
@pytest.mark.parametrize("kind", REDUCTIONS)
def test_reduction(kind: str, lanes: int, isa: str) -> None:
    element, function = REDUCTIONS[kind]
    dtype = np.float32 if element == "f32" else np.int32
    x = (np.random.default_rng(0).standard_normal(lanes) * 10).astype(dtype)
    body = f"%r = vector.reduction <{kind}>, %x0 : vector<{lanes}x{element}> into {element}"
    body += f" %y = vector.broadcast %r : {element} to vector<{lanes}x{element}>"
    got = elementwise(body, element, element, lanes, isa)(x, out=dtype)
    np.testing.assert_allclose(got, np.full(lanes, function(x)), rtol=1e-5)


def test_reduction_with_accumulator_and_nan() -> None:
    body = """%a = arith.constant 100.0 : f32
              %r = vector.reduction <maximumf>, %x0, %a : vector<4xf32> into f32
              %y = vector.broadcast %r : f32 to vector<4xf32>"""
    run = elementwise(body, "f32", "f32", 4)
    assert run(np.float32([1, 2, 3, 4]), out=np.float32)[0] == 100
    assert np.isnan(run(np.float32([1, np.nan, 3, 4]), out=np.float32)[0])


def test_shuffle_insert_extract_step_mask() -> None:
    body = """%r = vector.shuffle %x0, %x1 [7, 0, 6, 1] : vector<4xf32>, vector<4xf32>
              %two = vector.shuffle %x0, %x0 [0, 1] : vector<4xf32>, vector<4xf32>
              %w = vector.shuffle %two, %x1 [1, 2, 3, 5] : vector<2xf32>, vector<4xf32>
              %s = arith.addf %r, %w : vector<4xf32>
              %e = vector.extract %x0[2] : f32 from vector<4xf32>
              %one = arith.constant 1 : index
              %d = vector.extract %x1[%one] : f32 from vector<4xf32>
              %ins = vector.insert %e, %s [0] : f32 into vector<4xf32>
              %j = vector.insert %d, %ins [%one] : f32 into vector<4xf32>
              %lanes = cpu.step : vector<4xf32>
              %three = arith.constant 3 : index
              %m = vector.create_mask %three : vector<4xi1>
              %t = arith.addf %j, %lanes : vector<4xf32>
              %y = arith.select %m, %t, %x0 : vector<4xi1>, vector<4xf32>"""
    x, z = np.float32([1, 2, 3, 4]), np.float32([10, 20, 30, 40])
    # shuffle [7 0 6 1]: 40 1 30 2; the narrow one [1 2 3 5]: 2 10 20 40
    expected = [3, 20 + 1, 50 + 2, 4]
    np.testing.assert_array_equal(elementwise(body, "f32 f32", "f32", 4)(x, z, out=np.float32), expected)


@pytest.mark.parametrize("count", [-5, 0, 1, 16, 17, 2**40])
def test_create_mask_clamps(count: int) -> None:
    kernel = compile_kernel("""
func.func @k(%out: !llvm.ptr, %n: index) {
  %zero = arith.constant 0 : index
  %m = vector.create_mask %n : vector<16xi1>
  cpu.store %m, %out[%zero] : vector<16xi1>
  func.return
}""")
    out = np.empty(16, np.bool_)
    kernel(out, count)
    np.testing.assert_array_equal(out, np.arange(16) < count)


def test_fma_rounds_once_on_every_target() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 4096)).astype(np.float32)
    c = -(a * b)
    expected = (a.astype(np.float64) * b - (a * b)).astype(np.float32)
    for isa in AVAILABLE:
        run = elementwise("%y = math.fma %x0, %x1, %x2 : vector<8xf32>", "f32 f32 f32", "f32", 8, isa)
        np.testing.assert_array_equal(run(a, b, c, out=np.float32), expected)


def test_contraction_is_allowed_but_not_reassociation() -> None:
    run = elementwise(
        "%s = arith.addf %x0, %x1 : vector<4xf32> %y = arith.subf %s, %x1 : vector<4xf32>", "f32 f32", "f32", 4
    )
    got = run(np.float32([1, 2, 3, 4]), np.full(4, 1e20, np.float32), out=np.float32)
    np.testing.assert_array_equal(got, 0)


@every_isa
def test_math_on_other_types(isa: str) -> None:
    x = np.linspace(0.1, 3, 1000)
    for kind, dtype, tolerance in (("f64", np.float64, 1e-15), ("f16", np.float16, 1e-3)):
        for name, function in (("exp", np.exp), ("log", np.log), ("tanh", np.tanh), ("atan", np.arctan)):
            got = elementwise(f"%y = math.{name} %x0 : vector<8x{kind}>", kind, kind, 8, isa)(
                x.astype(dtype), out=dtype
            )
            np.testing.assert_allclose(
                got, function(x.astype(dtype).astype(np.float64)), rtol=tolerance, atol=tolerance
            )


def test_integer_math() -> None:
    a = np.int64([2, -3, 0, 1, -1, 5, -1, 7])
    b = np.int64([10, 3, 0, -5, -3, -1, -4, 2])
    got = elementwise("%y = math.ipowi %x0, %x1 : vector<4xi64>", "i64 i64", "i64", 4)(a, b, out=np.int64)
    np.testing.assert_array_equal(got, [1024, -27, 1, 1, -1, 0, 1, 49])
    base, power = np.float32([2, -3, 0, 1, 0.5, -2, 1e10, 7]), np.int32([10, 3, 0, -5, -2, -1, 3, 2])
    got = elementwise("%y = math.fpowi %x0, %x1 : vector<8xf32>, vector<8xi32>", "f32 i32", "f32", 8)(
        base, power, out=np.float32
    )
    np.testing.assert_allclose(got, base ** power.astype(np.float32), rtol=2e-7)
    x = np.int32([0, 1, -1, 8, -(2**31), 12, 255, 1 << 20])
    for name, expected in (
        ("absi", [0, 1, 1, 8, -(2**31), 12, 255, 1 << 20]),
        ("ctlz", [32, 31, 0, 28, 0, 28, 24, 11]),
        ("cttz", [32, 0, 0, 3, 31, 2, 0, 20]),
        ("ctpop", [0, 1, 32, 1, 1, 2, 8, 1]),
    ):
        got = elementwise(f"%y = math.{name} %x0 : vector<8xi32>", "i32", "i32", 8)(x, out=np.int32)
        np.testing.assert_array_equal(got, expected)


# Control ---------------------------------------------------------------------------------------------------


def test_loops_and_conditions() -> None:
    kernel = compile_kernel(
        """
func.func @collatz(%out: !llvm.ptr, %n: index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %two = arith.constant 2 : index
  %three = arith.constant 3 : index
  scf.for %i = %one to %n step %one {
    %last, %steps = scf.while (%x = %i, %s = %zero) : (index, index) -> (index, index) {
      %more = arith.cmpi ne, %x, %one : index
      scf.condition(%more) %x, %s : index, index
    } do {
    ^bb0(%x: index, %s: index):
      %r = arith.remsi %x, %two : index
      %odd = arith.cmpi eq, %r, %one : index
      %next = scf.if %odd -> (index) {
        %t = arith.muli %x, %three : index
        %u = arith.addi %t, %one : index
        scf.yield %u : index
      } else {
        %h = arith.divsi %x, %two : index
        scf.yield %h : index
      }
      %s1 = arith.addi %s, %one : index
      scf.yield %next, %s1 : index, index
    }
    %v = arith.index_cast %steps : index to i64
    cpu.store %v, %out[%i] : i64
  }
  func.return
}"""
    )
    out = np.zeros(28, np.int64)
    assert kernel(out, 28) == 0
    assert out[[1, 2, 3, 7, 27]].tolist() == [0, 1, 7, 16, 111]


def test_nested_loops_carry_values() -> None:
    kernel = compile_kernel("""
func.func @k(%x: !llvm.ptr, %out: !llvm.ptr, %m: index, %n: index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %start = arith.constant 0.0 : f32
  %big = arith.constant 2.0 : f32
  %total, %count = scf.for %i = %zero to %m step %one iter_args(%s = %start, %c = %zero) -> (f32, index) {
    %row = arith.muli %i, %n : index
    %t, %d = scf.for %j = %zero to %n step %one iter_args(%s2 = %s, %c2 = %c) -> (f32, index) {
      %at = arith.addi %row, %j : index
      %v = cpu.load %x[%at] : f32
      %is = arith.cmpf ogt, %v, %big : f32
      %c4 = scf.if %is -> (index) {
        %c3 = arith.addi %c2, %one : index
        scf.yield %c3 : index
      } else {
        scf.yield %c2 : index
      }
      scf.if %is {
        cpu.store %big, %x[%at] : f32
      }
      %s3 = arith.addf %s2, %v : f32
      scf.yield %s3, %c4 : f32, index
    }
    scf.yield %t, %d : f32, index
  }
  cpu.store %total, %out[%zero] : f32
  %f = arith.index_cast %count : index to i32
  %g = arith.sitofp %f : i32 to f32
  cpu.store %g, %out[%one] : f32
  func.return
}""")
    x, out = np.arange(6, dtype=np.float32), np.zeros(2, np.float32)
    assert kernel(x, out, 2, 3) == 0
    assert out.tolist() == [15, 3]
    assert x.tolist() == [0, 1, 2, 2, 2, 2]
    assert kernel(x, out, 0, 3) == 0
    assert out.tolist() == [0, 0]


def test_device_functions() -> None:
    kernel = compile_kernel("""
func.func private @square(%v: vector<4xf32>) -> vector<4xf32> {
  %r = arith.mulf %v, %v : vector<4xf32>
  func.return %r : vector<4xf32>
}
func.func @k(%x: !llvm.ptr) {
  %zero = arith.constant 0 : index
  %v = cpu.load %x[%zero] : vector<4xf32>
  %w = func.call @square(%v) : (vector<4xf32>) -> vector<4xf32>
  cpu.store %w, %x[%zero] : vector<4xf32>
  func.return
}""")
    x = np.float32([1, 2, 3, 4])
    kernel(x)
    assert x.tolist() == [1, 4, 9, 16]


# Text and errors -------------------------------------------------------------------------------------------


def test_text_is_deterministic() -> None:
    text = (
        "func.func @k(%x: !llvm.ptr) { %z = arith.constant 0 : index %v = cpu.load %x[%z] : vector<16xf32> "
        "%a = math.exp %v : vector<16xf32> %b = math.sin %a : vector<16xf32> "
        "cpu.store %b, %x[%z] : vector<16xf32> func.return }"
    )
    for isa in ("avx512", "avx2", "portable"):
        assert emit_llvm(parse(text), target_for_isa(isa)) == emit_llvm(parse(text), target_for_isa(isa))


@pytest.mark.parametrize(
    "body, message",
    [
        ("%v = cpu.load %p[%z] : vector<2x2xf32>", "one fixed dim"),
        ("%v = cpu.load %p[%z] : i7", "i7"),
        ('%v = "test.op"() : () -> i32', "test.op"),
        ("%v = cpu.load %p[%z] : f32 cpu.atomic_rmw xor %v, %p[%z] : f32", "xor is not defined on floats"),
        ("%v = cpu.load %p[%z] : vector<4xf32> %w = vector.reduction <minsi>, %v : vector<4xf32> into f32", "minsi"),
    ],
)
def test_what_has_no_llvm_form(body: str, message: str) -> None:
    from xdsl.parser import Parser

    from fxopt.dialects.registry import make_context

    text = f"func.func @k(%p: !llvm.ptr) {{ %z = arith.constant 0 : index {body} func.return }}"
    module = Parser(make_context(), text).parse_module()
    with pytest.raises(PassError, match=message):
        emit_llvm(module, host_target())


@pytest.mark.parametrize(
    "text, message",
    [
        ("func.func private @f()", "no body"),
        ("func.func @f(%x: f32) -> (f32, f32) { func.return %x, %x : f32, f32 }", "2 results"),
        ("func.func @f(%c: i1) -> i1 { cpu.check %c, 1 : i1 func.return %c : i1 }", "needs a kernel"),
    ],
)
def test_what_is_no_kernel(text: str, message: str) -> None:
    with pytest.raises(PassError, match=message):
        emit_llvm(parse(text), host_target())


@pytest.mark.parametrize("bits", [8, 32, 64])
def test_extended_arithmetic(bits: int) -> None:
    a, b = integers(getattr(np, f"uint{bits}"), 64)
    for name, part, expected in (
        ("mului_extended", "%y, %h", [int(x) * int(y) for x, y in zip(a, b, strict=True)]),
        ("mului_extended", "%h, %y", [int(x) * int(y) >> bits for x, y in zip(a, b, strict=True)]),
        ("addui_extended", "%y, %h", [int(x) + int(y) for x, y in zip(a, b, strict=True)]),
    ):
        suffix = ", vector<8xi1>" if name[0] == "a" else ""
        body = f"{part} = arith.{name} %x0, %x1 : vector<8xi{bits}>{suffix}"
        got = elementwise(body, f"i{bits} i{bits}", f"i{bits}", 8)(a, b, out=a.dtype)
        np.testing.assert_array_equal(got, np.array([e % 2**bits for e in expected], a.dtype))
