// RUN: not fx-opt %s --split-input-file 2>&1 | filecheck %s

tt.func public @k(%p: !tt.ptr<f32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  %0 = tt.addptr %ps, %n : tensor<8x!tt.ptr<f32>>, i32
  tt.return
}
// CHECK: tt.addptr: pointer and offset differ in shape: [8], []

// -----

tt.func public @k(%p: !tt.ptr<f32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  %0 = tt.addptr %v, %n : tensor<8xf32>, i32
  tt.return
}
// CHECK: expected pointers or a tensor of them, got tensor<8xf32>

// -----

tt.func public @k(%p: !tt.ptr<f32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  %0 = tt.load %v : tensor<8xf32>
  tt.return
}
// CHECK: expected pointers or a tensor of them, got tensor<8xf32>

// -----

tt.func public @k(%p: !tt.ptr<f32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  %0 = "tt.load"(%ps, %v) <{operandSegmentSizes = array<i32: 1, 0, 1>}> : (tensor<8x!tt.ptr<f32>>, tensor<8xf32>) -> tensor<8xf32>
  tt.return
}
// CHECK: tt.load: `other` without a mask

// -----

tt.func public @k(%p: !tt.ptr<f32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  %0 = "tt.load"(%ps) <{operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<8x!tt.ptr<f32>>) -> tensor<8xi32>
  tt.return
}
// CHECK: expected tensor<8xf32> beside tensor<8x!tt.ptr<f32>>, got tensor<8xi32>

// -----

tt.func public @k(%p: !tt.ptr<f32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  %0 = "tt.load"(%ps) <{cache = 9 : i32, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<8x!tt.ptr<f32>>) -> tensor<8xf32>
  tt.return
}
// CHECK: tt.load: cache modifier is 9, not 1 to 7

// -----

tt.func public @k(%p: !tt.ptr<f32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  %0 = "tt.load"(%ps) <{evict = 5 : i32, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<8x!tt.ptr<f32>>) -> tensor<8xf32>
  tt.return
}
// CHECK: tt.load: eviction policy is 5, not 1 to 3

// -----

tt.func public @k(%p: !tt.ptr<f32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  %0 = tt.load %ps {boundaryCheck = array<i32: 0>} : tensor<8x!tt.ptr<f32>>
  tt.return
}
// CHECK: tt.load: boundaryCheck belongs to block pointers, which are not supported

// -----

tt.func public @k(%p: !tt.ptr<f32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  "tt.store"(%ps, %m) : (tensor<8x!tt.ptr<f32>>, tensor<8xi1>) -> ()
  tt.return
}
// CHECK: expected tensor<8xf32> beside tensor<8x!tt.ptr<f32>>, got tensor<8xi1>

// -----

tt.func public @k(%p: !tt.ptr<f32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  tt.store %ps, %v {boundaryCheck = array<i32: 0>} : tensor<8x!tt.ptr<f32>>
  tt.return
}
// CHECK: tt.store: boundaryCheck belongs to block pointers, which are not supported

// -----

tt.func public @k(%p: !tt.ptr<f32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  tt.store %ps, %v evictionPolicy = never : tensor<8x!tt.ptr<f32>>
  tt.return
}
// CHECK: unknown EvictionPolicy 'never': one of evict_normal, evict_first, evict_last

// -----

tt.func public @k(%p: !tt.ptr<f32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  %0 = tt.atomic_rmw add, acq_rel, gpu, %ps, %v : (tensor<8x!tt.ptr<f32>>, tensor<8xf32>) -> tensor<8xf32>
  tt.return
}
// CHECK: tt.atomic_rmw: add does not apply to tensor<8xf32>

// -----

tt.func public @k(%p: !tt.ptr<f32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  %0 = "tt.atomic_rmw"(%p, %n) <{atomic_rmw_op = 11 : i32, sem = 1 : i32, scope = 1 : i32}> : (!tt.ptr<f32>, i32) -> i32
  tt.return
}
// CHECK: expected f32 beside !tt.ptr<f32>, got i32

// -----

tt.func public @k(%p: !tt.ptr<i32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  %0 = "tt.atomic_rmw"(%p, %n) <{atomic_rmw_op = 11 : i32, sem = 1 : i32, scope = 1 : i32}> : (!tt.ptr<i32>, i32) -> i32
  tt.return
}
// CHECK: tt.atomic_rmw: operation is 11, not 1 to 10

// -----

tt.func public @k(%p: !tt.ptr<f32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  %0 = tt.make_tensor_descriptor %p, [%n], [%l] : !tt.ptr<f32>, !tt.tensordesc<tensor<4x8xf32>>
  tt.return
}
// CHECK: tt.make_tensor_descriptor: 1 sizes for a block of 2 dimensions

// -----

tt.func public @k(%p: !tt.ptr<f32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  %0 = tt.make_tensor_descriptor %p, [%n], [%l] : !tt.ptr<f32>, !tt.tensordesc<tensor<8xf16>>
  tt.return
}
// CHECK: tt.make_tensor_descriptor: base points to f32, blocks hold f16

// -----

tt.func public @k(%p: !tt.ptr<f32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  %0 = tt.make_tensor_descriptor %p, [%n], [%l] : !tt.ptr<f32>, !tt.tensordesc<f16>
  tt.return
}
// CHECK: !tt.tensordesc holds a tensor type, got f16

// -----

tt.func public @k(%d: !tt.tensordesc<tensor<8xf32>>, %n: i32) {
  %0 = tt.descriptor_load %d[%n] : !tt.tensordesc<tensor<8xf32>> -> tensor<4xf32>
  tt.return
}
// CHECK: tt.descriptor_load: the descriptor has blocks of tensor<8xf32>, got tensor<4xf32>

// -----

tt.func public @k(%d: !tt.tensordesc<tensor<8xf32>>, %n: i32) {
  %0 = tt.descriptor_load %d[%n, %n] : !tt.tensordesc<tensor<8xf32>> -> tensor<8xf32>
  tt.return
}
// CHECK: tt.descriptor_load: 2 indices for a block of 1 dimensions

// -----

tt.func public @k(%d: i32, %n: i32) {
  %0 = tt.descriptor_load %d[%n] : i32 -> tensor<8xf32>
  tt.return
}
// CHECK: expected a tensor descriptor, got i32

// -----

tt.func public @k(%p: !tt.ptr<f32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  %0 = tt.int_to_ptr %n : i32 -> !tt.ptr<f32>
  tt.return
}
// CHECK: tt.int_to_ptr: addresses are i64, got i32

// -----

tt.func public @k(%p: !tt.ptr<f32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  %0 = tt.int_to_ptr %l : i64 -> tensor<8x!tt.ptr<f32>>
  tt.return
}
// CHECK: tt.int_to_ptr: source and result differ in shape: [], [8]

// -----

tt.func public @k(%p: !tt.ptr<f32>, %ps: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>, %n: i32, %l: i64) {
  %0 = tt.ptr_to_int %p : !tt.ptr<f32> -> i32
  tt.return
}
// CHECK: tt.ptr_to_int: addresses are i64, got i32
