// RUN: not fx-opt %s --split-input-file 2>&1 | filecheck %s

tt.func public @k(%v: f32) {
  %0 = tt.bitcast %v : f32 -> i16
  tt.return
}
// CHECK: tt.bitcast: f32 has 32 bits, i16 has 16

// -----

tt.func public @k(%v: i64) {
  %0 = tt.bitcast %v : i64 -> !tt.ptr<f32>
  tt.return
}
// CHECK: tt.bitcast: i64 to !tt.ptr<f32>: use tt.ptr_to_int or tt.int_to_ptr

// -----

tt.func public @k(%v: f32) {
  %0 = tt.fp_to_fp %v : f32 -> bf16
  tt.return
}
// CHECK: tt.fp_to_fp: f32 to bf16 needs a rounding mode

// -----

tt.func public @k(%v: bf16) {
  %0 = tt.fp_to_fp %v, rounding = rtz : bf16 -> f32
  tt.return
}
// CHECK: tt.fp_to_fp: bf16 to f32 does not round

// -----

tt.func public @k(%v: i32) {
  %0 = tt.clampf %v, %v, %v, propagateNan = none : i32
  tt.return
}
// CHECK: expected floats or a tensor of them, got i32

// -----

tt.func public @k(%v: f32) {
  %0 = tt.extern_elementwise %v {libname = "", libpath = "", pure = true, symbol = ""} : (f32) -> f32
  tt.return
}
// CHECK: tt.extern_elementwise: the symbol is empty

// -----

tt.func public @k(%v: f32) {
  %0 = tt.extern_elementwise %v {libname = "", libpath = "", pure = true, symbol = "f"} : (f32) -> tensor<8xf32>
  tt.return
}
// CHECK: tt.extern_elementwise: operands and result differ in shape: [], [8]

// -----

tt.func public @k(%v: f32) {
  %0 = tt.elementwise_inline_asm "a" {constraints = "=f,f", pure = true, packed_element = 0 : i32} %v : f32 -> f32
  tt.return
}
// CHECK: tt.elementwise_inline_asm: packed_element is 0

// -----

tt.func public @k(%v: f32) {
  %0 = tt.elementwise_inline_asm "a" {constraints = "=f,f", pure = true, packed_element = 1 : i32} %v : f32 -> tensor<2xf32>
  tt.return
}
// CHECK: tt.elementwise_inline_asm: operands and results differ in shape: [], [2]

// -----

tt.func public @k(%a: tensor<16x32xf16>, %c: tensor<16x16xf32>) {
  %0 = tt.dot %a, %a, %c : tensor<16x32xf16> * tensor<16x32xf16> -> tensor<16x16xf32>
  tt.return
}
// CHECK: tt.dot: contracting sizes differ: a has 32, b has 16

// -----

tt.func public @k(%a: tensor<16x16xf16>, %c: tensor<32x16xf32>) {
  %0 = tt.dot %a, %a, %c : tensor<16x16xf16> * tensor<16x16xf16> -> tensor<32x16xf32>
  tt.return
}
// CHECK: tt.dot: [16, 16] times [16, 16] is [16, 16], the accumulator is [32, 16]

// -----

tt.func public @k(%a: tensor<16xf16>, %c: tensor<16xf32>) {
  %0 = tt.dot %a, %a, %c : tensor<16xf16> * tensor<16xf16> -> tensor<16xf32>
  tt.return
}
// CHECK: tt.dot: ranks are 1, 1 and 1, expected all 2 or all 3

// -----

tt.func public @k(%a: tensor<2x16x16xf16>, %b: tensor<4x16x16xf16>, %c: tensor<2x16x16xf32>) {
  %0 = tt.dot %a, %b, %c : tensor<2x16x16xf16> * tensor<4x16x16xf16> -> tensor<2x16x16xf32>
  tt.return
}
// CHECK: tt.dot: batch sizes differ: 2, 4 and 2

// -----

tt.func public @k(%a: tensor<16x16xf16>, %b: tensor<16x16xi8>, %c: tensor<16x16xf32>) {
  %0 = tt.dot %a, %b, %c : tensor<16x16xf16> * tensor<16x16xi8> -> tensor<16x16xf32>
  tt.return
}
// CHECK: tt.dot: f16 and i8 do not multiply

// -----

tt.func public @k(%a: tensor<8xf32>) {
  %0 = tt.histogram %a : tensor<8xf32> -> tensor<8xi32>
  tt.return
}
// CHECK: tt.histogram: the source is tensor<8xf32>, not a 1-D tensor of integers

// -----

tt.func public @k(%a: tensor<8xi32>) {
  %0 = tt.histogram %a : tensor<8xi32> -> tensor<8x8xi32>
  tt.return
}
// CHECK: tt.histogram: the result is tensor<8x8xi32>, not 1-D

// -----

tt.func public @k(%a: tensor<8xf32>, %i: tensor<8xi32>) {
  %0 = tt.gather %a[%i] {axis = 1 : i32} : (tensor<8xf32>, tensor<8xi32>) -> tensor<8xf32>
  tt.return
}
// CHECK: tt.gather: ranks of [8] and [8] differ, or axis 1 is outside

// -----

tt.func public @k(%a: tensor<2x8xf32>, %i: tensor<4x8xi32>) {
  %0 = tt.gather %a[%i] {axis = 1 : i32} : (tensor<2x8xf32>, tensor<4x8xi32>) -> tensor<4x8xf32>
  tt.return
}
// CHECK: tt.gather: dim 0 of the indices is 4, of the source 2

// -----

tt.func public @k(%a: tensor<8xf32>) {
  %0 = tt.gather %a[%a] {axis = 0 : i32} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  tt.return
}
// CHECK: tt.gather: indices are tensor<8xf32>, not integers

// -----

tt.func public @k(%a: tensor<8xf32>, %i: tensor<4xi32>) {
  %0 = tt.gather %a[%i] {axis = 0 : i32} : (tensor<8xf32>, tensor<4xi32>) -> tensor<8xf32>
  tt.return
}
// CHECK: tt.gather: the result is tensor<8xf32>, expected tensor<4xf32>
