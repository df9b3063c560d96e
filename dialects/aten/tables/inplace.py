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
resize_as_.default(Tensor(a!) self, Tensor the_template, *, MemoryFormat? memory_format=None) -> Tensor(a!)  # self in the size of the_template
squeeze_.default(Tensor(a!) self) -> Tensor(a!)  # self without dims of size 1
squeeze_.dim(Tensor(a!) self, int dim) -> Tensor(a!)  # self without dims of size 1
squeeze_.dims(Tensor(a!) self, int[] dim) -> Tensor(a!)  # self without dims of size 1
unsqueeze_.default(Tensor(a!) self, int dim) -> Tensor(a!)  # self with a dim of size 1 at dim
transpose_.default(Tensor(a!) self, int dim0, int dim1) -> Tensor(a!)  # self with two dims swapped
t_.default(Tensor(a!) self) -> Tensor(a!)  # self transposed
as_strided_.default(Tensor(a!) self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor(a!)  # self with other sizes and strides
detach_.default(Tensor(a!) self) -> Tensor(a!)  # self without a gradient
ceil_.default(Tensor(a!) self) -> Tensor(a!)  # self = ceil(self)
floor_.default(Tensor(a!) self) -> Tensor(a!)  # self = floor(self)
round_.default(Tensor(a!) self) -> Tensor(a!)  # self = round(self)
round_.decimals(Tensor(a!) self, *, int decimals) -> Tensor(a!)  # self = round(self)
trunc_.default(Tensor(a!) self) -> Tensor(a!)  # self = trunc(self)
sin_.default(Tensor(a!) self) -> Tensor(a!)  # self = sin(self)
cos_.default(Tensor(a!) self) -> Tensor(a!)  # self = cos(self)
log_.default(Tensor(a!) self) -> Tensor(a!)  # self = log(self)
erf_.default(Tensor(a!) self) -> Tensor(a!)  # self = erf(self)
square_.default(Tensor(a!) self) -> Tensor(a!)  # self = self * self
elu_.default(Tensor(a!) self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor(a!)  # self = elu(self)
remainder_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)  # self = remainder(self, other)
remainder_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)  # self = remainder(self, other)
floor_divide_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)  # self = floor(self / other)
floor_divide_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)  # self = floor(self / other)
renorm_.default(Tensor(a!) self, Scalar p, int dim, Scalar maxnorm) -> Tensor(a!)  # self = renorm(self)
put_.default(Tensor(a!) self, Tensor index, Tensor source, bool accumulate=False) -> Tensor(a!)  # self with source at flat indices
_index_put_impl_.default(Tensor(a!) self, Tensor?[] indices, Tensor values, bool accumulate=False, bool unsafe=False) -> Tensor(a!)  # self[indices] = values
_batch_norm_with_update.default(Tensor input, Tensor? weight, Tensor? bias, Tensor(a!) running_mean, Tensor(b!) running_var, float momentum, float eps) -> (Tensor, Tensor, Tensor, Tensor)  # (batch_norm, mean, rstd, reserve); running statistics updated
rrelu_with_noise.default(Tensor self, Tensor(b!) noise, Scalar lower=0.125, Scalar upper=0.33333333333333331, bool training=False, Generator? generator=None) -> Tensor  # leaky_relu with a random slope; noise is written !RANDOM
normal_.default(Tensor(a!) self, float mean=0., float std=1., *, Generator? generator=None) -> Tensor(a!)  # self drawn from a normal distribution !RANDOM
uniform_.default(Tensor(a!) self, float from=0., float to=1., *, Generator? generator=None) -> Tensor(a!)  # self drawn uniformly !RANDOM
bernoulli_.Tensor(Tensor(a!) self, Tensor p, *, Generator? generator=None) -> Tensor(a!)  # self drawn, 1 with probability p !RANDOM
bernoulli_.float(Tensor(a!) self, float p=0.5, *, Generator? generator=None) -> Tensor(a!)  # self drawn, 1 with probability p !RANDOM
random_.default(Tensor(a!) self, *, Generator? generator=None) -> Tensor(a!)  # self drawn from integers !RANDOM
random_.from(Tensor(a!) self, int from, int? to, *, Generator? generator=None) -> Tensor(a!)  # self drawn from integers !RANDOM
random_.to(Tensor(a!) self, int to, *, Generator? generator=None) -> Tensor(a!)  # self drawn from integers !RANDOM
geometric_.default(Tensor(a!) self, float p, *, Generator? generator=None) -> Tensor(a!)  # self drawn from a geometric distribution !RANDOM
cauchy_.default(Tensor(a!) self, float median=0., float sigma=1., *, Generator? generator=None) -> Tensor(a!)  # self drawn from a Cauchy distribution !RANDOM
log_normal_.default(Tensor(a!) self, float mean=1., float std=2., *, Generator? generator=None) -> Tensor(a!)  # self drawn from a log-normal distribution !RANDOM
exponential_.default(Tensor(a!) self, float lambd=1., *, Generator? generator=None) -> Tensor(a!)  # self drawn from an exponential distribution !RANDOM
"""
