// RUN: not fx-opt %s --split-input-file 2>&1 | filecheck %s

rt.func @main(%x: !aten.tensor<[4], f32>) {
  %c = rt.reuse %x : !aten.tensor<[4], f32> -> !aten.tensor<[5], f32>
  rt.return((%c,))
}
// CHECK: rt.reuse: storage sizes differ: 4 and 5 elements

// -----

rt.func @main(%x: !aten.tensor<[4], f32>) {
  %c = rt.reuse %x : !aten.tensor<[4], f32> -> !aten.tensor<[4], i32>
  rt.return((%c,))
}
// CHECK: rt.reuse: !aten.tensor<[4], f32> as !aten.tensor<[4], i32>: dtype or device differ

// -----

rt.func @main(%x: !aten.tensor<[4], f32>, %y: !aten.tensor<[5], f32>) {
  rt.copy %x, %y : !aten.tensor<[4], f32>, !aten.tensor<[5], f32>
  rt.return((%x,))
}
// CHECK: rt.copy: !aten.tensor<[4], f32> to !aten.tensor<[5], f32>: sizes or dtype differ

// -----

rt.func @main(%x: !aten.tensor<[4], f32>) {
  rt.launch @k(%x) outputs 2 : !aten.tensor<[4], f32>
  rt.return((%x,))
}
// CHECK: rt.launch: 2 outputs but 1 buffers

// -----

rt.func @main(%x: !aten.tensor<[4], f32>) {
  rt.free %x : !aten.tensor<[4], f32>
}
// CHECK: Operation rt.free terminates block in single-block region but is not a terminator

// -----

rt.func @main(%x: !aten.tensor<[4], f32>) {
  rt.extern "aten.foo"(%y)
  rt.return((%x,))
}
// CHECK: invalid.mlir:{{.*}}: error: use of undefined value %y
