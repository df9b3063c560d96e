// RUN: fx-opt %s -p 'aten-set-device{device="cuda:1"}' --split-input-file | filecheck %s

// Types, tuples, device arguments and the function's signature move; sizes and strides stay.
func.func @main(%x: !aten.tensor<[4, 2], f32, strides=[1, 4]>) -> !aten.tensor<[4, 2], f32> {
  %0 = aten.full.default([4, 2], 1, dtype=torch.float32, device=device("cpu")) : !aten.tensor<[4, 2], f32>
  %1 = aten.add.Tensor(%x, %0) : !aten.tensor<[4, 2], f32>
  %2 = aten.max.dim(%1, 0) : !aten.tuple<!aten.tensor<[2], f32>, !aten.tensor<[2], i64>>
  fx.return((%1, %2))
}
// CHECK:      func.func @main(%x: !aten.tensor<[4, 2], f32, strides=[1, 4], device="cuda:1">) -> !aten.tensor<[4, 2], f32, device="cuda:1"> {
// CHECK-NEXT:   aten.full.default([4, 2], 1, dtype=torch.float32, device=device("cuda:1")) : !aten.tensor<[4, 2], f32, device="cuda:1">
// CHECK-NEXT:   aten.add.Tensor({{.*}}) : !aten.tensor<[4, 2], f32, device="cuda:1">
// CHECK-NEXT:   aten.max.dim({{.*}}) : !aten.tuple<!aten.tensor<[2], f32, device="cuda:1">, !aten.tensor<[2], i64, device="cuda:1">>

// -----

// What is on the device already, or nowhere, is left alone.
func.func @main(%x: !aten.tensor<[4], f32, device="meta">, %y: !aten.tensor<[4], f32, device="cuda:1">) {
  %0 = aten.zeros.default([4], device=device("meta")) : !aten.tensor<[4], f32, device="meta">
  fx.return((%x, %y, %0))
}
// CHECK: func.func @main(%x: !aten.tensor<[4], f32, device="meta">, %y: !aten.tensor<[4], f32, device="cuda:1">)
// CHECK-NEXT: aten.zeros.default([4], device=device("meta")) : !aten.tensor<[4], f32, device="meta">
