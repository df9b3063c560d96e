// RUN: fx-opt %s -p loop-fuse | filecheck %s

// Rotation by halves: what the mask says of d1 (below 2, so that d0 * 2 + d1 stays in row d0) keeps the index linear.
// CHECK-LABEL: func.func @rotate_half
// CHECK-COUNT-1: loop.nest
// CHECK: [[mask:%.*]] = arith.cmpi slt
// CHECK: [[right:%.*]] = loop.load %{{.*}}[d0 * 4 + d1 + 2] if [[mask]] else %{{.*}} : f32
// CHECK-NEXT: [[negative:%.*]] = arith.negf [[right]] : f32
// CHECK-NEXT: arith.select [[mask]], [[negative]]
// CHECK-NOT: floordiv
func.func @rotate_half(%x: !aten.tensor<[8, 4], f32>) -> !aten.tensor<[8, 4], f32> {
  %n = loop.nest (%x) [d0 = 8, d1 = 2] : (!aten.tensor<[8, 4], f32>) -> !aten.tensor<[8, 2], f32> {
  ^bb0(%in: !aten.tensor<[8, 4], f32>, %out: !aten.tensor<[8, 2], f32>):
    %0 = loop.load %in[d0 * 4 + d1 + 2] : f32
    %1 = arith.negf %0 : f32
    loop.store %1, %out[d0 * 2 + d1]
  }
  %c = loop.nest (%n, %x) [d0 = 8, d1 = 4] :
      (!aten.tensor<[8, 2], f32>, !aten.tensor<[8, 4], f32>) -> !aten.tensor<[8, 4], f32> {
  ^bb0(%a: !aten.tensor<[8, 2], f32>, %b: !aten.tensor<[8, 4], f32>, %out: !aten.tensor<[8, 4], f32>):
    %zero = arith.constant 0.0 : f32
    %i = loop.index [d1 - 2] : i64
    %k = arith.constant 0 : i64
    %left = arith.cmpi slt, %i, %k : i64
    %right = arith.cmpi sge, %i, %k : i64
    %0 = loop.load %b[d0 * 4 + d1 - 2] if %right else %zero : f32
    %1 = loop.load %a[d0 * 2 + d1] if %left else %0 : f32
    loop.store %1, %out[d0 * 4 + d1]
  }
  fx.return(%c)
}
