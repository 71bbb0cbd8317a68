"""What a teacher answers when it is asked about a batch, and how it is asked but once.

All students of a study are shown the same windows in the same order, so their teacher is asked the same again and
again. Its answers can be kept on disk: a batch is recognised by what is in it, and the teacher by its weights.

Explained in the book: *Teaching a student*.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

import safetensors.torch
import torch
from jaxtyping import Float
from torch import Tensor

from hands.distill.student import Knowledge
from hands.fusion import Fused, Teacher

SHOWN: Final = ("features", "pose_6d", "betas", "hidden")
"""What of a batch a teacher sees."""
DIGEST: Final = sha256().digest_size


class Answer(NamedTuple):
    """What a student can learn from."""

    knowledge: Knowledge
    pose_6d: Float[Tensor, "batch time joints 6"]
    betas: Float[Tensor, "batch 10"]


Tutor = Callable[[Mapping[str, Tensor]], Answer]
"""Called with a batch, answers; without gradients, and the same each time."""


def knowledge(fused: Fused) -> Knowledge:
    """What a teacher has to give: its priors and Z, as the student's features are, means over joints."""
    prior = fused.priors
    return Knowledge(prior.shape, prior.pose.mean(-2), prior.motion.mean(-2), fused.tokens.mean(-2))


def asked(teacher: Teacher) -> Tutor:
    """A teacher that is asked each time; it is put into evaluation mode, stays as it is, and follows the batch to its
    device.
    """
    teacher.eval()

    @torch.no_grad()
    def answer(batch: Mapping[str, Tensor]) -> Answer:
        fused: Fused = teacher.to(batch["features"].device)(*(batch[name] for name in SHOWN))
        return Answer(knowledge(fused), fused.pose_6d, fused.betas)

    return answer


def kept(teacher: Teacher, folder: str | os.PathLike[str]) -> Tutor:
    """A teacher that is asked once: its answers are kept in a folder, which may be deleted at any time.

    Several processes may share the folder. A file that is not whole or was changed is made anew. An answer of a window
    of 32 frames takes 24 kB at width 32.
    """
    place, tutor, weights = Path(folder), asked(teacher), _digest(teacher.state_dict())
    place.mkdir(parents=True, exist_ok=True)

    def answer(batch: Mapping[str, Tensor]) -> Answer:
        path = place / sha256(weights + _digest({name: batch[name] for name in SHOWN})).hexdigest()
        found = _read(path)
        if found is None:
            found = tutor(batch)
            _write(path, found)
        device = batch["features"].device
        return Answer(Knowledge(*(one.to(device) for one in found.knowledge)), *(one.to(device) for one in found[1:]))

    return answer


def _digest(tensors: Mapping[str, Tensor]) -> bytes:
    return sha256(_bytes(tensors)).digest()


def _bytes(tensors: Mapping[str, Tensor]) -> bytes:
    return safetensors.torch.save({name: one.cpu().contiguous() for name, one in tensors.items()})


def _write(path: Path, answer: Answer) -> None:
    blob = _bytes({**answer.knowledge._asdict(), "pose_6d": answer.pose_6d, "betas": answer.betas})
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_bytes(sha256(blob).digest() + blob)
    part.replace(path)


def _read(path: Path) -> Answer | None:
    """None if there is none, or no whole one."""
    if not path.is_file():
        return None
    whole = path.read_bytes()
    if sha256(whole[DIGEST:]).digest() != whole[:DIGEST]:
        return None
    tensors = safetensors.torch.load(whole[DIGEST:])
    parts = Knowledge(*(tensors[name] for name in Knowledge._fields))
    return Answer(parts, tensors["pose_6d"], tensors["betas"])
