// RUN: fx-opt %s -p convert-loop-to-rt --split-input-file | filecheck %s

func.func @main(%x: !aten.tensor<[4, 4], f32>) {
  %y = loop.launch @k(%x) : (!aten.tensor<[4, 4], f32>) -> !aten.tensor<[4, 4], f32>
  %z = loop.extern "aten.mm.default"(%y, %x) {reason = "gemm"} : !aten.tensor<[4, 4], f32>
  %c = loop.extern "aten.sort.default"(%z) {reason = "sort"} : !aten.tuple<!aten.tensor<[4, 4], f32>, !aten.tensor<[4, 4], i64>>
  %s = fx.getitem(%c, 0) : !aten.tensor<[4, 4], f32>
  %v = loop.view %s offset [4] : !aten.tensor<[4, 4], f32> -> !aten.tensor<[4], f32>
  fx.return((%v, %z))
}
loop.kernel @k [d0 = 16] outputs 1 {
^bb0(%in: !aten.tensor<[4, 4], f32>, %out: !aten.tensor<[4, 4], f32>):
  %0 = loop.load %in[d0] : f32
  loop.store %0, %out[d0]
}
// CHECK:      rt.func @main(%x: !aten.tensor<[4, 4], f32>) {
// CHECK-NEXT:   %y = rt.alloc : !aten.tensor<[4, 4], f32>
// CHECK-NEXT:   rt.launch @k(%x, %y) outputs 1
// CHECK-NEXT:   %z = rt.alloc : !aten.tensor<[4, 4], f32>
// CHECK-NEXT:   rt.extern "aten.mm.out"(%y, %x, out=%z) {reason = "gemm"}
// CHECK-NEXT:   %c = rt.extern "aten.sort.default"(%z) {reason = "sort"}
// CHECK-NEXT:   %s = fx.getitem(%c, 0) : !aten.tensor<[4, 4], f32>
// CHECK-NEXT:   %v = rt.view %s offset [4] : !aten.tensor<[4, 4], f32> -> !aten.tensor<[4], f32>
// CHECK-NEXT:   rt.return((%v, %z))

// -----

// An output tied to an input starts as a copy; size symbols are passed by value.
func.func @main(%x: !aten.tensor<[s0], f32>) {
  %y = loop.launch @k(%x) : (!aten.tensor<[s0], f32>) -> !aten.tensor<[s0], f32>
  fx.return((%y,))
}
loop.kernel @k [d0 = s0] inits [0] outputs 1 {
^bb0(%in: !aten.tensor<[s0], f32>, %out: !aten.tensor<[s0], f32>):
  %0 = loop.load %in[d0] : f32
  loop.store add %0, %out[d0]
}
// CHECK:      %y = rt.alloc : !aten.tensor<[s0], f32>
// CHECK-NEXT: rt.copy %x, %y
// CHECK-NEXT: rt.launch @k(%x, %y) sizes [s0] outputs 1

// -----

// A tensor with any contents is an allocation of ours, unless it is to be in pinned memory.
func.func @main() {
  %y = loop.extern "aten.empty_strided.default"([2, 3], [3, 1]) {reason = "allocation"} : !aten.tensor<[2, 3], f32>
  %z = loop.extern "aten.empty.memory_format"([2], pin_memory=True) {reason = "allocation"} : !aten.tensor<[2], f32>
  fx.return((%y, %z))
}
// CHECK:      rt.func @main() {
// CHECK-NEXT:   %y = rt.alloc : !aten.tensor<[2, 3], f32>
// CHECK-NEXT:   %z = rt.extern "aten.empty.memory_format"([2], pin_memory=True)
// CHECK-NEXT:   rt.return((%y, %z))
