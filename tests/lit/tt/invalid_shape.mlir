// RUN: not fx-opt %s --split-input-file 2>&1 | filecheck %s

tt.func public @k(%v: tensor<8xf32>) {
  %0 = tt.splat %v : tensor<8xf32> -> tensor<4x8xf32>
  tt.return
}
// CHECK: tt.splat: the source is a scalar, got tensor<8xf32>

// -----

tt.func public @k(%f: f32) {
  %0 = tt.splat %f : f32 -> tensor<8xi32>
  tt.return
}
// CHECK: tt.splat: element types differ: f32 and i32

// -----

tt.func public @k(%f: f32) {
  %0 = tt.splat %f : f32 -> f32
  tt.return
}
// CHECK: expected a tensor

// -----

tt.func public @k(%v: tensor<8xf32>) {
  %0 = tt.unsplat %v : tensor<8xf32>
  tt.return
}
// CHECK: tt.unsplat: tensor<8xf32> has more than one element

// -----

tt.func public @k(%v: tensor<8xf32>) {
  %0 = tt.broadcast %v : tensor<8xf32> -> tensor<8x8xf32>
  tt.return
}
// CHECK: tt.broadcast: ranks differ: 1 and 2

// -----

tt.func public @k(%v: tensor<8x2xf32>) {
  %0 = tt.broadcast %v : tensor<8x2xf32> -> tensor<8x4xf32>
  tt.return
}
// CHECK: tt.broadcast: dim 1 is 2, cannot become 4

// -----

tt.func public @k(%v: tensor<8xf32>) {
  %0 = tt.expand_dims %v {axis = 2 : i32} : tensor<8xf32> -> tensor<8x1xf32>
  tt.return
}
// CHECK: tt.expand_dims: axis 2 is outside of 0 to 1

// -----

tt.func public @k(%v: tensor<8xf32>) {
  %0 = tt.expand_dims %v {axis = 0 : i32} : tensor<8xf32> -> tensor<8x1xf32>
  tt.return
}
// CHECK: tt.expand_dims: shape [8] at axis 0 becomes [1, 8], the result is [8, 1]

// -----

tt.func public @k(%v: tensor<8xf32>) {
  %0 = tt.reshape %v : tensor<8xf32> -> tensor<4x4xf32>
  tt.return
}
// CHECK: tt.reshape: 8 elements cannot become 16

// -----

tt.func public @k(%v: tensor<8x4xf32>) {
  %0 = tt.trans %v {order = array<i32: 0, 0>} : tensor<8x4xf32> -> tensor<8x8xf32>
  tt.return
}
// CHECK: tt.trans: order [0, 0] is no permutation of 2 dims

// -----

tt.func public @k(%v: tensor<8x4xf32>) {
  %0 = tt.trans %v {order = array<i32: 1, 0>} : tensor<8x4xf32> -> tensor<8x4xf32>
  tt.return
}
// CHECK: tt.trans: shape [8, 4] in order [1, 0] is [4, 8], the result is [8, 4]

// -----

tt.func public @k(%v: tensor<8xf32>) {
  %0 = tt.cat %v, %v : tensor<8xf32> -> tensor<8xf32>
  tt.return
}
// CHECK: tt.cat: two tensors of shape [8] do not make [8]

// -----

tt.func public @k(%v: tensor<8xf32>) {
  %0 = "tt.join"(%v, %v) : (tensor<8xf32>, tensor<8xf32>) -> tensor<2x8xf32>
  tt.return
}
// CHECK: expected tensor<8x2xf32> beside tensor<8xf32>, got tensor<2x8xf32>

// -----

tt.func public @k(%v: tensor<8xf32>) {
  %0, %1 = tt.split %v : tensor<8xf32> -> tensor<4xf32>
  tt.return
}
// CHECK: tt.split: the last dim of tensor<8xf32> is not 2

// -----

tt.func public @k(%v: tensor<8x2xf32>) {
  %0, %1 = tt.split %v : tensor<8x2xf32> -> tensor<4xf32>
  tt.return
}
// CHECK: tt.split: halves of tensor<8x2xf32> are tensor<8xf32>, got tensor<4xf32>
