"""A process that makes pictures: `python -m hands.gesture.worker FOLDER K N`, started by `hands.gesture.generation`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from hands.gesture.generation import make_takes


def main(shards: Path, first: int, step: int) -> None:
    """Make every `step`-th take from `first` on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C reaches all processes of a terminal; the parent ends this one
    make_takes(shards, first, step)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
