"""The models and kernels that are timed. Random weights; configurations are the published ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

MODELS = ("bert", "gpt2", "llama", "vit", "resnet50", "convnext")
KERNELS = ("softmax", "layernorm", "gelu_chain", "sin_sum", "row_sum", "column_sum", "rms_norm", "transpose_add")


@dataclass(frozen=True)
class Workload:
    """Something to call: `function(**inputs)`."""

    name: str
    function: Callable[..., Any]
    inputs: dict[str, torch.Tensor]

    def __call__(self) -> Any:
        return self.function(**self.inputs)

    def compiled(self, backend: str, **options: Any) -> Workload:
        """The same under `torch.compile`; `eager` is the function itself."""
        if backend == "eager":
            return self
        return Workload(self.name, torch.compile(self.function, backend=backend, **options), self.inputs)


def make(name: str, device: str = "cpu", dtype: torch.dtype = torch.float32, batch: int = 1) -> Workload:
    """A workload by name on a device; floating inputs and weights in `dtype`."""
    torch.manual_seed(0)
    if name in MODELS:
        return _model(name, device, dtype, batch)
    return _kernel(name, device, dtype)


def _model(name: str, device: str, dtype: torch.dtype, batch: int) -> Workload:
    import transformers as t

    images = name in ("vit", "resnet50", "convnext")
    builders: dict[str, Callable[[], torch.nn.Module]] = {
        "bert": lambda: t.BertModel(t.BertConfig()),
        "gpt2": lambda: t.GPT2LMHeadModel(t.GPT2Config(use_cache=False)),
        "llama": lambda: t.LlamaForCausalLM(
            t.LlamaConfig(
                hidden_size=1024,
                intermediate_size=2816,
                num_hidden_layers=8,
                num_attention_heads=16,
                num_key_value_heads=4,
                vocab_size=32000,
                use_cache=False,
            )
        ),
        "vit": lambda: t.ViTModel(t.ViTConfig()),
        "resnet50": lambda: t.ResNetForImageClassification(t.ResNetConfig()),
        "convnext": lambda: t.ConvNextForImageClassification(t.ConvNextConfig()),
    }
    model = builders[name]().eval().to(device=device, dtype=dtype)
    if images:
        inputs = {"pixel_values": torch.randn(batch, 3, 224, 224, device=device, dtype=dtype)}
    else:
        inputs = {"input_ids": torch.randint(0, 1000, (batch, 128), device=device)}
    return Workload(name, model, inputs)


def _kernel(name: str, device: str, dtype: torch.dtype) -> Workload:
    rows, columns = (4096, 1024) if device == "cpu" else (16384, 4096)
    x = torch.randn(rows, columns, device=device, dtype=dtype)
    y = torch.randn(rows, columns, device=device, dtype=dtype)
    weight = torch.randn(columns, device=device, dtype=dtype)
    functional = torch.nn.functional
    functions: dict[str, tuple[Callable[..., Any], dict[str, torch.Tensor]]] = {
        "softmax": (lambda x: torch.softmax(x, -1), {"x": x}),
        "layernorm": (lambda x, w: functional.layer_norm(x, (columns,), w, w), {"x": x, "w": weight}),
        "gelu_chain": (
            lambda x, y: functional.gelu(x * y + 1) * torch.sigmoid(y) - torch.tanh(x),
            {"x": x, "y": y},
        ),
        "sin_sum": (lambda x: x.sin().sum(), {"x": x}),
        "row_sum": (lambda x: x.sum(1), {"x": x}),
        "column_sum": (lambda x: x.sum(0), {"x": x}),
        "rms_norm": (
            lambda x, y, w: (x + y) * torch.rsqrt((x + y).pow(2).mean(-1, keepdim=True) + 1e-6) * w,
            {"x": x, "y": y, "w": weight},
        ),
        "transpose_add": (lambda x, y: x + y.t(), {"x": x, "y": y.reshape(columns, rows)}),
    }
    function, inputs = functions[name]
    return Workload(name, function, inputs)
