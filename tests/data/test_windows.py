"""Windows, against a loop that asks of every frame; and that each frame is counted once."""

import inspect

import hypothesis
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hands.data import Windows, windows

settings = hypothesis.settings(max_examples=50)
TAILS = ("align", "pad", "drop")


@st.composite
def cases(draw):
    length = draw(st.integers(1, 9))
    lengths = draw(st.lists(st.integers(length, 40), min_size=1, max_size=4))
    return lengths, length, draw(st.integers(1, 12)), draw(st.sampled_from(TAILS))


def by_loop(lengths, length, stride, tail):
    """Rows (None beyond the end) of every window, window by window."""
    found, begin = [], 0
    for frames in lengths:
        start, own, end = 0, [], 0
        while start + length <= frames:
            own.append([begin + start + i for i in range(length)])
            end = start + length
            start += stride
        if end < frames and tail == "align":
            own.append([begin + frames - length + i for i in range(length)])
        if end < frames and tail == "pad" and start < frames:
            own.append([begin + start + i if start + i < frames else None for i in range(length)])
        found += own
        begin += frames
    return found


@settings
@given(cases())
def test_rows_are_those_of_a_loop(case):
    lengths, length, stride, tail = case
    cut = windows(lengths, length, stride, tail=tail)
    expected = by_loop(lengths, length, stride, tail)
    assert len(cut) == len(expected)
    for rows, valid, wanted in zip(cut.rows.tolist(), cut.valid.tolist(), expected, strict=True):
        assert valid == [row is not None for row in wanted]
        assert [row for row, v in zip(rows, valid, strict=True) if v] == [row for row in wanted if row is not None]


@settings
@given(cases())
def test_no_window_holds_frames_of_two_recordings(case):
    lengths, length, stride, tail = case
    owner = np.repeat(np.arange(len(lengths)), lengths)
    cut = windows(lengths, length, stride, tail=tail)
    assert (owner[cut.rows] == cut.recordings[:, None]).all()


@settings
@given(cases())
def test_each_frame_is_counted_once(case):
    lengths, length, stride, tail = case
    cut = windows(lengths, length, stride, tail=tail)
    counted = cut.rows[cut.first].tolist()
    seen = sorted({row for window in by_loop(lengths, length, stride, tail) for row in window if row is not None})
    assert counted == seen  # in their order, and none twice
    if tail != "drop" and stride <= length:
        assert counted == list(range(sum(lengths)))


@settings
@given(cases(), st.booleans())
def test_join_undoes_cut(case, as_tensor):
    lengths, length, stride, tail = case
    if stride > length or tail == "drop":
        return
    series = np.random.default_rng(0).standard_normal((sum(lengths), 2))
    series = torch.from_numpy(series) if as_tensor else series
    cut = windows(lengths, length, stride, tail=tail)
    back = cut.join(cut.cut(series))
    assert (back == series).all()
    assert type(back) is type(series)


def test_padding_repeats_the_last_frame_of_the_recording_and_not_the_next_ones_first():
    cut = windows([5, 5], 4, 4, tail="pad")
    assert cut.rows.tolist() == [[0, 1, 2, 3], [4, 4, 4, 4], [5, 6, 7, 8], [9, 9, 9, 9]]
    assert cut.valid.sum() == 10


def test_recordings_may_lie_apart():
    cut = windows([4, 5], 3, 2, begins=[100, 7])
    assert cut.starts.tolist() == [100, 101, 7, 9]
    assert sorted(cut.rows[cut.first].tolist()) == [7, 8, 9, 10, 11, 100, 101, 102, 103]


def test_recordings_shorter_than_a_window():
    assert len(windows([3, 4], 4, 4, tail="drop")) == 1
    padded = windows([3, 4], 4, 4, tail="pad")
    assert padded.valid.tolist() == [[True, True, True, False], [True] * 4]
    with pytest.raises(ValueError, match="3 frames holds no window of 4: take tail='pad'"):
        windows([8, 3], 4, 4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lengths": [8, 0]}, "at least 1"),
        ({"lengths": [8], "length": 0}, "at least 1"),
        ({"lengths": [8], "stride": 0}, "at least 1"),
        ({"lengths": [8], "tail": "wrap"}, "expected one of align, pad, drop"),
        ({"lengths": [8], "length": 4, "begins": [0, 8]}, "2 recordings begin somewhere, and 1 have a length"),
    ],
)
def test_what_makes_no_sense(arguments, message):
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(windows)(**arguments)


def test_values_of_other_windows_cannot_be_joined():
    cut = windows([8], 4, 4)
    with pytest.raises(ValueError, match=r"values are \(2, 3\), expected \(2, 4\)"):
        cut.join(np.zeros((2, 3)))


def test_no_recordings_make_no_windows():
    none = windows([], 4, 4)
    assert isinstance(none, Windows)
    assert none.rows.shape == none.first.shape == (0, 4)
