"""Two processes with the batch of one: the same losses and the same weights."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys

import pytest

from hands import train
from tests.conftest import ROOT
from tests.train.small import RECIPE, batches, loss, network, validate

TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


@pytest.fixture(scope="module")
def alone():
    model = network()
    return model, train.fit(model, batches, loss, RECIPE, validate=validate)


@pytest.mark.parametrize(
    ("start", "devices", "accumulate"),
    [pytest.param(TORCHRUN, "1", "2", id="torchrun"), pytest.param([], "2", "1", id="devices=2")],
)
def test_two_processes_do_what_one_does(tmp_path, alone, start, devices, accumulate):
    model, trained = alone
    command = [sys.executable, *start, str(ROOT / "tests/train/script.py"), str(tmp_path), devices, accumulate]
    here = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=here, timeout=400, check=False)
    assert done.returncode == 0, done.stderr[-3000:]

    said = [json.loads((tmp_path / f"process_{rank}_of_2.json").read_text()) for rank in (0, 1)]
    weights = [value for p in model.parameters() for value in p.flatten().tolist()]
    for own in said:
        assert own["weights"] == pytest.approx(weights, rel=1e-9, abs=1e-12)
        for rows, expected in ((own["history"], trained.history), (own["validation"], trained.validation)):
            assert [row["step"] for row in rows] == [row["step"] for row in expected]
            for name in set(expected[0]) - {"step", "seconds"}:
                assert [row[name] for row in rows] == pytest.approx([row[name] for row in expected], rel=1e-9)
    assert [own["shown"] for own in said] == [RECIPE.steps - 9, 0]
    with (tmp_path / "run" / "training.csv").open() as file:
        assert [int(row["step"]) for row in csv.DictReader(file)] == [row["step"] for row in trained.history]
    assert train.newest(tmp_path / "run").step == RECIPE.steps
