"""Kernels for the GPU tests beyond those of `cpu_kernel_cases`: name -> (text, sizes to run symbolic ones at)."""

from __future__ import annotations

from cpu_kernel_cases import (
    CASES,
    gather_rows,
    kernel,
    layer_norm,
    low_precision,
    pointwise,
    reduce_cols,
    reduce_rows,
    scan,
    scatter_add_elements,
    softmax,
    softmax_cols,
    tensor,
    transpose_add,
)


def scatter(n: int, count: int, mode: str, dtype: str, scalar: str) -> str:
    """Colliding scatters of one mode and type."""
    text = scatter_add_elements(n, count, mode).replace("f32", scalar)
    return text.replace(f", {scalar}>", f", {dtype}>")


def batch_norm_apply(batch: int, channels: int, points: int) -> str:
    """Scale by channel of [N, C, H*W]: the channel comes out of the linear position by division."""
    plane = channels * points
    return kernel(
        f"[d0 = {batch}, d1 = {channels}, d2 = {points}]",
        [tensor(batch, channels, points), tensor(channels), tensor(batch, channels, points)],
        1,
        f"""  %0 = loop.load %a0[d0 * {plane} + d1 * {points} + d2] : f32
  %1 = loop.load %a1[d1] : f32
  %2 = arith.mulf %0, %1 : f32
  loop.store %2, %a2[d0 * {plane} + d1 * {points} + d2]""",
    )


def batched_transpose(batch: int, rows: int, cols: int, dtype: str = "bf16") -> str:
    """`x.transpose(1, 2).contiguous()`."""
    size = rows * cols
    return kernel(
        f"[d0 = {batch}, d1 = {cols}, d2 = {rows}]",
        [tensor(batch, rows, cols, dtype=dtype), tensor(batch, cols, rows, dtype=dtype)],
        1,
        f"""  %0 = loop.load %a0[d0 * {size} + d2 * {cols} + d1] : {dtype}
  loop.store %0, %a1[d0 * {size} + d1 * {rows} + d2]""",
    )


def masked_mean(rows: int, cols: int) -> str:
    """Mean of the elements that a bool mask selects, NaN rows without any."""
    return kernel(
        f"[d0 = {rows}] reduce [r0 = {cols}]",
        [tensor(rows, cols, dtype="f16"), tensor(rows, cols, dtype="bool"), tensor(rows)],
        1,
        f"""  %0 = loop.load %a0[d0 * {cols} + r0] : f16
  %1 = loop.load %a1[d0 * {cols} + r0] : i1
  %2 = arith.extf %0 : f16 to f32
  %zero = arith.constant 0.0 : f32
  %3 = arith.select %1, %2, %zero : f32
  %4 = loop.reduce sum %3 : f32
  %5 = arith.uitofp %1 : i1 to f32
  %6 = loop.reduce sum %5 : f32
  %7 = arith.divf %4, %6 : f32
  loop.store %7, %a2[d0]""",
    )


def logsumexp(rows: int, cols: int, dtype: str = "f32") -> str:
    """log(sum(exp(x)))."""
    extend = f"  %0 = arith.extf %l : {dtype} to f32\n" if dtype != "f32" else ""
    return kernel(
        f"[d0 = {rows}] reduce [r0 = {cols}]",
        [tensor(rows, cols, dtype=dtype), tensor(rows)],
        1,
        f"""  %{"l" if extend else "0"} = loop.load %a0[d0 * {cols} + r0] : {dtype}
{extend}  %1 = loop.reduce max %0 : f32
  %2 = arith.subf %0, %1 : f32
  %3 = math.exp %2 : f32
  %4 = loop.reduce sum %3 : f32
  %5 = math.log %4 : f32
  %6 = arith.addf %5, %1 : f32
  loop.store %6, %a1[d0]""",
    )


def moments_cols(rows: int, cols: int) -> str:
    """Mean and squared deviations of each column."""
    return kernel(
        f"[d0 = {cols}] reduce [r0 = {rows}]",
        [tensor(rows, cols), tensor(cols), tensor(cols)],
        2,
        f"""  %0 = loop.load %a0[r0 * {cols} + d0] : f32
  %m, %v = loop.reduce welford %0 : f32
  loop.store %m, %a1[d0]
  loop.store %v, %a2[d0]""",
    )


def guarded_logsumexp(rows: int, cols: int) -> str:
    """As torch computes it: an infinite maximum is not subtracted."""
    return kernel(
        f"[d0 = {rows}] reduce [r0 = {cols}]",
        [tensor(rows, cols), tensor(rows)],
        1,
        f"""  %0 = loop.load %a0[d0 * {cols} + r0] : f32
  %1 = loop.reduce max %0 : f32
  %size = math.absf %1 : f32
  %inf = arith.constant 0x7F800000 : f32
  %zero = arith.constant 0.0 : f32
  %is = arith.cmpf oeq, %size, %inf : f32
  %ref = arith.select %is, %zero, %1 : f32
  %2 = arith.subf %0, %ref : f32
  %3 = math.exp %2 : f32
  %4 = loop.reduce sum %3 : f32
  %5 = math.log %4 : f32
  %6 = arith.addf %5, %ref : f32
  loop.store %6, %a1[d0]""",
    )


def negative_remainders(n: int) -> str:
    """Index arithmetic on possibly negative values."""
    return kernel(
        f"[d0 = {n}]",
        [tensor(n, dtype="i64"), tensor(n, dtype="i64")],
        2,
        """  %0 = loop.index [(d0 - 5) floordiv 3] : i64
  %1 = loop.index [(d0 - 5) mod 3 + max(d0 - 7, 0)] : i64
  loop.store %0, %a0[d0]
  loop.store %1, %a1[d0]""",
    )


def calls(n: int, dtype: str) -> str:
    """Functions of the device library."""
    return kernel(
        f"[d0 = {n}]",
        [tensor(n, dtype=dtype), tensor(n, dtype=dtype), tensor(n, dtype=dtype)],
        1,
        f"""  %0 = loop.load %a0[d0] : {dtype}
  %1 = loop.load %a1[d0] : {dtype}
  %2 = loop.call "hypot"(%0, %1) : ({dtype}, {dtype}) -> {dtype}
  %3 = loop.call "erfc"(%2) : ({dtype}) -> {dtype}
  %4 = math.tanh %0 : {dtype}
  %5 = arith.addf %3, %4 : {dtype}
  loop.store %5, %a2[d0]""",
    )


FLOOR_DIVISION = kernel(
    "[d0 = 50]",
    [tensor(50, dtype="i32"), tensor(50, dtype="i32"), tensor(50, dtype="i32")],
    1,
    """  %0 = loop.load %a0[d0] : i32
  %1 = loop.load %a1[d0] : i32
  %c = arith.constant 3 : i32
  %one = arith.constant 1 : i32
  %2 = arith.subi %0, %c : i32
  %3 = arith.addi %1, %one : i32
  %4 = arith.floordivsi %2, %3 : i32
  loop.store %4, %a2[d0]""",
)
ROUNDING = kernel(
    "[d0 = 70]",
    [tensor(70, dtype="f64"), tensor(70, dtype="bf16"), tensor(70, dtype="i64"), tensor(70, dtype="f16")],
    3,
    """  %0 = loop.load %a0[d0] : f64
  %c = arith.constant 10.0 : f64
  %1 = arith.mulf %0, %c : f64
  %2 = arith.truncf %1 : f64 to bf16
  %3 = arith.fptosi %1 : f64 to i64
  %4 = arith.sitofp %3 : i64 to f16
  loop.store %2, %a1[d0]
  loop.store %3, %a2[d0]
  loop.store %4, %a3[d0]""",
)
FULL_SUM = kernel(
    "[] reduce [r0 = 100, r1 = 70]",
    [tensor(100, 70), tensor()],
    1,
    """  %0 = loop.load %a0[r0 * 70 + r1] : f32
  %1 = loop.reduce sum %0 : f32
  loop.store %1, %a1[0]""",
)
COPY_SCALAR = kernel("[]", [tensor(), tensor()], 1, "  %0 = loop.load %a0[0] : f32\n  loop.store %0, %a1[0]")
COUNTED = kernel(
    "[d0 = 40, d1 = 70]",
    [tensor(40, dtype="i64"), tensor(40, dtype="i64"), tensor(40, dtype="i64")],
    1,
    """  %one = arith.constant 1 : i64
  %at = loop.load %a1[d0] : i64
  loop.store add %one, %a2[i0] (%at)""",
    "inits [0]",
)
_MODES = (
    ("mul", "f32", "f32"), ("max", "f32", "f32"), ("min", "f64", "f64"), ("add", "f64", "f64"), ("add", "i32", "i32"),
    ("min", "i64", "i64"), ("max", "u8", "i8"), ("add", "i8", "i8"), ("add", "bool", "i1"), ("mul", "bool", "i1"),
    ("add", "i16", "i16"), ("max", "bf16", "bf16"), ("min", "f16", "f16"),
)  # fmt: skip

GPU_CASES: dict[str, tuple[str, tuple[dict[str, int], ...]]] = CASES | {
    name: (text, ({},))
    for name, text in {
        **{f"scatter_{m}_{d}": scatter(8, 100, m, d, s) for m, d, s in _MODES},
        "batch_norm_apply": batch_norm_apply(3, 5, 49),
        "batched_transpose": batched_transpose(3, 48, 80),
        "batched_transpose_odd": batched_transpose(2, 33, 65),
        "bf16_vector_large": low_precision(300_001, "bf16"),
        "calls_f32": calls(100, "f32"),
        "calls_f64": calls(100, "f64"),
        "copy_scalar": COPY_SCALAR,
        "counted": COUNTED,
        "cumsum_rows_looped": scan("sum", 2, 40_000, True, "f64"),
        "cumargmax_cols_looped": scan("argmax", 3000, 33, False),
        "cummin_rows_looped": scan("min", 2, 17_000, True),
        "floor_division": FLOOR_DIVISION,
        "full_sum": FULL_SUM,
        "argmax_rows_looped": reduce_rows("argmax", 3, 20_001),
        "argmin_cols_looped": reduce_cols("argmin", 1000, 33),
        "any_rows_looped": reduce_rows("any", 3, 20_001, "bool", "i1"),
        "gather_rows_large": gather_rows(70, 300, 50),
        "layer_norm_4096": layer_norm(3, 4096, "bf16"),
        "layer_norm_looped": layer_norm(2, 40_001),
        "moments_cols_looped": moments_cols(3000, 33),
        "softmax_cols_looped": softmax_cols(2100, 70),
        "softmax_looped": softmax(2, 40_000),
        "logsumexp_guarded": guarded_logsumexp(2, 40_000),
        "layer_norm_f16": layer_norm(30, 72, "f16"),
        "logsumexp_looped": logsumexp(2, 65_536, "bf16"),
        "logsumexp_cols": softmax_cols(700, 70),
        "masked_mean": masked_mean(20, 100),
        "negative_remainders": negative_remainders(40),
        "pointwise_exact_blocks": pointwise("math.absf", 4096),
        "rounding": ROUNDING,
        "softmax_16384": softmax(2, 16_384),
        "sum_i8": reduce_rows("sum", 20, 100, "i8", "i8"),
        "sum_one_row": reduce_rows("sum", 1, 1),
        "sum_cols_bf16": reduce_cols("max", 300, 512, "bf16", "bf16"),
        "transpose_large": transpose_add(300, 520, "bf16", "bf16"),
    }.items()
}
