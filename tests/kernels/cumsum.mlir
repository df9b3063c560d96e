// y[r, :] = cumsum(x[r, :256]) and, from the end, z[r, :].
tt.func public @cumsum(%x: !tt.ptr<f32> {tt.divisibility = 16 : i32}, %y: !tt.ptr<f32> {tt.divisibility = 16 : i32},
                       %z: !tt.ptr<f32> {tt.divisibility = 16 : i32}) attributes {noinline = false} {
  %c256 = arith.constant 256 : i32
  %pid = tt.get_program_id x : i32
  %start = arith.muli %pid, %c256 : i32
  %lane = tt.make_range {end = 256 : i32, start = 0 : i32} : tensor<256xi32>
  %starts = tt.splat %start : i32 -> tensor<256xi32>
  %i = arith.addi %starts, %lane : tensor<256xi32>
  %xs = tt.splat %x : !tt.ptr<f32> -> tensor<256x!tt.ptr<f32>>
  %xp = tt.addptr %xs, %i : tensor<256x!tt.ptr<f32>>, tensor<256xi32>
  %xv = tt.load %xp : tensor<256x!tt.ptr<f32>>
  %forward = tt.scan(%xv) axis = 0 {
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %b : f32
    tt.scan.return %s : f32
  } : (tensor<256xf32>) -> tensor<256xf32>
  %backward = tt.scan(%xv) axis = 0 reverse {
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %b : f32
    tt.scan.return %s : f32
  } : (tensor<256xf32>) -> tensor<256xf32>
  %ys = tt.splat %y : !tt.ptr<f32> -> tensor<256x!tt.ptr<f32>>
  %yp = tt.addptr %ys, %i : tensor<256x!tt.ptr<f32>>, tensor<256xi32>
  tt.store %yp, %forward : tensor<256x!tt.ptr<f32>>
  %zs = tt.splat %z : !tt.ptr<f32> -> tensor<256x!tt.ptr<f32>>
  %zp = tt.addptr %zs, %i : tensor<256x!tt.ptr<f32>>, tensor<256xi32>
  tt.store %zp, %backward : tensor<256x!tt.ptr<f32>>
  tt.return
}
