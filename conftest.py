"""Makes notebooks and tests see one environment: this checkout, one thread, the page's kind of output."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

import hypothesis
import nbval.plugin
import pytest

ROOT = Path(__file__).parent

# Kernels are started in their notebook's folder, so they and we must find the package without an installation.
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])

# What the committed outputs were made with (hands.viz.sphinx_ext.KERNEL_ENVIRONMENT).
os.environ.update(HANDS_OUTPUT="page", PLOTLY_RENDERER="plotly_mimetype")

# One thread: sums come out the same each time, and several workers do not fight over the cores.
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

FIGURES = (
    "application/vnd.plotly.v1+json",
    "application/vnd.hands.live+json",
    "application/vnd.hands.gallery+json",
    "application/vnd.hands.imu_lab+json",
    "application/vnd.hands.mask_lab+json",
    "application/vnd.hands.student_lab+json",
)
"""Figures are tested by their structure in tests/viz; the last bits of their arrays depend on the processor."""

_set_up = nbval.plugin.IPyNbFile.__init__


def _without_figures(self: nbval.plugin.IPyNbFile, *args: object, **kwargs: object) -> None:
    _set_up(self, *args, **kwargs)
    self.skip_compare = (*self.skip_compare, *FIGURES)


nbval.plugin.IPyNbFile.__init__ = _without_figures


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line for each reason what was skipped."""
    reports = terminalreporter.stats.get("skipped", [])
    for reason, count in Counter(r.longrepr[2] for r in reports if isinstance(r.longrepr, tuple)).items():
        terminalreporter.write_line(f"{count} skipped: {reason.removeprefix('Skipped: ')}")


# Examples are few and quick; on a busy machine a single one may still take long.
hypothesis.settings.register_profile("hands", deadline=None)
hypothesis.settings.load_profile("hands")
