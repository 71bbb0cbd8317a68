"""A lab in a live kernel: the page's own JavaScript in a widget, in JupyterLab as on Binder.

Like the other widgets, nothing here runs when a notebook is executed for the page.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import anywidget
import traitlets

from hands.mano.files import read_default
from hands.viz.imu_lab_model import lab_model
from hands.viz.page_lab import PAGE, PageLab
from hands.viz.page_model import page_model

MADE: Final[dict[str, Callable[[], str]]] = {
    "hand_model_data.js": lambda: f"window.HANDS_MODEL={json.dumps(page_model(read_default()))};",
    "imu_model_data.js": lambda: f"window.HANDS_IMU={json.dumps(lab_model(read_default()))};",
}
"""Scripts that no file holds."""

RENDER: Final = """
export default {
  render({ model, el }) {
    const lab = document.createElement("div");
    lab.className = "CSS_CLASS";
    const record = document.createElement("script");
    record.type = "application/json";
    record.textContent = JSON.stringify(model.get("record"));
    lab.append(record);
    lab.addEventListener("CSS_CLASS-recorded", (event) => {
      model.set("recorded", event.detail);
      model.save_changes();
    });
    el.append(lab);
    window.SCRIPT_OBJECT.adopt(lab);
  },
};
"""


def module(lab: PageLab) -> str:
    """The page's scripts and data as one JavaScript module, which runs them once however many labs there are."""
    scripts = "\n".join(
        MADE[name]() if name in MADE else (PAGE / name).read_text(encoding="utf-8") for name in lab.scripts
    )
    render = RENDER.replace("CSS_CLASS", lab.css_class).replace("SCRIPT_OBJECT", lab.script_object)
    return f"if (!window.{lab.script_object}) {{\n{scripts}\n}}\n{render}"


class LabWidget(anywidget.AnyWidget):
    """A lab. What a reader does there that Python may want to know comes back as `recorded`."""

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    record = traitlets.Dict().tag(sync=True)
    recorded: Any = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)

    def __init__(self, lab: PageLab, **kwargs: Any) -> None:
        css = "\n".join((PAGE / name).read_text(encoding="utf-8") for name in lab.styles)
        super().__init__(_esm=module(lab), _css=css, **kwargs)

    def view(self, **kwargs: Any) -> dict[str, Any]:
        """What a notebook shows."""
        bundle: Any = self._repr_mimebundle_(**kwargs)
        return bundle[0] if isinstance(bundle, tuple) else bundle
