"""What the checkers of *Three kinds of knowledge* take for the truth; and each of their hints."""

import numpy as np
import pytest
import torch

from hands import check
from hands.check import three_kinds
from hands.experiments import Moments

DRAW = torch.Generator().manual_seed(0)


def numbers(*shape):
    return torch.randn(*shape, generator=DRAW).double()


@pytest.mark.parametrize("penalty", [0.0, 0.3, 100.0])
def test_the_probe_is_the_librarys(penalty):
    x, y, new = numbers(30, 4) * 3 + 1, numbers(30, 2) - 5, numbers(6, 4)
    expected = Moments.of(x, y).fit(penalty)(new)
    np.testing.assert_allclose(three_kinds._probed(x, y, new, penalty), expected, rtol=1e-10)


def test_what_is_explained_is_the_rest_of_the_mean_squares():
    said, true, mean = numbers(20, 3), numbers(20, 3), numbers(3)
    expected = 1 - np.mean((true - said).numpy() ** 2) / np.mean((true - mean).numpy() ** 2)
    assert three_kinds._explained(said, true, mean) == pytest.approx(expected, rel=1e-12)


def test_others_choose_as_in_a_matrix_without_the_diagonal():
    errors = torch.rand(5, 8, generator=DRAW).double()
    without = errors @ (1 - torch.eye(8).double())
    expected = errors.gather(0, without.argmin(0, keepdim=True)).mean()
    assert three_kinds._by_others(errors) == pytest.approx(expected.item(), rel=1e-12)


def probed(change):
    return lambda x, y, new, penalty: three_kinds._probed(*change(x, y, new, penalty))


def own_scale(x, y, new, penalty):
    mine = (new - new.mean(0)) / new.std(0, correction=0)
    return x, y, mine * x.std(0, correction=0) + x.mean(0), penalty


@pytest.mark.parametrize(
    ("exercise", "wrong", "hint"),
    [
        ("both_answers", lambda s, p, t: torch.stack([p - t, p - s]), "twice"),
        ("both_answers", lambda s, p, t: torch.stack([p - s, p - t]) / 2, "other order"),
        ("both_answers", lambda s, p, t: torch.stack([t - p, s - p]) / 2, "sign"),
        ("both_answers", lambda s, p, t: torch.stack([p + s, p + t]) / 2, "cancels"),
        ("linear_probe", probed(own_scale), "not with their own"),
        ("linear_probe", probed(lambda x, y, new, p: (x, y, new, p / len(x))), "divide both"),
        ("linear_probe", lambda x, y, new, p: three_kinds._probed(x, y, new, p) - y.mean(0).numpy(), "add it in"),
        ("linear_probe", probed(lambda x, y, new, p: (x, y, new, p, False)), "small units"),
        ("explained", lambda s, t, m: 1 - three_kinds._explained(s, t, m), "the rest"),
        ("explained", lambda s, t, m: three_kinds._explained(s, t, t.mean(0)), "nobody knows"),
        (
            "explained",
            lambda s, t, m: (1 - (t - s).square().sum(0) / (t - m).square().sum(0)).mean(),
            "divide once",
        ),
        ("chosen_by_others", lambda e: e.min(0).values.mean(), "let the others"),
        ("chosen_by_others", lambda e: e.mean(1).min(), "had a say"),
        (
            "chosen_by_others",
            lambda e: (e @ (1 - torch.eye(e.shape[1]).double()) / (e.shape[1] - 1)).min(0).values.mean(),
            "those who chose",
        ),
    ],
)
def test_each_hint_is_given_where_due(exercise, wrong, hint):
    verdict = getattr(check, exercise)(wrong)
    assert not verdict
    assert hint in verdict.message
