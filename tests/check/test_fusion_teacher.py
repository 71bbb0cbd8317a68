"""What the checkers of *The fusion teacher* take for the truth; and each of their hints."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import check, fusion
from hands.check import fusion_teacher

DRAW = torch.Generator().manual_seed(0)


@pytest.mark.parametrize("ratio", [0.0, 0.1, 0.5, 0.99, 1.0])
def test_the_share_makes_the_ratio(ratio):
    assert 1 - (1 - fusion_teacher._share(ratio)) ** 2 == pytest.approx(ratio, abs=1e-12)


def test_asking_is_softmax_attention():
    m, k = (torch.randn(3, n, 4, generator=DRAW).double() for n in (5, 2))
    heard = torch.nn.functional.scaled_dot_product_attention(m, k, k)
    torch.testing.assert_close(fusion_teacher._asked(m, k), m + heard, rtol=1e-12, atol=1e-12)


def test_the_error_of_motion_is_the_librarys():
    said, points = torch.randn(6, 21, 2, 3, generator=DRAW).double(), torch.randn(6, 21, 3, generator=DRAW).double()
    units = torch.tensor([0.5, 0.2]).double()
    told = fusion.Auxiliary(torch.zeros(1, 10), torch.zeros(1, 6, 15, 6), said[None], units)
    expected = fusion.losses.motion_error(told, points[None]).item()
    assert fusion_teacher._motion_error(said, points, units) == pytest.approx(expected, rel=1e-12)


def test_angles_are_scipys():
    true, said = (Rotation.random(12, rng=seed) for seed in (1, 2))
    hidden = torch.arange(12).reshape(4, 3) % 2 == 0
    degrees = np.degrees((said * true.inv()).magnitude()).reshape(4, 3)
    found = fusion_teacher._angles(*(torch.from_numpy(R.as_matrix()).reshape(4, 3, 3, 3) for R in (said, true)), hidden)
    np.testing.assert_allclose(found, [degrees[~hidden].mean(), degrees[hidden].mean()], rtol=1e-9)


def hidden(change):
    return lambda p, h, t: fusion_teacher._hidden(*change(p, h, t))


def motion(**kwargs):
    return lambda said, points, units: fusion_teacher._motion_error(said, points, units, **kwargs)


def by_hand(velocity_from=1, acceleration_from=2, early=False, axis=0, coordinates=torch.mean):
    """The loss as a reader writes it, with one thing wrong."""

    def loss(said, points, units):
        velocity = points.diff(dim=axis) / (units[0] if early else 1)
        acceleration = velocity.diff(dim=axis) / units[1]
        velocity = velocity if early else velocity / units[0]
        v = said[..., 0, :].narrow(axis, velocity_from, velocity.shape[axis]) - velocity
        a = said[..., 1, :].narrow(axis, acceleration_from, acceleration.shape[axis]) - acceleration
        return sum(coordinates(error.square(), -1).mean() / 2 for error in (v, a))

    return loss


def from_rest(said, points, units):
    velocity = points.diff(dim=0, prepend=points[:1])
    acceleration = velocity.diff(dim=0, prepend=0 * velocity[:1])
    return (said - torch.stack([velocity, acceleration], -2) / units[:, None]).square().mean()


def not_transposed(said, true, hidden):
    angle = (((said @ true).diagonal(dim1=-1, dim2=-2).sum(-1) - 1) / 2).clamp(-1, 1).acos().rad2deg()
    return torch.stack([angle[~hidden].mean(), angle[hidden].mean()])


def test_the_loss_by_hand_is_right_if_nothing_is_wrong():
    assert check.motion_loss(by_hand())


def angles(change):
    return lambda a, b, h: change(fusion_teacher._angles(a, b, h), h)


@pytest.mark.parametrize(
    ("exercise", "wrong", "hint"),
    [
        ("hidden_share", lambda r: r / 2, "hidden twice"),
        ("hidden_share", lambda r: r, "more than one"),
        ("hidden_share", lambda r: (1 - r) ** 0.5, "stays visible"),
        ("hidden_share", lambda r: r**0.5, "by both"),
        ("hidden_share", lambda r: 1 - (1 - r) ** 2, "other way round"),
        ("hide", hidden(lambda p, h, t: (p, ~h, t)), "other way round"),
        ("hide", hidden(lambda p, h, t: (p, h, 0 * t)), "not zero"),
        ("hide", lambda p, h, t: p + h[..., None] * t, "not added"),
        ("hide", hidden(lambda p, h, t: (p, h.any(1, keepdim=True) & torch.ones_like(h), t)), "its frame"),
        ("ask_sensors", lambda m, k: fusion_teacher._asked(m, k) - m, "residual"),
        ("ask_sensors", lambda m, k: m + torch.softmax(m @ k.mT, -1) @ k, "divided by the root"),
        ("ask_sensors", lambda m, k: m + torch.softmax(m @ k.mT / m.shape[-1], -1) @ k, "not by D"),
        (
            "ask_sensors",
            lambda m, k: m + torch.softmax(m @ k.flatten(0, 1).T / m.shape[-1] ** 0.5, -1) @ k.flatten(0, 1),
            "same frame",
        ),
        ("ask_sensors", lambda m, k: m + torch.softmax(m @ k.mT / m.shape[-1] ** 0.5, -2) @ k, "over the joints"),
        ("difference_and_product", lambda s, t: torch.stack([s - t, s + t]), "twice"),
        ("difference_and_product", lambda s, t: torch.stack([s + t, s - t]) / 2, "other order"),
        ("difference_and_product", lambda s, t: torch.stack([t - s, s + t]) / 2, "k - m"),
        ("motion_loss", motion(known=False), "leave them out"),
        ("motion_loss", lambda s, p, u: fusion_teacher._motion_error(s, p, 0 * u + 1), "own unit"),
        ("motion_loss", lambda s, p, u: fusion_teacher._motion_error(s, p, u[[0, 0]]), "unit of its own"),
        ("motion_loss", fusion_teacher._of_all_at_once, "one frame less"),
        ("motion_loss", lambda s, p, u: 2 * fusion_teacher._motion_error(s, p, u), "not the sum"),
        ("motion_loss", from_rest, "no velocity of zero"),
        ("motion_loss", by_hand(velocity_from=0, acceleration_from=0), "v_t belongs to frame t"),
        ("motion_loss", by_hand(early=True), "first both differences"),
        ("motion_loss", by_hand(axis=1), "along time"),
        ("motion_loss", by_hand(coordinates=torch.sum), "three coordinates"),
        ("ask_sensors", lambda m, k: m + torch.softmax(m @ k.mT / m.shape[1] ** 0.5, -1) @ k, "number of joints"),
        ("seen_and_unseen", not_transposed, "transposed"),
        ("seen_and_unseen", angles(lambda found, h: found[::-1].copy()), "other way round"),
        ("seen_and_unseen", angles(lambda found, h: np.radians(found)), "radians"),
        (
            "seen_and_unseen",
            angles(lambda found, h: found * [(~h).double().mean(), h.double().mean()]),
            "its own tokens",
        ),
    ],
)
def test_each_hint_is_given_where_due(exercise, wrong, hint):
    verdict = getattr(check, exercise)(wrong)
    assert not verdict
    assert hint in verdict.message
