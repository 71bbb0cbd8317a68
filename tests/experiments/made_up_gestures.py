"""Runs of pretraining that nobody made: their accuracies are given, and all else follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from hands.experiments import gesture_judging, gesture_study, gesture_tables
from hands.experiments.confusion import balanced, to_lines, top1
from hands.experiments.curves import Curve
from hands.experiments.gesture_map import GestureMaps, Map
from hands.experiments.gesture_methods import LRS, UNTRAINED
from hands.experiments.gesture_runs import PROBE, Question
from hands.experiments.results import Row, Run
from hands.gesture.pretraining import COARSE_OF_FINE, NUM_FINE
from hands.mano.gestures import GESTURES

LEVEL = {"gradual": 80.0, "both at once": 70.0, "fine only": 75.0, "coarse only": 60.0, UNTRAINED: 20.0}
"""Percent, of each method, about."""
EACH = 36
"""Pictures of each name in the test."""

FINE = torch.tensor([gesture.fine for gesture in GESTURES.values()]).repeat_interleave(EACH)
COARSE = torch.tensor(COARSE_OF_FINE)[FINE]


def counts(true: Tensor, classes: int, percent: float) -> Tensor:
    """Of every class so many percent are named, the others taken for the next class."""
    each = true.bincount(minlength=classes)
    right = (each * percent / 100).round().long()
    found = torch.diag(right)
    found[torch.arange(classes), (torch.arange(classes) + 1) % classes] += each - right
    return found


def levels_of(question: Question, method: str) -> tuple[str, ...]:
    if method.endswith(PROBE):
        return ("coarse", "fine")
    return ("coarse",) if question.levels == ("coarse",) else ("coarse", "fine")


def keep(question: Question, level: Mapping[str, float] = LEVEL) -> None:
    """As if it had been run."""
    shift = {0: 0.0, 1: 1.0, 2: -1.0, 3: 2.0, 4: -2.0}[question.seed]
    error = 100 - level[question.name] + 1000 * abs(question.chosen.lr - LRS[0])
    names = [question.name] * bool(question.levels) + [question.name + PROBE] * (not question.trial)
    rows, kept = [], {"confusion": {}, "by_person_percent": {}}
    for name in names:
        percent = level[question.name] + shift
        matrices = {
            one: counts(FINE if one == "fine" else COARSE, gesture_judging.CLASSES[one], percent - 5 * (one == "fine"))
            for one in levels_of(question, name)
        }
        more = {f"{one}_percent": round(100 * top1(own), 3) for one, own in matrices.items()}
        more |= {f"{one}_balanced_percent": round(100 * balanced(own), 3) for one, own in matrices.items()}
        kept["confusion"][name] = {one: to_lines(own) for one, own in matrices.items()}
        kept["by_person_percent"][name] = {
            one: {"S13": percent - 3, "S14": percent, "S15": percent + 3} for one in matrices
        }
        for split in ["validation"] if question.trial else ["validation", "test"]:
            extra = {"error_percent": error} if not name.endswith(PROBE) else {}
            rows.append(
                Row(name, "pictures", "camera", "unseen", split, question.seed, len(FINE), None, more=more | extra)
            )
    Run(
        question.config, question.data_hash, tuple(rows), 1.0, "0", "made up", "2026-01-01",
        kept={} if question.trial else kept,
    ).save(question.results)  # fmt: skip
    if question.levels and not question.trial:
        training = [
            {"step": k, "loss": 4.0 - k / 100, "coarse": 3.3 - k / 100, "fine": 3.6 - k / 120} for k in range(1, 200)
        ]
        validation = [
            {"step": k, "coarse_balanced_percent": k / 4, "fine_balanced_percent": k / 5} for k in (50, 100, 200)
        ]
        Curve.of(training, validation).save(question.results, question.path.stem)


def make(folder: Path, seeds: Sequence[int] = (0, 1, 2), level: Mapping[str, float] = LEVEL) -> Path:
    """Keep made-up tries, runs of these seeds, and the table in a folder."""
    for question in gesture_study.tries(folder):
        keep(question, level)
    for question in gesture_study.runs(folder, seeds=seeds):
        keep(question, level)
    assert gesture_tables.write(folder) is not None
    return folder


def maps(points: int = 210) -> GestureMaps:
    """A map of groups, and one of no order."""
    fine = torch.arange(points) % NUM_FINE
    noise = torch.randn(2, 2, points, generator=torch.Generator().manual_seed(0))
    places = torch.stack([fine % 7, fine // 7]) * 20.0
    shown = {
        "vector, untrained": 30 * noise[0],
        "vector, gradual": places + noise[1],
        "coarse answers, gradual": places + 2 * noise[1],
        "fine answers, gradual": places - noise[1],
    }
    return GestureMaps(
        coarse=tuple(COARSE_OF_FINE[k] for k in fine.tolist()),
        fine=tuple(fine.tolist()),
        people=tuple(f"S{13 + k % 3}" for k in range(points)),
        maps=tuple(
            Map(title, *(tuple(round(v, 1) for v in axis.tolist()) for axis in place), 10.0 + 20 * k, 8.0 + 20 * k)
            for k, (title, place) in enumerate(shown.items())
        ),
        about="Made up.",
    )
