"""Fixtures of more than one folder: small books, built as readers build them."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOK_METADATA = {
    "kernelspec": {"name": "python3", "display_name": "Python 3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}
PLOTLY_MIME = "application/vnd.plotly.v1+json"


def build_book(source: Path, target: Path) -> Path:
    """Build strictly and return the folder of pages."""
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", str(source)]
    command += ["--path-output", str(target), "-W", "--keep-going", "-q"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=900, check=False)
    assert done.returncode == 0, f"the book does not build:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return target / "_build" / "html"


def notebook_of_figures(path: Path, title: str, figures: list) -> None:
    """A notebook whose outputs are there already, as the book's are."""
    notebook = nbformat.v4.new_notebook(metadata=NOTEBOOK_METADATA)
    notebook.cells.append(
        nbformat.v4.new_markdown_cell(f"# {title}\n\n## Figures\n\nInline $x^2$ and $\\boldsymbol{{x}}$.")
    )
    for k, figure in enumerate(figures):
        data = {PLOTLY_MIME: json.loads(figure.to_json()), "text/plain": "Figure"}
        output = nbformat.v4.new_output("display_data", data=data)
        notebook.cells.append(nbformat.v4.new_code_cell(f"figures[{k}]", outputs=[output], execution_count=k + 1))
    path.write_text(nbformat.writes(notebook))


Once = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """`once(name, build)` is a folder that `build(folder)` fills for the first of pytest's workers to ask for it."""
    own = tmp_path_factory.getbasetemp()
    common = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def folder_of(name: str, build: Callable[[Path], object]) -> Path:
        folder, done = common / name, common / f"{name}.done"
        with (common / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                build(folder)
                done.touch()
        return folder

    return folder_of


@pytest.fixture(scope="session")
def small_book(once: Once) -> Path:
    """The pages of a book with this book's settings: twenty 3D figures, one of each kind, and no figure at all."""
    return once("small_book", build_small_book) / "built" / "_build" / "html" / "book"


def build_small_book(folder: Path) -> None:
    from tests.figures_for_books import one_of_each_kind, twenty_hands

    source = folder / "source"
    (source / "book" / "images").mkdir(parents=True)
    for name in ("favicon.svg", "logo.svg"):
        (source / "book" / "images" / name).write_text((ROOT / "book" / "images" / name).read_text())
    (source / "_config.yml").write_text((ROOT / "_config.yml").read_text())
    (source / "_toc.yml").write_text(
        "format: jb-book\nroot: book/words\nchapters:\n- file: book/twenty\n- file: book/kinds\n"
    )
    (source / "book" / "references.bib").touch()
    (source / "book" / "words.md").write_text("# Words\n\n## No figures\n\nInline $x^2$.\n")
    notebook_of_figures(source / "book" / "twenty.ipynb", "Twenty hands", twenty_hands())
    notebook_of_figures(source / "book" / "kinds.ipynb", "One of each kind", one_of_each_kind())
    build_book(source, folder / "built")


@pytest.fixture(scope="session")
def built_book(once: Once) -> Path:
    """The pages of the book itself, built fresh, so that no test looks at yesterday's."""
    return once("book", lambda folder: build_book(ROOT, folder)) / "_build" / "html"
