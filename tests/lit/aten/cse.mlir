// RUN: fx-opt %s -p aten-cse --split-input-file | filecheck %s

func.func @merge(%x: !aten.tensor<[4, 2], f32>) {
  %0 = aten.view.default(%x, [8]) : !aten.tensor<[8], f32>
  %1 = aten.view.default(%x, [8]) : !aten.tensor<[8], f32>
  %2 = aten.exp.default(%0) : !aten.tensor<[8], f32>
  %3 = aten.exp.default(%1) : !aten.tensor<[8], f32>
  %4 = aten.add.Tensor(%2, %3) : !aten.tensor<[8], f32>
  %5 = aten.add.Tensor(%2, %3, alpha=2) : !aten.tensor<[8], f32>
  fx.return((%4, %5))
}
// CHECK-LABEL: @merge
// CHECK-NEXT:    %0 = aten.view.default(%x, [8])
// CHECK-NEXT:    %1 = aten.exp.default(%0)
// CHECK-NEXT:    %2 = aten.add.Tensor(%1, %1) :
// CHECK-NEXT:    %3 = aten.add.Tensor(%1, %1, alpha=2) :

// -----

// 1, 1.0 and True are three arguments; random draws, writes and calls of the unknown are never merged.
func.func @differ(%x: !aten.tensor<[4], i64>) {
  %0 = aten.mul.Tensor(%x, 1) : !aten.tensor<[4], i64>
  %1 = aten.mul.Tensor(%x, True) : !aten.tensor<[4], i64>
  %2 = aten.rand.default([4]) : !aten.tensor<[4], f32>
  %3 = aten.rand.default([4]) : !aten.tensor<[4], f32>
  %4 = aten.call "lib.f.default"(%2) : !aten.tensor<[4], f32>
  %5 = aten.call "lib.f.default"(%2) : !aten.tensor<[4], f32>
  fx.return((%0, %1, %2, %3, %4, %5))
}
// CHECK-LABEL: @differ
// CHECK-COUNT-2: aten.mul.Tensor
// CHECK-COUNT-2: aten.rand.default
// CHECK-COUNT-2: aten.call "lib.f.default"

// -----

// Attention without dropout is no random draw.
func.func @attention(%q: !aten.tensor<[1, 2, 4, 8], f32>) {
  %0 = aten.scaled_dot_product_attention.default(%q, %q, %q) : !aten.tensor<[1, 2, 4, 8], f32>
  %1 = aten.scaled_dot_product_attention.default(%q, %q, %q) : !aten.tensor<[1, 2, 4, 8], f32>
  %2 = aten.scaled_dot_product_attention.default(%q, %q, %q, None, 0.5) : !aten.tensor<[1, 2, 4, 8], f32>
  %3 = aten.scaled_dot_product_attention.default(%q, %q, %q, None, 0.5) : !aten.tensor<[1, 2, 4, 8], f32>
  %4 = aten.add.Tensor(%0, %1) : !aten.tensor<[1, 2, 4, 8], f32>
  fx.return((%4, %2, %3))
}
// CHECK-LABEL: @attention
// CHECK-COUNT-3: aten.scaled_dot_product_attention.default
// CHECK-NOT:     aten.scaled_dot_product_attention.default

// -----

// A write lies between the two reads.
func.func @write(%x: !aten.tensor<[4], f32>, %y: !aten.tensor<[4], f32>) {
  %0 = aten.exp.default(%x) : !aten.tensor<[4], f32>
  %1 = aten.copy_.default(%x, %y) : !aten.tensor<[4], f32>
  %2 = aten.exp.default(%x) : !aten.tensor<[4], f32>
  %3 = aten.mul.Tensor(%0, %2) : !aten.tensor<[4], f32>
  fx.return((%3,))
}
// CHECK-LABEL: @write
// CHECK:         aten.exp.default
// CHECK:         aten.copy_.default
// CHECK:         aten.exp.default

// -----

// Tensors that are filled in place are not one; nor are two outputs.
func.func @fresh(%x: !aten.tensor<[4], f32>) {
  %0 = aten.zeros.default([4]) : !aten.tensor<[4], f32>
  %1 = aten.zeros.default([4]) : !aten.tensor<[4], f32>
  %2 = aten.add_.Tensor(%1, %x) : !aten.tensor<[4], f32>
  %3 = aten.exp.default(%x) : !aten.tensor<[4], f32>
  %4 = aten.exp.default(%x) : !aten.tensor<[4], f32>
  fx.return((%0, %3, %4))
}
// CHECK-LABEL: @fresh
// CHECK-COUNT-2: aten.zeros.default
// CHECK-COUNT-2: aten.exp.default
