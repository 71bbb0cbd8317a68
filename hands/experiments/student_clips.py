"""The record of the student lab, made of networks and the test: some seconds from the middle of each test program.

Which frames are shown is fixed before any network has seen them: the same person, the same second of each recording.
Networks say what they say when they are judged (`hands.experiments.judging`): of whole windows that do not overlap, and
a teacher under the mask that it is judged under. Only the shape is one for all windows of a clip, their mean, so that a
hand keeps its size while one looks at it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor, nn

from hands import mano
from hands.data import SimHand, Windows
from hands.data.plan import FPS
from hands.experiments import judging, student_record, students, teachers, tries
from hands.experiments.configs import RATIO
from hands.experiments.mask_clips import PERSON
from hands.experiments.methods import DECOUPLED, PLAIN
from hands.experiments.recorded import Shown
from hands.experiments.results import ResultsError
from hands.experiments.samples import LENGTH, Samples, judged
from hands.experiments.student_record import Clip, StudentRecord
from hands.experiments.students import Question
from hands.fusion import Teacher
from hands.motion import PROGRAMS

WINDOWS: Final = 3
"""Of a clip: 3.2 s."""
TAUGHT: Final = "taught student"
STUDENTS: Final = {"plain student": PLAIN, TAUGHT: DECOUPLED}
"""Those of the book's record, by the names that readers see: their methods."""


def record(
    networks: Mapping[str, nn.Module],
    sim: SimHand,
    *,
    person: str = PERSON,
    count: int = WINDOWS,
    ratio: float = RATIO,
    length: int = LENGTH,
) -> StudentRecord:
    """What networks make of the test programs of one person.

    Args:
        networks: teachers and students, as `judging.predict` takes them, by the names that readers see, in their order.
        sim: the data set.
        person: whose recordings.
        count: windows of each clip.
        ratio: share of the pose's tokens that is hidden from a teacher.
        length: frames of a window.

    Raises:
        ResultsError: that person has no test recording, or they are too short; or there are more than four networks.
    """
    samples = Samples.of(sim, "test", mano.load(), length=length, stride=length)
    own = [k for k, entry in enumerate(samples.entries) if entry.subject == person]
    if not own:
        raise ResultsError(f"{person} has no recording of a test program: give another person or another data set")
    clips = [_clip(networks, samples, k, count, ratio) for k in own]
    about = (
        f"Synthetic data, difficulty {sim.plan.difficulty}, seed {sim.plan.seed}; test programs of {person}, from the "
        f"middle of each recording. A teacher is shown part of the true pose ({1 - ratio:.0%}), students are not."
    )
    return StudentRecord(clips, FPS, about)


def write_book(folder: str | PathLike[str]) -> Path | None:
    """The book's record, `<folder>/student_lab.json`: the teacher of seed 0, its student alone, and the one it taught.

    Gives None if their runs are not done, or their weights are not here. A try shares its weights with the run that
    takes its setting, but nobody looks at the test before the run does.

    Raises:
        CheckpointError: weights are damaged.
        ResultsError: a run is damaged.
    """
    settings = {name: tries.chosen(method, folder) for name, method in STUDENTS.items()}
    if None in settings.values():
        return None
    asked = {name: Question(STUDENTS[name], setting, results=Path(folder)) for name, setting in settings.items()}
    teacher = asked[TAUGHT].teacher
    if not all(question.done for question in asked.values()):
        return None
    if not all(path.is_file() for path in (teacher.weights, *(question.weights for question in asked.values()))):
        return None
    networks: dict[str, nn.Module] = {"teacher": teachers.load(teacher.weights)[0]}
    networks |= {name: students.load(question.weights)[0] for name, question in asked.items()}
    return student_record.write(record(networks, teachers.sim_of(teacher)), Path(folder) / student_record.FILE.name)


def middle(samples: Samples, recording: int, count: int) -> list[int]:
    """Numbers of the windows in the middle of a recording, one after another and not overlapping.

    Raises:
        ResultsError: the recording is shorter.
    """
    frames, length = samples.entries[recording].frames, samples.windows.length
    if frames < count * length:
        raise ResultsError(f"a clip takes {count} windows of {length} frames, and a test recording has {frames}")
    first = int(np.flatnonzero(samples.windows.recordings == recording)[0])
    begin = first + (frames // length - count) // 2
    return list(range(begin, begin + count))


def _clip(networks: Mapping[str, nn.Module], samples: Samples, recording: int, count: int, ratio: float) -> Clip:
    which, every = middle(samples, recording, count), samples.windows
    cut = replace(samples, windows=Windows(every.starts[which], every.valid[which], every.recordings[which]))
    hidden = judged(samples, ratio)[which]
    said = {name: _shown(network, cut, hidden) for name, network in networks.items()}
    rows = torch.from_numpy(cut.windows.rows.reshape(-1))
    entry = samples.entries[recording]
    name = f"{entry.program} {PROGRAMS[entry.program].name}"
    return Clip(name, Shown.of_6d(samples.pose_6d[rows], samples.betas[recording]), said)


def _shown(network: nn.Module, cut: Samples, hidden: Bool[Tensor, "windows time 15"]) -> Shown:
    predicted = judging.predict(network, cut, hidden if isinstance(network, Teacher) else None)
    return Shown.of_6d(predicted.pose_6d, predicted.betas.mean(0))
