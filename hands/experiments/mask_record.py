"""What a teacher makes of a movement while more and more of it is hidden, recorded for the mask lab (`viz.mask_lab`).

A clip is one window of the network. It has the true hand, one reconstruction for each kind of mask (`fusion.mask`) and
each share that is hidden, the mask of each, and if it is known what the blind network says, to which all is hidden.
A record is a few clips. Everything is in the hand's frame: the orientation of the whole hand is neither shown nor
scored.

The file (and the page) hold a record as JSON: ``{"format", "sha256", "record"}``, with the sum over the compact JSON of
``record``, which is ::

    {"kind": "mask_lab", "fps", "about", "unit", "errorUnit", "kinds", "ratios", "clips": [
        {"name", "frames", "truth": hand, "blind": hand or null, "hands": [hand, ...], "seen": {kind: [index, ...]}}]}

where ``seen[kind][r]`` is the place in ``hands`` of the reconstruction at ``ratios[r]``; what several masks share (with
nothing hidden, or all) is there once. A hand is ``{"betas": [10 numbers], "pose", "errors", "hidden"}``: axis-angle
vectors (time, 15, 3) as 16-bit integers times ``unit`` radians; MPJPE of each frame as unsigned 16-bit integers times
``errorUnit`` metres; and one bit for each token (time, 15), highest bit first, one where it is hidden. All are
little-endian and in base64. The truth has neither errors nor a mask, the blind hand no mask.

Errors are those of the rounded hands: what is shown is what is scored.

Explained in the book: *The fusion teacher*.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import roma
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from hands import mano
from hands.conventions import NUM_BETAS, NUM_JOINTS
from hands.experiments.results import ResultsError, book_results, read_json, write_json
from hands.metrics import mpjpe

FORMAT: Final = "hands.experiments.MaskRecord 1"
FILE: Final = "mask_lab.json"
MAX_BYTES: Final = 400_000
"""What a page should not exceed for one lab."""

KINDS: Final = ("frames", "joints", "both")
"""Kinds of masks, in the order of the lab's buttons."""
UNIT: Final = 1e-4
"""Radians of a pose's integers: less than 10 micrometres at a fingertip."""
ERROR_UNIT: Final = 1e-5
"""Metres of an error's integers."""
BETA_DIGITS: Final = 4
TOKENS: Final = NUM_JOINTS - 1

BLIND: Final = ("blind", 1.0)

Key = tuple[str, float]
"""A kind of mask, and the share of tokens that it hides."""


@dataclass(frozen=True, eq=False)
class Shown:
    """A right hand over time, in its own frame, rounded as the file holds it."""

    hand_pose: Float[Tensor, "time 15 3"]
    """Axis-angle, radians, relative to the flat hand."""
    betas: Float[Tensor, " 10"]

    def __post_init__(self) -> None:
        if not (torch.isfinite(self.hand_pose).all() and torch.isfinite(self.betas).all()):
            raise ResultsError("a hand of a mask record has values that are not finite")
        steps = (_shortest(self.hand_pose.detach().cpu().double()) / UNIT).round()
        object.__setattr__(self, "hand_pose", steps * UNIT)
        object.__setattr__(self, "betas", self.betas.detach().cpu().double().round(decimals=BETA_DIGITS))

    @staticmethod
    def of_6d(pose_6d: Float[Tensor, "time 15 6"], betas: Float[Tensor, " 10"]) -> Shown:
        """From what networks say: the first two columns of each rotation, one after the other."""
        rotmat = roma.special_gramschmidt(pose_6d.detach().cpu().double().unflatten(-1, (2, 3)).mT)
        return Shown(roma.rotmat_to_rotvec(rotmat), betas)

    def __len__(self) -> int:
        return len(self.hand_pose)


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
        names = [clip.name for clip in self.clips]
        if not names or len(set(names)) < len(names):
            raise ResultsError(f"clips of a mask record are named {names}: give one or more, each its own name")
        if not self.fps > 0:
            raise ResultsError(f"fps of a mask record is {self.fps}, expected a positive number")
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
    content = encode(record)
    return write_json(_path(path), {"format": FORMAT, "sha256": _checksum(content), "record": content})


def read(path: str | PathLike[str] | None = None) -> MaskRecord:
    """Read a record; the book's if no path is given.

    Raises:
        ResultsError: there is none, it is damaged, or it is of another format.
    """
    file = _path(path)
    if not file.is_file():
        raise ResultsError(f"there is no mask record {file}; `hands reproduce teacher` makes the book's")
    content = read_json(file)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ResultsError(f"{file} is no mask record of this version: it does not begin with {FORMAT!r}")
    if content.get("sha256") != _checksum(content.get("record")):
        raise ResultsError(f"{file} is damaged: its checksum is not that of its content")
    try:
        return decode(content["record"])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ResultsError(f"{file} holds no mask record: {type(error).__name__}: {error}") from error


def encode(record: MaskRecord) -> dict[str, Any]:
    """A record as the file and the page hold it.

    Raises:
        ResultsError: it is too heavy for a page.
    """
    content = {
        "kind": "mask_lab",
        "fps": record.fps,
        "about": record.about,
        "unit": UNIT,
        "errorUnit": ERROR_UNIT,
        "kinds": list(record.kinds),
        "ratios": list(record.ratios),
        "clips": [_encode_clip(clip, record) for clip in record.clips],
    }
    size = len(_compact(content))
    if size > MAX_BYTES:
        raise ResultsError(
            f"this mask record takes {size / 1000:.0f} kB of a page, at most {MAX_BYTES / 1000:.0f} kB are allowed: "
            "give fewer clips or shares"
        )
    return content


def decode(content: Mapping[str, Any]) -> MaskRecord:
    """The record that `encode` made this of."""
    unit, keys = content["unit"], [(kind, ratio) for kind in content["kinds"] for ratio in content["ratios"]]
    if unit != UNIT or content["errorUnit"] != ERROR_UNIT:
        raise ResultsError(f"units are {unit} rad and {content['errorUnit']} m, expected {UNIT} and {ERROR_UNIT}")
    return MaskRecord([_decode_clip(clip, keys) for clip in content["clips"]], content["fps"], content["about"])


def _encode_clip(clip: Clip, record: MaskRecord) -> dict[str, Any]:
    shown = {**clip.guesses, **({BLIND: clip.blind} if clip.blind else {})}
    wrong = dict(zip(shown, _errors(list(shown.values()), clip.truth), strict=True))
    hands = {key: _encode_hand(hand) | {"errors": _text(wrong[key], "<u2")} for key, hand in shown.items()}
    places: dict[str, int] = {}
    seen: dict[str, list[int]] = {kind: [] for kind in record.kinds}
    for kind, ratio in ((kind, ratio) for kind in record.kinds for ratio in record.ratios):
        text = _compact(hands[kind, ratio] | {"hidden": _bits(clip.hidden[kind, ratio])})
        seen[kind].append(places.setdefault(text, len(places)))
    return {
        "name": clip.name,
        "frames": len(clip.truth),
        "truth": _encode_hand(clip.truth),
        "blind": hands.get(BLIND),
        "hands": [json.loads(text) for text in places],
        "seen": seen,
    }


def _errors(shown: Sequence[Shown], truth: Shown) -> npt.NDArray[np.float64]:
    """MPJPE of each hand at each frame in units of the file: all of the default hand, posed at once."""
    hand = mano.load(dtype=torch.float64)
    betas, poses = torch.stack([h.betas for h in (truth, *shown)]), torch.stack([h.hand_pose for h in (truth, *shown)])
    keypoints = hand.keypoints(betas=betas[:, None], hand_pose=poses)
    steps = (mpjpe(keypoints[1:], keypoints[:1].expand_as(keypoints[1:])) / ERROR_UNIT).round()
    return steps.clamp(max=np.iinfo(np.uint16).max).numpy()


def _decode_clip(content: Mapping[str, Any], keys: Sequence[Key]) -> Clip:
    frames, hands, seen = content["frames"], content["hands"], content["seen"]
    ordered = [hands[place] for kind in dict.fromkeys(kind for kind, _ in keys) for place in seen[kind]]
    by_key = dict(zip(keys, ordered, strict=True))
    return Clip(
        content["name"],
        _decode_hand(content["truth"], frames),
        {key: _decode_hand(hand, frames) for key, hand in by_key.items()},
        {key: _mask(hand["hidden"], frames) for key, hand in by_key.items()},
        _decode_hand(content["blind"], frames) if content["blind"] else None,
    )


def _encode_hand(hand: Shown) -> dict[str, Any]:
    return {"betas": hand.betas.tolist(), "pose": _text((hand.hand_pose / UNIT).round().numpy(), "<i2")}


def _decode_hand(content: Mapping[str, Any], frames: int) -> Shown:
    steps = np.frombuffer(base64.b64decode(content["pose"], validate=True), "<i2").reshape(frames, TOKENS, 3)
    betas = np.array(content["betas"], np.float64).reshape(NUM_BETAS)
    return Shown(torch.tensor(steps.astype(np.float64)) * UNIT, torch.tensor(betas))


def _bits(mask: Bool[Tensor, "time 15"]) -> str:
    return base64.b64encode(np.packbits(mask.cpu().numpy()).tobytes()).decode()


def _mask(text: str, frames: int) -> Bool[Tensor, "time 15"]:
    packed = np.frombuffer(base64.b64decode(text, validate=True), np.uint8)
    if len(packed) != -(-frames * TOKENS // 8):
        raise ResultsError(f"a mask has {8 * len(packed)} bits, expected {frames * TOKENS}")
    return torch.tensor(np.unpackbits(packed, count=frames * TOKENS).astype(bool).reshape(frames, TOKENS))


def _text(values: npt.NDArray[np.float64], kind: str) -> str:
    return base64.b64encode(values.astype(kind).tobytes()).decode()


def _shortest(pose: Float[Tensor, "time 15 3"]) -> Float[Tensor, "time 15 3"]:
    """The same rotations by at most half a turn, which fit 16 bits."""
    angle = pose.norm(dim=-1, keepdim=True)
    return pose * (1 - 2 * torch.pi * (angle / (2 * torch.pi)).round() / angle.clamp(min=1e-12))


def _neighbours(keys: Sequence[Key]) -> list[tuple[Key, Key]]:
    """Each key of a kind and the one that hides a little less."""
    ordered = sorted(keys)
    return [(more, less) for less, more in pairwise(ordered) if more[0] == less[0]]


def _checksum(content: Any) -> str:
    return sha256(_compact(content).encode()).hexdigest()


def _compact(content: Any) -> str:
    return json.dumps(content, separators=(",", ":"), sort_keys=True)


def _path(path: str | PathLike[str] | None) -> Path:
    return book_results() / FILE if path is None else Path(path)
