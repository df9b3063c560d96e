"""The `fx` dialect: what graphs of every level share (tuples, returns, attributes, Python calls)."""
