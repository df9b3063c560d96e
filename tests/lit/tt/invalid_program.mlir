// RUN: not fx-opt %s --split-input-file 2>&1 | filecheck %s

tt.func public @k() {
  %0 = "tt.get_program_id"() <{axis = 3 : i32}> : () -> i32
  tt.return
}
// CHECK: tt.get_program_id: axis is 3, not 0, 1 or 2

// -----

tt.func public @k() {
  %0 = "tt.get_num_programs"() <{axis = 4 : i32}> : () -> i32
  tt.return
}
// CHECK: tt.get_num_programs: axis is 4, not 0, 1 or 2

// -----

tt.func public @k() {
  %0 = tt.get_program_id w : i32
  tt.return
}
// CHECK: unknown ProgramDim 'w': one of x, y, z

// -----

tt.func public @k() {
  %0 = tt.make_range {end = 12 : i32, start = 4 : i32} : tensor<16xi32>
  tt.return
}
// CHECK: tt.make_range: 4 to 12 is tensor<8xi32>, the result is tensor<16xi32>

// -----

tt.func public @k() {
  %0 = tt.make_range {end = 12 : i32, start = 0 : i32} : tensor<12xi32>
  tt.return
}
// CHECK: tt.make_range: tensor<12xi32> has 12 elements, not a power of two

// -----

tt.func public @k(%f: f32) {
  %0 = tt.splat %f : f32 -> tensor<2048x1024xf32>
  tt.return
}
// CHECK: tt.splat: tensor<2048x1024xf32> has 2097152 elements, more than 1048576

// -----

tt.func public @k(%x: i32) {
  tt.assert %x, "m" : i32
  tt.return
}
// CHECK: tt.assert: condition is i32, not i1 or a tensor of i1

// -----

tt.func public @k(%x: i32) {
  tt.print "m" {hex = false, isSigned = array<i32: 1, 1>} : %x : i32
  tt.return
}
// CHECK: tt.print: 2 isSigned flags for 1 arguments

// -----

tt.func public @k(%x: !tt.ptr<i8>) {
  tt.print "m" {hex = false, isSigned = array<i32: 1>} : %x : !tt.ptr<i8>
  tt.return
}
// CHECK: tt.print: cannot print pointers

// -----

tt.func public @k(%x: f32) -> i32 {
  tt.return %x : f32
}
// CHECK: tt.return: returns (f32) from @k, which returns (i32)

// -----

"tt.func"() <{function_type = (f32) -> (), sym_name = "k"}> ({
^bb0(%x: i32):
  tt.return
}) : () -> ()
// CHECK: tt.func @k: entry block takes (i32), the function type (f32)

// -----

"tt.func"() <{function_type = (f32) -> (), sym_name = "k", arg_attrs = [{}, {}]}> ({
^bb0(%x: f32):
  tt.return
}) : () -> ()
// CHECK: tt.func: 2 argument attributes for 1 arguments
