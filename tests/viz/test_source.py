"""Source shown in chapters: the file's own text, the same on every machine."""

import inspect
from pathlib import Path

import pytest

import hands
from hands import mano, viz
from hands.mano.hand import Hand
from hands.viz.source import _readable


def test_source_is_the_text_of_the_file():
    shown = viz.source(mano.forward_kinematics)
    text = (Path(hands.__file__).parent / "mano" / "lbs.py").read_text()
    assert shown.text.startswith("def forward_kinematics(")
    assert shown.text in text
    assert shown.where == "hands/mano/lbs.py"


def test_methods_lose_their_indentation_and_classes_are_whole():
    assert viz.source(Hand.forward).text.startswith("def forward(")
    assert "def forward(" in viz.source(mano.Hand).text


def test_notebooks_store_markdown_without_machine_paths():
    shown = viz.source(mano.axis_angle_to_rotmat)
    markdown = shown._repr_markdown_()
    assert markdown.startswith("`hands/mano/lbs.py`\n\n```python\ndef axis_angle_to_rotmat(")
    assert markdown.endswith("\n```")
    assert str(Path(hands.__file__).parents[1]) not in markdown + repr(shown)
    assert repr(shown).startswith("# hands/mano/lbs.py\ndef ")


def test_fences_outgrow_the_backticks_inside():
    assert viz.source(with_backticks)._repr_markdown_().count("````") == 2


def with_backticks():
    """A fence: ```"""


def test_objects_without_python_source_are_refused():
    with pytest.raises(ValueError, match="no Python source"):
        viz.source(len)


def test_checker_decorators_are_not_shown():
    assert "jaxtyp" not in inspect.getsource(Hand).splitlines()[0]
    assert viz.source(mano.axis_angle_to_rotmat).text.startswith("def ")


def test_notes_to_the_linter_are_not_shown():
    text = "def forward(  # noqa: D102 - torch's protocol\n    x,  # kept\n): ...  # noqa"
    assert _readable(text) == "def forward(\n    x,  # kept\n): ..."
