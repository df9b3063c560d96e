// RUN: not fx-opt %s -p convert-loop-to-vector 2>&1 | filecheck %s

// CHECK: no CPU function for loop.call "frobnicate" in @unknown_call
loop.kernel @unknown_call [d0 = 4] outputs 1 {
^bb0(%x: !aten.tensor<[4], f32>, %y: !aten.tensor<[4], f32>):
  %0 = loop.load %x[d0] : f32
  %1 = loop.call "frobnicate"(%0) : (f32) -> f32
  loop.store %1, %y[d0]
}
