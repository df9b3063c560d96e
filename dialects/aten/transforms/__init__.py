"""Passes over the `aten` dialect."""
