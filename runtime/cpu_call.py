"""Calling machine code from Python for less than ctypes costs: a stub with CPython's own vectorcall signature.

ctypes takes about 100 ns an argument to convert. The stub is compiled with the kernel:
```
PyObject *k_python(PyObject *self, PyObject *const *args, Py_ssize_t nargs) {
    if (nargs != 3) { raise TypeError }
    void *a0 = PyLong_AsLongLong(args[0]); ...; if (PyErr_Occurred()) return NULL;
    state = PyEval_SaveThread(); status = k(a0, ...); PyEval_RestoreThread(state);
    return PyLong_FromLong(status);
}
```
Only functions of the stable ABI are used, so a cached object serves every version of Python.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

_METH_FASTCALL = 0x80

# LLVM type of a parameter -> (converter, its result type, instruction that narrows the result, if any)
_CONVERTERS: dict[str, tuple[str, str, str]] = {
    "ptr": ("PyLong_AsLongLong", "i64", "inttoptr"),
    "i64": ("PyLong_AsLongLong", "i64", ""),
    "i32": ("PyLong_AsLongLong", "i64", "trunc"),
    "i16": ("PyLong_AsLongLong", "i64", "trunc"),
    "i8": ("PyLong_AsLongLong", "i64", "trunc"),
    "i1": ("PyLong_AsLongLong", "i64", "trunc"),
    "double": ("PyFloat_AsDouble", "double", ""),
    "float": ("PyFloat_AsDouble", "double", "fptrunc"),
}

STUB_DECLARATIONS = """\
@PyExc_TypeError = external global ptr
declare i64 @PyLong_AsLongLong(ptr)
declare double @PyFloat_AsDouble(ptr)
declare ptr @PyErr_Occurred()
declare ptr @PyErr_Format(ptr, ptr, ...)
declare ptr @PyEval_SaveThread()
declare void @PyEval_RestoreThread(ptr)
declare ptr @PyLong_FromLong(i64)
@fxopt.arity.message = private constant [38 x i8] c"%s takes %zd arguments, but got %zd\\00\\00\\00"
"""


def stub_name(name: str) -> str:
    """The symbol of the stub of the entry `name`."""
    return f"{name}.python"


def stub_text(name: str, parameter_types: Sequence[str]) -> str:
    """The stub of the entry `name`, as LLVM IR text."""
    arity = len(parameter_types)
    lines, args = [], []
    for i, type_ in enumerate(parameter_types):
        converter, wide, narrow = _CONVERTERS[type_]
        lines += [
            f"  %s{i} = getelementptr ptr, ptr %args, i64 {i}",
            f"  %o{i} = load ptr, ptr %s{i}",
            f"  %w{i} = call {wide} @{converter}(ptr %o{i})",
        ]
        if narrow:
            lines.append(f"  %n{i} = {narrow} {wide} %w{i} to {type_}")
        args.append(f"{type_} %{'n' if narrow else 'w'}{i}")
    encoded = name.encode()
    text = "".join(chr(b) if chr(b).isalnum() or chr(b) in "_." else f"\\{b:02X}" for b in encoded)
    message = f'ptr %error, ptr @fxopt.arity.message, ptr @"{name}.name"'
    return f"""
@"{name}.name" = private constant [{len(encoded) + 1} x i8] c"{text}\\00"
declare i32 @"{name}"({", ".join(parameter_types)})
define ptr @"{stub_name(name)}"(ptr %self, ptr %args, i64 %count) nounwind {{
  %good = icmp eq i64 %count, {arity}
  br i1 %good, label %convert, label %arity
arity:
  %error = load ptr, ptr @PyExc_TypeError
  call ptr (ptr, ptr, ...) @PyErr_Format({message}, i64 {arity}, i64 %count)
  ret ptr null
convert:
{chr(10).join(lines)}
  %raised = call ptr @PyErr_Occurred()
  %clear = icmp eq ptr %raised, null
  br i1 %clear, label %run, label %fail
fail:
  ret ptr null
run:
  %state = call ptr @PyEval_SaveThread()
  %status = call i32 @"{name}"({", ".join(args)})
  call void @PyEval_RestoreThread(ptr %state)
  %long = sext i32 %status to i64
  %result = call ptr @PyLong_FromLong(i64 %long)
  ret ptr %result
}}
"""


class _MethodDef(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    ]


class _Owner:
    """The `self` of a built-in function: keeps its definition and its code alive. CPython releases it last."""

    __slots__ = ("code", "definition")

    def __init__(self, definition: _MethodDef, code: Any) -> None:
        self.definition = definition
        self.code = code


def python_function(name: str, stub_address: int, code: Any) -> Callable[..., int]:
    """A built-in function around a stub; it keeps `code` alive."""
    definition = _MethodDef(name.encode(), stub_address, _METH_FASTCALL, None)
    new = ctypes.pythonapi.PyCFunction_NewEx
    prototype = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)
    make = prototype(ctypes.cast(new, ctypes.c_void_p).value or 0)
    return make(ctypes.addressof(definition), _Owner(definition, code), None)
