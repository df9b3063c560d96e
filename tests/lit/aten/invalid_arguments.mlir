// RUN: not fx-opt %s --split-input-file 2>&1 | filecheck %s

func.func @main(%x: !aten.tensor<[4], f32>) {
  %0 = aten.add.Tensor(%x) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: aten.add.Tensor: argument 'other' is missing

// -----

func.func @main(%x: !aten.tensor<[4], f32>) {
  %0 = aten.relu.default(%x, 1) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: aten.relu.default: takes 1 positional arguments, got 2

// -----

func.func @main(%x: !aten.tensor<[4], f32>) {
  %0 = aten.relu.default(%x, inplace=True) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: aten.relu.default: no parameter 'inplace'; it has self

// -----

func.func @main(%x: !aten.tensor<[4], f32>) {
  %0 = aten.permute.default(%x, 0) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: aten.permute.default: dims must be a list of ints, got 0

// -----

func.func @main(%x: !aten.tensor<[4], f32>) {
  %0 = aten.transpose.int(%x, 0, 1.5) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: aten.transpose.int: dim1 must be an int, got 1.5

// -----

func.func @main(%x: !aten.tensor<[4], f32>) {
  %0 = aten.add.Tensor(%x, "a") : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: aten.add.Tensor: other must be a Tensor, got "a"

// -----

func.func @main(%x: !aten.tensor<[4], f32>) {
  %0 = aten.cat.default([%x, None]) : !aten.tensor<[8], f32>
  fx.return(%0)
}
// CHECK: aten.cat.default: tensors must be a list of Tensors, got [operand 0, None]

// -----

func.func @main(%x: !aten.tensor<[4], f32>) {
  %0 = aten.sum.dim_IntList(%x, "0") : !aten.tensor<[], f32>
  fx.return(%0)
}
// CHECK: aten.sum.dim_IntList: dim must be a list of ints or None, got "0"

// -----

func.func @main(%x: !aten.tensor<[4], f32>) {
  %0 = aten._to_copy.default(%x, dtype="f16") : !aten.tensor<[4], f16>
  fx.return(%0)
}
// CHECK: aten._to_copy.default: dtype must be a dtype or None, got "f16"

// -----

func.func @main(%x: !aten.tensor<[4], f32>) {
  %0 = aten._to_copy.default(%x, device=torch.float32) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: aten._to_copy.default: device must be a Device or None, got torch.float32

// -----

func.func @main(%x: !aten.tensor<[4], f32>) {
  %0 = aten.gelu.default(%x, approximate=None) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: aten.gelu.default: approximate must be a str, got None

// -----

func.func @main(%t: !aten.tuple<!aten.tensor<[4], f32>>) {
  %0 = aten.relu.default(%t) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: aten.relu.default: self must be a Tensor, got a value of type !aten.tuple<!aten.tensor<[4], f32>>

// -----

func.func @main(%t: !aten.tuple<!aten.tensor<[4], f32>>) {
  %0 = aten.select.int(%t, %t, 0) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: aten.select.int: self must be a Tensor, got a value of type
