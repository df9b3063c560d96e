// RUN: fx-opt %s -p 'loop-split-reduction{parallelism=64 min-reduced=1024}' | filecheck %s

// Normalisation over a long dim: the maximum, the sum of exponentials, each in two steps, then a pointwise nest.
!x = !aten.tensor<[4, 4096], f32>
func.func @softmax(%x: !x) -> !x {
  %0 = loop.nest (%x) [d0 = 4] reduce [r0 = 4096] : (!x) -> !x {
  ^bb0(%in: !x, %out: !x):
    %1 = loop.load %in[d0 * 4096 + r0] : f32
    %2 = loop.reduce max %1 : f32
    %3 = arith.subf %1, %2 : f32
    %4 = math.exp %3 : f32
    %5 = loop.reduce sum %4 : f32
    %6 = arith.divf %4, %5 : f32
    loop.store %6, %out[d0 * 4096 + r0]
  }
  fx.return((%0))
}
// CHECK:      loop.nest (%x) [d0 = 16, d1 = 4] reduce [r0 = 256]
// CHECK:        loop.reduce max
// CHECK:      [d0 = 4] reduce [r0 = 16]
// CHECK:        loop.reduce max
// CHECK:      [d0 = 16, d1 = 4] reduce [r0 = 256]
// CHECK:        math.exp
// CHECK-NEXT:   loop.reduce sum
// CHECK:      [d0 = 4] reduce [r0 = 16]
// CHECK:        loop.reduce sum
// CHECK:      [d0 = 4, d1 = 4096] :
// CHECK:        arith.divf
// CHECK-NEXT:   loop.store %{{.*}}, %{{.*}}[d0 * 4096 + d1]
