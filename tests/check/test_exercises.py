"""Every exercise of the book: its checker accepts the hidden solution, rejects the skeleton and a likely mistake.

An exercise is two code cells whose metadata say {"hands": {"exercise": NAME, "role": "skeleton" | "solution"}}; the
last line of each calls its checker. They may use names of the notebook's first code cell and their own. Likely mistakes
live in the modules `tests/check/mistakes_*.py` as MISTAKES: exercise name -> a wrong answer.
"""

import ast
import importlib
import json
from pathlib import Path

import pytest

from hands.check import Verdict

BOOK = Path(__file__).parents[2] / "book"
HERE = Path(__file__).parent


def exercises() -> dict[str, dict[str, str]]:
    """Name -> {"setup", "skeleton", "solution"}: sources of the cells."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(BOOK.glob("**/*.ipynb")):
        cells = [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
        setup = "".join(cells[0]["source"])
        for cell in cells:
            tag = cell["metadata"].get("hands", {})
            if "exercise" in tag:
                found.setdefault(tag["exercise"], {"setup": setup})[tag["role"]] = "".join(cell["source"])
    return found


EXERCISES = exercises()


def mistakes() -> dict[str, object]:
    names = [f"tests.check.{path.stem}" for path in sorted(HERE.glob("mistakes_*.py"))]
    return {name: wrong for module in names for name, wrong in importlib.import_module(module).MISTAKES.items()}


def verdict_of(setup: str, cell: str) -> Verdict:
    """Run a cell and return the value of its last expression."""
    scope: dict[str, object] = {}
    exec(setup, scope)
    body = ast.parse(cell)
    last = body.body.pop()
    assert isinstance(last, ast.Expr), "the last line of an exercise cell calls its checker"
    exec(compile(body, "<exercise>", "exec"), scope)
    value = eval(compile(ast.Expression(last.value), "<checker>", "eval"), scope)
    assert isinstance(value, Verdict)
    return value


def test_every_part_has_exercises_with_both_cells():
    assert len(EXERCISES) >= 9
    assert all({"skeleton", "solution"} <= set(cells) for cells in EXERCISES.values())


@pytest.mark.parametrize("name", EXERCISES)
def test_solution_is_accepted(name):
    assert verdict_of(EXERCISES[name]["setup"], EXERCISES[name]["solution"])


@pytest.mark.parametrize("name", EXERCISES)
def test_skeleton_is_rejected(name):
    assert not verdict_of(EXERCISES[name]["setup"], EXERCISES[name]["skeleton"])


@pytest.mark.parametrize("name", EXERCISES)
def test_likely_mistake_is_rejected(name):
    check = importlib.import_module("hands.check")
    verdict = getattr(check, name)(mistakes()[name])
    assert not verdict
    assert len(repr(verdict)) > 20
