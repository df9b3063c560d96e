"""Views where the layout allows, else copies."""

FACTS = "MAYBE_VIEW"

ROWS = """
reshape.default(Tensor(a) self, SymInt[] shape) -> Tensor(a)  # the same elements in a new shape
reshape_as.default(Tensor(a) self, Tensor other) -> Tensor(a)  # reshaped to the shape of other
flatten.using_ints(Tensor(a) self, int start_dim=0, int end_dim=-1) -> Tensor(a)  # dims start_dim to end_dim as one
ravel.default(Tensor(a) self) -> Tensor(a)  # one dim
contiguous.default(Tensor(a) self, *, MemoryFormat memory_format=0) -> Tensor(a)  # row-major (or memory_format) layout
to.device(Tensor(a) self, Device device, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)  # another dtype or device; self where nothing changes
to.dtype(Tensor(a) self, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)  # another dtype or device; self where nothing changes
to.dtype_layout(Tensor(a) self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)  # another dtype or device; self where nothing changes
to.other(Tensor(a) self, Tensor other, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)  # another dtype or device; self where nothing changes
type_as.default(Tensor self, Tensor other) -> Tensor  # the dtype of other
resolve_conj.default(Tensor(a) self) -> Tensor(a)  # the conjugate flag made real
resolve_neg.default(Tensor(a) self) -> Tensor(a)  # the negative flag made real
atleast_1d.default(Tensor self) -> Tensor  # at least one dim
atleast_2d.default(Tensor self) -> Tensor  # at least two dims
atleast_3d.default(Tensor self) -> Tensor  # at least three dims
"""
