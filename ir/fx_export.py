"""IR to FX graphs: the exact inverse of `fx_import`. Node names come from locations, `meta` from the import."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, FileLineColLoc, ModuleOp, NameLoc, StringAttr
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, Block, Operation, SSAValue

from fxopt.ir.errors import GraphExportError
from fxopt.ir.fx_args import CallArgsAttr, Ref
from fxopt.ir.fx_call import FxCallOp
from fxopt.ir.fx_import import ARGUMENTS_ATTR, DEFAULT_ATTR, TARGET_ATTR
from fxopt.ir.fx_values import ValueExporter, lookup_opaque, lookup_operator
from fxopt.ir.python_names import lookup_name


def export_graph(
    module: ModuleOp,
    *,
    attributes: Mapping[str, Any] | None = None,
    opaque: Mapping[str, Any] | None = None,
    meta: Mapping[str, Mapping[str, Any]] | None = None,
    root: Any = None,
    name: str = "main",
) -> Any:
    """The `torch.fx.GraphModule` that function `name` of the module stands for.

    `attributes`, `opaque` and `meta` are those of the `ImportedGraph`. A module that was read from text has none of
    them; it exports as long as it refers to no attribute and no opaque object. `root` supplies the submodules that
    `torch.module` calls, any attribute not in `attributes`, and the calling convention (a pytree of inputs, say).
    Raises `GraphExportError` naming what is missing or the op that no FX node stands for.
    """
    func = next((op for op in module.body.block.ops if isinstance(op, FuncOp) and op.sym_name.data == name), None)
    if func is None or func.is_declaration:
        raise GraphExportError(f"the module has no function @{name}")
    exporter = _Exporter(attributes or {}, opaque or {}, meta or {}, root)
    gm = exporter.graph_module(func.body.block, func.arg_attrs, prefix="")
    if root is not None and hasattr(root, "graph"):
        gm.graph.set_codegen(root.graph._codegen)
        gm.recompile()
    return gm


class _Exporter:
    """What the export of a graph and of its subgraphs have in common."""

    def __init__(
        self, attributes: Mapping[str, Any], opaque: Mapping[str, Any], meta: Mapping[str, Mapping[str, Any]], root: Any
    ) -> None:
        self.attributes = attributes
        self.opaque = dict(opaque)
        self.meta = meta
        self.root = root

    def graph_module(self, block: Block, arg_attrs: Attribute | None, prefix: str) -> Any:
        import torch

        graph = _GraphExporter(self, prefix)
        graph.run(block, arg_attrs)
        return torch.fx.GraphModule(graph.owned, graph.graph)

    def attribute(self, path: str, what: str) -> Any:
        """The object that a graph module owns under `path`."""
        if path in self.attributes:
            return self.attributes[path]
        value = self.root
        for part in path.split("."):
            value = getattr(value, part, None)
        if value is None:
            raise GraphExportError(
                f"{what}: nothing is given for the attribute {path!r}",
                expected="it in `attributes`, or a `root` module that owns it",
            )
        return value


class _GraphExporter:
    """Exports one block as one graph."""

    def __init__(self, shared: _Exporter, prefix: str) -> None:
        import torch

        self.shared = shared
        self.prefix = prefix
        self.graph = torch.fx.Graph()
        self.owned: dict[str, Any] = {}
        """Target of `get_attr` and `call_module` -> object."""
        self.nodes: dict[SSAValue, Any] = {}
        self._op: Operation | None = None
        self._values = ValueExporter(shared.opaque, self._node)
        self._export: dict[str, Callable[[FxCallOp], tuple[str, Any]]] = {
            "fx.getitem": lambda op: ("call_function", operator.getitem),
            "fx.call": self._python_function,
            "fx.get_attr": self._get_attr,
            "fx.subgraph": self._subgraph,
            "fx.return": lambda op: ("output", "output"),
            "torch.call": self._python_function,
            "torch.method": lambda op: ("call_method", _target(op)),
            "torch.module": self._module,
            "aten.call": lambda op: ("call_function", lookup_operator(_target(op))),
        }
        self._operators: dict[str, Any] = {}

    def run(self, block: Block, arg_attrs: Attribute | None) -> None:
        for index, arg in enumerate(block.args):
            self._placeholder(arg, _attrs_of(arg_attrs, index))
        for op in block.ops:
            kind, target = self._node_of(op)
            self._op = op
            assert isinstance(op, FxCallOp)
            template = op.template
            convert = self._values.convert
            args = tuple(map(convert, template.args))
            kwargs = {key: convert(value) for key, value in template.kwargs}
            result = op.results[0] if op.results else None
            self._create(kind, target, args, kwargs, result, op.location)

    def _node(self, ref: Ref) -> Any:
        assert self._op is not None
        value = self._op.operands[ref.index]
        if value not in self.nodes:
            raise GraphExportError(f"{self._op.name}: operand {ref.index} is not defined in its graph")
        return self.nodes[value]

    def _placeholder(self, arg: Any, attrs: Mapping[str, Attribute]) -> None:
        target, default = attrs.get(TARGET_ATTR), attrs.get(DEFAULT_ATTR)
        args: tuple[Any, ...] = ()
        if isinstance(default, CallArgsAttr):
            args = tuple(map(self._values.convert, default.data.args))
        name = _name_of(arg.location) or arg.name_hint or f"arg{arg.index}_1"
        text = target.data if isinstance(target, StringAttr) else name
        self._create("placeholder", text, args, {}, arg, arg.location, name)

    def _create(
        self,
        kind: str,
        target: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        result: SSAValue | None,
        location: Attribute,
        name: str | None = None,
    ) -> None:
        name = name or _name_of(location) or (result.name_hint if result is not None else None)
        node = self.graph.create_node(kind, target, args, kwargs, name=name)
        known = self.shared.meta.get(self.prefix + node.name)
        if known is not None:
            node.meta = dict(known)
        elif (trace := _stack_trace(location)) is not None:
            node.meta["stack_trace"] = trace
        if result is not None:
            self.nodes[result] = node

    def _node_of(self, op: Operation) -> tuple[str, Any]:
        """FX opcode and target of the node that stands for `op`."""
        export = self._export.get(op.name)
        if export is not None and isinstance(op, FxCallOp):
            return export(op)
        if not (isinstance(op, FxCallOp) and op.name.startswith("aten.")):
            raise GraphExportError(f"{op.name} stands for no FX node", hint="export before lowering below aten")
        name = op.name
        if name not in self._operators:
            self._operators[name] = lookup_operator(name)
        return "call_function", self._operators[name]

    def _python_function(self, op: FxCallOp) -> tuple[str, Any]:
        target = _target(op)
        key = target.removeprefix("opaque:")
        return "call_function", lookup_name(target) if key == target else lookup_opaque(self.shared.opaque, key)

    def _get_attr(self, op: FxCallOp) -> tuple[str, Any]:
        target = _target(op)
        self.owned[target] = self.shared.attribute(self.prefix + target, "fx.get_attr")
        return "get_attr", target

    def _module(self, op: FxCallOp) -> tuple[str, Any]:
        target = _target(op)
        self.owned[target] = self.shared.attribute(self.prefix + target, "torch.module")
        return "call_module", target

    def _subgraph(self, op: FxCallOp) -> tuple[str, Any]:
        target = _target(op)
        self.owned[target] = self.shared.graph_module(
            op.regions[0].block, op.attributes.get(ARGUMENTS_ATTR), f"{self.prefix}{target}."
        )
        return "get_attr", target


def _target(op: FxCallOp) -> str:
    if op.target is None:
        raise GraphExportError(f"{op.name} has no target")
    return op.target.data


def _attrs_of(arg_attrs: Attribute | None, index: int) -> Mapping[str, Attribute]:
    if isinstance(arg_attrs, ArrayAttr) and index < len(arg_attrs.data):
        attrs = arg_attrs.data[index]
        if isinstance(attrs, DictionaryAttr):
            return attrs.data
    return {}


def _name_of(location: Attribute) -> str | None:
    return location.desc.data if isinstance(location, NameLoc) else None


def _stack_trace(location: Attribute) -> str | None:
    """A trace of one line, as FX would have recorded it."""
    inner = location.location if isinstance(location, NameLoc) else location
    if not isinstance(inner, FileLineColLoc):
        return None
    return f'File "{inner.filename.data}", line {inner.line.data}, in forward'
