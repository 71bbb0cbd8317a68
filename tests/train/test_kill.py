"""Runs that are killed with SIGKILL, at chosen and at random moments, end as if nothing had happened.

The children come from a server that has imported everything, so a test may kill many of them.
"""

from __future__ import annotations

import csv
import dataclasses
import multiprocessing
import os
import random
import signal
import sys
import time

import pytest
import torch
from torch import nn

from hands import train
from tests.train.small import ABOUT, RECIPE, batches, loss, network, validate

DROPOUT = 0.3
EVENTS = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate")
LONG = dataclasses.replace(RECIPE, steps=100, save_every=2, validate_every=10)

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["hands.train.loop", "tests.train.small"])


def run(folder, recipe=RECIPE):
    torch.set_num_threads(1)
    model = network(DROPOUT)
    return train.fit(model, batches, loss, recipe, folder, validate=validate, about=ABOUT)


def run_until(folder, word, events, work=run):
    """Kill this process, from inside, when it touches a file with this word in its name for the n-th time."""
    left = [events]

    def watch(event, arguments):
        name = str(arguments[0]) if event in EVENTS else ""
        if str(folder) in name and word in name:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    work(folder)


def state(folder):
    """All that a run left, but times: the bytes of its tensors and the rows of its metrics."""
    (last,) = [path for path in folder.iterdir() if path.is_dir()]
    kept = {path.name: path.read_bytes() for path in last.glob("*.safetensors")}
    for path in folder.glob("*.csv"):
        with path.open() as file:
            kept[path.name] = [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]
    return last.name, kept


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    run(folder)
    return state(folder)


@pytest.mark.parametrize("seed", [0, 1])
def test_killed_again_and_again_while_touching_its_files(tmp_path, undisturbed, seed):
    draw, killed, in_the_middle = random.Random(seed), 0, 0
    while True:
        moment = draw.choice([(".part", draw.randrange(1, 20)), ("", draw.randrange(5, 60))])
        child = processes.Process(target=run_until, args=(tmp_path, *moment))
        child.start()
        child.join(60)
        in_the_middle += any(path.name.endswith(".part") for path in tmp_path.iterdir())
        if child.exitcode == 0:
            break
        assert child.exitcode == -signal.SIGKILL
        killed += 1
    assert killed >= 3
    assert in_the_middle >= 1  # of saving, or of deleting what is older
    assert state(tmp_path) == undisturbed


def test_killed_from_outside_at_random_moments(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    run(whole, LONG)
    draw = random.Random(2)
    for _ in range(3):
        child = processes.Process(target=run, args=(killed, LONG))
        child.start()
        while child.is_alive() and not any(killed.glob("step_*")):
            time.sleep(0.005)
        time.sleep(draw.uniform(0.0, 0.2))
        child.kill()
        child.join(60)
    run(killed, LONG)
    assert state(killed) == state(whole)


@pytest.mark.parametrize("torn", [b"17,0.1", b"\xff\x00,,\n\n", b"17,0.1,0.2,0.3,0.4,0.5\n18,"])
def test_rows_after_the_checkpoint_are_cut_off(tmp_path, undisturbed, torn):
    train.fit(network(DROPOUT), batches, loss, RECIPE, tmp_path, validate=validate, about=ABOUT, stop=lambda k: k == 16)
    with (tmp_path / "training.csv").open("ab") as file:
        file.write(torn)
    run(tmp_path)
    assert state(tmp_path) == undisturbed


def test_metrics_that_the_checkpoint_did_not_see_are_refused(tmp_path):
    train.fit(network(), batches, loss, RECIPE, tmp_path, stop=lambda k: k == 16)
    content = (tmp_path / "training.csv").read_bytes()
    (tmp_path / "training.csv").write_bytes(content.replace(b"\n9,", b"\n8,"))
    with pytest.raises(train.CheckpointError, match=r"training.csv is not what the checkpoint saw"):
        train.fit(network(), batches, loss, RECIPE, tmp_path)


# ---- weights, which are two files ----


def keep(folder, *values):
    """Save weights that are all one value and say so, once for each value."""
    model = nn.Linear(2, 2)
    for value in values:
        for parameter in model.parameters():
            nn.init.constant_(parameter, value)
        train.save(folder / "w.safetensors", model, {"value": value})


def keep_two(folder):
    keep(folder, 2)


def kept(folder):
    """The value that the weights have, all of them, and of which they say that they have it."""
    model = nn.Linear(2, 2)
    about = train.load(folder / "w.safetensors", model)
    (value,) = {value for p in model.parameters() for value in p.flatten().tolist()}
    assert about == {"value": value}
    return value


def test_weights_whose_saving_is_killed_are_the_old_ones_or_the_new_ones(tmp_path):
    found, exitcode = [], None
    while exitcode != 0:
        folder = tmp_path / str(len(found))
        keep(folder, 1)
        child = processes.Process(target=run_until, args=(folder, "", len(found) + 1, keep_two))
        child.start()
        child.join(60)
        exitcode = child.exitcode
        found.append(kept(folder))
        assert train.read_about(folder / "w.safetensors") == {"value": found[-1]}
        keep(folder, 3)
        assert kept(folder) == 3
    assert found == sorted(found)
    assert found.count(1) > 6, "the JSON is there, and the weights are being written"
    assert found.count(2) > 4, "the JSON is being written again"


def test_weights_are_whole_for_who_reads_while_they_are_saved(tmp_path):
    keep(tmp_path, 0)
    child = processes.Process(target=keep, args=(tmp_path, *range(1, 100)))
    child.start()
    found = []
    while child.is_alive():
        found.append(kept(tmp_path))
    assert child.exitcode == 0
    assert found == sorted(found)
    assert len(set(found)) > 5
    assert kept(tmp_path) == 99
