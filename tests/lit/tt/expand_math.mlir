// RUN: fx-opt %s -p tt-expand-math --split-input-file | filecheck %s
// RUN: fx-opt %s -p 'tt-expand-math{precision="fast" ptx=false}' --split-input-file | filecheck %s --check-prefix=FAST
// RUN: fx-opt %s -p 'tt-expand-math{precision="fast"}' --split-input-file | filecheck %s --check-prefix=PTX
// RUN: not fx-opt %s -p 'tt-expand-math{precision="exact"}' --split-input-file 2>&1 | filecheck %s --check-prefix=UNKNOWN
// UNKNOWN: tt-expand-math: unknown precision

// f32 is stored: accurate forms.
// CHECK-LABEL: @f32
// FAST-LABEL: @f32
tt.func public @f32(%p: tensor<8x!tt.ptr<f32>>, %x: tensor<8xf32>, %d: f64) {
  // CHECK-NEXT: %0 = tt.extern_elementwise %x {{.*}}symbol = "__nv_tanhf"{{.*}} : (tensor<8xf32>) -> tensor<8xf32>
  // CHECK-NEXT: %1 = tt.extern_elementwise %0 {{.*}}symbol = "__nv_expf"
  // CHECK-NEXT: %2 = tt.precise_divf %0, %1 : tensor<8xf32>
  // CHECK-NEXT: %3 = tt.precise_sqrt %2 : tensor<8xf32>
  // CHECK-NEXT: %4 = arith.constant dense<-0.000000e+00> : tensor<8xf32>
  // CHECK-NEXT: %{{.*}} = arith.subf %4, %3 : tensor<8xf32>
  // FAST: __nv_tanhf
  // FAST-NEXT: math.exp
  // FAST-NEXT: arith.divf
  // FAST-NEXT: math.sqrt
  // FAST-NEXT: arith.constant dense<-0.000000e+00>
  // FAST-NEXT: arith.subf
  %0 = math.tanh %x : tensor<8xf32>
  %1 = math.exp %0 : tensor<8xf32>
  %2 = arith.divf %0, %1 : tensor<8xf32>
  %3 = math.sqrt %2 : tensor<8xf32>
  %4 = arith.negf %3 : tensor<8xf32>
  // f64 is accurate always, and sin and erf are Triton's own.
  // CHECK-NEXT: %{{.*}} = math.erf %{{.*}} : tensor<8xf32>
  // CHECK-NEXT: %{{.*}} = tt.extern_elementwise %d {{.*}}symbol = "__nv_rsqrt"{{.*}} : (f64) -> f64
  // CHECK-NEXT: %{{.*}} = math.sin %{{.*}} : f64
  // CHECK-NEXT: %{{.*}} = tt.extern_elementwise %{{.*}}, %{{.*}} {{.*}}symbol = "__nv_pow"{{.*}} : (f64, f64) -> f64
  // FAST: symbol = "__nv_rsqrt"
  %5 = math.erf %4 : tensor<8xf32>
  %6 = math.rsqrt %d : f64
  %7 = math.sin %6 : f64
  %8 = math.powf %6, %7 : f64
  tt.store %p, %5 : tensor<8x!tt.ptr<f32>>
  tt.return
}

// -----

// Only bf16 is stored: approximate instructions do, and what Triton lacks is computed in f32 and rounded once.
// CHECK-LABEL: @bf16
tt.func public @bf16(%p: tensor<8x!tt.ptr<bf16>>, %x: tensor<8xf32>) {
  // CHECK-NEXT: %[[LOG2E:.*]] = arith.constant dense<1.44269502>
  // CHECK-NEXT: %[[ARG:.*]] = arith.mulf %x, %[[LOG2E]] : tensor<8xf32>
  // CHECK-NEXT: %[[EXP:.*]] = tt.elementwise_inline_asm "ex2.approx.ftz.f32 $0, $1;" {{.*}} %[[ARG]]
  // CHECK-NEXT: %[[DIV:.*]] = arith.divf %[[EXP]], %x : tensor<8xf32>
  // CHECK-NEXT: %[[NARROW:.*]] = arith.truncf %[[DIV]] : tensor<8xf32> to tensor<8xbf16>
  // CHECK-NEXT: %[[WIDE:.*]] = arith.extf %[[NARROW]] : tensor<8xbf16> to tensor<8xf32>
  // CHECK-NEXT: %[[CALL:.*]] = tt.extern_elementwise %[[WIDE]] {{.*}}symbol = "__nv_log1pf"
  // CHECK-NEXT: %{{.*}} = arith.truncf %[[CALL]] : tensor<8xf32> to tensor<8xbf16>
  %0 = math.exp %x : tensor<8xf32>
  %1 = arith.divf %0, %x : tensor<8xf32>
  %2 = arith.truncf %1 : tensor<8xf32> to tensor<8xbf16>
  %3 = math.log1p %2 : tensor<8xbf16>
  tt.store %p, %3 : tensor<8x!tt.ptr<bf16>>
  tt.return
}

// -----

// What the f32 depends on is accurate, also through a reduction; what only the bf16 depends on is not.
// CHECK-LABEL: @both
tt.func public @both(%p: !tt.ptr<f32>, %q: tensor<8x!tt.ptr<bf16>>, %x: tensor<8xf32>) {
  // CHECK: %{{.*}} = tt.extern_elementwise %x {{.*}}symbol = "__nv_expf"
  // CHECK: tt.reduce
  // CHECK: tt.elementwise_inline_asm "ex2.approx.ftz.f32 $0, $1;"
  %0 = math.exp %x : tensor<8xf32>
  %1 = "tt.reduce"(%0) <{axis = 0 : i32}> ({
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %b : f32
    tt.reduce.return %s : f32
  }) : (tensor<8xf32>) -> f32
  tt.store %p, %1 : !tt.ptr<f32>
  %2 = math.exp %0 : tensor<8xf32>
  %3 = arith.truncf %2 : tensor<8xf32> to tensor<8xbf16>
  tt.store %q, %3 : tensor<8x!tt.ptr<bf16>>
  tt.return
}

// -----

// Short forms for 16-bit results. A logistic function takes a reciprocal; another quotient does not.
// CHECK-LABEL: @short
// PTX-LABEL: @short
tt.func public @short(%p: tensor<8x!tt.ptr<f16>>, %x: tensor<8xf32>) {
  // PTX: tt.elementwise_inline_asm "ex2.approx.ftz.f32 $0, $1;"
  // PTX: arith.addf
  // PTX-NEXT: tt.elementwise_inline_asm "rcp.approx.ftz.f32 $0, $1;"
  // PTX-NEXT: arith.mulf
  // PTX-NOT: __nv_tanhf
  // PTX-NOT: math.erf
  // PTX: __nv_copysignf
  // PTX: arith.divf
  %one = arith.constant dense<1.0> : tensor<8xf32>
  %0 = math.exp %x : tensor<8xf32>
  %1 = arith.addf %0, %one : tensor<8xf32>
  %2 = arith.divf %x, %1 : tensor<8xf32>
  %3 = math.tanh %2 : tensor<8xf32>
  %4 = math.erf %3 : tensor<8xf32>
  %5 = arith.divf %4, %x : tensor<8xf32>
  %6 = arith.truncf %5 : tensor<8xf32> to tensor<8xf16>
  tt.store %p, %6 : tensor<8x!tt.ptr<f16>>
  tt.return
}

// -----

// CHECK-LABEL: @power
tt.func public @power(%p: !tt.ptr<i64>, %b: i64, %e: i64) {
  // CHECK: scf.for {{.*}} -> (i64, i64, i64) : i32 {
  // CHECK: tt.store
  %0 = math.ipowi %b, %e : i64
  tt.store %p, %0 : !tt.ptr<i64>
  tt.return
}
