// RUN: fx-opt %s -p aten-pipeline --split-input-file | filecheck %s
// RUN: fx-opt %s -p 'aten-set-device{device="cpu"},aten-pipeline' --split-input-file | filecheck %s --check-prefix CPU
// RUN: fx-opt %s -p 'aten-constant-fold,aten-canonicalize,aten-fuse-attention{max_mask_elems=4}' --split-input-file | filecheck %s --check-prefix SMALL

// An encoder's layer: the mask is true throughout, and goes.
func.func @encoder(%q: !aten.tensor<[1, 2, 8, 16], bf16, strides=[256, 16, 32, 1], device="cuda:0">,
                   %k: !aten.tensor<[1, 2, 8, 16], bf16, strides=[256, 16, 32, 1], device="cuda:0">,
                   %v: !aten.tensor<[1, 2, 8, 16], bf16, strides=[256, 16, 32, 1], device="cuda:0">) {
  %arange = aten.arange.default(8, device=device("cuda:0"), pin_memory=False) : !aten.tensor<[8], i64, device="cuda:0">
  %u0 = aten.view.default(%arange, [1, 1, 8, 1]) : !aten.tensor<[1, 1, 8, 1], i64, device="cuda:0">
  %ge = aten.ge.Scalar(%u0, 0) : !aten.tensor<[1, 1, 8, 1], bool, device="cuda:0">
  %mask = aten.expand.default(%ge, [1, -1, 8, 8]) : !aten.tensor<[1, 1, 8, 8], bool, strides=[8, 8, 1, 0], device="cuda:0">
  %inf = aten.scalar_tensor.default(float("-inf"), dtype=torch.bfloat16, device=device("cuda:0")) : !aten.tensor<[], bf16, device="cuda:0">
  %zero = aten.scalar_tensor.default(0.0, dtype=torch.bfloat16, layout=torch.strided, device=device("cuda:0")) : !aten.tensor<[], bf16, device="cuda:0">
  %where = aten.where.self(%mask, %zero, %inf) : !aten.tensor<[1, 1, 8, 8], bf16, device="cuda:0">
  %q32 = aten._to_copy.default(%q, dtype=torch.float32) : !aten.tensor<[1, 2, 8, 16], f32, strides=[256, 16, 32, 1], device="cuda:0">
  %k32 = aten._to_copy.default(%k, dtype=torch.float32) : !aten.tensor<[1, 2, 8, 16], f32, strides=[256, 16, 32, 1], device="cuda:0">
  %v32 = aten._to_copy.default(%v, dtype=torch.float32) : !aten.tensor<[1, 2, 8, 16], f32, strides=[256, 16, 32, 1], device="cuda:0">
  %qs = aten.mul.Scalar(%q32, 0.5) : !aten.tensor<[1, 2, 8, 16], f32, strides=[256, 16, 32, 1], device="cuda:0">
  %kt = aten.transpose.int(%k32, -2, -1) : !aten.tensor<[1, 2, 16, 8], f32, strides=[256, 16, 1, 32], device="cuda:0">
  %ks = aten.mul.Scalar(%kt, 0.5) : !aten.tensor<[1, 2, 16, 8], f32, strides=[256, 16, 1, 32], device="cuda:0">
  %qe = aten.expand.default(%qs, [1, 2, 8, 16]) : !aten.tensor<[1, 2, 8, 16], f32, strides=[256, 16, 32, 1], device="cuda:0">
  %q3 = aten.view.default(%qe, [2, 8, 16]) : !aten.tensor<[2, 8, 16], f32, strides=[16, 32, 1], device="cuda:0">
  %ke = aten.expand.default(%ks, [1, 2, 16, 8]) : !aten.tensor<[1, 2, 16, 8], f32, strides=[256, 16, 1, 32], device="cuda:0">
  %k3 = aten.view.default(%ke, [2, 16, 8]) : !aten.tensor<[2, 16, 8], f32, strides=[16, 1, 32], device="cuda:0">
  %bmm = aten.bmm.default(%q3, %k3) : !aten.tensor<[2, 8, 8], f32, device="cuda:0">
  %scores = aten.view.default(%bmm, [1, 2, 8, 8]) : !aten.tensor<[1, 2, 8, 8], f32, device="cuda:0">
  %add = aten.add.Tensor(%scores, %where) : !aten.tensor<[1, 2, 8, 8], f32, device="cuda:0">
  %softmax = aten._safe_softmax.default(%add, -1) : !aten.tensor<[1, 2, 8, 8], f32, device="cuda:0">
  %p3 = aten.view.default(%softmax, [2, 8, 8]) : !aten.tensor<[2, 8, 8], f32, device="cuda:0">
  %v3 = aten.view.default(%v32, [2, 8, 16]) : !aten.tensor<[2, 8, 16], f32, strides=[16, 32, 1], device="cuda:0">
  %bmm1 = aten.bmm.default(%p3, %v3) : !aten.tensor<[2, 8, 16], f32, device="cuda:0">
  %o4 = aten.view.default(%bmm1, [1, 2, 8, 16]) : !aten.tensor<[1, 2, 8, 16], f32, device="cuda:0">
  %out = aten._to_copy.default(%o4, dtype=torch.bfloat16) : !aten.tensor<[1, 2, 8, 16], bf16, device="cuda:0">
  %merged = aten.transpose.int(%out, 1, 2) : !aten.tensor<[1, 8, 2, 16], bf16, strides=[256, 16, 128, 1], device="cuda:0">
  %clone = aten.clone.default(%merged, memory_format=torch.contiguous_format) : !aten.tensor<[1, 8, 2, 16], bf16, device="cuda:0">
  fx.return((%clone,))
}
// CHECK-LABEL: @encoder
// CHECK-NEXT:    %0 = aten._scaled_dot_product_flash_attention.default(%q, %k, %v, 0.0, False, False, scale=0.25) : !aten.tuple<!aten.tensor<[1, 2, 8, 16], bf16, strides=[256, 16, 32, 1], device="cuda:0">, !aten.tensor<[1, 2, 8], f32, device="cuda:0">, !aten.any<"NoneType">
// CHECK-NEXT:    %out = fx.getitem(%0, 0) : !aten.tensor<[1, 2, 8, 16], bf16, strides=[256, 16, 32, 1], device="cuda:0">
// CHECK-NEXT:    %clone = aten.permute.default(%out, [0, 2, 1, 3]) : !aten.tensor<[1, 8, 2, 16], bf16, device="cuda:0">
// CHECK-NEXT:    fx.return((%clone,))
// CPU-LABEL: @encoder
// CPU:         aten.bmm.default
// CPU-NOT:     scaled_dot_product
// SMALL-LABEL: @encoder
// SMALL:         scaled_dot_product_flash

// -----

// The future is masked: a condition made of positions is evaluated, if it is not too large.
func.func @causal(%q: !aten.tensor<[2, 8, 16], f16, device="cuda:0">) {
  %i = aten.arange.default(8, device=device("cuda:0")) : !aten.tensor<[8], i64, device="cuda:0">
  %j = aten.unsqueeze.default(%i, 1) : !aten.tensor<[8, 1], i64, device="cuda:0">
  %mask = aten.gt.Tensor(%i, %j) : !aten.tensor<[8, 8], bool, device="cuda:0">
  %low = aten.scalar_tensor.default(-65504.0, dtype=torch.float16) : !aten.tensor<[], f16, device="cuda:0">
  %zero = aten.scalar_tensor.default(0.0, dtype=torch.float16) : !aten.tensor<[], f16, device="cuda:0">
  %bias = aten.where.self(%mask, %low, %zero) : !aten.tensor<[8, 8], f16, device="cuda:0">
  %t = aten.permute.default(%q, [0, 2, 1]) : !aten.tensor<[2, 16, 8], f16, strides=[128, 1, 16], device="cuda:0">
  %s = aten.bmm.default(%q, %t) : !aten.tensor<[2, 8, 8], f16, device="cuda:0">
  %d = aten.div.Tensor(%s, 4.0) : !aten.tensor<[2, 8, 8], f16, device="cuda:0">
  %b = aten.add.Tensor(%d, %bias) : !aten.tensor<[2, 8, 8], f16, device="cuda:0">
  %p = aten._softmax.default(%b, 2, False) : !aten.tensor<[2, 8, 8], f16, device="cuda:0">
  %o = aten.bmm.default(%p, %q) : !aten.tensor<[2, 8, 16], f16, device="cuda:0">
  fx.return((%o,))
}
// CHECK-LABEL: @causal
// CHECK-NEXT:    [[Q:%.*]] = aten.view.default(%q, [1, 2, 8, 16])
// CHECK:         aten._scaled_dot_product_flash_attention.default([[Q]], {{%.*}}, {{%.*}}, 0.0, True, False, scale=0.25)
// CHECK-NOT:     aten.bmm
// Otherwise it is a bias like any other, its rows padded to 16 elements.
// SMALL-LABEL: @causal
// SMALL:         [[BIAS:%.*]] = aten.where.self
// SMALL-NEXT:    [[PAD:%.*]] = aten.constant_pad_nd.default([[BIAS]], [0, 8], 0.0) : !aten.tensor<[8, 16], f16, device="cuda:0">
// SMALL-NEXT:    [[ROWS:%.*]] = aten.slice.Tensor([[PAD]], 1, 0, 8) : !aten.tensor<[8, 8], f16, strides=[16, 1], device="cuda:0">
// SMALL-NEXT:    [[ALL:%.*]] = aten.expand.default([[ROWS]], [1, 2, 8, 8]) : !aten.tensor<[1, 2, 8, 8], f16, strides=[0, 0, 16, 1], device="cuda:0">
// SMALL:         aten._scaled_dot_product_efficient_attention.default({{%.*}}, {{%.*}}, {{%.*}}, [[ALL]], False, 0.0, False, scale=0.25)

// -----

// Symbolic sizes, without a mask.
func.func @symbolic(%s: !aten.sym<int, s0>, %q: !aten.tensor<[2, 4, s0, 16], bf16, device="cuda:0">) {
  %q3 = aten.view.default(%q, [8, %s, 16]) : !aten.tensor<[8, s0, 16], bf16, device="cuda:0">
  %t = aten.permute.default(%q3, [0, 2, 1]) : !aten.tensor<[8, 16, s0], bf16, strides=[16 * s0, 1, 16], device="cuda:0">
  %p0 = aten.bmm.default(%q3, %t) : !aten.tensor<[8, s0, s0], bf16, device="cuda:0">
  %p1 = aten.view.default(%p0, [2, 4, %s, %s]) : !aten.tensor<[2, 4, s0, s0], bf16, device="cuda:0">
  %p2 = aten._softmax.default(%p1, -1, False) : !aten.tensor<[2, 4, s0, s0], bf16, device="cuda:0">
  %p3 = aten.view.default(%p2, [8, %s, %s]) : !aten.tensor<[8, s0, s0], bf16, device="cuda:0">
  %o3 = aten.bmm.default(%p3, %q3) : !aten.tensor<[8, s0, 16], bf16, device="cuda:0">
  %o = aten.view.default(%o3, [2, 4, %s, 16]) : !aten.tensor<[2, 4, s0, 16], bf16, device="cuda:0">
  fx.return((%o,))
}
// CHECK-LABEL: @symbolic
// CHECK-NEXT:    aten._scaled_dot_product_flash_attention.default(%q, %q, %q, 0.0, False, False, scale=1.0) : !aten.tuple<!aten.tensor<[2, 4, s0, 16], bf16, device="cuda:0">

// -----

// Not attention: the scores are used elsewhere; nothing is normalised over the columns; the tensor is written to.
func.func @others(%q: !aten.tensor<[2, 16, 16], f16, device="cuda:0">, %w: !aten.tensor<[2, 16, 16], f16, device="cuda:0">) {
  %s = aten.bmm.default(%q, %q) : !aten.tensor<[2, 16, 16], f16, device="cuda:0">
  %p = aten._softmax.default(%s, -1, False) : !aten.tensor<[2, 16, 16], f16, device="cuda:0">
  %o = aten.bmm.default(%p, %q) : !aten.tensor<[2, 16, 16], f16, device="cuda:0">
  %s1 = aten.bmm.default(%q, %o) : !aten.tensor<[2, 16, 16], f16, device="cuda:0">
  %p1 = aten._softmax.default(%s1, 1, False) : !aten.tensor<[2, 16, 16], f16, device="cuda:0">
  %o1 = aten.bmm.default(%p1, %q) : !aten.tensor<[2, 16, 16], f16, device="cuda:0">
  %t = aten.permute.default(%w, [0, 2, 1]) : !aten.tensor<[2, 16, 16], f16, strides=[256, 1, 16], device="cuda:0">
  %s2 = aten.bmm.default(%w, %t) : !aten.tensor<[2, 16, 16], f16, device="cuda:0">
  %p2 = aten._softmax.default(%s2, 2, False) : !aten.tensor<[2, 16, 16], f16, device="cuda:0">
  %set = aten.copy_.default(%w, %q) : !aten.tensor<[2, 16, 16], f16, device="cuda:0">
  %o2 = aten.bmm.default(%p2, %q) : !aten.tensor<[2, 16, 16], f16, device="cuda:0">
  fx.return((%o1, %s, %o2))
}
// CHECK-LABEL: @others
// CHECK-NOT:     scaled_dot_product
// CHECK:         fx.return
