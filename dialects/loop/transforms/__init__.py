"""Passes over the `loop` dialect, one file each; `lowering/pass_registry.py` names them."""
