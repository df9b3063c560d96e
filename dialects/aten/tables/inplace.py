"""Ops that write to an argument, and return it."""

FACTS = "INPLACE"

ROWS = """
copy_.default(Tensor(a!) self, Tensor src, bool non_blocking=False) -> Tensor(a!)  # self = src
fill_.Scalar(Tensor(a!) self, Scalar value) -> Tensor(a!)  # self = value
fill_.Tensor(Tensor(a!) self, Tensor value) -> Tensor(a!)  # self = value
zero_.default(Tensor(a!) self) -> Tensor(a!)  # self = 0
add_.Scalar(Tensor(a!) self, Scalar other, Scalar alpha=1) -> Tensor(a!)  # self += alpha * other
add_.Tensor(Tensor(a!) self, Tensor other, *, Scalar alpha=1) -> Tensor(a!)  # self += alpha * other
sub_.Scalar(Tensor(a!) self, Scalar other, Scalar alpha=1) -> Tensor(a!)  # self -= alpha * other
sub_.Tensor(Tensor(a!) self, Tensor other, *, Scalar alpha=1) -> Tensor(a!)  # self -= alpha * other
mul_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)  # self *= other
mul_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)  # self *= other
div_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)  # self /= other
div_.Scalar_mode(Tensor(a!) self, Scalar other, *, str? rounding_mode) -> Tensor(a!)  # self /= other
div_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)  # self /= other
div_.Tensor_mode(Tensor(a!) self, Tensor other, *, str? rounding_mode) -> Tensor(a!)  # self /= other
pow_.Scalar(Tensor(a!) self, Scalar exponent) -> Tensor(a!)  # self **= exponent
pow_.Tensor(Tensor(a!) self, Tensor exponent) -> Tensor(a!)  # self **= exponent
neg_.default(Tensor(a!) self) -> Tensor(a!)  # self = -self
abs_.default(Tensor(a!) self) -> Tensor(a!)  # self = |self|
exp_.default(Tensor(a!) self) -> Tensor(a!)  # self = e**self
sqrt_.default(Tensor(a!) self) -> Tensor(a!)  # self = sqrt(self)
rsqrt_.default(Tensor(a!) self) -> Tensor(a!)  # self = 1 / sqrt(self)
reciprocal_.default(Tensor(a!) self) -> Tensor(a!)  # self = 1 / self
sigmoid_.default(Tensor(a!) self) -> Tensor(a!)  # self = sigmoid(self)
tanh_.default(Tensor(a!) self) -> Tensor(a!)  # self = tanh(self)
relu_.default(Tensor(a!) self) -> Tensor(a!)  # self = max(self, 0)
silu_.default(Tensor(a!) self) -> Tensor(a!)  # self = self * sigmoid(self)
leaky_relu_.default(Tensor(a!) self, Scalar negative_slope=0.01) -> Tensor(a!)  # self = leaky_relu(self)
hardtanh_.default(Tensor(a!) self, Scalar min_val=-1, Scalar max_val=1) -> Tensor(a!)  # self clamped to [min_val, max_val]
hardswish_.default(Tensor(a!) self) -> Tensor(a!)  # self = hardswish(self)
clamp_.default(Tensor(a!) self, Scalar? min=None, Scalar? max=None) -> Tensor(a!)  # self clamped to [min, max]
clamp_.Tensor(Tensor(a!) self, Tensor? min=None, Tensor? max=None) -> Tensor(a!)  # self clamped to [min, max]
clamp_min_.default(Tensor(a!) self, Scalar min) -> Tensor(a!)  # self = max(self, min)
clamp_min_.Tensor(Tensor(a!) self, Tensor min) -> Tensor(a!)  # self = max(self, min)
clamp_max_.default(Tensor(a!) self, Scalar max) -> Tensor(a!)  # self = min(self, max)
clamp_max_.Tensor(Tensor(a!) self, Tensor max) -> Tensor(a!)  # self = min(self, max)
addcmul_.default(Tensor(a!) self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor(a!)  # self += value * tensor1 * tensor2
addcdiv_.default(Tensor(a!) self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor(a!)  # self += value * tensor1 / tensor2
lerp_.Scalar(Tensor(a!) self, Tensor end, Scalar weight) -> Tensor(a!)  # self += weight * (end - self)
lerp_.Tensor(Tensor(a!) self, Tensor end, Tensor weight) -> Tensor(a!)  # self += weight * (end - self)
masked_fill_.Scalar(Tensor(a!) self, Tensor mask, Scalar value) -> Tensor(a!)  # self = value where mask
masked_fill_.Tensor(Tensor(a!) self, Tensor mask, Tensor value) -> Tensor(a!)  # self = value where mask
masked_scatter_.default(Tensor(a!) self, Tensor mask, Tensor source) -> Tensor(a!)  # self = elements of source where mask
index_put_.default(Tensor(a!) self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor(a!)  # self[indices] = values
index_add_.default(Tensor(a!) self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor(a!)  # self += alpha * source at index of dim
index_copy_.default(Tensor(a!) self, int dim, Tensor index, Tensor source) -> Tensor(a!)  # self = source at index of dim
index_fill_.int_Scalar(Tensor(a!) self, int dim, Tensor index, Scalar value) -> Tensor(a!)  # self = value at index of dim
index_fill_.int_Tensor(Tensor(a!) self, int dim, Tensor index, Tensor value) -> Tensor(a!)  # self = value at index of dim
scatter_.reduce(Tensor(a!) self, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor(a!)  # self = src at index along dim
scatter_.src(Tensor(a!) self, int dim, Tensor index, Tensor src) -> Tensor(a!)  # self = src at index along dim
scatter_.value(Tensor(a!) self, int dim, Tensor index, Scalar value) -> Tensor(a!)  # self = src at index along dim
scatter_.value_reduce(Tensor(a!) self, int dim, Tensor index, Scalar value, *, str reduce) -> Tensor(a!)  # self = src at index along dim
scatter_add_.default(Tensor(a!) self, int dim, Tensor index, Tensor src) -> Tensor(a!)  # self += src at index along dim
scatter_reduce_.two(Tensor(a!) self, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True) -> Tensor(a!)  # self reduced with src at index along dim
addmm_.default(Tensor(a!) self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor(a!)  # self = beta * self + alpha * (mat1 @ mat2)
baddbmm_.default(Tensor(a!) self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor(a!)  # self = beta * self + alpha * (batch1 @ batch2)
logical_and_.default(Tensor(a!) self, Tensor other) -> Tensor(a!)  # self = self and other
logical_or_.default(Tensor(a!) self, Tensor other) -> Tensor(a!)  # self = self or other
logical_not_.default(Tensor(a!) self) -> Tensor(a!)  # self = not self
bitwise_and_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)  # self &= other
bitwise_and_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)  # self &= other
bitwise_or_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)  # self |= other
bitwise_or_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)  # self |= other
bitwise_xor_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)  # self ^= other
bitwise_xor_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)  # self ^= other
tril_.default(Tensor(a!) self, SymInt diagonal=0) -> Tensor(a!)  # self = its lower triangle
triu_.default(Tensor(a!) self, SymInt diagonal=0) -> Tensor(a!)  # self = its upper triangle
cumsum_.default(Tensor(a!) self, int dim, *, ScalarType? dtype=None) -> Tensor(a!)  # self = its running sum
set_.source_Tensor(Tensor(a!) self, Tensor source) -> Tensor(a!)  # self takes the storage of source
resize_.default(Tensor(a!) self, SymInt[] size, *, MemoryFormat? memory_format=None) -> Tensor(a!)  # self in a new size
normal_.default(Tensor(a!) self, float mean=0., float std=1., *, Generator? generator=None) -> Tensor(a!)  # self drawn from a normal distribution !RANDOM
uniform_.default(Tensor(a!) self, float from=0., float to=1., *, Generator? generator=None) -> Tensor(a!)  # self drawn uniformly !RANDOM
bernoulli_.Tensor(Tensor(a!) self, Tensor p, *, Generator? generator=None) -> Tensor(a!)  # self drawn, 1 with probability p !RANDOM
bernoulli_.float(Tensor(a!) self, float p=0.5, *, Generator? generator=None) -> Tensor(a!)  # self drawn, 1 with probability p !RANDOM
random_.default(Tensor(a!) self, *, Generator? generator=None) -> Tensor(a!)  # self drawn from integers !RANDOM
random_.from(Tensor(a!) self, int from, int? to, *, Generator? generator=None) -> Tensor(a!)  # self drawn from integers !RANDOM
random_.to(Tensor(a!) self, int to, *, Generator? generator=None) -> Tensor(a!)  # self drawn from integers !RANDOM
exponential_.default(Tensor(a!) self, float lambd=1., *, Generator? generator=None) -> Tensor(a!)  # self drawn from an exponential distribution !RANDOM
"""
