"""`convert-loop-to-vector`, by idea: the kernel as a graph, its dims, the schedule, the phases, the emission of code."""
