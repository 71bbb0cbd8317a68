"""Pictures of gestures as networks see them: the square around each hand, and batches, pure functions of a step.

A batch is drawn so that every fine class comes equally often, whatever there is of it: first a class for each place,
then one of its pictures, and then how that is changed. So nothing has to be remembered to go on after an interruption,
and every process of many can make its own rows.

Explained in the book: *Naming gestures*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from hands.data.takes import generator
from hands.gesture import Pictures
from hands.gesture.augmentation import Augmentation, Changes
from hands.gesture.crop import boxes, cut
from hands.motion.programs import Split

DRAWN, CHANGED = 21, 22
"""The streams of random numbers: of which pictures come, and of what is done to them."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Pictures of a split, with their labels."""

    pictures: UInt8[Tensor, "n 3 side side"]
    """Red, green, blue; rows from above."""
    coarse: Int[Tensor, " n"]
    fine: Int[Tensor, " n"]
    people: tuple[str, ...]
    """Whose hand each shows, such as `"S13"`."""

    @staticmethod
    def of(pictures: Pictures, split: Split, side: int) -> Samples:
        """Those of a split: the square around each hand.

        Args:
            pictures: the whole set.
            split: `"train"`, `"validation"` or `"test"`.
            side: of the small pictures, pixels.
        """
        rows = pictures.split(split)
        coarse, fine = (torch.from_numpy(labels[rows].astype(np.int64)) for labels in (pictures.coarse, pictures.fine))
        people = tuple(f"S{number:02}" for number in pictures.subject[rows])
        seen = cut(pictures.images[rows], boxes(pictures.pixels[rows].astype(np.float64)), side)
        return Samples(seen, coarse, fine, people)

    def __len__(self) -> int:
        return len(self.fine)

    @cached_property
    def by_fine(self) -> tuple[Int[Tensor, " _"], ...]:
        """The pictures of each fine class that there are pictures of."""
        return tuple((self.fine == fine).nonzero()[:, 0] for fine in self.fine.unique())

    def shown(self, which: Int[Tensor, " B"] | Sequence[int] | slice) -> Float[Tensor, "B 3 side side"]:
        """Some pictures, from 0 to 1."""
        return self.pictures[which].float() / 255


@dataclass(frozen=True)
class Batches:
    """Batches for `train.fit`, a pure function of the seed and the step."""

    samples: Samples
    batch: int
    """Samples of one step, over all processes."""
    steps: int
    """Of the training."""
    seed: int
    augmentation: Augmentation

    def __call__(self, step: int, rows: slice = slice(None)) -> dict[str, Tensor]:
        """Some rows of the batch of a step, and the share of the training that was done before it."""
        which = self.drawn(step)[rows]
        changes = Changes.draw(self.augmentation, self.batch, generator(self.seed, CHANGED, step))[rows]
        return {
            "pictures": changes.apply(self.samples.shown(which)),
            "coarse": self.samples.coarse[which],
            "fine": self.samples.fine[which],
            "share": torch.tensor(step / self.steps),
        }

    def drawn(self, step: int) -> Int[Tensor, " batch"]:
        """Which pictures are in the batch of a step: a class first, then one of its pictures."""
        own = generator(self.seed, DRAWN, step)
        classes = torch.randint(len(self.samples.by_fine), (self.batch,), generator=own).tolist()
        places = torch.rand(self.batch, generator=own).tolist()
        pools = (self.samples.by_fine[k] for k in classes)
        return torch.stack([pool[int(place * len(pool))] for pool, place in zip(pools, places, strict=True)])
