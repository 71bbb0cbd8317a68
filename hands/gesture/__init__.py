"""Pictures and gestures: hands that nobody has, photographed, and networks that look at them.

`pictures()` opens the book's set of synthetic pictures, and renders it first where it is not there (`hands pictures`
does the same from the command line). Rendering needs Mitsuba 3 (`pip install 'hands[pictures]'`), reading does not.

    from hands import gesture

    seen = gesture.pictures()                   # the book's set; gesture.pictures(takes=1) is a small one
    rows = seen.split("train")                  # S01-S10; "validation" S11-S12, "test" S13-S15
    seen.images[rows[:32]]                      # (32, 128, 128, 3) uint8, memory-mapped
    seen.coarse[rows], seen.fine[rows]          # labels 0..26 and 0..34; seen.gesture is the name's number, 0..45
    seen.subject, seen.tone                     # who, and how dark the skin
    seen.keypoints, seen.pixels, seen.visible   # (N, 21, 3) m in the camera's frame, (N, 21, 2) px, (N, 21)
    seen.mask(rows[:4]), seen.metres(rows[:4])  # (4, 128, 128) where the hand is, and its depth in m
    seen.data_hash, seen.plan                   # which set it is

A row's hand, standing where its camera saw it, is `hand(betas=seen.betas[i], global_orient=seen.global_orient[i],
hand_pose=seen.hand_pose[i], transl=seen.transl[i])`. A picture of your own: `Studio().shoot(posed, camera, look)`.

Explained in the book: *Seeing hands*, *Naming gestures*.
"""

from hands.gesture.augmentation import Augmentation, Changes
from hands.gesture.camera import Camera
from hands.gesture.drawing import NAMES, Drawn, draw, skin_of
from hands.gesture.lens import Lens
from hands.gesture.light import Lamp, Light
from hands.gesture.pictures import Pictures, generate, pictures
from hands.gesture.plan import SPLITS, SUBJECTS_OF, VERSION, PicturePlan, pictures_hash
from hands.gesture.pretraining import (
    Answers,
    GestureNet,
    GestureNetConfig,
    Weighting,
    coarse_of_fine,
    gesture_loss,
)
from hands.gesture.render import Look, Posed, Shot, Studio
from hands.gesture.series import SERIES
from hands.gesture.skin import Skin
from hands.gesture.sleeve import Sleeve

__all__ = [
    "NAMES",
    "SERIES",
    "SPLITS",
    "SUBJECTS_OF",
    "VERSION",
    "Answers",
    "Augmentation",
    "Camera",
    "Changes",
    "Drawn",
    "GestureNet",
    "GestureNetConfig",
    "Lamp",
    "Lens",
    "Light",
    "Look",
    "PicturePlan",
    "Pictures",
    "Posed",
    "Shot",
    "Skin",
    "Sleeve",
    "Studio",
    "Weighting",
    "coarse_of_fine",
    "draw",
    "generate",
    "gesture_loss",
    "pictures",
    "pictures_hash",
    "skin_of",
]
