// RUN: fx-opt %s | filecheck %s
// RUN: fx-opt %s --print-op-generic | fx-opt | filecheck %s

// CHECK: tt.func public @ops_memory(%p: !tt.ptr<f32> {tt.divisibility = 16 : i32}, %s: !tt.ptr<f32, 3>, %ps: tensor<8x!tt.ptr<f32>>, %i: tensor<8xi64>, %m: tensor<8xi1>, %f: f32, %v: tensor<8xf32>, %b: i1, %n: i32, %l: i64, %ip: tensor<8x!tt.ptr<i64>>) attributes {noinline = false} {
tt.func public @ops_memory(%p: !tt.ptr<f32> {tt.divisibility = 16 : i32}, %s: !tt.ptr<f32, 3>, %ps: tensor<8x!tt.ptr<f32>>, %i: tensor<8xi64>, %m: tensor<8xi1>, %f: f32, %v: tensor<8xf32>, %b: i1, %n: i32, %l: i64, %ip: tensor<8x!tt.ptr<i64>>) attributes {noinline = false} {
  // CHECK-NEXT: %0 = tt.addptr %p, %n : !tt.ptr<f32>, i32
  %0 = tt.addptr %p, %n : !tt.ptr<f32>, i32
  // CHECK-NEXT: %1 = tt.addptr %ps, %i : tensor<8x!tt.ptr<f32>>, tensor<8xi64>
  %1 = tt.addptr %ps, %i : tensor<8x!tt.ptr<f32>>, tensor<8xi64>
  // CHECK-NEXT: %2 = tt.load %p : !tt.ptr<f32>
  %2 = tt.load %p : !tt.ptr<f32>
  // CHECK-NEXT: %3 = tt.load %p, %b, %f : !tt.ptr<f32>
  %3 = tt.load %p, %b, %f : !tt.ptr<f32>
  // CHECK-NEXT: %4 = tt.load %ps, %m : tensor<8x!tt.ptr<f32>>
  %4 = tt.load %ps, %m : tensor<8x!tt.ptr<f32>>
  // CHECK-NEXT: %5 = tt.load %ps, %m, %v cacheModifier = cg evictionPolicy = evict_first {isVolatile = true} : tensor<8x!tt.ptr<f32>>
  %5 = tt.load %ps, %m, %v cacheModifier = cg evictionPolicy = evict_first {isVolatile = true} : tensor<8x!tt.ptr<f32>>
  // CHECK-NEXT: %6 = tt.load %ps evictionPolicy = evict_last : tensor<8x!tt.ptr<f32>>
  %6 = tt.load %ps evictionPolicy = evict_last : tensor<8x!tt.ptr<f32>>
  // CHECK-NEXT: tt.store %p, %f : !tt.ptr<f32>
  tt.store %p, %f : !tt.ptr<f32>
  // CHECK-NEXT: tt.store %ps, %v, %m cacheModifier = wt : tensor<8x!tt.ptr<f32>>
  tt.store %ps, %v, %m cacheModifier = wt : tensor<8x!tt.ptr<f32>>
  // CHECK-NEXT: tt.store %ps, %v evictionPolicy = evict_first : tensor<8x!tt.ptr<f32>>
  tt.store %ps, %v evictionPolicy = evict_first : tensor<8x!tt.ptr<f32>>
  // CHECK-NEXT: %7 = tt.atomic_rmw fadd, acq_rel, gpu, %ps, %v, %m : (tensor<8x!tt.ptr<f32>>, tensor<8xf32>, tensor<8xi1>) -> tensor<8xf32>
  %7 = tt.atomic_rmw fadd, acq_rel, gpu, %ps, %v, %m : (tensor<8x!tt.ptr<f32>>, tensor<8xf32>, tensor<8xi1>) -> tensor<8xf32>
  // CHECK-NEXT: %8 = tt.atomic_rmw umax, relaxed, sys, %ip, %i : (tensor<8x!tt.ptr<i64>>, tensor<8xi64>) -> tensor<8xi64>
  %8 = tt.atomic_rmw umax, relaxed, sys, %ip, %i : (tensor<8x!tt.ptr<i64>>, tensor<8xi64>) -> tensor<8xi64>
  // CHECK-NEXT: %9 = tt.atomic_rmw exch, release, cta, %p, %f : (!tt.ptr<f32>, f32) -> f32
  %9 = tt.atomic_rmw exch, release, cta, %p, %f : (!tt.ptr<f32>, f32) -> f32
  // CHECK-NEXT: %10 = tt.atomic_cas acquire, gpu, %ip, %i, %i : (tensor<8x!tt.ptr<i64>>, tensor<8xi64>, tensor<8xi64>) -> tensor<8xi64>
  %10 = tt.atomic_cas acquire, gpu, %ip, %i, %i : (tensor<8x!tt.ptr<i64>>, tensor<8xi64>, tensor<8xi64>) -> tensor<8xi64>
  // CHECK-NEXT: %11 = tt.ptr_to_int %ps : tensor<8x!tt.ptr<f32>> -> tensor<8xi64>
  %11 = tt.ptr_to_int %ps : tensor<8x!tt.ptr<f32>> -> tensor<8xi64>
  // CHECK-NEXT: %12 = tt.int_to_ptr %11 : tensor<8xi64> -> tensor<8x!tt.ptr<f32>>
  %12 = tt.int_to_ptr %11 : tensor<8xi64> -> tensor<8x!tt.ptr<f32>>
  // CHECK-NEXT: %13 = tt.make_tensor_descriptor %p, [%n, %n], [%l, %l] : !tt.ptr<f32>, !tt.tensordesc<tensor<4x8xf32>>
  %13 = tt.make_tensor_descriptor %p, [%n, %n], [%l, %l] : !tt.ptr<f32>, !tt.tensordesc<tensor<4x8xf32>>
  // CHECK-NEXT: %14 = tt.make_tensor_descriptor %p, [%n], [%l] padding = nan : !tt.ptr<f32>, !tt.tensordesc<tensor<8xf32>>
  %14 = tt.make_tensor_descriptor %p, [%n], [%l] padding = nan : !tt.ptr<f32>, !tt.tensordesc<tensor<8xf32>>
  // CHECK-NEXT: %15 = tt.descriptor_load %13[%n, %n] : !tt.tensordesc<tensor<4x8xf32>> -> tensor<4x8xf32>
  %15 = tt.descriptor_load %13[%n, %n] : !tt.tensordesc<tensor<4x8xf32>> -> tensor<4x8xf32>
  // CHECK-NEXT: %16 = tt.descriptor_load %14[%n] cacheModifier = cg : !tt.tensordesc<tensor<8xf32>> -> tensor<8xf32>
  %16 = tt.descriptor_load %14[%n] cacheModifier = cg : !tt.tensordesc<tensor<8xf32>> -> tensor<8xf32>
  // CHECK-NEXT: tt.descriptor_store %13[%n, %n], %15 : !tt.tensordesc<tensor<4x8xf32>>, tensor<4x8xf32>
  tt.descriptor_store %13[%n, %n], %15 : !tt.tensordesc<tensor<4x8xf32>>, tensor<4x8xf32>
  // CHECK-NEXT: tt.descriptor_reduce add, %13[%n, %n], %15 : !tt.tensordesc<tensor<4x8xf32>>, tensor<4x8xf32>
  tt.descriptor_reduce add, %13[%n, %n], %15 : !tt.tensordesc<tensor<4x8xf32>>, tensor<4x8xf32>
  // CHECK-NEXT: tt.return
  tt.return
}
