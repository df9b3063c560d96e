"""`convert-loop-to-vector`, by idea: the kernel as a graph, its dims, schedule and phases, the emission of code."""
