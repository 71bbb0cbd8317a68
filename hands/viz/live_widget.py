"""The live hand in a live kernel: ipywidgets that drive a Plotly FigureWidget through `Hand`.

The controls are those of the page (`hands.viz.controls`); here Python computes every picture. A FigureWidget must never
be in a committed output (it is dead without its kernel and weighs megabytes), so nothing here runs when a notebook is
executed for the page.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np
import plotly.graph_objects as go
import torch
from torch import Tensor

from hands.conventions import ANATOMICAL_NAMES, JOINT_NAMES
from hands.mano import HandOutput
from hands.mano.anatomy import angles_to_hand_pose, hand_pose_to_angles, joint_axes
from hands.mano.gestures import PRESETS, key_angles
from hands.mano.model_data import MIRROR_AXIAL, Array
from hands.viz import controls, live_traces
from hands.viz.controls import AngleSlider, ShapeSlider, View

if TYPE_CHECKING:
    from hands.viz.live import LiveHand

WIDE = widgets.Layout(width="98%")
ROW = widgets.Layout(flex_flow="row wrap")
LABEL = {"description_width": "150px"}
TOGGLES = {"button_width": "auto"}

Action = Callable[[], Any]


class WholeFigureWidget(go.FigureWidget):  # type: ignore[misc]
    """A FigureWidget that tells the browser of itself only once it is complete.

    Plotly's own opens its channel first and sends its data afterwards. While a notebook's first widget is still
    loading, JupyterLab loses that second message, and the figure stays empty.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._complete = False
        super().__init__(*args, **kwargs)
        self._complete = True
        self.open()

    def open(self) -> None:
        """Open the channel to the browser, if there is something to tell."""
        if self._complete:
            super().open()


class HandWidget:
    """The picture (`figure`) and its controls, in `box`.

    `angle_sliders[segment][k]` and `shape_sliders[k]` follow the tables of `hands.viz.controls`.
    """

    def __init__(self, live: LiveHand) -> None:
        self.live, self.hand = live, live.hand
        left = self.hand.data.side == "left"
        wrist = torch.tensor(np.array([controls.WRIST_AXES]) * (MIRROR_AXIAL if left else 1.0))
        self.axes = torch.cat([wrist, joint_axes(self.hand.data)])
        self.betas = torch.tensor(live.betas)
        self.angles = self._angles_of_frame(0)
        self.angle_sliders = {
            name: [self._angle_slider(s) for s in rows] for name, rows in controls.FINGER_SLIDERS.items()
        }
        self.shape_sliders = [self._shape_slider(entry) for entry in controls.SHAPE_SLIDERS]
        self.preset_buttons = {name: self._button(name, partial(self._preset, name)) for name in PRESETS}
        self._view_controls()
        self.figure = WholeFigureWidget(self._traces(), self._layout())
        self._busy = False
        self.box = self._box()
        self._sync()

    # ---- state ----

    def full_pose(self) -> Tensor:
        """The pose that is shown, (16, 3), axis-angle in radians."""
        return angles_to_hand_pose(self.axes, torch.deg2rad(self.angles))

    def output(self) -> HandOutput:
        """What the hand computes for the shape and pose that are shown."""
        pose, betas = self.full_pose().to(self.hand.lbs_weights), self.betas.to(self.hand.lbs_weights)
        with torch.no_grad():
            output: HandOutput = self.hand(betas=betas, global_orient=pose[0], hand_pose=pose[1:])
        return HandOutput(*(points.cpu() for points in output))

    def _angles_of_frame(self, frame: int) -> Tensor:
        return torch.rad2deg(hand_pose_to_angles(self.axes, torch.tensor(self.live.poses[frame])))

    def _preset(self, name: str) -> None:
        self.angles[1:] = key_angles(name)

    def _take_shape(self, betas: Array) -> None:
        self.betas = torch.tensor(betas)

    def _reset(self) -> None:
        self.angles = self._angles_of_frame(0)
        self._take_shape(self.live.betas)
        self._look(controls.VIEWS[0])

    # ---- picture ----

    def _traces(self) -> list[Any]:
        output, joint, joints = self.output(), self.joint_choice.value, self.joints_box.value
        order = live_traces.nearest_first(self.hand, output, self._eye()) if joints else self.hand.data.faces
        directions = live_traces.posed_axes(self.axes, self.full_pose(), self.angles, joint)
        return [
            live_traces.mesh(output, order, live_traces.paint(self.hand, self.colour_choice.value, joint), joints),
            live_traces.joints(output, visible=joints),
            *live_traces.axis_lines(output.joints[joint].numpy(), directions, visible=joints),
        ]

    def _move(self) -> None:
        """Send the browser new points."""
        traces = self._traces()
        with self.figure.batch_update():
            for shown, fresh in zip(self.figure.data, traces, strict=True):
                shown.update(x=fresh.x, y=fresh.y, z=fresh.z)
            self.figure.data[0].update({corner: traces[0][corner] for corner in "ijk"})

    def _repaint(self) -> None:
        """Send everything, as new traces: Plotly multiplies the new colours of an old mesh by those it had."""
        with self.figure.batch_update():
            self.figure.data = ()
            self.figure.add_traces(self._traces())

    def _layout(self) -> dict[str, Any]:
        return live_traces.layout(self.live.height) | {
            "scene": live_traces.scene(self.hand.data.side, controls.VIEWS[0])
        }

    def _eye(self) -> tuple[float, float, float]:
        """Where the reader looks from, turned by hand or by button."""
        eye = self.figure.layout.scene.camera.eye
        return eye.x, eye.y, eye.z

    def _look(self, view: View) -> None:
        self.figure.layout.scene.camera = live_traces.camera(self.hand.data.side, view)

    def _show(self, change: Action, repaint: bool = False) -> None:
        """Change the state, let every control follow, draw; what the controls report meanwhile is our own doing."""
        if self._busy:
            return
        self._busy = True
        try:
            change()
            self._sync()
            (self._repaint if repaint else self._move)()
        finally:
            self._busy = False

    def _sync(self) -> None:
        """Make every slider show the state."""
        for segment, sliders in self.angle_sliders.items():
            for slider, angle in zip(sliders, controls.FINGER_SLIDERS[segment], strict=True):
                slider.value = round(float(self.angles[angle.joint, angle.angle].clamp(angle.low, angle.high)))
        for slider, shape in zip(self.shape_sliders, controls.SHAPE_SLIDERS, strict=True):
            slider.value = float(self.betas[shape.beta].clamp(shape.low, shape.high))

    # ---- controls ----

    def _button(self, label: str, action: Action) -> widgets.Button:
        text = label[:1].upper() + label[1:].replace("-", " ")
        button = widgets.Button(description=text, layout=widgets.Layout(width="auto"))
        button.on_click(lambda _: self._show(action))
        return button

    def _angle_slider(self, entry: AngleSlider) -> widgets.IntSlider:
        label = f"{entry.label} (°)"
        slider = widgets.IntSlider(description=label, min=entry.low, max=entry.high, style=LABEL, layout=WIDE)

        def turn(change: dict[str, Any]) -> None:
            def set_angle() -> None:
                self.angles[entry.joint, entry.angle] = change["new"]
                self.joint_choice.value = entry.joint

            self._show(set_angle, repaint=self.colour_choice.value == "weights")

        slider.observe(turn, "value")
        return slider

    def _shape_slider(self, entry: ShapeSlider) -> widgets.FloatSlider:
        numbers = {"min": entry.low, "max": entry.high, "step": entry.step, "readout_format": ".1f"}
        slider = widgets.FloatSlider(description=f"{entry.label} (sd)", style=LABEL, layout=WIDE, **numbers)

        def reshape(change: dict[str, Any]) -> None:
            def set_beta() -> None:
                self.betas[entry.beta] = change["new"]

            self._show(set_beta)

        slider.observe(reshape, "value")
        return slider

    def _view_controls(self) -> None:
        colours = [(label, name) for name, label in controls.COLOURS.items()]
        names = [(name[:1].upper() + name[1:], joint) for joint, name in enumerate(ANATOMICAL_NAMES)]
        self.colour_choice = widgets.ToggleButtons(
            options=colours, value=self.live.colour, description="Colour by", style=TOGGLES
        )
        self.joints_box = widgets.Checkbox(description="Joints and axes", indent=False)
        self.joint_choice = widgets.Dropdown(options=names, value=JOINT_NAMES.index("index1"), description="Joint")
        for control in (self.colour_choice, self.joints_box, self.joint_choice):
            control.observe(lambda _: self._show(lambda: None, repaint=True), "value")

    # ---- their places ----

    def _box(self) -> widgets.VBox:
        panels = {"fingers": self._fingers_panel, "shape": self._shape_panel, "view": self._view_panel}
        tabs = widgets.Tab([panels[name]() for name in self.live.panels])
        tabs.titles = tuple(controls.PANELS[name] for name in self.live.panels)
        presets = widgets.HBox([*self.preset_buttons.values(), self._button("Reset", self._reset)], layout=ROW)
        motion = [self._motion_row()] if len(self.live.poses) > 1 else []
        return widgets.VBox([self.figure, *motion, presets, tabs])

    def _fingers_panel(self) -> widgets.VBox:
        options = [(label, name) for name, label in controls.SEGMENT_LABELS.items()]
        choice = widgets.ToggleButtons(options=options, value="index", description="Move", style=TOGGLES)
        groups = {name: widgets.VBox(sliders) for name, sliders in self.angle_sliders.items()}

        def choose(_: Any) -> None:
            for name, group in groups.items():
                group.layout.display = "" if name == choice.value else "none"

        choice.observe(choose, "value")
        choose(None)
        return widgets.VBox([choice, *groups.values()])

    def _shape_panel(self) -> widgets.VBox:
        data = self.hand.data
        people = {"Mean adult": np.zeros(10), "Mean man": data.betas_male, "Mean woman": data.betas_female}
        known = {label: betas for label, betas in people.items() if betas is not None}
        buttons = [self._button(label, partial(self._take_shape, betas)) for label, betas in known.items()]
        return widgets.VBox([widgets.HBox(buttons, layout=ROW), *self.shape_sliders])

    def _view_panel(self) -> widgets.VBox:
        views = [self._button(view.label, partial(self._look, view)) for view in controls.VIEWS]
        marks = widgets.HBox([self.joints_box, self.joint_choice], layout=ROW)
        return widgets.VBox([widgets.HBox(views, layout=ROW), self.colour_choice, marks])

    def _motion_row(self) -> widgets.HBox:
        last = len(self.live.poses) - 1
        player = widgets.Play(max=last, interval=round(1000 / self.live.fps))
        self.frame_slider = widgets.IntSlider(description="Frame", max=last, layout=WIDE)
        widgets.jslink((player, "value"), (self.frame_slider, "value"))

        def go_to(change: dict[str, Any]) -> None:
            def take_frame() -> None:
                self.angles = self._angles_of_frame(change["new"])

            self._show(take_frame)

        self.frame_slider.observe(go_to, "value")
        return widgets.HBox([player, self.frame_slider])
