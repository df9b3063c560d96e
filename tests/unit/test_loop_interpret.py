"""The numpy reference interpreter of `loop`: every op, and every error that it must find."""

import math

import numpy as np
import pytest
from xdsl.dialects import func
from xdsl.dialects.math import Math
from xdsl.parser import Parser

from fxopt.dialects.arith import Arith
from fxopt.dialects.loop.interpret import InterpretError, from_storage, run_function, to_storage
from fxopt.dialects.loop.interpret_scalar import RULES, TYPED_RULES, decode_bf16, encode_bf16, round_to_bf16
from fxopt.dialects.loop.ops import REDUCE_KINDS
from fxopt.dialects.registry import make_context
from fxopt.ir.types import TensorType

T = "!aten.tensor"


def parse(text):
    module = Parser(make_context(), text).parse_module()
    module.verify()
    return module


def run(text, *args, **kwargs):
    module = parse(text)
    function = next(op for op in module.ops if isinstance(op, func.FuncOp))
    return run_function(function, args, **kwargs)


def nest(body, ins, out, domain, inits=""):
    """A function of one nest; `ins` and `out` are the insides of tensor types."""
    types = [f"{T}<{t}>" for t in ins]
    result = f"{T}<{out}>"
    names = [f"%a{i}" for i in range(len(ins))]
    block = ", ".join(f"%x{i}: {t}" for i, t in enumerate(types))
    return f"""
    func.func @main({", ".join(f"{n}: {t}" for n, t in zip(names, types, strict=True))}) -> {result} {{
      %r = loop.nest ({", ".join(names)}) {domain} {inits} : ({", ".join(types)}) -> ({result}) {{
      ^bb0({block}{", " if block else ""}%y: {result}):
        {body}
      }}
      fx.return(%r)
    }}"""


def elementwise(op, dtype, out_dtype, *arrays):
    """`op` is text over `%v0 %v1 …` that defines `%r`."""
    n = len(arrays[0])
    loads = "\n".join(f"%v{i} = loop.load %x{i}[d0] : {dtype}" for i in range(len(arrays)))
    names = {"i64": "i64", "i32": "i32", "i8": "i8", "i1": "bool"}
    ins = [f"[{n}], {names.get(dtype, dtype)}"] * len(arrays)
    text = nest(
        f"{loads}\n{op}\nloop.store %r, %y[d0]", ins, f"[{n}], {names.get(out_dtype, out_dtype)}", f"[d0 = {n}]"
    )
    return run(text, *arrays)[0]


F = np.array([-2.5, -0.5, 0.0, 0.25, 0.5, 1.5, 3.5, np.inf, np.nan], np.float32)
G = np.array([1.0, 2.0, -1.0, 0.5, 3.0, -1.5, 2.0, 1.0, 1.0], np.float32)
I = np.array([-7, -1, 0, 1, 5, 2**31 - 1, -(2**31)], np.int32)
J = np.array([2, -3, 4, 1, -2, 3, 7], np.int32)

FLOAT_BINARY = {
    "arith.addf": np.add,
    "arith.subf": np.subtract,
    "arith.mulf": np.multiply,
    "arith.divf": np.divide,
    "arith.minimumf": np.minimum,
    "arith.maximumf": np.maximum,
    "arith.minnumf": np.fmin,
    "arith.maxnumf": np.fmax,
    "math.atan2": np.arctan2,
    "math.copysign": np.copysign,
    "math.powf": np.power,
}
FLOAT_UNARY = {
    "arith.negf": np.negative,
    "math.absf": np.abs,
    "math.acos": np.arccos,
    "math.acosh": np.arccosh,
    "math.asin": np.arcsin,
    "math.asinh": np.arcsinh,
    "math.atan": np.arctan,
    "math.atanh": np.arctanh,
    "math.cbrt": np.cbrt,
    "math.ceil": np.ceil,
    "math.cos": np.cos,
    "math.cosh": np.cosh,
    "math.erf": np.vectorize(math.erf),
    "math.exp": np.exp,
    "math.exp2": np.exp2,
    "math.expm1": np.expm1,
    "math.floor": np.floor,
    "math.log": np.log,
    "math.log10": np.log10,
    "math.log1p": np.log1p,
    "math.log2": np.log2,
    "math.roundeven": np.rint,
    "math.round": lambda x: np.trunc(x + np.copysign(np.float32(0.5), x)),
    "math.rsqrt": lambda x: 1 / np.sqrt(x),
    "math.sin": np.sin,
    "math.sinh": np.sinh,
    "math.sqrt": np.sqrt,
    "math.tan": np.tan,
    "math.tanh": np.tanh,
    "math.trunc": np.trunc,
}
INT_BINARY = {
    "arith.addi": lambda a, b: a + b,
    "arith.subi": lambda a, b: a - b,
    "arith.muli": lambda a, b: a * b,
    "arith.divsi": lambda a, b: int(a / b),
    "arith.remsi": lambda a, b: int(math.fmod(a, b)),
    "arith.divui": lambda a, b: (a % 2**32) // (b % 2**32),
    "arith.remui": lambda a, b: (a % 2**32) % (b % 2**32),
    "arith.floordivsi": lambda a, b: a // b,
    "arith.ceildivsi": lambda a, b: -(-a // b),
    "arith.ceildivui": lambda a, b: -(-(a % 2**32) // (b % 2**32)),
    "arith.minsi": min,
    "arith.maxsi": max,
    "arith.minui": lambda a, b: min(a % 2**32, b % 2**32),
    "arith.maxui": lambda a, b: max(a % 2**32, b % 2**32),
    "arith.andi": lambda a, b: a & b,
    "arith.ori": lambda a, b: a | b,
    "arith.xori": lambda a, b: a ^ b,
}


def wrap(x):
    return (int(x) + 2**31) % 2**32 - 2**31


@pytest.mark.parametrize("op", FLOAT_BINARY)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_float_binary(op):
    got = elementwise(f"%r = {op} %v0, %v1 : f32", "f32", "f32", F, G)
    np.testing.assert_array_equal(got, FLOAT_BINARY[op](F, G))


@pytest.mark.parametrize("op", FLOAT_UNARY)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_float_unary(op):
    got = elementwise(f"%r = {op} %v0 : f32", "f32", "f32", F)
    np.testing.assert_allclose(got, FLOAT_UNARY[op](F), rtol=1e-6)


@pytest.mark.parametrize("op", INT_BINARY)
def test_int_binary(op):
    got = elementwise(f"%r = {op} %v0, %v1 : i32", "i32", "i32", I, J)
    assert got.tolist() == [wrap(INT_BINARY[op](int(a), int(b))) for a, b in zip(I, J, strict=True)]


@pytest.mark.parametrize(
    ("op", "rule"),
    [
        ("arith.shli", lambda a, b: a << b),
        ("arith.shrsi", lambda a, b: a >> b),
        ("arith.shrui", lambda a, b: (a % 2**32) >> b),
    ],
)
def test_shifts(op, rule):
    count = np.array([0, 1, 2, 3, 4, 5, 31], np.int32)
    got = elementwise(f"%r = {op} %v0, %v1 : i32", "i32", "i32", I, count)
    assert got.tolist() == [wrap(rule(int(a), int(b))) for a, b in zip(I, count, strict=True)]


def test_extended_products_and_sums():
    for op, rule in {"mulsi": lambda a, b: a * b >> 32, "mului": lambda a, b: (a % 2**32) * (b % 2**32) >> 32}.items():
        got = elementwise(f"%l, %r = arith.{op}_extended %v0, %v1 : i32", "i32", "i32", I, J)
        assert got.tolist() == [wrap(rule(int(a), int(b))) for a, b in zip(I, J, strict=True)]
    got = elementwise("%s, %r = arith.addui_extended %v0, %v1 : i32, i1", "i32", "i1", I, J)
    assert got.tolist() == [(int(a) % 2**32) + (int(b) % 2**32) >= 2**32 for a, b in zip(I, J, strict=True)]


def test_integer_math():
    assert elementwise("%r = math.absi %v0 : i32", "i32", "i32", I).tolist() == [wrap(abs(int(a))) for a in I]
    ones = [bin(int(a) % 2**32).count("1") for a in I]
    assert elementwise("%r = math.ctpop %v0 : i32", "i32", "i32", I).tolist() == ones
    leading = [32 - (int(a) % 2**32).bit_length() for a in I]
    assert elementwise("%r = math.ctlz %v0 : i32", "i32", "i32", I).tolist() == leading
    trailing = [32 if a == 0 else (int(a) & -int(a)).bit_length() - 1 for a in I]
    assert elementwise("%r = math.cttz %v0 : i32", "i32", "i32", I).tolist() == trailing
    base, power = np.array([-1, -1, 2, 3, 2, 1], np.int32), np.array([3, -2, 10, 0, -1, -5], np.int32)
    got = elementwise("%r = math.ipowi %v0, %v1 : i32", "i32", "i32", base, power)
    assert got.tolist() == [-1, 1, 1024, 1, 0, 1]


def test_fma_and_fpowi():
    got = elementwise("%r = math.fma %v0, %v1, %v0 : f32", "f32", "f32", F[:7], G[:7])
    np.testing.assert_allclose(got, F[:7] * G[:7] + F[:7])
    text = "%k = arith.fptosi %v1 : f32 to i32\n%r = math.fpowi %v0, %k : f32, i32"
    np.testing.assert_allclose(elementwise(text, "f32", "f32", F[3:7], G[3:7]), [1.0, 0.125, 1 / 1.5, 12.25])


@pytest.mark.parametrize("predicate", ["eq", "ne", "slt", "sle", "sgt", "sge", "ult", "ule", "ugt", "uge"])
def test_cmpi(predicate):
    got = elementwise(f"%r = arith.cmpi {predicate}, %v0, %v1 : i32", "i32", "i1", I, J)
    bits = 2**32 if predicate[0] == "u" else None
    compare = getattr(np, {"lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal",
                           "ne": "not_equal"}[predicate[-2:]])  # fmt: skip
    a, b = I.astype(np.int64), J.astype(np.int64)
    assert got.tolist() == compare(a % bits if bits else a, b % bits if bits else b).tolist()


def test_cmpi_of_booleans_is_signed_or_not():
    a, b = np.array([True, False]), np.array([False, True])
    assert elementwise("%r = arith.cmpi slt, %v0, %v1 : i1", "i1", "i1", a, b).tolist() == [True, False]
    assert elementwise("%r = arith.cmpi ult, %v0, %v1 : i1", "i1", "i1", a, b).tolist() == [False, True]


@pytest.mark.parametrize(
    ("predicate", "want"),
    [("oeq", [1, 0, 0]), ("ueq", [1, 0, 1]), ("one", [0, 1, 0]), ("une", [0, 1, 1]), ("olt", [0, 1, 0]),
     ("ult", [0, 1, 1]), ("oge", [1, 0, 0]), ("uge", [1, 0, 1]), ("ogt", [0, 0, 0]), ("ole", [1, 1, 0]),
     ("ord", [1, 1, 0]), ("uno", [0, 0, 1]), ("true", [1, 1, 1]), ("false", [0, 0, 0])],
)  # fmt: skip
def test_cmpf(predicate, want):
    a, b = np.array([1, 1, np.nan], np.float32), np.array([1, 2, 1], np.float32)
    got = elementwise(f"%r = arith.cmpf {predicate}, %v0, %v1 : f32", "f32", "i1", a, b)
    assert got.tolist() == [bool(x) for x in want]


def test_select():
    text = "%c = arith.cmpf olt, %v0, %v1 : f32\n%r = arith.select %c, %v0, %v1 : f32"
    np.testing.assert_array_equal(elementwise(text, "f32", "f32", F[:7], G[:7]), np.minimum(F[:7], G[:7]))


@pytest.mark.parametrize(
    ("op", "source", "target", "given", "want"),
    [
        ("arith.extsi", "i8", "i32", np.array([-1, 5], np.int8), [-1, 5]),
        ("arith.extui", "i8", "i32", np.array([-1, 5], np.int8), [255, 5]),
        ("arith.extsi", "i1", "i32", np.array([True, False]), [-1, 0]),
        ("arith.extui", "i1", "i32", np.array([True, False]), [1, 0]),
        ("arith.trunci", "i32", "i8", np.array([300, -1], np.int32), [44, -1]),
        ("arith.trunci", "i32", "i1", np.array([2, 3], np.int32), [False, True]),
        ("arith.sitofp", "i32", "f32", np.array([-3, 7], np.int32), [-3.0, 7.0]),
        ("arith.uitofp", "i8", "f32", np.array([-1, 7], np.int8), [255.0, 7.0]),
        ("arith.uitofp", "i1", "f32", np.array([True, False]), [1.0, 0.0]),
        ("arith.fptosi", "f32", "i32", np.array([-2.7, 2.7], np.float32), [-2, 2]),
        ("arith.fptoui", "f32", "i8", np.array([200.5, 2.7], np.float32), [-56, 2]),
        ("arith.extf", "f32", "f64", np.array([0.1], np.float32), [float(np.float32(0.1))]),
        ("arith.truncf", "f64", "f32", np.array([0.1]), [float(np.float32(0.1))]),
        ("arith.truncf", "f32", "f16", np.array([0.1, 1e6], np.float32), [float(np.float16(0.1)), np.inf]),
        ("arith.bitcast", "f32", "i32", np.array([1.0], np.float32), [0x3F800000]),
    ],
)
def test_casts(op, source, target, given, want):
    assert elementwise(f"%r = {op} %v0 : {source} to {target}", source, target, given).tolist() == want


def test_every_arith_and_math_op_has_a_rule():
    known = {*RULES, *TYPED_RULES}
    assert [op.name for op in (*Arith.operations, *Math.operations) if op not in known] == []


def test_bf16_is_rounded_to_nearest_even():
    values = np.array([1.0, 1.0 + 2**-8, 1.0 + 3 * 2**-8, 3.0e38, np.inf, np.nan, -0.0], np.float32)
    rounded = round_to_bf16(values)
    np.testing.assert_array_equal(rounded[:2], [1.0, 1.0])
    assert rounded[2] == 1.0 + 4 * 2**-8
    assert np.isinf(rounded[4]) and np.isnan(rounded[5]) and np.signbit(rounded[6])
    text = "%w = arith.extf %v0 : bf16 to f32\n%s = arith.addf %w, %w : f32\n%r = arith.truncf %s : f32 to bf16"
    got = elementwise(text, "bf16", "bf16", encode_bf16(np.array([1.5, 2**-8], np.float32)))
    np.testing.assert_array_equal(decode_bf16(got), [3.0, 2**-7])


def test_unsigned_buffers_are_signless_in_the_body():
    text = nest("%v = loop.load %x0[d0] : i8\n%w = arith.extui %v : i8 to i64\nloop.store %w, %y[d0]",
                ["[2], u8"], "[2], i64", "[d0 = 2]")  # fmt: skip
    assert run(text, np.array([200, 3], np.uint8))[0].tolist() == [200, 3]


@pytest.mark.parametrize("name", ["erfc", "lgamma", "tgamma"])
def test_calls(name):
    x = np.array([0.5, 2.5, 200.0, 0.0], np.float32)[: 3 if name == "erfc" else 4]
    got = elementwise(f'%r = loop.call "{name}"(%v0) : (f32) -> f32', "f32", "f32", x)
    rule = {"erfc": math.erfc, "lgamma": math.lgamma, "tgamma": math.gamma}[name]
    np.testing.assert_allclose(got[:2], [rule(float(v)) for v in x[:2]], rtol=1e-6)
    if name != "erfc":
        assert np.isinf(got[3])


def test_unknown_call_is_named():
    with pytest.raises(InterpretError.__mro__[1], match="no numpy meaning of 'frobnicate'"):
        elementwise('%r = loop.call "frobnicate"(%v0) : (f32) -> f32', "f32", "f32", F)


REDUCTIONS = [
    (kind, dtype)
    for kind in REDUCE_KINDS
    for dtype in {"any": ["i1"], "all": ["i1"], "xor": ["i32"], "welford": []}.get(kind, ["f32", "i32"])
]


@pytest.mark.parametrize(("kind", "dtype"), REDUCTIONS)
def test_reductions(kind, dtype):
    rng = np.random.default_rng(0)
    data = {"f32": rng.normal(size=(3, 5)).astype(np.float32), "i32": rng.integers(-9, 9, (3, 5)).astype(np.int32),
            "i1": rng.integers(0, 2, (3, 5)).astype(bool)}[dtype]  # fmt: skip
    out = "i64" if kind.startswith("arg") else {"i1": "bool"}.get(dtype, dtype)
    body = f"""%v = loop.load %x0[d0 * 5 + r0] : {dtype}
        %s = loop.reduce {kind} %v : {dtype}
        loop.store %s, %y[d0]"""
    text = nest(body, [f"[3, 5], {'bool' if dtype == 'i1' else dtype}"], f"[3], {out}", "[d0 = 3] reduce [r0 = 5]")
    want = np.bitwise_xor.reduce if kind == "xor" else getattr(np, kind)
    np.testing.assert_allclose(run(text, data.ravel())[0], want(data, axis=1), rtol=1e-6)


def reduce_text(kind, n, result_dtype, dtype="f32", extra=""):
    return nest(f"%v = loop.load %x0[r0] : {dtype}\n%s = loop.reduce {kind} %v {extra}: {dtype}\nloop.store %s, %y[0]",
                [f"[{n}], {dtype}"], f"[], {result_dtype}", f"[] reduce [r0 = {n}]")  # fmt: skip


def test_reductions_propagate_nan():
    data = np.array([1, np.nan, 3, np.nan], np.float32)
    assert np.isnan(run(reduce_text("max", 4, "f32"), data)[0][0])
    assert run(reduce_text("argmin", 4, "i64"), data)[0][0] == 1


def test_empty_reductions_give_identities():
    empty = np.zeros(0, np.float32)
    for kind, want in (("sum", 0), ("prod", 1), ("max", -np.inf), ("min", np.inf)):
        assert run(reduce_text(kind, 0, "f32"), empty)[0][0] == want


def test_unsigned_reductions_compare_unsigned():
    text = nest("%v = loop.load %x0[r0] : i8\n%s = loop.reduce max %v {unsigned} : i8\nloop.store %s, %y[0]",
                ["[3], u8"], "[], u8", "[] reduce [r0 = 3]")  # fmt: skip
    assert run(text, np.array([1, 200, 3], np.uint8))[0].tolist() == [200]


def test_integer_sum_wraps():
    assert run(reduce_text("sum", 2, "i32", "i32"), np.array([2**31 - 1, 1], np.int32))[0][0] == -(2**31)


def test_welford():
    data = np.array([[1, 2, 3, 6], [4, 4, 4, 4]], np.float32)
    text = nest("""%v = loop.load %x0[d0 * 4 + r0] : f32
        %m, %q = loop.reduce welford %v : f32
        %s = arith.addf %m, %q : f32
        loop.store %s, %y[d0]""", ["[2, 4], f32"], "[2], f32", "[d0 = 2] reduce [r0 = 4]")  # fmt: skip
    np.testing.assert_allclose(run(text, data.ravel())[0], [3 + 14, 4])


def test_reduction_counts_an_invariant_value_once_a_point():
    text = nest("%v = loop.load %x0[d0] : f32\n%s = loop.reduce sum %v : f32\nloop.store %s, %y[d0]",
                ["[2], f32"], "[2], f32", "[d0 = 2] reduce [r0 = 3, r1 = 2]")  # fmt: skip
    assert run(text, np.array([1, 2], np.float32))[0].tolist() == [6, 12]


def test_argmax_counts_row_major_over_all_reduced_dims():
    text = nest("%v = loop.load %x0[r0 + 2 * r1] : f32\n%s = loop.reduce argmax %v : f32\nloop.store %s, %y[0]",
                ["[6], f32"], "[], i64", "[] reduce [r0 = 2, r1 = 3]")  # fmt: skip
    assert run(text, np.array([0, 1, 2, 9, 4, 5], np.float32))[0][0] == 1 * 3 + 1


SCAN_DATA = np.array([1, 3, 3, -1, np.nan, 5, np.nan, 2], np.float32)


@pytest.mark.parametrize(
    ("kind", "want"),
    [
        ("sum", np.cumsum(SCAN_DATA)),
        ("prod", np.cumprod(SCAN_DATA)),
        ("max", np.maximum.accumulate(SCAN_DATA)),
        ("min", np.minimum.accumulate(SCAN_DATA)),
        ("argmax", [0, 1, 2, 2, 4, 4, 6, 6]),
        ("argmin", [0, 0, 0, 3, 4, 4, 6, 6]),
        ("logaddexp", np.log(np.cumsum(np.exp(SCAN_DATA)))),
    ],
)
def test_scans(kind, want):
    out = "i64" if kind.startswith("arg") else "f32"
    text = nest(f"%v = loop.load %x0[r0] : f32\n%s = loop.scan {kind} %v : f32\nloop.store %s, %y[r0]",
                ["[8], f32"], f"[8], {out}", "[] reduce [r0 = 8]")  # fmt: skip
    np.testing.assert_allclose(run(text, SCAN_DATA)[0], want, rtol=1e-6)


def test_masked_load_reads_nothing_where_masked():
    text = nest("""%i = loop.index [d0 - 1] : i64
        %z = arith.constant 0 : i64
        %m = arith.cmpi sge, %i, %z : i64
        %o = arith.constant 7.0 : f32
        %v = loop.load %x0[d0 - 1] if %m else %o : f32
        loop.store %v, %y[d0]""", ["[2], f32"], "[3], f32", "[d0 = 3]")  # fmt: skip
    assert run(text, np.array([1, 2], np.float32))[0].tolist() == [7, 1, 2]


def test_masked_load_of_another_shape_than_its_mask_and_other():
    text = nest("""%o = loop.load %x0[d1] : f32
        %i = loop.index [d0] : i64
        %z = arith.constant 0 : i64
        %m = arith.cmpi eq, %i, %z : i64
        %v = loop.load %x0[0] if %m else %o : f32
        loop.store %v, %y[d0 * 3 + d1]""", ["[3], f32"], "[2, 3], f32", "[d0 = 2, d1 = 3]")  # fmt: skip
    assert run(text, np.array([5, 6, 7], np.float32))[0].tolist() == [5, 5, 5, 5, 6, 7]


def test_indirect_load_and_atomic_stores():
    text = """%i = loop.load %x1[d0] : i64
        %v = loop.load %x0[i0] (%i) : f32
        loop.store MODE %v, %y[i0] (%i)"""
    data, index, init = np.array([5, 6, 7], np.float32), np.array([2, 2, 0]), np.array([1, 2, 3], np.float32)
    ins = ["[3], f32", "[3], i64", "[3], f32"]
    for mode, want in (("add", [6, 2, 17]), ("mul", [5, 2, 147]), ("max", [5, 2, 7]), ("min", [1, 2, 3])):
        body = text.replace("MODE", mode)
        assert run(nest(body, ins, "[3], f32", "[d0 = 3]", "inits [2]"), data, index, init)[0].tolist() == want
    assert init.tolist() == [1, 2, 3]


def test_masked_store_into_an_init():
    text = nest("""%i = loop.index [d0] : i64
        %one = arith.constant 1 : i64
        %m = arith.cmpi eq, %i, %one : i64
        %v = arith.constant 9.0 : f32
        loop.store %v, %y[d0] if %m""", ["[3], f32"], "[3], f32", "[d0 = 3]", "inits [0]")  # fmt: skip
    assert run(text, np.array([1, 2, 3], np.float32))[0].tolist() == [1, 9, 3]


def test_atomic_bf16():
    text = nest("%v = loop.load %x0[d0] : bf16\nloop.store add %v, %y[0]",
                ["[3], bf16", "[1], bf16"], "[1], bf16", "[d0 = 3]", "inits [1]")  # fmt: skip
    got = run(text, encode_bf16(np.array([1, 2, 3], np.float32)), encode_bf16(np.array([4], np.float32)))
    assert decode_bf16(got[0]).tolist() == [10]


STORE = "%v = loop.load %x0[d0] : f32\nloop.store %v, %y[d0]"


def test_out_of_bounds_is_an_error():
    with pytest.raises(InterpretError, match=r"loop.load: address 3 is outside of the 3 elements"):
        run(nest(STORE.replace("%x0[d0]", "%x0[d0 + 1]"), ["[3], f32"], "[3], f32", "[d0 = 3]"), G[:3])
    with pytest.raises(InterpretError, match=r"loop.store: address -1 is outside"):
        run(nest(STORE.replace("%y[d0]", "%y[d0 - 1]"), ["[3], f32"], "[3], f32", "[d0 = 3]"), G[:3])


def test_unwritten_output_is_an_error():
    with pytest.raises(InterpretError, match=r"output 0 is left unwritten at 1 of 4 elements"):
        run(nest(STORE, ["[3], f32"], "[4], f32", "[d0 = 3]"), G[:3])


def test_gaps_of_an_output_may_stay_unwritten():
    text = nest(STORE.replace("%y[d0]", "%y[d0 * 2]"), ["[3], f32"], "[3], f32, strides=[2]", "[d0 = 3]")
    assert run(text, G[:3])[0][::2].tolist() == G[:3].tolist()


def test_reading_an_unwritten_output_is_an_error():
    with pytest.raises(InterpretError, match="never written"):
        run(nest("%v = loop.load %y[d0] : f32\nloop.store %v, %y[d0]", [], "[3], f32", "[d0 = 3]"))


def test_two_points_that_store_different_values_are_an_error():
    with pytest.raises(InterpretError, match="different values to one element"):
        run(nest(STORE.replace("%y[d0]", "%y[0]"), ["[3], f32"], "[1], f32", "[d0 = 3]"), G[:3])


def test_check_raises_index_error():
    body = """%v = loop.load %x0[d0] : f32
        %z = arith.constant 0.0 : f32
        %c = arith.cmpf oge, %v, %z : f32
        loop.check %c, "negative"
        loop.store %v, %y[d0]"""
    text = nest(body, ["[2], f32"], "[2], f32", "[d0 = 2]")
    assert run(text, np.ones(2, np.float32))[0].tolist() == [1, 1]
    with pytest.raises(IndexError, match="negative"):
        run(text, np.array([1, -1], np.float32))


def test_empty_domains():
    text = nest("%v = loop.load %x0[d1] : f32\nloop.store %v, %y[d0 * 4 + d1]",
                ["[0], f32"], "[0, 4], f32", "[d0 = 0, d1 = 4]")  # fmt: skip
    assert run(text, np.zeros(0, np.float32))[0].size == 0
    text = nest("%v = loop.load %x0[r1] : f32\n%s = loop.reduce sum %v : f32\nloop.store %s, %y[d0]",
                ["[0], f32"], "[2], f32", "[d0 = 2] reduce [r0 = 0, r1 = 4]")  # fmt: skip
    assert run(text, np.zeros(0, np.float32))[0].tolist() == [0, 0]


def test_symbols_views_getitem_kernels_and_externs():
    text = f"""builtin.module {{
    loop.kernel @double [d0 = s0] outputs 1 {{
    ^bb0(%x: {T}<[s0], f32>, %y: {T}<[s0], f32>):
      %v = loop.load %x[d0] : f32
      %w = arith.addf %v, %v : f32
      loop.store %w, %y[d0]
    }}
    func.func @main(%n: !aten.sym<int, s0>, %a: {T}<[s0 * 2], f32>, %f: !aten.sym<float, "f0">) {{
      %b = loop.view %a offset [s0] : {T}<[s0 * 2], f32> -> {T}<[s0], f32>
      %c = loop.launch @double(%b) : ({T}<[s0], f32>) -> {T}<[s0], f32>
      %t = loop.extern "aten.split.Tensor"(%c, 1) {{reason = "test"}} : !aten.tuple<{T}<[1], f32>, {T}<[1], f32>>
      %e = fx.getitem(%t, 1) : {T}<[1], f32>
      %g = loop.nest (%e, %f) [d0 = 1] : ({T}<[1], f32>, !aten.sym<float, "f0">) -> ({T}<[1], f32>) {{
      ^bb0(%x: {T}<[1], f32>, %p: !aten.sym<float, "f0">, %y: {T}<[1], f32>):
        %v = loop.load %x[d0] : f32
        %s = loop.scalar %p : !aten.sym<float, "f0"> -> f32
        %w = arith.mulf %v, %s : f32
        loop.store %w, %y[d0]
      }}
      %i = loop.view %c offset [0] : {T}<[s0], f32> -> {T}<[s0], i32>
      fx.return((%g, [%i, %n], None))
    }}
    }}"""

    def split(op, values):
        assert op.target.data == "aten.split.Tensor"
        return tuple(np.split(values[0], 2))

    got, (bits, size), none = run(text, 2, np.arange(4, dtype=np.float32), 10.0, externs=split)
    assert got.tolist() == [60] and bits.view(np.float32).tolist() == [4, 6] and size == 2 and none is None
    with pytest.raises(InterpretError, match="no meaning without `externs`"):
        run(text, 2, np.arange(4, dtype=np.float32), 10.0)
    with pytest.raises(InterpretError, match="does not fit"):
        run(text, 2, np.arange(3, dtype=np.float32), 10.0)


def test_view_out_of_bounds():
    text = f"""func.func @main(%a: {T}<[4], f32>) {{
      %b = loop.view %a offset [2] : {T}<[4], f32> -> {T}<[3], f32>
      fx.return(%b) }}"""
    with pytest.raises(InterpretError, match=r"\[2, 5\) of 4 elements"):
        run(text, np.zeros(4, np.float32))


def test_storage_round_trip():
    type_ = TensorType.of([2, 3], "bf16", [1, 4])
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    storage = to_storage(values, type_)
    assert storage.shape == (10,) and storage.dtype == np.uint16
    np.testing.assert_array_equal(from_storage(storage, type_), values)
