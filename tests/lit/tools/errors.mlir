// RUN: not fx-opt %s --split-input-file 2>&1 | filecheck %s

func.func @undefined() -> i32 {
  func.return %x : i32
}
// CHECK:      errors.mlir:4:15: error: value %x is used but not defined
// CHECK-NEXT:   func.return %x : i32
// CHECK-NEXT:               ^^

// -----

func.func @before_definition(%a: i32) {
  %b = arith.addi %c, %a : i32
  %c = arith.addi %a, %a : i32
  func.return
}
// CHECK: errors.mlir:13:3: error: arith.addi: operand %c is used before its definition
// CHECK-NEXT:   %b = arith.addi %c, %a : i32

// -----

"no.such_op"() : () -> ()
// CHECK: errors.mlir:22:2: error: Operation no.such_op is not registered

// -----

func.func @wrong_type(%a: i32) -> i64 {
  func.return %a : i32
}
// CHECK: errors.mlir:28:3: error: Expected arguments to have the same types as the function output types: expected [i64], got [i32]
// CHECK-NEXT:   func.return %a : i32

// -----

func.func @truncated(%a: i32) -> i32 {
  %b = arith.addi %a,
// CHECK: errors.mlir:36:22: error: operand expected
// CHECK-NEXT:  %b = arith.addi %a,
