"""Every pass of fxopt by name. A thunk loads the pass's module on first use: `fx-opt` starts without them."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from xdsl.passes import ModulePass


def _lazy(module: str, class_name: str) -> Callable[[], type[ModulePass]]:
    def load() -> type[ModulePass]:
        cls: type[ModulePass] = getattr(importlib.import_module(module), class_name)
        return cls

    return load


# Pass name -> thunk, one line each, sorted.
PASSES: dict[str, Callable[[], type[ModulePass]]] = {
    "aten-canonicalize": _lazy("fxopt.dialects.aten.transforms.aten_canonicalize", "AtenCanonicalizePass"),
    "aten-constant-fold": _lazy("fxopt.dialects.aten.transforms.aten_constant_fold", "AtenConstantFoldPass"),
    "aten-cse": _lazy("fxopt.dialects.aten.transforms.aten_cse", "AtenCsePass"),
    "aten-dce": _lazy("fxopt.dialects.aten.transforms.aten_dce", "AtenDcePass"),
    "aten-dedupe-symints": _lazy("fxopt.dialects.aten.transforms.aten_dedupe_symints", "AtenDedupeSymintsPass"),
    "aten-fuse-attention": _lazy("fxopt.dialects.aten.transforms.aten_fuse_attention", "AtenFuseAttentionPass"),
    "aten-set-device": _lazy("fxopt.dialects.aten.transforms.aten_set_device", "AtenSetDevicePass"),
    "convert-aten-to-loop": _lazy("fxopt.lowering.convert_aten_to_loop", "ConvertAtenToLoopPass"),
    "convert-loop-to-rt": _lazy("fxopt.lowering.convert_loop_to_rt", "ConvertLoopToRtPass"),
    "convert-loop-to-tt": _lazy("fxopt.lowering.convert_loop_to_tt", "ConvertLoopToTtPass"),
    "convert-loop-to-vector": _lazy("fxopt.lowering.convert_loop_to_vector", "ConvertLoopToVectorPass"),
    "loop-dce": _lazy("fxopt.dialects.loop.transforms.loop_dce", "LoopDcePass"),
    "loop-fuse": _lazy("fxopt.dialects.loop.transforms.loop_fuse", "LoopFusePass"),
    "loop-outline": _lazy("fxopt.dialects.loop.transforms.loop_outline", "LoopOutlinePass"),
    "loop-simplify": _lazy("fxopt.dialects.loop.transforms.loop_simplify", "LoopSimplifyPass"),
    "loop-split-reduction": _lazy("fxopt.dialects.loop.transforms.loop_split_reduction", "LoopSplitReductionPass"),
    "rt-elide-copies": _lazy("fxopt.dialects.rt.transforms.rt_elide_copies", "RtElideCopiesPass"),
    "rt-plan-memory": _lazy("fxopt.dialects.rt.transforms.rt_plan_memory", "RtPlanMemoryPass"),
    "rt-poison": _lazy("fxopt.dialects.rt.transforms.rt_poison", "RtPoisonPass"),
    "tt-expand-math": _lazy("fxopt.dialects.tt.transforms.tt_expand_math", "TtExpandMathPass"),
}


def get_all_passes() -> dict[str, Callable[[], type[ModulePass]]]:
    """fxopt's passes by name."""
    return dict(PASSES)
