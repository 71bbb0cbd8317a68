"""Probes read what is there and no more, and nobody who is judged had a hand in the probe."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
import torch

from hands.data import Entry, windows
from hands.experiments import probe_table, probes
from hands.experiments.probe_table import Gathered, Reading
from hands.experiments.probes import COLUMNS, PENALTIES, TEACHERLESS, TOKENS
from hands.experiments.results import ResultsError
from hands.experiments.ridge import Moments
from hands.experiments.samples import Samples
from tests.fusion import small

DRAW = torch.Generator().manual_seed(0)
FRAMES, LENGTH = 9, 6
"""Two windows to a recording, of which the second begins before the first ends."""
READ = [2, 3, 4, 5, 6, 7, 8]
"""Frames 0 to 5 are of the first window, and 6 to 8, which are new, of the second; 0 and 1 have no acceleration."""


def numbers(*shape):
    return torch.randn(*shape, generator=DRAW, dtype=torch.float64)


def entries(people, programs, split):
    pairs = itertools.product(programs, people)
    return tuple(Entry(person, program, split, 0, FRAMES) for program, person in pairs)


def samples(people=("S01", "S02", "S03"), programs=("ROM11", "ROM12"), split="validation"):
    """Recordings of hands that wave, with features of their own."""
    own = entries(people, programs, split)
    waving = small.batch(windows=len(own), frames=FRAMES, seed=len(split))
    series = (waving[name].flatten(0, 1) for name in ("features", "pose_6d"))
    features, pose_6d = series
    cut = windows([FRAMES] * len(own), LENGTH, LENGTH)
    return Samples(own, features, pose_6d, waving["betas"], waving["keypoints"].flatten(0, 1), cut)


@pytest.fixture(scope="module")
def kept():
    return samples()


@pytest.fixture(scope="module")
def hidden(kept):
    return torch.rand(len(kept), LENGTH, 15, generator=DRAW) < 0.5


@pytest.fixture(scope="module")
def evidence(kept, hidden):
    return list(probes.gather(small.teacher(), kept, hidden, tokens=["Z"]))


# --- what is read -----------------------------------------------------------------------------------------------------


def test_frames_come_once_and_without_those_that_have_no_acceleration(kept, evidence):
    for i, own in enumerate(evidence):
        rows = i * FRAMES + np.array(READ)
        J = kept.keypoints.numpy()
        torch.testing.assert_close(own.keypoints, kept.keypoints[rows])
        torch.testing.assert_close(own.moving[:, COLUMNS["pose"]], kept.pose_6d[rows].flatten(1))
        velocity, acceleration = J[rows] - J[rows - 1], J[rows] - 2 * J[rows - 1] + J[rows - 2]
        for name, expected in (("velocity", velocity), ("acceleration", acceleration)):
            np.testing.assert_allclose(own.moving[:, COLUMNS[name]], expected.reshape(7, 63), atol=1e-12)
        assert {len(x) for x in own.frames.values()} == {7}
        assert {len(x) for x in own.windows.values()} == {2}
        torch.testing.assert_close(own.shape, kept.betas[i].expand(2, 10))


def test_what_stands_in_a_place_is_the_teachers(kept, hidden, evidence):
    teacher, last = small.teacher(), evidence[-1]
    batch = kept.batch([len(kept) - 1], hidden[-1:])
    with torch.no_grad():
        fused = teacher(**small.asked(batch))
    Z, shape, motion = fused.tokens[0], fused.priors.shape[0], fused.priors.motion[0]
    torch.testing.assert_close(last.frames["Z"][-3:], Z[3:].mean(1))
    torch.testing.assert_close(last.frames["Z" + TOKENS][-3:], Z[3:].reshape(3, -1))
    torch.testing.assert_close(last.windows["shape prior"][-1], shape)
    torch.testing.assert_close(last.frames["motion prior"][-1], motion[-1].mean(0))
    torch.testing.assert_close(last.frames["F^k"][-1], fused.kinematics[0, -1].mean(0))


def test_two_priors_hold_the_answers(evidence):
    at = evidence[0].frames
    torch.testing.assert_close(at["pose prior"] - at["motion prior"], 2 * at["m"])
    torch.testing.assert_close(at["pose prior"] - at["shape prior"], 2 * at["k"])


def test_sensors_are_those_of_the_frame_and_of_its_neighbours(kept, evidence):
    nothing, one, three = (evidence[1].frames[name] for name in TEACHERLESS)
    rows = FRAMES + np.array(READ)
    x = kept.features.flatten(1)
    assert (nothing == 1).all()
    torch.testing.assert_close(one, x[rows])
    after = np.minimum(rows + 1, 2 * FRAMES - 1)
    torch.testing.assert_close(three, torch.cat([x[rows - 1], x[rows], x[after]], 1))


def test_a_shape_that_is_withheld_is_not_known(kept, hidden):
    told = next(probes.gather(small.teacher(), kept, hidden))
    kept_from = next(probes.gather(small.teacher(), kept, hidden, shape=False))
    assert not torch.allclose(told.frames["F^m"], kept_from.frames["F^m"])
    torch.testing.assert_close(told.shape, kept_from.shape)
    torch.testing.assert_close(told.frames["F^k"], kept_from.frames["F^k"])


# --- who serves for what ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [3, 5, 15])
def test_nobody_is_judged_by_a_probe_that_knows_them(count):
    own = entries([f"S{i:02}" for i in range(count)], ["ROM11", "ROM12"], "validation")
    group = probes.groups(own)
    judged = Counter()
    for fold in probes.folds(own, "others"):
        known, chose, met = ({group[own[i].subject] for i in places} for places in (fold.judged, fold.chooses, ()))
        assert not known & chose
        assert not known & (fold.fitting | fold.choosing)
        assert not chose & fold.choosing
        assert not met
        assert fold.fitting == set(group.values()) - known
        judged.update(fold.judged)
    assert judged == dict.fromkeys(range(len(own)), 1)


def test_of_the_same_people_one_program_chooses_and_the_other_is_judged():
    own = entries(["S01", "S02"], ["ROM11", "ROM12"], "validation")
    first, second = probes.folds(own, "same")
    assert (first.chooses, first.judged) == ((0, 1), (2, 3))
    assert (second.chooses, second.judged) == ((2, 3), (0, 1))
    assert first.fitting == first.choosing == {0, 1}


def test_too_few_people_or_programs_are_refused():
    with pytest.raises(ValueError, match="2 people make 2 groups"):
        probes.folds(entries(["S01", "S02"], ["ROM11"], "validation"), "others")
    with pytest.raises(ValueError, match="only program"):
        probes.folds(entries(["S01", "S02"], ["ROM11"], "validation"), "same")


# --- probes -----------------------------------------------------------------------------------------------------------


def by_hand(x, y, penalty):
    """Ridge regression as least squares with one more row for each weight."""
    spread = x.std(0)
    rows = np.concatenate([(x - x.mean(0)) / spread, np.sqrt(len(x) * penalty) * np.eye(x.shape[1])])
    wanted = np.concatenate([y - y.mean(0), np.zeros((x.shape[1], y.shape[1]))])
    weights = np.linalg.lstsq(rows, wanted, rcond=None)[0]
    return lambda other: (other - x.mean(0)) / spread @ weights + y.mean(0)


def test_a_reading_is_that_of_the_penalty_which_others_chose():
    own = entries(["S01", "S02", "S03"], ["ROM11"], "validation")
    x, y = ([numbers(30, n) for _ in range(3)] for n in (8, 5))
    training = [(numbers(12, 8), numbers(12, 5)) for _ in range(3)]
    sums = {group: Moments.of(*pair) for group, pair in enumerate(training)}
    columns = slice(1, 4)
    found = probes.read(sums, x, y, probes.folds(own, "others"), {"a": slice(0, 1), "b": columns})["b"]
    for judged in range(3):
        chooses, fits = (judged + 1) % 3, (judged + 2) % 3
        one, both = (
            [np.concatenate([training[i][part].numpy() for i in who]) for part in (0, 1)]
            for who in ((fits,), sorted((chooses, fits)))
        )
        errors = [
            ((by_hand(*one, p)(x[chooses].numpy()) - y[chooses].numpy())[:, columns] ** 2).sum() for p in PENALTIES
        ]
        best = PENALTIES[int(np.argmin(errors))]
        np.testing.assert_allclose(found.said[judged], by_hand(*both, best)(x[judged].numpy())[:, columns], atol=1e-9)
        np.testing.assert_allclose(found.mean[judged][0], both[1].mean(0)[columns], atol=1e-12)


def test_what_is_there_is_read_and_what_is_not_is_not():
    own, weight = entries(["S01", "S02", "S03"], ["ROM11"], "validation"), numbers(4, 2)
    x = [numbers(200, 4) for _ in range(3)]
    training = [numbers(200, 4) for _ in range(3)]
    for noise, low, high in ((0.0, 0.0, 1e-6), (1.0, 0.05, 0.9), (1e3, 0.99, 1.2)):
        y = [one @ weight + noise * numbers(200, 2) for one in x]
        sums = {i: Moments.of(one, one @ weight + noise * numbers(200, 2)) for i, one in enumerate(training)}
        found = probes.read(sums, x, y, probes.folds(own, "others"), {"all": slice(0, 2)})
        share = found["all"].unexplained(y)
        assert low <= share.mean() <= high


def test_the_unexplained_share_is_of_all_recordings_together():
    true = [numbers(4, 2), 3 * numbers(4, 2)]
    said = probes.Readings([y + 0.5 for y in true], [torch.zeros(4, 2).double()] * 2)
    total = sum(float((y**2).sum()) for y in true)
    np.testing.assert_allclose(said.unexplained(true), 2 * np.array([8 * 0.25, 8 * 0.25]) / total)


# --- the table --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gathered(kept):
    taught = samples(programs=("ROM01",), split="train")
    hidden = [torch.zeros(len(own), LENGTH, 15, dtype=torch.bool) for own in (taught, kept)]
    looked = (probes.gather(small.teacher(), own, h) for own, h in zip((taught, kept), hidden, strict=True))
    return Gathered.of(*looked, probes.groups(kept.entries))


@pytest.fixture(scope="module")
def rows(gathered):
    found = probe_table.readings(gathered, probe_table.TRAINED, small.hand())
    return [Reading(0, probe_table.TRAINED, **row) for row in found]


def test_every_place_is_read_for_everything(rows):
    read = Counter((row.place, row.knowledge, row.people) for row in rows)
    assert set(read.values()) == {1}
    assert len(read) == (len(probes.PLACES) + len(TEACHERLESS)) * len(probe_table.KNOWLEDGE) * 2
    assert all(len(row.unexplained) == 3 for row in rows)
    assert {row.numbers for row in rows if row.place in probes.PLACES} == {small.CONFIG.dim}


def test_from_nothing_nothing_is_read(rows):
    assert [row.r2 for row in rows if row.place == "nothing"] == pytest.approx([0.0] * 8, abs=1e-4)


def test_a_wrong_shape_is_measured_on_the_open_hand(gathered):
    off = [own.shape + 1 for own in gathered.judged]
    found = probe_table.error_mm(off, gathered.judged, "shape", small.hand())
    expected = []
    for own in gathered.judged:
        a, b = (small.hand()(betas=betas[0]).keypoints for betas in (own.shape + 1, own.shape))
        expected.append(1000 * ((a - a[0]) - (b - b[0])).norm(dim=-1).mean().item())
    assert found == pytest.approx(np.mean(expected), abs=1e-3)


def test_the_true_pose_has_no_error_and_motion_has_no_millimetres(gathered):
    true = [own.moving[:, COLUMNS["pose"]] for own in gathered.judged]
    assert probe_table.error_mm(true, gathered.judged, "pose", small.hand()) == pytest.approx(0.0, abs=1e-3)
    assert probe_table.error_mm([one + 0.1 for one in true], gathered.judged, "pose", small.hand()) > 1
    assert probe_table.error_mm(true, gathered.judged, "velocity", small.hand()) is None


def test_rows_are_kept_beside_those_of_other_seeds(tmp_path, rows, monkeypatch):
    def of(seed, some):
        return [Reading(**{**vars(row), "seed": seed}) for row in some]

    for seed, some in ((1, rows), (0, rows[:3]), (1, rows[:2])):
        probe_table.write(of(seed, some), "d" * 64, tmp_path)
    assert probe_table.missing(tmp_path, (0, 1, 2)) == [2]
    assert probe_table.load(tmp_path) == of(0, rows[:3]) + of(1, rows[:2])
    monkeypatch.setattr(probe_table, "VERSION", 99)
    with pytest.raises(ResultsError, match="asked otherwise"):
        probe_table.load(tmp_path)


def test_how_much_better_is_sure_when_everybody_says_so():
    def row(seed, *unexplained):
        return Reading(seed, "trained", "Z", 32, "pose", "others", unexplained)

    ours, theirs = [row(0, 0.2, 0.3, 0.1), row(1, 0.3, 0.3, 0.2)], [row(0, 0.5, 0.5, 0.5), row(1, 0.6, 0.4, 0.4)]
    found = probe_table.better(ours, theirs)
    assert found.mean == pytest.approx(np.mean([0.3, 0.2, 0.4, 0.3, 0.1, 0.2]))
    assert (found.recordings, 0 < found.low < found.high) == (3, True)
    assert found.low >= 0.15 - 1e-9
    with pytest.raises(ResultsError, match="seeds"):
        probe_table.better(ours, theirs[::-1])
