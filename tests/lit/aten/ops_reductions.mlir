// RUN: fx-opt %s | fx-opt | filecheck %s
// RUN: fx-opt %s --print-op-generic | fx-opt | filecheck %s

// Reductions, scans, sorting, softmax.

func.func @sum_dim_IntList(%a: !aten.tensor<[5, 5, 5], i64>) {
  %0 = aten.sum.dim_IntList(%a, [0, 1, 2], True, dtype=torch.float32) : !aten.tensor<[1, 1, 1], f32>
  fx.return(%0)
}
// CHECK: aten.sum.dim_IntList(%a, [0, 1, 2], True, dtype=torch.float32) : !aten.tensor<[1, 1, 1], f32>

func.func @sum_default(%a: !aten.tensor<[2, 2], i64>) {
  %0 = aten.sum.default(%a, dtype=torch.int64) : !aten.tensor<[], i64>
  fx.return(%0)
}
// CHECK: aten.sum.default(%a, dtype=torch.int64) : !aten.tensor<[], i64>

func.func @prod_dim_int(%a: !aten.tensor<[5, 5, 5], f32>) {
  %0 = aten.prod.dim_int(%a, 0) : !aten.tensor<[5, 5], f32>
  fx.return(%0)
}
// CHECK: aten.prod.dim_int(%a, 0) : !aten.tensor<[5, 5], f32>

func.func @mean_dim(%a: !aten.tensor<[5, 5], f32>) {
  %0 = aten.mean.dim(%a, [0]) : !aten.tensor<[5], f32>
  fx.return(%0)
}
// CHECK: aten.mean.dim(%a, [0]) : !aten.tensor<[5], f32>

func.func @amax_default(%a: !aten.tensor<[5], f32>) {
  %0 = aten.amax.default(%a, [-1], True) : !aten.tensor<[1], f32>
  fx.return(%0)
}
// CHECK: aten.amax.default(%a, [-1], True) : !aten.tensor<[1], f32>

func.func @aminmax_default(%a: !aten.tensor<[5, 5, 5], f32>) {
  %0 = aten.aminmax.default(%a) : !aten.tuple<!aten.tensor<[], f32>, !aten.tensor<[], f32>>
  fx.return(%0)
}
// CHECK: aten.aminmax.default(%a) : !aten.tuple<!aten.tensor<[], f32>, !aten.tensor<[], f32>>

func.func @max_dim(%a: !aten.tensor<[5, 5, 5], f32>) {
  %0 = aten.max.dim(%a, 1) : !aten.tuple<!aten.tensor<[5, 5], f32>, !aten.tensor<[5, 5], i64>>
  fx.return(%0)
}
// CHECK: aten.max.dim(%a, 1) : !aten.tuple<!aten.tensor<[5, 5], f32>, !aten.tensor<[5, 5], i64>>

func.func @argmax_default(%a: !aten.tensor<[], f32>) {
  %0 = aten.argmax.default(%a) : !aten.tensor<[], i64>
  fx.return(%0)
}
// CHECK: aten.argmax.default(%a) : !aten.tensor<[], i64>

func.func @var_correction(%a: !aten.tensor<[5, 5, 5], f32>) {
  %0 = aten.var.correction(%a) : !aten.tensor<[], f32>
  fx.return(%0)
}
// CHECK: aten.var.correction(%a) : !aten.tensor<[], f32>

func.func @var_mean_correction(%a: !aten.tensor<[5, 5, 5], f32>) {
  %0 = aten.var_mean.correction(%a) : !aten.tuple<!aten.tensor<[], f32>, !aten.tensor<[], f32>>
  fx.return(%0)
}
// CHECK: aten.var_mean.correction(%a) : !aten.tuple<!aten.tensor<[], f32>, !aten.tensor<[], f32>>

func.func @linalg_vector_norm_default(%a: !aten.tensor<[2, 1, 4, 5], f32>) {
  %0 = aten.linalg_vector_norm.default(%a, 1.0, [2], True) : !aten.tensor<[2, 1, 1, 5], f32>
  fx.return(%0)
}
// CHECK: aten.linalg_vector_norm.default(%a, 1.0, [2], True) : !aten.tensor<[2, 1, 1, 5], f32>

func.func @logsumexp_default(%a: !aten.tensor<[5, 5], i64>) {
  %0 = aten.logsumexp.default(%a, [1], True) : !aten.tensor<[5, 1], f32>
  fx.return(%0)
}
// CHECK: aten.logsumexp.default(%a, [1], True) : !aten.tensor<[5, 1], f32>

func.func @median_dim(%a: !aten.tensor<[], f32>) {
  %0 = aten.median.dim(%a, 0, True) : !aten.tuple<!aten.tensor<[], f32>, !aten.tensor<[], i64>>
  fx.return(%0)
}
// CHECK: aten.median.dim(%a, 0, True) : !aten.tuple<!aten.tensor<[], f32>, !aten.tensor<[], i64>>

func.func @any_dims(%a: !aten.tensor<[], f32>) {
  %0 = aten.any.dims(%a, []) : !aten.tensor<[], bool>
  fx.return(%0)
}
// CHECK: aten.any.dims(%a, []) : !aten.tensor<[], bool>

func.func @cumsum_default(%a: !aten.tensor<[5, 5, 5], f32>) {
  %0 = aten.cumsum.default(%a, 0) : !aten.tensor<[5, 5, 5], f32>
  fx.return(%0)
}
// CHECK: aten.cumsum.default(%a, 0) : !aten.tensor<[5, 5, 5], f32>

func.func @cummax_default(%a: !aten.tensor<[5, 5, 5], f32>) {
  %0 = aten.cummax.default(%a, 0) : !aten.tuple<!aten.tensor<[5, 5, 5], f32>, !aten.tensor<[5, 5, 5], i64>>
  fx.return(%0)
}
// CHECK: aten.cummax.default(%a, 0) : !aten.tuple<!aten.tensor<[5, 5, 5], f32>, !aten.tensor<[5, 5, 5], i64>>

func.func @logcumsumexp_default(%a: !aten.tensor<[5, 5, 5], f32>) {
  %0 = aten.logcumsumexp.default(%a, 0) : !aten.tensor<[5, 5, 5], f32>
  fx.return(%0)
}
// CHECK: aten.logcumsumexp.default(%a, 0) : !aten.tensor<[5, 5, 5], f32>

func.func @sort_default(%a: !aten.tensor<[8000], f32>) {
  %0 = aten.sort.default(%a) : !aten.tuple<!aten.tensor<[8000], f32>, !aten.tensor<[8000], i64>>
  fx.return(%0)
}
// CHECK: aten.sort.default(%a) : !aten.tuple<!aten.tensor<[8000], f32>, !aten.tensor<[8000], i64>>

func.func @sort_stable(%a: !aten.tensor<[5, 5, 5], f32>) {
  %0 = aten.sort.stable(%a, stable=True, dim=-3, descending=True) : !aten.tuple<!aten.tensor<[5, 5, 5], f32>, !aten.tensor<[5, 5, 5], i64>>
  fx.return(%0)
}
// CHECK: aten.sort.stable(%a, stable=True, dim=-3, descending=True) : !aten.tuple<!aten.tensor<[5, 5, 5], f32>, !aten.tensor<[5, 5, 5], i64>>

func.func @topk_default(%a: !aten.tensor<[5, 10, 5], f32>) {
  %0 = aten.topk.default(%a, 3) : !aten.tuple<!aten.tensor<[5, 10, 3], f32>, !aten.tensor<[5, 10, 3], i64>>
  fx.return(%0)
}
// CHECK: aten.topk.default(%a, 3) : !aten.tuple<!aten.tensor<[5, 10, 3], f32>, !aten.tensor<[5, 10, 3], i64>>

func.func @kthvalue_default(%a: !aten.tensor<[5, 5, 5], f32>) {
  %0 = aten.kthvalue.default(%a, 2) : !aten.tuple<!aten.tensor<[5, 5], f32>, !aten.tensor<[5, 5], i64>>
  fx.return(%0)
}
// CHECK: aten.kthvalue.default(%a, 2) : !aten.tuple<!aten.tensor<[5, 5], f32>, !aten.tensor<[5, 5], i64>>

func.func @searchsorted_Tensor(%a: !aten.tensor<[0], f32>, %b: !aten.tensor<[0], f32>) {
  %0 = aten.searchsorted.Tensor(%a, %b) : !aten.tensor<[0], i64>
  fx.return(%0)
}
// CHECK: aten.searchsorted.Tensor(%a, %b) : !aten.tensor<[0], i64>

func.func @_unique2_default(%a: !aten.tensor<[], f32>) {
  %0 = aten._unique2.default(%a, False) : !aten.tuple<!aten.tensor<[1], f32>, !aten.tensor<[0], i64>, !aten.tensor<[0], i64>>
  fx.return(%0)
}
// CHECK: aten._unique2.default(%a, False) : !aten.tuple<!aten.tensor<[1], f32>, !aten.tensor<[0], i64>, !aten.tensor<[0], i64>>

func.func @_softmax_default(%a: !aten.tensor<[5], f32>) {
  %0 = aten._softmax.default(%a, 0, False) : !aten.tensor<[5], f32>
  fx.return(%0)
}
// CHECK: aten._softmax.default(%a, 0, False) : !aten.tensor<[5], f32>

func.func @_log_softmax_default(%a: !aten.tensor<[8, 4], f32>) {
  %0 = aten._log_softmax.default(%a, 1, False) : !aten.tensor<[8, 4], f32>
  fx.return(%0)
}
// CHECK: aten._log_softmax.default(%a, 1, False) : !aten.tensor<[8, 4], f32>
