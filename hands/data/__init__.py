"""What networks are fed: features of recordings.

Explained in the book: part 2.
"""

from hands.data.features import REFERENCE, Layout, channels, features

__all__ = [
    "REFERENCE",
    "Layout",
    "channels",
    "features",
]
