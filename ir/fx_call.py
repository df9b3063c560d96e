"""`FxCallOp`: the form that every operation imported from an FX graph shares."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar, NamedTuple, Self

from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Attribute, Operation, Region, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    opt_prop_def,
    prop_def,
    var_operand_def,
    var_region_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from fxopt.ir.fx_args import CallArgs, CallArgsAttr, Ref, Special, format_call, map_refs, parse_call
from fxopt.ir.text import TextError


class Param(NamedTuple):
    """One parameter of an operator schema. `type` is the schema's text, e.g. `Tensor(a!)`, `int[1]?`."""

    name: str
    type: str
    default: str | None
    kwarg_only: bool


class Schema(NamedTuple):
    """A parsed operator schema."""

    params: tuple[Param, ...]
    returns: str

    @property
    def mutates(self) -> bool:
        return any("!" in param.type for param in self.params)


@cache
def parse_schema(text: str) -> Schema:
    """Parses `(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor`, torch's schema without the name.

    >>> parse_schema("(Tensor self, *, int dim=-1) -> Tensor").params[1].default
    '-1'
    """
    inside, _, returns = text.strip()[1:].rpartition(") -> ")
    params = []
    kwarg_only = False
    for part in _split_commas(inside):
        if part == "*":
            kwarg_only = True
            continue
        declaration, has_default, default = part.partition("=")
        type_, _, name = declaration.rpartition(" ")
        params.append(Param(name, type_, default if has_default else None, kwarg_only))
    return Schema(tuple(params), returns)


def _split_commas(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for pos, char in enumerate(text):
        if char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[start:pos].strip())
            start = pos + 1
    last = text[start:].strip()
    return [*parts, last] if last else parts


_SCHEMA_DEFAULTS: dict[str, Any] = {"None": None, "True": True, "False": False, "[]": ()}


def schema_default(text: str | None) -> Any:
    """The Python value of a schema default; enumerations such as `Mean` and `contiguous_format` have torch's values."""
    if text is None or text in _SCHEMA_DEFAULTS:
        return _SCHEMA_DEFAULTS.get(text or "None")
    if text.startswith("["):
        return tuple(schema_default(item.strip()) for item in text[1:-1].split(",") if item.strip())
    if text == "Mean":
        return 1
    if text[0] in "'\"":
        return text[1:-1]
    if text.isidentifier():
        return Special("torch", (text,))
    return int(text) if text.lstrip("-").isdigit() else float(text)


@irdl_op_definition
class FxCallOp(IRDLOperation):
    """A call as FX records it: operands, one result, and a template of the arguments.

    Subclasses that stand for one operator set `name` and `SCHEMA`; those that stand for many carry `target`. They are
    plain subclasses: the IRDL definition is this class's.
    Printed as `%r = name "target"(%a, [2, %n], alpha=2) : result-type`, with `{attributes}` before the colon.
    """

    name = "fx.any_call"
    SCHEMA: ClassVar[str | None] = None
    """Torch's schema without the operator's name, or `None` where there is none."""
    HAS_TARGET: ClassVar[bool] = False

    operands_ = var_operand_def()
    results_ = var_result_def()
    args = prop_def(CallArgsAttr)
    target = opt_prop_def(StringAttr)
    subgraphs = var_region_def()

    @classmethod
    def build_call(
        cls,
        args: CallArgs,
        operands: Sequence[SSAValue],
        result_types: Sequence[Attribute],
        *,
        target: str | None = None,
        location: Any = None,
        regions: Sequence[Region] = (),
    ) -> Self:
        """Builds the op from a template over `operands`; the fast path, no conversions."""
        properties: dict[str, Attribute] = {"args": CallArgsAttr(args)}
        if target is not None:
            properties["target"] = StringAttr(target)
        return cls.create(
            operands=operands,
            result_types=result_types,
            properties=properties,
            location=location,
            regions=regions,
        )

    @classmethod
    def call(cls, args: Sequence[Any], result_type: Attribute, /, **kwargs: Any) -> Self:
        """Builds the op from Python values and SSA values mixed, nested in tuples where the call nests them.

        `AddOp.call((x, y), type, alpha=2)`. Lists of the call are given as tuples.
        """
        operands: list[SSAValue] = []
        template = CallArgs(
            tuple(_to_template(arg, operands) for arg in args),
            tuple((key, _to_template(value, operands)) for key, value in kwargs.items()),
        )
        return cls.build_call(template, operands, (result_type,))

    @property
    def template(self) -> CallArgs:
        """The argument template, with `Ref(i)` for operand `i`."""
        attr = self.properties["args"]
        assert isinstance(attr, CallArgsAttr)
        return attr.data

    def resolve(self, value: Any) -> Any:
        """`value` of the template with references replaced by SSA values."""
        operands = self.operands
        return map_refs(value, lambda ref: operands[ref.index])

    @classmethod
    def params(cls) -> tuple[Param, ...]:
        """The operator's parameters; empty where the op has no schema."""
        return parse_schema(cls.SCHEMA).params if cls.SCHEMA else ()

    def bound(self) -> dict[str, Any]:
        """Parameter name → value (SSA values for operands), with the schema's defaults filled in."""
        template = self.template
        params = self.params()
        values = {p.name: schema_default(p.default) for p in params if p.default is not None}
        for param, value in zip(params, template.args, strict=False):
            values[param.name] = self.resolve(value)
        for key, value in template.kwargs:
            values[key] = self.resolve(value)
        return values

    def arg(self, name: str) -> Any:
        """One argument by parameter name, or the schema's default; `KeyError` if it has neither."""
        template = self.template
        for index, param in enumerate(self.params()):
            if param.name == name:
                if index < len(template.args):
                    return self.resolve(template.args[index])
                for key, value in template.kwargs:
                    if key == name:
                        return self.resolve(value)
                if param.default is None:
                    break
                return schema_default(param.default)
        raise KeyError(f"{self.name} has no argument {name!r}")

    def verify_(self) -> None:
        count = len(self.operands)
        used = [ref.index for ref in self.template.refs()]
        for index in used:
            if index >= count:
                raise VerifyException(f"{self.name}: arguments use operand {index} of {count}")
        if set(used) != set(range(count)):
            missing = min(set(range(count)) - set(used))
            raise VerifyException(f"{self.name}: operand {missing} of {count} is not among the arguments")
        if ("target" in self.properties) != self.HAS_TARGET:
            raise VerifyException(f"{self.name}: {'needs' if self.HAS_TARGET else 'takes no'} target")
        self._verify_schema()

    def _verify_schema(self) -> None:
        if self.SCHEMA is None:
            return
        params = self.params()
        template = self.template
        positional = sum(not p.kwarg_only for p in params)
        if len(template.args) > positional:
            raise VerifyException(f"{self.name}: takes {positional} positional arguments, got {len(template.args)}")
        names = {p.name for p in params}
        for key, _ in template.kwargs:
            if key not in names:
                raise VerifyException(f"{self.name}: no parameter {key!r}; it has {', '.join(sorted(names))}")
        given = {p.name for p in params[: len(template.args)]} | {key for key, _ in template.kwargs}
        for param in params:
            if param.default is None and param.name not in given:
                raise VerifyException(f"{self.name}: argument {param.name!r} is missing")

    def print(self, printer: Printer) -> None:
        if self.HAS_TARGET and self.target is not None:
            printer.print_string(" ")
            printer.print_string_literal(self.target.data)
        names = [_ssa_name(printer, operand) for operand in self.operands]
        printer.print_string(format_call(self.template, lambda ref: names[ref.index]))
        for region in self.regions:
            printer.print_string(" ")
            printer.print_region(region)
        printer.print_op_attributes(self.attributes)
        if self.results:
            printer.print_string(" : ")
            printer.print_list(self.result_types, printer.print_attribute)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        target = parser.parse_str_literal() if cls.HAS_TARGET else None
        parser.parse_punctuation("(")
        operands: list[SSAValue] = []

        def read_ref(text: str, offset: int) -> Ref:
            value = _lookup(parser, text)
            if value is None:
                raise TextError(f"use of undefined value {text}", offset)
            operands.append(value)
            return Ref(len(operands) - 1)

        args = parse_call(parser, read_ref)
        parser.parse_punctuation(")")
        regions: list[Region] = []
        while (region := _parse_optional_subgraph(parser)) is not None:
            regions.append(region)
        attributes = parser.parse_optional_attr_dict()
        types: list[Attribute] = []
        if parser.parse_optional_punctuation(":"):
            types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        op = cls.build_call(args, operands, types, target=target, regions=regions)
        op.attributes.update(attributes)
        return op


def _parse_optional_subgraph(parser: Parser) -> Region | None:
    """A region, told from an attribute dictionary by its block label."""
    content: Any = parser.lexer.input.content
    rest = content[int(parser.pos) : int(parser.pos) + 400]
    text = rest.decode(errors="replace") if isinstance(rest, bytes) else rest
    if text[:1] == "{" and text[1:].lstrip()[:1] in ("^", "%", "}"):
        return parser.parse_region()
    return None


def _to_template(value: Any, operands: list[SSAValue]) -> Any:
    if isinstance(value, SSAValue):
        operands.append(value)
        return Ref(len(operands) - 1)
    if isinstance(value, Operation):
        return _to_template(value.results[0], operands)
    if isinstance(value, Special):
        return Special(value.kind, tuple(_to_template(item, operands) for item in value.args))
    if isinstance(value, tuple | list):
        return tuple(_to_template(item, operands) for item in value)
    return value


def _ssa_name(printer: Printer, value: SSAValue) -> str:
    """The name under which `printer` prints `value`; a value met before its definition gets a fresh number."""
    name = printer._ssa_values.get(value)
    if name is None:
        name = printer._ssa_values[value] = printer._get_new_valid_name_id()
    return f"%{name}"


def _lookup(parser: Parser, text: str) -> SSAValue | None:
    name, _, index = text[1:].partition("#")
    values = parser.ssa_values.get(name)
    if not text.startswith("%") or values is None:
        return None
    position = int(index) if index else 0
    return values[position] if position < len(values) else None
