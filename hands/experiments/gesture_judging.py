"""How well gestures are named, by a network's own heads and by linear probes on its vector.

Networks have other heads, or none: one that learnt the coarse classes alone cannot name fine ones. So what each of them
knows is also read by a linear probe (`softmax_probe`) on its vector g, fitted on the pictures of training, its penalty
chosen on those of validation. A network that learnt the fine classes alone names the coarse ones by what its fine
answers add up to.

Explained in the book: *Naming gestures*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from hands.experiments.confusion import balanced, confusion, to_lines, top1
from hands.experiments.gesture_samples import Samples
from hands.experiments.softmax_probe import SoftmaxProbe
from hands.gesture.pretraining import NUM_COARSE, NUM_FINE, Answers, coarse_of_fine

AT_ONCE: Final = 128
"""Pictures that go through a network together."""
CLASSES: Final = {"coarse": NUM_COARSE, "fine": NUM_FINE}
"""How many there are of each level."""

Named = Mapping[str, Int[Tensor, " n"]]
"""The class of each picture, by level."""


@dataclass(frozen=True, eq=False)
class Said:
    """What a network says of every picture of a split."""

    coarse: Float[Tensor, "n 27"]
    """Logits."""
    fine: Float[Tensor, "n 35"]
    g: Float[Tensor, "n dim"]
    """Where they come from."""


@torch.no_grad()
def predict(model: nn.Module, samples: Samples) -> Said:
    """What a network says of every picture, each once, as it is."""
    model.eval()
    device = next(model.parameters()).device
    starts = range(0, len(samples), AT_ONCE)
    said: list[Answers] = [model(samples.shown(slice(k, k + AT_ONCE)).to(device)) for k in starts]
    return Said(
        *(torch.cat(parts).cpu() for parts in zip(*((s.coarse, s.fine, s.features.g) for s in said), strict=True))
    )


def own_names(said: Said, levels: Sequence[str]) -> dict[str, Int[Tensor, " n"]]:
    """What a network's own heads name: `levels` are those that it learnt."""
    named = {"fine": said.fine.argmax(1)} if "fine" in levels else {}
    return {"coarse": (said.coarse if "coarse" in levels else coarse_of_fine(said.fine)).argmax(1), **named}


def measures(named: Named, samples: Samples) -> dict[str, float]:
    """Top-1 and balanced accuracy of each level, percent."""
    found: dict[str, float] = {}
    for level, said in named.items():
        counts = confusion(getattr(samples, level), said, CLASSES[level])
        found |= {f"{level}_percent": percent(top1(counts)), f"{level}_balanced_percent": percent(balanced(counts))}
    return found


def error_percent(said: Said, samples: Samples, levels: Sequence[str]) -> float:
    """What is small where a network does well what it learnt: 100 less the balanced accuracy, a mean over levels."""
    found = measures(own_names(said, levels), samples)
    return sum(100 - found[f"{level}_balanced_percent"] for level in levels) / len(levels)


def confusions(named: Named, samples: Samples) -> dict[str, list[str]]:
    """Who is taken for whom in each level, as `confusion.from_lines` reads it."""
    return {level: to_lines(confusion(getattr(samples, level), said, CLASSES[level])) for level, said in named.items()}


def by_person(named: Named, samples: Samples) -> dict[str, dict[str, float]]:
    """Top-1 accuracy of each level on each person's pictures, percent."""
    people = sorted(set(samples.people))
    of = {person: torch.tensor([own == person for own in samples.people]) for person in people}
    return {
        level: {p: percent(float((said == getattr(samples, level))[of[p]].float().mean())) for p in people}
        for level, said in named.items()
    }


@dataclass(frozen=True, eq=False)
class Probes:
    """A linear probe for each level."""

    by_level: Mapping[str, SoftmaxProbe]
    penalties: Mapping[str, float]
    """That were chosen."""

    @staticmethod
    def fit(
        g: Float[Tensor, "n dim"],
        samples: Samples,
        penalties: Sequence[float],
        score: Callable[[str, SoftmaxProbe], float],
    ) -> Probes:
        """Fit one for each penalty and level; the one whose `score(level, probe)` is highest is taken."""
        taken = {}
        for level, classes in CLASSES.items():
            probe, tried = None, {}
            for penalty in penalties:
                probe = SoftmaxProbe.fit(g, getattr(samples, level), classes, penalty, probe)
                tried[penalty] = probe
            best = max(tried, key=lambda penalty: score(level, tried[penalty]))
            taken[level] = (tried[best], best)
        return Probes({k: probe for k, (probe, _) in taken.items()}, {k: penalty for k, (_, penalty) in taken.items()})

    def names(self, g: Float[Tensor, "n dim"]) -> dict[str, Int[Tensor, " n"]]:
        """What they name."""
        return {level: probe(g).argmax(1) for level, probe in self.by_level.items()}


def probes(taught: Said, train: Samples, seen: Said, validation: Samples, penalties: Sequence[float]) -> Probes:
    """Probes fitted on what a network makes of the pictures of training, chosen by balanced accuracy on validation."""

    def score(level: str, probe: SoftmaxProbe) -> float:
        return measures({level: probe(seen.g).argmax(1)}, validation)[f"{level}_balanced_percent"]

    return Probes.fit(taught.g, train, penalties, score)


def percent(share: float) -> float:
    """Of a share, for people."""
    return round(100 * share, 3)
