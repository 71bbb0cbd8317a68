"""What networks make of the same movements, recorded for the student lab (`viz.student_lab`).

A clip is a stretch of one recording: the true hand, and what each network says of it. A record is a few clips of the
same networks, from one to four, each with a name that readers see: a teacher and its students, say.

The file (`hands.experiments.recorded`) and the page hold a record as ::

    {"kind": "student_lab", "fps", "about", "unit", "errorUnit", "names", "clips": [
        {"name", "frames", "truth": hand, "hands": [hand, ...]}]}

with a hand for each of ``names``, in their order. Theirs also have ``errors`` (time, 21): how far each keypoint is off,
with the wrists in one place. The mean over the keypoints is MPJPE.

Explained in the book: part 4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Final

from hands.experiments.recorded import (
    UNITS,
    RecordFile,
    Shown,
    check_clips,
    decode_hand,
    encode_errors,
    encode_hand,
    errors,
)
from hands.experiments.results import ResultsError

FILE: Final = RecordFile(
    "hands.experiments.StudentRecord 1", "student record", "student_lab.json", "hands reproduce distill", 490_000
)
MOST: Final = 4
"""Networks that stand side by side."""


@dataclass(frozen=True, eq=False)
class Clip:
    """A stretch of a movement, and what networks make of it.

    Raises:
        ResultsError: they do not have the same frames, or there are none.
    """

    name: str
    """For the reader, such as "fist to fan"."""
    truth: Shown
    said: Mapping[str, Shown]
    """By the name of the network, in the lab's order."""

    def __post_init__(self) -> None:
        lengths = {name: len(hand) for name, hand in self.said.items()}
        if not len(self.truth) or set(lengths.values()) - {len(self.truth)}:
            raise ResultsError(f"clip {self.name!r} has {len(self.truth)} frames, what is shown of it has {lengths}")


@dataclass(frozen=True, eq=False)
class StudentRecord:
    """A few clips of the same networks.

    Raises:
        ResultsError: there is no clip, two have one name, or they are not of one to four networks, the same in each.
    """

    clips: Sequence[Clip]
    fps: float | int
    about: str
    """Which networks and which data, in a sentence that readers see."""

    def __post_init__(self) -> None:
        check_clips(FILE.called, [clip.name for clip in self.clips], self.fps)
        if not 1 <= len(self.names) <= MOST:
            raise ResultsError(f"a student record has {len(self.names)} networks, expected one to {MOST}")
        for clip in self.clips:
            if tuple(clip.said) != self.names:
                raise ResultsError(f"clip {clip.name!r} is of {list(clip.said)}, the first one of {list(self.names)}")

    @property
    def names(self) -> tuple[str, ...]:
        """Of the networks."""
        return tuple(self.clips[0].said)


def write(record: StudentRecord, path: str | PathLike[str] | None = None) -> Path:
    """Write a record; to the book's results if no path is given.

    Raises:
        ResultsError: it is too heavy for a page.
    """
    return FILE.write(encode(record), path)


def read(path: str | PathLike[str] | None = None) -> StudentRecord:
    """Read a record; the book's if no path is given.

    Raises:
        ResultsError: there is none, it is damaged, or it is of another format.
    """
    return FILE.read(path, decode)


def encode(record: StudentRecord) -> dict[str, Any]:
    """A record as the file and the page hold it.

    Raises:
        ResultsError: it is too heavy for a page.
    """
    content = {
        "kind": "student_lab",
        "fps": record.fps,
        "about": record.about,
        **UNITS,
        "names": list(record.names),
        "clips": [_encode_clip(clip) for clip in record.clips],
    }
    return FILE.fitting(content)


def decode(content: Mapping[str, Any]) -> StudentRecord:
    """The record that `encode` made this of."""
    clips = [_decode_clip(clip, content["names"]) for clip in content["clips"]]
    return StudentRecord(clips, content["fps"], content["about"])


def _encode_clip(clip: Clip) -> dict[str, Any]:
    said = list(clip.said.values())
    return {
        "name": clip.name,
        "frames": len(clip.truth),
        "truth": encode_hand(clip.truth),
        "hands": [
            encode_hand(hand) | {"errors": encode_errors(wrong)}
            for hand, wrong in zip(said, errors(said, clip.truth), strict=True)
        ],
    }


def _decode_clip(content: Mapping[str, Any], names: Sequence[str]) -> Clip:
    frames = content["frames"]
    if len(set(names)) < len(names):
        raise ResultsError(f"networks are named {list(names)}, expected each its own name")
    hands = [decode_hand(hand, frames) for hand in content["hands"]]
    return Clip(content["name"], decode_hand(content["truth"], frames), dict(zip(names, hands, strict=True)))
