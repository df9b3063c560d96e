"""Values of the host program, and checks."""

FACTS = ""

ROWS = """
sym_size.int(Tensor self, int dim) -> SymInt  # size of dim
sym_stride.int(Tensor self, int dim) -> SymInt  # stride of dim
sym_numel.default(Tensor self) -> SymInt  # number of elements
sym_storage_offset.default(Tensor self) -> SymInt  # storage offset in elements
sym_is_contiguous.default(Tensor self, MemoryFormat memory_format=0) -> SymBool  # whether the layout is contiguous
size.int(Tensor self, int dim) -> int  # size of dim
stride.int(Tensor self, int dim) -> int  # stride of dim
numel.default(Tensor self) -> int  # number of elements
storage_offset.default(Tensor self) -> int  # storage offset in elements
dim.default(Tensor self) -> int  # number of dims
is_contiguous.default(Tensor self) -> bool  # whether the layout is contiguous
is_same_size.default(Tensor self, Tensor other) -> bool  # whether the shapes are equal
_local_scalar_dense.default(Tensor self) -> Scalar  # the element of a tensor of one, as a Python scalar !DATA_DEPENDENT
item.default(Tensor self) -> Scalar  # the element of a tensor of one, as a Python scalar !DATA_DEPENDENT
is_nonzero.default(Tensor self) -> bool  # whether the element of a tensor of one is nonzero !DATA_DEPENDENT
allclose.default(Tensor self, Tensor other, float rtol=1.0000000000000001e-05, float atol=1e-08, bool equal_nan=False) -> bool  # whether all elements are close !DATA_DEPENDENT
_assert_async.default(Tensor self) -> ()  # fails where the tensor is 0 !EFFECT
_assert_async.msg(Tensor self, str assert_msg) -> ()  # fails where the tensor is 0 !EFFECT
_assert_scalar.default(Scalar self, str assert_msg) -> ()  # fails where the scalar is 0 !EFFECT
_assert_tensor_metadata.default(Tensor a, SymInt[]? size=None, SymInt[]? stride=None, ScalarType? dtype=None, *, Device? device=None, Layout? layout=None) -> ()  # fails where size, stride, dtype or device differ !EFFECT
_functional_assert_async.msg(Tensor self, str assert_msg, Tensor dep_token) -> Tensor  # _assert_async with a token that orders it !EFFECT
_functional_assert_scalar.default(Scalar self, str assert_msg, Tensor dep_token) -> Tensor  # _assert_scalar with a token that orders it !EFFECT
_print.default(str s) -> ()  # prints a string !EFFECT
sym_constrain_range.default(Scalar size, *, int? min=None, int? max=None) -> ()  # bounds of a symbolic size !EFFECT
sym_constrain_range_for_size.default(Scalar size, *, int? min=None, int? max=None) -> ()  # bounds of a symbolic size !EFFECT
_linalg_check_errors.default(Tensor info, str api_name, *, bool is_matrix) -> ()  # fails where info is nonzero !EFFECT
_make_dep_token.default(*, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor  # a token that orders effects !EFFECT
"""
