// RUN: fx-opt %s -p convert-loop-to-tt | filecheck %s
// RUN: fx-opt %s -p 'convert-loop-to-tt{device="all"}' | filecheck %s --check-prefix=ALL
// RUN: not fx-opt %s -p 'convert-loop-to-tt{device="tpu"}' 2>&1 | filecheck %s --check-prefix=UNKNOWN
// UNKNOWN: convert-loop-to-tt: unknown device

// Kernels of the CPU stay; the host program does not change. The view at an odd offset is not aligned.
// CHECK: loop.kernel @cpu
// CHECK: tt.func public @gpu(%x: !tt.ptr<f32> {tt.divisibility = 4 : i32}, %y: !tt.ptr<f32> {tt.divisibility = 16 : i32})
// CHECK: rt.func @main
// CHECK: rt.launch @gpu
// ALL: tt.func public @cpu
// ALL: tt.func public @gpu
loop.kernel @cpu [d0 = 8] outputs 1 {
^bb0(%x: !aten.tensor<[8], f32>, %y: !aten.tensor<[8], f32>):
  %0 = loop.load %x[d0] : f32
  loop.store %0, %y[d0]
}
loop.kernel @gpu [d0 = 8] outputs 1 {
^bb0(%x: !aten.tensor<[8], f32, device="cuda:0">, %y: !aten.tensor<[8], f32, device="cuda:0">):
  %0 = loop.load %x[d0] : f32
  loop.store %0, %y[d0]
}
rt.func @main(%a: !aten.tensor<[9], f32, device="cuda:0">) {
  %v = rt.alloc : !aten.tensor<[9], f32, device="cuda:0">
  %w = rt.view %v offset [1] : !aten.tensor<[9], f32, device="cuda:0"> -> !aten.tensor<[8], f32, device="cuda:0">
  %y = rt.alloc : !aten.tensor<[8], f32, device="cuda:0">
  rt.launch @gpu(%w, %y) outputs 1 : !aten.tensor<[8], f32, device="cuda:0">, !aten.tensor<[8], f32, device="cuda:0">
  rt.return((%y,))
}
