"""The types of tensors and of the other values that FX graphs carry, shared by every dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from xdsl.dialects.builtin import BFloat16Type, Float16Type, Float32Type, Float64Type, IntegerType
from xdsl.ir import Attribute, Data, TypeAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer

from fxopt.ir.symbolic import IntExpr, maximum, product
from fxopt.ir.text import TextError, TextReader, parse_enclosed, quote


class DType(NamedTuple):
    """A dtype's facts. `category` is torch's promotion category: bool < int < float < complex."""

    name: str
    torch_name: str
    size_bytes: int
    category: str
    signed: bool


DTYPES: dict[str, DType] = {
    row.name: row
    for row in (
        DType("bool", "bool", 1, "bool", False),
        DType("u8", "uint8", 1, "int", False),
        DType("u16", "uint16", 2, "int", False),
        DType("u32", "uint32", 4, "int", False),
        DType("u64", "uint64", 8, "int", False),
        DType("i8", "int8", 1, "int", True),
        DType("i16", "int16", 2, "int", True),
        DType("i32", "int32", 4, "int", True),
        DType("i64", "int64", 8, "int", True),
        DType("f16", "float16", 2, "float", True),
        DType("bf16", "bfloat16", 2, "float", True),
        DType("f32", "float32", 4, "float", True),
        DType("f64", "float64", 8, "float", True),
        DType("f8e4m3fn", "float8_e4m3fn", 1, "float", True),
        DType("f8e5m2", "float8_e5m2", 1, "float", True),
        DType("f8e4m3fnuz", "float8_e4m3fnuz", 1, "float", True),
        DType("f8e5m2fnuz", "float8_e5m2fnuz", 1, "float", True),
        DType("c32", "complex32", 4, "complex", True),
        DType("c64", "complex64", 8, "complex", True),
        DType("c128", "complex128", 16, "complex", True),
    )
}
DTYPE_OF_TORCH_NAME: dict[str, str] = {row.torch_name: row.name for row in DTYPES.values()}

_SCALARS: Mapping[str, Attribute] = {
    "bool": IntegerType(1),
    "f16": Float16Type(),
    "bf16": BFloat16Type(),
    "f32": Float32Type(),
    "f64": Float64Type(),
} | {name: IntegerType(int(name[1:])) for name in ("u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64")}


def scalar_type(dtype: str) -> Attribute:
    """The builtin MLIR type of one element: `i1` for bool, signless `iN` for every integer, `fN`.

    Raises `KeyError` for dtypes that no kernel computes with (complex, float8).
    """
    return _SCALARS[dtype]


def contiguous_strides(sizes: Sequence[IntExpr]) -> tuple[IntExpr, ...]:
    """Row-major strides in elements, as torch makes them: a size of 0 counts as 1."""
    strides: list[IntExpr] = []
    step: IntExpr = 1
    for size in reversed(sizes):
        strides.append(step)
        step = step * (max(size, 1) if isinstance(size, int) else size)
    return tuple(reversed(strides))


class TensorSpec(NamedTuple):
    """What a `TensorType` holds."""

    sizes: tuple[IntExpr, ...]
    dtype: str
    strides: tuple[IntExpr, ...]
    device: str


@irdl_attr_definition
class TensorType(Data[TensorSpec], TypeAttribute):
    """A strided tensor: sizes, dtype, strides in elements, device.

    `!aten.tensor<[s0, 128], bf16, strides=[256, 1], device="cuda:0">`. Strides are left out when row-major
    contiguous, the device when it is `"cpu"`. The data pointer of a value already includes its storage offset.
    """

    name = "aten.tensor"

    @staticmethod
    def of(
        sizes: Sequence[IntExpr], dtype: str, strides: Sequence[IntExpr] | None = None, device: str = "cpu"
    ) -> TensorType:
        """A type from its parts; contiguous unless `strides` (in elements) says otherwise."""
        shape = tuple(sizes)
        return TensorType(
            TensorSpec(shape, dtype, contiguous_strides(shape) if strides is None else tuple(strides), device)
        )

    @property
    def sizes(self) -> tuple[IntExpr, ...]:
        return self.data.sizes

    @property
    def dtype(self) -> str:
        return self.data.dtype

    @property
    def strides(self) -> tuple[IntExpr, ...]:
        return self.data.strides

    @property
    def device(self) -> str:
        return self.data.device

    @property
    def rank(self) -> int:
        return len(self.data.sizes)

    @property
    def item_size_bytes(self) -> int:
        return DTYPES[self.data.dtype].size_bytes

    @property
    def scalar(self) -> Attribute:
        """The builtin type of one element; see `scalar_type`."""
        return scalar_type(self.data.dtype)

    def numel(self) -> IntExpr:
        """The number of elements."""
        return product(self.data.sizes)

    def is_contiguous(self) -> bool:
        """Whether the strides are row-major; dims of size 1 may have any stride, empty tensors are contiguous."""
        sizes, _, strides, _ = self.data
        if strides == contiguous_strides(sizes) or 0 in sizes:
            return True
        step: IntExpr = 1
        for size, stride in zip(reversed(sizes), reversed(strides), strict=True):
            if size == 1:
                continue
            if stride != step:
                return False
            step = step * size
        return True

    def storage_elems(self) -> IntExpr:
        """Elements spanned from the data pointer to the last element, inclusive."""
        if 0 in self.data.sizes:
            return 0
        span: IntExpr = 1
        for size, stride in zip(self.data.sizes, self.data.strides, strict=True):
            extent = (size - 1) * stride
            span = span + (extent if isinstance(extent, int) else maximum(extent, 0))
        return span

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> TensorSpec:
        return parse_enclosed(parser, "<>", _read_spec)

    def print_parameter(self, printer: Printer) -> None:
        sizes, dtype, strides, device = self.data
        text = f"[{', '.join(map(str, sizes))}], {dtype}"
        if strides != contiguous_strides(sizes):
            text += f", strides=[{', '.join(map(str, strides))}]"
        if device != "cpu":
            text += f", device={quote(device)}"
        printer.print_string(f"<{text}>")


def _read_spec(reader: TextReader) -> TensorSpec:
    sizes = reader.expr_list()
    reader.expect(",")
    dtype = reader.text
    if dtype not in DTYPES:
        raise reader.fail(f"a dtype ({' '.join(DTYPES)})")
    reader.next()
    strides, device = contiguous_strides(sizes), "cpu"
    while reader.accept(","):
        if reader.accept("strides"):
            reader.expect("=")
            strides = reader.expr_list()
            if len(strides) != len(sizes):
                raise TextError(f"{len(sizes)} sizes but {len(strides)} strides", reader.tokens[reader.index - 1][2])
        else:
            reader.expect("device")
            reader.expect("=")
            device = reader.string()
    return TensorSpec(sizes, dtype, strides, device)


class SymSpec(NamedTuple):
    """What a `SymType` holds: `kind` is `int`, `float` or `bool`."""

    kind: str
    expr: IntExpr | str


@irdl_attr_definition
class SymType(Data[SymSpec], TypeAttribute):
    """A symbolic scalar of the host program: `!aten.sym<int, s0 * 2>`.

    `expr` is an `Expr` (or int) where it is quasi-affine, else sympy's text as a string.
    """

    name = "aten.sym"

    @property
    def kind(self) -> str:
        return self.data.kind

    @property
    def expr(self) -> IntExpr | str:
        return self.data.expr

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> SymSpec:
        def read(reader: TextReader) -> SymSpec:
            kind = reader.name()
            if kind not in ("int", "float", "bool"):
                raise TextError(f"expected int, float or bool, got {kind!r}", 0)
            reader.expect(",")
            return SymSpec(kind, reader.string() if reader.kind == "str" else reader.expr())

        return parse_enclosed(parser, "<>", read)

    def print_parameter(self, printer: Printer) -> None:
        kind, expr = self.data
        printer.print_string(f"<{kind}, {quote(expr) if isinstance(expr, str) else expr}>")


@irdl_attr_definition
class TupleType(Data[tuple[Attribute, ...]], TypeAttribute):
    """The results of a call that returns several values: `!aten.tuple<T0, T1>`; `fx.getitem` takes one out."""

    name = "aten.tuple"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> tuple[Attribute, ...]:
        return tuple(parser.parse_comma_separated_list(parser.Delimiter.ANGLE, parser.parse_attribute))

    def print_parameter(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_list(self.data, printer.print_attribute)


@irdl_attr_definition
class AnyType(Data[str], TypeAttribute):
    """A value that the compiler only passes on: `!aten.any<"NoneType">`, named by its Python type."""

    name = "aten.any"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> str:
        return parse_enclosed(parser, "<>", TextReader.string)

    def print_parameter(self, printer: Printer) -> None:
        printer.print_string(f"<{quote(self.data)}>")
