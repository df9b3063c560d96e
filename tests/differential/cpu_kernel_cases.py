"""Kernels for `test_cpu_kernels`: name -> (text, sizes to run symbolic ones at)."""

from __future__ import annotations


def tensor(*sizes: int | str, dtype: str = "f32", strides: tuple[int | str, ...] | None = None) -> str:
    """The text of a tensor type."""
    tail = "" if strides is None else f", strides=[{', '.join(map(str, strides))}]"
    return f"!aten.tensor<[{', '.join(map(str, sizes))}], {dtype}{tail}>"


def kernel(domain: str, types: list[str], outputs: int, body: str, inits: str = "") -> str:
    """A kernel with arguments `%a0 %a1 …`."""
    args = ", ".join(f"%a{i}: {t}" for i, t in enumerate(types))
    return f"loop.kernel @k {domain} {inits} outputs {outputs} {{\n^bb0({args}):\n{body}\n}}\n"


def add_broadcast(rows: int, cols: int) -> str:
    """A matrix plus a row plus a column."""
    return kernel(
        f"[d0 = {rows}, d1 = {cols}]",
        [tensor(rows, cols), tensor(cols), tensor(rows), tensor(rows, cols)],
        1,
        f"""  %0 = loop.load %a0[d0 * {cols} + d1] : f32
  %1 = loop.load %a1[d1] : f32
  %2 = loop.load %a2[d0] : f32
  %3 = arith.addf %0, %1 : f32
  %4 = arith.mulf %3, %2 : f32
  loop.store %4, %a3[d0 * {cols} + d1]""",
    )


def reduce_rows(
    kind: str, rows: int | str, cols: int | str, dtype: str = "f32", scalar: str = "f32", attr: str = ""
) -> str:
    """A reduction over the contiguous dim."""
    result, out = ("i64", "i64") if kind.startswith("arg") else (scalar, dtype)
    return kernel(
        f"[d0 = {rows}] reduce [r0 = {cols}]",
        [tensor(rows, cols, dtype=dtype), tensor(rows, dtype=out)],
        1,
        f"""  %0 = loop.load %a0[d0 * {cols} + r0] : {scalar}
  %1 = loop.reduce {kind} %0{attr} : {scalar}
  loop.store %1, %a1[d0]""",
    ).replace("RESULT", result)


def reduce_cols(
    kind: str, rows: int | str, cols: int | str, dtype: str = "f32", scalar: str = "f32", attr: str = ""
) -> str:
    """A reduction over the strided dim."""
    out = "i64" if kind.startswith("arg") else dtype
    return kernel(
        f"[d0 = {cols}] reduce [r0 = {rows}]",
        [tensor(rows, cols, dtype=dtype), tensor(cols, dtype=out)],
        1,
        f"""  %0 = loop.load %a0[r0 * {cols} + d0] : {scalar}
  %1 = loop.reduce {kind} %0{attr} : {scalar}
  loop.store %1, %a1[d0]""",
    )


def softmax(rows: int | str, cols: int | str) -> str:
    """Softmax over the contiguous dim."""
    return kernel(
        f"[d0 = {rows}] reduce [r0 = {cols}]",
        [tensor(rows, cols), tensor(rows, cols)],
        1,
        f"""  %0 = loop.load %a0[d0 * {cols} + r0] : f32
  %1 = loop.reduce max %0 : f32
  %2 = arith.subf %0, %1 : f32
  %3 = math.exp %2 : f32
  %4 = loop.reduce sum %3 : f32
  %5 = arith.divf %3, %4 : f32
  loop.store %5, %a1[d0 * {cols} + r0]""",
    )


def softmax_cols(rows: int, cols: int) -> str:
    """Softmax over the strided dim."""
    text = softmax(cols, rows).replace(f"d0 * {rows} + r0", f"r0 * {cols} + d0")
    return text.replace(tensor(cols, rows), tensor(rows, cols))


def layer_norm(rows: int, cols: int, dtype: str = "f32") -> str:
    """Layer norm with weight and bias; low precision is extended."""
    half = dtype != "f32"

    def load(k: int, arg: int, index: str) -> str:
        if not half:
            return f"  %{k} = loop.load %a{arg}[{index}] : f32\n"
        return f"  %l{k} = loop.load %a{arg}[{index}] : {dtype}\n  %{k} = arith.extf %l{k} : {dtype} to f32\n"

    body = load(0, 0, f"d0 * {cols} + r0")
    body += f"""  %m, %v = loop.reduce welford %0 : f32
  %n = arith.constant {float(cols):e} : f32
  %var = arith.divf %v, %n : f32
  %eps = arith.constant 1.0e-05 : f32
  %ve = arith.addf %var, %eps : f32
  %rs = math.rsqrt %ve : f32
  %c = arith.subf %0, %m : f32
  %y = arith.mulf %c, %rs : f32
"""
    body += load(1, 1, "r0") + load(2, 2, "r0")
    body += "  %w = arith.mulf %y, %1 : f32\n  %z = arith.addf %w, %2 : f32\n"
    if half:
        body += f"  %t = arith.truncf %z : f32 to {dtype}\n"
    body += f"  loop.store %{'t' if half else 'z'}, %a3[d0 * {cols} + r0]"
    big, row = tensor(rows, cols, dtype=dtype), tensor(cols, dtype=dtype)
    return kernel(f"[d0 = {rows}] reduce [r0 = {cols}]", [big, row, row, big], 1, body)


def pointwise(op: str, n: int | str, dtype: str = "f32", scalar: str = "f32") -> str:
    """A unary op on a vector."""
    return kernel(
        f"[d0 = {n}]",
        [tensor(n, dtype=dtype), tensor(n, dtype=dtype)],
        1,
        f"  %0 = loop.load %a0[d0] : {scalar}\n  %1 = {op} %0 : {scalar}\n  loop.store %1, %a1[d0]",
    )


def low_precision(n: int, dtype: str) -> str:
    """`x * x + x` in f32 on a low-precision vector."""
    return kernel(
        f"[d0 = {n}]",
        [tensor(n, dtype=dtype), tensor(n, dtype=dtype)],
        1,
        f"""  %0 = loop.load %a0[d0] : {dtype}
  %1 = arith.extf %0 : {dtype} to f32
  %2 = arith.mulf %1, %1 : f32
  %3 = arith.addf %2, %1 : f32
  %4 = arith.truncf %3 : f32 to {dtype}
  loop.store %4, %a1[d0]""",
    )


def transpose_add(rows: int, cols: int, dtype: str = "f32", scalar: str = "f32") -> str:
    """`x.T + y`."""
    add = "addf" if scalar[0] in "fb" else "addi"
    return kernel(
        f"[d0 = {cols}, d1 = {rows}]",
        [tensor(rows, cols, dtype=dtype), tensor(cols, rows, dtype=dtype), tensor(cols, rows, dtype=dtype)],
        1,
        f"""  %0 = loop.load %a0[d1 * {cols} + d0] : {scalar}
  %1 = loop.load %a1[d0 * {rows} + d1] : {scalar}
  %2 = arith.{add} %0, %1 : {scalar}
  loop.store %2, %a2[d0 * {rows} + d1]""",
    )


def scan(kind: str, rows: int, cols: int, along_rows: bool, dtype: str = "f32") -> str:
    """A scan along the contiguous dim, or down the columns."""
    out = "i64" if kind.startswith("arg") else dtype
    index = f"d0 * {cols} + r0" if along_rows else f"r0 * {cols} + d0"
    domain = f"[d0 = {rows}] reduce [r0 = {cols}]" if along_rows else f"[d0 = {cols}] reduce [r0 = {rows}]"
    return kernel(
        domain,
        [tensor(rows, cols, dtype=dtype), tensor(rows, cols, dtype=out)],
        1,
        f"  %0 = loop.load %a0[{index}] : {dtype}\n  %1 = loop.scan {kind} %0 : {dtype}\n  loop.store %1, %a1[{index}]",
    )


def gather_rows(rows: int, cols: int, count: int) -> str:
    """Embedding: rows picked by an index tensor, with a check."""
    return kernel(
        f"[d0 = {count}, d1 = {cols}]",
        [tensor(rows, cols), tensor(count, dtype="i64"), tensor(count, cols)],
        1,
        f"""  %i = loop.load %a1[d0] : i64
  %zero = arith.constant 0 : i64
  %n = arith.constant {rows} : i64
  %ge = arith.cmpi sge, %i, %zero : i64
  %lt = arith.cmpi slt, %i, %n : i64
  %ok = arith.andi %ge, %lt : i1
  loop.check %ok, "index out of range"
  %last = arith.constant {rows - 1} : i64
  %lo = arith.maxsi %i, %zero : i64
  %c = arith.minsi %lo, %last : i64
  %v = loop.load %a0[i0 * {cols} + d1] (%c) : f32
  loop.store %v, %a2[d0 * {cols} + d1]""",
    )


def gather_elements(n: int, count: int) -> str:
    """`x[idx]` on vectors."""
    return kernel(
        f"[d0 = {count}]",
        [tensor(n), tensor(count, dtype="i64"), tensor(count)],
        1,
        """  %i = loop.load %a1[d0] : i64
  %v = loop.load %a0[i0] (%i) : f32
  loop.store %v, %a2[d0]""",
    )


def scatter_add(rows: int | str, cols: int | str, count: int | str) -> str:
    """`out.index_add_(0, idx, x)` on rows."""
    return kernel(
        f"[d0 = {count}, d1 = {cols}]",
        [tensor(rows, cols), tensor(count, dtype="i64"), tensor(count, cols), tensor(rows, cols)],
        1,
        f"""  %i = loop.load %a1[d0] : i64
  %v = loop.load %a2[d0 * {cols} + d1] : f32
  loop.store add %v, %a3[i0 * {cols} + d1] (%i)""",
        "inits [0]",
    )


def scatter_add_elements(n: int, count: int, mode: str = "add") -> str:
    """`out.scatter_add_(0, idx, x)` on vectors: positions collide."""
    return kernel(
        f"[d0 = {count}]",
        [tensor(n), tensor(count, dtype="i64"), tensor(count), tensor(n)],
        1,
        f"""  %i = loop.load %a1[d0] : i64
  %v = loop.load %a2[d0] : f32
  loop.store {mode} %v, %a3[i0] (%i)""",
        "inits [0]",
    )


def pad(n: int, before: int, after: int) -> str:
    """Zero padding by a masked load."""
    total = n + before + after
    return kernel(
        f"[d0 = 3, d1 = {total}]",
        [tensor(3, n), tensor(3, total)],
        1,
        f"""  %p = loop.index [d1 - {before}] : i64
  %zero = arith.constant 0 : i64
  %n = arith.constant {n} : i64
  %ge = arith.cmpi sge, %p, %zero : i64
  %lt = arith.cmpi slt, %p, %n : i64
  %ok = arith.andi %ge, %lt : i1
  %other = arith.constant 0.0 : f32
  %v = loop.load %a0[d0 * {n} + d1 - {before}] if %ok else %other : f32
  loop.store %v, %a1[d0 * {total} + d1]""",
    )


def max_pool(size: int) -> str:
    """3x3 pooling with stride 2 over padded columns."""
    out = (size - 3) // 2 + 1
    return kernel(
        f"[d0 = 4, d1 = {out}, d2 = {out}] reduce [r0 = 3, r1 = 3]",
        [tensor(4, size, size), tensor(4, out, out), tensor(4, out, out, dtype="i64")],
        2,
        f"""  %0 = loop.load %a0[d0 * {size * size} + d1 * {2 * size} + d2 * 2 + r0 * {size} + r1] : f32
  %1 = loop.reduce max %0 : f32
  %2 = loop.reduce argmax %0 : f32
  loop.store %1, %a1[d0 * {out * out} + d1 * {out} + d2]
  loop.store %2, %a2[d0 * {out * out} + d1 * {out} + d2]""",
    )


SYMBOLIC_ADD = kernel(
    "[d0 = s0, d1 = s1]",
    [tensor("s0", "s1"), tensor("s1"), tensor("s0", "s1")],
    1,
    """  %0 = loop.load %a0[d0 * s1 + d1] : f32
  %1 = loop.load %a1[d1] : f32
  %2 = arith.addf %0, %1 : f32
  loop.store %2, %a2[d0 * s1 + d1]""",
)

FLIP = kernel(
    "[d0 = 5, d1 = 100]",
    [tensor(5, 100), tensor(5, 100)],
    1,
    "  %0 = loop.load %a0[d0 * 100 - d1 + 99] : f32\n  loop.store %0, %a1[d0 * 100 + d1]",
)
ROLL = kernel(
    "[d0 = 130]",
    [tensor(130), tensor(130)],
    1,
    "  %0 = loop.load %a0[(d0 + 17) mod 130] : f32\n  loop.store %0, %a1[d0]",
)
SPLIT_HEADS = kernel(
    "[d0 = 6, d1 = 768]",
    [tensor(12, 6, 64), tensor(6, 768)],
    1,
    "  %0 = loop.load %a0[(d1 floordiv 64) * 384 + d0 * 64 + (d1 mod 64)] : f32\n  loop.store %0, %a1[d0 * 768 + d1]",
)
TILE_SMALL = kernel(
    "[d0 = 1000]",
    [tensor(1000), tensor(3), tensor(1000)],
    1,
    """  %0 = loop.load %a0[d0] : f32
  %1 = loop.load %a1[d0 mod 3] : f32
  %2 = arith.addf %0, %1 : f32
  loop.store %2, %a2[d0]""",
)
INDEX_VALUES = kernel(
    "[d0 = 7, d1 = 50]",
    [tensor(7, 50, dtype="i64"), tensor(7, 50)],
    2,
    """  %0 = loop.index [d0 * 3 + d1 * 2 + (d1 floordiv 7)] : i64
  %1 = arith.sitofp %0 : i64 to f32
  loop.store %0, %a0[d0 * 50 + d1]
  loop.store %1, %a1[d0 * 50 + d1]""",
)
STRIDED = kernel(
    "[d0 = 33, d1 = 20]",
    [tensor(33, 20, strides=(60, 3)), tensor(33, 20)],
    1,
    "  %0 = loop.load %a0[d0 * 60 + d1 * 3] : f32\n  loop.store %0, %a1[d0 * 20 + d1]",
)
MEAN_OVER_TWO = kernel(
    "[d0 = 5] reduce [r0 = 9, r1 = 40]",
    [tensor(9, 5, 40), tensor(5), tensor(5)],
    2,
    """  %0 = loop.load %a0[r0 * 200 + d0 * 40 + r1] : f32
  %m, %v = loop.reduce welford %0 : f32
  loop.store %m, %a1[d0]
  loop.store %v, %a2[d0]""",
)
FULL_ARGMAX = kernel(
    "[] reduce [r0 = 37, r1 = 41]",
    [tensor(37, 41), tensor(dtype="i64")],
    1,
    """  %0 = loop.load %a0[r1 * 37 + r0] : f32
  %1 = loop.reduce argmax %0 : f32
  loop.store %1, %a1[0]""",
).replace("tensor<[37, 41]", "tensor<[41, 37]")
TIED_ARGMAX = FULL_ARGMAX.replace("f32", "i64")
KEPT_BOOL = kernel(
    "[d0 = 3] reduce [r0 = 70]",
    [tensor(3, 70), tensor(3, dtype="i64"), tensor(3, 70, dtype="bool")],
    2,
    """  %0 = loop.load %a0[d0 * 70 + r0] : f32
  %1 = math.exp %0 : f32
  %one = arith.constant 1.0 : f32
  %2 = arith.cmpf ogt, %1, %one : f32
  %3 = arith.extui %2 : i1 to i64
  %4 = loop.reduce sum %3 : i64
  %z = arith.constant 30 : i64
  %5 = arith.cmpi sgt, %4, %z : i64
  %6 = arith.xori %5, %2 : i1
  loop.store %4, %a1[d0]
  loop.store %6, %a2[d0 * 70 + r0]""",
)
TABLE_OF_ANGLES = kernel(
    "[d0 = 70, d1 = 45]",
    [tensor(70, 45), tensor(45), tensor(70, 45)],
    1,
    """  %0 = loop.load %a0[d0 * 45 + d1] : f32
  %1 = loop.load %a1[d1] : f32
  %2 = math.sin %1 : f32
  %i = loop.index [d1 * 2 + 1] : i64
  %3 = arith.sitofp %i : i64 to f32
  %half = arith.constant 0.5 : f32
  %4 = arith.mulf %3, %half : f32
  %5 = arith.mulf %2, %4 : f32
  %6 = arith.mulf %0, %5 : f32
  %7 = arith.addf %6, %2 : f32
  loop.store %7, %a2[d0 * 45 + d1]""",
)
TABLE_IN_REDUCTION = kernel(
    "[d0 = 70] reduce [r0 = 45]",
    [tensor(70, 45), tensor(45), tensor(70), tensor(70, 45)],
    2,
    """  %0 = loop.load %a0[d0 * 45 + r0] : f32
  %1 = loop.load %a1[r0] : f32
  %2 = math.sin %1 : f32
  %3 = arith.mulf %0, %2 : f32
  %4 = loop.reduce sum %3 : f32
  %5 = arith.addf %2, %4 : f32
  loop.store %4, %a2[d0]
  loop.store %5, %a3[d0 * 45 + r0]""",
)
LOG_SOFTMAX_AND_MAX = kernel(
    "[d0 = 6] reduce [r0 = 200]",
    [tensor(6, 200), tensor(6, 200), tensor(6), tensor(6, dtype="i64")],
    3,
    """  %0 = loop.load %a0[d0 * 200 + r0] : f32
  %1 = loop.reduce max %0 : f32
  %p = loop.reduce argmax %0 : f32
  %2 = arith.subf %0, %1 : f32
  %3 = math.exp %2 : f32
  %4 = loop.reduce sum %3 : f32
  %5 = math.log %4 : f32
  %6 = arith.subf %2, %5 : f32
  loop.store %6, %a1[d0 * 200 + r0]
  loop.store %5, %a2[d0]
  loop.store %p, %a3[d0]""",
)
WITH_SCALAR_LOAD = kernel(
    "[d0 = 100]",
    [tensor(100), tensor(), tensor(100)],
    1,
    """  %0 = loop.load %a0[d0] : f32
  %1 = loop.load %a1[0] : f32
  %2 = arith.mulf %0, %1 : f32
  loop.store %2, %a2[d0]""",
)
PHILOX_STEP = kernel(
    "[d0 = 77]",
    [tensor(77, dtype="i32"), tensor(77, dtype="i32")],
    1,
    """  %0 = loop.load %a0[d0] : i32
  %c = arith.constant -766435501 : i32
  %lo, %hi = arith.mului_extended %0, %c : i32
  %x = arith.xori %lo, %hi : i32
  loop.store %x, %a1[d0]""",
)
MASKED_STORE = kernel(
    "[d0 = 75]",
    [tensor(75), tensor(75), tensor(75)],
    1,
    """  %0 = loop.load %a1[d0] : f32
  %z = arith.constant 0.0 : f32
  %m = arith.cmpf ogt, %0, %z : f32
  loop.store %0, %a2[d0] if %m""",
    "inits [0]",
)

CASES: dict[str, tuple[str, tuple[dict[str, int], ...]]] = {
    name: (text, ({},))
    for name, text in {
        "add_broadcast": add_broadcast(37, 130),
        "add_broadcast_large": add_broadcast(300, 257),
        "exp_1": pointwise("math.exp", 1),
        "neg_16": pointwise("arith.negf", 16),
        "neg_100003": pointwise("arith.negf", 100003),
        "neg_f64": pointwise("arith.negf", 1001, "f64", "f64"),
        "low_precision_bf16": low_precision(1003, "bf16"),
        "low_precision_f16": low_precision(259, "f16"),
        "transpose_add": transpose_add(70, 45),
        "transpose_add_large": transpose_add(256, 192),
        "transpose_add_i8": transpose_add(64, 48, "i8", "i8"),
        "transpose_add_f64": transpose_add(40, 40, "f64", "f64"),
        "transpose_add_i16": transpose_add(96, 64, "i16", "i16"),
        "transpose_long_body": transpose_add(70, 45).replace(
            "  loop.store %2,",
            "".join(f"  %{k} = arith.addf %{k - 1}, %{k % 2} : f32\n" for k in range(3, 16)) + "  loop.store %15,",
        ),
        "softmax_small": softmax(3, 5),
        "softmax": softmax(64, 1000),
        "softmax_long": softmax(2, 70000),
        "softmax_cols": softmax_cols(37, 100),
        "layer_norm": layer_norm(10, 300),
        "layer_norm_bf16": layer_norm(10, 256, "bf16"),
        "sum_rows_long": reduce_rows("sum", 2, 100000),
        "sum_rows_f64": reduce_rows("sum", 20, 333, "f64", "f64"),
        "sum_rows_i64": reduce_rows("sum", 20, 333, "i64", "i64"),
        "sum_tiny_rows": reduce_rows("sum", 5000, 3),
        "prod_rows": reduce_rows("prod", 7, 20),
        "xor_rows": reduce_rows("xor", 7, 100, "i32", "i32"),
        "any_rows": reduce_rows("any", 7, 100, "bool", "i1"),
        "all_rows": reduce_rows("all", 7, 3, "bool", "i1"),
        "max_i8": reduce_rows("max", 7, 100, "i8", "i8"),
        "max_u8": reduce_rows("max", 7, 100, "u8", "i8", " {unsigned}"),
        "min_rows": reduce_rows("min", 9, 64),
        "argmax_rows": reduce_rows("argmax", 9, 130),
        "argmin_rows_i64": reduce_rows("argmin", 9, 130, "i64", "i64"),
        "argmax_cols": reduce_cols("argmax", 130, 33),
        "argmin_cols_i32": reduce_cols("argmin", 50, 33, "i32", "i32"),
        "sum_cols": reduce_cols("sum", 700, 130),
        "sum_cols_wide": reduce_cols("sum", 50, 3000),
        "max_cols": reduce_cols("max", 17, 40),
        "mean_over_two": MEAN_OVER_TWO,
        "full_argmax": FULL_ARGMAX,
        "table_of_angles": TABLE_OF_ANGLES,
        "table_in_reduction": TABLE_IN_REDUCTION,
        "tied_argmax": TIED_ARGMAX,
        "kept_bool": KEPT_BOOL,
        "log_softmax_and_max": LOG_SOFTMAX_AND_MAX,
        "cumsum_rows": scan("sum", 5, 100, True),
        "cumsum_cols": scan("sum", 50, 37, False),
        "cumprod_rows": scan("prod", 5, 33, True),
        "cummax_rows": scan("max", 5, 70, True),
        "cumargmax_rows": scan("argmax", 5, 70, True),
        "cumargmin_cols": scan("argmin", 40, 21, False),
        "cumargmax_rows_i64": scan("argmax", 5, 70, True, "i64"),
        "logcumsumexp_rows": scan("logaddexp", 5, 70, True),
        "cumsum_i64": scan("sum", 3, 41, True, "i64"),
        "pad": pad(50, 3, 17),
        "max_pool": max_pool(31),
        "flip": FLIP,
        "roll": ROLL,
        "split_heads": SPLIT_HEADS,
        "tile_small": TILE_SMALL,
        "index_values": INDEX_VALUES,
        "strided": STRIDED,
        "with_scalar_load": WITH_SCALAR_LOAD,
        "philox_step": PHILOX_STEP,
        "masked_store": MASKED_STORE,
        "gather_rows": gather_rows(7, 100, 20),
        "gather_elements": gather_elements(7, 100),
        "scatter_add": scatter_add(7, 130, 20),
        "scatter_add_elements": scatter_add_elements(7, 100),
        "sum_of_nothing": reduce_rows("sum", 5, 0),
        "scatter_max_elements": scatter_add_elements(7, 50, "max"),
    }.items()
} | {
    "symbolic_add": (
        SYMBOLIC_ADD,
        tuple({"s0": a, "s1": b} for a, b in ((1, 1), (3, 100), (100, 16), (0, 5), (5, 0), (300, 257))),
    ),
    "symbolic_softmax": (softmax("s0", "s1"), ({"s0": 3, "s1": 7}, {"s0": 40, "s1": 512}, {"s0": 2, "s1": 3001})),
    "symbolic_sum": (reduce_rows("sum", "s0", "s1"), ({"s0": 3, "s1": 0}, {"s0": 4, "s1": 9000}, {"s0": 0, "s1": 4})),
    "symbolic_cols": (reduce_cols("sum", "s0", "s1"), ({"s0": 3, "s1": 1}, {"s0": 400, "s1": 77})),
    "symbolic_softmax_cols": (
        softmax("s1", "s0").replace("d0 * s0 + r0", "r0 * s1 + d0").replace("[s1, s0]", "[s0, s1]"),
        ({"s0": 3, "s1": 7}, {"s0": 300, "s1": 130}),
    ),
    "symbolic_scatter_add": (
        scatter_add("s0", "s1", "s2"),
        ({"s0": 7, "s1": 130, "s2": 20}, {"s0": 7, "s1": 1, "s2": 9}),
    ),
    "symbolic_vector": (pointwise("math.exp", "s0"), ({"s0": 0}, {"s0": 1}, {"s0": 15}, {"s0": 100001})),
}
