// RUN: fx-opt %s -p loop-fuse | filecheck %s

!t = !aten.tensor<[1024], f32>

// The consumer also needs a library call that needs the producer: fused, they would wait for each other.
func.func @cycle(%x: !t) -> !t {
  %0 = loop.nest (%x) [d0 = 1024] : (!t) -> !t {
  ^bb0(%in: !t, %out: !t):
    %1 = loop.load %in[d0] : f32
    %2 = math.exp %1 : f32
    loop.store %2, %out[d0]
  }
  %3 = loop.extern "aten.cumsum.default"(%0, 0) : !t
  %4 = loop.nest (%0, %3) [d0 = 1024] : (!t, !t) -> !t {
  ^bb0(%in: !t, %in1: !t, %out: !t):
    %1 = loop.load %in[d0] : f32
    %2 = loop.load %in1[d0] : f32
    %5 = arith.addf %1, %2 : f32
    loop.store %5, %out[d0]
  }
  fx.return((%4))
}
// CHECK-LABEL: @cycle
// CHECK:         %0 = loop.nest (%x)
// CHECK:         loop.extern
// CHECK-NEXT:    loop.nest (%0, %

// A write to the input between the two reads of it: the reads stay on their sides.
func.func @mutation(%x: !t, %y: !t) -> !t {
  %0 = loop.nest (%x) [d0 = 1024] : (!t) -> !t {
  ^bb0(%in: !t, %out: !t):
    %1 = loop.load %in[d0] : f32
    %2 = arith.negf %1 : f32
    loop.store %2, %out[d0]
  }
  %c = loop.extern "aten.copy_.default"(%x, %y) : !t
  %3 = loop.nest (%0, %x) [d0 = 1024] : (!t, !t) -> !t {
  ^bb0(%in: !t, %in1: !t, %out: !t):
    %1 = loop.load %in[d0] : f32
    %2 = loop.load %in1[d0] : f32
    %4 = arith.addf %1, %2 : f32
    loop.store %4, %out[d0]
  }
  fx.return((%3))
}
// CHECK-LABEL: @mutation
// CHECK:         loop.nest (%x)
// CHECK:         loop.extern "aten.copy_.default"
// CHECK-NEXT:    loop.nest (%0, %x)

// What is between and has nothing to do with the two makes way.
func.func @independent(%x: !t, %y: !t) -> !t {
  %0 = loop.nest (%x) [d0 = 1024] : (!t) -> !t {
  ^bb0(%in: !t, %out: !t):
    %1 = loop.load %in[d0] : f32
    %2 = math.exp %1 : f32
    loop.store %2, %out[d0]
  }
  %3 = loop.extern "aten.cumsum.default"(%y, 0) : !t
  %4 = loop.nest (%0, %3) [d0 = 1024] : (!t, !t) -> !t {
  ^bb0(%in: !t, %in1: !t, %out: !t):
    %1 = loop.load %in[d0] : f32
    %2 = loop.load %in1[d0] : f32
    %5 = arith.addf %1, %2 : f32
    loop.store %5, %out[d0]
  }
  fx.return((%4))
}
// CHECK-LABEL: @independent
// CHECK-NEXT:    %0 = loop.extern
// CHECK-NEXT:    %1 = loop.nest (%x, %0)
// CHECK-NOT:     loop.nest

// Devices do not mix.
!g = !aten.tensor<[1024], f32, device="cuda:0">
func.func @devices(%x: !t) -> !g {
  %0 = loop.nest (%x) [d0 = 1024] : (!t) -> !t {
  ^bb0(%in: !t, %out: !t):
    %1 = loop.load %in[d0] : f32
    loop.store %1, %out[d0]
  }
  %4 = loop.nest (%0) [d0 = 1024] : (!t) -> !g {
  ^bb0(%in: !t, %out: !g):
    %1 = loop.load %in[d0] : f32
    loop.store %1, %out[d0]
  }
  fx.return((%4))
}
// CHECK-LABEL: @devices
// CHECK:         loop.nest
// CHECK:         loop.nest
