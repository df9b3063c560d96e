// RUN: fx-opt %s -p 'convert-loop-to-vector{isa=avx512}' | filecheck %s

// A row of unknown length has no scratch: the exponentials wait in the output's own row.
// CHECK-LABEL: func.func @symbolic_softmax
// CHECK-NOT:     cpu.alloca
// CHECK:         %[[E:.*]] = math.exp %{{.*}} : vector<32xf32>
// CHECK-NEXT:    cpu.store %[[E]], %1[%{{.*}}] : vector<32xf32>
// CHECK:         vector.reduction <add>
// CHECK:         %[[K:.*]] = cpu.load %1[%[[AT:.*]]] : vector<32xf32>
// CHECK-NEXT:    %[[Q:.*]] = arith.divf %[[K]]
// CHECK-NEXT:    cpu.store %[[Q]], %1[%[[AT]]] : vector<32xf32>
loop.kernel @symbolic_softmax [d0 = s0] reduce [r0 = s1] outputs 1 {
^bb0(%x: !aten.tensor<[s0, s1], f32>, %y: !aten.tensor<[s0, s1], f32>):
  %0 = loop.load %x[d0 * s1 + r0] : f32
  %1 = loop.reduce max %0 : f32
  %2 = arith.subf %0, %1 : f32
  %3 = math.exp %2 : f32
  %4 = loop.reduce sum %3 : f32
  %5 = arith.divf %3, %4 : f32
  loop.store %5, %y[d0 * s1 + r0]
}

// What is cheap is computed again.
// CHECK-LABEL: func.func @centre
// CHECK-NOT:     cpu.alloca
// CHECK:         vector.reduction <add>
// CHECK:         cpu.load %0
// CHECK-NEXT:    arith.subf
loop.kernel @centre [d0 = 4] reduce [r0 = 256] outputs 1 {
^bb0(%x: !aten.tensor<[4, 256], f32>, %y: !aten.tensor<[4, 256], f32>):
  %0 = loop.load %x[d0 * 256 + r0] : f32
  %1 = loop.reduce sum %0 : f32
  %2 = arith.subf %0, %1 : f32
  loop.store %2, %y[d0 * 256 + r0]
}

// The sines depend on the vector dim alone: a table of them is filled before the rows.
// CHECK-LABEL: func.func @table
// CHECK:         %[[T:.*]] = cpu.alloca {{[0-9]+}} x f32
// CHECK:         math.sin
// CHECK:         cpu.store %{{.*}}, %[[T]]
// CHECK:         scf.for
// CHECK-NOT:       math.sin
// CHECK:           cpu.load %[[T]]
loop.kernel @table [d0 = 80, d1 = 128] outputs 1 {
^bb0(%x: !aten.tensor<[80, 128], f32>, %f: !aten.tensor<[128], f32>, %y: !aten.tensor<[80, 128], f32>):
  %0 = loop.load %x[d0 * 128 + d1] : f32
  %1 = loop.load %f[d1] : f32
  %2 = math.sin %1 : f32
  %3 = arith.mulf %0, %2 : f32
  loop.store %3, %y[d0 * 128 + d1]
}

// Every other element: a contiguous load, thinned out.
// CHECK-LABEL: func.func @every_other
// CHECK:         %[[W:.*]] = cpu.load %0[%{{.*}}] mask %{{.*}} : vector<32xf32>
// CHECK-NEXT:    vector.shuffle %[[W]], %[[W]] [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30]
loop.kernel @every_other [d0 = 64] outputs 1 {
^bb0(%x: !aten.tensor<[64], f32, strides=[2]>, %y: !aten.tensor<[64], f32>):
  %0 = loop.load %x[d0 * 2] : f32
  loop.store %0, %y[d0]
}

// A running sum: a prefix over the lanes, and the total carried in f64.
// CHECK-LABEL: func.func @cumsum
// CHECK:         scf.for {{.*}} iter_args(%[[C:.*]] = %{{.*}}) -> (f64)
// CHECK-COUNT-4:   vector.shuffle
// CHECK:           arith.truncf %[[C]] : f64 to f32
// CHECK:           arith.addf %[[C]], %{{.*}} : f64
// CHECK:           cpu.store
loop.kernel @cumsum [d0 = 4] reduce [r0 = 64] outputs 1 {
^bb0(%x: !aten.tensor<[4, 64], f32>, %y: !aten.tensor<[4, 64], f32>):
  %0 = loop.load %x[d0 * 64 + r0] : f32
  %1 = loop.scan sum %0 : f32
  loop.store %1, %y[d0 * 64 + r0]
}
