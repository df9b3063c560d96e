// RUN: fx-opt %s | filecheck %s
// RUN: fx-opt %s --print-op-generic | fx-opt | filecheck %s

// CHECK: tt.func public @ops_program(%c: i1, %x: f32, %v: tensor<8xi32>, %m: tensor<8xi1>) attributes {noinline = false} {
tt.func public @ops_program(%c: i1, %x: f32, %v: tensor<8xi32>, %m: tensor<8xi1>) attributes {noinline = false} {
  // CHECK-NEXT: %p = tt.get_program_id x : i32
  %p = tt.get_program_id x : i32
  // CHECK-NEXT: %q = tt.get_program_id z : i32
  %q = tt.get_program_id z : i32
  // CHECK-NEXT: %n = tt.get_num_programs y : i32
  %n = tt.get_num_programs y : i32
  // CHECK-NEXT: %r = tt.make_range {end = 12 : i32, start = 4 : i32} : tensor<8xi32>
  %r = tt.make_range {end = 12 : i32, start = 4 : i32} : tensor<8xi32>
  // CHECK-NEXT: tt.assert %c, "scalar" : i1
  tt.assert %c, "scalar" : i1
  // CHECK-NEXT: tt.assert %m, "block" : tensor<8xi1>
  tt.assert %m, "block" : tensor<8xi1>
  // CHECK-NEXT: tt.print " x: " {hex = false, isSigned = array<i32: 1, 0>} : %x, %v : f32, tensor<8xi32>
  tt.print " x: " {hex = false, isSigned = array<i32: 1, 0>} : %x, %v : f32, tensor<8xi32>
  // CHECK-NEXT: tt.print " here" {hex = true, isSigned = array<i32>}
  tt.print " here" {hex = true, isSigned = array<i32>}
  // CHECK-NEXT: tt.return
  tt.return
}
