// RUN: fx-opt %s | fx-opt | filecheck %s

// Operators that are not declared, custom ones included, parse without torch.
func.func @main(%x: !aten.tensor<[u0, 4], bf16, strides=[8, 1], device="cuda:0">) {
  %0 = aten.call "mylib.foo.default"(%x, [1, 2], mode="fast") : !aten.tensor<[u0, 4], bf16, device="cuda:0">
  %1 = aten.call "aten._foreach_add.Scalar"([%x, %0], 1) : !aten.tuple<!aten.tensor<[u0, 4], bf16, device="cuda:0">, !aten.tensor<[u0, 4], bf16, device="cuda:0">>
  fx.return((%0, %1))
}
// CHECK: aten.call "mylib.foo.default"(%x, [1, 2], mode="fast") : !aten.tensor<[u0, 4], bf16, device="cuda:0">
// CHECK: aten.call "aten._foreach_add.Scalar"([%x, {{%.*}}], 1)
