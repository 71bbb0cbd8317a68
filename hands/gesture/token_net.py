r"""Stage 2: a transformer of joint tokens, guided by the gesture, from a square around a hand to the hand.

$$
[s'; t'] = \mathrm{Transformer}([s_c; s_f; t_1; \dots; t_{21}]), \qquad
R_k = \mathrm{GramSchmidt}(W_k\, t'_{j(k)} + b_k), \qquad (\beta, x, y, \ell) = W\, \overline{t'} + b .
$$

The rotation of each of MANO's 16 joints is read from the token of the keypoint that it is, the wrist's from the
wrist's; shape and place from the mean over all 21. Gesture tokens are never read: they can only speak through the
transformer.

Source: Hong and Kosecka 2026, Stage 2. What is read from which token, and all sizes, are ours. Explained in the book:
*From picture to hand*.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Literal, get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from hands.conventions import KEYPOINTS_FROM_JOINTS_AND_TIPS, NUM_BETAS, NUM_JOINTS
from hands.fusion.heads import zeroed
from hands.gesture.estimate import Estimate, HandNetwork
from hands.gesture.guidance import CrossGuidance, GestureTokens, Guidance, levels_of
from hands.gesture.pretraining import Answers, GestureNetConfig
from hands.gesture.tokens import FusionMap, JointTokens, Tokenizer
from hands.nets import enlarge
from hands.nets.transformer import Transformer

FusionKind = Literal["tokens", "cross"]
KEYPOINT_OF_JOINT: Final = tuple(KEYPOINTS_FROM_JOINTS_AND_TIPS.index(joint) for joint in range(NUM_JOINTS))
"""Which keypoint each of MANO's joints is."""


def without_dropout(config: GestureNetConfig) -> GestureNetConfig:
    """A trunk whose logits are only read, where noise on them would teach nothing."""
    return replace(config, dropout=0.0)


@dataclass(frozen=True)
class TokenNetConfig:
    """Sizes; the defaults are this book's reconstruction of the paper, for pictures of 256 pixels.

    Raises:
        ValueError: what it is to be told, or how, is none of the choices.
    """

    trunk: GestureNetConfig = field(default_factory=lambda: without_dropout(GestureNetConfig()))
    levels: tuple[str, str] = ("F4", "F5")
    """The maps that tokens are read from, the finer one first."""
    bins: int = 16
    """Cells of a volume along the depth."""
    dim: int = 512
    depth: int = 4
    num_heads: int = 4
    mlp_ratio: int = 4
    guidance: str = "both"
    """Which logits the transformer is told, one of `guidance.Guidance`."""
    fusion: str = "tokens"
    """How: as `"tokens"` or by `"cross"`-attention."""
    tau: float = 1.0
    detached: bool = True
    """Whether what is learnt here leaves the heads of stage 1 alone."""

    def __post_init__(self) -> None:
        for name, choices in (("guidance", Guidance), ("fusion", FusionKind)):
            if getattr(self, name) not in get_args(choices):
                raise ValueError(f"{name} is {getattr(self, name)!r}, expected one of {', '.join(get_args(choices))}")

    @classmethod
    def book(cls, guidance: str = "both", fusion: str = "tokens") -> TokenNetConfig:
        """The size of this book's experiments, for squares of 64 pixels.

        With 16 layers, volumes of 21 x 16 x 16 x 16 numbers would take a quarter of the time of a step.
        """
        return cls(
            trunk=without_dropout(GestureNetConfig.book()),
            levels=("F2", "F3"),
            bins=8,
            dim=64,
            depth=2,
            guidance=guidance,
            fusion=fusion,
        )


class TokenNet(HandNetwork):
    """The network of stage 2.

    Example:
        >>> net = TokenNet(TokenNetConfig.book()).eval()
        >>> found = net(torch.zeros(2, 3, 64, 64))
        >>> found.hand_rotmat.shape, found.places.shape, found.said.fine.shape
        (torch.Size([2, 15, 3, 3]), torch.Size([2, 21, 3]), torch.Size([2, 35]))
    """

    def __init__(self, config: TokenNetConfig) -> None:
        super().__init__(config.trunk)
        c, levels = config, levels_of(config.guidance)
        self.config = config
        self.maps = FusionMap(c.levels, c.trunk.net, c.dim)
        self.tokenizer = Tokenizer(c.dim, c.bins)
        self.gestures = GestureTokens(levels, c.dim, c.tau) if levels and c.fusion == "tokens" else None
        self.crossing = CrossGuidance(levels, c.dim, c.num_heads) if levels and c.fusion == "cross" else None
        self.transformer = Transformer(c.dim, c.depth, c.num_heads, c.mlp_ratio)
        self.pose = JointHeads(c.dim)
        self.shape_and_place = zeroed(nn.Linear(c.dim, NUM_BETAS + 3))
        enlarge([self.transformer, *filter(None, [self.crossing and self.crossing.attention])], c.dim)

    def forward(self, pictures: Float[Tensor, "B 3 H W"], others: Int[Tensor, " B"] | None = None) -> Estimate:
        """The hand in each picture.

        Raises:
            ValueError: it is to be told of other pictures, and `others` is not given.
        """
        said: Answers = self.trunk(pictures)
        found: JointTokens = self.tokenizer(self.maps(said.features))
        tokens = self.transformer(self.guided(found.tokens, said, others))[:, -found.tokens.shape[1] :]
        betas, wrist = self.shape_and_place(tokens.mean(1)).split([NUM_BETAS, 3], -1)
        estimate: Estimate = self.readout(self.pose(tokens), betas, wrist)
        return estimate._replace(places=found.places, said=said)

    def guided(
        self, tokens: Float[Tensor, "B 21 dim"], said: Answers, others: Int[Tensor, " B"] | None = None
    ) -> Float[Tensor, "B n dim"]:
        """What the transformer is given: tokens of the gesture first, if there are any, then those of the joints."""
        if self.gestures is None and self.crossing is None:
            return tokens
        told = self._told(said, others)
        if self.crossing is not None:
            return self.crossing(tokens, told)
        assert self.gestures is not None
        return torch.cat([self.gestures(told), tokens], 1)

    def _told(self, said: Answers, others: Int[Tensor, " B"] | None) -> Answers:
        if self.config.detached:
            said = said._replace(coarse=said.coarse.detach(), fine=said.fine.detach())
        if self.config.guidance != "shuffled":
            return said
        if others is None:
            raise ValueError("this network is told of the gestures of other pictures: give it others=strangers(...)")
        return said._replace(coarse=said.coarse[others], fine=said.fine[others])


class JointHeads(nn.Module):
    """A linear map for each of the 16 joints, from its own token; it starts at zero, the mean pose."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(NUM_JOINTS, dim, 6))
        self.bias = nn.Parameter(torch.zeros(NUM_JOINTS, 6))

    def forward(self, tokens: Float[Tensor, "B 21 dim"]) -> Float[Tensor, "B 16 6"]:
        """Rotations in 6D, as differences from the mean."""
        return torch.einsum("bjd,jdk->bjk", tokens[:, KEYPOINT_OF_JOINT], self.weight) + self.bias
