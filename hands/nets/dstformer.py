r"""DSTFormer, the dual-stream spatio-temporal transformer: one token per joint and frame, two orders of looking.

A token looks at the other joints of its frame (S, spatial) and at the same joint in other frames (T, temporal). Each
level does both in both orders, with separate weights, and takes for every token its own mean of the two:

$$
\begin{aligned}
x &\leftarrow x + \mathrm{attention}(\mathrm{norm}(x)), \quad x \leftarrow x + \mathrm{mlp}(\mathrm{norm}(x))
  && \text{a layer, along joints (S) or along time (T)} \\
x_{ST} &= T(S(x)), \qquad x_{TS} = T'(S'(x)) \text{ with } T' \text{ first} && \text{the two streams of a level} \\
\alpha &= \mathrm{softmax}\big(W [x_{ST}; x_{TS}] + b\big), \qquad x = \alpha_0 x_{ST} + \alpha_1 x_{TS}
  && \text{per token}
\end{aligned}
$$

Looking along one axis at a time costs $T J (T + J)$ pairs of tokens and not $(T J)^2$.

Source: MotionBERT (Zhu et al. 2023). Explained in the book: *A transformer for hands in time*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hands.nets.attention import SelfAttention
from hands.nets.parameters import INITIAL_SD, initialise

TIME: Final = -3
JOINTS: Final = -2
"""Axes of tokens (batch, time, joints, channels)."""

EPS: Final = 1e-6
"""Added to the variance by every LayerNorm."""


class Mlp(nn.Module):
    """Two linear layers with a GELU between, for each token alone."""

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.act = nn.GELU()
        self.fc2 = nn.Linear(hidden, dim)
        initialise(self)

    def forward(self, tokens: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch dim"]:
        """Tokens of the same shape."""
        return self.fc2(self.act(self.fc1(tokens)))


class Layer(nn.Module):
    """Attention along one axis and an MLP, each after a norm and beside a residual."""

    def __init__(self, dim: int, num_heads: int, mlp_ratio: float | int, axis: int) -> None:
        super().__init__()
        self.axis = axis
        self.norm1 = nn.LayerNorm(dim, eps=EPS)
        self.attn = SelfAttention(dim, num_heads)
        self.norm2 = nn.LayerNorm(dim, eps=EPS)
        self.mlp = Mlp(dim, int(dim * mlp_ratio))

    def forward(self, x: Float[Tensor, "B T J D"]) -> Float[Tensor, "B T J D"]:
        """Tokens that have looked along the axis."""
        x = x + self.attn(self.norm1(x), self.axis)
        return x + self.mlp(self.norm2(x))

    def maps(self, x: Float[Tensor, "B T J D"]) -> Float[Tensor, "B beside heads q k"]:
        """The weights of the attention."""
        return self.attn.maps(self.norm1(x), self.axis)


class Block(nn.Module):
    """One stream of a level: both layers, one after the other."""

    def __init__(self, dim: int, num_heads: int, mlp_ratio: float | int, first: int) -> None:
        super().__init__()
        self.spatial = Layer(dim, num_heads, mlp_ratio, JOINTS)
        self.temporal = Layer(dim, num_heads, mlp_ratio, TIME)
        self.first = first

    @property
    def order(self) -> tuple[Layer, Layer]:
        """The layers as they follow each other."""
        return (self.spatial, self.temporal) if self.first == JOINTS else (self.temporal, self.spatial)

    def forward(self, x: Float[Tensor, "B T J D"]) -> Float[Tensor, "B T J D"]:
        """Tokens that have looked along both axes."""
        first, second = self.order
        return second(first(x))


@dataclass(frozen=True, eq=False)
class Maps:
    """What one level attends to: row q of a map is who token q looks at, and sums to 1."""

    st_spatial: Float[Tensor, "B T heads J J"]
    st_temporal: Float[Tensor, "B J heads T T"]
    ts_temporal: Float[Tensor, "B J heads T T"]
    ts_spatial: Float[Tensor, "B T heads J J"]
    fusion: Float[Tensor, "B T J 2"]
    """Share of each token that comes from the stream ST, and from TS."""


class Level(nn.Module):
    """Both streams from the same tokens, and their fusion, which starts as the plain mean."""

    def __init__(self, dim: int, num_heads: int, mlp_ratio: float | int) -> None:
        super().__init__()
        self.st = Block(dim, num_heads, mlp_ratio, first=JOINTS)
        self.ts = Block(dim, num_heads, mlp_ratio, first=TIME)
        self.fuse = nn.Linear(2 * dim, 2)
        nn.init.zeros_(self.fuse.weight)
        nn.init.constant_(self.fuse.bias, 0.5)

    def forward(self, x: Float[Tensor, "B T J D"]) -> Float[Tensor, "B T J D"]:
        """The fused streams."""
        st, ts = self.st(x), self.ts(x)
        shares = self.shares(st, ts)
        return shares[..., :1] * st + shares[..., 1:] * ts

    def shares(self, st: Float[Tensor, "B T J D"], ts: Float[Tensor, "B T J D"]) -> Float[Tensor, "B T J 2"]:
        """How much of each token comes from which stream."""
        return torch.softmax(self.fuse(torch.cat([st, ts], -1)), -1)

    def maps(self, x: Float[Tensor, "B T J D"]) -> Maps:
        """The weights of the four attentions and of the fusion."""
        return Maps(
            st_spatial=self.st.spatial.maps(x),
            st_temporal=self.st.temporal.maps(self.st.spatial(x)),
            ts_temporal=self.ts.temporal.maps(x),
            ts_spatial=self.ts.spatial.maps(self.ts.temporal(x)),
            fusion=self.shares(self.st(x), self.ts(x)),
        )


class DSTFormer(nn.Module):
    """Tokens of a moving hand that know of each other.

    Args:
        dim_in: channels of the input tokens.
        dim: channels inside, and of the result if there is no `dim_rep`.
        depth: levels, each of four attentions and four MLPs.
        num_heads: heads of every attention.
        mlp_ratio: width of the MLPs, in dim.
        num_joints: tokens of a frame, joints or sensors.
        max_len: the most frames it can be given.
        dim_rep: channels of the result, which then goes through a linear map and a tanh, as in MotionBERT.

    Raises:
        ValueError: the heads do not divide the channels.

    Example:
        >>> net = DSTFormer(dim_in=6, dim=64, depth=2, num_heads=4, mlp_ratio=2, num_joints=15, max_len=32)
        >>> net(torch.zeros(1, 20, 15, 6)).shape
        torch.Size([1, 20, 15, 64])
    """

    def __init__(
        self,
        dim_in: int,
        dim: int,
        depth: int,
        num_heads: int,
        mlp_ratio: float | int,
        num_joints: int,
        max_len: int,
        dim_rep: int | None = None,
    ) -> None:
        super().__init__()
        self.embed = nn.Linear(dim_in, dim)
        self.pos_embed = nn.Parameter(torch.empty(num_joints, dim))
        self.temp_embed = nn.Parameter(torch.empty(max_len, 1, dim))
        self.levels = nn.ModuleList(Level(dim, num_heads, mlp_ratio) for _ in range(depth))
        self.norm = nn.LayerNorm(dim, eps=EPS)
        self.pre_logits = nn.Identity() if dim_rep is None else nn.Sequential(nn.Linear(dim, dim_rep), nn.Tanh())
        initialise(self.embed)
        initialise(self.pre_logits)
        for embedding in (self.pos_embed, self.temp_embed):
            nn.init.trunc_normal_(embedding, std=INITIAL_SD)

    def forward(self, tokens: Float[Tensor, "B T J C"]) -> Float[Tensor, "B T J D"]:
        """One feature vector for each joint and frame.

        Raises:
            ValueError: other joints or more frames than it was made for.
        """
        x = self._embedded(tokens)
        for level in self.levels:
            x = level(x)
        return self.pre_logits(self.norm(x))

    def maps(self, tokens: Float[Tensor, "B T J C"]) -> tuple[Maps, ...]:
        """What each level attends to, the first level first.

        Raises:
            ValueError: other joints or more frames than it was made for.
        """
        x, found = self._embedded(tokens), []
        for level in self.levels:
            found.append(level.maps(x))  # type: ignore[operator]  # a ModuleList forgets what it holds
            x = level(x)
        return tuple(found)

    def _embedded(self, tokens: Float[Tensor, "B T J C"]) -> Float[Tensor, "B T J D"]:
        """Tokens as the first level takes them: projected, and told which joint and which frame they are."""
        (max_len, _, _), (joints, _) = self.temp_embed.shape, self.pos_embed.shape
        _, frames, given, _ = tokens.shape
        if given != joints or frames > max_len:
            raise ValueError(
                f"tokens of {given} joints and {frames} frames: this DSTFormer was made for {joints} joints "
                f"and at most {max_len} frames (num_joints, max_len)"
            )
        return self.embed(tokens) + (self.pos_embed + self.temp_embed[:frames])
