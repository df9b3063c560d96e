"""Views: the result shares the storage of the first argument."""

FACTS = "VIEW"

ROWS = """
view.default(Tensor(a) self, SymInt[] size) -> Tensor(a)  # the same elements in a new shape
view.dtype(Tensor(a) self, ScalarType dtype) -> Tensor(a)  # the same bytes as another dtype
_unsafe_view.default(Tensor self, SymInt[] size) -> Tensor  # the same elements in a new shape; the argument is not used again
_reshape_alias.default(Tensor(a) self, SymInt[] size, SymInt[] stride) -> Tensor(a)  # the same elements with the given sizes and strides
permute.default(Tensor(a) self, int[] dims) -> Tensor(a)  # dims reordered
transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)  # two dims swapped
t.default(Tensor(a) self) -> Tensor(a)  # the transpose of a matrix; vectors as they are
numpy_T.default(Tensor(a) self) -> Tensor(a)  # dims reversed
mT.default(Tensor(a) self) -> Tensor(a)  # the last two dims swapped
mH.default(Tensor(a) self) -> Tensor(a)  # conjugate of mT
matrix_H.default(Tensor(a) self) -> Tensor(a)  # conjugate transpose
adjoint.default(Tensor(a) self) -> Tensor(a)  # conjugate transpose of the last two dims
swapaxes.default(Tensor(a) self, int axis0, int axis1) -> Tensor(a)  # two dims swapped
swapdims.default(Tensor(a) self, int dim0, int dim1) -> Tensor(a)  # two dims swapped
movedim.int(Tensor(a) self, int source, int destination) -> Tensor(a)  # dims moved from source to destination
movedim.intlist(Tensor(a) self, int[] source, int[] destination) -> Tensor(a)  # dims moved from source to destination
moveaxis.int(Tensor(a) self, int source, int destination) -> Tensor(a)  # dims moved from source to destination
moveaxis.intlist(Tensor(a) self, int[] source, int[] destination) -> Tensor(a)  # dims moved from source to destination
expand.default(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)  # dims of size 1 repeated without copying
expand_as.default(Tensor(a) self, Tensor other) -> Tensor(a)  # expanded to the shape of other
broadcast_to.default(Tensor(a) self, SymInt[] size) -> Tensor(a)  # expanded to size
squeeze.default(Tensor(a) self) -> Tensor(a)  # dims of size 1 dropped
squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)  # dims of size 1 dropped
squeeze.dims(Tensor(a) self, int[] dim) -> Tensor(a)  # dims of size 1 dropped
unsqueeze.default(Tensor(a) self, int dim) -> Tensor(a)  # a dim of size 1 inserted at dim
select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)  # one index of dim
slice.Tensor(Tensor(a) self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor(a)  # start:end:step of dim
slice_inverse.default(Tensor(a) self, Tensor src, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor(a)  # the tensor of which self is a slice
narrow.default(Tensor(a) self, int dim, SymInt start, SymInt length) -> Tensor(a)  # length elements of dim from start
narrow.Tensor(Tensor(a) self, int dim, Tensor start, SymInt length) -> Tensor(a)  # length elements of dim from start
diagonal.default(Tensor(a) self, int offset=0, int dim1=0, int dim2=1) -> Tensor(a)  # the diagonal of two dims as the last dim
linalg_diagonal.default(Tensor(a) A, *, int offset=0, int dim1=-2, int dim2=-1) -> Tensor(a)  # the diagonal of two dims as the last dim
as_strided.default(Tensor(a) self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor(a)  # arbitrary sizes, strides and storage offset
unfold.default(Tensor(a) self, int dimension, int size, int step) -> Tensor(a)  # windows of size elements every step along dimension
split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]  # pieces of split_size along dim
split.sizes(Tensor(a -> *) self, SymInt[] split_size, int dim=0) -> Tensor(a)[]  # pieces of the given sizes along dim
split_with_sizes.default(Tensor(a -> *) self, SymInt[] split_sizes, int dim=0) -> Tensor(a)[]  # pieces of the given sizes along dim
chunk.default(Tensor(a -> *) self, int chunks, int dim=0) -> Tensor(a)[]  # at most chunks equal pieces along dim
tensor_split.indices(Tensor(a -> *) self, SymInt[] indices, int dim=0) -> Tensor(a)[]  # pieces at the given indices along dim
tensor_split.sections(Tensor(a -> *) self, SymInt sections, int dim=0) -> Tensor(a)[]  # pieces at the given indices along dim
tensor_split.tensor_indices_or_sections(Tensor(a -> *) self, Tensor tensor_indices_or_sections, int dim=0) -> Tensor(a)[]  # pieces at the given indices along dim
hsplit.array(Tensor(a -> *) self, int[] indices) -> Tensor(a)[]  # pieces along the second dim
hsplit.int(Tensor(a -> *) self, int sections) -> Tensor(a)[]  # pieces along the second dim
vsplit.array(Tensor(a -> *) self, int[] indices) -> Tensor(a)[]  # pieces along the first dim
vsplit.int(Tensor(a -> *) self, int sections) -> Tensor(a)[]  # pieces along the first dim
dsplit.array(Tensor(a -> *) self, int[] indices) -> Tensor(a)[]  # pieces along the third dim
dsplit.int(Tensor(a -> *) self, int sections) -> Tensor(a)[]  # pieces along the third dim
unbind.int(Tensor(a -> *) self, int dim=0) -> Tensor(a)[]  # all slices along dim
unflatten.int(Tensor(a) self, int dim, SymInt[] sizes) -> Tensor(a)  # dim given as several
alias.default(Tensor(a) self) -> Tensor(a)  # self, as another tensor
detach.default(Tensor(a) self) -> Tensor(a)  # self without a gradient
lift_fresh.default(Tensor(a) self) -> Tensor(a)  # self, fresh in the graph
_conj.default(Tensor(a) self) -> Tensor(a)  # complex conjugate, as a flag of the view
_neg_view.default(Tensor(a) self) -> Tensor(a)  # negative, as a flag of the view
real.default(Tensor(a) self) -> Tensor(a)  # real part
imag.default(Tensor(a) self) -> Tensor(a)  # imaginary part
view_as.default(Tensor(a) self, Tensor other) -> Tensor(a)  # viewed in the shape of other
view_as_real.default(Tensor(a) self) -> Tensor(a)  # complex as pairs of reals
view_as_complex.default(Tensor(a) self) -> Tensor(a)  # pairs of reals as complex
"""
