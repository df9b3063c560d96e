"""Pass pipelines: from a pipeline string to passes, and running them.

`fx-opt` and the runtime both run passes through `PassManager`, so that timing, dumping, verification and
reproducers are the same in both. Pipeline strings are xDSL's: `pass-a,pass-b{option=1 other=a,b}`; a name
of a named pipeline stands for the passes that it lists.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import IO

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass, get_pass_option_infos
from xdsl.printer import Printer
from xdsl.utils.arg_spec import ArgSpec, PipelineLexer, SpecTokenKind, parse_pipeline
from xdsl.utils.exceptions import ArgSpecParseError, DiagnosticException, VerifyException

from fxopt.ir.errors import CompilerError, FxOptError, PassError, PipelineError

PassThunk = Callable[[], type[ModulePass]]

REPRODUCER_HEADER = "// fx-opt:"


# ---- pipeline strings -------------------------------------------------------------------------------------


def parse_pass_pipeline(
    text: str, passes: Mapping[str, PassThunk], named: Mapping[str, str] | None = None
) -> tuple[ModulePass, ...]:
    """The passes that the pipeline string names, with named pipelines expanded.

    Raises PipelineError, with the column at fault, for bad syntax, unknown names and wrong options.
    """
    named = named or {}
    result: list[ModulePass] = []
    for spec, column in _parse_specs(text):
        if spec.name in named:
            if spec.parameters:
                raise PipelineError(
                    f"named pipeline '{spec.name}' takes no options", text, column, length=len(spec.name)
                )
            result.extend(parse_pass_pipeline(named[spec.name], passes, named))
        else:
            result.append(_build_pass(spec, text, column, passes, named))
    return tuple(result)


def pipeline_text(passes: Sequence[ModulePass]) -> str:
    """The pipeline string that stands for the passes: the inverse of `parse_pass_pipeline`."""
    return ",".join(str(p) for p in passes)


def _parse_specs(text: str) -> list[tuple[ArgSpec, int]]:
    """Each pass of the pipeline string with the column of its name."""
    text = text.strip().rstrip(",")
    try:
        specs = list(parse_pipeline(text))
        columns = _name_columns(text)
    except ArgSpecParseError as e:
        # The message is xDSL's print_with_context: the last line that is not a caret says what is wrong.
        line, column, message = _decode_spec_error(str(e))
        raise PipelineError(f"bad pipeline: {message}", line or text, column) from None
    return list(zip(specs, columns, strict=True))


def _decode_spec_error(message: str) -> tuple[str, int, str]:
    lines = [line for line in message.split("\n") if line.strip()]
    column = next((line.index("^") + 1 for line in lines if line.strip().startswith("^")), 1)
    source = lines[2] if len(lines) > 3 else ""
    return source, column, lines[-1].strip()


def _name_columns(text: str) -> list[int]:
    """1-based columns of the pass names: the first token and each one after a comma outside braces."""
    lexer, columns, depth, expects_name = PipelineLexer(text), list[int](), 0, True
    while (token := lexer.lex()).kind is not SpecTokenKind.EOF:
        if expects_name:
            columns.append(token.span.start + 1)
        depth += {SpecTokenKind.L_BRACE: 1, SpecTokenKind.R_BRACE: -1}.get(token.kind, 0)
        expects_name = token.kind is SpecTokenKind.COMMA and depth == 0
    return columns


def _build_pass(
    spec: ArgSpec, text: str, column: int, passes: Mapping[str, PassThunk], named: Mapping[str, str]
) -> ModulePass:
    if spec.name not in passes:
        close = difflib.get_close_matches(spec.name, [*passes, *named], n=1)
        hint = f"did you mean '{close[0]}'?" if close else "`fx-opt --list-passes` prints all passes"
        raise PipelineError(f"unknown pass '{spec.name}'", text, column, length=len(spec.name), hint=hint)
    cls = passes[spec.name]()
    options = {info.name: info for info in get_pass_option_infos(cls)}
    for name in spec.parameters:
        if name.replace("-", "_") not in options:
            position = text.find(name, column - 1 + len(spec.name))
            known = ", ".join(options) or "none"
            raise PipelineError(
                f"pass '{spec.name}' has no option '{name}'",
                text,
                position + 1,
                length=len(name),
                hint=f"its options: {known}",
            )
    try:
        return cls.from_spec(spec)
    except (ValueError, TypeError) as e:
        raise PipelineError(f"pass '{spec.name}': {e}", text, column, length=len(spec.name)) from None


# ---- running ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PassOptions:
    """How a `PassManager` runs its passes. The defaults cost nothing."""

    verify_each: bool = False
    dump_dir: str | None = None
    """Write `<graph>.<number>.<pass>.mlir` here: one file a pass and graph, `00.input` first."""
    print_after_change: IO[str] | None = None
    """Print the module here after each pass that changed it."""
    print_between: IO[str] | None = None
    """Print the module here between passes, as `xdsl-opt --print-between-passes` does."""
    check: Callable[[ModuleOp], None] | None = None
    """Called with the module before the first pass and after each one; what it raises is the pass's failure."""
    reproducer_path: str | None = None
    """Where a failing pass's reproducer goes; by default under the temporary folder."""
    reproducer_flags: tuple[str, ...] = ()
    """Further arguments of `fx-opt` that the failure needs to show."""


@dataclass(frozen=True)
class PassTiming:
    """Wall time of one pass."""

    name: str
    seconds: float


@dataclass
class PassManager:
    """Runs passes in order over one module.

    `rebuild` gives the module as it was before the first pass. It is called only when a pass fails, to write
    a reproducer of the state *before* that pass: snapshots would cost a print of the module for every pass.
    """

    passes: Sequence[ModulePass]
    options: PassOptions = field(default_factory=PassOptions)
    graph_name: str = "module"
    later: Sequence[ModulePass] = ()
    """Passes that others will run after these: a part of the reproducer's pipeline."""
    timings: list[PassTiming] = field(default_factory=list)

    def run(self, ctx: Context, module: ModuleOp, rebuild: Callable[[], ModuleOp] | None = None) -> None:
        """Apply the passes to the module in place; CompilerError names the reproducer of a failure."""
        observer = _Observer(self.options, self.graph_name)
        observer.start(module)
        if self.options.check is not None:
            try:
                self.options.check(module)
            except Exception as e:
                raise FxOptError(f"the module cannot be checked: {error_summary(e)}") from e
        for index, module_pass in enumerate(self.passes):
            start = time.perf_counter()
            try:
                module_pass.apply(ctx, module)
                if self.options.verify_each:
                    _verify_output(module)
                if self.options.check is not None:
                    self.options.check(module)
            except Exception as e:
                raise self._failure(ctx, module, rebuild, index, e) from e
            self.timings.append(PassTiming(module_pass.name, time.perf_counter() - start))
            observer.after(index, module_pass, module, is_last=index + 1 == len(self.passes))

    def _failure(
        self,
        ctx: Context,
        module: ModuleOp,
        rebuild: Callable[[], ModuleOp] | None,
        index: int,
        error: Exception,
    ) -> CompilerError:
        rest = (*self.passes[index:], *self.later)
        text, note = module_text(module), "the module as the failing pass left it"
        if rebuild is not None:
            try:
                original = rebuild()
                for earlier in self.passes[:index]:
                    earlier.apply(ctx, original)
                text, note = module_text(original), "the module before the failing pass"
            except Exception as again:  # the failure must be reported whatever happens here
                note += f" (it could not be rebuilt: {type(again).__name__})"
        name = self.passes[index].name
        note = f"{note}; {error_summary(error)}"
        flags = self.options.reproducer_flags
        path = write_reproducer(text, rest, note, self.options.reproducer_path, flags=flags)
        return CompilerError(f"pass '{name}' failed: {error_summary(error)}", reproducer=path, pass_name=name)


def _verify_output(module: ModuleOp) -> None:
    try:
        module.verify()
    except VerifyException as e:
        message = str(e).removeprefix("Operation does not verify: ")
        raise PassError(f"it left invalid IR: {message}") from e


@dataclass
class _Observer:
    """Dumps and prints the module between passes, when asked."""

    options: PassOptions
    graph_name: str
    last_text: str = ""

    def start(self, module: ModuleOp) -> None:
        if self.options.print_after_change is not None:
            self.last_text = module_text(module)
        self._dump("00.input", module)

    def after(self, index: int, module_pass: ModulePass, module: ModuleOp, *, is_last: bool) -> None:
        self._dump(f"{index + 1:02d}.{module_pass.name}", module)
        if self.options.print_between is not None and not is_last:
            self.options.print_between.write(f"IR after {module_pass.name}:\n{module_text(module)}\n\n\n")
        stream = self.options.print_after_change
        if stream is not None and (text := module_text(module)) != self.last_text:
            stream.write(f"// ---- IR after {module_pass} ----\n{text}")
            stream.flush()
            self.last_text = text

    def _dump(self, label: str, module: ModuleOp) -> None:
        if self.options.dump_dir is not None:
            folder = Path(self.options.dump_dir)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{self.graph_name}.{label}.mlir").write_text(module_text(module))


@contextmanager
def emitting(module: ModuleOp, target: str, reproducer_path: str | None = None) -> Iterator[None]:
    """Turns a failure to emit the module into a CompilerError whose reproducer runs `fx-opt -t target`."""
    try:
        yield
    except Exception as e:
        path = write_reproducer(module_text(module), (), error_summary(e), reproducer_path, flags=("-t", target))
        raise CompilerError(f"target '{target}' failed: {error_summary(e)}", reproducer=path) from e


# ---- text and reproducers ---------------------------------------------------------------------------------


def module_text(module: ModuleOp, *, debuginfo: bool = False) -> str:
    """The module in custom assembly, with a final newline."""
    stream = StringIO()
    Printer(stream=stream, print_debuginfo=debuginfo).print_op(module)
    return stream.getvalue() + "\n"


def write_reproducer(
    text: str, rest: Sequence[ModulePass], note: str, path: str | None = None, *, flags: Sequence[str] = ()
) -> str:
    """Write the module and the pipeline still to run to a file that `fx-opt FILE` replays; its path."""
    comment = "\n".join(f"// {line}".rstrip() for line in note.split("\n")[:10])
    arguments = ["-p", pipeline_text(rest), *flags]
    content = f"{REPRODUCER_HEADER} {shlex.join(arguments)}\n{comment}\n{text}"
    if path is not None:
        target_path = Path(path)
    else:
        # A fixed name for the same content: a loop over a failing compile leaves one file.
        folder = Path(tempfile.gettempdir()) / f"fxopt-reproducers-{os.getuid()}"
        digest = hashlib.sha256(content.encode()).hexdigest()[:12]
        target_path = folder / f"{rest[0].name if rest else 'emit'}-{digest}.mlir"
    try:
        target_path.parent.mkdir(parents=True, exist_ok=True)
        target_path.write_text(content)
    except OSError as e:
        print(f"fxopt: no reproducer was written: {e}", file=sys.stderr)
    return str(target_path)


def read_reproducer_arguments(text: str) -> list[str] | None:
    """The command-line arguments in a reproducer's first line; None where the text is not a reproducer."""
    first, _, _ = text.partition("\n")
    if not first.startswith(REPRODUCER_HEADER):
        return None
    return shlex.split(first[len(REPRODUCER_HEADER) :])


def error_summary(error: Exception) -> str:
    """One line (or few) of the error; the type is named where the message alone would not tell."""
    message = str(error).strip()
    if isinstance(error, DiagnosticException | FxOptError):
        return message or type(error).__name__
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
