"""`fx-opt`: run passes over MLIR text or a torch.export archive, and print the result or emit code.

    fx-opt file.mlir -p 'pass-a,pass-b{option=1}'
    fx-opt model.pt2 -t ttir
    fx-opt repro.mlir            # replays the pipeline in the file's first line

It is `xdsl-opt` with fxopt's dialects, passes, targets and diagnostics. It does not import torch unless it is
given an archive or asked for a target that compiles.
"""

from __future__ import annotations

import argparse
import inspect
import os
import re
import sys
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from io import BytesIO
from itertools import accumulate
from typing import IO, NoReturn

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.universe import Universe
from xdsl.utils.arg_spec import parse_spec
from xdsl.utils.exceptions import ArgSpecParseError, DiagnosticException, ShrinkException
from xdsl.xdsl_opt_main import xDSLOptMain

from fxopt.dialects.registry import get_fxopt_dialects
from fxopt.ir.errors import CompilerError, FxOptError, PipelineError
from fxopt.ir.pipeline import (
    PassManager,
    PassOptions,
    emitting,
    parse_pass_pipeline,
    read_reproducer_arguments,
)
from fxopt.lowering.pass_registry import get_all_passes
from fxopt.lowering.pipelines import NAMED_PIPELINES
from fxopt.tools.diagnostics import (
    Diagnostic,
    DiagnosticError,
    InvalidIRDiagnosticError,
    SourceText,
    SyntaxDiagnosticError,
)
from fxopt.tools.source_parser import ParsedSource, parse_source
from fxopt.tools.targets import for_isa, get_fxopt_targets, implied_pipeline

ARCHIVE_EXTENSIONS = ("pt2",)


class UsageError(Exception):
    """The command line is wrong; the message is a finished diagnostic."""


class _ArgumentParser(argparse.ArgumentParser):
    """argparse, but with our diagnostics and exit status."""

    arguments: Sequence[str] = ()

    def error(self, message: str) -> NoReturn:
        line = " ".join([self.prog, *self.arguments])
        bad = message.rsplit(": ", 1)[-1].split(" ")[0].strip("'")
        column = line.find(bad) + 1 if bad and bad in line else 1
        length = len(bad) if column > 1 else 1
        raise UsageError(str(Diagnostic("<command line>", 1, column, message, line, length)))


class FxOptMain(xDSLOptMain):
    """The `fx-opt` driver: everything that `xdsl-opt` does, plus fxopt's passes, targets and diagnostics."""

    version_format = f"fx-opt {version('fxopt')}, built on xdsl version {{xdsl_version}}"

    def __init__(self, args: Sequence[str]) -> None:
        self.available_frontends = {}
        self.available_passes = {}
        self.available_targets = {}
        self.ctx = Context()
        self.failed = False
        self.register_all_dialects()
        self.register_all_frontends()
        self.register_all_passes()
        self.register_all_targets()
        parser = _ArgumentParser(
            prog="fx-opt", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        parser.arguments = args
        self.arg_parser = parser
        self.register_all_arguments(parser)
        self.args = parser.parse_args(args)
        self.ctx.allow_unregistered = self.args.allow_unregistered_dialect
        self._check_target()
        if self.args.disable_verify:
            from xdsl.ir import Attribute

            Attribute.__post_init__ = lambda self: None  # type: ignore[method-assign]
        if self.args.syntax_highlight:
            from xdsl.utils.diagnostic import Diagnostic as XdslDiagnostic

            XdslDiagnostic.colored = True
        self.setup_pipeline()

    # ---- registration -----------------------------------------------------------------------------------

    def register_all_dialects(self) -> None:
        dialects = {**_multiverse().all_dialects, **get_fxopt_dialects()}
        for name, thunk in dialects.items():
            self.ctx.register_dialect(name, thunk)

    def register_all_passes(self) -> None:
        self.available_passes = {**_multiverse().all_passes, **get_all_passes()}

    def register_all_targets(self) -> None:
        # `llvm` and the like mean fxopt's own emitters here.
        self.available_targets = {**_multiverse().all_targets, **get_fxopt_targets()}

    def register_all_frontends(self) -> None:
        self.available_frontends = {"mlir": lambda stream: self._parse_mlir(stream.read()).module}
        self.available_frontends |= dict.fromkeys(ARCHIVE_EXTENSIONS, lambda _: self._import_archive().module)

    def register_all_arguments(self, arg_parser: argparse.ArgumentParser) -> None:
        super().register_all_arguments(arg_parser)
        for action in arg_parser._actions:
            if action.dest == "passes":  # xDSL lists every pass here
                action.default = None  # told apart from an empty pipeline: see `implied_pipeline`
                action.help = "passes and named pipelines to run, e.g. 'a,b{x=1}'; --list-passes prints them"
        group = arg_parser.add_argument_group("fxopt")
        group.add_argument("--list-passes", action="store_true", help="print all passes with their options")
        group.add_argument("--cache-stats", action="store_true", help="print what the compile cache holds")
        group.add_argument("--cache-clear", action="store_true", help="empty the compile cache")
        group.add_argument("--dump-dir", metavar="DIR", help="write one file a pass and input to DIR")
        group.add_argument(
            "--print-ir-after-change",
            action="store_true",
            help="print the IR to stderr after each pass that changed it",
        )
        group.add_argument(
            "--check-values",
            action="store_true",
            help="run the graph on made-up inputs after each pass, and fail at the pass that changed its results",
        )
        group.add_argument(
            "--reproducer",
            metavar="FILE",
            help="where a failing pass's reproducer goes (default: a temporary file)",
        )
        group.add_argument(
            "--show-traceback",
            action="store_true",
            help="for compiler engineers: Python's traceback on a failure",
        )

    # ---- set-up -----------------------------------------------------------------------------------------

    def _check_target(self) -> None:
        text = self.args.target
        try:
            spec = parse_spec(text)
            if spec.name not in self.available_targets:
                raise ValueError(f"unknown target '{spec.name}' (known: {', '.join(sorted(self.available_targets))})")
            if not inspect.signature(self.available_targets[spec.name]).parameters:
                self.available_targets[spec.name]().from_spec(spec)  # type: ignore[call-arg, union-attr]
        except ArgSpecParseError as e:
            message = f"bad target: {str(e).strip().splitlines()[-1].strip()}"
            raise UsageError(str(Diagnostic("<target>", 1, 1, message, text, len(text)))) from None
        except ValueError as e:
            raise UsageError(str(Diagnostic("<target>", 1, 1, str(e), text, len(text)))) from None

    def setup_pipeline(self) -> None:
        self.passes = self.parse_passes(self.args.passes or "")

    def parse_passes(self, text: str) -> tuple[ModulePass, ...]:
        """The passes of the pipeline string; a UsageError points into it."""
        try:
            return parse_pass_pipeline(text, self.available_passes, NAMED_PIPELINES)
        except PipelineError as e:
            notes = (e.hint,) if e.hint else ()
            raise UsageError(str(Diagnostic("<pipeline>", 1, e.column, e.what, e.text, e.length, notes))) from None

    # ---- input ------------------------------------------------------------------------------------------

    def get_input_stream(self) -> tuple[IO[bytes], str]:
        path = self.args.input_file
        if path is None or path == "-":
            self.args.input_file = None
            return BytesIO(_read_stdin()), "mlir"
        try:
            with open(path, "rb") as f:
                content = f.read()
        except OSError as e:
            raise DiagnosticError(Diagnostic(path, 1, 1, f"cannot read the input: {e.strerror}")) from e
        extension = os.path.splitext(path)[1].removeprefix(".")
        return BytesIO(content), extension if extension in self.available_frontends else "mlir"

    def get_input_name(self) -> str:
        return self.args.input_file or "<stdin>"

    def _parse_mlir(self, content: bytes, line_offset: int = 0) -> ParsedSource:
        source = self._decode(content, line_offset)
        parsed = parse_source(self.ctx, source, implicit_module=not self.args.no_implicit_module)
        if not self.args.disable_verify:
            parsed.verify()
        return parsed

    def _decode(self, content: bytes, line_offset: int) -> SourceText:
        name = self.get_input_name()
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as e:
            good = content[: e.start].decode("utf-8")
            message = f"byte 0x{content[e.start]:02x} is not UTF-8 text: is this a binary file?"
            raise DiagnosticError(SourceText(name, good, line_offset).at(len(good), message)) from e
        source = SourceText(name, text, line_offset)
        if (nul := text.find("\0")) != -1:
            raise DiagnosticError(SourceText(name, text[:nul]).at(nul, "NUL byte in the input: is this a binary file?"))
        if not self.args.split_input_file and _is_blank(text):
            raise DiagnosticError(source.at(0, "the input is empty: expected a module or an operation"))
        return source

    def _import_archive(self) -> ParsedSource:
        from fxopt.lowering.import_fx import import_exported_program

        name = self.get_input_name()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # torch about itself
                module = import_exported_program(name)
        except FxOptError as e:
            message, *notes = str(e).split("\n")
            raise DiagnosticError(Diagnostic(name, 1, 1, message, notes=tuple(n.strip() for n in notes))) from e
        except Exception as e:  # torch reports a bad archive by many exceptions
            reason = (str(e).splitlines() or [""])[0]
            message = f"cannot import the archive: {type(e).__name__}: {reason}"
            raise DiagnosticError(Diagnostic(name, 1, 1, message)) from e
        return ParsedSource(module, SourceText(name, ""), {})

    def _run_cache_command(self) -> None:
        from fxopt.tools.cache_commands import cache_clear_text, cache_stats_text

        try:
            from fxopt.runtime.config import config
        except FxOptError as e:
            raise UsageError(f"fx-opt: {e}") from None
        sys.stdout.write(cache_clear_text(config) if self.args.cache_clear else cache_stats_text(config))

    # ---- the run ----------------------------------------------------------------------------------------

    def run(self) -> None:
        """Process every chunk of the input; `failed` tells whether one of them had an error."""
        if self.args.list_passes:
            from fxopt.tools.list_passes import pass_list_text

            sys.stdout.write(pass_list_text(get_all_passes(), _multiverse().all_passes, NAMED_PIPELINES))
            return
        if self.args.cache_stats or self.args.cache_clear:
            self._run_cache_command()
            return
        try:
            stream, extension = self.get_input_stream()
            extension = self.args.frontend or extension
            contents = _split(stream.read()) if self.args.split_input_file else [(stream.read(), 0)]
            self._replay_header(contents[0][0])
            output = self.prepare_output()
        except DiagnosticError as e:
            self._report(e.diagnostic, e)
            return
        try:
            for index, (content, line_offset) in enumerate(contents):
                if index > 0:
                    output.write("// -----\n")
                self._run_chunk(_Chunk(content, line_offset, extension, index), output)
                output.flush()
        finally:
            if output is not sys.stdout:
                output.close()
        if self.args.shrink:
            print("Failure, can't shrink")
            self.failed = True

    def prepare_output(self) -> IO[str]:
        try:
            return super().prepare_output()
        except OSError as e:
            message = f"cannot write the output: {e.strerror}"
            raise DiagnosticError(Diagnostic(self.args.output_file, 1, 1, message)) from e

    def _replay_header(self, content: bytes) -> None:
        """Take the pipeline (and target) of a reproducer from its first line, unless -p was given."""
        if self.args.passes is not None:
            return
        header = read_reproducer_arguments(content[:65536].decode("utf-8", "replace"))
        if header is not None:
            replayed, _ = self.arg_parser.parse_known_args(header)
            self.args.passes = replayed.passes
            self.args.check_values = self.args.check_values or replayed.check_values
            if self.args.target == "mlir":
                self.args.target = replayed.target
            self._check_target()
            self.setup_pipeline()

    def _run_chunk(self, chunk: _Chunk, output: IO[str]) -> None:
        if self.args.split_input_file and not chunk.content.strip():
            return
        try:
            parsed = self._load(chunk)
        except DiagnosticError as e:
            self._report(e.diagnostic, e)
            return
        module = parsed.module
        try:
            if self.args.passes is None:
                self.passes = self._implied_passes(module)
            manager = PassManager(self.passes, self._pass_options(), f"{self._input_stem()}{chunk.suffix}")
            manager.run(self.ctx, module, rebuild=lambda: self._load(chunk).module)
            for timing in manager.timings if self.args.time_passes else ():
                print(f"Pass {timing.name} took {timing.seconds} seconds")
            output.write(self._emit(module))
        except FxOptError as e:
            self._report(_diagnose(e, parsed), e)

    def _implied_passes(self, module: ModuleOp) -> tuple[ModulePass, ...]:
        """What has to run before the target can be emitted."""
        spec = parse_spec(self.args.target)
        isa = spec.parameters.get("isa", (None,))[0]
        return for_isa(self.parse_passes(implied_pipeline(spec.name, module)), None if isa is None else str(isa))

    def _load(self, chunk: _Chunk) -> ParsedSource:
        is_text = chunk.extension == "mlir"
        return self._parse_mlir(chunk.content, chunk.line_offset) if is_text else self._import_archive()

    def _pass_options(self) -> PassOptions:
        check = None
        if self.args.check_values:
            from fxopt.tools.check_values import ValueCheck

            check = ValueCheck()
        return PassOptions(
            check=check,
            reproducer_flags=("--check-values",) if check else (),
            verify_each=not self.args.disable_verify,
            dump_dir=self.args.dump_dir,
            print_after_change=sys.stderr if self.args.print_ir_after_change else None,
            print_between=sys.stdout if self.args.print_between_passes else None,
            reproducer_path=self.args.reproducer,
        )

    def _emit(self, module: ModuleOp) -> str:
        """The module in the target's form; a failure gets a reproducer as a pass's does."""
        with emitting(module, self.args.target, self.args.reproducer):
            return self.output_resulting_program(module)

    def _input_stem(self) -> str:
        path = self.args.input_file
        return os.path.splitext(os.path.basename(path))[0] if path else "stdin"

    # ---- errors -----------------------------------------------------------------------------------------

    def _report(self, diagnostic: Diagnostic, error: Exception) -> None:
        """Print the diagnostic; with --verify-diagnostics it is the expected output and no failure."""
        is_pass_failure = isinstance(error, CompilerError) and isinstance(
            error.__cause__, DiagnosticException | FxOptError
        )
        expected = (self.args.parsing_diagnostics and isinstance(error, SyntaxDiagnosticError)) or (
            self.args.verify_diagnostics and (is_pass_failure or isinstance(error, InvalidIRDiagnosticError))
        )
        if self.args.show_traceback:
            traceback.print_exception(error)
        print(diagnostic, file=sys.stdout if expected else sys.stderr)
        self.failed = self.failed or not expected


@dataclass(frozen=True)
class _Chunk:
    """One piece of the input: the whole of it, unless it is split."""

    content: bytes
    line_offset: int
    extension: str
    index: int

    @property
    def suffix(self) -> str:
        return f".{self.index}" if self.index else ""


def _split(content: bytes) -> list[tuple[bytes, int]]:
    """The pieces between lines that start with `// -----`, each with the number of lines before it."""
    pieces = re.split(rb"^// -----", content, flags=re.MULTILINE)
    offsets = accumulate((piece.count(b"\n") for piece in pieces[:-1]), initial=0)
    return list(zip(pieces, offsets, strict=True))


def _diagnose(error: FxOptError, parsed: ParsedSource) -> Diagnostic:
    """The failure at the op that it (or its cause) names, where that op was in the input."""
    op = getattr(error, "op", None) or getattr(error.__cause__, "op", None)
    message, *notes = error.what.split("\n") if isinstance(error, CompilerError) else str(error).split("\n")
    if isinstance(error, CompilerError) and error.reproducer:
        notes.append(f"replay this failure with: fx-opt {error.reproducer}")
    where = op if isinstance(op, Operation) else None
    return parsed.error_at(where, message, tuple(note.strip() for note in notes)).diagnostic


@cache
def _multiverse() -> Universe:
    """xDSL's dialects, passes and targets, plug-ins included; reading entry points is slow, so once."""
    return Universe.get_multiverse()


def _read_stdin() -> bytes:
    stream = getattr(sys.stdin, "buffer", None)
    return stream.read() if stream is not None else sys.stdin.read().encode()


def _is_blank(text: str) -> bool:
    """Nothing but blanks and comments."""
    return all(not line.strip() or line.lstrip().startswith("//") for line in text.splitlines())


def main(args: Sequence[str] | None = None) -> int:
    """Run `fx-opt`; returns the exit status."""
    try:
        driver = FxOptMain(sys.argv[1:] if args is None else args)
        driver.run()
    except UsageError as e:
        print(e, file=sys.stderr)
        return 1
    except ShrinkException:
        print("Success, can shrink")
        return 0
    except BrokenPipeError:
        # The reader went away (`fx-opt ... | head`); keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as e:
        print(f"fx-opt: error: {e.filename or 'output'}: {e.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return int(driver.failed)


if __name__ == "__main__":
    sys.exit(main())
