"""TTIR text, compilation by Triton's stages without a GPU, and the caches around it."""

from __future__ import annotations

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.utils.exceptions import ParseError

from fxopt.dialects.registry import make_context
from fxopt.dialects.tt.interpret import find_kernel, run_kernel
from fxopt.dialects.tt.transforms.tt_expand_math import expand_math
from fxopt.ir.errors import FxOptError
from fxopt.ir.parser import MlirParser
from fxopt.lowering.emit_ttir import emit_ttir
from fxopt.runtime.gpu_compile import (
    CompileOptions,
    GpuCompileError,
    GpuTarget,
    KernelCache,
    KernelCompiler,
    compile_ttir,
)

SM_90 = GpuTarget("cuda", 90, 32)
BODY = """
  %c = arith.constant dense<{value}> : tensor<64x{type}>
  %s = tt.splat %p : !tt.ptr<{type}> -> tensor<64x!tt.ptr<{type}>>
  %r = tt.make_range {{end = 64 : i32, start = 0 : i32}} : tensor<64xi32>
  %q = tt.addptr %s, %r : tensor<64x!tt.ptr<{type}>>, tensor<64xi32>
  %x = tt.load %q {cache}: tensor<64x!tt.ptr<{type}>>
  {ops}
  tt.store %q, {stored} : tensor<64x!tt.ptr<{type}>>
  tt.return
"""


def module_of(ops: str = "", *, type: str = "f32", value: str = "1.0", stored: str = "%c", cache: str = "") -> ModuleOp:
    body = BODY.format(type=type, value=value, ops=ops, stored=stored, cache=cache)
    arguments = f"%p: !tt.ptr<{type}> {{tt.divisibility = 16 : i32}}"
    text = f"tt.func public @k({arguments}) attributes {{noinline = false}} {{{body}}}"
    module = MlirParser(make_context(), text).parse_module()
    module.verify()
    return module


@pytest.mark.parametrize("version", [(3, 6), (3, 8), (3, 9)])
def test_spelling_of_the_cache_policy(version):
    text = emit_ttir(module_of(cache="cacheModifier = ca evictionPolicy = evict_last"), triton_version=version)
    if version >= (3, 9):
        assert "cachePolicy = #tt.cache_policy<cache_modifier = ca, eviction_policy = evict_last>" in text
    else:
        assert "cache = 2 : i32, evict = 3 : i32" in text


@pytest.mark.parametrize(("version", "spelled"), [((3, 6), "<tensor<8xf32>>"), ((3, 8), "<8xf32>")])
def test_spelling_of_descriptors(version, spelled):
    text = "tt.func public @k(%d: !tt.tensordesc<tensor<8xf32>>) {\ntt.return\n}"
    module = MlirParser(make_context(), text).parse_module()
    assert f"!tt.tensordesc{spelled}" in emit_ttir(module, triton_version=version)


@pytest.mark.parametrize(
    ("type", "value", "emitted"),
    [
        ("f32", "0xFF800000", "dense<0xFF800000>"),
        ("f32", "0x7FC00000", "dense<0x7FC00000>"),
        ("f32", "1.0e-30", "dense<1.0e-30>"),
        ("f32", "16777216.0", "dense<16777216.0>"),
        ("f64", "0.1", "dense<0.1>"),
        ("bf16", "0xFF80", "dense<0xFF80>"),
        ("f16", "1.5", "dense<1.5>"),
        ("f32", "0.1", "dense<0.100000001>"),
        ("i64", "-9223372036854775808", "dense<-9223372036854775808>"),
        ("i8", "-1", "dense<-1>"),
    ],
)
def test_constants_arrive(type, value, emitted):
    """Triton parses what is emitted."""
    module = module_of(type=type, value=value)
    text = emit_ttir(module)
    assert f"{emitted} : tensor<64x{type}>" in text
    compile_ttir(text, target=SM_90)


def test_strings_are_escaped():
    module = module_of('tt.print " \\22quoted\\22 " {hex = false, isSigned = array<i32: 1>} : %r : tensor<64xi32>')
    assert r"\22quoted\22" in emit_ttir(module)
    module.body.block.first_op.attributes["note"] = StringAttr("caf\u00e9 \\ tab\t")
    assert r'note = "caf\C3\A9 \5C tab\09"' in emit_ttir(module)


def test_libdevice_becomes_ocml():
    ops = '%y = tt.extern_elementwise %x {libname = "", libpath = "", pure = true, symbol = "__nv_erff"}'
    module = module_of(f"{ops} : (tensor<64xf32>) -> tensor<64xf32>", stored="%y")
    assert 'symbol = "__nv_erff"' in emit_ttir(module)
    text = emit_ttir(module, backend="hip")
    assert 'symbol = "__ocml_erf_f32"' in text
    assert compile_ttir(text, target=GpuTarget.parse("gfx942")).binary


def test_what_is_no_kernel_is_refused():
    module = MlirParser(make_context(), "func.func @f() {\nfunc.return\n}").parse_module()
    with pytest.raises(FxOptError, match=r"no tt\.func"):
        emit_ttir(module)
    with pytest.raises(FxOptError, match=r"got func\.func"):
        emit_ttir(module.body.block.first_op)


UNARY = "acos acosh asin asinh atan atanh cbrt cosh expm1 exp exp2 log10 log1p roundeven round rsqrt sinh sqrt tan "
UNARY += "tanh trunc"
ALL_MATH = "\n".join(f"%{name} = math.{name} %x : tensor<64xf32>" for name in UNARY.split())
ALL_MATH += "\n" + "\n".join(f"%{name} = math.{name} %x, %c : tensor<64xf32>" for name in ("atan2", "copysign", "powf"))
ALL_MATH += "\n%n = arith.negf %x : tensor<64xf32>\n%i = math.ipowi %r, %r : tensor<64xi32>"
ALL_MATH += "\n%s0 = arith.sitofp %i : tensor<64xi32> to tensor<64xf32>\n"
NAMES = [*UNARY.split(), "atan2", "copysign", "powf", "n"]
ALL_MATH += "\n".join(f"%s{i + 1} = arith.addf %s{i}, %{name} : tensor<64xf32>" for i, name in enumerate(NAMES))


@pytest.mark.parametrize("target", ["sm_90", "gfx942"])
def test_every_math_op_compiles_once_expanded(target):
    module = module_of(ALL_MATH, stored=f"%s{len(NAMES)}")
    expand_math(find_kernel(module))
    module.verify()
    backend = "hip" if target == "gfx942" else "cuda"
    compile_ttir(emit_ttir(module, backend=backend), target=GpuTarget.parse(target))


def test_expansion_keeps_values():
    inputs = np.linspace(0.01, 0.99, 64).astype(np.float32)
    results = []
    for expanded in (False, True):
        module = module_of(ALL_MATH.replace("math.acosh %x", "math.acosh %c"), stored=f"%s{len(NAMES)}")
        if expanded:
            expand_math(find_kernel(module))
        data = inputs.copy()
        run_kernel(find_kernel(module), (1,), [data])
        results.append(data)
    assert np.isfinite(results[0]).all()
    np.testing.assert_allclose(results[1], results[0], rtol=1e-5)


@pytest.mark.parametrize("type", ["i8", "i64"])
def test_integer_power(type):
    dtype = np.dtype(f"int{type[1:]}")
    for base, expected in ((3, None), (-1, [(-1) ** (e % 2) for e in range(-32, 32)]), (0, None)):
        power = module_of(f"%y = math.ipowi %c, %x : tensor<64x{type}>", type=type, value=str(base), stored="%y")
        expand_math(find_kernel(power))
        power.verify()
        data = np.arange(-32, 32).astype(dtype)
        run_kernel(find_kernel(power), (1,), [data])
        if expected is None:
            expected = [0 if e < 0 else (base**e + 2**63) % 2**64 - 2**63 for e in range(-32, 32)]
        np.testing.assert_array_equal(data, np.array(expected, np.int64).astype(dtype))


def test_compiled_kernel_describes_itself():
    kernel = compile_ttir(emit_ttir(module_of()), target=SM_90, options=CompileOptions(num_warps=2), keep=("ttgir",))
    assert (kernel.name, kernel.num_warps, kernel.num_params) == ("k", 2, 3)
    assert ".visible .entry k(" in kernel.assembly
    assert '"ttg.num-warps" = 2' in kernel.stages["ttgir"]


def test_compiling_twice_gives_the_same_bytes():
    text = emit_ttir(module_of())
    assert emit_ttir(module_of()) == text
    assert compile_ttir(text, target=SM_90) == compile_ttir(text, target=SM_90)


def test_failures_name_a_file_with_the_kernel(capfd):
    text = emit_ttir(module_of()).replace('"tt.store"', '"tt.stare"')
    with pytest.raises(GpuCompileError, match="Triton failed") as error:
        compile_ttir(text, target=SM_90)
    with open(error.value.where) as file:
        assert file.read() == text
    capfd.readouterr()


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("sm_90", SM_90),
        ("cuda:100", GpuTarget("cuda", 100, 32)),
        ("gfx942", GpuTarget("hip", "gfx942", 64)),
        ("hip:gfx1100", GpuTarget("hip", "gfx1100", 32)),
    ],
)
def test_targets(text, target):
    assert GpuTarget.parse(text) == target
    assert GpuTarget.parse(str(target)) == target


def test_unknown_target():
    with pytest.raises(GpuCompileError, match="unknown GPU target"):
        GpuTarget.parse("tpu")


def test_compiler_compiles_equal_requests_once(tmp_path):
    text = emit_ttir(module_of())
    compiler = KernelCompiler(cache_directory=tmp_path, max_workers=2)
    compiler.warm_up(SM_90)
    futures = [compiler.submit(text, target=SM_90) for _ in range(3)]
    assert len({id(future.result()) for future in futures}) == 1
    assert (compiler.num_compiled, compiler.num_cache_hits) == (1, 0)
    compiler.compile(text, target=SM_90, options=CompileOptions(num_warps=8))
    assert compiler.num_compiled == 2
    compiler.close()

    again = KernelCompiler(cache_directory=tmp_path)
    assert again.compile(text, target=SM_90) == futures[0].result()
    assert (again.num_compiled, again.num_cache_hits) == (0, 1)
    again.close()


def test_damaged_cache_entries_are_compiled_anew(tmp_path):
    text, options = emit_ttir(module_of()), CompileOptions()
    cache, key = KernelCache(tmp_path), KernelCache.key(text, SM_90, options)
    assert cache.load(key) is None
    kernel = compile_ttir(text, target=SM_90)
    cache.store(key, kernel)
    assert cache.load(key) == kernel
    (binary,) = tmp_path.glob("*/*.bin")
    binary.write_bytes(kernel.binary[:-1])
    assert cache.load(key) is None
    (metadata,) = tmp_path.glob("*/*.json")
    metadata.write_text("{")
    assert cache.load(key) is None


@pytest.mark.parametrize("type", ["f16", "bf16", "f32", "f64"])
def test_infinite_constants_parse_back(type):
    bits = {"f16": "0xfc00", "bf16": "0xff80", "f32": "0xff800000", "f64": "0xfff0000000000000"}[type]
    module = module_of(type=type, value=bits)
    assert f"dense<{bits}>" in str(module)
    assert str(MlirParser(make_context(), str(module)).parse_module()) == str(module)


def test_too_many_bits_are_refused():
    with pytest.raises(ParseError, match="more than the 16 bits of f16"):
        MlirParser(make_context(), "%c = arith.constant dense<0xFFFF0> : tensor<4xf16>").parse_module()
