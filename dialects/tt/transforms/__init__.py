"""Passes on GPU kernels."""
