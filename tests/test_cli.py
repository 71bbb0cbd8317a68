"""The command line as a newcomer meets it: help, results, and mistakes in sentences."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import hands
from hands import data, imu, mano, motion
from hands.cli import app
from hands.data import takes
from hands.data.simhand import folder as data_folder
from hands.experiments import baselines, configs, results, students, tables, teachers, tries
from hands.experiments.results import Row


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def flat(result: Result) -> str:
    """All that was said, without the breaks and frames of a narrow terminal."""
    return " ".join(result.output.replace("│", " ").split())


def test_the_version_is_the_librarys() -> None:
    assert call("--version").output.strip() == f"hands {hands.__version__}"


@pytest.mark.parametrize("command", [(), ("simulate",), ("train",), ("reproduce",)])
def test_help_explains_every_option(command: tuple[str, ...]) -> None:
    result = call(*command, "--help")
    assert result.exit_code == 0
    expected = {
        (): ["simulate", "train", "reproduce", "--version", "synthetic"],
        ("train",): ["smoke, book, long or paper", "--mask", "--blind", "--seed", "--folder", "go on where"],
        ("simulate",): ["clean, glove or cheap", "--program", "HANDS_DATA", "--seed"],
        ("reproduce",): ["baselines", "--list", "--quick", "stopped and started again"],
    }
    for words in expected[command]:
        assert words in flat(result)


def test_one_recording_is_the_one_of_the_data_set(tmp_path: Path) -> None:
    out = tmp_path / "one.npz"
    asked = ("--program", "ROM02", "--subject", "S03", "--setting", "clean", "--seconds", 2, "--seed", 4)
    result = call("simulate", *asked, "--out", out)
    assert result.exit_code == 0, result.output
    assert "61 records of 7 sensors" in flat(result)
    plan = data.Plan("clean", 4, 2.0, ("S03",), ("ROM02",))
    recording, truth = takes.take(plan, plan.entries[0], mano.load())
    assert (imu.Recording.load(out).acc == recording.acc).all()
    assert (motion.Motion.load(tmp_path / "one.truth.npz").hand_pose == truth.hand_pose).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("simulate", "--difficulty", "wet"), "no difficulty 'wet'; there are clean, glove, cheap"),
        (("simulate", "--program", "ROM99"), "expected some of ROM01"),
        (("simulate", "--program", "ROM01", "--subject", "Bob"), "expected some of S01"),
        (("simulate", "--subject", "S05"), "--subject belongs to --program"),
        (("simulate", "--seconds", "0"), "seconds is 0.0, expected at least"),
        (("simulate", "--program", "ROM01", "--out", "one.csv"), "name a file that ends in .npz"),
        (
            ("reproduce", "baselines", "--difficulty", "wet", "--list"),
            "no difficulty 'wet'; there are clean, glove, cheap",
        ),
        (("reproduce", "magic"), "'magic'"),
        (("reproduce", "teacher", "--seconds", "9"), "--difficulty and --seconds belong to baselines"),
        (("reproduce", "baselines", "--mask", "0.5"), "--mask belongs to teacher"),
        (("reproduce", "distill", "--mask", "0.5"), "--mask belongs to teacher"),
        (("reproduce", "distill", "--difficulty", "clean"), "--difficulty and --seconds belong to baselines"),
        (("train", "student", "--blind"), "--mask and --blind belong to teachers"),
        (("train", "student", "--method", "magic"), "no method 'magic'; there are plain, decoupled"),
        (("train", "student", "--sensors", "6"), "no subset of the sensors '6'"),
        (("train", "teacher", "--size", "huge"), "no size 'huge'; there are smoke, book, long, paper"),
        (("train", "teacher", "--mask", "2"), "the mask ratio is 2.0, expected a share between 0 and 1"),
        (("train", "teacher", "--blind", "--mask", "0.3"), "leave --mask out"),
        (("reproduce", "distill", "--list", "--fresh", "a", "--out", "b"), "leave --out out"),
        (("reproduce", "teacher", "--quick", "--list"), "leave it or --list out"),
        (("reproduce", "teacher", "--seed", "9"), "--seed 9 is not in the book's plan: name a folder of your own"),
        (("reproduce", "teacher", "--mask", "0.33"), "--mask 0.33 is not in the book's plan"),
        (("simulate", "--seed", "-1"), "greater than or equal to 0"),
        (("juggle",), "No such command 'juggle'"),
    ],
)
def test_mistakes_are_answered_in_a_sentence(arguments: tuple[str, ...], words: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert words in flat(result)
    assert "Traceback" not in result.output


def test_a_folder_with_other_data_is_not_taken_for_these(tmp_path: Path) -> None:
    data.generate(tmp_path / "small", data.Plan("clean", 0, 1.0, ("S01",), ("ROM01",)), workers=1)
    result = call("simulate", "--difficulty", "clean", "--out", tmp_path / "small")
    assert result.exit_code == 2
    assert "holds other data already, SimHand('clean', seed=0, 1 recordings of 1 s" in flat(result)


def a_run(folder: Path, seed: int, mpjpe_mm: float, difficulty: str = "glove") -> None:
    made = [
        Row("mean pose", difficulty, "none", protocol, split, seed, 10, mpjpe_mm, mpjpe_mm)
        for protocol in ("seen", "unseen")
        for split in ("validation", "test")
    ]
    asked = baselines.config(difficulty, seed, baselines.SECONDS)
    results.finished(asked, data.data_hash(baselines.SECONDS), made, cpu_s=1.0).save(folder)


def test_the_plan_says_what_is_missing(tmp_path: Path) -> None:
    a_run(tmp_path, 1, 20.0)
    result = call("reproduce", "baselines", "--list", "--out", tmp_path)
    assert result.exit_code == 0
    assert "8 of 9 runs are missing" in flat(result)
    assert flat(result).count("missing") == 8 + 1
    assert not (tmp_path / "baselines.json").exists()


def test_a_plan_that_is_done_says_how_to_see_it_and_how_to_make_it_again(tmp_path: Path) -> None:
    for seed in baselines.SEEDS:
        for difficulty in baselines.DIFFICULTIES:
            a_run(tmp_path, seed, 20.0, difficulty)
    result = call("reproduce", "baselines", "--list", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    hours = 9 * baselines.COST * baselines.SECONDS / 3600
    assert flat(result).endswith(
        "All 9 runs are done: `hands reproduce baselines` prints the table. To make them again, about "
        f"{hours:.1f} hours of one processor core, name a new folder with --fresh."
    )


def test_finished_runs_are_not_repeated_and_the_table_is_written(tmp_path: Path) -> None:
    for seed, mpjpe_mm in enumerate([20.0, 21.0, 25.0]):
        for difficulty in baselines.DIFFICULTIES:
            a_run(tmp_path, seed, mpjpe_mm, difficulty)
    result = call("reproduce", "baselines", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    assert "22.0 ± 2.6" in flat(result)
    assert "synthetic" in flat(result)
    assert (tmp_path / "baselines.json").is_file()


def test_a_part_of_the_table_does_not_take_its_place(tmp_path: Path) -> None:
    (tmp_path / "baselines.json").write_text("the whole table")
    a_run(tmp_path, 7, 20.0)
    asked = ("--difficulty", "glove", "--difficulty", "glove", "--seed", "7", "--out", tmp_path)
    result = call("reproduce", "baselines", *asked)
    assert result.exit_code == 0, result.output
    assert "0 of 1 runs are missing" in flat(result)
    assert "20.0" in flat(result)
    assert "Printed only" in flat(result)
    assert (tmp_path / "baselines.json").read_text() == "the whole table"


def test_a_damaged_run_is_named(tmp_path: Path) -> None:
    a_run(tmp_path, 0, 20.0)
    (path,) = (tmp_path / "runs").iterdir()
    path.write_text("{")
    result = call("reproduce", "baselines", "--difficulty", "glove", "--seed", "0", "--out", tmp_path)
    assert result.exit_code == 2
    assert f"{path.name} is damaged" in flat(result)


def test_in_a_pipe_there_is_plain_text() -> None:
    command = [sys.executable, "-c", "from hands.cli import app; app()", "simulate", "--difficulty", "wet"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == 2
    assert b"\x1b" not in done.stdout + done.stderr
    assert done.stderr.decode().startswith("hands: no difficulty 'wet'")


def a_teacher(folder: Path, question: teachers.Question, mpjpe_mm: float) -> None:
    made = [
        Row(question.method, "glove", "7", "seen", split, question.seed, 10, mpjpe_mm, mpjpe_mm, 1.0, 2.0)
        for split in ("validation", "test")
    ]
    results.finished(question.config, data.data_hash(20.0), made, cpu_s=1.0).save(folder)


def test_the_plan_of_teachers_says_what_is_missing_and_how_long_it_takes(tmp_path: Path) -> None:
    a_teacher(tmp_path, teachers.questions(tmp_path)[0], 5.0)
    result = call("reproduce", "teacher", "--plan", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    hours = 20 * configs.SIZES["book"].seconds_each / 3600
    assert f"20 of 21 runs are missing: about {hours:.1f} hours of one processor core" in flat(result)
    assert not (tmp_path / "teacher.json").exists()


def test_finished_teachers_are_not_trained_again_and_their_table_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDS_DATA", str(tmp_path / "data"))
    for k, question in enumerate(teachers.questions(tmp_path, ratios=(0.5,))):
        a_teacher(tmp_path, question, 5.0 + k)
    result = call("reproduce", "teacher", "--mask", "0.5", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    assert "teacher, mask 0.5 │ 7.0 ± 2.0" in " ".join(result.output.split())
    assert "blind │ 8.0 ± 2.0" in " ".join(result.output.split())
    assert [line["method"] for line in tables.table("teacher", tmp_path)["rows"]][:2] == ["blind", "teacher, mask 0.5"]


def test_a_small_teacher_is_trained_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDS_DATA", str(tmp_path / "data"))
    asked = ("train", "teacher", "--size", "smoke", "--folder", tmp_path / "trained", "--workers", 1)
    first, again = call(*asked), call(*asked)
    assert first.exit_code == again.exit_code == 0, first.output + again.output
    assert "4 steps of 4 windows" in flat(first)
    assert flat(first) == flat(again)
    assert teachers.teacher(tmp_path / "trained" / "best.safetensors").config.dim == 8


def test_the_plan_of_the_study_says_what_is_missing_and_what_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDS_DATA", str(tmp_path / "data"))
    result = call("reproduce", "distill", "--list", "--seed", 0, "--out", tmp_path)
    assert result.exit_code == 0, result.output
    assert "a try of lr 0.001" in flat(result)
    assert "waits for its tries or its teacher" in flat(result)
    assert f"{tries.count() - 16} of them are tries that build on the choice of others" in flat(result)
    assert not list(tmp_path.glob("*.json"))


@pytest.mark.parametrize("experiment", ["baselines", "teacher", "distill"])
def test_a_fresh_study_knows_nothing_of_what_is_done(
    experiment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither of the book's runs nor of the weights and data of this machine."""
    monkeypatch.setenv("HANDS_DATA", str(tmp_path / "elsewhere"))  # and puts it back after the test
    result = call("reproduce", experiment, "--list", "--fresh", tmp_path)
    assert result.exit_code == 0, result.output
    assert "missing" in flat(result)
    assert "done" not in flat(result)
    assert data_folder() == tmp_path / "data"


def test_a_small_student_is_trained_once_with_its_teacher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDS_DATA", str(tmp_path / "data"))
    asked = ("train", "student", "--size", "smoke", "--sensors", 3, "--folder", tmp_path / "trained", "--workers", 1)
    first, again = call(*asked), call(*asked)
    assert first.exit_code == again.exit_code == 0, first.output + again.output
    assert "decoupled, size smoke: 4 steps of 4 windows" in flat(first)
    assert flat(first) == flat(again)
    network, told = students.load(tmp_path / "trained" / "best.safetensors")
    assert network.worn.sensors == ("palm", "thumb", "middle")
    assert told["config"]["teacher"]["ratio"] == 0.5
