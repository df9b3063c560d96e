// RUN: not fx-opt %s --split-input-file 2>&1 | filecheck %s

func.func @k(%p: !llvm.ptr, %i: index) {
  %v = cpu.load %p[%i] : vector<4x4xf32>
  func.return
}
// CHECK: cpu.load: vectors have one dim, got vector<4x4xf32>

// -----

func.func @k(%p: !llvm.ptr, %i: index, %m: vector<8xi1>) {
  %v = "cpu.load"(%p, %i, %m) <{operandSegmentSizes = array<i32: 1, 1, 1, 0>}> : (!llvm.ptr, index, vector<8xi1>) -> vector<4xf32>
  func.return
}
// CHECK: cpu.load: mask of vector<4xf32> is vector<4xi1>, got vector<8xi1>

// -----

func.func @k(%p: !llvm.ptr, %i: index, %v: f32) {
  %w = "cpu.load"(%p, %i, %v) <{operandSegmentSizes = array<i32: 1, 1, 0, 1>}> : (!llvm.ptr, index, f32) -> f32
  func.return
}
// CHECK: cpu.load: a passthru needs a mask

// -----

func.func @k(%p: !llvm.ptr, %i: index, %m: i1, %v: f64) {
  %w = "cpu.load"(%p, %i, %m, %v) <{operandSegmentSizes = array<i32: 1, 1, 1, 1>}> : (!llvm.ptr, index, i1, f64) -> f32
  func.return
}
// CHECK: cpu.load: passthru is f64, result is f32

// -----

func.func @k(%p: !llvm.ptr, %i: vector<8xi64>) {
  %w = cpu.gather %p[%i] : vector<8xi64>, vector<4xf32>
  func.return
}
// CHECK: cpu.gather: 8 indices for 4 lanes of vector<4xf32>

// -----

func.func @k(%p: !llvm.ptr, %i: vector<8xi64>, %v: vector<4xf32>) {
  cpu.scatter %v, %p[%i] : vector<8xi64>, vector<4xf32>
  func.return
}
// CHECK: cpu.scatter: 8 indices for 4 lanes of vector<4xf32>

// -----

func.func @k(%p: !llvm.ptr, %i: index, %m: vector<4xi1>, %v: vector<4xf32>) {
  cpu.store %v, %p[%i] mask %m nontemporal : vector<4xf32>
  func.return
}
// CHECK: cpu.store: a nontemporal store has no mask

// -----

func.func @k(%p: !llvm.ptr, %i: index, %v: f32) {
  cpu.atomic_rmw sub %v, %p[%i] : f32
  func.return
}
// CHECK: cpu.atomic_rmw: kind is one of add, mul, min, max, and, or, xor, got sub

// -----

func.func @k(%p: !llvm.ptr, %i: index, %v: vector<4xf32>) {
  cpu.atomic_rmw add %v, %p[%i] : vector<4xf32>
  func.return
}
// CHECK: cpu.atomic_rmw: value is vector<4xf32> but index is index: lanes differ

// -----

func.func @k() {
  %p = cpu.alloca 0 x f32
  func.return
}
// CHECK: cpu.alloca: count is at least 1, got 0

// -----

func.func @k() {
  %p = cpu.step : vector<2x2xi32>
  func.return
}
// CHECK: cpu.step: vectors have one dim, got vector<2x2xi32>

// -----

func.func @k(%x: f32) {
  %p = cpu.math frobnicate(%x) : f32
  func.return
}
// CHECK: cpu.math: unknown function frobnicate, known: erfc, exp10, fmod

// -----

func.func @k(%x: f32) {
  %p = cpu.math fmod(%x) : f32
  func.return
}
// CHECK: cpu.math: fmod takes 2 operands, got 1

// -----

func.func @k() {
  %p = cpu.math fmod() : f32
  func.return
}
// CHECK: cpu.math: fmod needs operands

// -----

func.func @k(%x: f32, %y: f64) {
  %p = "cpu.math"(%x, %y) <{fn = "fmod"}> : (f32, f64) -> f32
  func.return
}
// CHECK: cpu.math: operand is f64, result is f32

// -----

func.func @k(%x: i32) {
  cpu.check %x, 1 : i32
  func.return
}
// CHECK: cpu.check: condition is i1 or a vector of i1, got i32

// -----

func.func @k(%x: i1) {
  cpu.check %x, 0 : i1
  func.return
}
// CHECK: cpu.check: id 0 means success, give another

// -----

func.func @k(%n: index) {
  cpu.parallel %n to %n grain %n {
  ^bb0(%b: index):
  }
  func.return
}
// CHECK: cpu.parallel: the body takes (begin: index, end: index), got (index)

// -----

func.func @k(%n: index) {
  cpu.parallel %n to %n grain %n multiple_of 0 {
  ^bb0(%b: index, %e: index):
  }
  func.return
}
// CHECK: cpu.parallel: multiple_of is at least 1, got 0

// -----

func.func @k(%n: index) {
  cpu.parallel %n to %n grain %n {
  ^bb0(%b: index, %e: index):
    cpu.parallel %b to %e grain %n {
    ^bb1(%c: index, %d: index):
    }
  }
  func.return
}
// CHECK: cpu.parallel: may not be nested in another cpu.parallel

// -----

func.func @k(%p: !llvm.ptr, %i: index) {
  %v = cpu.load %p[%i] : f32, f32
  func.return
}
// CHECK: expected 1 types, got 2

// -----

func.func @k(%p: !llvm.ptr, %i: index, %v: f32) {
  cpu.store %v, %p[%i] : index, f32
  func.return
}
// CHECK: expected 1 types, got 2
