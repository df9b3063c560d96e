"""Small configurations of the six models that the project is measured on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

MODELS = ("bert", "gpt2", "llama", "vit", "resnet50", "convnext")


def build(name: str) -> tuple[torch.nn.Module, dict[str, torch.Tensor]]:
    """A two-layer model of the family, in evaluation mode, and an input."""
    import transformers as t

    torch.manual_seed(0)
    small = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128}
    image = {"image_size": 32, "patch_size": 8}
    builders: dict[str, Callable[[], Any]] = {
        "bert": lambda: t.BertModel(t.BertConfig(vocab_size=200, **small)),
        "gpt2": lambda: t.GPT2LMHeadModel(
            t.GPT2Config(vocab_size=200, n_embd=64, n_layer=2, n_head=4, use_cache=False)
        ),
        "llama": lambda: t.LlamaForCausalLM(
            t.LlamaConfig(vocab_size=200, num_key_value_heads=2, use_cache=False, **small)
        ),
        "vit": lambda: t.ViTModel(t.ViTConfig(**small, **image)),
        "resnet50": lambda: t.ResNetForImageClassification(
            t.ResNetConfig(embedding_size=16, hidden_sizes=[32, 64], depths=[1, 2], num_labels=10)
        ),
        "convnext": lambda: t.ConvNextForImageClassification(
            t.ConvNextConfig(hidden_sizes=[16, 32], depths=[1, 2], num_stages=2, num_labels=10)
        ),
    }
    model = builders[name]().eval()
    if name in ("vit", "resnet50", "convnext"):
        return model, {"pixel_values": torch.randn(2, 3, 32, 32)}
    return model, {"input_ids": torch.randint(0, 200, (2, 17))}


def outputs(result: Any) -> list[torch.Tensor]:
    """The tensors of a model's output."""
    return [value for value in result.values() if isinstance(value, torch.Tensor)]
