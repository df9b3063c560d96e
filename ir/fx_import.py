"""FX graphs to IR: one op a node, types from the traced fake values, node names and source lines as locations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    FileLineColLoc,
    IntAttr,
    ModuleOp,
    NameLoc,
    NoneAttr,
    StringAttr,
)
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from fxopt.ir.errors import GraphImportError
from fxopt.ir.fx_args import CallArgs, CallArgsAttr, Ref
from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.fx_types import TypeImporter
from fxopt.ir.fx_values import HIGHER_ORDER, OpaqueTable, ValueImporter, callable_target
from fxopt.ir.types import TensorType, TupleType

_NO_LINE = NoneAttr()

Level = Literal["torch", "aten"]

DEFAULT_ATTR = "fx.default"
"""Attribute of a function argument: the default value of its placeholder."""
TARGET_ATTR = "fx.target"
"""Attribute of a function argument: its placeholder's target, the parameter's name, where the node's name differs."""
ARGUMENTS_ATTR = "fx.arguments"
"""Attribute of a subgraph op: the attributes of its arguments, where there are any."""


@dataclass(frozen=True)
class OpResolver:
    """The op classes that stand for FX nodes; the dialects supply them (`lowering/import_fx.py`)."""

    overloads: Mapping[str, type[FxCallOp]]
    """Operator overload, e.g. `aten.add.Tensor` -> class. All others become `other_overload`, with a target."""
    other_overload: type[FxCallOp]
    torch_function: type[FxCallOp]
    torch_method: type[FxCallOp]
    torch_module: type[FxCallOp]
    python_call: type[FxCallOp]
    getitem: type[FxCallOp]
    get_attr: type[FxCallOp]
    subgraph: type[FxCallOp]
    returns: type[FxCallOp]


@dataclass
class ImportedGraph:
    """A module and what its text does not hold. Names in subgraphs are prefixed: `true_graph_0.add`."""

    module: ModuleOp
    attributes: dict[str, Any] = field(default_factory=dict)
    """`get_attr` target -> tensor or object."""
    opaque: dict[str, Any] = field(default_factory=dict)
    """Key of `opaque("key")` -> object."""
    meta: dict[str, dict[str, Any]] = field(default_factory=dict)
    """FX node name -> its `meta`."""


def import_graph(
    gm: Any,
    level: Level,
    *,
    name: str = "main",
    example_inputs: Sequence[Any] | None = None,
    resolve: OpResolver,
) -> ImportedGraph:
    """Imports a `torch.fx.GraphModule` as `func.func @name`, terminated by `fx.return`.

    `level` decides what a call of a plain Python function is: at `aten` arithmetic on sizes, at `torch` a torch
    function wherever a tensor takes part. `example_inputs` give types to placeholders that carry none.
    No graph fails to import for its operators; `GraphImportError` means that the graph itself is malformed.
    """
    result = ImportedGraph(ModuleOp([]))
    shared = _Shared(level, resolve, result, OpaqueTable(result.opaque), TypeImporter())
    importer = _GraphImporter(gm, shared, prefix="")
    block = importer.run(example_inputs)
    returned = block.last_op
    assert returned is not None
    func = FuncOp(name, (block.arg_types, returned.operand_types), Region(block), arg_attrs=importer.arg_attrs())
    result.module.body.block.add_op(func)
    return result


@dataclass(frozen=True)
class _Shared:
    """What the importers of a graph and of its subgraphs have in common."""

    level: Level
    resolve: OpResolver
    result: ImportedGraph
    opaque: OpaqueTable
    types: TypeImporter
    targets: dict[Any, tuple[type[FxCallOp] | None, str | None]] = field(default_factory=dict)
    source_lines: dict[str, FileLineColLoc | None] = field(default_factory=dict)


class _GraphImporter:
    """Imports one graph into one block."""

    def __init__(self, gm: Any, shared: _Shared, prefix: str) -> None:
        self.gm = gm
        self.shared = shared
        self.prefix = prefix
        self.block = Block()
        self.values: dict[Any, SSAValue] = {}
        self.arg_attr_dicts: list[dict[str, Attribute]] = []
        self._operands: list[SSAValue] = []
        self._convert = ValueImporter(shared.opaque, self._ref).convert
        self._import_node: dict[str, Callable[[Any], Operation]] = {
            "call_function": self._call_function,
            "call_method": lambda node: self._call(shared.resolve.torch_method, node, node.target),
            "call_module": lambda node: self._call(shared.resolve.torch_module, node, node.target),
            "get_attr": self._get_attr,
            "output": self._output,
        }

    def run(self, example_inputs: Sequence[Any] | None = None) -> Block:
        examples = iter(example_inputs or ())
        meta = self.shared.result.meta
        for node in self.gm.graph.nodes:
            name = node.name
            meta[self.prefix + name] = node.meta
            if node.op == "placeholder":
                self._placeholder(node, next(examples, None))
                continue
            op = self._import_node[node.op](node)
            op.location = self._location(node)
            self.block.add_op(op)
            if op.results:
                result = op.results[0]
                result.name_hint = name
                self.values[node] = result
        if self.block.last_op is None or not isinstance(self.block.last_op, self.shared.resolve.returns):
            raise GraphImportError("the FX graph has no output node", where=type(self.gm).__name__)
        return self.block

    def arg_attrs(self) -> ArrayAttr[DictionaryAttr] | None:
        """Attributes of the block's arguments: what their placeholders say beyond name and type."""
        if not any(self.arg_attr_dicts):
            return None
        return ArrayAttr([DictionaryAttr(attrs) for attrs in self.arg_attr_dicts])

    def _placeholder(self, node: Any, example: Any) -> None:
        arg = self.block.insert_arg(self._type(node, example), len(self.block.args))
        arg.name_hint = node.name
        arg.location = self._location(node)
        self.values[node] = arg
        attrs: dict[str, Attribute] = {}
        if node.target != node.name:
            attrs[TARGET_ATTR] = StringAttr(node.target)
        if node.args:
            attrs[DEFAULT_ATTR] = CallArgsAttr(CallArgs((self._convert(node.args[0]),)))
        self.arg_attr_dicts.append(attrs)

    def _ref(self, node: Any) -> Ref:
        operands = self._operands
        try:
            operands.append(self.values[node])
        except KeyError:
            raise GraphImportError(f"FX node {node.name!r} is used before its definition") from None
        return Ref(len(operands) - 1)

    def _template(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[CallArgs, list[SSAValue]]:
        convert = self._convert
        operands: list[SSAValue] = []
        self._operands = operands
        return CallArgs(
            tuple([convert(arg) for arg in args]), tuple([(key, convert(value)) for key, value in kwargs.items()])
        ), operands

    def _call(self, cls: type[FxCallOp], node: Any, target: str | None) -> Operation:
        args, operands = self._template(node.args, node.kwargs)
        return cls.build_call(args, operands, (self._type(node),), target=target)

    def _call_function(self, node: Any) -> Operation:
        target = node.target
        known = self.shared.targets.get(target)
        if known is None:
            known = self.shared.targets[target] = self._resolve_target(target)
        cls, name = known
        if cls is not None:
            return self._call(cls, node, name)
        return self._python_function(node, name)

    def _resolve_target(self, target: Any) -> tuple[type[FxCallOp] | None, str | None]:
        """The op class and target text of a called function; no class where the node's values decide."""
        import torch

        resolve = self.shared.resolve
        if isinstance(target, torch._ops.OpOverload):
            name = str(target)
            cls = resolve.overloads.get(name)
            return (cls, None) if cls is not None else (resolve.other_overload, name)
        if isinstance(target, torch._ops.HigherOrderOperator):
            return resolve.other_overload, HIGHER_ORDER + target.name()
        return None, callable_target(target, self.shared.opaque)

    def _python_function(self, node: Any, name: str | None) -> Operation:
        resolve = self.shared.resolve
        args, operands = self._template(node.args, node.kwargs)
        result_type = self._type(node)
        if name == "operator.getitem" and not args.kwargs and type(index := args.args[1]) is int:
            source = operands[0].type
            if isinstance(source, TupleType) and -len(source.data) <= index < len(source.data):
                return resolve.getitem.build_call(args, operands, (source.data[index],))
        cls = resolve.python_call
        if self.shared.level == "torch" and any(_holds_tensor(t) for t in (result_type, *(v.type for v in operands))):
            cls = resolve.torch_function
        return cls.build_call(args, operands, (result_type,), target=name)

    def _get_attr(self, node: Any) -> Operation:
        import torch

        resolve, target = self.shared.resolve, node.target
        value = _attribute(self.gm, target)
        if isinstance(value, torch.fx.GraphModule):
            prefix = f"{self.prefix}{target}."
            inner = _GraphImporter(value, self.shared, prefix)
            op = resolve.subgraph.build_call(
                CallArgs(()), (), (self.shared.types.any("GraphModule"),), target=target, regions=(Region(inner.run()),)
            )
            if (arg_attrs := inner.arg_attrs()) is not None:
                op.attributes[ARGUMENTS_ATTR] = arg_attrs
            return op
        self.shared.result.attributes[self.prefix + target] = value
        return resolve.get_attr.build_call(CallArgs(()), (), (self._type(node, value),), target=target)

    def _output(self, node: Any) -> Operation:
        args, operands = self._template(node.args, {})
        return self.shared.resolve.returns.build_call(args, operands, ())

    def _type(self, node: Any, example: Any = None) -> Attribute:
        meta, types = node.meta, self.shared.types
        if "val" in meta:
            return types.of(meta["val"])
        if "example_value" in meta:
            return types.of(meta["example_value"])
        return types.of(example) if example is not None else types.any("unknown")

    def _location(self, node: Any) -> NameLoc:
        trace = node.meta.get("stack_trace")
        if not trace:
            return NameLoc(StringAttr(node.name), _NO_LINE)
        lines = self.shared.source_lines
        if trace not in lines:
            lines[trace] = source_line(trace)
        return NameLoc(StringAttr(node.name), lines[trace] or _NO_LINE)


def source_line(trace: str) -> FileLineColLoc | None:
    """The innermost source line of a Python stack trace as FX records it."""
    start = trace.rfind('File "')
    if start < 0:
        return None
    path, _, rest = trace[start + 6 :].partition('", line ')
    number = rest.partition(",")[0].partition("\n")[0].strip()
    return FileLineColLoc(StringAttr(path), IntAttr(int(number)), IntAttr(0)) if number.isdigit() else None


def _attribute(gm: Any, target: str) -> Any:
    value = gm
    for part in target.split("."):
        if not hasattr(value, part):
            raise GraphImportError(f"get_attr of {target!r}: {type(value).__name__} has no attribute {part!r}")
        value = getattr(value, part)
    return value


def _holds_tensor(type_: Attribute) -> bool:
    return isinstance(type_, TensorType) or (isinstance(type_, TupleType) and any(map(_holds_tensor, type_.data)))
