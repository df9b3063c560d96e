"""Loads cubins and launches them with little host work.

A launch goes through a native function that is made for the kernel's signature: LLVM IR that takes Python arguments by
the vectorcall convention, unpacks them and calls `cuLaunchKernel`, compiled by llvmlite and wrapped as a built-in
function. No C compiler, and no Python code, runs between the caller and the driver:

```
launch(grid_x, grid_y, grid_z, stream, x, y, 4096)     # x and y: tensors, or addresses as ints
launch(stream, x, y)                                   # a kernel loaded with its grid
```
Tensors are asked for `data_ptr()` there. The context of the kernel's device must be current, as it is in a thread that
used the device through torch; a thread without a context gets the kernel's.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from fxopt.ir.errors import FxOptError
from fxopt.runtime.gpu_compile import CompiledKernel

Launch = Callable[..., None]

DEFAULT_SHARED_LIMIT_BYTES = 48 * 1024
"""Dynamic shared memory that a kernel gets without asking the driver."""

_CUDA_ERROR_INVALID_CONTEXT = 201
_ATTR_STATIC_SHARED_BYTES = 1
_ATTR_LOCAL_BYTES = 3
_ATTR_NUM_REGS = 4
_ATTR_MAX_DYNAMIC_SHARED_BYTES = 8
_DEVICE_ATTR_MAX_SHARED_OPTIN = 97

# Triton's argument type -> (LLVM type of the parameter, C-API function that reads it).
_SCALARS = {
    "i1": ("i8", "PyLong_AsLongLong"),
    "i8": ("i8", "PyLong_AsLongLong"),
    "i16": ("i16", "PyLong_AsLongLong"),
    "i32": ("i32", "PyLong_AsLongLong"),
    "i64": ("i64", "PyLong_AsLongLong"),
    "f32": ("float", "PyFloat_AsDouble"),
    "fp32": ("float", "PyFloat_AsDouble"),
    "f64": ("double", "PyFloat_AsDouble"),
    "fp64": ("double", "PyFloat_AsDouble"),
}
_GRID_ARGS = 4


class GpuLaunchError(FxOptError):
    """The driver refused to load or to launch a kernel."""


class _LaunchRecord(ctypes.Structure):
    """What the native function reads beside its arguments; its address is the function's `self`."""

    _fields_ = [
        ("function", ctypes.c_void_p),
        ("threads", ctypes.c_uint32),
        ("shared_bytes", ctypes.c_uint32),
        ("name", ctypes.c_char_p),
        ("context", ctypes.c_void_p),
        ("grid_x", ctypes.c_uint32),
        ("grid_y", ctypes.c_uint32),
        ("grid_z", ctypes.c_uint32),
    ]


class _MethodDef(ctypes.Structure):
    """CPython's PyMethodDef."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    ]


_METH_FASTCALL = 0x0080


@dataclass(frozen=True)
class LoadedKernel:
    """A kernel on a device.

    `launch(grid_x, grid_y, grid_z, stream, *args)`, or `launch(stream, *args)` if it was loaded with a grid, returns at
    once; a grid with a 0 does nothing.
    """

    kernel: CompiledKernel
    device_index: int
    launch: Launch
    num_regs: int
    spill_bytes: int


@dataclass(frozen=True)
class CudaDriver:
    """The entry points of libcuda that are used, as ctypes functions."""

    library: Any

    @classmethod
    def open(cls) -> CudaDriver:
        try:
            return cls(ctypes.CDLL("libcuda.so.1"))
        except OSError as error:
            raise GpuLaunchError("the CUDA driver is not there", got=str(error)) from error

    def call(self, name: str, *args: Any) -> None:
        """Calls a driver function; raises GpuLaunchError with the driver's own text."""
        status = getattr(self.library, name)(*args)
        if status != 0:
            text = ctypes.c_char_p()
            self.library.cuGetErrorString(status, ctypes.byref(text))
            raise GpuLaunchError(f"{name} failed: {(text.value or b'').decode()} ({status})")

    def address(self, name: str) -> int:
        address = ctypes.cast(getattr(self.library, name), ctypes.c_void_p).value
        assert address is not None
        return address

    def primary_context(self, device_index: int) -> ctypes.c_void_p:
        """The context that torch uses on that device."""
        self.call("cuInit", 0)
        device, context = ctypes.c_int(), ctypes.c_void_p()
        self.call("cuDeviceGet", ctypes.byref(device), device_index)
        self.call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
        return context

    def function_attribute(self, attribute: int, function: ctypes.c_void_p) -> int:
        value = ctypes.c_int()
        self.call("cuFuncGetAttribute", ctypes.byref(value), attribute, function)
        return value.value


def load_kernel(
    kernel: CompiledKernel,
    device_index: int,
    *,
    grid: tuple[int, int, int] | None = None,
    driver: CudaDriver | None = None,
) -> LoadedKernel:
    """Loads the cubin on a device, for launches of one `grid` or of any.

    Raises GpuLaunchError when it needs more than the device has.
    """
    if kernel.target.backend != "cuda":
        raise GpuLaunchError(f"kernel {kernel.name} was compiled for {kernel.target}", expected="a CUDA target")
    driver = driver or CudaDriver.open()
    context = driver.primary_context(device_index)
    driver.call("cuCtxPushCurrent_v2", context)
    try:
        module, function = ctypes.c_void_p(), ctypes.c_void_p()
        driver.call("cuModuleLoadData", ctypes.byref(module), kernel.binary)
        driver.call("cuModuleGetFunction", ctypes.byref(function), module, kernel.name.encode())
        _allow_shared_memory(driver, kernel, function, device_index)
        num_regs = driver.function_attribute(_ATTR_NUM_REGS, function)
        spill_bytes = driver.function_attribute(_ATTR_LOCAL_BYTES, function)
    finally:
        driver.call("cuCtxPopCurrent_v2", ctypes.byref(ctypes.c_void_p()))
    record = _LaunchRecord(
        function.value,
        kernel.num_warps * kernel.target.warp_size,
        kernel.shared_bytes,
        kernel.name.encode(),
        context.value,
        *(grid or (0, 0, 0)),
    )
    needs_scratch = kernel.scratch_bytes_per_program > 0
    num_hidden = kernel.num_params - len(kernel.param_types)
    native = native_launcher(
        (*kernel.param_types, *(["*scratch"] if needs_scratch else [])),
        num_hidden - needs_scratch,
        grid is not None,
        driver.address("cuLaunchKernel"),
        driver.address("cuCtxSetCurrent"),
    )
    launch = bind_launcher(native, record)
    if needs_scratch:
        launch = _with_scratch(launch, kernel, device_index, grid)
    return LoadedKernel(kernel, device_index, launch, num_regs, spill_bytes)


def _allow_shared_memory(
    driver: CudaDriver, kernel: CompiledKernel, function: ctypes.c_void_p, device_index: int
) -> None:
    if kernel.shared_bytes <= DEFAULT_SHARED_LIMIT_BYTES:
        return
    limit = ctypes.c_int()
    driver.call("cuDeviceGetAttribute", ctypes.byref(limit), _DEVICE_ATTR_MAX_SHARED_OPTIN, device_index)
    static = driver.function_attribute(_ATTR_STATIC_SHARED_BYTES, function)
    if kernel.shared_bytes + static > limit.value:
        raise GpuLaunchError(
            f"kernel {kernel.name} needs more shared memory than device {device_index} has",
            got=f"{kernel.shared_bytes + static} bytes",
            expected=f"at most {limit.value} bytes",
            hint="fewer stages or smaller tiles need less",
        )
    driver.call("cuFuncSetAttribute", function, _ATTR_MAX_DYNAMIC_SHARED_BYTES, kernel.shared_bytes)


def _with_scratch(
    launch: Launch, kernel: CompiledKernel, device_index: int, grid: tuple[int, int, int] | None
) -> Launch:
    """Gives each program its global scratch memory; the allocator's stream order keeps it alive as long as needed."""
    import torch

    size, device = kernel.scratch_bytes_per_program, torch.device("cuda", device_index)

    def launch_with_scratch(*args: Any) -> None:
        grid_x, grid_y, grid_z = grid or args[:3]
        scratch = torch.empty(size * grid_x * grid_y * grid_z, dtype=torch.uint8, device=device)
        launch(*args, scratch)

    return launch_with_scratch


@cache
def native_launcher(
    param_types: tuple[str, ...], num_null: int, fixed_grid: bool, launch_kernel: int, set_context: int
) -> _NativeCode:
    """Machine code that launches any kernel of this signature; `num_null` null pointers follow the arguments.

    With `fixed_grid` the grid is the record's and no argument.
    """
    return _NativeCode(_launcher_ir(param_types, num_null, fixed_grid, launch_kernel, set_context))


class _NativeCode:
    """A JIT-compiled module with one function, `launch`."""

    def __init__(self, text: str) -> None:
        from llvmlite import binding

        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
        module = binding.parse_assembly(text)
        machine = binding.Target.from_default_triple().create_target_machine(opt=2)
        self._engine = binding.create_mcjit_compiler(module, machine)
        self._engine.finalize_object()
        self.address: int = self._engine.get_function_address("launch")


def bind_launcher(native: _NativeCode, record: _LaunchRecord) -> Launch:
    """A Python built-in function of the machine code and the record, which it keeps alive in its `__module__`."""
    method = _MethodDef(b"launch", native.address, _METH_FASTCALL, None)
    make = ctypes.pythonapi.PyCFunction_NewEx
    make.restype, make.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.py_object, ctypes.py_object]
    launch: Launch = make(ctypes.addressof(method), ctypes.addressof(record), (native, record, method))
    return launch


# The native function


def _python_api(name: str) -> str:
    address = ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value
    return f"inttoptr (i64 {address} to ptr)"


class _LauncherText:
    """LLVM IR of a launcher, written from top to bottom: each step falls through, errors branch to %fail."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._count = 0

    def new(self, prefix: str = "v") -> str:
        self._count += 1
        return f"%{prefix}{self._count}"

    def let(self, text: str) -> str:
        name = self.new()
        self.lines.append(f"  {name} = {text}")
        return name

    def do(self, text: str) -> None:
        self.lines.append(f"  {text}")

    def label(self, name: str) -> None:
        self.lines.append(f"{name[1:]}:")

    def argument(self, index: int) -> str:
        slot = self.let(f"getelementptr ptr, ptr %args, i64 {index}")
        return self.let(f"load ptr, ptr {slot}")

    def field(self, name: str, llvm_type: str) -> str:
        """A field of the launch record."""
        place = self.let(f"getelementptr i8, ptr %record, i64 {getattr(_LaunchRecord, name).offset}")
        return self.let(f"load {llvm_type}, ptr {place}")

    def number(self, source: str, llvm_type: str, reader: str) -> str:
        """Reads a Python number; -1 may be an error."""
        wide = "double" if reader == "PyFloat_AsDouble" else "i64"
        value = self.let(f"call {wide} {_python_api(reader)}(ptr {source})")
        minus_one = f"fcmp oeq double {value}, -1.0" if wide == "double" else f"icmp eq i64 {value}, -1"
        self.fail_if_raised(self.let(minus_one))
        if llvm_type == wide:
            return value
        return self.let(f"{'fptrunc' if wide == 'double' else 'trunc'} {wide} {value} to {llvm_type}")

    def fail_if_raised(self, suspicious: str) -> None:
        check, go_on = self.new("check"), self.new("next")
        self.do(f"br i1 {suspicious}, label {check}, label {go_on}, !prof !0")
        self.label(check)
        raised = self.let(f"call ptr {_python_api('PyErr_Occurred')}()")
        failed = self.let(f"icmp ne ptr {raised}, null")
        self.do(f"br i1 {failed}, label %fail, label {go_on}")
        self.label(go_on)

    def pointer(self, source: str) -> str:
        """An address: an int, or what the object's `data_ptr()` gives."""
        slot = self.let("alloca ptr")
        box = self.let("alloca i64")
        self.do(f"store ptr {source}, ptr {slot}")
        type_slot = self.let(f"getelementptr i8, ptr {source}, i64 {ctypes.sizeof(ctypes.c_void_p)}")
        type_ = self.let(f"load ptr, ptr {type_slot}")
        is_int = self.let(f"icmp eq ptr {type_}, inttoptr (i64 {id(int)} to ptr)")
        from_int, from_tensor, done = self.new("int"), self.new("tensor"), self.new("address")
        self.do(f"br i1 {is_int}, label {from_int}, label {from_tensor}")
        self.label(from_int)
        self.do(f"store i64 {self.number(source, 'i64', 'PyLong_AsUnsignedLongLong')}, ptr {box}")
        self.do(f"br label {done}")
        self.label(from_tensor)
        method = f"inttoptr (i64 {id(_DATA_PTR)} to ptr)"
        call = _python_api("PyObject_VectorcallMethod")
        boxed = self.let(f"call ptr {call}(ptr {method}, ptr {slot}, i64 1, ptr null)")
        self.fail_if_raised(self.let(f"icmp eq ptr {boxed}, null"))
        self.do(f"store i64 {self.number(boxed, 'i64', 'PyLong_AsUnsignedLongLong')}, ptr {box}")
        self.do(f"call void {_python_api('Py_DecRef')}(ptr {boxed})")
        self.do(f"br label {done}")
        self.label(done)
        return self.let(f"load i64, ptr {box}")


_DATA_PTR = "data_ptr"


def _launcher_ir(
    param_types: tuple[str, ...], num_null: int, fixed_grid: bool, launch_kernel: int, set_context: int
) -> str:
    text = _LauncherText()
    first = 1 if fixed_grid else _GRID_ARGS
    num_params = len(param_types) + num_null
    params = text.let(f"alloca [{max(num_params, 1)} x ptr]")
    right_count = text.let(f"icmp eq i64 %nargs, {first + len(param_types)}")
    text.do(f"br i1 {right_count}, label %unpack, label %wrong_count")
    text.label("%unpack")
    record = text.let(f"call i64 {_python_api('PyLong_AsLongLong')}(ptr %self)")
    text.do(f"%record = inttoptr i64 {record} to ptr")
    if fixed_grid:
        grid = [text.field(name, "i32") for name in ("grid_x", "grid_y", "grid_z")]
    else:
        grid = [text.number(text.argument(i), "i32", "PyLong_AsLongLong") for i in range(3)]
    stream_bits = text.number(text.argument(first - 1), "i64", "PyLong_AsUnsignedLongLong")
    stream = text.let(f"inttoptr i64 {stream_bits} to ptr")
    for index, type_ in enumerate((*param_types, *(["null"] * num_null))):
        slot = _parameter(text, index, first, type_)
        place = text.let(f"getelementptr [{num_params} x ptr], ptr {params}, i64 0, i64 {index}")
        text.do(f"store ptr {slot}, ptr {place}")
    _launch_and_return(text, grid, stream, params, launch_kernel, set_context)
    exception, wrong = _python_api_object(GpuLaunchError), _python_api_object(TypeError)
    body = "\n".join(text.lines)
    leading = "stream" if fixed_grid else "grid x, y, z, stream"
    expected = first + len(param_types)
    return f"""
@failed = {_c_string("launch of kernel %s failed: CUDA driver error %d")}
@count = {_c_string(f"launch takes %d arguments ({leading}, and the kernel's), got %d")}

define ptr @launch(ptr %self, ptr %args, i64 %nargs) {{
{body}
driver_error:
  %name_slot = getelementptr i8, ptr %record, i64 {_LaunchRecord.name.offset}
  %name = load ptr, ptr %name_slot
  call ptr (ptr, ptr, ...) {_python_api("PyErr_Format")}(ptr {exception}, ptr @failed, ptr %name, i32 %final)
  br label %fail
wrong_count:
  %got = trunc i64 %nargs to i32
  call ptr (ptr, ptr, ...) {_python_api("PyErr_Format")}(ptr {wrong}, ptr @count, i32 {expected}, i32 %got)
  br label %fail
fail:
  ret ptr null
}}
!0 = !{{!"branch_weights", i32 1, i32 1000}}
"""


def _c_string(text: str) -> str:
    return f'private constant [{len(text) + 1} x i8] c"{text}\\00"'


def _python_api_object(obj: object) -> str:
    return f"inttoptr (i64 {id(obj)} to ptr)"


def _parameter(text: _LauncherText, index: int, first: int, type_: str) -> str:
    """Unpacks kernel argument `index` into a stack slot and returns the slot."""
    if type_ == "null":
        slot = text.let("alloca i64")
        text.do(f"store i64 0, ptr {slot}")
        return slot
    source = text.argument(first + index)
    if type_.startswith("*"):
        llvm_type, value = "i64", text.pointer(source)
    elif type_ in _SCALARS:
        llvm_type, reader = _SCALARS[type_]
        value = text.number(source, llvm_type, reader)
    else:
        raise GpuLaunchError(
            f"argument {index} of a kernel has type {type_}", expected=f"a pointer or {list(_SCALARS)}"
        )
    slot = text.let(f"alloca {llvm_type}")
    text.do(f"store {llvm_type} {value}, ptr {slot}")
    return slot


def _launch_and_return(
    text: _LauncherText, grid: list[str], stream: str, params: str, launch_kernel: int, set_context: int
) -> None:
    """Launches without the interpreter lock; where no context is current, sets the kernel's and tries again."""
    x, y, z = grid
    xy = text.let(f"mul i32 {x}, {y}")
    empty = text.let(f"icmp eq i32 {text.let(f'mul i32 {xy}, {z}')}, 0")
    text.do(f"br i1 {empty}, label %return_none, label %launch")
    text.label("%launch")
    function, context = text.field("function", "ptr"), text.field("context", "ptr")
    threads, shared = text.field("threads", "i32"), text.field("shared_bytes", "i32")
    call = (
        f"call i32 inttoptr (i64 {launch_kernel} to ptr)(ptr {function}, i32 {x}, i32 {y}, i32 {z}, "
        f"i32 {threads}, i32 1, i32 1, i32 {shared}, ptr {stream}, ptr {params}, ptr null)"
    )
    state = text.let(f"call ptr {_python_api('PyEval_SaveThread')}()")
    first = text.let(call)
    no_context = text.let(f"icmp eq i32 {first}, {_CUDA_ERROR_INVALID_CONTEXT}")
    text.do(f"br i1 {no_context}, label %again, label %done, !prof !0")
    text.label("%again")
    text.do(f"call i32 inttoptr (i64 {set_context} to ptr)(ptr {context})")
    second = text.let(call)
    text.do("br label %done")
    text.label("%done")
    text.do(f"%final = phi i32 [ {first}, %launch ], [ {second}, %again ]")
    text.do(f"call void {_python_api('PyEval_RestoreThread')}(ptr {state})")
    text.do(f"br i1 {text.let('icmp eq i32 %final, 0')}, label %return_none, label %driver_error")
    text.label("%return_none")
    text.do(f"call void {_python_api('Py_IncRef')}(ptr {_python_api_object(None)})")
    text.do(f"ret ptr {_python_api_object(None)}")
