"""What Binder builds is what was tested: one list of versions, one Python, and torch's CPU build from one address."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
OPTION = "--extra-index-url "


def lines(path):
    """What pip reads: the lines without comments."""
    return [line for line in (ROOT / path).read_text().splitlines() if line and not line.startswith("#")]


def pins():
    *pinned, own = lines("requirements.txt")
    assert own == "-e ."
    return dict(line.lower().replace("_", "-").split("==") for line in pinned)


def test_binder_adds_an_index_to_the_one_list_and_nothing_else():
    index, reference = lines("binder/requirements.txt")
    assert re.fullmatch(OPTION + r"https://\S+/whl/cpu", index)
    assert reference == "-r ../requirements.txt"


def test_binder_finds_no_file_that_it_would_prefer():
    """An environment.yml or a Dockerfile beside it would make Binder ignore the list."""
    assert sorted(path.name for path in (ROOT / "binder").iterdir()) == ["requirements.txt", "runtime.txt", "start"]
    assert not (ROOT / ".binder").exists()


@pytest.mark.parametrize(
    "need",
    PYPROJECT["project"]["dependencies"] + ["smplx>=0.1.28", "mitsuba>=3.6", "pillow>=11", "jupyterlab>=4", "psutil"],
)
def test_every_need_is_pinned(need):
    requirement = Requirement(need)
    assert pins()[requirement.name] in requirement.specifier


def test_everybody_runs_the_same_python():
    (version,) = re.fullmatch(r"python-(\d\.\d+)\n", (ROOT / "binder" / "runtime.txt").read_text()).groups()
    assert f"PYTHON ?= python{version}\n" in (ROOT / "Makefile").read_text()
    assert version in SpecifierSet(PYPROJECT["project"]["requires-python"])
    assert PYPROJECT["tool"]["mypy"]["python_version"] == version
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py{version.replace('.', '')}"


def test_wheels_come_from_one_other_address_named_once():
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout: git does not say which files belong to the book")
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = {name: (ROOT / name).read_bytes() for name in names.split("\0") if (ROOT / name).is_file()}
    host = lines("binder/requirements.txt")[0].removeprefix(OPTION).split("/")[2].encode()
    assert {name: text.count(host) for name, text in files.items() if host in text} == {"binder/requirements.txt": 1}
    foreign = re.compile(rb"(index-url|find-links|-f)[ =]+[\"']?https?://")
    assert [name for name, text in files.items() if foreign.search(text)] == ["binder/requirements.txt"]


def test_start_becomes_the_server_with_one_thread():
    """The same process, so that signals reach it and its exit is the container's."""
    code = "import os; print(os.getpid(), os.environ['OMP_NUM_THREADS'], 'HANDS_OUTPUT' in os.environ)"
    command = [str(ROOT / "binder" / "start"), sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={}) as process:
        assert process.communicate()[0] == f"{process.pid} 1 False\n"


def test_launch_buttons_open_jupyterlab():
    launch = yaml.safe_load((ROOT / "_config.yml").read_text())["launch_buttons"]
    assert launch == {"notebook_interface": "jupyterlab", "binderhub_url": "https://mybinder.org"}
