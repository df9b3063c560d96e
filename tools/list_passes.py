"""The text of `fx-opt --list-passes`: every pass with its first docstring line and its options."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from xdsl.passes import ModulePass, PassOptionInfo, get_pass_option_infos

from fxopt.ir.pipeline import PassThunk


def pass_list_text(
    fxopt_passes: Mapping[str, PassThunk], xdsl_passes: Mapping[str, PassThunk], pipelines: Mapping[str, str]
) -> str:
    """fxopt's passes, the named pipelines, then xDSL's passes."""
    own = [_pass_entry(name, thunk()) for name, thunk in sorted(fxopt_passes.items())]
    named = [f"  {name}\n      {text or '(no passes)'}" for name, text in pipelines.items()]
    others = [_pass_entry(name, thunk()) for name, thunk in sorted(xdsl_passes.items()) if name not in fxopt_passes]
    sections = {"fxopt passes": own, "named pipelines": named, "xDSL passes": others}
    return "\n".join("\n".join([f"{title}:", *entries, ""]) for title, entries in sections.items() if entries)


def first_docstring_line(cls: type) -> str:
    """The first line of the class's own docstring; dataclass signatures do not count."""
    doc = cls.__dict__.get("__doc__") or ""
    line = inspect.cleandoc(doc).split("\n", 1)[0].strip()
    return "" if line.startswith(f"{cls.__name__}(") else line


def option_text(option: PassOptionInfo) -> str:
    """One option as `name: type = default`."""
    default = "" if option.default_value is None else " = " + (option.default_value or '""')
    # Under `from __future__ import annotations` xDSL sees the type as a string.
    type_ = option.expected_type.strip("'")
    return f"{option.name.replace('_', '-')}: {type_}{default}"


def _pass_entry(name: str, cls: type[ModulePass]) -> str:
    lines = [f"  {name}", f"      {first_docstring_line(cls) or 'no description'}"]
    lines += [f"      {{{option_text(option)}}}" for option in get_pass_option_infos(cls)]
    return "\n".join(lines)
