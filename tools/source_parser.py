"""Reading MLIR text for the tools: a parser that remembers where each op stands, and checks on the text."""

from __future__ import annotations

import difflib
import re

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import AttributeInvT, Operation, OpResult, SSAValue
from xdsl.parser import UnresolvedOperand
from xdsl.utils.exceptions import (
    ParseError,
    UnregisteredConstructException,
    VerifyException,
)
from xdsl.utils.lexer import Span
from xdsl.utils.mlir_lexer import MLIRTokenKind

from fxopt.ir.parser import MlirParser
from fxopt.tools.diagnostics import (
    InvalidIRDiagnosticError,
    SourceText,
    SyntaxDiagnosticError,
    from_parse_error,
)

# Regions of these are straight-line code: a value must be defined above its use. (Graph regions differ.)
_SSA_FUNCTIONS = frozenset({"func.func", "rt.func", "tt.func", "loop.kernel", "loop.nest", "llvm.func"})


class SourceParser(MlirParser):
    """A parser that also keeps the span of each op's name (or of its first result)."""

    def __init__(self, ctx: Context, text: str, name: str) -> None:
        super().__init__(ctx, text, name)
        self.op_spans: dict[Operation, Span] = {}
        self._first_uses: dict[str, Span] = {}

    def parse_operation(self) -> Operation:
        span = self._current_token.span
        op = super().parse_operation()
        self.op_spans[op] = span
        return op

    def resolve_operand(self, operand: UnresolvedOperand, type: AttributeInvT) -> SSAValue[AttributeInvT]:
        self._first_uses.setdefault(operand.operand_name, operand.span)
        return super().resolve_operand(operand, type)

    def undefined_value(self) -> Span | None:
        """The first use of a value that is never defined, if there is one."""
        spans = [self._first_uses[name] for name in self.forward_ssa_references if name in self._first_uses]
        return min(spans, key=lambda span: span.start, default=None)

    @property
    def token_span(self) -> Span:
        """Where the parser stands."""
        return self._current_token.span

    @property
    def at_end(self) -> bool:
        """Nothing but blanks and comments is left."""
        return self._current_token.kind is MLIRTokenKind.EOF


class ParsedSource:
    """A parsed module with its text: the place to ask where an op came from."""

    def __init__(self, module: ModuleOp, source: SourceText, op_spans: dict[Operation, Span]) -> None:
        self.module = module
        self.source = source
        self._op_spans = op_spans

    def error_at(self, op: Operation | None, message: str, notes: tuple[str, ...] = ()) -> InvalidIRDiagnosticError:
        """A diagnostic at the op, or at the nearest op around it that was in the text."""
        while op is not None and op not in self._op_spans:
            op = op.parent_op()
        first = min(self._op_spans.values(), key=lambda span: span.start, default=None)
        span = first if op is None else self._op_spans[op]
        if span is None:
            return InvalidIRDiagnosticError(self.source.at(0, message, notes=notes))
        return InvalidIRDiagnosticError(self.source.at(span.start, message, length=len(span), notes=notes))

    def verify(self) -> None:
        """Verify the module; a InvalidIRDiagnosticError names the op at fault."""
        try:
            self.module.verify()
        except VerifyException as e:
            message = str(e).removeprefix("Operation does not verify: ")
            raise self.error_at(_first_failing_op(self.module), message) from e
        except Exception as e:  # a verifier that met IR it did not foresee: still a fact about the input
            raise self.error_at(_first_failing_op(self.module), f"{type(e).__name__}: {e}") from e
        self._verify_dominance()

    def _verify_dominance(self) -> None:
        """xDSL's verifier does not check that a value is defined before it is used."""
        seen = set[Operation]()
        for op in self.module.walk():
            seen.add(op)
            for operand in op.operands:
                if not isinstance(operand, OpResult) or operand.op in seen:
                    continue
                block = operand.op.parent
                if block is not None and block.find_ancestor_op_in_block(op) and _is_straight_line(operand.op):
                    name = f"%{operand.name_hint}" if operand.name_hint else "a value"
                    raise self.error_at(op, f"{op.name}: operand {name} is used before its definition")


def parse_source(ctx: Context, source: SourceText, *, implicit_module: bool = True) -> ParsedSource:
    """Parse the text; whatever is wrong with it becomes a SyntaxDiagnosticError with a position."""
    try:
        parser = SourceParser(ctx, source.text, source.name)
    except ParseError as e:
        raise SyntaxDiagnosticError(from_parse_error(e, source)) from e
    try:
        module = parser.parse_module(implicit_module)
    except ParseError as e:
        if e.msg.startswith("values used but not defined") and (use := parser.undefined_value()) is not None:
            raise SyntaxDiagnosticError(source.at_span(use, f"value {use.text} is used but not defined")) from e
        if (unknown := _unregistered(ctx, source, parser, e.msg)) is not None:
            raise unknown from e
        raise SyntaxDiagnosticError(from_parse_error(e, source)) from e
    except RecursionError as e:
        raise SyntaxDiagnosticError(source.at_span(parser.token_span, "the input is nested too deeply")) from e
    except UnregisteredConstructException as e:
        at_token = SyntaxDiagnosticError(source.at_span(parser.token_span, str(e)))
        raise _unregistered(ctx, source, parser, str(e)) or at_token from e
    except VerifyException as e:
        raise SyntaxDiagnosticError(source.at_span(parser.token_span, str(e))) from e
    except Exception as e:  # an op's parser that met text it did not foresee: still a fact about the input
        message = f"{type(e).__name__}: {e}"
        raise SyntaxDiagnosticError(source.at_span(parser.token_span, message)) from e
    return ParsedSource(module, source, parser.op_spans)


def _unregistered(ctx: Context, source: SourceText, parser: SourceParser, message: str) -> SyntaxDiagnosticError | None:
    """Points at an unknown name, which the parser has passed already, and suggests a known one."""
    match = re.search(r"(?:Operation|Type|Attribute|Dialect) (\S+) is not registered", message)
    if match is None:
        return None
    name = match[1]
    position = source.text.rfind(name, 0, parser.token_span.end)
    close = difflib.get_close_matches(name, [op.name for op in ctx.loaded_ops], n=1)
    notes = (f"did you mean '{close[0]}'?",) if close else ()
    return SyntaxDiagnosticError(source.at(position, message, length=len(name), notes=notes))


def _is_straight_line(op: Operation) -> bool:
    parent = op.parent_op()
    while parent is not None:
        if parent.name in _SSA_FUNCTIONS:
            return True
        parent = parent.parent_op()
    return False


def _first_failing_op(module: ModuleOp) -> Operation | None:
    """The innermost op whose own verifier fails: regions are verified before the op that holds them."""
    for op in _post_order(module):
        try:
            op.verify(verify_nested_ops=False)
        except Exception:
            return op
    return None


def _post_order(op: Operation) -> list[Operation]:
    children = (child for region in op.regions for block in region.blocks for child in block.ops)
    return [*(nested for child in children for nested in _post_order(child)), op]
