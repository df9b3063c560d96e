// RUN: fx-opt %s -p convert-loop-to-tt --split-input-file | filecheck %s

// Every point adds its own value; the check holds for points inside of the extent only.
// CHECK-LABEL: @scatter
// CHECK: %[[MASK:.*]] = arith.cmpi slt
// CHECK: %[[OUTSIDE:.*]] = arith.xori %[[MASK]]
// CHECK: %[[OK:.*]] = arith.ori %{{.*}}, %[[OUTSIDE]]
// CHECK: tt.assert %[[OK]], "index out of range"
// CHECK: tt.atomic_rmw fadd, relaxed, gpu, %{{.*}}, %{{.*}}, %[[MASK]]
loop.kernel @scatter [d0 = 100] inits [0] outputs 1 {
^bb0(%x: !aten.tensor<[7], f32, device="cuda:0">, %i: !aten.tensor<[100], i64, device="cuda:0">,
     %v: !aten.tensor<[100], f32, device="cuda:0">, %y: !aten.tensor<[7], f32, device="cuda:0">):
  %0 = loop.load %i[d0] : i64
  %n = arith.constant 7 : i64
  %ok = arith.cmpi ult, %0, %n : i64
  loop.check %ok, "index out of range"
  %1 = loop.load %v[d0] : f32
  loop.store add %1, %y[i0] (%0)
}

// -----

// No instruction for this one: compare and swap until every lane is done.
// CHECK-LABEL: @scatter_max
// CHECK: scf.while
// CHECK: scf.condition
// CHECK: tt.load {{.*}} {isVolatile = true}
// CHECK: arith.maximumf
// CHECK: tt.atomic_cas relaxed, gpu
loop.kernel @scatter_max [d0 = 128] inits [0] outputs 1 {
^bb0(%x: !aten.tensor<[7], f32, device="cuda:0">, %i: !aten.tensor<[128], i64, device="cuda:0">,
     %v: !aten.tensor<[128], f32, device="cuda:0">, %y: !aten.tensor<[7], f32, device="cuda:0">):
  %0 = loop.load %i[d0] : i64
  %1 = loop.load %v[d0] : f32
  loop.store max %1, %y[i0] (%0)
}
