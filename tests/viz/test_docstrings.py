"""Docstrings as autodoc gets them. Reference: docutils, which reads them without a complaint."""

import io

import docutils.core
import pytest

from hands.viz.docstrings import to_restructured_text


def read(text):
    complaints = io.StringIO()
    document = docutils.core.publish_doctree(text, settings_overrides={"warning_stream": complaints, "report_level": 1})
    assert complaints.getvalue() == ""
    return document.pformat()


@pytest.mark.parametrize(
    ("markdown", "wanted"),
    [
        ("Take `R_ws` of it.", "<literal>\n            R_ws"),
        (r"An angle $\theta_{a_}$.", r"<math>" + "\n" + r"            \theta_{a_}"),
        ("Shapes (*batch, 10) and (*batch, 3).", "Shapes (*batch, 10) and (*batch, 3)."),
        ("The difference |a - b| and |c|.", "The difference |a - b| and |c|."),
        ("It is *planar* here.", "<emphasis>\n            planar"),
        ("See *Rotations and\nthe tree*, too.", "<emphasis>\n            Rotations and\n            the tree"),
        ("Already ``literal | text``.", "<literal>\n            literal | text"),
    ],
)
def test_markup_survives(markdown, wanted):
    assert wanted in read(to_restructured_text(markdown))


def test_display_formulas_become_blocks():
    document = read(to_restructured_text("For a:\n\n$$\na &= b_i \\\\\nc &= d\n$$\n\nThen $e$."))
    assert "<math_block" in document
    assert "b_i" in document
    assert "$" not in document


def test_indented_formulas_stay_in_their_paragraph():
    text = to_restructured_text("First.\n\n    $$\n    a = b\n    $$\n")
    assert "    .. math::\n\n       a = b" in text


def test_examples_stay_as_they_are():
    example = ">>> round(a * b | c)\n(*batch, `x`)"
    assert example in to_restructured_text(f"Text with `code`.\n\n{example}\n")
