"""The live hand in a live kernel: ipywidgets that drive a Plotly FigureWidget through `Hand`.

The controls are those of the page (`hands.viz.controls`); here Python computes every picture. A FigureWidget must never
be in a committed output (it is dead without its kernel and weighs megabytes), so nothing here runs when a notebook is
executed for the page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np
import plotly.graph_objects as go
import torch
from torch import Tensor

from hands.conventions import ANATOMICAL_NAMES, JOINT_NAMES, MANO_FINGERS, PARENTS
from hands.mano import HandOutput, axis_angle_to_rotmat
from hands.mano.anatomy import ANGLE_NAMES, angles_to_hand_pose, joint_axes
from hands.mano.gestures import KEY_POSES, key_angles
from hands.mano.model_data import MIRROR_AXIAL
from hands.viz import controls
from hands.viz.controls import AngleSlider, ShapeSlider, View

if TYPE_CHECKING:
    from hands.viz.live import LiveHand

MM_PER_M = 1000.0
RANGE_MM = 300.0
"""From the middle knuckle to each side of the scene; fixed, so that nothing jumps."""

AXIS_MM = 34.0
AXIS_STYLES = (("#d55e00", "solid"), ("#0072b2", "dash"), ("#009e73", "dot"))
SKIN = "#dba582"
FINGER_COLOURS = {"thumb": "#d55e00", "index": "#e69f00", "middle": "#009e73", "ring": "#56b4e9", "pinky": "#cc79a7"}
WIDE = widgets.Layout(width="100%")
LABEL = {"description_width": "150px"}


class HandWidget:
    """The picture (`figure`) and its controls, in `box`.

    `angle_sliders[segment][k]` and `shape_sliders[k]` follow the tables of `hands.viz.controls`.
    """

    def __init__(self, live: LiveHand) -> None:
        self.live, self.hand = live, live.hand
        side_signs = MIRROR_AXIAL if self.hand.data.side == "left" else np.ones(3)
        wrist = torch.tensor(np.array([controls.WRIST_AXES]) * side_signs)
        self.axes = torch.cat([wrist, joint_axes(self.hand.data)])
        self.joint = JOINT_NAMES.index("index1")
        self.set_frame(0)
        self.betas = torch.tensor(live.betas)
        self.figure = go.FigureWidget(self._traces(), self._layout())
        self.box = self._build()
        self._sync()

    # ---- state and picture ----

    def full_pose(self) -> Tensor:
        """The pose that is shown, (16, 3), axis-angle in radians."""
        return angles_to_hand_pose(self.axes, torch.deg2rad(self.angles))

    def output(self) -> HandOutput:
        """What the hand computes for the shape and pose that are shown."""
        pose, dtype = self.full_pose(), self.hand.lbs_weights.dtype
        with torch.no_grad():
            return self.hand(betas=self.betas.to(dtype), global_orient=pose[0].to(dtype), hand_pose=pose[1:].to(dtype))

    def set_frame(self, frame: int) -> None:
        """Take over one frame of the motion (or the only pose)."""
        self.angles = pose_to_angles(self.axes, torch.tensor(self.live.poses[frame]))

    def redraw(self) -> None:
        """Show the present state: only what changed goes to the browser."""
        with self.figure.batch_update():
            for shown, fresh in zip(self.figure.data, self._traces(), strict=True):
                shown.update(fresh.to_plotly_json())

    def _traces(self) -> list[Any]:
        output = self.output()
        return [self._mesh(output), *_skeleton(output, self._joints_shown()), *self._axis_lines(output)]

    def _joints_shown(self) -> bool:
        return bool(hasattr(self, "joints_box") and self.joints_box.value)

    def _mesh(self, output: HandOutput) -> go.Mesh3d:
        x, y, z = _millimetres(output.vertices)
        i, j, k = np.asarray(self.hand.data.faces, dtype=np.uint16).T
        opacity = 0.4 if self._joints_shown() else 1.0
        light = {"ambient": 0.5, "diffuse": 0.65, "specular": 0.12, "roughness": 0.6, "fresnel": 0.1}
        return go.Mesh3d(
            x=x, y=y, z=z, i=i, j=j, k=k, opacity=opacity, lighting=light, hoverinfo="skip", **self._paint()
        )

    def _paint(self) -> dict[str, Any]:
        weights = self.hand.data.lbs_weights
        colour = self.colour_choice.value if hasattr(self, "colour_choice") else self.live.colour
        plain = {"color": SKIN, "intensity": None, "vertexcolor": None, "showscale": False}
        if colour == "weights":
            scale = {"colorscale": "Blues", "cmin": 0, "cmax": 1, "showscale": True}
            return plain | scale | {"intensity": weights[:, self.joint].astype(np.float32)}
        if colour == "joints":
            return plain | {"vertexcolor": [_joint_colour(int(joint)) for joint in weights.argmax(axis=1)]}
        return plain

    def _axis_lines(self, output: HandOutput) -> list[go.Scatter3d]:
        origin = output.joints[self.joint].numpy()
        lines = []
        for name, direction, (colour, dash) in zip(ANGLE_NAMES, self._posed_axes(), AXIS_STYLES, strict=True):
            ends = np.stack([origin - 0.45e-3 * AXIS_MM * direction, origin + 1e-3 * AXIS_MM * direction])
            x, y, z = _millimetres(ends)
            lines.append(
                go.Scatter3d(x=x, y=y, z=z, mode="lines+text", text=["", name], line={"color": colour, "dash": dash, "width": 7},
                             hoverinfo="skip", showlegend=False, visible=self._joints_shown())
            )  # fmt: skip
        return lines

    def _posed_axes(self) -> list[np.ndarray[Any, Any]]:
        """Flexion, abduction and twist axis of the chosen joint as the posed hand carries them."""
        local = axis_angle_to_rotmat(self.full_pose())
        turned = torch.eye(3, dtype=torch.float64)
        for joint in _chain(self.joint)[:-1]:
            turned = turned @ local[joint]
        axes = self.axes[self.joint]
        flexion, abduction, _ = axis_angle_to_rotmat(axes * torch.deg2rad(self.angles[self.joint])[:, None])
        directions = turned @ abduction @ axes[0], turned @ axes[1], turned @ abduction @ flexion @ axes[2]
        return [direction.numpy() for direction in directions]

    def _layout(self) -> dict[str, Any]:
        axis = {"range": [-RANGE_MM, RANGE_MM], "visible": False}
        return {
            "height": self.live.height,
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "showlegend": False,
            "scene": {"xaxis": axis, "yaxis": axis, "zaxis": axis, "aspectmode": "cube", "dragmode": "orbit",
                      "camera": self._camera(controls.VIEWS[0])},
        }  # fmt: skip

    def _camera(self, view: View) -> dict[str, Any]:
        """A camera with the fingers up; a left hand is seen from the mirrored place."""
        turn, tilt = np.radians([view.turn, view.tilt])
        mirror = -1.0 if self.hand.data.side == "left" else 1.0
        eye = 0.55 * np.array([-mirror * np.sin(tilt), -np.cos(tilt) * np.cos(turn), np.cos(tilt) * np.sin(turn)])
        up = {"x": -mirror, "y": 0, "z": 0}
        return {"eye": dict(zip("xyz", eye.tolist(), strict=True)), "up": up, "center": {"x": 0, "y": 0, "z": 0}}

    # ---- controls ----

    def _build(self) -> widgets.VBox:
        builders = {"fingers": self._fingers, "shape": self._shape, "view": self._view}
        self.angle_sliders: dict[str, list[widgets.IntSlider]] = {}
        self.shape_sliders: list[widgets.FloatSlider] = []
        tabs = widgets.Tab([builders[panel]() for panel in self.live.panels])
        for k, panel in enumerate(self.live.panels):
            tabs.set_title(k, controls.PANELS[panel])
        self.preset_buttons = {name: _button(name.capitalize(), self._preset(name)) for name in KEY_POSES}
        reset = _button("Reset", self._reset)
        presets = widgets.HBox([*self.preset_buttons.values(), reset], layout=widgets.Layout(flex_flow="row wrap"))
        motion = [self._motion()] if len(self.live.poses) > 1 else []
        return widgets.VBox([self.figure, *motion, presets, tabs])

    def _motion(self) -> widgets.HBox:
        last = len(self.live.poses) - 1
        player = widgets.Play(min=0, max=last, interval=1000 / self.live.fps, show_repeat=True)
        self.frame_slider = widgets.IntSlider(description="Frame", min=0, max=last, layout=WIDE)
        widgets.jslink((player, "value"), (self.frame_slider, "value"))
        self.frame_slider.observe(lambda change: self._show(lambda: self.set_frame(change["new"])), "value")
        return widgets.HBox([player, self.frame_slider])

    def _fingers(self) -> widgets.VBox:
        options = [(label, name) for name, label in controls.SEGMENT_LABELS.items()]
        self.segment_choice = widgets.ToggleButtons(options=options, value="index", style={"button_width": "auto"})
        groups = {
            name: widgets.VBox([self._angle_slider(name, entry) for entry in sliders])
            for name, sliders in controls.FINGER_SLIDERS.items()
        }

        def choose(_: Any = None) -> None:
            for name, group in groups.items():
                group.layout.display = "" if name == self.segment_choice.value else "none"

        self.segment_choice.observe(choose, "value")
        choose()
        return widgets.VBox([self.segment_choice, *groups.values()])

    def _angle_slider(self, segment: str, entry: AngleSlider) -> widgets.IntSlider:
        slider = widgets.IntSlider(
            description=f"{entry.label} (°)", min=entry.low, max=entry.high, style=LABEL, layout=WIDE
        )

        def move(change: dict[str, Any]) -> None:
            self.joint = entry.joint
            self._show(lambda: self.angles[entry.joint].__setitem__(entry.angle, float(change["new"])))

        slider.observe(move, "value")
        self.angle_sliders.setdefault(segment, []).append(slider)
        return slider

    def _shape(self) -> widgets.VBox:
        data = self.hand.data
        people = {"Mean adult": np.zeros(10), "Mean man": data.betas_male, "Mean woman": data.betas_female}
        buttons = [
            _button(label, lambda _, b=betas: self._show(lambda: self._set_betas(b)))
            for label, betas in people.items()
            if betas is not None
        ]
        self.shape_sliders = [self._shape_slider(entry) for entry in controls.SHAPE_SLIDERS]
        return widgets.VBox([widgets.HBox(buttons), *self.shape_sliders])

    def _shape_slider(self, entry: ShapeSlider) -> widgets.FloatSlider:
        slider = widgets.FloatSlider(
            description=f"{entry.label} (sd)", min=entry.low, max=entry.high, step=entry.step, readout_format=".1f",
            style=LABEL, layout=WIDE,
        )  # fmt: skip
        slider.observe(lambda change: self._show(lambda: self.betas.__setitem__(entry.beta, change["new"])), "value")
        return slider

    def _view(self) -> widgets.VBox:
        views = [_button(view.label, lambda _, v=view: self._look(v)) for view in controls.VIEWS]
        colours = [(label, name) for name, label in controls.COLOURS.items()]
        self.colour_choice = widgets.ToggleButtons(options=colours, value=self.live.colour, description="Colour by")
        self.joints_box = widgets.Checkbox(description="Joints and axes", indent=False)
        names = [(name.capitalize(), joint) for joint, name in enumerate(ANATOMICAL_NAMES)]
        self.joint_choice = widgets.Dropdown(options=names, value=self.joint, description="Joint")
        self.joint_choice.observe(lambda change: self._show(lambda: setattr(self, "joint", change["new"])), "value")
        for control in (self.colour_choice, self.joints_box):
            control.observe(lambda _: self.redraw(), "value")
        return widgets.VBox([widgets.HBox(views), self.colour_choice, self.joints_box, self.joint_choice])

    def _look(self, view: View) -> None:
        self.figure.layout.scene.camera = self._camera(view)

    def _preset(self, name: str) -> Callable[[Any], None]:
        def take(_: Any) -> None:
            self._show(lambda: self.angles[1:].copy_(key_angles(name)))

        return take

    def _set_betas(self, betas: np.ndarray[Any, Any]) -> None:
        self.betas[:] = torch.tensor(betas)

    def _reset(self, _: Any) -> None:
        def start() -> None:
            self.set_frame(0)
            self._set_betas(self.live.betas)

        self._show(start)

    # ---- from a change to the picture, once ----

    _busy = False

    def _show(self, change: Callable[[], Any]) -> None:
        """Change the state, let every control follow, and draw; what the controls report meanwhile is our own doing."""
        if self._busy:
            return
        self._busy = True
        try:
            change()
            self._sync()
            self.redraw()
        finally:
            self._busy = False

    def _sync(self) -> None:
        """Make every slider show the state."""
        was_busy, self._busy = self._busy, True
        for segment, sliders in self.angle_sliders.items():
            for slider, entry in zip(sliders, controls.FINGER_SLIDERS[segment], strict=True):
                slider.value = round(float(self.angles[entry.joint, entry.angle].clamp(entry.low, entry.high)))
        for slider, entry in zip(self.shape_sliders, controls.SHAPE_SLIDERS, strict=False):
            slider.value = float(self.betas[entry.beta].clamp(entry.low, entry.high))
        if hasattr(self, "joint_choice"):
            self.joint_choice.value = self.joint
        self._busy = was_busy


def pose_to_angles(axes: Tensor, full_pose: Tensor) -> Tensor:
    """Anatomical angles in degrees, (16, 3): Euler angles in each joint's own frame.

    Of the two solutions it takes the one that turns less about the side axes: fingers flex beyond 90 degrees and never
    abduct as far.
    """
    m = axes @ axis_angle_to_rotmat(full_pose) @ axes.mT
    flexion = torch.asin((-m[:, 1, 2]).clamp(-1, 1))
    near = torch.stack([flexion, torch.atan2(m[:, 0, 2], m[:, 2, 2]), torch.atan2(m[:, 1, 0], m[:, 1, 1])], -1)
    other = torch.where(flexion < 0, -torch.pi, torch.pi) - flexion
    far = torch.stack([other, torch.atan2(-m[:, 0, 2], -m[:, 2, 2]), torch.atan2(-m[:, 1, 0], -m[:, 1, 1])], -1)
    locked = torch.stack([flexion, torch.atan2(-m[:, 2, 0], m[:, 0, 0]), torch.zeros_like(flexion)], -1)
    aside = near[:, 1:].abs().sum(-1) <= far[:, 1:].abs().sum(-1)
    chosen = torch.where(aside[:, None], near, far)
    gimbal = torch.hypot(m[:, 0, 2], m[:, 2, 2]) < 1e-6
    return torch.rad2deg(torch.where(gimbal[:, None], locked, chosen))


def _chain(joint: int) -> list[int]:
    """The joints from the wrist to this one."""
    return [] if joint < 0 else [*_chain(PARENTS[joint]), joint]


def _millimetres(points: Any) -> np.ndarray[Any, Any]:
    return (MM_PER_M * np.asarray(points)).astype(np.float32).T


def _joint_colour(joint: int) -> str:
    return "#b8bcc4" if joint == 0 else FINGER_COLOURS[MANO_FINGERS[(joint - 1) // 3]]


def _skeleton(output: HandOutput, visible: bool) -> list[go.Scatter3d]:
    x, y, z = _millimetres(output.joints)
    names = [name.capitalize() for name in ANATOMICAL_NAMES]
    colours = [_joint_colour(joint) for joint in range(len(PARENTS))]
    marker = {"size": 6, "color": colours, "line": {"color": "#333", "width": 1}}
    return [go.Scatter3d(x=x, y=y, z=z, mode="markers", text=names, hoverinfo="text", marker=marker, visible=visible)]


def _button(label: str, action: Callable[[Any], None]) -> widgets.Button:
    button = widgets.Button(description=label.replace("-", " "), layout=widgets.Layout(width="auto"))
    button.on_click(action)
    return button
