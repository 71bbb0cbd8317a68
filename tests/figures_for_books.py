"""Figures that the small books of the tests show."""

import numpy as np
import plotly.graph_objects as go

from hands import mano, viz
from hands.conventions import JOINT_NAMES, PARENTS


def twenty_hands() -> list[go.Figure]:
    """More 3D scenes than a browser keeps WebGL contexts for."""
    hand = mano.load()
    output = hand()
    return [viz.hand_figure(hand, output, alt=f"Hand {k}", title=f"Hand {k}", height=300) for k in range(20)]


def one_of_each_kind() -> list[go.Figure]:
    """2D and 3D, with colour bars, legends, menus, and a 3D figure whose layout names no scene."""
    hand = mano.load()
    output = hand()
    t = np.linspace(0.0, 1.0, 20)
    colours = {"b": output.vertices[:, 0]}
    animated = go.Figure(
        go.Scatter(x=t, y=t),
        {"height": 300, "updatemenus": [{"buttons": [{"label": "Play", "method": "animate", "args": [None, {}]}]}]},
        frames=[go.Frame(data=[go.Scatter(x=t, y=t**2)])],
    )
    return [
        viz.hands_figure(hand, {"a": output, "b": output, "c": output}, colours=colours, alt="Three hands"),
        viz.skeleton_figure(output.joints, PARENTS, JOINT_NAMES, show_names=True, alt="A skeleton"),
        viz.lines_figure(
            {"a": (t, t), "b": (t, t**2)}, "time (s)", "angle (rad)", title="Two curves", alt='Two "curves" & <tags>'
        ),
        viz.matrix_figure(np.eye(4), alt="A matrix"),
        go.Figure(go.Scatter3d(x=t, y=t, z=t), {"height": 300}),
        animated,
    ]
