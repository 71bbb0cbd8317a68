"""What is kept of each picture: the series of a set, their types, and one take of them.

Explained in the book: *Seeing hands*.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np

from hands import motion
from hands.gesture.drawing import NAMES, Drawn, draw
from hands.gesture.plan import PicturePlan, Shard
from hands.gesture.render import Shot, Studio
from hands.mano.gestures import GESTURES

PER_METRE: Final = 10_000
"""Depth is kept in tenths of a millimetre."""


class Series(NamedTuple):
    """What the manifest says of a series."""

    dtype: str
    tail: tuple[int | str, ...]
    """Shape of one picture's entry; `"size"` is the picture's."""
    unit: str
    meaning: str


SERIES: Final[Mapping[str, Series]] = MappingProxyType(
    {
        "images": Series("|u1", ("size", "size", 3), "1", "the pictures, red, green, blue, as a camera saves them"),
        "depth": Series("<u2", ("size", "size"), "0.1 mm", "of the hand's surface; 0 where no hand is seen"),
        "gesture": Series("<i2", (), "1", "label: which of the 46 names"),
        "coarse": Series("<i2", (), "1", "label: which of the 27 coarse classes"),
        "fine": Series("<i2", (), "1", "label: which of the 35 fine classes"),
        "subject": Series("<i2", (), "1", "number of the subject, 1 for S01"),
        "take": Series("<i2", (), "1", "number of the subject's take"),
        "betas": Series("<f4", (10,), "standard deviations", "label: shape of the hand"),
        "global_orient": Series("<f4", (3,), "rad", "label: axis-angle of the wrist in the camera's frame"),
        "hand_pose": Series("<f4", (15, 3), "rad", "label: axis-angle of the finger joints, relative to the flat hand"),
        "transl": Series("<f4", (3,), "m", "label: translation of the hand in the camera's frame"),
        "keypoints": Series("<f4", (21, 3), "m", "label: the 21 keypoints in the camera's frame"),
        "pixels": Series("<f4", (21, 2), "px", "label: the 21 keypoints in the picture"),
        "visible": Series("|b1", (21,), "1", "label: whether the skin before a keypoint is seen"),
        "camera": Series("<f4", (3,), "px", "focal length, and where the optical axis meets the picture"),
        "upright": Series("<f4", (3, 3), "1", "R_cw: how the camera is turned; its third column is up"),
        "tone": Series("<f4", (), "1", "melanin of the skin, 0 for the lightest"),
    }
)
"""Type, shape, unit and meaning of each series; row i of each belongs to picture i."""

Rows = dict[str, np.ndarray]


def shapes(plan: PicturePlan, rows: int) -> dict[str, tuple[int, ...]]:
    """Of all series with so many rows."""
    return {name: (rows, *(plan.size if n == "size" else int(n) for n in s.tail)) for name, s in SERIES.items()}


def take(plan: PicturePlan, shard: Shard, studio: Studio) -> Rows:
    """One take: draw every gesture's picture and render it."""
    rows: Rows = {k: np.empty(shape, SERIES[k].dtype) for k, shape in shapes(plan, len(NAMES)).items()}
    for i, gesture in enumerate(NAMES):
        drawn = draw(plan.seed, shard.subject, shard.take, gesture, size=plan.size, hand=studio.hand)
        shot = studio.shoot(drawn.posed, drawn.camera, drawn.look, samples=plan.samples)
        for name, value in _entry(gesture, shard, drawn, shot).items():
            rows[name][i] = value
    return rows


def _entry(gesture: str, shard: Shard, drawn: Drawn, shot: Shot) -> dict[str, object]:
    labels = GESTURES[gesture]
    return {
        "images": shot.picture,
        "depth": np.round(PER_METRE * shot.depth),
        "gesture": NAMES.index(gesture),
        "coarse": labels.coarse,
        "fine": labels.fine,
        "subject": motion.SUBJECTS[shard.subject].number,
        "take": shard.take,
        "betas": drawn.posed.betas,
        "global_orient": shot.global_orient,
        "hand_pose": drawn.posed.hand_pose,
        "transl": shot.transl,
        "keypoints": shot.keypoints,
        "pixels": shot.pixels,
        "visible": shot.visible,
        "camera": (drawn.camera.focal, *drawn.camera.centre),
        "upright": drawn.camera.rotmat,
        "tone": drawn.look.skin.tone,
    }
