"""The manual: generated pages are up to date, links lead somewhere, commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fxopt.tools.gen_docs import generate

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_generated_pages_are_up_to_date() -> None:
    stale = [
        name
        for name, text in generate(ROOT).items()
        if not (path := ROOT / "docs" / name).exists() or path.read_text() != text
    ]
    assert not stale, "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_and_paths_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    links = [t for t in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if not t.startswith("http")]
    missing = [t for t in links if not (page.parent / t).exists()]
    folders = "ir|dialects|lowering|runtime|tools|tests|examples|benchmarks|docs"
    named = re.findall(rf"`((?:{folders})/[\w./-]*[\w/])`", text)
    missing += [t for t in named if not (ROOT / t).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_make_targets_named_in_the_manual_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", page.read_text())) <= targets
