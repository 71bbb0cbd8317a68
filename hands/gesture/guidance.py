r"""How a network is told what it thinks of the gesture: as tokens beside those of joints, or by cross-attention.

**As tokens.** Each level's logits $\gamma$ become one token, the mean of a table's rows by what they hold for likely,

$$ s = E\, \mathrm{softmax}(\gamma / \tau) , $$

which goes through the transformer with the others. It is free of the logits' scale, and a sure answer is one row.

**By cross-attention**, as in the authors' earlier public code. Each logit is a token of its own, and joints $a_j$ ask
them:

$$
k_m = w\, \gamma_m + b + e_m, \qquad
a_j \leftarrow a_j + \tanh(g)\, W\, \mathrm{attention}(\mathrm{norm}(a_j), k) .
$$

That code gates with a sigmoid, which is a half at g = 0 although the block is meant to begin as if it were not there,
and a norm follows; it shows coarse logits to one hand and fine ones to the other. Here both are shown, g starts at 0
and nothing follows, so that the block does begin as if it were not there.

**The control** is told of the gesture in another picture of the batch: equal parts, equal numbers, nothing to learn
from. Which picture that is comes with the batch, as one random cycle through it (`strangers`). To take each picture's
neighbour instead would do for training; but what is judged comes gesture after gesture, where neighbours are alike.

Logits are detached unless asked otherwise: what stage 2 learns does not change what a gesture is.

Source: Hong and Kosecka 2026, who embed logits as intermediate tokens; this form of it is ours. Explained in the book:
*From picture to hand*.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from hands.gesture.pretraining import NUM_COARSE, NUM_FINE, Answers
from hands.nets import CrossAttention, initialise

Guidance = Literal["none", "coarse", "fine", "both", "shuffled"]
"""Which logits a network is told; the last is both levels' of another picture."""
CLASSES: Final = {"coarse": NUM_COARSE, "fine": NUM_FINE}


def levels_of(guidance: str) -> tuple[str, ...]:
    """The levels whose logits are used.

    Example:
        >>> levels_of("fine"), levels_of("shuffled"), levels_of("none")
        (('fine',), ('coarse', 'fine'), ())
    """
    if guidance in ("both", "shuffled"):
        return ("coarse", "fine")
    return () if guidance == "none" else (guidance,)


def strangers(count: int, generator: torch.Generator) -> Int[Tensor, " count"]:
    """For each of so many pictures another one: a random cycle through all of them.

    Raises:
        ValueError: there is no other one.

    Example:
        >>> strangers(2, torch.Generator()).tolist()
        [1, 0]
    """
    if count < 2:
        raise ValueError(f"{count} picture has no other one beside it: give two or more")
    order = torch.randperm(count, generator=generator)
    return torch.empty_like(order).index_copy(0, order, order.roll(1))


class GestureTokens(nn.Module):
    """A token for each level of names.

    Args:
        levels: of `"coarse"`, `"fine"`.
        dim: channels of a token.
        tau: what logits are divided by.
    """

    def __init__(self, levels: Sequence[str], dim: int, tau: float = 1.0) -> None:
        super().__init__()
        self.tau = tau
        self.tables = nn.ParameterDict({level: torch.randn(CLASSES[level], dim) for level in levels})

    def forward(self, said: Answers) -> Float[Tensor, "B levels dim"]:
        """Tokens of these answers."""
        logits = {level: getattr(said, level) for level in self.tables}
        return torch.stack([(logits[level] / self.tau).softmax(-1) @ table for level, table in self.tables.items()], 1)


class CrossGuidance(nn.Module):
    """Joints ask logits.

    Args:
        levels: of `"coarse"`, `"fine"`.
        dim: channels of a token.
        num_heads: of the attention; the authors' code has 8 for 512 channels.
        dropout: of what is added.
    """

    def __init__(self, levels: Sequence[str], dim: int, num_heads: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.levels = tuple(levels)
        self.lift = nn.Linear(1, dim)
        self.classes = nn.Parameter(torch.randn(sum(CLASSES[level] for level in levels), dim))
        self.norm = nn.LayerNorm(dim)
        self.attention = CrossAttention(dim, num_heads)
        self.after = nn.Sequential(nn.Linear(dim, dim), nn.Dropout(dropout))
        self.gate = nn.Parameter(torch.zeros(()))
        initialise(self.after)

    def forward(self, tokens: Float[Tensor, "B 21 dim"], said: Answers) -> Float[Tensor, "B 21 dim"]:
        """Tokens that have asked."""
        logits = torch.cat([getattr(said, level) for level in self.levels], 1)
        heard = self.attention(self.norm(tokens), self.lift(logits[..., None]) + self.classes)
        return tokens + self.gate.tanh() * self.after(heard)
