// RUN: fx-opt %s | fx-opt | filecheck %s
// RUN: fx-opt %s --print-op-generic | fx-opt | filecheck %s

func.func @k(%p: !llvm.ptr {llvm.noalias}, %n: index) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  cpu.parallel %c0 to %n grain %c16 multiple_of 16 {
  ^bb0(%b: index, %e: index):
    %m = vector.create_mask %e : vector<16xi1>
    %v = cpu.load %p[%b] : vector<16xf32>
    %w = cpu.load %p[%b] mask %m : vector<16xf32>
    %u = cpu.load %p[%b] mask %m else %v : vector<16xf32>
    %s = cpu.step : vector<16xindex>
    %g = cpu.gather %p[%s] : vector<16xindex>, vector<16xf32>
    %h = cpu.gather %p[%s] mask %m else %v : vector<16xindex>, vector<16xf32>
    %l = cpu.math lgamma(%v) : vector<16xf32>
    %f = cpu.math fmod(%v, %l) : vector<16xf32>
    cpu.check %m, 3 : vector<16xi1>
    cpu.store %w, %p[%b] : vector<16xf32>
    cpu.store %w, %p[%b] mask %m : vector<16xf32>
    cpu.store %w, %p[%b] nontemporal : vector<16xf32>
    cpu.scatter %w, %p[%s] mask %m : vector<16xindex>, vector<16xf32>
    cpu.atomic_rmw add %w, %p[%s] mask %m : vector<16xindex>, vector<16xf32>
    %i = cpu.load %p[%b] : i32
    cpu.atomic_rmw max unsigned %i, %p[%b] : i32
    %a = cpu.alloca 3 x f32
  }
  cpu.parallel %c0 to %n grain %c16 {
  ^bb0(%b: index, %e: index):
    cpu.yield
  }
  func.return
}
// CHECK:      cpu.parallel %c0 to %n grain %c16 multiple_of 16 {
// CHECK-NEXT: ^bb0(%b: index, %e: index):
// CHECK-NEXT:   %m = vector.create_mask %e : vector<16xi1>
// CHECK-NEXT:   %v = cpu.load %p[%b] : vector<16xf32>
// CHECK-NEXT:   %w = cpu.load %p[%b] mask %m : vector<16xf32>
// CHECK-NEXT:   %u = cpu.load %p[%b] mask %m else %v : vector<16xf32>
// CHECK-NEXT:   %s = cpu.step : vector<16xindex>
// CHECK-NEXT:   %g = cpu.gather %p[%s] : vector<16xindex>, vector<16xf32>
// CHECK-NEXT:   %h = cpu.gather %p[%s] mask %m else %v : vector<16xindex>, vector<16xf32>
// CHECK-NEXT:   %l = cpu.math lgamma(%v) : vector<16xf32>
// CHECK-NEXT:   %f = cpu.math fmod(%v, %l) : vector<16xf32>
// CHECK-NEXT:   cpu.check %m, 3 : vector<16xi1>
// CHECK-NEXT:   cpu.store %w, %p[%b] : vector<16xf32>
// CHECK-NEXT:   cpu.store %w, %p[%b] mask %m : vector<16xf32>
// CHECK-NEXT:   cpu.store %w, %p[%b] nontemporal : vector<16xf32>
// CHECK-NEXT:   cpu.scatter %w, %p[%s] mask %m : vector<16xindex>, vector<16xf32>
// CHECK-NEXT:   cpu.atomic_rmw add %w, %p[%s] mask %m : vector<16xindex>, vector<16xf32>
// CHECK-NEXT:   %i = cpu.load %p[%b] : i32
// CHECK-NEXT:   cpu.atomic_rmw max unsigned %i, %p[%b] : i32
// CHECK-NEXT:   %a = cpu.alloca 3 x f32
// CHECK-NEXT: }
// CHECK-NEXT: cpu.parallel %c0 to %n grain %c16 {
// CHECK-NEXT: ^bb{{.*}}(%b_1: index, %e_1: index):
// CHECK-NEXT: }
