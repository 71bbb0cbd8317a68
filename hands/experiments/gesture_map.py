"""Maps of what networks make of the pictures of the test: t-SNE of their vectors and of their answers.

Four maps of the same pictures: the vector of the untrained network and of the one with gradual weighting, whose points
lie in groups if a class is told from the others, and that network's coarse and fine answers. Beside each map stands in
how many pictures the nearest other one, in all dimensions, is of the same class: maps mislead, this does not.

Source: the paper's figures 4 and 5. Explained in the book: *Naming gestures*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Final

import torch
from jaxtyping import Float, Int
from torch import Tensor

from hands.experiments import gesture_judging as judging
from hands.experiments import gesture_runs, gesture_study, results
from hands.experiments.gesture_judging import Said
from hands.experiments.gesture_methods import GRADUAL, UNTRAINED
from hands.experiments.gesture_samples import Samples
from hands.experiments.results import ResultsError
from hands.gesture.tsne import tsne

NAME: Final = "gesture_map"
EVERY: Final = 2
"""Every so many-th picture of the test is a point."""
DIGITS: Final = 1
"""Of a point's place; maps are some 100 units wide."""


@dataclass(frozen=True)
class Map:
    """One layout of the pictures."""

    title: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    same_coarse_percent: float
    """How many points have a nearest neighbour of the same coarse class, in all dimensions."""
    same_fine_percent: float


@dataclass(frozen=True)
class GestureMaps:
    """Maps of the same pictures."""

    coarse: tuple[int, ...]
    """The class of each point."""
    fine: tuple[int, ...]
    people: tuple[str, ...]
    maps: tuple[Map, ...]
    about: str

    def save(self, path: str | PathLike[str]) -> Path:
        """Write a file of JSON: a list is one line of text."""
        content: dict[str, Any] = asdict(self)
        for name in ("coarse", "fine", "people"):
            content[name] = _to_text(content[name])
        for one in content["maps"]:
            one |= {axis: _to_text(one[axis]) for axis in ("x", "y")}
        return results.write_json(Path(path), content)

    @staticmethod
    def load(path: str | PathLike[str]) -> GestureMaps:
        """Read what `save` wrote.

        Raises:
            ResultsError: it is damaged.
            FileNotFoundError: there is no such file.
        """
        content = results.read_json(Path(path))
        try:
            maps = tuple(Map(**one | {axis: _floats(one[axis]) for axis in ("x", "y")}) for one in content["maps"])
            classes = {name: tuple(map(int, content[name].split())) for name in ("coarse", "fine")}
            found = GestureMaps(**content | classes | {"people": tuple(content["people"].split()), "maps": maps})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ResultsError(f"{path} holds no maps of gestures: {error}") from error
        if {len(found.coarse)} != {
            len(found.fine),
            len(found.people),
            *(len(axis) for m in maps for axis in (m.x, m.y)),
        }:
            raise ResultsError(f"{path} holds maps of different numbers of pictures")
        return found


def maps(untrained: Said, trained: Said, samples: Samples, every: int = EVERY) -> GestureMaps:
    """The four maps of what two networks say of the pictures of a split."""
    own = slice(None, None, every)
    coarse, fine = samples.coarse[own], samples.fine[own]
    shown = {
        "vector, untrained": untrained.g,
        "vector, gradual": trained.g,
        "coarse answers, gradual": trained.coarse,
        "fine answers, gradual": trained.fine,
    }
    return GestureMaps(
        coarse=tuple(coarse.tolist()),
        fine=tuple(fine.tolist()),
        people=samples.people[own],
        maps=tuple(map_of(title, x[own], coarse, fine) for title, x in shown.items()),
        about="Synthetic pictures of people who were not trained on; t-SNE, perplexity 30, from principal components.",
    )


def map_of(title: str, x: Float[Tensor, "n dim"], coarse: Int[Tensor, " n"], fine: Int[Tensor, " n"]) -> Map:
    """One map. Numbers that vary little count little, as in the network itself."""
    first, second = tsne(x).T.tolist()
    return Map(
        title,
        tuple(round(value, DIGITS) for value in first),
        tuple(round(value, DIGITS) for value in second),
        same_percent(x, coarse),
        same_percent(x, fine),
    )


def same_percent(x: Float[Tensor, "n dim"], classes: Int[Tensor, " n"]) -> float:
    """How many points have a nearest neighbour of their own class.

    Example:
        >>> same_percent(torch.tensor([[0.0], [1.0], [5.0], [7.0]]), torch.tensor([3, 3, 4, 3]))
        50.0
    """
    distances = torch.cdist(x.double(), x.double()).fill_diagonal_(torch.inf)
    return judging.percent(float((classes[distances.argmin(1)] == classes).float().mean()))


def write_book(folder: str | PathLike[str]) -> Path | None:
    """The book's maps, `<folder>/gesture_map.json`, of the runs of seed 0.

    Gives None if those are not done, or their weights are not here.

    Raises:
        CheckpointError: weights are damaged.
        ResultsError: a run is damaged.
    """
    asked = {one.name: one for one in gesture_study.runs(folder, seeds=(0,)) if one.name in (GRADUAL, UNTRAINED)}
    if not all(one.done and one.weights.is_file() for one in asked.values()):
        return None
    first = asked[GRADUAL]
    test = gesture_study.material(gesture_runs.pictures_of(first).path, first.own.side).test()
    untrained, trained = (
        judging.predict(gesture_runs.load(asked[name].weights)[0], test) for name in (UNTRAINED, GRADUAL)
    )
    return maps(untrained, trained, test).save(Path(folder) / f"{NAME}.json")


def load() -> GestureMaps:
    """The book's maps.

    Raises:
        ResultsError: the library is installed without the book, or the file is damaged.
        FileNotFoundError: they are not made yet.
    """
    return GestureMaps.load(results.book_results() / f"{NAME}.json")


def _to_text(values: Sequence[object]) -> str:
    return " ".join(map(str, values))


def _floats(text: str) -> tuple[float, ...]:
    return tuple(map(float, text.split()))
