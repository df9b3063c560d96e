// RUN: fx-opt %s | filecheck %s
// RUN: fx-opt %s --print-op-generic | fx-opt | filecheck %s

// CHECK: tt.func public @ops_shape(%f: f32, %p: !tt.ptr<i8>, %v: tensor<4x8xf32>, %u: tensor<1x1xf32>, %c: tensor<4x1xf32>, %w: tensor<8xf32>) attributes {noinline = false} {
tt.func public @ops_shape(%f: f32, %p: !tt.ptr<i8>, %v: tensor<4x8xf32>, %u: tensor<1x1xf32>, %c: tensor<4x1xf32>, %w: tensor<8xf32>) attributes {noinline = false} {
  // CHECK-NEXT: %0 = tt.splat %f : f32 -> tensor<4x8xf32>
  %0 = tt.splat %f : f32 -> tensor<4x8xf32>
  // CHECK-NEXT: %1 = tt.splat %p : !tt.ptr<i8> -> tensor<8x!tt.ptr<i8>>
  %1 = tt.splat %p : !tt.ptr<i8> -> tensor<8x!tt.ptr<i8>>
  // CHECK-NEXT: %2 = tt.unsplat %u : tensor<1x1xf32>
  %2 = tt.unsplat %u : tensor<1x1xf32>
  // CHECK-NEXT: %3 = tt.broadcast %c : tensor<4x1xf32> -> tensor<4x8xf32>
  %3 = tt.broadcast %c : tensor<4x1xf32> -> tensor<4x8xf32>
  // CHECK-NEXT: %4 = tt.expand_dims %w {axis = 0 : i32} : tensor<8xf32> -> tensor<1x8xf32>
  %4 = tt.expand_dims %w {axis = 0 : i32} : tensor<8xf32> -> tensor<1x8xf32>
  // CHECK-NEXT: %5 = tt.reshape %v : tensor<4x8xf32> -> tensor<32xf32>
  %5 = tt.reshape %v : tensor<4x8xf32> -> tensor<32xf32>
  // CHECK-NEXT: %6 = tt.reshape %v allow_reorder : tensor<4x8xf32> -> tensor<2x16xf32>
  %6 = tt.reshape %v allow_reorder : tensor<4x8xf32> -> tensor<2x16xf32>
  // CHECK-NEXT: %7 = tt.reshape %v allow_reorder efficient_layout : tensor<4x8xf32> -> tensor<8x4xf32>
  %7 = tt.reshape %v allow_reorder efficient_layout : tensor<4x8xf32> -> tensor<8x4xf32>
  // CHECK-NEXT: %8 = tt.trans %v {order = array<i32: 1, 0>} : tensor<4x8xf32> -> tensor<8x4xf32>
  %8 = tt.trans %v {order = array<i32: 1, 0>} : tensor<4x8xf32> -> tensor<8x4xf32>
  // CHECK-NEXT: %9 = tt.cat %w, %w : tensor<8xf32> -> tensor<16xf32>
  %9 = tt.cat %w, %w : tensor<8xf32> -> tensor<16xf32>
  // CHECK-NEXT: %10 = tt.join %v, %v : tensor<4x8xf32> -> tensor<4x8x2xf32>
  %10 = tt.join %v, %v : tensor<4x8xf32> -> tensor<4x8x2xf32>
  // CHECK-NEXT: %11, %12 = tt.split %10 : tensor<4x8x2xf32> -> tensor<4x8xf32>
  %11, %12 = tt.split %10 : tensor<4x8x2xf32> -> tensor<4x8xf32>
  // CHECK-NEXT: tt.return
  tt.return
}
