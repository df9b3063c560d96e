"""Transcendental and special functions; integers give floats."""

FACTS = "POINTWISE"

ROWS = """
exp.default(Tensor self) -> Tensor  # e**self
exp2.default(Tensor self) -> Tensor  # 2**self
expm1.default(Tensor self) -> Tensor  # e**self - 1
log.default(Tensor self) -> Tensor  # natural logarithm
log2.default(Tensor self) -> Tensor  # logarithm to base 2
log10.default(Tensor self) -> Tensor  # logarithm to base 10
log1p.default(Tensor self) -> Tensor  # log(1 + self)
logaddexp.default(Tensor self, Tensor other) -> Tensor  # log(e**self + e**other)
logaddexp2.default(Tensor self, Tensor other) -> Tensor  # log2(2**self + 2**other)
logit.default(Tensor self, float? eps=None) -> Tensor  # log(x / (1 - x)) of x = self clamped to [eps, 1 - eps]
logit_backward.default(Tensor grad_output, Tensor self, float? eps=None) -> Tensor  # gradient of logit
sin.default(Tensor self) -> Tensor  # sine
cos.default(Tensor self) -> Tensor  # cosine
tan.default(Tensor self) -> Tensor  # tangent
asin.default(Tensor self) -> Tensor  # inverse sine
acos.default(Tensor self) -> Tensor  # inverse cosine
atan.default(Tensor self) -> Tensor  # inverse tangent
atan2.default(Tensor self, Tensor other) -> Tensor  # angle of the point (other, self)
sinh.default(Tensor self) -> Tensor  # hyperbolic sine
cosh.default(Tensor self) -> Tensor  # hyperbolic cosine
tanh.default(Tensor self) -> Tensor  # hyperbolic tangent
asinh.default(Tensor self) -> Tensor  # inverse hyperbolic sine
acosh.default(Tensor self) -> Tensor  # inverse hyperbolic cosine
atanh.default(Tensor self) -> Tensor  # inverse hyperbolic tangent
sinc.default(Tensor self) -> Tensor  # sin(pi x) / (pi x), and 1 at 0
hypot.default(Tensor self, Tensor other) -> Tensor  # sqrt(self**2 + other**2)
erf.default(Tensor self) -> Tensor  # error function
erfc.default(Tensor self) -> Tensor  # 1 - erf(self)
erfinv.default(Tensor self) -> Tensor  # inverse error function
lgamma.default(Tensor self) -> Tensor  # log |gamma(self)|
digamma.default(Tensor self) -> Tensor  # derivative of lgamma
polygamma.default(int n, Tensor self) -> Tensor  # n-th derivative of digamma
mvlgamma.default(Tensor self, int p) -> Tensor  # multivariate log gamma of dimension p
igamma.default(Tensor self, Tensor other) -> Tensor  # regularised lower incomplete gamma function
igammac.default(Tensor self, Tensor other) -> Tensor  # regularised upper incomplete gamma function
i0.default(Tensor self) -> Tensor  # modified Bessel function of order 0
xlogy.Scalar_Other(Tensor self, Scalar other) -> Tensor  # self * log(other), 0 where self is 0
xlogy.Scalar_Self(Scalar self, Tensor other) -> Tensor  # self * log(other), 0 where self is 0
xlogy.Tensor(Tensor self, Tensor other) -> Tensor  # self * log(other), 0 where self is 0
special_airy_ai.default(Tensor x) -> Tensor  # Airy function Ai
special_bessel_j0.default(Tensor self) -> Tensor  # Bessel function of the first kind, order 0
special_bessel_j1.default(Tensor self) -> Tensor  # Bessel function of the first kind, order 1
special_bessel_y0.default(Tensor self) -> Tensor  # Bessel function of the second kind, order 0
special_bessel_y1.default(Tensor self) -> Tensor  # Bessel function of the second kind, order 1
special_chebyshev_polynomial_t.default(Tensor x, Tensor n) -> Tensor  # Chebyshev polynomial of the first kind, degree n, at x
special_chebyshev_polynomial_t.n_scalar(Tensor x, Scalar n) -> Tensor  # Chebyshev polynomial of the first kind, degree n, at x
special_chebyshev_polynomial_t.x_scalar(Scalar x, Tensor n) -> Tensor  # Chebyshev polynomial of the first kind, degree n, at x
special_chebyshev_polynomial_u.default(Tensor x, Tensor n) -> Tensor  # Chebyshev polynomial of the second kind, degree n, at x
special_chebyshev_polynomial_u.n_scalar(Tensor x, Scalar n) -> Tensor  # Chebyshev polynomial of the second kind, degree n, at x
special_chebyshev_polynomial_u.x_scalar(Scalar x, Tensor n) -> Tensor  # Chebyshev polynomial of the second kind, degree n, at x
special_chebyshev_polynomial_v.default(Tensor x, Tensor n) -> Tensor  # Chebyshev polynomial of the third kind, degree n, at x
special_chebyshev_polynomial_v.n_scalar(Tensor x, Scalar n) -> Tensor  # Chebyshev polynomial of the third kind, degree n, at x
special_chebyshev_polynomial_v.x_scalar(Scalar x, Tensor n) -> Tensor  # Chebyshev polynomial of the third kind, degree n, at x
special_chebyshev_polynomial_w.default(Tensor x, Tensor n) -> Tensor  # Chebyshev polynomial of the fourth kind, degree n, at x
special_chebyshev_polynomial_w.n_scalar(Tensor x, Scalar n) -> Tensor  # Chebyshev polynomial of the fourth kind, degree n, at x
special_chebyshev_polynomial_w.x_scalar(Scalar x, Tensor n) -> Tensor  # Chebyshev polynomial of the fourth kind, degree n, at x
special_entr.default(Tensor self) -> Tensor  # -x log x, 0 at 0, -inf below
special_erfcx.default(Tensor self) -> Tensor  # e**(x**2) * erfc(x)
special_hermite_polynomial_h.default(Tensor x, Tensor n) -> Tensor  # physicist's Hermite polynomial of degree n at x
special_hermite_polynomial_h.n_scalar(Tensor x, Scalar n) -> Tensor  # physicist's Hermite polynomial of degree n at x
special_hermite_polynomial_h.x_scalar(Scalar x, Tensor n) -> Tensor  # physicist's Hermite polynomial of degree n at x
special_hermite_polynomial_he.default(Tensor x, Tensor n) -> Tensor  # probabilist's Hermite polynomial of degree n at x
special_hermite_polynomial_he.n_scalar(Tensor x, Scalar n) -> Tensor  # probabilist's Hermite polynomial of degree n at x
special_hermite_polynomial_he.x_scalar(Scalar x, Tensor n) -> Tensor  # probabilist's Hermite polynomial of degree n at x
special_i0e.default(Tensor self) -> Tensor  # e**-|x| * i0(x)
special_i1.default(Tensor self) -> Tensor  # modified Bessel function of order 1
special_i1e.default(Tensor self) -> Tensor  # e**-|x| * i1(x)
special_laguerre_polynomial_l.default(Tensor x, Tensor n) -> Tensor  # Laguerre polynomial of degree n at x
special_laguerre_polynomial_l.n_scalar(Tensor x, Scalar n) -> Tensor  # Laguerre polynomial of degree n at x
special_laguerre_polynomial_l.x_scalar(Scalar x, Tensor n) -> Tensor  # Laguerre polynomial of degree n at x
special_legendre_polynomial_p.default(Tensor x, Tensor n) -> Tensor  # Legendre polynomial of degree n at x
special_legendre_polynomial_p.n_scalar(Tensor x, Scalar n) -> Tensor  # Legendre polynomial of degree n at x
special_legendre_polynomial_p.x_scalar(Scalar x, Tensor n) -> Tensor  # Legendre polynomial of degree n at x
special_log_ndtr.default(Tensor self) -> Tensor  # log of the normal distribution function
special_modified_bessel_i0.default(Tensor self) -> Tensor  # modified Bessel function of the first kind, order 0
special_modified_bessel_i1.default(Tensor self) -> Tensor  # modified Bessel function of the first kind, order 1
special_modified_bessel_k0.default(Tensor self) -> Tensor  # modified Bessel function of the second kind, order 0
special_modified_bessel_k1.default(Tensor self) -> Tensor  # modified Bessel function of the second kind, order 1
special_ndtri.default(Tensor self) -> Tensor  # inverse of the normal distribution function
special_scaled_modified_bessel_k0.default(Tensor x) -> Tensor  # e**x * k0(x)
special_scaled_modified_bessel_k1.default(Tensor x) -> Tensor  # e**x * k1(x)
special_shifted_chebyshev_polynomial_t.default(Tensor x, Tensor n) -> Tensor  # first-kind Chebyshev polynomial of degree n at 2x - 1
special_shifted_chebyshev_polynomial_t.n_scalar(Tensor x, Scalar n) -> Tensor  # first-kind Chebyshev polynomial of degree n at 2x - 1
special_shifted_chebyshev_polynomial_t.x_scalar(Scalar x, Tensor n) -> Tensor  # first-kind Chebyshev polynomial of degree n at 2x - 1
special_shifted_chebyshev_polynomial_u.default(Tensor x, Tensor n) -> Tensor  # second-kind Chebyshev polynomial of degree n at 2x - 1
special_shifted_chebyshev_polynomial_u.n_scalar(Tensor x, Scalar n) -> Tensor  # second-kind Chebyshev polynomial of degree n at 2x - 1
special_shifted_chebyshev_polynomial_u.x_scalar(Scalar x, Tensor n) -> Tensor  # second-kind Chebyshev polynomial of degree n at 2x - 1
special_shifted_chebyshev_polynomial_v.default(Tensor x, Tensor n) -> Tensor  # third-kind Chebyshev polynomial of degree n at 2x - 1
special_shifted_chebyshev_polynomial_v.n_scalar(Tensor x, Scalar n) -> Tensor  # third-kind Chebyshev polynomial of degree n at 2x - 1
special_shifted_chebyshev_polynomial_v.x_scalar(Scalar x, Tensor n) -> Tensor  # third-kind Chebyshev polynomial of degree n at 2x - 1
special_shifted_chebyshev_polynomial_w.default(Tensor x, Tensor n) -> Tensor  # fourth-kind Chebyshev polynomial of degree n at 2x - 1
special_shifted_chebyshev_polynomial_w.n_scalar(Tensor x, Scalar n) -> Tensor  # fourth-kind Chebyshev polynomial of degree n at 2x - 1
special_shifted_chebyshev_polynomial_w.x_scalar(Scalar x, Tensor n) -> Tensor  # fourth-kind Chebyshev polynomial of degree n at 2x - 1
special_spherical_bessel_j0.default(Tensor x) -> Tensor  # spherical Bessel function of order 0, sin(x) / x
special_xlog1py.default(Tensor self, Tensor other) -> Tensor  # self * log(1 + other), 0 where self is 0
special_xlog1py.other_scalar(Tensor self, Scalar other) -> Tensor  # self * log(1 + other), 0 where self is 0
special_xlog1py.self_scalar(Scalar self, Tensor other) -> Tensor  # self * log(1 + other), 0 where self is 0
special_zeta.default(Tensor self, Tensor other) -> Tensor  # Hurwitz zeta function zeta(self, other)
special_zeta.other_scalar(Tensor self, Scalar other) -> Tensor  # Hurwitz zeta function zeta(self, other)
special_zeta.self_scalar(Scalar self, Tensor other) -> Tensor  # Hurwitz zeta function zeta(self, other)
"""
