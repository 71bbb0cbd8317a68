"""`hands pictures`: the book's synthetic pictures of hands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from hands import gesture
from hands.cli.spoken import in_sentences, progress_of, say


@in_sentences
def make_pictures(
    seed: Annotated[int, typer.Option(min=0, help="Another number, other moments, views, lights, backgrounds.")] = 0,
    takes: Annotated[int, typer.Option(min=1, help="Of each subject; a take has each of the 46 gestures once.")] = (
        gesture.PicturePlan.takes
    ),
    size: Annotated[int, typer.Option(help="Width and height of a picture, pixels.")] = gesture.PicturePlan.size,
    samples: Annotated[int, typer.Option(min=1, help="Light paths for each pixel.")] = gesture.PicturePlan.samples,
    subject: Annotated[list[str] | None, typer.Option(help="Only this subject, S01 to S15; may be repeated.")] = None,
    out: Annotated[Path | None, typer.Option(help="A new folder for the set.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="How many processes render.")] = 2,
) -> None:
    """Render the set of pictures of hands, with all labels; needs Mitsuba 3, which the extra `pictures` installs.

    15 subjects make 46 gestures, 12 times each: about half an hour of one processor core. The set goes to the folder
    that HANDS_DATA names, else to your cache folder, and is made once. It can be stopped and started again at any time.
    """
    plan = gesture.PicturePlan(seed, takes, size, tuple(subject or gesture.PicturePlan.subjects), samples)
    with progress_of("Pictures") as progress, _sentence_of_what_is_missing():
        if out is None:
            made = gesture.pictures(
                seed, takes, size, subjects=plan.subjects, samples=samples, workers=workers, progress=progress
            )
        else:
            gesture.generate(out, plan, workers=workers, progress=progress)
            made = gesture.Pictures(out)
    if made.plan != plan:
        raise ValueError(f"{out} holds other pictures already, {made}: name another folder")
    say(f"{made} in {made.path}")


@contextmanager
def _sentence_of_what_is_missing() -> Iterator[None]:
    """Mitsuba that is not installed is a mistake like others, and no traceback."""
    try:
        yield
    except ImportError as error:
        raise ValueError(str(error)) from error
