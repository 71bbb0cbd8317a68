"""The live hand: a 3D hand whose every finger, shape and view the reader moves.

One call serves three readers. When a notebook is executed for the page (`HANDS_OUTPUT=page`), the output is a small
record of the starting state, which `page/live_hand.js` brings to life without a kernel. In a live kernel it is a
FigureWidget with the same controls as ipywidgets, driven by `Hand`. And a text-only reader gets one line.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import torch

from hands import mano
from hands.conventions import NUM_BETAS, NUM_JOINTS
from hands.mano.files import read_default
from hands.mano.model_data import HandModelData
from hands.viz import controls

if TYPE_CHECKING:
    from hands.viz.live_widget import HandWidget

Array = npt.NDArray[np.float64]
ArrayLike = torch.Tensor | npt.NDArray[Any] | Sequence[Any]

LIVE_MIME: Final = "application/vnd.hands.live+json"
CONTROLS_HEIGHT: Final = 340
"""Pixels that the controls take below the picture, so that the page does not jump when they appear."""

RADIANS_PER_STEP: Final = 1e-4
"""Motions travel as 16-bit integers of this unit: 5 micrometres at most at a fingertip, 96 bytes a frame."""


def live_hand(
    hand: mano.Hand | None = None,
    *,
    betas: ArrayLike | None = None,
    full_pose: ArrayLike | None = None,
    fps: float | int = 30,
    play: bool = False,
    colour: str = "skin",
    panels: Sequence[str] = tuple(controls.PANELS),
    height: int = 420,
    alt: str | None = None,
) -> LiveHand:
    """A hand to play with: put it last in a cell.

    Args:
        hand: the model; the default right hand if left out. A page shows the default hands only.
        betas: shape to begin with, (10,).
        full_pose: pose to begin with, (16, 3), or a motion to play, (T, 16, 3); axis-angle in radians, wrist first.
        fps: frames per second of the motion.
        play: move at once, unless the reader asked for reduced motion: the motion, or a tour of the key poses.
        colour: what the surface shows to begin with: "skin", "joints" or "weights".
        panels: which groups of controls to offer, of "fingers", "shape" and "view".
        height: of the picture in pixels, without the controls.
        alt: what there is to see, in a sentence, for people who cannot see it.

    Raises:
        ValueError: a shape or an option does not fit, or a page is asked to publish a hand that is not the default one.
    """
    return LiveHand(
        mano.load() if hand is None else hand,
        betas=array_of_shape(betas, "betas", (NUM_BETAS,)),
        poses=_poses(full_pose),
        fps=_positive(fps, "fps"),
        play=play,
        colour=_one_of(colour, controls.COLOURS, "colour"),
        panels=_panels(panels),
        height=int(_positive(height, "height")),
        alt=alt,
    )


class LiveHand:
    """What `live_hand` returns; it shows itself, in the way that suits the reader."""

    def __init__(
        self,
        hand: mano.Hand,
        *,
        betas: Array,
        poses: Array,
        fps: float | int,
        play: bool,
        colour: str,
        panels: tuple[str, ...],
        height: int,
        alt: str | None,
    ) -> None:
        self.hand, self.betas, self.poses, self.fps = hand, betas, poses, fps
        self.play, self.colour, self.panels, self.height = play, colour, panels, height
        self.alt = alt or f"A {hand.data.side} hand in 3D that you can pose, reshape and turn."
        if for_page():
            refuse_licensed(hand.data)

    @cached_property
    def widget(self) -> HandWidget:
        """The controls and the picture as ipywidgets, for a live kernel; made when first asked for."""
        from hands.viz.live_widget import HandWidget

        return HandWidget(self)

    def payload(self) -> dict[str, Any]:
        """The record from which the page's JavaScript starts.

        Raises:
            ValueError: the hand is not the default one.
        """
        refuse_licensed(self.hand.data)
        record: dict[str, Any] = {
            "kind": "live_hand",
            "side": self.hand.data.side,
            "betas": np.round(self.betas, 4).tolist(),
            "full_pose": np.round(self.poses[0], 5).tolist(),
            "play": self.play,
            "colour": self.colour,
            "panels": list(self.panels),
            "height": self.height,
            "min_height": self.height + CONTROLS_HEIGHT,
            "alt": self.alt,
        }
        if len(self.poses) > 1:
            record["motion"] = _encode_motion(self.poses, self.fps)
        return record

    def __repr__(self) -> str:
        frames = len(self.poses)
        shown = f"{frames} frames at {self.fps:g} per second" if frames > 1 else "one pose"
        return f"Live {self.hand.data.side} hand ({shown}): run this cell to move it, or read the book's page."

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        if for_page():
            return {LIVE_MIME: self.payload(), "text/plain": repr(self)}
        bundle: dict[str, Any] = self.widget.box._repr_mimebundle_(**kwargs)
        return bundle | {"text/plain": repr(self)}


def for_page() -> bool:
    """Whether this notebook is being executed for the page, where there is no kernel."""
    return os.environ.get("HANDS_OUTPUT") == "page"


def refuse_licensed(data: HandModelData) -> None:
    """Keep licensed models out of pages.

    Raises:
        ValueError: the hand is not the default one.
    """
    default = read_default(data.side)
    same = all(
        np.array_equal(getattr(data, name), getattr(default, name))
        for name in ("v_template", "shapedirs", "posedirs", "J_regressor", "lbs_weights", "faces")
    )
    if not same:
        raise ValueError(
            "a page shows the default hand only: this hand came from another model file, and licensed models such as "
            "official MANO may not be published. Leave `hand` out here, or run the cell in a live kernel (without "
            "HANDS_OUTPUT=page)."
        )


def _encode_motion(poses: Array, fps: float | int) -> dict[str, Any]:
    steps = np.rint(_shortest(poses) / RADIANS_PER_STEP).astype("<i2")
    return {"fps": fps, "scale": RADIANS_PER_STEP, "data": base64.b64encode(steps.tobytes()).decode()}


def _shortest(poses: Array) -> Array:
    """The same rotations by at most half a turn, so that every component fits 16 bits."""
    angle = np.linalg.norm(poses, axis=-1, keepdims=True)
    turns = np.round(angle / (2 * np.pi))
    return poses * (1 - 2 * np.pi * turns / np.where(angle == 0, 1, angle))


def array_of_shape(value: ArrayLike | None, name: str, shape: tuple[int, ...]) -> Array:
    """A user's array of one shape as float64; zeros for None.

    Raises:
        ValueError: the shape is another, or a value is not finite.
    """
    if value is None:
        return np.zeros(shape)
    array = _array(value, name)
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
    return array


def _poses(full_pose: ArrayLike | None) -> Array:
    """A pose or a motion as frames, (T, 16, 3)."""
    if full_pose is None:
        return np.zeros((1, NUM_JOINTS, 3))
    array = _array(full_pose, "full_pose")
    if array.ndim not in (2, 3) or array.shape[-2:] != (NUM_JOINTS, 3) or array.size == 0:
        raise ValueError(f"full_pose has shape {array.shape}, expected ({NUM_JOINTS}, 3) or (T, {NUM_JOINTS}, 3)")
    return array.reshape(-1, NUM_JOINTS, 3)


def _array(value: ArrayLike, name: str) -> Array:
    array = np.asarray(value.detach().cpu() if isinstance(value, torch.Tensor) else value, dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds values that are not finite")
    return array


def _positive(value: float | int, name: str) -> float | int:
    if not value > 0:
        raise ValueError(f"{name} is {value}, expected a positive number")
    return value


def _one_of(value: str, options: Sequence[str] | dict[str, str], name: str) -> str:
    if value not in options:
        raise ValueError(f"{name} is {value!r}, expected one of {', '.join(options)}")
    return value


def _panels(panels: Sequence[str]) -> tuple[str, ...]:
    chosen = [_one_of(panel, controls.PANELS, "panels") for panel in panels]
    if not chosen:
        raise ValueError(f"panels is empty, expected some of {', '.join(controls.PANELS)}")
    return tuple(panel for panel in controls.PANELS if panel in chosen)
