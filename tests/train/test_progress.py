"""Rate and time left by a clock of our own; the bar on a terminal; and what an import costs."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from rich.console import Console

from hands.train.progress import Pace, bar


def test_rate_and_time_left_count_from_where_the_process_began():
    now = [100.0]
    pace = Pace(40, 100, lambda: now[0])
    now[0] = 110.0
    assert pace.seconds == 10.0
    assert pace.rate(60) == pytest.approx(2.0)
    assert pace.left(60) == pytest.approx(20.0)
    assert pace.left(100) == 0.0


def test_no_time_is_no_error():
    assert Pace(0, 10, lambda: 0.0).left(0) > 0


def test_bar_shows_loss_rate_and_time_left():
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    with bar("Teacher", console) as watch:
        watch(30, 90, 2.0, 30.0, {"loss": 0.25})
    shown = console.file.getvalue()
    for words in ("Teacher", "30/90", "loss 0.25", "2.0 steps/s", "0:00:30 left"):
        assert words in shown


def test_bar_is_silent_in_a_pipe():
    console = Console(file=io.StringIO())
    with bar("Teacher", console) as watch:
        watch(30, 90, 2.0, 30.0, {"loss": 0.25})
    assert console.file.getvalue().strip() == ""


def test_importing_the_package_does_not_import_lightning():
    code = "import sys, hands.train as t; assert t.Recipe; sys.exit('lightning_fabric' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=100, check=False).returncode == 0
