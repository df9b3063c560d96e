// RUN: fx-opt %s | fx-opt | filecheck %s
// RUN: fx-opt %s --print-op-generic | fx-opt | filecheck %s

// Selection, placement, joining, padding.

func.func @cat_default(%a: !aten.tensor<[5, 2, 1], i64>, %b: !aten.tensor<[5, 3, 1], i64>) {
  %0 = aten.cat.default([%a, %b], 1) : !aten.tensor<[5, 5, 1], i64>
  fx.return(%0)
}
// CHECK: aten.cat.default([%a, %b], 1) : !aten.tensor<[5, 5, 1], i64>

func.func @stack_default(%a: !aten.tensor<[8], i64, strides=[0]>, %b: !aten.tensor<[8], i64>, %c: !aten.tensor<[8], i64>) {
  %0 = aten.stack.default([%a, %b, %c], 1) : !aten.tensor<[8, 3], i64>
  fx.return(%0)
}
// CHECK: aten.stack.default([%a, %b, %c], 1) : !aten.tensor<[8, 3], i64>

func.func @index_Tensor(%a: !aten.tensor<[5, 5, 5], f32>, %b: !aten.tensor<[2], i64>) {
  %0 = aten.index.Tensor(%a, [%b]) : !aten.tensor<[2, 5, 5], f32>
  fx.return(%0)
}
// CHECK: aten.index.Tensor(%a, [%b]) : !aten.tensor<[2, 5, 5], f32>

func.func @index_put_default(%a: !aten.tensor<[5, 5], f32>, %b: !aten.tensor<[1], i64>, %c: !aten.tensor<[1, 5], f32>) {
  %0 = aten.index_put.default(%a, [%b], %c) : !aten.tensor<[5, 5], f32>
  fx.return(%0)
}
// CHECK: aten.index_put.default(%a, [%b], %c) : !aten.tensor<[5, 5], f32>

func.func @index_select_default(%a: !aten.tensor<[5, 5], f32>, %b: !aten.tensor<[5], i64>) {
  %0 = aten.index_select.default(%a, -1, %b) : !aten.tensor<[5, 5], f32>
  fx.return(%0)
}
// CHECK: aten.index_select.default(%a, -1, %b) : !aten.tensor<[5, 5], f32>

func.func @index_add_default(%a: !aten.tensor<[], f32>, %b: !aten.tensor<[1], i64>, %c: !aten.tensor<[], f32>) {
  %0 = aten.index_add.default(%a, 0, %b, %c, alpha=-1) : !aten.tensor<[], f32>
  fx.return(%0)
}
// CHECK: aten.index_add.default(%a, 0, %b, %c, alpha=-1) : !aten.tensor<[], f32>

func.func @index_copy_default(%a: !aten.tensor<[5, 5], f32>, %b: !aten.tensor<[5], i64>, %c: !aten.tensor<[5, 5], f32>) {
  %0 = aten.index_copy.default(%a, -1, %b, %c) : !aten.tensor<[5, 5], f32>
  fx.return(%0)
}
// CHECK: aten.index_copy.default(%a, -1, %b, %c) : !aten.tensor<[5, 5], f32>

func.func @gather_default(%a: !aten.tensor<[5, 5], f32, strides=[0, 1]>, %b: !aten.tensor<[5, 2], i64>) {
  %0 = aten.gather.default(%a, 1, %b) : !aten.tensor<[5, 2], f32>
  fx.return(%0)
}
// CHECK: aten.gather.default(%a, 1, %b) : !aten.tensor<[5, 2], f32>

func.func @scatter_src(%a: !aten.tensor<[10, 5], f32>, %b: !aten.tensor<[5, 5], i64>, %c: !aten.tensor<[5, 5], f32>) {
  %0 = aten.scatter.src(%a, 0, %b, %c) : !aten.tensor<[10, 5], f32>
  fx.return(%0)
}
// CHECK: aten.scatter.src(%a, 0, %b, %c) : !aten.tensor<[10, 5], f32>

func.func @scatter_add_default(%a: !aten.tensor<[10, 5], f32>, %b: !aten.tensor<[5, 5], i64>, %c: !aten.tensor<[5, 5], f32>) {
  %0 = aten.scatter_add.default(%a, 0, %b, %c) : !aten.tensor<[10, 5], f32>
  fx.return(%0)
}
// CHECK: aten.scatter_add.default(%a, 0, %b, %c) : !aten.tensor<[10, 5], f32>

func.func @scatter_reduce_two(%a: !aten.tensor<[10, 5], f32>, %b: !aten.tensor<[5, 5], i64>, %c: !aten.tensor<[5, 5], f32>) {
  %0 = aten.scatter_reduce.two(%a, 0, %b, %c, "sum", include_self=False) : !aten.tensor<[10, 5], f32>
  fx.return(%0)
}
// CHECK: aten.scatter_reduce.two(%a, 0, %b, %c, "sum", include_self=False) : !aten.tensor<[10, 5], f32>

func.func @masked_select_default(%a: !aten.tensor<[10, 10], f32>, %b: !aten.tensor<[10, 10], bool>) {
  %0 = aten.masked_select.default(%a, %b) : !aten.tensor<[49], f32>
  fx.return(%0)
}
// CHECK: aten.masked_select.default(%a, %b) : !aten.tensor<[49], f32>

func.func @nonzero_default(%a: !aten.tensor<[5, 5], f32>) {
  %0 = aten.nonzero.default(%a) : !aten.tensor<[13, 2], i64, strides=[1, 13]>
  fx.return(%0)
}
// CHECK: aten.nonzero.default(%a) : !aten.tensor<[13, 2], i64, strides=[1, 13]>

func.func @select_scatter_default(%a: !aten.tensor<[5, 5, 5], i64>, %b: !aten.tensor<[5, 5], i64>) {
  %0 = aten.select_scatter.default(%a, %b, 1, 2) : !aten.tensor<[5, 5, 5], i64>
  fx.return(%0)
}
// CHECK: aten.select_scatter.default(%a, %b, 1, 2) : !aten.tensor<[5, 5, 5], i64>

func.func @slice_scatter_default(%a: !aten.tensor<[20, 20, 20], i64>, %b: !aten.tensor<[5, 20, 20], i64>) {
  %0 = aten.slice_scatter.default(%a, %b, 0, 10, 20, 2) : !aten.tensor<[20, 20, 20], i64>
  fx.return(%0)
}
// CHECK: aten.slice_scatter.default(%a, %b, 0, 10, 20, 2) : !aten.tensor<[20, 20, 20], i64>

func.func @repeat_default(%a: !aten.tensor<[5], f32>) {
  %0 = aten.repeat.default(%a, [5]) : !aten.tensor<[25], f32>
  fx.return(%0)
}
// CHECK: aten.repeat.default(%a, [5]) : !aten.tensor<[25], f32>

func.func @roll_default(%a: !aten.tensor<[9, 10], f32>) {
  %0 = aten.roll.default(%a, [4, 5], [0, 1]) : !aten.tensor<[9, 10], f32>
  fx.return(%0)
}
// CHECK: aten.roll.default(%a, [4, 5], [0, 1]) : !aten.tensor<[9, 10], f32>

func.func @flip_default(%a: !aten.tensor<[5, 10, 5], i64>) {
  %0 = aten.flip.default(%a, [0, 1, 2]) : !aten.tensor<[5, 10, 5], i64>
  fx.return(%0)
}
// CHECK: aten.flip.default(%a, [0, 1, 2]) : !aten.tensor<[5, 10, 5], i64>

func.func @tril_default(%a: !aten.tensor<[10, 5], f32>) {
  %0 = aten.tril.default(%a) : !aten.tensor<[10, 5], f32>
  fx.return(%0)
}
// CHECK: aten.tril.default(%a) : !aten.tensor<[10, 5], f32>

func.func @constant_pad_nd_default(%a: !aten.tensor<[1, 3, 3], i64>) {
  %0 = aten.constant_pad_nd.default(%a, [2, 2]) : !aten.tensor<[1, 3, 7], i64>
  fx.return(%0)
}
// CHECK: aten.constant_pad_nd.default(%a, [2, 2]) : !aten.tensor<[1, 3, 7], i64>

func.func @embedding_default(%a: !aten.tensor<[10, 5], f32>, %b: !aten.tensor<[], i64>) {
  %0 = aten.embedding.default(%a, %b) : !aten.tensor<[5], f32>
  fx.return(%0)
}
// CHECK: aten.embedding.default(%a, %b) : !aten.tensor<[5], f32>

func.func @im2col_default(%a: !aten.tensor<[0, 1, 5, 5], f32>) {
  %0 = aten.im2col.default(%a, [2, 2], [1, 1], [1, 1], [1, 1]) : !aten.tensor<[0, 4, 36], f32>
  fx.return(%0)
}
// CHECK: aten.im2col.default(%a, [2, 2], [1, 1], [1, 1], [1, 1]) : !aten.tensor<[0, 4, 36], f32>

func.func @bucketize_Tensor(%a: !aten.tensor<[], f32>, %b: !aten.tensor<[5], f32>) {
  %0 = aten.bucketize.Tensor(%a, %b) : !aten.tensor<[], i64>
  fx.return(%0)
}
// CHECK: aten.bucketize.Tensor(%a, %b) : !aten.tensor<[], i64>
