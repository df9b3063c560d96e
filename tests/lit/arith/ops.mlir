// RUN: fx-opt %s | fx-opt | filecheck %s
// RUN: fx-opt %s --print-op-generic | fx-opt | filecheck %s

func.func @f(%a: vector<16xi32>, %b: vector<16xf32>, %c: i1, %t: tensor<4xf32>, %i: index, %j: vector<4xindex>) {
  %0 = arith.cmpi slt, %a, %a : vector<16xi32>
  %1 = arith.cmpf olt, %b, %b fastmath<nnan> : vector<16xf32>
  %2 = arith.select %0, %b, %b : vector<16xi1>, vector<16xf32>
  %3 = arith.select %c, %b, %b : vector<16xf32>
  %4 = arith.cmpf une, %t, %t : tensor<4xf32>
  %5 = arith.extui %0 : vector<16xi1> to vector<16xi8>
  %6 = arith.index_cast %j : vector<4xindex> to vector<4xi32>
  %7 = arith.cmpi eq, %i, %i : index
  %8 = arith.fptosi %b : vector<16xf32> to vector<16xi64>
  %9 = arith.sitofp %8 : vector<16xi64> to vector<16xf16>
  %10 = arith.trunci %8 : vector<16xi64> to vector<16xi1>
  func.return
}
// CHECK:      arith.cmpi slt, %a, %a : vector<16xi32>
// CHECK-NEXT: arith.cmpf olt, %b, %b fastmath<nnan> : vector<16xf32>
// CHECK-NEXT: arith.select %0, %b, %b : vector<16xi1>, vector<16xf32>
// CHECK-NEXT: arith.select %c, %b, %b : vector<16xf32>
// CHECK-NEXT: arith.cmpf une, %t, %t : tensor<4xf32>
// CHECK-NEXT: arith.extui %{{.*}} : vector<16xi1> to vector<16xi8>
// CHECK-NEXT: arith.index_cast %j : vector<4xindex> to vector<4xi32>
// CHECK-NEXT: arith.cmpi eq, %i, %i : index
// CHECK-NEXT: arith.fptosi %b : vector<16xf32> to vector<16xi64>
// CHECK-NEXT: arith.sitofp %{{.*}} : vector<16xi64> to vector<16xf16>
// CHECK-NEXT: arith.trunci %{{.*}} : vector<16xi64> to vector<16xi1>
