// RUN: fx-opt %s -p loop-simplify | filecheck %s

// Reduced dims merge and are ordered by stride, but keep their order for argmax, whose result counts positions.
!x = !aten.tensor<[4, 8, 16], f32>
!f = !aten.tensor<[4], f32>
func.func @sum(%x: !x) -> !f {
  %0 = loop.nest (%x) [d0 = 4] reduce [r0 = 16, r1 = 8] : (!x) -> !f {
  ^bb0(%in: !x, %out: !f):
    %1 = loop.load %in[d0 * 128 + r1 * 16 + r0] : f32
    %2 = loop.reduce sum %1 : f32
    loop.store %2, %out[d0]
  }
  fx.return((%0))
}
// CHECK-LABEL: @sum
// CHECK:       [d0 = 4] reduce [r0 = 128]
// CHECK:         loop.load %in[d0 * 128 + r0] : f32

func.func @argmax(%x: !x) -> !aten.tensor<[4], i64> {
  %0 = loop.nest (%x) [d0 = 4] reduce [r0 = 16, r1 = 8] : (!x) -> !aten.tensor<[4], i64> {
  ^bb0(%in: !x, %out: !aten.tensor<[4], i64>):
    %1 = loop.load %in[d0 * 128 + r1 * 16 + r0] : f32
    %2 = loop.reduce argmax %1 : f32
    loop.store %2, %out[d0]
  }
  fx.return((%0))
}
// CHECK-LABEL: @argmax
// CHECK:       [d0 = 4] reduce [r0 = 16, r1 = 8]

// A reduction of one element is the element.
func.func @one(%x: !f) -> !f {
  %0, %1 = loop.nest (%x) [d0 = 4] reduce [r0 = 1] : (!f) -> (!f, !f) {
  ^bb0(%in: !f, %mean: !f, %squares: !f):
    %2 = loop.load %in[d0 + r0] : f32
    %3, %4 = loop.reduce welford %2 : f32
    loop.store %3, %mean[d0]
    loop.store %4, %squares[d0]
  }
  fx.return((%0, %1))
}
// CHECK-LABEL: @one
// CHECK:       loop.nest (%x) [d0 = 4] :
// CHECK:         %2 = loop.load %in[d0] : f32
// CHECK-NEXT:    %3 = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    loop.store %2, %mean[d0]
// CHECK-NEXT:    loop.store %3, %squares[d0]
