"""xDSL's parser with hexadecimal elements of dense constants read as bit patterns, as MLIR does.

xDSL prints infinities and NaN in dense constants by their bits (`dense<0xFF800000> : tensor<4xf32>`) and reads them
back as the integer 4286578688; scalars (`0xFF800000 : f32`) it reads well. Its pattern of string literals backtracks
exponentially where the closing quote is missing. Whoever parses our text uses this parser.
"""

from __future__ import annotations

import re
from typing import Any

from xdsl.context import Context
from xdsl.dialects.builtin import AnyFloat
from xdsl.parser import AttrParser, Parser
from xdsl.parser.generic_parser import ParserState
from xdsl.utils.lexer import Input
from xdsl.utils.mlir_lexer import MLIRLexer


class MlirLexer(MLIRLexer):
    """xDSL's lexer with possessive repetitions in the pattern of string literals: linear time."""

    _unescaped_characters_regex = re.compile(r'"(?:[^"\\\n\v\f]++|\\(?:["nt\\]|[0-9A-Fa-f]{2}))*+"')


class MlirParser(Parser):
    """A parser whose text forms are MLIR's also for dense constants that are not finite."""

    def __init__(self, ctx: Context, input: str | bytes, name: str = "<unknown>") -> None:
        super().__init__(ctx, "", name)
        text = input.decode("utf-8") if isinstance(input, bytes) else input
        self._parser_state = ParserState(MlirLexer(Input(text, name)))

    class _TensorLiteralElement(AttrParser._TensorLiteralElement):
        def to_type(self, parser: AttrParser, type: Any) -> Any:
            text = self.span.text
            if isinstance(type, AnyFloat) and text[:2] in ("0x", "0X"):
                size = type.size
                if int(text, 16) >> (8 * size):
                    parser.raise_error(f"{text} has more than the {8 * size} bits of {type}", at_position=self.span)
                return type.unpack(int(text, 16).to_bytes(size, "little"), 1)[0]
            return super().to_type(parser, type)
