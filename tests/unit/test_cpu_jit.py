"""Compilation, images, errors, Python stubs, forks."""

from __future__ import annotations

import gc
import multiprocessing
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from jit_kernels import AVAILABLE, compile_kernel, parse

from fxopt.ir.errors import CompilerError, FxOptError
from fxopt.lowering.cpu_target import host_target, target_for_isa
from fxopt.lowering.emit_llvm import emit_llvm
from fxopt.runtime.cpu_jit import CpuImage, compile_image, compile_llvm, emit_assembly, load_image
from fxopt.runtime.cpu_symbols import SERIAL_RUNTIME, cpu_symbols

DOUBLE = """
func.func @double(%x: !llvm.ptr, %n: index, %by: f64) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  cpu.parallel %zero to %n grain %one {
  ^bb0(%b: index, %e: index):
    scf.for %i = %b to %e step %one {
      %v = cpu.load %x[%i] : f64
      %w = math.exp %v : f64
      %u = arith.mulf %w, %by : f64
      cpu.store %u, %x[%i] : f64
    }
  }
  func.return
}
"""
FILL = (
    "define i32 @fill(ptr %p, i32 %v, i8 %b, i1 %c, float %f) { %s = select i1 %c, i32 %v, i32 0\n"
    "store i32 %s, ptr %p\n%q = getelementptr i8, ptr %p, i64 4\nstore i8 %b, ptr %q\n"
    "%r = getelementptr i8, ptr %p, i64 8\nstore float %f, ptr %r\nret i32 -3 }"
)


def test_arguments_of_every_type() -> None:
    buffer = np.zeros(3, np.int32)
    assert compile_llvm(FILL, ["fill"])["fill"](buffer.ctypes.data, -5, 255, True, 1.5) == -3
    assert buffer[0] == -5
    assert buffer.view(np.uint8)[4] == 255
    assert buffer.view(np.float32)[2] == 1.5


def test_wrong_arguments_raise_type_error() -> None:
    fill = compile_llvm(FILL, ["fill"])["fill"]
    with pytest.raises(TypeError, match="fill takes 5 arguments, but got 2"):
        fill(1, 2)
    with pytest.raises(TypeError):
        fill("address", 1, 2, 3, 4.0)
    with pytest.raises(OverflowError):
        fill(2**64, 1, 2, 3, 4.0)


@pytest.mark.parametrize("text", ["define i32 @k() { ret i64 0 }", "nonsense", "define i32 @k() { ret i32 %x }"])
def test_invalid_text_is_a_compiler_error(text: str) -> None:
    with pytest.raises(CompilerError, match="LLVM rejects the IR"):
        compile_llvm(text, ["k"])


def test_a_missing_entry_is_named() -> None:
    with pytest.raises(CompilerError, match="no function @other"):
        compile_llvm(FILL, ["other"])


def test_an_unresolved_symbol_is_a_compiler_error() -> None:
    text = "declare i32 @nowhere_to_be_found()\ndefine i32 @k() { %v = call i32 @nowhere_to_be_found()\nret i32 %v }"
    with pytest.raises(CompilerError, match="nowhere_to_be_found"):
        compile_llvm(text, ["k"])


def test_an_image_loads_in_another_process(tmp_path: object) -> None:
    image = compile_image(emit_llvm(parse(DOUBLE), host_target()), ["double"])
    path = os.path.join(str(tmp_path), "double.bin")
    with open(path, "wb") as file:
        file.write(image.to_bytes())
    assert CpuImage.from_bytes(image.to_bytes()) == image
    code = (
        "import sys, numpy as np\nfrom fxopt.runtime.cpu_jit import CpuImage, load_image\n"
        "f = load_image(CpuImage.from_bytes(open(sys.argv[1], 'rb').read()))['double']\n"
        "x = np.arange(5.0)\nassert f(x.ctypes.data, 5, 2.0) == 0\n"
        "np.testing.assert_allclose(x, 2 * np.exp(np.arange(5.0)))"
    )
    subprocess.run([sys.executable, "-c", code, path], check=True)


def test_functions_keep_their_code_alive() -> None:
    function = compile_llvm(FILL, ["fill"])["fill"]
    gc.collect()
    buffer = np.zeros(3, np.int32)
    assert function(buffer.ctypes.data, 1, 2, 1, 0.0) == -3
    image = compile_image(FILL, ["fill"])
    for _ in range(50):
        load_image(image)
    gc.collect()


def test_two_modules_may_define_the_same_names() -> None:
    a = compile_llvm("define i32 @k() { ret i32 1 }", ["k"])
    b = compile_llvm("define i32 @k() { ret i32 2 }", ["k"])
    assert (a["k"](), b["k"]()) == (1, 2)
    assert a.address("k") != b.address("k")


def test_compilation_from_many_threads() -> None:
    results: list[int] = []

    def work(value: int) -> None:
        results.append(compile_llvm(f"define i32 @k() {{ ret i32 {value} }}", ["k"])["k"]())

    workers = [threading.Thread(target=work, args=(value,)) for value in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(results) == list(range(8))


def test_object_code_is_deterministic() -> None:
    text = emit_llvm(parse(DOUBLE), host_target())
    assert compile_image(text, ["double"]) == compile_image(text, ["double"])


def test_assembly_shows_the_registers_of_the_target() -> None:
    text = """func.func @k(%x: !llvm.ptr) {
  %z = arith.constant 0 : index
  %v = cpu.load %x[%z] : vector<16xf32>
  %w = math.exp %v : vector<16xf32>
  cpu.store %w, %x[%z] : vector<16xf32>
  func.return
}"""
    for isa, register, absent in (("avx512", "zmm", "call"), ("avx2", "ymm", "zmm"), ("portable", "xmm", "ymm")):
        assembly = emit_assembly(emit_llvm(parse(text), target_for_isa(isa)), target_for_isa(isa))
        assert register in assembly
        assert absent not in assembly


def _child(queue: multiprocessing.SimpleQueue) -> None:
    x = np.zeros(100)
    status = compile_kernel(DOUBLE)(x, 100, 3.0)
    queue.put((status, bool((x == 3).all())))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_runs_kernels_without_the_pool() -> None:
    x = np.zeros(100)
    assert compile_kernel(DOUBLE)(x, 100, 1.0) == 0  # starts the pool
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(target=_child, args=(queue,))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert queue.get() == (0, True)


def test_the_serial_runtime_is_complete() -> None:
    """Without OpenMP the same object runs on its stand-ins."""
    text = emit_llvm(parse(DOUBLE), host_target())
    declared = {
        line.split("@")[1].split("(")[0]
        for line in text.splitlines()
        if line.startswith("declare") and "omp" in line.lower()
    }
    assert declared
    assert all(f"@{name}(" in SERIAL_RUNTIME for name in declared)
    combined = "\n".join(
        line.replace("external global i32", "global i32 8")
        for line in text.splitlines()
        if not (line.startswith("declare") and "omp" in line.lower())
    )
    combined += SERIAL_RUNTIME
    x = np.zeros(10)
    assert compile_llvm(combined, ["double"])["double"](x.ctypes.data, 10, 2.0) == 0
    assert (x == 2).all()


def test_torch_supplies_the_threads_and_sleef() -> None:
    symbols = cpu_symbols()
    assert symbols.has_openmp
    assert symbols.address("GOMP_parallel")
    if host_target().isa == "avx512":
        assert symbols.address("Sleef_expd8_u10avx512f")
    assert symbols.address("malloc") is None


def test_the_instruction_set_can_be_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FXOPT_CPU_ISA", "portable")
    assert host_target() == target_for_isa("portable", host_target().triple)
    monkeypatch.setenv("FXOPT_CPU_ISA", "sse9")
    with pytest.raises(FxOptError, match="sse9"):
        host_target()


@pytest.mark.parametrize("isa", AVAILABLE)
def test_lanes(isa: str) -> None:
    assert target_for_isa(isa).lanes(32) * 32 == target_for_isa(isa).vector_bits
