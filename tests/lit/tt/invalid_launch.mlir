// RUN: not fx-opt %s --split-input-file 2>&1 | filecheck %s

tt.func public @k() attributes {launch = #tt.launch<grid = [], warps = 4, stages = 3>} {
  tt.return
}
// CHECK: tt.launch: the grid has 0 extents, expected 1 to 3

// -----

tt.func public @k(%p: !tt.ptr<f32>) attributes {launch = #tt.launch<grid = [1], sizes = [s0], warps = 4, stages = 3>} {
  tt.return
}
// CHECK: tt.launch: sizes ['s0'] are the last arguments, these are (!tt.ptr<f32>)

// -----

tt.func public @k(%n: i32) attributes {launch = #tt.launch<grid = [s1], sizes = [s0], warps = 4, stages = 3>} {
  tt.return
}
// CHECK: tt.launch: the grid uses s1, which is not in sizes ['s0']

// -----

tt.func public @k() attributes {launch = #tt.launch<grid = [1], warps = 3, stages = 3>} {
  tt.return
}
// CHECK: tt.launch: 3 warps, expected a power of two up to 32

// -----

tt.func public @k() attributes {launch = #tt.launch<grid = [1], warps = 4, stages = 0>} {
  tt.return
}
// CHECK: tt.launch: 0 stages, expected at least 1

// -----

tt.func public @k() attributes {launch = #tt.launch<grid = [1], warps = four, stages = 0>} {
  tt.return
}
// CHECK: expected an integer, got 'four'
