"""The `aten` dialect: one op an ATen overload that the compiler understands, `aten.call` for all others."""
