// RUN: fx-opt %s -t ttir | filecheck %s
// RUN: fx-opt %s -t 'ptx{arch="sm_90"}' | filecheck %s --check-prefix=PTX

// The schedule is the runtime's; the rest is MLIR's generic form, at no position.
// CHECK:      "builtin.module"() ({
// CHECK-NEXT:  "tt.func"() <{sym_name = "count", function_type = (!tt.ptr<i32>, i32) -> (), sym_visibility = "public"}> ({
// CHECK-NEXT:  ^bb0(%0: !tt.ptr<i32>, %1: i32):
// CHECK-NEXT:   %2 = "arith.constant"() <{value = 0 : i32}> : () -> i32 loc(unknown)
// CHECK-NEXT:   %3 = "arith.constant"() <{value = 1 : i32}> : () -> i32 loc(unknown)
// CHECK-NEXT:   %4 = "scf.for"(%2, %1, %3, %2) ({
// CHECK-NEXT:   ^bb1(%5: i32, %6: i32):
// CHECK-NEXT:    %7 = "arith.addi"(%6, %5) <{overflowFlags = #arith.overflow<none>}> : (i32, i32) -> i32 loc(unknown)
// CHECK-NEXT:    "scf.yield"(%7) : (i32) -> () loc(unknown)
// CHECK-NEXT:   }) : (i32, i32, i32, i32) -> i32 loc(unknown)
// CHECK-NEXT:   "tt.store"(%0, %4) : (!tt.ptr<i32>, i32) -> () loc(unknown)
// CHECK-NEXT:   "tt.return"() : () -> () loc(unknown)
// CHECK-NEXT:  }) {noinline = false} : () -> () loc(unknown)
// CHECK-NEXT: }) : () -> () loc(unknown)

// PTX: .visible .entry count(
// PTX: .reqntid 64
tt.func public @count(%p: !tt.ptr<i32>, %n: i32) attributes {noinline = false, launch = #tt.launch<grid = [1], sizes = [s0], warps = 2, stages = 1>} {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %sum = scf.for %i = %c0 to %n step %c1 iter_args(%s = %c0) -> (i32) : i32 {
    %t = arith.addi %s, %i : i32
    scf.yield %t : i32
  }
  tt.store %p, %sum : !tt.ptr<i32>
  tt.return
}
