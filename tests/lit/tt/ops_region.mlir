// RUN: fx-opt %s | filecheck %s
// RUN: fx-opt %s --print-op-generic | fx-opt | filecheck %s

// CHECK: tt.func public @regions(%v: tensor<4x8xf32>, %i: tensor<4x8xi32>, %w: tensor<8xf32>) attributes {noinline = false} {
tt.func public @regions(%v: tensor<4x8xf32>, %i: tensor<4x8xi32>, %w: tensor<8xf32>) attributes {noinline = false} {
  // CHECK-NEXT: %max, %at = tt.reduce(%v, %i) axis = 1 {
  // CHECK-NEXT: ^bb0(%a: f32, %ai: i32, %b: f32, %bi: i32):
  // CHECK-NEXT:   tt.reduce.return %a, %bi : f32, i32
  // CHECK-NEXT: } : (tensor<4x8xf32>, tensor<4x8xi32>) -> (tensor<4xf32>, tensor<4xi32>)
  %max, %at = tt.reduce(%v, %i) axis = 1 {
  ^bb0(%a: f32, %ai: i32, %b: f32, %bi: i32):
    tt.reduce.return %a, %bi : f32, i32
  } : (tensor<4x8xf32>, tensor<4x8xi32>) -> (tensor<4xf32>, tensor<4xi32>)
  // CHECK-NEXT: %sum = tt.reduce(%w) axis = 0 {
  // CHECK:      } {fast} : (tensor<8xf32>) -> f32
  %sum = tt.reduce(%w) axis = 0 {
  ^bb1(%a: f32, %b: f32):
    %s = arith.addf %a, %b : f32
    tt.reduce.return %s : f32
  } {fast} : (tensor<8xf32>) -> f32
  // CHECK-NEXT: %up = tt.scan(%w) axis = 0 {
  // CHECK:        tt.scan.return %s_1 : f32
  // CHECK-NEXT: } : (tensor<8xf32>) -> tensor<8xf32>
  %up = tt.scan(%w) axis = 0 {
  ^bb2(%a: f32, %b: f32):
    %s = arith.addf %a, %b : f32
    tt.scan.return %s : f32
  } : (tensor<8xf32>) -> tensor<8xf32>
  // CHECK-NEXT: %down = tt.scan(%v) axis = 1 reverse {
  %down = tt.scan(%v) axis = 1 reverse {
  ^bb3(%a: f32, %b: f32):
    tt.scan.return %a : f32
  } : (tensor<4x8xf32>) -> tensor<4x8xf32>
  // CHECK:      %twice = tt.call @twice(%sum) : (f32) -> f32
  %twice = tt.call @twice(%sum) : (f32) -> f32
  tt.return
}
// CHECK: tt.func private @twice(%x: f32) -> f32 attributes {noinline = true} {
tt.func private @twice(%x: f32) -> f32 attributes {noinline = true} {
  // CHECK-NEXT: %y = arith.addf %x, %x : f32
  %y = arith.addf %x, %x : f32
  // CHECK-NEXT: tt.return %y : f32
  tt.return %y : f32
}
// CHECK: tt.func public @scheduled(%p: !tt.ptr<f32>, %n: i32) attributes {noinline = false, launch = #tt.launch<grid = [((s0 + 127) floordiv 128), 2], sizes = [s0], warps = 8, stages = 2>} {
tt.func public @scheduled(%p: !tt.ptr<f32>, %n: i32) attributes {noinline = false, launch = #tt.launch<grid = [(s0 + 127) floordiv 128, 2], sizes = [s0], warps = 8, stages = 2>} {
  tt.return
}
