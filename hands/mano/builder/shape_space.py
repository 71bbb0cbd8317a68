"""The shape space: 1,500 hands that are as large as people's, and their principal components.

MakeHuman knows the shape of hands, not their sizes. So each random hand is fitted to a person drawn from the ANSUR II
survey: scale, breadth, length of the fingers and girth of the wrist are turned until hand length, breadth, palm length
and wrist circumference agree. The principal components of these hands, each scaled by its standard deviation, are
`shapedirs`: betas are standard normal by construction.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

import numpy as np

from hands.conventions import NUM_BETAS

from .anthropometry import ANSUR, FITTED, HandRuler
from .canonical import straighten
from .landmarks import JOINTS, SURFACE
from .phenotypes import Person, Phenotypes, random_adult
from .vectors import Array, Indices

log = logging.getLogger(__name__)

NUM_SAMPLES: Final = 1500
SEED: Final = 7

LOG_DEPTH_MEAN, LOG_DEPTH_SD = 0.06, 0.03
"""Depth of hand and fingers grows with the root of their breadth and by this much more, as a logarithm."""

MEASURES_AGREE = 2e-4
"""Relative error at which a fit stops: 0.04 mm of a hand's length."""

KNOB_STEPS: Final = (0.02, 0.02, 0.1, 0.1)
KNOB_RIDGE: Final = (1e-6, 1e-5, 1e-4, 1e-4)


@dataclass(frozen=True)
class Knobs:
    """What is turned to fit a hand to measures: differences of points (V + 21, 3) in the canonical pose."""

    finger_length: Array
    wrist_girth: Array

    def turn(self, points: Array, knobs: Array, log_depth: float) -> Array:
        """A hand with other proportions, its wrist at the origin.

        Args:
            points: the hand (V + 21, 3).
            knobs: log of the scale, log of the further scale in breadth, finger length, wrist girth.
            log_depth: log of the further scale in depth, on top of half that of the breadth.
        """
        log_scale, log_breadth, fingers, wrist = knobs
        scale = np.exp(log_scale) * np.exp([0.0, log_depth + 0.5 * log_breadth, log_breadth])
        points = (points + fingers * self.finger_length + wrist * self.wrist_girth) * scale
        return np.asarray(points - points[JOINTS][0])


@dataclass(frozen=True)
class Samples:
    """The fitted hands: points (n, V + 21, 3), wrists at the origin, and who is a man (n,)."""

    points: Array
    is_male: np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class ShapeSpace:
    """Mean hand and principal components; betas are standard normal."""

    mean: Array  # (V + 21, 3), wrist at the origin
    shapedirs: Array  # (V, 3, 10)
    shares: Array  # (10,) of the variance
    betas_male: Array  # (10,) mean man
    betas_female: Array  # (10,) mean woman


def sample_hands(phenotypes: Phenotypes, lbs_weights: Array, faces: Indices) -> Samples:
    """NUM_SAMPLES random adults' hands, men and women in turn, with the survey's measures."""
    neutral = phenotypes.hand(Person())
    knobs = _knobs(phenotypes, neutral, lbs_weights)
    straight = straighten(neutral, lbs_weights)
    ruler = HandRuler(straight[SURFACE], straight[JOINTS], faces)
    rng = np.random.default_rng(SEED)
    hands = []
    for i in range(NUM_SAMPLES):
        sex = ("male", "female")[i % 2]
        hand = straighten(phenotypes.hand(random_adult(rng, gender=float(i % 2))), lbs_weights)
        target = ANSUR[sex].draw(rng)
        log_depth = rng.normal(LOG_DEPTH_MEAN, LOG_DEPTH_SD)
        hands.append(fit_to_measures(hand, target[list(FITTED)], knobs, log_depth, ruler))
    log.info("fitted %d hands to the measures of ANSUR II", NUM_SAMPLES)
    return Samples(np.array(hands), np.arange(NUM_SAMPLES) % 2 == 0)


def _knobs(phenotypes: Phenotypes, neutral: Array, lbs_weights: Array) -> Knobs:
    def difference(name: str) -> Array:
        more, less = (neutral + 0.5 * phenotypes.local[f"{name}-{way}"] for way in ("incr", "decr"))
        return np.asarray(straighten(more, lbs_weights) - straighten(less, lbs_weights))

    return Knobs(difference("r-hand-fingers-length"), difference("measure-wrist-circ"))


def fit_to_measures(hand: Array, target: Array, knobs: Knobs, log_depth: float, ruler: HandRuler) -> Array:
    """The hand (V + 21, 3) with its FITTED measures (4,) brought to the target, by at most five Gauss-Newton steps.

    The errors are logarithms of ratios, so that all four measures count alike.
    """

    def turned(setting: Array) -> Array:
        return knobs.turn(hand, setting, log_depth)

    def measured(setting: Array) -> Array:
        points = turned(setting)
        return np.log(ruler.fitted(points[SURFACE], points[JOINTS]))

    setting = np.zeros(4)
    for _ in range(5):
        now = measured(setting)
        error = np.log(target) - now
        if np.abs(error).max() < MEASURES_AGREE:
            break
        probes = setting + np.diag(KNOB_STEPS)
        jacobian = np.stack([measured(probe) - now for probe in probes], axis=1) / KNOB_STEPS
        setting = setting + np.linalg.solve(jacobian.T @ jacobian + np.diag(KNOB_RIDGE), jacobian.T @ error)
    return turned(setting)


def principal_shapes(samples: Samples) -> ShapeSpace:
    """Mean and principal components; a positive beta makes the middle finger's tip lie further out."""
    mean = samples.points.mean(0)
    surface = samples.points[:, SURFACE]
    deviations = (surface - mean[SURFACE]).reshape(len(surface), -1)
    scores, singular, components = np.linalg.svd(deviations, full_matrices=False)
    sd = singular / np.sqrt(len(surface) - 1)
    directions = components[:NUM_BETAS].reshape(NUM_BETAS, -1, 3)
    middle_tip = int(np.argmin(mean[SURFACE][:, 0]))
    sign = -np.sign(directions[:, middle_tip, 0])
    betas = scores[:, :NUM_BETAS] * np.sqrt(len(surface) - 1) * sign
    shares = sd[:NUM_BETAS] ** 2 / (sd**2).sum()
    log.info("shares of the first %d shapes: %s", NUM_BETAS, np.array2string(shares, precision=4))
    return ShapeSpace(
        mean=mean,
        shapedirs=(directions * (sd[:NUM_BETAS] * sign)[:, None, None]).transpose(1, 2, 0),
        shares=shares,
        betas_male=betas[samples.is_male].mean(0),
        betas_female=betas[~samples.is_male].mean(0),
    )
