// From ATen straight to code: a target implies the passes that it needs.
// RUN: fx-opt %s -t python | filecheck %s --check-prefix=PYTHON
// RUN: fx-opt %s -t 'llvm{isa="avx2"}' | filecheck %s --check-prefix=LLVM
// RUN: fx-opt %s -t 'asm{isa="avx2"}' | filecheck %s --check-prefix=ASM
// RUN: fx-opt %s -t ttir | filecheck %s --check-prefix=TTIR
// RUN: fx-opt %s -t 'ptx{arch="sm_90"}' | filecheck %s --check-prefix=PTX
// RUN: fx-opt %s -t 'ptx{arch="gfx942"}' | filecheck %s --check-prefix=AMDGCN
// RUN: fx-opt %s -p 'aten-pipeline,loop-pipeline,rt-pipeline' -t python | filecheck %s --check-prefix=PYTHON
// RUN: fx-opt %s -p 'aten-pipeline,loop-pipeline' | fx-opt -t python | filecheck %s --check-prefix=PYTHON
// RUN: not fx-opt %s -p '' -t python 2>&1 | filecheck %s --check-prefix=TOO-EARLY

func.func @main(%x: !aten.tensor<[8, 64], f32>) {
  %0 = aten.relu.default(%x) : !aten.tensor<[8, 64], f32>
  fx.return((%0,))
}

// PYTHON:      def main(args):
// PYTHON:        [[OUT:buf[0-9]+]] = empty_cpu((8, 64), (64, 1), torch.float32)
// PYTHON-NEXT:   [[KERNEL:k0[a-z_]*]](arg0.data_ptr(), [[OUT]].data_ptr())
// PYTHON-NEXT:   return ([[OUT]],)

// LLVM: define i32 @k0{{.*}}(ptr {{.*}}, ptr {{.*}})
// LLVM: "target-cpu"="x86-64-v3"

// ASM: .globl k0
// ASM: ymm

// A model on the CPU moves to a GPU for these.
// TTIR: "tt.func"() <{sym_name = "k0
// PTX: .target sm_90
// PTX: .visible .entry k0
// AMDGCN: gfx942
// AMDGCN: .globl k0

// TOO-EARLY: targets.mlir:12:1: error: target 'python' failed:
// TOO-EARLY: note: replay this failure with: fx-opt
