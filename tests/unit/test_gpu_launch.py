"""The native launcher, with ctypes callbacks in the place of the CUDA driver."""

from __future__ import annotations

import ctypes
import gc

import pytest

from fxopt.dialects.tt.launch import LaunchConfig
from fxopt.ir.symbolic import floordiv, var
from fxopt.runtime.gpu_compile import CompiledKernel, GpuTarget
from fxopt.runtime.gpu_kernels import grid_launcher
from fxopt.runtime.gpu_launch import CudaDriver, GpuLaunchError, load_kernel

LAUNCH = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_void_p,
    *[ctypes.c_uint] * 7,
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.c_void_p,
)
READ = {
    "*f32": ctypes.c_uint64,
    "i1": ctypes.c_int8,
    "i8": ctypes.c_int8,
    "i16": ctypes.c_int16,
    "i32": ctypes.c_int32,
    "i64": ctypes.c_int64,
    "f32": ctypes.c_float,
    "f64": ctypes.c_double,
}


class FakeLibrary:
    """Records launches; `statuses` are what the next launches return."""

    FUNCTION, CONTEXT, MODULE = 0xF00, 0xC00, 0xB00

    def __init__(self, param_types: tuple[str, ...], max_shared: int = 100_000) -> None:
        self.param_types = param_types
        self.max_shared = max_shared
        self.launches: list[tuple] = []
        self.statuses: list[int] = []
        self.contexts_set: list[int] = []
        self.attributes_set: list[tuple[int, int]] = []
        self.cuLaunchKernel = LAUNCH(self._launch)
        self.cuCtxSetCurrent = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(self._set_context)

    def _launch(self, function, gx, gy, gz, bx, by, bz, shared, stream, params, extra):
        values = [READ[t].from_address(params[i]).value for i, t in enumerate(self.param_types)]
        self.launches.append((function, (gx, gy, gz), (bx, by, bz), shared, stream, values))
        return self.statuses.pop(0) if self.statuses else 0

    def _set_context(self, context):
        self.contexts_set.append(context)
        return 0

    def cuInit(self, flags):
        return 0

    def cuDeviceGet(self, device, index):
        return 0

    def cuDevicePrimaryCtxRetain(self, context, device):
        context._obj.value = self.CONTEXT
        return 0

    def cuCtxPushCurrent_v2(self, context):
        return 0

    def cuCtxPopCurrent_v2(self, context):
        return 0

    def cuModuleLoadData(self, module, binary):
        return 0 if binary == b"cubin" else 300

    def cuModuleGetFunction(self, function, module, name):
        function._obj.value = self.FUNCTION
        return 0

    def cuFuncGetAttribute(self, value, attribute, function):
        value._obj.value = 32 if attribute == 4 else 0
        return 0

    def cuFuncSetAttribute(self, function, attribute, value):
        self.attributes_set.append((attribute, value))
        return 0

    def cuDeviceGetAttribute(self, value, attribute, device):
        value._obj.value = self.max_shared
        return 0

    def cuGetErrorString(self, status, text):
        text._obj.value = b"source is invalid"
        return 0


def compiled(param_types, *, hidden=2, shared=1024, binary=b"cubin", scratch=0):
    return CompiledKernel(
        "k", GpuTarget("cuda", 90, 32), binary, "", param_types, len(param_types) + hidden, 4, shared, scratch, 128
    )


def loaded(*param_types, grid=None, **options):
    library = FakeLibrary((*param_types, *["*f32"] * options.get("hidden", 2)))
    return load_kernel(compiled(param_types, **options), 0, grid=grid, driver=CudaDriver(library)), library


class Tensor:
    def __init__(self, address):
        self.address = address

    def data_ptr(self):
        if isinstance(self.address, Exception):
            raise self.address
        return self.address


def test_every_type_arrives():
    types = ("*f32", "i1", "i8", "i16", "i32", "i64", "f32", "f64")
    kernel, library = loaded(*types)
    assert kernel.launch(1, 2, 3, 99, 0xFFFF_FFFF_FFFF_FFF0, 1, -5, -300, -70000, -(1 << 40), 1.5, 0.1) is None
    function, grid, block, shared, stream, values = library.launches[0]
    assert (function, grid, block, shared, stream) == (FakeLibrary.FUNCTION, (1, 2, 3), (128, 1, 1), 1024, 99)
    assert values == [0xFFFF_FFFF_FFFF_FFF0, 1, -5, -300, -70000, -(1 << 40), 1.5, 0.1, 0, 0]
    assert kernel.num_regs == 32


def test_tensors_give_their_address():
    kernel, library = loaded("*f32", "*f32")
    kernel.launch(1, 1, 1, 0, Tensor(0x1234), 0x10)
    assert library.launches[0][-1][:2] == [0x1234, 0x10]


def test_minus_one_is_a_value():
    kernel, library = loaded("i32", "f64")
    kernel.launch(1, 1, 1, 0, -1, -1.0)
    assert library.launches[0][-1][:2] == [-1, -1.0]


def test_fixed_grid():
    kernel, library = loaded("*f32", "i32", grid=(7, 8, 9))
    kernel.launch(42, 0x1000, 5)
    _, grid, _, _, stream, values = library.launches[0]
    assert (grid, stream, values[:2]) == ((7, 8, 9), 42, [0x1000, 5])
    with pytest.raises(TypeError, match=r"launch takes 3 arguments \(stream, and the kernel's\), got 6"):
        kernel.launch(1, 1, 1, 42, 0x1000, 5)


def test_launcher_outlives_what_it_was_made_from():
    kernel, library = loaded("i32")
    launch = kernel.launch
    del kernel
    gc.collect()
    filler = [bytes(48) for _ in range(1000)]
    launch(1, 1, 1, 0, 77)
    assert library.launches[0][-1][0] == 77
    assert filler


@pytest.mark.parametrize("grid", [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_empty_grid_launches_nothing(grid):
    kernel, library = loaded("i32")
    kernel.launch(*grid, 0, 1)
    assert not library.launches


@pytest.mark.parametrize(
    ("args", "error", "message"),
    [
        ((1,), TypeError, "launch takes 6 arguments .* got 5"),
        ((Tensor(ValueError("freed")), 1), ValueError, "freed"),
        (("x", 1), AttributeError, "data_ptr"),
        ((Tensor("x"), 1), TypeError, "int"),
        ((0, "x"), TypeError, "integer"),
        ((0, 1 << 70), OverflowError, "int"),
    ],
)
def test_wrong_arguments(args, error, message):
    kernel, library = loaded("*f32", "i32")
    with pytest.raises(error, match=message):
        kernel.launch(1, 1, 1, 0, *args)
    assert not library.launches


def test_driver_error():
    kernel, library = loaded("i32")
    library.statuses = [719]
    with pytest.raises(GpuLaunchError, match=r"launch of kernel k failed: CUDA driver error 719"):
        kernel.launch(1, 1, 1, 0, 1)


def test_thread_without_context_gets_the_kernels():
    kernel, library = loaded("i32")
    library.statuses = [201, 0]
    kernel.launch(1, 1, 1, 0, 1)
    assert library.contexts_set == [FakeLibrary.CONTEXT]
    assert len(library.launches) == 2


def test_large_shared_memory_is_asked_for():
    _, library = loaded("i32", shared=80_000)
    assert library.attributes_set == [(8, 80_000)]
    with pytest.raises(GpuLaunchError, match="needs more shared memory") as error:
        loaded("i32", shared=200_000)
    assert "200000 bytes" in str(error.value)
    assert "at most 100000 bytes" in str(error.value)


def test_bad_binary():
    with pytest.raises(GpuLaunchError, match=r"cuModuleLoadData failed: source is invalid \(300\)"):
        loaded("i32", binary=b"junk")


def test_kernel_of_another_vendor():
    kernel = CompiledKernel("k", GpuTarget("hip", "gfx942", 64), b"", "", (), 0, 4, 0, 0, 1)
    with pytest.raises(GpuLaunchError, match="compiled for gfx942"):
        load_kernel(kernel, 0, driver=CudaDriver(FakeLibrary(())))


def test_unknown_argument_type():
    with pytest.raises(GpuLaunchError, match="argument 1 of a kernel has type nvTmaDesc"):
        loaded("i32", "nvTmaDesc")


def test_grid_from_sizes():
    calls = []
    config = LaunchConfig((floordiv(var("s0") + 127, 128), var("s1")), ("s0", "s1"))
    launcher = grid_launcher(lambda *args: calls.append(args), config, 4)
    launcher(9, 0x10, 0x20, 1000, 5)
    assert calls == [(8, 5, 1, 9, 0x10, 0x20, 1000, 5)]
