"""Which picture comes next: who makes a gesture, when it is photographed, from where, and how it all looks.

A picture is drawn by chance from four numbers: the seed of the set, the subject, the take and the gesture. So none
depends on another one, and it does not matter which process makes it, or whether the set is large or small.

**Which frames count.** The subject comes from another gesture, makes this one and holds it for about 0.8 s. The picture
is taken at any moment of the hold, or up to `EARLY` seconds before it, when a stroke has a few degrees to go. So no two
pictures of a gesture show the same pose, and every pose is one of a motion.

**From where.** Half of the cameras stand in front of the person, the others anywhere around; all look at the hand from
0.35 to 1 m. None stands where the arm comes from. The hand fills half to four fifths of the picture.

Convention:
    World z up, body directions as in `hands.mano.gestures`; metres, radians, seconds.

Explained in the book: *Seeing hands*.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float

from hands import mano, motion
from hands.gesture.background import KINDS, colour
from hands.gesture.camera import Camera
from hands.gesture.lens import Lens
from hands.gesture.light import Lamp, Light, white
from hands.gesture.render import Look, Posed
from hands.gesture.skin import DARKEST, Skin
from hands.gesture.sleeve import PATTERNS, Sleeve
from hands.mano.gestures import GESTURES

Array = npt.NDArray[np.float64]
Rng = np.random.Generator

NAMES: Final = tuple(GESTURES)
"""The 46 gestures; a label's `gesture` is an index into them."""
FPS: Final = 60.0
EARLY: Final = 0.05
"""Seconds before a hold from which on a frame counts as the gesture."""
BEHIND_ARM: Final = np.cos(np.radians(35))
STREAM: Final = 7
"""Of the random numbers, beside those of motions."""


class Drawn(NamedTuple):
    """What is to be photographed."""

    posed: Posed
    camera: Camera
    look: Look


def draw(seed: int, subject: str, take: int, gesture: str, *, size: int, hand: mano.Hand) -> Drawn:
    """Draw a picture by chance.

    Args:
        seed: of the set of pictures.
        subject: `"S01"` to `"S15"`.
        take: another number, another picture of the same gesture by the same subject.
        gesture: one of `NAMES`.
        size: of the picture, pixels.
        hand: whose joints move.
    """
    person = motion.SUBJECTS[subject]
    key = np.random.SeedSequence([seed, STREAM, person.number, take, NAMES.index(gesture)])
    moved, stood, lit, dressed, developed = (np.random.default_rng(child) for child in key.spawn(5))
    posed = _moment(person, gesture, moved, hand)
    camera = _camera(posed, stood, size, hand)
    light = _light(lit, camera)
    look = Look(
        skin=skin_of(subject, dressed),
        sleeve=_sleeve(dressed),
        light=light,
        background=str(dressed.choice(list(KINDS))),
        background_seed=int(dressed.integers(2**31)),
        background_light=float(np.exp(dressed.normal(0, 0.5))),
        lens=_lens(developed, light),
        seed=int(developed.integers(2**31)),
    )
    return Drawn(posed, camera, look)


def _moment(person: motion.Subject, gesture: str, rng: Rng, hand: mano.Hand) -> Posed:
    """The hand at one instant of a motion that comes from another gesture and holds this one."""
    before = NAMES[rng.integers(len(NAMES))]
    moving = motion.transitions(
        [before, gesture], person, seconds=6.0, fps=FPS, seed=int(rng.integers(2**31)), hand=hand
    )
    hold = moving.holds[1]
    k = round(float(rng.uniform(hold.start - EARLY, hold.end)) * FPS)
    at = {name: getattr(moving, name)[k].numpy() for name in Posed._fields if name != "betas"}
    return Posed(betas=moving.betas.numpy(), **at)


def _camera(posed: Posed, rng: Rng, size: int, hand: mano.Hand) -> Camera:
    arm, forearm = posed.forearm_orient, posed._asdict()
    del forearm["forearm_orient"]
    keypoints = (
        hand.keypoints(**{k: torch.from_numpy(v).float() for k, v in forearm.items()}).numpy().astype(np.float64)
    )
    elbow = mano.axis_angle_to_rotmat(torch.from_numpy(arm)).numpy()[:, 0]
    place = _direction(rng)
    while place @ elbow > BEHIND_ARM:
        place = _direction(rng)
    distance, roll = float(np.exp(rng.uniform(np.log(0.35), np.log(1.0)))), float(rng.normal(0, 0.12))
    first = Camera.looking(keypoints.mean(0), distance, -place, size, roll=roll)
    seen = first.seen(keypoints)
    flat = seen[:, :2] / seen[:, 2:]
    middle, half = (flat.max(0) + flat.min(0)) / 2, float(np.ptp(flat, axis=0).max() / 2)
    room = float(np.exp(rng.uniform(np.log(1.25), np.log(1.9))))
    aim = middle + (room - 1.1) * half * rng.uniform(-0.6, 0.6, 2)
    at = first.rotmat.T @ (seen[:, 2].mean() * np.array([*aim, 1.0]) - first.place)
    towards = first.rotmat.T @ np.array([*aim, 1.0])
    return Camera.looking(
        at, distance, towards, size, roll=roll, field=2 * float(np.arctan(room * (half + 0.01 / distance)))
    )


def _direction(rng: Rng) -> Float[Array, " 3"]:
    """From the hand to a camera: the person's front is -x."""
    around = rng.normal(0, 0.6) if rng.random() < 0.5 else rng.uniform(-np.pi, np.pi)
    up = rng.uniform(-0.4, 0.92)
    flat = np.sqrt(1 - up * up)
    return np.array([-flat * np.cos(around), flat * np.sin(around), up])


def _light(rng: Rng, camera: Camera) -> Light:
    """Overcast, a window, the sun, lamps, or a flash; each with what the surroundings give back."""
    kind = rng.choice(["overcast", "window", "sun", "lamps", "flash"], p=[0.15, 0.3, 0.25, 0.22, 0.08])
    tint = np.array(white(float(np.exp(rng.uniform(np.log(3500), np.log(9500))))))
    sky, ground = tint * np.exp(rng.normal(0, 0.3)), colour(rng, 0.1, 0.5, 0.35)
    if kind == "overcast":
        return Light(_three(sky), _three(0.7 * ground), (_lamp(rng, 0.9, rng.uniform(0.5, 2), tint),))
    if kind == "window":
        lamps = (_lamp(rng, rng.uniform(0.3, 0.7), rng.uniform(2, 7), tint),)
        return Light(_three(0.35 * sky), _three(0.35 * ground), lamps)
    if kind == "sun":
        lamps = (_lamp(rng, 0.1, rng.uniform(3, 9), np.array(white(5200.0))),)
        return Light(_three(0.6 * sky * [0.8, 1, 1.25]), _three(0.5 * ground), lamps)
    if kind == "flash":
        place = -camera.rotmat[2] + 0.15 * rng.standard_normal(3)
        lamp = Lamp(
            _three(place / np.linalg.norm(place)), 0.12, float(rng.uniform(2, 6)), _three(np.array(white(6000.0)))
        )
        return Light(_three(0.25 * sky), _three(0.2 * ground), (lamp,))
    warm = [np.array(white(float(rng.uniform(2700, 5000)))) for _ in range(rng.integers(2, 5))]
    several = tuple(_lamp(rng, rng.uniform(0.12, 0.5), rng.uniform(1, 4), tint) for tint in warm)
    return Light(_three(0.25 * warm[0]), _three(0.3 * ground), several)


def _lamp(rng: Rng, angle: float, irradiance: float, tint: Array) -> Lamp:
    """Somewhere above, or a little below the horizon."""
    around, up = rng.uniform(-np.pi, np.pi), rng.uniform(-0.15, 0.95)
    flat = np.sqrt(1 - up * up)
    return Lamp(
        (float(flat * np.cos(around)), float(flat * np.sin(around)), float(up)),
        float(angle),
        float(irradiance),
        _three(tint),
    )


def skin_of(subject: str, rng: Rng | None = None) -> Skin:
    """A subject's skin: a tone of their own, which a day in the sun or in the cold changes a little.

    The tones of the fifteen cover the range of people's evenly, and so do those of any few neighbours.
    """
    number = motion.SUBJECTS[subject].number
    own = (0.381966 * number + 0.03) % 1.0  # the golden angle: no two are near each other
    person = np.random.default_rng([number, STREAM])
    tan, flush = (1.0, 1.0) if rng is None else np.exp(rng.normal(0, [0.1, 0.25]))
    return Skin(
        tone=float(min(DARKEST * own**1.35 * tan, 1.1 * DARKEST)),
        blood=float(person.uniform(0.18, 0.4) * flush),
        blotches=float(person.uniform(0.06, 0.18)),
        gloss=float(person.uniform(0.1, 0.6)) if rng is None else float(np.clip(rng.normal(0.35, 0.25), 0, 1)),
        seed=number,
    )


def _sleeve(rng: Rng) -> Sleeve | None:
    if rng.random() < 0.22:
        return None
    loose = float(np.exp(rng.uniform(np.log(0.003), np.log(0.014))))
    return Sleeve(
        start=float(rng.choice([rng.uniform(-0.004, 0.03), rng.uniform(0.03, 0.16)], p=[0.7, 0.3])),
        loose=loose,
        folds=float(min(rng.uniform(0.0004, 0.003), 0.3 * loose)),
        colour=_three(colour(rng, 0.02, 0.85, 0.7)),
        second=_three(colour(rng, 0.02, 0.85, 0.7)),
        pattern=str(rng.choice(PATTERNS, p=[0.5, 0.1, 0.12, 0.13, 0.15])),
        cuff=float(rng.uniform(0.015, 0.06)) if rng.random() < 0.3 else 0.0,
        seed=int(rng.integers(2**31)),
    )


def _lens(rng: Rng, light: Light) -> Lens:
    """The camera corrects most of the light's colour, and some of its faults show."""
    sphere = light.sphere().mean((0, 1))
    balance = (sphere[1] / sphere) ** rng.uniform(0.5, 1.0) * np.exp(rng.normal(0, 0.04, 3))
    return Lens(
        blur=float(np.exp(rng.uniform(np.log(0.25), np.log(0.95)))),
        smear=float(rng.uniform(1, 3.5)) if rng.random() < 0.2 else 0.0,
        smear_direction=float(rng.uniform(0, np.pi)),
        vignette=float(rng.uniform(0, 0.4)),
        exposure=float(rng.normal(0.0, 0.35)),
        white=_three(balance),
        noise=float(np.exp(rng.uniform(np.log(0.006), np.log(0.06)))),
        contrast=float(rng.uniform(-0.05, 0.45)),
        seed=int(rng.integers(2**31)),
    )


def _three(values: Array) -> tuple[float, float, float]:
    r, g, b = (float(value) for value in values)
    return r, g, b
