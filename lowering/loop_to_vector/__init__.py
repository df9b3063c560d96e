"""`convert-loop-to-vector`, by idea: the kernel as a graph, its dims, the schedule, phases, and the emission of code."""
