"""Runs that are whole or not there, and tables of one kind of data."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hands.experiments import results, tables
from hands.experiments.results import ResultsError, Row, Run


def row(**changes: object) -> Row:
    given = {"method": "mean pose", "difficulty": "glove", "sensors": "7", "protocol": "seen", "split": "test"}
    return Row(**(given | {"seed": 0, "frames": 10, "mpjpe_mm": 20.0} | changes))  # type: ignore[arg-type]


def run(seed: int = 0, data_hash: str = "data", **changes: object) -> Run:
    config = {"experiment": "baselines", "seed": seed}
    return results.finished(config, data_hash, [row(seed=seed, **changes)], cpu_s=1.25)


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    one = run(mpvpe_mm=21.5, choices={"penalty": 0.01})
    path = one.save(tmp_path)
    assert path == tmp_path / "runs" / f"{one.hash}.json"
    assert Run.load(path) == one
    assert one.synthetic
    assert json.loads(path.read_text())["synthetic"] is True


def test_a_row_without_a_hand_has_other_measures_and_a_run_keeps_what_belongs_to_it(tmp_path: Path) -> None:
    named = row(mpjpe_mm=None, more={"coarse_percent": 81.5})
    kept = {"confusion": ["1 2", "0 3"]}
    one = results.finished({"experiment": "gesture"}, "data", [named], cpu_s=1.0, kept=kept)
    assert Run.load(one.save(tmp_path)) == one
    assert Run.load(one.save(tmp_path)).kept == kept
    assert "kept" not in json.loads(run().save(tmp_path).read_text())
    (line,) = tables.tabulate([one])["rows"]
    assert line["mpjpe_mm"] is None
    assert line["more"]["coarse_percent"] == {"mean": 81.5, "sd": None}


def test_the_name_of_a_run_depends_on_the_question_and_the_data_alone(tmp_path: Path) -> None:
    one = run()
    assert replace(one, date="2001-01-01", cpu_s=9.0, rows=()).hash == one.hash
    assert len({one.hash, run(seed=1).hash, run(data_hash="other").hash}) == 3


def test_a_run_that_is_interrupted_while_it_is_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(self: Path, *_: object, **__: object) -> int:
        self.write_bytes(b'{"format": "hands.exp')
        raise KeyboardInterrupt

    run(seed=1).save(tmp_path)
    monkeypatch.setattr(Path, "write_text", stopped)
    with pytest.raises(KeyboardInterrupt):
        run().save(tmp_path)
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [f"{run(seed=1).hash}.json"]
    assert [r.config["seed"] for r in results.load_runs(tmp_path, "baselines")] == [1]


def test_a_number_that_is_none_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="mpjpe_mm of a row is nan"):
        row(mpjpe_mm=float("nan"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"split": "train"}, "split of a row is 'train', expected one of validation, test"),
        ({"protocol": "both"}, "protocol of a row is 'both'"),
        ({"method": ""}, "method of a row is ''"),
        ({"seed": 1.0}, "seed of a row is 1.0"),
        ({"frames": -1}, "frames of a row is -1"),
        ({"mpvpe_mm": -0.1}, "mpvpe_mm of a row is -0.1"),
        ({"mpjpe_mm": None}, "mpjpe_mm of a row is None"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused_by_name(tmp_path: Path, changes: dict, message: str) -> None:
    path = run().save(tmp_path)
    content = json.loads(path.read_text())
    content["rows"][0] |= changes
    path.write_text(json.dumps(content))
    with pytest.raises(ResultsError, match=message):
        Run.load(path)


def test_damaged_edited_and_foreign_files_are_refused(tmp_path: Path) -> None:
    path = run().save(tmp_path)
    whole = path.read_text()
    for text, message in [
        (whole[:-30], "is damaged"),
        ("[]", "is 'list', expected"),
        (whole.replace("Run 1", "Run 0"), "Run 0"),
        (whole.replace('"seed": 0\n },', '"seed": 5\n },'), "question was edited"),
        (whole.replace('"machine"', '"motor"'), "no run that makes sense: 'machine'"),
    ]:
        assert text != whole
        path.write_text(text)
        with pytest.raises(ResultsError, match=message):
            results.load_runs(tmp_path, "baselines")


def test_a_table_holds_means_and_standard_deviations_over_seeds() -> None:
    scores = [20.0, 23.0, 21.5]
    table = tables.tabulate([run(seed, mpjpe_mm=score) for seed, score in enumerate(scores)])
    (line,) = table["rows"]
    assert line["seeds"] == [0, 1, 2]
    assert line["mpjpe_mm"] == pytest.approx(np.mean(scores), abs=1e-3)
    assert line["mpjpe_sd_mm"] == pytest.approx(np.std(scores, ddof=1), abs=1e-3)
    assert line["mpvpe_mm"] is None
    assert table["synthetic"] is True


def test_a_table_of_different_data_is_refused() -> None:
    with pytest.raises(ResultsError, match="1 with data new, 2 with data old"):
        tables.tabulate([run(0, "old"), run(1, "old"), run(2, "new")])


def test_a_table_in_which_a_seed_counts_twice_is_refused() -> None:
    other = results.finished({"experiment": "baselines", "again": True}, "data", [row()], cpu_s=0.0)
    with pytest.raises(ResultsError, match="have the same seed"):
        tables.tabulate([run(), other])


def test_a_table_that_is_missing_is_named_with_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="hands reproduce baselines"):
        tables.table("baselines", tmp_path)
    results.write_json(tmp_path / "baselines.json", tables.tabulate([run()]))
    assert tables.table("baselines", tmp_path)["rows"][0]["method"] == "mean pose"


def test_a_grid_has_a_place_for_every_line_and_refuses_two_in_one() -> None:
    rows = [row(sensors=s, method=m, mpjpe_mm=v) for s, m, v in [("7", "a", 1.0), ("4", "a", 2.0), ("4", "b", 3.0)]]
    table = tables.tabulate([results.finished({"experiment": "baselines"}, "data", rows, cpu_s=0.0)])
    found = tables.grid(tables.lines(table, split="test"), down=["difficulty", "method"])
    assert found == [["difficulty", "method", "7", "4"], ["glove", "a", "1.0", "2.0"], ["glove", "b", "", "3.0"]]
    assert tables.grid(table["rows"], down=["method"], score="mpvpe_mm")[1] == ["a", "–", "–"]
    with pytest.raises(ResultsError, match="two lines are"):
        tables.grid(table["rows"], down=["difficulty"])
