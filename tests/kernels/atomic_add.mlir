// total[index[i]] += x[i]: a scatter with accumulation.
tt.func public @atomic_add(%x: !tt.ptr<f32> {tt.divisibility = 16 : i32}, %index: !tt.ptr<i64> {tt.divisibility = 16 : i32},
                           %total: !tt.ptr<f32> {tt.divisibility = 16 : i32}, %n: i32) attributes {noinline = false} {
  %c128 = arith.constant 128 : i32
  %pid = tt.get_program_id x : i32
  %start = arith.muli %pid, %c128 : i32
  %lane = tt.make_range {end = 128 : i32, start = 0 : i32} : tensor<128xi32>
  %starts = tt.splat %start : i32 -> tensor<128xi32>
  %i = arith.addi %starts, %lane : tensor<128xi32>
  %ns = tt.splat %n : i32 -> tensor<128xi32>
  %mask = arith.cmpi slt, %i, %ns : tensor<128xi32>
  %xs = tt.splat %x : !tt.ptr<f32> -> tensor<128x!tt.ptr<f32>>
  %xp = tt.addptr %xs, %i : tensor<128x!tt.ptr<f32>>, tensor<128xi32>
  %xv = tt.load %xp, %mask : tensor<128x!tt.ptr<f32>>
  %is = tt.splat %index : !tt.ptr<i64> -> tensor<128x!tt.ptr<i64>>
  %ip = tt.addptr %is, %i : tensor<128x!tt.ptr<i64>>, tensor<128xi32>
  %iv = tt.load %ip, %mask : tensor<128x!tt.ptr<i64>>
  %ts = tt.splat %total : !tt.ptr<f32> -> tensor<128x!tt.ptr<f32>>
  %tp = tt.addptr %ts, %iv : tensor<128x!tt.ptr<f32>>, tensor<128xi64>
  %old = tt.atomic_rmw fadd, relaxed, gpu, %tp, %xv, %mask : (tensor<128x!tt.ptr<f32>>, tensor<128xf32>, tensor<128xi1>) -> tensor<128xf32>
  tt.return
}
