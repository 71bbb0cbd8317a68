"""`viz.mask_lab`: what it hands to the page and to a live kernel, and what it refuses."""

from __future__ import annotations

import json

import pytest

from hands import viz
from hands.experiments import mask_record
from hands.experiments.results import ResultsError
from hands.viz.mask_lab import MASK_LAB
from hands.viz.page_lab import PAGE
from hands.viz.sphinx_ext import lab_html
from tests.experiments.made_up_masks import made_up


@pytest.fixture(scope="module")
def record():
    return made_up(clips=2, frames=6)


def test_a_page_gets_the_record_and_a_line_of_text(record, monkeypatch):
    monkeypatch.setenv("HANDS_OUTPUT", "page")
    bundle = viz.mask_lab(record, alt="Two hands.")._repr_mimebundle_()
    assert set(bundle) == {MASK_LAB.mime, "text/plain"}
    assert bundle["text/plain"].startswith("Mask lab (Movement 1, Movement 2)")
    content = bundle[MASK_LAB.mime]
    assert {name: content[name] for name in mask_record.encode(record)} == mask_record.encode(record)
    assert (content["alt"], content["height"]) == ("Two hands.", 300)


def test_a_file_will_do(record, tmp_path):
    path = mask_record.write(record, tmp_path / "masks.json")
    assert viz.mask_lab(path).payload() == viz.mask_lab(record).payload()
    with pytest.raises(ResultsError, match="there is no mask record"):
        viz.mask_lab(tmp_path / "other.json")


def test_a_picture_without_a_height_is_refused(record):
    with pytest.raises(ValueError, match="height is 0"):
        viz.mask_lab(record, height=0)


def test_a_record_of_three_windows_in_steps_of_a_tenth_fits_a_page():
    record = made_up(clips=3, frames=32, ratios=tuple(k / 10 for k in range(11)))
    assert len(json.dumps(viz.mask_lab(record).payload())) < 400_000


def test_a_live_kernel_runs_the_pages_own_scripts(record, monkeypatch):
    monkeypatch.delenv("HANDS_OUTPUT", raising=False)
    lab = viz.mask_lab(record)
    assert "application/vnd.jupyter.widget-view+json" in lab._repr_mimebundle_()
    assert lab.widget.record == lab.payload()
    module = lab.widget._esm
    for name in MASK_LAB.scripts:
        assert (PAGE / name).exists() == (not name.endswith("_data.js"))
        assert not (PAGE / name).exists() or (PAGE / name).read_text(encoding="utf-8") in module
    assert "window.HANDS_MODEL=" in module
    assert ".masklab-hiding" in lab.widget._css
    assert ".handslab-card" in lab.widget._css


def test_names_of_clips_cannot_end_the_script_that_holds_them(record):
    content = viz.mask_lab(record).payload()
    content["about"] = "</script><script>alert(1)</script>"
    assert lab_html(MASK_LAB, content).count("</script>") == 1
