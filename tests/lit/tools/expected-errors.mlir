// With these flags an error is the expected output: on stdout, exit status 0.
// RUN: fx-opt %s --verify-diagnostics --parsing-diagnostics --split-input-file -p func-to-pdl-rewrite | filecheck %s
// RUN: not fx-opt %s --verify-diagnostics --split-input-file
// RUN: not fx-opt %s --parsing-diagnostics --split-input-file

func.func @syntax( {
}
// CHECK: expected-errors.mlir:6:20: error: Expected argument or type

// -----

func.func @invalid() -> i32 {
  func.return
}
// CHECK: // -----
// CHECK: expected-errors.mlir:13:3: error: Expected arguments to have the same types

// -----

func.func @pass_fails() {
  func.return
}
// CHECK: // -----
// CHECK: expected-errors.mlir:20:1: error: pass 'func-to-pdl-rewrite' failed: {{.*}}the pattern must contain
