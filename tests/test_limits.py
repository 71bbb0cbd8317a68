"""The limits of Binder: what a chapter's kernel sees there, and memory of a known size, taken on purpose."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "book" / "limits.py"
MEGABYTE = 1_000_000

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory and cores are read as Linux does it")

TAKE = "import sys, subprocess\ncode = 'import time; held = b\"x\" * {bytes}; time.sleep(0.2)'\n"
IN_A_CHILD = TAKE.format(bytes=300 * MEGABYTE) + "subprocess.run([sys.executable, '-c', code], check=True)"
IN_TWO_CHILDREN = TAKE.format(bytes=150 * MEGABYTE) + (
    "children = [subprocess.Popen([sys.executable, '-c', code]) for _ in range(2)]\n"
    "assert [child.wait() for child in children] == [0, 0]"
)


def run(folder, source, *options, tags=()):
    """A notebook of one cell under the limits."""
    path = folder / "chapter.ipynb"
    cells = [nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    before = path.read_bytes()
    command = [sys.executable, str(SCRIPT), *options, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert path.read_bytes() == before, "outputs are thrown away"
    return done


def megabytes(done):
    return float(re.search(r"chapter\.ipynb: (\d+) MB, \d+ s\n", done.stdout).group(1))


@pytest.mark.parametrize("source", [IN_A_CHILD, IN_TWO_CHILDREN])
def test_memory_of_children_counts_and_adds_up(tmp_path, source):
    done = run(tmp_path, source)
    assert done.returncode == 0, done.stderr
    assert 300 < megabytes(done) < 600


def test_too_much_memory_is_refused_by_name(tmp_path):
    done = run(tmp_path, IN_A_CHILD, "--megabytes", "200")
    assert done.returncode == 1
    assert re.search(r"chapter\.ipynb takes \d+ MB at its peak; Binder leaves 200 MB to a chapter\.", done.stdout)
    assert re.search(r"Not fit for Binder: \S+/chapter\.ipynb\n", done.stderr)


def test_a_cell_that_raises_is_refused_by_name(tmp_path):
    done = run(tmp_path, "raise LookupError('no such joint')")
    assert done.returncode == 1
    assert "chapter.ipynb does not run on one core with live figures:" in done.stdout
    assert re.search("LookupError.*: no such joint", done.stdout)


def test_a_kernel_that_dies_is_refused_by_name(tmp_path):
    done = run(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert done.returncode == 1
    assert "chapter.ipynb does not run on one core with live figures:" in done.stdout


def test_cells_left_to_the_reader_are_skipped(tmp_path):
    assert run(tmp_path, "raise NotImplementedError", tags=["skip-execution"]).returncode == 0


def test_the_kernel_sees_what_it_sees_in_binder(tmp_path, monkeypatch):
    """One core, so one thread, and the live kind of figure, whatever the maker of the page has set."""
    monkeypatch.setenv("HANDS_OUTPUT", "page")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    done = run(
        tmp_path,
        "import os, torch\n"
        "assert len(os.sched_getaffinity(0)) == torch.get_num_threads() == 1\n"
        "assert not {'HANDS_OUTPUT', 'PLOTLY_RENDERER', 'OMP_NUM_THREADS'} & set(os.environ)\n"
        "from hands import viz\n"
        "viz.live_hand().widget",
    )
    assert done.returncode == 0, done.stdout


def test_a_peak_between_two_looks_is_not_missed():
    """A child takes 300 MB, frees them, and only then is looked at, twice."""
    specification = importlib.util.spec_from_file_location("limits", SCRIPT)
    limits = importlib.util.module_from_spec(specification)
    sys.modules["limits"] = limits  # dataclasses look their module up
    specification.loader.exec_module(limits)
    code = f"x = b'x' * {300 * MEGABYTE}; del x; print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        now, mark = limits.resident(child.pid)
        assert now < 100 * MEGABYTE
        memory = limits.Memory()
        assert memory._since_last_look(child.pid) == mark > 300 * MEGABYTE
        assert memory._since_last_look(child.pid) < 100 * MEGABYTE, "the peak belongs to the first look alone"
        fresh = limits.Memory()
        fresh.look()
        assert fresh.peak >= mark
        child.communicate(b"\n")
    assert limits.resident(child.pid) == (0, 0)
