// RUN: fx-opt %s -p 'loop-split-reduction{parallelism=128 min-reduced=1024}' | filecheck %s

!x = !aten.tensor<[64, 512], f32>
!s = !aten.tensor<[], f32>
!i = !aten.tensor<[], i64>

// Mean and M2 of equal parts combine by Chan's formula; argmax keeps the extremum of each part beside its position.
func.func @statistics(%x: !x) -> (!s, !s, !i) {
  %0, %1, %2 = loop.nest (%x) [] reduce [r0 = 64, r1 = 512] : (!x) -> (!s, !s, !i) {
  ^bb0(%in: !x, %o: !s, %o1: !s, %o2: !i):
    %3 = loop.load %in[r0 * 512 + r1] : f32
    %4, %5 = loop.reduce welford %3 : f32
    %6 = loop.reduce argmax %3 : f32
    %7 = math.sqrt %5 : f32
    loop.store %4, %o[0]
    loop.store %7, %o1[0]
    loop.store %6, %o2[0]
  }
  fx.return((%0, %1, %2))
}
// CHECK-LABEL: @statistics
// CHECK:       [d0 = 64, d1 = 2] reduce [r0 = 256]
// CHECK:         [[X:%[^ ]*]] = loop.load %{{.*}}[d0 * 512 + d1 * 256 + r0] : f32
// CHECK-NEXT:    [[MEAN:%[^ ]*]], [[M2:%[^ ]*]] = loop.reduce welford [[X]]
// CHECK-NEXT:    [[AT:%[^ ]*]] = loop.reduce argmax [[X]]
// CHECK-NEXT:    [[TOP:%[^ ]*]] = loop.reduce max [[X]]
// CHECK-NEXT:    [[INDEX:%[^ ]*]] = loop.index [d0 * 512 + d1 * 256 + i0] ([[AT]]) : i64
// CHECK-NEXT:    loop.store [[MEAN]], %{{.*}}[d0 * 2 + d1]
// CHECK-NEXT:    loop.store [[M2]],
// CHECK-NEXT:    loop.store [[TOP]],
// CHECK-NEXT:    loop.store [[INDEX]],
// CHECK:       [] reduce [r0 = 64, r1 = 2]
// CHECK:         [[A:%[^ ]*]], [[B:%[^ ]*]] = loop.reduce welford
// CHECK-NEXT:    [[C:%[^ ]*]] = loop.reduce sum
// CHECK-NEXT:    arith.constant 2.560000e+02
// CHECK-NEXT:    arith.mulf [[B]],
// CHECK-NEXT:    arith.addf [[C]],
// CHECK:         [[BEST:%[^ ]*]] = loop.reduce argmax
// CHECK-NEXT:    loop.load %{{.*}}[i0] ([[BEST]]) : i64
// CHECK-NEXT:    math.sqrt

// Enough parallel points, a scan, a prime extent: nothing to split.
func.func @whole(%x: !x, %p: !aten.tensor<[50021], f32>) -> (!aten.tensor<[512], f32>, !aten.tensor<[50021], f32>, !s) {
  %0 = loop.nest (%x) [d0 = 512] reduce [r0 = 64] : (!x) -> !aten.tensor<[512], f32> {
  ^bb0(%in: !x, %o: !aten.tensor<[512], f32>):
    %3 = loop.load %in[r0 * 512 + d0] : f32
    %4 = loop.reduce sum %3 : f32
    loop.store %4, %o[d0]
  }
  %1 = loop.nest (%p) [] reduce [r0 = 50021] : (!aten.tensor<[50021], f32>) -> !aten.tensor<[50021], f32> {
  ^bb0(%in: !aten.tensor<[50021], f32>, %o: !aten.tensor<[50021], f32>):
    %3 = loop.load %in[r0] : f32
    %4 = loop.scan sum %3 : f32
    loop.store %4, %o[r0]
  }
  %2 = loop.nest (%p) [] reduce [r0 = 50021] : (!aten.tensor<[50021], f32>) -> !s {
  ^bb0(%in: !aten.tensor<[50021], f32>, %o: !s):
    %3 = loop.load %in[r0] : f32
    %4 = loop.reduce sum %3 : f32
    loop.store %4, %o[0]
  }
  fx.return((%0, %1, %2))
}
// CHECK-LABEL: @whole
// CHECK:       [d0 = 512] reduce [r0 = 64]
// CHECK:       [] reduce [r0 = 50021]
// CHECK:       [] reduce [r0 = 50021]
