"""The generator still makes the data that it made: golden numbers."""

import numpy as np
import pytest

from hands import mano
from hands.data import Plan, takes

TRUTH = {
    "hand_pose": [0.188, 0.32457],
    "global_orient": [0.27238, 0.50294],
    "transl": [0.01459, 0.026986],
    "forearm_orient": [0.25762, 0.48299],
}
GOLDEN = {
    "clean": TRUTH | {"acc": [4.3105, 5.5898], "gyro": [0.39707, 0.80943], "rotation": [0.43924, 0.44681]},
    "glove": TRUTH | {"acc": [4.3998, 5.6201], "gyro": [0.39808, 0.80721], "rotation": [0.43849, 0.44767]},
    "cheap": TRUTH | {"acc": [4.5128, 5.6756], "gyro": [0.40163, 0.80246], "rotation": [0.42501, 0.451]},
}
EXACT_TO = 2e-3
"""Of each number: processors differ in the last digits, a changed generator in the first ones."""


def summary(difficulty):
    """Mean and standard deviation of every series of three short takes and a calibration."""
    hand, small = mano.load(), Plan(difficulty, 0, 3.0, ("S05",), ("ROM03", "ROM08", "ROM14"))
    made = [takes.rows(*takes.take(small, entry, hand)) for entry in small.entries]
    made.append(takes.rows(*takes.calibration(small, "S05", hand)))
    together = {name: np.concatenate([rows[name].ravel() for rows in made]) for name in takes.FRAME_SHAPES}
    return {name: [float(f"{v:.5g}") for v in (np.abs(s).mean(), s.std())] for name, s in together.items()}


@pytest.mark.parametrize("difficulty", ["clean", "glove", "cheap"])
def test_the_generator_still_makes_the_same_data(difficulty):
    """Made by `python -c "from tests.data.test_golden_numbers import *; print({d: summary(d) for d in GOLDEN})"`."""
    for name, numbers in summary(difficulty).items():
        assert numbers == pytest.approx(GOLDEN[difficulty][name], rel=EXACT_TO), (
            f"{name} is {numbers}: the generator makes other data than before. If it should, raise hands.data.plan."
            "VERSION, so that old results are not compared with new ones, and write the new numbers here"
        )
