// RUN: fx-opt %s -p convert-aten-to-loop | filecheck %s

// What stays a call of the operator's own kernel, and why.
// CHECK-LABEL: func.func @calls
// CHECK: [[mm:%.*]] = loop.extern "aten.mm.default"(%x, %y) {reason = "gemm"} : !aten.tensor<[4, 4], f32>
// CHECK-NEXT: [[c:%.*]] = loop.extern "aten.copy_.default"(%z, [[mm]]) {reason = "mutation"}
// CHECK-NEXT: [[topk:%.*]] = loop.extern "aten.topk.default"([[mm]], 2) {reason = "sort"}
// CHECK-NEXT: [[item:%.*]] = fx.getitem([[topk]], 1)
// CHECK-NEXT: [[custom:%.*]] = loop.extern "mylib.foo.default"([[mm]], k=3) {reason = "custom operator"}
// CHECK-NEXT: [[rand:%.*]] = loop.extern "aten.rand.default"([4]) {reason = "random"}
// CHECK-NEXT: [[exp:%.*]] = loop.extern "aten.exp.default"(%q) {reason = "dtype c64"}
// CHECK-NEXT: fx.return(([[c]], [[item]], [[custom]], [[rand]], [[exp]]))
func.func @calls(%x: !aten.tensor<[4, 8], f32>, %y: !aten.tensor<[8, 4], f32>, %z: !aten.tensor<[4, 4], f32>,
                 %q: !aten.tensor<[4], c64>) {
  %0 = aten.mm.default(%x, %y) : !aten.tensor<[4, 4], f32>
  %1 = aten.copy_.default(%z, %0) : !aten.tensor<[4, 4], f32>
  %2 = aten.topk.default(%0, 2) : !aten.tuple<!aten.tensor<[4, 2], f32>, !aten.tensor<[4, 2], i64>>
  %3 = fx.getitem(%2, 1) : !aten.tensor<[4, 2], i64>
  %4 = aten.call "mylib.foo.default"(%0, k=3) : !aten.tensor<[4, 4], f32>
  %5 = aten.rand.default([4]) : !aten.tensor<[4], f32>
  %6 = aten.exp.default(%q) : !aten.tensor<[4], c64>
  fx.return((%1, %3, %4, %5, %6))
}

// A size that only kernels read is no call; one that a call takes is.
// CHECK-LABEL: func.func @sizes
// CHECK-NEXT: %0 = loop.nest
// CHECK-NOT: loop.extern "aten.sym_size.int"(%x, 0)
// CHECK: [[n:%.*]] = loop.extern "aten.sym_size.int"(%x, 1) {reason = "size"} : !aten.sym<int, s1>
// CHECK-NEXT: loop.extern "mylib.bar.default"(%{{.*}}, [[n]])
func.func @sizes(%x: !aten.tensor<[s0, s1], f32>) {
  %n = aten.sym_size.int(%x, 0) : !aten.sym<int, s0>
  %0 = aten.mul.Tensor(%x, %n) : !aten.tensor<[s0, s1], f32>
  %m = aten.sym_size.int(%x, 1) : !aten.sym<int, s1>
  %1 = aten.call "mylib.bar.default"(%0, %m) : !aten.tensor<[s0, s1], f32>
  fx.return(%1)
}

// A CPU scalar in a GPU computation is copied there once.
// CHECK-LABEL: func.func @mixed_devices
// CHECK: [[copy:%.*]] = loop.extern "aten._to_copy.default"(%s, device=device("cuda:0")) {reason = "copy between devices"}
// CHECK-NOT: loop.extern
// CHECK: loop.nest (%x, [[copy]])
// CHECK-NOT: loop.extern
// CHECK: loop.nest
func.func @mixed_devices(%x: !aten.tensor<[4], f32, device="cuda:0">, %s: !aten.tensor<[], f32>) {
  %0 = aten.add.Tensor(%x, %s) : !aten.tensor<[4], f32, device="cuda:0">
  %1 = aten.mul.Tensor(%0, %s) : !aten.tensor<[4], f32, device="cuda:0">
  fx.return(%1)
}
