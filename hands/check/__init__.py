"""Checkers of the book's exercises, one module per chapter: `check.<exercise>(your_answer)` says whether it is solved.

A checker never raises for a wrong answer; it shows one line that says what is wrong and what to try.
"""

from hands.check.verdict import Verdict

__all__ = ["Verdict"]
