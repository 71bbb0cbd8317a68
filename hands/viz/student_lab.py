"""The student lab: a teacher and its students side by side, on movements that none of them was trained on.

As with the other labs, one call serves three readers. When a notebook is executed for the page (`HANDS_OUTPUT=page`),
the output is a record (`hands.experiments.student_record`), which `page/student_lab.js` shows without a kernel. In a
live kernel the same JavaScript runs in a widget. And a text-only reader gets one line. Nothing is computed by a network
here: what they said was recorded before.
"""

from __future__ import annotations

from os import PathLike
from typing import Any, Final

from hands.experiments import student_record
from hands.experiments.student_record import StudentRecord
from hands.viz.mask_lab import RECONSTRUCTED
from hands.viz.page_lab import CLIP_SCRIPTS, PageLab, ShownLab, checked_height
from hands.viz.scene import COLOUR_SCALE, SKIN

STUDENT_LAB: Final = PageLab(
    css_class="studentlab",
    script_object="HandsStudentLab",
    mime="application/vnd.hands.student_lab+json",
    scripts=(*CLIP_SCRIPTS, "student_record.js", "student_chart.js", "student_stage.js", "student_lab.js"),
    styles=("lab.css", "student_lab.css"),
)


def student_lab(
    record: StudentRecord | str | PathLike[str] | None = None, *, height: int = 300, alt: str | None = None
) -> StudentLab:
    """A lab of up to four networks on the same movements: put it last in a cell.

    Args:
        record: what the networks said, or the file of it; the book's if left out.
        height: of the hands' picture, in pixels; on a narrow screen, of each row of hands.
        alt: what there is to see, in a sentence, for people who cannot see it.

    Raises:
        ValueError: the file is missing, damaged or too heavy for a page, or the height is not positive.
    """
    pixels = checked_height(height)
    known = record if isinstance(record, StudentRecord) else student_record.read(record)
    said = f"A true hand that moves, and what was made of it: {', '.join(known.names)}."
    return StudentLab(known, pixels, alt or said)


class StudentLab(ShownLab):
    """What `student_lab` returns; it shows itself, in the way that suits the reader."""

    lab = STUDENT_LAB

    def __init__(self, clips: StudentRecord, height: int, alt: str) -> None:
        self.clips, self.height, self.alt = clips, height, alt

    def record(self) -> dict[str, Any]:
        """That from which the lab's JavaScript starts.

        Raises:
            ResultsError: it is too heavy for a page.
        """
        look = {
            "colours": {"truth": SKIN, "guess": RECONSTRUCTED},
            "scale": [list(stop) for stop in COLOUR_SCALE],
            "height": self.height,
            "alt": self.alt,
        }
        return student_record.encode(self.clips) | look

    def __repr__(self) -> str:
        names = ", ".join(self.clips.names)
        return f"Student lab ({names}): run this cell to see them side by side, or read the book's page."
