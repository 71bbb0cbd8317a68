"""A gallery of hands: many poses, each seen from three sides, in cards that open large.

As with the live hand, one call serves three readers. When a notebook is executed for the page (`HANDS_OUTPUT=page`),
the output is a small record, 48 numbers a hand, which `page/gallery.js` paints without a kernel. In a live kernel it is
a choice of cards with the three sides of the chosen one in a FigureWidget. And a text-only reader gets one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hands import mano
from hands.conventions import NUM_JOINTS
from hands.viz import gallery_views as views
from hands.viz.gallery_words import describe
from hands.viz.live import ArrayLike, array_of_shape, for_page, refuse_licensed
from hands.viz.scene import SKIN

if TYPE_CHECKING:
    from hands.viz.gallery_widget import GalleryWidget

GALLERY_MIME: Final = "application/vnd.hands.gallery+json"


@dataclass(frozen=True, eq=False)
class Card:
    """One hand of a gallery.

    Attributes:
        title: its name.
        full_pose: its pose, (16, 3), axis-angle in radians, wrist first; the wrist's row says how the hand is held.
        group: cards of one group, one after the other, stand under one line that bears its name.
        labels: short marks shown below the title.
        words: what it looks like, for people who cannot see it; found from the pose (`describe`) if left out.
        side: which side is shown large: "palm", "back" or "thumb side"; the one that a person standing opposite would
            know the hand by if left out.
    """

    title: str
    full_pose: ArrayLike
    group: str = ""
    labels: tuple[str, ...] = ()
    words: str | None = None
    side: str | None = None


def gallery(hand: mano.Hand | None, cards: Sequence[Card], *, alt: str) -> Gallery:
    """Many hands, each from three sides: put it last in a cell.

    Args:
        hand: the model; None is the default right hand. A page shows the default hands only.
        cards: the hands, in the order in which they stand.
        alt: what the cards show together, in a sentence, for people who cannot see them.

    Raises:
        ValueError: there is no card, a pose, a title or a side does not fit, `alt` is empty, or a page is asked to
            publish a hand that is not the default one.
    """
    if not cards:
        raise ValueError("cards is empty: give at least one Card")
    if not alt.strip():
        raise ValueError("alt is empty: say in a sentence what the gallery shows")
    titles = [card.title for card in cards]
    if twice := sorted({title for title in titles if titles.count(title) > 1}):
        raise ValueError(f"cards holds the title {twice[0]!r} more than once; readers could not tell them apart")
    return Gallery(mano.load() if hand is None else hand, tuple(cards), alt)


class Gallery:
    """What `gallery` returns; it shows itself, in the way that suits the reader."""

    def __init__(self, hand: mano.Hand, cards: tuple[Card, ...], alt: str) -> None:
        self.hand, self.cards, self.alt = hand, cards, alt
        self.poses = np.stack([array_of_shape(c.full_pose, _pose_of(c), (NUM_JOINTS, 3)) for c in cards])
        self.orders = [
            views.best_first(pose, hand.data.side, _side_of(card)) for card, pose in zip(cards, self.poses, strict=True)
        ]
        if for_page():
            refuse_licensed(hand.data)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """What each hand looks like: the card's own words, or those that its pose suggests."""
        return tuple(
            describe(pose, self.hand) if card.words is None else card.words
            for card, pose in zip(self.cards, self.poses, strict=True)
        )

    @cached_property
    def widget(self) -> GalleryWidget:
        """The choice and the pictures as ipywidgets, for a live kernel; made when first asked for."""
        from hands.viz.gallery_widget import GalleryWidget

        return GalleryWidget(self)

    def payload(self) -> dict[str, Any]:
        """The record from which the page's JavaScript starts.

        Raises:
            ValueError: the hand is not the default one.
        """
        refuse_licensed(self.hand.data)
        return {
            "kind": "gallery",
            "side": self.hand.data.side,
            "skin": SKIN,
            "steep": views.STEEP,
            "views": [
                {"name": name, "towards": eye, "raised": views.RAISED[name]} for name, eye in views.SIDES.items()
            ],
            "cards": [self._card(k) for k in range(len(self.cards))],
            "alt": self.alt,
        }

    def _card(self, k: int) -> dict[str, Any]:
        card, pose, side = self.cards[k], self.poses[k], self.hand.data.side
        return {
            "title": card.title,
            "group": card.group,
            "labels": list(card.labels),
            "words": self.words[k],
            "pose": np.round(pose.reshape(-1), 5).tolist(),
            "order": [list(views.SIDES).index(name) for name in self.orders[k]],
            "seen": [views.seen_from(pose, name, side) for name in views.SIDES],
        }

    def __repr__(self) -> str:
        return f"Gallery of {len(self.cards)} hands: run this cell to choose among them, or read the book's page."

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        if for_page():
            return {GALLERY_MIME: self.payload(), "text/plain": repr(self)}
        bundle: dict[str, Any] = self.widget.box._repr_mimebundle_(**kwargs)
        return bundle | {"text/plain": repr(self)}


def _side_of(card: Card) -> str | None:
    if card.side is not None and card.side not in views.SIDES:
        raise ValueError(f"side of {card.title!r} is {card.side!r}, expected one of {', '.join(views.SIDES)}")
    return card.side


def _pose_of(card: Card) -> str:
    return f"full_pose of {card.title!r}"
