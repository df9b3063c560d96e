// RUN: fx-opt %s -p aten-canonicalize --split-input-file | filecheck %s

// t and transpose are permutes; two that cancel vanish; views compose.
func.func @compose(%w: !aten.tensor<[4, 8], f32>) {
  %0 = aten.t.default(%w) : !aten.tensor<[8, 4], f32, strides=[1, 8]>
  %1 = aten.transpose.int(%0, 0, 1) : !aten.tensor<[4, 8], f32>
  %2 = aten.view.default(%1, [32]) : !aten.tensor<[32], f32>
  %3 = aten._unsafe_view.default(%2, [2, 16]) : !aten.tensor<[2, 16], f32>
  fx.return((%3,))
}
// CHECK-LABEL: @compose
// CHECK-NEXT:    %0 = aten.view.default(%w, [2, 16]) : !aten.tensor<[2, 16], f32>
// CHECK-NEXT:    fx.return((%0,))

// -----

func.func @permutes(%x: !aten.tensor<[2, 3, 4], f32>) {
  %0 = aten.permute.default(%x, [2, 0, 1]) : !aten.tensor<[4, 2, 3], f32, strides=[1, 12, 4]>
  %1 = aten.transpose.int(%0, -1, -2) : !aten.tensor<[4, 3, 2], f32, strides=[1, 4, 12]>
  %2 = aten.exp.default(%1) : !aten.tensor<[4, 3, 2], f32, strides=[1, 4, 12]>
  fx.return(%2)
}
// CHECK-LABEL: @permutes
// CHECK-NEXT:    %0 = aten.permute.default(%x, [2, 1, 0]) : !aten.tensor<[4, 3, 2], f32, strides=[1, 4, 12]>
// CHECK-NEXT:    aten.exp.default(%0)

// -----

// No view through a transposed base: only the first view is possible there.
func.func @strided_base(%x: !aten.tensor<[4, 8], f32, strides=[1, 4]>) {
  %0 = aten.view.default(%x, [4, 2, 4]) : !aten.tensor<[4, 2, 4], f32, strides=[1, 16, 4]>
  %1 = aten.view.default(%0, [2, 2, 2, 4]) : !aten.tensor<[2, 2, 2, 4], f32, strides=[2, 1, 16, 4]>
  fx.return((%1,))
}
// CHECK-LABEL: @strided_base
// CHECK-COUNT-2: aten.view.default

// -----

// Views that change nothing, in symbolic sizes too.
func.func @no_ops(%x: !aten.tensor<[s0, 1], f32>, %n: !aten.sym<int, s0>) {
  %0 = aten.expand.default(%x, [%n, 1]) : !aten.tensor<[s0, 1], f32>
  %1 = aten.slice.Tensor(%0, 0, 0, 9223372036854775807) : !aten.tensor<[s0, 1], f32>
  %2 = aten.unsqueeze.default(%1, 0) : !aten.tensor<[1, s0, 1], f32>
  %3 = aten.squeeze.dim(%2, 0) : !aten.tensor<[s0, 1], f32>
  %4 = aten.alias.default(%3) : !aten.tensor<[s0, 1], f32>
  %5 = aten.exp.default(%4) : !aten.tensor<[s0, 1], f32>
  fx.return(%5)
}
// CHECK-LABEL: @no_ops
// CHECK-NEXT:    aten.exp.default(%x)

// -----

// A view that is returned stays: the output must not be the very input.
func.func @returned(%x: !aten.tensor<[4], f32>) {
  %0 = aten.view.default(%x, [4]) : !aten.tensor<[4], f32>
  fx.return((%0,))
}
// CHECK-LABEL: @returned
// CHECK-NEXT:    aten.view.default(%x, [4])

// -----

// A slice that is not all stays.
func.func @slices(%x: !aten.tensor<[4], f32>) {
  %0 = aten.slice.Tensor(%x, 0, 1, 4) : !aten.tensor<[3], f32>
  %1 = aten.reshape.default(%0, [3, 1]) : !aten.tensor<[3, 1], f32>
  fx.return((%1,))
}
// CHECK-LABEL: @slices
// CHECK-NEXT:    %0 = aten.slice.Tensor(%x, 0, 1, 4)
// CHECK-NEXT:    aten.view.default(%0, [3, 1])

// -----

func.func @slice_of_slice(%x: !aten.tensor<[10, 4], f32>) {
  %0 = aten.slice.Tensor(%x, 0, 2, 9223372036854775807) : !aten.tensor<[8, 4], f32>
  %1 = aten.slice.Tensor(%0, -2, -5, -1) : !aten.tensor<[4, 4], f32>
  %2 = aten.slice.Tensor(%0, 0, 0, 8, 2) : !aten.tensor<[4, 4], f32, strides=[8, 1]>
  %3 = aten.slice.Tensor(%0, 1, 0, 2) : !aten.tensor<[8, 2], f32, strides=[4, 1]>
  fx.return((%1, %2, %3))
}
// CHECK-LABEL: @slice_of_slice
// CHECK-NEXT:    %0 = aten.slice.Tensor(%x, 0, 2, 9223372036854775807)
// CHECK-NEXT:    %1 = aten.slice.Tensor(%x, 0, 5, 9)
// CHECK-NEXT:    %2 = aten.slice.Tensor(%0, 0, 0, 8, 2)
// CHECK-NEXT:    %3 = aten.slice.Tensor(%0, 1, 0, 2)

// -----

// A conversion that changes nothing is its argument, unless a copy is asked for.
func.func @to(%x: !aten.tensor<[4], f32>) {
  %0 = aten.to.dtype(%x, torch.float32) : !aten.tensor<[4], f32>
  %1 = aten.to.dtype(%0, torch.float32, False, True) : !aten.tensor<[4], f32>
  fx.return((%1,))
}
// CHECK-LABEL: @to
// CHECK-NEXT:    %0 = aten.to.dtype(%x, torch.float32, False, True)
// CHECK-NEXT:    fx.return((%0,))
