"""The shape of the house: layers, sizes, names. These tests read the source; they do not run it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import fxopt

PACKAGE = Path(fxopt.__file__).parent
ROOT = PACKAGE.parent.parent
# A layer may import itself and what stands before it.
LAYERS = ("ir", "dialects", "lowering", "runtime", "tools")
MAX_MODULE_LINES = 800
MAX_FUNCTION_LINES = 80


@cache
def product_modules() -> tuple[Path, ...]:
    """Every module of the package, by its path below src/fxopt (through the links)."""
    layers = [path for layer in LAYERS for path in sorted((PACKAGE / layer).rglob("*.py"))]
    return (PACKAGE / "__init__.py", *layers)


@cache
def all_sources() -> tuple[Path, ...]:
    """Product modules, tests, examples and benchmarks."""
    folders = (ROOT / "tests", ROOT / "examples", ROOT / "benchmarks")
    return product_modules() + tuple(p for f in folders for p in sorted(f.rglob("*.py")))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def layer_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


def imports_of(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every imported module with its line; `from a import b` gives `a` and `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield base, node.lineno
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_a_layer_imports_only_itself_and_those_before_it() -> None:
    wrong = []
    for path in product_modules():
        if not (layer := layer_of(path)):
            continue
        allowed = set(LAYERS[: LAYERS.index(layer) + 1])
        for name, line in imports_of(tree_of(path)):
            parts = name.split(".")
            if parts[0] == "fxopt" and len(parts) > 1 and parts[1] in LAYERS and parts[1] not in allowed:
                wrong.append(f"{relative(path)}:{line} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_imports_are_by_full_name() -> None:
    wrong = [
        f"{relative(path)}:{line} imports {name}"
        for path in all_sources()
        for name, line in imports_of(tree_of(path))
        if name.split(".")[0] in LAYERS or (name.startswith(".") and path in product_modules())
    ]
    assert not wrong, "\n".join(wrong)


def test_inductor_is_only_a_peer_in_the_benchmarks() -> None:
    wrong = [
        f"{relative(path)}:{line} imports {name}"
        for path in all_sources()
        for name, line in imports_of(tree_of(path))
        if name.startswith("torch._inductor") and "benchmarks" not in path.parts
    ]
    assert not wrong, "\n".join(wrong)


def test_torch_is_imported_at_module_level_only_in_the_runtime() -> None:
    wrong = []
    for path in product_modules():
        if layer_of(path) == "runtime":
            continue
        for node in _run_on_import(tree_of(path).body):
            for name, line in imports_of(ast.Module([node], [])):
                if name.split(".")[0] in ("torch", "triton"):
                    wrong.append(f"{relative(path)}:{line} imports {name}")
    assert not wrong, "\n".join(wrong)


def _run_on_import(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The import statements that run when the module is imported: not in functions, not for type checkers."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _run_on_import(node.orelse)
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.ClassDef):
            yield from _run_on_import([*node.body, *getattr(node, "orelse", [])])


def test_modules_are_short() -> None:
    lengths = {relative(p): p.read_text().count("\n") for p in all_sources()}
    assert not {name: n for name, n in lengths.items() if n > MAX_MODULE_LINES}


def test_functions_are_short() -> None:
    wrong = []
    for path in product_modules():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MAX_FUNCTION_LINES:
                    wrong.append(f"{relative(path)}:{node.lineno} {node.name}: {lines} lines")
    assert not wrong, "\n".join(wrong)


def test_no_function_rebinds_a_global() -> None:
    wrong = [
        f"{relative(path)}:{node.lineno}"
        for path in product_modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Global)
    ]
    assert not wrong, "pass a context object instead: " + ", ".join(wrong)


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in product_modules()}
    assert not [relative(f) for f in sorted(folders) if not (f / "__init__.py").exists()]


@pytest.mark.parametrize("pattern", [r"\bTODO\b", r"\bFIXME\b", r"\bXXX\b", r"/work/", r"\bshared/"])
def test_product_does_not_mention(pattern: str) -> None:
    here = Path(__file__).resolve()
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "Makefile"]
    wrong = [
        f"{relative(path)}:{number}: {line.strip()}"
        for path in (*all_sources(), *documents)
        if path.resolve() != here and path.exists()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert not wrong, "\n".join(wrong)


def run_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_importing_fxopt_and_fx_opt_does_not_import_torch() -> None:
    code = "import sys, fxopt, fxopt.tools.fx_opt; print(sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = run_python(code)
    assert "'fxopt'" in loaded
    for heavy in ("torch", "triton", "sympy", "numpy", "llvmlite"):
        assert f"'{heavy}'" not in loaded, f"{heavy} is imported at start-up"


def test_loading_every_dialect_and_pass_does_not_import_torch() -> None:
    code = """
import sys
from fxopt.dialects.registry import get_fxopt_dialects
from fxopt.lowering.pass_registry import get_all_passes
for thunk in [*get_fxopt_dialects().values(), *get_all_passes().values()]:
    thunk()
print('torch' in sys.modules)
"""
    assert run_python(code) == "False"


def test_no_module_is_loaded_under_two_names() -> None:
    code = """
import collections, pkgutil, importlib, os, sys
import fxopt
for info in pkgutil.walk_packages(fxopt.__path__, 'fxopt.'):
    importlib.import_module(info.name)
names = collections.defaultdict(set)
for name, module in list(sys.modules.items()):
    path = getattr(module, '__file__', None)
    if path and name.split('.')[0] in ('fxopt', 'ir', 'dialects', 'lowering', 'runtime', 'tools'):
        names[os.path.realpath(path)].add(name)
print({path: sorted(n) for path, n in names.items() if len(n) > 1})
"""
    assert run_python(code) == "{}"
