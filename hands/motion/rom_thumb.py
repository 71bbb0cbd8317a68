"""Range-of-motion movements of the thumb: pinching, tapping and sliding on palm and backs of fingers, snapping.

Each function is one round of a movement; `programs` says which round belongs to which program. Where skin touches
skin, the angles of the thumb and of the finger that it meets were solved on the default hand for contact without
sinking in, and rounded to whole degrees.

Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from hands.mano.key_poses import KEY_POSES, KeyPose
from hands.motion.postures import EASE, FOUR, HALF_CLOSED, LOOSE, STRAIGHT, Posture, but, posture, towards
from hands.motion.script import Step

PINCHES: Final = {finger: posture(KEY_POSES[f"{finger}tip"]) for finger in FOUR}
ALL_TIPS: Final = posture(KEY_POSES["pucker"])


def pinching(rng: np.random.Generator) -> Iterator[Step]:
    """The thumb meets every fingertip in turn, to and fro, opening between; in the end all tips meet."""
    order = FOUR if rng.random() < 0.75 else FOUR[::-1]
    there_and_back = [*order, *order[-2::-1]] if rng.random() < 0.5 else order
    opened = (LOOSE, STRAIGHT, EASE)[rng.integers(3)]
    for finger in there_and_back:
        for _ in range(1 if rng.random() < 0.7 else 2):
            away = towards(opened, PINCHES[finger], share=rng.uniform(0.0, 0.35))
            yield Step(away, seconds=rng.uniform(0.35, 0.5), hold=rng.uniform(0.02, 0.1))
            yield _touch(PINCHES[finger], rng, f"thumb on {finger}", seconds=0.42)
    if rng.random() < 0.5:
        yield Step(opened, seconds=0.5, hold=0.1)
        yield _touch(ALL_TIPS, rng, "all tips", seconds=0.6)
        yield Step(opened, seconds=0.5, hold=0.1)


def _touch(contact: Posture, rng: np.random.Generator, name: str, seconds: float) -> Step:
    return Step(contact, seconds * rng.uniform(0.85, 1.15), hold=rng.uniform(0.08, 0.4), exact=True, name=name)


_HALF: Final = posture(
    KeyPose(index=(12, 4, 16, 10), middle=(12, 2, 16, 10), ring=(12, 1, 16, 10), pinky=(12, 6, 16, 10))
)
PALMAR: Final[dict[str, tuple[Posture, ...]]] = {
    finger: tuple(but(_HALF, thumb=on, **{finger: bent}) for on, bent in places)
    for finger, places in {
        "index": (
            ((21, 18, -10, 8, 48), (42, 4, 48, 18)),
            ((19, 11, -22, 13, 49), (29, 4, 39, 11)),
            ((11, 9, -23, 12, 58), (21, 4, 15, 7)),
            ((17, 15, -23, 19, 74), (19, 4, 10, 6)),
        ),
        "middle": (
            ((38, 36, -23, 27, 43), (46, 2, 65, 24)),
            ((31, 16, -23, 24, 48), (54, 2, 34, 18)),
            ((39, 10, -23, 19, 59), (54, 2, 19, 13)),
            ((38, 15, -23, 24, 68), (32, 3, 13, 9)),
        ),
        "ring": (
            ((43, 26, -20, 44, 24), (56, 1, 49, 28)),
            ((38, 26, -23, 51, 30), (70, 1, 34, 24)),
            ((39, 19, -23, 58, 7), (59, 1, 38, 20)),
            ((39, 22, -23, 57, 30), (45, 1, 28, 17)),
        ),
        "pinky": (
            ((48, 17, -13, 55, 15), (70, 6, 32, 28)),
            ((48, 21, -23, 49, 41), (85, 6, 11, 25)),
            ((48, 19, -23, 48, 47), (70, 6, 30, 22)),
            ((48, 24, -20, 58, 38), (56, 8, 30, 17)),
        ),
    }.items()
}
"""The thumb on the palmar side of each finger: on its last, middle and first segment, and on the palm at its root.

The palm of the model is one piece and does not cup, so below the little finger the thumb lands two centimetres short.
"""

AWAY: Final = posture(KeyPose((-4, 16, -4, 4, 12), (6, 6, 10, 6), (6, 3, 10, 6), (8, -1, 12, 7), (8, -2, 14, 8)))
"""Open, the thumb off the palm and ready to come back."""


def tapping_palm(rng: np.random.Generator) -> Iterator[Step]:
    """The thumb taps the palm at the root of the little finger, or of every finger in turn, and comes out again."""
    fingers: Sequence[str] = ("pinky",) * 3 if rng.random() < 0.35 else FOUR if rng.random() < 0.5 else FOUR[::-1]
    for finger in fingers:
        yield from _taps(PALMAR[finger][3], AWAY, rng, f"thumb at {finger}'s root")


def _taps(contact: Posture, away: Posture, rng: np.random.Generator, name: str) -> Iterator[Step]:
    """Out of `away` onto a place, two to four times, lifted a little between."""
    yield Step(towards(contact, away, share=rng.uniform(0.8, 1.0)), seconds=rng.uniform(0.35, 0.5), hold=0.04)
    for _ in range(rng.integers(2, 5)):
        yield _touch(contact, rng, name, seconds=0.28)
        yield Step(towards(contact, away, share=rng.uniform(0.3, 0.6)), seconds=rng.uniform(0.2, 0.3), hold=0.03)


DORSAL: Final = {
    place: but(HALF_CLOSED, thumb=on, **bent)
    for place, on, bent in (
        ("index nail", (22, 43, -23, 19, 76), {"index": (65, 0, 84, 40, 3)}),
        ("index last joint", (15, 22, -9, 12, 76), {"index": (79, 0, 81, 40, 3)}),
        ("index middle segment", (27, 22, -18, 6, 63), {"index": (87, 0, 71, 40, 3)}),
        ("index first segment", (14, -18, 0, -1, 55), {"index": (63, 0, 70, 40, 3)}),
        ("middle nail", (30, 43, -8, 27, 70), {"middle": (80, 0, 63, 42, -3)}),
        ("middle last joint", (40, 43, -23, 16, 75), {"middle": (93, 0, 59, 42, -3)}),
        ("ring nail", (46, 43, -10, 39, 56), {"ring": (93, 1, 46, 44, -5)}),
    )
}
"""The thumb on the backs of bent fingers."""
HALF_FIST: Final = but(HALF_CLOSED, thumb=(-6, 18, -4, 4, 18))
"""The thumb off the bent fingers."""


def tapping_back(rng: np.random.Generator) -> Iterator[Step]:
    """The fingers are half bent; the thumb taps their backs, finger after finger."""
    order = ["index middle segment", "middle nail", "ring nail"]
    places = order if rng.random() < 0.5 else order[::-1]
    if rng.random() < 0.5:
        places = ["index first segment", *places]
    for place in places:
        yield from _taps(DORSAL[place], HALF_FIST, rng, f"thumb on {place}")


def sliding_palm(rng: np.random.Generator) -> Iterator[Step]:
    """The thumb slides over the palmar side of two fingers, tip to root and back, or over the palm, root to root."""
    paths = [*PALMAR.items(), ("palm", [PALMAR[finger][3] for finger in FOUR])]
    for k in rng.permutation(len(paths))[:2]:
        name, path = paths[k]
        yield from _slide(path, AWAY, rng, name)


def sliding_back(rng: np.random.Generator) -> Iterator[Step]:
    """The thumb slides over the back of the bent index finger, then across the backs of the bent fingers."""
    along = ["index middle segment", "index last joint", "index nail"]
    across = ["index nail", "middle nail", "ring nail"]
    yield from _slide([DORSAL[place] for place in along], HALF_FIST, rng, "index")
    yield from _slide([DORSAL[place] for place in across], HALF_FIST, rng, "backs")


def _slide(path: Sequence[Posture], away: Posture, rng: np.random.Generator, name: str) -> Iterator[Step]:
    """Down onto the first place, along the path and back, once or more, and off again."""
    there = list(path) if rng.random() < 0.7 else list(path)[::-1]
    yield Step(towards(there[0], away, share=0.7), seconds=0.4, hold=0.03)
    yield Step(there[0], seconds=0.3, hold=rng.uniform(0.05, 0.25), exact=True, name=f"thumb on {name}")
    quick = rng.uniform(0.26, 0.4)
    for _ in range(rng.integers(1, 4)):
        for place in [*there[1:], *there[-2::-1]]:
            turns = place is there[-1] or place is there[0]
            hold = rng.uniform(0.03, 0.2) if turns else 0.0
            yield Step(place, seconds=quick, hold=hold, exact=True, name=f"thumb on {name}")
    yield Step(towards(there[0], away, share=rng.uniform(0.7, 1.0)), seconds=0.4, hold=rng.uniform(0.03, 0.2))


_SNAP: Final = posture(KeyPose(index=(20, 2, 24, 14), ring=(70, 1, 85, 45, -5), pinky=(74, 4, 85, 45, -10)))
READY: Final = but(_SNAP, thumb=(36, 28, -20, 14, 10), middle=(30, 1, 40, 20))
LOADED: Final = but(_SNAP, thumb=(46, 26, -23, 19, 10), middle=(43, 1, 55, 30))
"""Thumb and middle finger press their pads against each other."""
SNAPPED: Final = but(_SNAP, thumb=(6, 8, -4, 2, 10), middle=(75, -3, 83, 60))
"""The middle finger's pad on the ball of the thumb, the thumb beside the index."""


def snapping(rng: np.random.Generator) -> Iterator[Step]:
    """Thumb against middle finger, load, and release: the middle finger hits the ball of the thumb."""
    for _ in range(rng.integers(3, 7)):
        yield Step(READY, seconds=rng.uniform(0.45, 0.6), hold=rng.uniform(0.02, 0.2))
        yield Step(LOADED, seconds=0.3, hold=rng.uniform(0.15, 0.4), exact=True, name="loaded")
        yield Step(SNAPPED, seconds=rng.uniform(0.065, 0.095), hold=rng.uniform(0.1, 0.25), exact=True, name="snapped")
    yield Step(EASE, seconds=0.6, hold=rng.uniform(0.1, 0.5))
