"""Squares around hands with all that is known of the hands: what networks from a picture to a hand learn from.

Batches are those of `gesture_samples`, the same pictures in the same order, changed in the same way. Beside each
picture are its hand's labels, changed with it, and which other picture of the batch the control is told of.

Explained in the book: *From picture to hand*.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from hands.data.takes import generator
from hands.experiments.gesture_samples import CHANGED, Batches, Samples
from hands.gesture import Changes, Pictures
from hands.gesture.crop import boxes
from hands.gesture.guidance import strangers
from hands.gesture.labels import HandLabels
from hands.motion.programs import Split

STRANGE = 23
"""The stream of random numbers of other pictures' gestures."""


@dataclass(frozen=True, eq=False)
class HandSamples(Samples):
    """Pictures of a split, with their hands."""

    labels: HandLabels

    @staticmethod
    def of(pictures: Pictures, split: Split, side: int) -> HandSamples:
        """Those of a split; arguments are those of `Samples.of`."""
        seen, rows = Samples.of(pictures, split, side), pictures.split(split)
        where = boxes(pictures.pixels[rows].astype(np.float64))
        return HandSamples(**vars(seen), labels=HandLabels.of(pictures, rows, where, side))

    @property
    def side(self) -> int:
        """Of the squares, pixels."""
        return self.pictures.shape[-1]


@dataclass(frozen=True)
class HandBatches(Batches):
    """Batches for `train.fit`, a pure function of the seed and the step."""

    samples: HandSamples

    def __call__(self, step: int, rows: slice = slice(None)) -> dict[str, Tensor]:
        """Some rows of the batch of a step, with the labels of the hands as the changed pictures show them."""
        seen, which = super().__call__(step, rows), self.drawn(step)[rows]
        changes = Changes.draw(self.augmentation, self.batch, generator(self.seed, CHANGED, step))[rows]
        labels = self.samples.labels.some(which).changed(changes, self.samples.side)
        others = strangers(len(which), generator(self.seed, STRANGE, step, rows.start or 0))
        return {**seen, **labels._asdict(), "others": others}
