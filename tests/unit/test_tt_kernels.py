"""Hand-written kernels: the interpreter gives the right results, and Triton compiles them for every kind of target."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

from fxopt.dialects.registry import make_context
from fxopt.dialects.tt.interpret import find_kernel, run_kernel
from fxopt.ir.parser import MlirParser
from fxopt.lowering.emit_ttir import emit_ttir
from fxopt.runtime.gpu_compile import GpuTarget, compile_ttir

_spec = importlib.util.spec_from_file_location("tt_cases", Path(__file__).parents[1] / "kernels" / "cases.py")
assert _spec is not None and _spec.loader is not None
cases = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = cases
_spec.loader.exec_module(cases)


def parse(text: str) -> ModuleOp:
    module = MlirParser(make_context(), text).parse_module()
    module.verify()
    return module


@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.name)
def test_interpreted(case):
    args, outputs = case.make()
    run_kernel(find_kernel(parse(case.text)), case.grid, args)
    for index, expected in outputs.items():
        actual = cases.as_float(args[index], expected)
        np.testing.assert_allclose(actual, expected, rtol=case.tolerance, atol=case.tolerance)


@pytest.mark.parametrize("target", ["sm_90", "sm_100", "gfx942"])
@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.name)
def test_compiled(case, target):
    module = parse(case.text)
    kernel = compile_ttir(
        emit_ttir(find_kernel(module), backend="hip" if "gfx" in target else "cuda"), target=GpuTarget.parse(target)
    )
    assert kernel.name == case.name
    assert len(kernel.param_types) == len(find_kernel(module).args)
    assert kernel.binary[:4] == b"\x7fELF"


@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.name)
def test_text_parses_back(case):
    module = parse(case.text)
    text = str(module)
    assert str(parse(text)) == text
    for version in ((3, 6), (3, 8), (3, 9)):
        assert emit_ttir(module, triton_version=version) == emit_ttir(parse(text), triton_version=version)
