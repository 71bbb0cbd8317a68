"""The three settings; and that errors of other kinds, sensors, sessions and recordings are strangers to each other."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import mano
from hands.imu import GLOVE, SETTINGS, Hardware, Link, Setting, Triad, Wear, simulate, subset
from hands.imu.orientation import heading
from hands.motion import sample

HAND = mano.load()
SERIES = ("timestamps", "acc", "gyro", "rotation")


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def motion():
    return sample("ROM03", "S02", seconds=3.0)


def recorded(setting, motion, generator=1, session=2, placement=GLOVE):
    return setting.simulate(motion, HAND, placement, seeded(generator), seeded(session), half_window=1 / 120)


def same(a, b):
    return all(torch.equal(getattr(a, name), getattr(b, name)) for name in SERIES)


def off(a, b):
    """Degrees between the orientations of two recordings, (sensors, T)."""
    between = (a.rotation.mT @ b.rotation).numpy()
    return np.degrees(Rotation.from_matrix(between.reshape(-1, 3, 3)).magnitude()).reshape(between.shape[:2])


def test_clean_is_the_truth(motion):
    assert same(recorded(SETTINGS["clean"], motion), simulate(motion, HAND, half_window=1 / 120))


@pytest.mark.parametrize("name", SETTINGS)
def test_the_same_seeds_make_the_same_recording(name, motion):
    setting = SETTINGS[name]
    once, again = recorded(setting, motion), recorded(setting, motion)
    assert same(once, again)
    if name != "clean":
        assert not torch.equal(recorded(setting, motion, generator=3).acc, once.acc)
        assert not torch.equal(recorded(setting, motion, session=3).acc, once.acc)


@pytest.mark.parametrize("name", SETTINGS)
def test_fewer_sensors_in_any_order_make_the_same_errors(name, motion):
    whole = recorded(SETTINGS[name], motion)
    names = ["middle", "palm", "wrist"]
    alone = recorded(SETTINGS[name], motion, placement=subset(GLOVE, names))
    assert alone.names == tuple(names)
    few = whole.select(names)
    for series in SERIES:  # but for the last bits of the matrix products that pose the hand
        torch.testing.assert_close(getattr(alone, series), getattr(few, series), atol=1e-9, rtol=0)


def test_settings_are_ordered_by_what_they_cost(motion):
    clean, glove, cheap = (recorded(SETTINGS[name], motion) for name in ("clean", "glove", "cheap"))
    for series in ("acc", "gyro"):
        costs = [(getattr(r, series) - getattr(clean, series)).square().mean() for r in (glove, cheap)]
        assert 0 < costs[0] < costs[1]
    assert len(glove) == len(cheap) == len(clean) == 91


def test_what_a_glove_knows_of_its_orientation(motion):
    """A common heading within a few degrees for the one, none for the other."""
    headings = {}
    for name in ("glove", "cheap"):
        setting = SETTINGS[name]
        true = recorded(replace(setting, orientation="true"), motion)
        reported = recorded(setting, motion)
        headings[name] = torch.rad2deg(heading(true.rotation[:, 0], reported.rotation[:, 0]))
        tilts = (true.rotation[..., 2, :] * reported.rotation[..., 2, :]).sum(-1).clamp(-1, 1).acos()
        assert torch.rad2deg(tilts).mean() < {"glove": 3, "cheap": 10}[name]  # 60 mg are 3.4 degrees
    assert headings["glove"].abs().max() < 10
    assert headings["cheap"].abs().max() > 60


def test_a_minute_costs_what_the_module_says():
    """Of one person and program, so within a factor of two."""
    motion = sample("ROM10", "S04", seconds=60.0)
    truth = recorded(SETTINGS["clean"], motion)
    for name, said in {"glove": (0.64, 0.20, 2.2, 4.0), "cheap": (1.2, 0.32, 5.5, 20.0)}.items():
        reported, own = (recorded(s, motion) for s in (SETTINGS[name], replace(SETTINGS[name], orientation="true")))
        tilts = (own.rotation[..., 2, :] * reported.rotation[..., 2, :]).sum(-1).clamp(-1, 1).acos()
        yaw = heading(own.rotation, reported.rotation)
        drift = torch.exp(1j * (yaw[:, -1] - yaw[:, 0])).angle()
        errors = (reported.acc - truth.acc).norm(dim=-1) / 3**0.5, (reported.gyro - truth.gyro).norm(dim=-1) / 3**0.5
        found = [float(e.square().mean().sqrt()) for e in (*errors, torch.rad2deg(tilts), torch.rad2deg(drift))]
        np.testing.assert_array_less(np.abs(np.log2(np.array(found) / said)), 1.0)


def test_a_session_keeps_what_it_keeps(motion):
    """Two recordings of one session: the same mounting and clocks, other headings, noise and slip."""
    cheap = SETTINGS["cheap"]
    first, second = (recorded(cheap, motion, generator=g, session=2) for g in (1, 5))
    assert torch.rad2deg(heading(first.rotation[:, 0], second.rotation[:, 0]).abs()).max() > 30
    true = replace(cheap, orientation="true", link=None)
    a, b, c = (recorded(true, motion, generator=g, session=s) for g, s in ((1, 2), (5, 2), (1, 3)))
    assert off(a, b).max() < 10 < off(a, c).max()  # 11.5 degrees of mounting, on average


LASTING = {
    "mounting": Setting("s", wear=Wear(angle=0.1)),
    "place": Setting("s", wear=Wear(distance=0.01)),
    "bias": Setting("s", Hardware("h", acc=Triad(bias=1.0))),
    "scale": Setting("s", Hardware("h", gyro=Triad(scale=0.1))),
    "clock": Setting("s", link=Link(clock_offset=0.05)),
}
PASSING = {
    "aligned heading": Setting("s", orientation="aligned"),
    "own heading": Setting("s", orientation="own"),
    "turning slip": Setting("s", wear=Wear(slip_angle=0.1)),
    "sliding slip": Setting("s", wear=Wear(slip_distance=0.01)),
    "noise": Setting("s", Hardware("h", gyro=Triad(noise_density=0.01))),
    "drift": Setting("s", Hardware("h", acc=Triad(drift=0.5))),
    "jitter": Setting("s", link=Link(jitter=0.01)),
    "losses": Setting("s", link=Link(dropout=0.3)),
}


@pytest.mark.parametrize("name", [*LASTING, *PASSING])
def test_what_lasts_hangs_on_the_session_and_what_passes_on_the_generator(name, motion):
    setting = (LASTING | PASSING)[name]
    short = motion.cut(0, 61)
    first = recorded(setting, short)
    assert not same(first, recorded(SETTINGS["clean"], short))
    assert same(first, recorded(setting, short, generator=9)) == (name in LASTING)
    assert same(first, recorded(setting, short, session=9)) == (name in PASSING)


KINDS = {
    "wear": {"wear": None},
    "hardware": {"hardware": SETTINGS["clean"].hardware},
    "link": {"link": None},
    "orientation": {"orientation": "true"},
}


@pytest.mark.parametrize("kind", ["wear", "hardware", "link", "orientation"])
def test_each_kind_of_error_has_random_numbers_of_its_own(kind, motion):
    """What one kind adds to the truth alone is what it adds among the others, where they do not mix."""
    cheap = SETTINGS["cheap"]
    without = replace(cheap, **KINDS[kind])
    everything, rest = recorded(cheap, motion), recorded(without, motion)
    if kind == "wear":  # biases, losses and headings are seen from outside
        np.testing.assert_array_equal(repeats(everything), repeats(rest))
        yaw = heading(everything.rotation[:, 0], rest.rotation[:, 0])
        assert torch.rad2deg(yaw.abs()).max() < 45  # mountings apart, and not anywhere
    if kind == "hardware":
        np.testing.assert_array_equal(repeats(everything), repeats(rest))
        assert off(everything, rest).mean() < 10  # the accelerometers' bias tilts them
    if kind == "link":
        arrived = ~repeats(everything)
        assert 0.9 < arrived.mean() < 1
        assert (everything.acc - rest.acc).norm(dim=-1)[torch.from_numpy(arrived)].median() < 0.1
    if kind == "orientation":
        assert torch.equal(everything.acc, rest.acc)
        assert torch.equal(everything.gyro, rest.gyro)


def repeats(recording):
    """Which records are the same as the one before, (sensors, T)."""
    same = (recording.acc[:, 1:] == recording.acc[:, :-1]).all(-1).numpy()
    return np.concatenate([np.zeros((len(same), 1), dtype=bool), same], 1)


def test_without_a_session_everything_depends_on_the_generator(motion):
    cheap = SETTINGS["cheap"]
    one, again = (cheap.simulate(motion, HAND, GLOVE, seeded(4), half_window=1 / 120) for _ in range(2))
    assert same(one, again)
    assert not same(one, cheap.simulate(motion, HAND, GLOVE, seeded(5), half_window=1 / 120))


def test_a_truth_takes_no_random_numbers(motion):
    """Whoever simulates without errors finds the global generator as it was."""
    torch.manual_seed(0)
    expected = torch.randn(3)
    torch.manual_seed(0)
    simulate(motion, HAND)
    assert torch.equal(torch.randn(3), expected)


def test_settings_are_values():
    assert SETTINGS["glove"] == replace(SETTINGS["glove"])
    assert list(SETTINGS) == ["clean", "glove", "cheap"]
    assert Setting("mine") == Setting("mine")
