"""`fxopt.config`: types, environment, patches."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from fxopt.ir.errors import FxOptError
from fxopt.runtime.config import Config, load_config


def test_environment_variables_are_typed() -> None:
    config = load_config({"FXOPT_CACHE": "off", "FXOPT_DUMP": "out", "FXOPT_COMPILE_THREADS": "3", "FXOPT_CPU_ISA": ""})
    assert (config.cache, config.dump, config.compile_threads, config.cpu_isa) == (False, "out", 3, None)


@pytest.mark.parametrize(
    ("variable", "text", "expected"),
    [
        ("FXOPT_CACHE", "maybe", "0 or 1"),
        ("FXOPT_COMPILE_THREADS", "two", "an integer"),
        ("FXOPT_COMPILE_THREADS", "0", "at least 1"),
        ("FXOPT_CPU_ISA", "sse9", "avx2"),
    ],
)
def test_a_bad_environment_variable_is_named(variable: str, text: str, expected: str) -> None:
    with pytest.raises(FxOptError) as error:
        load_config({variable: text})
    assert variable in str(error.value) and text in str(error.value) and expected in str(error.value)


@pytest.mark.parametrize(("name", "value"), [("cache", 1), ("compile_threads", True), ("dump", 3), ("cpu_isa", "x")])
def test_settings_have_types(name: str, value: Any) -> None:
    with pytest.raises(FxOptError, match=name):
        setattr(Config(), name, value)


def test_an_unknown_setting_gets_a_hint() -> None:
    config = Config()
    with pytest.raises(FxOptError, match="did you mean 'cache_dir'"):
        config.cachedir = "x"  # type: ignore[attr-defined]
    with pytest.raises(FxOptError, match="no setting 'foo'"):
        config.with_changes({"foo": 1})


def test_patch_restores_after_an_error() -> None:
    config = Config(verify_each=False)
    with pytest.raises(FxOptError), config.patch(verify_each=True, cache="no"):
        pass
    assert config.verify_each is False and config.cache is True
    with pytest.raises(ZeroDivisionError), config.patch(verify_each=True):
        raise ZeroDivisionError
    assert config.verify_each is False


def test_paths_are_taken_for_folders(tmp_path: Path) -> None:
    config = Config()
    config.cache_dir = tmp_path  # type: ignore[assignment]
    assert config.cache_dir == str(tmp_path)


def test_every_setting_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "runtime.md").read_text()
    for field in dataclasses.fields(Config):
        assert f"| `{field.name}` | `FXOPT_{field.name.upper()}` |" in page


def test_with_changes_copies() -> None:
    config = Config()
    assert config.with_changes({"verify_each": True}).verify_each and not config.verify_each
