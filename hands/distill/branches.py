r"""Three branches, one for each kind of knowledge: each looks at the student's tokens along other axes.

With tokens $F$ (time, joints, channels),

$$
\begin{aligned}
\text{shape:} \quad & f_{sh} = \sigma\big(\mathrm{mlp}(\bar F)\big) \odot \bar F, \quad
  \bar F \text{ the mean over time and joints} \\
\text{pose:} \quad & F_{po} = F + \mathrm{attention}(F) \text{ along the joints of a frame} \\
\text{motion:} \quad & F_{tm} = F + \mathrm{attention}(F) \text{ along time, each joint for itself}
\end{aligned}
$$

A gate for each channel, which does not depend on the token, may stand before the mean or behind it: the result is the
same, and so it stands behind.

Source: which branch has which attention is MGDHand's; that the shape is both gated and averaged reconciles two notes on
it, and the residuals are ours. Explained in the book: *Teaching a student*.
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor, nn

from hands.fusion import pooled
from hands.nets import Mlp, SelfAttention
from hands.nets.dstformer import JOINTS, TIME


class ShapeBranch(nn.Module):
    """Attention to channels: those that tell of the shape are let through. One vector for a window."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.gate = Mlp(dim, dim)

    def forward(self, tokens: Float[Tensor, "batch time joints dim"]) -> Float[Tensor, "batch dim"]:
        """The mean of the tokens, gated."""
        mean = pooled(tokens)
        return self.gate(mean).sigmoid() * mean


class PoseBranch(nn.Module):
    """Joints of a frame look at each other."""

    def __init__(self, dim: int, num_heads: int) -> None:
        super().__init__()
        self.attention = SelfAttention(dim, num_heads)

    def forward(self, tokens: Float[Tensor, "batch time joints dim"]) -> Float[Tensor, "batch time joints dim"]:
        """Tokens that know of their frame."""
        return tokens + self.attention(tokens, JOINTS)


class MotionBranch(nn.Module):
    """Each joint looks at itself at other times."""

    def __init__(self, dim: int, num_heads: int) -> None:
        super().__init__()
        self.attention = SelfAttention(dim, num_heads)

    def forward(self, tokens: Float[Tensor, "batch time joints dim"]) -> Float[Tensor, "batch time joints dim"]:
        """Tokens that know of their time."""
        return tokens + self.attention(tokens, TIME)
