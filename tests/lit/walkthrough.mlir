// One function through every stage.
// RUN: fx-opt %s -p aten-pipeline | filecheck %s --check-prefix=ATEN
// RUN: fx-opt %s -p aten-pipeline,loop-pipeline | filecheck %s --check-prefix=LOOP
// RUN: fx-opt %s -p aten-pipeline,loop-pipeline,rt-pipeline | filecheck %s --check-prefix=RT
// RUN: fx-opt %s -t python | filecheck %s --check-prefix=PYTHON
// RUN: fx-opt %s -t llvm | filecheck %s --check-prefix=LLVM
// RUN: fx-opt %s -t ttir | filecheck %s --check-prefix=TTIR

func.func @main(%x: !aten.tensor<[8, 64], f32>) {
  %0 = aten.mul.Tensor(%x, 1) : !aten.tensor<[8, 64], f32>
  %1 = aten.relu.default(%0) : !aten.tensor<[8, 64], f32>
  %2 = aten.sum.dim_IntList(%1, [1]) : !aten.tensor<[8], f32>
  fx.return((%2,))
}

// ATEN-NOT: aten.mul
// ATEN: aten.relu.default(%x)
// LOOP: [[sum:%.*]] = loop.launch @[[kernel:k0[a-z_]*]](%x)
// LOOP: loop.kernel @[[kernel]] [d0 = 8] reduce [r0 = 64]
// LOOP:   loop.load %{{.*}}[d0 * 64 + r0] : f32
// LOOP:   arith.select
// LOOP:   loop.reduce sum
// RT: [[buffer:%.*]] = rt.alloc : !aten.tensor<[8], f32>
// RT: rt.launch @k0{{[a-z_]*}}(%x, [[buffer]])
// PYTHON: buf0 = empty_cpu((8,), (1,), torch.float32)
// PYTHON: k0{{[a-z_]*}}(arg0.data_ptr(), buf0.data_ptr())
// LLVM: define i32 @k0
// TTIR: "tt.func"() <{sym_name = "k0
// TTIR: "tt.load"
// TTIR: "tt.reduce"
