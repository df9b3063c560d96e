"""Why an operator is called instead of lowered: the `reason` of its `loop.extern`."""

from __future__ import annotations

_REASONS: dict[str, str] = {
    "gemm": """mm addmm bmm baddbmm addbmm mv addmv dot vdot matmul linear addr _int_mm _scaled_mm _grouped_mm
        _addmm_activation mkldnn_linear _weight_int8pack_mm _weight_int4pack_mm _trilinear bilinear ger outer""",
    "convolution": """convolution convolution_backward _convolution conv1d conv2d conv3d conv_transpose1d
        convolution_overrideable convolution_backward_overrideable mkldnn_convolution slow_conv3d
        _slow_conv2d_forward _slow_conv2d_backward cudnn_convolution miopen_convolution""",
    "attention": """_scaled_dot_product_flash_attention _scaled_dot_product_flash_attention_for_cpu
        _scaled_dot_product_efficient_attention _scaled_dot_product_cudnn_attention
        _scaled_dot_product_flash_attention_backward _scaled_dot_product_flash_attention_for_cpu_backward
        _scaled_dot_product_efficient_attention_backward _scaled_dot_product_cudnn_attention_backward
        _scaled_dot_product_fused_attention_overrideable _scaled_dot_product_fused_attention_overrideable_backward
        scaled_dot_product_attention _flash_attention_forward _flash_attention_backward
        _efficient_attention_forward _efficient_attention_backward _cudnn_attention_forward
        _native_multi_head_attention _transformer_encoder_layer_fwd _triton_scaled_dot_attention""",
    "sort": """sort topk kthvalue median nanmedian mode msort argsort unique_dim _unique2 unique_consecutive
        searchsorted bucketize""",
    "histogram": "histc bincount histogram _histogramdd_bin_edges _histogramdd_from_bin_cts histogramdd",
    "fft": "_fft_c2c _fft_r2c _fft_c2r stft istft",
    "linalg": """linalg_svd _linalg_svd linalg_qr linalg_cholesky_ex linalg_inv_ex linalg_lu linalg_lu_factor_ex
        linalg_lu_solve linalg_solve_triangular _linalg_solve_ex _linalg_det _linalg_slogdet _linalg_eigh
        _linalg_eigvals linalg_eig linalg_eigvals linalg_lstsq linalg_ldl_factor_ex linalg_ldl_solve
        linalg_householder_product linalg_matrix_exp linalg_pinv cholesky cholesky_inverse cholesky_solve
        triangular_solve ormqr geqrf lu_unpack _linalg_check_errors matrix_exp cdist _cdist_forward
        _cdist_backward _pdist_forward _pdist_backward _euclidean_dist""",
    "random": """rand randn randint randperm rand_like randn_like randint_like bernoulli bernoulli_ multinomial
        normal normal_functional uniform uniform_ exponential exponential_ cauchy cauchy_ geometric geometric_
        log_normal log_normal_ random random_ poisson binomial dropout alpha_dropout feature_dropout native_dropout
        _fused_dropout rrelu_with_noise rrelu_with_noise_functional _standard_gamma _sample_dirichlet
        _dirichlet_grad _standard_gamma_grad""",
    "recurrent": """lstm gru rnn_tanh rnn_relu _thnn_fused_lstm_cell _thnn_fused_gru_cell _cudnn_rnn mkldnn_rnn_layer
        mkldnn_rnn_layer_backward _cudnn_rnn_backward""",
    "reads a value on the host": "_local_scalar_dense item nonzero masked_select equal is_nonzero",
    "mutation": "copy_ set_ resize_ _resize_output_ storage_offset",
    "pooling": """max_pool2d_with_indices_backward max_pool3d_with_indices_backward avg_pool2d_backward
        avg_pool3d_backward _adaptive_avg_pool2d_backward _adaptive_avg_pool3d_backward adaptive_max_pool2d_backward
        adaptive_max_pool3d_backward fractional_max_pool2d fractional_max_pool3d fractional_max_pool2d_backward
        fractional_max_pool3d_backward max_unpool2d max_unpool3d""",
    "allocation": "empty empty_strided empty_like new_empty new_empty_strided empty_permuted",
    "size": "sym_size sym_stride sym_numel sym_storage_offset",
    "sparse layout": "_sparse_mm sparse_coo_tensor to_sparse _to_dense _sparse_sum _spdiags",
    "special function": """polygamma igamma igammac mvlgamma special_airy_ai special_chebyshev_polynomial_t
        special_chebyshev_polynomial_u special_chebyshev_polynomial_v special_chebyshev_polynomial_w special_erfcx
        special_hermite_polynomial_h special_hermite_polynomial_he special_laguerre_polynomial_l
        special_legendre_polynomial_p special_log_ndtr special_shifted_chebyshev_polynomial_t
        special_shifted_chebyshev_polynomial_u special_shifted_chebyshev_polynomial_v
        special_shifted_chebyshev_polynomial_w special_zeta gcd lcm""",
    "quantised": """quantize_per_tensor dequantize quantize_per_channel fake_quantize_per_tensor_affine_cachemask
        fake_quantize_per_channel_affine_cachemask _fake_quantize_per_tensor_affine_cachemask_tensor_qparams""",
    "ctc loss": "_ctc_loss _ctc_loss_backward _cudnn_ctc_loss",
}

EXTERN_REASONS: dict[str, str] = {name: reason for reason, names in _REASONS.items() for name in names.split()}
"""ATen operator (no namespace, no overload) -> reason, for those that are called by design."""


def _reason_by_name(operator: str) -> str:
    if operator.startswith("_foreach_"):
        return "foreach"
    return "mutation" if operator.endswith("_") and not operator.endswith("__") else "no lowering"


def extern_reason(target: str) -> str:
    """The reason for calling `target` (`aten.mm.default`): from the table, else `no lowering`."""
    namespace, _, rest = target.partition(".")
    operator = rest.split(".")[0]
    if namespace == "aten":
        reason = EXTERN_REASONS.get(operator)
        if reason is None:
            reason = _reason_by_name(operator)
        return reason
    return "higher-order operator" if not rest or namespace == "higher_order" else "custom operator"


LIBRARY_REASONS = frozenset(
    {
        "gemm",
        "convolution",
        "attention",
        "pooling",
        "sort",
        "fft",
        "linalg",
        "recurrent",
        "mutation",
        "size",
        "allocation",
    }
)
"""Reasons that stand for a library kernel by design; every other reason is a fallback."""
