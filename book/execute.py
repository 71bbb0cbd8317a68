"""Executes chapters anew and saves their outputs, two at a time: `make notebooks`."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ENVIRONMENT = {"HANDS_OUTPUT": "page", "PLOTLY_RENDERER": "plotly_mimetype", "OMP_NUM_THREADS": "1"}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},  # without the version, which would differ from machine to machine
}


def execute(path: Path) -> str:
    """Run a notebook in its own folder; a cell that raises leaves the file as it was."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        coalesce_streams=True,
    ).execute()
    notebook.metadata = METADATA
    fresh = path.with_suffix(".tmp")
    nbformat.write(notebook, fresh)
    fresh.replace(path)
    return f"executed {path}"


if __name__ == "__main__":
    os.environ.update(ENVIRONMENT)
    with ThreadPoolExecutor(max_workers=2) as pool:
        for line in pool.map(execute, [Path(name) for name in sys.argv[1:]]):
            print(line, flush=True)
