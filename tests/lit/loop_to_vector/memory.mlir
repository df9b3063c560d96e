// RUN: fx-opt %s -p 'convert-loop-to-vector{isa=portable}' | filecheck %s

// A transposed read: four rows are loaded and transposed in registers.
// CHECK-LABEL: func.func @transpose
// CHECK-COUNT-4: cpu.load %0[%{{.*}}] : vector<4xf32>
// CHECK-COUNT-8: vector.shuffle
// CHECK-COUNT-4: cpu.store %{{.*}}, %1[%{{.*}}] : vector<4xf32>
loop.kernel @transpose [d0 = 32, d1 = 64] outputs 1 {
^bb0(%x: !aten.tensor<[64, 32], f32>, %y: !aten.tensor<[32, 64], f32>):
  %0 = loop.load %x[d1 * 32 + d0] : f32
  loop.store %0, %y[d0 * 64 + d1]
}

// The check of a row is outside of the loop over its columns; rows picked by a uniform index are contiguous.
// CHECK-LABEL: func.func @embedding
// CHECK:         %[[I:.*]] = cpu.load %1[%{{.*}}] : i64
// CHECK:         cpu.check %{{.*}}, 1 : i1
// CHECK:         cpu.load %0[%{{.*}}] : vector<{{[0-9]+}}xf32>
loop.kernel @embedding [d0 = 20, d1 = 128] outputs 1 {
^bb0(%w: !aten.tensor<[7, 128], f32>, %i: !aten.tensor<[20], i64>, %y: !aten.tensor<[20, 128], f32>):
  %0 = loop.load %i[d0] : i64
  %1 = arith.constant 7 : i64
  %2 = arith.cmpi ult, %0, %1 : i64
  loop.check %2, "index out of range"
  %3 = arith.constant 6 : i64
  %4 = arith.minui %0, %3 : i64
  %5 = loop.load %w[i0 * 128 + d1] (%4) : f32
  loop.store %5, %y[d0 * 128 + d1]
}

// Indices that differ between lanes are gathered; 32 bits are enough for them.
// CHECK-LABEL: func.func @gather
// CHECK:         cpu.gather %0[%{{.*}}] : vector<{{[0-9]+}}xi32>, vector<{{[0-9]+}}xf32>
loop.kernel @gather [d0 = 64] outputs 1 {
^bb0(%x: !aten.tensor<[9], f32>, %i: !aten.tensor<[64], i64>, %y: !aten.tensor<[64], f32>):
  %0 = loop.load %i[d0] : i64
  %1 = loop.load %x[i0] (%0) : f32
  loop.store %1, %y[d0]
}

// Size symbols are arguments; nothing is loaded where any parallel dim is empty.
// CHECK-LABEL: func.func @symbolic
// CHECK-SAME:    %[[N:.*]]: index) {
// CHECK:         cpu.parallel
loop.kernel @symbolic [d0 = s0] outputs 1 {
^bb0(%x: !aten.tensor<[s0], f32>, %y: !aten.tensor<[s0], f32>):
  %0 = loop.load %x[d0] : f32
  loop.store %0, %y[d0]
}

// A mask that is the same in all lanes: where it is false the address is that of the buffer, which is mapped memory.
// CHECK-LABEL: func.func @join_rows
// CHECK:         %[[IN:.*]] = arith.cmpi sge
// CHECK:         %[[AT:.*]] = arith.select %[[IN]], %{{.*}}, %{{.*}} : index
// CHECK:         cpu.load %0[%[[AT]]]
loop.kernel @join_rows [d0 = 8, d1 = 64] outputs 1 {
^bb0(%x: !aten.tensor<[4, 64], f32>, %y: !aten.tensor<[8, 64], f32>):
  %0 = loop.index [d0 - 4] : i64
  %1 = arith.constant 0 : i64
  %2 = arith.cmpi sge, %0, %1 : i64
  %3 = arith.constant 0.0 : f32
  %4 = loop.load %x[d0 * 64 + d1 - 256] if %2 else %3 : f32
  loop.store %4, %y[d0 * 64 + d1]
}

// A reversed read is a contiguous one and a shuffle.
// CHECK-LABEL: func.func @flip
// CHECK-NOT:     cpu.gather
// CHECK:         cpu.load %0[%{{.*}}] : vector<[[lanes:[0-9]+]]xf32>
// CHECK-NEXT:    vector.shuffle
// CHECK-NEXT:    cpu.store
loop.kernel @flip [d0 = 64] outputs 1 {
^bb0(%x: !aten.tensor<[64], f32>, %y: !aten.tensor<[64], f32>):
  %0 = loop.load %x[-d0 + 63] : f32
  loop.store %0, %y[d0]
}
