"""Reductions over some or all dims."""

FACTS = "REDUCTION"

ROWS = """
sum.default(Tensor self, *, ScalarType? dtype=None) -> Tensor  # sum of the elements; integers are summed in i64
sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor  # sum of the elements; integers are summed in i64
nansum.default(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor  # sum, NaN counted as 0
prod.default(Tensor self, *, ScalarType? dtype=None) -> Tensor  # product of the elements; integers in i64
prod.dim_int(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor  # product of the elements; integers in i64
mean.default(Tensor self, *, ScalarType? dtype=None) -> Tensor  # sum / count
mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor  # sum / count
all.default(Tensor self) -> Tensor  # whether all are nonzero
all.dim(Tensor self, int dim, bool keepdim=False) -> Tensor  # whether all are nonzero
all.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor  # whether all are nonzero
any.default(Tensor self) -> Tensor  # whether any is nonzero
any.dim(Tensor self, int dim, bool keepdim=False) -> Tensor  # whether any is nonzero
any.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor  # whether any is nonzero
amax.default(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor  # greatest element over dims; NaN wins
amin.default(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor  # least element over dims; NaN wins
aminmax.default(Tensor self, *, int? dim=None, bool keepdim=False) -> (Tensor min, Tensor max)  # (least, greatest)
_aminmax.default(Tensor self) -> (Tensor, Tensor)  # (least, greatest)
_aminmax.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor, Tensor)  # (least, greatest)
max.default(Tensor self) -> Tensor  # greatest element
min.default(Tensor self) -> Tensor  # least element
max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)  # (values, indices) of the greatest along dim
min.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)  # (values, indices) of the least along dim
argmax.default(Tensor self, int? dim=None, bool keepdim=False) -> Tensor  # index of the greatest; of the flattened tensor where dim is None
argmin.default(Tensor self, int? dim=None, bool keepdim=False) -> Tensor  # index of the least; of the flattened tensor where dim is None
var.default(Tensor self, bool unbiased=True) -> Tensor  # variance, sum (x - mean)**2 / max(count - correction, 0)
var.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor  # variance, sum (x - mean)**2 / max(count - correction, 0)
var.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor  # variance, sum (x - mean)**2 / max(count - correction, 0)
std.default(Tensor self, bool unbiased=True) -> Tensor  # square root of the variance
std.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor  # square root of the variance
std.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor  # square root of the variance
var_mean.default(Tensor self, bool unbiased=True) -> (Tensor, Tensor)  # (variance, mean)
var_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> (Tensor, Tensor)  # (variance, mean)
var_mean.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> (Tensor, Tensor)  # (variance, mean)
std_mean.default(Tensor self, bool unbiased=True) -> (Tensor, Tensor)  # (standard deviation, mean)
std_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> (Tensor, Tensor)  # (standard deviation, mean)
std_mean.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> (Tensor, Tensor)  # (standard deviation, mean)
norm.Scalar(Tensor self, Scalar p=2) -> Tensor  # (sum |x|**p) ** (1/p)
norm.ScalarOpt_dim(Tensor self, Scalar? p, int[1] dim, bool keepdim=False) -> Tensor  # (sum |x|**p) ** (1/p)
norm.ScalarOpt_dim_dtype(Tensor self, Scalar? p, int[1] dim, bool keepdim, *, ScalarType dtype) -> Tensor  # (sum |x|**p) ** (1/p)
norm.ScalarOpt_dtype(Tensor self, Scalar? p, *, ScalarType dtype) -> Tensor  # (sum |x|**p) ** (1/p)
linalg_vector_norm.default(Tensor self, Scalar ord=2, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor  # (sum |x|**ord) ** (1/ord) over dim
logsumexp.default(Tensor self, int[1] dim, bool keepdim=False) -> Tensor  # log sum e**x over dim, computed without overflow
median.default(Tensor self) -> Tensor  # lower median; with dim (values, indices)
median.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)  # lower median; with dim (values, indices)
nanmedian.default(Tensor self) -> Tensor  # lower median of what is not NaN
nanmedian.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)  # lower median of what is not NaN
nanmean.default(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor  # mean of what is not NaN
mode.default(Tensor self, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)  # (values, indices) of the most frequent along dim
count_nonzero.default(Tensor self, int? dim=None) -> Tensor  # how many are nonzero
count_nonzero.dim_IntList(Tensor self, int[] dim) -> Tensor  # how many are nonzero
equal.default(Tensor self, Tensor other) -> bool  # whether the tensors have the same shape and elements, a Python bool
_is_all_true.default(Tensor self) -> Tensor  # whether all elements of a bool tensor are true
_is_any_true.default(Tensor self) -> Tensor  # whether any element of a bool tensor is true
dist.default(Tensor self, Tensor other, Scalar p=2) -> Tensor  # p-norm of self - other
hash_tensor.default(Tensor self, int[1] dim=[], *, bool keepdim=False, int mode=0) -> Tensor  # a hash of the elements over dim
trace.default(Tensor self) -> Tensor  # sum of the diagonal
histogram.bin_ct(Tensor self, int bins=100, *, float[]? range=None, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor bin_edges)  # (counts, bin edges)
histogram.bins_tensor(Tensor self, Tensor bins, *, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor bin_edges)  # (counts, bin edges)
segment_reduce.default(Tensor data, str reduce, *, Tensor? lengths=None, Tensor? indices=None, Tensor? offsets=None, int axis=0, bool unsafe=False, Scalar? initial=None) -> Tensor  # reduced over segments of axis
histc.default(Tensor self, int bins=100, Scalar min=0, Scalar max=0) -> Tensor  # counts in bins equal bins between min and max
"""
