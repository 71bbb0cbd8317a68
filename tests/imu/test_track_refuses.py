"""What the estimate of orientation does not take: it would follow any numbers, to anywhere."""

import math
from dataclasses import replace

import pytest
import torch

from hands import mano
from hands.imu import GLOVE, SETTINGS, Recording, orientation, track
from hands.motion import sample

FRAMES = 60
AT_REST = Recording(
    torch.arange(FRAMES, dtype=torch.float64) / 120,
    torch.tensor([0.0, 9.81, 0.0], dtype=torch.float64).expand(FRAMES, 3),
    torch.full((FRAMES, 3), 0.3, dtype=torch.float64),
    torch.eye(3, dtype=torch.float64).expand(FRAMES, 3, 3),
)
GAP = AT_REST.timestamps + 2.5 * (torch.arange(FRAMES) > 20)
BAD = {
    "a gap": (
        {"timestamps": GAP},
        r"2.51 s pass from record 20 to 21, where 0.00833 are usual: fill gaps of up to 0.05 s",
    ),
    "milliseconds": ({"timestamps": 1000 * AT_REST.timestamps}, r"8.33 s pass from record to record.*milliseconds"),
    "degrees": ({"gyro": 180 / math.pi * 10 * AT_REST.gyro}, r"gyro reaches 172 rad/s.*degrees per second"),
    "g": ({"acc": AT_REST.acc / 9.81}, r"acc is 1 m/s\^2 on average, expected about 9.81: is it in g"),
    "no gravity": ({"acc": 0 * AT_REST.acc}, r"acc is 0 m/s\^2 on average.*gravity taken out"),
}


@pytest.mark.parametrize("kind", BAD)
def test_signals_that_cannot_be_a_hands_are_refused(kind):
    changes, sentence = BAD[kind]
    with pytest.raises(ValueError, match=sentence):
        track(replace(AT_REST, **changes))


@pytest.mark.parametrize("filter", ["vqf", "gyro"])
def test_stamps_that_jitter_a_little_are_taken(filter):
    jitter = 0.001 * torch.rand(FRAMES, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert len(track(replace(AT_REST, timestamps=AT_REST.timestamps + jitter), filter)) == FRAMES


# ---- acceleration and rate, held against each other ----


def turning(frames=400, fps=100.0):
    """Two sensors that swing about their x axis by an angle of sin 2t: gravity and rate in closed form."""
    t = torch.arange(frames, dtype=torch.float64) / fps
    angle, rate, zero = torch.sin(2 * t), 2 * torch.cos(2 * t), torch.zeros_like(t)
    acc = 9.81 * torch.stack([zero, angle.sin(), angle.cos()], -1).expand(2, -1, -1)
    gyro = torch.stack([rate, zero, zero], -1).expand(2, -1, -1)
    return Recording(t, acc, gyro, torch.eye(3).double().expand(2, frames, 3, 3), ("palm", "index"))


def second(recording, **factors):
    """Of the second sensor alone, series times these factors."""
    scale = {name: torch.tensor([1.0, factor]).double()[:, None, None] for name, factor in factors.items()}
    return replace(recording, **{name: getattr(recording, name) * factor for name, factor in scale.items()})


@pytest.mark.parametrize(
    ("factors", "sentence"),
    [
        ({"gyro": math.pi / 180}, "acc of sensor 'index' turns 57 times as fast as gyro says: is its rate in other un"),
        ({"gyro": 12.0}, "acc of sensor 'index' turns at 1/12 of the rate that gyro says"),
        ({"gyro": -1.0}, "acc and gyro of sensor 'index' turn opposite ways: are the signs or the axes"),
        ({"acc": 1 / 9.81}, r"acc of sensor 'index' is 1 m/s\^2 on average"),
        ({"gyro": 180 / math.pi}, "gyro of sensor 'index' reaches 115 rad/s"),
    ],
)
def test_one_sensor_of_other_units_is_named(factors, sentence):
    with pytest.raises(ValueError, match=sentence):
        track(second(turning(), **factors))


def test_the_ratio_is_that_of_the_rates():
    for factor in (0.3, 1.0, 2.5):
        ratio, agreement = orientation._turns_compared(second(turning(), gyro=factor))
        torch.testing.assert_close(ratio, torch.tensor([1.0, 1 / factor]).double(), rtol=0.02, atol=0)
        assert agreement.min() > 0.99


def test_what_says_nothing_about_the_turn_is_not_refused():
    """A large bias, a shaking without a turn, a turn about the vertical, and too short to tell."""
    swing = turning()
    t = swing.timestamps[:, None]
    shaken = swing.acc[:, :1] + torch.cat([3 * torch.sin(9 * t), 2 * torch.cos(7 * t), 0 * t], -1)
    upright = torch.tensor([0.0, 0.0, 1.0]).double() * swing.gyro.norm(dim=-1, keepdim=True)
    for taken in (
        replace(swing, gyro=swing.gyro / 57 + torch.tensor([0.0, 0.5, 0.5])),
        replace(swing, acc=shaken, gyro=swing.gyro / 57),
        replace(swing, acc=swing.acc[:, :1].expand_as(swing.acc), gyro=upright),
        replace(
            swing,
            **{n: getattr(swing, n)[:, :40] for n in ("acc", "rotation")},
            gyro=swing.gyro[:, :40] / 57,
            timestamps=swing.timestamps[:40],
        ),
    ):
        orientation.check_units(taken)


@pytest.mark.parametrize("difficulty", SETTINGS)
@pytest.mark.parametrize("program", ["ROM08", "ROM11"])
def test_no_simulated_glove_is_refused(difficulty, program):
    """The hastiest movements, with the worst of gloves; seen over whole data sets, ratios go from 0.65 to 1.5."""
    hand, seeded = mano.load(), torch.Generator().manual_seed
    moving = sample(program, "S02", seconds=4.0)
    recording = SETTINGS[difficulty].simulate(moving, hand, GLOVE, seeded(1), seeded(2))
    ratio, agreement = orientation._turns_compared(recording)
    orientation.check_units(recording)
    assert (ratio[agreement > orientation.AGREEMENT].log().abs() < math.log(2)).all()
    with pytest.raises(ValueError, match="times as fast as gyro says"):
        orientation.check_units(replace(recording, gyro=recording.gyro * math.pi / 180))
