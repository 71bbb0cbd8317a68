"""What the MGDHand paper printed, as its own: measured on VIHand, which is real, by other networks than ours.

Millimetres there and millimetres here do not compare: other people, other movements, other sensors. What may be
compared are orders and shares.

Source: a note on the paper's tables 1 to 4; its pages were not at hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

SOURCE: Final = "MGDHand, on VIHand, as a note on the paper gives it: the paper's numbers, not ours"

Lines = Sequence[Mapping[str, Any]]


def _line(name: str, ours: str | None, mpjpe_mm: float, mpvpe_mm: float) -> dict[str, Any]:
    return {"name": name, "ours": ours, "mpjpe_mm": mpjpe_mm, "mpvpe_mm": mpvpe_mm}


MAIN: Final[Lines] = (
    _line("WiLoR, from pictures", None, 10.49, 11.74),
    _line("VIFNet-T, pictures and IMU", None, 7.86, 8.94),
    _line("teacher", "teacher, mask 0.5", 5.84, 5.97),
    _line("VIFNet, IMU", None, 16.93, 19.41),
    _line("VIFNet-S, taught one global feature", "entangled", 13.69, 16.53),
    _line("student alone", "plain", 15.40, 17.15),
    _line("SimKD", "entangled", 13.78, 15.89),
    _line("DKD", None, 11.92, 13.37),
    _line("SCJD", None, 11.24, 13.50),
    _line("MGDistill", "decoupled", 9.13, 10.46),
)
"""Seven sensors. The nearest of our methods stands beside, where there is one; the teacher's MPVPE is computed from
"33.2 % better than 8.94"."""

COMPONENTS: Final[Lines] = (
    _line("without SSD", "without SSD", 9.87, 12.58),
    _line("without DPD", "without DPD", 12.39, 13.90),
    _line("without TMD", "without TMD", 9.65, 10.74),
    _line("all three", "decoupled", 9.13, 10.46),
)

SENSORS: Final[Lines] = tuple(
    {"sensors": sensors, "mpjpe_change_percent": joints, "mpvpe_change_percent": vertices}
    for sensors, joints, vertices in (("7", -40.7, -39.0), ("3", -25.0, -29.7), ("2", -22.5, -26.7))
)
"""Of the taught student against the student alone. Which sensors were kept, and millimetres, are not known."""


def mm(name: str, score: str = "mpjpe_mm", lines: Lines = MAIN) -> float:
    """One number.

    Example:
        >>> mm("student alone"), mm("MGDistill", "mpvpe_mm")
        (15.4, 10.46)
    """
    (found,) = (line[score] for line in lines if line["name"] == name)
    return float(found)
