"""Text of a `tt` module in MLIR's generic form, as Triton parses it.

```
tt.func public @scale(%x: !tt.ptr<f32> {tt.divisibility = 16 : i32}) {
  %r = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %v = tt.load %p evictionPolicy = evict_first : tensor<64x!tt.ptr<f32>>
```
becomes
```
"tt.func"() <{arg_attrs = [{tt.divisibility = 16 : i32}], function_type = (!tt.ptr<f32>) -> (), ...}> ({
^bb0(%0: !tt.ptr<f32>):
%1 = "tt.make_range"() <{end = 64 : i32, start = 0 : i32}> : () -> tensor<64xi32>
%2 = "tt.load"(%p) <{evict = 2 : i32, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<64x!...) -> tensor<64xf32>
```
The generic form is accepted by every Triton from 3.6 on, with two spellings that depend on the version: cache policies
of loads and stores (properties `cache` and `evict`, or `cachePolicy = #tt.cache_policy<..>`) and tensor descriptors.

Every op is at `loc(unknown)`: without one MLIR takes the position in the text, and with it the name of the temporary
file gets into the machine code, which would then differ from compile to compile.

This printer writes what occurs in kernels and nothing else, about five times as fast as xDSL's.
"""

from __future__ import annotations

import importlib.metadata
import math
from collections.abc import Mapping, Sequence
from functools import cache
from io import StringIO
from typing import Any

from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    Float32Type,
    Float64Type,
    FloatAttr,
    FunctionType,
    IntegerAttr,
    IntegerType,
    ModuleOp,
    StringAttr,
    SymbolRefAttr,
    TensorType,
    UnitAttr,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.printer import Printer
from xdsl.traits import SymbolTable
from xdsl.utils.type import get_element_type_or_self

from fxopt.dialects.tt.attrs import CacheModifier, EvictionPolicy, PtrType, TensorDescType
from fxopt.dialects.tt.launch import LAUNCH
from fxopt.ir.errors import FxOptError

TritonVersion = tuple[int, int]

CACHE_POLICY_SINCE: TritonVersion = (3, 9)
"""The first Triton whose loads and stores have one `cachePolicy` property."""

BARE_DESCRIPTOR_SINCE: TritonVersion = (3, 8)
"""The first Triton that writes `!tt.tensordesc<64x32xf16>`, not `!tt.tensordesc<tensor<64x32xf16>>`."""

_CACHED_OPS = frozenset(("tt.load", "tt.store", "tt.descriptor_load"))


@cache
def installed_triton_version() -> TritonVersion:
    """(major, minor) of the installed Triton, read without importing it; that of the dialect when there is none."""
    try:
        major, minor, *_ = importlib.metadata.version("triton").split(".")
    except importlib.metadata.PackageNotFoundError:
        return (3, 6)
    return (int(major), int(minor))


def emit_ttir(op: Operation, *, backend: str = "cuda", triton_version: TritonVersion | None = None) -> str:
    """TTIR of a `builtin.module`, or of one `tt.func` with the functions that it calls, for a version of Triton.

    `triton_version` None is the installed one.

    Top-level ops of a module that are not `tt.func` are left out, and so are `launch` attributes. For `backend` "hip",
    calls of libdevice become calls of ocml.
    """
    emitter = _Emitter(triton_version or installed_triton_version(), backend)
    functions = _with_callees(op) if op.name == "tt.func" else _device_functions(op)
    if not functions:
        raise FxOptError(f"emit_ttir: no tt.func in the {op.name}")
    return emitter.module(functions)


def _with_callees(kernel: Operation) -> list[Operation]:
    """The kernel and the functions that it calls, directly or not."""
    found = [kernel]
    names = set()
    for function in found:
        for call in function.walk():
            if call.name == "tt.call" and (callee := call.properties["callee"]) not in names:
                names.add(callee)
                target = SymbolTable.lookup_symbol(call, callee)  # type: ignore[arg-type]
                if target is None:
                    raise FxOptError(f"emit_ttir: no function {callee}")
                found.append(target)
    return found


def _device_functions(op: Operation) -> list[Operation]:
    if not isinstance(op, ModuleOp):
        raise FxOptError(f"emit_ttir takes a builtin.module or a tt.func, got {op.name}")
    return [child for child in op.body.block.ops if child.name == "tt.func"]


class _Emitter:
    """One emission: names of values, texts of types and attributes already met, and the lines."""

    def __init__(self, triton_version: TritonVersion, backend: str) -> None:
        self._hip = backend == "hip"
        self._cache_policy = triton_version >= CACHE_POLICY_SINCE
        self._bare_descriptor = triton_version >= BARE_DESCRIPTOR_SINCE
        self._names: dict[SSAValue, str] = {}
        self._block_names: dict[Block, str] = {}
        self._types: dict[Attribute, str] = {}
        self._type_by_id: dict[int, str] = {}
        self._lines: list[str] = []
        self._indent = " "

    def module(self, functions: Sequence[Operation]) -> str:
        self._lines.append('"builtin.module"() ({')
        for function in functions:
            self._op(function)
        self._lines.append("}) : () -> () loc(unknown)\n")
        return "\n".join(self._lines)

    # Operations

    def _op(self, op: Operation) -> None:
        names = self._names
        head = self._indent
        if op.results:
            head += ", ".join([self._define(result) for result in op.results]) + " = "
        head += f'"{op.name}"({", ".join([names[operand] for operand in op.operands])})'
        if op.successors:
            head += f"[{', '.join([self._block_names[block] for block in op.successors])}]"
        if op.properties:
            head += self._properties(op)
        if op.regions:
            self._lines.append(head + " ({")
            self._regions(op.regions)
            head = self._indent + "})"
        attributes = op.attributes
        if LAUNCH in attributes:
            attributes = {key: value for key, value in attributes.items() if key != LAUNCH}
        if attributes:
            head += f" {{{self._dictionary(attributes)}}}"
        operand_types = ", ".join([self._type(operand.type) for operand in op.operands])
        self._lines.append(f"{head} : ({operand_types}) -> {self._result_types(op)} loc(unknown)")

    def _define(self, value: SSAValue) -> str:
        name = self._names[value] = f"%{len(self._names)}"
        return name

    def _result_types(self, op: Operation) -> str:
        results = op.results
        if len(results) == 1:
            return self._type(results[0].type)
        return f"({', '.join([self._type(result.type) for result in results])})"

    def _regions(self, regions: Sequence[Region]) -> None:
        for index, region in enumerate(regions):
            if index:
                self._lines.append(self._indent + "}, {")
            self._region(region)

    def _region(self, region: Region) -> None:
        outer, self._indent = self._indent, self._indent + " "
        for block in region.blocks:
            self._block_names[block] = f"^bb{len(self._block_names)}"
        for index, block in enumerate(region.blocks):
            if index or block.args:
                args = ", ".join([f"{self._define(arg)}: {self._type(arg.type)}" for arg in block.args])
                self._lines.append(f"{outer}{self._block_names[block]}({args}):")
            for op in block.ops:
                self._op(op)
        self._indent = outer

    # Attributes

    def _properties(self, op: Operation) -> str:
        properties = op.properties
        if self._cache_policy and op.name in _CACHED_OPS:
            return f" <{{{self._cache_policy_properties(properties)}}}>"
        if self._hip and op.name == "tt.extern_elementwise":
            properties = properties | {"symbol": StringAttr(_ocml_symbol(op))}
        return f" <{{{self._dictionary(properties)}}}>"

    def _cache_policy_properties(self, properties: Mapping[str, Attribute]) -> str:
        """`cache` and `evict` as the one attribute that newer versions have; defaults are left out."""
        rest = {key: value for key, value in properties.items() if key not in ("cache", "evict")}
        modifier = CacheModifier(_int(properties.get("cache"), CacheModifier.NONE))
        policy = EvictionPolicy(_int(properties.get("evict"), EvictionPolicy.EVICT_NORMAL))
        text = self._dictionary(rest)
        if modifier is CacheModifier.NONE and policy is EvictionPolicy.EVICT_NORMAL:
            return text
        spelled = (
            f"cachePolicy = #tt.cache_policy<cache_modifier = {modifier.name.lower()}, "
            f"eviction_policy = {policy.name.lower()}>"
        )
        return f"{text}, {spelled}" if text else spelled

    def _dictionary(self, attributes: Mapping[str, Attribute]) -> str:
        parts = []
        for name, attr in attributes.items():
            parts.append(name if isinstance(attr, UnitAttr) else f"{name} = {self._attribute(attr)}")
        return ", ".join(parts)

    def _attribute(self, attr: Attribute) -> str:
        match attr:
            case IntegerAttr():
                return self._integer(attr)
            case FloatAttr():
                return f"{_float(attr.value.data, attr.type)} : {self._type(attr.type)}"
            case StringAttr():
                return _quoted(attr.data)
            case DenseIntOrFPElementsAttr():
                return self._dense(attr)
            case DenseArrayBase():
                values = ", ".join([str(value) for value in attr.get_values()])
                return f"array<{attr.elt_type}{': ' if values else ''}{values}>"
            case SymbolRefAttr():
                return f"@{attr.root_reference.data}"
            case ArrayAttr():
                return f"[{', '.join([self._attribute(item) for item in attr.data])}]"
            case DictionaryAttr():
                return f"{{{self._dictionary(attr.data)}}}"
            case _:
                return self._type(attr)

    def _integer(self, attr: IntegerAttr) -> str:
        value = attr.value.data
        if isinstance(attr.type, IntegerType) and attr.type.width.data == 1:
            return "true" if value else "false"
        return f"{value} : {self._type(attr.type)}"

    def _dense(self, attr: DenseIntOrFPElementsAttr) -> str:
        element = attr.get_element_type()
        values: Sequence[Any] = attr.get_values()
        if _is_splat(attr.data.data, len(values)):
            return f"dense<{_number(values[0], element)}> : {self._type(attr.type)}"
        numbers = [_number(value, element) for value in values]
        return f"dense<{_nested(numbers, attr.get_shape())}> : {self._type(attr.type)}"

    def _type(self, type_: Attribute) -> str:
        # Types are shared objects that live as long as the module: identity first, hashing them is slow.
        text = self._type_by_id.get(id(type_))
        if text is None:
            text = self._types.get(type_)
            if text is None:
                text = self._types[type_] = self._spell_type(type_)
            self._type_by_id[id(type_)] = text
        return text

    def _spell_type(self, type_: Attribute) -> str:
        match type_:
            case TensorType():
                dims = "".join([f"{size}x" for size in type_.get_shape()])
                return f"tensor<{dims}{self._type(type_.element_type)}>"
            case PtrType():
                space = type_.address_space.value.data
                return f"!tt.ptr<{self._type(type_.pointee)}{f', {space}' if space != 1 else ''}>"
            case TensorDescType():
                block = self._type(type_.block_type)
                return f"!tt.tensordesc<{block.removeprefix('tensor<') if self._bare_descriptor else block + '>'}"
            case FunctionType():
                inputs = ", ".join([self._type(t) for t in type_.inputs.data])
                outputs = ", ".join([self._type(t) for t in type_.outputs.data])
                return f"({inputs}) -> ({outputs})"
            case _:
                stream = StringIO()
                Printer(stream).print_attribute(type_)
                return stream.getvalue()


# Names of libdevice whose ocml counterpart is not just the name without the trailing `f`.
_OCML_NAMES = {
    "cyl_bessel_i0": "i0",
    "cyl_bessel_i1": "i1",
    "normcdf": "ncdf",
    "normcdfinv": "ncdfinv",
    "powi": "pown",
    "finite": "isfinite",
    "isfinited": "isfinite",
    "isinfd": "isinf",
    "isnand": "isnan",
    "signbitd": "signbit",
}


def _ocml_symbol(op: Operation) -> str:
    """`__nv_erff` of f32 -> `__ocml_erf_f32`; other symbols are kept."""
    symbol: str = op.properties["symbol"].data  # type: ignore[attr-defined]
    name = symbol.removeprefix("__nv_")
    if name == symbol:
        return symbol
    element = get_element_type_or_self(op.operands[0].type)
    if isinstance(element, Float32Type):
        name = name.removesuffix("f")
    return f"__ocml_{_OCML_NAMES.get(name, name)}_{element}"


def _int(attr: Attribute | None, default: int) -> int:
    return attr.value.data if isinstance(attr, IntegerAttr) else default


def _quoted(text: str) -> str:
    escaped = []
    for byte in text.encode():
        plain = 32 <= byte < 127 and byte not in b'"\\'
        escaped.append(chr(byte) if plain else f"\\{byte:02X}")
    return f'"{"".join(escaped)}"'


def _number(value: int | float, element: Attribute) -> str:
    if not isinstance(element, IntegerType):
        return _float(value, element)
    if element.width.data == 1:
        return "true" if value else "false"
    return str(value)


def _float(value: float, type_: Attribute) -> str:
    """A decimal that reads back to the same number; the bit pattern of infinities and NaN, which have no decimal."""
    if not math.isfinite(value):
        raw: bytes = type_.pack((value,))  # type: ignore[attr-defined]
        return f"0x{raw[::-1].hex().upper()}"
    # 9 digits tell all numbers of f32 and narrower types apart.
    digits = repr(float(value)) if isinstance(type_, Float64Type) else f"{value:.9g}"
    mantissa, exponent_sign, exponent = digits.partition("e")
    if "." not in mantissa:
        mantissa += ".0"
    return f"{mantissa}{exponent_sign}{exponent}"


def _is_splat(raw: bytes, count: int) -> bool:
    """Whether all elements have the same bits (NaN included, which is not equal to itself)."""
    return count > 0 and raw == raw[: len(raw) // count] * count


def _nested(items: Sequence[str], shape: Sequence[int]) -> str:
    if not shape:
        return items[0]
    if len(shape) == 1:
        return f"[{', '.join(items)}]"
    step = len(items) // shape[0]
    rows = [_nested(items[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]
    return f"[{', '.join(rows)}]"
