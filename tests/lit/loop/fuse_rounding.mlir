// RUN: fx-opt %s -p loop-fuse | filecheck %s
// RUN: fx-opt %s -p 'loop-fuse{keep-rounding=true}' | filecheck %s --check-prefix=KEEP

// The rounding of a value that is no longer stored goes, unless asked for; a conversion in the program stays.
!h = !aten.tensor<[64], bf16>
!f = !aten.tensor<[64], f32>
func.func @rounding(%x: !f) -> !h {
  %0 = loop.nest (%x) [d0 = 64] attributes {origins = ["to"]} : (!f) -> !h {
  ^bb0(%in: !f, %out: !h):
    %1 = loop.load %in[d0] : f32
    %2 = arith.truncf %1 : f32 to bf16
    loop.store %2, %out[d0]
  }
  %3 = loop.nest (%0) [d0 = 64] attributes {origins = ["exp"]} : (!h) -> !h {
  ^bb0(%in: !h, %out: !h):
    %1 = loop.load %in[d0] : bf16
    %2 = arith.extf %1 : bf16 to f32
    %4 = math.exp %2 : f32
    %5 = arith.truncf %4 : f32 to bf16
    loop.store %5, %out[d0]
  }
  %6 = loop.nest (%3) [d0 = 64] attributes {origins = ["neg"]} : (!h) -> !h {
  ^bb0(%in: !h, %out: !h):
    %1 = loop.load %in[d0] : bf16
    %2 = arith.extf %1 : bf16 to f32
    %4 = arith.negf %2 : f32
    %5 = arith.truncf %4 : f32 to bf16
    loop.store %5, %out[d0]
  }
  fx.return((%6))
}
// CHECK:      [[A:%[^ ]*]] = arith.truncf %{{.*}} : f32 to bf16
// CHECK-NEXT: [[B:%[^ ]*]] = arith.extf [[A]] : bf16 to f32
// CHECK-NEXT: [[C:%[^ ]*]] = math.exp [[B]] : f32
// CHECK:      [[D:%[^ ]*]] = arith.negf [[C]] : f32
// CHECK-NEXT: arith.truncf [[D]]

// KEEP:      [[C:%[^ ]*]] = math.exp %{{.*}} : f32
// KEEP-NEXT: [[D:%[^ ]*]] = arith.truncf [[C]] : f32 to bf16
// KEEP-NEXT: [[E:%[^ ]*]] = arith.extf [[D]] : bf16 to f32
// KEEP-NEXT: arith.negf [[E]] : f32
