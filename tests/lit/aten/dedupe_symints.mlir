// RUN: fx-opt %s -p aten-dedupe-symints --split-input-file | filecheck %s

func.func @sizes(%n: !aten.sym<int, s0>, %x: !aten.tensor<[s0, 4], f32>) {
  %0 = aten.sym_size.int(%x, 0) : !aten.sym<int, s0>
  %1 = aten.sym_size.int(%x, 1) : !aten.sym<int, 4>
  %2 = fx.call "operator.mul"(%0, 2) : !aten.sym<int, s0 * 2>
  %3 = fx.call "operator.add"(%0, %n) : !aten.sym<int, s0 * 2>
  %4 = aten.full.default([%2, %1], 1.0) : !aten.tensor<[s0 * 2, 4], f32>
  %5 = aten.full.default([%3, %0], 1.0) : !aten.tensor<[s0 * 2, s0], f32>
  fx.return((%4, %5, %1))
}
// CHECK-LABEL: @sizes
// CHECK-NEXT:    %0 = fx.call "operator.mul"(%n, 2) : !aten.sym<int, s0 * 2>
// CHECK-NEXT:    %1 = aten.full.default([%0, 4], 1.0)
// CHECK-NEXT:    %2 = aten.full.default([%0, %n], 1.0)
// CHECK-NEXT:    fx.return((%1, %2, 4))

// -----

// Data-dependent sizes stay apart, and so do floats, whose expressions are text.
func.func @unbacked(%x: !aten.tensor<[], i64>, %f: !aten.sym<float, "ToFloat(s0)">) {
  %0 = aten._local_scalar_dense.default(%x) : !aten.sym<int, u0>
  %1 = aten._local_scalar_dense.default(%x) : !aten.sym<int, u1>
  %2 = fx.call "torch.sym_float"(%0) : !aten.sym<float, "ToFloat(s0)">
  fx.return((%0, %1, %f, %2))
}
// CHECK-LABEL: @unbacked
// CHECK-COUNT-2: aten._local_scalar_dense.default
// CHECK:         fx.call "torch.sym_float"
