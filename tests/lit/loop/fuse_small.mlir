// RUN: fx-opt %s -p loop-fuse | filecheck %s

// Counters of many layers: nothing shared, but each would cost a launch. Large nests stay apart.
!c = !aten.tensor<[], i64>
!big = !aten.tensor<[1000000], f32>
func.func @counters(%a: !c, %b: !c, %x: !big, %y: !big) -> (!c, !c, !big, !big) {
  %0 = loop.nest (%a) [] attributes {origins = ["add"]} : (!c) -> !c {
  ^bb0(%in: !c, %out: !c):
    %1 = loop.load %in[0] : i64
    %one = arith.constant 1 : i64
    %2 = arith.addi %1, %one : i64
    loop.store %2, %out[0]
  }
  %3 = loop.nest (%b) [] attributes {origins = ["add_1"]} : (!c) -> !c {
  ^bb0(%in: !c, %out: !c):
    %1 = loop.load %in[0] : i64
    %one = arith.constant 1 : i64
    %2 = arith.addi %1, %one : i64
    loop.store %2, %out[0]
  }
  %4 = loop.nest (%x) [d0 = 1000000] : (!big) -> !big {
  ^bb0(%in: !big, %out: !big):
    %1 = loop.load %in[d0] : f32
    loop.store %1, %out[d0]
  }
  %5 = loop.nest (%y) [d0 = 1000000] : (!big) -> !big {
  ^bb0(%in: !big, %out: !big):
    %1 = loop.load %in[d0] : f32
    loop.store %1, %out[d0]
  }
  fx.return((%0, %3, %4, %5))
}
// CHECK:      loop.nest (%a, %b) [] attributes {origins = ["add", "add_1"]}
// CHECK:      loop.nest (%x) [d0 = 1000000]
// CHECK:      loop.nest (%y) [d0 = 1000000]
