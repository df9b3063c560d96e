"""Factorisations, solvers and Fourier transforms."""

FACTS = ""

ROWS = """
cholesky.default(Tensor self, bool upper=False) -> Tensor  # Cholesky factor
cholesky_inverse.default(Tensor self, bool upper=False) -> Tensor  # inverse from the Cholesky factor
cholesky_solve.default(Tensor self, Tensor input2, bool upper=False) -> Tensor  # solution from the Cholesky factor
_cholesky_solve_helper.default(Tensor self, Tensor A, bool upper) -> Tensor  # solution from the Cholesky factor
linalg_cholesky.default(Tensor self, *, bool upper=False) -> Tensor  # Cholesky factor
linalg_cholesky_ex.default(Tensor self, *, bool upper=False, bool check_errors=False) -> (Tensor L, Tensor info)  # (Cholesky factor, info)
linalg_inv.default(Tensor A) -> Tensor  # inverse
linalg_inv_ex.default(Tensor A, *, bool check_errors=False) -> (Tensor inverse, Tensor info)  # (inverse, info)
inverse.default(Tensor self) -> Tensor  # inverse
linalg_det.default(Tensor A) -> Tensor  # determinant
_linalg_det.default(Tensor A) -> (Tensor result, Tensor LU, Tensor pivots)  # (determinant, LU, pivots)
linalg_slogdet.default(Tensor A) -> (Tensor sign, Tensor logabsdet)  # (sign, log |det|)
_linalg_slogdet.default(Tensor A) -> (Tensor sign, Tensor logabsdet, Tensor LU, Tensor pivots)  # (sign, log |det|, LU, pivots)
linalg_eig.default(Tensor self) -> (Tensor eigenvalues, Tensor eigenvectors)  # (eigenvalues, eigenvectors)
linalg_eigvals.default(Tensor self) -> Tensor  # eigenvalues
_linalg_eigvals.default(Tensor self) -> Tensor  # eigenvalues
linalg_eigh.default(Tensor self, str UPLO="L") -> (Tensor eigenvalues, Tensor eigenvectors)  # (eigenvalues, eigenvectors) of a Hermitian matrix
linalg_eigvalsh.default(Tensor self, str UPLO="L") -> Tensor  # eigenvalues of a Hermitian matrix
_linalg_eigh.default(Tensor A, str UPLO="L", bool compute_v=True) -> (Tensor eigenvalues, Tensor eigenvectors)  # (eigenvalues, eigenvectors) of a Hermitian matrix
linalg_svd.default(Tensor A, bool full_matrices=True, *, str? driver=None) -> (Tensor U, Tensor S, Tensor Vh)  # (U, S, Vh)
linalg_svdvals.default(Tensor A, *, str? driver=None) -> Tensor  # singular values
_linalg_svd.default(Tensor A, bool full_matrices=False, bool compute_uv=True, *, str? driver=None) -> (Tensor U, Tensor S, Tensor Vh)  # (U, S, Vh)
linalg_qr.default(Tensor A, str mode="reduced") -> (Tensor Q, Tensor R)  # (Q, R)
linalg_lu.default(Tensor A, *, bool pivot=True) -> (Tensor P, Tensor L, Tensor U)  # (P, L, U)
linalg_lu_factor.default(Tensor A, *, bool pivot=True) -> (Tensor LU, Tensor pivots)  # (LU, pivots)
linalg_lu_factor_ex.default(Tensor A, *, bool pivot=True, bool check_errors=False) -> (Tensor LU, Tensor pivots, Tensor info)  # (LU, pivots, info)
linalg_lu_solve.default(Tensor LU, Tensor pivots, Tensor B, *, bool left=True, bool adjoint=False) -> Tensor  # solution from LU
lu_unpack.default(Tensor LU_data, Tensor LU_pivots, bool unpack_data=True, bool unpack_pivots=True) -> (Tensor P, Tensor L, Tensor U)  # (P, L, U) from LU
linalg_solve.default(Tensor A, Tensor B, *, bool left=True) -> Tensor  # solution of A X = B
linalg_solve_ex.default(Tensor A, Tensor B, *, bool left=True, bool check_errors=False) -> (Tensor result, Tensor info)  # (solution, info)
_linalg_solve_ex.default(Tensor A, Tensor B, *, bool left=True, bool check_errors=False) -> (Tensor result, Tensor LU, Tensor pivots, Tensor info)  # (solution, LU, pivots, info)
linalg_solve_triangular.default(Tensor self, Tensor B, *, bool upper, bool left=True, bool unitriangular=False) -> Tensor  # solution with a triangular matrix
triangular_solve.default(Tensor self, Tensor A, bool upper=True, bool transpose=False, bool unitriangular=False) -> (Tensor solution, Tensor cloned_coefficient)  # (solution, copy of A)
linalg_lstsq.default(Tensor self, Tensor b, float? rcond=None, *, str? driver=None) -> (Tensor solution, Tensor residuals, Tensor rank, Tensor singular_values)  # (least squares solution, residuals, rank, singular values)
linalg_ldl_factor_ex.default(Tensor self, *, bool hermitian=False, bool check_errors=False) -> (Tensor LD, Tensor pivots, Tensor info)  # (LD, pivots, info)
linalg_ldl_solve.default(Tensor LD, Tensor pivots, Tensor B, *, bool hermitian=False) -> Tensor  # solution from LDL
linalg_matrix_exp.default(Tensor self) -> Tensor  # matrix exponential
matrix_exp.default(Tensor self) -> Tensor  # matrix exponential
linalg_householder_product.default(Tensor input, Tensor tau) -> Tensor  # product of Householder reflections
linalg_pinv.default(Tensor self, float rcond, bool hermitian=False) -> Tensor  # pseudo-inverse
linalg_pinv.atol_rtol_float(Tensor self, *, float? atol=None, float? rtol=None, bool hermitian=False) -> Tensor  # pseudo-inverse
linalg_pinv.atol_rtol_tensor(Tensor self, *, Tensor? atol=None, Tensor? rtol=None, bool hermitian=False) -> Tensor  # pseudo-inverse
linalg_pinv.rcond_tensor(Tensor self, Tensor rcond, bool hermitian=False) -> Tensor  # pseudo-inverse
linalg_matrix_power.default(Tensor self, int n) -> Tensor  # integer power of a matrix !MAYBE_VIEW
linalg_multi_dot.default(Tensor[] tensors) -> Tensor  # product of matrices !MAYBE_VIEW
geqrf.default(Tensor self) -> (Tensor a, Tensor tau)  # (QR packed, tau)
orgqr.default(Tensor self, Tensor input2) -> Tensor  # product of Householder reflections
ormqr.default(Tensor self, Tensor input2, Tensor input3, bool left=True, bool transpose=False) -> Tensor  # product with Q
_fft_c2c.default(Tensor self, SymInt[] dim, int normalization, bool forward) -> Tensor  # complex Fourier transform over dim
_fft_r2c.default(Tensor self, int[] dim, int normalization, bool onesided) -> Tensor  # Fourier transform of reals over dim
_fft_c2r.default(Tensor self, int[] dim, int normalization, SymInt last_dim_size) -> Tensor  # inverse Fourier transform to reals over dim
stft.default(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool normalized=False, bool? onesided=None, bool? return_complex=None, bool? align_to_window=None) -> Tensor  # short-time Fourier transform
stft.center(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool center=True, str pad_mode="reflect", bool normalized=False, bool? onesided=None, bool? return_complex=None, bool? align_to_window=None) -> Tensor  # short-time Fourier transform
istft.default(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool center=True, bool normalized=False, bool? onesided=None, int? length=None, bool return_complex=False) -> Tensor  # inverse short-time Fourier transform
"""
