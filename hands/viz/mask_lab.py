"""The mask lab: hide part of the pose from the fusion teacher, and see what it makes of the rest.

As with the other labs, one call serves three readers. When a notebook is executed for the page (`HANDS_OUTPUT=page`),
the output is a record (`hands.experiments.mask_record`), which `page/mask_lab.js` shows without a kernel. In a live
kernel the same JavaScript runs in a widget. And a text-only reader gets one line. Nothing is computed by a network
here: what the teacher said was recorded before.
"""

from __future__ import annotations

from os import PathLike
from typing import Any, Final

from hands.experiments import mask_record
from hands.experiments.mask_record import MaskRecord
from hands.viz.page_lab import CLIP_SCRIPTS, PageLab, ShownLab, checked_height
from hands.viz.scene import SKIN

RECONSTRUCTED: Final = "#7db4e0"
"""The skin of a hand that is no truth."""

MASK_LAB: Final = PageLab(
    css_class="masklab",
    script_object="HandsMaskLab",
    mime="application/vnd.hands.mask_lab+json",
    scripts=(*CLIP_SCRIPTS, "mask_record.js", "mask_tokens.js", "mask_stage.js", "mask_lab.js"),
    styles=("lab.css", "mask_lab.css"),
)


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
    pixels = checked_height(height)
    known = record if isinstance(record, MaskRecord) else mask_record.read(record)
    return MaskLab(known, pixels, alt or "A true hand that moves, and what the teacher made of what it was given.")


class MaskLab(ShownLab):
    """What `mask_lab` returns; it shows itself, in the way that suits the reader."""

    lab = MASK_LAB

    def __init__(self, clips: MaskRecord, height: int, alt: str) -> None:
        self.clips, self.height, self.alt = clips, height, alt

    def record(self) -> dict[str, Any]:
        """That from which the lab's JavaScript starts.

        Raises:
            ResultsError: it is too heavy for a page.
        """
        colours = {"truth": SKIN, "guess": RECONSTRUCTED}
        return mask_record.encode(self.clips) | {"colours": colours, "height": self.height, "alt": self.alt}

    def __repr__(self) -> str:
        names = ", ".join(clip.name for clip in self.clips.clips)
        return f"Mask lab ({names}): run this cell to hide part of the pose, or read the book's page."
