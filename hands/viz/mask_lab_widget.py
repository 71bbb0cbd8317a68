"""The mask lab in a live kernel: the page's own JavaScript in a widget, in JupyterLab as on Binder.

Like the other widgets, nothing here runs when a notebook is executed for the page.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

from hands.mano.files import read_default
from hands.viz.mask_lab import MASK_SCRIPTS
from hands.viz.page_model import page_model

PAGE: Final = Path(__file__).parent / "page"
STYLES: Final = ("imu_lab.css", "mask_lab.css")
RENDER: Final = """
export default {
  render({ model, el }) {
    const lab = document.createElement("div");
    lab.className = "masklab";
    const record = document.createElement("script");
    record.type = "application/json";
    record.textContent = JSON.stringify(model.get("record"));
    lab.append(record);
    el.append(lab);
    window.HandsMaskLab.adopt(lab);
  },
};
"""


def module() -> str:
    """The page's scripts and data as one JavaScript module, which runs them once however many labs there are."""
    written = [name for name in MASK_SCRIPTS if not name.endswith("_data.js")]
    scripts = "\n".join((PAGE / name).read_text(encoding="utf-8") for name in written)
    hand = f"window.HANDS_MODEL={json.dumps(page_model(read_default()))};"
    return f"if (!window.HandsMaskLab) {{\n{hand}\n{scripts}\n}}\n{RENDER}"


class MaskLabWidget(anywidget.AnyWidget):
    """The lab; it only shows."""

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    record = traitlets.Dict().tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        css = "\n".join((PAGE / name).read_text(encoding="utf-8") for name in STYLES)
        super().__init__(_esm=module(), _css=css, **kwargs)

    def view(self, **kwargs: Any) -> dict[str, Any]:
        """What a notebook shows."""
        bundle: Any = self._repr_mimebundle_(**kwargs)
        return bundle[0] if isinstance(bundle, tuple) else bundle
