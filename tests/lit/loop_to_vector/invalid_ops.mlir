// RUN: not fx-opt %s -p convert-loop-to-vector 2>&1 | filecheck %s

// CHECK: arith.mului_extended on i64; only i32 is supported
loop.kernel @wide_product [d0 = 4] outputs 1 {
^bb0(%x: !aten.tensor<[4], i64>, %y: !aten.tensor<[4], i64>):
  %0 = loop.load %x[d0] : i64
  %1, %2 = arith.mului_extended %0, %0 : i64
  loop.store %2, %y[d0]
}
