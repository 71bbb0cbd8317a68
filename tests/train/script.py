"""Trains the small network with the processes it is started in, and says what came of it. Run by test_processes.py."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import torch

from hands import train
from tests.train.small import ABOUT, RECIPE, batches, loss, network, validate


def main(out: Path, devices: int, accumulate: int) -> None:
    model = network()
    recipe = dataclasses.replace(RECIPE, accumulate=accumulate)
    run = {"validate": validate, "about": ABOUT, "devices": devices}
    shown = []
    # Stopped and taken up again, so that all of it is seen to work with many processes.
    train.fit(model, batches, loss, recipe, out / "run", stop=lambda step: step == 9, **run)
    trained = train.fit(model, batches, loss, recipe, out / "run", progress=lambda k, *_: shown.append(k), **run)
    weights = torch.cat([p.detach().flatten() for p in model.parameters()]).tolist()
    said = {"history": trained.history, "validation": trained.validation, "weights": weights, "shown": len(shown)}
    rank = torch.distributed.get_rank()
    (out / f"process_{rank}_of_{torch.distributed.get_world_size()}.json").write_text(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
