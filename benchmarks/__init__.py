"""Benchmarks against eager, aot_eager and TorchInductor: ratios, measured alternately in one run."""
