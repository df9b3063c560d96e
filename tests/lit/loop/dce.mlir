// RUN: fx-opt %s -p loop-dce | filecheck %s

!t = !aten.tensor<[4], f32>
func.func @main(%x: !t, %y: !t) -> !t {
  %a, %b = loop.nest (%x, %y) [d0 = 4] attributes {origins = ["exp"]} : (!t, !t) -> (!t, !t) {
  ^bb0(%in: !t, %in1: !t, %o: !t, %o1: !t):
    %1 = loop.load %in[d0] : f32
    %2 = loop.load %in1[d0] : f32
    %3 = math.exp %1 : f32
    %4 = math.exp %2 : f32
    loop.store %3, %o[d0]
    loop.store %4, %o1[d0]
  }
  %v = loop.view %b offset [0] : !t -> !aten.tensor<[2, 2], f32>
  %c = loop.launch @unused_later(%v) : (!aten.tensor<[2, 2], f32>) -> !t
  %d = loop.nest (%x) [d0 = 4] : (!t) -> !t {
  ^bb0(%in: !t, %o: !t):
    %1 = loop.load %in[d0] : f32
    %2 = arith.cmpf oeq, %1, %1 : f32
    loop.check %2, "not a number"
    loop.store %1, %o[d0]
  }
  %e = loop.extern "aten.rand.default"([4]) : !t
  fx.return((%a))
}
loop.kernel @unused_later [d0 = 4] outputs 1 {
^bb0(%in: !aten.tensor<[2, 2], f32>, %o: !t):
  %1 = loop.load %in[d0] : f32
  loop.store %1, %o[d0]
}
// CHECK:       %a = loop.nest (%x) [d0 = 4] attributes {origins = ["exp"]} : (!aten.tensor<[4], f32>) -> !aten.tensor<[4], f32> {
// CHECK-NEXT:  ^bb0(%in: !aten.tensor<[4], f32>, %o: !aten.tensor<[4], f32>):
// CHECK-NEXT:    %0 = loop.load %in[d0] : f32
// CHECK-NEXT:    %1 = math.exp %0 : f32
// CHECK-NEXT:    loop.store %1, %o[d0]
// CHECK-NEXT:  }
// A check stays, without the outputs; so does a call with an effect.
// CHECK-NEXT:  loop.nest (%x) [d0 = 4] : (!aten.tensor<[4], f32>) -> () {
// CHECK:         loop.check
// CHECK-NEXT:  }
// CHECK-NEXT:  loop.extern "aten.rand.default"
// CHECK-NEXT:  fx.return
// CHECK-NOT:   loop.kernel
