"""Checkers of the book's exercises, one module per chapter: `check.<exercise>(your_answer)` says whether it is solved.

A checker never raises for a wrong answer; it shows one line that says what is wrong and what to try.
"""

from hands.check.meet_the_hand import middle_finger_length, mpjpe_mm, size_for_length, to_keypoints
from hands.check.verdict import Verdict

__all__ = ["Verdict", "middle_finger_length", "mpjpe_mm", "size_for_length", "to_keypoints"]
