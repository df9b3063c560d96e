"""Lowerings of ATen operators to loop nests, one module a family; `convert-aten-to-loop` drives them."""
