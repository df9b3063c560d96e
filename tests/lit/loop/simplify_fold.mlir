// RUN: fx-opt %s -p loop-simplify | filecheck %s

// Constants fold; x + 0.0 stays, since -0.0 + 0.0 is 0.0.
!t = !aten.tensor<[4], f32>
func.func @fold(%x: !t) -> !t {
  %0 = loop.nest (%x) [d0 = 4] : (!t) -> !t {
  ^bb0(%in: !t, %out: !t):
    %zero = arith.constant 0.0 : f32
    %two = arith.constant 2.0 : f32
    %half = arith.constant 0.5 : f32
    %yes = arith.constant true
    %1 = loop.load %in[d0] : f32
    %2 = arith.addf %1, %zero : f32
    %3 = arith.mulf %two, %half : f32
    %4 = arith.mulf %2, %3 : f32
    %5 = arith.subf %4, %zero : f32
    %6 = arith.select %yes, %5, %1 : f32
    %c = arith.constant 3 : i64
    %7 = arith.sitofp %c : i64 to f32
    %8 = arith.addf %6, %7 : f32
    loop.store %8, %out[d0]
  }
  fx.return((%0))
}
// CHECK:      %zero = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %1 = loop.load %in[d0] : f32
// CHECK-NEXT: %2 = arith.addf %1, %zero : f32
// CHECK-NEXT: %3 = arith.constant 3.000000e+00 : f32
// CHECK-NEXT: %4 = arith.addf %2, %3 : f32
// CHECK-NEXT: loop.store %4, %out[d0]
