"""Checkpoints and weights: what is written is read, and nothing damaged, foreign or torn is."""

from __future__ import annotations

import dataclasses
import json
import shutil

import pytest
import safetensors.torch
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from hands import train
from hands.train import Checkpoint, CheckpointError, checkpoint, store
from tests.train.small import network

QUICK = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
FILES = ("checkpoint.json", "model.safetensors", "optimizer.safetensors", "best_weights.safetensors")


def some(step=7, **changes) -> Checkpoint:
    draw = torch.Generator().manual_seed(0)
    tensors = {"w": torch.randn(2, 3, generator=draw), "count": torch.tensor(3)}
    asked = {"recipe": {"lr": 0.1}, "about": {"dim": 4}, "data_hash": "d"}
    whole = Checkpoint(step, asked, tensors, {"exp_avg/w": tensors["w"]}, 1 / 3, 5, tensors, 1.25, {"a.csv": {}})
    return dataclasses.replace(whole, **changes)


def same(one: Checkpoint, other: Checkpoint) -> bool:
    plain = [f.name for f in dataclasses.fields(Checkpoint) if f.name not in checkpoint.TENSORS]
    tensors = [(getattr(one, name), getattr(other, name)) for name in checkpoint.TENSORS]
    return all(getattr(one, name) == getattr(other, name) for name in plain) and all(
        a.keys() == b.keys() and all(torch.equal(a[k], b[k]) and a[k].dtype == b[k].dtype for k in a)
        for a, b in tensors
    )


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return some().save(tmp_path_factory.mktemp("run"))


def test_what_is_saved_is_loaded(saved):
    assert same(Checkpoint.load(saved), some())


def test_files_are_plain_safetensors_and_the_manifest_says_who_made_them(saved):
    assert torch.equal(safetensors.torch.load_file(saved / "model.safetensors")["w"], some().model["w"])
    manifest = json.loads((saved / "checkpoint.json").read_text())
    assert set(manifest["versions"]) == {"hands", "torch", "python"}
    assert manifest["versions"]["torch"] == torch.__version__
    assert set(manifest["files"]) == set(FILES) - {"checkpoint.json"}


@QUICK
@given(file=st.sampled_from(FILES), place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_flipped_byte_is_refused_by_the_name_of_its_file(saved, tmp_path, file, place, flip):
    copy = tmp_path / "step_00000007"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(saved, copy)
    content = bytearray((copy / file).read_bytes())
    content[int(place * len(content))] ^= flip
    (copy / file).write_bytes(content)
    found, refused = None, ""
    try:
        found = Checkpoint.load(copy)
    except CheckpointError as error:
        refused = str(error)
    # White space in the manifest may become other white space.
    harmless = file == "checkpoint.json" and found is not None and same(found, some())
    assert str(copy / file) in refused or harmless


@QUICK
@given(file=st.sampled_from(FILES), place=st.floats(0, 1, exclude_max=True))
def test_a_file_that_was_cut_short_is_refused(saved, tmp_path, file, place):
    copy = tmp_path / "step_00000007"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(saved, copy)
    content = (copy / file).read_bytes().rstrip(b"\n")
    (copy / file).write_bytes(content[: int(place * len(content))])
    with pytest.raises(CheckpointError, match=file):
        Checkpoint.load(copy)


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_named(saved, tmp_path, file):
    copy = shutil.copytree(saved, tmp_path / "copy")
    (copy / file).unlink()
    with pytest.raises(CheckpointError, match=f"{file} is missing"):
        Checkpoint.load(copy)


@pytest.mark.parametrize("text", ["[]", "7", '{"format": "hands.experiments.Run 1"}', "{", "[" * 100_000])
def test_other_files_are_refused(tmp_path, text):
    (tmp_path / "checkpoint.json").write_text(text)
    with pytest.raises(CheckpointError, match=r"checkpoint\.json is "):
        Checkpoint.load(tmp_path)


def test_tensors_of_another_checkpoint_are_refused(saved, tmp_path):
    other = some(model={"w": torch.zeros(2, 3), "count": torch.tensor(3)}).save(tmp_path)
    copy = shutil.copytree(saved, tmp_path / "copy")
    shutil.copy(other / "model.safetensors", copy / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"model\.safetensors is damaged or of another run"):
        Checkpoint.load(copy)


def test_the_newest_wins_and_older_ones_go_only_when_it_is_there(tmp_path, monkeypatch):
    assert train.newest(tmp_path) is None
    some(90).save(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(store.os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            some(100).save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["step_00000090"]
    some(100).save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["step_00000100"]
    assert train.newest(tmp_path).step == 100


def test_tensors_that_share_memory_are_kept(tmp_path):
    shared = torch.arange(6.0).reshape(2, 3)
    path = some(model={"w": shared, "tied": shared, "turned": shared.T}).save(tmp_path)
    assert torch.equal(Checkpoint.load(path).model["tied"], shared)
    assert torch.equal(Checkpoint.load(path).model["turned"], shared.T)


def test_moments_come_back_to_their_parameters():
    model = network()
    unused = nn.Parameter(torch.zeros(2))
    model.register_parameter("unused", unused)
    optimizer = torch.optim.AdamW(train.decay_groups(model, 0.1))
    model(torch.ones(2, 3, dtype=torch.float64)).sum().backward()
    optimizer.step()
    kept = some(model=model.state_dict(), optimizer=checkpoint.moments(model, optimizer))
    other = network()
    other.register_parameter("unused", nn.Parameter(torch.ones(2)))
    fresh = torch.optim.AdamW(train.decay_groups(other, 0.1))
    kept.restore(checkpoint.Path("x"), other, fresh)
    for mine, theirs in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine, theirs)
        assert fresh.state[theirs].keys() == optimizer.state[mine].keys()
        assert all(torch.equal(fresh.state[theirs][k], optimizer.state[mine][k]) for k in optimizer.state[mine])


def test_weights_come_back_with_what_was_said_about_them(tmp_path):
    model = network()
    path = train.save(tmp_path / "deep" / "teacher.safetensors", model, {"dim": 8, "sizes": (1, 2)})
    fresh = network().apply(lambda m: m.reset_parameters() if hasattr(m, "reset_parameters") else None)
    assert train.load(path, fresh) == train.read_about(path) == {"dim": 8, "sizes": [1, 2]}
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), fresh.parameters(), strict=True))
    assert sorted(p.name for p in path.parent.iterdir()) == ["teacher.json", "teacher.safetensors"]


@pytest.mark.parametrize(
    ("other", "word"),
    [
        (nn.Sequential(nn.Linear(3, 2)), r"0.weight is \[2, 2\], expected \[2, 3\]"),
        (nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)), r"1.weight is missing; 1.bias is missing"),
        (nn.Sequential(nn.Linear(2, 2, bias=False)), r"0.bias is unknown"),
    ],
)
def test_weights_of_another_network_are_refused_and_leave_it_alone(tmp_path, other, word):
    path = train.save(tmp_path / "w.safetensors", nn.Sequential(nn.Linear(2, 2)), {})
    before = store.snapshot(other.state_dict())
    with pytest.raises(CheckpointError, match=f"w.safetensors is of another network: {word}"):
        train.load(path, other)
    assert all(torch.equal(before[name], tensor) for name, tensor in other.state_dict().items())


def test_weights_and_words_of_two_saves_are_refused(tmp_path):
    train.save(tmp_path / "a.safetensors", nn.Linear(2, 2), {})
    train.save(tmp_path / "b.safetensors", nn.Linear(2, 2), {})
    (tmp_path / "b.json").replace(tmp_path / "a.json")
    with pytest.raises(CheckpointError, match=r"a\.safetensors is damaged or of another run"):
        train.load(tmp_path / "a.safetensors", nn.Linear(2, 2))


@pytest.mark.parametrize("about", [{"x": float("nan")}, {"x": object()}, {"x": torch.zeros(1)}])
def test_what_json_cannot_say_is_refused_before_anything_is_written(tmp_path, about):
    with pytest.raises(ValueError, match="about is to hold"):
        train.save(tmp_path / "w.safetensors", nn.Linear(1, 1), about)
    assert not list(tmp_path.iterdir())


def test_weights_have_a_name_that_says_so(tmp_path):
    with pytest.raises(ValueError, match=r"ends in \.safetensors"):
        train.save(tmp_path / "w.pt", nn.Linear(1, 1), {})
