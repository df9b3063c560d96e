"""A lit test format that runs `fx-opt` and `filecheck` inside lit's worker processes.

Starting Python and loading xDSL takes longer than most tests. RUN lines made of `[not] fx-opt ... [2>&1]` and
`filecheck ...` joined by pipes are run here, in a worker that has loaded both already; a test with anything
else in its RUN lines is left to lit's own shell.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass

import lit.Test
import lit.TestRunner
from lit.formats import ShTest

_COMMANDS = ("fx-opt", "filecheck")
# Changes xDSL's classes for the rest of the process, so never in process.
_LEFT_TO_THE_SHELL = ("--disable-verify", "--syntax-highlight")

# The status of a command that ended in a traceback: a failure, behind `not` too.
_CRASH = 70


@dataclass
class Command:
    """One command of a pipe."""

    words: list[str]
    merges_stderr: bool = False

    @property
    def is_inverted(self) -> bool:
        return self.words[:1] == ["not"]

    @property
    def program(self) -> list[str]:
        return self.words[1:] if self.is_inverted else self.words

    @property
    def is_supported(self) -> bool:
        return self.program[:1] in ([c] for c in _COMMANDS) and not set(self.words) & set(_LEFT_TO_THE_SHELL)


def parse_pipe(line: str) -> list[Command] | None:
    """The commands of a RUN line; None where it uses more of the shell than pipes and 2>&1."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:
        return None
    commands = [Command([])]
    while words:
        word = words.pop(0)
        if word == "|":
            commands.append(Command([]))
        elif word == "2" and words[:2] == [">&", "1"]:
            del words[:2]
            commands[-1].merges_stderr = True
        elif word and set(word) <= set("|&;<>()"):
            return None
        else:
            commands[-1].words.append(word)
    return commands if all(c.is_supported for c in commands) else None


class InProcessTest(ShTest):
    """ShTest, with the fast path for pipes of fx-opt and filecheck."""

    def execute(self, test: lit.Test.Test, lit_config: object) -> object:
        if not self._is_simple(test.getSourcePath()):
            return super().execute(test, lit_config)
        script = lit.TestRunner.parseIntegratedTestScript(test)
        if isinstance(script, lit.Test.Result):
            return script
        folder, base = lit.TestRunner.getTempPaths(test)
        substitutions = lit.TestRunner.getDefaultSubstitutions(test, folder, base)
        conditions = dict.fromkeys(test.config.available_features, True)
        script = lit.TestRunner.applySubstitutions(script, substitutions, conditions)
        log = io.StringIO()
        for line in script:
            line = re.sub(r"^%dbg\([^)]*\)", "", line).strip()
            if (pipe := parse_pipe(line)) is None:
                return super().execute(test, lit_config)
            status = _run_pipe(pipe, log)
            if status != 0:
                return lit.Test.Result(lit.Test.FAIL, f"$ {line}\n{log.getvalue()}exit status {status}\n")
        return lit.Test.Result(lit.Test.PASS, log.getvalue())

    @staticmethod
    def _is_simple(path: str) -> bool:
        with open(path, encoding="utf-8", errors="replace") as f:
            lines = "".join(f).replace("\\\n", " ").splitlines()
        runs = [line.split("RUN:", 1)[1] for line in lines if "RUN:" in line]
        # A continued line starts with a comment marker in its middle: parse what lit makes of it instead.
        return bool(runs) and all(parse_pipe(re.sub(r"\s//\s?(RUN:)?", " ", run)) is not None for run in runs)


def _run_pipe(pipe: list[Command], log: io.StringIO) -> int:
    """Run the commands one after the other; the first failure, as under `set -o pipefail`."""
    text, failure = "", 0
    for command in pipe:
        out = io.StringIO()
        err = out if command.merges_stderr else log
        with _streams(text, out, err):
            status = _run_command(command.program)
        if command.is_inverted and status != _CRASH:
            status = int(status == 0)
        failure = failure or status
        text = out.getvalue()
    if failure:
        log.write(text)
    return failure


def _run_command(words: list[str]) -> int:
    try:
        if words[0] == "fx-opt":
            from fxopt.tools.fx_opt import main

            return main(words[1:])
        from filecheck.matcher import Matcher
        from filecheck.options import parse_argv_options

        return Matcher.from_opts(parse_argv_options(words)).run()
    except SystemExit as e:
        return e.code if isinstance(e.code, int) else int(e.code is not None)
    except Exception:
        traceback.print_exc()
        return _CRASH


@contextlib.contextmanager
def _streams(text: str, out: io.StringIO, err: io.StringIO) -> Iterator[None]:
    old = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(text), out, err
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = old
