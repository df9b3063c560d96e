// RUN: fx-opt %s -p convert-loop-to-tt --split-input-file | filecheck %s

// A bool is a byte in memory; the last block is masked.
// CHECK-LABEL: tt.func public @positive(%x: !tt.ptr<f32> {tt.divisibility = 16 : i32}, %y: !tt.ptr<i8> {tt.divisibility = 16 : i32})
// CHECK-SAME: launch = #tt.launch<grid = [40], warps = 1, stages = 3>
// CHECK: %[[PID:.*]] = tt.get_program_id x : i32
// CHECK: %[[START:.*]] = arith.muli %[[PID]], %{{.*}} : i32
// CHECK: tt.make_range {start = 0 : i32, end = 128 : i32}
// CHECK: %[[MASK:.*]] = arith.cmpi slt, %{{.*}} : tensor<128xi32>
// CHECK: %[[X:.*]] = tt.load %{{.*}}, %[[MASK]] : tensor<128x!tt.ptr<f32>>
// CHECK: %[[IS:.*]] = arith.cmpf ogt, %[[X]], %{{.*}} : tensor<128xf32>
// CHECK: %[[BYTE:.*]] = arith.extui %[[IS]] : tensor<128xi1> to tensor<128xi8>
// CHECK: tt.store %{{.*}}, %[[BYTE]], %[[MASK]] : tensor<128x!tt.ptr<i8>>
loop.kernel @positive [d0 = 5000] outputs 1 {
^bb0(%x: !aten.tensor<[5000], f32, device="cuda:0">, %y: !aten.tensor<[5000], bool, device="cuda:0">):
  %0 = loop.load %x[d0] : f32
  %zero = arith.constant 0.0 : f32
  %1 = arith.cmpf ogt, %0, %zero : f32
  loop.store %1, %y[d0]
}

// -----

// Whole blocks need no mask; a value that does not vary over the tile stays a scalar until it meets one that does.
// CHECK-LABEL: @scaled
// CHECK-SAME: grid = [1024], warps = 4
// CHECK: %[[S:.*]] = tt.load %s : !tt.ptr<f32>
// CHECK: %[[ROOT:.*]] = math.sqrt %[[S]] : f32
// CHECK: tt.load %{{[0-9]+}} : tensor<1024x!tt.ptr<f32>>
// CHECK: %[[WIDE:.*]] = tt.splat %[[ROOT]] : f32 -> tensor<1024xf32>
// CHECK: arith.mulf %{{.*}}, %[[WIDE]] : tensor<1024xf32>
loop.kernel @scaled [d0 = 1024, d1 = 1024] outputs 1 {
^bb0(%x: !aten.tensor<[1024, 1024], f32, device="cuda:0">, %s: !aten.tensor<[], f32, device="cuda:0">,
     %y: !aten.tensor<[1024, 1024], f32, device="cuda:0">):
  %0 = loop.load %s[0] : f32
  %1 = math.sqrt %0 : f32
  %2 = loop.load %x[d0 * 1024 + d1] : f32
  %3 = arith.mulf %2, %1 : f32
  loop.store %3, %y[d0 * 1024 + d1]
}

// -----

// Accesses that disagree on the contiguous dim: a square tile, both sides of which are contiguous.
// CHECK-LABEL: @transpose
// CHECK: tt.load %{{.*}} : tensor<64x64x!tt.ptr<f32>>
// CHECK: tt.store %{{.*}} : tensor<64x64x!tt.ptr<f32>>
loop.kernel @transpose [d0 = 1024, d1 = 4096] outputs 1 {
^bb0(%x: !aten.tensor<[4096, 1024], f32, device="cuda:0">, %y: !aten.tensor<[1024, 4096], f32, device="cuda:0">):
  %0 = loop.load %x[d1 * 1024 + d0] : f32
  loop.store %0, %y[d0 * 4096 + d1]
}

// -----

// Dims of unknown extent are in the grid; sizes come last, as i64.
// CHECK-LABEL: tt.func public @bias(
// CHECK-SAME: %s0: i64)
// CHECK-SAME: grid = [s0 * 3], sizes = [s0]
// CHECK: arith.remui %{{.*}}, %{{.*}} : i64
// CHECK: tt.load %{{[0-9]+}} : tensor<256x!tt.ptr<f32>>
loop.kernel @bias [d0 = s0, d1 = 768] outputs 1 {
^bb0(%x: !aten.tensor<[s0, 768], f32, device="cuda:0">, %b: !aten.tensor<[768], f32, device="cuda:0">,
     %y: !aten.tensor<[s0, 768], f32, device="cuda:0">):
  %0 = loop.load %x[d0 * 768 + d1] : f32
  %1 = loop.load %b[d1] : f32
  %2 = arith.addf %0, %1 : f32
  loop.store %2, %y[d0 * 768 + d1]
}

// -----

// The bias index is a remainder of the linear position.
// CHECK-LABEL: @known_bias
// CHECK: arith.remui %{{.*}} : tensor<1024xi32>
loop.kernel @known_bias [d0 = 1024, d1 = 768] outputs 1 {
^bb0(%x: !aten.tensor<[1024, 768], f32, device="cuda:0">, %b: !aten.tensor<[768], f32, device="cuda:0">,
     %y: !aten.tensor<[1024, 768], f32, device="cuda:0">):
  %0 = loop.load %x[d0 * 768 + d1] : f32
  %1 = loop.load %b[d1] : f32
  %2 = arith.addf %0, %1 : f32
  loop.store %2, %y[d0 * 768 + d1]
}

// -----

// Nothing to do: an empty grid.
// CHECK-LABEL: @empty
// CHECK-SAME: grid = [0]
// CHECK-NEXT: tt.return
loop.kernel @empty [d0 = 0] outputs 1 {
^bb0(%x: !aten.tensor<[0], f32, device="cuda:0">, %y: !aten.tensor<[0], f32, device="cuda:0">):
  %0 = loop.load %x[d0] : f32
  loop.store %0, %y[d0]
}
