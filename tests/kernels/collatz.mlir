// steps[p] = Collatz steps of start[p], times the erf of it: scf.while, scf.if, scalar loads, a device function, libdevice.
module {
  tt.func public @collatz(%start: !tt.ptr<i32>, %steps: !tt.ptr<f32>) attributes {noinline = false} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %pid = tt.get_program_id x : i32
    %p = tt.addptr %start, %pid : !tt.ptr<i32>, i32
    %s = tt.load %p : !tt.ptr<i32>
    %last, %count = scf.while (%v = %s, %n = %c0) : (i32, i32) -> (i32, i32) {
      %more = arith.cmpi sgt, %v, %c1 : i32
      scf.condition(%more) %v, %n : i32, i32
    } do {
    ^bb0(%v: i32, %n: i32):
      %bit = arith.andi %v, %c1 : i32
      %odd = arith.cmpi eq, %bit, %c1 : i32
      %next = scf.if %odd -> (i32) {
        %t = tt.call @triple(%v) : (i32) -> i32
        scf.yield %t : i32
      } else {
        %h = arith.shrsi %v, %c1 : i32
        scf.yield %h : i32
      }
      %n1 = arith.addi %n, %c1 : i32
      scf.yield %next, %n1 : i32, i32
    }
    %f = arith.sitofp %count : i32 to f32
    %sf = arith.sitofp %s : i32 to f32
    %e = tt.extern_elementwise %sf {libname = "", libpath = "", pure = true, symbol = "__nv_erff"} : (f32) -> f32
    %r = arith.mulf %f, %e : f32
    %q = tt.addptr %steps, %pid : !tt.ptr<f32>, i32
    tt.store %q, %r : !tt.ptr<f32>
    tt.return
  }
  tt.func private @triple(%v: i32) -> i32 attributes {noinline = false} {
    %c3 = arith.constant 3 : i32
    %c1 = arith.constant 1 : i32
    %t = arith.muli %v, %c3 : i32
    %u = arith.addi %t, %c1 : i32
    tt.return %u : i32
  }
}
