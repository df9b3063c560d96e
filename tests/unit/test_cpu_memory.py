"""Loads, stores, masks, gathers, scatters, atomics, threads and checks of the `cpu` dialect as machine code."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from jit_kernels import AVAILABLE, compile_kernel

every_isa = pytest.mark.parametrize("isa", AVAILABLE)
DTYPES = {"i1": np.bool_, "i8": np.int8, "i16": np.int16, "f32": np.float32, "i64": np.int64, "f64": np.float64}


@pytest.fixture(params=[1, 2])
def threads(request: pytest.FixtureRequest) -> int:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def sample(kind: str, count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(-100, 100, count).astype(DTYPES[kind])


@every_isa
@pytest.mark.parametrize("kind", DTYPES)
def test_masked_load_and_store_touch_nothing_else(kind: str, isa: str) -> None:
    kernel = compile_kernel(
        f"""
func.func @k(%x: !llvm.ptr, %y: !llvm.ptr, %n: index) {{
  %zero = arith.constant 0 : index
  %three = arith.constant 3 : index
  %m = vector.create_mask %n : vector<16xi1>
  %few = vector.create_mask %three : vector<16xi1>
  %other = cpu.load %x[%zero] mask %few : vector<16x{kind}>
  %v = cpu.load %x[%zero] mask %m else %other : vector<16x{kind}>
  cpu.store %v, %y[%zero] mask %m : vector<16x{kind}>
  func.return
}}""",
        isa,
    )
    x = sample(kind, 16)
    for n in (0, 1, 5, 15, 16):
        y = np.ones_like(x)
        kernel(x, y, n)
        np.testing.assert_array_equal(y, np.where(np.arange(16) < n, x, np.ones_like(x)))


def test_masked_load_does_not_read_beyond_the_page() -> None:
    import mmap

    page = mmap.mmap(-1, mmap.PAGESIZE)
    array = np.frombuffer(page, np.int8)
    array[:] = 7
    for isa in AVAILABLE:
        kernel = compile_kernel(
            """
func.func @k(%x: !llvm.ptr, %y: !llvm.ptr, %i: index, %n: index) {
  %zero = arith.constant 0 : index
  %m = vector.create_mask %n : vector<16xi1>
  %v = cpu.load %x[%i] mask %m : vector<16xi8>
  cpu.store %v, %y[%zero] : vector<16xi8>
  func.return
}""",
            isa,
        )
        y = np.empty(16, np.int8)
        kernel(array, y, mmap.PAGESIZE - 3, 3)
        assert y.tolist() == [7] * 3 + [0] * 13


@every_isa
@pytest.mark.parametrize("index", ["index", "i64", "i32"])
@pytest.mark.parametrize("kind", DTYPES)
def test_gather_and_scatter(kind: str, index: str, isa: str) -> None:
    kernel = compile_kernel(
        f"""
func.func @k(%x: !llvm.ptr, %at: !llvm.ptr, %y: !llvm.ptr, %n: index) {{
  %zero = arith.constant 0 : index
  %m = vector.create_mask %n : vector<8xi1>
  %i = cpu.load %at[%zero] : vector<8x{index}>
  %d = cpu.load %x[%zero] : vector<8x{kind}>
  %v = cpu.gather %x[%i] mask %m else %d : vector<8x{index}>, vector<8x{kind}>
  %eight = arith.constant 8 : index
  cpu.store %v, %y[%eight] : vector<8x{kind}>
  cpu.scatter %v, %y[%i] mask %m : vector<8x{index}>, vector<8x{kind}>
  func.return
}}""",
        isa,
    )
    x, at = sample(kind, 16), np.array([3, 0, 7, 1, 3, 5, 6, 2], np.int32 if index == "i32" else np.int64)
    y = np.zeros(16, DTYPES[kind])
    kernel(x, at, y, 5)
    gathered = np.where(np.arange(8) < 5, x[at], x[:8])
    expected = np.zeros(16, DTYPES[kind])
    expected[8:] = gathered
    expected[at[:5]] = gathered[:5]
    np.testing.assert_array_equal(y, expected)


def test_negative_offsets_and_scalar_masks() -> None:
    kernel = compile_kernel("""
func.func @k(%x: !llvm.ptr, %i: index, %c: i1) {
  %one = arith.constant 1.0 : f32
  %v = cpu.load %x[%i] mask %c else %one : f32
  %w = arith.addf %v, %one : f32
  cpu.store %w, %x[%i] mask %c : f32
  func.return
}""")
    x = np.zeros(4, np.float32)
    middle = x.ctypes.data + 8
    kernel(middle, -2, 1)
    kernel(middle, 1, 0)
    assert x.tolist() == [1, 0, 0, 0]


def test_alloca_and_nontemporal_store() -> None:
    kernel = compile_kernel("""
func.func @k(%x: !llvm.ptr, %y: !llvm.ptr) {
  %zero = arith.constant 0 : index
  %sixteen = arith.constant 16 : index
  %p = cpu.alloca 32 x f32
  %v = cpu.load %x[%zero] : vector<16xf32>
  cpu.store %v, %p[%sixteen] : vector<16xf32>
  %three = arith.constant 19 : index
  %s = cpu.load %p[%three] : f32
  %b = vector.broadcast %s : f32 to vector<16xf32>
  cpu.store %b, %y[%zero] nontemporal : vector<16xf32>
  func.return
}""")
    storage = np.zeros(48, np.float32)
    y = storage[(-storage.ctypes.data % 64) // 4 :][:16]
    kernel(np.arange(16, dtype=np.float32), y)
    assert y.tolist() == [3.0] * 16


# Atomics ---------------------------------------------------------------------------------------------------


def scatter_kernel(kind: str, element: str, isa: str | None = None, unsigned: bool = False):
    return compile_kernel(
        f"""
func.func @k(%x: !llvm.ptr, %at: !llvm.ptr, %y: !llvm.ptr, %n: index) {{
  %zero = arith.constant 0 : index
  %grain = arith.constant 64 : index
  %step = arith.constant 16 : index
  cpu.parallel %zero to %n grain %grain multiple_of 16 {{
  ^bb0(%b: index, %e: index):
    scf.for %i = %b to %e step %step {{
      %r = arith.subi %e, %i : index
      %m = vector.create_mask %r : vector<16xi1>
      %k = cpu.load %at[%i] mask %m : vector<16xi64>
      %v = cpu.load %x[%i] mask %m : vector<16x{element}>
      cpu.atomic_rmw {kind} {"unsigned " if unsigned else ""}%v, %y[%k] mask %m : vector<16xi64>, vector<16x{element}>
    }}
  }}
  func.return
}}""",
        isa,
    )


@every_isa
@pytest.mark.parametrize("kind, function", [("add", np.add), ("max", np.maximum), ("min", np.minimum)])
@pytest.mark.parametrize(
    "element, dtype", [("f32", np.float32), ("f64", np.float64), ("i64", np.int64), ("i32", np.int32)]
)
def test_atomic_scatter(kind: str, function: np.ufunc, element: str, dtype: type, isa: str, threads: int) -> None:
    rng = np.random.default_rng(0)
    x, at = rng.integers(-50, 50, 1003).astype(dtype), rng.integers(0, 7, 1003)
    y, expected = np.zeros(7, dtype), np.zeros(7, dtype)
    scatter_kernel(kind, element, isa)(x, at, y, x.size)
    function.at(expected, at, x)
    np.testing.assert_array_equal(y, expected)


def test_atomic_product_bits_and_unsigned() -> None:
    at = np.arange(40) % 4
    x = np.random.default_rng(0).integers(1, 2**31, 40).astype(np.int32)
    for kind, function in (
        ("mul", np.multiply),
        ("and", np.bitwise_and),
        ("or", np.bitwise_or),
        ("xor", np.bitwise_xor),
    ):
        y, expected = np.full(4, 5, np.int32), np.full(4, 5, np.int32)
        scatter_kernel(kind, "i32")(x, at, y, 40)
        with np.errstate(over="ignore"):
            function.at(expected, at, x)
        np.testing.assert_array_equal(y, expected)
    y = np.zeros(4, np.int32)
    scatter_kernel("max", "i32", unsigned=True)(-x, at, y, 40)
    np.testing.assert_array_equal(y.view(np.uint32), (-x).view(np.uint32).reshape(10, 4).max(0))


@every_isa
@pytest.mark.parametrize("element, dtype", [("bf16", torch.bfloat16), ("f16", torch.float16)])
def test_atomic_add_of_16_bit_floats_rounds_each_update(element: str, dtype: torch.dtype, isa: str) -> None:
    x = torch.full((33,), 1.0).to(dtype)
    at, y = np.zeros(33, np.int64), torch.full((2,), 256.0).to(dtype)
    scatter_kernel("add", element, isa)(x.view(torch.int16).numpy(), at, y.view(torch.int16).numpy(), 33)
    assert y.tolist() == [256.0 if dtype is torch.bfloat16 else 289.0, 256.0]


def test_atomic_max_propagates_nan() -> None:
    x, y = np.array([1, np.nan, 3], np.float32), np.zeros(1, np.float32)
    scatter_kernel("max", "f32")(x, np.zeros(3, np.int64), y, 3)
    assert np.isnan(y[0])


# Threads and checks ----------------------------------------------------------------------------------------

COVER = """
func.func @k(%y: !llvm.ptr, %chunks: !llvm.ptr, %lb: index, %ub: index, %grain: index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %inc = arith.constant 1 : i64
  cpu.parallel %lb to %ub grain %grain multiple_of 4 {
  ^bb0(%b: index, %e: index):
    cpu.atomic_rmw add %inc, %chunks[%zero] : i64
    scf.for %i = %b to %e step %one {
      cpu.atomic_rmw add %inc, %y[%i] : i64
    }
  }
  func.return
}
"""


@pytest.mark.parametrize("lb, ub", [(0, 0), (5, 3), (0, 1), (0, 7), (3, 11), (1, 1000), (0, 1001)])
def test_chunks_partition_the_range(lb: int, ub: int, threads: int) -> None:
    y, chunks = np.zeros(1001, np.int64), np.zeros(1, np.int64)
    assert compile_kernel(COVER)(y, chunks, lb, ub, 2) == 0
    np.testing.assert_array_equal(y, (np.arange(1001) >= lb) & (np.arange(1001) < ub))
    assert chunks[0] <= threads
    if ub - lb >= 1000:
        assert chunks[0] == threads


def test_small_work_stays_on_the_calling_thread(threads: int) -> None:
    y, chunks = np.zeros(1001, np.int64), np.zeros(1, np.int64)
    compile_kernel(COVER)(y, chunks, 0, 1000, 501)
    assert chunks[0] == 1


CHECKED = """
func.func @k(%at: !llvm.ptr, %y: !llvm.ptr, %n: index, %size: i64) {
  %zero = arith.constant 0 : index
  %grain = arith.constant 16 : index
  %step = arith.constant 16 : index
  %first = arith.constant 0 : i64
  %true = arith.constant dense<true> : vector<16xi1>
  cpu.parallel %zero to %n grain %grain multiple_of 16 {
  ^bb0(%b: index, %e: index):
    %bound = vector.broadcast %size : i64 to vector<16xi64>
    scf.for %i = %b to %e step %step {
      %r = arith.subi %e, %i : index
      %m = vector.create_mask %r : vector<16xi1>
      %k = cpu.load %at[%i] mask %m : vector<16xi64>
      %low = arith.cmpi ult, %k, %bound : vector<16xi64>
      %out = arith.xori %m, %true : vector<16xi1>
      %ok = arith.ori %low, %out : vector<16xi1>
      cpu.check %ok, 7 : vector<16xi1>
      cpu.scatter %k, %y[%k] mask %m : vector<16xi64>, vector<16xi64>
    }
  }
  cpu.store %first, %y[%zero] : i64
  %any = cpu.load %y[%zero] : i64
  %good = arith.cmpi eq, %any, %first : i64
  cpu.check %good, 9 : i1
  func.return
}
"""


@every_isa
def test_a_failed_check_is_reported_and_stops_the_chunk(isa: str, threads: int) -> None:
    kernel = compile_kernel(CHECKED, isa)
    at, y = np.arange(100), np.full(100, -1)
    assert kernel(at, y, 100, 100) == 0
    np.testing.assert_array_equal(y, np.arange(100))
    for position, bad in ((0, 100), (50, -1), (99, 2**40)):
        wrong, y = at.copy(), np.full(100, -1)
        wrong[position] = bad
        assert kernel(wrong, y, 100, 100) == 7
        assert y[0] in (-1, 0)
        assert np.all((y == -1) | (y == np.arange(100)))


def test_parallel_inside_a_parallel_region_runs_serially() -> None:
    """A kernel called from a thread of torch's own pool must not start another region."""
    import concurrent.futures

    kernel = compile_kernel(COVER)

    def work(_: int) -> bool:
        y, chunks = np.zeros(1001, np.int64), np.zeros(1, np.int64)
        return kernel(y, chunks, 0, 1001, 2) == 0 and bool((y == 1).all())

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(40)))


def test_other_threads_honour_set_num_threads(threads: int) -> None:
    import threading

    y, chunks = np.zeros(1001, np.int64), np.zeros(1, np.int64)
    kernel = compile_kernel(COVER)
    worker = threading.Thread(target=kernel, args=(y, chunks, 0, 1001, 2))
    worker.start()
    worker.join()
    assert chunks[0] == threads


def test_captured_vectors_and_constants() -> None:
    kernel = compile_kernel("""
func.func @k(%x: !llvm.ptr, %y: !llvm.ptr, %n: index, %s: f64) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %four = arith.constant 4 : index
  %offset = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : vector<4xf32>
  %f = arith.truncf %s : f64 to f32
  %scale = vector.broadcast %f : f32 to vector<4xf32>
  %flag = arith.cmpi sgt, %n, %one : index
  cpu.parallel %zero to %n grain %one multiple_of 4 {
  ^bb0(%b: index, %e: index):
    scf.for %i = %b to %e step %four {
      %v = cpu.load %x[%i] : vector<4xf32>
      %w = vector.fma %v, %scale, %offset : vector<4xf32>
      %u = arith.select %flag, %w, %v : vector<4xf32>
      cpu.store %u, %y[%i] : vector<4xf32>
    }
  }
  func.return
}""")
    x, y = np.arange(64, dtype=np.float32), np.zeros(64, np.float32)
    kernel(x, y, 64, 2.5)
    np.testing.assert_array_equal(y, x * 2.5 + np.tile([1, 2, 3, 4], 16))
