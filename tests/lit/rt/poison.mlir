// RUN: fx-opt %s -p rt-poison | filecheck %s

rt.func @main(%x: !aten.tensor<[4], f32>) {
  %a = rt.alloc : !aten.tensor<[4], f32>
  rt.launch @k(%x, %a) outputs 1 : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  %b = rt.reuse %a : !aten.tensor<[4], f32> -> !aten.tensor<[4], f32>
  rt.launch @k(%b, %b) outputs 1 : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  %c = rt.alloc : !aten.tensor<[4], i32>
  rt.launch @k(%b, %c) outputs 1 : !aten.tensor<[4], f32>, !aten.tensor<[4], i32>
  %d = rt.reuse %b : !aten.tensor<[4], f32> -> !aten.tensor<[4], f32>
  rt.launch @k(%c, %d) outputs 1 : !aten.tensor<[4], i32>, !aten.tensor<[4], f32>
  rt.free %c : !aten.tensor<[4], i32>
  rt.return((%d,))
}
// CHECK:      %a = rt.alloc
// CHECK-NEXT: rt.extern "aten.fill_.Scalar"(%a, float("nan"))
// CHECK-NEXT: rt.launch @k(%x, %a)
// CHECK-NEXT: %b = rt.reuse %a
// CHECK-NEXT: rt.launch @k(%b, %b)
// CHECK-NEXT: %c = rt.alloc
// CHECK-NEXT: rt.extern "aten.fill_.Scalar"(%c, -2147483648)
// CHECK-NEXT: rt.launch @k(%b, %c)
// CHECK-NEXT: %d = rt.reuse %b
// CHECK-NEXT: rt.extern "aten.fill_.Scalar"(%d, float("nan"))
// CHECK-NEXT: rt.launch @k(%c, %d)
// CHECK-NEXT: rt.extern "aten.fill_.Scalar"(%c, -2147483648)
// CHECK-NEXT: rt.free %c
// CHECK-NEXT: rt.return((%d,))
