"""Checkers for the exercises of *The fusion teacher*.

What is expected is worked out token by token in numpy, with plain loops and by other formulas than the chapter's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from hands.check.verdict import Verdict, judge

Array = npt.NDArray[np.float64]


def hidden_share(answer: Callable[[float], Any]) -> Verdict:
    """Ratio of tokens that is hidden on average -> the share of frames, and of single tokens, that has to be drawn."""
    ratios = {"nothing": 0.0, "everything": 1.0, "three quarters": 0.75, "half": 0.5, "nearly all": 0.9}
    return judge(
        answer,
        {f"{name} is hidden": ((ratio,), _share(ratio)) for name, ratio in ratios.items()},
        praise="right: two chances to be hidden, and together they make the ratio",
        atol=1e-6,
        mistakes={
            "some tokens are hidden twice, by their frame and by themselves; so half of the ratio is too little": (
                lambda ratio: ratio / 2
            ),
            "both draws hide, so together they hide more than one; this is more than the ratio": lambda ratio: ratio,
            "this is what stays visible of each draw; the share is the rest": lambda ratio: (1 - ratio) ** 0.5,
            "that would be right if a token had to be hidden by both": lambda ratio: ratio**0.5,
            "it is the other way round: this is the ratio that comes of a share": lambda ratio: 1 - (1 - ratio) ** 2,
        },
    )


def hide(answer: Callable[[Tensor, Tensor, Tensor], Any]) -> Verdict:
    """Poses (T, J, 6), True where hidden (T, J), the mask token (6,) -> poses with the token in the hidden places."""
    draw = torch.Generator().manual_seed(0)
    pose, token = torch.randn(4, 3, 6, generator=draw).double(), torch.randn(6, generator=draw).double()
    some = torch.tensor([[1, 0, 0], [0, 0, 1], [1, 1, 1], [0, 0, 0]]).bool()
    unknown = pose.masked_fill(some[..., None], torch.nan)
    cases = {
        "nothing is hidden": (pose, torch.zeros(4, 3).bool(), token),
        "some tokens are hidden": (pose, some, token),
        "a hidden pose that nobody knows (NaN)": (unknown, some, token),
    }
    return judge(
        answer,
        {name: (case, _hidden(*case)) for name, case in cases.items()},
        praise="right: of a hidden pose nothing is left",
        atol=1e-9,
        mistakes={
            "it is the other way round: what should be visible is hidden": lambda p, h, t: _hidden(p, ~h, t),
            "a hidden token is not zero, which would be a pose like any other; put the mask token there": (
                lambda p, h, t: _hidden(p, h, 0 * t)
            ),
            "the mask token replaces a pose; it is not added to it": lambda p, h, t: p + h[..., None] * t,
            "one hidden joint does not hide its frame": lambda p, h, t: _hidden(
                p, h.any(1, keepdim=True).expand(h.shape), t
            ),
        },
    )


def ask_sensors(answer: Callable[[Tensor, Tensor], Any]) -> Verdict:
    """Tokens of the pose (T, J, D) and of the sensors (T, S, D) -> what the pose's tokens are after they asked."""
    draw = torch.Generator().manual_seed(1)
    m, k = (torch.randn(3, n, 4, generator=draw).double() for n in (5, 2))
    cases = {
        "one frame, one sensor": (m[:1], k[:1, :1]),
        "one frame, two sensors": (m[:1], k[:1]),
        "three frames": (m, k),
    }
    return judge(
        answer,
        {name: (case, _asked(*case)) for name, case in cases.items()},
        praise="right: each joint asks the sensors of its own frame, and keeps what it knew",
        atol=1e-6,
        mistakes={
            "the residual is missing: a token keeps what it was and adds what it heard": lambda m, k: _asked(m, k) - m,
            "the scores are divided by the root of D": lambda m, k: _asked(m, k, scale=1.0),
            "the scores are divided by the root of D, not by D": lambda m, k: _asked(m, k, scale=1 / m.shape[-1]),
            "the root is that of D, the channels, and not of the number of joints": lambda m, k: _asked(
                m, k, scale=m.shape[1] ** -0.5
            ),
            "frames hear of each other here; only sensors of the same frame may answer": lambda m, k: _asked(
                m, k.flatten(0, 1).expand(len(m), -1, -1)
            ),
            "the weights of one joint's answers add up to 1 over the sensors, not over the joints": (
                lambda m, k: m + torch.softmax(m @ k.mT / m.shape[-1] ** 0.5, 1) @ k
            ),
        },
    )


def difference_and_product(answer: Callable[[Tensor, Tensor], Any]) -> Verdict:
    """Shape and motion prior of tokens, neither pooled (T, J, D) -> (2, T, J, D): m - k, and m times k."""
    draw = torch.Generator().manual_seed(2)
    pairs = {"one number": torch.randn(2, 1, 1, 1, generator=draw), "tokens": torch.randn(2, 3, 2, 4, generator=draw)}

    def case(m: Tensor, k: Tensor) -> tuple[tuple[Tensor, Tensor], Tensor]:
        return (m - k + m * k, k - m + m * k), torch.stack([m - k, m * k])

    return judge(
        answer,
        {name: case(*pair.double()) for name, pair in pairs.items()},
        praise="right: the two hold a difference and a product, and nothing else",
        atol=1e-6,
        mistakes={
            "the product stands in both, so their sum has it twice": lambda sh, tm: torch.stack([sh - tm, sh + tm]),
            "right numbers in the other order: first the difference, then the product": lambda sh, tm: torch.stack(
                [(sh + tm) / 2, (sh - tm) / 2]
            ),
            "this is k - m": lambda sh, tm: torch.stack([(tm - sh) / 2, (sh + tm) / 2]),
        },
    )


def motion_loss(answer: Callable[[Tensor, Tensor, Tensor], Any]) -> Verdict:
    """Said, standardised (T, K, 2, 3), keypoints (T, K, 3), units (2,) -> mean square error, each order half."""
    draw = torch.Generator().manual_seed(3)
    said, points = torch.randn(6, 4, 2, 3, generator=draw).double(), torch.randn(6, 4, 3, generator=draw).double()
    ones, units = torch.ones(2).double(), torch.tensor([0.5, 0.25]).double()
    cases = {
        "a hand at rest, and a head that says so": (0 * said, 0 * points + 1, ones),
        "units of 1": (said, points, ones),
        "units of the training data": (said, points, units),
        "three frames": (said[:3], points[:3], units),
    }
    return judge(
        answer,
        {name: (case, _motion_error(*case)) for name, case in cases.items()},
        praise="right: what is not known is not learnt, and both orders count the same",
        atol=1e-6,
        mistakes={
            "the first frame has no velocity and the first two no acceleration: leave them out, they are not zero": (
                lambda said, points, units: _motion_error(said, points, units, known=False)
            ),
            "nothing is known before the first velocity, and that is no velocity of zero; leave it out": _from_rest,
            "v_t belongs to frame t, where it ends: said[1:], not said[:-1]; and likewise said[2:]": (
                lambda said, points, units: _motion_error(_moved(said), points, units)
            ),
            "first both differences, then the units: these accelerations were divided by both": (
                lambda said, points, units: _motion_error(
                    said, points, units * torch.stack([0 * units[0] + 1, units[0]])
                )
            ),
            "differences run along time, axis 0": lambda said, points, units: _motion_error(
                said.transpose(0, 1), points.transpose(0, 1), units
            ),
            "the mean is over the three coordinates, too": lambda said, points, units: (
                3 * _motion_error(said, points, units)
            ),
            "divide each order by its own unit, or the velocity alone is learnt": lambda said, points, units: (
                _motion_error(said, points, torch.ones(2).double())
            ),
            "the acceleration has a unit of its own": lambda said, points, units: _motion_error(
                said, points, units[[0, 0]]
            ),
            "each order counts half, although there is one frame less of accelerations": _of_all_at_once,
            "half of each, not the sum of both": lambda said, points, units: 2 * _motion_error(said, points, units),
        },
    )


def seen_and_unseen(answer: Callable[[Tensor, Tensor, Tensor], Any]) -> Verdict:
    """Rotations said and true (T, J, 3, 3), True where hidden (T, J) -> (2,): mean angle where seen, where hidden."""
    draw = torch.Generator().manual_seed(4)
    true, off = (torch.linalg.matrix_exp(_skew(0.6 * torch.randn(5, 3, 3, generator=draw).double())) for _ in "ab")
    hidden = torch.tensor([[1, 0, 0], [0, 0, 1], [1, 1, 1], [0, 0, 0], [1, 0, 1]]).bool()
    told = torch.where(hidden[..., None, None], true @ off, true)
    cases = {
        "what is seen is copied": (told, true, hidden),
        "nothing is copied": (off @ true, true, hidden),
        "fewer joints": (off[:, :2] @ true[:, :2], true[:, :2], hidden[:, :2]),
    }
    return judge(
        answer,
        {name: (case, _angles(*case)) for name, case in cases.items()},
        praise="right: now copying can be told from knowing",
        atol=1e-3,
        unit="degrees",
        mistakes={
            "the other way round: first where the pose was seen, then where it was hidden": lambda a, b, h: _angles(
                a, b, ~h
            ),
            "these are radians; degrees are asked for": lambda a, b, h: np.radians(_angles(a, b, h)),
            "the trace is that of said @ true.mT: one of the two has to be transposed": lambda a, b, h: _angles(
                a, b.mT, h
            ),
            "each mean is over its own tokens, not over all": lambda a, b, h: (
                _angles(a, b, h) * np.array([(~h).double().mean(), h.double().mean()])
            ),
        },
    )


def _share(ratio: float) -> float:
    """By bisection."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if middle + (1 - middle) * middle < ratio else (low, middle)
    return high


def _hidden(pose: Tensor, hidden: Tensor, token: Tensor) -> Tensor:
    result = pose.clone()
    for t, j in np.argwhere(hidden.numpy()):
        result[t, j] = token
    return result


def _asked(m: Tensor, k: Tensor, scale: float | None = None) -> Tensor:
    """Token by token."""
    result, root = m.clone(), m.shape[-1] ** -0.5 if scale is None else scale
    for t in range(m.shape[0]):
        for j in range(m.shape[1]):
            scores = [float(torch.exp(root * (m[t, j] * sensor).sum())) for sensor in k[t]]
            for score, sensor in zip(scores, k[t], strict=True):
                result[t, j] += score / sum(scores) * sensor
    return result


def _differences(said: Tensor, points: Tensor, units: Tensor, order: int, known: bool) -> Array:
    """Errors of one order; with `known` False, those of the first frames against zero as well."""
    label = np.diff(points.numpy(), order, axis=0) / float(units[order - 1])
    if not known:
        label = np.concatenate([np.zeros((order, *label.shape[1:])), label])
    found: Array = said.numpy()[-len(label) :, :, order - 1] - label
    return found


def _motion_error(said: Tensor, points: Tensor, units: Tensor, known: bool = True) -> float:
    return float(np.mean([np.mean(_differences(said, points, units, order, known) ** 2) for order in (1, 2)]))


def _from_rest(said: Tensor, points: Tensor, units: Tensor) -> float:
    """As if the hand had been at rest before the window."""
    velocity = np.diff(points.numpy(), 1, axis=0, prepend=points.numpy()[:1])
    acceleration = np.diff(velocity, 1, axis=0, prepend=0 * velocity[:1])
    labels = np.stack([velocity, acceleration], 2) / units.numpy()[:, None]
    return float(np.mean((said.numpy() - labels) ** 2))


def _moved(said: Tensor) -> Tensor:
    """What was said of velocities one frame earlier, and of accelerations two."""
    return torch.stack([said[:, :, 0].roll(1, 0), said[:, :, 1].roll(2, 0)], 2)


def _of_all_at_once(said: Tensor, points: Tensor, units: Tensor) -> float:
    errors = [_differences(said, points, units, order, True).ravel() for order in (1, 2)]
    return float(np.mean(np.concatenate(errors) ** 2))


def _skew(vectors: Tensor) -> Tensor:
    return torch.cross(vectors[..., None, :].expand(*vectors.shape, 3), torch.eye(3).double().expand(5, 3, 3, 3), -1)


def _angles(said: Tensor, true: Tensor, hidden: Tensor) -> Array:
    """By the size of the antisymmetric part and the trace, joint by joint."""
    found: dict[bool, list[float]] = {False: [], True: []}
    for t, j in np.ndindex(*hidden.shape):
        R = (said[t, j] @ true[t, j].mT).numpy()
        sine = np.linalg.norm([R[2, 1] - R[1, 2], R[0, 2] - R[2, 0], R[1, 0] - R[0, 1]])
        found[bool(hidden[t, j])].append(float(np.degrees(np.arctan2(sine, np.trace(R) - 1))))
    return np.array([np.mean(found[False]), np.mean(found[True])])
