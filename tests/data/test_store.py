"""Folders of arrays: there in whole or not at all, made once, and honest about what is wrong with them."""

import errno
import json
import multiprocessing
import os
import signal
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from hands.data import SimHandError, store

SHAPES = {"a": (6, 2), "b": (4,)}


@pytest.fixture
def folder(tmp_path):
    target = tmp_path / "set"
    target.mkdir()
    store.create(target, SHAPES)
    return target


def names(place):
    """What lies there, locks aside."""
    return sorted(path.name for path in place.iterdir() if not path.name.endswith(".lock"))


def test_rows_go_where_they_belong_and_nowhere_else(folder):
    store.write_rows(folder, "a", 2, np.arange(6.0).reshape(3, 2))
    series = store.open_series(folder, SHAPES)
    assert series["a"].tolist() == [[0, 0], [0, 0], [0, 1], [2, 3], [4, 5], [0, 0]]
    assert series["b"].tolist() == [0] * 4
    assert series["a"].dtype == np.dtype("<f4")


def test_what_lies_in_memory_in_another_order_is_written_row_by_row(folder):
    store.write_rows(folder, "a", 0, np.arange(12.0).reshape(2, 6).T)
    assert store.open_series(folder, SHAPES)["a"].tolist() == np.arange(12.0).reshape(2, 6).T.tolist()


@pytest.mark.parametrize(("start", "shape"), [(4, (3, 2)), (-1, (2, 2)), (0, (2, 3)), (0, (2,))])
def test_rows_that_do_not_fit(folder, start, shape):
    with pytest.raises(ValueError, match="does not fit"):
        store.write_rows(folder, "a", start, np.zeros(shape))


def test_the_series_cannot_be_written_by_accident(folder):
    with pytest.raises(ValueError, match="read-only"):
        store.open_series(folder, SHAPES)["a"][0] = 1


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-4])


def emptied(path):
    path.write_bytes(b"")


def without_header(path):
    path.write_bytes(b"x" * 200)


def in_double_precision(path):
    np.save(path, np.zeros((6, 2)))


def with_other_rows(path):
    np.save(path, np.zeros((5, 2), "<f4"))


def column_by_column(path):
    np.save(path, np.asfortranarray(np.zeros((6, 2), "<f4")))


def of_objects(path):
    np.save(path, np.array([{}] * 6), allow_pickle=True)


def an_archive(path):
    with path.open("wb") as file:
        np.savez(file, a=np.zeros(3))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.unlink(), "a.npy is missing"),
        (cut_short, "a.npy is damaged or cut short"),
        (emptied, "a.npy is damaged or cut short"),
        (without_header, "a.npy is damaged or cut short"),
        (of_objects, "a.npy is damaged or cut short"),
        (in_double_precision, r"a.npy holds float64 of shape \(6, 2\), expected float32 of shape \(6, 2\)"),
        (with_other_rows, r"a.npy holds float32 of shape \(5, 2\), expected"),
        (column_by_column, "a.npy holds columns one after another"),
        (an_archive, "a.npy holds an archive"),
    ],
)
def test_a_damaged_series_is_named(folder, damage, message):
    damage(folder / "a.npy")
    with pytest.raises(SimHandError, match=rf"{folder} cannot be used: {message}.*Delete that folder"):
        store.open_series(folder, SHAPES)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_manifest_is_named(tmp_path, content):
    (tmp_path / "m.json").write_bytes(content)
    with pytest.raises(SimHandError, match=r"m\.json is damaged"):
        store.read_manifest(tmp_path, "m.json")


def test_a_folder_without_a_manifest_is_no_data_set(tmp_path):
    with pytest.raises(SimHandError, match=r"holds no data set: there is no m\.json"):
        store.read_manifest(tmp_path, "m.json")


def test_a_manifest_comes_back(tmp_path):
    store.write_manifest(tmp_path, "m.json", {"a": [1, 2], "b": "µ"})
    assert store.read_manifest(tmp_path, "m.json") == {"a": [1, 2], "b": "µ"}
    assert json.loads((tmp_path / "m.json").read_text(encoding="utf-8")) == {"a": [1, 2], "b": "µ"}


def test_checksums_are_those_of_sha256sum(folder):
    import hashlib

    assert store.checksum(folder / "a.npy") == hashlib.sha256((folder / "a.npy").read_bytes()).hexdigest()


def test_where_there_is_no_room_nothing_is_begun(tmp_path, monkeypatch):
    monkeypatch.setattr(store.shutil, "disk_usage", lambda _: SimpleNamespace(free=63))
    with pytest.raises(SimHandError, match=r"this needs 0\.00 GB: make room, or let HANDS_DATA name"):
        store.create(tmp_path, SHAPES)
    assert names(tmp_path) == []
    monkeypatch.setattr(store.shutil, "disk_usage", lambda _: SimpleNamespace(free=64))
    store.create(tmp_path, SHAPES)


def content(text):
    def fill(part):
        (part / "content").write_text(text)

    return fill


def test_a_folder_is_made_and_then_left_alone(tmp_path):
    target = tmp_path / "deep" / "set"
    store.make_once(target, content("first"))
    store.make_once(target, content("second"))
    assert (target / "content").read_text() == "first"
    assert names(target.parent) == ["set"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left"), SimHandError("no")])
def test_what_fails_half_way_leaves_nothing(tmp_path, error):
    def fail(part):
        content("half")(part)
        raise error

    with pytest.raises(type(error)):
        store.make_once(tmp_path / "set", fail)
    assert names(tmp_path) == []


def killed(target):
    def fill(part):
        content("half")(part)
        os.kill(os.getpid(), signal.SIGKILL)

    store.make_once(target, fill)


def test_what_a_killed_process_left_goes_with_the_next_run(tmp_path):
    process = multiprocessing.get_context("fork").Process(target=killed, args=(tmp_path / "set",))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    (left,) = names(tmp_path)
    assert left.startswith(".set.")
    store.make_once(tmp_path / "set", content("whole"))
    assert names(tmp_path) == ["set"]


def test_other_sets_being_made_next_to_it_are_left_alone(tmp_path):
    (tmp_path / ".other.123.part").mkdir()
    (tmp_path / ".set2.123.part").mkdir()
    store.make_once(tmp_path / "set", content("whole"))
    assert names(tmp_path) == [".other.123.part", ".set2.123.part", "set"]


def test_of_two_at_once_one_makes_it_and_the_other_waits(tmp_path):
    made, begun = [], threading.Event()

    def fill(part):
        begun.set()
        made.append(part)
        time.sleep(0.2)
        content("whole")(part)

    first = threading.Thread(target=store.make_once, args=(tmp_path / "set", fill))
    second = threading.Thread(target=store.make_once, args=(tmp_path / "set", fill))
    first.start()
    begun.wait(10)
    second.start()
    first.join(10)
    second.join(10)
    assert len(made) == 1
    assert names(tmp_path) == ["set"]


def test_without_locks_the_second_finds_what_the_first_made(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_lock", lambda _: False)
    target = tmp_path / "set"

    def slow(part):
        content("slow")(part)
        store.make_once(target, content("quick"))  # another process, meanwhile

    store.make_once(target, slow)
    assert (target / "content").read_text() == "quick"
    assert names(tmp_path) == ["set"]


def test_where_nothing_can_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        store.make_once(tmp_path / "file" / "set", content("whole"))
