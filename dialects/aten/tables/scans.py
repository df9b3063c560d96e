"""Scans, sorting and softmax: a result element depends on a whole row."""

FACTS = ""

ROWS = """
cumsum.default(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor  # running sum along dim
cumprod.default(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor  # running product along dim
cummax.default(Tensor self, int dim) -> (Tensor values, Tensor indices)  # (running maximum, its indices) along dim
cummin.default(Tensor self, int dim) -> (Tensor values, Tensor indices)  # (running minimum, its indices) along dim
logcumsumexp.default(Tensor self, int dim) -> Tensor  # log of the running sum of e**x along dim
_logcumsumexp.default(Tensor self, int dim) -> Tensor  # log of the running sum of e**x along dim
sort.default(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)  # (values, indices) in order along dim
sort.stable(Tensor self, *, bool? stable, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)  # (values, indices) in order along dim
argsort.default(Tensor self, int dim=-1, bool descending=False) -> Tensor  # indices that sort along dim
argsort.stable(Tensor self, *, bool stable, int dim=-1, bool descending=False) -> Tensor  # indices that sort along dim
msort.default(Tensor self) -> Tensor  # sorted along the first dim
topk.default(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True) -> (Tensor values, Tensor indices)  # (values, indices) of the k greatest (or least) along dim
kthvalue.default(Tensor self, SymInt k, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)  # (value, index) of the k-th least along dim
searchsorted.Scalar(Tensor sorted_sequence, Scalar self, *, bool out_int32=False, bool right=False, str? side=None, Tensor? sorter=None) -> Tensor  # where to insert self into sorted_sequence
searchsorted.Tensor(Tensor sorted_sequence, Tensor self, *, bool out_int32=False, bool right=False, str? side=None, Tensor? sorter=None) -> Tensor  # where to insert self into sorted_sequence
bucketize.Scalar(Scalar self, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor  # where to insert self into boundaries
bucketize.Tensor(Tensor self, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor  # where to insert self into boundaries
unique_consecutive.default(Tensor self, bool return_inverse=False, bool return_counts=False, int? dim=None) -> (Tensor, Tensor, Tensor)  # (values, inverse, counts) of runs !DATA_DEPENDENT
_unique.default(Tensor self, bool sorted=True, bool return_inverse=False) -> (Tensor, Tensor)  # (values, inverse) !DATA_DEPENDENT
_unique2.default(Tensor self, bool sorted=True, bool return_inverse=False, bool return_counts=False) -> (Tensor, Tensor, Tensor)  # (values, inverse, counts) !DATA_DEPENDENT
unique_dim.default(Tensor self, int dim, bool sorted=True, bool return_inverse=False, bool return_counts=False) -> (Tensor, Tensor, Tensor)  # (slices, inverse, counts) along dim !DATA_DEPENDENT
_softmax.default(Tensor self, int dim, bool half_to_float) -> Tensor  # e**(x - max) / sum e**(x - max) along dim
_log_softmax.default(Tensor self, int dim, bool half_to_float) -> Tensor  # x - max - log sum e**(x - max) along dim
softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor  # e**x / sum e**x along dim
log_softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor  # log(softmax(x)) along dim
_safe_softmax.default(Tensor self, int dim, ScalarType? dtype=None) -> Tensor  # softmax; 0 for rows that are -inf throughout
_masked_softmax.default(Tensor self, Tensor mask, int? dim=None, int? mask_type=None) -> Tensor  # softmax with masked elements left out
_softmax_backward_data.default(Tensor grad_output, Tensor output, int dim, ScalarType input_dtype) -> Tensor  # (grad - sum(grad * output)) * output
_log_softmax_backward_data.default(Tensor grad_output, Tensor output, int dim, ScalarType input_dtype) -> Tensor  # grad - e**output * sum(grad)
_masked_softmax_backward.default(Tensor grad_output, Tensor output, Tensor mask, int? dim=None) -> Tensor  # gradient of _masked_softmax
"""
