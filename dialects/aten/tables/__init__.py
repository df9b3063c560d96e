"""The operators, as data, by family.

Each module binds `FACTS`, the facts of all its operators, and `ROWS`: one line an overload, which is torch's schema, its
mathematics, and facts of its own marked with `!`. `dialects/aten/ops.py` says what the facts mean.
"""

FAMILIES = (
    "pointwise",
    "pointwise_math",
    "activations",
    "reductions",
    "scans",
    "views",
    "maybe_views",
    "indexing",
    "factory",
    "random",
    "matmul",
    "linalg",
    "nn",
    "losses",
    "attention",
    "host",
    "inplace",
)
