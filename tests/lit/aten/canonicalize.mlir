// RUN: fx-opt %s -p aten-canonicalize --split-input-file | filecheck %s

// Identities that are exact for floats.
func.func @floats(%x: !aten.tensor<[4], f32>) {
  %0 = aten.mul.Tensor(%x, 1.0) : !aten.tensor<[4], f32>
  %1 = aten.sub.Tensor(%0, 0) : !aten.tensor<[4], f32>
  %2 = aten.add.Tensor(%1, -0.0) : !aten.tensor<[4], f32>
  %3 = aten.div.Tensor(%2, 1) : !aten.tensor<[4], f32>
  %4 = aten.neg.default(%3) : !aten.tensor<[4], f32>
  %5 = aten.neg.default(%4) : !aten.tensor<[4], f32>
  %6 = aten.relu.default(%5) : !aten.tensor<[4], f32>
  %7 = aten.relu.default(%6) : !aten.tensor<[4], f32>
  fx.return(%7)
}
// CHECK-LABEL: @floats
// CHECK-NEXT:    %0 = aten.relu.default(%x)
// CHECK-NEXT:    fx.return(%0)

// -----

// x + 0.0 turns -0.0 into 0.0; x - -0.0 does too; x * 0 is NaN for an infinity.
func.func @not_for_floats(%x: !aten.tensor<[4], f32>) {
  %0 = aten.add.Tensor(%x, 0.0) : !aten.tensor<[4], f32>
  %1 = aten.sub.Tensor(%0, -0.0) : !aten.tensor<[4], f32>
  %2 = aten.mul.Tensor(%1, 0) : !aten.tensor<[4], f32>
  fx.return(%2)
}
// CHECK-LABEL: @not_for_floats
// CHECK-NEXT:    aten.add.Tensor
// CHECK-NEXT:    aten.sub.Tensor
// CHECK-NEXT:    aten.mul.Tensor

// -----

// Integers have no -0; but n / 1 and n * 1.0 are floats.
func.func @integers(%n: !aten.tensor<[4], i64>) {
  %0 = aten.add.Tensor(%n, 0) : !aten.tensor<[4], i64>
  %1 = aten.floor.default(%0) : !aten.tensor<[4], i64>
  %2 = aten.exp.default(%1) : !aten.tensor<[4], f32>
  %3 = aten.div.Tensor(%n, 1) : !aten.tensor<[4], f32>
  fx.return((%2, %3))
}
// CHECK-LABEL: @integers
// CHECK-NEXT:    aten.exp.default(%n)
// CHECK-NEXT:    aten.div.Tensor(%n, 1)

// -----

func.func @where(%x: !aten.tensor<[4], f32>, %y: !aten.tensor<[4], f32>) {
  %0 = aten.full.default([], True, dtype=torch.bool) : !aten.tensor<[], bool>
  %1 = aten.expand.default(%0, [4]) : !aten.tensor<[4], bool, strides=[0]>
  %2 = aten.where.self(%1, %x, %y) : !aten.tensor<[4], f32>
  %3 = aten.exp.default(%2) : !aten.tensor<[4], f32>
  fx.return(%3)
}
// CHECK-LABEL: @where
// CHECK-NEXT:    aten.exp.default(%x)

// -----

// Constants in tensors count as numbers.
func.func @constants(%x: !aten.tensor<[2, 4], f32>) {
  %0 = aten.full.default([4], 1.0) : !aten.tensor<[4], f32>
  %1 = aten.unsqueeze.default(%0, 0) : !aten.tensor<[1, 4], f32>
  %2 = aten.mul.Tensor(%x, %1) : !aten.tensor<[2, 4], f32>
  %3 = aten.exp.default(%2) : !aten.tensor<[2, 4], f32>
  fx.return(%3)
}
// CHECK-LABEL: @constants
// CHECK-NEXT:    aten.exp.default(%x)

// -----

// A detour over a wider dtype goes; one over a narrower dtype rounds and stays.
func.func @conversions(%x: !aten.tensor<[4], bf16>, %y: !aten.tensor<[4], f32>) {
  %0 = aten._to_copy.default(%x, dtype=torch.float32) : !aten.tensor<[4], f32>
  %1 = aten._to_copy.default(%0, dtype=torch.float64) : !aten.tensor<[4], f64>
  %2 = aten._to_copy.default(%y, dtype=torch.float16) : !aten.tensor<[4], f16>
  %3 = aten._to_copy.default(%2, dtype=torch.float32) : !aten.tensor<[4], f32>
  %4 = aten.call "prims.convert_element_type.default"(%y, torch.int32) : !aten.tensor<[4], i32>
  fx.return((%1, %3, %4))
}
// CHECK-LABEL: @conversions
// CHECK-NEXT:    aten._to_copy.default(%x, dtype=torch.float64) : !aten.tensor<[4], f64>
// CHECK-NEXT:    aten._to_copy.default(%y, dtype=torch.float16)
// CHECK-NEXT:    aten._to_copy.default({{%.*}}, dtype=torch.float32)
// CHECK-NEXT:    aten._to_copy.default(%y, dtype=torch.int32)

// -----

// A copy is needed where its source or the copy itself is written, or both are seen by the caller.
func.func @copies(%x: !aten.tensor<[4], f32>, %y: !aten.tensor<[4], f32>) {
  %0 = aten.clone.default(%x) : !aten.tensor<[4], f32>
  %1 = aten.clone.default(%y) : !aten.tensor<[4], f32>
  %2 = aten.exp.default(%y) : !aten.tensor<[4], f32>
  %3 = aten.clone.default(%2) : !aten.tensor<[4], f32>
  %4 = aten.copy_.default(%x, %3) : !aten.tensor<[4], f32>
  fx.return((%0, %1))
}
// CHECK-LABEL: @copies
// CHECK-NEXT:    %0 = aten.clone.default(%x)
// CHECK-NEXT:    %1 = aten.clone.default(%y)
// CHECK-NEXT:    %2 = aten.exp.default(%y)
// CHECK-NEXT:    aten.copy_.default(%x, %2)
// CHECK-NEXT:    fx.return((%0, %1))

// -----

// where(true, n, y) is n throughout, broadcast; n of another dtype would be rounded, and stays.
func.func @where_number(%y: !aten.tensor<[4], bf16>, %z: !aten.tensor<[4], f32>) {
  %c = aten.full.default([4], True, dtype=torch.bool) : !aten.tensor<[4], bool>
  %n = aten.scalar_tensor.default(0.1, dtype=torch.bfloat16) : !aten.tensor<[], bf16>
  %0 = aten.where.self(%c, %n, %y) : !aten.tensor<[4], bf16>
  %1 = aten.where.self(%c, %n, %z) : !aten.tensor<[4], f32>
  fx.return((%0, %1))
}
// CHECK-LABEL: @where_number
// CHECK:         aten.full.default([4], 0.1, dtype=torch.bfloat16, device=device("cpu"), pin_memory=False) : !aten.tensor<[4], bf16>
// CHECK-NEXT:    aten.where.self
