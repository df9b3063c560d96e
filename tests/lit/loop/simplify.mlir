// RUN: fx-opt %s -p loop-simplify | filecheck %s

// Dims of size 1 go, neighbours merge, divisions that the ranges decide vanish, equal loads are one.
!x = !aten.tensor<[12, 1, 64], f32>
!y = !aten.tensor<[12, 64], f32>
func.func @merge(%x: !x) -> !y {
  %0 = loop.nest (%x, %x) [d0 = 12, d1 = 1, d2 = 64] : (!x, !x) -> !y {
  ^bb0(%a: !x, %b: !x, %out: !y):
    %1 = loop.load %a[d0 * 64 + d1 floordiv 2 + d2] : f32
    %2 = loop.load %b[d0 * 64 + (d2 mod 64)] : f32
    %3 = arith.addf %1, %2 : f32
    %one = arith.constant 1.0 : f32
    %4 = arith.mulf %3, %one : f32
    loop.store %4, %out[d0 * 64 + d2]
  }
  fx.return((%0))
}
// CHECK-LABEL: @merge
// CHECK:       loop.nest (%x) [d0 = 768] :
// CHECK:         %1 = loop.load %a[d0] : f32
// CHECK-NEXT:    %2 = arith.addf %1, %1 : f32
// CHECK-NEXT:    loop.store %2, %out[d0]

// Parallel dims are ordered by the strides of the store; then these merge, with a symbolic size too.
!s = !aten.tensor<[s0, 8], f32>
func.func @order(%x: !s) -> !s {
  %0 = loop.nest (%x) [d0 = 8, d1 = s0] : (!s) -> !s {
  ^bb0(%in: !s, %out: !s):
    %1 = loop.load %in[(d0 + d1 * 8) mod (s0 * 8)] : f32
    loop.store %1, %out[d1 * 8 + d0]
  }
  fx.return((%0))
}
// CHECK-LABEL: @order
// CHECK:       loop.nest (%x) [d0 = s0 * 8] :
// CHECK:         loop.load %in[d0] : f32
// CHECK-NEXT:    loop.store %1, %out[d0]

// A transposed read keeps two dims; the store decides their order.
func.func @transpose(%x: !aten.tensor<[64, 12], f32>) -> !y {
  %0 = loop.nest (%x) [d0 = 64, d1 = 12] : (!aten.tensor<[64, 12], f32>) -> !y {
  ^bb0(%in: !aten.tensor<[64, 12], f32>, %out: !y):
    %1 = loop.load %in[d0 * 12 + d1] : f32
    loop.store %1, %out[d1 * 64 + d0]
  }
  fx.return((%0))
}
// CHECK-LABEL: @transpose
// CHECK:       [d0 = 12, d1 = 64]
// CHECK:         loop.load %in[d0 + d1 * 12] : f32
// CHECK-NEXT:    loop.store %1, %out[d0 * 64 + d1]

// The dims of a broadcast operand do not merge with those that it lacks.
func.func @broadcast(%x: !y, %w: !aten.tensor<[64], f32>) -> !y {
  %0 = loop.nest (%x, %w) [d0 = 12, d1 = 64] : (!y, !aten.tensor<[64], f32>) -> !y {
  ^bb0(%a: !y, %b: !aten.tensor<[64], f32>, %out: !y):
    %1 = loop.load %a[d0 * 64 + d1] : f32
    %2 = loop.load %b[d1] : f32
    %3 = arith.addf %1, %2 : f32
    loop.store %3, %out[d0 * 64 + d1]
  }
  fx.return((%0))
}
// CHECK-LABEL: @broadcast
// CHECK:       [d0 = 12, d1 = 64]
