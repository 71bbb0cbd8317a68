r"""Attention: each token asks all tokens and receives the mean of their values, weighted by how well they answer.

$$
\mathrm{attention}(Q, K, V) = \mathrm{softmax}\!\left(\frac{Q K^\top}{\sqrt{d}}\right) V
$$

A head has queries, keys and values of $d$ channels, its own part of the linear maps of the tokens; the results of all
heads lie side by side and go through one more linear map. In self-attention queries, keys and values are of the same
tokens, in cross-attention the queries are of some tokens and keys and values of others.

Tokens of a moving hand have two axes, time and joints, and attention runs along one of them. Which one is an argument,
`axis`, and not a transposition before and after: along either, the tokens are viewed as (batch, beside and heads,
tokens, channels) and only the kernel copies what it must.

Source: Vaswani et al. 2017. Explained in the book: *A transformer for hands in time*.
"""

from __future__ import annotations

import math
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from hands.nets.parameters import initialise

SHORT: Final = 64
"""Up to so many keys a processor is quicker with attention written out than with torch's fused kernel, and the weights
take little memory."""
LANES: Final = 16
"""Rows of a softmax are filled up to a multiple of this: those of 15 joints would take ten times as long otherwise."""


class SelfAttention(nn.Module):
    """Multi-head attention of tokens to each other.

    Args:
        dim: channels of a token.
        num_heads: heads, each of dim / num_heads channels.

    Raises:
        ValueError: the heads do not divide the channels.

    Example:
        >>> attention = SelfAttention(dim=8, num_heads=2)
        >>> moving_hand = torch.zeros(1, 32, 15, 8)  # batch, time, joints, channels
        >>> attention(moving_hand).shape, attention.maps(moving_hand).shape
        (torch.Size([1, 32, 15, 8]), torch.Size([1, 32, 2, 15, 15]))
        >>> attention.maps(moving_hand, axis=-3).shape  # along time
        torch.Size([1, 15, 2, 32, 32])
    """

    def __init__(self, dim: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = _divided(dim, num_heads)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        initialise(self)

    def forward(self, tokens: Float[Tensor, "*batch tokens dim"], axis: int = -2) -> Float[Tensor, "*batch tokens dim"]:
        """Tokens that have looked at the others along `axis` (-2: the last before the channels)."""
        query, key, value = (_heads(part, self.num_heads, axis) for part in self.qkv(tokens).chunk(3, -1))
        mixed = _attend(query, key, value)
        return self.proj(mixed.transpose(1, 2).reshape(tokens.shape))

    def maps(self, tokens: Float[Tensor, "*batch tokens dim"], axis: int = -2) -> Float[Tensor, "*beside heads q k"]:
        """The weights that `forward` takes means with, written out for figures; each row sums to 1."""
        query, key, _ = (_heads(part, self.num_heads, axis) for part in self.qkv(tokens).chunk(3, -1))
        weights = _weights(query, key).unflatten(1, (-1, self.num_heads))
        beside = tokens.shape[:axis] + tokens.shape[axis + 1 : -1]
        return weights.reshape(*beside, *weights.shape[2:])


class CrossAttention(nn.Module):
    """Multi-head attention of some tokens, which ask, to others, which answer.

    The map of the queries is a layer of its own, `q`, so that two attentions may share it (`second.q = first.q`).

    Args:
        dim: channels of a token, on both sides.
        num_heads: heads, each of dim / num_heads channels.

    Raises:
        ValueError: the heads do not divide the channels.

    Example:
        >>> attention = CrossAttention(dim=8, num_heads=2)
        >>> joints, sensors = torch.zeros(1, 32, 15, 8), torch.zeros(1, 32, 7, 8)
        >>> attention(joints, sensors).shape, attention.maps(joints, sensors).shape
        (torch.Size([1, 32, 15, 8]), torch.Size([1, 32, 2, 15, 7]))
    """

    def __init__(self, dim: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = _divided(dim, num_heads)
        self.q = nn.Linear(dim, dim)
        self.kv = nn.Linear(dim, 2 * dim)
        self.proj = nn.Linear(dim, dim)
        initialise(self)

    def forward(
        self, query: Float[Tensor, "*batch q dim"], context: Float[Tensor, "*batch k dim"]
    ) -> Float[Tensor, "*batch q dim"]:
        """For each query, what it gathered from the context."""
        key, value = (_heads(part, self.num_heads) for part in self.kv(context).chunk(2, -1))
        mixed = _attend(_heads(self.q(query), self.num_heads), key, value)
        return self.proj(mixed.transpose(1, 2).reshape(query.shape))

    def maps(
        self, query: Float[Tensor, "*batch q dim"], context: Float[Tensor, "*batch k dim"]
    ) -> Float[Tensor, "*batch heads q k"]:
        """The weights that `forward` takes means with, written out for figures; each row sums to 1."""
        key = _heads(self.kv(context).chunk(2, -1)[0], self.num_heads)
        weights = _weights(_heads(self.q(query), self.num_heads), key)
        return weights.reshape(*query.shape[:-2], *weights.shape[1:])


def _divided(dim: int, num_heads: int) -> int:
    """The number of heads, if it divides the channels."""
    if num_heads < 1 or dim % num_heads:
        raise ValueError(f"{num_heads} heads cannot share {dim} channels: choose a number of heads that divides them")
    return num_heads


def _heads(
    tokens: Float[Tensor, "*batch tokens dim"], num_heads: int, axis: int = -2
) -> Float[Tensor, "batch beside_and_heads along channels"]:
    """Tokens as the kernel takes them: what lies beside `axis` counts as further heads."""
    channels = tokens.shape[-1] // num_heads
    beside = math.prod(tokens.shape[axis + 1 :]) // channels
    return tokens.reshape(math.prod(tokens.shape[:axis]), tokens.shape[axis], beside, channels).transpose(1, 2)


def _attend(
    query: Float[Tensor, "b h q channels"], key: Float[Tensor, "b h k channels"], value: Float[Tensor, "b h k channels"]
) -> Float[Tensor, "b h q channels"]:
    """softmax(Q Kᵀ / √d) V, in whichever of two ways is the quicker here."""
    if query.device.type == "cpu" and key.shape[-2] <= SHORT:
        return _weights(query, key) @ value
    return functional.scaled_dot_product_attention(query, key, value)


def _weights(query: Float[Tensor, "b h q channels"], key: Float[Tensor, "b h k channels"]) -> Float[Tensor, "b h q k"]:
    """softmax(Q Kᵀ / √d)."""
    keys, channels = key.shape[-2:]
    scores = query * channels**-0.5 @ key.mT
    return functional.pad(scores, (0, -keys % LANES), value=-torch.inf).softmax(-1)[..., :keys]
