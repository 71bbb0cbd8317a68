"""`viz.student_lab`: what it hands to the page and to a live kernel, and what it refuses."""

from __future__ import annotations

import json

import pytest

from hands import viz
from hands.experiments import student_record
from hands.experiments.results import ResultsError
from hands.viz.page_lab import PAGE
from hands.viz.sphinx_ext import lab_html
from hands.viz.student_lab import STUDENT_LAB
from tests.experiments.made_up_student_clips import NAMES, made_up


@pytest.fixture(scope="module")
def record():
    return made_up(clips=2, frames=6)


def test_a_page_gets_the_record_and_a_line_of_text(record, monkeypatch):
    monkeypatch.setenv("HANDS_OUTPUT", "page")
    bundle = viz.student_lab(record)._repr_mimebundle_()
    assert set(bundle) == {STUDENT_LAB.mime, "text/plain"}
    assert bundle["text/plain"].startswith("Student lab (teacher, plain student, taught student)")
    content = bundle[STUDENT_LAB.mime]
    assert {name: content[name] for name in student_record.encode(record)} == student_record.encode(record)
    assert content["alt"].endswith("teacher, plain student, taught student.")
    assert (content["height"], tuple(content["names"])) == (300, NAMES)


def test_a_file_will_do(record, tmp_path):
    path = student_record.write(record, tmp_path / "students.json")
    assert viz.student_lab(path).payload() == viz.student_lab(record).payload()
    with pytest.raises(ResultsError, match="there is no student record"):
        viz.student_lab(tmp_path / "other.json")


def test_a_picture_without_a_height_is_refused(record):
    with pytest.raises(ValueError, match="height is 0"):
        viz.student_lab(record, height=0)


def test_four_networks_on_three_movements_of_three_seconds_fit_a_page():
    record = made_up(clips=3, frames=96, names=("a", "b", "c", "d"))
    assert len(json.dumps(viz.student_lab(record).payload())) < 300_000


def test_a_live_kernel_runs_the_pages_own_scripts(record, monkeypatch):
    monkeypatch.delenv("HANDS_OUTPUT", raising=False)
    lab = viz.student_lab(record)
    assert "application/vnd.jupyter.widget-view+json" in lab._repr_mimebundle_()
    assert lab.widget.record == lab.payload()
    module = lab.widget._esm
    written = [(PAGE / name).read_text(encoding="utf-8") for name in STUDENT_LAB.scripts if (PAGE / name).exists()]
    places = [module.index(script) for script in written]
    assert places == sorted(places), "in the order of the page"
    assert len(written) == len(STUDENT_LAB.scripts) - 1, "but for the one that is numbers"
    for piece in ("window.HANDS_MODEL=", 'lab.className = "studentlab"', "window.HandsStudentLab.adopt(lab)"):
        assert piece in module
    for style in (".handslab-card", ".studentlab-legend"):
        assert style in lab.widget._css


def test_names_cannot_end_the_script_that_holds_them(record):
    content = viz.student_lab(record).payload()
    content["names"] = ["</script><script>alert(1)</script>", "a", "b"]
    assert lab_html(STUDENT_LAB, content).count("</script>") == 1
