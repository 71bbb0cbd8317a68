"""A process that generates takes: `python -m hands.data.worker FOLDER`, started by `hands.data.generation` alone."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from hands.data.generation import WORD, Maker


def main(folder: Path) -> None:
    """Read numbers of takes from standard input, make them, and write each number to standard output when done."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C reaches all processes of a terminal; the parent ends this one
    maker = Maker(folder)
    while word := os.read(0, WORD):
        maker.make(int.from_bytes(word, "little"))
        os.write(1, word)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
