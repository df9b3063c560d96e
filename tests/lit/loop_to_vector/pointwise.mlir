// RUN: fx-opt %s -p 'convert-loop-to-vector{isa=avx512}' | filecheck %s

// Small work stays on the calling thread; 37 = 32 + a masked rest; the invariant load is outside of the loop.
// CHECK-LABEL: func.func @small(%0: !llvm.ptr, %1: !llvm.ptr {llvm.noalias, llvm.readonly}, %2: !llvm.ptr) {
// CHECK-NOT:     cpu.parallel
// CHECK:         %[[S:.*]] = cpu.load %1[%{{.*}}] : f32
// CHECK:         %[[B:.*]] = vector.broadcast %[[S]] : f32 to vector<16xf32>
// CHECK:         %[[V:.*]] = cpu.load %0[%{{.*}}] : vector<16xf32>
// CHECK:         arith.mulf %[[V]], %[[B]] : vector<16xf32>
// CHECK:         cpu.store %{{.*}}, %2[%{{.*}}] : vector<16xf32>
// CHECK:         %[[M:.*]] = vector.create_mask %{{.*}} : vector<16xi1>
// CHECK:         cpu.load %0[%{{.*}}] mask %[[M]] : vector<16xf32>
// CHECK:         cpu.store %{{.*}}, %2[%{{.*}}] mask %[[M]] : vector<16xf32>
loop.kernel @small [d0 = 37] outputs 1 {
^bb0(%x: !aten.tensor<[37], f32>, %s: !aten.tensor<[], f32>, %y: !aten.tensor<[37], f32>):
  %0 = loop.load %x[d0] : f32
  %1 = loop.load %s[0] : f32
  %2 = arith.mulf %0, %1 : f32
  loop.store %2, %y[d0]
}

// Threads share the vector dim in whole vectors; dims that every access walks as one are one. No tail: 262144 = 32 * 8192.
// CHECK-LABEL: func.func @threaded
// CHECK:         cpu.parallel %{{.*}} to %{{.*}} grain %{{.*}} multiple_of 32 {
// CHECK:           scf.for
// CHECK-NOT:         scf.for
// CHECK:             cpu.load %0[%{{.*}}] : vector<32xbf16>
// CHECK-NEXT:        arith.extf %{{.*}} : vector<32xbf16> to vector<32xf32>
// CHECK-NOT:       create_mask
loop.kernel @threaded [d0 = 512, d1 = 512] outputs 1 {
^bb0(%x: !aten.tensor<[512, 512], bf16>, %y: !aten.tensor<[512, 512], bf16>):
  %0 = loop.load %x[d0 * 512 + d1] : bf16
  %1 = arith.extf %0 : bf16 to f32
  %2 = math.exp %1 : f32
  %3 = arith.truncf %2 : f32 to bf16
  loop.store %3, %y[d0 * 512 + d1]
}

// d1 = 64 * a + b makes the index affine: the load is contiguous along b.
// CHECK-LABEL: func.func @split
// CHECK-NOT:     divui
// CHECK:         %[[V:.*]] = cpu.load %0[%{{.*}}] : vector<32xf32>
// CHECK:         cpu.store %[[V]], %1[%{{.*}}] : vector<32xf32>
loop.kernel @split [d0 = 6, d1 = 768] outputs 1 {
^bb0(%x: !aten.tensor<[12, 6, 64], f32>, %y: !aten.tensor<[6, 768], f32>):
  %0 = loop.load %x[(d1 floordiv 64) * 384 + d0 * 64 + (d1 mod 64)] : f32
  loop.store %0, %y[d0 * 768 + d1]
}

// An empty domain needs no code.
// CHECK-LABEL: func.func @empty
// CHECK-NEXT:    func.return
loop.kernel @empty [d0 = 0] outputs 1 {
^bb0(%x: !aten.tensor<[0], f32>, %y: !aten.tensor<[0], f32>):
  %0 = loop.load %x[d0] : f32
  loop.store %0, %y[d0]
}

// Kernels of other devices stay.
// CHECK-LABEL: loop.kernel @gpu
loop.kernel @gpu [d0 = 4] outputs 1 {
^bb0(%x: !aten.tensor<[4], f32, device="cuda:0">, %y: !aten.tensor<[4], f32, device="cuda:0">):
  %0 = loop.load %x[d0] : f32
  loop.store %0, %y[d0]
}
