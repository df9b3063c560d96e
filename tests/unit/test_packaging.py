"""Wheels and sdists hold the whole package, although src/fxopt reaches its folders through links."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def build(root: Path, target: str, out: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    (result,) = out.iterdir()
    return result


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


def module_names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if name.endswith((".py", "py.typed"))}


def test_wheel_holds_every_module_once(wheel: Path) -> None:
    folders = ("ir", "dialects", "lowering", "runtime", "tools")
    modules = {f"fxopt/{path.relative_to(ROOT)}" for f in folders for path in (ROOT / f).rglob("*.py")}
    assert module_names(wheel) == modules | {"fxopt/__init__.py", "fxopt/py.typed"}


def test_wheel_runs(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
        entry_points = next(n for n in archive.namelist() if n.endswith("entry_points.txt"))
        text = archive.read(entry_points).decode()
    assert "fx-opt = fxopt.tools.fx_opt:main" in text
    assert "[torch_dynamo_backends]\nfxopt = fxopt.runtime.backend:fxopt_backend" in text
    (tmp_path / "in.mlir").write_text("func.func @f() {\n  func.return\n}\n")
    code = "import sys, fxopt; from fxopt.tools.fx_opt import main; print(fxopt.__file__); sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "in.mlir"), "-p", "cse"],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith(str(tmp_path / "site")) and "func.func @f" in done.stdout


def test_sdist_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    sdist = build(ROOT, "sdist", tmp_path / "sdist")
    with tarfile.open(sdist) as archive:
        assert not [m.name for m in archive.getmembers() if m.issym()]
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    again = build(source, "wheel", tmp_path / "again")
    assert module_names(again) == module_names(wheel)


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_set_up_runs_once(tmp_path: Path) -> None:
    def make(*args: str) -> subprocess.CompletedProcess[str]:
        command = ["make", f"VENV={tmp_path}", *args]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    planned = make("-n", "install").stdout
    assert "-m venv" in planned and "-c constraints.txt -e '.[dev]'" in planned
    (tmp_path / ".stamp-fxopt").touch()
    assert make("-q", "install").returncode == 0, "nothing is left to do"
    assert "pip" not in make("-n", "demo").stdout
