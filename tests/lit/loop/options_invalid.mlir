// RUN: not fx-opt %s -p 'loop-fuse{max-ops=0}' 2>&1 | filecheck %s
// RUN: not fx-opt %s -p 'loop-split-reduction{parallelism=-2}' 2>&1 | filecheck %s --check-prefix=SPLIT

// CHECK: pass 'loop-fuse': max-ops is 0, must be at least 1
// SPLIT: pass 'loop-split-reduction': parallelism is -2, must be at least 0
