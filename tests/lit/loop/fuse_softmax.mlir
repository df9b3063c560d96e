// RUN: fx-opt %s -p loop-fuse | filecheck %s

// Softmax as separate nests, one of them merged to 1-D, one reading through a view: one nest.
!x = !aten.tensor<[64, 512], f32>
!m = !aten.tensor<[64, 1], f32>
!v = !aten.tensor<[64, 8, 64], f32>
func.func @softmax(%x: !x) -> !x {
  %m = loop.nest (%x) [d0 = 64] reduce [r0 = 512] attributes {origins = ["amax"]} : (!x) -> !m {
  ^bb0(%in: !x, %out: !m):
    %0 = loop.load %in[d0 * 512 + r0] : f32
    %1 = loop.reduce max %0 : f32
    loop.store %1, %out[d0]
  }
  %s = loop.nest (%x, %m) [d0 = 64, d1 = 512] attributes {origins = ["sub"]} : (!x, !m) -> !x {
  ^bb0(%in: !x, %in1: !m, %out: !x):
    %0 = loop.load %in[d0 * 512 + d1] : f32
    %1 = loop.load %in1[d0] : f32
    %2 = arith.subf %0, %1 : f32
    loop.store %2, %out[d0 * 512 + d1]
  }
  %e = loop.nest (%s) [d0 = 32768] attributes {origins = ["exp"]} : (!x) -> !x {
  ^bb0(%in: !x, %out: !x):
    %0 = loop.load %in[d0] : f32
    %1 = math.exp %0 : f32
    loop.store %1, %out[d0]
  }
  %v = loop.view %e offset [0] : !x -> !v
  %t = loop.nest (%v) [d0 = 64] reduce [r0 = 8, r1 = 64] attributes {origins = ["sum"]} : (!v) -> !m {
  ^bb0(%in: !v, %out: !m):
    %0 = loop.load %in[d0 * 512 + r0 * 64 + r1] : f32
    %1 = loop.reduce sum %0 : f32
    loop.store %1, %out[d0]
  }
  %d = loop.nest (%e, %t) [d0 = 64, d1 = 512] attributes {origins = ["div"]} : (!x, !m) -> !x {
  ^bb0(%in: !x, %in1: !m, %out: !x):
    %0 = loop.load %in[d0 * 512 + d1] : f32
    %1 = loop.load %in1[d0] : f32
    %2 = arith.divf %0, %1 : f32
    loop.store %2, %out[d0 * 512 + d1]
  }
  fx.return((%d,))
}
// CHECK:      %d = loop.nest (%x) [d0 = 64] reduce [r0 = 8, r1 = 64]
// CHECK-SAME: origins = ["amax", "sub", "exp", "sum", "div"]
// CHECK:        %2 = loop.load %0[d0 * 512 + r0 * 64 + r1] : f32
// CHECK-NEXT:   %3 = loop.reduce max %2 : f32
// CHECK-NEXT:   %4 = arith.subf %2, %3 : f32
// CHECK-NEXT:   %5 = math.exp %4 : f32
// CHECK-NEXT:   %6 = loop.reduce sum %5 : f32
// CHECK-NEXT:   %7 = arith.divf %5, %6 : f32
// CHECK-NEXT:   loop.store %7, %1[d0 * 512 + r0 * 64 + r1]
// CHECK-NEXT: }
// CHECK-NEXT: fx.return((%d,))
