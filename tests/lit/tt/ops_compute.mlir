// RUN: fx-opt %s | filecheck %s
// RUN: fx-opt %s --print-op-generic | fx-opt | filecheck %s

// CHECK: tt.func public @ops_compute(%f: tensor<8xf32>, %i: tensor<8xi32>, %d: f64, %h: tensor<16x16xf16>, %a: tensor<16x16xf32>, %m: tensor<8xi1>, %p: !tt.ptr<f32>) attributes {noinline = false} {
tt.func public @ops_compute(%f: tensor<8xf32>, %i: tensor<8xi32>, %d: f64, %h: tensor<16x16xf16>, %a: tensor<16x16xf32>, %m: tensor<8xi1>, %p: !tt.ptr<f32>) attributes {noinline = false} {
  // CHECK-NEXT: %0 = tt.bitcast %f : tensor<8xf32> -> tensor<8xi32>
  %0 = tt.bitcast %f : tensor<8xf32> -> tensor<8xi32>
  // CHECK-NEXT: %1 = tt.bitcast %p : !tt.ptr<f32> -> !tt.ptr<i8>
  %1 = tt.bitcast %p : !tt.ptr<f32> -> !tt.ptr<i8>
  // CHECK-NEXT: %2 = tt.fp_to_fp %f, rounding = rtz : tensor<8xf32> -> tensor<8xbf16>
  %2 = tt.fp_to_fp %f, rounding = rtz : tensor<8xf32> -> tensor<8xbf16>
  // CHECK-NEXT: %3 = tt.fp_to_fp %f, rounding = rtne : tensor<8xf32> -> tensor<8xf8E4M3FN>
  %3 = tt.fp_to_fp %f, rounding = rtne : tensor<8xf32> -> tensor<8xf8E4M3FN>
  // CHECK-NEXT: %4 = tt.fp_to_fp %3 : tensor<8xf8E4M3FN> -> tensor<8xf16>
  %4 = tt.fp_to_fp %3 : tensor<8xf8E4M3FN> -> tensor<8xf16>
  // CHECK-NEXT: %5 = tt.clampf %f, %f, %f, propagateNan = all : tensor<8xf32>
  %5 = tt.clampf %f, %f, %f, propagateNan = all : tensor<8xf32>
  // CHECK-NEXT: %6 = tt.clampf %d, %d, %d, propagateNan = none : f64
  %6 = tt.clampf %d, %d, %d, propagateNan = none : f64
  // CHECK-NEXT: %7 = tt.precise_sqrt %f : tensor<8xf32>
  %7 = tt.precise_sqrt %f : tensor<8xf32>
  // CHECK-NEXT: %8 = tt.precise_divf %f, %7 : tensor<8xf32>
  %8 = tt.precise_divf %f, %7 : tensor<8xf32>
  // CHECK-NEXT: %9 = tt.mulhiui %i, %i : tensor<8xi32>
  %9 = tt.mulhiui %i, %i : tensor<8xi32>
  // CHECK-NEXT: %10 = tt.extern_elementwise %d {libname = "", libpath = "", pure = true, symbol = "__nv_erf"} : (f64) -> f64
  %10 = tt.extern_elementwise %d {libname = "", libpath = "", pure = true, symbol = "__nv_erf"} : (f64) -> f64
  // CHECK-NEXT: %11 = tt.extern_elementwise %f, %f {libname = "", libpath = "", pure = true, symbol = "__nv_powf"} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %11 = tt.extern_elementwise %f, %f {libname = "", libpath = "", pure = true, symbol = "__nv_powf"} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  // CHECK-NEXT: %12 = tt.elementwise_inline_asm "ex2.approx.f32 $0, $1;" {constraints = "=f,f", pure = true, packed_element = 1 : i32} %f : tensor<8xf32> -> tensor<8xf32>
  %12 = tt.elementwise_inline_asm "ex2.approx.f32 $0, $1;" {constraints = "=f,f", pure = true, packed_element = 1 : i32} %f : tensor<8xf32> -> tensor<8xf32>
  // CHECK-NEXT: %13 = tt.dot %h, %h, %a : tensor<16x16xf16> * tensor<16x16xf16> -> tensor<16x16xf32>
  %13 = tt.dot %h, %h, %a : tensor<16x16xf16> * tensor<16x16xf16> -> tensor<16x16xf32>
  // CHECK-NEXT: %14 = tt.dot %a, %a, %a, inputPrecision = tf32x3 {maxNumImpreciseAcc = 0 : i32} : tensor<16x16xf32> * tensor<16x16xf32> -> tensor<16x16xf32>
  %14 = tt.dot %a, %a, %a, inputPrecision = tf32x3 {maxNumImpreciseAcc = 0 : i32} : tensor<16x16xf32> * tensor<16x16xf32> -> tensor<16x16xf32>
  // CHECK-NEXT: %15 = tt.histogram %i : tensor<8xi32> -> tensor<16xi32>
  %15 = tt.histogram %i : tensor<8xi32> -> tensor<16xi32>
  // CHECK-NEXT: %16 = tt.histogram %i, %m : tensor<8xi32> -> tensor<16xi32>
  %16 = tt.histogram %i, %m : tensor<8xi32> -> tensor<16xi32>
  // CHECK-NEXT: %17 = tt.gather %f[%i] {axis = 0 : i32} : (tensor<8xf32>, tensor<8xi32>) -> tensor<8xf32>
  %17 = tt.gather %f[%i] {axis = 0 : i32} : (tensor<8xf32>, tensor<8xi32>) -> tensor<8xf32>
  // CHECK-NEXT: tt.return
  tt.return
}
