"""Small students of the sizes of the small teacher, and what they are given."""

import torch

from hands.distill import Student, StudentConfig
from tests.fusion.small import batch, statistics

CONFIG = StudentConfig(dim=12, num_heads=3, max_len=8)
FEW = ("palm", "thumb", "middle")


def talkative(network, seed=0):
    """The network in double precision, with every parameter saying something."""
    draw = torch.Generator().manual_seed(seed)
    for parameter in network.double().parameters():
        torch.nn.init.normal_(parameter, std=0.3, generator=draw)
    return network


def student(of=None, config=CONFIG, seed=0):
    return talkative(Student(config, statistics(of if of is not None else batch())), seed)
