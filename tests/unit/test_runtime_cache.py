"""The compile cache: whole entries or none, bounded size, shared by processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

import fxopt
from fxopt.runtime.disk_cache import DiskCache, cache_stats, clear_cache, trim_cache, trim_cache_sometimes
from fxopt.tools.fx_opt import main as fx_opt


def entries(folder: Path, kind: str) -> list[Path]:
    return sorted((folder / kind).iterdir())


def test_an_entry_comes_back(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, "cpu")
    assert cache.load("k") is None
    cache.store("k", b"payload")
    assert cache.load("k") == b"payload"
    assert [path.name for path in entries(tmp_path, "cpu")] == ["k"]


@pytest.mark.parametrize("damage", [lambda d: d[:-1], lambda d: b"", lambda d: d[:-1] + b"X", lambda d: b"\0" + d[1:]])
def test_a_damaged_entry_is_none(tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    cache = DiskCache(tmp_path, "cpu")
    cache.store("k", b"payload")
    path = tmp_path / "cpu" / "k"
    path.write_bytes(damage(path.read_bytes()))
    assert cache.load("k") is None
    cache.store("k", b"payload")
    assert cache.load("k") == b"payload"


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    cache = DiskCache(tmp_path / "file", "cpu")
    cache.store("k", b"payload")
    assert cache.load("k") is None
    trim_cache_sometimes(tmp_path / "file", 1)
    assert cache_stats(tmp_path / "file") == []


def test_readers_never_see_half_an_entry(tmp_path: Path) -> None:
    payloads = [bytes([i]) * 100_000 for i in range(4)]

    def work(index: int) -> set[bytes | None]:
        cache = DiskCache(tmp_path, "cpu")
        seen = set()
        for _ in range(20):
            cache.store("k", payloads[index])
            seen.add(cache.load("k"))
        return seen

    with ThreadPoolExecutor(4) as pool:
        seen = set().union(*pool.map(work, range(4)))
    assert seen <= set(payloads)
    assert [path.name for path in entries(tmp_path, "cpu")] == ["k"]


def test_trimming_drops_what_was_used_least_lately(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, "cpu")
    for index in range(10):
        cache.store(f"k{index}", bytes(1000))
        os.utime(tmp_path / "cpu" / f"k{index}", (index * 86400 + 1, index * 86400 + 1))
    assert cache.load("k0") is not None  # used just now
    size = sum(row.size_bytes for row in cache_stats(tmp_path))
    assert trim_cache(tmp_path, size) == 0
    assert trim_cache(tmp_path, size // 2) > 0
    names = [path.name for path in entries(tmp_path, "cpu")]
    assert "k0" in names and "k9" in names and "k1" not in names
    assert sum(row.size_bytes for row in cache_stats(tmp_path)) <= size // 2


def test_trimming_is_not_done_at_every_compile(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, "host")
    cache.store("a", bytes(1000))
    trim_cache_sometimes(tmp_path, 1)
    assert cache.load("a") is None
    cache.store("a", bytes(1000))
    trim_cache_sometimes(tmp_path, 1)
    assert cache.load("a") is not None
    os.utime(tmp_path / "trimmed", (time.time() - 3600, time.time() - 3600))
    trim_cache_sometimes(tmp_path, 1)
    assert cache.load("a") is None


def test_clearing_leaves_other_files(tmp_path: Path) -> None:
    DiskCache(tmp_path, "cpu").store("a", bytes(1000))
    (tmp_path / "notes.txt").write_text("mine")
    assert clear_cache(tmp_path) > 1000
    assert cache_stats(tmp_path) == [] and (tmp_path / "notes.txt").exists()


def test_fx_opt_shows_and_empties_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    DiskCache(tmp_path, "cpu").store("a", bytes(10**6))
    with fxopt.config.patch(cache_dir=str(tmp_path)):
        assert fx_opt(["--cache-stats"]) == 0
        assert "cpu          1 files       1.00 MB" in capsys.readouterr().out
        assert fx_opt(["--cache-clear"]) == 0
        assert "1.00 MB freed" in capsys.readouterr().out
    assert cache_stats(tmp_path) == []


def test_damaged_kernels_and_programs_are_compiled_anew(tmp_path: Path) -> None:
    x = torch.randn(8)
    with fxopt.config.patch(cache_dir=str(tmp_path)):
        assert not fxopt.explain(softsign, x).cache_hit
        for kind in ("cpu", "host"):
            for path in entries(tmp_path, kind):
                path.write_bytes(path.read_bytes()[:50])
        assert not fxopt.explain(softsign, x).cache_hit
        assert fxopt.explain(softsign, x).cache_hit
        torch._dynamo.reset()
        torch.testing.assert_close(torch.compile(softsign, backend="fxopt")(x), softsign(x))


def softsign(x: torch.Tensor) -> torch.Tensor:
    return x / (1 + x.abs())


_PROGRAM = """
import sys, torch, fxopt
x = torch.arange(6.0)
for function in (torch.sin, torch.cos, torch.exp):
    torch.testing.assert_close(torch.compile(function, backend="fxopt")(x), function(x))
"""


def test_processes_share_a_folder(tmp_path: Path) -> None:
    environment = {**os.environ, "FXOPT_CACHE_DIR": str(tmp_path), "OMP_NUM_THREADS": "1"}
    processes = [subprocess.Popen([sys.executable, "-c", _PROGRAM], env=environment) for _ in range(3)]
    assert [process.wait(timeout=300) for process in processes] == [0, 0, 0]
    rows = {row.kind: row.num_files for row in cache_stats(tmp_path)}
    assert rows["cpu"] == 3
    assert not [path for path in entries(tmp_path, "cpu") if path.name.startswith(".")]
