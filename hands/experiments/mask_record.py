"""What a teacher makes of a movement while more and more of it is hidden, recorded for the mask lab (`viz.mask_lab`).

A clip is one window of the network. It has the true hand, one reconstruction for each kind of mask (`fusion.mask`) and
each share that is hidden, the mask of each, and if it is known what the blind network says, to which all is hidden.
A record is a few clips.

The file (`hands.experiments.recorded`) and the page hold a record as ::

    {"kind": "mask_lab", "fps", "about", "unit", "errorUnit", "kinds", "ratios", "clips": [
        {"name", "frames", "truth": hand, "blind": hand or null, "hands": [hand, ...], "seen": {kind: [index, ...]}}]}

where ``seen[kind][r]`` is the place in ``hands`` of the reconstruction at ``ratios[r]``; what several masks share (with
nothing hidden, or all) is there once. A hand also has ``errors``, MPJPE of each frame, and ``hidden``, one bit for each
token (time, 15), highest bit first, one where it is hidden. The truth has neither errors nor a mask, the blind hand no
mask.

Explained in the book: *The fusion teacher*.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from hands.experiments.recorded import (
    TOKENS,
    UNITS,
    RecordFile,
    Shown,
    check_clips,
    compact,
    decode_hand,
    encode_errors,
    encode_hand,
    errors,
)
from hands.experiments.results import ResultsError

FILE: Final = RecordFile(
    "hands.experiments.MaskRecord 1", "mask record", "mask_lab.json", "hands reproduce teacher", 400_000
)

KINDS: Final = ("frames", "joints", "both")
"""Kinds of masks, in the order of the lab's buttons."""
BLIND: Final = ("blind", 1.0)

Key = tuple[str, float]
"""A kind of mask, and the share of tokens that it hides."""


@dataclass(frozen=True, eq=False)
class Clip:
    """One window of a movement, and what was made of it.

    Raises:
        ResultsError: frames or masks do not fit together.
    """

    name: str
    """For the reader, such as "fist to fan"."""
    truth: Shown
    guesses: Mapping[Key, Shown]
    """By the kind of mask and the share that it hides."""
    hidden: Mapping[Key, Bool[Tensor, "time 15"]]
    """True where a token is hidden. Masks of one kind have the same noise, so that a larger share hides a superset."""
    blind: Shown | None = None
    """What the network says that sees the sensors alone."""

    def __post_init__(self) -> None:
        if set(self.guesses) != set(self.hidden) or not self.guesses:
            raise ResultsError(f"clip {self.name!r} has masks without reconstructions, or the other way round")
        shown = [*self.guesses.values(), *([self.blind] if self.blind else [])]
        if {len(hand) for hand in shown} | {len(mask) for mask in self.hidden.values()} != {len(self.truth)}:
            raise ResultsError(f"clip {self.name!r} has {len(self.truth)} frames, and not all that is shown of it has")
        for (kind, ratio), (_, less) in _neighbours(list(self.hidden)):
            if (self.hidden[kind, less] & ~self.hidden[kind, ratio]).any():
                raise ResultsError(
                    f"clip {self.name!r}: hiding {ratio:.0%} of {kind} shows tokens that {less:.0%} hides; "
                    "take the same noise for all shares"
                )


@dataclass(frozen=True, eq=False)
class MaskRecord:
    """A few clips of one teacher.

    Raises:
        ResultsError: there is no clip, two have one name, or they were not recorded with the same masks.
    """

    clips: Sequence[Clip]
    fps: float | int
    about: str
    """Which teacher and which data, in a sentence that readers see."""

    def __post_init__(self) -> None:
        check_clips(FILE.called, [clip.name for clip in self.clips], self.fps)
        wanted = {(kind, ratio) for kind in self.kinds for ratio in self.ratios}
        if len(self.ratios) < 2 or any(set(clip.guesses) != wanted for clip in self.clips):
            raise ResultsError("clips of a mask record need the same kinds of masks and the same shares, two or more")

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Those that there are, in the lab's order."""
        return tuple(kind for kind in KINDS if any(kind == k for k, _ in self.clips[0].guesses))

    @cached_property
    def ratios(self) -> tuple[float, ...]:
        """Shares of tokens that are hidden, from the smallest."""
        return tuple(sorted({ratio for _, ratio in self.clips[0].guesses}))


def write(record: MaskRecord, path: str | PathLike[str] | None = None) -> Path:
    """Write a record; to the book's results if no path is given.

    Raises:
        ResultsError: it is too heavy for a page.
    """
    return FILE.write(encode(record), path)


def read(path: str | PathLike[str] | None = None) -> MaskRecord:
    """Read a record; the book's if no path is given.

    Raises:
        ResultsError: there is none, it is damaged, or it is of another format.
    """
    return FILE.read(path, decode)


def encode(record: MaskRecord) -> dict[str, Any]:
    """A record as the file and the page hold it.

    Raises:
        ResultsError: it is too heavy for a page.
    """
    content = {
        "kind": "mask_lab",
        "fps": record.fps,
        "about": record.about,
        **UNITS,
        "kinds": list(record.kinds),
        "ratios": list(record.ratios),
        "clips": [_encode_clip(clip, record) for clip in record.clips],
    }
    return FILE.fitting(content)


def decode(content: Mapping[str, Any]) -> MaskRecord:
    """The record that `encode` made this of."""
    keys = [(kind, ratio) for kind in content["kinds"] for ratio in content["ratios"]]
    return MaskRecord([_decode_clip(clip, keys) for clip in content["clips"]], content["fps"], content["about"])


def _encode_clip(clip: Clip, record: MaskRecord) -> dict[str, Any]:
    shown = {**clip.guesses, **({BLIND: clip.blind} if clip.blind else {})}
    wrong = dict(zip(shown, errors(list(shown.values()), clip.truth).mean(-1), strict=True))
    hands = {key: encode_hand(hand) | {"errors": encode_errors(wrong[key])} for key, hand in shown.items()}
    places: dict[str, int] = {}
    seen: dict[str, list[int]] = {kind: [] for kind in record.kinds}
    for kind, ratio in ((kind, ratio) for kind in record.kinds for ratio in record.ratios):
        text = compact(hands[kind, ratio] | {"hidden": _bits(clip.hidden[kind, ratio])})
        seen[kind].append(places.setdefault(text, len(places)))
    return {
        "name": clip.name,
        "frames": len(clip.truth),
        "truth": encode_hand(clip.truth),
        "blind": hands.get(BLIND),
        "hands": [json.loads(text) for text in places],
        "seen": seen,
    }


def _decode_clip(content: Mapping[str, Any], keys: Sequence[Key]) -> Clip:
    frames, hands, seen = content["frames"], content["hands"], content["seen"]
    ordered = [hands[place] for kind in dict.fromkeys(kind for kind, _ in keys) for place in seen[kind]]
    by_key = dict(zip(keys, ordered, strict=True))
    return Clip(
        content["name"],
        decode_hand(content["truth"], frames),
        {key: decode_hand(hand, frames) for key, hand in by_key.items()},
        {key: _mask(hand["hidden"], frames) for key, hand in by_key.items()},
        decode_hand(content["blind"], frames) if content["blind"] else None,
    )


def _bits(mask: Bool[Tensor, "time 15"]) -> str:
    return base64.b64encode(np.packbits(mask.cpu().numpy()).tobytes()).decode()


def _mask(text: str, frames: int) -> Bool[Tensor, "time 15"]:
    packed = np.frombuffer(base64.b64decode(text, validate=True), np.uint8)
    if len(packed) != -(-frames * TOKENS // 8):
        raise ResultsError(f"a mask has {8 * len(packed)} bits, expected {frames * TOKENS}")
    return torch.tensor(np.unpackbits(packed, count=frames * TOKENS).astype(bool).reshape(frames, TOKENS))


def _neighbours(keys: Sequence[Key]) -> list[tuple[Key, Key]]:
    """Each key of a kind and the one that hides a little less."""
    ordered = sorted(keys)
    return [(more, less) for less, more in pairwise(ordered) if more[0] == less[0]]
