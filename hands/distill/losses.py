r"""Losses of distillation: directions of features, compared.

Of features z of the student (S) and of the teacher (T) only directions count, one vector for each window or frame:

$$
L_{ss} = \Big\lVert \frac{z_S^{sh}}{|z_S^{sh}|} - \frac{z_T^{sh}}{|z_T^{sh}|} \Big\rVert^2 , \qquad
L_{ps}, L_{ts} = \frac1T \sum_t \Big\lVert \frac{z_{S,t}}{|z_{S,t}|} - \frac{z_{T,t}}{|z_{T,t}|} \Big\rVert^2 ,
$$

which is $2 - 2 \cos$ of the angle between them: 0 where they agree, 2 where they are at right angles, 4 where they are
opposite, whatever their number of channels.

Source: MGDHand, as a note on it gives the equations; that one vector is one frame, a mean over joints, is our reading.
Explained in the book: *Teaching a student*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from hands.distill.answers import Answer, Tutor, asked
from hands.distill.student import Knowledge, Said
from hands.distill.teaching import Teaching
from hands.distill.worn import Shown
from hands.fusion import LossWeights, Teacher, auxiliary_terms, reconstruction_terms, sixd_to_rotmat
from hands.fusion.losses import Loss
from hands.mano import Hand

NOTHING: Final = 1e-6
"""The length below which a vector has no direction."""


def distance(student: Float[Tensor, "*batch dim"], teacher: Float[Tensor, "*batch dim"]) -> Float[Tensor, ""]:
    """Mean squared distance of directions, 0 to 4; the teacher's get no gradient.

    Example:
        >>> east, north = torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 0.1]])
        >>> [distance(east, other).item() for other in (east, north, -east)]
        [0.0, 2.0, 4.0]
    """
    return (direction(student) - direction(teacher.detach())).square().sum(-1).mean()


def direction(vectors: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch dim"]:
    """Vectors of length one; a vector that is as good as zero becomes zero, and gets no gradient."""
    lengths = vectors.norm(dim=-1, keepdim=True)
    return torch.where(lengths > NOTHING, vectors, 0.0) / lengths.clamp(min=NOTHING)


def of_a_constant(teacher: Float[Tensor, "*batch dim"]) -> Float[Tensor, ""]:
    """The least that a student can lose that says the same direction always: 2 - 2 |mean of the teacher's directions|.

    Only what a loss falls below this has been learnt of the movement; a teacher's features have much in common.

    Example:
        >>> round(of_a_constant(torch.tensor([[3.0, 4.0], [3.0, -4.0]])).item(), 6)  # best is (1, 0), cosine 0.6
        0.8
    """
    return 2 - 2 * direction(teacher).flatten(0, -2).mean(0).norm()


def ssd(student: Knowledge, teacher: Knowledge) -> Float[Tensor, ""]:
    """Shape: static shape distillation, one vector for each window."""
    return distance(student.shape, teacher.shape)


def dpd(student: Knowledge, teacher: Knowledge) -> Float[Tensor, ""]:
    """Pose: dynamic pose distillation, one vector for each frame."""
    return distance(student.pose, teacher.pose)


def tmd(student: Knowledge, teacher: Knowledge) -> Float[Tensor, ""]:
    """Motion: temporal motion distillation, one vector for each frame."""
    return distance(student.motion, teacher.motion)


def entangled(student: Knowledge, teacher: Knowledge) -> Float[Tensor, ""]:
    """Everything in one piece, one vector for each frame."""
    return distance(student.entangled, teacher.entangled)


COMPARED: Final[Mapping[str, tuple[str, Callable[[Knowledge, Knowledge], Tensor]]]] = {
    "shape": ("ssd", ssd),
    "pose": ("dpd", dpd),
    "motion": ("tmd", tmd),
    "entangled": ("entangled", entangled),
}
"""Of each weight of `Teaching` that compares features: the term's name, and the term."""


def student_loss(
    hand: Hand,
    weights: LossWeights | None = None,
    teaching: Teaching | None = None,
    teacher: Teacher | Tutor | None = None,
) -> Loss:
    """The loss of a student on a batch: `"loss"`, the weighted sum, and its terms before they are weighted.

    A batch is a teacher's: `features` of all sensors, of which a student is given its own, `pose_6d`, `betas`,
    `keypoints`, and `hidden`, which only the teacher's eyes obey.

    Args:
        hand: whose keypoints and vertices; it follows the batch to its device, as the teacher does.
        weights: what each term of the reconstruction counts, and among themselves the terms of `Teaching.labels`.
        teaching: what is taught beside the truth.
        teacher: who teaches. It is put into evaluation mode and stays as it is. Or what answers for it, such as `kept`.

    Raises:
        ValueError: what is taught needs a teacher, and there is none.
    """
    counts, taught = weights or LossWeights(), teaching or Teaching()
    master = _checked(taught, teacher)

    def loss(model: nn.Module, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        said = model(own_features(model, batch["features"]))
        every = counts.every if counts.vertices else 0
        terms = reconstruction_terms(said.betas, said.pose_6d, batch, hand.to(said.betas.device), every)
        total = _weighted(terms, counts)
        for name, weight, term in _taught(said, batch, counts, taught, master):
            total, terms[name] = total + weight * term, term
        return {"loss": total, **{name: term.detach() for name, term in terms.items()}}

    return loss


def own_features(model: Any, features: Float[Tensor, "batch time all channels"]) -> Tensor:
    """Of the features of all sensors those that a network reads."""
    rows = model.worn.rows
    return features if len(rows) == features.shape[-2] else features[..., rows, :]


def _checked(teaching: Teaching, teacher: Teacher | Tutor | None) -> Tutor | None:
    """Who answers, if anything is asked."""
    if not teaching.asks_a_teacher:
        return None
    if teacher is None:
        raise ValueError(f"{teaching} needs a teacher: pass teacher=, such as experiments.teacher()")
    return asked(teacher) if isinstance(teacher, Teacher) else teacher


def _taught(
    said: Said | Shown, batch: Mapping[str, Tensor], counts: LossWeights, teaching: Teaching, tutor: Tutor | None
) -> Iterator[tuple[str, float, Tensor]]:
    """Name, weight and value of each term that is taught beside the truth."""
    if tutor is not None:
        answer = tutor(batch)
        if teaching.compares:
            yield from _compared(_of_branches(said), answer.knowledge, teaching)
        if teaching.outputs:
            yield "outputs", teaching.outputs, _outputs(said, answer, counts)
    if teaching.labels:
        terms = auxiliary_terms(_of_branches(said).auxiliary, batch)
        yield "labels", teaching.labels, _weighted(terms, counts)


def _compared(said: Said, teacher: Knowledge, teaching: Teaching) -> Iterator[tuple[str, float, Tensor]]:
    for name, (term, measure) in COMPARED.items():
        if weight := getattr(teaching, name):
            yield term, weight, measure(said.features, teacher)


def _of_branches(said: Said | Shown) -> Said:
    if not isinstance(said, Said):
        raise ValueError("only a Student has branches that can be taught; other networks learn from outputs alone")
    return said


def _weighted(terms: Mapping[str, Tensor], counts: LossWeights) -> Float[Tensor, ""]:
    return torch.stack([getattr(counts, name) * term for name, term in terms.items()]).sum()


def _outputs(said: Said | Shown, answer: Answer, counts: LossWeights) -> Float[Tensor, ""]:
    """Rotations and shape against the teacher's, among themselves weighted as against the truth."""
    rotation = mse_loss(sixd_to_rotmat(said.pose_6d), sixd_to_rotmat(answer.pose_6d))
    return counts.rotation * rotation + counts.betas * mse_loss(said.betas, answer.betas)
