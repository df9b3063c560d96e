// RUN: fx-opt %s -p convert-aten-to-loop | filecheck %s

// A small window is unrolled; only elements that may lie outside are masked. Unused positions are not computed.
// CHECK-LABEL: func.func @max_pool
// CHECK-NEXT: loop.nest (%x) [d0 = 3, d1 = 4]
// CHECK: [[a:%.*]] = loop.load %{{.*}}[d0 * 8 + d1 - 4] if %{{.*}} else %{{.*}} : f32
// CHECK: [[b:%.*]] = loop.load %{{.*}}[d0 * 8 + d1] if %{{.*}} else %{{.*}} : f32
// CHECK-NEXT: arith.maximumf [[a]], [[b]] : f32
func.func @max_pool(%x: !aten.tensor<[1, 1, 4, 4], f32>) {
  %0 = aten.max_pool2d_with_indices.default(%x, [2, 1], [2, 1], [1, 0]) :
    !aten.tuple<!aten.tensor<[1, 1, 3, 4], f32>, !aten.tensor<[1, 1, 3, 4], i64>>
  %1 = fx.getitem(%0, 0) : !aten.tensor<[1, 1, 3, 4], f32>
  fx.return((%1))
}

// Global pooling is a reduction, its loops in the order of the input's strides.
// CHECK-LABEL: func.func @global
// CHECK-NEXT: loop.nest (%x) [d0 = 2, d1 = 3] reduce [r0 = 7, r1 = 7]
// CHECK: loop.load %{{.*}}[d0 * 147 + d1 + r0 * 21 + r1 * 3] : f32
// CHECK-NEXT: loop.reduce sum
// CHECK-NEXT: arith.constant 4.900000e+01 : f32
func.func @global(%x: !aten.tensor<[2, 3, 7, 7], f32, strides=[147, 1, 21, 3]>) {
  %0 = aten._adaptive_avg_pool2d.default(%x, [1, 1]) : !aten.tensor<[2, 3, 1, 1], f32, strides=[3, 1, 3, 3]>
  fx.return((%0))
}

// Integer upsampling is index arithmetic; other factors go through float32 coordinates, as in torch.
// CHECK-LABEL: func.func @nearest
// CHECK: loop.load %{{.*}}[d0 * 16 + d2 + (d1 floordiv 2) * 4] : f32
// CHECK: math.floor
// CHECK: arith.fptosi
func.func @nearest(%x: !aten.tensor<[1, 3, 4, 4], f32>) {
  %0 = aten.upsample_nearest2d.default(%x, [8, 4]) : !aten.tensor<[1, 3, 8, 4], f32>
  %1 = aten.upsample_nearest2d.default(%x, [5, 4]) : !aten.tensor<[1, 3, 5, 4], f32>
  fx.return((%0, %1))
}
