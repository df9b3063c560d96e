// RUN: fx-opt %s | fx-opt | filecheck %s
// RUN: fx-opt %s --print-op-generic | fx-opt | filecheck %s

// Matrix products, factorisations, Fourier transforms.

func.func @mm_default(%a: !aten.tensor<[8, 3], f32>, %b: !aten.tensor<[3, 4], f32, strides=[1, 3]>) {
  %0 = aten.mm.default(%a, %b) : !aten.tensor<[8, 4], f32>
  fx.return(%0)
}
// CHECK: aten.mm.default(%a, %b) : !aten.tensor<[8, 4], f32>

func.func @bmm_default(%a: !aten.tensor<[4, 3, 8], f32>, %b: !aten.tensor<[4, 8, 6], f32, strides=[48, 1, 8]>) {
  %0 = aten.bmm.default(%a, %b) : !aten.tensor<[4, 3, 6], f32>
  fx.return(%0)
}
// CHECK: aten.bmm.default(%a, %b) : !aten.tensor<[4, 3, 6], f32>

func.func @addmm_default(%a: !aten.tensor<[4], i64>, %b: !aten.tensor<[8, 3], i64>, %c: !aten.tensor<[3, 4], i64, strides=[1, 3]>) {
  %0 = aten.addmm.default(%a, %b, %c) : !aten.tensor<[8, 4], i64>
  fx.return(%0)
}
// CHECK: aten.addmm.default(%a, %b, %c) : !aten.tensor<[8, 4], i64>

func.func @baddbmm_default(%a: !aten.tensor<[5, 5, 10], f32>, %b: !aten.tensor<[5, 5, 5], f32>, %c: !aten.tensor<[5, 5, 10], f32>) {
  %0 = aten.baddbmm.default(%a, %b, %c, beta=0.2, alpha=0.6) : !aten.tensor<[5, 5, 10], f32>
  fx.return(%0)
}
// CHECK: aten.baddbmm.default(%a, %b, %c, beta=0.2, alpha=0.6) : !aten.tensor<[5, 5, 10], f32>

func.func @addmv_default(%a: !aten.tensor<[5], f32>, %b: !aten.tensor<[5, 10], f32>, %c: !aten.tensor<[10], f32>) {
  %0 = aten.addmv.default(%a, %b, %c, beta=0.2, alpha=0.6) : !aten.tensor<[5], f32>
  fx.return(%0)
}
// CHECK: aten.addmv.default(%a, %b, %c, beta=0.2, alpha=0.6) : !aten.tensor<[5], f32>

func.func @mv_default(%a: !aten.tensor<[5, 10], f32>, %b: !aten.tensor<[10], f32>) {
  %0 = aten.mv.default(%a, %b) : !aten.tensor<[5], f32>
  fx.return(%0)
}
// CHECK: aten.mv.default(%a, %b) : !aten.tensor<[5], f32>

func.func @dot_default(%a: !aten.tensor<[5], f32>, %b: !aten.tensor<[5], f32>) {
  %0 = aten.dot.default(%a, %b) : !aten.tensor<[], f32>
  fx.return(%0)
}
// CHECK: aten.dot.default(%a, %b) : !aten.tensor<[], f32>

func.func @_cdist_forward_default(%a: !aten.tensor<[5, 5, 2], f32>, %b: !aten.tensor<[5, 6, 2], f32>) {
  %0 = aten._cdist_forward.default(%a, %b, 0.0, 1) : !aten.tensor<[5, 5, 6], f32>
  fx.return(%0)
}
// CHECK: aten._cdist_forward.default(%a, %b, 0.0, 1) : !aten.tensor<[5, 5, 6], f32>

func.func @linalg_cholesky_ex_default(%a: !aten.tensor<[5, 5], f32>) {
  %0 = aten.linalg_cholesky_ex.default(%a, upper=True) : !aten.tuple<!aten.tensor<[5, 5], f32, strides=[1, 5]>, !aten.tensor<[], i32>>
  fx.return(%0)
}
// CHECK: aten.linalg_cholesky_ex.default(%a, upper=True) : !aten.tuple<!aten.tensor<[5, 5], f32, strides=[1, 5]>, !aten.tensor<[], i32>>

func.func @linalg_inv_ex_default(%a: !aten.tensor<[5, 5], f32>) {
  %0 = aten.linalg_inv_ex.default(%a) : !aten.tuple<!aten.tensor<[5, 5], f32, strides=[1, 5]>, !aten.tensor<[], i32>>
  fx.return(%0)
}
// CHECK: aten.linalg_inv_ex.default(%a) : !aten.tuple<!aten.tensor<[5, 5], f32, strides=[1, 5]>, !aten.tensor<[], i32>>

func.func @_linalg_det_default(%a: !aten.tensor<[5, 5], f32>) {
  %0 = aten._linalg_det.default(%a) : !aten.tuple<!aten.tensor<[], f32>, !aten.tensor<[5, 5], f32, strides=[1, 5]>, !aten.tensor<[5], i32>>
  fx.return(%0)
}
// CHECK: aten._linalg_det.default(%a) : !aten.tuple<!aten.tensor<[], f32>, !aten.tensor<[5, 5], f32, strides=[1, 5]>, !aten.tensor<[5], i32>>

func.func @_linalg_eigh_default(%a: !aten.tensor<[5, 5], f32>) {
  %0 = aten._linalg_eigh.default(%a, "U") : !aten.tuple<!aten.tensor<[5], f32>, !aten.tensor<[5, 5], f32, strides=[1, 5]>>
  fx.return(%0)
}
// CHECK: aten._linalg_eigh.default(%a, "U") : !aten.tuple<!aten.tensor<[5], f32>, !aten.tensor<[5, 5], f32, strides=[1, 5]>>

func.func @_linalg_svd_default(%a: !aten.tensor<[2, 4], f32>) {
  %0 = aten._linalg_svd.default(%a) : !aten.tuple<!aten.tensor<[2, 2], f32, strides=[1, 2]>, !aten.tensor<[2], f32>, !aten.tensor<[2, 4], f32, strides=[1, 2]>>
  fx.return(%0)
}
// CHECK: aten._linalg_svd.default(%a) : !aten.tuple<!aten.tensor<[2, 2], f32, strides=[1, 2]>, !aten.tensor<[2], f32>, !aten.tensor<[2, 4], f32, strides=[1, 2]>>

func.func @linalg_qr_default(%a: !aten.tensor<[5, 5], f32>) {
  %0 = aten.linalg_qr.default(%a) : !aten.tuple<!aten.tensor<[5, 5], f32, strides=[1, 5]>, !aten.tensor<[5, 5], f32, strides=[1, 5]>>
  fx.return(%0)
}
// CHECK: aten.linalg_qr.default(%a) : !aten.tuple<!aten.tensor<[5, 5], f32, strides=[1, 5]>, !aten.tensor<[5, 5], f32, strides=[1, 5]>>

func.func @linalg_lu_factor_ex_default(%a: !aten.tensor<[4, 5], f32>) {
  %0 = aten.linalg_lu_factor_ex.default(%a) : !aten.tuple<!aten.tensor<[4, 5], f32, strides=[1, 4]>, !aten.tensor<[4], i32>, !aten.tensor<[], i32>>
  fx.return(%0)
}
// CHECK: aten.linalg_lu_factor_ex.default(%a) : !aten.tuple<!aten.tensor<[4, 5], f32, strides=[1, 4]>, !aten.tensor<[4], i32>, !aten.tensor<[], i32>>

func.func @linalg_solve_triangular_default(%a: !aten.tensor<[3, 3], f32>, %b: !aten.tensor<[3, 1], f32>) {
  %0 = aten.linalg_solve_triangular.default(%a, %b, upper=True, unitriangular=True) : !aten.tensor<[3, 1], f32, strides=[1, 3]>
  fx.return(%0)
}
// CHECK: aten.linalg_solve_triangular.default(%a, %b, upper=True, unitriangular=True) : !aten.tensor<[3, 1], f32, strides=[1, 3]>

func.func @triangular_solve_default(%a: !aten.tensor<[5, 1], f32>, %b: !aten.tensor<[5, 5], f32>) {
  %0 = aten.triangular_solve.default(%a, %b) : !aten.tuple<!aten.tensor<[5, 1], f32, strides=[1, 5]>, !aten.tensor<[5, 5], f32, strides=[1, 5]>>
  fx.return(%0)
}
// CHECK: aten.triangular_solve.default(%a, %b) : !aten.tuple<!aten.tensor<[5, 1], f32, strides=[1, 5]>, !aten.tensor<[5, 5], f32, strides=[1, 5]>>

func.func @_fft_r2c_default(%a: !aten.tensor<[5, 10, 7], f32>) {
  %0 = aten._fft_r2c.default(%a, [1], 1, False) : !aten.tensor<[5, 10, 7], c64, strides=[70, 1, 10]>
  fx.return(%0)
}
// CHECK: aten._fft_r2c.default(%a, [1], 1, False) : !aten.tensor<[5, 10, 7], c64, strides=[70, 1, 10]>

func.func @_fft_c2r_default(%a: !aten.tensor<[5, 6, 5], c64, strides=[42, 7, 1]>) {
  %0 = aten._fft_c2r.default(%a, [1, 2], 2, 8) : !aten.tensor<[5, 6, 8], f32>
  fx.return(%0)
}
// CHECK: aten._fft_c2r.default(%a, [1, 2], 2, 8) : !aten.tensor<[5, 6, 8], f32>
