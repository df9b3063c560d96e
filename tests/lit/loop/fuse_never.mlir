// RUN: fx-opt %s -p loop-fuse | filecheck %s

!x = !aten.tensor<[256, 512], f32>
!i = !aten.tensor<[256], i64>

// A scatter is no producer: its result is there only when all of it has run.
func.func @after_scatter(%x: !x, %v: !x, %i: !i) -> !x {
  %0 = loop.nest (%x, %v, %i) [d0 = 256, d1 = 512] inits [0] : (!x, !x, !i) -> !x {
  ^bb0(%a: !x, %b: !x, %c: !i, %out: !x):
    %row = loop.load %c[d0] : i64
    %1 = loop.load %b[d0 * 512 + d1] : f32
    loop.store add %1, %out[i0 * 512 + d1] (%row)
  }
  %2 = loop.nest (%0) [d0 = 131072] : (!x) -> !x {
  ^bb0(%a: !x, %out: !x):
    %1 = loop.load %a[d0] : f32
    %3 = math.exp %1 : f32
    loop.store %3, %out[d0]
  }
  fx.return((%2))
}
// CHECK-LABEL: @after_scatter
// CHECK:         inits [0]
// CHECK:         loop.nest (%0) [d0 = 131072]

// But it takes its values from a producer.
func.func @into_scatter(%x: !x, %v: !x, %i: !i) -> !x {
  %0 = loop.nest (%v) [d0 = 131072] : (!x) -> !x {
  ^bb0(%a: !x, %out: !x):
    %1 = loop.load %a[d0] : f32
    %3 = math.exp %1 : f32
    loop.store %3, %out[d0]
  }
  %2 = loop.nest (%x, %0, %i) [d0 = 256, d1 = 512] inits [0] : (!x, !x, !i) -> !x {
  ^bb0(%a: !x, %b: !x, %c: !i, %out: !x):
    %row = loop.load %c[d0] : i64
    %1 = loop.load %b[d0 * 512 + d1] : f32
    loop.store add %1, %out[i0 * 512 + d1] (%row)
  }
  fx.return((%2))
}
// CHECK-LABEL: @into_scatter
// CHECK:         loop.nest (%v, %i, %x) [d0 = 256, d1 = 512] inits [2]
// CHECK-NOT:     loop.nest

// Unless the value is the very tensor that is updated in place.
func.func @own_init(%v: !x, %i: !i) -> !x {
  %0 = loop.nest (%v) [d0 = 131072] : (!x) -> !x {
  ^bb0(%a: !x, %out: !x):
    %1 = loop.load %a[d0] : f32
    %3 = math.exp %1 : f32
    loop.store %3, %out[d0]
  }
  %2 = loop.nest (%0, %i) [d0 = 256, d1 = 512] inits [0] : (!x, !i) -> !x {
  ^bb0(%a: !x, %c: !i, %out: !x):
    %row = loop.load %c[d0] : i64
    %1 = loop.load %a[d0 * 512 + d1] : f32
    loop.store add %1, %out[i0 * 512 + d1] (%row)
  }
  fx.return((%2))
}
// CHECK-LABEL: @own_init
// CHECK:         loop.nest (%v) [d0 = 131072]
// CHECK:         loop.nest (%0, %i)

// A scan and a reduction of the same rows stay two nests.
func.func @scan(%x: !x) -> !aten.tensor<[256], f32> {
  %0 = loop.nest (%x) [d0 = 256] reduce [r0 = 512] : (!x) -> !x {
  ^bb0(%a: !x, %out: !x):
    %1 = loop.load %a[d0 * 512 + r0] : f32
    %3 = loop.scan sum %1 : f32
    loop.store %3, %out[d0 * 512 + r0]
  }
  %2 = loop.nest (%0) [d0 = 256] reduce [r0 = 512] : (!x) -> !aten.tensor<[256], f32> {
  ^bb0(%a: !x, %out: !aten.tensor<[256], f32>):
    %1 = loop.load %a[d0 * 512 + r0] : f32
    %3 = loop.reduce max %1 : f32
    loop.store %3, %out[d0]
  }
  fx.return((%2))
}
// CHECK-LABEL: @scan
// CHECK:         loop.scan
// CHECK:         loop.nest (%0)

// Bits seen through a view of another dtype must be in memory.
func.func @bits(%x: !x) -> !aten.tensor<[256, 512], i32> {
  %0 = loop.nest (%x) [d0 = 131072] : (!x) -> !x {
  ^bb0(%a: !x, %out: !x):
    %1 = loop.load %a[d0] : f32
    %3 = math.exp %1 : f32
    loop.store %3, %out[d0]
  }
  %v = loop.view %0 offset [0] : !x -> !aten.tensor<[256, 512], i32>
  %2 = loop.nest (%v) [d0 = 131072] : (!aten.tensor<[256, 512], i32>) -> !aten.tensor<[256, 512], i32> {
  ^bb0(%a: !aten.tensor<[256, 512], i32>, %out: !aten.tensor<[256, 512], i32>):
    %1 = loop.load %a[d0] : i32
    %3 = arith.addi %1, %1 : i32
    loop.store %3, %out[d0]
  }
  fx.return((%2))
}
// CHECK-LABEL: @bits
// CHECK:         loop.nest (%x)
// CHECK:         loop.view
// CHECK:         loop.nest (%v)

