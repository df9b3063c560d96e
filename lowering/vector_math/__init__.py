"""Mathematical functions on vector registers, as LLVM IR: see `library.py` for the table."""
