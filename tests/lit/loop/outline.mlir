// RUN: fx-opt %s -p loop-outline | filecheck %s

// Equal bodies share a kernel whatever the sizes of their buffers; names come from the origins.
!t = !aten.tensor<[64], f32>
!u = !aten.tensor<[8, 8], f32>
func.func @shares(%x: !t) -> !u {
  %0 = loop.nest (%x) [d0 = 64] attributes {origins = ["exp_1"]} : (!t) -> !t {
  ^bb0(%in: !t, %out: !t):
    %1 = loop.load %in[d0] : f32
    %2 = math.exp %1 : f32
    loop.store %2, %out[d0]
  }
  %v = loop.view %0 offset [0] : !t -> !u
  %3 = loop.nest (%v) [d0 = 64] attributes {origins = ["exp_2"]} : (!u) -> !u {
  ^bb0(%in: !u, %out: !u):
    %a = loop.load %in[d0] : f32
    %b = math.exp %a : f32
    loop.store %b, %out[d0]
  }
  fx.return((%3))
}
// CHECK-LABEL: func.func @shares
// CHECK-NEXT:    %0 = loop.launch @k0_exp(%x) :
// CHECK-NEXT:    %v = loop.view %0
// CHECK-NEXT:    %1 = loop.launch @k0_exp(%v) : (!aten.tensor<[8, 8], f32>) -> !aten.tensor<[8, 8], f32>
// CHECK-NOT:     loop.nest

// Another constant, another domain, another dtype, another init: other kernels.
func.func @differs(%x: !t, %h: !aten.tensor<[64], f16>) -> !t {
  %0 = loop.nest (%x) [d0 = 64] : (!t) -> !t {
  ^bb0(%in: !t, %out: !t):
    %c = arith.constant 1.0 : f32
    loop.store %c, %out[d0]
  }
  %1 = loop.nest (%x) [d0 = 64] : (!t) -> !t {
  ^bb0(%in: !t, %out: !t):
    %c = arith.constant 2.0 : f32
    loop.store %c, %out[d0]
  }
  %2 = loop.nest (%x) [d0 = 32] inits [0] : (!t) -> !t {
  ^bb0(%in: !t, %out: !t):
    %c = arith.constant 2.0 : f32
    loop.store %c, %out[d0]
  }
  %3 = loop.nest (%h) [d0 = 64] : (!aten.tensor<[64], f16>) -> !t {
  ^bb0(%in: !aten.tensor<[64], f16>, %out: !t):
    %c = arith.constant 2.0 : f32
    loop.store %c, %out[d0]
  }
  fx.return((%0, %1, %2, %3))
}
// CHECK-LABEL: func.func @differs
// CHECK:         loop.launch @k1(
// CHECK-NEXT:    loop.launch @k2(
// CHECK-NEXT:    loop.launch @k3(
// CHECK-NEXT:    loop.launch @k4(

// Indirect accesses may reach the whole buffer: its size matters.
func.func @gathers(%i: !aten.tensor<[4], i64>, %a: !t, %b: !u) -> !t {
  %0 = loop.nest (%i, %a) [d0 = 4] : (!aten.tensor<[4], i64>, !t) -> !aten.tensor<[4], f32> {
  ^bb0(%in: !aten.tensor<[4], i64>, %in1: !t, %out: !aten.tensor<[4], f32>):
    %1 = loop.load %in[d0] : i64
    %2 = loop.load %in1[i0] (%1) : f32
    loop.store %2, %out[d0]
  }
  %3 = loop.nest (%i, %b) [d0 = 4] : (!aten.tensor<[4], i64>, !u) -> !aten.tensor<[4], f32> {
  ^bb0(%in: !aten.tensor<[4], i64>, %in1: !u, %out: !aten.tensor<[4], f32>):
    %1 = loop.load %in[d0] : i64
    %2 = loop.load %in1[i0] (%1) : f32
    loop.store %2, %out[d0]
  }
  fx.return((%0, %3))
}
// CHECK-LABEL: func.func @gathers
// CHECK:         loop.launch @k5(
// CHECK-NEXT:    loop.launch @k6(

// CHECK:      loop.kernel @k0_exp [d0 = 64] outputs 1 attributes {origins = ["exp_1"]} {
// CHECK-NEXT: ^bb0(%in: !aten.tensor<[64], f32>, %out: !aten.tensor<[64], f32>):
// CHECK-NEXT:   %0 = loop.load %in[d0] : f32
// CHECK:      loop.kernel @k3 [d0 = 32] inits [0] outputs 1 {
// CHECK-NOT:  loop.kernel @k7
