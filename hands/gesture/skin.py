r"""What colour a hand has where: melanin, blood, nails, creases.

Skin is a light-scattering layer behind two filters, melanin and blood, so its colour in red, green and blue is

    c = c_0 exp(-m a_mel - h a_blood),

with the amounts m and h of the two, and how strongly each takes away red, green and blue. One number m, the tone, goes
from the lightest skin to the darkest; where on the hand there is more or less of both is the same for everybody: the
palm and the nails have little melanin, the knuckles' backs more; fingertips, knuckles and the creases have more blood.
All places are found from the hand model's joints, fingertips and axes, so that any hand in MANO's layout gets them.

Convention:
    Linear red, green, blue from 0 to 1. Places are in the flat hand, metres.

Source: Jacques 1998 (absorption of melanin falls with the wavelength to the power of 3.33); amounts by eye.
Explained in the book: *Seeing hands*.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from jaxtyping import Float

from hands.conventions import FINGERS, JOINT_NAMES, MANO_FINGERS
from hands.gesture.surface import Arm, Skeleton
from hands.mano.anatomy import joint_axes
from hands.mano.mesh import vertex_normals
from hands.mano.model_data import HandModelData

Array = npt.NDArray[np.float64]

WAVELENGTHS: Final = np.array([610.0, 545.0, 465.0])
"""Of red, green and blue, nanometres."""
MELANIN: Final = (545.0 / WAVELENGTHS) ** 3.33 * [1.0, 1.0, 0.85]
BLOOD: Final = np.array([0.06, 1.0, 0.8])
"""What a unit of each takes away of red, green and blue, as an optical density (natural logarithm)."""
PALE: Final = np.array([0.88, 0.70, 0.575])
"""Skin without melanin, with little blood."""
NAIL: Final = np.array([0.86, 0.60, 0.50])
FREE_EDGE: Final = np.array([0.88, 0.80, 0.68])
LIGHTEST, DARKEST = 0.0, 2.45
"""The tones that people have, as melanin of the back of the hand."""


PALM_LINES: Final = (
    (("pinky1", 0.014, -0.013), ("ring1", 0.015, -0.004), ("middle1", 0.010, -0.002), ("middle1", -0.007, 0.015)),
    (("index1", 0.018, 0.011), ("middle1", 0.024, 0.006), ("ring1", 0.034, 0.0), ("pinky1", 0.036, -0.008)),
    (("index1", 0.017, 0.012), ("middle1", 0.035, 0.017), ("thumb1", 0.004, -0.019), ("wrist", -0.014, 0.004)),
)
"""Each line of the palm runs through four points, each said by a joint and the way from it along x and z, metres."""


@dataclass(frozen=True, eq=False)
class Features:
    """Where on the fine surface something is, one number from 0 to 1 for each vertex, forearm included."""

    palm: Float[Array, " V"]
    nail: Float[Array, " V"]
    edge: Float[Array, " V"]
    """The free edge of the nails."""
    knuckle: Float[Array, " V"]
    """The backs of the finger joints."""
    crease: Float[Array, " V"]
    """Lines in the palm and across the fingers."""
    wrinkle: Float[Array, " V"]
    """Fine folds across the backs of the finger joints."""
    tip: Float[Array, " V"]
    arm: Float[Array, " V"]
    """Where vertices are too far apart for a pattern."""
    place: Float[Array, "V 3"]
    """In the flat hand, for patterns that stick to the skin."""


def features(data: HandModelData, skeleton: Skeleton) -> Features:
    """Find the features of a right hand."""
    flat = np.concatenate([data.v_template, _flat_arm(data.v_template[skeleton.loop])])
    place = skeleton.smooth(flat)
    normals = vertex_normals(place, skeleton.fine_faces)
    weights = np.concatenate([data.lbs_weights, np.tile(np.eye(16)[0], (len(flat) - len(data.v_template), 1))])
    owner = skeleton.spread(weights)
    found = {name: np.zeros(len(place)) for name in ("nail", "edge", "knuckle", "crease", "wrinkle", "tip")}
    facing = np.where(owner[:, 13:].sum(1) > 0.5, 0.0, normals @ [0.0, -1.0, 0.0])
    axes = joint_axes(data).numpy().reshape(5, 3, 3, 3)
    joints = data.J_regressor @ data.v_template
    for digit, name in enumerate(MANO_FINGERS):
        first = 1 + 3 * digit
        chain = np.vstack([joints[first : first + 3], data.v_template[data.tip_vertices[FINGERS.index(name)]]])
        share = owner[:, first : first + 3].sum(1)
        own = share > 0.02
        dorsal = normals @ axes[digit, :, 1].T  # (V, 3)
        facing = np.where(own & (name == "thumb"), -share * dorsal[:, 1] + (1 - share) * facing, facing)
        _paint_digit(found, place, dorsal, owner[:, first : first + 3], chain, axes[digit], thumb=name == "thumb")
    palm = _step(facing, -0.35, 0.45) * _step(place[:, 0], data.v_template[:, 0].max() + 0.02, joints[0, 0] - 0.01)
    palm *= 1 - found["nail"]
    found["crease"] = np.maximum(found["crease"], palm * _palm_lines(place, joints))
    found["crease"] *= _step(facing, 0.0, 0.35)
    wrist = data.v_template[skeleton.loop, 0].mean()
    return Features(palm=palm, arm=_step(place[:, 0], wrist, wrist + 0.03), place=place, **found)


def _paint_digit(
    found: dict[str, Array], place: Array, dorsal: Array, owner: Array, chain: Array, axes: Array, *, thumb: bool
) -> None:
    """Add what one digit has; `chain` is its three joints and the tip, `axes` flexion, abduction and twist."""
    own = owner.sum(1)
    for k in range(3):
        along = axes[k, 2]
        way = (place - chain[k]) @ along
        near = own * _step(np.abs(dorsal[:, k]), 0.05, 0.5)
        back, front = near * (dorsal[:, k] > 0), near * (dorsal[:, k] < 0)
        if k or not thumb:
            found["knuckle"] = np.maximum(found["knuckle"], back * np.exp(-((way / (0.0085 if k else 0.011)) ** 2)))
        if k:
            lines = np.exp(-(((way - 0.0006) / 0.0011) ** 2)) + 0.45 * np.exp(-(((way - 0.0032) / 0.0009) ** 2))
            found["crease"] = np.maximum(found["crease"], np.clip(lines, 0, 1) * front)
            folds = sum(np.exp(-(((way - at) / 0.0008) ** 2)) for at in (-0.0042, -0.0014, 0.0014, 0.0042))
            found["wrinkle"] = np.maximum(found["wrinkle"], np.clip(folds, 0, 1) * back)
    if not thumb:  # where the finger leaves the palm
        along = axes[0, 2]
        base = 0.72 * ((chain[1] - chain[0]) @ along)
        line = np.exp(-((((place - chain[0]) @ along - base) / 0.0012) ** 2)) * own * (dorsal[:, 0] < 0)
        found["crease"] = np.maximum(found["crease"], line)
    _paint_nail(found, place, dorsal[:, 2], owner[:, 2], chain, axes[2])


def _paint_nail(found: dict[str, Array], place: Array, dorsal: Array, own: Array, chain: Array, axes: Array) -> None:
    side, _, along = axes
    length = (chain[3] - chain[2]) @ along
    way, across = (place - chain[2]) @ along / length, (place - chain[2]) @ side
    last = own > 0.5
    half = np.abs(across[last & (way > 0.5)]).max()
    middle = 0.5 * (across[last & (way > 0.5)].max() + across[last & (way > 0.5)].min())
    u, w = (way - 0.74) / 0.30, (across - middle) / (0.74 * half)
    inside = _step((np.abs(u) ** 3 + np.abs(w) ** 3) ** (1 / 3), 1.08, 0.90) * _step(dorsal, 0.1, 0.35) * last
    found["nail"] = np.maximum(found["nail"], inside)
    found["edge"] = np.maximum(found["edge"], inside * _step(u, 0.70, 0.82))
    found["tip"] = np.maximum(found["tip"], own * _step(way, 0.3, 0.9))


def _palm_lines(place: Array, joints: Array) -> Array:
    """The three long lines of the palm."""
    marks = {name: joints[JOINT_NAMES.index(name)][[0, 2]] for name in JOINT_NAMES}
    near = np.full(len(place), np.inf)
    for line in PALM_LINES:
        points = np.array([marks[name] + [x, z] for name, x, z in line])
        near = np.minimum(near, _distance(place[:, [0, 2]], _curve(points)))
    return np.asarray(np.exp(-((near / 0.0012) ** 2)))


def _curve(points: Array) -> Array:
    """A smooth curve through four points: their Lagrange polynomial, at 25 places."""
    t, knots = np.linspace(0, 3, 25), np.arange(4.0)
    basis = [np.prod([(t - k) / (j - k) for k in knots if k != j], axis=0) for j in knots]
    return np.asarray(np.stack(basis, 1) @ points)


def _distance(points: Array, line: Array) -> Array:
    """Of each point from a broken line, in the plane."""
    start, way = line[:-1], np.diff(line, axis=0)
    off = points[:, None] - start
    share = np.clip((off * way).sum(-1) / (way * way).sum(-1), 0, 1)
    return np.asarray(np.linalg.norm(off - share[..., None] * way, axis=-1).min(1))


def _flat_arm(edge: Array) -> Array:
    return Arm(edge, np.eye(3), np.eye(3)).rings()


def _step(x: Array, low: float, high: float) -> Array:
    """0 at `low`, 1 at `high`, smooth between; `low` may be the larger one."""
    u = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(u * u * (3 - 2 * u))


@dataclass(frozen=True)
class Skin:
    """A person's skin."""

    tone: float = 0.5
    """Melanin of the back of the hand, `LIGHTEST` to `DARKEST`."""
    blood: float = 0.3
    """How ruddy, about 0.1 to 0.5."""
    blotches: float = 0.12
    """How uneven, as a share."""
    gloss: float = 0.3
    """0 dry, 1 wet."""
    seed: int = 0
    """Of the pattern of blotches and freckles."""

    def colours(self, f: Features) -> Float[Array, "V 3"]:
        """Linear colours of the vertices."""
        rough, fine = _pattern(f, self.seed)
        melanin = 0.02 + self.tone * (1 - 0.72 * f.palm) * (1 + self.blotches * (rough + 0.6 * fine))
        melanin = melanin * (1 + 0.35 * f.knuckle) * (1 - 0.75 * f.nail) + 0.10 * self.tone * f.palm
        melanin = melanin + (0.25 + 0.55 * self.tone) * np.maximum(f.crease, 0.7 * f.wrinkle) * 0.55
        blood = self.blood * (1 + 0.22 * rough * (1 + 0.5 * f.palm) + 0.55 * f.knuckle + 0.6 * f.tip + 0.3 * f.palm)
        blood = (blood + 0.32 * f.crease + 0.16 * f.wrinkle) / (1 + 0.8 * self.tone * (1 - f.palm))
        skin = PALE * np.exp(-melanin[:, None] * MELANIN - blood[:, None] * BLOOD)
        nail = NAIL * np.exp(-(0.25 * self.tone * MELANIN + 0.5 * self.blood * BLOOD))
        edge = FREE_EDGE * np.exp(-0.12 * self.tone * MELANIN)
        colour = skin + 0.85 * f.nail[:, None] * (nail - skin)
        return np.asarray(colour + 0.8 * f.edge[:, None] * (edge - colour))

    def roughness(self, f: Features) -> Float[Array, " V"]:
        """0 a mirror, 1 chalk."""
        return np.asarray(np.clip(0.62 - 0.28 * self.gloss - 0.3 * f.nail * (1 - f.edge), 0.18, 0.9))


@lru_cache(maxsize=16)  # a person is photographed again and again
def _pattern(f: Features, seed: int) -> tuple[Array, Array]:
    """Blotches a centimetre wide, and freckles of millimetres: sums of plane waves, about unit variance."""
    rng = np.random.default_rng(seed)
    return (1 - f.arm) * _waves(f.place, rng, 0.012), (1 - f.arm) * _waves(f.place, rng, 0.0035)


def _waves(place: Array, rng: np.random.Generator, width: float) -> Array:
    count = 24
    ways = rng.standard_normal((count, 3)) / width
    phases = rng.uniform(0, 2 * np.pi, count)
    return np.asarray(np.sqrt(2 / count) * np.cos(place @ ways.T + phases).sum(1))
