"""How records arrive: times against closed forms, losses against the statistics of runs."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation, Slerp

from hands.imu import Link, Recording, transmit
from hands.imu.link import BURST, last_arrived

FPS = 120.0
NAMES = ("palm", "thumb", "index")


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def turning(seconds=4.0):
    """Signals whose value is their time, and sensors that turn about a slanted axis at 2 rad/s."""
    time = torch.arange(round(seconds * FPS) + 1, dtype=torch.float64) / FPS
    axis = np.array([1.0, 2.0, -2.0]) / 3
    rotation = torch.from_numpy(Rotation.from_rotvec(2 * time.numpy()[:, None] * axis).as_matrix())
    ramp = time[:, None].expand(-1, 3)
    return Recording(time, ramp.expand(3, -1, 3), -2 * ramp.expand(3, -1, 3), rotation.expand(3, -1, 3, 3), NAMES)


def test_without_a_link_every_fourth_step_arrives_as_it_is():
    fine = turning()
    for link in (None, Link()):
        records = transmit(fine, 4, link, seeded(), session=seeded(1))
        assert torch.equal(records.timestamps, fine.timestamps[::4])
        for name in ("acc", "gyro", "rotation"):
            assert torch.equal(getattr(records, name), getattr(fine, name)[:, ::4])


def test_signals_are_read_late_and_stamped_on_time():
    fine = turning(seconds=20.0)
    records = transmit(fine, 4, Link(clock_offset=0.05, jitter=0.004), seeded(), session=seeded(1))
    assert torch.equal(records.timestamps, fine.timestamps[::4])
    read = records.acc[:, 10:-10, 0]  # when
    late = read - records.timestamps[10:-10]
    torch.testing.assert_close(records.gyro[:, 10:-10, 1], -2 * read, atol=1e-12, rtol=0)
    assert torch.allclose(late.std(1), torch.tensor(0.004).double(), rtol=0.15)
    offset = late.mean(1)
    assert (offset.abs() > 0.002).all()
    assert len(set(offset.round(decimals=4).tolist())) == 3
    turns = Slerp(fine.timestamps.numpy(), Rotation.from_matrix(fine.rotation[0].numpy()))
    for k in range(3):
        np.testing.assert_allclose(records.rotation[k, 10:-10], turns(read[k].numpy()).as_matrix(), atol=1e-9)


def test_over_sensors_and_sessions_clocks_have_the_spread_of_the_setting():
    fine = turning(seconds=1.0)
    offsets = torch.stack(
        [transmit(fine, 60, Link(clock_offset=0.05), session=seeded(s)).acc[:, 1, 0] - 0.5 for s in range(100)]
    )
    assert float(offsets.std()) == pytest.approx(0.05, rel=0.12)
    assert float(offsets.mean()) == pytest.approx(0.0, abs=0.01)


def test_a_clock_is_off_by_the_same_in_every_recording_of_a_session():
    link, fine = Link(clock_offset=0.05, jitter=0.001), turning()
    first, second = (transmit(fine, 4, link, seeded(s), session=seeded(7)).acc[:, 20:-20, 0] for s in (1, 2))
    assert not torch.equal(first, second)
    torch.testing.assert_close(first.mean(1), second.mean(1), atol=5e-4, rtol=0)


def test_beyond_the_ends_the_first_and_last_value_stand():
    fine = turning(seconds=1.0)
    records = transmit(fine, 4, Link(clock_offset=0.3), seeded(), session=seeded(2))
    assert float(records.acc.min()) >= 0
    assert float(records.acc.max()) <= 1
    assert len(records) == 31


def test_lost_records_repeat_the_last_that_arrived():
    fine = turning(seconds=10.0)
    records = transmit(fine, 4, Link(dropout=0.2), seeded(), session=seeded())
    read, due = records.acc[..., 0], fine.timestamps[::4].expand(3, -1)
    lost = read != due
    assert lost.any(1).all()
    expected = due.clone()
    for k, t in lost.nonzero().tolist():
        expected[k, t] = expected[k, t - 1]
    assert torch.equal(read, expected)
    assert not torch.equal(lost[0], lost[1])
    assert torch.equal(records.gyro[..., 0], -2 * read)


@pytest.mark.parametrize("dropout", [0.02, 0.3])
def test_losses_have_their_share_and_come_in_bursts(dropout):
    arrived = last_arrived(200_000, dropout, seeded())
    lost = (arrived != torch.arange(200_000)).numpy()
    assert lost.mean() == pytest.approx(dropout, rel=0.08)
    starts = lost & ~np.roll(lost, 1)
    assert lost.sum() / starts.sum() == pytest.approx(BURST, rel=0.06)
    single = (starts & ~np.roll(lost, -1)).sum() / starts.sum()
    assert single == pytest.approx(1 / BURST, rel=0.1)  # geometric: P(1) = 1 / mean


def test_the_first_record_is_never_lost():
    assert all(int(last_arrived(5, 0.5, seeded(s))[0]) == 0 for s in range(200))
    lost = sum(int(last_arrived(5, 0.5, seeded(s))[1]) == 0 for s in range(200))
    assert 20 < lost < 110  # the second one is


def test_jitter_and_losses_do_not_depend_on_each_other():
    fine = turning()
    both = transmit(fine, 4, Link(jitter=0.003, dropout=0.1), seeded(), session=seeded())
    jitter = transmit(fine, 4, Link(jitter=0.003), seeded(), session=seeded())
    losses = transmit(fine, 4, Link(dropout=0.1), seeded(), session=seeded())
    arrived = losses.acc[..., 0] == fine.timestamps[::4]
    assert torch.equal(both.acc[arrived], jitter.acc[arrived])
    assert 0.02 < 1 - arrived.double().mean() < 0.25


@pytest.mark.parametrize(
    ("field", "value"), [("clock_offset", -0.1), ("clock_offset", 5.0), ("jitter", 2.0), ("dropout", 0.9)]
)
def test_links_in_other_units_are_refused(field, value):
    with pytest.raises(ValueError, match=f"^{field} is {value}"):
        Link(**{field: value})


def test_sensors_without_names_are_refused():
    fine = turning()
    for recording, every in ((replace(fine, names=()), 4), (fine, 0)):
        with pytest.raises(ValueError, match=f"every {every} steps: expected the sensors' names"):
            transmit(recording, every)
