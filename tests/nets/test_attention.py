"""Attention against torch's own module, the slow twin, and what attention must not do."""

import pytest
import torch
from torch import nn

from hands import nets
from hands.nets.attention import SHORT
from tests.nets import twin

D, HEADS = 12, 3


def randn(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def close(found, expected, atol=1e-12):
    torch.testing.assert_close(found, expected, rtol=0, atol=atol)


@pytest.fixture
def attention():
    attention = nets.SelfAttention(D, HEADS).double()
    for seed, parameter in enumerate(attention.parameters()):
        parameter.data = randn(*parameter.shape, seed=seed)
    return attention


@pytest.fixture
def cross():
    cross = nets.CrossAttention(D, HEADS).double()
    for seed, parameter in enumerate(cross.parameters()):
        parameter.data = randn(*parameter.shape, seed=seed)
    return cross


def torchs_own(weights, biases, proj):
    theirs = nn.MultiheadAttention(D, HEADS, batch_first=True, dtype=torch.float64)
    theirs.in_proj_weight.data = torch.cat(weights)
    theirs.in_proj_bias.data = torch.cat(biases)
    theirs.out_proj.load_state_dict(proj.state_dict())
    return theirs


def test_self_attention_is_torchs(attention):
    theirs = torchs_own([attention.qkv.weight], [attention.qkv.bias], attention.proj)
    x = randn(4, 7, D)
    expected, weights = theirs(x, x, x, average_attn_weights=False)
    close(attention(x), expected)
    close(attention.maps(x), weights)


def test_cross_attention_is_torchs(cross):
    theirs = torchs_own([cross.q.weight, cross.kv.weight], [cross.q.bias, cross.kv.bias], cross.proj)
    query, context = randn(4, 5, D), randn(4, 7, D, seed=1)
    expected, weights = theirs(query, context, context, average_attn_weights=False)
    close(cross(query, context), expected)
    close(cross.maps(query, context), weights)


def test_attention_is_the_twins_and_so_are_its_gradients(attention):
    x = randn(2, 6, D).requires_grad_()
    state = {f"a.{name}": value for name, value in attention.named_parameters()}
    wanted = [x, *attention.parameters()]
    expected = torch.autograd.grad(twin.attend(state, "a", x, HEADS).sin().sum(), wanted)
    for found, its in zip(torch.autograd.grad(attention(x).sin().sum(), wanted), expected, strict=True):
        close(found, its, 1e-10)


@pytest.mark.parametrize("axis", [-2, -3, -4])
def test_along_an_axis_is_transposed_there_and_back(attention, axis):
    x = randn(2, 3, 4, 5, D)
    close(attention(x, axis), attention(x.transpose(axis, -2)).transpose(axis, -2))
    close(attention.maps(x, axis), attention.maps(x.movedim(axis, -2)))


@pytest.mark.parametrize("keys", [1, 15, 16, 17, SHORT, SHORT + 1])
def test_written_out_and_fused_attention_are_one(attention, keys):
    """Torch's module once more: on either side of the switch, and of the width that softmax likes."""
    theirs = torchs_own([attention.qkv.weight], [attention.qkv.bias], attention.proj)
    x = randn(2, keys, D)
    close(attention(x), theirs(x, x, x)[0])


@pytest.mark.parametrize("batch", [(), (1,), (2, 3), (0, 4)])
def test_any_batch_shape(attention, cross, batch):
    x, context = randn(*batch, 6, D), randn(*batch, 2, D)
    assert attention(x).shape == x.shape
    assert cross(x, context).shape == x.shape
    assert cross.maps(x, context).shape == (*batch, HEADS, 6, 2)


def test_maps_are_means(attention, cross):
    for maps in (attention.maps(randn(2, 6, D)), cross.maps(randn(2, 6, D), randn(2, 4, D, seed=1))):
        assert (maps >= 0).all()
        close(maps.sum(-1), torch.ones(2, HEADS, 6).double())


def test_the_order_of_the_context_does_not_matter(cross):
    query, context = randn(2, 6, D), randn(2, 4, D, seed=1)
    close(cross(query, context[:, [2, 0, 3, 1]]), cross(query, context))


def test_two_attentions_can_share_their_queries(cross):
    other = nets.CrossAttention(D, HEADS).double()
    other.q = cross.q
    both = nn.ModuleList([cross, other])
    assert nets.count(both) == 2 * nets.count(cross) - nets.count(cross.q)


def test_start(attention):
    torch.manual_seed(0)
    fresh = nets.SelfAttention(512, 8)
    assert fresh.qkv.weight.std().item() == pytest.approx(0.02, rel=0.02)
    assert not fresh.qkv.bias.any()
    assert not fresh.proj.bias.any()


@pytest.mark.parametrize("kind", [nets.SelfAttention, nets.CrossAttention])
@pytest.mark.parametrize("heads", [5, 0])
def test_heads_must_divide_the_channels(kind, heads):
    with pytest.raises(ValueError, match=f"{heads} heads cannot share 12 channels"):
        kind(12, heads)
