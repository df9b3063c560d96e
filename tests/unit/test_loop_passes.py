"""Loop passes keep the results of random programs, say the same twice, and are fast on large graphs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from loop_programs import ProgramBuilder, random_module, run_module
from xdsl.dialects.builtin import ModuleOp

from fxopt.dialects.loop.attrs import Domain
from fxopt.dialects.loop.fusion.align import Side, align, refine_pair
from fxopt.dialects.loop.indexing import DomainIndexer, digits_of, invert
from fxopt.dialects.loop.ops import NestOp
from fxopt.dialects.loop.split import choose_cut
from fxopt.dialects.registry import make_context
from fxopt.ir.pipeline import PassManager, module_text, parse_pass_pipeline
from fxopt.ir.symbolic import var
from fxopt.ir.text import parse_expr
from fxopt.lowering.pass_registry import get_all_passes

SPLIT = "loop-split-reduction{parallelism=64 min-reduced=2}"


def apply(module: ModuleOp, pipeline: str) -> None:
    PassManager(parse_pass_pipeline(pipeline, get_all_passes())).run(make_context(), module)
    module.verify()


def check_same_results(seed: int, pipeline: str, length: int | None = None) -> None:
    module = random_module(seed, length)
    text = module_text(module)
    before = run_module(module, seed)
    apply(module, pipeline)
    # Fused, values of low precision are rounded less often.
    tolerance = 2e-2 if "bf16" in text else 1e-4
    for expected, got in zip(before, run_module(module, seed), strict=True):
        np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance, err_msg=text)


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_fuse_keeps_results(first: int) -> None:
    for seed in range(first, first + 20):
        check_same_results(seed, "loop-fuse")


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_pipeline_keeps_results(first: int) -> None:
    for seed in range(first, first + 20):
        check_same_results(seed, f"loop-simplify,loop-fuse,{SPLIT},loop-simplify,loop-dce,loop-outline")


@pytest.mark.parametrize("pipeline", ["loop-simplify", f"loop-dce,{SPLIT}", "loop-outline,loop-dce"])
def test_each_pass_keeps_results(pipeline: str) -> None:
    for seed in range(200, 230):
        check_same_results(seed, pipeline)


def test_long_programs_keep_results() -> None:
    for seed in range(300, 310):
        check_same_results(seed, "loop-fuse,loop-simplify", length=25)


def test_keep_rounding_is_exact_on_low_precision() -> None:
    """With every rounding kept, only the order of sums may differ."""
    for seed in range(400, 430):
        module = random_module(seed)
        before = run_module(module, seed)
        apply(module, "loop-fuse{keep-rounding=true}")
        for expected, got in zip(before, run_module(module, seed), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


def test_fusion_fuses() -> None:
    """The random programs are no test of fusion if nothing fuses."""
    before = after = 0
    for seed in range(40):
        module = random_module(seed)
        apply(module, "loop-dce")
        before += module_text(module).count("loop.nest")
        apply(module, "loop-fuse")
        after += module_text(module).count("loop.nest")
    assert after < 0.75 * before


def test_text_is_deterministic_in_process() -> None:
    for seed in range(20):
        texts = set()
        for _ in range(2):
            module = random_module(seed, 12)
            apply(module, f"loop-fuse,{SPLIT},loop-simplify,loop-outline")
            texts.add(module_text(module))
        assert len(texts) == 1


def test_text_does_not_depend_on_hash_seed() -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_loop_passes import apply, module_text, random_module\n"
        "for seed in range(8):\n"
        "    module = random_module(seed, 12); apply(module, 'loop-fuse,loop-simplify,loop-outline')\n"
        "    print(module_text(module))\n"
    )
    texts = set()
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", script, str(Path(__file__).parent)]
        texts.add(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert len(texts) == 1 and "loop.kernel" in texts.pop()


def chain(length: int) -> ModuleOp:
    """Blocks of a few nests with a library call between them."""
    builder = ProgramBuilder(0)
    for i in range(length):
        (builder.extern if i % 8 == 7 else builder.binary)()
    return builder.build(0)


def seconds_to_fuse(length: int) -> float:
    module = chain(length)
    start = time.process_time()
    apply(module, "loop-fuse")
    return time.process_time() - start


def test_fusion_time_is_near_linear() -> None:
    seconds_to_fuse(50)
    small, large = (min(seconds_to_fuse(n) for _ in range(2)) for n in (200, 1000))
    assert large < 12 * small, f"200 nests: {small:.3f} s, 1000 nests: {large:.3f} s"


def side(parallel: list[object], reduced: tuple[object, ...] = ()) -> Side:
    return Side(Domain(tuple(parallel), tuple(reduced)), False, False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("producer", "store", "consumer", "load", "domain"),
    [
        (side([128], (768,)), "d0", side([128, 12, 64]), "d0", "[d0 = 128] reduce [r0 = 12, r1 = 64]"),
        (side([128], (768,)), "d0", side([98304]), "d0 floordiv 768", "[d0 = 128] reduce [r0 = 768]"),
        (side([64], (8, 49)), "d0", side([8, 64, 7, 7]), "d1", "[d0 = 64] reduce [r0 = 8, r1 = 7, r2 = 7]"),
        (side([var("s0"), 64]), "d0 * 64 + d1", side([64 * var("s0")]), "d0", "[d0 = s0, d1 = 64]"),
        (side([128]), "d0", side([128], (768,)), "d0", "[d0 = 128] reduce [r0 = 768]"),
        (side([], (100,)), "0", side([10, 10]), "0", "[] reduce [r0 = 10, r1 = 10]"),
        (side([128]), "d0", side([128, 768]), "d0", None),  # The producer would be computed 768 times.
        (side([128], (768,)), "d0", side([128, 12]), "d0", None),
        (side([8, 16]), "d0 * 16 + d1", side([8, 8]), "d0 * 16 + d1", None),  # Half of what is stored.
        (side([128], (768,)), "d0 * 768 + r0", side([768], (128,)), "r0 * 768 + d0", None),
    ],
)
def test_align(producer: Side, store: str, consumer: Side, load: str, domain: str | None) -> None:
    found = align(producer, parse_expr(store), consumer, parse_expr(load))
    assert domain == (None if found is None else str(found.domain))


def test_refine_pair() -> None:
    assert refine_pair([768], [12, 64]) == ([12, 64], [0, 0], [0, 1])
    assert refine_pair([6, 4], [4, 6]) is None
    assert refine_pair([6, 4], [2, 12]) == ([2, 3, 4], [0, 0, 1], [0, 1, 1])


def test_invert_gives_the_point_of_every_element() -> None:
    indexer = DomainIndexer(Domain((3, 4, 5)))
    digits = digits_of(parse_expr("d0 * 5 + d1 * 15 + d2 + 7"), indexer.extents)
    assert digits is not None
    point = invert(*digits, parse_expr("d0 * 5 + d1 * 15 + d2 + 7"))
    assert {name: indexer.simplify(expr) for name, expr in point.items()} == {n: var(n) for n in ("d0", "d1", "d2")}


def test_choose_cut_keeps_order_and_divides() -> None:
    cut = choose_cut((32, 112, 112), 5)
    assert cut is not None and (cut.outer, cut.inner) == ((8,), (4, 112, 112))
    cut = choose_cut((3, 1024), 100)
    assert cut is not None and (cut.outer, cut.inner) == ((3, 64), (16,))
    assert choose_cut((50021,), 64) is None


def test_unused_nest_vanishes() -> None:
    builder = ProgramBuilder(1)
    builder.unary()
    builder.unary()
    builder.pool = builder.pool[:2]
    builder.constant()
    module = builder.build(0)
    apply(module, "loop-fuse")
    assert sum(isinstance(op, NestOp) for op in module.walk()) <= 1
