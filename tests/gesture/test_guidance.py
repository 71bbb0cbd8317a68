"""What a network is told of the gesture: tables, attention, and the control that tells of another picture."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import softmax

from hands.gesture.guidance import CrossGuidance, GestureTokens, strangers
from hands.gesture.pretraining import Answers

BOTH = ("coarse", "fine")


def answers(seed: int = 0) -> Answers:
    own = torch.Generator().manual_seed(seed)
    coarse, fine = (torch.randn(3, n, dtype=torch.float64, generator=own) for n in (27, 35))
    return Answers(coarse, fine, None)  # type: ignore[arg-type]


def tokens() -> torch.Tensor:
    return torch.randn(3, 21, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("tau", [1.0, 0.5])
def test_a_gesture_token_is_the_mean_of_a_tables_rows(tau: float) -> None:
    net, said = GestureTokens(BOTH, 4, tau).double(), answers()
    found = net(said)
    for k, level in enumerate(BOTH):
        shares = softmax(getattr(said, level).numpy() / tau, axis=1)
        expected = shares @ net.tables[level].detach().numpy()
        np.testing.assert_allclose(found[:, k].detach(), expected, rtol=0, atol=1e-12)


def test_a_sure_answer_is_one_row_and_a_level_stands_alone() -> None:
    net = GestureTokens(("fine",), 4).double()
    sure = answers()._replace(fine=100.0 * torch.eye(35, dtype=torch.float64)[[3, 34]])
    torch.testing.assert_close(net(sure)[:, 0], net.tables["fine"][[3, 34]], rtol=0, atol=1e-12)
    assert sorted(net.tables) == ["fine"]


@pytest.mark.parametrize("count", [2, 3, 32])
def test_strangers_go_round_all_pictures(count: int) -> None:
    for seed in range(5):
        others = strangers(count, torch.Generator().manual_seed(seed)).tolist()
        walked = [0]
        while others[walked[-1]] != 0:
            walked.append(others[walked[-1]])
        assert sorted(walked) == list(range(count))
    assert others == strangers(count, torch.Generator().manual_seed(4)).tolist()


def test_strangers_are_drawn_evenly() -> None:
    own = torch.Generator().manual_seed(0)
    counts = torch.stack([strangers(4, own) for _ in range(3000)])[:, 1].bincount(minlength=4)
    assert counts[1] == 0
    assert counts[[0, 2, 3]].sub(1000).abs().max().item() < 5 * 1000**0.5


def test_one_picture_has_no_stranger() -> None:
    with pytest.raises(ValueError, match="1 picture has no other"):
        strangers(1, torch.Generator())


def test_cross_guidance_begins_as_if_it_were_not_there_and_can_begin_to_learn() -> None:
    net, own = CrossGuidance(BOTH, 8, 2).double(), tokens()
    found = net(own, answers())
    assert torch.equal(found, own)
    (found * tokens().flip(1)).sum().backward()
    assert net.gate.grad.abs() > 1e-9


def test_cross_guidance_is_its_formula_with_every_logit_a_token() -> None:
    torch.manual_seed(0)
    net, own, said = CrossGuidance(BOTH, 8, 2).double().eval(), tokens(), answers()
    net.gate.data.fill_(0.7)
    logits = np.concatenate([said.coarse, said.fine], 1)
    weights = {name: value.detach().numpy() for name, value in net.state_dict().items()}

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    found = net(own, said).detach().numpy()
    for b in range(3):
        a = own[b].numpy()
        normed = (a - a.mean(1, keepdims=True)) / np.sqrt(a.var(1, keepdims=True) + 1e-5)
        keys = np.array([linear(np.array([x]), "lift") for x in logits[b]]) + weights["classes"]
        query, (key, value) = linear(normed, "attention.q"), np.split(linear(keys, "attention.kv"), 2, axis=1)
        heard = np.concatenate([
            softmax(query[:, own] @ key[:, own].T / 2, axis=1) @ value[:, own] for own in (slice(4), slice(4, 8))
        ], 1)  # fmt: skip
        expected = a + np.tanh(0.7) * linear(linear(heard, "attention.proj"), "after.0")
        np.testing.assert_allclose(found[b], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("level", BOTH)
def test_all_joints_hear_both_levels(level: str) -> None:
    torch.manual_seed(0)
    net, said = CrossGuidance(BOTH, 8, 2).double().eval(), answers()
    net.gate.data.fill_(1.0)
    changed = said._replace(**{level: getattr(answers(1), level)})
    assert (net(tokens(), said) - net(tokens(), changed)).abs().amax(-1).min() > 1e-9
