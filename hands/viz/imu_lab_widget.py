"""The sensor lab in a live kernel: the page's own JavaScript in a widget, in JupyterLab as on Binder.

Like the other widgets, nothing here runs when a notebook is executed for the page.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import anywidget
import numpy as np
import torch
import traitlets

from hands.mano.files import read_default
from hands.motion import Motion
from hands.viz.imu_lab_model import LAB_SCRIPTS, lab_model
from hands.viz.page_model import page_model

PAGE: Final = Path(__file__).parent / "page"
RENDER: Final = """
export default {
  render({ model, el }) {
    const lab = document.createElement("div");
    lab.className = "imulab";
    const record = document.createElement("script");
    record.type = "application/json";
    record.textContent = JSON.stringify(model.get("record"));
    lab.append(record);
    lab.addEventListener("imulab-recorded", (event) => {
      model.set("recorded", event.detail);
      model.save_changes();
    });
    el.append(lab);
    window.HandsImuLab.adopt(lab);
  },
};
"""


def module() -> str:
    """The page's scripts and data as one JavaScript module, which runs them once however many labs there are."""
    data = read_default()
    models = f"window.HANDS_MODEL={json.dumps(page_model(data))};window.HANDS_IMU={json.dumps(lab_model(data))};"
    written = [name for name in LAB_SCRIPTS if not name.endswith("_data.js")]
    scripts = "\n".join((PAGE / name).read_text(encoding="utf-8") for name in written)
    return f"if (!window.HandsImuLab) {{\n{models}\n{scripts}\n}}\n{RENDER}"


class LabWidget(anywidget.AnyWidget):
    """The lab; `recorded` is the last movement that the reader made with the pointer."""

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    record = traitlets.Dict().tag(sync=True)
    recorded: Any = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(_esm=module(), _css=(PAGE / "imu_lab.css").read_text(encoding="utf-8"), **kwargs)

    def view(self, **kwargs: Any) -> dict[str, Any]:
        """What a notebook shows."""
        bundle: Any = self._repr_mimebundle_(**kwargs)
        return bundle[0] if isinstance(bundle, tuple) else bundle

    def motion(self) -> Motion | None:
        """The reader's movement, if there is one."""
        if self.recorded is None:
            return None
        series = {name: torch.from_numpy(np.array(self.recorded[name], float)) for name in ("turns", "places", "betas")}
        turns = series["turns"].reshape(-1, 17, 3)
        return Motion(
            betas=series["betas"],
            global_orient=turns[:, 0],
            hand_pose=turns[:, 1:16],
            transl=series["places"].reshape(-1, 3),
            forearm_orient=turns[:, 16],
            fps=float(self.recorded["fps"]),
        )
