"""Pictures in memory and batches: pure functions of the step, every fine class equally often."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hands.experiments.gesture_samples import Batches, Samples
from hands.gesture.augmentation import Augmentation
from tests.experiments.made_up_pictures import MadeUp

STILL = Augmentation(turn=0.0, scale=0.0, colour=0.0)


@pytest.fixture(scope="module")
def samples() -> Samples:
    return Samples.of(MadeUp(2), "train", 32)


def test_a_split_holds_its_people_and_their_labels(samples: Samples) -> None:
    pictures = MadeUp(2)
    assert set(samples.people) == {"S01", "S02"}
    which = [k for k, number in enumerate(pictures.subject) if number in (1, 2)]
    assert samples.fine.tolist() == pictures.fine[which].tolist()
    assert samples.coarse.tolist() == pictures.coarse[which].tolist()
    squares = pictures.images[which].reshape(len(which), 32, 2, 32, 2, 3).mean((2, 4))
    assert np.abs(samples.pictures.permute(0, 2, 3, 1).numpy() - squares).max() <= 0.501  # the whole picture, rounded
    shown = samples.shown([3])
    assert shown.dtype == torch.float32
    torch.testing.assert_close(shown[0] * 255, samples.pictures[3].float())


def test_rows_of_a_batch_are_those_of_the_whole(samples: Samples) -> None:
    batches = Batches(samples, batch=6, steps=10, seed=3, augmentation=Augmentation())
    whole, again = batches(4), batches(4)
    parts = [batches(4, rows) for rows in (slice(0, 2), slice(2, 6))]
    for name in ("pictures", "coarse", "fine"):
        assert torch.equal(whole[name], again[name])
        assert torch.equal(whole[name], torch.cat([part[name] for part in parts]))
    assert whole["share"].item() == pytest.approx(0.4)
    others = [batches(5), Batches(samples, 6, 10, 4, Augmentation())(4)]
    assert not any(torch.equal(whole["pictures"], other["pictures"]) for other in others)


def test_the_picture_and_its_labels_belong_together(samples: Samples) -> None:
    batches = Batches(samples, batch=5, steps=1, seed=0, augmentation=STILL)
    which, batch = batches.drawn(0), batches(0)
    torch.testing.assert_close(batch["pictures"], samples.shown(which), rtol=0, atol=1e-5)
    assert torch.equal(batch["fine"], samples.fine[which])


def test_every_fine_class_comes_equally_often_whatever_there_is_of_it() -> None:
    pictures = MadeUp(4)
    kept = [k for k, fine in enumerate(pictures.fine) if fine > 4 or k // 46 % 4 == 0]  # a quarter of five classes
    coarse, fine = (torch.from_numpy(labels[kept].astype(np.int64)) for labels in (pictures.coarse, pictures.fine))
    few = Samples(
        pictures=torch.zeros(len(kept), 3, 1, 1, dtype=torch.uint8),
        coarse=coarse,
        fine=fine,
        people=("S01",) * len(kept),
    )
    batches = Batches(few, batch=500, steps=40, seed=0, augmentation=STILL)
    drawn = torch.cat([batches.drawn(step) for step in range(40)])
    counts = few.fine[drawn].bincount(minlength=35)
    expected = 500 * 40 / 35
    assert counts.sub(expected).abs().max().item() < 5 * expected**0.5  # Poisson
    within = drawn.bincount(minlength=len(few))[few.fine == 20]
    assert within.min() > 0
