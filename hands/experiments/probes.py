r"""Linear probes: what can be read from a teacher's numbers by a linear map, and where best.

For every frame, or every window, x are some numbers of a teacher and y is what may be known of the hand. A *probe* is
ridge regression from x to y (`hands.experiments.ridge`). Of the frames that it is judged on it leaves unexplained, as a
share of what the mean of its training data leaves,

$$ u = \frac{\sum_t \lVert y_t - \hat y_t \rVert^2}{\sum_t \lVert y_t - \bar y \rVert^2}, \qquad R^2 = 1 - u . $$

Four things are read: the shape, once in each window; the pose, 15 rotations in 6D; velocity and acceleration of the 21
keypoints from the wrist, over one frame (`fusion.motion_labels`).

Probes are fitted on the programs of training and judged on those of validation; the test is never opened. Judged on
`"others"`, a probe meets people none of whose recordings it has seen, and its penalty is chosen on yet others. Judged
on the `"same"` people, it has seen everybody; the penalty is chosen on one program of validation, and what counts is
the other. The teacher itself was trained on all of these people in both cases.

There are other numbers of tokens in each place, and a probe gets better with each number it is given. So the tokens of
a frame are averaged, which leaves equally many numbers in all places; or all are given, under another name.

Source: Alain and Bengio 2017; Hewitt and Liang 2019 on what such numbers do not show. Explained in the book: *Three
kinds of knowledge*.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise, product
from operator import add
from typing import Final, Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from hands.data import Entry
from hands.experiments.ridge import Moments, taps
from hands.experiments.samples import Samples
from hands.fusion import Teacher, cem, isem, known, motion_labels, msem

PLACES: Final = ("Z", "F^m", "F^k", "m", "k", "m * k", "shape prior", "pose prior", "motion prior")
"""Where one may read, in a teacher."""
TOKENS: Final = ", all tokens"
"""What the name of a place ends in where tokens are not averaged."""
TEACHERLESS: Final = ("nothing", "sensors", "sensors, 3 frames")
"""Where one may read without a teacher: a constant, of which a probe can make the mean; the features of a frame, and of
three."""
PENALTIES: Final = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Of which each probe has one."""
THINNED: Final = 4
"""The penalty is chosen on every so-many-th row of a recording."""
GROUPS: Final = 5
"""Of people, who are judged together."""
COLUMNS: Final = {"pose": slice(0, 90), "velocity": slice(90, 153), "acceleration": slice(153, 216)}
"""Of what is read in each frame."""

People = Literal["others", "same"]
Numbers = Float[Tensor, "_ _"]
"""Rows of numbers: as many rows as there are frames or windows."""
Views = Mapping[str, Float[Tensor, "windows time tokens channels"]]


@torch.no_grad()
def look(teacher: Teacher, batch: Mapping[str, Tensor]) -> Views:
    """What stands in each of `PLACES` when a teacher sees these windows; no prior is averaged yet."""
    fused = teacher(batch["features"], batch["pose_6d"], batch["betas"], batch["hidden"])
    m, k = teacher.guided(fused.tokens, fused.morphology, fused.kinematics)
    found = (fused.tokens, fused.morphology, fused.kinematics, m, k, m * k, msem(m, k), cem(m, k), isem(m, k))
    return dict(zip(PLACES, found, strict=True))


@dataclass(frozen=True, eq=False)
class Evidence:
    """What one recording gives a probe to read, and what it should find there."""

    entry: Entry
    frames: Mapping[str, Numbers]
    """By place: numbers of each frame."""
    windows: Mapping[str, Numbers]
    """By place: their means over each window."""
    moving: Numbers
    """Of each frame: pose, velocity, acceleration, as `COLUMNS` has them; metres."""
    shape: Numbers
    """Of each window: the betas."""
    keypoints: Float[Tensor, "rows 21 3"]
    """Of each frame, from the wrist, metres."""


def gather(
    teacher: Teacher,
    samples: Samples,
    hidden: Bool[Tensor, "windows time 15"],
    *,
    tokens: Sequence[str] = (),
    shape: bool = True,
) -> Iterator[Evidence]:
    """Recording by recording, every frame once, but for the first two of a window, which have no acceleration.

    Args:
        teacher: whose numbers are read.
        samples: the recordings.
        hidden: what the teacher does not see of the pose.
        tokens: places in which all tokens are read as well.
        shape: whether the teacher is told the true shape, or the mean one.
    """
    for recording, entry in enumerate(samples.entries):
        which = torch.from_numpy((samples.windows.recordings == recording).nonzero()[0])
        batch = samples.batch(which.tolist(), hidden[which])
        counted = torch.from_numpy(samples.windows.first[which]) & known(samples.windows.length).all(1)
        tapped = taps(samples.features[samples.recordings == recording].flatten(1), 1)
        begin = int(samples.windows.rows[which].min())
        views = look(teacher, batch | {"betas": batch["betas"] * shape})
        series = {name: view.mean(2) for name, view in views.items()}
        series |= {name + TOKENS: views[name].flatten(2) for name in tokens}
        sensors = batch["features"].flatten(2)
        rows = torch.from_numpy(samples.windows.rows[which]) - begin
        series |= dict(zip(TEACHERLESS, (torch.ones_like(sensors[..., :1]), sensors, tapped[rows]), strict=True))
        motion = motion_labels(batch["keypoints"])
        yield Evidence(
            entry,
            {name: x[counted] for name, x in series.items()},
            {name: x.mean(1) for name, x in series.items()},
            torch.cat([batch["pose_6d"].flatten(2), *(motion[..., n, :].flatten(2) for n in (0, 1))], 2)[counted],
            batch["betas"],
            batch["keypoints"][counted],
        )


@dataclass(frozen=True)
class Fold:
    """Who serves for what, by groups of people and by places in the list of recordings."""

    choosing: frozenset[int]
    """Groups on whose training recordings probes are fitted to choose among penalties."""
    chooses: tuple[int, ...]
    """Recordings on which the penalty is chosen."""
    fitting: frozenset[int]
    """Groups on whose training recordings the probe is fitted in the end."""
    judged: tuple[int, ...]
    """Recordings on which it is judged."""


def folds(entries: Sequence[Entry], people: People) -> list[Fold]:
    """Everybody is judged once by people, or every recording once by programs.

    Raises:
        ValueError: there are fewer than three groups of people, or programs than two.
    """
    group, programs = groups(entries), list(dict.fromkeys(entry.program for entry in entries))
    every = frozenset(group.values())

    def recordings_of(chosen: int | str) -> tuple[int, ...]:
        return tuple(i for i, entry in enumerate(entries) if chosen in (group[entry.subject], entry.program))

    if people == "same":
        if len(programs) < 2:
            raise ValueError(f"the only program is {programs}: a probe is chosen on one and judged on another")
        pairs = pairwise([*programs, programs[0]])
        return [Fold(every, recordings_of(a), every, recordings_of(b)) for a, b in pairs]
    if len(every) < 3:
        raise ValueError(f"{len(group)} people make {len(every)} groups: some fit, others choose, others are judged")
    around = [(a, (a + 1) % len(every)) for a in sorted(every)]
    return [Fold(every - {a, b}, recordings_of(b), every - {a}, recordings_of(a)) for a, b in around]


def groups(entries: Iterable[Entry]) -> dict[str, int]:
    """Which group each of these people is in."""
    subjects = sorted({entry.subject for entry in entries})
    return {subject: i % GROUPS for i, subject in enumerate(subjects)}


@dataclass(frozen=True, eq=False)
class Readings:
    """What probes said of each recording that was judged, and what they would have said without looking."""

    said: list[Numbers]
    mean: list[Numbers]

    def unexplained(self, true: Sequence[Numbers]) -> Float[Tensor, " recordings"]:
        """By recording: mean squared error of what was said, over that of the means over all recordings."""
        wrong, blind = (
            torch.stack([(own - y).double().square().sum(1).mean() for own, y in zip(guess, true, strict=True)])
            for guess in (self.said, self.mean)
        )
        rows = torch.tensor([len(y) for y in true]).double()
        return wrong * rows.sum() / (rows @ blind)


def read(
    sums: Mapping[int, Moments],
    x: Sequence[Numbers],
    y: Sequence[Numbers],
    plan: Sequence[Fold],
    columns: Mapping[str, slice],
) -> dict[str, Readings]:
    """Fit, choose and judge, fold by fold; one penalty for each kind of knowledge.

    Args:
        sums: of the training recordings of each group, of the same numbers.
        x: of each recording of validation, what the probe is given.
        y: what it should say.
        plan: who serves for what.
        columns: of y, by kind of knowledge.
    """
    found = {name: Readings([one[:, own] for one in y], [one[:, own] for one in y]) for name, own in columns.items()}
    for fold in plan:
        first, final = _sum(sums, fold.choosing), _sum(sums, fold.fitting)
        mean = final.y / final.frames
        penalties = choose(first, [(x[i], y[i]) for i in fold.chooses], columns)
        fitted = {penalty: final.fit(penalty) for penalty in set(penalties.values())}
        for (name, own), i in product(columns.items(), fold.judged):
            found[name].said[i] = fitted[penalties[name]](x[i])[:, own]
            found[name].mean[i] = mean.to(y[i])[own].expand(len(y[i]), -1)
    return found


def choose(sums: Moments, pairs: Iterable[tuple[Numbers, Numbers]], columns: Mapping[str, slice]) -> dict[str, float]:
    """For each kind of knowledge, the penalty with the smallest squared error on some frames of these recordings."""
    thinned = [(x[::THINNED], y[::THINNED]) for x, y in pairs]
    errors = []
    for penalty in PENALTIES:
        probe = sums.fit(penalty)
        errors.append(torch.stack([(probe(x) - y).double().square().sum(0) for x, y in thinned]).sum(0))
    return {name: PENALTIES[int(torch.stack(errors)[:, own].sum(1).argmin())] for name, own in columns.items()}


def _sum(sums: Mapping[int, Moments], chosen: Iterable[int]) -> Moments:
    return reduce(add, (sums[group] for group in sorted(chosen)))
