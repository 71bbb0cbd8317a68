"""Stage 2: what it is told and what not, what is read from where, where gradients go, and that it learns."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from hands import mano
from hands.conventions import JOINT_NAMES, KEYPOINT_NAMES
from hands.gesture.pretraining import Answers
from hands.gesture.token_losses import TokenLossWeights, token_loss
from hands.gesture.token_net import KEYPOINT_OF_JOINT, TokenNet, TokenNetConfig
from tests.gesture.made_up_hands import SIDE, TINY, labels

SMALL = TokenNetConfig(TINY, ("F2", "F3"), bins=4, dim=16, depth=1, num_heads=2, mlp_ratio=2)
KINDS = [(guidance, fusion) for guidance in ("coarse", "fine", "both", "shuffled") for fusion in ("tokens", "cross")]


def network(**different: object) -> TokenNet:
    """Heads do not start at zero, where they would say nothing of their tokens."""
    torch.manual_seed(0)
    net = TokenNet(replace(SMALL, **different)).double()
    with torch.no_grad():
        for own in (net.pose.weight, net.shape_and_place.weight):
            own.normal_(std=0.1)
        if net.crossing is not None:
            net.crossing.gate.fill_(1.0)
    return net


def pictures(count: int = 4) -> torch.Tensor:
    return torch.rand(count, 3, SIDE, SIDE, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


OTHERS = torch.tensor([2, 3, 1, 0])


def test_joints_are_read_from_the_keypoints_of_their_name() -> None:
    assert [KEYPOINT_NAMES[k] for k in KEYPOINT_OF_JOINT] == list(JOINT_NAMES)
    net = network()
    tokens = torch.randn(2, 21, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    moved = tokens.clone()
    moved[:, KEYPOINT_NAMES.index("ring2")] += 1
    different = (net.pose(tokens) != net.pose(moved)).any(-1).any(0)
    assert [name for name, own in zip(JOINT_NAMES, different, strict=True) if own] == ["ring2"]
    expected = tokens[:, KEYPOINT_NAMES.index("thumb3")] @ net.pose.weight[JOINT_NAMES.index("thumb3")]
    torch.testing.assert_close(net.pose(tokens)[:, JOINT_NAMES.index("thumb3")], expected)


@pytest.mark.parametrize(("guidance", "fusion", "count"), [
    ("none", "tokens", 21), ("none", "cross", 21), ("coarse", "tokens", 22), ("fine", "tokens", 22),
    ("both", "tokens", 23), ("shuffled", "tokens", 23), ("both", "cross", 21),
])  # fmt: skip
def test_how_many_tokens_there_are(guidance: str, fusion: str, count: int) -> None:
    net = network(guidance=guidance, fusion=fusion).eval()
    said = net.trunk(pictures())
    assert net.guided(net.tokenizer(net.maps(said.features)).tokens, said, OTHERS).shape == (4, count, 16)


@pytest.mark.parametrize(("guidance", "fusion"), [("none", "tokens"), *KINDS])
def test_it_hears_the_levels_that_it_is_told_and_no_other(guidance: str, fusion: str) -> None:
    net = network(guidance=guidance, fusion=fusion).eval()
    before = net(pictures(), OTHERS)
    for level in ("coarse", "fine"):
        own = network(guidance=guidance, fusion=fusion).eval()
        own.trunk.get_submodule(level)[-1].bias.data[:5] += 3.0
        heard = not torch.equal(own(pictures(), OTHERS).hand_rotmat, before.hand_rotmat)
        assert heard == (guidance in (level, "both", "shuffled"))


@pytest.mark.parametrize("fusion", ["tokens", "cross"])
def test_a_shuffled_network_is_told_of_the_other_picture_alone(fusion: str) -> None:
    shuffled, both = (network(guidance=guidance, fusion=fusion).eval() for guidance in ("shuffled", "both"))
    said = both.trunk(pictures())
    joints = both.tokenizer(both.maps(said.features)).tokens
    other = said._replace(coarse=said.coarse[OTHERS], fine=said.fine[OTHERS])
    assert torch.equal(shuffled.guided(joints, said, OTHERS), both.guided(joints, other))
    assert torch.equal(shuffled(pictures(), torch.arange(4)).betas, both(pictures()).betas)
    assert not torch.equal(shuffled(pictures(), OTHERS).betas, both(pictures()).betas)


def test_a_shuffled_network_asks_for_the_others() -> None:
    with pytest.raises(ValueError, match="give it others="):
        network(guidance="shuffled")(pictures())


@pytest.mark.parametrize("detached", [True, False])
@pytest.mark.parametrize(("guidance", "fusion"), KINDS)
def test_gradients_reach_the_heads_of_stage_1_only_if_asked(guidance: str, fusion: str, detached: bool) -> None:
    net = network(guidance=guidance, fusion=fusion, detached=detached)
    found = net(pictures(), OTHERS)
    (found.betas.sum() + found.hand_rotmat.sum()).backward()
    for level in ("coarse", "fine"):
        reached = any(
            p.grad is not None and p.grad.abs().max() > 0 for p in net.trunk.get_submodule(level).parameters()
        )
        assert reached == (not detached and guidance in (level, "both", "shuffled"))
    assert net.trunk.net.stem[0][0].weight.grad.abs().max() > 0


@pytest.mark.parametrize("wrong", [{"guidance": "all"}, {"fusion": "sum"}])
def test_what_is_no_choice_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="expected one of"):
        replace(SMALL, **wrong)


def test_sizes_of_the_paper_and_of_the_book() -> None:
    paper, book = TokenNetConfig(), TokenNetConfig.book()
    assert (paper.dim, paper.depth, paper.num_heads, paper.bins, paper.levels) == (512, 4, 4, 16, ("F4", "F5"))
    assert (book.dim, book.depth, book.num_heads, book.bins, book.levels) == (64, 2, 4, 8, ("F2", "F3"))
    assert paper.trunk.net.dim == 2048
    assert paper.trunk.dropout == book.trunk.dropout == 0


class Kept(torch.nn.Module):
    """A trunk that has seen its pictures and does not learn."""

    def __init__(self, net: TokenNet, seen: torch.Tensor) -> None:
        super().__init__()
        with torch.no_grad():
            self.said = net.trunk.eval()(seen)

    def forward(self, _: torch.Tensor) -> Answers:
        return self.said


def test_it_learns_four_pictures_by_heart() -> None:
    """Behind a trunk that does not learn, which would take most of the time."""
    torch.manual_seed(0)
    hand, count = mano.load(), 4
    known = labels(hand, count, dtype=torch.float32)
    batch = {"pictures": torch.rand(count, 3, SIDE, SIDE), **known._asdict()}
    net = TokenNet(SMALL)
    net.start(known, SIDE)
    net.trunk = Kept(net, batch["pictures"])
    optimizer, loss = torch.optim.AdamW(net.parameters(), lr=1e-2), token_loss(hand, TokenLossWeights(vertices=0.0))
    lost = []
    for _ in range(80):
        terms = loss(net, batch)
        terms["loss"].backward()
        optimizer.step()
        optimizer.zero_grad()
        lost.append({name: term.item() for name, term in terms.items()})
    for name in ("loss", "rotation", "betas", "keypoints", "pixels", "directions"):
        assert lost[-1][name] < 0.3 * lost[0][name], name
    assert lost[-1]["places"] < 0.5 * lost[0]["places"]
