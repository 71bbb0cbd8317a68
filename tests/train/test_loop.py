"""The loop against one written by hand, and what it keeps, refuses and leaves alone."""

from __future__ import annotations

import csv
import dataclasses
import math

import pytest
import torch
from torch import nn

from hands import train
from hands.train import CheckpointError, Recipe, TrainingError
from hands.train.loop import parts
from tests.train.small import ABOUT, RECIPE, batches, loss, network, validate


def by_hand(model: nn.Module, recipe: Recipe) -> list[float]:
    """AdamW with warm-up, cosine and clipping, written out; losses before each update."""
    names, losses = dict(model.named_parameters()), []
    m, v = ({name: torch.zeros_like(p) for name, p in names.items()} for _ in range(2))
    for k in range(1, recipe.steps + 1):
        value = loss(model, batches(k - 1, slice(None)))["loss"]
        losses.append(value.item())
        grads = dict(zip(names, torch.autograd.grad(value, [*names.values()]), strict=True))
        norm = math.sqrt(sum(float(g.square().sum()) for g in grads.values()))
        lr = min(k / recipe.warmup, 1) if k <= recipe.warmup else None
        lr = recipe.lr * (lr or math.cos(math.pi / 2 * (k - 1 - recipe.warmup) / (recipe.steps - recipe.warmup)) ** 2)
        for name, p in names.items():
            g = grads[name] * min(1, recipe.clip / (norm + 1e-6))
            m[name] = 0.9 * m[name] + 0.1 * g
            v[name] = 0.999 * v[name] + 0.001 * g * g
            decay = recipe.weight_decay if p.ndim > 1 else 0
            step = m[name] / (1 - 0.9**k) / ((v[name] / (1 - 0.999**k)).sqrt() + 1e-8)
            p.data = p.data * (1 - lr * decay) - lr * step
    return losses


@pytest.fixture(scope="module")
def whole():
    """A run that nobody disturbs."""
    model = network()
    return model, train.fit(model, batches, loss, RECIPE, validate=validate)


def test_fit_is_the_loop_written_by_hand(whole):
    model, trained = whole
    twin = network()
    expected = by_hand(twin, RECIPE)
    assert any(row["gradient"] > RECIPE.clip for row in trained.history)  # so clipping is tested
    assert [row["loss"] for row in trained.history] == pytest.approx(expected, rel=1e-12)
    for ours, theirs in zip(model.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-11, atol=1e-12)


def test_parts_of_a_batch_add_up_to_the_batch(whole):
    _, trained = whole
    recipe = dataclasses.replace(RECIPE, accumulate=4)
    in_parts = train.fit(network(), batches, loss, recipe)
    for name in ("loss", "absolute", "gradient"):
        expected = [row[name] for row in trained.history]
        assert [row[name] for row in in_parts.history] == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize(("processes", "accumulate"), [(1, 1), (3, 2), (2, 5)])
def test_rows_of_all_parts_are_the_batch_each_once(processes, accumulate):
    recipe = Recipe(steps=1, batch=60, accumulate=accumulate)
    shares = parts(recipe, processes)
    taken = [list(range(60))[rows] for own in shares for rows in own]
    assert len({len(rows) for rows in taken}) == 1
    assert sorted(row for rows in taken for row in rows) == list(range(60))


@pytest.mark.parametrize(("batch", "accumulate", "processes"), [(10, 2, 2), (7, 1, 2), (2, 2, 2)])
def test_batches_that_cannot_be_shared_are_refused(batch, accumulate, processes):
    recipe = Recipe(steps=1, batch=batch, accumulate=accumulate)
    with pytest.raises(TrainingError, match=f"multiple of {accumulate * processes}"):
        parts(recipe, processes)


def test_best_is_the_smallest_of_the_validation_and_its_weights_give_it(whole):
    model, trained = whole
    values = [row["loss"] for row in trained.validation]
    assert [row["step"] for row in trained.validation] == [6, 12, 18, 24]
    assert trained.best == min(values)
    assert trained.best_step == 6 * (1 + values.index(min(values)))
    fresh = network()
    fresh.load_state_dict(trained.best_weights)
    assert validate(fresh)["loss"] == trained.best
    assert validate(model)["loss"] == values[-1]


def test_best_weights_stay_when_later_ones_are_worse():
    values = iter([3.0, 1.0, 2.0, 4.0])
    kept = {}

    def judge(model):
        value = next(values)
        kept[value] = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        return {"mm": value}

    trained = train.fit(network(), batches, loss, dataclasses.replace(RECIPE, watch="mm"), validate=judge)
    assert (trained.best, trained.best_step) == (1.0, 12)
    for name, tensor in kept[1.0].items():
        assert torch.equal(trained.best_weights[name], tensor)


def test_csv_says_what_the_history_says(tmp_path):
    recipe = dataclasses.replace(RECIPE, log_every=5)
    trained = train.fit(network(), batches, loss, recipe, tmp_path, validate=validate)
    for name, rows in (("training", trained.history), ("validation", trained.validation)):
        with (tmp_path / f"{name}.csv").open() as file:
            assert [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)] == rows
    assert [row["step"] for row in trained.history] == [5, 10, 15, 20, 24]


def test_validation_sees_no_dropout_and_no_gradient_and_training_goes_on_with_dropout():
    seen = []

    def judge(model):
        seen.append((model.training, torch.is_grad_enabled()))
        return validate(model)

    model = network(dropout=0.5)
    train.fit(model, batches, loss, RECIPE, validate=judge, progress=lambda *_: seen.append(model.training))
    assert seen.count((False, False)) == 4
    assert seen.count(True) == 24


def test_dropout_depends_on_the_seed_alone_and_torchs_own_numbers_are_left_alone():
    before = torch.random.get_rng_state()
    runs = []
    for seed in (0, 0, 1):
        torch.manual_seed(len(runs))
        recipe = dataclasses.replace(RECIPE, seed=seed, steps=6)
        runs.append([row["loss"] for row in train.fit(network(0.5), batches, loss, recipe).history])
        assert torch.initial_seed() == len(runs) - 1
    assert runs[0] == runs[1] != runs[2]
    torch.random.set_rng_state(before)


def test_a_loss_that_is_not_finite_stops_and_leaves_the_last_state(tmp_path):
    def bursts(step, rows):
        batch = batches(step, rows)
        return batch if step < 10 else {**batch, "y": batch["y"] * math.inf}

    with pytest.raises(TrainingError, match=r"loss is inf.* at step 10, .*step_00000008"):
        train.fit(network(), bursts, loss, RECIPE, tmp_path)
    model = network()
    assert train.fit(model, batches, loss, RECIPE, tmp_path).step == 24
    undisturbed = network()
    train.fit(undisturbed, batches, loss, RECIPE)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), undisturbed.parameters(), strict=True))


def test_a_gradient_that_is_not_finite_stops_though_the_loss_is_finite():
    def root(model, batch):
        return {"loss": (model(batch["x"]) * 0).abs().sqrt().mean()}

    with pytest.raises(TrainingError, match="gradient is nan at step 0, and no state"):
        train.fit(network(), batches, root, RECIPE)


def test_a_validation_without_what_is_watched_is_refused():
    recipe = dataclasses.replace(RECIPE, watch="mpjpe_mm")
    with pytest.raises(TrainingError, match="watches 'mpjpe_mm', and validate gives loss"):
        train.fit(network(), batches, loss, recipe, validate=validate)


def test_stop_ends_early_and_the_run_goes_on_from_there(tmp_path, whole):
    model = network()
    assert train.fit(model, batches, loss, RECIPE, tmp_path, validate=validate, stop=lambda step: step == 9).step == 9
    assert train.newest(tmp_path).step == 9
    trained = train.fit(model, batches, loss, RECIPE, tmp_path, validate=validate)
    assert trained.step == 24
    for ours, undisturbed in zip(model.parameters(), whole[0].parameters(), strict=True):
        assert torch.equal(ours, undisturbed)
    assert _without_time(trained.history) == _without_time(whole[1].history)


def test_a_finished_run_is_read_and_not_made_again(tmp_path):
    first = train.fit(network(), batches, loss, RECIPE, tmp_path, validate=validate)
    model = network()
    again = train.fit(model, lambda *_: pytest.fail("it trains"), loss, RECIPE, tmp_path, validate=validate)
    assert (again.history, again.validation, again.best) == (first.history, first.validation, first.best)
    assert validate(model)["loss"] == first.validation[-1]["loss"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"recipe": dataclasses.replace(RECIPE, lr=0.5)}, r"checkpoint.json .*recipe.lr is 0.02 there and 0.5 here"),
        ({"about": {**ABOUT, "dim": [3, 9, 1]}}, r"about.dim is \[3, 8, 1\] there and \[3, 9, 1\] here"),
        ({"about": {**ABOUT, "depth": 2}}, r"about.depth is 'nothing' there and 2 here"),
        ({"data_hash": "b"}, r"data_hash is 'a' there and 'b' here"),
    ],
)
def test_another_run_in_the_folder_is_refused(tmp_path, change, word):
    asked = {"recipe": RECIPE, "about": ABOUT, "data_hash": "a"}
    train.fit(network(), batches, loss, folder=tmp_path, stop=lambda step: step == 2, **asked)
    with pytest.raises(CheckpointError, match=word):
        train.fit(network(), batches, loss, folder=tmp_path, **asked | change)


def test_a_run_goes_on_in_other_parts_and_saves_at_other_times(tmp_path, whole):
    train.fit(network(), batches, loss, RECIPE, tmp_path, stop=lambda step: step == 9)
    model, recipe = network(), dataclasses.replace(RECIPE, accumulate=4, save_every=11)
    trained = train.fit(model, batches, loss, recipe, tmp_path)
    expected = [row["loss"] for row in whole[1].history]
    assert [row["loss"] for row in trained.history] == pytest.approx(expected, rel=1e-9)


def test_a_network_of_another_shape_is_refused(tmp_path):
    train.fit(network(), batches, loss, RECIPE, tmp_path, stop=lambda step: step == 2)
    wide = nn.Sequential(nn.LayerNorm(3), nn.Linear(3, 9), nn.Linear(9, 1)).double()
    with pytest.raises(CheckpointError, match=r"model.safetensors is of another network: .*1.weight is \[8, 3\]"):
        train.fit(wide, batches, loss, RECIPE, tmp_path)


def test_two_runs_at_once_in_one_folder_are_refused(tmp_path):
    def again(*_):
        with pytest.raises(CheckpointError, match="in use"):
            train.fit(network(), batches, loss, RECIPE, tmp_path)

    train.fit(network(), batches, loss, dataclasses.replace(RECIPE, steps=5), tmp_path, progress=again)
    train.fit(network(), batches, loss, dataclasses.replace(RECIPE, steps=5), tmp_path)


def _without_time(rows):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]
