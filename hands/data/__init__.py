"""Data for training and testing: SimHand, which is generated, windows, statistics, and features of recordings.

Explained in the book: part 2.
"""

from hands.data.features import REFERENCE, Layout, channels, features
from hands.data.plan import SPLITS, UNSEEN, VERSION, Entry, Plan, data_hash
from hands.data.simhand import SERIES, SimHand, generate, simhand
from hands.data.statistics import Statistics
from hands.data.store import SimHandError
from hands.data.windows import Windows, windows

__all__ = [
    "REFERENCE",
    "SERIES",
    "SPLITS",
    "UNSEEN",
    "VERSION",
    "Entry",
    "Layout",
    "Plan",
    "SimHand",
    "SimHandError",
    "Statistics",
    "Windows",
    "channels",
    "data_hash",
    "features",
    "generate",
    "simhand",
    "windows",
]
