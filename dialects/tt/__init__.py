"""`tt`: Triton's own MLIR dialect, op for op, so that its text is what Triton compiles."""
