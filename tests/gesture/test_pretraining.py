"""Heads, weights of losses, and the loss of stage 1, against their formulas written out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import log_softmax, softmax

from hands.gesture import pretraining
from hands.gesture.pretraining import (
    BOTH,
    COARSE_OF_FINE,
    COARSE_ONLY,
    FINE_ONLY,
    GRADUAL,
    WEIGHTINGS,
    Answers,
    GestureNet,
    GestureNetConfig,
    Weighting,
    coarse_of_fine,
    gesture_loss,
)
from hands.mano.gestures import COARSE_NAMES, FINE_NAMES, GESTURES
from hands.nets.hrnet import HRNetConfig

TINY = GestureNetConfig(HRNetConfig(4, 1, (1, 1, 1), stem=4, bottlenecks=1, narrow=4, head=8, dim=16), hidden=8)


class Fixed(torch.nn.Module):
    """Says the same, whatever it sees."""

    def __init__(self, coarse: np.ndarray, fine: np.ndarray) -> None:
        super().__init__()
        self.coarse = torch.nn.Parameter(torch.from_numpy(coarse))
        self.fine = torch.nn.Parameter(torch.from_numpy(fine))

    def forward(self, pictures: torch.Tensor) -> Answers:
        return Answers(self.coarse, self.fine, None)  # type: ignore[arg-type]


def by_hand(logits: np.ndarray, true: np.ndarray, smoothing: float) -> float:
    """Cross-entropy against a truth of which a part is spread over all classes."""
    wanted = np.full(logits.shape, smoothing / logits.shape[1])
    wanted[np.arange(len(true)), true] += 1 - smoothing
    return float(-(wanted * log_softmax(logits, axis=1)).sum(1).mean())


@pytest.mark.parametrize(("name", "share", "weights"), [
    ("gradual", 0.0, (1, 0)), ("gradual", 0.5, (1, 0.75)), ("gradual", 0.9, (1, 1)),
    ("both at once", 0.0, (1, 1)), ("fine only", 0.7, (0, 1)), ("coarse only", 0.7, (1, 0)),
])  # fmt: skip
def test_the_loss_is_the_weighted_sum_of_two_cross_entropies(name: str, share: float, weights: tuple) -> None:
    rng = np.random.default_rng(0)
    coarse, fine = rng.normal(size=(5, 27)), rng.normal(size=(5, 35))
    true = {"coarse": rng.integers(27, size=5), "fine": rng.integers(35, size=5)}
    batch = {"pictures": torch.zeros(5, 3, 2, 2), "share": torch.tensor(share, dtype=torch.float64)}
    batch |= {level: torch.from_numpy(labels) for level, labels in true.items()}
    found = gesture_loss(WEIGHTINGS[name], smoothing=0.1)(Fixed(coarse, fine), batch)
    terms = by_hand(coarse, true["coarse"], 0.1), by_hand(fine, true["fine"], 0.1)
    assert [found[key].item() for key in ("coarse", "fine")] == pytest.approx(terms, rel=1e-12)
    assert found["loss"].item() == pytest.approx(np.dot(weights, terms), rel=1e-12)
    assert found["fine_weight"].item() == pytest.approx(weights[1], rel=1e-12)


def test_gradual_weights_are_those_of_the_formula() -> None:
    for share in np.linspace(0, 1, 21):
        coarse, fine = GRADUAL.at(torch.tensor(share))
        assert coarse.item() == 1
        assert fine.item() == pytest.approx(np.interp(share, [0.2, 0.6], [0, 1]), abs=1e-12)
    falling = Weighting(coarse=(1.0, 0.5), fine=(0.0, 1.0), begin=0.0, end=1.0)
    assert [x.item() for x in falling.at(torch.tensor(0.25, dtype=torch.float64))] == [0.875, 0.25]


def test_who_learns_what() -> None:
    learnt = {one: one.levels for one in (GRADUAL, BOTH, FINE_ONLY, COARSE_ONLY)}
    assert [*learnt.values()] == [("coarse", "fine"), ("coarse", "fine"), ("fine",), ("coarse",)]


@pytest.mark.parametrize(("wrong", "words"), [
    ({"coarse": (-1.0, 1.0)}, "none below 0"), ({"coarse": (1.0, 0.0), "fine": (1.0, 0.0)}, "one to be left"),
    ({"begin": 0.6, "end": 0.6}, "the first one smaller"), ({"end": 1.5}, "goes from 0.2 to 1.5"),
])  # fmt: skip
def test_weights_that_make_no_sense_are_refused(wrong: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Weighting(**wrong)


def test_fine_answers_add_up_to_coarse_ones_by_the_names_of_the_table() -> None:
    logits = np.random.default_rng(1).normal(size=(3, 35))
    found = coarse_of_fine(torch.from_numpy(logits))
    expected = np.zeros((3, 27))
    for fine, share in enumerate(softmax(logits, axis=1).T):
        expected[:, GESTURES[FINE_NAMES[fine]].coarse] += share
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(found.sum(1), 1, rtol=1e-12)
    assert len(COARSE_OF_FINE) == 35
    assert set(COARSE_OF_FINE) == set(range(len(COARSE_NAMES)))
    assert all(COARSE_OF_FINE[gesture.fine] == gesture.coarse for gesture in GESTURES.values())


def test_both_heads_read_the_one_vector_and_are_their_formula() -> None:
    torch.manual_seed(0)
    net = GestureNet(TINY).double().eval()
    said = net(torch.rand(2, 3, 32, 32, dtype=torch.float64))
    for level in ("coarse", "fine"):
        first, _, _, last = getattr(net, level)
        hidden = (said.features.g @ first.weight.T + first.bias).clamp(min=0)
        torch.testing.assert_close(getattr(said, level), hidden @ last.weight.T + last.bias, rtol=1e-12, atol=0)
    assert {*map(type, net.coarse)} == {torch.nn.Linear, torch.nn.ReLU, torch.nn.Dropout}


def test_one_level_teaches_the_trunk_alone_if_the_other_counts_nothing() -> None:
    torch.manual_seed(0)
    net = GestureNet(TINY)
    batch = {"pictures": torch.rand(4, 3, 32, 32), "share": torch.tensor(0.1)}
    batch |= {"coarse": torch.tensor([0, 1, 2, 3]), "fine": torch.tensor([0, 3, 4, 5])}
    gesture_loss(GRADUAL)(net, batch)["loss"].backward()
    gradients = {
        level: max(float(p.grad.abs().max()) for p in getattr(net, level).parameters())
        for level in ("coarse", "fine", "net")
    }
    assert gradients["fine"] == 0
    assert min(gradients["coarse"], gradients["net"]) > 0


def test_the_published_heads_have_the_sizes_of_the_authors_code() -> None:
    config = GestureNetConfig()
    assert (config.net.dim, config.hidden, config.dropout) == (2048, 1024, 0.5)
    assert (pretraining.NUM_COARSE, pretraining.NUM_FINE) == (27, 35)
