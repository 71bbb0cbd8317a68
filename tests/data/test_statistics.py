"""Statistics of features: against numpy over all frames at once, and of training recordings alone."""

import numpy as np
import pytest
import torch

from hands import data
from hands.data import Statistics


def random_series(lengths, offset=0.0, seed=0):
    rng = np.random.default_rng(seed)
    return [torch.from_numpy(offset + rng.standard_normal((n, 3, 2)) * [1.0, 20.0]) for n in lengths]


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_recording_by_recording_is_the_same_as_all_at_once(offset):
    series = random_series([1, 7, 300, 2], offset)
    found = Statistics.over(series)
    at_once = np.concatenate([one.numpy() for one in series])
    assert found.frames == 310
    np.testing.assert_allclose(found.mean.numpy(), at_once.mean(0), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found.sd.numpy(), at_once.std(0), rtol=1e-6)


def test_single_precision_does_not_cancel():
    series = [one.float() for one in random_series([1000, 1000], 1e4)]
    at_once = torch.cat(series).double().numpy()
    np.testing.assert_allclose(Statistics.over(series).sd.numpy(), at_once.std(0), rtol=1e-6)


def test_normalised_features_have_mean_0_and_sd_1_and_come_back():
    series = random_series([40, 60])
    found = Statistics.over(series)
    features = torch.cat(series)
    normalised = found.normalise(features)
    torch.testing.assert_close(normalised.mean(0), torch.zeros(3, 2).double(), rtol=0, atol=1e-6)
    torch.testing.assert_close(normalised.std(0, correction=0), torch.ones(3, 2).double(), rtol=0, atol=1e-6)
    torch.testing.assert_close(found.restore(normalised), features)


@pytest.mark.parametrize("value", [0.0, 1.0, 9.81, -300.0])
def test_a_channel_that_does_not_change_stays_small(value):
    noise = 1e-7 * max(1.0, abs(value)) * torch.randn(500, 1, generator=torch.Generator().manual_seed(0)).double()
    found = Statistics.over([value + noise])
    assert found.scale.tolist() == [1.0]
    assert found.normalise(torch.tensor([value + 0.5])).item() == pytest.approx(0.5, abs=1e-4)


def test_one_frame_is_enough_and_none_is_not():
    assert Statistics.over([torch.ones(1, 4)]).scale.tolist() == [1.0] * 4
    for series in ([], [torch.ones(0, 4)]):
        with pytest.raises(ValueError, match=r"no training recordings|no frames"):
            Statistics.over(series)


def by_hand(sim, wanted):
    rows = [sim.gyro[e.rows] for e in sim.entries if (e.subject, e.program) in wanted]
    return np.concatenate(rows).astype(float).mean(0)


def test_of_a_data_set_they_know_the_training_recordings_alone(sim):
    found = Statistics.of(sim, lambda recording: recording.gyro.transpose(0, 1))
    assert found.frames == 2 * 31
    np.testing.assert_allclose(found.mean, by_hand(sim, {("S02", "ROM02"), ("S14", "ROM02")}), atol=1e-6)


def test_of_the_unseen_subject_split_they_do_not_know_the_unseen(sim):
    found = Statistics.of(sim, lambda recording: recording.gyro.transpose(0, 1), unseen=True)
    np.testing.assert_allclose(found.mean, by_hand(sim, {("S02", "ROM02")}), atol=1e-6)


def test_the_features_of_the_book_go_in(sim):
    found = Statistics.of(sim, data.features)
    recording, _ = sim[0]
    assert found.mean.shape == data.features(recording).shape[1:]
    assert found.normalise(data.features(recording)).isfinite().all()
