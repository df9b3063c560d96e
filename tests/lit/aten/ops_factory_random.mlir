// RUN: fx-opt %s | fx-opt | filecheck %s
// RUN: fx-opt %s --print-op-generic | fx-opt | filecheck %s

// Factories and random numbers.

func.func @full_default() {
  %0 = aten.full.default([10], -8.478373527526855, dtype=torch.float32, device=device("cpu"), pin_memory=False) : !aten.tensor<[10], f32>
  fx.return(%0)
}
// CHECK: aten.full.default([10], -8.478373527526855, dtype=torch.float32, device=device("cpu"), pin_memory=False) : !aten.tensor<[10], f32>

func.func @full_like_default(%a: !aten.tensor<[], f32>) {
  %0 = aten.full_like.default(%a, -8.478373527526855, pin_memory=False) : !aten.tensor<[], f32>
  fx.return(%0)
}
// CHECK: aten.full_like.default(%a, -8.478373527526855, pin_memory=False) : !aten.tensor<[], f32>

func.func @zeros_default() {
  %0 = aten.zeros.default([5, 5], dtype=torch.float32, device=device("cpu"), pin_memory=False) : !aten.tensor<[5, 5], f32>
  fx.return(%0)
}
// CHECK: aten.zeros.default([5, 5], dtype=torch.float32, device=device("cpu"), pin_memory=False) : !aten.tensor<[5, 5], f32>

func.func @ones_like_default(%a: !aten.tensor<[20], i64>) {
  %0 = aten.ones_like.default(%a, dtype=torch.bool, memory_format=torch.preserve_format) : !aten.tensor<[20], bool>
  fx.return(%0)
}
// CHECK: aten.ones_like.default(%a, dtype=torch.bool, memory_format=torch.preserve_format) : !aten.tensor<[20], bool>

func.func @empty_memory_format() {
  %0 = aten.empty.memory_format([1, 3, 5], dtype=torch.int64, device=device("cpu"), pin_memory=False) : !aten.tensor<[1, 3, 5], i64>
  fx.return(%0)
}
// CHECK: aten.empty.memory_format([1, 3, 5], dtype=torch.int64, device=device("cpu"), pin_memory=False) : !aten.tensor<[1, 3, 5], i64>

func.func @empty_strided_default() {
  %0 = aten.empty_strided.default([5], [4], dtype=torch.float32, device=device("cpu"), pin_memory=False) : !aten.tensor<[5], f32, strides=[4]>
  fx.return(%0)
}
// CHECK: aten.empty_strided.default([5], [4], dtype=torch.float32, device=device("cpu"), pin_memory=False) : !aten.tensor<[5], f32, strides=[4]>

func.func @new_full_default(%a: !aten.tensor<[5, 5], f32>) {
  %0 = aten.new_full.default(%a, [2, 0], 4.319086074829102, pin_memory=False) : !aten.tensor<[2, 0], f32>
  fx.return(%0)
}
// CHECK: aten.new_full.default(%a, [2, 0], 4.319086074829102, pin_memory=False) : !aten.tensor<[2, 0], f32>

func.func @new_zeros_default(%a: !aten.tensor<[5], i64>) {
  %0 = aten.new_zeros.default(%a, [2, 3], dtype=torch.int64, device=device("cpu"), pin_memory=False) : !aten.tensor<[2, 3], i64>
  fx.return(%0)
}
// CHECK: aten.new_zeros.default(%a, [2, 3], dtype=torch.int64, device=device("cpu"), pin_memory=False) : !aten.tensor<[2, 3], i64>

func.func @scalar_tensor_default() {
  %0 = aten.scalar_tensor.default(0.5, dtype=torch.float32, layout=torch.strided, device=device("cpu")) : !aten.tensor<[], f32>
  fx.return(%0)
}
// CHECK: aten.scalar_tensor.default(0.5, dtype=torch.float32, layout=torch.strided, device=device("cpu")) : !aten.tensor<[], f32>

func.func @arange_start_step() {
  %0 = aten.arange.start_step(2, -3, -1, dtype=torch.int64, device=device("cpu"), pin_memory=False) : !aten.tensor<[5], i64>
  fx.return(%0)
}
// CHECK: aten.arange.start_step(2, -3, -1, dtype=torch.int64, device=device("cpu"), pin_memory=False) : !aten.tensor<[5], i64>

func.func @linspace_default() {
  %0 = aten.linspace.default(1.5707963267948966, 1.5707963267948966, 1, dtype=torch.float32, layout=torch.strided, device=device("cpu"), pin_memory=False) : !aten.tensor<[1], f32>
  fx.return(%0)
}
// CHECK: aten.linspace.default(1.5707963267948966, 1.5707963267948966, 1, dtype=torch.float32, layout=torch.strided, device=device("cpu"), pin_memory=False) : !aten.tensor<[1], f32>

func.func @eye_m() {
  %0 = aten.eye.m(0, 2, dtype=torch.int64, device=device("cpu"), pin_memory=False) : !aten.tensor<[0, 2], i64>
  fx.return(%0)
}
// CHECK: aten.eye.m(0, 2, dtype=torch.int64, device=device("cpu"), pin_memory=False) : !aten.tensor<[0, 2], i64>

func.func @tril_indices_default() {
  %0 = aten.tril_indices.default(0, 0, device=device("cpu"), pin_memory=False) : !aten.tensor<[2, 0], i64>
  fx.return(%0)
}
// CHECK: aten.tril_indices.default(0, 0, device=device("cpu"), pin_memory=False) : !aten.tensor<[2, 0], i64>

func.func @rand_default() {
  %0 = aten.rand.default([1, 3, 2], dtype=torch.float32, device=device("cpu"), pin_memory=False) : !aten.tensor<[1, 3, 2], f32>
  fx.return(%0)
}
// CHECK: aten.rand.default([1, 3, 2], dtype=torch.float32, device=device("cpu"), pin_memory=False) : !aten.tensor<[1, 3, 2], f32>

func.func @randn_like_default(%a: !aten.tensor<[5, 5], f32>) {
  %0 = aten.randn_like.default(%a, pin_memory=False) : !aten.tensor<[5, 5], f32>
  fx.return(%0)
}
// CHECK: aten.randn_like.default(%a, pin_memory=False) : !aten.tensor<[5, 5], f32>

func.func @randint_low() {
  %0 = aten.randint.low(2, 10, [5, 5], device=device("cpu"), pin_memory=False) : !aten.tensor<[5, 5], i64>
  fx.return(%0)
}
// CHECK: aten.randint.low(2, 10, [5, 5], device=device("cpu"), pin_memory=False) : !aten.tensor<[5, 5], i64>

func.func @bernoulli_default(%a: !aten.tensor<[2, 3, 4], f32>) {
  %0 = aten.bernoulli.default(%a) : !aten.tensor<[2, 3, 4], f32>
  fx.return(%0)
}
// CHECK: aten.bernoulli.default(%a) : !aten.tensor<[2, 3, 4], f32>

func.func @normal_Tensor_Tensor(%a: !aten.tensor<[3, 4, 2], f32>, %b: !aten.tensor<[3, 4, 2], f32>) {
  %0 = aten.normal.Tensor_Tensor(%a, %b) : !aten.tensor<[3, 4, 2], f32>
  fx.return(%0)
}
// CHECK: aten.normal.Tensor_Tensor(%a, %b) : !aten.tensor<[3, 4, 2], f32>

func.func @multinomial_default(%a: !aten.tensor<[3], f32>) {
  %0 = aten.multinomial.default(%a, 3) : !aten.tensor<[3], i64>
  fx.return(%0)
}
// CHECK: aten.multinomial.default(%a, 3) : !aten.tensor<[3], i64>

func.func @uniform__default(%a: !aten.tensor<[5, 5], f32>) {
  %0 = aten.uniform_.default(%a) : !aten.tensor<[5, 5], f32>
  fx.return(%0)
}
// CHECK: aten.uniform_.default(%a) : !aten.tensor<[5, 5], f32>

func.func @normal__default(%a: !aten.tensor<[5, 5], f32>) {
  %0 = aten.normal_.default(%a, 0.0, 5.0) : !aten.tensor<[5, 5], f32>
  fx.return(%0)
}
// CHECK: aten.normal_.default(%a, 0.0, 5.0) : !aten.tensor<[5, 5], f32>
