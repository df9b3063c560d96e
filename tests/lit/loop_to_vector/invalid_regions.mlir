// RUN: not fx-opt %s -p convert-loop-to-vector 2>&1 | filecheck %s

// CHECK: scf.if in @regions is no scalar op with one result
loop.kernel @regions [d0 = 4] outputs 1 {
^bb0(%x: !aten.tensor<[4], f32>, %y: !aten.tensor<[4], f32>):
  %0 = loop.load %x[d0] : f32
  %c = arith.constant true
  %1 = scf.if %c -> (f32) {
    scf.yield %0 : f32
  } else {
    scf.yield %0 : f32
  }
  loop.store %1, %y[d0]
}
