// mean[r], variance[r] of x[r, :columns] in one pass over blocks of 128 (Welford), and y[r, :] normalised in a second one.
tt.func public @layer_norm(%x: !tt.ptr<f32> {tt.divisibility = 16 : i32}, %y: !tt.ptr<f32> {tt.divisibility = 16 : i32},
                           %columns: i32, %epsilon: f32) attributes {noinline = false} {
  %c0 = arith.constant 0 : i32
  %c128 = arith.constant 128 : i32
  %zero = arith.constant dense<0.0> : tensor<128xf32>
  %one = arith.constant dense<1.0> : tensor<128xf32>
  %row = tt.get_program_id x : i32
  %start = arith.muli %row, %columns : i32
  %xr = tt.addptr %x, %start : !tt.ptr<f32>, i32
  %yr = tt.addptr %y, %start : !tt.ptr<f32>, i32
  %xs = tt.splat %xr : !tt.ptr<f32> -> tensor<128x!tt.ptr<f32>>
  %ys = tt.splat %yr : !tt.ptr<f32> -> tensor<128x!tt.ptr<f32>>
  %lane = tt.make_range {end = 128 : i32, start = 0 : i32} : tensor<128xi32>
  %limit = tt.splat %columns : i32 -> tensor<128xi32>
  %mean_l, %m2_l, %count_l = scf.for %c = %c0 to %columns step %c128 iter_args(%mean0 = %zero, %m20 = %zero, %count0 = %zero) -> (tensor<128xf32>, tensor<128xf32>, tensor<128xf32>) : i32 {
    %cs = tt.splat %c : i32 -> tensor<128xi32>
    %i = arith.addi %cs, %lane : tensor<128xi32>
    %mask = arith.cmpi slt, %i, %limit : tensor<128xi32>
    %xp = tt.addptr %xs, %i : tensor<128x!tt.ptr<f32>>, tensor<128xi32>
    %v = tt.load %xp, %mask, %zero : tensor<128x!tt.ptr<f32>>
    %count1 = arith.addf %count0, %one : tensor<128xf32>
    %d = arith.subf %v, %mean0 : tensor<128xf32>
    %step = arith.divf %d, %count1 : tensor<128xf32>
    %mean1 = arith.addf %mean0, %step : tensor<128xf32>
    %d1 = arith.subf %v, %mean1 : tensor<128xf32>
    %dd = arith.mulf %d, %d1 : tensor<128xf32>
    %m21 = arith.addf %m20, %dd : tensor<128xf32>
    %mean2 = arith.select %mask, %mean1, %mean0 : tensor<128xi1>, tensor<128xf32>
    %m22 = arith.select %mask, %m21, %m20 : tensor<128xi1>, tensor<128xf32>
    %count2 = arith.select %mask, %count1, %count0 : tensor<128xi1>, tensor<128xf32>
    scf.yield %mean2, %m22, %count2 : tensor<128xf32>, tensor<128xf32>, tensor<128xf32>
  }
  %mean, %m2, %count = tt.reduce(%mean_l, %m2_l, %count_l) axis = 0 {
  ^bb0(%ma: f32, %sa: f32, %ca: f32, %mb: f32, %sb: f32, %cb: f32):
    %tiny = arith.constant 1.0 : f32
    %n = arith.addf %ca, %cb : f32
    %n1 = arith.maximumf %n, %tiny : f32
    %w = arith.divf %cb, %n1 : f32
    %delta = arith.subf %mb, %ma : f32
    %shift = arith.mulf %delta, %w : f32
    %m = arith.addf %ma, %shift : f32
    %s = arith.addf %sa, %sb : f32
    %delta2 = arith.mulf %delta, %shift : f32
    %cross = arith.mulf %delta2, %ca : f32
    %s1 = arith.addf %s, %cross : f32
    tt.reduce.return %m, %s1, %n : f32, f32, f32
  } : (tensor<128xf32>, tensor<128xf32>, tensor<128xf32>) -> (f32, f32, f32)
  %var = arith.divf %m2, %count : f32
  %shifted = arith.addf %var, %epsilon : f32
  %rstd = math.rsqrt %shifted : f32
  %means = tt.splat %mean : f32 -> tensor<128xf32>
  %rstds = tt.splat %rstd : f32 -> tensor<128xf32>
  scf.for %c = %c0 to %columns step %c128 : i32 {
    %cs = tt.splat %c : i32 -> tensor<128xi32>
    %i = arith.addi %cs, %lane : tensor<128xi32>
    %mask = arith.cmpi slt, %i, %limit : tensor<128xi32>
    %xp = tt.addptr %xs, %i : tensor<128x!tt.ptr<f32>>, tensor<128xi32>
    %v = tt.load %xp, %mask, %zero evictionPolicy = evict_first : tensor<128x!tt.ptr<f32>>
    %d = arith.subf %v, %means : tensor<128xf32>
    %q = arith.mulf %d, %rstds : tensor<128xf32>
    %yp = tt.addptr %ys, %i : tensor<128x!tt.ptr<f32>>, tensor<128xi32>
    tt.store %yp, %q, %mask : tensor<128x!tt.ptr<f32>>
  }
  tt.return
}
