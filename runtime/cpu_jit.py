"""LLVM IR text to machine code in this process: parse, optimise, emit an object, link it, make it callable from Python.

Objects can be kept: `CompiledCpuModule.image` is everything that `load_image` needs, so a cached kernel costs a link
(about 1 ms).
"""

from __future__ import annotations

import functools
import pickle
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import llvmlite.binding as llvm

from fxopt.ir.errors import CompilerError
from fxopt.lowering.cpu_target import CpuTarget, host_target
from fxopt.runtime.cpu_call import STUB_DECLARATIONS, python_function, stub_name, stub_text
from fxopt.runtime.cpu_symbols import SERIAL_RUNTIME, cpu_symbols


@dataclass(frozen=True)
class CpuImage:
    """An object file with the names it defines (`entries`) and those it takes from outside (`imports`)."""

    object_code: bytes
    entries: tuple[str, ...]
    imports: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """For a cache file."""
        return pickle.dumps((self.object_code, self.entries, self.imports))

    @staticmethod
    def from_bytes(data: bytes) -> CpuImage:
        """What `to_bytes` gave."""
        return CpuImage(*pickle.loads(data))


class CompiledCpuModule:
    """Machine code in this process.

    `functions[name](*args)` takes ints (pointers, sizes) and floats and returns the kernel's status. The functions keep
    the code alive, and release the GIL while they run.
    """

    def __init__(self, image: CpuImage, tracker: Any) -> None:
        self.image = image
        self._tracker = tracker
        self.functions: dict[str, Callable[..., int]] = {
            name: python_function(name, tracker[stub_name(name)], tracker) for name in image.entries
        }

    def address(self, name: str) -> int:
        """The address of an entry, for a caller that has the C signature."""
        return int(self._tracker[name])

    def __getitem__(self, name: str) -> Callable[..., int]:
        return self.functions[name]


def compile_llvm(text: str, entry_names: Sequence[str], target: CpuTarget | None = None) -> CompiledCpuModule:
    """Compiles LLVM IR text (from `emit_llvm`) and makes its entries callable.

    Raises `CompilerError` with LLVM's message when the text is not valid.
    """
    return load_image(compile_image(text, entry_names, target))


def compile_image(text: str, entry_names: Sequence[str], target: CpuTarget | None = None) -> CpuImage:
    """Compiles without linking: the result can be stored, or sent to another process."""
    module, machine = optimise(text, target or host_target(), entry_names)
    imports = tuple(
        value.name
        for value in (*module.functions, *module.global_variables)
        if value.is_declaration and not value.name.startswith("llvm.")
    )
    return CpuImage(machine.emit_object(module), tuple(entry_names), imports)


def emit_assembly(text: str, target: CpuTarget | None = None) -> str:
    """The assembly of LLVM IR text, for reading."""
    module, machine = optimise(text, target or host_target())
    return machine.emit_assembly(module)


def load_image(image: CpuImage) -> CompiledCpuModule:
    """Links an object into this process."""
    return _engine().load(image)


def optimise(text: str, target: CpuTarget, entry_names: Sequence[str] = ()) -> tuple[Any, Any]:
    """The optimised LLVM module, with a Python stub an entry, and the target machine that it is for."""
    _initialise()
    machine = llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=target.cpu, features=target.features, opt=2, reloc="pic", codemodel="small"
    )
    context = llvm.create_context()
    module = _parse(text, context)
    if entry_names:
        stubs = [stub_text(name, _parameter_types(module, name)) for name in entry_names]
        module.link_in(_parse(STUB_DECLARATIONS + "".join(stubs), context))
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_vectorization = False
    options.slp_vectorization = False
    options.loop_interleaving = False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return module, machine


def _parse(text: str, context: Any) -> Any:
    try:
        module = llvm.parse_assembly(text, context)
        module.verify()
    except RuntimeError as error:
        raise CompilerError(f"LLVM rejects the IR: {str(error).strip()}") from error
    return module


def _parameter_types(module: Any, name: str) -> list[str]:
    try:
        function = module.get_function(name)
    except NameError as error:
        raise CompilerError(f"the LLVM module has no function @{name}") from error
    return [str(argument.type) for argument in function.arguments]


@functools.cache
def _initialise() -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()


class _Engine:
    """The linker of this process: an ORC JIT whose libraries live as long as their trackers."""

    def __init__(self) -> None:
        _initialise()
        machine = llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
            opt=2, reloc="pic", codemodel="small"
        )
        self._jit = llvm.create_lljit_compiler(machine)
        self._lock = threading.Lock()
        self._count = 0
        self._symbols = cpu_symbols()
        self._serial = self._load_serial_runtime()

    def load(self, image: CpuImage) -> CompiledCpuModule:
        builder = llvm.JITLibraryBuilder().add_object_img(image.object_code).add_current_process()
        for name in image.imports:
            address = self._serial.get(name) or self._symbols.address(name)
            if address is not None:
                builder.import_symbol(name, address)
            elif llvm.address_of_symbol(name) is None:
                raise CompilerError(f"a CPU kernel needs the symbol {name}, which neither torch nor libm has")
        for name in image.entries:
            builder.export_symbol(name).export_symbol(stub_name(name))
        return CompiledCpuModule(image, self._link(builder))

    def _link(self, builder: Any) -> Any:
        with self._lock:
            self._count += 1
            try:
                return builder.link(self._jit, f"fxopt.{self._count}")
            except RuntimeError as error:
                raise CompilerError(f"linking a CPU kernel failed: {str(error).strip()}") from error

    def _load_serial_runtime(self) -> dict[str, int]:
        """Addresses of the one-thread OpenMP stand-ins; empty when torch has OpenMP."""
        if self._symbols.has_openmp:
            return {}
        builder = llvm.JITLibraryBuilder().add_ir(SERIAL_RUNTIME)
        names = re.findall(r"@(\w+)", SERIAL_RUNTIME)
        for name in names:
            builder.export_symbol(name)
        self._serial_code = self._link(builder)
        return {name: self._serial_code[name] for name in names}


@functools.cache
def _engine() -> _Engine:
    return _Engine()
