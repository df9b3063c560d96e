// RUN: fx-opt %s -p convert-aten-to-loop | filecheck %s

// CHECK-LABEL: func.func @mean
// CHECK: loop.nest (%x) [d0 = s0] reduce [r0 = 4, r1 = 8]
// CHECK: [[x:%.*]] = loop.load %{{.*}}[d0 * 32 + r0 * 8 + r1] : bf16
// CHECK-NEXT: arith.extf
// CHECK-NEXT: [[sum:%.*]] = loop.reduce sum %{{.*}} : f32
// CHECK-NEXT: arith.constant 3.200000e+01 : f32
// CHECK-NEXT: arith.divf [[sum]]
// CHECK-NEXT: arith.truncf
// CHECK-NEXT: loop.store %{{.*}}[d0]
func.func @mean(%x: !aten.tensor<[s0, 4, 8], bf16>) {
  %0 = aten.mean.dim(%x, [1, -1], True) : !aten.tensor<[s0, 1, 1], bf16>
  fx.return(%0)
}

// Positions are counted row-major, whatever the strides; values and positions come from one nest.
// CHECK-LABEL: func.func @max
// CHECK: %0, %1 = loop.nest (%x) [d0 = 3] reduce [r0 = 5]
// CHECK: loop.reduce max
// CHECK: loop.reduce argmax
func.func @max(%x: !aten.tensor<[3, 5], f32, strides=[1, 3]>) {
  %0 = aten.max.dim(%x, 1) : !aten.tuple<!aten.tensor<[3], f32>, !aten.tensor<[3], i64>>
  %1 = fx.getitem(%0, 0) : !aten.tensor<[3], f32>
  %2 = fx.getitem(%0, 1) : !aten.tensor<[3], i64>
  fx.return((%1, %2))
}

// A result that nobody reads is not computed.
// CHECK-LABEL: func.func @unread
// CHECK-NOT: loop.reduce argmin
// CHECK: loop.reduce min
// CHECK-NOT: loop.reduce argmin
// CHECK-LABEL: func.func @unsigned
func.func @unread(%x: !aten.tensor<[3, 5], f32>) {
  %0 = aten.min.dim(%x, 1) : !aten.tuple<!aten.tensor<[3], f32>, !aten.tensor<[3], i64>>
  %1 = fx.getitem(%0, 0) : !aten.tensor<[3], f32>
  fx.return(%1)
}

// Extrema compare signed: unsigned integers are widened.
// CHECK: arith.extui %{{.*}} : i8 to i32
// CHECK-NEXT: loop.reduce max %{{.*}} : i32
// CHECK-NEXT: arith.trunci %{{.*}} : i32 to i8
func.func @unsigned(%x: !aten.tensor<[5], u8>) {
  %0 = aten.amax.default(%x) : !aten.tensor<[], u8>
  fx.return(%0)
}

// CHECK-LABEL: func.func @cumsum
// CHECK: loop.nest (%x) [d0 = 6] reduce [r0 = 4]
// CHECK: arith.extsi %{{.*}} : i32 to i64
// CHECK-NEXT: loop.scan sum %{{.*}} : i64
// CHECK-NEXT: loop.store %{{.*}}[d0 + r0 * 6]
func.func @cumsum(%x: !aten.tensor<[4, 6], i32>) {
  %0 = aten.cumsum.default(%x, 0) : !aten.tensor<[4, 6], i64>
  fx.return(%0)
}

// Not lowered: torch has two meanings of an empty list of dims.
// CHECK-LABEL: func.func @no_dims
// CHECK: loop.extern "aten.any.dims"(%x, []) {reason = "an empty list of dims"}
func.func @no_dims(%x: !aten.tensor<[4], bool>) {
  %0 = aten.any.dims(%x, []) : !aten.tensor<[4], bool>
  fx.return(%0)
}
