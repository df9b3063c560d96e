"""Writes the generated parts of the manual: `make docs`.

- docs/dialects/*.md and docs/passes.md come from docstrings.
- In the other pages, a block ```mlir file=PATH``` holds that file, and a block ```console``` the output of the
  `$ fx-opt …` command in its first line, run in a folder with the files of the blocks ```mlir save=NAME```.

    python -m fxopt.tools.gen_docs            # write below docs/
    python -m fxopt.tools.gen_docs --check    # exit status 1 if a page is out of date

Examples are lines of the lit tests, so that every example in the reference is known to parse.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from xdsl.ir import Attribute, Dialect, Operation
from xdsl.irdl import (
    AttrOrPropDef,
    IRDLOperation,
    OptionalDef,
    VariadicDef,
)
from xdsl.passes import ModulePass, get_pass_option_infos

from fxopt.dialects.registry import get_fxopt_dialects
from fxopt.ir.fx_call import FxCallOp
from fxopt.lowering.aten_to_loop.externs import extern_reason
from fxopt.lowering.aten_to_loop.tables import all_lowerings
from fxopt.lowering.pass_registry import get_all_passes
from fxopt.lowering.pipelines import NAMED_PIPELINES
from fxopt.tools.list_passes import option_text

_HEADER = "<!-- Generated from docstrings by `make docs`: edit the docstring, not this page. -->\n\n"


def generate(root: Path) -> dict[str, str]:
    """Every page of the checkout at `root`, as it should be, by its path below docs/."""
    examples = _Examples(root / "tests" / "lit")
    pages = {
        f"dialects/{name}.md": dialect_page(thunk(), examples) for name, thunk in sorted(get_fxopt_dialects().items())
    }
    pages["passes.md"] = passes_page()
    pages = {path: _HEADER + text for path, text in pages.items()}
    docs = root / "docs"
    return pages | {
        page.name: refresh_blocks(page.read_text(), root) for page in docs.glob("*.md") if page.name not in pages
    }


# ---- dialects ---------------------------------------------------------------------------------------------


def dialect_page(dialect: Dialect, examples: _Examples) -> str:
    """The reference page of one dialect."""
    operations = [op for op in dialect.operations if _is_ours(op)]
    attributes = [attr for attr in dialect.attributes if _is_ours(attr)]
    parts = [f"# The `{dialect.name}` dialect\n"]
    parts += [f"{doc}\n" for doc in _module_docs(operations)]
    if attributes:
        parts.append("## Types and attributes\n")
        parts += [_attribute_section(attr) for attr in sorted(attributes, key=lambda a: a.name)]
    parts.append("## Operations\n")
    single = [op for op in operations if not _family(op)]
    parts += [_operation_section(op, examples) for op in sorted(single, key=lambda o: o.name)]
    parts += [_family_section(name, group) for name, group in _by_family(operations).items()]
    return "\n".join(parts)


def _family(op: type[Operation]) -> str:
    """The table that an op of a dialect with many ops comes from."""
    return str(getattr(op, "FAMILY", ""))


def _by_family(operations: Sequence[type[Operation]]) -> dict[str, list[type[FxCallOp]]]:
    groups: dict[str, list[type[FxCallOp]]] = {}
    for op in operations:
        if _family(op) and issubclass(op, FxCallOp):
            groups.setdefault(_family(op), []).append(op)
    return groups


def _family_section(name: str, operations: Sequence[type[FxCallOp]]) -> str:
    dialect = operations[0].name.partition(".")[0]
    table = importlib.import_module(f"fxopt.dialects.{dialect}.tables.{name}")
    rows = [
        f"| `{op.name}` | {_cell(_docstring(op))} | `{_cell(op.SCHEMA or '')}` | {_cell(_lowered_to(op.name))} |"
        for op in sorted(operations, key=lambda o: o.name)
    ]
    head = ["| operator | meaning | schema | becomes |", "|---|---|---|---|"]
    return "\n".join(
        [f"### {name.replace('_', ' ').capitalize()}\n", inspect.getdoc(table) or "", "", *head, *rows, ""]
    )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _lowered_to(op_name: str) -> str:
    return "kernel or view" if op_name in all_lowerings() else f"library call: {extern_reason(op_name)}"


def _is_ours(cls: type) -> bool:
    """A dialect that extends one of xDSL's (`arith`) documents only what it adds."""
    return cls.__module__.startswith("fxopt.")


def _module_docs(operations: Sequence[type[Operation]]) -> Iterator[str]:
    """The docstrings of the dialect's package and of the modules that define its ops, each once."""
    seen: dict[str, None] = {}
    for op in operations:
        package = op.__module__.rpartition(".")[0]
        for name in (package, op.__module__):
            if name != "fxopt.dialects" and (doc := inspect.getdoc(sys.modules[name])):
                seen.setdefault(doc)
    yield from seen


def _attribute_section(attr: type[Attribute]) -> str:
    return f"### `{attr.name}`\n\n{_docstring(attr)}\n"


def _operation_section(op: type[Operation], examples: _Examples) -> str:
    lines = [f"### `{op.name}`\n", _docstring(op), ""]
    if issubclass(op, FxCallOp):
        if op.SCHEMA:
            lines.append(f"- schema: `{op.SCHEMA}`")
    elif issubclass(op, IRDLOperation):
        lines += _signature(op)
    lines += [f"- traits: {traits}"] if (traits := _traits(op)) else []
    if example := examples.of(op.name):
        lines += ["", "```mlir", example, "```"]
    return "\n".join(lines).rstrip() + "\n"


def _signature(op: type[IRDLOperation]) -> Iterator[str]:
    definition = op.get_irdl_definition()
    groups: dict[str, Sequence[tuple[str, object]]] = {
        "operands": definition.operands,
        "results": definition.results,
        "properties": list(definition.properties.items()),
        "attributes": list(definition.attributes.items()),
        "regions": definition.regions,
        "successors": definition.successors,
    }
    for title, entries in groups.items():
        names = [f"`{name}`{_arity(entry)}" for name, entry in entries if "SegmentSizes" not in name]
        if names:
            yield f"- {title}: {', '.join(names)}"
    if definition.assembly_format:
        yield f"- assembly: `` {definition.assembly_format} ``"


def _arity(definition: object) -> str:
    if isinstance(definition, OptionalDef):
        return " (optional)"
    if isinstance(definition, VariadicDef):
        return " (any number)"
    is_optional = isinstance(definition, AttrOrPropDef) and type(definition).__name__.startswith("Opt")
    return " (optional)" if is_optional else ""


def _traits(op: type[Operation]) -> str:
    names = {type(trait).__name__ for trait in op.traits.traits}
    return ", ".join(f"`{name}`" for name in sorted(names) if "Canonicalization" not in name)


def _docstring(cls: type) -> str:
    return inspect.cleandoc(cls.__dict__.get("__doc__") or "")


class _Examples:
    """Finds, for an op, its first use in the round-trip tests of its dialect."""

    def __init__(self, lit_folder: Path) -> None:
        self._lines: dict[str, list[str]] = {}
        for path in sorted(lit_folder.glob("*/*.mlir")):
            if re.search(r"ops|round_?trip", path.stem) and "invalid" not in path.stem:
                lines = path.read_text(errors="replace").splitlines()
                code = [line.strip() for line in lines if not line.lstrip().startswith("//")]
                self._lines.setdefault(path.parent.name, []).extend(code)

    def of(self, op_name: str) -> str | None:
        pattern = re.compile(rf"^(%[^=]*= )?{re.escape(op_name)}(?![\w.])")
        lines = self._lines.get(op_name.partition(".")[0], [])
        return next((line for line in lines if pattern.match(line)), None)


# ---- passes -----------------------------------------------------------------------------------------------


def passes_page() -> str:
    """The reference page of all passes and named pipelines."""
    parts = ["# Passes\n", "Named pipelines (`fx-opt -p NAME`):\n"]
    parts += [f"- `{name}`: `{text or chr(8709)}`" for name, text in NAMED_PIPELINES.items()]
    parts.append("")
    parts += [_pass_section(name, thunk()) for name, thunk in sorted(get_all_passes().items())]
    return "\n".join(parts)


def _pass_section(name: str, cls: type[ModulePass]) -> str:
    options = [f"- `{option_text(option)}`" for option in get_pass_option_infos(cls)]
    lines = [f"## `{name}`\n", _docstring(cls), ""]
    if module_doc := inspect.getdoc(sys.modules[cls.__module__]):
        lines += [module_doc, ""]
    if options:
        lines += ["Options:", "", *options, ""]
    return "\n".join(lines)


# ---- examples in the other pages --------------------------------------------------------------------------

_BLOCK = re.compile(r"^```(mlir (?:file|save)=(\S+)|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def refresh_blocks(text: str, root: Path) -> str:
    """The page with its included files and its commands' outputs as they are now."""
    with tempfile.TemporaryDirectory() as folder:

        def refresh(match: re.Match[str]) -> str:
            info, name, body = match[1], match[2], match[3]
            if info == "console":
                command = body.split("\n", 1)[0]
                body = f"{command}\n{_output_of(command.removeprefix('$ '), folder)}"
            elif info.startswith("mlir file="):
                body = (root / name).read_text()
            else:
                (Path(folder) / name).write_text(body)
            return f"```{info}\n{body.rstrip()}\n```"

        return _BLOCK.sub(refresh, text)


def _output_of(command: str, folder: str) -> str:
    """What the command prints, errors included, with blank lines at the end cut off."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        command, shell=True, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    return (done.stdout.rstrip() + "\n" + done.stderr.rstrip()).strip() + "\n"


# ---- the command ------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the pages; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the checkout (default: this folder)")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a page is out of date")
    args = parser.parse_args(arguments)
    stale = []
    for name, text in generate(args.root).items():
        path = args.root / "docs" / name
        if path.exists() and path.read_text() == text:
            continue
        stale.append(name)
        if not args.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    if args.check and stale:
        print(f"out of date (run `make docs`): {', '.join(stale)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
