"""What the records of the labs have in common: hands over time, small enough for a page, in files that notice damage.

Everything is in the hand's frame: the orientation of the whole hand is neither shown nor scored. A file is JSON, with
the sum over the compact JSON of its record, and in that a hand is ::

    {"format", "sha256", "record"}
    {"betas": [10 numbers], "pose"}

Poses are axis-angle vectors (time, 15, 3) as 16-bit integers times `UNIT` radians, errors unsigned 16-bit integers
times `ERROR_UNIT` metres. All are little-endian and in base64.

Errors are those of the rounded hands: what is shown is what is scored.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from os import PathLike
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt
import roma
import torch
from jaxtyping import Float
from torch import Tensor

from hands import mano
from hands.conventions import NUM_BETAS, NUM_JOINTS
from hands.experiments.results import ResultsError, book_results, read_json, write_json
from hands.metrics import wrist_aligned

UNIT: Final = 1e-4
"""Radians of a pose's integers: less than 10 micrometres at a fingertip."""
ERROR_UNIT: Final = 1e-5
"""Metres of an error's integers."""
BETA_DIGITS: Final = 4
TOKENS: Final = NUM_JOINTS - 1
UNITS: Final = {"unit": UNIT, "errorUnit": ERROR_UNIT}
"""As a record tells them."""

Record = TypeVar("Record")


@dataclass(frozen=True, eq=False)
class Shown:
    """A right hand over time, in its own frame, rounded as the file holds it."""

    hand_pose: Float[Tensor, "time 15 3"]
    """Axis-angle, radians, relative to the flat hand."""
    betas: Float[Tensor, " 10"]

    def __post_init__(self) -> None:
        if not (torch.isfinite(self.hand_pose).all() and torch.isfinite(self.betas).all()):
            raise ResultsError("a hand of a record has values that are not finite")
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


def errors(shown: Sequence[Shown], truth: Shown) -> Float[Tensor, "hands time 21"]:
    """How far each keypoint is off with the wrists in one place, metres: all of the default hand, posed at once."""
    hand = mano.load(dtype=torch.float64)
    betas, poses = torch.stack([h.betas for h in (truth, *shown)]), torch.stack([h.hand_pose for h in (truth, *shown)])
    keypoints = wrist_aligned(hand.keypoints(betas=betas[:, None], hand_pose=poses))
    return (keypoints[1:] - keypoints[:1]).norm(dim=-1)


@dataclass(frozen=True)
class RecordFile:
    """A kind of record, and how it is kept."""

    format: str
    """What a file begins with."""
    called: str
    """In sentences."""
    name: str
    """Of the book's file, among its results."""
    maker: str
    """The command that makes it."""
    max_bytes: int
    """What a page should not exceed for one lab."""

    def path(self, path: str | PathLike[str] | None) -> Path:
        """The book's, if none is given."""
        return book_results() / self.name if path is None else Path(path)

    def write(self, content: Mapping[str, Any], path: str | PathLike[str] | None) -> Path:
        """Write an encoded record; it is there in whole or not at all."""
        return write_json(self.path(path), {"format": self.format, "sha256": checksum(content), "record": content})

    def read(self, path: str | PathLike[str] | None, decode: Callable[[Mapping[str, Any]], Record]) -> Record:
        """Read a record.

        Raises:
            ResultsError: there is none, it is damaged, or it is of another format.
        """
        file = self.path(path)
        if not file.is_file():
            raise ResultsError(f"there is no {self.called} {file}; `{self.maker}` makes the book's")
        content = read_json(file)
        if not isinstance(content, dict) or content.get("format") != self.format:
            raise ResultsError(f"{file} is no {self.called} of this version: it does not begin with {self.format!r}")
        if content.get("sha256") != checksum(content.get("record")):
            raise ResultsError(f"{file} is damaged: its checksum is not that of its content")
        try:
            _check_units(content["record"])
            return decode(content["record"])
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ResultsError(f"{file} holds no {self.called}: {type(error).__name__}: {error}") from error

    def fitting(self, content: dict[str, Any]) -> dict[str, Any]:
        """An encoded record, if it is not too heavy for a page.

        Raises:
            ResultsError: it is.
        """
        size = len(compact(content))
        if size > self.max_bytes:
            raise ResultsError(
                f"this {self.called} takes {size / 1000:.0f} kB of a page, at most {self.max_bytes / 1000:.0f} kB are "
                "allowed: give fewer or shorter clips, or fewer hands in each"
            )
        return content


def check_clips(called: str, names: Sequence[str], fps: float | int) -> None:
    """Refuse records that no lab could show.

    Raises:
        ResultsError: there is no clip, two have one name, or time does not pass.
    """
    if not names or len(set(names)) < len(names):
        raise ResultsError(f"clips of a {called} are named {list(names)}: give one or more, each its own name")
    if not fps > 0:
        raise ResultsError(f"fps of a {called} is {fps}, expected a positive number")


def encode_hand(hand: Shown) -> dict[str, Any]:
    """As the file and the page hold it."""
    return {"betas": hand.betas.tolist(), "pose": text((hand.hand_pose / UNIT).round().numpy(), "<i2")}


def decode_hand(content: Mapping[str, Any], frames: int) -> Shown:
    """The hand that `encode_hand` made this of."""
    steps = np.frombuffer(base64.b64decode(content["pose"], validate=True), "<i2").reshape(frames, TOKENS, 3)
    betas = np.array(content["betas"], np.float64).reshape(NUM_BETAS)
    return Shown(torch.tensor(steps.astype(np.float64)) * UNIT, torch.tensor(betas))


def encode_errors(wrong: Float[Tensor, "*values"]) -> str:
    """Metres, as the file and the page hold them."""
    return text((wrong / ERROR_UNIT).round().clamp(max=np.iinfo(np.uint16).max).numpy(), "<u2")


def text(values: npt.NDArray[np.float64], kind: str) -> str:
    """Whole numbers of a kind in base64."""
    return base64.b64encode(values.astype(kind).tobytes()).decode()


def checksum(content: Any) -> str:
    """Of an encoded record."""
    return sha256(compact(content).encode()).hexdigest()


def compact(content: Any) -> str:
    """JSON, the shortest way, its keys in order."""
    return json.dumps(content, separators=(",", ":"), sort_keys=True)


def _check_units(content: Mapping[str, Any]) -> None:
    unit, error_unit = content["unit"], content["errorUnit"]
    if (unit, error_unit) != (UNIT, ERROR_UNIT):
        raise ResultsError(f"units are {unit} rad and {error_unit} m, expected {UNIT} and {ERROR_UNIT}")


def _shortest(pose: Float[Tensor, "time 15 3"]) -> Float[Tensor, "time 15 3"]:
    """The same rotations by at most half a turn, which fit 16 bits."""
    angle = pose.norm(dim=-1, keepdim=True)
    return pose * (1 - 2 * torch.pi * (angle / (2 * torch.pi)).round() / angle.clamp(min=1e-12))
