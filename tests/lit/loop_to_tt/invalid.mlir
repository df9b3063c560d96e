// RUN: not fx-opt %s -p convert-loop-to-tt --split-input-file 2>&1 | filecheck %s

// CHECK: convert-loop-to-tt: @called: loop.call "beta" of f32 is not supported on GPUs
loop.kernel @called [d0 = 8] outputs 1 {
^bb0(%x: !aten.tensor<[8], f32, device="cuda:0">, %y: !aten.tensor<[8], f32, device="cuda:0">):
  %0 = loop.load %x[d0] : f32
  %1 = loop.call "beta"(%0) : (f32) -> f32
  loop.store %1, %y[d0]
}
