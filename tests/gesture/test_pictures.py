"""The set on the disk: made in whole or not at all, on from where it stopped, the same from any number of processes."""

import json
import shutil

import numpy as np
import pytest
import torch

from hands import gesture, mano
from hands.data.store import SimHandError
from hands.gesture import generation, render, series
from hands.mano.gestures import GESTURES

TINY = {"takes": 1, "size": 16, "samples": 1}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("generated")
        patch.setenv("HANDS_DATA", str(place))
        patch.setattr(series, "NAMES", gesture.NAMES[:3])
        patch.setattr("hands.gesture.plan.NAMES", gesture.NAMES[:3])
        patch.setattr(generation, "NAMES", gesture.NAMES[:3])
        yield place


@pytest.fixture(scope="module")
def seen(home):
    """Three gestures by two subjects."""
    return gesture.pictures(**TINY, subjects=("S02", "S13"), workers=1)


def test_labels_are_those_of_the_table_and_rows_in_their_order(seen):
    assert [gesture.NAMES[i] for i in seen.gesture] == [*gesture.NAMES[:3]] * 2
    assert [(GESTURES[n].coarse, GESTURES[n].fine) for n in gesture.NAMES[:3]] * 2 == [
        *zip(seen.coarse, seen.fine, strict=True)
    ]
    assert seen.subject.tolist() == [2, 2, 2, 13, 13, 13]
    assert seen.split("train").tolist() == [0, 1, 2]
    assert seen.split("validation").tolist() == []
    assert seen.split("test").tolist() == [3, 4, 5]
    assert len(seen) == len(seen.images) == 6


def test_the_series_are_what_the_manifest_says(seen):
    manifest = json.loads((seen.path / "pictures.json").read_text())
    for name, entry in manifest["series"].items():
        array = getattr(seen, name)
        assert (array.dtype.str, list(array.shape)) == (entry["dtype"], entry["shape"]), name
        assert not array.flags.writeable
    assert manifest["names"]["gesture"] == [*GESTURES]
    gesture.Pictures(seen.path, verify=True)


def test_the_labels_of_a_row_pose_its_keypoints(seen):
    """MANO, the camera's numbers and the depth agree with the keypoints that are kept."""
    hand = mano.load()
    labels = {k: torch.tensor(getattr(seen, k)) for k in ("betas", "global_orient", "hand_pose", "transl")}
    keypoints = hand(**labels).keypoints.numpy()
    np.testing.assert_allclose(keypoints, seen.keypoints, atol=2e-6)
    focal, centre = seen.camera[:, :1, None], seen.camera[:, None, 1:]
    np.testing.assert_allclose(focal * keypoints[..., :2] / keypoints[..., 2:] + centre, seen.pixels, atol=2e-3)
    mask, metres = seen.mask(slice(None)), seen.metres(slice(None))
    assert (mask == (metres > 0)).all()
    for i in range(6):
        assert abs(np.median(metres[i][mask[i]]) - keypoints[i, :, 2].mean()) < 0.05
    np.testing.assert_allclose(np.linalg.det(seen.upright), 1.0, atol=1e-6)


def test_a_take_does_not_depend_on_others(home, seen):
    """A take that is made alone, as another process would make it, is that of the set."""
    plan = gesture.PicturePlan(**TINY, subjects=("S02", "S13"))
    studio = gesture.Studio()
    alone = series.take(plan, plan.shards[1], studio)
    for name, values in alone.items():
        np.testing.assert_array_equal(values, getattr(seen, name)[3:], err_msg=name)


def test_what_was_stopped_goes_on_with_the_takes_that_are_there(home, seen, monkeypatch):
    made = []
    monkeypatch.setattr(generation, "take", lambda plan, shard, studio: made.append(shard.name) or _rows(plan))
    plan = gesture.PicturePlan(**TINY, subjects=("S02", "S13"), seed=5)
    path = home / "stopped"
    told = []
    with pytest.raises(KeyboardInterrupt):
        gesture.generate(path, plan, workers=1, progress=_stopping)
    assert not path.exists()
    gesture.generate(path, plan, workers=1, progress=lambda done, total: told.append((done, total)))
    assert made == ["S02-000", "S13-000"]
    assert told[-1] == (6, 6)
    assert len(gesture.Pictures(path)) == 6
    assert not list(home.glob(".stopped*takes")), "takes go when the set is whole"


def _rows(plan):
    return {k: np.zeros(shape, series.SERIES[k].dtype) for k, shape in series.shapes(plan, 3).items()}


def _stopping(done, total):
    raise KeyboardInterrupt


def test_processes_that_end_early_are_told_of(home, monkeypatch):
    monkeypatch.setattr(generation, "COMMAND", ("false",))
    with pytest.raises(SimHandError, match="ended with status 1"):
        gesture.generate(home / "ended", gesture.PicturePlan(**TINY), workers=2)


def test_without_the_renderer_a_sentence_says_what_to_install(home, monkeypatch):
    monkeypatch.setattr(render, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'hands\[pictures\]'"):
        gesture.pictures(**TINY, seed=9)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"takes": 0}, "takes is 0, expected a whole number from 1"),
        ({"size": 8}, "size is 8, expected a whole number from 16"),
        ({"subjects": ("S99",)}, "subjects are .*S99"),
        ({"workers": 0}, "workers is 0"),
    ],
)
def test_what_makes_no_sense_is_refused(home, arguments, said):
    with pytest.raises(SimHandError, match=said):
        gesture.pictures(**{**TINY, **arguments})


def test_damage_is_told_of(home, seen, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(seen.path, copy)
    (copy / "images.npy").write_bytes((copy / "images.npy").read_bytes()[:-5] + b"12345")
    with pytest.raises(SimHandError, match=r"images\.npy is not what was made"):
        gesture.Pictures(copy, verify=True)
    (copy / "images.npy").write_bytes(b"no array")
    with pytest.raises(SimHandError, match=r"images\.npy is damaged"):
        gesture.Pictures(copy)
    manifest = json.loads((copy / "pictures.json").read_text())
    (copy / "pictures.json").write_text(json.dumps({**manifest, "version": 0}))
    with pytest.raises(SimHandError, match="it is of version 0"):
        gesture.Pictures(copy)


def test_the_number_of_a_set_changes_with_its_definition_and_not_with_its_seed():
    plans = [
        gesture.PicturePlan(**changed)
        for changed in ({}, {"takes": 3}, {"size": 64}, {"samples": 4}, {"subjects": ("S01",)})
    ]
    assert len({gesture.pictures_hash(plan) for plan in plans}) == 5
    assert gesture.pictures_hash(gesture.PicturePlan(seed=3)) == gesture.pictures_hash(gesture.PicturePlan())
