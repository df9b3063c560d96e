// The same product through tensor descriptors (TMA on Hopper and later); any M, N and K, row strides multiples of 16 bytes.
tt.func public @matmul_descriptor(%a: !tt.ptr<f16> {tt.divisibility = 16 : i32}, %b: !tt.ptr<f16> {tt.divisibility = 16 : i32},
                                  %c: !tt.ptr<f16> {tt.divisibility = 16 : i32}, %m: i32, %n: i32, %k: i32) attributes {noinline = false} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %one = arith.constant 1 : i64
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  %n_wide = arith.extsi %n : i32 to i64
  %k_wide = arith.extsi %k : i32 to i64
  %ad = tt.make_tensor_descriptor %a, [%m, %k], [%k_wide, %one] : !tt.ptr<f16>, !tt.tensordesc<tensor<64x64xf16>>
  %bd = tt.make_tensor_descriptor %b, [%k, %n], [%n_wide, %one] : !tt.ptr<f16>, !tt.tensordesc<tensor<64x64xf16>>
  %cd = tt.make_tensor_descriptor %c, [%m, %n], [%n_wide, %one] : !tt.ptr<f16>, !tt.tensordesc<tensor<64x64xf16>>
  %pm = tt.get_program_id x : i32
  %pn = tt.get_program_id y : i32
  %m0 = arith.muli %pm, %c64 : i32
  %n0 = arith.muli %pn, %c64 : i32
  %acc = scf.for %k0 = %c0 to %k step %c64 iter_args(%sum = %zero) -> (tensor<64x64xf32>) : i32 {
    %av = tt.descriptor_load %ad[%m0, %k0] : !tt.tensordesc<tensor<64x64xf16>> -> tensor<64x64xf16>
    %bv = tt.descriptor_load %bd[%k0, %n0] : !tt.tensordesc<tensor<64x64xf16>> -> tensor<64x64xf16>
    %next = tt.dot %av, %bv, %sum : tensor<64x64xf16> * tensor<64x64xf16> -> tensor<64x64xf32>
    scf.yield %next : tensor<64x64xf32>
  }
  %out = arith.truncf %acc : tensor<64x64xf32> to tensor<64x64xf16>
  tt.descriptor_store %cd[%m0, %n0], %out : !tt.tensordesc<tensor<64x64xf16>>, tensor<64x64xf16>
  tt.return
}
