"""Lowering of GPU kernels (`loop.kernel`) to the `tt` dialect."""
