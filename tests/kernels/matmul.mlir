// c[M, N] = a[M, K] @ b[K, N] in f16, f32 accumulator; 32x32 tiles, M, N and K multiples of 32.
tt.func public @matmul(%a: !tt.ptr<f16> {tt.divisibility = 16 : i32}, %b: !tt.ptr<f16> {tt.divisibility = 16 : i32},
                       %c: !tt.ptr<f16> {tt.divisibility = 16 : i32}, %n: i32 {tt.divisibility = 16 : i32},
                       %k: i32 {tt.divisibility = 16 : i32}) attributes {noinline = false} {
  %c0 = arith.constant 0 : i32
  %c32 = arith.constant 32 : i32
  %zero = arith.constant dense<0.0> : tensor<32x32xf32>
  %pm = tt.get_program_id x : i32
  %pn = tt.get_program_id y : i32
  %m0 = arith.muli %pm, %c32 : i32
  %n0 = arith.muli %pn, %c32 : i32
  %lane = tt.make_range {end = 32 : i32, start = 0 : i32} : tensor<32xi32>
  %row = tt.expand_dims %lane {axis = 1 : i32} : tensor<32xi32> -> tensor<32x1xi32>
  %col = tt.expand_dims %lane {axis = 0 : i32} : tensor<32xi32> -> tensor<1x32xi32>
  %rows = tt.broadcast %row : tensor<32x1xi32> -> tensor<32x32xi32>
  %cols = tt.broadcast %col : tensor<1x32xi32> -> tensor<32x32xi32>
  %ns = tt.splat %n : i32 -> tensor<32x32xi32>
  %ks = tt.splat %k : i32 -> tensor<32x32xi32>
  %row_k = arith.muli %rows, %ks : tensor<32x32xi32>
  %a_tile = arith.addi %row_k, %cols : tensor<32x32xi32>
  %row_n = arith.muli %rows, %ns : tensor<32x32xi32>
  %bc_tile = arith.addi %row_n, %cols : tensor<32x32xi32>
  %a_start = arith.muli %m0, %k : i32
  %acc = scf.for %k0 = %c0 to %k step %c32 iter_args(%sum = %zero) -> (tensor<32x32xf32>) : i32 {
    %a_off = arith.addi %a_start, %k0 : i32
    %ap0 = tt.addptr %a, %a_off : !tt.ptr<f16>, i32
    %as = tt.splat %ap0 : !tt.ptr<f16> -> tensor<32x32x!tt.ptr<f16>>
    %ap = tt.addptr %as, %a_tile : tensor<32x32x!tt.ptr<f16>>, tensor<32x32xi32>
    %av = tt.load %ap : tensor<32x32x!tt.ptr<f16>>
    %b_row = arith.muli %k0, %n : i32
    %b_off = arith.addi %b_row, %n0 : i32
    %bp0 = tt.addptr %b, %b_off : !tt.ptr<f16>, i32
    %bs = tt.splat %bp0 : !tt.ptr<f16> -> tensor<32x32x!tt.ptr<f16>>
    %bp = tt.addptr %bs, %bc_tile : tensor<32x32x!tt.ptr<f16>>, tensor<32x32xi32>
    %bv = tt.load %bp : tensor<32x32x!tt.ptr<f16>>
    %next = tt.dot %av, %bv, %sum : tensor<32x32xf16> * tensor<32x32xf16> -> tensor<32x32xf32>
    scf.yield %next : tensor<32x32xf32>
  }
  %out = arith.truncf %acc : tensor<32x32xf32> to tensor<32x32xf16>
  %c_row = arith.muli %m0, %n : i32
  %c_off = arith.addi %c_row, %n0 : i32
  %cp0 = tt.addptr %c, %c_off : !tt.ptr<f16>, i32
  %cs = tt.splat %cp0 : !tt.ptr<f16> -> tensor<32x32x!tt.ptr<f16>>
  %cp = tt.addptr %cs, %bc_tile : tensor<32x32x!tt.ptr<f16>>, tensor<32x32xi32>
  tt.store %cp, %out : tensor<32x32x!tt.ptr<f16>>
  tt.return
}
