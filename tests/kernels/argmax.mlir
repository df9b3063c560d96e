// value[r], index[r] = max(x[r, :128]), the first index on ties; 4 rows a program.
tt.func public @argmax(%x: !tt.ptr<f32> {tt.divisibility = 16 : i32}, %value: !tt.ptr<f32>, %index: !tt.ptr<i64>) attributes {noinline = false} {
  %c4 = arith.constant 4 : i32
  %c128 = arith.constant dense<128> : tensor<4x1xi32>
  %pid = tt.get_program_id x : i32
  %start = arith.muli %pid, %c4 : i32
  %r0 = tt.make_range {end = 4 : i32, start = 0 : i32} : tensor<4xi32>
  %starts = tt.splat %start : i32 -> tensor<4xi32>
  %r = arith.addi %starts, %r0 : tensor<4xi32>
  %rc = tt.expand_dims %r {axis = 1 : i32} : tensor<4xi32> -> tensor<4x1xi32>
  %ro = arith.muli %rc, %c128 : tensor<4x1xi32>
  %rob = tt.broadcast %ro : tensor<4x1xi32> -> tensor<4x128xi32>
  %c = tt.make_range {end = 128 : i32, start = 0 : i32} : tensor<128xi32>
  %cr = tt.expand_dims %c {axis = 0 : i32} : tensor<128xi32> -> tensor<1x128xi32>
  %cb = tt.broadcast %cr : tensor<1x128xi32> -> tensor<4x128xi32>
  %o = arith.addi %rob, %cb : tensor<4x128xi32>
  %xs = tt.splat %x : !tt.ptr<f32> -> tensor<4x128x!tt.ptr<f32>>
  %xp = tt.addptr %xs, %o : tensor<4x128x!tt.ptr<f32>>, tensor<4x128xi32>
  %xv = tt.load %xp : tensor<4x128x!tt.ptr<f32>>
  %best, %where = tt.reduce(%xv, %cb) axis = 1 {
  ^bb0(%v0: f32, %i0: i32, %v1: f32, %i1: i32):
    %greater = arith.cmpf ogt, %v0, %v1 : f32
    %equal = arith.cmpf oeq, %v0, %v1 : f32
    %earlier = arith.cmpi slt, %i0, %i1 : i32
    %tie = arith.andi %equal, %earlier : i1
    %first = arith.ori %greater, %tie : i1
    %v = arith.select %first, %v0, %v1 : f32
    %i = arith.select %first, %i0, %i1 : i32
    tt.reduce.return %v, %i : f32, i32
  } : (tensor<4x128xf32>, tensor<4x128xi32>) -> (tensor<4xf32>, tensor<4xi32>)
  %vs = tt.splat %value : !tt.ptr<f32> -> tensor<4x!tt.ptr<f32>>
  %vp = tt.addptr %vs, %r : tensor<4x!tt.ptr<f32>>, tensor<4xi32>
  tt.store %vp, %best : tensor<4x!tt.ptr<f32>>
  %wide = arith.extsi %where : tensor<4xi32> to tensor<4xi64>
  %is = tt.splat %index : !tt.ptr<i64> -> tensor<4x!tt.ptr<i64>>
  %ip = tt.addptr %is, %r : tensor<4x!tt.ptr<i64>>, tensor<4xi32>
  tt.store %ip, %wide : tensor<4x!tt.ptr<i64>>
  tt.return
}
