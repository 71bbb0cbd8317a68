"""How large, how long, on what: every configuration of a training, one frozen record each.

There are no other settings than these: what is not in the record is the same in all.

Explained in the book: *The fusion teacher*.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from hands.data import Plan
from hands.experiments.results import ResultsError
from hands.fusion import LossWeights, TeacherConfig
from hands.train import Recipe

RATIOS: Final = (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)
"""Shares of the pose's tokens that are hidden, as they are compared."""
RATIO: Final = 0.5
"""The one that is taken if nothing else is said. What the paper hides, and how much, is not known."""


@dataclass(frozen=True)
class Size:
    """A teacher, how it is trained, and on how much."""

    teacher: TeacherConfig
    recipe: Recipe
    seconds: float
    """Of each recording."""
    stride: int = 16
    """Frames from one training window to the next."""
    subjects: tuple[str, ...] = Plan.subjects
    programs: tuple[str, ...] = Plan.programs
    weights: LossWeights = field(default_factory=LossWeights)
    seconds_each: float = 0.0
    """Of one processor core, for one run with its evaluation; measured."""

    @property
    def length(self) -> int:
        """Frames of a window."""
        return self.teacher.max_len


BOOK: Final = Size(
    teacher=TeacherConfig(dim=32, depth=1, num_heads=2),
    recipe=Recipe(steps=800, batch=16, lr=3e-3, warmup=50, validate_every=200, save_every=100, watch="mpjpe_mm"),
    weights=LossWeights(betas=0.25, shape=0.1, motion=0.1),
    seconds=20.0,
    stride=4,
    seconds_each=215.0,
)
LONGER: Final = 5
"""Times the steps of `book` that `long` takes."""

SIZES: Final = MappingProxyType(
    {
        "smoke": Size(
            teacher=TeacherConfig(dim=8, depth=1, num_heads=2),
            recipe=Recipe(steps=4, batch=4, lr=3e-3, validate_every=2, save_every=2, log_every=1, watch="mpjpe_mm"),
            seconds=1.2,
            subjects=("S02", "S14"),
            programs=("ROM02", "ROM11", "ROM14"),
            seconds_each=10.0,
        ),
        "book": BOOK,
        "long": replace(
            BOOK,
            recipe=replace(BOOK.recipe, steps=LONGER * BOOK.recipe.steps, validate_every=400),
            seconds_each=LONGER * BOOK.seconds_each,
        ),
        "paper": Size(
            teacher=TeacherConfig(dim=512, depth=5, num_heads=8),
            recipe=Recipe(
                steps=42_000,
                batch=32,
                lr=1e-4,
                validate_every=525,
                save_every=525,
                watch="mpjpe_mm",
                precision="bf16-mixed",
            ),
            seconds=60.0,
        ),
    }
)
"""By name.

`smoke` shows in seconds that all works.

`book` is what a reader's machine can train in a few minutes on one core. Its numbers were chosen on validation, seed 0,
in some 25 short trials of teachers and of blind networks, both with the same settings in the end. Learning rates of
1e-3 and 6e-3 did worse than 3e-3, a width of 64 no better in the same time, and with the full weights of shape and
motion in the loss, poses were learnt too slowly. Two trials that differ in nothing but chance may be 0.5 mm apart.

`long` is `book` with five times the steps, and the learning rate falling as much more slowly: it shows what longer
training is worth.

`paper` is the MGDHand paper's: width 512, depth 5, 8 heads, windows of 32 frames, batches of 32, AdamW with 1e-4, and
80 epochs, which are 42,000 steps here. It has 87.7 million parameters. One window takes 3.3 s of one processor core in
a step of training and 0.5 GB beside 1.4 GB for weights and moments (measured with up to 4): about 18 GB for a batch,
and 50 days of one core. It wants a GPU, on which it was not tried yet.
"""


def size(name: str) -> Size:
    """The configuration of this name.

    Raises:
        ResultsError: there is none.

    Example:
        >>> size("paper").teacher.dim
        512
    """
    if name not in SIZES:
        raise ResultsError(f"no size {name!r}; there are {', '.join(SIZES)}")
    return SIZES[name]


def plain(setting: Size) -> dict[str, Any]:
    """What a run of this size is asked for, as JSON holds it: all but how long it takes."""
    return {name: value for name, value in asdict(setting).items() if name != "seconds_each"}
