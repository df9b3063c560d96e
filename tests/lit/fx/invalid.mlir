// RUN: not fx-opt %s --split-input-file 2>&1 | filecheck %s

func.func @main(%t: !aten.tuple<!aten.tensor<[4], f32>>) {
  %0 = fx.getitem(%t, 1) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: fx.getitem: index 1 of a tuple of 1

// -----

func.func @main(%t: !aten.tuple<!aten.tensor<[4], f32>>) {
  %0 = fx.getitem(%t, 0) : !aten.tensor<[5], f32>
  fx.return(%0)
}
// CHECK: fx.getitem: element 0 is !aten.tensor<[4], f32>, the result !aten.tensor<[5], f32>

// -----

func.func @main(%t: !aten.tuple<!aten.tensor<[4], f32>>) {
  %0 = fx.getitem(%t) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: fx.getitem: argument 'index' is missing

// -----

func.func @main(%x: !aten.tensor<[4], f32>) {
  %0 = fx.call "operator.neg"(%y) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: use of undefined value %y

// -----

func.func @main(%x: !aten.tensor<[4], f32>) {
  %0 = fx.call "operator.neg"(%x, k=1, 2) : !aten.tensor<[4], f32>
  fx.return(%0)
}
// CHECK: expected a keyword argument, got '2'

// -----

func.func @main(%x: !aten.tensor<[4], f33>) {
  fx.return(%x)
}
// CHECK: expected a dtype

// -----

func.func @main(%x: !aten.tensor<[4, 2], f32, strides=[1]>) {
  fx.return(%x)
}
// CHECK: 2 sizes but 1 strides
