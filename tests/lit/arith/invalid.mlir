// RUN: not fx-opt %s --split-input-file 2>&1 | filecheck %s

func.func @f(%a: i32) {
  %0 = arith.cmpi less, %a, %a : i32
  func.return
}
// CHECK: unknown predicate less, expected one of eq, ne, slt

// -----

func.func @f(%a: i32, %b: i64) {
  %0 = "arith.cmpi"(%a, %b) <{predicate = 0 : i64}> : (i32, i64) -> i1
  func.return
}
// CHECK: arith.cmpi: operand types differ: i32 and i64

// -----

func.func @f(%a: vector<4xf32>) {
  %0 = "arith.cmpf"(%a, %a) <{predicate = 1 : i64}> : (vector<4xf32>, vector<4xf32>) -> i1
  func.return
}
// CHECK: arith.cmpf: comparing vector<4xf32> gives vector<4xi1>, got i1

// -----

func.func @f(%c: i1, %a: f32, %b: f64) {
  %0 = "arith.select"(%c, %a, %b) : (i1, f32, f64) -> f32
  func.return
}
// CHECK: arith.select: types differ: f32, f64 give f32

// -----

func.func @f(%c: vector<2xi1>, %a: vector<4xf32>) {
  %0 = arith.select %c, %a, %a : vector<2xi1>, vector<4xf32>
  func.return
}
// CHECK: arith.select: condition of vector<4xf32> is i1 or vector<4xi1>, got vector<2xi1>

// -----

func.func @f(%a: vector<4xi32>) {
  %0 = arith.sitofp %a : vector<4xi32> to vector<8xf32>
  func.return
}
// CHECK: arith.sitofp: shapes differ: operand is vector<4xi32>, result is vector<8xf32>

// -----

func.func @f(%a: i32) {
  %0 = arith.index_cast %a : i32 to i64
  func.return
}
// CHECK: arith.index_cast: exactly one side is index: i32 to i64

// -----

func.func @f(%a: i32) {
  %0 = arith.extsi %a : i32 to i16
  func.return
}
// CHECK: arith.extsi: the result must be wider: i32 to i16

// -----

func.func @f(%a: i32) {
  %0 = arith.trunci %a : i32 to i32
  func.return
}
// CHECK: arith.trunci: the result must be narrower: i32 to i32
