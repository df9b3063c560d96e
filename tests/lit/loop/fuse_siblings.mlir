// RUN: fx-opt %s -p loop-fuse | filecheck %s

// A row reduction and a pointwise nest of the same input read it once.
!x = !aten.tensor<[256, 512], f32>
!m = !aten.tensor<[256], f32>
func.func @siblings(%x: !x) -> (!m, !x) {
  %0 = loop.nest (%x) [d0 = 256] reduce [r0 = 512] : (!x) -> !m {
  ^bb0(%in: !x, %out: !m):
    %1 = loop.load %in[d0 * 512 + r0] : f32
    %2 = loop.reduce sum %1 : f32
    loop.store %2, %out[d0]
  }
  %3 = loop.nest (%x) [d0 = 131072] : (!x) -> !x {
  ^bb0(%in: !x, %out: !x):
    %1 = loop.load %in[d0] : f32
    %2 = math.exp %1 : f32
    loop.store %2, %out[d0]
  }
  fx.return((%0, %3))
}
// CHECK-LABEL: @siblings
// CHECK:         %0, %1 = loop.nest (%x) [d0 = 256] reduce [r0 = 512]
// CHECK:           [[X:%[^ ]*]] = loop.load
// CHECK-NEXT:      loop.reduce sum [[X]]
// CHECK:           math.exp [[X]]
// CHECK-NOT:     loop.nest

// Row and column sums have no common domain.
func.func @rows_and_columns(%x: !x) -> (!m, !aten.tensor<[512], f32>) {
  %0 = loop.nest (%x) [d0 = 256] reduce [r0 = 512] : (!x) -> !m {
  ^bb0(%in: !x, %out: !m):
    %1 = loop.load %in[d0 * 512 + r0] : f32
    %2 = loop.reduce sum %1 : f32
    loop.store %2, %out[d0]
  }
  %3 = loop.nest (%x) [d0 = 512] reduce [r0 = 256] : (!x) -> !aten.tensor<[512], f32> {
  ^bb0(%in: !x, %out: !aten.tensor<[512], f32>):
    %1 = loop.load %in[r0 * 512 + d0] : f32
    %2 = loop.reduce sum %1 : f32
    loop.store %2, %out[d0]
  }
  fx.return((%0, %3))
}
// CHECK-LABEL: @rows_and_columns
// CHECK:         loop.nest
// CHECK:         loop.nest
