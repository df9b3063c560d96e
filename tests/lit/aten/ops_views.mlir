// RUN: fx-opt %s | fx-opt | filecheck %s
// RUN: fx-opt %s --print-op-generic | fx-opt | filecheck %s

// Views, and what is a view where the layout allows.

func.func @view_default(%a: !aten.tensor<[4, 8, 6], f32, strides=[48, 1, 8]>) {
  %0 = aten.view.default(%a, [4, 8, 6]) : !aten.tensor<[4, 8, 6], f32, strides=[48, 1, 8]>
  fx.return(%0)
}
// CHECK: aten.view.default(%a, [4, 8, 6]) : !aten.tensor<[4, 8, 6], f32, strides=[48, 1, 8]>

func.func @_unsafe_view_default(%a: !aten.tensor<[1, 2, 4], f32>) {
  %0 = aten._unsafe_view.default(%a, [8]) : !aten.tensor<[8], f32>
  fx.return(%0)
}
// CHECK: aten._unsafe_view.default(%a, [8]) : !aten.tensor<[8], f32>

func.func @permute_default(%a: !aten.tensor<[1, 1, 3], i64, strides=[1, 3, 1]>) {
  %0 = aten.permute.default(%a, [2, 1, 0]) : !aten.tensor<[3, 1, 1], i64, strides=[1, 3, 1]>
  fx.return(%0)
}
// CHECK: aten.permute.default(%a, [2, 1, 0]) : !aten.tensor<[3, 1, 1], i64, strides=[1, 3, 1]>

func.func @transpose_int(%a: !aten.tensor<[4, 6, 8], f32>) {
  %0 = aten.transpose.int(%a, -2, -1) : !aten.tensor<[4, 8, 6], f32, strides=[48, 1, 8]>
  fx.return(%0)
}
// CHECK: aten.transpose.int(%a, -2, -1) : !aten.tensor<[4, 8, 6], f32, strides=[48, 1, 8]>

func.func @t_default(%a: !aten.tensor<[4, 3], f32>) {
  %0 = aten.t.default(%a) : !aten.tensor<[3, 4], f32, strides=[1, 3]>
  fx.return(%0)
}
// CHECK: aten.t.default(%a) : !aten.tensor<[3, 4], f32, strides=[1, 3]>

func.func @expand_default(%a: !aten.tensor<[4, 8, 6], f32, strides=[48, 1, 8]>) {
  %0 = aten.expand.default(%a, [4, 8, 6]) : !aten.tensor<[4, 8, 6], f32, strides=[48, 1, 8]>
  fx.return(%0)
}
// CHECK: aten.expand.default(%a, [4, 8, 6]) : !aten.tensor<[4, 8, 6], f32, strides=[48, 1, 8]>

func.func @squeeze_dims(%a: !aten.tensor<[5, 1, 5, 1], i64>) {
  %0 = aten.squeeze.dims(%a, [1, 3]) : !aten.tensor<[5, 5], i64>
  fx.return(%0)
}
// CHECK: aten.squeeze.dims(%a, [1, 3]) : !aten.tensor<[5, 5], i64>

func.func @unsqueeze_default(%a: !aten.tensor<[2, 3, 9], i64>) {
  %0 = aten.unsqueeze.default(%a, -2) : !aten.tensor<[2, 3, 1, 9], i64>
  fx.return(%0)
}
// CHECK: aten.unsqueeze.default(%a, -2) : !aten.tensor<[2, 3, 1, 9], i64>

func.func @select_int(%a: !aten.tensor<[3, 5, 5], i64>) {
  %0 = aten.select.int(%a, 1, 1) : !aten.tensor<[3, 5], i64, strides=[25, 1]>
  fx.return(%0)
}
// CHECK: aten.select.int(%a, 1, 1) : !aten.tensor<[3, 5], i64, strides=[25, 1]>

func.func @slice_Tensor(%a: !aten.tensor<[5, 3, 7], c64, strides=[42, 7, 1]>) {
  %0 = aten.slice.Tensor(%a, 2, 0, 6) : !aten.tensor<[5, 3, 6], c64, strides=[42, 7, 1]>
  fx.return(%0)
}
// CHECK: aten.slice.Tensor(%a, 2, 0, 6) : !aten.tensor<[5, 3, 6], c64, strides=[42, 7, 1]>

func.func @diagonal_default(%a: !aten.tensor<[5, 5], f32>) {
  %0 = aten.diagonal.default(%a, 1) : !aten.tensor<[4], f32, strides=[6]>
  fx.return(%0)
}
// CHECK: aten.diagonal.default(%a, 1) : !aten.tensor<[4], f32, strides=[6]>

func.func @as_strided_default(%a: !aten.tensor<[1, 10], f32>) {
  %0 = aten.as_strided.default(%a, [1, 4, 7], [10, 1, 1]) : !aten.tensor<[1, 4, 7], f32, strides=[10, 1, 1]>
  fx.return(%0)
}
// CHECK: aten.as_strided.default(%a, [1, 4, 7], [10, 1, 1]) : !aten.tensor<[1, 4, 7], f32, strides=[10, 1, 1]>

func.func @unfold_default(%a: !aten.tensor<[5, 5, 5, 5], i64>) {
  %0 = aten.unfold.default(%a, 0, 3, 1) : !aten.tensor<[3, 5, 5, 5, 3], i64, strides=[125, 25, 5, 1, 125]>
  fx.return(%0)
}
// CHECK: aten.unfold.default(%a, 0, 3, 1) : !aten.tensor<[3, 5, 5, 5, 3], i64, strides=[125, 25, 5, 1, 125]>

func.func @split_Tensor(%a: !aten.tensor<[5, 5, 5], i64>) {
  %0 = aten.split.Tensor(%a, 3) : !aten.tuple<!aten.tensor<[3, 5, 5], i64>, !aten.tensor<[2, 5, 5], i64>>
  fx.return(%0)
}
// CHECK: aten.split.Tensor(%a, 3) : !aten.tuple<!aten.tensor<[3, 5, 5], i64>, !aten.tensor<[2, 5, 5], i64>>

func.func @split_with_sizes_default(%a: !aten.tensor<[5, 5, 5], i64>) {
  %0 = aten.split_with_sizes.default(%a, [1, 3, 1], 2) : !aten.tuple<!aten.tensor<[5, 5, 1], i64, strides=[25, 5, 1]>, !aten.tensor<[5, 5, 3], i64, strides=[25, 5, 1]>, !aten.tensor<[5, 5, 1], i64, strides=[25, 5, 1]>>
  fx.return(%0)
}
// CHECK: aten.split_with_sizes.default(%a, [1, 3, 1], 2) : !aten.tuple<!aten.tensor<[5, 5, 1], i64, strides=[25, 5, 1]>, !aten.tensor<[5, 5, 3], i64, strides=[25, 5, 1]>, !aten.tensor<[5, 5, 1], i64, strides=[25, 5, 1]>>

func.func @unbind_int(%a: !aten.tensor<[2, 3, 2], i64>) {
  %0 = aten.unbind.int(%a, -1) : !aten.tuple<!aten.tensor<[2, 3], i64, strides=[6, 2]>, !aten.tensor<[2, 3], i64, strides=[6, 2]>>
  fx.return(%0)
}
// CHECK: aten.unbind.int(%a, -1) : !aten.tuple<!aten.tensor<[2, 3], i64, strides=[6, 2]>, !aten.tensor<[2, 3], i64, strides=[6, 2]>>

func.func @alias_default(%a: !aten.tensor<[5], f32>) {
  %0 = aten.alias.default(%a) : !aten.tensor<[5], f32>
  fx.return(%0)
}
// CHECK: aten.alias.default(%a) : !aten.tensor<[5], f32>

func.func @_conj_default(%a: !aten.tensor<[5, 6, 4], c64, strides=[42, 7, 1]>) {
  %0 = aten._conj.default(%a) : !aten.tensor<[5, 6, 4], c64, strides=[42, 7, 1]>
  fx.return(%0)
}
// CHECK: aten._conj.default(%a) : !aten.tensor<[5, 6, 4], c64, strides=[42, 7, 1]>

func.func @view_as_real_default(%a: !aten.tensor<[6, 51], c64, strides=[1, 6]>) {
  %0 = aten.view_as_real.default(%a) : !aten.tensor<[6, 51, 2], f32, strides=[2, 12, 1]>
  fx.return(%0)
}
// CHECK: aten.view_as_real.default(%a) : !aten.tensor<[6, 51, 2], f32, strides=[2, 12, 1]>

func.func @view_as_complex_default(%a: !aten.tensor<[5, 2], f32>) {
  %0 = aten.view_as_complex.default(%a) : !aten.tensor<[5], c64>
  fx.return(%0)
}
// CHECK: aten.view_as_complex.default(%a) : !aten.tensor<[5], c64>
