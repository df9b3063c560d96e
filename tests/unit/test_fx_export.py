"""Exporting modules as FX graphs: from an import, from text alone, and what cannot be exported."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from fx_graphs import assert_same_graph, capture, export, trace
from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser

from fxopt.dialects.registry import make_context
from fxopt.ir.errors import FxOptError, GraphExportError
from fxopt.ir.fx_export import export_graph
from fxopt.ir.pipeline import module_text
from fxopt.lowering.import_fx import import_aten, import_torch


def parse(text: str) -> ModuleOp:
    return Parser(make_context(), text).parse_module()


def test_text_alone_is_enough_without_attributes() -> None:
    gm = trace(lambda x, y: (torch.softmax(x @ y, -1), x.split(1)), torch.randn(2, 3), torch.randn(3, 4))
    result = export_graph(parse(module_text(import_aten(gm).module, debuginfo=True)))
    assert_same_graph(gm, result, meta=False)
    x, y = torch.randn(2, 3), torch.randn(3, 4)
    torch.testing.assert_close(result(x, y), gm(x, y), rtol=0, atol=0)


def test_text_without_locations_names_nodes_by_their_values() -> None:
    result = export_graph(
        parse("""
        func.func @main(%x: !aten.tensor<[4], f32>) {
          %y = aten.sin.default(%x) : !aten.tensor<[4], f32>
          %0 = aten.cos.default(%y) : !aten.tensor<[4], f32>
          fx.return((%0,))
        }""")
    )
    assert [node.op for node in result.graph.nodes] == ["placeholder", "call_function", "call_function", "output"]
    assert [node.name for node in result.graph.nodes][:2] == ["x", "y"]
    x = torch.randn(4)
    assert torch.equal(result(x)[0], x.sin().cos())


def test_source_lines_come_back_as_stack_traces() -> None:
    result = export_graph(
        parse("""
        func.func @main(%x: !aten.tensor<[4], f32>) {
          %y = aten.sin.default(%x) : !aten.tensor<[4], f32> loc("wave"("model.py":12:0))
          fx.return((%y,))
        }""")
    )
    node = list(result.graph.nodes)[1]
    assert node.name == "wave" and 'File "model.py", line 12' in node.meta["stack_trace"]


def test_a_function_of_several() -> None:
    module = parse("""
    func.func @first(%x: !aten.any<"int">) { fx.return(%x) }
    func.func @second(%x: !aten.any<"int">) { fx.return((%x, %x)) }
    """)
    assert export_graph(module, name="second")(3) == (3, 3)
    with pytest.raises(GraphExportError, match="no function @third"):
        export_graph(module, name="third")


def test_missing_attributes_are_named() -> None:
    class Scaled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = torch.nn.Parameter(torch.ones(3))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * self.scale

    gm = torch.fx.symbolic_trace(Scaled())
    imported = import_torch(gm)
    with pytest.raises(GraphExportError, match="nothing is given for the attribute 'scale'"):
        export_graph(imported.module)
    assert export_graph(imported.module, root=gm).scale is gm.scale
    assert export(imported).scale is gm.scale


def test_opaque_objects_need_the_import() -> None:
    call = 'fx.call "torch.rand"((2,), generator=opaque("Generator_0"))'
    module = parse(f'func.func @main() {{ %0 = {call} : !aten.any<"Tensor">\nfx.return(%0) }}')
    with pytest.raises(FxOptError, match="the object 'Generator_0' is not in the module's text"):
        export_graph(module)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('aten.call "nolib.f.default"(%x)', "torch has no operator overload 'nolib.f.default'"),
        ('aten.call "aten.add.NoSuchOverload"(%x)', "torch has no operator overload 'aten.add.NoSuchOverload'"),
        ('fx.call "no_module.f"(%x)', "no Python object is named 'no_module.f'"),
        ('fx.call "opaque:f_0"(%x)', "the object 'f_0' is not in the module's text"),
        ('torch.module "layer.0"(%x)', "nothing is given for the attribute 'layer.0'"),
    ],
)
def test_unknown_targets_are_named(line: str, message: str) -> None:
    module = parse(f'func.func @main(%x: !aten.tensor<[4], f32>) {{ %0 = {line} : !aten.any<"x">\nfx.return(%0) }}')
    with pytest.raises(FxOptError, match=message):
        export_graph(module)


def test_lowered_modules_are_refused() -> None:
    module = parse("""
    func.func @main(%x: f32) {
      %0 = arith.addf %x, %x : f32
      fx.return(%0)
    }""")
    with pytest.raises(GraphExportError, match=r"arith\.addf stands for no FX node"):
        export_graph(module)


def test_pytree_calling_convention_of_the_root() -> None:
    class Net(torch.nn.Module):
        def forward(self, pair: tuple[torch.Tensor, torch.Tensor], *, scale: torch.Tensor) -> dict[str, Any]:
            return {"sum": (pair[0] + pair[1]) * scale}

    x, y, scale = torch.randn(3), torch.randn(3), torch.randn(3)
    gm = torch.export.export(Net(), ((x, y),), {"scale": scale}).module()
    result = export(import_aten(gm), root=gm)
    assert torch.equal(result((x, y), scale=scale)["sum"], (x + y) * scale)


def test_exported_graphs_can_be_compiled_again() -> None:
    def function(x: torch.Tensor) -> torch.Tensor:
        return torch.cond(x.sum() > 0, lambda a: a.sin(), lambda a: a.cos(), (x,)) + 1

    _, (gm,) = capture(function, (torch.ones(4),))
    result = export(import_aten(gm), root=gm)
    for x in (torch.ones(4), -torch.ones(4)):
        torch.testing.assert_close(result(x), gm(x), rtol=0, atol=0)
