// z[i] = x[i] + y[i], one program a block of 256.
tt.func public @vector_add(%x: !tt.ptr<f32> {tt.divisibility = 16 : i32}, %y: !tt.ptr<f32> {tt.divisibility = 16 : i32},
                           %z: !tt.ptr<f32> {tt.divisibility = 16 : i32}, %n: i32) attributes {noinline = false} {
  %c256 = arith.constant 256 : i32
  %pid = tt.get_program_id x : i32
  %start = arith.muli %pid, %c256 : i32
  %lane = tt.make_range {end = 256 : i32, start = 0 : i32} : tensor<256xi32>
  %starts = tt.splat %start : i32 -> tensor<256xi32>
  %i = arith.addi %starts, %lane : tensor<256xi32>
  %ns = tt.splat %n : i32 -> tensor<256xi32>
  %mask = arith.cmpi slt, %i, %ns : tensor<256xi32>
  %xs = tt.splat %x : !tt.ptr<f32> -> tensor<256x!tt.ptr<f32>>
  %xp = tt.addptr %xs, %i : tensor<256x!tt.ptr<f32>>, tensor<256xi32>
  %xv = tt.load %xp, %mask evictionPolicy = evict_first : tensor<256x!tt.ptr<f32>>
  %ys = tt.splat %y : !tt.ptr<f32> -> tensor<256x!tt.ptr<f32>>
  %yp = tt.addptr %ys, %i : tensor<256x!tt.ptr<f32>>, tensor<256xi32>
  %yv = tt.load %yp, %mask : tensor<256x!tt.ptr<f32>>
  %sum = arith.addf %xv, %yv : tensor<256xf32>
  %zs = tt.splat %z : !tt.ptr<f32> -> tensor<256x!tt.ptr<f32>>
  %zp = tt.addptr %zs, %i : tensor<256x!tt.ptr<f32>>, tensor<256xi32>
  tt.store %zp, %sum, %mask : tensor<256x!tt.ptr<f32>>
  tt.return
}
