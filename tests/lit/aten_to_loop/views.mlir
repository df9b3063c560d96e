// RUN: fx-opt %s -p convert-aten-to-loop | filecheck %s

// A chain of views becomes the index of the load that reads it.
// CHECK-LABEL: func.func @chain
// CHECK-NEXT: loop.nest (%x) [d0 = 3]
// CHECK: loop.load %{{.*}}[d0 * 2 + 19] : f32
func.func @chain(%x: !aten.tensor<[4, 6], f32>) -> !aten.tensor<[3], f32> {
  %0 = aten.permute.default(%x, [1, 0]) : !aten.tensor<[6, 4], f32, strides=[1, 6]>
  %1 = aten.slice.Tensor(%0, 0, 1, 9223372036854775807, 2) : !aten.tensor<[3, 4], f32, strides=[2, 6]>
  %2 = aten.select.int(%1, 1, -1) : !aten.tensor<[3], f32, strides=[2]>
  %3 = aten.neg.default(%2) : !aten.tensor<[3], f32>
  fx.return(%3)
}

// A view that is passed on whole is a loop.view, no kernel.
// CHECK-LABEL: func.func @returned
// CHECK-NEXT: %0 = loop.view %x offset [0] : !aten.tensor<[s0, 6], f32> -> !aten.tensor<[s0, 2, 3], f32>
// CHECK-NEXT: fx.return(%0)
func.func @returned(%x: !aten.tensor<[s0, 6], f32>) -> !aten.tensor<[s0, 2, 3], f32> {
  %0 = aten.view.default(%x, [-1, 2, 3]) : !aten.tensor<[s0, 2, 3], f32>
  fx.return(%0)
}

// Where no strides express the reshape, it is copied in its own shape: no division in any index.
// CHECK-LABEL: func.func @copied
// CHECK-NEXT: %0 = loop.nest (%x) [d0 = 4, d1 = 6]
// CHECK: loop.load %{{.*}}[d0 + d1 * 4] : f32
// CHECK-NEXT: loop.store %{{.*}}, %{{.*}}[d0 * 6 + d1]
// CHECK: loop.view %0 offset [0] : !aten.tensor<[4, 6], f32> -> !aten.tensor<[24], f32>
func.func @copied(%x: !aten.tensor<[4, 6], f32, strides=[1, 4]>) -> !aten.tensor<[24], f32> {
  %0 = aten.reshape.default(%x, [24]) : !aten.tensor<[24], f32>
  fx.return(%0)
}

// Another dtype of the same width is a view; of another width, eager's affair.
// CHECK-LABEL: func.func @width
// CHECK-NEXT: loop.view %x offset [0] : !aten.tensor<[4], f32> -> !aten.tensor<[4], i32>
// CHECK-NEXT: loop.extern "aten.view.dtype"(%x, torch.int16) {reason = "view of f32 as i16, of another width"}
func.func @width(%x: !aten.tensor<[4], f32>) {
  %0 = aten.view.dtype(%x, torch.int32) : !aten.tensor<[4], i32>
  %1 = aten.view.dtype(%x, torch.int16) : !aten.tensor<[8], i16>
  fx.return((%0, %1))
}

// A storage offset counts from the start of the storage, which only fresh tensors are known to begin.
// CHECK-LABEL: func.func @as_strided
// CHECK-NEXT: loop.extern "aten.as_strided.default"(%x, [2, 2], [1, 3], 1)
// CHECK-NEXT: %1 = loop.nest
// CHECK: loop.view %1 offset [1] : !aten.tensor<[8], f32> -> !aten.tensor<[2, 2], f32, strides=[1, 3]>
func.func @as_strided(%x: !aten.tensor<[8], f32>) {
  %0 = aten.as_strided.default(%x, [2, 2], [1, 3], 1) : !aten.tensor<[2, 2], f32, strides=[1, 3]>
  %1 = aten.neg.default(%x) : !aten.tensor<[8], f32>
  %2 = aten.as_strided.default(%1, [2, 2], [1, 3], 1) : !aten.tensor<[2, 2], f32, strides=[1, 3]>
  fx.return((%0, %2))
}
