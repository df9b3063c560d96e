"""Where an op came from in the user's program: reading MLIR locations."""

from __future__ import annotations

from xdsl.dialects.builtin import CallSiteLoc, FileLineColLoc, FusedLoc, NameLoc
from xdsl.ir import Attribute


def source_line(location: Attribute) -> str | None:
    """`file:line` of the first file position in the location; None where it has none.

    `loc("add_1"("model.py":3:0))` gives `model.py:3`.
    """
    match location:
        case FileLineColLoc():
            return f"{location.filename.data}:{location.line.data}"
        case NameLoc():
            return source_line(location.location)
        case CallSiteLoc():
            return source_line(location.callee) or source_line(location.caller)
        case FusedLoc():
            pieces = location.locations.data if hasattr(location.locations, "data") else ()
            return next((line for piece in pieces if (line := source_line(piece))), None)
    return None
