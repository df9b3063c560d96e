// RUN: fx-opt %s -p convert-aten-to-loop | filecheck %s

// Few tensors: one nest, each read under a mask.
// CHECK-LABEL: func.func @cat
// CHECK-NEXT: loop.nest (%y, %x) [d0 = s0, d1 = 6]
// CHECK: [[right:%.*]] = loop.load %{{.*}}[d0 * 2 + d1 - 4] if %{{.*}} else %{{.*}} : f32
// CHECK: loop.load %{{.*}}[d0 * 4 + d1] if %{{.*}} else [[right]] : f32
func.func @cat(%x: !aten.tensor<[s0, 4], f32>, %y: !aten.tensor<[s0, 2], f32>) -> !aten.tensor<[s0, 6], f32> {
  %0 = aten.cat.default([%x, %y], 1) : !aten.tensor<[s0, 6], f32>
  fx.return(%0)
}

// Many tensors: one allocation, and a nest a tensor that writes its slice of it.
// CHECK-LABEL: func.func @cat_many
// CHECK-NEXT: [[all:%.*]] = loop.extern "aten.empty_strided.default"([16], [1]
// CHECK-NEXT: [[first:%.*]] = loop.nest ([[all]], %x) [d0 = 4] inits [0]
// CHECK: loop.store %{{.*}}, %{{.*}}[d0]
// CHECK: loop.nest ([[first]], %y) [d0 = 2] inits [0]
// CHECK: loop.store %{{.*}}, %{{.*}}[d0 + 4]
func.func @cat_many(%x: !aten.tensor<[4], f32>, %y: !aten.tensor<[2], f32>) {
  %0 = aten.cat.default([%x, %y, %x, %y, %x]) : !aten.tensor<[16], f32>
  fx.return((%0))
}

// Padding masks only the sides that grow; cropping needs no mask.
// CHECK-LABEL: func.func @pad
// CHECK: arith.cmpi sge
// CHECK-NOT: arith.cmpi slt
// CHECK: loop.load %{{.*}}[d0 - 1] if %{{.*}} else %{{.*}} : f32
func.func @pad(%x: !aten.tensor<[4], f32>) {
  %0 = aten.constant_pad_nd.default(%x, [1, -1], 2.0) : !aten.tensor<[4], f32>
  fx.return((%0))
}

// Reflection and rotation are index expressions.
// CHECK-LABEL: func.func @mapped
// CHECK: loop.load %{{.*}}[min(-max(-d0 + 2, d0 - 2) + 6, max(-d0 + 2, d0 - 2))] : f32
// CHECK: loop.load %{{.*}}[((d0 + 3) mod 4)] : f32
// CHECK: loop.load %{{.*}}[-d0 + 3] : f32
func.func @mapped(%x: !aten.tensor<[4], f32>) {
  %0 = aten.reflection_pad1d.default(%x, [2, 1]) : !aten.tensor<[7], f32>
  %1 = aten.roll.default(%x, [1], [0]) : !aten.tensor<[4], f32>
  %2 = aten.flip.default(%x, [0]) : !aten.tensor<[4], f32>
  fx.return((%0, %1, %2))
}

// CHECK-LABEL: func.func @arange
// CHECK: loop.index [d0 * 3 + 2] : i64
func.func @arange() {
  %0 = aten.arange.start_step(2, 17, 3) : !aten.tensor<[5], i64>
  fx.return((%0))
}
