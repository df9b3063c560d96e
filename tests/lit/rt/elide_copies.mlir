// RUN: fx-opt %s -p rt-elide-copies --split-input-file | filecheck %s

// What is copied into an argument is computed there, and the argument is what the program returns.
rt.func @add(%x: !aten.tensor<[4], f32>) {
  %b = rt.alloc : !aten.tensor<[4], f32>
  rt.launch @k(%x, %b) outputs 1 : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  %c = rt.extern "aten.copy_.default"(%x, %b) : !aten.tensor<[4], f32>
  rt.return((%c,))
}
loop.kernel @k [d0 = 4] outputs 1 {
^bb0(%in: !aten.tensor<[4], f32>, %out: !aten.tensor<[4], f32>):
  %0 = loop.load %in[d0] : f32
  loop.store %0, %out[d0]
}
// CHECK-LABEL: rt.func @add
// CHECK-NEXT: rt.launch @k(%x, %x)
// CHECK-NEXT: rt.return((%x,))

// -----

// A slice is written into the argument itself.
rt.func @tied(%x: !aten.tensor<[4], f32>) {
  %b = rt.alloc : !aten.tensor<[4], f32>
  rt.copy %x, %b : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  rt.launch @set_first(%x, %b) outputs 1 : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  %c = rt.extern "aten.copy_.default"(%x, %b) : !aten.tensor<[4], f32>
  rt.return((None,))
}
loop.kernel @set_first [] inits [0] outputs 1 {
^bb0(%in: !aten.tensor<[4], f32>, %out: !aten.tensor<[4], f32>):
  %0 = arith.constant 1.0 : f32
  loop.store %0, %out[0]
}
// CHECK-LABEL: rt.func @tied
// CHECK-NEXT: rt.launch @set_first(%x, %x)
// CHECK-NEXT: rt.return

// -----

// An operator that writes to `out=`, and does not read the argument.
rt.func @library(%x: !aten.tensor<[2, 2], f32>, %y: !aten.tensor<[2, 2], f32>) {
  %b = rt.alloc : !aten.tensor<[2, 2], f32>
  rt.extern "aten.mm.out"(%y, %y, out=%b)
  %c = rt.extern "aten.copy_.default"(%x, %b) : !aten.tensor<[2, 2], f32>
  rt.return((None,))
}
// CHECK-LABEL: rt.func @library
// CHECK-NEXT: rt.extern "aten.mm.out"(%y, %y, out=%x)
// CHECK-NEXT: rt.return

// -----

rt.func @library_reads(%x: !aten.tensor<[2, 2], f32>) {
  %b = rt.alloc : !aten.tensor<[2, 2], f32>
  rt.extern "aten.mm.out"(%x, %x, out=%b)
  %c = rt.extern "aten.copy_.default"(%x, %b) : !aten.tensor<[2, 2], f32>
  rt.return((None,))
}
// CHECK-LABEL: rt.func @library_reads
// CHECK: out=%b
// CHECK-NEXT: copy_

// -----

// The copy stays where the kernel reads other elements, where the old value is needed later, where the result is
// returned beside the argument, where the layouts differ, and where elements share places.
rt.func @stays(%x: !aten.tensor<[4], f32>, %y: !aten.tensor<[4], f32>, %z: !aten.tensor<[4], f32>,
               %u: !aten.tensor<[4], f32, strides=[2]>, %v: !aten.tensor<[4], f32, strides=[0]>) {
  %a = rt.alloc : !aten.tensor<[4], f32>
  rt.launch @reverse(%x, %a) outputs 1 : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  %b = rt.alloc : !aten.tensor<[4], f32>
  rt.launch @reverse(%z, %b) outputs 1 : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  %o = rt.view %y offset [0] : !aten.tensor<[4], f32> -> !aten.tensor<[2, 2], f32>
  %s = rt.extern "aten.sort.default"(%o) : !aten.tensor<[2, 2], f32>
  %c = rt.alloc : !aten.tensor<[4], f32>
  rt.launch @reverse(%b, %c) outputs 1 : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  rt.extern "aten.copy_.default"(%x, %a)
  rt.extern "aten.copy_.default"(%y, %b)
  rt.extern "aten.copy_.default"(%z, %c)
  rt.extern "aten.copy_.default"(%u, %b)
  rt.extern "aten.copy_.default"(%v, %b)
  rt.return((%s, %c))
}
loop.kernel @reverse [d0 = 4] outputs 1 {
^bb0(%in: !aten.tensor<[4], f32>, %out: !aten.tensor<[4], f32>):
  %0 = loop.load %in[-d0 + 3] : f32
  loop.store %0, %out[d0]
}
// CHECK-LABEL: rt.func @stays
// CHECK: rt.launch @reverse(%x, %a)
// CHECK: rt.launch @reverse(%z, %b)
// CHECK: rt.launch @reverse(%b, %c)
// CHECK-NEXT: copy_.default"(%x, %a)
// CHECK-NEXT: copy_.default"(%y, %b)
// CHECK-NEXT: copy_.default"(%z, %c)
// CHECK-NEXT: copy_.default"(%u, %b)
// CHECK-NEXT: copy_.default"(%v, %b)

// -----

// Indices are checked before an element is overwritten.
rt.func @scatter(%x: !aten.tensor<[4], f32>, %i: !aten.tensor<[2], i64>) {
  %b = rt.alloc : !aten.tensor<[4], f32>
  rt.copy %x, %b : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  rt.launch @put(%x, %i, %b) outputs 1 : !aten.tensor<[4], f32>, !aten.tensor<[2], i64>, !aten.tensor<[4], f32>
  rt.extern "aten.copy_.default"(%x, %b)
  rt.return((None,))
}
loop.kernel @put [d0 = 2] inits [0] outputs 1 {
^bb0(%in: !aten.tensor<[4], f32>, %index: !aten.tensor<[2], i64>, %out: !aten.tensor<[4], f32>):
  %0 = loop.load %index[d0] : i64
  %1 = arith.constant 4 : i64
  %2 = arith.cmpi ult, %0, %1 : i64
  loop.check %2, "index out of range"
  %3 = arith.constant 1.0 : f32
  loop.store %3, %out[i0] (%0)
}
// CHECK-LABEL: rt.func @scatter
// CHECK-NEXT: rt.launch @put(%x, %i, %x)
// CHECK-NEXT: rt.return
// CHECK: loop.check %[[OK:.*]], "index
// CHECK: loop.store %{{.*}}, %{{.*}}[i0] (%{{.*}}) if %[[OK]]

// -----

// A kernel that may fail half-way must not have written the argument.
rt.func @checked(%x: !aten.tensor<[4], f32>, %i: !aten.tensor<[4], i64>) {
  %b = rt.alloc : !aten.tensor<[4], f32>
  rt.launch @gather(%i, %b) outputs 1 : !aten.tensor<[4], i64>, !aten.tensor<[4], f32>
  rt.extern "aten.copy_.default"(%x, %b)
  rt.return((None,))
}
loop.kernel @gather [d0 = 4] outputs 1 {
^bb0(%in: !aten.tensor<[4], i64>, %out: !aten.tensor<[4], f32>):
  %0 = loop.load %in[d0] : i64
  %1 = arith.constant 4 : i64
  %2 = arith.cmpi ult, %0, %1 : i64
  loop.check %2, "index out of range"
  %3 = arith.sitofp %0 : i64 to f32
  loop.store %3, %out[d0]
}
// CHECK-LABEL: rt.func @checked
// CHECK: rt.launch @gather(%i, %b)
// CHECK-NEXT: copy_
