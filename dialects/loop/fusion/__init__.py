"""How `loop-fuse` works: bodies as light nodes, alignment of domains, the dependence graph, costs."""
