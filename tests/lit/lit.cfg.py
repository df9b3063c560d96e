"""lit configuration: `lit tests/lit`, or any file or folder below."""

import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)

# ruff: noqa: F821  (lit binds `config`)
from in_process import InProcessTest  # noqa: E402

config.name = "fxopt"
config.test_format = InProcessTest()
config.suffixes = [".mlir"]
config.excludes = ["Inputs", "Output"]
config.test_source_root = here
config.test_exec_root = os.path.join(os.path.dirname(os.path.dirname(here)), "build", "lit")
os.makedirs(config.test_exec_root, exist_ok=True)
# `fx-opt`, `filecheck` and `python` of the environment that runs lit.
config.environment["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])
config.environment["OMP_NUM_THREADS"] = "2"
