// RUN: fx-opt %s -p loop-outline | filecheck %s

// Names are taken by what is there, cut after whole words at 60 characters, and hold each origin once.
!t = !aten.tensor<[4], f32>
loop.kernel @k0_add [d0 = 4] outputs 1 {
^bb0(%out: !t):
  %c = arith.constant 0.0 : f32
  loop.store %c, %out[d0]
}
func.func @names() -> !t {
  %0 = loop.nest () [d0 = 4] attributes {origins = ["aten.add.Tensor", "add_3"]} : () -> !t {
  ^bb0(%out: !t):
    %c = arith.constant 1.0 : f32
    loop.store %c, %out[d0]
  }
  %1 = loop.nest () [d0 = 4] attributes {origins = ["native_layer_norm_backward", "threshold_backward", "mul", "sum"]} : () -> !t {
  ^bb0(%out: !t):
    %c = arith.constant 2.0 : f32
    loop.store %c, %out[d0]
  }
  fx.return((%0, %1))
}
// CHECK: loop.launch @k1_add()
// CHECK: loop.launch @k1_native_layer_norm_backward_threshold_backward_mul_sum()
