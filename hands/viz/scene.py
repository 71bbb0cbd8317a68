"""How a hand is put on the screen: named cameras, one scale for all three axes, calm lighting and colours.

Figures are drawn in millimetres with an orthographic camera, so that lengths can be compared across a picture. Plotly
scales an orthographic scene by its height alone; `layout.meta.fit` tells the page how wide the content is compared with
its height, and `bookfig.js` shrinks the scene on a narrow screen.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import torch

from hands.mano.model_data import Side

Camera = Literal["palm", "back", "thumb", "front", "three_quarter"]
Points = npt.NDArray[np.float32]
ArrayLike = torch.Tensor | npt.NDArray[Any]

MM_PER_M: Final = 1000.0
FONTS: Final = "-apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, system-ui, sans-serif"
SKIN: Final = "#e0ac8a"
SEE_THROUGH: Final = 0.35
"""Opacity of a hand whose inside is to be seen."""

BONE: Final = "#0072b2"
ACCENT: Final = "#d55e00"
COLOURWAY: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f")
"""Okabe and Ito's colours, which the colour-blind can tell apart."""

LAMP: Final = {"x": -500, "y": 800, "z": -2}
"""Above the viewer's left shoulder. Plotly reads a lamp's place in clip space (x right, y up, z into the picture, where
an orthographic camera squeezes 500 units into one), so it stays with the viewer when the hand turns."""

COLOUR_SCALE: Final = (
    (0.0, "#fcecc8"),
    (0.15, "#fec488"),
    (0.35, "#fb8861"),
    (0.55, "#e75263"),
    (0.75, "#b73779"),
    (1.0, "#641a80"),
)
"""Pale to dark without a step back in lightness (magma, reversed, its ends cut off): the colour-blind can read it, and
the pale end stands out from a dark page as well as from a white one."""

_EYES: Final[dict[str, tuple[float, float, float]]] = {
    "palm": (0.0, -1.0, 0.0),
    "back": (0.0, 1.0, 0.0),
    "thumb": (0.0, 0.0, 1.0),
    "front": (-1.0, 0.0, 0.0),
    "three_quarter": (-0.35, -0.8, 0.55),
}
"""Where the viewer of a right hand stands, seen from its middle."""

_EYE_DISTANCE: Final = 2.0
_FILL: Final = 0.96
_FILL_WITH_AXES: Final = 0.75
_PADDING_MM: Final = 3.0
WIDEST: Final = 1.45
"""Width over height that a figure can count on where no script adapts it (JupyterLab)."""


def to_points(value: ArrayLike, name: str) -> Points:
    """One set of 3D points, (N, 3) in metres, from a tensor or array whose batch dimensions are all one.

    Raises:
        ValueError: there is more than one set, or the last dimension is not 3.
    """
    array = np.asarray(value.detach().cpu() if isinstance(value, torch.Tensor) else value, dtype=np.float32)
    if array.ndim < 2 or array.shape[-1] != 3 or any(size != 1 for size in array.shape[:-2]):
        raise ValueError(f"{name} has shape {array.shape}; a figure shows one hand, (N, 3): pick one, like {name}[0]")
    return array.reshape(array.shape[-2:])


def camera_axes(camera: Camera, side: Side = "right") -> tuple[Points, Points, Points]:
    """Right, up and towards the viewer, as unit vectors in the frame of the hand. Fingers point up where they can."""
    if camera not in _EYES:
        raise ValueError(f"camera {camera!r} is none of {', '.join(_EYES)}")
    mirror = np.array([1.0 if side == "right" else -1.0, 1.0, 1.0])
    eye = np.array(_EYES[camera]) * mirror
    up = np.array([0.0, 1.0, 0.0]) if camera == "front" else np.array([-1.0, 0.0, 0.0]) * mirror
    towards = eye / np.linalg.norm(eye)
    right = np.cross(up, towards)
    right /= np.linalg.norm(right)
    return right.astype(np.float32), np.cross(towards, right).astype(np.float32), towards.astype(np.float32)


def scene_layout(points_mm: Points, camera: Camera, side: Side, show_axes: bool) -> tuple[dict[str, Any], float]:
    """Plotly's `scene` that fits the points, and the width of its content over its height."""
    right, up, towards = camera_axes(camera, side)
    low, high = points_mm.min(0), points_mm.max(0)
    middle = (low + high) / 2
    half_width = float(np.abs((points_mm - middle) @ right).max()) + _PADDING_MM
    half_height = float(np.abs((points_mm - middle) @ up).max()) + _PADDING_MM
    fit = half_width / half_height
    fill = _FILL_WITH_AXES if show_axes else _FILL
    units_per_mm = fill / max(half_height, half_width / WIDEST)
    extent = (high - low) / 2 + _PADDING_MM
    scene: dict[str, Any] = {
        f"{axis}axis": _axis(axis, float(middle[k] - extent[k]), float(middle[k] + extent[k]), show_axes)
        for k, axis in enumerate("xyz")
    }
    scene["aspectmode"] = "manual"
    scene["aspectratio"] = {axis: round(float(2 * extent[k] * units_per_mm), 4) for k, axis in enumerate("xyz")}
    scene["camera"] = {
        "eye": _xyz(towards * _EYE_DISTANCE),
        "up": _xyz(up),
        "center": {"x": 0, "y": 0, "z": 0},
        "projection": {"type": "orthographic"},
    }
    scene["dragmode"] = "orbit"
    return scene, round(fit, 3)


def _axis(name: str, low: float, high: float, visible: bool) -> dict[str, Any]:
    axis: dict[str, Any] = {"range": [round(low, 1), round(high, 1)], "visible": visible}
    return axis | ({"title": {"text": f"{name} (mm)"}, "nticks": 5, "showbackground": False} if visible else {})


def _xyz(vector: Points) -> dict[str, float]:
    return {axis: round(float(value), 4) for axis, value in zip("xyz", vector, strict=True)}


def base_layout(alt: str, title: str | None, height: int) -> dict[str, Any]:
    """What all figures share; `alt` says what there is to see to somebody who cannot see it.

    Raises:
        ValueError: `alt` is empty.
    """
    if not alt.strip():
        raise ValueError("alt is empty: say in a sentence what the figure shows")
    return {
        "template": "none",
        "meta": {"alt": alt},
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 44 if title else 8, "b": 8},
        "font": {"family": FONTS, "size": 13, "color": "#333"},
        "title": {"text": title or "", "x": 0.5, "xanchor": "center", "font": {"size": 16}},
        "colorway": list(COLOURWAY),
        "legend": {"orientation": "h", "x": 0.5, "xanchor": "center", "y": 0, "yanchor": "top"},
    }


def scene_figure(
    traces: list[Any],
    points_mm: Points,
    *,
    alt: str,
    title: str | None,
    height: int,
    camera: Camera,
    side: Side = "right",
    axes: bool = False,
) -> go.Figure:
    """A 3D figure that fits the given points."""
    layout = base_layout(alt, title, height)
    layout["scene"], fit = scene_layout(points_mm, camera, side, axes)
    layout["meta"] |= {"fit": fit, "fit_assumes": WIDEST}
    return go.Figure(traces, layout)


def colour_axis(values: npt.NDArray[np.float32], title: str | None) -> dict[str, Any]:
    """One colour bar under the picture, for scalars that may belong to several meshes."""
    return {
        "colorscale": list(COLOUR_SCALE),
        "cmin": float(values.min()),
        "cmax": float(values.max()),
        "colorbar": {
            "orientation": "h",
            "x": 0.5,
            "xanchor": "center",
            "y": 0,
            "yanchor": "bottom",
            "len": 0.7,
            "thickness": 12,
            "outlinewidth": 0,
            "title": {"text": title or "", "side": "top"},
        },
    }
