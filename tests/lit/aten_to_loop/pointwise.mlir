// RUN: fx-opt %s -p convert-aten-to-loop | filecheck %s

// Promotion: the operands are converted to the result's dtype, alpha is a constant.
// CHECK-LABEL: func.func @add
// CHECK: loop.nest (%x, %y) [d0 = 8, d1 = 4]
// CHECK: [[x:%.*]] = loop.load %{{.*}}[d0 * 4 + d1] : bf16
// CHECK-NEXT: [[wide:%.*]] = arith.extf [[x]] : bf16 to f32
// CHECK-NEXT: [[y:%.*]] = loop.load %{{.*}}[d1] : f32
// CHECK-NEXT: arith.constant 2.000000e+00 : f32
// CHECK-NEXT: [[scaled:%.*]] = arith.mulf [[y]]
// CHECK-NEXT: [[sum:%.*]] = arith.addf [[wide]], [[scaled]] : f32
// CHECK-NEXT: loop.store [[sum]], %{{.*}}[d0 * 4 + d1]
func.func @add(%x: !aten.tensor<[8, 4], bf16>, %y: !aten.tensor<[4], f32>) {
  %0 = aten.add.Tensor(%x, %y, alpha=2) : !aten.tensor<[8, 4], f32>
  fx.return(%0)
}

// Half precision is computed in f32 and rounded where it is stored.
// CHECK-LABEL: func.func @exp
// CHECK: arith.extf
// CHECK-NEXT: math.exp {{.*}} : f32
// CHECK-NEXT: arith.truncf {{.*}} : f32 to f16
// CHECK-NEXT: loop.store
func.func @exp(%x: !aten.tensor<[5], f16>) {
  %0 = aten.exp.default(%x) : !aten.tensor<[5], f16>
  fx.return(%0)
}

// Loops follow the strides of the result: the innermost is the unit-stride one. Dims of size 1 get no loop.
// CHECK-LABEL: func.func @order
// CHECK: loop.nest (%x) [d0 = 5, d1 = 3]
// CHECK: loop.load %{{.*}}[d0 * 3 + d1]
// CHECK: loop.store %{{.*}}[d0 * 3 + d1]
func.func @order(%x: !aten.tensor<[3, 1, 5], f32, strides=[1, 15, 3]>) {
  %0 = aten.neg.default(%x) : !aten.tensor<[3, 1, 5], f32, strides=[1, 15, 3]>
  fx.return(%0)
}

// Integer division rounds as asked; a divisor that may be 0 is checked, a constant one is not.
// CHECK-LABEL: func.func @floor_divide
// CHECK-NOT: loop.check
// CHECK: arith.divsi
// CHECK-NOT: loop.check
// CHECK: arith.divsi
// CHECK-LABEL: func.func @checked
// CHECK: loop.check %{{.*}}, "ZeroDivisionError"
func.func @floor_divide(%x: !aten.tensor<[4], i64>) {
  %0 = aten.div.Tensor_mode(%x, 3, rounding_mode="floor") : !aten.tensor<[4], i64>
  %1 = aten.div.Tensor_mode(%x, 3, rounding_mode="trunc") : !aten.tensor<[4], i64>
  fx.return((%0, %1))
}
func.func @checked(%x: !aten.tensor<[4], i64>, %y: !aten.tensor<[4], i64>) {
  %0 = aten.floor_divide.default(%x, %y) : !aten.tensor<[4], i64>
  fx.return(%0)
}

// A symbolic size is a scalar of the body.
// CHECK-LABEL: func.func @size
// CHECK: loop.index [s0] : i64
// CHECK-NEXT: arith.sitofp
func.func @size(%n: !aten.sym<int, s0>, %x: !aten.tensor<[s0], f32>) {
  %0 = aten.mul.Tensor(%x, %n) : !aten.tensor<[s0], f32>
  fx.return(%0)
}
