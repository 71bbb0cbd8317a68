"""`hands train gestures` and `hands reproduce gestures`, on pictures that nobody rendered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hands.experiments import gesture_runs, gesture_study
from hands.experiments.gesture_runs import Material, Question
from tests.experiments.made_up_pictures import MadeUp
from tests.test_cli import call, flat


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    made = Material.of(MadeUp(), 32)
    made_up = MadeUp()
    made_up.path = tmp_path
    monkeypatch.setenv("HANDS_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(Question, "data_hash", "made up")
    monkeypatch.setattr(gesture_runs, "pictures_of", lambda *_, **__: made_up)
    monkeypatch.setattr(gesture_study, "material", lambda *_: made)
    return tmp_path


def test_the_plan_says_what_is_missing_and_what_waits(place: Path) -> None:
    result = call("reproduce", "gestures", "--list", "--out", place / "results")
    assert result.exit_code == 0, result.output
    assert "37 of 37 runs are missing" in flat(result)
    assert "gradual, a try of lr 0.0015, seed 0 missing" in flat(result)
    assert "coarse only, seed 4 waits for its tries" in flat(result)
    assert not (place / "results").exists()


def test_a_small_network_is_trained_once(place: Path) -> None:
    asked = ("train", "gestures", "--size", "smoke", "--method", "fine only", "--folder", place / "trained")
    first, again = call(*asked), call(*asked)
    assert first.exit_code == again.exit_code == 0, first.output + again.output
    assert "fine only, size smoke: 4 steps of 4 pictures" in flat(first)
    assert "fine only, probe" in flat(first)
    assert flat(first).split("hours.")[1] == flat(again).split("hours.")[1]
    model, told = gesture_runs.load(place / "trained" / "best.safetensors")
    assert told["config"]["method"] == "fine only"
    assert model.config.hidden == 8


def test_a_quick_run_shows_every_method_and_keeps_nothing(place: Path) -> None:
    result = call("reproduce", "gestures", "--quick", "--out", place / "results")
    assert result.exit_code == 0, result.output
    for name in ("gradual", "both at once", "fine only", "coarse only", "untrained, probe"):
        assert name in flat(result)
    assert "its numbers mean nothing" in flat(result)
    assert not (place / "results").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("train", "gestures", "--mask", "0.3"), "belong to gloves: gestures are seen"),
        (("train", "gestures", "--method", "plain"), "no method 'plain'; there are gradual, both at once, fine only"),
        (("train", "gestures", "--size", "long"), "no size 'long'; there are smoke, book, paper"),
        (("reproduce", "gestures", "--mask", "0.5"), "--mask belongs to teacher"),
        (("reproduce", "gestures", "--seed", "9"), "--seed 9 is not in the book's plan"),
    ],
)
def test_mistakes_are_answered_in_a_sentence(arguments: tuple[str, ...], words: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert words in flat(result)
