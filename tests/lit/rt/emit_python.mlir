// RUN: fx-opt %s -t python | filecheck %s

rt.func @main(%x: !aten.tensor<[s0, 4], f32>, %n: !aten.sym<int, s1>) {
  %b = rt.alloc : !aten.tensor<[s0, 4], f32>
  rt.launch @k0(%x, %b) sizes [s0 * 4] outputs 1 : !aten.tensor<[s0, 4], f32>, !aten.tensor<[s0, 4], f32>
  %c = rt.extern "aten.mm.default"(%b, %b, torch.float32, device("cpu"), [1, %n], float("inf")) : !aten.tensor<[s0, 4], f32>
  %v = rt.view %c offset [4] : !aten.tensor<[s0, 4], f32> -> !aten.tensor<[s0 * 2, 2], f32>
  rt.free %b : !aten.tensor<[s0, 4], f32>
  %m = fx.call "operator.mul"(%n, 2) : !aten.sym<int, s1 * 2>
  rt.return((%v, None, %m))
}
// CHECK:      mm = extern('aten.mm.default')
// CHECK-NEXT: device_cpu = torch.device('cpu')
// CHECK:      def main(args):
// CHECK-NEXT:     arg0, arg1 = args
// CHECK-NEXT:     args.clear()
// CHECK-NEXT:     s0 = arg0.size(0)
// CHECK-NEXT:     s1 = arg1
// CHECK-NEXT:     buf0 = empty_cpu((s0, 4), (4, 1), torch.float32)
// CHECK-NEXT:     k0(arg0.data_ptr(), buf0.data_ptr(), s0 * 4)
// CHECK-NEXT:     buf1 = mm(buf0, buf0, torch.float32, device_cpu, [1, arg1], float('inf'))
// CHECK-NEXT:     buf1 = conform(buf1, (s0, 4), (4, 1))
// CHECK-NEXT:     buf2 = reinterpret(buf1, (s0 * 2, 2), (2, 1), 4)
// CHECK-NEXT:     del buf0
// CHECK-NEXT:     return (buf2, None, s1 * 2)
