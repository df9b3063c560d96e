// RUN: fx-opt %s -p canonicalize | filecheck %s

// CHECK: tt.func public @folds
tt.func public @folds(%p: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %x: f32, %t: tensor<4x8xf32>, %q: !tt.ptr<f32>) {
  // CHECK-NEXT: %{{.*}} = tt.load %p : tensor<8x!tt.ptr<f32>>
  // CHECK-NEXT: tt.store %p, %{{.*}} evictionPolicy = evict_first : tensor<8x!tt.ptr<f32>>
  // CHECK-NEXT: tt.store %p, %v : tensor<8x!tt.ptr<f32>>
  %zero = arith.constant dense<0> : tensor<8xi32>
  %0 = tt.addptr %p, %zero : tensor<8x!tt.ptr<f32>>, tensor<8xi32>
  %true = arith.constant dense<true> : tensor<8xi1>
  %2 = tt.load %0, %true, %v : tensor<8x!tt.ptr<f32>>
  tt.store %p, %2, %true evictionPolicy = evict_first : tensor<8x!tt.ptr<f32>>
  %off = arith.constant false
  %false = tt.splat %off : i1 -> tensor<8xi1>
  %3 = tt.load %p, %false, %v : tensor<8x!tt.ptr<f32>>
  tt.store %p, %3 : tensor<8x!tt.ptr<f32>>
  tt.store %p, %3, %false : tensor<8x!tt.ptr<f32>>
  // CHECK-NEXT: %{{.*}} = tt.splat %x : f32 -> tensor<4x8xf32>
  // CHECK-NEXT: %{{.*}} = tt.splat %q : !tt.ptr<f32> -> tensor<4x8x!tt.ptr<f32>>
  // CHECK-NEXT: tt.store %{{.*}}, %{{.*}} : tensor<4x8x!tt.ptr<f32>>
  // CHECK-NEXT: tt.store %{{.*}}, %t : tensor<4x8x!tt.ptr<f32>>
  %s = tt.splat %x : f32 -> tensor<8xf32>
  %e = tt.expand_dims %s {axis = 0 : i32} : tensor<8xf32> -> tensor<1x8xf32>
  %4 = tt.broadcast %e : tensor<1x8xf32> -> tensor<4x8xf32>
  %5 = tt.splat %q : !tt.ptr<f32> -> tensor<4x8x!tt.ptr<f32>>
  tt.store %5, %4 : tensor<4x8x!tt.ptr<f32>>
  %once = tt.trans %t {order = array<i32: 1, 0>} : tensor<4x8xf32> -> tensor<8x4xf32>
  %twice = tt.trans %once {order = array<i32: 1, 0>} : tensor<8x4xf32> -> tensor<4x8xf32>
  %flat = tt.reshape %twice : tensor<4x8xf32> -> tensor<32xf32>
  %back = tt.reshape %flat : tensor<32xf32> -> tensor<4x8xf32>
  %same = tt.broadcast %back : tensor<4x8xf32> -> tensor<4x8xf32>
  tt.store %5, %same : tensor<4x8x!tt.ptr<f32>>
  tt.return
}

// CHECK: tt.func public @kept
tt.func public @kept(%p: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %m: tensor<8xi1>) {
  // A load that is volatile, a mask that is not constant, and elements that may be permuted stay.
  // CHECK:      tt.load %p, %{{.*}}, %v {isVolatile = true}
  // CHECK-NEXT: tt.load %p, %m
  // CHECK-NEXT: tt.reshape %{{.*}} allow_reorder
  %false = arith.constant dense<false> : tensor<8xi1>
  %0 = tt.load %p, %false, %v {isVolatile = true} : tensor<8x!tt.ptr<f32>>
  %1 = tt.load %p, %m : tensor<8x!tt.ptr<f32>>
  %2 = tt.reshape %0 allow_reorder : tensor<8xf32> -> tensor<8xf32>
  tt.store %p, %2, %m : tensor<8x!tt.ptr<f32>>
  tt.store %p, %1, %m : tensor<8x!tt.ptr<f32>>
  tt.return
}
