// RUN: fx-opt %s | filecheck %s
// RUN: fx-opt %s --print-op-generic | fx-opt | filecheck %s

// CHECK: rt.func @main(%x: !aten.tensor<[4], f32>, %w: !aten.tensor<[2, 2], f32>, %n: !aten.sym<int, s0>) {
rt.func @main(%x: !aten.tensor<[4], f32>, %w: !aten.tensor<[2, 2], f32>, %n: !aten.sym<int, s0>) {
  // CHECK-NEXT: %b = rt.alloc : !aten.tensor<[4], f32>
  %b = rt.alloc : !aten.tensor<[4], f32>
  // CHECK-NEXT: rt.copy %x, %b : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  rt.copy %x, %b : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  // CHECK-NEXT: rt.launch @k(%x, %b) sizes [s0, s0 * 2] outputs 1 : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  rt.launch @k(%x, %b) sizes [s0, s0 * 2] outputs 1 : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  // CHECK-NEXT: %c = rt.reuse %b : !aten.tensor<[4], f32> -> !aten.tensor<[2, 2], f32>
  %c = rt.reuse %b : !aten.tensor<[4], f32> -> !aten.tensor<[2, 2], f32>
  // CHECK-NEXT: rt.extern "aten.mm.out"(%w, %w, out=%c) {reason = "gemm"}
  rt.extern "aten.mm.out"(%w, %w, out=%c) {reason = "gemm"}
  // CHECK-NEXT: %v = rt.view %c offset [2] : !aten.tensor<[2, 2], f32> -> !aten.tensor<[2], f32>
  %v = rt.view %c offset [2] : !aten.tensor<[2, 2], f32> -> !aten.tensor<[2], f32>
  // CHECK-NEXT: %r = rt.extern "aten.sort.default"(%v) : !aten.tuple<!aten.tensor<[2], f32>, !aten.tensor<[2], i64>>
  %r = rt.extern "aten.sort.default"(%v) : !aten.tuple<!aten.tensor<[2], f32>, !aten.tensor<[2], i64>>
  // CHECK-NEXT: rt.free %c : !aten.tensor<[2, 2], f32>
  rt.free %c : !aten.tensor<[2, 2], f32>
  // CHECK-NEXT: rt.return((%x, None))
  rt.return((%x, None))
}
