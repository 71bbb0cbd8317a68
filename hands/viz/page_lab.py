"""What a lab of the page consists of, for all who show one: the page itself, a live kernel, and tests.

A lab is a `<div>` of its own class with a record in JSON inside; its scripts bring it to life. The same scripts run in
the static page and, as one module, in a widget.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hands.viz.live import for_page

if TYPE_CHECKING:
    from hands.viz.lab_widget import LabWidget

PAGE: Final = Path(__file__).parent / "page"
HAND_SCRIPTS: Final = (
    "bookfig.js",
    "hand_model_data.js",
    "hand_model.js",
    "live_controls.js",
    "gallery_surface.js",
    "gallery_painter.js",
    "lab_controls.js",
    "lab.js",
)
"""With which every lab begins; those called `..._data.js` are made, not written."""

CLIP_SCRIPTS: Final = (*HAND_SCRIPTS, "lab_clips.js", "lab_record.js", "lab_chart.js", "lab_stage.js")
"""With which the labs of recorded clips begin."""


@dataclass(frozen=True)
class PageLab:
    """A kind of lab."""

    css_class: str
    """Of its `<div>`."""
    script_object: str
    """Of the window, whose `adopt` brings a `<div>` to life that comes later."""
    mime: str
    scripts: tuple[str, ...]
    """In the order in which they must run."""
    styles: tuple[str, ...]


class ShownLab:
    """A lab that shows itself, in the way that suits the reader."""

    lab: PageLab

    def record(self) -> dict[str, Any]:
        """That from which the lab's JavaScript starts."""
        raise NotImplementedError

    def payload(self) -> dict[str, Any]:
        """The same, if it is not too heavy for a page."""
        return self.record()

    @cached_property
    def widget(self) -> LabWidget:
        """The lab as a widget for a live kernel; made when first asked for."""
        from hands.viz.lab_widget import LabWidget

        return LabWidget(self.lab, record=self.record())

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        if for_page():
            return {self.lab.mime: self.payload(), "text/plain": repr(self)}
        bundle: dict[str, Any] = self.widget.view(**kwargs)
        return bundle | {"text/plain": repr(self)}


def checked_height(height: int) -> int:
    """Pixels of a picture.

    Raises:
        ValueError: it is not positive.
    """
    if not height > 0:
        raise ValueError(f"height is {height}, expected a positive number of pixels")
    return height
