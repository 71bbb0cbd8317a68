r"""A transformer: tokens look at each other, layer after layer.

$$
x \leftarrow x + \mathrm{attention}(\mathrm{norm}(x)), \qquad x \leftarrow x + \mathrm{mlp}(\mathrm{norm}(x)) ,
$$

and a last norm. It is one layer of the DSTFormer, time and time again, for tokens that have no time.

Source: Vaswani et al. 2017, with norms first (Xiong et al. 2020). Explained in the book: *From picture to hand*.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hands.nets.dstformer import EPS, JOINTS, Layer


class Transformer(nn.Module):
    """Layers of self-attention.

    Args:
        dim: channels of a token.
        depth: layers.
        num_heads: of each attention.
        mlp_ratio: channels inside an MLP over `dim`.

    Example:
        >>> net = Transformer(dim=8, depth=2, num_heads=2, mlp_ratio=2)
        >>> tokens = torch.zeros(3, 23, 8)
        >>> net(tokens).shape, net.maps(tokens).shape
        (torch.Size([3, 23, 8]), torch.Size([3, 2, 2, 23, 23]))
    """

    def __init__(self, dim: int, depth: int, num_heads: int, mlp_ratio: float | int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(dim, num_heads, mlp_ratio, JOINTS) for _ in range(depth))
        self.norm = nn.LayerNorm(dim, eps=EPS)

    def forward(self, tokens: Float[Tensor, "B N dim"]) -> Float[Tensor, "B N dim"]:
        """Tokens that have looked at each other."""
        x = tokens[:, None]  # a layer's tokens have a time
        for layer in self.layers:
            x = layer(x)
        return self.norm(x[:, 0])

    def maps(self, tokens: Float[Tensor, "B N dim"]) -> Float[Tensor, "B depth heads N N"]:
        """The weights of the attention in each layer, for figures; each row sums to 1."""
        x, found = tokens[:, None], []
        for layer in self.layers:
            found.append(layer.maps(x)[:, 0])  # type: ignore[operator]  # a ModuleList does not know
            x = layer(x)
        return torch.stack(found, 1)
