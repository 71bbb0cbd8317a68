"""The record of the mask lab, made of a teacher and the test: one window from the middle of each test program.

Which windows are shown is fixed before any network has seen them: the same person, the same second of each recording.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from hands import fusion, mano
from hands.data import Entry, SimHand
from hands.data.plan import FPS
from hands.data.takes import generator
from hands.experiments import mask_record, teachers
from hands.experiments.mask_record import KINDS, Clip, Key, MaskRecord
from hands.experiments.recorded import Shown
from hands.experiments.samples import JUDGED, Samples
from hands.experiments.teachers import Question
from hands.fusion import Fused, Teacher
from hands.motion import PROGRAMS

PERSON: Final = "S03"
STEPS: Final = tuple(k / 8 for k in range(9))
"""Shares that are hidden."""


def record(teacher: Teacher, sim: SimHand, blind: Teacher | None = None, person: str = PERSON) -> MaskRecord:
    """What the teacher makes of the test programs of one person while more and more is hidden.

    Args:
        teacher: the network.
        sim: the data set.
        blind: the network that sees the sensors alone, to be shown beside it.
        person: whose recordings.
    """
    length = teacher.config.max_len
    samples = Samples.of(sim, "test", mano.load(), length=length, stride=length)
    clips = [
        _clip(teacher, blind, samples, window, entry)
        for window, entry in zip(middle_windows(samples), samples.entries, strict=True)
        if entry.subject == person
    ]
    about = f"Synthetic data, difficulty {sim.plan.difficulty}, seed {sim.plan.seed}; test programs of {person}."
    return MaskRecord(clips, FPS, about)


def write_book(folder: str | PathLike[str]) -> Path | None:
    """The book's record, `<folder>/mask_lab.json`, of the runs of seed 0; None if their weights are not here.

    Raises:
        CheckpointError: weights are damaged.
    """
    asked = [Question(blind=blind, results=Path(folder)) for blind in (False, True)]
    if not all(question.weights.is_file() for question in asked):
        return None
    shown, blind = (teachers.load(question.weights)[0] for question in asked)
    return mask_record.write(record(shown, teachers.sim_of(asked[0]), blind), Path(folder) / mask_record.FILE.name)


def middle_windows(samples: Samples) -> list[int]:
    """The number of the window in the middle of each recording."""
    owners = torch.from_numpy(samples.windows.recordings)
    return [int((owners == k).nonzero().flatten().median()) for k in range(len(samples.entries))]


def _clip(teacher: Teacher, blind: Teacher | None, samples: Samples, window: int, entry: Entry) -> Clip:
    noise = fusion.MaskNoise.draw(samples.windows.length, 15, generator=generator(JUDGED, window))
    hidden: dict[Key, Tensor] = {(kind, ratio): fusion.mask(ratio, noise, kind) for kind in KINDS for ratio in STEPS}
    masks = torch.stack(list(hidden.values()))
    said = _said(teacher, samples, window, masks)
    guesses = {key: Shown.of_6d(said.pose_6d[k], said.betas[k]) for k, key in enumerate(hidden)}
    alone = None
    if blind is not None:
        lone = _said(blind, samples, window, masks[:1])
        alone = Shown.of_6d(lone.pose_6d[0], lone.betas[0])
    truth = samples.batch([window], masks[:1])
    name = f"{entry.program} {PROGRAMS[entry.program].name}"
    return Clip(name, Shown.of_6d(truth["pose_6d"][0], truth["betas"][0]), guesses, hidden, alone)


@torch.no_grad()
def _said(network: Teacher, samples: Samples, window: int, hidden: Tensor) -> Fused:
    """Of one window, under each of these masks."""
    batch = samples.batch([window] * len(hidden), hidden)
    return network.eval()(batch["features"], batch["pose_6d"], batch["betas"], batch["hidden"])
