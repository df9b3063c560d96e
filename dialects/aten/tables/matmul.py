"""Matrix products."""

FACTS = ""

ROWS = """
mm.default(Tensor self, Tensor mat2) -> Tensor  # self @ mat2, [M, K] x [K, N]
mm.dtype(Tensor self, Tensor mat2, ScalarType out_dtype) -> Tensor  # self @ mat2, [M, K] x [K, N]
bmm.default(Tensor self, Tensor mat2) -> Tensor  # self @ mat2, [B, M, K] x [B, K, N]
bmm.dtype(Tensor self, Tensor mat2, ScalarType out_dtype) -> Tensor  # self @ mat2, [B, M, K] x [B, K, N]
addmm.default(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor  # beta * self + alpha * (mat1 @ mat2)
addmm.dtype(Tensor self, Tensor mat1, Tensor mat2, ScalarType out_dtype, *, Scalar beta=1, Scalar alpha=1) -> Tensor  # beta * self + alpha * (mat1 @ mat2)
baddbmm.default(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor  # beta * self + alpha * (batch1 @ batch2)
baddbmm.dtype(Tensor self, Tensor batch1, Tensor batch2, ScalarType out_dtype, *, Scalar beta=1, Scalar alpha=1) -> Tensor  # beta * self + alpha * (batch1 @ batch2)
addbmm.default(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor  # beta * self + alpha * sum of batch1 @ batch2
addmv.default(Tensor self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1) -> Tensor  # beta * self + alpha * (mat @ vec)
addr.default(Tensor self, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1) -> Tensor  # beta * self + alpha * outer(vec1, vec2)
mv.default(Tensor self, Tensor vec) -> Tensor  # self @ vec, [M, K] x [K]
dot.default(Tensor self, Tensor tensor) -> Tensor  # sum of self * tensor, [K] x [K]
vdot.default(Tensor self, Tensor other) -> Tensor  # sum of conj(self) * other, [K] x [K]
matmul.default(Tensor self, Tensor other) -> Tensor  # self @ other, batch dims broadcast
linear.default(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor  # input @ weight.T + bias
linear_backward.default(Tensor self, Tensor grad_output, Tensor weight, bool[3] output_mask) -> (Tensor, Tensor, Tensor)  # gradients of linear
matmul_backward.default(Tensor grad, Tensor self, Tensor other, bool[2] mask) -> (Tensor, Tensor)  # gradients of matmul
bilinear.default(Tensor input1, Tensor input2, Tensor weight, Tensor? bias=None) -> Tensor  # input1 @ weight @ input2 + bias
_trilinear.default(Tensor i1, Tensor i2, Tensor i3, int[] expand1, int[] expand2, int[] expand3, int[] sumdim, int unroll_dim=1) -> Tensor  # sum of i1 * i2 * i3 over sumdim
einsum.default(str equation, Tensor[] tensors, *, int[]? path=None) -> Tensor  # Einstein summation !MAYBE_VIEW
inner.default(Tensor self, Tensor other) -> Tensor  # sum over the last dims
outer.default(Tensor self, Tensor vec2) -> Tensor  # self[:, None] * vec2
ger.default(Tensor self, Tensor vec2) -> Tensor  # self[:, None] * vec2
tensordot.default(Tensor self, Tensor other, int[] dims_self, int[] dims_other) -> Tensor  # contraction of dims_self with dims_other !MAYBE_VIEW
kron.default(Tensor self, Tensor other) -> Tensor  # Kronecker product
chain_matmul.default(Tensor[] matrices) -> Tensor  # product of matrices !MAYBE_VIEW
_int_mm.default(Tensor self, Tensor mat2) -> Tensor  # self @ mat2, i8 to i32
_scaled_mm.default(Tensor self, Tensor mat2, Tensor scale_a, Tensor scale_b, Tensor? bias=None, Tensor? scale_result=None, ScalarType? out_dtype=None, bool use_fast_accum=False) -> Tensor  # self @ mat2 with scales, f8
_grouped_mm.default(Tensor self, Tensor mat2, Tensor? offs=None, Tensor? bias=None, ScalarType? out_dtype=None) -> Tensor  # products of groups
_addmm_activation.default(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1, bool use_gelu=False) -> Tensor  # relu or gelu of addmm
_weight_int4pack_mm.default(Tensor self, Tensor mat2, int qGroupSize, Tensor qScaleAndZeros) -> Tensor  # product with packed 4-bit weights
_weight_int8pack_mm.default(Tensor self, Tensor mat2, Tensor scales) -> Tensor  # product with 8-bit weights
_mixed_dtypes_linear.default(Tensor input, Tensor weight, Tensor scale, *, Tensor? bias=None, str? activation=None) -> Tensor  # linear with quantised weights
cdist.default(Tensor x1, Tensor x2, float p=2., int? compute_mode=None) -> Tensor  # distances of all pairs of rows
_cdist_forward.default(Tensor x1, Tensor x2, float p, int? compute_mode) -> Tensor  # distances of all pairs of rows
_cdist_backward.default(Tensor grad, Tensor x1, Tensor x2, float p, Tensor cdist) -> Tensor  # gradient of _cdist_forward
_euclidean_dist.default(Tensor x1, Tensor x2) -> Tensor  # Euclidean distances of all pairs of rows
_pdist_forward.default(Tensor self, float p=2.) -> Tensor  # distances of pairs of rows
_pdist_backward.default(Tensor grad, Tensor self, float p, Tensor pdist) -> Tensor  # gradient of _pdist_forward
"""
