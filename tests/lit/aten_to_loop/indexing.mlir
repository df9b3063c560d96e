// RUN: fx-opt %s -p convert-aten-to-loop | filecheck %s

// Indices are checked, then clamped, so that no kernel reads out of bounds.
// CHECK-LABEL: func.func @embedding
// CHECK: [[raw:%.*]] = loop.load %{{.*}}[d0] : i64
// CHECK: loop.check %{{.*}}, "index out of range in self"
// CHECK: arith.maxsi [[raw]]
// CHECK: [[row:%.*]] = arith.minsi
// CHECK-NEXT: loop.load %{{.*}}[d1 + i0 * 4] ([[row]]) : f32
func.func @embedding(%w: !aten.tensor<[10, 4], f32>, %i: !aten.tensor<[3], i64>) {
  %0 = aten.embedding.default(%w, %i) : !aten.tensor<[3, 4], f32>
  fx.return((%0))
}

// Index tensors broadcast together; apart from each other, their dims come first. Negative indices wrap.
// CHECK-LABEL: func.func @index
// CHECK-NEXT: loop.nest (%i, %j, %x) [d0 = 3, d1 = 2, d2 = 6]
// CHECK: arith.select
// CHECK: loop.check %{{.*}}, "index is out of bounds for dimension 0 with size 5"
// CHECK: loop.check %{{.*}}, "index is out of bounds for dimension 2 with size 7"
// CHECK: loop.load %{{.*}}[d2 * 7 + i0 * 42 + i1] (%{{.*}}, %{{.*}}) : f32
func.func @index(%x: !aten.tensor<[5, 6, 7], f32>, %i: !aten.tensor<[3, 1], i64>, %j: !aten.tensor<[2], i64>) {
  %0 = aten.index.Tensor(%x, [%i, None, %j]) : !aten.tensor<[3, 2, 6], f32>
  fx.return((%0))
}

// The size of a masked selection is known at run time only.
// CHECK-LABEL: func.func @mask
// CHECK-NEXT: loop.extern "aten.index.Tensor"(%x, [%m]) {reason = "mask as an index"}
func.func @mask(%x: !aten.tensor<[5], f32>, %m: !aten.tensor<[5], bool>) {
  %0 = aten.index.Tensor(%x, [%m]) : !aten.tensor<[u0], f32>
  fx.return((%0))
}

// One value for all chosen positions is a selection.
// CHECK-LABEL: func.func @masked_put
// CHECK: loop.nest
// CHECK-NOT: inits
// CHECK: arith.select
func.func @masked_put(%x: !aten.tensor<[5], f32>, %m: !aten.tensor<[5], bool>, %v: !aten.tensor<[], f32>) {
  %0 = aten.index_put.default(%x, [%m], %v) : !aten.tensor<[5], f32>
  fx.return((%0))
}

// Half precision accumulates in f32.
// CHECK-LABEL: func.func @scatter_add
// CHECK: [[wide:%.*]] = loop.nest (%x) {{.*}} -> !aten.tensor<[5, 6], f32>
// CHECK: [[sum:%.*]] = loop.nest ([[wide]], %i, %s) [d0 = 3, d1 = 6] inits [0]
// CHECK: loop.store add %{{.*}}, %{{.*}}[d1 + i0 * 6] (%{{.*}})
// CHECK: loop.nest ([[sum]]) {{.*}} -> !aten.tensor<[5, 6], bf16>
func.func @scatter_add(%x: !aten.tensor<[5, 6], bf16>, %i: !aten.tensor<[3, 6], i64>, %s: !aten.tensor<[3, 6], bf16>) {
  %0 = aten.scatter_add.default(%x, 0, %i, %s) : !aten.tensor<[5, 6], bf16>
  fx.return((%0))
}

// A slice is written into a copy of the tensor, over the slice's elements only.
// CHECK-LABEL: func.func @slice_scatter
// CHECK-NEXT: loop.nest (%x, %s) [d0 = 3, d1 = 2] inits [0]
// CHECK: loop.store %{{.*}}, %{{.*}}[d0 * 4 + d1 + 2]
func.func @slice_scatter(%x: !aten.tensor<[8, 2], f32>, %s: !aten.tensor<[3, 2], f32>) {
  %0 = aten.slice_scatter.default(%x, %s, 0, 1, 7, 2) : !aten.tensor<[8, 2], f32>
  fx.return((%0))
}
