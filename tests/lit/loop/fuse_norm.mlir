// RUN: fx-opt %s -p loop-fuse,loop-simplify | filecheck %s

// Layer norm over [12, 64] of a sum that is needed itself: one nest, two outputs.
!x = !aten.tensor<[128, 768], f32>
!y = !aten.tensor<[128, 12, 64], f32>
!m = !aten.tensor<[128], f32>
!w = !aten.tensor<[768], f32>
func.func @norm(%a: !x, %b: !x, %w: !w) -> (!x, !y) {
  %x = loop.nest (%a, %b) [d0 = 98304] : (!x, !x) -> !x {
  ^bb0(%in: !x, %in1: !x, %out: !x):
    %0 = loop.load %in[d0] : f32
    %1 = loop.load %in1[d0] : f32
    %2 = arith.addf %0, %1 : f32
    loop.store %2, %out[d0]
  }
  %mean, %var = loop.nest (%x) [d0 = 128] reduce [r0 = 768] : (!x) -> (!m, !m) {
  ^bb0(%in: !x, %o: !m, %o1: !m):
    %0 = loop.load %in[d0 * 768 + r0] : f32
    %1, %2 = loop.reduce welford %0 : f32
    loop.store %1, %o[d0]
    loop.store %2, %o1[d0]
  }
  %rstd = loop.nest (%var) [d0 = 128] : (!m) -> !m {
  ^bb0(%in: !m, %out: !m):
    %0 = loop.load %in[d0] : f32
    %n = arith.constant 768.0 : f32
    %1 = arith.divf %0, %n : f32
    %2 = math.rsqrt %1 : f32
    loop.store %2, %out[d0]
  }
  %v = loop.view %x offset [0] : !x -> !y
  %y = loop.nest (%v, %mean, %rstd, %w) [d0 = 128, d1 = 12, d2 = 64] : (!y, !m, !m, !w) -> !y {
  ^bb0(%in: !y, %in1: !m, %in2: !m, %in3: !w, %out: !y):
    %0 = loop.load %in[d0 * 768 + d1 * 64 + d2] : f32
    %1 = loop.load %in1[d0] : f32
    %2 = loop.load %in2[d0] : f32
    %3 = loop.load %in3[d1 * 64 + d2] : f32
    %4 = arith.subf %0, %1 : f32
    %5 = arith.mulf %4, %2 : f32
    %6 = arith.mulf %5, %3 : f32
    loop.store %6, %out[d0 * 768 + d1 * 64 + d2]
  }
  fx.return((%x, %y))
}
// CHECK:      %x, %y = loop.nest (%a, %b, %w) [d0 = 128] reduce [r0 = 768]
// CHECK:        arith.addf
// CHECK-NEXT:   loop.store %{{.*}}, %{{.*}}[d0 * 768 + r0]
// CHECK-NEXT:   loop.reduce welford
// CHECK:        math.rsqrt
// CHECK:        loop.load %{{.*}}[r0] : f32
// CHECK:        loop.store %{{.*}}, %{{.*}}[d0 * 768 + r0]
// CHECK-NOT:    loop.nest
