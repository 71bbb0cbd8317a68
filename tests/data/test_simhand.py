"""The data set that is generated: the same whoever makes it, in whole or not at all, and split without leaks."""

import numpy as np
import pytest
import torch

from hands import data, motion
from hands.conventions import NUM_BETAS
from hands.data.simhand import MANIFEST

SMALL = {"seconds": 1.0, "subjects": ("S02", "S14"), "programs": ("ROM02", "ROM11", "ROM13")}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("generated")
        patch.setenv("HANDS_DATA", str(folder))
        yield folder


@pytest.fixture(scope="module")
def sim(home):
    return data.simhand("clean", **SMALL, workers=1)


def test_it_lies_where_it_should_and_is_not_made_twice(home, sim):
    assert sim.path.parent == home
    made = (sim.path / MANIFEST).stat().st_mtime_ns
    again = data.simhand("clean", **SMALL)
    assert again.path == sim.path
    assert (sim.path / MANIFEST).stat().st_mtime_ns == made


def test_the_labels_are_the_motions_that_anybody_can_sample(sim):
    entry = sim.entries[3]
    assert (entry.program, entry.subject, entry.split) == ("ROM11", "S14", "validation")
    _, truth = sim[3]
    made = motion.sample("ROM11", "S14", seconds=1.0, fps=120.0)
    for name in ("global_orient", "hand_pose", "transl", "forearm_orient"):
        assert torch.equal(getattr(truth, name), getattr(made, name)[::4].float()), name
    assert torch.equal(truth.betas, made.betas.float())


def test_rows_of_every_recording_follow_each_other(sim):
    assert len(sim) == 6
    assert [entry.start for entry in sim.entries] == [31 * i for i in range(6)]
    assert sim.acc.shape == (6 * 31, 7, 3)
    assert sim.betas.shape == (2, NUM_BETAS)
    for i, (recording, truth) in enumerate(sim):
        rows = slice(31 * i, 31 * (i + 1))
        assert np.array_equal(recording.acc.numpy().swapaxes(0, 1), sim.acc[rows])
        assert np.array_equal(truth.hand_pose.numpy(), sim.hand_pose[rows])
