"""Small models compiled for a GPU, their kernels interpreted, against eager."""

from __future__ import annotations

import models
import pytest
import torch
from functorch.compile import make_boxed_func
from gpu_interpreted import interpreted_program
from torch._dynamo.backends.common import aot_autograd


def compile_interpreted(model):
    """`model`, compiled for a GPU and interpreted, forward and backward."""

    def compiler(graph, example_inputs):
        program = interpreted_program(graph)
        return make_boxed_func(lambda *args: program(list(args)))

    torch._dynamo.reset()
    return torch.compile(model, backend=aot_autograd(fw_compiler=compiler))


@pytest.mark.parametrize("name", models.MODELS)
def test_model(name):
    model, inputs = models.build(name)
    with torch.no_grad():
        expected = models.outputs(model(**inputs))
        actual = models.outputs(compile_interpreted(model)(**inputs))
    for got, want in zip(actual, expected, strict=True):
        torch.testing.assert_close(got, want, rtol=2e-4, atol=2e-4)


def test_training_step():
    """Gradients of a model with embeddings, norms, attention and a loss."""
    model, inputs = models.build("gpt2")
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0

    def loss(fn):
        model.zero_grad()
        logits = fn(**inputs).logits
        torch.nn.functional.cross_entropy(logits.flatten(0, 1), inputs["input_ids"].flatten()).backward()
        return {key: value.grad.clone() for key, value in model.named_parameters()}

    expected = loss(model)
    for key, got in loss(compile_interpreted(model)).items():
        torch.testing.assert_close(got, expected[key], rtol=2e-3, atol=2e-5, msg=key)
