"""`hands pictures`: help, a set by name, and mistakes in sentences."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hands import gesture
from hands.cli import app


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["pictures", *(str(argument) for argument in arguments)])


def flat(result: Result) -> str:
    return " ".join(result.output.replace("│", " ").split())


def test_help_says_what_is_made_where_and_how_long_it_takes() -> None:
    result = call("--help")
    assert result.exit_code == 0
    for words in ("46 gestures", "HANDS_DATA", "half an hour", "stopped and started again", "--takes", "--workers"):
        assert words in flat(result)


def test_a_set_goes_where_it_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three gestures only, so that it takes no time; asked for another one, it is not overwritten."""
    for module in ("series", "plan", "generation"):
        monkeypatch.setattr(f"hands.gesture.{module}.NAMES", gesture.NAMES[:3])
    asked = ("--takes", 1, "--size", 16, "--samples", 1, "--subject", "S04", "--workers", 1, "--out", tmp_path / "set")
    assert "Pictures(seed=0, 3 pictures of 16 px, 1 takes of 1 subjects) in" in flat(call(*asked))
    assert len(gesture.Pictures(tmp_path / "set")) == 3
    again = call(*asked, "--seed", 1)
    assert again.exit_code == 2
    assert "holds other pictures already" in flat(again)


def test_mistakes_end_in_sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "subjects are ['S77'], expected some of" in flat(call("--subject", "S77"))
    monkeypatch.setattr("hands.gesture.render.find_spec", lambda name: None)
    missing = call("--takes", 1, "--size", 16, "--out", tmp_path / "set")
    assert missing.exit_code == 2
    assert "Mitsuba 3, which is not here" in flat(missing)
    assert missing.exception is None or isinstance(missing.exception, SystemExit)
