"""The gallery in a live kernel: a choice of cards, and the three sides of the chosen hand in one Plotly FigureWidget.

Like the live hand's widget, nothing here runs when a notebook is executed for the page.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np
import plotly.graph_objects as go
import torch

from hands.viz import gallery_views as views
from hands.viz.figures import hands_figure
from hands.viz.live_widget import WholeFigureWidget
from hands.viz.scene import camera_axes

if TYPE_CHECKING:
    from hands.viz.gallery import Gallery

HEIGHT = 420
LABEL_SIZE = 18
"""Plotly draws text in a scene at half the size that it is told, about."""


class GalleryWidget:
    """The choice (`chooser`), buttons to the next card and the one before, and the picture (`figure`), in `box`."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        options = [(self._face(k), k) for k in range(len(gallery.cards))]
        self.chooser = widgets.Dropdown(
            options=options, value=0, description="Hand", layout=widgets.Layout(width="60%")
        )
        self.text = widgets.HTML()
        self.figure = WholeFigureWidget(self._figure(0))
        self.chooser.observe(lambda change: self._show(change["new"]), "value")
        steps = [self._button("‹ Previous", -1), self._button("Next ›", 1)]
        self.box = widgets.VBox([widgets.HBox([self.chooser, *steps]), self.text, self.figure])
        self._tell(0)

    def _face(self, k: int) -> str:
        card = self.gallery.cards[k]
        return f"{card.group}: {card.title}" if card.group else card.title

    def _button(self, label: str, step: int) -> widgets.Button:
        button = widgets.Button(description=label, layout=widgets.Layout(width="auto"))

        def go(_: Any) -> None:
            self.chooser.value = (self.chooser.value + step) % len(self.gallery.cards)

        button.on_click(go)
        return button

    def _show(self, k: int) -> None:
        fresh = self._figure(k)
        with self.figure.batch_update():
            for shown, trace in zip(self.figure.data, fresh.data, strict=True):
                shown.update(trace.to_plotly_json())
            self.figure.layout.scene = fresh.layout.scene
        self._tell(k)

    def _tell(self, k: int) -> None:
        marks = " · ".join(self.gallery.cards[k].labels)
        self.text.value = (
            f"<b>{escape(self.gallery.cards[k].title)}</b> {escape(marks)}<br>{escape(self.gallery.words[k])}"
        )

    def _figure(self, k: int) -> go.Figure:
        """The three sides next to each other, each turned to the one camera of the figure."""
        hand, pose = self.gallery.hand, self.gallery.poses[k]
        side = hand.data.side
        with torch.no_grad():
            full = torch.tensor(pose).to(hand.lbs_weights)
            vertices = hand(global_orient=full[0], hand_pose=full[1:]).vertices.cpu().numpy()
        shown = np.stack(camera_axes("palm", side))
        sides = {
            f"{name}, from {views.seen_from(pose, name, side)}": (vertices - vertices.mean(axis=0))
            @ views.upright_axes(pose, name, side).T
            @ shown
            for name in self.gallery.orders[k]
        }
        figure = hands_figure(hand, sides, alt=self.gallery.words[k], height=HEIGHT)
        return figure.update_traces(textfont_size=LABEL_SIZE, selector={"type": "scatter3d"})
