"""Shape checks of single operators."""

from collections.abc import Callable
from typing import Any

VERIFIERS: dict[str, Callable[[Any], None]] = {}
