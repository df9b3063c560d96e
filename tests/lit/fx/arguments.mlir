// RUN: fx-opt %s | fx-opt | filecheck %s
// RUN: fx-opt %s --print-op-generic | fx-opt | filecheck %s

// Every kind of argument that FX records.
func.func @main(%x: !aten.tensor<[4], f32>, %s: !aten.sym<int, s0>) {
  %0 = fx.call "m.literals"(None, True, False, -3, 2.5, -0.0, 1e-12, float("inf"), float("nan"), "a \"b\"\n") : !aten.any<"x">
  // CHECK: fx.call "m.literals"(None, True, False, -3, 2.5, -0.0, 1e-12, float("inf"), float("nan"), "a \"b\"\n") : !aten.any<"x">
  %1 = fx.call "m.nested"([%x, [%s, 2]], (%x,), (), {"k": [%x], 3: None}) : !aten.any<"x">
  // CHECK: fx.call "m.nested"([%x, [%s, 2]], (%x,), (), {"k": [%x], 3: None})
  %2 = fx.call "m.torch"(torch.float32, torch.channels_last, torch.strided, device("cuda:0")) : !aten.any<"x">
  // CHECK: fx.call "m.torch"(torch.float32, torch.channels_last, torch.strided, device("cuda:0"))
  %3 = fx.call "operator.getitem"(%x, (slice(None, %s, 2), ..., None)) : !aten.tensor<[1, s0], f32>
  // CHECK: fx.call "operator.getitem"(%x, (slice(None, %s, 2), ..., None))
  %4 = fx.call "m.more"(complex(1.0, -2.0), range(0, 4, 1), Size(4, 2), namedtuple(fn("m.Pair"), %x, 1)) : !aten.any<"x">
  // CHECK: fx.call "m.more"(complex(1.0, -2.0), range(0, 4, 1), Size(4, 2), namedtuple(fn("m.Pair"), %x, 1))
  %5 = aten.call "higher_order.auto_functionalized_v2"(op("lib.f.default"), fn("operator.mul"), opaque("Generator_0"), _all_bases=[%x]) : !aten.tuple<!aten.any<"NoneType">, !aten.tensor<[4], f32>>
  // CHECK: aten.call "higher_order.auto_functionalized_v2"(op("lib.f.default"), fn("operator.mul"), opaque("Generator_0"), _all_bases=[%x]) : !aten.tuple<!aten.any<"NoneType">, !aten.tensor<[4], f32>>
  %6 = fx.getitem(%5, -1) : !aten.tensor<[4], f32>
  // CHECK: fx.getitem({{%.*}}, -1) : !aten.tensor<[4], f32>
  %7 = fx.get_attr "layer.weight"() : !aten.tensor<[4], f32>
  // CHECK: fx.get_attr "layer.weight"() : !aten.tensor<[4], f32>
  fx.return((%6, [%7, None], {"logits": %x}))
  // CHECK: fx.return(({{%.*}}, [{{%.*}}, None], {"logits": %x}))
}
