"""Where the two streams meet: attention of the pose's tokens to the sensors' tokens of the same frame.

Explained in the book: *The fusion teacher*.
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from hands.nets import CrossAttention, Mlp, initialise


class Fusion(nn.Module):
    r"""Ask the sensors of the same frame, add what they say, and project to Z.

    $$
    \tilde F^m = F^m + \operatorname{softmax}\!\Big(\frac{(F^m W_Q)(F^k W_K)^\top}{\sqrt{d_k}}\Big) (F^k W_V),
    \qquad Z = \operatorname{MLP}(\tilde F^m)
    $$

    frame by frame, with several heads and a map W_O behind them, as attention has it.

    Source: MGDHand, as a note on it gives the equation; the width of the MLP is ours.
    """

    def __init__(self, dim: int, num_heads: int, mlp_ratio: int) -> None:
        super().__init__()
        self.attention = CrossAttention(dim, num_heads)
        self.mlp = Mlp(dim, mlp_ratio * dim)

    def forward(
        self,
        morphology: Float[Tensor, "*batch time joints dim"],
        kinematics: Float[Tensor, "*batch time sensors dim"],
    ) -> Float[Tensor, "*batch time joints dim"]:
        """Z, with the tokens of the pose."""
        return self.mlp(morphology + self.attention(morphology, kinematics))

    def maps(
        self,
        morphology: Float[Tensor, "*batch time joints dim"],
        kinematics: Float[Tensor, "*batch time sensors dim"],
    ) -> Float[Tensor, "*batch time heads joints sensors"]:
        """How much each joint listens to each sensor; the shares of all sensors add up to 1."""
        return self.attention.maps(morphology, kinematics)


class GuidedAttention(nn.Module):
    r"""Z asks both streams again, frame by frame, with one question for both.

    $$
    \hat F^m = \operatorname{softmax}\!\Big(\frac{(Z W_Q)(F^m W_K^m)^\top}{\sqrt{d_k}}\Big) (F^m W_V^m),
    \qquad
    \hat F^k = \operatorname{softmax}\!\Big(\frac{(Z W_Q)(F^k W_K^k)^\top}{\sqrt{d_k}}\Big) (F^k W_V^k)
    $$

    Both have the tokens of Z, although there are other sensors than joints; so they can be compared element by element.

    Source: MGDHand, as a note on it gives the equations: W_Q has no superscript there, so it is shared.
    """

    def __init__(self, dim: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.q = nn.Linear(dim, dim)
        self.kv_morphology = nn.Linear(dim, 2 * dim)
        self.kv_kinematics = nn.Linear(dim, 2 * dim)
        initialise(self)

    def forward(
        self,
        tokens: Float[Tensor, "*batch time joints dim"],
        morphology: Float[Tensor, "*batch time joints dim"],
        kinematics: Float[Tensor, "*batch time sensors dim"],
    ) -> tuple[Float[Tensor, "*batch time joints dim"], Float[Tensor, "*batch time joints dim"]]:
        """What the stream of poses and what the sensors answer."""
        q = self.q(tokens)
        return self._answer(q, self.kv_morphology(morphology)), self._answer(q, self.kv_kinematics(kinematics))

    def _answer(
        self, q: Float[Tensor, "*batch time joints dim"], kv: Float[Tensor, "*batch time n double"]
    ) -> Float[Tensor, "*batch time joints dim"]:
        query, key, value = (self._by_head(part) for part in (q, *kv.chunk(2, -1)))
        return scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(q.shape)

    def _by_head(self, tokens: Float[Tensor, "*batch time n dim"]) -> Float[Tensor, "frames heads n width"]:
        """Four axes, as the fast kernel wants them."""
        return tokens.flatten(0, -3).unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
