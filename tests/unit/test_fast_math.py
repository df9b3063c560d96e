"""The short forms of functions are far more exact than the 16-bit types that their results are rounded to."""

from __future__ import annotations

import math

import numpy as np
import pytest
from xdsl.dialects import arith
from xdsl.dialects import math as xmath

from fxopt.dialects.registry import make_context
from fxopt.dialects.tt.interpret import find_kernel, run_kernel
from fxopt.dialects.tt.transforms.tt_expand_math import expand_math
from fxopt.ir.parser import MlirParser

SPECIAL = [0.0, -0.0, math.inf, -math.inf, math.nan, 1e30, -1e30]
POINTS = np.concatenate([
    np.linspace(-6, 6, 3001), np.logspace(-30, -1, 500), -np.logspace(-30, -1, 500), np.linspace(-80, 80, 83), SPECIAL
]).astype(np.float32)  # fmt: skip
POINTS = np.resize(POINTS, 4096)
TEXT = """
tt.func public @k(%x: !tt.ptr<f32>, %y: !tt.ptr<f32>) {{
  %at = tt.make_range {{start = 0 : i32, end = 4096 : i32}} : tensor<4096xi32>
  %xs = tt.splat %x : !tt.ptr<f32> -> tensor<4096x!tt.ptr<f32>>
  %ys = tt.splat %y : !tt.ptr<f32> -> tensor<4096x!tt.ptr<f32>>
  %xp = tt.addptr %xs, %at : tensor<4096x!tt.ptr<f32>>, tensor<4096xi32>
  %yp = tt.addptr %ys, %at : tensor<4096x!tt.ptr<f32>>, tensor<4096xi32>
  %0 = tt.load %xp : tensor<4096x!tt.ptr<f32>>
  {body}
  tt.store %yp, %r : tensor<4096x!tt.ptr<f32>>
  tt.return
}}
"""
LOGISTIC = """%one = arith.constant dense<1.0> : tensor<4096xf32>
  %e = math.exp %0 : tensor<4096xf32>
  %d = arith.addf %e, %one : tensor<4096xf32>
  %r = arith.divf %one, %d : tensor<4096xf32>"""
CASES = {
    "exp": ("%r = math.exp %0 : tensor<4096xf32>", np.exp, -18),
    "exp2": ("%r = math.exp2 %0 : tensor<4096xf32>", np.exp2, -22),
    "tanh": ("%r = math.tanh %0 : tensor<4096xf32>", np.tanh, -18),
    "erf": ("%r = math.erf %0 : tensor<4096xf32>", np.vectorize(math.erf), -17),
    "logistic": (LOGISTIC, lambda x: 1 / (1 + np.exp(x)), -17),
}


@pytest.mark.parametrize("name", CASES)
def test_error(name):
    body, reference, limit = CASES[name]
    function = find_kernel(MlirParser(make_context(), TEXT.format(body=body)).parse_module())
    expand_math(function, precision="fast")
    assert not any(isinstance(op, xmath.ExpOp | xmath.TanhOp | xmath.ErfOp | arith.DivfOp) for op in function.walk())
    actual = np.zeros(4096, np.float32)
    run_kernel(function, (1,), [POINTS, actual])
    with np.errstate(all="ignore"):
        expected = reference(POINTS.astype(np.float64))
        normal = np.isfinite(expected) & (np.abs(expected) > 1e-36) & (np.abs(expected) < 1e38)
        error = np.abs(actual[normal] - expected[normal]) / np.abs(expected[normal])
    assert error.max() < 2.0**limit
    np.testing.assert_array_equal(np.isnan(actual), np.isnan(expected))
    np.testing.assert_array_equal(np.isinf(actual), np.abs(expected) > 3.5e38)
    if name in ("tanh", "erf"):
        np.testing.assert_array_equal(np.signbit(actual[normal]), np.signbit(expected[normal]))
