// RUN: fx-opt %s -p convert-aten-to-loop | filecheck %s

// CHECK-LABEL: func.func @softmax
// CHECK: loop.nest (%x) [d0 = s0] reduce [r0 = 64]
// CHECK: [[x:%.*]] = loop.load %{{.*}}[d0 * 64 + r0] : f32
// CHECK-NEXT: [[max:%.*]] = loop.reduce max [[x]] : f32
// CHECK-NEXT: [[shifted:%.*]] = arith.subf [[x]], [[max]]
// CHECK-NEXT: [[exp:%.*]] = math.exp [[shifted]]
// CHECK-NEXT: [[sum:%.*]] = loop.reduce sum [[exp]] : f32
// CHECK-NEXT: [[quotient:%.*]] = arith.divf [[exp]], [[sum]]
// CHECK-NEXT: loop.store [[quotient]], %{{.*}}[d0 * 64 + r0]
func.func @softmax(%x: !aten.tensor<[s0, 64], f32, device="cuda:0">) {
  %0 = aten._softmax.default(%x, -1, False) : !aten.tensor<[s0, 64], f32, device="cuda:0">
  fx.return(%0)
}

// Statistics and the affine transform in one nest with three results.
// CHECK-LABEL: func.func @layer_norm
// CHECK: %0, %1, %2 = loop.nest (%x, %w) [d0 = 4] reduce [r0 = 8]
// CHECK: loop.reduce welford
// CHECK: math.rsqrt
// CHECK: loop.store %{{.*}}[d0 * 8 + r0]
// CHECK: loop.store %{{.*}}[d0]
// CHECK: loop.store %{{.*}}[d0]
func.func @layer_norm(%x: !aten.tensor<[4, 8], f32>, %w: !aten.tensor<[8], f32>) {
  %0 = aten.native_layer_norm.default(%x, [8], %w, None, 1e-05)
    : !aten.tuple<!aten.tensor<[4, 8], f32>, !aten.tensor<[4, 1], f32>, !aten.tensor<[4, 1], f32>>
  %1 = fx.getitem(%0, 0) : !aten.tensor<[4, 8], f32>
  %2 = fx.getitem(%0, 1) : !aten.tensor<[4, 1], f32>
  %3 = fx.getitem(%0, 2) : !aten.tensor<[4, 1], f32>
  fx.return((%1, %2, %3))
}

// CHECK-LABEL: func.func @rms_norm
// CHECK: loop.reduce sum
// CHECK-NOT: welford
// CHECK: math.rsqrt
// CHECK-LABEL: func.func @batch_norm
func.func @rms_norm(%x: !aten.tensor<[4, 8], f32>, %w: !aten.tensor<[8], f32>) {
  %0 = aten._fused_rms_norm.default(%x, [8], %w, 1e-05)
    : !aten.tuple<!aten.tensor<[4, 8], f32>, !aten.tensor<[4, 1], f32>>
  %1 = fx.getitem(%0, 0) : !aten.tensor<[4, 8], f32>
  fx.return(%1)
}

// In inference a pointwise nest that reads the statistics by channel.
// CHECK: loop.nest (%m, %v, %x) [d0 = 2, d1 = 3, d2 = 16]
// CHECK: loop.load %{{.*}}[d1] : f32
// CHECK-NEXT: loop.load %{{.*}}[d1] : f32
// CHECK-NOT: loop.reduce
func.func @batch_norm(%x: !aten.tensor<[2, 3, 16], f32>, %m: !aten.tensor<[3], f32>, %v: !aten.tensor<[3], f32>) {
  %0 = aten._native_batch_norm_legit_no_training.default(%x, None, None, %m, %v, 0.1, 1e-05)
    : !aten.tuple<!aten.tensor<[2, 3, 16], f32>, !aten.tensor<[0], f32>, !aten.tensor<[0], f32>>
  %1 = fx.getitem(%0, 0) : !aten.tensor<[2, 3, 16], f32>
  fx.return(%1)
}
