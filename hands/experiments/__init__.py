"""Every configuration and every table of the book, and the methods that are simple enough to need no training loop.

`experiments.table("baselines")` is the committed table; `experiments.grid` makes rows of text of it, for a page.

Explained in the book: *A data set of your own*.
"""

from hands.experiments.equal_split import equal_split, finger_turns
from hands.experiments.results import ResultsError, Row, Run
from hands.experiments.ridge import Linear, Moments, quadratic, taps
from hands.experiments.shapes import Ruler
from hands.experiments.tables import grid, lines, table, tabulate

__all__ = [
    "Linear",
    "Moments",
    "ResultsError",
    "Row",
    "Ruler",
    "Run",
    "equal_split",
    "finger_turns",
    "grid",
    "lines",
    "quadratic",
    "table",
    "tabulate",
    "taps",
]
