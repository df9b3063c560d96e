"""Each op of `tt` interpreted against numpy, and what the interpreter finds wrong."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from fxopt.dialects.registry import make_context
from fxopt.dialects.tt.interpret import find_kernel, run_kernel
from fxopt.dialects.tt.interpret_extern import extern_rule
from fxopt.dialects.tt.interpret_memory import InterpretError
from fxopt.ir.parser import MlirParser

DTYPES = {"f32": np.float32, "f64": np.float64, "f16": np.float16, "i32": np.int32, "i64": np.int64}
DTYPES |= {"i8": np.int8, "bf16": np.uint16}


def run_text(text: str, grid, args) -> list[str]:
    module = MlirParser(make_context(), text).parse_module()
    module.verify()
    return run_kernel(find_kernel(module), grid, args)


def block(dtype: str, shape: tuple[int, ...]) -> str:
    return f"tensor<{'x'.join(map(str, (*shape, dtype)))}>" if shape else dtype


def pointers(name: str, pointer: str, dtype: str, shape: tuple[int, ...]) -> str:
    """Text that makes %name, the pointer block to a row-major buffer of that shape."""
    if not shape:
        return f"%{name} = tt.bitcast %{pointer} : !tt.ptr<{dtype}> -> !tt.ptr<{dtype}>\n"
    count = math.prod(shape)
    flat, full = block("i32", (count,)), block("i32", shape)
    ptr = block(f"!tt.ptr<{dtype}>", shape)
    return (
        f"%{name}_r = tt.make_range {{end = {count} : i32, start = 0 : i32}} : {flat}\n"
        f"%{name}_i = tt.reshape %{name}_r : {flat} -> {full}\n"
        f"%{name}_s = tt.splat %{pointer} : !tt.ptr<{dtype}> -> {ptr}\n"
        f"%{name} = tt.addptr %{name}_s, %{name}_i : {ptr}, {full}\n"
    )


def evaluate(body: str, inputs: dict[str, tuple[str, np.ndarray]], outputs: dict[str, tuple[str, tuple[int, ...]]]):
    """Runs `body` on named blocks that are loaded from arrays; gives the named results. i1 is 0 or 1."""
    params, text, args = [], "", []
    for name, (type_, value) in inputs.items():
        dtype = "i8" if type_ == "i1" else type_
        params.append(f"%{name}_p: !tt.ptr<{dtype}>")
        args.append(np.ascontiguousarray(value, DTYPES[dtype]))
        text += pointers(f"{name}_q", f"{name}_p", dtype, value.shape)
        loaded = f"{name}_b" if type_ == "i1" else name
        text += f"%{loaded} = tt.load %{name}_q : {block(f'!tt.ptr<{dtype}>', value.shape)}\n"
        if type_ == "i1":
            text += f"%{name} = arith.trunci %{loaded} : {block('i8', value.shape)} to {block('i1', value.shape)}\n"
    text += body + "\n"
    results = {}
    for name, (dtype, shape) in outputs.items():
        params.append(f"%{name}_o: !tt.ptr<{dtype}>")
        results[name] = np.zeros(shape, DTYPES[dtype])
        args.append(results[name])
        text += pointers(f"{name}_t", f"{name}_o", dtype, shape)
        text += f"tt.store %{name}_t, %{name} : {block(f'!tt.ptr<{dtype}>', shape)}\n"
    run_text(f"tt.func public @k({', '.join(params)}) {{\n{text}tt.return\n}}", (1,), args)
    return results


X = np.array([-2.5, -1.0, -0.0, 0.25, 0.5, 1.5, 3.0, np.inf], np.float32)
I = np.array([-7, -1, 0, 1, 2, 5, 100, -128], np.int32)
EXTERN = '{{libname = "", libpath = "", pure = true, symbol = "{}"}}'
F8, I8 = block("f32", (8,)), block("i32", (8,))


@pytest.mark.parametrize(
    ("body", "inputs", "dtype", "expected"),
    [
        (f"%y = tt.bitcast %x : {F8} -> {I8}", {"x": ("f32", X)}, "i32", X.view(np.int32)),
        (
            f"%y = tt.fp_to_fp %x, rounding = rtz : {F8} -> tensor<8xbf16>",
            {"x": ("f32", X * np.float32(1.004))},
            "bf16",
            ((X * np.float32(1.004)).view(np.uint32) >> 16).astype(np.uint16),
        ),
        (
            f"%y = tt.fp_to_fp %x, rounding = rtz : {F8} -> tensor<8xf16>",
            {"x": ("f32", np.full(8, 1.9999, np.float32))},
            "f16",
            np.full(8, np.nextafter(np.float16(2), np.float16(0))),
        ),
        (
            f"%y = arith.truncf %x : {F8} to tensor<8xbf16>",
            {"x": ("f32", np.full(8, 1.00390625 + 2**-20, np.float32))},
            "bf16",
            np.full(8, 0x3F81, np.uint16),
        ),
        (
            (
                f"%l = arith.constant dense<-1.0> : {F8}\n%h = arith.constant dense<1.0> : {F8}\n"
                f"%y = tt.clampf %x, %l, %h, propagateNan = none : {F8}"
            ),
            {"x": ("f32", np.where(X == 0.25, np.float32(np.nan), X))},
            "f32",
            np.fmin(np.fmax(np.where(X == 0.25, np.nan, X), -1), 1),
        ),
        (f"%y = tt.precise_sqrt %x : {F8}", {"x": ("f32", abs(X))}, "f32", np.sqrt(abs(X))),
        (f"%y = tt.precise_divf %x, %z : {F8}", {"x": ("f32", X), "z": ("f32", I + 9)}, "f32", X / np.float32(I + 9)),
        (
            f"%y = tt.mulhiui %x, %x : {I8}",
            {"x": ("i32", I)},
            "i32",
            ((I.view(np.uint32).astype(np.uint64) ** 2) >> 32).astype(np.uint32).view(np.int32),
        ),
        (
            "%y = tt.extern_elementwise %x " + EXTERN.format("__nv_erff") + f" : ({F8}) -> {F8}",
            {"x": ("f32", X)},
            "f32",
            np.array([math.erf(v) for v in X], np.float32),
        ),
        (
            (
                '%y = tt.elementwise_inline_asm "ex2.approx.ftz.f32 $0, $1;" '
                f'{{constraints = "=f,f", packed_element = 1 : i32, pure = true}} %x : {F8} -> {F8}'
            ),
            {"x": ("f32", X)},
            "f32",
            np.exp2(X),
        ),
        (
            f"%y = arith.constant dense<[1, 2, 3, 4, 5, 6, 7, -8]> : {I8}",
            {},
            "i32",
            np.array([1, 2, 3, 4, 5, 6, 7, -8]),
        ),
        ("%y = tt.make_range {end = 12 : i32, start = 4 : i32} : tensor<8xi32>", {}, "i32", np.arange(4, 12)),
        (
            (
                f"%c = arith.constant dense<0xFF800000> : {F8}\n%m = arith.cmpf ogt, %x, %c : {F8}\n"
                f"%y = arith.select %m, %x, %c : tensor<8xi1>, {F8}"
            ),
            {"x": ("f32", X)},
            "f32",
            X,
        ),
        (f"%y = arith.extui %x : tensor<8xi1> to {I8}", {"x": ("i1", I % 2)}, "i32", I % 2),
        (f"%y = arith.extsi %x : tensor<8xi1> to {I8}", {"x": ("i1", I % 2)}, "i32", -(I % 2)),
    ],
)
def test_elementwise(body, inputs, dtype, expected):
    (y,) = evaluate(body, inputs, {"y": (dtype, (8,))}).values()
    np.testing.assert_array_equal(y, expected)


V = np.arange(32, dtype=np.float32).reshape(4, 8)
F48 = block("f32", (4, 8))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"%y = tt.trans %v {{order = array<i32: 1, 0>}} : {F48} -> tensor<8x4xf32>", V.T),
        (f"%y = tt.reshape %v : {F48} -> tensor<2x16xf32>", V.reshape(2, 16)),
        (f"%y = tt.expand_dims %v {{axis = 1 : i32}} : {F48} -> tensor<4x1x8xf32>", V[:, None]),
        (
            (
                f"%e = tt.expand_dims %v {{axis = 0 : i32}} : {F48} -> tensor<1x4x8xf32>\n"
                "%y = tt.broadcast %e : tensor<1x4x8xf32> -> tensor<2x4x8xf32>"
            ),
            np.stack([V, V]),
        ),
        (f"%y = tt.join %v, %v : {F48} -> tensor<4x8x2xf32>", np.stack([V, V], -1)),
        (
            (
                f"%r = tt.reshape %v : {F48} -> tensor<16x2xf32>\n%a, %y = tt.split %r : tensor<16x2xf32> "
                "-> tensor<16xf32>"
            ),
            V.reshape(-1)[1::2],
        ),
        (
            f"%r = tt.reshape %v : {F48} -> tensor<32xf32>\n%y = tt.cat %r, %r : tensor<32xf32> -> tensor<64xf32>",
            np.tile(V.reshape(-1), 2),
        ),
        (
            (
                f"%s = tt.reduce(%v) axis = 0 {{\n^bb0(%a: f32, %b: f32):\n%c = arith.addf %a, %b : f32\n"
                f"tt.reduce.return %c : f32\n}} : ({F48}) -> tensor<8xf32>\n"
                "%y = tt.trans %s {order = array<i32: 0>} : tensor<8xf32> -> tensor<8xf32>"
            ),
            V.sum(0),
        ),
        (
            (
                f"%y = tt.scan(%v) axis = 1 reverse {{\n^bb0(%a: f32, %b: f32):\n%c = arith.maximumf %a, %b : f32\n"
                f"tt.scan.return %c : f32\n}} : ({F48}) -> {F48}"
            ),
            np.maximum.accumulate(V[:, ::-1], 1)[:, ::-1],
        ),
        (
            # Not commutative: b wins when it is not zero.
            (
                f"%y = tt.scan(%v) axis = 0 {{\n^bb0(%a: f32, %b: f32):\n%z = arith.constant 20.0 : f32\n"
                "%m = arith.cmpf olt, %b, %z : f32\n%c = arith.select %m, %b, %a : f32\n"
                f"tt.scan.return %c : f32\n}} : ({F48}) -> {F48}"
            ),
            np.array([[max(V[r, c] for r in range(k + 1) if V[r, c] < 20) for c in range(8)] for k in range(4)]),
        ),
    ],
)
def test_shapes_and_regions(body, expected):
    (y,) = evaluate(body, {"v": ("f32", V)}, {"y": ("f32", expected.shape)}).values()
    np.testing.assert_array_equal(y, expected)


def test_dot_with_batch_and_precision():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 16, 32)).astype(np.float16), rng.standard_normal((2, 32, 16)).astype(np.float16)
    c = rng.standard_normal((2, 16, 16)).astype(np.float32)
    body = "%y = tt.dot %a, %b, %c : tensor<2x16x32xf16> * tensor<2x32x16xf16> -> tensor<2x16x16xf32>"
    inputs = {"a": ("f16", a), "b": ("f16", b), "c": ("f32", c)}
    (y,) = evaluate(body, inputs, {"y": ("f32", (2, 16, 16))}).values()
    np.testing.assert_allclose(y, a.astype(np.float64) @ b.astype(np.float64) + c, rtol=1e-6)


def test_dot_of_integers_wraps_in_i32():
    a = np.full((16, 16), -128, np.int8)
    body = "%z = arith.constant dense<1> : tensor<16x16xi32>\n"
    body += "%y = tt.dot %a, %a, %z : tensor<16x16xi8> * tensor<16x16xi8> -> tensor<16x16xi32>"
    (y,) = evaluate(body, {"a": ("i8", a)}, {"y": ("i32", (16, 16))}).values()
    assert (y == 16 * 128 * 128 + 1).all()


def test_histogram_and_gather():
    body = (
        f"%h = tt.histogram %i, %m : {I8} -> tensor<4xi32>\n"
        f"%g = tt.gather %x[%i] {{axis = 0 : i32}} : ({F8}, {I8}) -> {F8}"
    )
    index, mask = np.array([0, 1, 1, 3, 7, 2, 2, 2]), np.array([1, 1, 0, 1, 1, 1, 1, 0])
    inputs = {"i": ("i32", index), "m": ("i1", mask), "x": ("f32", X)}
    results = evaluate(body, inputs, {"h": ("i32", (4,)), "g": ("f32", (8,))})
    np.testing.assert_array_equal(results["h"], [1, 1, 2, 1])
    np.testing.assert_array_equal(results["g"], X[index])


@pytest.mark.parametrize(
    ("kind", "dtype", "expected"),
    [
        ("fadd", "f32", 36.0),
        ("add", "i32", 36),
        ("max", "i32", 8),
        ("min", "f32", 0.0),
        ("umax", "i32", 8),
        ("or", "i64", 15),
        ("and", "i32", 0),
        ("xor", "i32", 8),
        ("exch", "i32", 8),
    ],
)
def test_atomics_on_one_address(kind, dtype, expected):
    values = np.arange(1, 9, dtype=DTYPES[dtype])
    ptr, type_ = block(f"!tt.ptr<{dtype}>", (8,)), block(dtype, (8,))
    text = f"""tt.func public @k(%v: !tt.ptr<{dtype}>, %t: !tt.ptr<{dtype}>) {{
      {pointers("p", "v", dtype, (8,))}
      %x = tt.load %p : {ptr}
      %q = tt.splat %t : !tt.ptr<{dtype}> -> {ptr}
      %o = tt.atomic_rmw {kind}, relaxed, gpu, %q, %x : ({ptr}, {type_}) -> {type_}
      tt.return
    }}"""
    total = np.zeros(1, DTYPES[dtype])
    run_text(text, (1,), [values, total])
    assert total[0] == expected


def test_compare_and_swap_hands_over_once():
    text = """tt.func public @k(%lock: !tt.ptr<i32>, %winner: !tt.ptr<i32>) {
      %pid = tt.get_program_id x : i32
      %zero = arith.constant 0 : i32
      %one = arith.constant 1 : i32
      %old = tt.atomic_cas acq_rel, gpu, %lock, %zero, %one : (!tt.ptr<i32>, i32, i32) -> i32
      %won = arith.cmpi eq, %old, %zero : i32
      tt.store %winner, %pid, %won : !tt.ptr<i32>
      tt.return
    }"""
    lock, winner = np.zeros(1, np.int32), np.full(1, -1, np.int32)
    run_text(text, (4,), [lock, winner])
    assert (lock[0], winner[0]) == (1, 0)


def test_grid_ids_and_pointer_round_trip():
    text = """tt.func public @k(%p: !tt.ptr<i32>) {
      %x = tt.get_program_id x : i32
      %y = tt.get_program_id y : i32
      %z = tt.get_program_id z : i32
      %nx = tt.get_num_programs x : i32
      %ny = tt.get_num_programs y : i32
      %zy = arith.muli %z, %ny : i32
      %zyy = arith.addi %zy, %y : i32
      %row = arith.muli %zyy, %nx : i32
      %i = arith.addi %row, %x : i32
      %q = tt.addptr %p, %i : !tt.ptr<i32>, i32
      %a = tt.ptr_to_int %q : !tt.ptr<i32> -> i64
      %r = tt.int_to_ptr %a : i64 -> !tt.ptr<i32>
      tt.store %r, %i : !tt.ptr<i32>
      tt.print " i: " {hex = false, isSigned = array<i32: 1>} : %i : i32
      tt.return
    }"""
    out = np.full(24, -1, np.int32)
    printed = run_text(text, (2, 3, 4), [out])
    np.testing.assert_array_equal(out, np.arange(24))
    assert printed[5] == "pid (1, 2, 0) i: 5"


def test_masked_load_without_other_is_poison():
    text = f"""tt.func public @k(%x: !tt.ptr<f32>, %y: !tt.ptr<f32>) {{
      {pointers("p", "x", "f32", (8,))}
      %m = arith.constant dense<[true, true, true, true, false, false, false, false]> : tensor<8xi1>
      %v = tt.load %p, %m : tensor<8x!tt.ptr<f32>>
      {pointers("q", "y", "f32", (8,))}
      tt.store %q, %v : tensor<8x!tt.ptr<f32>>
      tt.return
    }}"""
    x, y = np.ones(4, np.float32), np.zeros(8, np.float32)
    run_text(text, (1,), [x, y])
    np.testing.assert_array_equal(np.isnan(y), [False] * 4 + [True] * 4)


def store_kernel(index: str, value: str = "%pid") -> str:
    return f"""tt.func public @k(%p: !tt.ptr<i32>) {{
      %pid = tt.get_program_id x : i32
      %zero = arith.constant 0 : i32
      %one = arith.constant 1 : i32
      %minus = arith.constant -1 : i32
      %i = arith.addi {index} : i32
      %q = tt.addptr %p, %i : !tt.ptr<i32>, i32
      tt.store %q, {value} : !tt.ptr<i32>
      tt.return
    }}"""


@pytest.mark.parametrize(
    ("text", "size", "message"),
    [
        (store_kernel("%pid, %one"), 4, "access outside of a buffer.*got: byte 16 of argument 0"),
        (store_kernel("%pid, %minus"), 4, "access outside of a buffer.*got: byte -4 of argument 0"),
        (store_kernel("%zero, %zero"), 4, "race on 0: program 1 writes element 0"),
    ],
    ids=["above", "below", "race"],
)
def test_bad_stores(text, size, message):
    with pytest.raises(InterpretError) as error:
        run_text(text, (4,), [np.zeros(size, np.int32)])
    assert re.search(message, str(error.value).replace("\n", " "))


def test_equal_values_are_no_race():
    run_text(store_kernel("%zero, %zero", "%one"), (4,), [np.zeros(1, np.int32)])


def test_read_of_what_another_program_writes_is_a_race():
    text = """tt.func public @k(%p: !tt.ptr<i32>) {
      %pid = tt.get_program_id x : i32
      %one = arith.constant 1 : i32
      %next = arith.addi %pid, %one : i32
      %q = tt.addptr %p, %pid : !tt.ptr<i32>, i32
      %v = tt.load %q : !tt.ptr<i32>
      %r = tt.addptr %p, %next : !tt.ptr<i32>, i32
      tt.store %r, %next : !tt.ptr<i32>
      tt.return
    }"""
    with pytest.raises(InterpretError, match="race on 0: program 1 reads element 1, which program 0 writes"):
        run_text(text, (2,), [np.zeros(4, np.int32)])


def test_same_array_twice_is_one_buffer():
    text = """tt.func public @k(%x: !tt.ptr<i32>, %y: !tt.ptr<i32>) {
      %v = tt.load %x : !tt.ptr<i32>
      %w = arith.addi %v, %v : i32
      tt.store %y, %w : !tt.ptr<i32>
      tt.return
    }"""
    data = np.array([3, 5], np.int32)
    run_text(text, (1,), [data, data])
    np.testing.assert_array_equal(data, [6, 5])


@pytest.mark.parametrize(
    ("text", "args", "message"),
    [
        ("tt.func public @k(%x: f32) {\ntt.return\n}", [], "@k takes 1 arguments, got 0"),
        ("tt.func public @k(%x: !tt.ptr<f32>) {\ntt.return\n}", [1], "expected an array, got int"),
        ("tt.func public @k(%x: !tt.ptr<f32>) {\ntt.return\n}", [np.zeros((4, 4))[:, 1]], "contiguous"),
        ('tt.func public @k(%x: i1) {\ntt.assert %x, "no" : i1\ntt.return\n}', [0], "tt.assert: no"),
        (
            "%s = tt.extern_elementwise %x " + EXTERN.format("__nv_what") + " : (f32) -> f32",
            [1.0],
            "no numpy meaning of __nv_what",
        ),
    ],
)
def test_refused(text, args, message):
    if text.startswith("%"):
        text = f"tt.func public @k(%x: f32) {{\n{text}\ntt.return\n}}"
    with pytest.raises(InterpretError, match=message):
        run_text(text, (1,), args)


REFERENCES = {
    "__nv_rsqrtf": lambda x: 1 / math.sqrt(x),
    "__nv_erfinvf": None,
    "__nv_normcdf": lambda x: 0.5 * (1 + math.erf(x / math.sqrt(2))),
    "__ocml_erf_f32": math.erf,
    "__nv_lgammaf": math.lgamma,
    "__nv_j0": None,
    "__nv_exp10f": lambda x: 10.0**x,
}


@pytest.mark.parametrize("symbol", REFERENCES)
def test_device_functions(symbol):
    rule, x = extern_rule(symbol), np.array([0.125, 0.5, 0.75])
    assert rule is not None
    got = rule(x)
    if "erfinv" in symbol:
        np.testing.assert_allclose([math.erf(v) for v in got], x, rtol=1e-14)
    elif "j0" in symbol:
        np.testing.assert_allclose(got, [0.99609756, 0.93846981, 0.86424228], rtol=1e-8)
    else:
        np.testing.assert_allclose(got, [REFERENCES[symbol](v) for v in x], rtol=1e-12)
