"""What a reader can move on a live hand: one table for the page's JavaScript and for the ipywidgets of a live kernel.

Angles are anatomical (see `hands.mano.anatomy`), in degrees; the ranges are rounded from what healthy adults reach, a
little wider where a key pose needs it. Shape coefficients are in standard deviations of the adult population.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from hands.conventions import FINGERS, JOINT_NAMES, NUM_BETAS

FLEXION, ABDUCTION, TWIST = range(3)


@dataclass(frozen=True)
class AngleSlider:
    """A slider that sets one anatomical angle of one joint, in whole degrees."""

    label: str
    joint: int  # index into JOINT_NAMES; 0 is the wrist
    angle: int  # 0 flexion, 1 abduction, 2 twist
    low: int
    high: int


@dataclass(frozen=True)
class ShapeSlider:
    """A slider that sets one shape coefficient, in standard deviations."""

    label: str
    beta: int
    low: float = -3.0
    high: float = 3.0
    step: float = 0.1


@dataclass(frozen=True)
class View:
    """A place to look from: degrees round the hand's long axis (0 = the palm) and above the fingertips' horizon."""

    label: str
    turn: int
    tilt: int


def _finger(name: str) -> tuple[AngleSlider, ...]:
    first = JOINT_NAMES.index(f"{name}1")
    return (
        AngleSlider("Spread", first, ABDUCTION, -20, 20),
        AngleSlider("Knuckle (MCP)", first, FLEXION, -25, 95),
        AngleSlider("Middle joint (PIP)", first + 1, FLEXION, -10, 110),
        AngleSlider("End joint (DIP)", first + 2, FLEXION, -15, 80),
    )


_THUMB: Final = JOINT_NAMES.index("thumb1")

FINGER_SLIDERS: Final[dict[str, tuple[AngleSlider, ...]]] = {
    "thumb": (
        AngleSlider("Base flexion (CMC)", _THUMB, FLEXION, -20, 50),
        AngleSlider("Base abduction (CMC)", _THUMB, ABDUCTION, -20, 45),
        AngleSlider("Base twist (CMC)", _THUMB, TWIST, -20, 35),
        AngleSlider("Knuckle (MCP)", _THUMB + 1, FLEXION, -15, 60),
        AngleSlider("End joint (IP)", _THUMB + 2, FLEXION, -20, 85),
    ),
    **{name: _finger(name) for name in FINGERS[1:]},
    "wrist": (
        AngleSlider("Bend", 0, FLEXION, -70, 80),
        AngleSlider("Tilt to the thumb", 0, ABDUCTION, -35, 25),
        AngleSlider("Roll", 0, TWIST, -90, 90),
    ),
}
"""Sliders of each finger, thumb to little finger, and of the wrist, which turns the whole hand."""

SEGMENT_LABELS: Final = {name: name.capitalize() for name in FINGER_SLIDERS}
"""What the reader calls each group of sliders."""

SHAPE_SLIDERS: Final = tuple(
    ShapeSlider(label, k)
    for k, label in enumerate(("Size", "Breadth", "Slenderness", *(f"Shape {k}" for k in range(4, NUM_BETAS + 1))))
)
"""The ten shape coefficients; the first three explain 98 % of how the default hands differ."""

VIEWS: Final = (
    View("Palm", 0, 8),
    View("Back", 180, 8),
    View("Thumb side", 90, 8),
    View("Fingertips", 20, 62),
)

COLOURS: Final = {"skin": "Skin", "joints": "Joints", "weights": "Skinning weight"}
"""What the surface's colour may show."""

PANELS: Final = {"fingers": "Fingers", "shape": "Shape", "view": "View"}
"""The groups of controls, in the order in which they stand."""

WRIST_AXES: Final = ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (-1.0, 0.0, 0.0))
"""Flexion, abduction and twist axis of the right wrist: those of a finger that points straight ahead."""


def tables() -> dict[str, Any]:
    """All of the above as plain data, for the page."""
    return {
        "fingers": {name: [asdict(slider) for slider in sliders] for name, sliders in FINGER_SLIDERS.items()},
        "segments": SEGMENT_LABELS,
        "shape": [asdict(slider) for slider in SHAPE_SLIDERS],
        "views": [asdict(view) for view in VIEWS],
        "colours": COLOURS,
        "panels": PANELS,
    }
