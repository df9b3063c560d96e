"""How a kernel is launched: an attribute of `tt.func` that the schedule sets and the runtime reads."""

from __future__ import annotations

from typing import NamedTuple

from xdsl.dialects.builtin import IntegerType
from xdsl.ir import Attribute, Data
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from fxopt.ir.symbolic import IntExpr, free_vars
from fxopt.ir.text import TextReader, parse_enclosed

LAUNCH = "launch"
"""Name of the attribute on `tt.func`."""

MAX_WARPS = 32


class LaunchConfig(NamedTuple):
    """`grid` (1 to 3 extents) may use the names in `sizes`: the kernel's last arguments, integers, in order."""

    grid: tuple[IntExpr, ...]
    sizes: tuple[str, ...] = ()
    num_warps: int = 4
    num_stages: int = 3

    def __str__(self) -> str:
        sizes = f", sizes = [{', '.join(self.sizes)}]" if self.sizes else ""
        grid = ", ".join(str(extent) for extent in self.grid)
        return f"grid = [{grid}]{sizes}, warps = {self.num_warps}, stages = {self.num_stages}"


@irdl_attr_definition
class LaunchAttr(Data[LaunchConfig]):
    """`#tt.launch<grid = [(s0 + 127) floordiv 128], sizes = [s0], warps = 4, stages = 3>`."""

    name = "tt.launch"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> LaunchConfig:
        return parse_enclosed(parser, "<>", _read)

    def print_parameter(self, printer: Printer) -> None:
        printer.print_string(f"<{self.data}>")


def _read(reader: TextReader) -> LaunchConfig:
    _key(reader, "grid")
    grid = reader.expr_list()
    sizes: tuple[str, ...] = ()
    reader.expect(",")
    if reader.kind == "name" and reader.text == "sizes":
        _key(reader, "sizes")
        sizes = tuple(str(size) for size in reader.expr_list())
        reader.expect(",")
    _key(reader, "warps")
    warps = _number(reader)
    reader.expect(",")
    _key(reader, "stages")
    return LaunchConfig(grid, sizes, warps, _number(reader))


def _key(reader: TextReader, name: str) -> None:
    reader.expect(name)
    reader.expect("=")


def _number(reader: TextReader) -> int:
    if reader.kind != "int":
        raise reader.fail("an integer")
    return int(reader.next())


def launch_config(attributes: dict[str, Attribute]) -> LaunchConfig | None:
    """The configuration among a `tt.func`'s attributes; None for a device function or a kernel of unknown schedule."""
    attr = attributes.get(LAUNCH)
    return attr.data if isinstance(attr, LaunchAttr) else None


def verify_launch(config: LaunchConfig, arg_types: tuple[Attribute, ...]) -> None:
    """Raises unless the configuration fits the kernel's arguments."""
    if not 1 <= len(config.grid) <= 3:
        raise VerifyException(f"tt.launch: the grid has {len(config.grid)} extents, expected 1 to 3")
    last = arg_types[len(arg_types) - len(config.sizes) :]
    if len(config.sizes) > len(arg_types) or not all(isinstance(t, IntegerType) for t in last):
        raise VerifyException(
            f"tt.launch: sizes {list(config.sizes)} are the last arguments, these are ({', '.join(map(str, last))})"
        )
    unknown = sorted({name for extent in config.grid for name in free_vars(extent)} - set(config.sizes))
    if unknown:
        raise VerifyException(f"tt.launch: the grid uses {unknown[0]}, which is not in sizes {list(config.sizes)}")
    warps = config.num_warps
    if not 1 <= warps <= MAX_WARPS or warps & (warps - 1):
        raise VerifyException(f"tt.launch: {warps} warps, expected a power of two up to {MAX_WARPS}")
    if config.num_stages < 1:
        raise VerifyException(f"tt.launch: {config.num_stages} stages, expected at least 1")
