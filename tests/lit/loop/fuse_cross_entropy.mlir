// RUN: fx-opt %s -p loop-fuse | filecheck %s

// The log-softmax is read at one element of each row: it is not stored, its maximum and log-sum are.
!x = !aten.tensor<[128, 5000], f32>
!i = !aten.tensor<[128], i64>
!s = !aten.tensor<[], f32>
func.func @mean_loss(%x: !x, %target: !i) -> !s {
  %0 = loop.nest (%x) [d0 = 128] reduce [r0 = 5000] attributes {origins = ["log_softmax"]} : (!x) -> !x {
  ^bb0(%in: !x, %out: !x):
    %1 = loop.load %in[d0 * 5000 + r0] : f32
    %2 = loop.reduce max %1 : f32
    %3 = arith.subf %1, %2 : f32
    %4 = math.exp %3 : f32
    %5 = loop.reduce sum %4 : f32
    %6 = math.log %5 : f32
    %7 = arith.subf %3, %6 : f32
    loop.store %7, %out[d0 * 5000 + r0]
  }
  %8 = loop.nest (%0, %target) [] reduce [r0 = 128] attributes {origins = ["nll_loss"]} : (!x, !i) -> !s {
  ^bb0(%in: !x, %in1: !i, %out: !s):
    %1 = loop.load %in1[r0] : i64
    %2 = loop.load %in[r0 * 5000 + i0] (%1) : f32
    %3 = arith.negf %2 : f32
    %4 = loop.reduce sum %3 : f32
    loop.store %4, %out[0]
  }
  fx.return((%8))
}
// CHECK-LABEL: @mean_loss
// CHECK:         [[A:%[^,]*]], [[B:%[^ ]*]] = loop.nest (%x) [d0 = 128] reduce [r0 = 5000]
// CHECK-SAME:      -> (!aten.tensor<[128], f32>, !aten.tensor<[128], f32>) {
// CHECK:         [] reduce [r0 = 128] attributes {origins = ["log_softmax", "nll_loss"]}
// CHECK:           [[T:%[^ ]*]] = loop.load %{{.*}}[r0] : i64
// CHECK-NEXT:      loop.load %{{.*}}[i0 + r0 * 5000] ([[T]]) : f32
// CHECK-NEXT:      loop.load %{{.*}}[r0] : f32
// CHECK-NEXT:      arith.subf
// CHECK-NEXT:      loop.load %{{.*}}[r0] : f32
// CHECK-NEXT:      arith.subf
// CHECK-NEXT:      arith.negf
// CHECK-NOT:     loop.nest

// The loss of each row needs no second kernel.
func.func @row_loss(%x: !x, %target: !i) -> !aten.tensor<[128], f32> {
  %0 = loop.nest (%x) [d0 = 128] reduce [r0 = 5000] : (!x) -> !x {
  ^bb0(%in: !x, %out: !x):
    %1 = loop.load %in[d0 * 5000 + r0] : f32
    %2 = loop.reduce max %1 : f32
    %3 = arith.subf %1, %2 : f32
    loop.store %3, %out[d0 * 5000 + r0]
  }
  %8 = loop.nest (%0, %target) [d0 = 128] : (!x, !i) -> !aten.tensor<[128], f32> {
  ^bb0(%in: !x, %in1: !i, %out: !aten.tensor<[128], f32>):
    %1 = loop.load %in1[d0] : i64
    %2 = loop.load %in[d0 * 5000 + i0] (%1) : f32
    loop.store %2, %out[d0]
  }
  fx.return((%8))
}
// CHECK-LABEL: @row_loss
// CHECK:         loop.nest (%x, %target) [d0 = 128] reduce [r0 = 5000]
// CHECK:           [[M:%[^ ]*]] = loop.reduce max
// CHECK-NEXT:      [[T:%[^ ]*]] = loop.load %{{.*}}[d0] : i64
// CHECK-NEXT:      [[X:%[^ ]*]] = loop.load %{{.*}}[d0 * 5000 + i0] ([[T]]) : f32
// CHECK-NEXT:      [[Y:%[^ ]*]] = arith.subf [[X]], [[M]]
// CHECK-NEXT:      loop.store [[Y]], %{{.*}}[d0]
// CHECK-NOT:     loop.nest

// Somebody else needs the log-softmax: it is stored, and read.
func.func @escapes(%x: !x, %target: !i) -> (!x, !aten.tensor<[128], f32>) {
  %0 = loop.nest (%x) [d0 = 128] reduce [r0 = 5000] : (!x) -> !x {
  ^bb0(%in: !x, %out: !x):
    %1 = loop.load %in[d0 * 5000 + r0] : f32
    %2 = loop.reduce max %1 : f32
    %3 = arith.subf %1, %2 : f32
    loop.store %3, %out[d0 * 5000 + r0]
  }
  %8 = loop.nest (%0, %target) [d0 = 128] : (!x, !i) -> !aten.tensor<[128], f32> {
  ^bb0(%in: !x, %in1: !i, %out: !aten.tensor<[128], f32>):
    %1 = loop.load %in1[d0] : i64
    %2 = loop.load %in[d0 * 5000 + i0] (%1) : f32
    loop.store %2, %out[d0]
  }
  fx.return((%0, %8))
}
// CHECK-LABEL: @escapes
// CHECK:         loop.nest (%x) [d0 = 128] reduce [r0 = 5000]
// CHECK:         loop.nest (%0, %target) [d0 = 128]
