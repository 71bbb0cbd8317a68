"""The transformer against torch's own encoder, with the same weights."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from hands.nets.dstformer import EPS
from hands.nets.transformer import Transformer

DIM, DEPTH, HEADS, RATIO = 12, 2, 3, 2


@pytest.fixture(scope="module")
def net() -> Transformer:
    torch.manual_seed(0)
    return Transformer(DIM, DEPTH, HEADS, RATIO).double()


@pytest.fixture(scope="module")
def tokens() -> torch.Tensor:
    return torch.randn(4, 7, DIM, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def test_it_is_torchs_encoder_with_the_same_weights(net: Transformer, tokens: torch.Tensor) -> None:
    x = tokens
    for layer in net.layers:
        twin = nn.TransformerEncoderLayer(
            DIM, HEADS, RATIO * DIM, 0.0, "gelu", EPS, batch_first=True, norm_first=True, dtype=torch.float64
        )
        names = {
            "self_attn.in_proj_weight": "attn.qkv.weight", "self_attn.in_proj_bias": "attn.qkv.bias",
            "self_attn.out_proj.weight": "attn.proj.weight", "self_attn.out_proj.bias": "attn.proj.bias",
            "linear1.weight": "mlp.fc1.weight", "linear1.bias": "mlp.fc1.bias", "linear2.weight": "mlp.fc2.weight",
            "linear2.bias": "mlp.fc2.bias", "norm1.weight": "norm1.weight", "norm1.bias": "norm1.bias",
            "norm2.weight": "norm2.weight", "norm2.bias": "norm2.bias",
        }  # fmt: skip
        own = layer.state_dict()
        twin.load_state_dict({name: own[other] for name, other in names.items()})
        x = twin(x)
    expected = nn.functional.layer_norm(x, (DIM,), eps=EPS)
    torch.testing.assert_close(net(tokens), expected, rtol=0, atol=1e-12)


def test_tokens_have_no_order_of_their_own(net: Transformer, tokens: torch.Tensor) -> None:
    order = torch.randperm(7, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(net(tokens[:, order]), net(tokens)[:, order], rtol=0, atol=1e-12)


def test_maps_are_the_weights_of_each_layer(net: Transformer, tokens: torch.Tensor) -> None:
    maps = net.maps(tokens)
    assert maps.shape == (4, DEPTH, HEADS, 7, 7)
    torch.testing.assert_close(maps.sum(-1), torch.ones(4, DEPTH, HEADS, 7, dtype=torch.float64))
    x = tokens
    for k, layer in enumerate(net.layers):
        normed = nn.functional.layer_norm(x, (DIM,), layer.norm1.weight, layer.norm1.bias, EPS)
        qkv = layer.attn.qkv(normed).unflatten(-1, (3, HEADS, DIM // HEADS))
        scores = torch.einsum("bqhc,bkhc->bhqk", qkv[:, :, 0], qkv[:, :, 1]) / (DIM // HEADS) ** 0.5
        torch.testing.assert_close(maps[:, k], scores.softmax(-1), rtol=0, atol=1e-12)
        x = layer(x[:, None])[:, 0]
