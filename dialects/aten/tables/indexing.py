"""Selection, placement, joining and padding."""

FACTS = ""

ROWS = """
cat.default(Tensor[] tensors, int dim=0) -> Tensor  # joined along dim
stack.default(Tensor[] tensors, int dim=0) -> Tensor  # joined along a new dim
concatenate.default(Tensor[] tensors, int dim=0) -> Tensor  # joined along dim
column_stack.default(Tensor[] tensors) -> Tensor  # columns side by side
hstack.default(Tensor[] tensors) -> Tensor  # joined along the second dim
vstack.default(Tensor[] tensors) -> Tensor  # joined along the first dim
dstack.default(Tensor[] tensors) -> Tensor  # joined along the third dim
_stack.default(Tensor[] tensors, int dim=0) -> Tensor  # joined along a new dim
index.Tensor(Tensor self, Tensor?[] indices) -> Tensor  # self[indices], advanced indexing; None keeps a dim
_unsafe_index.Tensor(Tensor self, Tensor?[] indices) -> Tensor  # self[indices], indices known to be in range
_unsafe_masked_index.default(Tensor self, Tensor mask, Tensor?[] indices, Scalar fill) -> Tensor  # self[indices] where mask, else fill
_unsafe_masked_index_put_accumulate.default(Tensor self, Tensor mask, Tensor?[] indices, Tensor values) -> Tensor  # self with values added at indices where mask
index_select.default(Tensor self, int dim, Tensor index) -> Tensor  # rows of dim chosen by index
index_put.default(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor  # self with self[indices] = values (or += when accumulate)
_unsafe_index_put.default(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor  # index_put with indices known to be in range
index_add.default(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor  # self with alpha * source added at index of dim
index_copy.default(Tensor self, int dim, Tensor index, Tensor source) -> Tensor  # self with source at index of dim
index_fill.int_Scalar(Tensor self, int dim, Tensor index, Scalar value) -> Tensor  # self with value at index of dim
index_fill.int_Tensor(Tensor self, int dim, Tensor index, Tensor value) -> Tensor  # self with value at index of dim
index_reduce.default(Tensor self, int dim, Tensor index, Tensor source, str reduce, *, bool include_self=True) -> Tensor  # self with source reduced into index of dim
gather.default(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor  # out[i] = self[index[i]] along dim
take.default(Tensor self, Tensor index) -> Tensor  # elements of the flattened tensor
take_along_dim.default(Tensor self, Tensor indices, int? dim=None) -> Tensor  # elements along dim
put.default(Tensor self, Tensor index, Tensor source, bool accumulate=False) -> Tensor  # self with source at flat indices
scatter.reduce(Tensor self, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor  # self with src (or value) at index along dim
scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor  # self with src (or value) at index along dim
scatter.value(Tensor self, int dim, Tensor index, Scalar value) -> Tensor  # self with src (or value) at index along dim
scatter.value_reduce(Tensor self, int dim, Tensor index, Scalar value, *, str reduce) -> Tensor  # self with src (or value) at index along dim
scatter_add.default(Tensor self, int dim, Tensor index, Tensor src) -> Tensor  # self with src added at index along dim
scatter_reduce.two(Tensor self, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True) -> Tensor  # self with src reduced into index along dim
masked_select.default(Tensor self, Tensor mask) -> Tensor  # elements where mask !DATA_DEPENDENT
masked_scatter.default(Tensor self, Tensor mask, Tensor source) -> Tensor  # self with elements of source where mask, in order
masked_scatter_backward.default(Tensor grad_output, Tensor mask, SymInt[] sizes) -> Tensor  # gradient of masked_scatter
nonzero.default(Tensor self) -> Tensor  # indices of nonzero elements !DATA_DEPENDENT
nonzero_static.default(Tensor self, *, SymInt size, int fill_value=-1) -> Tensor  # indices of nonzero elements, padded to size
argwhere.default(Tensor self) -> Tensor  # indices of nonzero elements !DATA_DEPENDENT
select_scatter.default(Tensor self, Tensor src, int dim, SymInt index) -> Tensor  # self with src at one index of dim
slice_scatter.default(Tensor self, Tensor src, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor  # self with src at start:end:step of dim
diagonal_scatter.default(Tensor self, Tensor src, int offset=0, int dim1=0, int dim2=1) -> Tensor  # self with src on a diagonal
as_strided_scatter.default(Tensor self, Tensor src, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor  # self with src at a strided view
select_backward.default(Tensor grad_output, SymInt[] input_sizes, int dim, SymInt index) -> Tensor  # gradient of select
slice_backward.default(Tensor grad_output, SymInt[] input_sizes, int dim, SymInt start, SymInt end, SymInt step) -> Tensor  # gradient of slice
diagonal_backward.default(Tensor grad_output, SymInt[] input_sizes, int offset, int dim1, int dim2) -> Tensor  # gradient of diagonal
index_select_backward.default(Tensor grad, SymInt[] self_sizes, int dim, Tensor index) -> Tensor  # gradient of index_select
unfold_backward.default(Tensor grad_in, SymInt[] input_sizes, int dim, int size, int step) -> Tensor  # gradient of unfold
value_selecting_reduction_backward.default(Tensor grad, int dim, Tensor indices, SymInt[] sizes, bool keepdim) -> Tensor  # gradient scattered to the chosen indices
copy.default(Tensor self, Tensor src, bool non_blocking=False) -> Tensor  # src in the dtype and shape of self
repeat.default(Tensor self, SymInt[] repeats) -> Tensor  # tiled along each dim
repeat_interleave.Tensor(Tensor repeats, *, SymInt? output_size=None) -> Tensor  # each element repeated
repeat_interleave.self_Tensor(Tensor self, Tensor repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor  # each element repeated
repeat_interleave.self_int(Tensor self, SymInt repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor  # each element repeated
tile.default(Tensor self, SymInt[] dims) -> Tensor  # tiled along each dim
roll.default(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor  # rotated along dims
flip.default(Tensor self, int[] dims) -> Tensor  # reversed along dims
fliplr.default(Tensor self) -> Tensor  # reversed along the second dim
flipud.default(Tensor self) -> Tensor  # reversed along the first dim
rot90.default(Tensor self, int k=1, int[] dims=[0, 1]) -> Tensor  # rotated by quarter turns
tril.default(Tensor self, SymInt diagonal=0) -> Tensor  # lower triangle, else 0
triu.default(Tensor self, SymInt diagonal=0) -> Tensor  # upper triangle, else 0
diag.default(Tensor self, int diagonal=0) -> Tensor  # the diagonal, or a diagonal matrix
diag_embed.default(Tensor self, int offset=0, int dim1=-2, int dim2=-1) -> Tensor  # a diagonal matrix in the last dims
diagflat.default(Tensor self, int offset=0) -> Tensor  # a diagonal matrix of the flattened tensor
constant_pad_nd.default(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor  # padded by value
pad.default(Tensor self, SymInt[] pad, str mode="constant", float? value=None) -> Tensor  # padded by mode
_pad_circular.default(Tensor self, SymInt[] pad) -> Tensor  # padded by wrapping around
_pad_enum.default(Tensor self, SymInt[] pad, int mode, float? value=None) -> Tensor  # padded by mode
reflection_pad1d.default(Tensor self, SymInt[2] padding) -> Tensor  # padded by reflection
reflection_pad2d.default(Tensor self, SymInt[4] padding) -> Tensor  # padded by reflection
reflection_pad3d.default(Tensor self, SymInt[6] padding) -> Tensor  # padded by reflection
replication_pad1d.default(Tensor self, SymInt[2] padding) -> Tensor  # padded by the edge
replication_pad2d.default(Tensor self, SymInt[4] padding) -> Tensor  # padded by the edge
replication_pad3d.default(Tensor self, SymInt[6] padding) -> Tensor  # padded by the edge
reflection_pad1d_backward.default(Tensor grad_output, Tensor self, SymInt[2] padding) -> Tensor  # gradient of reflection_pad1d
reflection_pad2d_backward.default(Tensor grad_output, Tensor self, SymInt[4] padding) -> Tensor  # gradient of reflection_pad2d
reflection_pad3d_backward.default(Tensor grad_output, Tensor self, SymInt[6] padding) -> Tensor  # gradient of reflection_pad3d
replication_pad1d_backward.default(Tensor grad_output, Tensor self, SymInt[2] padding) -> Tensor  # gradient of replication_pad1d
replication_pad2d_backward.default(Tensor grad_output, Tensor self, SymInt[4] padding) -> Tensor  # gradient of replication_pad2d
replication_pad3d_backward.default(Tensor grad_output, Tensor self, SymInt[6] padding) -> Tensor  # gradient of replication_pad3d
meshgrid.default(Tensor[] tensors) -> Tensor[]  # coordinate grids !MAYBE_VIEW
meshgrid.indexing(Tensor[] tensors, *, str indexing) -> Tensor[]  # coordinate grids !MAYBE_VIEW
block_diag.default(Tensor[] tensors) -> Tensor  # matrices along a diagonal
cartesian_prod.default(Tensor[] tensors) -> Tensor  # all combinations !MAYBE_VIEW
combinations.default(Tensor self, int r=2, bool with_replacement=False) -> Tensor  # r-length combinations
one_hot.default(Tensor self, int num_classes=-1) -> Tensor  # one-hot rows
isin.Scalar_Tensor(Scalar element, Tensor test_elements, *, bool assume_unique=False, bool invert=False) -> Tensor  # whether elements are among test_elements
isin.Tensor_Scalar(Tensor elements, Scalar test_element, *, bool assume_unique=False, bool invert=False) -> Tensor  # whether elements are among test_elements
isin.Tensor_Tensor(Tensor elements, Tensor test_elements, *, bool assume_unique=False, bool invert=False) -> Tensor  # whether elements are among test_elements
bincount.default(Tensor self, Tensor? weights=None, SymInt minlength=0) -> Tensor  # how often each value occurs !DATA_DEPENDENT
embedding.default(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False) -> Tensor  # rows of weight chosen by indices
embedding_dense_backward.default(Tensor grad_output, Tensor indices, SymInt num_weights, SymInt padding_idx, bool scale_grad_by_freq) -> Tensor  # gradient of embedding
embedding_backward.default(Tensor grad, Tensor indices, SymInt num_weights, SymInt padding_idx, bool scale_grad_by_freq, bool sparse) -> Tensor  # gradient of embedding
_embedding_bag.default(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq=False, int mode=0, bool sparse=False, Tensor? per_sample_weights=None, bool include_last_offset=False, int padding_idx=-1) -> (Tensor, Tensor, Tensor, Tensor)  # (sums of chosen rows, offsets, sizes, maxima)
_embedding_bag_forward_only.default(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq=False, int mode=0, bool sparse=False, Tensor? per_sample_weights=None, bool include_last_offset=False, int padding_idx=-1) -> (Tensor, Tensor, Tensor, Tensor)  # (sums of chosen rows, offsets, sizes, maxima)
_embedding_bag_dense_backward.default(Tensor grad, Tensor indices, Tensor offset2bag, Tensor bag_size, Tensor maximum_indices, SymInt num_weights, bool scale_grad_by_freq, int mode, Tensor? per_sample_weights, int padding_idx=-1) -> Tensor  # gradient of _embedding_bag
pixel_shuffle.default(Tensor self, int upscale_factor) -> Tensor  # channels to space !MAYBE_VIEW
pixel_unshuffle.default(Tensor self, int downscale_factor) -> Tensor  # space to channels !MAYBE_VIEW
channel_shuffle.default(Tensor self, SymInt groups) -> Tensor  # channels regrouped !MAYBE_VIEW
im2col.default(Tensor self, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor  # windows as columns
col2im.default(Tensor self, SymInt[2] output_size, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor  # columns added back to windows
unsafe_chunk.default(Tensor self, int chunks, int dim=0) -> Tensor[]  # chunk as copies !MAYBE_VIEW
unsafe_split.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]  # split as copies !MAYBE_VIEW
unsafe_split_with_sizes.default(Tensor self, SymInt[] split_sizes, int dim=0) -> Tensor[]  # split_with_sizes as copies !MAYBE_VIEW
split_with_sizes_copy.default(Tensor self, SymInt[] split_sizes, int dim=0) -> Tensor[]  # split_with_sizes as copies
split_copy.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]  # split as copies
unbind_copy.int(Tensor self, int dim=0) -> Tensor[]  # unbind as copies
view_copy.default(Tensor self, SymInt[] size) -> Tensor  # view as a copy
view_copy.dtype(Tensor self, ScalarType dtype) -> Tensor  # view as a copy
permute_copy.default(Tensor self, int[] dims) -> Tensor  # permute as a copy
expand_copy.default(Tensor self, SymInt[] size, *, bool implicit=False) -> Tensor  # expand as a copy
slice_copy.Tensor(Tensor self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor  # slice as a copy
select_copy.int(Tensor self, int dim, SymInt index) -> Tensor  # select as a copy
squeeze_copy.default(Tensor self) -> Tensor  # squeeze as a copy
squeeze_copy.dim(Tensor self, int dim) -> Tensor  # squeeze as a copy
squeeze_copy.dims(Tensor self, int[] dim) -> Tensor  # squeeze as a copy
unsqueeze_copy.default(Tensor self, int dim) -> Tensor  # unsqueeze as a copy
transpose_copy.int(Tensor self, int dim0, int dim1) -> Tensor  # transpose as a copy
t_copy.default(Tensor self) -> Tensor  # t as a copy
as_strided_copy.default(Tensor self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor  # as_strided as a copy
diagonal_copy.default(Tensor self, int offset=0, int dim1=0, int dim2=1) -> Tensor  # diagonal as a copy
alias_copy.default(Tensor self) -> Tensor  # alias as a copy
detach_copy.default(Tensor self) -> Tensor  # detach as a copy
lift_fresh_copy.default(Tensor self) -> Tensor  # a copy, fresh in the graph
narrow_copy.default(Tensor self, int dim, SymInt start, SymInt length) -> Tensor  # narrow as a copy
_chunk_cat.default(Tensor[] tensors, int dim, int num_chunks) -> Tensor  # tensors chunked along dim and joined
unfold_copy.default(Tensor self, int dimension, int size, int step) -> Tensor  # unfold as a copy
view_as_real_copy.default(Tensor self) -> Tensor  # view_as_real as a copy
view_as_complex_copy.default(Tensor self) -> Tensor  # view_as_complex as a copy
renorm.default(Tensor self, Scalar p, int dim, Scalar maxnorm) -> Tensor  # sub-tensors along dim scaled to norm at most maxnorm
cross.default(Tensor self, Tensor other, int? dim=None) -> Tensor  # cross product along dim
linalg_cross.default(Tensor self, Tensor other, *, int dim=-1) -> Tensor  # cross product along dim
diff.default(Tensor self, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None) -> Tensor  # differences along dim !MAYBE_VIEW
vander.default(Tensor x, int? N=None, bool increasing=False) -> Tensor  # Vandermonde matrix
trapezoid.dx(Tensor y, *, Scalar dx=1, int dim=-1) -> Tensor  # trapezoidal rule along dim
trapezoid.x(Tensor y, Tensor x, *, int dim=-1) -> Tensor  # trapezoidal rule along dim
"""
