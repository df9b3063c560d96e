// y[r, :] = softmax(x[r, :]) in bf16, one program a row of up to 512 columns, computed in f32.
tt.func public @softmax(%x: !tt.ptr<bf16> {tt.divisibility = 16 : i32}, %y: !tt.ptr<bf16> {tt.divisibility = 16 : i32},
                        %columns: i32) attributes {noinline = false} {
  %minus_infinity = arith.constant dense<0xFF80> : tensor<512xbf16>
  %row = tt.get_program_id x : i32
  %start = arith.muli %row, %columns : i32
  %c = tt.make_range {end = 512 : i32, start = 0 : i32} : tensor<512xi32>
  %cs = tt.splat %columns : i32 -> tensor<512xi32>
  %mask = arith.cmpi slt, %c, %cs : tensor<512xi32>
  %xr = tt.addptr %x, %start : !tt.ptr<bf16>, i32
  %xs = tt.splat %xr : !tt.ptr<bf16> -> tensor<512x!tt.ptr<bf16>>
  %xp = tt.addptr %xs, %c : tensor<512x!tt.ptr<bf16>>, tensor<512xi32>
  %xb = tt.load %xp, %mask, %minus_infinity : tensor<512x!tt.ptr<bf16>>
  %xv = arith.extf %xb : tensor<512xbf16> to tensor<512xf32>
  %max = tt.reduce(%xv) axis = 0 {
  ^bb0(%a: f32, %b: f32):
    %m = arith.maximumf %a, %b : f32
    tt.reduce.return %m : f32
  } : (tensor<512xf32>) -> f32
  %maxs = tt.splat %max : f32 -> tensor<512xf32>
  %d = arith.subf %xv, %maxs : tensor<512xf32>
  %e = math.exp %d : tensor<512xf32>
  %total = tt.reduce(%e) axis = 0 {
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %b : f32
    tt.reduce.return %s : f32
  } : (tensor<512xf32>) -> f32
  %totals = tt.splat %total : f32 -> tensor<512xf32>
  %q = arith.divf %e, %totals : tensor<512xf32>
  %qb = arith.truncf %q : tensor<512xf32> to tensor<512xbf16>
  %yr = tt.addptr %y, %start : !tt.ptr<bf16>, i32
  %ys = tt.splat %yr : !tt.ptr<bf16> -> tensor<512x!tt.ptr<bf16>>
  %yp = tt.addptr %ys, %c : tensor<512x!tt.ptr<bf16>>, tensor<512xi32>
  tt.store %yp, %qb, %mask : tensor<512x!tt.ptr<bf16>>
  tt.return
}
