"""How long the book takes to build and its notebooks to run, and how heavy its pages are."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


def build(folder: Path) -> float:
    """Seconds that a fresh build of the book takes."""
    command = [str(Path(sys.executable).parent / "jupyter-book"), "build", str(ROOT), "--path-output", str(folder)]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def run_notebook(path: Path, folder: Path) -> float:
    """Seconds that a notebook takes from starting its kernel to its last cell."""
    command = [
        sys.executable,
        "-m",
        "nbconvert",
        "--to",
        "notebook",
        "--execute",
        "--output-dir",
        str(folder),
        str(path),
    ]
    environment = os.environ | {"HANDS_OUTPUT": "page", "PLOTLY_RENDERER": "plotly_mimetype", "OMP_NUM_THREADS": "1"}
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment, cwd=path.parent)
    return time.perf_counter() - start


def entries() -> list[dict]:
    notebooks = sorted(p for p in (ROOT / "book").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
    with tempfile.TemporaryDirectory() as folder:
        seconds = build(Path(folder))
        heaviest = max((Path(folder) / "_build/html").rglob("*.html"), key=lambda page: page.stat().st_size)
        megabytes = heaviest.stat().st_size / 1e6
        times = {path.stem: run_notebook(path, Path(folder)) for path in notebooks}
    rows = [
        {"name": "book_build", "value": round(seconds, 1), "unit": "s"},
        {"name": "page_html_max", "value": round(megabytes, 2), "unit": "MB", "peer": f"heaviest: {heaviest.name}"},
        {"name": "notebooks_total", "value": round(sum(times.values()), 1), "unit": "s"},
        *({"name": f"notebook_{stem}", "value": round(t, 1), "unit": "s"} for stem, t in times.items()),
    ]
    return [{"peer": None, "ratio": None} | row for row in rows]
