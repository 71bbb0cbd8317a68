"""First weights of teachers are those of the runs in the tables, whatever becomes of the code that makes them."""

import pytest
import torch

from hands.experiments import teachers
from hands.experiments.samples import Samples
from hands.fusion import TeacherStatistics

# Sums of sizes, when the runs were made: teachers.untrained(Question(size=..., seed=3)).get_parameter(...).abs().sum()
RECORDED = {
    "smoke": {"pose_stream.pos_embed": 93.7858, "guided.q.weight": 9.2207, "fusion.mlp.fc1.weight": 1.8800},
    "book": {"pose_stream.pos_embed": 385.0839, "guided.q.weight": 62.6860, "fusion.mlp.fc1.weight": 32.7450},
}


class Noise(Samples):
    def __init__(self):
        """No recordings."""

    def statistics(self):
        draw = torch.Generator().manual_seed(0)
        windows = (torch.randn(3, 8, *shape, generator=draw) for shape in ((7, 15), (15, 6), (21, 3)))
        return TeacherStatistics.of(*windows)


@pytest.mark.parametrize("size", RECORDED)
def test_first_weights_are_as_they_were(size):
    made = teachers.untrained(teachers.Question(size=size, seed=3), Noise())
    for name, expected in RECORDED[size].items():
        assert made.get_parameter(name).abs().sum().item() == pytest.approx(expected, rel=1e-5), name
