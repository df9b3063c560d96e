// RUN: fx-opt %s -p 'convert-loop-to-vector{isa=avx2}' | filecheck %s

// Three passes over a row: the maximum; the exponentials, kept in scratch, and their sum; the quotients.
// CHECK-LABEL: func.func @softmax
// CHECK:         cpu.parallel
// CHECK:           %[[ROW:.*]] = cpu.alloca {{[0-9]+}} x f32
// CHECK:           scf.for
// CHECK:             scf.for
// CHECK:               arith.maximumf {{.*}} fastmath<nnan,nsz> : vector<16xf32>
// CHECK:             vector.reduction <maximumf>
// CHECK:             scf.for
// CHECK:               math.exp
// CHECK:               cpu.store %{{.*}}, %[[ROW]]
// CHECK:             vector.reduction <add>
// CHECK:             scf.for
// CHECK-NOT:           math.exp
// CHECK:               cpu.load %[[ROW]]
// CHECK:               arith.divf
// CHECK:               cpu.store %{{.*}}, %1
loop.kernel @softmax [d0 = 4096] reduce [r0 = 1024] outputs 1 {
^bb0(%x: !aten.tensor<[4096, 1024], f32>, %y: !aten.tensor<[4096, 1024], f32>):
  %0 = loop.load %x[d0 * 1024 + r0] : f32
  %1 = loop.reduce max %0 : f32
  %2 = arith.subf %0, %1 : f32
  %3 = math.exp %2 : f32
  %4 = loop.reduce sum %3 : f32
  %5 = arith.divf %3, %4 : f32
  loop.store %5, %y[d0 * 1024 + r0]
}

// A column sum: one accumulator a column, no lanes to combine.
// CHECK-LABEL: func.func @columns
// CHECK:         scf.for {{.*}} iter_args({{.*}}) -> (vector<64xf32>)
// CHECK:           cpu.load %0[%{{.*}}] : vector<64xf32>
// CHECK-NOT:     vector.reduction
// CHECK:         cpu.store %{{.*}}, %1[%{{.*}}] : vector<64xf32>
loop.kernel @columns [d0 = 64] reduce [r0 = 100] outputs 1 {
^bb0(%x: !aten.tensor<[100, 64], f32>, %y: !aten.tensor<[64], f32>):
  %0 = loop.load %x[r0 * 64 + d0] : f32
  %1 = loop.reduce sum %0 : f32
  loop.store %1, %y[d0]
}

// A long sum is added up in blocks of 128 vectors.
// CHECK-LABEL: func.func @blocks
// CHECK:         scf.for %{{.*}} = %{{.*}} to %{{.*}} step %{{.*}} iter_args(%[[ACC:.*]] = %{{.*}}) -> (vector<32xf32>) {
// CHECK:           %[[PART:.*]] = scf.for {{.*}} -> (vector<32xf32>)
// CHECK:           arith.addf %[[ACC]], %[[PART]] : vector<32xf32>
// CHECK:         vector.reduction <add>
loop.kernel @blocks [] reduce [r0 = 65536] outputs 1 {
^bb0(%x: !aten.tensor<[65536], f32>, %y: !aten.tensor<[], f32>):
  %0 = loop.load %x[r0] : f32
  %1 = loop.reduce sum %0 : f32
  loop.store %1, %y[0]
}

// Welford is a mean and a sum of squares about it: two passes.
// CHECK-LABEL: func.func @welford
// CHECK:         vector.reduction <add>
// CHECK:         arith.divf
// CHECK:         vector.reduction <add>
loop.kernel @welford [d0 = 2] reduce [r0 = 64] outputs 2 {
^bb0(%x: !aten.tensor<[2, 64], f32>, %m: !aten.tensor<[2], f32>, %v: !aten.tensor<[2], f32>):
  %0 = loop.load %x[d0 * 64 + r0] : f32
  %1, %2 = loop.reduce welford %0 : f32
  loop.store %1, %m[d0]
  loop.store %2, %v[d0]
}

// Rows of the index collide, columns do not: the vector runs along the columns and no update is atomic.
// CHECK-LABEL: func.func @scatter_add
// CHECK-NOT:     atomic
// CHECK:         %[[OLD:.*]] = cpu.load %3[%{{.*}}] : vector<{{[0-9]+}}xf32>
// CHECK:         %[[NEW:.*]] = arith.addf %[[OLD]]
// CHECK:         cpu.store %[[NEW]], %3
loop.kernel @scatter_add [d0 = 20, d1 = 128] inits [0] outputs 1 {
^bb0(%z: !aten.tensor<[7, 128], f32>, %i: !aten.tensor<[20], i64>, %x: !aten.tensor<[20, 128], f32>, %y: !aten.tensor<[7, 128], f32>):
  %0 = loop.load %i[d0] : i64
  %1 = loop.load %x[d0 * 128 + d1] : f32
  loop.store add %1, %y[i0 * 128 + d1] (%0)
}
