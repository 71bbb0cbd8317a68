"""Every configuration and every table of the book, and the methods that are simple enough to need no training loop.

`experiments.table("baselines")` and `experiments.table("teacher")` are committed tables; `experiments.grid` makes rows
of text of them, for a page. `experiments.teacher()` is the trained teacher that comes with the library, and
`experiments.SIZES` says how large networks are and how they are trained.

Explained in the book: *A data set of your own*, *The fusion teacher*.
"""

from hands.experiments.configs import RATIO, RATIOS, SIZES, Size
from hands.experiments.curves import Curve
from hands.experiments.equal_split import equal_split, finger_turns
from hands.experiments.results import ResultsError, Row, Run
from hands.experiments.ridge import Linear, Moments, quadratic, taps
from hands.experiments.shapes import Ruler
from hands.experiments.tables import grid, lines, table, tabulate
from hands.experiments.teachers import teacher

__all__ = [
    "RATIO",
    "RATIOS",
    "SIZES",
    "Curve",
    "Linear",
    "Moments",
    "ResultsError",
    "Row",
    "Ruler",
    "Run",
    "Size",
    "equal_split",
    "finger_turns",
    "grid",
    "lines",
    "quadratic",
    "table",
    "tabulate",
    "taps",
    "teacher",
]
