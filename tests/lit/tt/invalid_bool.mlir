// RUN: not fx-opt %s --split-input-file 2>&1 | filecheck %s

tt.func public @k(%p: !tt.ptr<i1>) {
  %0 = tt.load %p : !tt.ptr<i1>
  tt.return
}
// CHECK: tt.load: memory holds no i1; a bool is an i8 there

// -----

tt.func public @k(%p: !tt.ptr<i1>, %v: i1) {
  tt.store %p, %v : !tt.ptr<i1>
  tt.return
}
// CHECK: tt.store: memory holds no i1; a bool is an i8 there

// -----

tt.func public @k(%p: !tt.ptr<i1>, %v: i1) {
  %0 = tt.atomic_rmw or, relaxed, gpu, %p, %v : (!tt.ptr<i1>, i1) -> i1
  tt.return
}
// CHECK: tt.atomic_rmw: memory holds no i1; a bool is an i8 there
