// RUN: fx-opt %s -p loop-fuse | filecheck %s

!x = !aten.tensor<[64, 28, 28], f32>

// Cheap: computed again in each window. Expensive, read 49 times: stored.
func.func @cheap(%x: !x) -> !aten.tensor<[64, 14, 14], f32> {
  %0 = loop.nest (%x) [d0 = 50176] : (!x) -> !x {
  ^bb0(%in: !x, %out: !x):
    %1 = loop.load %in[d0] : f32
    %2 = arith.negf %1 : f32
    loop.store %2, %out[d0]
  }
  %3 = loop.nest (%0) [d0 = 64, d1 = 14, d2 = 14] reduce [r0 = 2, r1 = 2] : (!x) -> !aten.tensor<[64, 14, 14], f32> {
  ^bb0(%in: !x, %out: !aten.tensor<[64, 14, 14], f32>):
    %1 = loop.load %in[d0 * 784 + d1 * 56 + r0 * 28 + d2 * 2 + r1] : f32
    %2 = loop.reduce sum %1 : f32
    loop.store %2, %out[d0 * 196 + d1 * 14 + d2]
  }
  fx.return((%3))
}
// CHECK-LABEL: @cheap
// CHECK:         loop.nest (%x) [d0 = 64, d1 = 14, d2 = 14] reduce [r0 = 2, r1 = 2]
// CHECK:           arith.negf
// CHECK-NEXT:      loop.reduce sum
// CHECK-NOT:     loop.nest

func.func @expensive(%x: !x) -> !aten.tensor<[64, 22, 22], f32> {
  %0 = loop.nest (%x) [d0 = 50176] : (!x) -> !x {
  ^bb0(%in: !x, %out: !x):
    %1 = loop.load %in[d0] : f32
    %2 = math.exp %1 : f32
    loop.store %2, %out[d0]
  }
  %3 = loop.nest (%0) [d0 = 64, d1 = 22, d2 = 22] reduce [r0 = 7, r1 = 7] : (!x) -> !aten.tensor<[64, 22, 22], f32> {
  ^bb0(%in: !x, %out: !aten.tensor<[64, 22, 22], f32>):
    %1 = loop.load %in[d0 * 784 + d1 * 28 + r0 * 28 + d2 + r1] : f32
    %2 = loop.reduce sum %1 : f32
    loop.store %2, %out[d0 * 484 + d1 * 22 + d2]
  }
  fx.return((%3))
}
// CHECK-LABEL: @expensive
// CHECK:         loop.nest (%x) [d0 = 50176]
// CHECK:         loop.nest (%0)

// A cast of a table is done for the rows that are gathered; the index goes along.
!t = !aten.tensor<[1000, 64], bf16>
!f = !aten.tensor<[1000, 64], f32>
!i = !aten.tensor<[8], i64>
!r = !aten.tensor<[8, 64], f32>
func.func @gather(%t: !t, %i: !i) -> !r {
  %0 = loop.nest (%t) [d0 = 64000] : (!t) -> !f {
  ^bb0(%in: !t, %out: !f):
    %1 = loop.load %in[d0] : bf16
    %2 = arith.extf %1 : bf16 to f32
    loop.store %2, %out[d0]
  }
  %3 = loop.nest (%i, %0) [d0 = 8, d1 = 64] : (!i, !f) -> !r {
  ^bb0(%in: !i, %in1: !f, %out: !r):
    %row = loop.load %in[d0] : i64
    %1 = loop.load %in1[i0 * 64 + d1] (%row) : f32
    loop.store %1, %out[d0 * 64 + d1]
  }
  fx.return((%3))
}
// CHECK-LABEL: @gather
// CHECK:         loop.nest (%i, %t) [d0 = 8, d1 = 64]
// CHECK:           [[ROW:%[^ ]*]] = loop.load %{{.*}}[d0] : i64
// CHECK-NEXT:      [[X:%[^ ]*]] = loop.load %{{.*}}[d1 + i0 * 64] ([[ROW]]) : bf16
// CHECK-NEXT:      arith.extf [[X]] : bf16 to f32
// CHECK-NOT:     loop.nest

// Under a mask the inputs of the recomputation are masked too.
func.func @masked(%x: !aten.tensor<[8], f32>) -> !aten.tensor<[10], f32> {
  %0 = loop.nest (%x) [d0 = 8] : (!aten.tensor<[8], f32>) -> !aten.tensor<[8], f32> {
  ^bb0(%in: !aten.tensor<[8], f32>, %out: !aten.tensor<[8], f32>):
    %1 = loop.load %in[d0] : f32
    %2 = arith.addf %1, %1 : f32
    loop.store %2, %out[d0]
  }
  %3 = loop.nest (%0) [d0 = 10] : (!aten.tensor<[8], f32>) -> !aten.tensor<[10], f32> {
  ^bb0(%in: !aten.tensor<[8], f32>, %out: !aten.tensor<[10], f32>):
    %at = loop.index [d0] : i64
    %n = loop.index [8] : i64
    %ok = arith.cmpi slt, %at, %n : i64
    %pad = arith.constant 7.0 : f32
    %1 = loop.load %in[d0] if %ok else %pad : f32
    loop.store %1, %out[d0]
  }
  fx.return((%3))
}
// CHECK-LABEL: @masked
// CHECK:           [[OK:%[^ ]*]] = arith.cmpi
// CHECK-NEXT:      [[PAD:%[^ ]*]] = arith.constant 7
// CHECK-NEXT:      [[ZERO:%[^ ]*]] = arith.constant 0
// CHECK-NEXT:      [[X:%[^ ]*]] = loop.load %{{.*}}[d0] if [[OK]] else [[ZERO]]
// CHECK-NEXT:      [[Y:%[^ ]*]] = arith.addf [[X]], [[X]]
// CHECK-NEXT:      arith.select [[OK]], [[Y]], [[PAD]]
