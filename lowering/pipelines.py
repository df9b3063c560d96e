"""The default pipelines, as text: what `fx-opt -p NAME` and the torch.compile backend run.

A pipeline may name others. `fx-opt --list-passes` prints them expanded.
"""

from __future__ import annotations

NAMED_PIPELINES: dict[str, str] = {}
