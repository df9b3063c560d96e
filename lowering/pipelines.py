"""The default pipelines, as text: what `fx-opt -p NAME` and the torch.compile backend run.

A pipeline may name others. `fx-opt --list-passes` prints them expanded.
"""

from __future__ import annotations

NAMED_PIPELINES: dict[str, str] = {
    # From an imported ATen graph to loop nests, fused, each outlined as a kernel.
    "aten-pipeline": "aten-dedupe-symints,aten-constant-fold,aten-canonicalize,aten-cse,aten-dce,aten-fuse-attention",
    "loop-pipeline": "convert-aten-to-loop,loop-fuse{keep-rounding=true},loop-split-reduction,loop-simplify,"
    "loop-outline",
    # The host program: buffers, their lifetimes, launches and library calls.
    "rt-pipeline": "convert-loop-to-rt,rt-elide-copies,rt-plan-memory",
    # Kernels to device code; each leaves the other device's kernels alone.
    "gpu-pipeline": "convert-loop-to-tt,tt-expand-math",
    "cpu-pipeline": "convert-loop-to-vector",
    # All of it: what torch.compile runs.
    "default": "aten-pipeline,loop-pipeline,rt-pipeline,gpu-pipeline,cpu-pipeline",
}
