"""The mask lab: hide part of the pose from the fusion teacher, and see what it makes of the rest.

As with the other labs, one call serves three readers. When a notebook is executed for the page (`HANDS_OUTPUT=page`),
the output is a record (`hands.experiments.mask_record`), which `page/mask_lab.js` shows without a kernel. In a live
kernel the same JavaScript runs in a widget. And a text-only reader gets one line. Nothing is computed by a network
here: what the teacher said was recorded before.
"""

from __future__ import annotations

from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any, Final

from hands.experiments import mask_record
from hands.experiments.mask_record import MaskRecord
from hands.viz.live import for_page
from hands.viz.scene import SKIN

if TYPE_CHECKING:
    from hands.viz.mask_lab_widget import MaskLabWidget

MASK_MIME: Final = "application/vnd.hands.mask_lab+json"
RECONSTRUCTED: Final = "#7db4e0"
"""The skin of a hand that is no truth."""

MASK_SCRIPTS: Final = (
    "bookfig.js",
    "hand_model_data.js",
    "hand_model.js",
    "live_controls.js",
    "gallery_surface.js",
    "gallery_painter.js",
    "imu_controls.js",
    "mask_record.js",
    "mask_tokens.js",
    "mask_stage.js",
    "lab.js",
    "mask_lab.js",
)
"""The scripts of a lab, in the order in which they must run."""


def mask_lab(
    record: MaskRecord | str | PathLike[str] | None = None, *, height: int = 300, alt: str | None = None
) -> MaskLab:
    """A lab of masked poses: put it last in a cell.

    Args:
        record: what a teacher made of masked movements, or the file of it; the book's if left out.
        height: of the hands' picture, in pixels.
        alt: what there is to see, in a sentence, for people who cannot see it.

    Raises:
        ValueError: the file is missing, damaged or too heavy for a page, or the height is not positive.
    """
    if not height > 0:
        raise ValueError(f"height is {height}, expected a positive number of pixels")
    known = record if isinstance(record, MaskRecord) else mask_record.read(record)
    return MaskLab(known, height, alt or "A true hand that moves, and what the teacher made of what it was given.")


class MaskLab:
    """What `mask_lab` returns; it shows itself, in the way that suits the reader."""

    def __init__(self, record: MaskRecord, height: int, alt: str) -> None:
        self.record, self.height, self.alt = record, height, alt

    @cached_property
    def widget(self) -> MaskLabWidget:
        """The lab as a widget for a live kernel; made when first asked for."""
        from hands.viz.mask_lab_widget import MaskLabWidget

        return MaskLabWidget(record=self.payload())

    def payload(self) -> dict[str, Any]:
        """The record from which the page's JavaScript starts.

        Raises:
            ResultsError: it is too heavy for a page.
        """
        colours = {"truth": SKIN, "guess": RECONSTRUCTED}
        return mask_record.encode(self.record) | {"colours": colours, "height": self.height, "alt": self.alt}

    def __repr__(self) -> str:
        names = ", ".join(clip.name for clip in self.record.clips)
        return f"Mask lab ({names}): run this cell to hide part of the pose, or read the book's page."

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        if for_page():
            return {MASK_MIME: self.payload(), "text/plain": repr(self)}
        bundle: dict[str, Any] = self.widget.view(**kwargs)
        return bundle | {"text/plain": repr(self)}
