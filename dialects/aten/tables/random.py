"""Random numbers: each call draws anew from the generator."""

FACTS = "RANDOM"

ROWS = """
rand.default(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor  # uniform in [0, 1)
rand.generator(SymInt[] size, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor  # uniform in [0, 1)
rand_like.default(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor  # uniform in [0, 1), in the shape of self
rand_like.generator(Tensor self, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor  # uniform in [0, 1), in the shape of self
randn.default(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor  # standard normal
randn.generator(SymInt[] size, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor  # standard normal
randn_like.default(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor  # standard normal, in the shape of self
randn_like.generator(Tensor self, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor  # standard normal, in the shape of self
randint.default(SymInt high, SymInt[] size, *, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor  # integers in [low, high)
randint.generator(SymInt high, SymInt[] size, *, Generator? generator, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor  # integers in [low, high)
randint.low(SymInt low, SymInt high, SymInt[] size, *, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor  # integers in [low, high)
randint.low_generator(SymInt low, SymInt high, SymInt[] size, *, Generator? generator, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor  # integers in [low, high)
randint_like.default(Tensor self, SymInt high, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor  # integers in [low, high), in the shape of self
randint_like.Tensor(Tensor self, Tensor high, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor  # integers in [low, high), in the shape of self
randint_like.Tensor_generator(Tensor self, Tensor high, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor  # integers in [low, high), in the shape of self
randint_like.generator(Tensor self, SymInt high, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor  # integers in [low, high), in the shape of self
randint_like.low_dtype(Tensor self, SymInt low, SymInt high, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor  # integers in [low, high), in the shape of self
randint_like.low_generator_dtype(Tensor self, SymInt low, SymInt high, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor  # integers in [low, high), in the shape of self
randperm.default(SymInt n, *, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor  # a random permutation
randperm.generator(SymInt n, *, Generator? generator, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor  # a random permutation
bernoulli.default(Tensor self, *, Generator? generator=None) -> Tensor  # 1 with probability self (or p), else 0
bernoulli.Tensor(Tensor self, Tensor p, *, Generator? generator=None) -> Tensor  # 1 with probability self (or p), else 0
bernoulli.p(Tensor self, float p, *, Generator? generator=None) -> Tensor  # 1 with probability self (or p), else 0
normal.Tensor_Tensor(Tensor mean, Tensor std, *, Generator? generator=None) -> Tensor  # normal with the given mean and standard deviation
normal.Tensor_float(Tensor mean, float std=1., *, Generator? generator=None) -> Tensor  # normal with the given mean and standard deviation
normal.float_Tensor(float mean, Tensor std, *, Generator? generator=None) -> Tensor  # normal with the given mean and standard deviation
normal.float_float(float mean, float std, SymInt[] size, *, Generator? generator=None, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor  # normal with the given mean and standard deviation
normal_functional.default(Tensor self, float mean=0., float std=1., *, Generator? generator=None) -> Tensor  # normal, in the shape of self
uniform.default(Tensor self, float from=0., float to=1., *, Generator? generator=None) -> Tensor  # uniform in [from, to), in the shape of self
exponential.default(Tensor self, float lambd=1., *, Generator? generator=None) -> Tensor  # exponential with rate lambd
geometric.default(Tensor self, float p, *, Generator? generator=None) -> Tensor  # geometric with probability p
cauchy.default(Tensor self, float median=0., float sigma=1., *, Generator? generator=None) -> Tensor  # Cauchy
log_normal.default(Tensor self, float mean=1., float std=2., *, Generator? generator=None) -> Tensor  # log-normal
random.default(Tensor self, *, Generator? generator=None) -> Tensor  # integers, in the shape of self
random.from(Tensor self, int from, int? to, *, Generator? generator=None) -> Tensor  # integers, in the shape of self
random.to(Tensor self, int to, *, Generator? generator=None) -> Tensor  # integers, in the shape of self
multinomial.default(Tensor self, SymInt num_samples, bool replacement=False, *, Generator? generator=None) -> Tensor  # indices drawn by weight
poisson.default(Tensor self, Generator? generator=None) -> Tensor  # Poisson with rate self
binomial.default(Tensor count, Tensor prob, Generator? generator=None) -> Tensor  # binomial with count and prob
_standard_gamma.default(Tensor self, Generator? generator=None) -> Tensor  # gamma with shape self
_sample_dirichlet.default(Tensor self, Generator? generator=None) -> Tensor  # Dirichlet with concentration self
native_dropout.default(Tensor input, float p, bool? train) -> (Tensor, Tensor)  # (input * mask / (1 - p), mask) with mask drawn
dropout.default(Tensor input, float p, bool train) -> Tensor  # input * mask / (1 - p) with mask drawn !MAYBE_VIEW
alpha_dropout.default(Tensor input, float p, bool train) -> Tensor  # dropout that keeps mean and variance !MAYBE_VIEW
feature_dropout.default(Tensor input, float p, bool train) -> Tensor  # dropout of whole channels !MAYBE_VIEW
feature_alpha_dropout.default(Tensor input, float p, bool train) -> Tensor  # alpha_dropout of whole channels !MAYBE_VIEW
_fused_dropout.default(Tensor self, float p, Generator? generator=None) -> (Tensor, Tensor)  # (dropped out, mask)
rrelu.default(Tensor self, Scalar lower=0.125, Scalar upper=0.33333333333333331, bool training=False, Generator? generator=None) -> Tensor  # leaky_relu with a random slope !MAYBE_VIEW
rrelu_with_noise_functional.default(Tensor self, Tensor noise, Scalar lower=0.125, Scalar upper=0.33333333333333331, bool training=False, Generator? generator=None) -> (Tensor, Tensor noise_out)  # (leaky_relu with a random slope, noise)
"""
