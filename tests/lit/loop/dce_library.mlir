// RUN: fx-opt %s -p loop-dce | filecheck %s

// A module of kernels alone is a library.
loop.kernel @keep [d0 = 4] outputs 1 {
^bb0(%o: !aten.tensor<[4], f32>):
  %1 = arith.constant 1.0 : f32
  loop.store %1, %o[d0]
}
// CHECK: loop.kernel @keep
