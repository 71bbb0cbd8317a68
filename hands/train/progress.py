"""How fast a run goes and how long it will take, for whoever waits.

Explained in the book: *Training, honestly*.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

Watcher = Callable[[int, int, float, float, Mapping[str, float]], None]
"""Called with the step, of how many, steps per second, seconds left, and what was measured."""


class Pace:
    """The speed of a run since this process took it up.

    Args:
        start: step at which it began.
        steps: at which it will end.
        clock: seconds from some moment on.
    """

    def __init__(self, start: int, steps: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.start, self.steps, self.clock = start, steps, clock
        self.began = clock()

    @property
    def seconds(self) -> float:
        """Since it began."""
        return self.clock() - self.began

    def rate(self, step: int) -> float:
        """Steps per second so far, with validation and saving."""
        return (step - self.start) / max(self.seconds, 1e-9)

    def left(self, step: int) -> float:
        """Seconds until the last step, if it goes on like this."""
        return (self.steps - step) / max(self.rate(step), 1e-9)


@contextmanager
def bar(title: str, console: Console | None = None) -> Iterator[Watcher]:
    """A bar on the terminal with the loss, the rate and the time left; nothing in a pipe."""
    console = console or Console(stderr=True)
    words = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[state]}")
    with Progress(*words, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=None, state="")

        def watch(step: int, steps: int, rate: float, left: float, metrics: Mapping[str, float]) -> None:
            state = f"loss {metrics['loss']:.4g}, {rate:.1f} steps/s, {clock_time(left)} left"
            progress.update(task, completed=step, total=steps, state=state)

        yield watch


def clock_time(seconds: float) -> str:
    """Hours, minutes and seconds.

    Example:
        >>> clock_time(3725.2)
        '1:02:05'
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"
