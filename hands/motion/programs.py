"""The fifteen range-of-motion programs, by the names that VIHand gave them.

VIHand publishes only the names of what its subjects were asked to do; nobody outside knows what they did. So the names
are VIHand's, the movements are ours: what a person might do in front of a camera who is told such a name. They are
scripts for `perform`; `sample` plays them by code or name.

Source: the names, VIHand (ACM MM 2025), its public list of sequences. Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from hands.motion import rom_fingers, rom_hand, rom_thumb, rom_walking
from hands.motion.rounds import repeated
from hands.motion.script import Script

Split = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class Program:
    """One of VIHand's range-of-motion programs."""

    code: str
    """`"ROM01"` to `"ROM15"`."""
    name: str
    """VIHand's."""
    split: Split
    """What its motions serve for in this book."""
    description: str
    script: Script


_TABLE: Final[tuple[tuple[str, Split, str, Script], ...]] = (
    ("Finger_Counting", "train", "Counts to five and back to the fist, from the index, the thumb or the little finger.",
     repeated(rom_fingers.counting, ("palm shown", "back shown", "edge shown", "aslant"))),
    ("Finger_Bending", "train", "Bends and stretches every digit in turn, then all fingers together.",
     repeated(rom_fingers.bending)),
    ("Finger_Tapping", "train", "Taps on a table with every digit in turn, then drums with all of them.",
     repeated(rom_fingers.tapping, ("palm down",))),
    ("Finger_Pinching", "train", "Brings the thumb to every fingertip in turn, and sometimes all tips together.",
     repeated(rom_thumb.pinching)),
    ("Thumb_Tap_Palm", "train", "Taps the palm with the thumb, at the root of the little finger or of every finger.",
     repeated(rom_thumb.tapping_palm)),
    ("Thumb_Tap_Back", "train", "Bends the fingers and taps their backs with the thumb, one after the other.",
     repeated(rom_thumb.tapping_back)),
    ("Finger_Walking", "train", "Walks over a table on index and middle finger, and the wrist travels.",
     repeated(rom_walking.walking, ("palm down",))),
    ("Finger_Snapping", "train", "Presses thumb against middle finger and lets go at once.",
     repeated(rom_thumb.snapping, ("thumb up", "aslant", "edge shown", "palm up"))),
    ("Thumb_Sliding_Palm", "train", "Slides the thumb over the palmar side of every finger and over the palm.",
     repeated(rom_thumb.sliding_palm)),
    ("Thumb_Sliding_Back", "train", "Slides the thumb over the backs of bent fingers, along and across.",
     repeated(rom_thumb.sliding_back)),
    ("Finger_Wiggling", "validation", "Wiggles all fingers, every second one or in waves.",
     repeated(rom_fingers.wiggling)),
    ("Finger_Crossing", "validation", "Crosses neighbouring fingers, pair after pair.",
     repeated(rom_fingers.crossing, ("back shown", "palm shown", "palm down", "aslant"))),
    ("Finger_Interlocking", "test", "Folds the hand with another one that is not in the data: spread, clasped, open.",
     repeated(rom_hand.interlocking, ("aslant", "edge shown", "thumb up", "back shown"))),
    ("Random_Gestures", "test", "Makes some of the 46 gestures at random and holds each for a second or two.",
     repeated(rom_hand.random_gestures)),
    ("Calibration", "test", "Flat hand, fist, thumb, pinch, then wrist and forearm, always in the same order.",
     rom_hand.calibration),
)  # fmt: skip

PROGRAMS: Final[Mapping[str, Program]] = MappingProxyType(
    {f"ROM{i:02}": Program(f"ROM{i:02}", *row) for i, row in enumerate(_TABLE, 1)}
)
"""ROM01 to ROM15: trained on ROM01-10, validated on ROM11-12, tested on ROM13-15."""
