"""What a checker says: passed or not, and one line that helps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch

NOTHING: Final = "nothing came back yet; replace the dots and return a value"


@dataclass(frozen=True)
class Verdict:
    """True if the exercise is solved; shows as one line that says so, or what is wrong and what to try."""

    passed: bool
    message: str

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return f"{'✓' if self.passed else '✗'} {self.message}"


def judge(
    answer: Callable[..., Any],
    cases: Mapping[str, tuple[tuple[Any, ...], Any]],
    *,
    praise: str,
    atol: float = 1e-5,
    unit: str = "",
    mistakes: Mapping[str, Callable[..., Any]] | None = None,
) -> Verdict:
    """Call an answer on named cases and compare with what is expected.

    Args:
        answer: the reader's function.
        cases: name of the case -> (arguments, expected value).
        praise: the message when all is well.
        atol: how far a value may be from the expected one.
        unit: of the answer, for the message.
        mistakes: hint -> a function with a typical mistake; if the answer agrees with it on a failed case, the hint is
            what the reader is told.
    """
    for name, (arguments, expected) in cases.items():
        try:
            value = answer(*map(_copy, arguments))
        except Exception as error:  # the reader's own error is the message
            return Verdict(False, f"case “{name}”: your function raised {type(error).__name__}: {error}")
        if value is None or value is Ellipsis:
            return Verdict(False, NOTHING)
        problem = difference(value, expected, atol, unit)
        if problem:
            hint = _hint(value, arguments, mistakes or {}, atol)
            return Verdict(False, f"case “{name}”: {hint or problem}")
    return Verdict(True, praise)


def _copy(argument: Any) -> Any:
    """The reader may write into what they are given; the next case must not see it."""
    if isinstance(argument, torch.Tensor):
        return argument.clone()
    return np.array(argument) if isinstance(argument, np.ndarray) else argument


def difference(value: Any, expected: Any, atol: float, unit: str = "") -> str | None:
    """What is wrong with a value, in words; None if nothing."""
    if value is None or value is Ellipsis:
        return NOTHING
    try:
        got, want = _array(value), _array(expected)
    except (TypeError, ValueError, RuntimeError):
        return f"expected numbers, got {type(value).__name__}"
    if got.shape != want.shape:
        return f"expected shape {want.shape}, got {got.shape}"
    if not np.isfinite(got).all():
        return "the result holds NaN or infinity"
    worst = float(np.abs(got - want).max(initial=0.0))
    if worst <= atol:
        return None
    if isinstance(expected, int) and unit:
        return f"{worst:,.0f} {unit} too {'many' if got > want else 'few'}"
    return f"the largest difference from what is expected is {worst:.2g} {unit}".rstrip()


def _hint(
    value: Any, arguments: tuple[Any, ...], mistakes: Mapping[str, Callable[..., Any]], atol: float
) -> str | None:
    """What the mistake is that gives the same value, NaN included."""
    try:
        got = _array(value)
    except (TypeError, ValueError, RuntimeError):
        return None
    for hint, mistake in mistakes.items():
        wrong = _array(mistake(*arguments))
        if got.shape == wrong.shape and np.allclose(got, wrong, rtol=0, atol=atol, equal_nan=True):
            return hint
    return None


def _array(value: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    return np.asarray(value, dtype=np.float64)
