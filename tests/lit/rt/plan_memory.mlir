// RUN: fx-opt %s -p rt-plan-memory --split-input-file | filecheck %s

// A pointwise kernel writes over its dying input; the result of the program is never freed.
rt.func @in_place(%x: !aten.tensor<[4], f32>) {
  %a = rt.alloc : !aten.tensor<[4], f32>
  rt.launch @k(%x, %a) outputs 1 : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  %b = rt.alloc : !aten.tensor<[4], f32>
  rt.launch @k(%a, %b) outputs 1 : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  rt.return((%b,))
}
loop.kernel @k [d0 = 4] outputs 1 {
^bb0(%in: !aten.tensor<[4], f32>, %out: !aten.tensor<[4], f32>):
  %0 = loop.load %in[d0] : f32
  loop.store %0, %out[d0]
}
// CHECK-LABEL: rt.func @in_place
// CHECK-NEXT: %a = rt.alloc
// CHECK-NEXT: rt.launch @k(%x, %a)
// CHECK-NEXT: %b = rt.reuse %a
// CHECK-NEXT: rt.launch @k(%b, %b)
// CHECK-NEXT: rt.return((%b,))

// -----

// A kernel that reads other elements than it writes gets a buffer of its own; arguments are never written.
rt.func @reversed(%x: !aten.tensor<[4], f32>) {
  %a = rt.alloc : !aten.tensor<[4], f32>
  rt.launch @reverse(%x, %a) outputs 1 : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  %b = rt.alloc : !aten.tensor<[4], f32>
  rt.launch @reverse(%a, %b) outputs 1 : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  rt.return((%b,))
}
loop.kernel @reverse [d0 = 4] outputs 1 {
^bb0(%in: !aten.tensor<[4], f32>, %out: !aten.tensor<[4], f32>):
  %0 = loop.load %in[-d0 + 3] : f32
  loop.store %0, %out[d0]
}
// CHECK-LABEL: rt.func @reversed
// CHECK-NEXT: %a = rt.alloc
// CHECK-NEXT: rt.launch @reverse(%x, %a)
// CHECK-NEXT: %b = rt.alloc
// CHECK-NEXT: rt.launch @reverse(%a, %b)
// CHECK-NEXT: rt.free %a
// CHECK-NEXT: rt.return((%b,))

// -----

// A dead buffer's storage serves a later one of the same size.
rt.func @later(%x: !aten.tensor<[2, 2], f32>) {
  %a = rt.alloc : !aten.tensor<[2, 2], f32>
  rt.extern "aten.mm.out"(%x, %x, out=%a)
  %b = rt.alloc : !aten.tensor<[2, 2], f32>
  rt.extern "aten.mm.out"(%a, %a, out=%b)
  %c = rt.alloc : !aten.tensor<[4], f32>
  rt.extern "aten.mv.out"(%b, %b, out=%c)
  rt.return((%c,))
}
// CHECK-LABEL: rt.func @later
// CHECK-NEXT: %a = rt.alloc
// CHECK-NEXT: rt.extern "aten.mm.out"(%x, %x, out=%a)
// CHECK-NEXT: %b = rt.alloc
// CHECK-NEXT: rt.extern "aten.mm.out"(%a, %a, out=%b)
// CHECK-NEXT: %c = rt.reuse %a : !aten.tensor<[2, 2], f32> -> !aten.tensor<[4], f32>
// CHECK-NEXT: rt.extern "aten.mv.out"(%b, %b, out=%c)
// CHECK-NEXT: rt.free %b

// -----

// A view, and a call that may return one, keep the storage alive: it is not reused, though its names go.
rt.func @aliases(%x: !aten.tensor<[2, 2], f32>) {
  %a = rt.alloc : !aten.tensor<[2, 2], f32>
  rt.extern "aten.mm.out"(%x, %x, out=%a)
  %v = rt.view %a offset [0] : !aten.tensor<[2, 2], f32> -> !aten.tensor<[4], f32>
  %u = rt.extern "aten.view.default"(%v, [2, 2]) : !aten.tensor<[2, 2], f32>
  %b = rt.alloc : !aten.tensor<[2, 2], f32>
  rt.extern "aten.mm.out"(%u, %x, out=%b)
  rt.return((%b, %u))
}
// CHECK-LABEL: rt.func @aliases
// CHECK-NEXT: %a = rt.alloc
// CHECK-NEXT: rt.extern "aten.mm.out"(%x, %x, out=%a)
// CHECK-NEXT: %v = rt.view %a
// CHECK-NEXT: rt.free %a
// CHECK-NEXT: %u = rt.extern
// CHECK-NEXT: rt.free %v
// CHECK-NEXT: %b = rt.alloc
// CHECK-NEXT: rt.extern
// CHECK-NEXT: rt.return

// -----

rt.func @conv(%x: !aten.tensor<[2, 2], f32>) {
  %a = rt.extern "aten.convolution.default"(%x) : !aten.tensor<[2, 2], f32>
  %b = rt.extern "aten.convolution.default"(%a) : !aten.tensor<[2, 2], f32>
  rt.return((%b,))
}
// CHECK-LABEL: rt.func @conv
// CHECK: %b = rt.extern
// CHECK-NEXT: rt.free %a

// -----

// An output that starts as a copy of a dying input takes its place; the copy goes away.
rt.func @tied(%x: !aten.tensor<[4], f32>) {
  %a = rt.alloc : !aten.tensor<[4], f32>
  rt.extern "aten.neg.out"(%x, out=%a)
  %b = rt.alloc : !aten.tensor<[4], f32>
  rt.copy %a, %b : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  rt.launch @set_first(%a, %b) outputs 1 : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  rt.return((%b,))
}
loop.kernel @set_first [] inits [0] outputs 1 {
^bb0(%in: !aten.tensor<[4], f32>, %out: !aten.tensor<[4], f32>):
  %0 = arith.constant 1.0 : f32
  loop.store %0, %out[0]
}
// CHECK-LABEL: rt.func @tied
// CHECK-NEXT: %a = rt.alloc
// CHECK-NEXT: rt.extern "aten.neg.out"(%x, out=%a)
// CHECK-NEXT: %b = rt.reuse %a
// CHECK-NEXT: rt.launch @set_first(%b, %b)
// CHECK-NEXT: rt.return((%b,))

// -----

// It stays a copy where the input is an argument, lives on, or is read by the kernel besides.
rt.func @not_tied(%x: !aten.tensor<[4], f32>) {
  %a = rt.alloc : !aten.tensor<[4], f32>
  rt.copy %x, %a : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  rt.launch @swap(%x, %a) outputs 1 : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  %b = rt.alloc : !aten.tensor<[4], f32>
  rt.copy %a, %b : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  rt.launch @swap(%a, %b) outputs 1 : !aten.tensor<[4], f32>, !aten.tensor<[4], f32>
  rt.return((%b,))
}
loop.kernel @swap [d0 = 2] inits [0] outputs 1 {
^bb0(%in: !aten.tensor<[4], f32>, %out: !aten.tensor<[4], f32>):
  %0 = loop.load %in[-d0 + 1] : f32
  loop.store %0, %out[d0]
}
// CHECK-LABEL: rt.func @not_tied
// CHECK-NEXT: %a = rt.alloc
// CHECK-NEXT: rt.copy %x, %a
// CHECK-NEXT: rt.launch @swap(%x, %a)
// CHECK-NEXT: %b = rt.alloc
// CHECK-NEXT: rt.copy %a, %b
// CHECK-NEXT: rt.launch @swap(%a, %b)
// CHECK-NEXT: rt.free %a

// -----

// Elements of a tuple are held one by one; the tuple goes with the last of them, an element that nothing reads was never held.
rt.func @tuple(%x: !aten.tensor<[4], f32>) {
  %t = rt.extern "aten.sort.default"(%x) : !aten.tuple<!aten.tensor<[4], f32>, !aten.tensor<[4], i64>>
  %v = fx.getitem(%t, 0) : !aten.tensor<[4], f32>
  %i = fx.getitem(%t, 1) : !aten.tensor<[4], i64>
  %u = rt.extern "aten.sort.default"(%v) : !aten.tuple<!aten.tensor<[4], f32>, !aten.tensor<[4], i64>>
  %w = fx.getitem(%u, 0) : !aten.tensor<[4], f32>
  rt.return((%w,))
}
// CHECK-LABEL: rt.func @tuple
// CHECK:      %i = fx.getitem(%t, 1)
// CHECK-NEXT: rt.free %t
// CHECK-NEXT: %u = rt.extern
// CHECK-NEXT: rt.free %v
// CHECK-NEXT: %w = fx.getitem(%u, 0)
// CHECK-NEXT: rt.free %u
// CHECK-NEXT: rt.return((%w,))

// -----

// A program that owns its arguments frees them, those that nothing reads at once; sizes hold no memory.
rt.func @backward(%n: !aten.sym<int, s0>, %x: !aten.tensor<[s0], f32>, %y: !aten.tensor<[s0], f32>) attributes {owns_arguments} {
  %a = rt.alloc : !aten.tensor<[s0], f32>
  rt.extern "aten.neg.out"(%y, out=%a)
  %b = rt.alloc : !aten.tensor<[s0], f32>
  rt.extern "aten.exp.out"(%a, out=%b)
  rt.return((%b,))
}
// CHECK-LABEL: rt.func @backward
// CHECK-SAME: attributes {owns_arguments}
// CHECK-NEXT: rt.free %x
// CHECK-NEXT: %a = rt.alloc
// CHECK-NEXT: rt.extern "aten.neg.out"(%y, out=%a)
// CHECK-NEXT: rt.free %y
