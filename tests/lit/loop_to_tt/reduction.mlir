// RUN: fx-opt %s -p convert-loop-to-tt --split-input-file | filecheck %s

// Short rows share a program; a row that is not a power of two long is padded with the identity.
// CHECK-LABEL: @row_max
// CHECK-SAME: grid = [1024], warps = 8
// CHECK: %[[MASK:.*]] = arith.cmpi slt, %{{.*}} : tensor<1x1024xi32>
// CHECK: %[[X:.*]] = tt.load {{.*}} : tensor<4x1024x!tt.ptr<f32>>
// CHECK: %[[PADDED:.*]] = arith.select %{{.*}}, %[[X]], %{{.*}} : tensor<4x1024xi1>, tensor<4x1024xf32>
// CHECK: %[[ROW:.*]] = tt.reduce(%[[PADDED]]) axis = 1 {
// CHECK: arith.maximumf
// CHECK: } : (tensor<4x1024xf32>) -> tensor<4xf32>
// CHECK: tt.store {{.*}} : tensor<4x1x!tt.ptr<f32>>
loop.kernel @row_max [d0 = 4096] reduce [r0 = 1000] outputs 1 {
^bb0(%x: !aten.tensor<[4096, 1000], f32, device="cuda:0">, %y: !aten.tensor<[4096], f32, device="cuda:0">):
  %0 = loop.load %x[d0 * 1000 + r0] : f32
  %1 = loop.reduce max %0 : f32
  loop.store %1, %y[d0]
}

// -----

// A long row: accumulators in a loop, one reduction after it.
// CHECK-LABEL: @long_sum
// CHECK: %[[ACC:.*]] = scf.for {{.*}} -> (tensor<4096xf32>) : i32 {
// CHECK: tt.load {{.*}} evictionPolicy = evict_first : tensor<4096x!tt.ptr<f32>>
// CHECK: scf.yield
// CHECK: tt.reduce(%[[ACC]]) axis = 0
// CHECK: tt.store {{.*}} : !tt.ptr<f32>
loop.kernel @long_sum [d0 = 8] reduce [r0 = 65536] outputs 1 {
^bb0(%x: !aten.tensor<[8, 65536], f32, device="cuda:0">, %y: !aten.tensor<[8], f32, device="cuda:0">):
  %0 = loop.load %x[d0 * 65536 + r0] : f32
  %1 = loop.reduce sum %0 : f32
  loop.store %1, %y[d0]
}

// -----

// Columns: neighbouring ones in a tile.
// CHECK-LABEL: @column_sum
// CHECK: tt.load {{.*}} : tensor<64x64x!tt.ptr<f32>>
// CHECK: tt.reduce({{.*}}) axis = 1 {
loop.kernel @column_sum [d0 = 65536] reduce [r0 = 64] outputs 1 {
^bb0(%x: !aten.tensor<[64, 65536], f32, device="cuda:0">, %y: !aten.tensor<[65536], f32, device="cuda:0">):
  %0 = loop.load %x[r0 * 65536 + d0] : f32
  %1 = loop.reduce sum %0 : f32
  loop.store %1, %y[d0]
}

// -----

// The value and its position are reduced together; of booleans, i32 are.
// CHECK-LABEL: @argmax
// CHECK: tt.reduce(%{{.*}}, %{{.*}}) axis = 0 {
// CHECK-NEXT: ^bb0(%{{.*}}: f32, %{{.*}}: i32, %{{.*}}: f32, %{{.*}}: i32):
// CHECK: arith.cmpf ugt
// CHECK: arith.extsi %{{.*}} : i32 to i64
// CHECK: arith.cmpf uno
// CHECK: arith.extui %{{.*}} : tensor<4096xi1> to tensor<4096xi32>
// CHECK: arith.ori
loop.kernel @argmax [] reduce [r0 = 4096] outputs 2 {
^bb0(%x: !aten.tensor<[4096], f32, device="cuda:0">, %y: !aten.tensor<[], i64, device="cuda:0">,
     %z: !aten.tensor<[], bool, device="cuda:0">):
  %0 = loop.load %x[r0] : f32
  %1 = loop.reduce argmax %0 : f32
  %2 = arith.cmpf uno, %0, %0 : f32
  %3 = loop.reduce any %2 : i1
  loop.store %1, %y[0]
  loop.store %3, %z[0]
}

// -----

// CHECK-LABEL: @cumsum
// CHECK: tt.scan({{.*}}) axis = 0 {
// CHECK: tt.scan.return
loop.kernel @cumsum [d0 = 300] reduce [r0 = 100] outputs 1 {
^bb0(%x: !aten.tensor<[300, 100], f32, device="cuda:0">, %y: !aten.tensor<[300, 100], f32, device="cuda:0">):
  %0 = loop.load %x[d0 * 100 + r0] : f32
  %1 = loop.scan sum %0 : f32
  loop.store %1, %y[d0 * 100 + r0]
}
