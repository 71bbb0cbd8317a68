"""What the estimate of orientation does not take: it would follow any numbers, to anywhere."""

import math
from dataclasses import replace

import pytest
import torch

from hands.imu import Recording, track

FRAMES = 60
AT_REST = Recording(
    torch.arange(FRAMES, dtype=torch.float64) / 120,
    torch.tensor([0.0, 9.81, 0.0], dtype=torch.float64).expand(FRAMES, 3),
    torch.full((FRAMES, 3), 0.3, dtype=torch.float64),
    torch.eye(3, dtype=torch.float64).expand(FRAMES, 3, 3),
)
GAP = AT_REST.timestamps + 2.5 * (torch.arange(FRAMES) > 20)
BAD = {
    "a gap": ({"timestamps": GAP}, r"2.51 s pass from record 20 to 21, where 0.00833 are usual"),
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
