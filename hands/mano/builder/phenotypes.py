"""Adults of every kind: MakeHuman's phenotype targets and how a person's traits blend them.

A macro target belongs to a combination of categories, such as (male, young, maxmuscle, averageweight); its weight is
the product of the person's memberships in each of them. Memberships are piecewise linear in each trait.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np

from .landmarks import PointMap
from .makehuman import Body, Wheel
from .vectors import Array

YOUNG, OLD = 2 / 3, 1.0
"""Adults on MakeHuman's scale of age, where 0 is a baby."""

CATEGORIES: Final = {
    "gender": {"male": 0.0, "female": 1.0},
    "age": {"young": YOUNG, "old": OLD},
    "muscle": {"minmuscle": 0.0, "averagemuscle": 0.5, "maxmuscle": 1.0},
    "weight": {"minweight": 0.0, "averageweight": 0.5, "maxweight": 1.0},
    "height": {"minheight": 0.0, "maxheight": 1.0},
    "proportions": {"idealproportions": 0.0, "uncommonproportions": 1.0},
}
"""Where each category of a trait lies on the trait's scale from 0 to 1."""

ANCESTRIES: Final = ("african", "asian", "caucasian")

LOCAL_TARGETS: Final = tuple(
    f"{name}-{way}"
    for name in ("r-hand-fingers-diameter", "r-hand-fingers-length", "measure-wrist-circ")
    for way in ("incr", "decr")
)
"""Targets of the hand alone, beside the macro targets: more and less of a size."""


@dataclass(frozen=True)
class Person:
    """Traits of an adult on MakeHuman's scales."""

    gender: float = 0.5  # 0 male, 1 female
    age: float = YOUNG + 0.06
    muscle: float = 0.5
    weight: float = 0.5
    height: float = 0.5
    proportions: float = 0.5
    ancestry: tuple[float, ...] = (1 / 3, 1 / 3, 1 / 3)  # in the order of ANCESTRIES, summing to one
    finger_diameter: float = 0.0  # -1 to 1, beside the macro targets

    def memberships(self) -> dict[str, float]:
        """How far the person belongs to each category."""
        result = dict(zip(ANCESTRIES, self.ancestry, strict=True))
        for trait, scale in CATEGORIES.items():
            anchors = np.array(list(scale.values()))
            hats = np.eye(len(anchors))
            result |= {c: float(np.interp(getattr(self, trait), anchors, hats[i])) for i, c in enumerate(scale)}
        return result


class Phenotypes:
    """The hands of all adults, as points in MakeHuman's axes (see `landmarks`)."""

    def __init__(self, wheel: Wheel, body: Body, to_points: PointMap):
        def read(name: str) -> Array:
            return to_points(wheel.target(name, len(body.vertices)))

        macro = adult_macro_targets()
        self._base = to_points(body.vertices)
        self._categories = list(macro.values())
        self._macro = np.stack([read(name) for name in macro])  # (192, V + 21, 3)
        self.local = {name: read(f"hands/{name}") for name in LOCAL_TARGETS}  # each (V + 21, 3), at full strength

    def hand(self, person: Person) -> Array:
        """Points (V + 21, 3) of this person's hand, in MakeHuman's rest pose and axes."""
        memberships = person.memberships()
        weights = np.array([_product(memberships, categories) for categories in self._categories])
        diameter = "incr" if person.finger_diameter > 0 else "decr"
        local = abs(person.finger_diameter) * self.local[f"r-hand-fingers-diameter-{diameter}"]
        return np.asarray(self._base + np.tensordot(weights, self._macro, 1) + local)


def _product(memberships: dict[str, float], categories: Sequence[str]) -> float:
    return float(np.prod([memberships[category] for category in categories]))


def adult_macro_targets() -> dict[str, tuple[str, ...]]:
    """Names of MakeHuman's 192 macro targets for ages young to old, with the categories that each belongs to."""
    gender, age, muscle, weight, height, proportions = (tuple(scale) for scale in CATEGORIES.values())
    targets: dict[str, tuple[str, ...]] = {}
    for kind in product(gender, age, muscle, weight):
        targets["macrodetails/universal-" + "-".join(kind)] = kind
        for folder, further in (("height", height), ("proportions", proportions)):
            for category in further:
                targets[f"macrodetails/{folder}/" + "-".join((*kind, category))] = (*kind, category)
    for origin in product(ANCESTRIES, gender, age):
        targets["macrodetails/" + "-".join(origin)] = origin
    return targets


def random_adult(rng: np.random.Generator, gender: float) -> Person:
    """A random adult: average in muscle, weight and height, of any ancestry and with fingers of any thickness."""

    def about(mean: float, sd: float, low: float = 0.0, high: float = 1.0) -> float:
        return float(np.clip(rng.normal(mean, sd), low, high))

    ancestry = rng.dirichlet([1, 1, 1])
    return Person(
        gender=gender,
        age=YOUNG + float(rng.beta(1.1, 2.5)) * (OLD - YOUNG),
        muscle=about(0.5, 0.18),
        weight=about(0.5, 0.2),
        height=about(0.5, 0.2),
        proportions=float(rng.uniform(0.2, 0.9)),
        ancestry=tuple(ancestry),
        finger_diameter=about(0.0, 0.35, low=-1.0),
    )
