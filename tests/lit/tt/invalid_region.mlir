// RUN: not fx-opt %s --split-input-file 2>&1 | filecheck %s

tt.func public @k(%v: tensor<8xf32>, %w: tensor<4xf32>) {
  %0 = "tt.reduce"(%v) <{axis = 1 : i32}> ({
  ^bb0(%a: f32, %b: f32):
  "tt.reduce.return"(%a) : (f32) -> ()
  }) : (tensor<8xf32>) -> f32
  tt.return
}
// CHECK: tt.reduce: axis 1 is outside of a shape of 1 dims

// -----

tt.func public @k(%v: tensor<8xf32>, %w: tensor<4xf32>) {
  %0 = "tt.reduce"() <{axis = 0 : i32}> ({
  ^bb0():
  "tt.reduce.return"() : () -> ()
  }) : () -> f32
  tt.return
}
// CHECK: tt.reduce: no operands

// -----

tt.func public @k(%v: tensor<8xf32>, %w: tensor<4xf32>) {
  %0 = "tt.reduce"(%v) <{axis = 0 : i32}> ({
  ^bb0(%a: f32):
  "tt.reduce.return"(%a) : (f32) -> ()
  }) : (tensor<8xf32>) -> f32
  tt.return
}
// CHECK: tt.reduce: the region takes (f32), expected (f32, f32)

// -----

tt.func public @k(%v: tensor<8xf32>, %w: tensor<4xf32>) {
  %0 = "tt.reduce"(%v) <{axis = 0 : i32}> ({
  ^bb0(%a: f32, %b: f32):
  "tt.reduce.return"(%a, %b) : (f32, f32) -> ()
  }) : (tensor<8xf32>) -> f32
  tt.return
}
// CHECK: tt.reduce: the region returns (f32, f32), expected (f32)

// -----

tt.func public @k(%v: tensor<8xf32>, %w: tensor<4xf32>) {
  %0 = "tt.reduce"(%v) <{axis = 0 : i32}> ({
  ^bb0(%a: f32, %b: f32):
  "tt.reduce.return"(%a) : (f32) -> ()
  }) : (tensor<8xf32>) -> tensor<8xf32>
  tt.return
}
// CHECK: tt.reduce: results are (tensor<8xf32>), expected (f32)

// -----

tt.func public @k(%v: tensor<8xf32>, %w: tensor<4xf32>) {
  %0 = "tt.reduce"(%v, %w) <{axis = 0 : i32}> ({
  ^bb0(%a: f32, %b: f32):
  "tt.reduce.return"(%a) : (f32) -> ()
  }) : (tensor<8xf32>, tensor<4xf32>) -> f32
  tt.return
}
// CHECK: tt.reduce: operands differ in shape: [8], [4]

// -----

tt.func public @k(%v: tensor<8xf32>, %w: tensor<4xf32>) {
  %0 = "tt.reduce"(%v) <{axis = 0 : i32}> ({
  ^bb0(%a: f32, %b: f32):
  "test.termop"(%a) : (f32) -> ()
  }) : (tensor<8xf32>) -> f32
  tt.return
}
// CHECK: tt.reduce: the region ends in test.termop, not tt.reduce.return

// -----

tt.func public @k(%v: tensor<8xf32>, %w: tensor<4xf32>) {
  %0 = "tt.scan"(%v) <{axis = 0 : i32, reverse = false}> ({
  ^bb0(%a: f32, %b: f32):
  "tt.scan.return"(%a) : (f32) -> ()
  }) : (tensor<8xf32>) -> f32
  tt.return
}
// CHECK: tt.scan: results are (f32), expected (tensor<8xf32>)

// -----

tt.func public @k(%v: tensor<8xf32>, %w: tensor<4xf32>) {
  %0 = "tt.scan"(%v) <{axis = 0 : i32, reverse = false}> ({
  ^bb0(%a: f32, %b: f32):
  "tt.reduce.return"(%a) : (f32) -> ()
  }) : (tensor<8xf32>) -> tensor<8xf32>
  tt.return
}
// CHECK: 'tt.reduce.return' expects parent op 'tt.reduce'
