r"""The training loop: one for every network, on one core or on many machines.

With parameters $\theta$, the loss $\ell$ and the batch $B_k$ of step $k$, which all processes share,

$$
g_k = \frac{1}{|B_k|} \sum_{x \in B_k} \nabla_\theta\, \ell(x; \theta_k), \qquad
\theta_{k+1} = \operatorname{AdamW}\big(\theta_k,\; g_k \min(1, c / \lVert g_k \rVert),\; \eta_k\big).
$$

Each of P processes takes its rows of the batch in A parts, one after another; gradients are averaged over parts and
processes, so the number of processes changes only the last digits. A batch is a pure function of the step, so the loop
has no state but weights, moments and the step, and a run that was killed goes on bit for bit.

Explained in the book: *Training, honestly*.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from hands.train.progress import Watcher
from hands.train.recipe import Precision, Recipe, decay_groups, learning_rate
from hands.train.run import Run, Trained, TrainingError
from hands.train.store import as_json, held

Batch = Mapping[str, Tensor]
Batches = Callable[[int, slice], Batch]
"""Called with a step and rows of its batch, gives these samples; the same each time."""
Loss = Callable[[nn.Module, Batch], Mapping[str, Tensor]]
"""Scalars, each a mean over the samples; the one called "loss" is made small."""


def fit(
    model: nn.Module,
    batches: Batches,
    loss: Loss,
    recipe: Recipe,
    folder: str | os.PathLike[str] | None = None,
    *,
    validate: Callable[[nn.Module], Mapping[str, float]] | None = None,
    about: Mapping[str, Any] | None = None,
    data_hash: str = "",
    accelerator: str = "cpu",
    devices: int = 1,
    num_nodes: int = 1,
    progress: Watcher | None = None,
    stop: Callable[[int], bool] | None = None,
) -> Trained:
    """Train a network, from the start or from where the last process of this run came to.

    Args:
        model: trained in place. It gives the same with the same weights, input and torch's own random numbers, which
            are set anew for each step.
        batches: `batches(step, rows)`.
        loss: `loss(model, batch)`, which calls `model(...)` itself.
        recipe: how.
        folder: where the run is kept; with processes on several machines, a folder that all of them see. None keeps
            nothing.
        validate: `validate(model)`, without gradients and in evaluation mode; every process calls it and the first
            one's numbers count.
        about: what is trained, for JSON; a run is resumed only with the same, and with the same recipe but for
            `accumulate` and `save_every`.
        data_hash: of the training data; likewise.
        accelerator: `"cpu"`, `"cuda"` or `"auto"`.
        devices: processes on this machine, each with a device of its own. Under torchrun its numbers count.
        num_nodes: machines.
        progress: called by the first process where a row is logged.
        stop: called with the number of steps done; True saves and ends the run early.

    Raises:
        TrainingError: the batch cannot be shared out, or the loss is not finite any more.
        CheckpointError: what is in the folder is damaged or is of another run.
    """
    fabric = launch(accelerator, devices, num_nodes, cast(Precision, recipe.precision))
    shares = parts(recipe, fabric.world_size)[fabric.global_rank]
    optimizer = torch.optim.AdamW(decay_groups(model, recipe.weight_decay), lr=recipe.lr)
    network, stepper = fabric.setup(model, optimizer)
    asked = {"recipe": asdict(recipe), "about": as_json(dict(about or {})), "data_hash": data_hash}

    with _undisturbed(fabric, folder):
        run = Run(fabric, folder, asked, model, optimizer, recipe, progress)
        while run.step < recipe.steps and not run.stopped:
            _seed(recipe.seed, run.step, fabric.global_rank)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(recipe, run.step)

            model.train()
            terms = _gradients(fabric, network, loss, (batches(run.step, rows) for rows in shares), len(shares))
            norm = _clip(fabric, network, stepper, recipe.clip)
            run.check_finite({**terms, "gradient": norm})
            stepper.step()
            stepper.zero_grad()

            run.step += 1
            if run.due(recipe.log_every):
                run.log({"lr": learning_rate(recipe, run.step - 1), "gradient": norm, **terms})
            if validate is not None and run.due(recipe.validate_every):
                run.judge(_validated(fabric, model, validate))
            run.stopped = stop is not None and bool(fabric.broadcast(stop(run.step)))
            if run.stopped or run.due(recipe.save_every):
                run.save()
    return run.trained()


def launch(accelerator: str, devices: int, num_nodes: int, precision: Precision) -> Fabric:
    """The processes of a run: those that torchrun started, else as many as asked for."""
    if "TORCHELASTIC_RUN_ID" in os.environ:
        devices = int(os.environ["LOCAL_WORLD_SIZE"])
        num_nodes = int(os.environ["WORLD_SIZE"]) // devices
    strategy = "ddp" if devices * num_nodes > 1 else "auto"
    fabric = Fabric(
        accelerator=accelerator, devices=devices, num_nodes=num_nodes, precision=precision, strategy=strategy
    )
    fabric.launch()
    return fabric


def parts(recipe: Recipe, processes: int) -> list[list[slice]]:
    """The rows of a batch that each process takes, one slice after another.

    Raises:
        TrainingError: they cannot be shared out equally.

    Example:
        >>> parts(Recipe(steps=1, batch=8, accumulate=2), 2)
        [[slice(0, 2, None), slice(2, 4, None)], [slice(4, 6, None), slice(6, 8, None)]]
    """
    size, rest = divmod(recipe.batch, processes * recipe.accumulate)
    if rest or not size:
        raise TrainingError(
            f"a batch of {recipe.batch} cannot be cut equally for processes x accumulate = {processes} x "
            f"{recipe.accumulate}: make batch a multiple of {processes * recipe.accumulate}"
        )
    starts = [[(r * recipe.accumulate + a) * size for a in range(recipe.accumulate)] for r in range(processes)]
    return [[slice(start, start + size) for start in own] for own in starts]


def _gradients(fabric: Fabric, network: Any, loss: Loss, batches: Iterable[Batch], count: int) -> dict[str, float]:
    """Gradients of the batch, left in the parameters; gives the terms of the loss, means over all processes."""
    sums: dict[str, Tensor] = {}
    for k, batch in enumerate(batches):
        # Processes exchange gradients once a step, after the last part.
        with fabric.no_backward_sync(network, enabled=k < count - 1):
            terms = loss(network, fabric.to_device(batch))
            fabric.backward(terms["loss"] / count)
        for name, term in terms.items():
            sums[name] = sums.get(name, 0) + term.detach() / count
    means = cast(Tensor, fabric.all_reduce(torch.stack([*sums.values()]), reduce_op="mean"))
    return dict(zip(sums, means.tolist(), strict=True))


def _clip(fabric: Fabric, network: Any, stepper: Any, longest: float | None) -> float:
    """Shorten the gradient if it is too long; gives how long it was."""
    longest = math.inf if longest is None else longest
    norm = fabric.clip_gradients(network, stepper, max_norm=longest, error_if_nonfinite=False)
    return float(cast(Tensor, norm))


def _validated(
    fabric: Fabric, model: nn.Module, validate: Callable[[nn.Module], Mapping[str, float]]
) -> dict[str, float]:
    model.eval()
    with torch.no_grad():
        values = {name: float(value) for name, value in validate(model).items()}
    return dict(fabric.broadcast(values))


@contextmanager
def _undisturbed(fabric: Fabric, folder: str | os.PathLike[str] | None) -> Iterator[None]:
    """Leave torch's own random numbers to the caller, and keep other processes out of the folder."""
    with torch.random.fork_rng([fabric.device] if fabric.device.type == "cuda" else []), ExitStack() as stack:
        if folder is not None and fabric.is_global_zero:
            stack.enter_context(held(Path(folder)))
        yield


def _seed(seed: int, step: int, rank: int) -> None:
    """Set torch's own random numbers, which dropout draws, for one step of one process."""
    digest = sha256(f"{seed} {step} {rank}".encode()).digest()
    torch.manual_seed(int.from_bytes(digest[:7], "big"))
