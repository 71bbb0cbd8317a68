"""The generator still makes the data that it made: golden numbers."""

import numpy as np
import pytest

from hands import mano
from hands.data import Plan, takes

TRUTH = {
    "hand_pose": [0.188004, 0.324568],
    "global_orient": [0.272377, 0.502944],
    "transl": [0.01459, 0.0269858],
    "forearm_orient": [0.257621, 0.482994],
}
GOLDEN = {
    "clean": TRUTH | {"acc": [4.31054, 5.58982], "gyro": [0.397072, 0.809426], "rotation": [0.439243, 0.446811]},
    "glove": TRUTH | {"acc": [4.39984, 5.62013], "gyro": [0.398077, 0.80721], "rotation": [0.438495, 0.447666]},
    "cheap": TRUTH | {"acc": [4.51275, 5.67557], "gyro": [0.401626, 0.802458], "rotation": [0.425009, 0.450995]},
}
EXACT_TO = 1e-4
"""Of each number: processors differ in the last digits, a changed generator in the first ones."""


def summary(difficulty):
    """Mean and standard deviation of every series of three short takes and a calibration."""
    hand, small = mano.load(), Plan(difficulty, 0, 3.0, ("S05",), ("ROM03", "ROM08", "ROM14"))
    made = [takes.rows(*takes.take(small, entry, hand)) for entry in small.entries]
    made.append(takes.rows(*takes.calibration(small, "S05", hand)))
    together = {name: np.concatenate([rows[name].ravel() for rows in made]) for name in takes.FRAME_SHAPES}
    return {name: [float(f"{v:.6g}") for v in (np.abs(s).mean(), s.std())] for name, s in together.items()}


@pytest.mark.parametrize("difficulty", ["clean", "glove", "cheap"])
def test_the_generator_still_makes_the_same_data(difficulty):
    """Made by `python -c "from tests.data.test_golden_numbers import *; print({d: summary(d) for d in GOLDEN})"`."""
    for name, numbers in summary(difficulty).items():
        assert numbers == pytest.approx(GOLDEN[difficulty][name], rel=EXACT_TO), (
            f"{name} is {numbers}: the generator makes other data than before. If it should, raise hands.data.plan."
            "VERSION, so that old results are not compared with new ones, and write the new numbers here"
        )
