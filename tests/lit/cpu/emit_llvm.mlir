// RUN: fx-opt %s -t 'llvm{isa=avx512}' | filecheck %s
// RUN: fx-opt %s -t 'llvm{isa=portable}' | filecheck %s --check-prefix=PORTABLE

// One function a kernel, one a chunk, one a thread; bf16 in i16 registers; exp inlined.
func.func @scale(%x: !llvm.ptr, %y: !llvm.ptr {llvm.noalias}, %n: index) {
  %c0 = arith.constant 0 : index
  %g = arith.constant 4096 : index
  %c16 = arith.constant 16 : index
  cpu.parallel %c0 to %n grain %g multiple_of 16 {
  ^bb0(%b: index, %e: index):
    scf.for %i = %b to %e step %c16 {
      %rem = arith.subi %e, %i : index
      %m = vector.create_mask %rem : vector<16xi1>
      %v = cpu.load %x[%i] mask %m : vector<16xbf16>
      %f = arith.extf %v : vector<16xbf16> to vector<16xf32>
      %h = math.exp %f : vector<16xf32>
      %ok = arith.cmpf oge, %h, %f : vector<16xf32>
      cpu.check %ok, 3 : vector<16xi1>
      cpu.store %h, %y[%i] mask %m : vector<16xf32>
    }
  }
  func.return
}
// CHECK:       target triple = "x86_64-unknown-linux-gnu"
// CHECK:       @fxopt_max_threads = external global i32
// CHECK:       define internal <16 x float> @fxopt.exp.v16f32(<16 x float> %x0) alwaysinline #0 {
// CHECK:         call <16 x float> @llvm.ldexp.v16f32.v16i32
// CHECK:       define internal void @scale.chunk1(i64 %begin, i64 %end, ptr %c0, ptr noalias %c1, ptr noalias %status) noinline #0 {
// CHECK:         %[[IV:.*]] = phi i64 [ %begin, %entry ], [ %[[NEXT:.*]], %check.ok2 ]
// CHECK-NEXT:    %[[C:.*]] = icmp slt i64 %[[IV]], %end
// CHECK-NEXT:    br i1 %[[C]], label %for.body1, label %for.end1
// CHECK:         %[[M:.*]] = icmp slt <16 x i32> <i32 0, i32 1
// CHECK-NEXT:    %[[P:.*]] = getelementptr i16, ptr %c0, i64 %[[IV]]
// CHECK-NEXT:    %[[V:.*]] = call <16 x i16> @llvm.masked.load.v16i16.p0(ptr %[[P]], i32 2, <16 x i1> %[[M]], <16 x i16> zeroinitializer)
// CHECK-NEXT:    zext <16 x i16> %[[V]] to <16 x i32>
// CHECK:         call <16 x float> @fxopt.exp.v16f32
// CHECK:         call i1 @llvm.vector.reduce.and.v16i1
// CHECK-NEXT:    br i1 {{.*}}, label %check.ok2, label %check.fail2, !prof !1
// CHECK:         call void @llvm.masked.store.v16f32.p0
// CHECK-NEXT:    %[[NEXT]] = add nsw i64 %[[IV]], 16
// CHECK:       check.fail2:
// CHECK-NEXT:    store atomic i32 3, ptr %status monotonic, align 4
// CHECK-NEXT:    ret void
// CHECK:       define internal void @scale.thread1(ptr %frame) #0 {
// CHECK:         call i32 @omp_get_thread_num()
// CHECK:         call void @scale.chunk1(
// CHECK:       define i32 @scale(ptr %a0, ptr noalias %a1, i64 %a2) #0 {
// CHECK:         call i32 @fxopt.num_threads(
// CHECK:         call void @GOMP_parallel(ptr @scale.thread1,
// CHECK:         load atomic i32
// CHECK:         ret i32 0
// CHECK:       attributes #0 = { nounwind "target-cpu"="x86-64-v4" }

// PORTABLE-NOT: llvm.fma
// PORTABLE:     attributes #0 = { nounwind "target-cpu"="x86-64-v2" }
