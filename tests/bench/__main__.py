"""`make bench`: measure everything, print a table, write latest.json.

A machine's speed drifts, so judge the ratios, which were measured side by side, and not single times.
"""

import json
import os
import platform
from datetime import date
from pathlib import Path

import torch

from hands import __version__
from tests.bench import (
    book_speed,
    fitting,
    hrnet_speed,
    imu_speed,
    live_hand,
    mano_speed,
    nets_speed,
    picture_speed,
    simhand,
)

LATEST = Path(__file__).with_name("latest.json")


def main() -> None:
    entries = []
    measures = (
        mano_speed.entries,
        fitting.entries,
        imu_speed.entries,
        simhand.entries,
        nets_speed.entries,
        hrnet_speed.entries,
        picture_speed.entries,
        lambda: [live_hand.live_hand_fps()],
        book_speed.entries,
    )
    for measure in measures:
        for entry in measure():
            entries.append(entry)
            ratio = "" if entry["ratio"] is None else f"{entry['ratio']:>7.2f} x"
            print(
                f"{entry['name']:<34}{entry['value']:>10} {entry['unit']:<10}{ratio:>10}  {entry['peer'] or ''}",
                flush=True,
            )
            if "bound" in entry:
                print(f"  bound by: {entry['bound']}", flush=True)
    about = {
        "date": date.today().isoformat(),
        "hands": __version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }
    fresh = LATEST.with_suffix(".tmp")
    fresh.write_text(json.dumps({"about": about, "entries": entries}, indent=1) + "\n")
    fresh.replace(LATEST)


if __name__ == "__main__":
    main()
